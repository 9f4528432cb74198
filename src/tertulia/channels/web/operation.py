"""What can be asked for: each operation with what it takes, what it answers and what does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tertulia.channels.web.hub import Hub
from tertulia.channels.web.objects import Object
from tertulia.channels.web.refused import Refused
from tertulia.channels.web.requests import FACT, KEY, MESSAGE, NAME, NUMBER, Asked, Nothing
from tertulia.ports.channel import Floor
from tertulia.values.caller import Caller
from tertulia.values.shown import Viewer

PATTERNS: Mapping[str, str] = {
    "conversation": NUMBER,
    "message": MESSAGE,
    "fact": FACT,
    "attachment": NUMBER,
    "bot": NAME,
    "vendor": KEY,
}
"""What may stand in a path, by its name there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: who makes it, and what it says, with `query` and `body` as it is to have."""

    floor: Floor
    hub: Hub
    caller: Caller
    viewer: Viewer
    request: Request
    query: Any
    body: Any

    def word(self, name: str) -> str:
        """What stands in the path for `name`."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """The number that stands in the path for `name`."""
        return int(self.word(name))

    def for_owners(self, everybody: int) -> bool:
        """Whether everybody's is asked for, where the caller may. Raises: `Refused`."""
        if everybody and not self.viewer.owner:
            raise Refused(403, "Only the owner is shown what is everybody's.")
        return bool(everybody)


Run = Callable[[Call], Awaitable[Object | Response | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method of a path. `run` is None where the server itself answers before any door is asked.

    It takes a `body`, or a file where `file` is set, and answers with `status` and an object
    (`answers`), with bytes of the types in `sends`, or with nothing. `fails` are the failures of
    its own, beside those that every call may have. `owner` tells that only owners may.
    """

    method: str
    path: str
    does: str
    run: Run | None
    query: type[Asked] = Nothing
    body: type[Asked] | None = None
    file: bool = False
    status: int = 200
    answers: type[Object] | None = None
    sends: tuple[str, ...] = ()
    fails: tuple[int, ...] = ()
    owner: bool = False
