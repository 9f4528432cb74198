"""What answers at each path: the operations of `/api`, the live socket, and the page itself."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router, WebSocketRoute
from starlette.types import Receive, Scope, Send

from tertulia._version import __version__
from tertulia.channels.web import bots, conversations, keeping, live, memory, requests
from tertulia.channels.web.assets import Assets
from tertulia.channels.web.description import described
from tertulia.channels.web.hub import Hub
from tertulia.channels.web.live import Live
from tertulia.channels.web.operation import PATTERNS, Call, Operation
from tertulia.channels.web.refused import CODES, UNKEPT, Refused, json, no_such, told
from tertulia.ports.channel import Floor
from tertulia.values.caller import CALLER, Caller
from tertulia.values.errors import StoreError, TertuliaError
from tertulia.values.http import status_of

log = logging.getLogger(__name__)

STORE_FAILED = "The database cannot be used just now; nothing was changed. Try again in a moment."
OWNERS = "Only the owner may do that."
NOWHERE = "There is nothing at this address."


async def description(_: Call) -> Response:
    """The description of all this."""
    return Response(_description(), headers=UNKEPT, media_type="application/json")


OPERATIONS = (
    *conversations.OPERATIONS,
    *live.OPERATIONS,
    *memory.OPERATIONS,
    *keeping.OPERATIONS,
    *bots.OPERATIONS,
    Operation(
        method="GET",
        path="/api/openapi.json",
        does="This description.",
        run=description,
        sends=("application/json",),
    ),
)


def application(floor: Floor, folder: Path) -> Router:
    """All of it, with the page's files out of `folder`."""
    hub = Hub(floor)
    by_path: dict[str, dict[str, Operation]] = {}
    for one in OPERATIONS:
        by_path.setdefault(one.path, {})[one.method] = one
    # What stands there word for word goes before what anything may stand for.
    routes = [
        Route(path, Resource(hub, by_path[path].values()))
        for path in sorted(by_path, key=lambda path: path.count("{"))
    ]
    return Router(
        [
            *routes,
            WebSocketRoute("/api/live", Live(hub)),
            Route("/api", Nowhere()),
            Route("/api/{rest:path}", Nowhere()),
            Route("/{rest:path}", Assets(folder)),
        ],
        redirect_slashes=False,
    )


class Nowhere:
    """What answers where there is nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        await told(404, CODES[404], NOWHERE)(scope, receive, send)


class Resource:
    """The operations of one path."""

    def __init__(self, hub: Hub, operations: Iterable[Operation]) -> None:
        self._hub = hub
        self._operations = {one.method: one for one in operations}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        one = self._operations.get(request.method)
        if one is None:
            allowed = ", ".join(sorted(self._operations))
            return told(405, CODES[405], f"This takes {allowed}.", {"allow": allowed})
        try:
            return await self._run(one, request)
        except Refused as error:
            return told(error.status, error.code, str(error))
        except StoreError as error:
            log.error("%s %s: %s", request.method, request.url.path, error)
            return told(*status_of(error), STORE_FAILED)
        except TertuliaError as error:
            return told(*status_of(error), str(error))

    async def _run(self, one: Operation, request: Request) -> Response:
        caller: Caller | None = request.scope.get(CALLER)
        if caller is None:
            raise Refused(401, "Log in first.")
        for name, word in request.path_params.items():
            if not re.fullmatch(PATTERNS[name], word):
                raise no_such(name)
        if one.owner and not caller.owner:
            raise Refused(403, OWNERS)
        query = requests.query(request, one.query)
        body = None if one.body is None else await requests.body(request, one.body)
        call = Call(
            floor=self._hub.floor,
            hub=self._hub,
            caller=caller,
            viewer=await self._hub.floor.desk.viewer(caller, "web"),
            request=request,
            query=query,
            body=body,
        )
        assert one.run is not None  # noqa: S101 - those without one are not ours to answer
        found = await one.run(call)
        if isinstance(found, Response):
            return found
        if found is None:
            return Response(status_code=one.status, headers=UNKEPT)
        return json(found, one.status)


@cache
def _description() -> bytes:
    return msgspec.json.encode(described(OPERATIONS, __version__))
