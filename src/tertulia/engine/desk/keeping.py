"""Conversations to keep, and a past that is brought in."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

from tertulia.engine.apart import apart
from tertulia.engine.commands import exported
from tertulia.engine.desk.viewing import Viewing
from tertulia.engine.importing import bring_in, knowing, read_through
from tertulia.ports.importer import Importer, Talk
from tertulia.values.errors import Malformed, NotThere, Stopped
from tertulia.values.message import Author, Place
from tertulia.values.shown import Viewer


class Keeping(Viewing):
    """Those methods of the desk that export and import."""

    async def export(self, viewer: Viewer, number: int, form: str) -> str:
        """See the port."""
        here = await self._conversation(viewer, number)
        scope = await self._scope(viewer)
        titled = replace(here, title=await self._title(here, scope))
        return await exported(self._tools, titled, form, scope)

    async def bring_in(
        self, viewer: Viewer, path: Path, place: Place, bot: str, told: Callable[[int], object]
    ) -> dict[str, int]:
        """See the port."""
        self._tools.bot(bot)
        author = _author(viewer, place)
        given_up = threading.Event()

        def over() -> bool:
            return given_up.is_set() or self._ended.is_set()

        try:
            async with self._importing:  # each may take a processor and much memory
                importer = await apart(lambda: self._knowing(path))
                # Of a file that breaks off nothing is taken in.
                await apart(lambda: read_through(_until(over, importer.read(path))))
                talks = _until(over, importer.read(path))
                done = await bring_in(
                    self._tools, talks, place=place, bot=bot, author=author, told=told
                )
        except Malformed as error:
            # Where the file lies here is nobody's business.
            raise Malformed(str(error).replace(f"{path.parent}{os.sep}", "")) from error
        finally:
            given_up.set()
        return asdict(done)

    def end(self) -> None:
        """The engine closes: imports end before their next conversation."""
        self._ended.set()

    def _knowing(self, path: Path) -> Importer:
        importers = self._importers()
        found = knowing(importers, path)
        if found is None:
            known = ", ".join(one.name for one in importers) or "none"
            raise Malformed(
                f"{path.name} is in no format that is known ({known}). Nothing was taken in: "
                "give the export as it came."
            )
        return found


def _author(viewer: Viewer, place: Place) -> Author:
    """The viewer on the channel of `place`. Raises: `NotThere`."""
    for one in viewer.person.identities:
        if (one.channel, one.account) == (place.channel, place.account):
            return Author(platform_id=one.platform_id, name=one.name)
    raise NotThere(f"You are nobody on {place.channel} there: nothing was taken in.")


def _until(over: Callable[[], bool], talks: Iterable[Talk]) -> Iterator[Talk]:
    """The talks, as long as they are wanted. Raises: `Stopped`."""
    for talk in talks:
        if over():
            raise Stopped("The import was stopped. What was taken in stays: import it again.")
        yield talk
