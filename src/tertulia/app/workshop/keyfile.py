"""The file of the keys that people asked to be kept, which only the owner of the machine reads.

It also has the conversations that these keys were lent to last: a turn that a stop of the server
cut short is made with the same key after the next start.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tertulia.values.errors import SettingsError
from tertulia.values.secret import Secret

log = logging.getLogger(__name__)

FILE = "keys.json"
_ORIGIN = f"{FILE}, where the page keeps it"
MOST_LENT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A key to a vendor, and the address where it is used instead of the vendor's usual one."""

    key: Secret | None
    base_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Keys by account and vendor, and who lent them to which conversation, the latest last."""

    keys: dict[str, dict[str, Connection]] = field(default_factory=dict[str, dict[str, Connection]])
    lent: dict[int, str] = field(default_factory=dict[int, str])

    def change(self, account: str, vendor: str, connection: Connection | None) -> None:
        """Have this key in place of the one before; None: have none."""
        vendors = self.keys.setdefault(account, {})
        vendors.pop(vendor, None)
        if connection is not None:
            vendors[vendor] = connection

    def lend(self, conversation: int, account: str) -> None:
        """Note whose keys serve a conversation."""
        self.lent.pop(conversation, None)
        self.lent[conversation] = account
        while len(self.lent) > MOST_LENT:
            del self.lent[next(iter(self.lent))]


def read_keys(path: Path) -> Kept:
    """What the file holds; nothing where there is none, or none that can be read, which is told."""
    try:
        text = path.read_text(encoding="utf-8")
        _make_private(path)
        told = _table(json.loads(text))
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError, RecursionError):
        # What is wrong might quote a key.
        log.error("%s cannot be read: connect the models again, or mend it.", path)
        return Kept()
    keys = {name: _vendors(vendors) for name, vendors in _table(told.get("keys")).items()}
    lent = {
        int(number): by
        for number, by in _table(told.get("lent")).items()
        if number.isdecimal() and isinstance(by, str)
    }
    return Kept(keys=keys, lent=lent)


def write_keys(path: Path, kept: Kept) -> None:
    """Put it all into the file, whole or not at all. Raises: `SettingsError`."""
    keys = {
        account: {vendor: _as_told(connection) for vendor, connection in vendors.items()}
        for account, vendors in kept.keys.items()
        if vendors
    }
    lent = {str(number): account for number, account in kept.lent.items() if account in keys}
    text = json.dumps({"keys": keys, "lent": lent}, indent=1)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(beside, "xb", opener=_private) as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _make_private(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
        log.warning("%s could be read by others on this machine, and now only by you.", path)


def _as_told(connection: Connection) -> dict[str, str]:
    told = {"key": connection.key and connection.key.reveal(), "base_url": connection.base_url}
    return {name: value for name, value in told.items() if value is not None}


def _vendors(told: object) -> dict[str, Connection]:
    return {vendor: _connection(_table(one)) for vendor, one in _table(told).items()}


def _connection(told: Mapping[str, Any]) -> Connection:
    key, base_url = told.get("key"), told.get("base_url")
    return Connection(
        key=Secret(key, _ORIGIN) if isinstance(key, str) and key else None,
        base_url=base_url if isinstance(base_url, str) else None,
    )


def _table(told: object) -> dict[str, Any]:
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}
