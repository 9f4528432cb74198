"""Reads the vectors from a server's answer, and makes bytes of their components."""

from __future__ import annotations

import base64
import json
import math
import struct
from array import array
from typing import Any, cast

from tertulia.embedders.openai.server import Server
from tertulia.values.errors import ModelRejected

_MOST = 127


def vectors(server: Server, body: str, count: int) -> list[bytes]:
    """The `count` vectors of an answer, in the order of the texts.

    Raises: `ModelUnavailable` where it is none, `ModelRejected` where its vectors are of no use.
    """
    rows = _rows(server, body)
    if len(rows) != count:
        raise ModelRejected(
            f"{server.name}: {server.host} answers with {len(rows)} vectors for {count} texts."
        )
    found = [_int8(_components(row)) for row in _in_order(rows)]
    if all(found):
        return [vector for vector in found if vector]
    raise ModelRejected(
        f"{server.name}: {server.host} answers with a vector that is empty, zero or no list of "
        f'numbers. Check that "{server.model}" makes embeddings.'
    )


def _rows(server: Server, body: str) -> list[dict[str, Any]]:
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    rows: Any = cast("dict[str, Any]", told).get("data") if isinstance(told, dict) else None
    if isinstance(rows, list) and all(isinstance(row, dict) for row in cast("list[Any]", rows)):
        return cast("list[dict[str, Any]]", rows)
    raise server.unavailable(f"{server.host} answers with no embeddings: {server.clean(body)}")


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By `index`, where that numbers them; some servers leave it out, or have 0 for all."""
    places = {row.get("index"): row for row in rows if isinstance(row.get("index"), int)}
    return [places[n] for n in range(len(rows))] if len(places) == len(rows) else rows


def _components(row: dict[str, Any]) -> list[float]:
    """The numbers of a vector, also of one in base64 (32-bit floats); empty where it is none."""
    told = row.get("embedding")
    try:
        if isinstance(told, str):
            return [
                each for (each,) in struct.iter_unpack("<f", base64.b64decode(told, validate=True))
            ]
        return [float(number) for number in told or ()]
    except (TypeError, ValueError, OverflowError, struct.error):
        return []


def _int8(components: list[float]) -> bytes | None:
    """The direction of a vector, one byte a dimension; None where it has none."""
    longest = max(map(abs, components), default=0.0)
    if longest == 0 or not all(map(math.isfinite, components)):
        return None
    return array("b", [round(each / longest * _MOST) for each in components]).tobytes()
