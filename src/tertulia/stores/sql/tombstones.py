"""What remains of a forgotten message: a keyed hash, so that it does not come back."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from tertulia.stores.sql.schema import keeping

_SECRET = "secret"  # noqa: S105 - the name of a row
_select_secret = select(keeping.c.value).where(keeping.c.name == _SECRET)


def secret(connection: Connection) -> bytes:
    """The key of this store's hashes; made when it is first needed."""
    made = upsert(keeping).values(name=_SECRET, value=secrets.token_hex(32))
    found = connection.execute(_select_secret).scalar_one_or_none()
    if found is None:
        connection.execute(made.on_conflict_do_nothing())
        found = connection.execute(_select_secret).scalar_one()
    return bytes.fromhex(found)


def hash_of(key: bytes, *what: str) -> bytes:
    """The keyed hash of what a platform calls something."""
    return hashlib.blake2b("\0".join(what).encode(), key=key, digest_size=16).digest()
