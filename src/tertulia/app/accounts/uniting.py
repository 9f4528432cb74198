"""One person in the terminal and on the page: the identities of the machine's own person joined."""

from __future__ import annotations

import secrets

from tertulia.app.me import me
from tertulia.ports.store import Store
from tertulia.values.caller import LOCAL
from tertulia.values.message import Author, Place

_MINUTE = 60_000


async def unite_local(store: Store, now: int) -> None:
    """The person of this machine's terminal and that of its page share one memory."""
    in_terminal = Place(channel="terminal", account="local", spot="")
    here = me()
    await _unite(store, (in_terminal, here), _on_page(LOCAL, here.name), now)


async def unite_owner(store: Store, name: str, now: int) -> None:
    """The first owner goes on as who used the page before anybody had to log in."""
    before = _on_page(LOCAL, name)
    if await store.person(*before) is not None:
        await _unite(store, before, _on_page(name, name), now)


def _on_page(account: str, name: str) -> tuple[Place, Author]:
    place = Place(channel="web", account=account, spot="")
    return place, Author(platform_id=account, name=name)


async def _unite(
    store: Store, one: tuple[Place, Author], other: tuple[Place, Author], now: int
) -> None:
    there = await store.person(*one)
    if there is not None and there == await store.person(*other):
        return
    first, second = await store.meet(*one), await store.meet(*other)
    code = secrets.token_hex(16)
    await store.offer_link(first.own(*one), code, now + _MINUTE)
    await store.link(second.own(*other), code, now)
