"""The `chat` command, run as a person or a script runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from servers import aimock, failure, reply

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `tertulia` in an empty folder, with a home and data of its own and no key."""

    def runner(
        *words: str, stdin: str | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_")}
        environment = kept | {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "TERTULIA_DATA": str(tmp_path / "data"),
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
        }
        given = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run(
            [sys.executable, "-m", "tertulia", *words],
            env=environment | more,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **given,  # type: ignore[call-overload]
        )

    return runner


def test_it_remembers_in_a_new_process(run: Run) -> None:
    first = run("chat", "-c", "t", "-m", "My name is Ana and I live in Lima.")
    assert (first.returncode, first.stderr) == (0, "")
    assert "no language model" in first.stdout
    assert "OPENAI_API_KEY" in first.stdout
    second = run("chat", "-c", "t", "-m", "What is my name?")
    assert (second.returncode, second.stderr) == (0, "")
    assert "Ana" in second.stdout
    assert "no language model" not in second.stdout
    assert "\x1b" not in first.stdout + second.stdout


def test_json_is_one_object_with_the_promised_names(run: Run) -> None:
    done = run("chat", "-c", "t", "-m", "hello", "--json")
    told = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert {"reply", "conversation", "bot", "model", "usage", "receipt", "finish_reason"} <= set(
        told
    )
    assert (told["conversation"], told["bot"], told["model"]) == ("t", "tertulia", "offline")
    assert told["finish_reason"] == "stop"
    assert set(told["usage"]) == {"prompt_tokens", "completion_tokens"}
    receipt = told["receipt"]
    assert set(receipt) == {"budget", "prompt_tokens", "items", "left_out"}
    assert receipt["prompt_tokens"] == 3 + sum(item["tokens"] for item in receipt["items"])
    assert receipt["items"][-1] == {
        "origin": "message",
        "id": "1.1",
        "tokens": 5,
        "score": None,
    }


def test_what_is_left_out_is_told_in_ranges(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tertulia.toml").write_text(
        '[bots.bo]\nmodel = { provider = "offline", context_window = 400, max_tokens = 100 }\n'
        'memory = ["window"]\n'
    )
    for _ in range(4):
        done = run("chat", "-c", "t", "--json", "-m", "word " * 60)
    (left,) = json.loads(done.stdout)["receipt"]["left_out"]
    assert set(left) == {"origin", "from", "to", "count", "tokens", "why"}
    assert (left["origin"], left["from"], left["why"]) == (
        "window",
        "1.1",
        "no room in the token budget",
    )
    assert left["count"] > 1


def test_text_on_standard_input(run: Run) -> None:
    assert run("chat", stdin="hello\n").returncode == 0
    done = run("chat", "-c", "t", "--json", "-m", "Before", "-", stdin="after")
    items = json.loads(done.stdout)["receipt"]["items"]
    assert items[-1]["tokens"] == 4 + 3
    unread = run("chat", "-m", "hi", stdin="this is not read")
    assert unread.returncode == 0
    assert "standard input was not read" in unread.stderr
    empty = run("chat", stdin=" \n")
    assert (empty.returncode, empty.stdout) == (2, "")
    assert "There is nothing to say" in empty.stderr


def test_one_shots_have_windows_of_their_own_and_remember_the_person(run: Run) -> None:
    run("chat", "-m", "My name is Ana.")
    done = run("chat", "--json", "-m", "What is my name?")
    told = json.loads(done.stdout)
    assert "Ana" in told["reply"]
    origins = [item["origin"] for item in told["receipt"]["items"]]
    assert "window" not in origins
    assert {"facts", "recall"} <= set(origins)
    listed = run("chat", "--list").stdout.splitlines()
    assert len(listed) == 2
    assert all(re.match(r"\d{4}-\d\d-\d\d-\d{6}-[0-9a-f]{4}  ", line) for line in listed)


def test_lists_and_exports(run: Run, tmp_path: Path) -> None:
    assert "There are no conversations yet" in run("chat", "--list").stderr
    run("chat", "-c", "trip", "-m", "I like <the sea>.")
    assert run("chat", "--list").stdout.startswith("trip  ")
    (told,) = json.loads(run("chat", "--list", "--json").stdout)
    assert (told["conversation"], told["messages"]) == ("trip", 2)
    for suffix, sign in (("md", "# trip"), ("json", '"tertulia": 1'), ("html", "&lt;the sea&gt;")):
        target = tmp_path / f"trip.{suffix}"
        assert run("chat", "-c", "trip", "--export", target.name).returncode == 0
        assert sign in target.read_text()
    again = run("chat", "-c", "trip", "--export", "trip.md")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    wrong = run("chat", "-c", "trip", "--export", "trip.pdf")
    assert (wrong.returncode, wrong.stderr.startswith("tertulia: There is no export")) == (2, True)
    nothing = run("chat", "-c", "nothing", "--export", "n.md")
    assert nothing.returncode == 2
    assert "There is no conversation 'nothing'" in nothing.stderr
    nowhere = run("chat", "-c", "trip", "--export", "no/where.md")
    assert "cannot be written" in nowhere.stderr


def test_a_failed_model_is_exit_code_1_one_sentence_and_nothing_lost(
    run: Run, tmp_path: Path
) -> None:
    with aimock([failure("busy", 400, "nothing of the kind"), reply(None, "Fine.")]) as server:
        write_settings(tmp_path, server.url)
        failed = run("chat", "-c", "t", "-m", "busy")
        assert (failed.returncode, failed.stdout) == (1, "")
        assert failed.stderr.count("\n") == 1
        assert "Your message is kept" in failed.stderr
        as_json = run("chat", "-c", "t", "-m", "busy again", "--json")
        assert as_json.returncode == 1
        told = json.loads(as_json.stdout)
        assert told["reply"] is None
        assert "Your message is kept" in told["error"]
        fine = run("chat", "-c", "t", "-m", "and now?")
        assert (fine.returncode, fine.stdout) == (0, "Fine.\n")
        said = [each["content"] for each in server.requests()[-1]["messages"][1:]]
        assert said == ["busy", "busy again", "and now?"]
        assert "nothing of the kind" in (tmp_path / "data" / "tertulia.log").read_text()


def test_a_bad_key_is_told_plainly_and_never_shown(run: Run, tmp_path: Path) -> None:
    with aimock([reply(None, "Fine.")], keys="sk-good-and-long-enough") as server:
        write_settings(tmp_path, server.url, 'api_key = "env:MY_KEY"')
        failed = run("chat", "-m", "hi", MY_KEY="sk-wrong-and-long-enough")
        assert failed.returncode == 1
        assert "env:MY_KEY" in failed.stderr
        log = (tmp_path / "data" / "tertulia.log").read_text()
        assert "sk-wrong" not in failed.stderr + failed.stdout + log
        assert "Fine." in run("chat", "-m", "hi", MY_KEY="sk-good-and-long-enough").stdout


def test_a_found_model_is_told(run: Run, tmp_path: Path) -> None:
    with aimock([reply(None, "Fine.")]) as server:
        done = run("chat", "-m", "hi", OPENAI_API_KEY="sk-x", OPENAI_BASE_URL=server.url)
    assert done.stdout == "Fine.\n"
    assert "openai:gpt-5-mini" in done.stderr
    assert "OPENAI_API_KEY is set" in done.stderr


def test_a_model_for_this_once(run: Run, tmp_path: Path) -> None:
    done = run("chat", "-m", "hi", "--model", "offline", "--json", OPENAI_API_KEY="sk-x")
    assert json.loads(done.stdout)["model"] == "offline"
    wrong = run("chat", "-m", "hi", "--model", "ofline")
    assert wrong.returncode == 2
    assert 'Did you mean "offline"?' in wrong.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["chat", "--bot", "boo", "-m", "hi"], "There is no bot 'boo'. Did you mean \"bo\"?"),
        (["chat", "--nothing"], "No such option"),
        (["chta"], "There is no command 'chta'. Did you mean \"chat\"?"),
        (["--config", "nowhere.toml", "chat", "-m", "hi"], "--config names nowhere.toml"),
    ],
)
def test_usage_that_is_wrong_is_exit_code_2(
    run: Run, tmp_path: Path, words: list[str], sentence: str
) -> None:
    (tmp_path / "tertulia.toml").write_text('[bots.bo]\nmodel = "offline"\n')
    done = run(*words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_conversation_stays_with_its_bot(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tertulia.toml").write_text(
        '[bots.bo]\nmodel = "offline"\n[bots.ana]\nmodel = "offline"\n'
    )
    run("chat", "-c", "t", "-m", "hi")
    other = run("chat", "-c", "t", "-b", "ana", "-m", "hi")
    assert other.returncode == 2
    assert "The conversation 't' is with bo, not with ana." in other.stderr


def test_offline_is_told_where_another_model_answered_before(run: Run, tmp_path: Path) -> None:
    with aimock([reply(None, "Fine.")]) as server:
        more = {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": server.url}
        assert run("chat", "-c", "t", "-m", "hi", **more).stdout == "Fine.\n"
    assert "using offline" in run("chat", "-c", "t", "-m", "hi").stderr
    assert run("chat", "-c", "t", "-m", "hi").stderr == ""


def test_a_bot_that_is_gone_is_not_offered(run: Run, tmp_path: Path) -> None:
    run("chat", "-c", "t", "-m", "hi")
    (tmp_path / "tertulia.toml").write_text('[bots.bo]\nmodel = "offline"\n')
    told = run("chat", "-c", "t", "-m", "hi")
    assert told.returncode == 2
    assert "is with tertulia, not with bo. Give another name with -c." in told.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-c", "two\nlines", "-m", "hi"], "one line of 1 to 100 characters"),
        (["-c", "x" * 101, "-m", "hi"], "one line of 1 to 100 characters"),
        (["-c", "", "-m", "hi"], "one line of 1 to 100 characters"),
        (["-c", "\udcff", "-m", "hi"], "one line of 1 to 100 characters"),
        (["--model", "openai:x\udcff", "-m", "hi"], "An argument is not UTF-8"),
        (["--list", "-m", "hi"], "--list goes alone"),
    ],
)
def test_arguments_that_cannot_be_are_refused(run: Run, words: list[str], sentence: str) -> None:
    told = run("chat", *words)
    assert (told.returncode, told.stdout) == (2, "")
    assert sentence in told.stderr


