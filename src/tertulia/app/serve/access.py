"""Lets callers in, or asks them to log in; ends what is open when they may be here no longer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from tertulia.app.serve.asgi import BODY, START, Receive, Send, header, is_start, refuse
from tertulia.app.serve.cookies import LOGIN, SESSION, opens_page, set_cookie
from tertulia.app.serve.gate import ENTERED, Entered, Gate
from tertulia.app.serve.origins import objection
from tertulia.ports.channel import Application, Messages
from tertulia.values.caller import CALLER, Caller
from tertulia.values.errors import TertuliaError

log = logging.getLogger(__name__)

LOG_IN = "Log in first. A program sends `Authorization: Bearer TOKEN`."
ANYBODY = (
    "This came through a proxy or from another machine, and there are no accounts: everybody would "
    "be the owner. Make one: tertulia user add NAME --owner. Behind a proxy, also set "
    "behind_proxy = true in [serve]."
)

LOOK_AGAIN = 30.0
"""Seconds between two looks at whether those who have something open may still be here."""


@dataclass(slots=True, eq=False)
class _Open:
    """A call that is being answered: perhaps for hours, as with a WebSocket."""

    scope: Messages
    entered: Entered
    task: asyncio.Task[object]
    begun: bool = False
    ended: bool = False


class Access:
    """`free` tells which paths ask for no login."""

    def __init__(self, app: Application, gate: Gate, free: Callable[[str], bool]) -> None:
        self._app = app
        self._gate = gate
        self._free = free
        self._open: set[_Open] = set()

    async def __call__(self, scope: Messages, receive: Receive, send: Send) -> None:
        """See ASGI."""
        entered = await self._gate.enter(scope)
        against = None if entered.caller is None else objection(scope, entered)
        if self._free(scope["path"]):
            # Whoever comes may come; only who is proven to be somebody is taken for them.
            entered = entered if against is None else replace(entered, caller=None, by=None)
        elif entered.caller is None:
            told = (401, "log_in", LOG_IN) if entered.accounts else (403, "forbidden", ANYBODY)
            return await refuse(scope, send, *told)
        elif against is not None:
            return await refuse(scope, send, 403, "forbidden", against)
        scope[ENTERED] = entered
        if entered.caller is None:
            return await self._app(scope, receive, send)
        scope[CALLER] = entered.caller
        return await self._watched(scope, entered, receive, _with_cookies(scope, entered, send))

    async def _watched(
        self, scope: Messages, entered: Entered, receive: Receive, send: Send
    ) -> None:
        call = _Open(scope, entered, cast("asyncio.Task[object]", asyncio.current_task()))

        async def noted(message: Messages) -> None:
            call.begun = call.begun or message["type"] == START
            await send(message)

        self._open.add(call)
        try:
            await self._app(scope, receive, noted)
        except asyncio.CancelledError:
            if not call.ended:
                raise
            call.task.uncancel()
            await _end(call, send)
        finally:
            self._open.discard(call)

    async def look_again(self) -> None:
        """End what is open for those who were logged out or removed, or whose token was."""
        known: dict[tuple[str | None, str], bool] = {}
        for call in list(self._open):
            key = (header(call.scope, b"authorization"), call.entered.login)
            if key not in known:
                known[key] = _same(await self._gate.enter(call.scope), call.entered)
            if not known[key] and call in self._open and call.task is not asyncio.current_task():
                call.ended = True
                call.task.cancel()

    async def keep_looking(self) -> None:
        """Look again, for ever."""
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                await self.look_again()
            except TertuliaError as error:
                log.error("Could not look who may still be here: %s", error)


async def _end(call: _Open, send: Send) -> None:
    """End what is open for somebody who may be here no longer."""
    if call.scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": "log in"})
    elif call.begun:
        await send({"type": BODY, "body": b""})
    else:
        await refuse(call.scope, send, 401, "log_in", LOG_IN)


def _same(now: Entered, then: Entered) -> bool:
    """Whether somebody is still who they were when they came."""
    one, other = now.caller, then.caller
    return one is not None and other is not None and _rights(one) == _rights(other)


def _rights(caller: Caller) -> tuple[str, bool]:
    return caller.account, caller.owner


def _with_cookies(scope: Messages, entered: Entered, send: Send) -> Send:
    """A browser that opens the page is given its cookies, or keeps them for longer."""
    if entered.by == "token" or not opens_page(scope):
        return send
    given = [set_cookie(scope, SESSION, entered.session)]
    if entered.by == "login":
        given.append(set_cookie(scope, LOGIN, entered.login))

    async def with_cookies(message: Messages) -> None:
        if is_start(message):
            message = {**message, "headers": [*message.get("headers", ()), *given]}
        await send(message)

    return with_cookies
