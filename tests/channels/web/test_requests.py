"""Whatever comes in that is not what it should be is refused in one shape, and breaks nothing."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from channels.web.served import Opened, installed, opened, served
from tertulia.app.serve import login
from tertulia.channels.web import description
from tertulia.channels.web.app import OPERATIONS
from tertulia.channels.web.refused import CODES
from tertulia.values.errors import StoreBusy, StoreError

HUGE = str(10**30)
JSON = {"content-type": "application/json"}


def filled(path: str) -> str:
    """A path with values that fit."""
    values = {
        "conversation": "1",
        "message": "1.2",
        "fact": "f1",
        "attachment": "1",
        "bot": "bo",
        "vendor": "openai",
    }
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def refused(answer: Any, *statuses: int) -> str:
    """The message of a failure, which is told in one shape."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert set(error) == {"code", "message"}
    assert error["code"] == CODES[answer.status_code]
    assert error["message"]
    return str(error["message"])


def test_every_operation_refuses_what_it_does_not_know(tmp_path: Path):
    async def body(page: Opened) -> None:
        await page.talk("hello")
        for one in OPERATIONS:
            path = filled(one.path)
            told = refused(await page.call(one.method, f"{path}?hello=1"), 400)
            assert "hello" in told
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
                known = {each.method for each in OPERATIONS if filled(each.path) == path}
                if method not in known:
                    answer = await page.call(method, path)
                    refused(answer, 405)
                    assert set(answer.headers["allow"].split(", ")) == known
            refused(await page.call(one.method, path, by=""), 401)
            if one.body is None:
                continue
            for content, headers in (
                (b"{}", {"content-type": "text/plain"}),
                (b"{}", {}),
                (b"", JSON),
                (b"{", JSON),
                (b"[]", JSON),
                (b"null", JSON),
                (b"\xff", JSON),
                (b'{"\xff": 1}', JSON),
                (b"NaN", JSON),
                (b"[" * 100_000, JSON),
                (b'{"a":' * 100_000, JSON),
                (b'{"hello": 1}', JSON),
                (json.dumps({"id": 5, "text": 5, "what": 5, "key": 5}).encode(), JSON),
            ):
                answer = await page.call(one.method, path, content=content, headers=headers)
                refused(answer, 400)

    served(tmp_path, body)


NO_ADDRESSES: list[tuple[str, int]] = [
    (f"/api/conversations/{HUGE}", 404),
    ("/api/conversations/0", 404),
    ("/api/conversations/-1", 404),
    ("/api/conversations/1%0A", 404),
    ("/api/conversations/%D9%A3", 404),
    ("/api/conversations/x/messages", 404),
    ("/api/conversations/1%2F2", 404),
    ("/api/conversations/999999999999999", 404),
    ("/api/conversations/" + "9" * 5000, 404),
    (f"/api/messages/1.{HUGE}/receipt", 404),
    ("/api/messages/1/receipt", 404),
    ("/api/messages/1.2%00/receipt", 404),
    (f"/api/facts/f{HUGE}/history", 404),
    ("/api/facts/1/history", 404),
    ("/api/attachments/1", 404),
    (f"/api/attachments/{HUGE}", 404),
    ("/api/vendors/%00/models", 404),
    (f"/api/conversations?before={HUGE}", 400),
    ("/api/conversations?before=-1", 400),
    ("/api/conversations?before=x", 400),
    ("/api/conversations?most=0", 400),
    ("/api/conversations?most=201", 400),
    ("/api/conversations?most=", 400),
    ("/api/conversations?most=1&most=2", 400),
    ("/api/conversations?archived=2", 400),
    ("/api/conversations?archived=true", 400),
    (f"/api/conversations/1/messages?after={HUGE}", 400),
    ("/api/conversations/1/messages?after=1&before=1", 400),
    (f"/api/conversations/1/events?after={HUGE}", 400),
    ("/api/conversations/1/export?form=pdf", 400),
    ("/api/search", 400),
    ("/api/search?q=", 400),
    ("/api/search?q=%00", 400),
    ("/api/search?q=a%00b", 400),
    ("/api/search?q=" + "x" * 1001, 400),
    ("/api/search?q=x&most=101", 400),
    ("/api/facts?bot=a%20b", 400),
    ("/api/facts?bot=%00", 400),
    ("/api/nothing", 404),
    ("/api", 404),
    ("/api/", 404),
    ("/api/conversations/", 404),
]


