"""`tertulia` with the small door of the tests in place of the page."""

from __future__ import annotations

from serving import Little
from tertulia.app import cli
from tertulia.app.serve import server

if __name__ == "__main__":
    server.open_doors = lambda _settings: {"web": Little()}
    cli.main()