def test_a_data_folder_with_an_odd_name(run: Run, tmp_path: Path) -> None:
    for name in ("a?b", "a%41b", "a b#c"):
        done = run("chat", "-m", "hi", TERTULIA_DATA=str(tmp_path / name))
        assert done.returncode == 0, done.stderr
        database = tmp_path / name / "tertulia.db"
        assert database.stat().st_size > 0
        assert database.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full"])
def test_closed_and_full_streams_give_no_traceback(run: Run, tmp_path: Path, closed: str) -> None:
    command = f'"{sys.executable}" -m tertulia chat -m hi {closed}'
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    listed = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m tertulia --version {closed}'],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in listed.stderr


def test_a_damaged_database_is_one_plain_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tertulia.db").write_text("my diary\n" * 100)
    done = run("chat", "-m", "hi")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is not a database. Nothing was changed" in done.stderr


def test_version_loads_no_vendor(run: Run, tmp_path: Path) -> None:
    program = (
        "import sys; from tertulia.app.cli import commands\n"
        "try: commands.main(['--version'])\n"
        "except SystemExit: pass\n"
        "heavy = {'openai', 'sqlalchemy', 'tiktoken', 'rich', 'prompt_toolkit', 'alembic',"
        " 'pydantic', 'platformdirs', 'httpx2', 'asyncio'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"tertulia \d+\.\d+\.\d+\n", done.stdout)


def write_settings(folder: Path, url: str, more: str = "") -> None:
    comma = ", " if more else ""
    (folder / "tertulia.toml").write_text(
        "[bots.bo]\n"
        f'model = {{ provider = "openai", name = "gpt-5-mini", base_url = "{url}"{comma}{more} }}\n'
    )