def test_an_address_that_is_none_is_refused(tmp_path: Path):
    async def body(page: Opened) -> None:
        await page.talk("hello")
        async with page.client() as client:
            for path, status in NO_ADDRESSES:
                told = refused(await client.get(path), status)
                assert "regex" not in told

    served(tmp_path, body)


NO_BODIES: list[tuple[str, str, Any]] = [
    ("POST", "/api/messages", {"id": "a b", "text": "x", "conversation": "c"}),
    ("POST", "/api/messages", {"id": "a\n", "text": "x", "conversation": "c"}),
    ("POST", "/api/messages", {"id": "x" * 65, "text": "x", "conversation": "c"}),
    ("POST", "/api/messages", {"id": "", "text": "x", "conversation": "c"}),
    ("POST", "/api/messages", {"id": "a", "text": "x", "conversation": "ñ"}),
    ("POST", "/api/messages", {"id": "a", "text": "x"}),
    ("POST", "/api/messages", {"id": "a", "text": "x", "conversation": "c", "bot": "a b"}),
    ("POST", "/api/messages", {"id": "a", "text": "x", "conversation": "c", "model": ""}),
    ("POST", "/api/messages", {"id": "a", "text": "x", "conversation": "c", "blank": 1}),
    (
        "POST",
        "/api/messages",
        {"id": "a", "text": "x", "conversation": "c", "instead_of": "1.1"},
    ),
    ("POST", "/api/conversations/1/messages", {"id": "a", "text": "x", "instead_of": "1"}),
    ("POST", "/api/conversations/1/messages", {"id": "a", "text": "x", "instead_of": 1}),
    ("PATCH", "/api/conversations/1", {"title": ""}),
    ("PATCH", "/api/conversations/1", {"title": " "}),
    ("PATCH", "/api/conversations/1", {"title": "a\0"}),
    ("PATCH", "/api/conversations/1", {"title": "x" * 201}),
    ("PATCH", "/api/conversations/1", {"pinned": "yes"}),
    ("PATCH", "/api/conversations/1", {"archived": None}),
    ("POST", "/api/conversations/1/command", {"line": "/new\n/new"}),
    ("POST", "/api/conversations/1/command", {"line": ""}),
    ("POST", "/api/conversations/1/command", {"line": "/" + "x" * 10_000}),
    ("POST", "/api/facts", {"bot": "bo", "statement": ""}),
    ("POST", "/api/facts", {"bot": "bo", "statement": "x" * 2001}),
    ("POST", "/api/forget", {"what": "everything"}),
    ("POST", "/api/forget", {"what": HUGE}),
    ("POST", "/api/forget", {"what": "me\n"}),
    ("POST", "/api/forget", {"what": "me", "replies": "some"}),
    ("POST", "/api/forget", {"what": "me", "sure": 1}),
    ("PUT", "/api/bots/bo", {"choices": ["x"] * 201}),
    ("PUT", "/api/bots/bo", {"choices": ["x" * 501]}),
    ("PUT", "/api/bots/bo", {"memory": {"a b": {}}}),
    ("PUT", "/api/bots/bo", {"memory": {"window": {"last": 10**30}}}),
    ("PUT", "/api/bots/bo", {"model": {"provider": "x", "seed": 10**30}}),
    ("PUT", "/api/bots/bo", {"persona": {"name": "\0"}}),
]


