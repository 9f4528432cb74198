"""Under /v1 what the server itself refuses has OpenAI's shape, and long talks are taken."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from entering import account
from serving import serving
from tertulia.app.serve.bodies import Bodies
from tertulia.values.http import LARGEST_TALK


def test_who_is_not_let_in_is_told_in_openais_shape(tmp_path: Path) -> None:
    account(tmp_path, "ana")
    with serving(tmp_path) as server, server.client() as client:
        told = client.get("/v1/models")
        assert told.status_code == 401
        error = told.json()["error"]
        assert (error["type"], error["param"], error["code"]) == (
            "invalid_request_error",
            None,
            "log_in",
        )
        assert "type" not in client.get("/api/conversations").json()["error"]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/chat/completions/"])
@pytest.mark.parametrize(("pieces", "status"), [(8, 204), (9, 413)])
def test_a_long_talk_is_taken(path: str, pieces: int, status: int) -> None:
    heard: list[Any] = []
    left = iter(range(pieces, 0, -1))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 204})

    async def receive() -> Any:
        body = b"x" * (LARGEST_TALK // 8)
        return {"type": "http.request", "body": body, "more_body": next(left, 0) > 1}

    async def send(message: Any) -> None:
        heard.append(message)

    scope = {"type": "http", "path": path, "method": "POST", "headers": []}
    asyncio.run(Bodies(app, 1)(scope, receive, send))
    assert heard[0]["status"] == status
