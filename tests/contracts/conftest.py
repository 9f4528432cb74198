"""Every store that is installed, open and empty."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from stored import Body
from tertulia.ports.store import Store

STORES = sorted(part.name for part in entry_points(group="tertulia.stores"))


@pytest.fixture(params=STORES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Body], None]:
    """Runs a test's body on an open, empty store."""
    (part,) = entry_points(group="tertulia.stores", name=request.param)

    def runner(body: Body) -> None:
        async def whole() -> None:
            store: Store = part.load()(tmp_path / "tertulia.db")
            await store.open()
            try:
                await body(store)
            finally:
                await store.close()

        asyncio.run(whole())

    return runner
