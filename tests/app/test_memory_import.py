"""`tertulia memory import`: a past comes in, and what was forgotten of it stays forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatgpt_exports import straight, write, zipped
from told import Run

CANARY = "quixzanary42"
TEXTS = [
    "Where do I go on Sunday?",
    "To the sea.",
    f"I keep a {CANARY} in the garden",
    f"A {CANARY} needs water.",
    "And what of rain?",
    "It rains on Monday.",
]


def left_in(folder: Path) -> list[str]:
    """The files that still have it; the index keeps the first letters of words only once."""
    end = CANARY[2:].encode()
    return [file.name for file in folder.iterdir() if end in file.read_bytes().lower()]


def nothing_of_it(run: Run, export: Path) -> None:
    again = run("memory", "import", str(export), "--json").json
    assert (again["messages"], again["new"]) == (6, 0)
    assert CANARY not in run("memory", "search", CANARY).out
    assert left_in(Path("data")) == []


@pytest.mark.parametrize("form", ["json", "zip"])
def test_what_was_forgotten_of_an_import_does_not_come_back(run: Run, form: str) -> None:
    told = [straight(TEXTS, title=f"Keeping a {CANARY}")]
    export = Path(f"export.{form}")
    if form == "zip":
        zipped(export, {"conversations.json": told})
    else:
        write(export, told)
    first = run("memory", "import", str(export))
    assert first.code == 0
    assert "6 new of 6 messages in 1 conversation" in first.out
    assert CANARY in run("memory", "search", CANARY).out
    with Path("data/tertulia.log").open("a") as log:
        log.write(f"2026-01-01 10:00:00,000 WARNING tertulia.x: would not take {TEXTS[2]!r}\n")
    assert set(left_in(Path("data"))) >= {"tertulia.db", "tertulia.log"}
    dry = run("memory", "forget", "1.3", "--json").json
    assert (dry["messages"], dry["redacted"], dry["renamed"]) == (["1.3"], ["1.4", "1.6"], [1])
    gone = run("memory", "forget", "1.3", "--yes", "--json").json
    assert gone["cleaned"]
    nothing_of_it(run, export)
    assert "(forgotten) 1" in run("chat", "--list").out
    assert "Where do I go on Sunday?" in run("memory", "search", "Sunday").out


def test_a_whole_imported_conversation_does_not_come_back(run: Run) -> None:
    export = write(Path("export.json"), [straight(TEXTS, title="Garden")])
    run("memory", "import", str(export))
    assert run("memory", "forget", "conversation:Garden", "--yes").code == 0
    nothing_of_it(run, export)
    # What was said in it later comes in, under a name that tells nothing.
    write(export, [straight([*TEXTS, "And snow?"], title="Garden")])
    assert run("memory", "import", str(export), "--json").json["new"] == 1
    listed = run("chat", "--list").out
    assert "(forgotten)" in listed
    assert "Garden" not in listed


def test_what_was_forgotten_does_not_come_by_an_export_of_ours(run: Run) -> None:
    assert run("chat", "-c", "t", "-m", f"I keep a {CANARY}").code == 0
    assert run("chat", "-c", "t", "--export", "c.json").code == 0
    assert run("memory", "import", "c.json", "--json").json["new"] == 0
    run("memory", "forget", "1.1", "--yes")
    for person in ("ana", "ben"):
        imported = run("memory", "import", "c.json", "--person", person, "--json").json
        assert imported["new"] == 0
    assert left_in(Path("data")) == []


def test_whose_past_it_is_and_which_bot_remembers_it(run: Run) -> None:
    Path("tertulia.toml").write_text(
        'bot = "one"\n[bots.one]\nmodel = { provider = "offline" }\n'
        '[bots.two]\nmodel = { provider = "offline" }\n'
    )
    export = write(Path("export.json"), [straight(TEXTS[:2])])
    done = run("memory", "import", str(export), "--bot", "two", "--person", "ben", "--json")
    assert (done.code, done.json) == (0, {"conversations": 1, "messages": 2, "new": 2})
    assert "ben" in run("memory", "show", "--json").out
    unknown = run("memory", "import", str(export), "--bot", "tow")
    assert unknown.code == 2
    assert "There is no bot 'tow'. Did you mean \"two\"?" in unknown.err


def nothing_stored(run: Run) -> None:
    assert "0 conversations, 0 messages, 0 facts" in run("memory", "show").out


def test_what_is_no_export_is_told_and_nothing_taken_in(run: Run) -> None:
    gone = run("memory", "import", "nowhere.zip")
    assert gone.code != 0
    assert "nowhere.zip does not exist. Give the file that you were sent." in gone.err
    Path("notes.txt").write_text("milk, bread")
    notes = run("memory", "import", "notes.txt")
    assert notes.code != 0
    assert "notes.txt is in no format that is known (chatgpt, tertulia)." in notes.err
    form = run("memory", "import", "notes.txt", "--format", "chatgtp")
    assert form.code == 2
    assert "There is no format 'chatgtp'. Did you mean \"chatgpt\"?" in form.err
    assert run("memory", "import", "notes.txt", "--format", "tertulia").code != 0
    nothing_stored(run)


def test_of_a_file_that_breaks_in_the_middle_nothing_is_taken_in(run: Run) -> None:
    whole = write(Path("export.json"), [straight(TEXTS, number=n) for n in (1, 2)])
    text = whole.read_text()
    Path("cut.json").write_text(text[: len(text) * 3 // 4])
    wrong: list[Any] = json.loads(text)
    wrong[1]["mapping"] = "none"
    write(Path("wrong.json"), wrong)
    for name in ("cut.json", "wrong.json"):
        broken = run("memory", "import", name, "--format", "chatgpt")
        assert broken.code != 0
        assert name in broken.err
    nothing_stored(run)
    assert run("memory", "import", str(whole), "--json").json["new"] == 12
