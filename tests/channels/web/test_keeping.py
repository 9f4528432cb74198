"""What comes and goes as files: exports, imports and attachments; and the page's own files."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from channels.web.served import Opened, installed, served
from making import incoming
from tertulia.channels.web import FOLDER, Web
from tertulia.values.attachment import Attachment
from tertulia.values.reply import Delivery


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("md", "text/markdown; charset=utf-8"),
        ("json", "application/json"),
        ("html", "text/html; charset=utf-8"),
        ("txt", "text/plain; charset=utf-8"),
    ],
)
def test_a_conversation_is_exported_as_a_file(tmp_path: Path, form: str, kind: str):
    async def body(page: Opened) -> None:
        number = await page.talk("what I said")
        path = f"/api/conversations/{number}"
        answer = await page.call("GET", f"{path}/export?form={form}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        told = answer.headers["content-disposition"]
        assert told.startswith(f'attachment; filename="what I said.{form}"; ')
        assert "what I said" in answer.text
        if form == "json":
            assert json.loads(answer.text)["tertulia"]

    served(tmp_path, body)


@pytest.mark.parametrize(
    ("title", "plain", "whole"),
    [
        ("../../etc/passwd", "etc passwd.md", "etc%20passwd.md"),
        ('a"; x="\\', "a ; x=.md", None),
        ("año ¿qué?", "a_o _qu_.md", "a%C3%B1o%20%C2%BFqu%C3%A9.md"),
        ("\u202egpj.exe", "gpj.exe.md", "gpj.exe.md"),
        ("...", "conversation 1.md", "conversation%201.md"),
        ("x" * 120, "x" * 80 + ".md", "x" * 80 + ".md"),
        ("🙂", "_.md", "%F0%9F%99%82.md"),
    ],
)
def test_a_title_becomes_the_safe_name_of_a_file(
    tmp_path: Path, title: str, plain: str, whole: str | None
):
    async def body(page: Opened) -> None:
        number = await page.talk("hello")
        path = f"/api/conversations/{number}"
        await page.call("PATCH", path, {"title": title})
        answer = await page.call("GET", f"{path}/export")
        told = answer.headers["content-disposition"]
        _, first, second = told.split("; filename", 2)
        assert first == f'="{plain.replace(chr(34), "")}"' or whole is None
        assert second.startswith("*=UTF-8''")
        if whole is not None:
            assert second == f"*=UTF-8''{whole}"
        assert told.isascii()
        assert not set("\\/\r\n") & set(first[2:-1])

    served(tmp_path, body)


PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("kind", "inline"),
    [
        ("image/png", True),
        ("image/jpeg", True),
        ("image/GIF; x=1", True),
        ("image/webp", True),
        ("image/svg+xml", False),
        ("text/html", False),
        ("application/pdf", False),
        ("image/png\r\nx-evil: 1", False),
        ("", False),
    ],
)
def test_an_attachment_is_shown_only_where_nothing_in_it_can_run(
    tmp_path: Path, kind: str, inline: bool
):
    async def body(page: Opened) -> None:
        file = Attachment(name="a<b>/ñ.png", media_type=kind, content=PNG)
        one = incoming("see", channel="library", unanswered="a test")
        from dataclasses import replace

        await page.scene.engine.accept(replace(one, attachments=(file,)))
        (said,) = (await page.get("/api/conversations/1/messages"))["messages"]
        (shown,) = said["attachments"]
        assert (shown["size"], shown["name"]) == (len(PNG), file.name)
        answer = await page.call("GET", f"/api/attachments/{shown['id']}")
        assert answer.content == PNG
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert "x-evil" not in answer.headers
        told = answer.headers["content-disposition"]
        if inline:
            assert told == "inline"
            assert answer.headers["content-type"] == kind.partition(";")[0].lower()
        else:
            assert told == "attachment; filename=\"a b _.png\"; filename*=UTF-8''a%20b%20%C3%B1.png"
            assert answer.headers["content-type"] == "application/octet-stream"
        refused = await page.call("GET", f"/api/attachments/{shown['id']}", by="bob")
        assert refused.status_code == 404

    served(tmp_path, body)


def test_a_past_is_brought_in_and_becomes_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    sample = Path(__file__).parents[2] / "importers/samples/tertulia.json"

    async def whole() -> None:
        async with installed(tmp_path) as page, page.tab("bob") as tab:
            path = "/api/import?bot=tertulia&name=history.json"
            content = sample.read_bytes()
            answer = await page.call("POST", path, content=content, by="bob")
            assert answer.status_code == 200, answer.text
            told = answer.json()
            assert told["conversations"] == 1
            assert told["new"] == told["messages"] > 0
            again = await page.call("POST", path, content=content, by="bob")
            assert again.json()["new"] == 0
            (listed,) = (await page.get("/api/conversations", "bob"))["conversations"]
            assert (await page.get("/api/conversations"))["conversations"] == []
            said = await page.get(f"/api/conversations/{listed['id']}/messages", "bob")
            assert said["messages"][0]["text"] == "Which hill?"
            assert said["messages"][0]["mine"] is True
            await tab.until(lambda: tab.others)
            for name in ("../../evil.json", "", "x" * 255, "%E2%80%AE.json"):
                answer = await page.call("POST", f"/api/import?name={name}", content=b"hello")
                assert answer.status_code == 422
                message = answer.json()["error"]["message"]
                assert "no format" in message
                assert "/" not in message
            answer = await page.call("POST", "/api/import?bot=nobody", content=b"x")
            assert answer.status_code == 404
            answer = await page.call("POST", "/api/import", content=b"x" * 1_000_001)
            assert answer.status_code == 413
            answer = await page.call("POST", "/api/import?name=a%00b", content=b"x")
            assert answer.status_code == 400

    asyncio.run(whole())
    assert not list(own.iterdir())


def test_an_import_ends_when_the_server_does_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))

    async def body(page: Opened) -> None:
        begun, given_up = asyncio.Event(), asyncio.Event()

        async def bring_in(*_: Any) -> dict[str, int]:
            begun.set()
            try:
                return await asyncio.Future()
            finally:
                given_up.set()

        page.scene.engine.desk.bring_in = bring_in
        asked = asyncio.create_task(page.call("POST", "/api/import?name=a.zip", content=b"x"))
        async with asyncio.timeout(20):
            await begun.wait()
            assert len(list(own.iterdir())) == 1
            page.ending.set()
            answer = await asked
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "stopping"
        assert "import the same file again" in answer.json()["error"]["message"]
        assert given_up.is_set()
        assert not list(own.iterdir())

    served(tmp_path, body)


def test_a_large_file_is_written_piece_by_piece_for_this_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tertulia.channels.web.keeping.PIECE", 1000)
    seen: list[tuple[bytes, int]] = []

    async def body(page: Opened) -> None:
        async def bring_in(viewer: Any, path: Path, *_: Any) -> dict[str, int]:
            seen.append((path.read_bytes(), path.stat().st_mode & 0o777))
            assert path.parent.stat().st_mode & 0o777 == 0o700
            return {"conversations": 0, "messages": 0, "new": 0}

        page.scene.engine.desk.bring_in = bring_in
        content = bytes(range(256)) * 40
        answer = await page.call("POST", "/api/import?name=a.ZIP", content=content)
        assert answer.status_code == 200
        assert seen == [(content, 0o600)]

    served(tmp_path, body)


def built(folder: Path) -> Path:
    """A tiny page as Vite builds it."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>Tertulia</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "manifest.webmanifest").write_text("{}")
    script = folder / "assets" / "index-a1b2.js"
    script.write_text("hello()")
    script.with_name("index-a1b2.js.br").write_bytes(b"brotli")
    script.with_name("index-a1b2.js.gz").write_bytes(gzip.compress(b"hello()"))
    (folder / "assets" / "style-c3.css").write_text("a {}")
    (folder / "assets" / "font-d4.woff2").write_bytes(b"\0font")
    (folder / "assets" / "odd-e5.thing").write_bytes(b"?")
    (folder.parent / "secret.txt").write_text("secret")
    return folder


