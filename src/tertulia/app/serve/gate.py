"""Tells who calls: by a token, by a login, or because they sit at this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tertulia.app.accounts.hashing import keyed, new_value
from tertulia.app.me import me
from tertulia.app.serve.asgi import bearer, header
from tertulia.app.serve.cookies import DAYS, LOGIN, SESSION, cookie, opens_page
from tertulia.ports.accounts import Account
from tertulia.ports.channel import Messages
from tertulia.ports.store import Store
from tertulia.values.caller import LOCAL, Caller

ENTERED = "tertulia.entered"
"""The key of a scope under which `Entered` stands."""

SINCE = 1.0
"""Seconds for which it holds whether there are accounts: another process may make the first."""

_PROXIED = (b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"forwarded", b"via")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """How somebody came: `caller` is None where they have to log in first.

    `by` tells what let them in. `login` and `session` are the cookies, "" where there are none (a
    browser that opens the page has a new `session`);
    `csrf` is what a page sends back with all that it changes.
    """

    caller: Caller | None
    by: Literal["machine", "login", "token"] | None
    accounts: bool
    session: str
    login: str
    csrf: str


class Gate:
    """Knows the accounts, and whether there are any. `now` is in ms since 1970 UTC."""

    def __init__(self, store: Store, key: bytes, *, exposed: bool, now: Callable[[], int]) -> None:
        self.store = store
        self.key = key
        self.now = now
        self._exposed = exposed
        self._name = me().name
        self._accounts = False
        self._asked_at = float("-inf")

    async def enter(self, scope: Messages) -> Entered:
        """Who calls. Raises: `StoreError`."""
        session = cookie(scope, SESSION) or (new_value() if opens_page(scope) else "")
        login = cookie(scope, LOGIN)
        token = bearer(scope)
        accounts = await self.accounts()
        caller, by = None, None
        if not accounts:
            login = ""
            if not self._exposed and not _through_a_proxy(scope):
                caller, by = self._local(session), "machine"
        elif token is not None:
            caller, by = await self._by_token(token), "token"
        elif login:
            caller, by = await self._by_login(login, session), "login"
        return Entered(
            caller=caller,
            by=by if caller else None,
            accounts=accounts,
            session=session,
            login=login,
            csrf=self.csrf(session, login),
        )

    async def accounts(self) -> bool:
        """Whether there are accounts, as of a second ago at most."""
        now = time.monotonic()
        if now - self._asked_at > SINCE:
            self._accounts = bool(await self.store.accounts())
            self._asked_at = now
        return self._accounts

    def csrf(self, session: str, login: str) -> str:
        """What a page of this browser, with this login, sends back; good over a restart."""
        return keyed(self.key, "csrf", session, login).hex() if session else ""

    def until(self) -> int:
        """Until when a login that is used now is good."""
        return self.now() + DAYS * 86_400_000

    def logged_in(self, account: Account, session: str) -> Caller:
        """A caller who logged in."""
        return Caller(
            account=account.name,
            name=account.name,
            owner=account.role == "owner",
            session=self._session("browser", session),
        )

    def _local(self, session: str) -> Caller:
        return Caller(
            account=LOCAL, name=self._name, owner=True, session=self._session("browser", session)
        )

    async def _by_token(self, token: str) -> Caller | None:
        found = await self.store.let_in(keyed(self.key, "token", token), self.now())
        if found is None:
            return None
        account, kept = found
        return Caller(
            account=account.name,
            name=account.name,
            owner=account.role == "owner",
            session=self._session("token", str(kept.id)),
            token=kept.label,
        )

    async def _by_login(self, login: str, session: str) -> Caller | None:
        hash_ = keyed(self.key, "login", login)
        found = await self.store.logged_in(hash_, self.now(), self.until())
        return None if found is None else self.logged_in(found, session)

    def _session(self, *what: str) -> str:
        return keyed(self.key, "session", *what).hex()


def _through_a_proxy(scope: Messages) -> bool:
    """Whether a proxy says that it brought this: then the caller may be anybody.

    Who sits at the machine comes straight. A proxy that is meant is told with `behind_proxy`.
    """
    return any(header(scope, name) is not None for name in _PROXIED)
