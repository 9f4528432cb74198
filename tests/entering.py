"""Accounts, tokens and logins for tests of the server."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tertulia.app.accounts import passwords
from tertulia.app.accounts.hashing import keyed, new_token
from tertulia.app.compose import database
from tertulia.app.plugins import load
from tertulia.ports.accounts import Account, Role
from tertulia.ports.store import Store

PASSWORD = "a few words in a row"
HASHED = passwords.hashed(PASSWORD)


@contextmanager
def stored(folder: Path) -> Generator[Any]:
    """Runs what is done to the store of a server in `folder`."""

    def run(body: Any) -> Any:
        async def whole() -> Any:
            store: Store = load("stores", "sqlite")(database(folder / "data"))
            await store.open()
            try:
                return await body(store)
            finally:
                await store.close()

        return asyncio.run(whole())

    yield run


def account(folder: Path, name: str, role: Role = "owner", password: str | None = HASHED) -> None:
    with stored(folder) as run:
        made = Account(name=name, role=role, password=password, created_at=1)
        run(lambda store: store.add_account(made))


def token(folder: Path, name: str, label: str = "phone") -> str:
    made = new_token()

    async def add(store: Store) -> None:
        await store.add_token(name, label, keyed(await store.secret(), "token", made), 1)

    with stored(folder) as run:
        run(add)
    return made


def log_in(client: httpx2.Client, name: str = "ana", password: str = PASSWORD) -> httpx2.Response:
    return client.post("/api/login", json={"name": name, "password": password})


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
