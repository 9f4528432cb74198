"""Opens the store by itself: what only reads and corrects needs no model."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from tertulia.app.compose import database
from tertulia.app.logs import log_to
from tertulia.app.plugins import load
from tertulia.app.settings import Settings
from tertulia.app.settings import load as load_settings
from tertulia.ports.store import Store


def settings_at(config: str | None, *, find: bool = False) -> Settings:
    """The settings; with `find` a model is looked for where none is named."""
    return load_settings(None if config is None else Path(config), find=find)


@asynccontextmanager
async def opened(config: str | None) -> AsyncGenerator[Store]:
    """The store of the settings' data folder, closed at the end."""
    settings = settings_at(config)
    log_to(settings.data / "tertulia.log", settings)
    store: Store = load("stores", "sqlite")(database(settings.data))
    try:
        await store.open()
        yield store
    finally:
        await store.close()
