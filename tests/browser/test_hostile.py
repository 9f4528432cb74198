"""Nothing that anybody says runs in the page, leads it away or calls home."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from browser.conftest import Serve, Visit, Watched
from browser.hostile import BOT, api, audited, batches, export, look, show, touch, vectors

pytestmark = pytest.mark.slow

EACH = 24
FENCE = "```\ncode\n```\n"


@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no policy"])
def test_nothing_that_was_said_runs(
    serve: Serve, visit: Visit, browser: Browser, watched: Watched, policy: bool
) -> None:
    """As a person's words, as theirs with code among them, as a reply; as a name and a title."""
    served = serve()
    texts = batches(vectors(), EACH)
    plain, fenced = len(texts), 2 * len(texts)
    with api(served) as calls, audited(browser, watched, policy=policy) as context:
        calls.bring(
            [
                export(
                    number,
                    [
                        each
                        for text in texts[number % plain]
                        for each in (
                            ("user", text, text if number < plain else FENCE + text),
                            ("assistant", BOT, text),
                        )
                    ],
                    f"{number}: {texts[number % plain][0]}",
                )
                for number in range(fenced)
            ]
        )
        page = visit(served, context=context)
        for title, number in calls.titled().items():
            some = texts[int(title.split(":")[0]) % plain]
            show(page, number, 2 * len(some))
            look(page)
            touch(page)
