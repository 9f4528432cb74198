"""Who calls over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

CALLER = "tertulia.caller"
"""The key of an ASGI scope under which a door finds the `Caller`."""

LOCAL = "local"
"""The account of whoever opens the page where nobody has to log in: the machine's own person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An account that was let in; `name` is what its person is called.

    `owner` may do all that the bot's owner may. `session` tells one browser from another, and a
    token's calls from those of a page: a key that is typed in serves only its session. `token` is
    the label of the token by which the call came, or None where it came from a page.
    """

    account: str
    name: str
    owner: bool
    session: str
    token: str | None = None
