"""What people see and do on a screen: their conversations, what is remembered, and forgetting.

Everything goes by who looks: they see what they have heard, and only conversations that they were
in; the owner's viewers see all that `everybody` asks for. What they may not see is not there for
them: `NotThere`, the same as for what does not exist. Every method raises `StoreError`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from tertulia.values.attachment import Attachment
from tertulia.values.caller import Caller
from tertulia.values.conversation import Conversation, Summary
from tertulia.values.events import Restarted, Spoken
from tertulia.values.fact import Fact
from tertulia.values.forgetting import Forgotten, Replies, Target
from tertulia.values.message import Author, Place
from tertulia.values.prompt import Line
from tertulia.values.reply import Ending
from tertulia.values.shown import Hit, Listed, Page, Viewer


class Desk(Protocol):
    """The engine, as a screen sees it."""

    async def viewer(self, caller: Caller, channel: str, *, user: Author | None = None) -> Viewer:
        """Who looks. Of one account all channels' callers (`web`, `api`) are one person.

        A `user` is somebody else, whom the caller only speaks for: they are no owner.
        """
        ...

    # Conversations

    async def conversations(
        self,
        viewer: Viewer,
        *,
        archived: bool = False,
        everybody: bool = False,
        before: int | None = None,
        most: int = 50,
    ) -> Sequence[Listed]:
        """Pinned ones first, then the latest; `before` goes on behind an `updated_at` (ms)."""
        ...

    async def under(self, viewer: Viewer, place: Place, *, most: int) -> Sequence[Conversation]:
        """What a program holds under a place: see `ScreenStore.conversations_under`.

        None of another account. Whether the viewer was in them is asked when they are read.
        """
        ...

    async def listed(self, viewer: Viewer, number: int) -> Listed:
        """One conversation. Raises: `NotThere`."""
        ...

    def place(self, viewer: Viewer, conversation: Conversation) -> tuple[Place, str] | None:
        """Where the viewer says something in it, and as whom (a platform id); None: they cannot."""
        ...

    async def rename(self, viewer: Viewer, number: int, title: str | None) -> None:
        """Give it a title, or (None) the one by its first words. Raises: `NotThere`."""
        ...

    async def pin(self, viewer: Viewer, number: int, *, pinned: bool) -> None:
        """Keep it at the top of the list. Raises: `NotThere`."""
        ...

    async def archive(self, viewer: Viewer, number: int, *, archived: bool) -> None:
        """Take it out of the list, or put it back. Raises: `NotThere`."""
        ...

    async def pick_model(
        self, viewer: Viewer, number: int, model: str | None, *, allowed: bool = False
    ) -> None:
        """Use this model in it, or (None) the bot's. Raises: `NotThere`, `SettingsError`.

        Who is no owner picks among the bot's choices. What their own key opens is `allowed`: see
        `Workshop.may_pick`.
        """
        ...

    async def page(
        self,
        viewer: Viewer,
        number: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        most: int = 50,
    ) -> Page:
        """The newest messages; those before or behind a seq; or those around one. Not all three.

        Behind `after` comes what is on the path to the head. `around` may be on another path: then
        the page follows that one. Raises: `NotThere`.
        """
        ...

    async def since(self, viewer: Viewer, number: int, after: int) -> Page:
        """Everything stored behind seq `after`, on any path, in the order stored.

        Of very much the beginning, and `newer`: go on behind the last of it. Raises: `NotThere`.
        """
        ...

    async def hears(self, viewer: Viewer, number: int, audience: int) -> bool:
        """Whether they hear what is said in it to an audience now. Raises: `NotThere`."""
        ...

    async def attachment(self, viewer: Viewer, number: int) -> Attachment:
        """A picture or file by its number. Raises: `NotThere`."""
        ...

    # Other versions

    async def again(self, viewer: Viewer, message: str, *, go_on: bool) -> None:
        """Make a reply anew beside the old one, or go on with one that was cut.

        Raises: `NotThere`; `Busy` where something waits or runs in the conversation;
        `SettingsError` where it is no cut reply, or its conversation is held on another channel.
        """
        ...

    async def switch(self, viewer: Viewer, message: str) -> None:
        """Go on from this version: the head is then the newest message behind it.

        Raises: `NotThere`, `Busy`; `SettingsError` where it is held on another channel.
        """
        ...

    # What the bot saw

    async def receipt(self, viewer: Viewer, message: str) -> dict[str, Any]:
        """A reply's receipt (`Receipt.as_json`), each item with its `text`, `speaker`, `said_at`.

        The speaker of a fact is whom it tells of. What is not there any more, or what the viewer
        may not see, has no text, and what has none of these has None.
        Raises: `NotThere`.
        """
        ...

    async def preview(
        self, viewer: Viewer, number: int, text: str
    ) -> tuple[Sequence[Line], dict[str, Any]]:
        """What the model would read if `text` were said next, and its receipt as in `receipt`.

        Raises: `NotThere`, `SettingsError`.
        """
        ...

    # Memory

    async def search(
        self, viewer: Viewer, text: str, *, everybody: bool = False, most: int = 30
    ) -> Sequence[Hit]:
        """What was said that answers `text`, in all conversations that the viewer heard."""
        ...

    async def facts(self, viewer: Viewer, bot: str, *, everybody: bool = False) -> Sequence[Fact]:
        """What a bot remembers of the viewer (or of everybody), as it holds now."""
        ...

    async def fact_history(self, viewer: Viewer, fact: str) -> Sequence[Fact]:
        """All that a fact said, oldest first. Raises: `NotThere`."""
        ...

    async def add_fact(self, viewer: Viewer, bot: str, statement: str) -> Fact:
        """Have the bot remember something about the viewer, for them alone.

        Raises: `SettingsError` where it says nothing.
        """
        ...

    async def edit_fact(self, viewer: Viewer, fact: str, statement: str) -> Fact:
        """Write it anew; the old words stay in its history. Raises: `NotThere`, `SettingsError`."""
        ...

    async def undo_fact(self, viewer: Viewer) -> Fact | None:
        """Take back the viewer's latest edit; None where there is none.

        Returns what holds again, or closed what they had added.
        """
        ...

    async def summaries(self, viewer: Viewer, number: int) -> Sequence[Summary]:
        """The summaries of a conversation that the viewer may see, oldest first."""
        ...

    # Forgetting, keeping, bringing in

    async def target(self, viewer: Viewer, what: str) -> Target:
        """What `12.3` (a message), `f5` (a fact), `12` (a conversation) or `me` means.

        Raises: `NotThere` where the viewer may not have it forgotten.
        """
        ...

    async def would_forget(self, target: Target, replies: Replies) -> Forgotten:
        """The dry run. Raises: `NotThere`."""
        ...

    async def forget(self, target: Target, replies: Replies) -> Forgotten:
        """Forget it; whoever watches is told. Raises: `NotThere`."""
        ...

    async def export(self, viewer: Viewer, number: int, form: str) -> str:
        """What the viewer heard of it as `md`, `json`, `html` or `txt`.

        Raises: `NotThere`, `SettingsError`.
        """
        ...

    async def bring_in(
        self, viewer: Viewer, path: Path, place: Place, bot: str, told: Callable[[int], object]
    ) -> dict[str, int]:
        """Take in an export (ChatGPT's or ours) as the viewer's own past, with `place`'s account.

        Returns how many `conversations`, `messages` and `new` ones. Raises: `SettingsError` where
        nothing reads this file.
        """
        ...

    # For programs that bring a talk of their own

    async def bring_past(
        self, place: Place, bot: str, author: Author, lines: Sequence[Line]
    ) -> int:
        """Take in what was said elsewhere as the past of the conversation at `place`.

        The user's lines are the author's, and all was heard by them alone; brought again, nothing
        is new. Returns the conversation's number.
        """
        ...

    def answer(
        self, bot: str, lines: Sequence[Line]
    ) -> AsyncGenerator[Spoken | Restarted | Ending]:
        """Have a bot answer the last of `lines`, from its persona and them alone; keep nothing.

        The ending comes last, and is stored nowhere. Leaving early ends it: close the generator
        then. Raises: `SettingsError` where there is no such bot.
        """
        ...
