"""Files that are none of the page's, and names that are none of a file's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

import pytest

from abusing import CANARY, client, line, request
from browser.conftest import Served

CLIMBS = (
    "..",
    "%2e%2e",
    "%2E%2e",
    "..%2f..",
    "..%5c..",
    "..\\..",
    "%252e%252e",
    "%c0%ae%c0%ae",
    "..%00",
    "....//",
    "..;",
    "%u002e%u002e",
    "%uff0e%uff0e",
    "./.",
    "~",
    "//",
    "file:",
)
ENDS = (
    "app.py",
    "tertulia.toml",
    "data/tertulia.db",
    "etc/passwd",
    "licenses.md%00.js",
    "index.html.br",
)


def test_nothing_outside_the_page_s_folder_is_sent(served: Served) -> None:
    paths = [
        f"{begin}/{'/'.join([climb] * depth)}/{end}"
        for begin in ("/assets", "/c")
        for climb in CLIMBS
        for depth in (1, 6)
        for end in ENDS
    ]
    paths += [f"/{quote(str(served.folder / 'tertulia.toml'), safe='')}", "/%2fetc%2fpasswd"]
    with line(served) as one:
        wire = one.makefile("rb")
        for path in paths:
            one.sendall(request("GET", path.encode().decode("latin-1")))
            status, body = answer_of(wire)
            assert status in (200, 404), path
            assert b"root:" not in body, path
            assert CANARY.encode() not in body, path
            assert b"SQLite format" not in body, path
            if status == 200:
                assert b'<div id="page">' in body, path


def answer_of(wire: Iterable[bytes]) -> tuple[int, bytes]:
    """The next answer of a connection that stays open."""
    lines = iter(wire)
    status = int(next(lines).split()[1])
    length = 0
    while (head := next(lines)) != b"\r\n":
        name, _, value = head.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return status, wire.read(length)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "title",
    [
        "a\r\nSet-Cookie: tertulia_login=x",
        "a\nX-Injected: 1\n\n<script>alert(1)</script>",
        'a"; filename="evil.exe',
        "../../etc/passwd",
        "\u2028\u202egpj.exe",
        "a\u0085b\u000bc\u000cd",
        "%0d%0aX-Injected:%201",
        "..",
        "CON",
    ],
)
def test_a_title_stays_the_name_of_a_file(served: Served, title: str) -> None:
    with client(served) as one:
        said = {"id": f"t{abs(hash(title))}", "text": "hello", "conversation": "titles"}
        number = one.post("/api/messages", json=said).json()["conversation"]
        path = f"/api/conversations/{number}"
        assert one.patch(path, json={"title": title}).status_code == 200
        for form in ("md", "json", "html", "txt"):
            answer = one.get(f"{path}/export", params={"form": form})
            assert answer.status_code == 200
            assert "x-injected" not in answer.headers
            assert "set-cookie" not in answer.headers
            (named,) = answer.headers.get_list("content-disposition")
            assert named.isascii()
            assert named.isprintable()
            plain = named.partition('filename="')[2].partition('"')[0]
            assert plain.endswith(f".{form}")
            assert not set('/\\:;%"') & set(plain)
            assert named.count('"') == 2


def test_what_was_sent_is_told_nowhere_as_it_is(served: Served) -> None:
    """No answer gives back, as a page, what a request said."""
    mark = "<script>alert(1)</script>"
    with client(served) as one:
        answers = [
            one.get(f"/api/{quote(mark)}"),
            one.get("/api/search", params={"q": "x", mark: mark}),
            one.get(f"/api/vendors/{quote(mark, safe='')}/models"),
            one.get(f"/v1/models/{quote(mark, safe='')}"),
            one.get(f"/assets/{quote(mark)}"),
            one.post("/api/messages", json={"id": mark, "text": mark, "conversation": mark}),
        ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        json.loads(answer.text)
