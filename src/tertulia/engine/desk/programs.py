"""What programs bring and ask that hold a talk of their own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from tertulia.engine.desk.viewing import Viewing
from tertulia.engine.past import bring_past
from tertulia.engine.stateless import answer
from tertulia.values.events import Restarted, Spoken
from tertulia.values.message import Author, Place
from tertulia.values.prompt import Line
from tertulia.values.reply import Ending


class Programs(Viewing):
    """Those methods of the desk that take a talk as it is sent."""

    async def bring_past(
        self, place: Place, bot: str, author: Author, lines: Sequence[Line]
    ) -> int:
        """See the port."""
        return await bring_past(self._tools, place, bot, author, lines)

    def answer(
        self, bot: str, lines: Sequence[Line]
    ) -> AsyncGenerator[Spoken | Restarted | Ending]:
        """See the port."""
        return answer(self._tools, bot, lines)
