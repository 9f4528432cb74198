"""The page: what people see in a browser, and the interface that it uses."""

from __future__ import annotations

from pathlib import Path

from tertulia.ports.channel import Application, Door, Floor
from tertulia.values.reply import Delivery

__all__ = ["Web"]

FOLDER = Path(__file__).parent / "assets"
"""Where the page is built, out of `web/`."""

PAGES = ("/", "/assets", "/c", "/bots", "/settings", "/archive", "/login")
"""What the page routes itself, and its files."""


class Web(Door):
    """The page and `/api`. It shows what is stored: a reply is there as soon as that is."""

    name = "web"
    paths = ("",)

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        beside = sorted(one.name for one in folder.glob("*.*") if "index.html" not in one.name)
        self.open_to_all = (*PAGES, *(f"/{name}" for name in beside))

    def application(self, floor: Floor) -> Application:
        """What answers there."""
        from tertulia.channels.web.app import application

        return application(floor, self._folder)

    async def send(self, delivery: Delivery) -> tuple[str, ...]:  # noqa: ARG002 - the port's name
        """Nothing is sent: whoever looks sees what is stored."""
        return ()
