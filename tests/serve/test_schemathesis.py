"""Another program reads the descriptions, asks for all that they tell and more, and finds it so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Literal

import httpx2
import pytest

from browsing import SECONDS, Served
from entering import account, bearer, token

pytestmark = pytest.mark.slow

Who = Literal["owner", "member"]

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
)
NEVER_ENDS = "/api/conversations/{conversation}/events"
AWAY = "http://127.0.0.1:9"
"""Nothing listens there: whatever is asked of somebody else ends here."""
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def served(tmp_path: Path) -> Generator[Served]:
    made = Served(
        tmp_path,
        "[serve]\ncalls_a_minute = 1000000\n",
        {"HTTP_PROXY": AWAY, "HTTPS_PROXY": AWAY, "NO_PROXY": "127.0.0.1"},
    )
    yield made
    made.stop()


def who_calls(served: Served, who: Who) -> dict[str, str]:
    """The headers of a caller: this machine's owner needs none."""
    if who == "owner":
        return {}
    account(served.folder, "ana", "owner")
    account(served.folder, "bob", "member")
    return bearer(token(served.folder, "bob"))


def fill(served: Served, headers: dict[str, str]) -> None:
    """The conversation 1 of the caller's, with a reply, a picture, and what is remembered."""
    said = [{"type": "text", "text": "I live in Lima"}]
    said.append({"type": "image_url", "image_url": {"url": PICTURE}})  # type: ignore[dict-item]
    talk = {"model": "tertulia", "messages": [{"role": "user", "content": said}]}
    with httpx2.Client(
        base_url=served.url, headers=headers, timeout=SECONDS, trust_env=False
    ) as client:
        assert client.post("/v1/chat/completions", json=talk).status_code == 200
        fact = {"bot": "tertulia", "statement": "likes tea"}
        assert client.post("/api/facts", json=fact).status_code == 201
        assert client.get("/api/messages/1.2/receipt").status_code == 200
        assert client.get("/api/attachments/1").status_code == 200


def schemathesis(served: Served, path: str, headers: dict[str, str], *more: str) -> str:
    """What it tells, where it found nothing wrong."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", served.url + path, "--no-color"),
        *("--checks", ",".join(CHECKS), "--seed", "20260101", "--generation-database", "none"),
        *("--continue-on-failure", "--request-timeout", str(SECONDS)),
        *(f"--header={name}:{value}" for name, value in headers.items()),
        *more,
    ]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=110,
        cwd=served.folder,
        env={"PATH": os.environ["PATH"], "HOME": str(served.folder), "LANG": "C.UTF-8"},
    )
    log = (served.folder / "serve.log").read_text()
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Traceback" not in log
    assert '"level": "error"' not in log
    return done.stdout


def tried(told: str) -> int:
    found = re.search(r"(\d+) generated", told)
    assert found, told
    return int(found[1])


@pytest.mark.parametrize(
    ("phases", "least", "who"),
    [("coverage", 900, "owner"), ("fuzzing,stateful", 250, "member")],
)
def test_the_page_s_interface_is_as_it_is_described(
    served: Served, phases: str, least: int, who: Who
) -> None:
    headers = who_calls(served, who)
    served.start()
    fill(served, headers)
    more = ("--phases", phases, "--max-examples", "10", "--exclude-path", NEVER_ENDS)
    assert tried(schemathesis(served, "/api/openapi.json", headers, *more)) > least


@pytest.mark.parametrize("who", ["owner", "member"])
def test_the_door_for_programs_is_as_it_is_described(served: Served, who: Who) -> None:
    headers = who_calls(served, who)
    served.start()
    fill(served, headers)
    told = schemathesis(
        served,
        "/v1/openapi.json",
        headers,
        *("--phases", "examples,coverage,fuzzing", "--max-examples", "40"),
    )
    assert tried(told) > 100
