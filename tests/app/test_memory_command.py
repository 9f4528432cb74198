"""`tertulia memory`: the owner reads, corrects, keeps and forgets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import time
from pathlib import Path

import pytest

from tertulia.app.memory.moments import moment
from tertulia.stores.sql.forget import tables as scrubbing_tables
from tertulia.values.errors import SettingsError
from told import Run


def talk(run: Run, *texts: str, name: str = "t") -> None:
    for text in texts:
        assert run("chat", "-c", name, "-m", text).code == 0


@pytest.fixture
def lima(run: Run) -> Run:
    """Somebody has told their name, and where they live."""
    talk(run, "My name is Ana and I live in Lima.", "I like the sea.")
    return run


def test_what_there_is(lima: Run) -> None:
    told = lima("memory", "show")
    assert told.code == 0
    assert "this is the owner's view" in told.out
    assert "1 conversation, 4 messages, 3 facts, 0 summaries" in told.out
    assert "p1 ana (terminal/ana)" in told.out
    assert lima("memory", "show", "--person", "ana", "--json").json["messages"] == 4
    found = lima("memory", "show", "--json").json
    assert found["conversations"][0]["conversation"] == "t"
    assert found["audiences"][0]["people"] == ["p1"]
    assert found["people"][0]["identities"][0]["id"] == "ana"
    talk(lima, "hello", name="u")
    assert lima("memory", "show", "--conversation", "u", "--json").json["messages"] == 2
    assert lima("memory", "show", "--conversation", "terminal/u", "--json").json["facts"] == 0
    both = lima("memory", "show", "--person", "ana", "--conversation", "u")
    assert (both.code, "not both" in both.err) == (2, True)


def test_an_empty_memory(run: Run) -> None:
    assert "0 conversations, 0 messages" in run("memory", "show").out
    assert "No facts are remembered" in run("memory", "facts").err
    assert (
        "Nothing was believed at 2026-01-01" in run("memory", "facts", "--as-of", "2026-01-01").err
    )
    assert "Nothing is found about 'sea'" in run("memory", "search", "sea").err
    nobody = run("memory", "facts", "--person", "ana")
    assert (nobody.code, nobody.err) == (
        2,
        "tertulia: There is nobody 'ana'. Nobody has spoken yet.\n",
    )
    assert run("memory", "forget", "everything", "--yes").code == 2
    assert run("memory", "undo").err == "tertulia: There is no edit to take back.\n"
    assert run("memory", "preview").code == 2


def test_facts_are_listed_by_subject(lima: Run) -> None:
    told = lima("memory", "facts").out.splitlines()
    assert told[0] == "p1 ana:"
    assert "lives in Lima" in told[2]
    assert "from 1.1" in told[2]
    (first, *_) = lima("memory", "facts", "--person", "p1", "--json").json
    assert first["fact"] == "f1"
    assert first["about"] == "p1"
    assert first["sources"] == ["1.1"]
    assert first["valid_to"] is None
    assert lima("memory", "facts", "--person", "terminal/ana", "--json").json


def test_facts_as_of_a_day(lima: Run) -> None:
    today = time.strftime("%Y-%m-%d")
    assert lima("memory", "facts", "--as-of", "2020-01-01", "--json").json == []
    told = lima("memory", "facts", "--as-of", today).out
    assert told.startswith(f"Believed at {today} 23:59 ")
    assert "lives in Lima" in told


@pytest.mark.parametrize("date", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-10:00"])
def test_a_date_that_is_too_far_away(run: Run, date: str) -> None:
    told = run("memory", "facts", "--as-of", date)
    assert (told.code, "is too far away" in told.err) == (2, True)


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", ""])
def test_a_wrong_date(run: Run, date: str) -> None:
    told = run("memory", "facts", "--as-of", date)
    assert told.code == 2
    assert told.err == (
        f"tertulia: {date!r} is no date. "
        "Write it as 2026-05-01, or with a time: 2026-05-01T18:30.\n"
    )


def test_dates_are_local_unless_they_name_a_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Lima")
    time.tzset()
    try:
        assert moment("1970-01-01T00:00") == 5 * 3_600_000
        assert moment("1970-01-01T00:00+00:00") == 0
        assert moment(" 1970-01-01 ") == 29 * 3_600_000 - 1
        with pytest.raises(SettingsError):
            moment("noon")
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def test_correcting_a_fact(lima: Run) -> None:
    made = lima("memory", "edit", "f2", "lives in Cusco", "--json").json
    assert (made["statement"], made["origin"]) == ("lives in Cusco", "written")
    told = lima("memory", "history", "f2").out.splitlines()
    assert told[0].startswith("f2  lives in Lima  (said; believed from ")
    assert told[1].startswith(f"{made['fact']}  lives in Cusco  (written; ")
    history = lima("memory", "history", made["fact"], "--json").json
    assert history[0]["superseded_by"] == made["fact"]
    assert "lives in Lima" in lima("memory", "undo", "--person", "ana").out
    assert "lives in Cusco" in lima("memory", "edit", "f1", "lives in Cusco").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("edit", "f1", " "), "A fact cannot be edited to nothing."),
        (("edit", "1", "x"), "'1' is no fact's id."),
        (("edit", "f99", "x"), "There is no fact f99; nothing was changed."),
        (("history", "f99"), "There is no fact f99."),
        (("history", "x"), "'x' is no fact's id."),
        (("receipt", "x"), "'x' is no message's id."),
        (("receipt", "1.99"), "There is no receipt of 1.99"),
        (("facts", "--person", "anna"), "There is nobody 'anna'. Did you mean"),
        (("facts", "--person", "p9"), "There is nobody 'p9'."),
        (("show", "--conversation", "x"), "There is no conversation 'x'. Known: t."),
        (("preview", "-c", "x"), "There is no conversation 'x'."),
        (("forget", "x", "--yes"), "'x' is nothing that can be forgotten."),
        (("forget", "person:", "--yes"), "'person:' is nothing that can be forgotten."),
        (("forget", "1.99", "--yes"), "There is no message 1.99."),
        (("forget", "f99", "--yes"), "There is no fact f99."),
        (("forget", "bot:zoe", "--yes"), "nothing of a bot named 'zoe'"),
        (("forget", "person:zoe", "--yes"), "There is nobody 'zoe'."),
        (("forget", "conversation:zoe", "--yes"), "There is no conversation 'zoe'."),
        (("forget", "1.1", "f99", "--yes"), "There is no fact f99."),
        (("fact",), "There is no command 'fact'. Did you mean \"facts\"?"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_done(
    lima: Run, words: tuple[str, ...], sentence: str
) -> None:
    told = lima("memory", *words)
    assert told.code == 2
    assert sentence in told.err
    assert len(lima("memory", "facts", "--json").json) == 3
    assert lima("memory", "show", "--json").json["messages"] == 4


def test_a_receipt(lima: Run) -> None:
    told = lima("memory", "receipt", "1.4").out
    assert told.startswith("For 1.4 the model read ")
    found = lima("memory", "receipt", "1.3", "--json").json
    assert (found["message"], found["model"]) == ("1.4", "offline")
    origins = {item["origin"] for item in found["receipt"]["items"]}
    assert {"persona", "facts", "window", "message"} <= origins
    for item in found["receipt"]["items"]:
        assert set(item) == {"origin", "id", "tokens", "score"}


def test_the_next_prompt(lima: Run) -> None:
    told = lima("memory", "preview", "-c", "t", "-m", "Where do I live?").out
    assert '- "lives in Lima"' in told
    assert "--- user\nWhere do I live?\n" in told
    assert "For the next reply in 't' the model read " in told
    found = lima("memory", "preview", "-c", "t", "--json").json
    assert [line["role"] for line in found["prompt"]][:3] == ["system", "user", "assistant"]
    assert found["receipt"]["budget"] > 1000
    assert lima("memory", "show", "--json").json["messages"] == 4


def test_the_next_prompt_of_what_has_not_begun(run: Run) -> None:
    from tertulia import Bot

    async def begin() -> None:
        async with Bot(model="offline") as bot:
            await bot.command("/new blank", conversation="b")

    asyncio.run(begin())
    told = run("memory", "preview", "-c", "b")
    assert (told.code, "Nothing was said in 'b' yet" in told.err) == (2, True)
    assert "0 messages" in run("memory", "show").out


def test_search(lima: Run) -> None:
    told = lima("memory", "search", "like", "the", "sea").out
    assert "1.3" in told
    assert "I like the sea." in told
    (first, *_) = lima("memory", "search", "sea", "--json", "--most", "1").json
    assert (first["message"], first["text"]) == ("1.3", "I like the sea.")


def test_nothing_said_can_obey_a_terminal(run: Run) -> None:
    talk(run, "I like \x1b]0;evil\x07 \x1b[31mred\x1b[0m things a lot")
    for words in (("search", "red"), ("preview", "-c", "t"), ("facts",), ("show",)):
        assert "\x1b" not in run("memory", *words).out


def test_export(lima: Run) -> None:
    lima("memory", "edit", "f2", "lives in Cusco")
    done = lima("memory", "export", "all.json")
    assert (done.code, done.out) == (0, "")
    assert "3 facts, 1 conversation" in done.err
    written = json.loads(Path("all.json").read_text())
    assert written["tertulia"] == 1
    assert written["conversations"][0]["messages"][0]["text"].startswith("My name is Ana")
    assert [one["name"] for one in written["people"]] == ["ana"]
    cusco = next(one for one in written["facts"] if one["statement"] == "lives in Cusco")
    assert [step["statement"] for step in cusco["history"]] == ["lives in Lima"]
    again = lima("memory", "export", "all.json")
    assert (again.code, "exists already" in again.err) == (2, True)
    nowhere = lima("memory", "export", "no/where.json")
    assert (nowhere.code, "cannot be written" in nowhere.err) == (2, True)
    mine = lima("memory", "export", "mine.json", "--person", "ana")
    assert mine.code == 0
    assert len(json.loads(Path("mine.json").read_text())["conversations"]) == 1


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    lima: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("taken.json").write_text("mine")
    monkeypatch.setattr(Path, "exists", lambda _: False)
    told = lima("memory", "export", "taken.json")
    assert (told.code, "exists already" in told.err) == (2, True)
    assert Path("taken.json").read_text() == "mine"


def test_a_summary_is_counted_exported_and_made_anew(run: Run) -> None:
    Path("tertulia.toml").write_text(
        '[bots.bo]\nmodel = { provider = "offline", context_window = 500, max_tokens = 100 }\n'
        'memory = ["summary", "window"]\n'
    )
    talk(run, "My cat is called Whiskers, and it is from Lima.")
    talk(run, *(f"On day {n} I walked along the sea for many hours." for n in range(12)))
    assert "1 summary" in run("memory", "show", "--person", "ana").out
    run("memory", "export", "all.json", "--person", "p1")
    (summary,) = json.loads(Path("all.json").read_text())["summaries"]
    assert summary["from"] == "1.1"
    assert summary["text"]
    gone = run("memory", "forget", "1.1", "--yes", "--replies", "quoting")
    assert "summaries (s1, s2) went too" in gone.out
    run("memory", "export", "after.json")
    assert "Whiskers" not in Path("after.json").read_text()
    assert "1 summary" in run("memory", "show", "--conversation", "t").out


def test_forgetting_is_shown_first(lima: Run) -> None:
    dry = lima("memory", "forget", "1.1")
    assert dry.code == 1
    assert "You are the owner" in dry.out
    assert "This would go: 1 message (1.1)" in dry.out
    assert "Add --yes to do it." in dry.err
    told = lima("memory", "forget", "1.1", "--json")
    assert (told.code, told.json["forgotten"], told.json["messages"]) == (1, False, ["1.1"])
    assert lima("memory", "show", "--json").json["messages"] == 4


def test_forgetting_cleans_the_folder_too(lima: Run) -> None:
    Path("data/history").write_text("\n# 2026-01-01\n+I like the sea.\n")
    with Path("data/tertulia.log").open("a") as log:
        log.write("2026-01-01 10:00:00,000 INFO tertulia.x: took I like the sea.\n")
    done = lima("memory", "forget", "1.3", "--yes")
    assert done.code == 0
    assert "Forgotten: 1 message (1.3), 1 fact" in done.out
    assert "Backups, exports and copies" in done.out
    for file in Path("data").iterdir():
        assert b"like the sea" not in file.read_bytes(), file


def test_where_another_program_reads_it_is_told(lima: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrubbing_tables, "TRIES", 1)
    for words in (["1.1"], ["1.3", "--json"]):
        with contextlib.closing(sqlite3.connect("data/tertulia.db", isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM message").fetchone()
            done = lima("memory", "forget", *words, "--yes", "--replies", "quoting")
        assert done.code == 0
        if "--json" in words:
            assert (done.json["forgotten"], done.json["cleaned"]) == (True, False)
        else:
            assert "Another program has the database open: its bytes go when" in done.out
    assert lima("memory", "forget", "1.2", "--yes", "--json").json["cleaned"]


def test_forgetting_several_kinds_at_once(lima: Run) -> None:
    talk(lima, "hello", name="u")
    done = lima("memory", "forget", "f1", "1.3", "conversation:u", "1.4", "--yes", "--json")
    assert done.code == 0
    assert done.json["forgotten"]
    assert "f1" in done.json["facts"]
    assert {"1.3", "1.4", "2.1", "2.2"} <= set(done.json["messages"])
    assert done.json["conversations"] == [2]


def test_what_went_with_another_is_no_mistake(lima: Run) -> None:
    done = lima("memory", "forget", "1.1", "conversation:t", "--yes", "--json")
    assert done.code == 0
    assert set(done.json["messages"]) >= {"1.1", "1.3"}


@pytest.mark.parametrize("what", ["person:ana", "bot:tertulia", "everything"])
def test_everything_of_somebody(lima: Run, what: str) -> None:
    assert lima("memory", "forget", what, "--yes", "--replies", "quoting").code == 0
    assert "0 conversations, 0 messages, 0 facts" in lima("memory", "show").out
    if what != "bot:tertulia":
        assert lima("memory", "show", "--json").json["people"] == []


def test_help_fits_one_screen(run: Run) -> None:
    from tertulia.app.memory import COMMANDS

    group = run("memory", "--help")
    assert "the owner's tools" in group.out
    for name in COMMANDS:
        assert name in group.out
        told = run("memory", name, "--help")
        assert told.code == 0
        assert "Example: tertulia memory" in " ".join(told.out.split())
        assert told.out.count("\n") <= 24
        assert max(map(len, told.out.splitlines())) <= int(os.environ.get("COLUMNS", "100"))