def test_the_page_is_at_every_address_that_it_routes(tmp_path: Path):
    async def body(page: Opened) -> None:
        for path in ("/", "/c/12", "/c/12/m/12.3", "/bots", "/settings", "/login", "/lost"):
            for by in ("ana", ""):
                answer = await page.call("GET", path, by=by)
                assert answer.status_code == 200
                assert answer.text == "<title>Tertulia</title>"
                assert answer.headers["cache-control"] == "no-cache"
                assert answer.headers["content-type"] == "text/html; charset=utf-8"
        tag = answer.headers["etag"]
        same = await page.call("GET", "/", headers={"if-none-match": f'"x", {tag}'})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        head = await page.call("HEAD", "/c/1")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(answer.content))

    served(tmp_path, body, assets=built(tmp_path / "page"))


def test_hashed_files_are_kept_for_ever_and_sent_compressed(tmp_path: Path):
    async def body(page: Opened) -> None:
        async def read(path: str, accepted: str) -> Any:
            return await page.call("GET", path, headers={"accept-encoding": accepted}, by="")

        script = "/assets/index-a1b2.js"
        plain = await read(script, "")
        assert plain.text == "hello()"
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
        assert plain.headers["vary"] == "accept-encoding"
        zipped = await read(script, "gzip, deflate")
        assert zipped.headers["content-encoding"] == "gzip"
        assert zipped.text == "hello()"
        assert zipped.headers["content-type"] == plain.headers["content-type"]
        assert zipped.headers["etag"] != plain.headers["etag"]
        assert (await read(script, "gzip;q=0.5, identity")).headers["content-encoding"] == "gzip"
        assert "content-encoding" not in (await read(script, "gzip;q=0, br; q=0.000")).headers
        for path, kind in (
            ("/assets/style-c3.css", "text/css; charset=utf-8"),
            ("/assets/font-d4.woff2", "font/woff2"),
            ("/assets/odd-e5.thing", "application/octet-stream"),
            ("/favicon.svg", "image/svg+xml"),
            ("/manifest.webmanifest", "application/manifest+json"),
        ):
            answer = await read(path, "br, gzip")
            assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
            assert "content-encoding" not in answer.headers
        async with (
            page.client() as client,
            client.stream("GET", script, headers={"accept-encoding": "br, gzip"}) as answer,
        ):
            assert answer.headers["content-encoding"] == "br"
            raw = io.BytesIO()
            async for piece in answer.aiter_raw():
                raw.write(piece)
        assert raw.getvalue() == b"brotli"

    served(tmp_path, body, assets=built(tmp_path / "page"))