def test_a_body_that_says_what_it_cannot_is_refused(tmp_path: Path):
    async def body(page: Opened) -> None:
        await page.talk("hello")
        async with page.client() as client:
            for method, path, given in NO_BODIES:
                answer = await client.request(method, path, json=given)
                assert answer.status_code == 400, (path, given)
                assert "regex" not in refused(answer, 400)
        assert len((await page.get("/api/conversations"))["conversations"]) == 1

    served(tmp_path, body)


@pytest.mark.parametrize("lone", ["\\ud800", "\\ude00", "\\ud800x", "\\ud800\\ud800"])
def test_a_lone_surrogate_is_refused(tmp_path: Path, lone: str):
    async def body(page: Opened) -> None:
        raw = f'{{"id": "a", "text": "{lone}", "conversation": "c"}}'.encode()
        refused(await page.call("POST", "/api/messages", content=raw, headers=JSON), 400)
        raw = f'{{"what": "{lone}"}}'.encode()
        refused(await page.call("POST", "/api/forget", content=raw, headers=JSON), 400)

    served(tmp_path, body)


def test_a_body_that_is_too_large_is_refused(tmp_path: Path):
    async def body(page: Opened) -> None:
        large = b'{"id": "a", "text": "' + b"x" * 8_000_000 + b'"}'
        for content in (large, in_pieces(large)):
            answer = await page.call("POST", "/api/messages", content=content, headers=JSON)
            assert "8,000,000" in refused(answer, 413)

    async def in_pieces_(whole: bytes) -> Any:
        for start in range(0, len(whole), 100_000):
            yield whole[start : start + 100_000]

    in_pieces = in_pieces_
    served(tmp_path, body)


