"""The page of another site."""

from __future__ import annotations

import pytest

from abusing import EVIL, client, request, statuses, told
from browser.conftest import Served


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "file://"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Cookie": "tertulia_session=x"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/messages"),
        ("POST", "/api/forget"),
        ("POST", "/api/import?name=x"),
        ("PUT", "/api/bots/evil"),
        ("DELETE", "/api/bots/tertulia"),
        ("PATCH", "/api/conversations/1"),
        ("POST", "/v1/chat/completions"),
    ],
)
def test_another_site_s_page_changes_nothing(
    served: Served, method: str, path: str, headers: dict[str, str]
) -> None:
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        with client(served, **headers, **{"Content-Type": kind}) as one:
            answer = one.request(method, path, content=b'{"what": "me", "sure": true}')
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers


def test_another_site_s_page_is_not_asked_before_either(served: Served) -> None:
    asks = {"Origin": EVIL, "Access-Control-Request-Method": "PUT"}
    with client(served, **asks) as one:
        answer = one.options("/api/bots/evil")
        assert answer.status_code in (403, 405)
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_nothing_is_drawn_into_another_site_s_page(served: Served) -> None:
    drawn = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    with client(served, **drawn) as one:
        for path in ("/api/me", "/api/conversations", "/api/bots", "/v1/models", "/metrics"):
            assert one.get(path).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.", "0", "[::]"]
)
def test_a_name_that_was_bent_to_point_here_is_refused(served: Served, host: str) -> None:
    for path in ("/", "/api/me", "/assets/x.js", "/v1/models", "/healthz"):
        answer = told(served, request("GET", path, "Connection: close", host=host))
        assert statuses(answer) == [421]
    absolute = request("GET", f"http://{host}/api/me", "Connection: close", host="localhost")
    assert statuses(told(served, absolute))[0] in (400, 404, 421, 200)
