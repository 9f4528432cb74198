"""Makes the pictures of the page: a real server, a model that says what is written here, Chromium.

.venv/bin/python docs/pictures/page.py
"""

from __future__ import annotations

import json
import sys
import tempfile
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from browsing import ARGUMENTS, Served  # noqa: E402 - the tests' folder is on the path now
from servers import aimock, reply  # noqa: E402 - the same

SETTINGS = """
[bots.ana]
persona = {{ name = "Ana", instructions = "You are Ana, a kind and concise guide to Peru." }}
model = {{ provider = "openai", name = "gpt-5-mini", base_url = "{url}", api_key = "env:ANY_KEY", context_window = 8192 }}
memory = ["summary", "recall", "window"]
"""  # noqa: E501 - one line of TOML
CUSCO = """Since you do not eat meat and walk with a bad knee, I would keep the first days low and \
slow:

1. **San Blas** in the morning, before the buses.
2. Lunch at a *picantería* that cooks quinoa and tarwi: there are three near the market.
3. **Moray** in place of the long stairs of Pisac.

```text
Fri   arrive 10:40 · rest · San Blas at four
Sat   market · Moray · back by six
```
"""
SAID = [
    ("I do not eat meat, and I have a bad knee.", "Good to know. I will keep to it."),
    ("Which museum is best when it rains?", "The Inka Museum, and then the one of chocolate."),
]
ASKED = "I land in Cusco on Friday. What should I not miss, given what you know of me?"
FACTS = ("Does not eat meat.", "Walks with a bad knee.", "Lives in Lima.")
OTHERS = ("A regex for dates", "Release notes for Monday", "The museum of chocolate")


def main() -> None:
    """Say all that, and take the pictures."""
    answers = [reply(ASKED, CUSCO), *(reply(asked, said) for asked, said in SAID)]
    with (
        tempfile.TemporaryDirectory() as folder,
        aimock([*answers, reply(None, "Gladly.")]) as model,
    ):
        served = Served(Path(folder), SETTINGS.format(url=model.url), {"ANY_KEY": "any"}).start()
        try:
            for title in OTHERS:
                _call(served, "/api/messages", **_begin(title))
            for statement in FACTS:
                _call(served, "/api/facts", bot="ana", statement=statement)
            with sync_playwright() as playwright:
                found = next(Path("/usr/bin").glob("chromium"), None)
                browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
                _take(browser, served)
                browser.close()
        finally:
            served.stop()


def _begin(title: str) -> dict[str, str]:
    name = title.rpartition(" ")[2]
    return {"id": name, "text": title, "conversation": name}


def _call(served: Served, path: str, **given: str) -> None:
    request = urllib.request.Request(served.url + path, json.dumps(given).encode())
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request, timeout=20).close()


def _take(browser: Browser, served: Served) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, device_scale_factor=1.5)
    page.goto(served.url)
    for asked in (*(asked for asked, _ in SAID), ASKED):
        _say(page, asked)
    page.screenshot(path=HERE / "page.png")
    address = page.url
    page.close()
    phone = browser.new_page(
        viewport={"width": 390, "height": 780}, device_scale_factor=2, color_scheme="dark"
    )
    phone.goto(address)
    phone.get_by_text("Moray in place").wait_for()
    phone.screenshot(path=HERE / "phone.png")
    phone.close()


def _say(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Message")
    replies = page.locator("article.theirs:not(.draft)")
    before = replies.count()
    box.fill(text)
    box.press("Enter")
    page.wait_for_function(
        "n => document.querySelectorAll('article.theirs:not(.draft)').length > n", arg=before
    )
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main()
