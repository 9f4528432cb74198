"""Every view and state at three widths, in both themes: no barrier, nothing cut off, no error."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visit, Watched
from browser.panels import house
from browser.seeded import FIXTURES, Seeded, seed
from browser.states import STATES
from browser.talking import button
from browsing import Served

pytestmark = pytest.mark.slow

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
WIDTHS = {360: 740, 800: 1000, 1440: 900}
THEMES = ("light", "dark")
FOUND = """
async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  await frame();
  await Promise.allSettled(document.getAnimations().map((one) => one.finished));
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run(document, {
    resultTypes: ["violations"],
    runOnly: { type: "tag", values: tags },
    rules: { "label-content-name-mismatch": { enabled: true } },
  });
  return found.violations.map(({ id, nodes }) =>
    `${id}: ${nodes.map((one) => one.target.join(" ") + " " + one.failureSummary).join("; ")}`);
}
"""
BESIDE = """
() => {
  const wrong = [];
  const name = (one) => `${one.tagName} ${one.className}`;
  const clips = (one) => {
    for (let up = one.parentElement; up && up !== document.body; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (style.overflowX !== "visible" || style.clipPath !== "none") return true;
    }
    return false;
  };
  for (const one of [document.documentElement, document.body])
    if (one.scrollWidth > innerWidth || one.scrollHeight > innerHeight) wrong.push(name(one));
  for (const one of document.querySelectorAll("body *")) {
    const box = one.getBoundingClientRect();
    if (!box.width || !box.height || (box.left >= -1 && box.right <= innerWidth + 1)) continue;
    const style = getComputedStyle(one);
    if (style.visibility === "hidden" || style.clipPath !== "none" || clips(one)) continue;
    wrong.push(`${name(one)} from ${box.left} to ${box.right}`);
  }
  const parts =
    ".log, .view-body, .scrolls, .tab-panel, dialog, .dialog-body, .menu, .head, .composer";
  for (const one of document.querySelectorAll(parts))
    if (one.scrollWidth > one.clientWidth + 1) wrong.push(`${name(one)} scrolls sideways`);
  return wrong;
}
"""
"""What reaches beyond the page, or has it scroll as a whole."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Generator[Seeded]:
    folder = tmp_path_factory.mktemp
    empty, locked = Served(folder("empty")), Served(folder("locked"))
    locked.run("user", "add", "ana", "--owner", "--password-stdin", text="a few words in a row\n")
    try:
        with house(folder("views"), FIXTURES) as made:
            yield seed(made, empty.start(), locked.start())
    finally:
        empty.stop()
        locked.stop()


@pytest.fixture(scope="module")
def axe() -> str:
    return AXE.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_state_has_no_barrier_and_nothing_is_cut_off(
    here: Seeded, visit: Visit, watched: Watched, axe: str, width: int
) -> None:
    watched.expected = ("the server responded with a status of 40",)
    watched.own.update(f"127.0.0.1:{one.port}" for one in (here.empty, here.locked))
    size = {"width": width, "height": WIDTHS[width]}
    page = visit(here.made.served, viewport=size, reduced_motion="reduce")
    wrong: list[str] = []
    for name, state in STATES.items():
        state(page, here)
        # Between the narrow and the wide page lies none of another make: there only widths differ.
        themes = THEMES if width in (min(WIDTHS), max(WIDTHS)) else ()
        if themes:
            page.evaluate(axe)
        for theme in themes:
            page.emulate_media(color_scheme=cast("Any", theme))
            wrong += [f"{name}, {theme}: {told}" for told in page.evaluate(FOUND)]
        wrong += [f"{name}: {told}" for told in page.evaluate(BESIDE)]
    assert not wrong, "\n".join(wrong)


# Theme and size


def paper(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_theme_is_the_systems_unless_one_is_chosen(here: Seeded, visit: Visit) -> None:
    page = visit(here.empty, "/settings", color_scheme="light")
    light = paper(page)
    page.emulate_media(color_scheme="dark")
    dark = paper(page)
    assert light != dark
    themes = page.get_by_role("radiogroup", name="Theme")
    themes.get_by_text("Light").click()
    assert paper(page) == light
    page.reload()
    expect(themes.get_by_role("radio", name="Light")).to_be_checked()
    assert paper(page) == light
    themes.get_by_text("Dark").click()
    page.emulate_media(color_scheme="light")
    page.goto(here.empty.url)
    expect(button(page, "Connect a model")).to_be_visible()
    assert paper(page) == dark
    other = visit(here.empty, "/settings", context=page.context)
    other.get_by_text("System").click()
    page.wait_for_function(
        "(light) => getComputedStyle(document.body).backgroundColor === light", arg=light
    )


def test_the_theme_is_there_before_the_page_itself(
    here: Seeded, visit: Visit, watched: Watched
) -> None:
    watched.expected = ("ERR_FAILED",)
    page = visit(here.empty, "/settings", color_scheme="light")
    page.get_by_role("radiogroup", name="Theme").get_by_text("Dark").click()
    page.route("**/assets/index-*.js", lambda route: route.abort())
    page.goto(here.empty.url, wait_until="commit")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")


def test_the_size_of_text_is_kept(here: Seeded, visit: Visit) -> None:
    page = visit(here.empty, "/settings", viewport={"width": 360, "height": 740})

    def letters() -> float:
        return page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")

    sizes = page.get_by_role("radiogroup", name="Text size")
    found: list[float] = []
    for name in ("Small", "Medium", "Large", "Larger"):
        sizes.get_by_text(name, exact=True).click()
        found.append(letters())
        assert page.evaluate(BESIDE) == []
    assert found == sorted(set(found))
    page.reload()
    expect(sizes.get_by_role("radio", name="Larger")).to_be_checked()
    assert letters() == found[-1]
    page.goto(here.empty.url)
    expect(button(page, "Connect a model")).to_be_visible()
    assert letters() == found[-1]
    assert page.evaluate(BESIDE) == []


MOVING = """
() => [...document.querySelectorAll("*")].filter((one) => {
  const style = getComputedStyle(one);
  const times = `${style.animationDuration}, ${style.transitionDuration}`.split(", ");
  return times.some((time) => parseFloat(time) * (time.endsWith("ms") ? 1 : 1000) > 10)
    || style.scrollBehavior === "smooth" || style.animationIterationCount === "infinite";
}).map((one) => one.className)
"""


def test_who_wants_less_motion_has_none(here: Seeded, visit: Visit) -> None:
    page = visit(here.made.served, reduced_motion="reduce")
    STATES["answering"](page, here)
    assert page.evaluate(MOVING) == []
    STATES["stopped"](page, here)
    STATES["menu above"](page, here)
    assert page.evaluate(MOVING) == []
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(MOVING) != []
