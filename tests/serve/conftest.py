"""Servers of one's own machine, and such with accounts."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from entering import account
from serving import Server, serving


@pytest.fixture
def here(tmp_path: Path) -> Generator[Server]:
    """A server on this machine, without accounts."""
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def guarded(tmp_path: Path) -> Generator[Server]:
    """One where ana is an owner and bo a member."""
    account(tmp_path, "ana")
    account(tmp_path, "bo", "member")
    with serving(tmp_path) as running:
        yield running
