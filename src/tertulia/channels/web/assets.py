"""The page itself: its one document, its hashed files, and their compressed siblings."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tertulia.channels.web.refused import CODES, told

TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}

FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"

CODINGS = (("br", ".br"), ("gzip", ".gz"))
"""The smallest first, and how the files that have it end."""

NOT_BUILT = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tertulia</title>
<h1>The page is not built yet</h1>
<p>This is a source tree. <code>make web</code> builds the page, which needs Node; then load this
again. Everything else works: <code>tertulia chat</code>, <a href="/api/openapi.json">/api</a>,
/v1.
</html>
"""


@dataclass(frozen=True, slots=True)
class Built:
    """A file of the page: itself and its siblings, by their content coding."""

    path: Path
    codings: Mapping[str, Path]

    @property
    def kind(self) -> str:
        """Its media type."""
        return TYPES.get(self.path.suffix, "application/octet-stream")


class Assets:
    """Answers with the page and its files; whatever is not in the folder is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built: dict[str, Built] = {}
        self._seen = -1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        response = await self._answer(Request(scope))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            told_ = "This is read with GET."
            return told(405, CODES[405], told_, {"allow": "GET, HEAD"})
        files = await asyncio.to_thread(self._files)
        if not files:
            return Response(NOT_BUILT, 503, {"cache-control": "no-store"}, TYPES[".html"])
        path = str(request.scope["path"])
        found = files.get(path)
        if found is None and (path.startswith("/assets/") or Path(path).suffix in TYPES):
            return told(404, CODES[404], "There is nothing at this address.")
        return await _sent(request, found or files["/"], path)

    def _files(self) -> Mapping[str, Built]:
        """The files by their paths, read anew where the page was built anew."""
        try:
            seen = (self._folder / "index.html").stat().st_mtime_ns
        except OSError:
            return {}
        if seen != self._seen:
            self._built = files(self._folder)
            self._seen = seen
        return self._built


def files(folder: Path) -> dict[str, Built]:
    """What is in the folder, by the path at which it is asked for; the document is at "/"."""
    found: dict[str, Built] = {}
    there = {path for path in folder.rglob("*") if path.is_file()}
    for path in there:
        siblings = {name: path.with_name(path.name + end) for name, end in CODINGS}
        codings = {name: sibling for name, sibling in siblings.items() if sibling in there}
        if path.suffix not in (".br", ".gz"):
            found[f"/{path.relative_to(folder).as_posix()}"] = Built(path, codings)
    document = found.pop("/index.html", None)
    return found if document is None else {**found, "/": document}


async def _sent(request: Request, built: Built, path: str) -> Response:
    accepted = _accepted(request.headers.get("accept-encoding", ""))
    coding = next((name for name, _ in CODINGS if name in accepted and name in built.codings), "")
    file = built.codings.get(coding, built.path)
    content = await asyncio.to_thread(file.read_bytes)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "cache-control": FOR_EVER if path.startswith("/assets/") else ASK_FIRST,
        "etag": tag,
        "vary": "accept-encoding",
    }
    if tag in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    if coding:
        headers["content-encoding"] = coding
    return Response(content, headers=headers, media_type=built.kind)


def _accepted(header: str) -> set[str]:
    """The content codings that a client takes: those that it names, and does not rule out."""
    named: set[str] = set()
    for one in header.lower().split(","):
        name, _, quality = one.partition(";")
        if quality.replace(" ", "").rstrip("0") not in ("q=", "q=0."):
            named.add(name.strip())
    return named
