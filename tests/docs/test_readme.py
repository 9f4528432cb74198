"""Every code block of the documents is run, or read by what would read it.

`console` and `sh` blocks run in bash, `python` blocks run, `toml` blocks are loaded as settings,
`json` blocks are parsed; `text` is for drawings. The blocks of one document share a folder and a
home, so that a second command finds what the first one said. In a `console` block a line that
begins with `$ ` is a command (`> ` continues it), and the lines below it are what it prints, where
`...` stands for anything. `<!-- not run: REASON -->` before a block exempts it; `NOT_RUN` lists
those that are.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DOCUMENTS = sorted(
    file
    for file in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md"))
    if file.exists()
)
NOT_RUN = {
    "CONTRIBUTING.md": ["make setup", "make check", "make test", "make run"],
    "README.md": [
        "make run",
        "docker compose run --rm tertulia user add ana --owner",
        "docker compose up -d",
    ],
}
"""Commands that set up the very thing that the tests run in."""
MAY_BE_LEFT_OUT = ("git", "make", "pip", "cd", "docker")
SECONDS = 60

FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})\s*(?P<language>[\w+-]*).*$")
EXEMPTION = re.compile(r"^<!-- not run: (?P<reason>.+) -->$")
END = "\x1e"
"""Printed behind the output of each command, around its exit status."""
PYTHON = """
import ast, asyncio, sys
code = compile(sys.stdin.read(), "block", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
result = eval(code, {"__name__": "__main__"})
if result is not None:
    asyncio.run(result)
"""
LOAD = """
import pathlib, sys
from tertulia.app.settings import load
load(pathlib.Path(sys.argv[1]), find=False)
"""


@dataclass(frozen=True)
class Block:
    line: int
    language: str
    text: str
    not_run: str | None = None


@dataclass(frozen=True)
class Command:
    text: str
    expected: str


def blocks(document: str) -> list[Block]:
    """The fenced blocks of a document, each with the line of its fence."""
    found: list[Block] = []
    lines = enumerate(document.splitlines(), 1)
    before = ""
    for number, line in lines:
        fence = FENCE.match(line)
        if fence:
            body = _body(lines, fence["fence"])
            exemption = EXEMPTION.match(before)
            reason = exemption["reason"] if exemption else None
            found.append(Block(number, fence["language"], body, reason))
        before = line.strip() or before
    return found


def _body(lines: enumerate[str], fence: str) -> str:
    body: list[str] = []
    for _, line in lines:
        if line.strip() == fence:
            return "\n".join(body)
        body.append(line)
    raise AssertionError(f"a block is never closed: {body[:1]}")


def commands(text: str) -> list[Command]:
    """The commands of a `console` block; a block without a prompt is one command."""
    if not re.search(r"^\$ ", text, re.MULTILINE):
        return [Command(f"(\nset -e\n{text}\n)", "")]
    found: list[Command] = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        first, *rest = part.splitlines()
        more = 0
        while more < len(rest) and rest[more].startswith("> "):
            more += 1
        command = "\n".join([first, *(line[2:] for line in rest[:more])])
        found.append(Command(command, "\n".join(rest[more:])))
    return found


def matches(expected: str, output: str) -> bool:
    """Whether `output` is what was `expected`: `...` stands for anything, and so does nothing."""
    if not expected.strip():
        return True
    pattern = ".*".join(re.escape(piece) for piece in expected.strip().split("..."))
    return re.fullmatch(pattern, output.strip(), re.DOTALL) is not None


def environment(home: Path) -> dict[str, str]:
    """That of somebody who has just installed Tertulia: no key, no settings, nothing said."""
    folders = {"HOME": home, "TERTULIA_DATA": home / "tertulia-data"}
    folders |= {
        f"XDG_{kind}_HOME": home / f".{kind.lower()}" for kind in ("CONFIG", "DATA", "STATE")
    }
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {
        **{name: str(folder) for name, folder in folders.items()},
        **measured,
        "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "COLUMNS": "100",
    }


def run(
    command: list[str], folder: Path, stdin: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder) | more,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def run_shell(text: str, folder: Path) -> None:
    wanted = commands(text)
    script = "\n".join(f"{command.text}\nprintf '{END}%d{END}' $?" for command in wanted)
    *told, rest = run(["bash", "-c", script], folder).stdout.split(END)
    assert len(told) == 2 * len(wanted), f"the shell ended early: {rest}"
    for command, output, status in zip(wanted, told[::2], told[1::2], strict=True):
        assert status == "0", f"$ {command.text}\n{output}"
        assert matches(command.expected, output), (
            f"$ {command.text}\n{output}\nbut the document says:\n{command.expected}"
        )


def run_python(text: str, folder: Path) -> None:
    result = run([sys.executable, "-c", PYTHON], folder, stdin=text)
    assert result.returncode == 0, result.stdout


def load_settings(text: str, folder: Path) -> None:
    """Read a `toml` block as the product reads its settings; every key that it names is set."""
    file = folder / "block" / "tertulia.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    keys = dict.fromkeys(re.findall(r"env:(\w+)", text), "a-key")
    result = run([sys.executable, "-c", LOAD, str(file)], folder, **keys)
    assert result.returncode == 0, result.stdout


def parse_json(text: str, folder: Path) -> None:
    json.loads(text)


def draw(text: str, folder: Path) -> None:
    """A drawing is only looked at."""


CHECKS: dict[str, Callable[[str, Path], None]] = {
    "console": run_shell,
    "sh": run_shell,
    "python": run_python,
    "toml": load_settings,
    "json": parse_json,
    "text": draw,
}


def check(document: str, folder: Path) -> None:
    """Run the blocks of a document in order, in `folder`."""
    for block in blocks(document):
        assert block.language in CHECKS, f"line {block.line}: nobody checks {block.language!r}"
        if block.not_run is None:
            try:
                CHECKS[block.language](block.text, folder)
            except AssertionError as error:
                raise AssertionError(f"line {block.line}: {error}") from error


def test_there_is_a_readme():
    assert ROOT / "README.md" in DOCUMENTS


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_document_does_what_it_says(file: Path, tmp_path: Path):
    check(file.read_text(), tmp_path)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_files_that_a_document_names_exist(file: Path):
    named = re.findall(r"`((?:src/|tests/|bench/|[a-z]+/)[\w/.-]+\.\w+)`", file.read_text())
    places = (ROOT, ROOT / "src" / "tertulia")
    assert not [name for name in named if not any((place / name).exists() for place in places)]


def test_what_is_not_run_is_known():
    exempted = {
        str(file.relative_to(ROOT)): [
            command
            for block in blocks(file.read_text())
            if block.not_run is not None
            for command in block.text.replace("$ ", "").splitlines()
        ]
        for file in DOCUMENTS
    }
    assert {name: left_out for name, left_out in exempted.items() if left_out} == NOT_RUN
    for left_out in NOT_RUN.values():
        assert all(command.startswith(MAY_BE_LEFT_OUT) for command in left_out)


SAMPLE = """
# A sample

```console
$ echo one; export SAID=two
one
$ echo $SAID \\
>   three
two three
$ echo something long
some...long
$ cat > kept <<'EOF'
> four
> EOF
```

Between them, ``` is no fence.

```sh
test "$(cat kept)" = four
test -z "$OPENAI_API_KEY"
```

```python
import asyncio

await asyncio.sleep(0)
assert open("kept").read() == "four\\n"
```

<!-- not run: it would set up what runs this -->

```sh
make setup
exit 1
```

~~~text
+-----+
```
+-----+
~~~
"""

SETTINGS = """
```toml
[bots.ana]
persona = "You are Ana."
model = { provider = "openai", name = "gpt-5-mini", api_key = "env:ANAS_KEY" }
```
"""


def test_the_blocks_of_a_document_are_found():
    found = blocks(SAMPLE)
    assert [block.language for block in found] == ["console", "sh", "python", "sh", "text"]
    assert [block.line for block in found][:2] == [4, 19]
    assert [block.not_run for block in found] == [
        None, None, None, "it would set up what runs this", None,
    ]  # fmt: skip
    assert found[4].text == "+-----+\n```\n+-----+"
    assert commands(found[0].text) == [
        Command("echo one; export SAID=two", "one"),
        Command("echo $SAID \\\n  three", "two three"),
        Command("echo something long", "some...long"),
        Command("cat > kept <<'EOF'\nfour\nEOF", ""),
    ]


def test_a_document_that_is_right_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-whoever-runs-the-tests")
    check(SAMPLE, tmp_path)


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ("```console\n$ echo one\ntwo\n```", "but the document says"),
        ("```console\n$ echo one\none\nmore\n```", "but the document says"),
        ("```console\n$ false\n```", "false"),
        ("```console\n$ exit 0\n```", "ended early"),
        ("```sh\necho before\nfalse\ntrue\n```", "before"),
        ("```python\nraise SystemError('oh')\n```", "oh"),
        ("```python\nimport asyncio\nawait asyncio.wait_for(1 / 0)\n```", "ZeroDivisionError"),
        ("```toml\nno_such_key = 1\n```", "no_such_key"),
        ("```cobol\nSTOP RUN.\n```", "nobody checks 'cobol'"),
        ("```\nunnamed\n```", "nobody checks ''"),
        ("```sh\ntrue", "never closed"),
    ],
)
def test_a_document_that_is_wrong_fails(tmp_path: Path, block: str, why: str):
    with pytest.raises(AssertionError, match=why):
        check(block, tmp_path)


def test_settings_that_are_right_are_loaded(tmp_path: Path):
    check(SETTINGS, tmp_path)


def test_an_exemption_holds_for_one_block_only():
    found = blocks("<!-- not run: once -->\n```sh\nmake run\n```\n\n```sh\nmake test\n```\n")
    assert [block.not_run for block in found] == ["once", None]