def test_a_body_that_breaks_off_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Of a file that was to be imported nothing stays on the disk."""
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))

    async def body(page: Opened) -> None:
        host, _, port = page.url.removeprefix("http://").partition(":")
        for path, kind in (("/api/messages", "json"), ("/api/import", "octet-stream")):
            _, writer = await asyncio.open_connection(host, int(port))
            head = (
                f"POST {path} HTTP/1.1\r\nhost: x\r\nx-caller: ana\r\n"
                f"content-type: application/{kind}\r\ncontent-length: 100\r\n\r\n"
            )
            writer.write(head.encode() + b'{"id": ')
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        assert (await page.get("/api/conversations"))["conversations"] == []

    served(tmp_path, body)
    assert not list(own.iterdir())


@pytest.mark.parametrize("error", [StoreBusy("held: /secret/place"), StoreError("broken")])
def test_a_database_that_cannot_be_used_is_told_without_its_place(
    tmp_path: Path, error: StoreError
):
    async def body(page: Opened) -> None:
        async def fails(*_: Any, **__: Any) -> Any:
            raise error

        number = await page.talk("hello")
        async with page.tab() as tab:
            page.scene.engine.desk.since = fails
            await tab.watch(number)
            await tab.socket.wait_closed()
            assert (tab.socket.close_code, "database" in tab.socket.close_reason) == (1013, True)
        page.scene.engine.desk.conversations = fails
        answer = await page.call("GET", "/api/conversations")
        assert "secret" not in refused(answer, 503)
        page.scene.engine.store.accept = fails
        say = {"id": "a", "text": "x", "conversation": "c"}
        refused(await page.call("POST", "/api/messages", say), 503)

    served(tmp_path, body)


def test_what_nobody_expected_ends_a_socket_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def body(page: Opened) -> None:
        async def fails(*_: Any) -> Any:
            raise ZeroDivisionError

        number = await page.talk("hello")
        page.scene.engine.desk.since = fails
        async with page.tab() as tab:
            await tab.watch(number)
            await tab.socket.wait_closed()
            assert tab.socket.close_code == 1011
        assert page.hub.count() == 0

    served(tmp_path, body)
    assert "ZeroDivisionError" in caplog.text


def test_the_description_is_of_all_that_is_there(tmp_path: Path):
    async def body(page: Opened) -> None:
        answer = await page.call("GET", "/api/openapi.json", by="bob")
        told = answer.json()
        assert told["openapi"] == "3.1.0"
        documented = Path("docs/http.md").read_text(encoding="utf-8")
        for path, methods in told["paths"].items():
            plain = path.replace("{conversation}", "N").replace("{attachment}", "N")
            for name in ("message", "fact"):
                plain = plain.replace(f"{{{name}}}", "ID")
            for name in ("bot", "vendor"):
                plain = plain.replace(f"{{{name}}}", "NAME")
            for method, one in methods.items():
                assert f"`{method.upper()} {plain}" in documented, plain
                assert one["summary"]
                assert {"400", "401", "403", "421", "429", "503"} <= set(one["responses"])
        count = documented.count("| `GET /api") + documented.count("| `POST /api")
        count += sum(documented.count(f"| `{m} /api") for m in ("PUT", "PATCH", "DELETE"))
        assert count + 1 == sum(len(methods) for methods in told["paths"].values())
        references = set(json.dumps(told).split('"#/components/schemas/')[1:])
        names = {one.partition('"')[0] for one in references}
        assert names == set(told["components"]["schemas"])

    served(tmp_path, body)


def test_the_description_of_the_server_itself_is_true():
    assert {one.path for one in description.OF_THE_SERVER} == set(login.PATHS)


def test_what_is_answered_is_as_it_is_described(tmp_path: Path):
    """Each object against its schema, by another program's reading of that."""
    from jsonschema import Draft202012Validator

    async def whole() -> None:
        async with installed(tmp_path) as page:
            told = await page.get("/api/openapi.json")
            number = await page.begin("My name is Ana and I live in Lima")
            await page.settled(number)
            await page.call("POST", "/api/facts", {"bot": "tertulia", "statement": "likes tea"})
            calls: list[tuple[str, str, Any]] = [
                ("GET", f"/api/conversations/{number}/messages", None),
                ("POST", f"/api/conversations/{number}/stop", None),
                ("POST", f"/api/conversations/{number}/command", {"line": "/help"}),
                ("POST", f"/api/conversations/{number}/preview", {"text": "who am I"}),
                ("PATCH", f"/api/conversations/{number}", {"title": "x", "model": "offline"}),
                ("GET", f"/api/messages/{number}.2/receipt", None),
                ("GET", f"/api/conversations/{number}/summaries", None),
                ("GET", "/api/search?q=Lima", None),
                ("GET", "/api/facts", None),
                ("GET", "/api/facts/f1/history", None),
                ("POST", "/api/facts/undo", None),
                ("POST", "/api/forget", {"what": str(number)}),
                ("GET", "/api/bots", None),
                ("GET", "/api/vendors", None),
                ("GET", "/api/conversations", None),
                ("POST", f"/api/messages/{number}.2/again", None),
            ]
            for method, path, given in calls:
                answer = await page.call(method, path, given)
                assert answer.is_success, (path, answer.text)
                plain = path.partition("?")[0]
                (one,) = [
                    methods[method.lower()]
                    for each, methods in told["paths"].items()
                    if filled(each).replace("1.2", f"{number}.2") == plain
                ]
                content = one["responses"][str(answer.status_code)]["content"]
                schema = {**content["application/json"]["schema"], "components": told["components"]}
                Draft202012Validator(schema).validate(answer.json())
            await page.settled(number)

    asyncio.run(whole())


def test_another_start_has_the_same_description(tmp_path: Path):
    async def whole() -> None:
        told = []
        for folder in ("a", "b"):
            async with opened(tmp_path / folder) as page:
                told.append((await page.call("GET", "/api/openapi.json")).content)
        assert told[0] == told[1]

    asyncio.run(whole())