async def raw(url: str, path: str) -> tuple[int, bytes]:
    """What is answered at a path that no client would send as it is."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]), answer


def test_nothing_beside_the_page_is_read(tmp_path: Path):
    async def body(page: Opened) -> None:
        for path in (
            "/assets/../index.html",
            "/assets/nothing.js",
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/assets/..%2f..%2fsecret.txt",
            "/assets/%2e%2e/%2e%2e/secret.txt",
            "/secret.txt",
            "//secret.txt",
            "/assets/",
            "/assets",
            "/assets/index-a1b2.js.br",
            "/index.html",
            "/favicon.ico",
            "/%00",
        ):
            status, content = await raw(page.url, path)
            assert b"secret" not in content
            assert status == (404 if "." in path or path == "/assets/" else 200), path
        for method in ("POST", "PUT", "DELETE"):
            answer = await page.call(method, "/", by="")
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")

    served(tmp_path, body, assets=built(tmp_path / "page"))


def test_a_page_that_is_built_anew_is_seen(tmp_path: Path):
    folder = tmp_path / "page"

    async def body(page: Opened) -> None:
        answer = await page.call("GET", "/", by="")
        assert answer.status_code == 503
        assert "make web" in answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        built(folder)
        assert (await page.call("GET", "/", by="")).text == "<title>Tertulia</title>"
        assert (await page.call("GET", "/assets/new.js", by="")).status_code == 404
        (folder / "assets" / "new.js").write_text("new()")
        (folder / "index.html").unlink()
        (folder / "index.html").write_text("anew")
        assert (await page.call("GET", "/", by="")).text == "anew"
        assert (await page.call("GET", "/assets/new.js", by="")).text == "new()"

    served(tmp_path, body, assets=folder)


def test_what_a_login_needs_is_open_to_all_and_nothing_of_the_api(tmp_path: Path):
    door = Web(built(tmp_path / "page"))
    assert {"/", "/login", "/assets", "/favicon.svg", "/manifest.webmanifest"} <= {
        *door.open_to_all
    }
    assert not [path for path in door.open_to_all if path.startswith("/api")]
    assert "/index.html" not in door.open_to_all
    assert door.paths == ("",)
    assert door.name == "web"
    assert Web().open_to_all[0] == "/"
    assert FOLDER.name == "assets"


def test_a_reply_is_shown_as_soon_as_it_is_stored(tmp_path: Path):
    delivery = Delivery.__new__(Delivery)
    object.__setattr__(delivery, "nonce", "n")
    assert asyncio.run(Web(tmp_path).send(delivery)) == ()
