"""The commands: `tertulia chat`, `doctor`, `init`, `memory`, `serve`, `token`, `user`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tertulia._version import __version__
from tertulia.app.lazy import Lazy
from tertulia.values.errors import SettingsError, TertuliaError

COMMANDS = {
    "chat": ("tertulia.app.chat", "chat_command", "Talk with a bot in this terminal."),
    "doctor": ("tertulia.app.doctor", "doctor_command", "Show what is ready and what is missing."),
    "init": ("tertulia.app.init", "init_command", "Ask a few questions and write tertulia.toml."),
    "memory": ("tertulia.app.memory", "memory_command", "Read, correct, keep and forget."),
    "serve": ("tertulia.app.serve", "serve_command", "Open the page, and the door for programs."),
    "token": ("tertulia.app.accounts", "token_command", "Let programs in by tokens."),
    "user": ("tertulia.app.accounts", "user_command", "Say who may log in."),
}

FAILED, WRONG, INTERRUPTED = 1, 2, 130
"""Exit codes: a model, the store or the network failed; settings or usage are wrong; Ctrl-C."""


@click.group(
    cls=Lazy,
    parts=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: tertulia chat -c holidays   Exit codes: 0 done, 1 a model or the store "
    "failed, 2 settings or usage are wrong, 130 interrupted.",
)
@click.version_option(__version__, prog_name="tertulia", message="%(prog)s %(version)s")
@click.option("--config", metavar="FILE", help="Read the settings from FILE.")
@click.pass_context
def commands(context: click.Context, config: str | None) -> None:
    """A conversation engine: describe a bot once, and it talks with people wherever they are."""
    context.obj = config


def main() -> None:
    """The entry point of the `tertulia` command."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open("r" if name == "stdin" else "w"))  # noqa: SIM115
    sys.exit(guarded(lambda: commands.main(standalone_mode=False)))


def guarded(run: Callable[[], Any]) -> int:
    """Run a command; an error becomes one plain sentence on standard error, and an exit code."""
    code = 0
    try:
        result = run()
        code = result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except SettingsError as error:
        code = _say(str(error), WRONG)
    except TertuliaError as error:
        code = _say(str(error), FAILED)
    except (KeyboardInterrupt, click.exceptions.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read has gone; what Python would still write at its end has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    except OSError as error:
        code = _say(f"{error.strerror or error}.", FAILED)
    return code


def _say(sentence: str, code: int) -> int:
    click.echo(f"tertulia: {sentence}", err=True)
    return code
