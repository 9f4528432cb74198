"""The commands: `tertulia chat`, `init`, `doctor`."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tertulia._version import __version__
from tertulia.values.errors import SettingsError, TertuliaError

COMMANDS = {
    "chat": ("tertulia.app.chat", "chat_command", "Talk with a bot in this terminal."),
    "doctor": ("tertulia.app.doctor", "doctor_command", "Show what is ready and what is missing."),
    "init": ("tertulia.app.init", "init_command", "Ask a few questions and write tertulia.toml."),
}

FAILED, WRONG, INTERRUPTED = 1, 2, 130
"""Exit codes: a model, the store or the network failed; settings or usage are wrong; Ctrl-C."""


class _Lazy(click.Group):
    """Loads a command's module when it is called, so that `--version` loads nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own shape
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        return getattr(importlib.import_module(module), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, does) for name, (_, _, does) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from tertulia.app.nearest import did_you_mean

            ctx.fail(f"There is no command {args[0]!r}.{did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Lazy,
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
