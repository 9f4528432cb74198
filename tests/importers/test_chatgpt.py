"""ChatGPT's export: what was said is taken, with its tree and dates, and nothing else."""

from __future__ import annotations

import json
import struct
import tempfile
import time
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatgpt_exports import START, conversation, large, message, straight, write, zipped
from tertulia.importers.chatgpt import ChatGPT, files
from tertulia.ports.importer import Talk, Told
from tertulia.values.errors import Malformed

MS = round(START * 1000)


def read(path: Path) -> list[Talk]:
    return list(ChatGPT().read(path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conversations.json"


def one(file: Path, raw: object) -> Talk:
    (talk,) = read(write(file, [raw]))
    return talk


def told(node: str, parent: str | None, text: str, at: int, role: Any = "user") -> Told:
    return Told(id=node, parent=parent, role=role, name=None, text=text, said_at=at)


def texts(talk: Talk) -> list[str]:
    return [each.text for each in talk.messages]


def parents(talk: Talk) -> dict[str, str | None]:
    return {each.id: each.parent for each in talk.messages}


def holds(talk: Talk) -> None:
    """What a talk promises."""
    seen: set[str | None] = {None}
    for each in talk.messages:
        assert each.parent in seen
        assert each.id not in seen
        assert each.text.strip()
        seen.add(each.id)
    assert talk.head in seen
    assert talk.head


def wrong(path: Path) -> str:
    with pytest.raises(Malformed) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_a_plain_talk_is_taken_as_it_was_said(file: Path):
    talk = one(file, straight(["Hello", "Hi!", "Bye"]))
    first, second, third = (each.id for each in talk.messages)
    assert talk == Talk(
        id="00000000-0000-0000-0000-000000000001",
        title="Conversation 1",
        messages=(
            told(first, None, "Hello", MS + 250),
            told(second, first, "Hi!", MS + 1250, "assistant"),
            told(third, second, "Bye", MS + 2250),
        ),
        head=third,
    )


def test_branches_stay_and_the_head_is_where_its_person_was(file: Path):
    talk = one(
        file,
        conversation(
            [
                ("root", None, None),
                ("q", "root", message("user", "Which?", at=START)),
                ("a1", "q", message("assistant", "This.", at=START + 1)),
                ("a2", "q", message("assistant", "That.", at=START + 5)),
                ("b1", "a1", message("user", "Thanks", at=START + 3)),
                ("q2", "root", message("user", "Which one?", at=START + 2)),
            ],
            current="a2",
        ),
    )
    holds(talk)
    assert texts(talk) == ["Which?", "This.", "Which one?", "Thanks", "That."]
    assert parents(talk) == {"q": None, "a1": "q", "a2": "q", "b1": "a1", "q2": None}
    assert talk.head == "a2"
    beside = {each.id: each.instead_of for each in talk.messages}
    assert beside == {"q": None, "a1": None, "a2": "a1", "b1": None, "q2": "q"}


HIDDEN: dict[str, dict[str, Any]] = {
    "hidden": {"metadata": {"is_visually_hidden_from_conversation": True}},
    "instructions": {"metadata": {"is_user_system_message": True}},
    "code": {"content": {"content_type": "code", "language": "python", "text": "print(1)"}},
    "thoughts": {"content": {"content_type": "thoughts", "thoughts": []}},
    "profile": {"content": {"content_type": "user_editable_context", "user_profile": "x"}},
    "tool": {"author": {"role": "tool", "name": "browser"}},
    "system": {"author": {"role": "system"}},
    "no author": {"author": None},
    "to a tool": {"recipient": "dalle.text2im"},
    "analysis": {"channel": "analysis"},
    "no content": {"content": None},
    "no parts": {"content": {"content_type": "text"}},
    "empty": {"content": {"content_type": "text", "parts": [" \n", "", None, 3]}},
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_nobody_saw_is_passed_over(file: Path, kind: str):
    unseen = message("assistant", "secret", at=START + 1, **HIDDEN[kind])
    talk = one(
        file,
        conversation(
            [
                ("a", None, message("user", "Hello", at=START)),
                ("x", "a", unseen),
                ("y", "x", {**unseen, "create_time": None}),
                ("b", "y", message("assistant", "Hi", at=None)),
            ]
        ),
    )
    assert parents(talk) == {"a": None, "b": "a"}
    assert talk.messages[1].said_at == MS + 1000
    assert talk.head == "b"


def test_the_head_of_a_talk_that_ends_unseen_is_the_last_that_was_seen(file: Path):
    nodes = [
        ("a", None, message("user", "Hello")),
        ("b", "a", message("assistant", "Hi")),
        ("x", "a", message("tool", "…")),
    ]
    assert one(file, conversation(nodes, current="x")).head == "a"
    assert one(file, conversation(nodes, current="gone")).head == "b"
    assert one(file, conversation(nodes, current_node=None)).head == "b"


def test_images_are_named_and_speech_is_read(file: Path):
    parts = [
        {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1"},
        "What is this?",
        {"content_type": "audio_transcription", "text": "And that?", "direction": "in"},
        {"content_type": "audio_asset_pointer", "asset_pointer": "file-service://file-2"},
    ]
    content = {"content_type": "multimodal_text", "parts": parts}
    talk = one(file, conversation([("a", None, message("user", "", content=content))]))
    assert texts(talk) == ["[image]\nWhat is this?\nAnd that?"]


def test_older_content_has_a_text_instead_of_parts(file: Path):
    content = {"content_type": "text", "text": "Hello"}
    talk = one(file, conversation([("a", None, message("user", "", content=content))]))
    assert texts(talk) == ["Hello"]


def test_marks_of_its_page_are_left_out_but_for_their_words(file: Path):
    text = (
        '\ue203By \ue200entity\ue202["people", "Ada Lovelace", 0]\ue201\ue204 in 1843'
        "\ue200cite\ue202turn0search3\ue202turn0search8\ue201,"
        " see \ue200url\ue202her notes\ue202https://x.test\ue201."
        "\ue200entity\ue202[\ue201\ue200entity\ue202[1, 2]\ue201"
        "\ue200entity\ue202{}\ue201\ue200url\ue201"
    )
    talk = one(file, straight([text]))
    assert texts(talk) == ["By Ada Lovelace in 1843, see her notes."]


def test_what_no_database_holds_is_replaced(file: Path):
    raw = straight(["a\0b \ud83d c \ud83d\ude00"], title="T\ud800\n  t")
    raw["mapping"]["system"]["message"]["author"] = {"role": "user", "name": "Ana\0 \n B"}
    raw["mapping"]["system"]["message"]["metadata"] = {}
    raw["mapping"]["system"]["message"]["content"]["parts"] = ["hey"]
    talk = one(file, raw)
    assert texts(talk) == ["hey", "a\ufffdb \ufffd c 😀"]
    assert talk.title == "T\ufffd t"
    assert talk.messages[0].name == "Ana\ufffd B"


def test_times_come_from_the_parent_the_conversation_or_another_message(file: Path):
    nodes = [
        ("a", None, message("user", "1")),
        ("b", "a", message("assistant", "2", at=START + 9)),
        ("c", "b", message("user", "3")),
    ]
    given = [each.said_at for each in one(file, conversation(nodes)).messages]
    assert given == [MS, MS + 9000, MS + 9000]
    bare = [each.said_at for each in one(file, conversation(nodes, create_time=None)).messages]
    assert bare == [MS + 9000, MS + 9000, MS + 9000]
    nodes = [("a", None, message("user", "1"))]
    assert one(file, conversation(nodes, create_time=None)).messages[0].said_at == MS + 60_500
    nothing = conversation(nodes, create_time=None, update_time=None)
    assert one(file, nothing).messages[0].said_at == 0


def test_a_conversation_without_an_id_has_the_same_one_each_time(file: Path):
    raw = straight(["Hello"], conversation_id=None, id="", title=None)
    talk = one(file, raw)
    assert talk == one(file, raw)
    assert len(talk.id) == 64
    assert talk.title == "Untitled"
    assert one(file, straight(["Hello"], conversation_id=None, id="x")).id == "x"


def test_what_has_nothing_in_it_is_left_out(file: Path):
    assert read(write(file, [conversation([]), straight([]), straight(["Hi"])])) != []
    assert read(write(file, [conversation([]), straight([])])) == []
    assert read(write(file, [])) == []


def test_a_conversation_that_comes_twice_is_taken_once(file: Path):
    assert len(read(write(file, [straight(["Hi"]), straight(["Hi"])]))) == 1


def test_a_conversation_alone_is_an_export_too(file: Path):
    assert len(read(write(file, straight(["Hi"])))) == 1
    assert ChatGPT().knows(file)


SHARDS = {
    "conversations-010.json": [straight(["10"], number=3)],
    "conversations-000.json": [straight(["0"], number=1)],
    "conversations-9.json": [straight(["9"], number=2)],
}


def test_a_zip_with_several_files_is_taken_whole(tmp_path: Path):
    path = zipped(tmp_path / "export.zip", {"__MACOSX/._conversations.json": b"\0", **SHARDS})
    assert ChatGPT().knows(path)
    assert [texts(talk) for talk in read(path)] == [["0"], ["9"], ["10"]]


def test_a_zip_may_hold_a_folder(tmp_path: Path):
    path = zipped(tmp_path / "export.ZIP", {"export/conversations.json": [straight(["Hi"])]})
    assert ChatGPT().knows(path)
    assert [texts(talk) for talk in read(path)] == [["Hi"]]


@pytest.mark.parametrize("within", ["", "unpacked"])
def test_an_unpacked_folder_is_taken_whole(tmp_path: Path, within: str):
    folder = tmp_path / within
    folder.mkdir(exist_ok=True)
    write(folder / "user.json", {})
    for name, content in SHARDS.items():
        write(folder / name, content)
    assert ChatGPT().knows(tmp_path)
    assert [texts(talk) for talk in read(tmp_path)] == [["0"], ["9"], ["10"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_every_unicode_encoding_is_read(file: Path, encoding: str):
    write(file, [straight(["¡Olé! 😀"])], encoding=encoding, ascii=False)
    assert ChatGPT().knows(file)
    assert [texts(talk) for talk in read(file)] == [["¡Olé! 😀"]]


def test_a_tree_may_be_as_deep_as_it_is_long(file: Path):
    nodes = [("n0", None, message("user", "0"))]
    nodes += [
        (f"n{n}", f"n{n - 1}", message("user", f"{n}") if n % 100 == 0 else None)
        for n in range(1, 20_000)
    ]
    talk = one(file, conversation(nodes))
    holds(talk)
    assert len(talk.messages) == 200
    assert talk.head == "n19900"


def test_a_circle_is_cut_open(file: Path):
    nodes = [
        ("a", "c", message("user", "a")),
        ("b", "a", message("user", "b")),
        ("c", "b", message("user", "c")),
        ("d", "d", message("user", "d")),
    ]
    talk = one(file, conversation(nodes))
    holds(talk)
    assert parents(talk) == {"a": None, "b": "a", "c": "b", "d": None}


def test_a_missing_parent_is_found_by_its_children_or_does_without(file: Path):
    raw = conversation(
        [
            ("a", None, message("user", "a")),
            ("b", "a", message("user", "b")),
            ("c", "gone", message("user", "c")),
        ]
    )
    raw["mapping"]["b"]["parent"] = None
    raw["mapping"]["c"]["children"] = None
    raw["mapping"]["b"]["children"] = [3, "c"]
    assert parents(one(file, raw)) == {"a": None, "b": "a", "c": "b"}


def spoilt(**more: Any) -> Any:
    return straight(["Hi"], **more)


def with_node(value: object) -> Any:
    raw = straight(["Hi"])
    raw["mapping"]["odd"] = value
    return raw


ODD: dict[str, tuple[object, str]] = {
    "a node that is none": (with_node(3), "what stands at message odd is no message"),
    "a message that is none": (with_node({"message": [3]}), "is no message"),
    "a node of no name": (
        {**spoilt(), "mapping": {"": {}}},
        "the id '' of a message is none",
    ),
    "an id that no text holds": ({**spoilt(), "mapping": {"\ud800": {}}}, "is none"),
    "a wrong date": (with_node({"message": {"create_time": "2023"}}), "the create_time of message"),
    "not a number": (with_node({"message": {"create_time": float("nan")}}), "is no time"),
    "a date of milliseconds": (spoilt(create_time=START * 1000), "of the conversation is no time"),
    "a date before all": (spoilt(create_time=-1), "is no time in seconds since 1970"),
    "a true date": (spoilt(update_time=True), "the update_time of the conversation"),
    "parts that are none": (
        with_node({"message": message("user", "", content={"content_type": "text", "parts": 3})}),
        "the parts of message odd are no list",
    ),
    "a long id": (
        {**spoilt(), "mapping": {"x" * 99: 3}},
        f"at message {'x' * 59}… is no",
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_conversation_is_told_by_number_and_title(file: Path, kind: str):
    raw, what = ODD[kind]
    said = wrong(write(file, [straight(["fine"], number=9), raw]))
    assert 'conversation 2 ("Conversation 1")' in said
    assert what in said
    assert "Ask for the export again" in said


@pytest.mark.parametrize("raw", [3, None, [], {"chat_messages": []}, {"mapping": []}])
def test_json_of_another_kind_is_told(file: Path, raw: object):
    assert 'conversation 1: it has no "mapping"' in wrong(write(file, [raw]))
    assert ChatGPT().knows(file) == (raw == {"mapping": []})


def test_json_that_breaks_off_is_told(file: Path):
    whole = json.dumps([straight(["One"]), straight(["Two"], number=2)])
    for end in (1, 300, len(whole) - 40, len(whole) - 1):
        file.write_text(whole[:end])
        assert "it breaks off" in wrong(file) or "a comma is missing" in wrong(file)
    file.write_text(whole[:-300])
    assert "conversation 2, character" in wrong(file)
    assert ChatGPT().knows(file)
    file.write_text("")
    assert "it breaks off (conversation 1, character 1)" in wrong(file)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<html>", "Expecting value (conversation 1, character 1)"),
        ("[{} {}]", 'has no "mapping"'),
        ('{"mapping": {}} x', "something follows its end (conversation 2, character 17)"),
        ('[{"mapping": {}} {"mapping": {}}]', "a comma is missing (conversation 2, character 18)"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"mapping": {}, "n": ' + "1" * 5000 + "}]", "Exceeds the limit"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(file: Path, text: str, what: str):
    file.write_text(text)
    assert what in wrong(file)


def test_a_place_is_counted_from_the_beginning_of_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files, "_PIECE", 10)
    text = json.dumps([straight(["One"]), straight(["Two"], number=2)])
    file.write_text(text)
    assert len(read(file)) == 2
    at = text.index('"mapping"', len(text) // 2)
    file.write_text(text[:at] + "!" + text[at:])
    assert f"conversation 2, character {at + 1}" in wrong(file)


def test_one_endless_conversation_is_not_read_to_its_end(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files, "_PIECE", 100)
    monkeypatch.setattr(files, "_MOST", 1000)
    write(file, [straight(["Hi"] * 100)])
    assert "conversation 1: it is longer than 1,000 characters" in wrong(file)


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    packed = tmp_path / "bomb.zip"
    text = json.dumps([straight(["Hi"], number=n) for n in range(20)])
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations-000.json", text)
        archive.writestr("conversations-001.json", text)
        archive.writestr("chat.html", "x" * 10_000)
    monkeypatch.setattr(files, "_UNPACKED", 2 * len(text))
    assert len(read(packed)) == 20
    monkeypatch.setattr(files, "_UNPACKED", 2 * len(text) - 1)
    assert ChatGPT().knows(packed)
    assert "MB are taken out of a zip. Unpack it, and import its files." in wrong(packed)


def test_bytes_that_are_no_text_are_told(file: Path):
    file.write_bytes(b'[{"mapping": {"a": "\xff\xfe"}}]')
    assert "is no text in utf-8" in wrong(file)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path):
    assert "No such file" in wrong(tmp_path / "gone.json")
    assert "null byte" in wrong(Path("a\0b"))
    assert "holds no conversations.json" in wrong(tmp_path)
    assert not any(map(ChatGPT().knows, (tmp_path / "gone.json", Path("a\0b"), tmp_path)))
    (tmp_path / "conversations.json").symlink_to(tmp_path / "conversations.json")
    assert not ChatGPT().knows(tmp_path / "conversations.json")


def test_an_unpacked_file_that_cannot_be_opened_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = write(tmp_path / "conversations.json", [])

    def locked(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(file), "open", locked)
    assert "cannot be read (Permission denied)" in wrong(tmp_path)


def test_a_zip_of_something_else_is_told(tmp_path: Path):
    path = zipped(tmp_path / "other.zip", {"notes.txt": b"x"})
    assert "holds no conversations.json" in wrong(path)
    assert not ChatGPT().knows(path)


def test_a_damaged_zip_is_known_and_told(tmp_path: Path):
    path = zipped(tmp_path / "export.zip", {"conversations.json": large(500)})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert ChatGPT().knows(path)
    assert "is damaged, or locked" in wrong(path)
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes(99) + whole[middle + 99 :])
    assert ChatGPT().knows(path)
    assert "conversations.json in" in wrong(path)


def test_a_locked_zip_is_known_and_told(tmp_path: Path):
    path = zipped(tmp_path / "export.zip", {"conversations.json": large(100)})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("conversations.json")
    entry = data.rindex(b"PK\x01\x02")
    for at in (info.header_offset + 6, entry + 8):
        (flags,) = struct.unpack_from("<H", data, at)
        struct.pack_into("<H", data, at, flags | 1)
    path.write_bytes(data)
    assert ChatGPT().knows(path)
    assert "password" in wrong(path)


def test_an_empty_export_is_known_by_its_name(tmp_path: Path):
    assert ChatGPT().knows(write(tmp_path / "conversations.json", []))
    assert not ChatGPT().knows(write(tmp_path / "others.json", []))
    assert not ChatGPT().knows(write(tmp_path / "notes.txt", []))
    assert ChatGPT().knows(zipped(tmp_path / "x.zip", {"conversations.json": []}))


def test_ten_thousand_messages_take_a_second_and_little_memory(file: Path):
    write(file, large(10_000))
    took: list[float] = []
    for _ in range(3):  # the machine may be busy with other tests
        began = time.process_time()
        talks = read(file)
        took.append(time.process_time() - began)
        assert sum(len(talk.messages) for talk in talks) == 10_000
    assert min(took) < 1.0
    tracemalloc.start()
    for talk in ChatGPT().read(file):
        holds(talk)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5 * files._PIECE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
IDS = st.sampled_from(["a", "b", "c", "d", "", "\ud800"])
CONTENT = st.fixed_dictionaries(
    {},
    optional={
        "content_type": st.sampled_from(["text", "multimodal_text"]) | JSON,
        "parts": st.lists(st.text(max_size=4) | JSON, max_size=3) | JSON,
        "text": JSON,
    },
)
MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "author": st.fixed_dictionaries({"role": st.sampled_from(["user", "tool"])}) | JSON,
        "create_time": st.none() | st.floats() | st.integers() | JSON,
        "content": CONTENT | JSON,
        "metadata": JSON,
    },
)
NODE = st.fixed_dictionaries(
    {},
    optional={
        "parent": st.none() | IDS | JSON,
        "children": st.lists(IDS) | JSON,
        "message": MESSAGE | JSON,
    },
)
CONVERSATION = st.fixed_dictionaries(
    {"mapping": st.dictionaries(IDS, NODE | JSON, max_size=6) | JSON},
    optional={"current_node": IDS | JSON, "title": JSON, "id": JSON, "create_time": JSON},
)


def read_bytes(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "conversations.json"
        path.write_bytes(data)
        ChatGPT().knows(path)
        try:
            talks = read(path)
        except Malformed:
            wrong(path)
            return
        for talk in talks:
            holds(talk)


@given(st.lists(CONVERSATION | JSON, max_size=3) | JSON)
def test_no_json_raises_anything_but_malformed(raw: object):
    read_bytes(json.dumps(raw).encode())


@given(st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", b'[{"mapping":', b"\xff\xfe"]))
def test_no_bytes_raise_anything_but_malformed(data: bytes, before: bytes):
    read_bytes(before + data)


@given(st.data())
def test_no_spoilt_zip_raises_anything_but_malformed(data: st.DataObject):
    with tempfile.TemporaryDirectory() as folder:
        whole = zipped(Path(folder) / "x.zip", SHARDS).read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    spoilt = data.draw(st.binary(max_size=8))
    read_bytes(whole[:at] + spoilt + whole[at + len(spoilt) :])
