"""Our own export comes back as it was said, and nothing else is taken for it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatgpt_exports import straight, write
from making import place
from tertulia.engine.export import as_json
from tertulia.importers.chatgpt import ChatGPT
from tertulia.importers.ours import Ours
from tertulia.ports.importer import Talk, Told
from tertulia.values.conversation import Conversation
from tertulia.values.errors import Malformed
from tertulia.values.message import Message

AT = "2023-11-14T22:13:20+00:00"
MS = 1_700_000_000_000


def exported(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "tertulia": 1,
        "conversation": "main",
        "channel": "terminal",
        "bot": "Ana",
        "created_at": AT,
        "messages": list(messages),
        **more,
    }


def row(key: str, parent: str | None, role: str = "user", **more: Any) -> dict[str, Any]:
    name = {"user": "you", "assistant": "Ana"}.get(role, "notice")
    beside = {"text": f"text of {key}", "said_at": AT, "finish_reason": None}
    return {"id": key, "parent": parent, "role": role, "name": name, **beside, **more}


def told(key: str, parent: str | None, role: Any = "user", **more: Any) -> Told:
    name = None if role == "user" else "Ana"
    given = {"name": name, "text": f"text of {key}", "said_at": MS, **more}
    return Told(id=key, parent=parent, role=role, **given)


def read(path: Path) -> list[Talk]:
    return list(Ours().read(path))


def wrong(path: Path) -> str:
    with pytest.raises(Malformed) as caught:
        read(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "talk.json"


def test_an_export_is_taken_as_it_was_said(file: Path):
    write(
        file,
        exported(
            row("1.1", None, name="Bo"),
            row("1.2", "1.1", "assistant"),
            row("1.3", "1.2", text="again", said_at="2023-11-14T23:13:21+01:00"),
            row("1.4", "1.2", instead_of="1.3"),
        ),
    )
    assert Ours().knows(file)
    assert read(file) == [
        Talk(
            id=f'["terminal", "main", "Ana", "{AT}"]',
            title="main",
            messages=(
                told("1.1", None, name="Bo"),
                told("1.2", "1.1", "assistant"),
                told("1.3", "1.2", text="again", said_at=MS + 1000),
                told("1.4", "1.2", instead_of="1.3"),
            ),
            head="1.4",
        )
    ]


def test_notices_and_empty_texts_are_passed_over(file: Path):
    write(
        file,
        exported(
            row("1.1", None),
            row("1.2", "1.1", "notice"),
            row("1.3", "1.2", text=" "),
            row("1.4", "1.3", said_at="2023-11-14T22:13:20"),
            row("1.5", "1.99", name=None),
        ),
    )
    (talk,) = read(file)
    assert talk.messages == (told("1.1", None), told("1.4", "1.1"), told("1.5", None))


def test_what_has_nothing_in_it_is_left_out(file: Path):
    assert read(write(file, exported(row("1.1", None, "notice")))) == []


def test_several_may_follow_one_another(file: Path):
    several = [exported(row("1.1", None)), exported(row("2.1", None), conversation="other")]
    file.write_text("\n\n".join(json.dumps(each) for each in several) + "\n")
    assert [talk.title for talk in read(file)] == ["main", "other"]
    assert read(write(file, several)) == read(write(file, several, encoding="utf-16", ascii=False))
    assert Ours().knows(file)


def test_a_folder_is_taken_whole_and_two_exports_of_one_conversation_are_one(tmp_path: Path):
    write(tmp_path / "a.json", exported(row("1.1", None), row("1.2", "1.1")))
    write(tmp_path / "b.json", exported(row("1.2", "1.1"), row("1.3", "1.2")))
    write(tmp_path / "c.json", exported(row("1.1", None), conversation="other"))
    write(tmp_path / "d.json", {"mapping": 3})
    assert Ours().knows(tmp_path)
    first, second = read(tmp_path)
    assert [each.id for each in first.messages] == ["1.1", "1.2", "1.3"]
    assert (first.head, second.title) == ("1.3", "other")


def test_what_is_not_ours_is_not_known(tmp_path: Path):
    theirs = write(tmp_path / "conversations.json", [straight(["Hi"])])
    assert not Ours().knows(theirs)
    assert not Ours().knows(tmp_path)
    assert not Ours().knows(tmp_path / "gone.json")
    ours = write(tmp_path / "ours.json", exported(row("1.1", None, text='{"mapping": {}}')))
    assert not ChatGPT().knows(ours)
    ours.unlink()
    assert "holds no export of Tertulia" in wrong(tmp_path)


def test_it_goes_on_where_it_stood(file: Path):
    branches = [
        row("1.1", None),
        row("1.2", "1.1", "assistant"),
        row("1.3", "1.2"),
        row("1.4", "1.3", "notice"),
        row("1.5", "1.2"),
    ]

    def head(*told: Any) -> str | None:
        more = {"head": told[0]} if told else {}
        (talk,) = read(write(file, exported(*branches, **more)))
        return talk.head

    assert head() == "1.5"
    assert head("1.3") == "1.3"
    assert head("1.4") == "1.3"
    assert head("1.9") == "1.5"
    assert head(None) is None


def test_of_two_exports_the_later_one_tells_where_it_goes_on(tmp_path: Path):
    late = {"said_at": "2024-01-01T00:00:00+00:00"}
    one = exported(row("1.1", None), row("1.2", "1.1", **late), row("1.3", "1.1"), head="1.2")
    two = exported(row("1.1", None), row("1.3", "1.1"), head="1.3")
    write(tmp_path / "a.json", one)
    write(tmp_path / "b.json", two)
    (talk,) = read(tmp_path)
    assert talk.head == "1.2"
    write(tmp_path / "c.json", exported(row("1.1", None), row("1.4", "1.3", **late), head="1.4"))
    (talk,) = read(tmp_path)
    assert talk.head == "1.4"


ODD: dict[str, tuple[object, str]] = {
    "a list": ([3], "conversation 1 is no export"),
    "no version": ({"messages": []}, "conversation 1 is no export"),
    "a true version": (exported(tertulia=True), "conversation 1 is no export"),
    "a newer one": (exported(tertulia=2), "in form 2; this one reads form 1. Update Tertulia"),
    "no bot": (exported(bot=None), "its bot is missing, or no text"),
    "an odd place": (exported(conversation="a\0"), "its conversation is missing, or no text"),
    "an odd head": (exported(row("1.1", None), head=3), "its head is no id"),
    "no messages": (exported(messages=None), "its messages are no list"),
    "no message": (exported(row("1.1", None), 3), "message 2: it is none"),
    "no id": (exported(row("", None)), "message 1: its id is missing"),
    "an id twice": (exported(row("1.1", None), row("1.1", None)), "two messages are 1.1"),
    "an odd parent": (exported(row("1.1", 3)), "message 1.1: its parent is no id"),
    "its own parent": (exported(row("1.1", "1.1")), "its parent does not come before it"),
    "a circle": (
        exported(row("1.1", "1.2"), row("1.2", "1.1")),
        "message 1.1: its parent does not come before it",
    ),
    "an odd role": (exported(row("1.1", None, "king")), "its role is none of"),
    "no text": (exported(row("1.1", None, text=None)), "its text is none"),
    "no date": (exported(row("1.1", None, said_at=None)), "its said_at is no date and time"),
    "a wrong date": (exported(row("1.1", None, said_at="2023-13-01")), "its said_at is no date"),
    "a date too early": (exported(row("1.1", None, said_at="1969-01-01")), "lies before 1970"),
    "an end of time": (
        exported(row("1.1", None, said_at="0001-01-01T00:00:00+23:00")),
        "its said_at",
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_export_is_told_with_its_place(file: Path, kind: str):
    raw, what = ODD[kind]
    assert what in wrong(write(file, raw))


def test_a_text_that_is_no_json_is_told(file: Path):
    file.write_text(json.dumps(exported(row("1.1", None)))[:-9])
    assert "is no sound JSON" in wrong(file)
    assert Ours().knows(file)
    file.write_text("[" * 100_000)
    assert "nested too deeply" in wrong(file)
    file.write_bytes(b'{"tertulia": "\xff\xfe"}')
    assert "is no text in utf-8" in wrong(file)
    assert "cannot be read (No such file" in wrong(file.with_name("gone.json"))
    assert "cannot be read (embedded null byte)" in wrong(Path("a\0b"))
    assert read(write(file, [])) == []
    file.write_text(" \n")
    assert "is empty" in wrong(file)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
IDS = st.sampled_from(["1.1", "1.2", "1.3", ""])
ROW = st.fixed_dictionaries(
    {"id": IDS | JSON, "role": st.sampled_from(["user", "assistant", "notice"]) | JSON},
    optional={
        "parent": st.none() | IDS | JSON,
        "text": st.text(max_size=5) | JSON,
        "said_at": st.just(AT) | st.datetimes().map(str) | JSON,
        "name": JSON,
    },
)
EXPORT = st.lists(ROW | JSON, max_size=4).map(lambda rows: exported(*rows))


@given(EXPORT | JSON | st.lists(EXPORT, max_size=2))
def test_no_json_raises_anything_but_malformed(raw: object):
    read_bytes(json.dumps(raw).encode())


@given(st.binary(max_size=200), st.sampled_from([b"", b'{"tertulia": 1, ', b"\xff\xfe"]))
def test_no_bytes_raise_anything_but_malformed(data: bytes, before: bytes):
    read_bytes(before + data)


def read_bytes(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "talk.json"
        path.write_bytes(data)
        Ours().knows(path)
        try:
            read(path)
        except Malformed:
            wrong(path)


SAID = st.lists(
    st.tuples(
        st.sampled_from(["user", "assistant", "notice"]),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9),
        st.integers(0, 4_000_000_000),
        st.integers(0, 9),
        st.sampled_from([None, "Bo", "Maria Curie"]),
    ),
    max_size=8,
)


@given(SAID, st.data())
def test_what_is_exported_comes_back(said: Any, data: st.DataObject):
    messages: list[Message] = []
    for seq, (role, text, at, back, name) in enumerate(said, 1):
        given = {"conversation": 7, "seq": seq, "parent": max(0, seq - 1 - back) or None}
        rest = {"root": 1, "depth": 0, "path_tokens": 0, "tokens": 0}
        named = name if role == "user" else None
        messages.append(
            Message(
                **given,
                **rest,
                role=role,
                name=named,
                text=text,
                said_at=at * 1000,
                instead_of=data.draw(st.none() | st.integers(1, seq)),
            )
        )
    head = data.draw(st.none() | st.sampled_from([m.seq for m in messages])) if messages else None
    conversation = replace(_conversation(), head=head)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "talk.json"
        path.write_text(as_json(conversation, messages), encoding="utf-8")
        talks = read(path)
        assert Ours().knows(path)
    kept = {m.id: m for m in messages if m.role != "notice" and m.text.strip()}
    back = {each.id: each for talk in talks for each in talk.messages}
    assert back.keys() == kept.keys()
    for id_, each in back.items():
        message = kept[id_]
        assert each.text == message.text.replace("\0", "\ufffd")
        assert (each.role, each.said_at) == (message.role, message.said_at)
        assert each.name == (message.name if message.role == "user" else "bo")
        assert each.parent == _above(message, messages, kept)
        assert each.instead_of == (message.instead_of and f"7.{message.instead_of}")
    last = list(kept)[-1:]
    stood = _above(replace(messages[0], parent=head), messages, kept) if head else None
    assert [talk.head for talk in talks] == (
        [stood or last[0]] if last and head else [None] * len(last)
    )


def _above(message: Any, messages: list[Any], kept: dict[str, Any]) -> str | None:
    while message.parent is not None:
        message = messages[message.parent - 1]
        if message.id in kept:
            return message.id
    return None


def _conversation() -> Conversation:
    given: dict[str, Any] = {"place": place("t"), "bot": "bo", "created_at": MS}
    return Conversation(**{each.name: given.get(each.name) for each in fields(Conversation)})
