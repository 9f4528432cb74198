"""Bots and the vendors of models, as far as a page changes them."""

from __future__ import annotations

from importlib.metadata import entry_points

import msgspec

from tertulia.channels.web import objects, requests, shaping
from tertulia.channels.web.operation import Call, Operation
from tertulia.channels.web.refused import Refused


async def bots(call: Call) -> objects.Bots:
    """All bots."""
    memories = _memories()
    return objects.Bots(bots=[shaping.bot(one, memories) for one in call.floor.workshop.bots()])


async def describe(call: Call) -> objects.Bot:
    """Make a bot, or change it."""
    given = msgspec.to_builtins(call.body)
    made = await call.floor.workshop.describe(call.word("bot"), given)
    return shaping.bot(made, _memories())


async def discard(call: Call) -> None:
    """Take a bot away."""
    await call.floor.workshop.discard(call.word("bot"))


async def vendors(call: Call) -> objects.Vendors:
    """Who offers models."""
    found = call.floor.workshop.vendors(call.caller)
    return objects.Vendors(vendors=[shaping.vendor(one) for one in found])


async def models(call: Call) -> objects.Models:
    """What a vendor's server lists."""
    found = await call.floor.workshop.models(call.caller, call.word("vendor"))
    return objects.Models(models=list(found))


async def connect(call: Call) -> objects.Models:
    """Use a key; it is never given back."""
    asked: requests.NewKey = call.body
    address = asked.base_url or None
    if address is not None and not call.caller.owner:
        raise Refused(403, "Only the owner says at which address a model's server is.")
    found = await call.floor.workshop.connect(
        call.caller, call.word("vendor"), asked.key, base_url=address, keep=asked.keep
    )
    return objects.Models(models=list(found))


async def disconnect(call: Call) -> None:
    """Lose a key."""
    await call.floor.workshop.disconnect(call.caller, call.word("vendor"))


def _memories() -> list[str]:
    """The memories that are installed: one that somebody adds is there to choose as ours are."""
    return sorted({point.name for point in entry_points(group="tertulia.memories")})


KEY = "/api/vendors/{vendor}/key"

OPERATIONS = (
    Operation(
        method="GET",
        path="/api/bots",
        does="All bots, the default one first.",
        run=bots,
        answers=objects.Bots,
    ),
    Operation(
        method="PUT",
        path="/api/bots/{bot}",
        does="Make a bot, or change one that was made here.",
        run=describe,
        body=requests.Given,
        answers=objects.Bot,
        fails=(422,),
        owner=True,
    ),
    Operation(
        method="DELETE",
        path="/api/bots/{bot}",
        does="Take away a bot that was made here; its conversations stay.",
        run=discard,
        status=204,
        fails=(422,),
        owner=True,
    ),
    Operation(
        method="GET",
        path="/api/vendors",
        does="Who offers models, and which of them can be used.",
        run=vendors,
        answers=objects.Vendors,
    ),
    Operation(
        method="GET",
        path="/api/vendors/{vendor}/models",
        does="The models that a vendor's server lists.",
        run=models,
        answers=objects.Models,
        fails=(422, 502),
    ),
    Operation(
        method="PUT",
        path=KEY,
        does="Use this key for what the caller says; it is tried at once, and never given back.",
        run=connect,
        body=requests.NewKey,
        answers=objects.Models,
        fails=(422, 502),
    ),
    Operation(
        method="DELETE",
        path=KEY,
        does="Lose a key, also the one that was kept.",
        run=disconnect,
        status=204,
        fails=(422,),
    ),
)
