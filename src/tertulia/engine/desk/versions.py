"""Other versions: a reply is made anew or gone on with, a conversation goes on from another."""

from __future__ import annotations

from tertulia.engine.desk.conversations import Conversations
from tertulia.values.conversation import Conversation
from tertulia.values.errors import Busy, SettingsError
from tertulia.values.message import Message
from tertulia.values.shown import Viewer

BUSY = "Something waits or runs in this conversation. Stop it, or wait until it is done."


class Versions(Conversations):
    """Those methods of the desk that make or choose another version."""

    async def again(self, viewer: Viewer, message: str, *, go_on: bool) -> None:
        """See the port."""
        said = await self._mine(viewer, message)
        if go_on and said.finish_reason not in ("length", "stopped"):
            raise SettingsError(
                f"{message} is no reply that was cut: nothing is left of it to say."
            )
        if not await self._store.ask_again(said.conversation, said.seq, go_on=go_on):
            raise Busy(BUSY)
        self._wake(said.conversation)

    async def switch(self, viewer: Viewer, message: str) -> None:
        """See the port."""
        said = await self._mine(viewer, message)
        if not await self._store.switch(said.conversation, said.seq):
            raise Busy(BUSY)
        self._changed(said.conversation)

    async def _mine(self, viewer: Viewer, name: str) -> Message:
        """A message of a conversation that is held on a screen."""
        said = await self._message(viewer, name)
        here = await self._conversation(viewer, said.conversation)
        if not viewer.owner and self.place(viewer, here) is None:
            raise SettingsError(_elsewhere(here))
        return said


def _elsewhere(here: Conversation) -> str:
    return f"This conversation is held on {here.place.channel}, and goes on there alone."
