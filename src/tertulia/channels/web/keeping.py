"""What comes and goes as files: exports, imports, and what channels brought."""

from __future__ import annotations

import asyncio
import re
import tempfile
import unicodedata
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from tertulia.channels.web import objects, requests
from tertulia.channels.web.operation import Call, Operation
from tertulia.channels.web.refused import UNKEPT, Refused
from tertulia.values.message import Place

TYPES: Mapping[str, str] = {
    "md": "text/markdown",
    "json": "application/json",
    "html": "text/html",
    "txt": "text/plain",
}
"""What each form of an export is."""

SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser may show by itself: it holds nothing that runs."""

SANDBOX = {
    **UNKEPT,
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
}
"""Whatever the bytes are, nothing in them runs and nothing is fetched for them."""

PIECE = 1_000_000
"""So much of an upload is written at once, in bytes."""

STOPS = "The server stops. What was taken in stays: import the same file again in a moment."


async def export(call: Call) -> Response:
    """A conversation as a file."""
    asked: requests.Export = call.query
    number = call.number("conversation")
    listed = await call.floor.desk.listed(call.viewer, number)
    text = await call.floor.desk.export(call.viewer, number, asked.form)
    return Response(
        text.encode(),
        headers={**SANDBOX, **_as_file(f"{_name(listed.title, number)}.{asked.form}")},
        media_type=TYPES[asked.form],
    )


async def attachment(call: Call) -> Response:
    """A picture or file that a channel brought."""
    found = await call.floor.desk.attachment(call.viewer, call.number("attachment"))
    kind = found.media_type.partition(";")[0].strip().lower()
    if kind in SHOWN:
        return Response(
            found.content, headers=SANDBOX | {"content-disposition": "inline"}, media_type=kind
        )
    name = _name(found.name, call.number("attachment"))
    return Response(
        found.content,
        headers={**SANDBOX, **_as_file(name)},
        media_type="application/octet-stream",
    )


async def bring_in(call: Call) -> objects.Brought:
    """Take in a file of conversations."""
    asked: requests.Bring = call.query
    floor = call.floor
    bot = floor.workshop.bot(requests.told(asked.bot) or floor.default_bot)
    place = Place(channel="web", account=call.caller.account, spot="import")
    # Made and taken away in one step: whatever cancels this, nothing of the file stays.
    with tempfile.TemporaryDirectory(prefix="tertulia-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / _safe(asked.name)
        found = await _until_it_ends(call, _brought(call, path, place, bot.name))
    call.hub.touch(call.caller.account)
    return objects.Brought(
        conversations=found["conversations"], messages=found["messages"], new=found["new"]
    )


async def _brought(call: Call, path: Path, place: Place, bot: str) -> dict[str, int]:
    await _take(call, path)
    return await call.floor.desk.bring_in(call.viewer, path, place, bot, lambda _: None)


async def _until_it_ends(call: Call, work: Coroutine[Any, Any, dict[str, int]]) -> dict[str, int]:
    """What the work finds. Raises: `Refused` where the server is about to stop."""
    over, doing = asyncio.ensure_future(call.floor.ending()), asyncio.create_task(work)
    try:
        await asyncio.wait((over, doing), return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise Refused(503, STOPS, "stopping")
    finally:
        over.cancel()
        doing.cancel()
        await asyncio.gather(over, doing, return_exceptions=True)


async def _take(call: Call, path: Path) -> None:
    """Write the body to a file, as far as a file may be large."""
    await asyncio.to_thread(path.touch, 0o600)
    with path.open("wb") as file:
        gathered = bytearray()
        async for chunk in requests.chunks(call.request, call.floor.upload):
            gathered += chunk
            if len(gathered) >= PIECE:
                await asyncio.to_thread(file.write, bytes(gathered))
                gathered.clear()
        await asyncio.to_thread(file.write, bytes(gathered))


def _safe(name: str) -> str:
    """The name of a file as any disk takes it; it is shown where nothing can read the file."""
    return re.sub(r"[^A-Za-z0-9 ._-]+", "_", name)[-60:].strip(". ") or "import"


def _name(title: str, number: int) -> str:
    """A title as the name of a file: one line, nothing that leads elsewhere or hides its ending."""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in title)
    plain = re.sub(r'[\\/:*?"<>|]+', " ", kept)
    short = " ".join(plain.split())[:80].strip(". ")
    return short or f"conversation {number}"


def _as_file(name: str) -> dict[str, str]:
    """The header that has a browser save it (RFC 6266), with a name in ASCII for old ones."""
    plain = re.sub(r"[^A-Za-z0-9 ._-]+", "_", name)
    told = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {"content-disposition": told}


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/conversations/{conversation}/export",
        does="What the caller heard of a conversation, as a file.",
        run=export,
        query=requests.Export,
        sends=tuple(TYPES.values()),
        fails=(422,),
    ),
    Operation(
        method="GET",
        path="/api/attachments/{attachment}",
        does="A picture or file that came with a message.",
        run=attachment,
        sends=("application/octet-stream", *sorted(SHOWN)),
    ),
    Operation(
        method="POST",
        path="/api/import",
        does="Take in an export of ChatGPT's or of ours as the caller's own past.",
        run=bring_in,
        query=requests.Bring,
        file=True,
        answers=objects.Brought,
        fails=(404, 422),
    ),
)
