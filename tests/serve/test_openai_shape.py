"""Under /v1 what the server itself refuses has OpenAI's shape, and long talks are taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from entering import account
from serving import serving
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
def test_a_long_talk_is_taken(tmp_path: Path, path: str) -> None:
    with serving(tmp_path) as server, server.client() as client:
        assert client.post(path, content=b"x" * 8_500_000).status_code != 413
        refused = client.post(path, content=b"x" * (LARGEST_TALK + 1))
        assert refused.status_code == 413
        assert refused.json()["error"]["code"] == "too_large"
