"""Each error has the status and the code that `docs/http.md` tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tertulia.values.errors import (
    Busy,
    Malformed,
    ModelNotAllowed,
    ModelUnavailable,
    NotThere,
    PromptTooSmall,
    SettingsError,
    StoreBusy,
    StoreFull,
)
from tertulia.values.http import failure, status_of

TEXT = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
TOLD = {
    code: int(status)
    for status, code in re.findall(r"^\| (\d{3}) \| `(\w+)` \|", TEXT, re.MULTILINE)
}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotThere("gone"), "not_there"),
        (Busy("busy"), "busy"),
        (SettingsError("wrong"), "cannot"),
        (Malformed("no export"), "cannot"),
        (PromptTooSmall("small"), "cannot"),
        (ModelNotAllowed("no key"), "model_failed"),
        (ModelUnavailable("away"), "model_failed"),
        (StoreBusy("busy"), "store_failed"),
        (StoreFull("full"), "store_failed"),
        (ValueError("nobody expected it"), "failed"),
    ],
)
def test_an_error_has_its_status_and_its_code(error: Exception, code: str) -> None:
    assert status_of(error) == (TOLD[code], code)


def test_a_failure_has_its_shape() -> None:
    assert failure("busy", "Wait.") == {"error": {"code": "busy", "message": "Wait."}}
