"""A server to which nobody means well: others are answered at once all the same."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from abusing import CANARY, answers_at_once
from browser.conftest import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    folder = tmp_path_factory.mktemp("abuse")
    made = Served(folder, f'[bots.tertulia]\npersona = "{CANARY}"\nmodel = "offline"\n').start()
    yield made
    made.stop()
    log = (folder / "serve.log").read_text().splitlines()
    wrong = [one for one in log if '"level": "error"' in one]
    assert not wrong, wrong[0]


@pytest.fixture(autouse=True)
def _stays_up(served: Served) -> Generator[None]:
    yield
    assert served.process is not None
    assert served.process.poll() is None
    answers_at_once(served)
