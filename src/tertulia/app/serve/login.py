"""`/api/me`, `/api/login` and `/api/logout`: who one is here, and how one becomes that."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from tertulia._version import __version__
from tertulia.app.accounts import passwords
from tertulia.app.accounts.hashing import keyed, new_value
from tertulia.app.serve.asgi import Headers, Receive, Send, answer, answer_json, header, refuse
from tertulia.app.serve.cookies import LOGIN, ME, SESSION, set_cookie
from tertulia.app.serve.gate import ENTERED, Entered, Gate
from tertulia.app.serve.limits import Buckets, address, too_many
from tertulia.app.serve.origins import FOREIGN, foreign
from tertulia.ports.accounts import Account
from tertulia.ports.channel import Messages
from tertulia.values.caller import Caller

IN, OUT = "/api/login", "/api/logout"
PATHS = (ME, IN, OUT)

A_MINUTE = 10
"""So many tries one address has in a minute, and one name."""

AT_ONCE = 2
"""Passwords that are looked at together: each takes 64 MiB for a moment."""

LONGEST_BODY = 16_384

WRONG = "The name or the password is wrong."
NOBODY_HAS_TO = "Nobody has to log in here: there are no accounts."
NO_JSON = "Send a JSON object with `name` and `password`, as application/json."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What everybody is told of this server by `/api/me`; `upload` is in bytes."""

    default_bot: str
    upload: int


class Login:
    """Answers at `PATHS`. `left` is called where somebody's login has ended."""

    def __init__(self, gate: Gate, told: Told, left: Callable[[], Awaitable[None]]) -> None:
        self._gate = gate
        self._told = told
        self._left = left
        self._tries = Buckets(A_MINUTE)
        self._hashing = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Messages, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await refuse(scope, send, 404, "not_there", "There is no WebSocket here.")
            return
        path, method = scope["path"], scope["method"]
        if path == ME and method in ("GET", "HEAD"):
            await self._me(scope, send, scope[ENTERED])
        elif path == IN and method == "POST":
            await self._log_in(scope, receive, send)
        elif path == OUT and method == "POST":
            await self._log_out(scope, send)
        else:
            allow = [(b"allow", b"GET" if path == ME else b"POST")]
            await refuse(scope, send, 405, "bad_method", "This takes other methods.", allow)

    async def _me(
        self, scope: Messages, send: Send, entered: Entered, headers: Headers = ()
    ) -> None:
        caller = cast("Caller", entered.caller)
        me: dict[str, Any] = {
            "account": caller.account,
            "name": caller.name,
            "owner": caller.owner,
            "login": entered.accounts,
            "version": __version__,
            "default_bot": self._told.default_bot,
            "csrf": "" if entered.by == "token" else entered.csrf,
            "upload": self._told.upload,
        }
        await answer_json(scope, send, 200, me, headers)

    async def _log_in(self, scope: Messages, receive: Receive, send: Send) -> None:
        # A page of another site could have somebody log in as somebody else.
        if foreign(scope):
            return await refuse(scope, send, 403, "forbidden", FOREIGN)
        given = await _given(scope, receive)
        if given is None:
            return await refuse(scope, send, 400, "bad_request", NO_JSON)
        if not await self._gate.accounts():
            return await refuse(scope, send, 422, "cannot", NOBODY_HAS_TO)
        name, password = given
        buckets = (f"address {address(scope)}", f"name {name[:64]}")
        wait = max(self._tries.take(bucket) for bucket in buckets)
        if wait:
            return await too_many(scope, send, wait)
        account = await self._account(name, password)
        if account is None:
            return await refuse(scope, send, 401, "log_in", WRONG)
        for bucket in buckets:
            self._tries.give_back(bucket)
        return await self._let_in(scope, send, account)

    async def _account(self, name: str, password: str) -> Account | None:
        """The account, where the password is its own; it takes as long where there is none."""
        store = self._gate.store
        found = await store.account(name)
        kept = None if found is None else found.password
        async with self._hashing:
            if not await asyncio.to_thread(passwords.fits, kept, password):
                return None
        if kept is not None and passwords.outdated(kept):
            async with self._hashing:
                hash_ = await asyncio.to_thread(passwords.hashed, password)
            await store.change_account(name, password=hash_)
        return found

    async def _let_in(self, scope: Messages, send: Send, account: Account) -> None:
        """Cookies of their own: what somebody else typed into this browser is not for them."""
        gate = self._gate
        session, login = new_value(), new_value()
        hash_ = keyed(gate.key, "login", login)
        await gate.store.log_in(hash_, account.name, gate.now(), gate.until())
        entered = Entered(
            caller=gate.logged_in(account, session),
            by="login",
            accounts=True,
            session=session,
            login=login,
            csrf=gate.csrf(session, login),
        )
        given = [set_cookie(scope, SESSION, session), set_cookie(scope, LOGIN, login)]
        await self._me(scope, send, entered, given)

    async def _log_out(self, scope: Messages, send: Send) -> None:
        entered: Entered = scope[ENTERED]
        gone: list[tuple[bytes, bytes]] = []
        if entered.by == "login":
            await self._gate.store.log_out(keyed(self._gate.key, "login", entered.login))
            await self._left()
            gone = [set_cookie(scope, SESSION, ""), set_cookie(scope, LOGIN, "")]
        await answer(scope, send, 204, b"", gone)


async def _given(scope: Messages, receive: Receive) -> tuple[str, str] | None:
    """The name and the password that a body tells, or None where it tells something else."""
    kind = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return None
    try:
        told = json.loads(await _body(receive))
    except (ValueError, RecursionError):
        return None
    pairs = cast("dict[str, object]", told if isinstance(told, dict) else {})
    name, password = pairs.get("name"), pairs.get("password")
    if not isinstance(name, str) or not isinstance(password, str):
        return None
    return unicodedata.normalize("NFC", name), password


async def _body(receive: Receive) -> bytes:
    """The body; what is longer than any login is cut, and then is no JSON."""
    body, more = b"", True
    while more and len(body) <= LONGEST_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body[:LONGEST_BODY]
