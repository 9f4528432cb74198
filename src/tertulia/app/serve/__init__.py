"""`tertulia serve`: the page, the door for programs, and every other part that owns routes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click


@click.command(
    epilog="Example: tertulia serve --port 8778   Exit codes: 0 ended, 1 it cannot be "
    "served there, or the store failed, 2 settings or usage are wrong."
)
@click.option("--host", metavar="ADDRESS", help="Listen there: 127.0.0.1, unless [serve] says.")
@click.option("--port", metavar="N", type=click.IntRange(0, 65_535), help="8777; 0: a free one.")
@click.pass_obj
def serve_command(config: str | None, host: str | None, port: int | None) -> int:
    """Open the page for your browser, and the door for programs.

    It is for this machine alone, without a login, until you give it another address: then people
    log in, see `tertulia user`, and programs bring a token, see `tertulia token`. Ctrl-C lets what
    is being said come to its end; what still waits then is answered at the next start.
    """
    from tertulia.app.serve.listening import listen
    from tertulia.app.serve.server import serve
    from tertulia.app.settings import load

    settings = load(None if config is None else Path(config))
    given = {"host": host, "port": port}
    spec = replace(settings.serve, **{k: v for k, v in given.items() if v is not None})
    return serve(replace(settings, serve=spec), listen(spec.host, spec.port))
