"""The server as one application: every layer around what answers at each path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tertulia.app.serve import health, login, metrics
from tertulia.app.serve.access import Access
from tertulia.app.serve.asgi import SAFE
from tertulia.app.serve.bodies import Bodies
from tertulia.app.serve.counts import Counts
from tertulia.app.serve.forwarded import Forwarded
from tertulia.app.serve.gate import Gate
from tertulia.app.serve.headers import SafeHeaders
from tertulia.app.serve.hosts import Hosts
from tertulia.app.serve.limits import Buckets, Limits, account, address
from tertulia.app.serve.requests import Requests
from tertulia.app.serve.routes import Routes
from tertulia.app.serve.site import Site
from tertulia.app.servespec import ServeSpec
from tertulia.ports.channel import Application, Door, Floor, Messages
from tertulia.values.caller import LOCAL

ON_THIS_MACHINE = 6_000
"""Calls a minute that are absurd even of a program on this machine."""

AN_ADDRESS = 5
"""So many times what one account may, an address may: several people can be behind one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The whole server, and its layer of access, which looks again now and then."""

    application: Application
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the layers stand on; `floor` gives a door's by its name."""

    spec: ServeSpec
    site: Site
    gate: Gate
    counts: Counts
    ending: asyncio.Event
    doors: Mapping[str, Door]
    floor: Callable[[str], Floor]
    default_bot: str


def layers(ground: Ground) -> Made:
    """Build them, from within."""
    spec, gate = ground.spec, ground.gate
    doors = ground.doors.items()
    apps = {name: door.application(ground.floor(name)) for name, door in doors}
    owned = {path: apps[name] for name, door in doors for path in door.paths}
    told = login.Told(default_bot=ground.default_bot, upload=spec.upload)

    async def left() -> None:
        await access.look_again()

    entrance = login.Login(gate, told, left)
    owned.update(dict.fromkeys(login.PATHS, entrance))
    owned[metrics.PATH] = metrics.Metrics(ground.counts)
    routes = Routes(owned, [login.IN, *(path for _, door in doors for path in door.open_to_all)])

    def assets(scope: Messages) -> bool:
        return scope.get("method") in SAFE and routes.free(scope["path"])

    within = Limits(
        routes, Buckets(spec.calls), lambda scope: None if assets(scope) else _counted(scope)
    )
    access = Access(within, gate, routes.free)
    most = spec.calls * AN_ADDRESS if ground.site.exposed else ON_THIS_MACHINE
    app: Application = Limits(
        access, Buckets(most), lambda scope: None if assets(scope) else address(scope)
    )
    app = Hosts(health.Health(app, gate.store, ground.ending), ground.site)
    app = SafeHeaders(Requests(Bodies(app, spec.upload), ground.counts))
    return Made(application=Forwarded(app) if spec.behind_proxy else app, access=access)


def _counted(scope: Messages) -> str | None:
    """The account whose calls are counted; on this machine, without accounts, none is."""
    name = account(scope)
    return None if name == LOCAL else name
