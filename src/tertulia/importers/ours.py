"""Tertulia's own JSON export: one file, one with several behind another, or a folder of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from tertulia.ports.importer import Importer, Talk, Told
from tertulia.values.errors import Malformed
from tertulia.values.text import clean

_BEGINS = re.compile(r'[\s\[]*\{\s*"tertulia"\s*:')
_HEAD = 1 << 12
_BLANK = re.compile(r"\s*")
_DECODER = json.JSONDecoder()
_NAMELESS = "you"
"""What an export calls a person who has no name."""
_LAST = ""
"""In place of a head: an export that tells none goes on behind its last message."""
_AGAIN = "Make the export again, in JSON."

Object = dict[str, Any]


class Ours(Importer):
    """Reads what `/export json` wrote; of two exports of one conversation, what either has."""

    name = "tertulia"

    def knows(self, path: Path) -> bool:
        """Whether the file, or one in the folder, begins as our exports do."""
        return any(map(_begins, _files(path)))

    def read(self, path: Path) -> Iterator[Talk]:
        """The conversations with something in them. Raises: `Malformed` with file and place."""
        files = [file for file in _files(path) if not path.is_dir() or _begins(file)]
        if not files:
            raise Malformed(f"{path} holds no export of Tertulia. {_AGAIN}")
        talks: dict[str, Talk] = {}
        for file in files:
            for number, raw in enumerate(_values(file), 1):
                where = f"{file}, conversation {number}"
                talk = _talk(raw, where)
                if talk is not None:
                    talks[talk.id] = _joined(talks.get(talk.id), talk)
        yield from talks.values()


def _talk(raw: object, where: str) -> Talk | None:
    """One conversation; None where nothing was said in it."""
    found = _conversation(raw, where)
    messages = tuple(_messages(found["messages"], where))
    if not messages:
        return None
    head = _head(found, {told.id for told in messages}, where)
    return Talk(
        id=found["id"],
        title=found["title"],
        messages=messages,
        head=messages[-1].id if head == _LAST else head,
    )


def _joined(first: Talk | None, second: Talk) -> Talk:
    """What either of two exports has; it goes on where the one that was made later does."""
    if first is None:
        return second
    known = {told.id: told for told in (*second.messages, *first.messages)}
    order = dict.fromkeys(told.id for told in (*first.messages, *second.messages))
    ends = [max(told.said_at for told in each.messages) for each in (first, second)]
    later = second if ends[1] >= ends[0] else first
    return replace(first, messages=tuple(known[id_] for id_ in order), head=later.head)


def _head(found: Object, told: set[str], where: str) -> str | None:
    """The last message of the branch that was seen, or the nearest before it that was said."""
    head = found["head"]
    if head is not None and not isinstance(head, str):
        raise Malformed(f"{where}: its head is no id. {_AGAIN}")
    if head in (None, _LAST):
        return head
    above: dict[str, str | None] = {row["id"]: row.get("parent") for row in found["messages"]}
    while head is not None and head not in told:
        head = above.get(head)
    return _LAST if head is None else head


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.json")) if path.is_dir() else [path]


def _begins(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
    except (OSError, ValueError):  # not there, no file, or a name that no file can have
        return False
    return bool(_BEGINS.match(head.decode(json.detect_encoding(head), "replace")))


def _values(file: Path) -> Iterator[object]:
    """The exports in a file: one, several behind one another, a list of them, or of everything."""
    text = _text(file)
    at = _blank(text, 0)
    if at == len(text):
        raise Malformed(f"{file} is empty. {_AGAIN}")
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except RecursionError:
            raise Malformed(f"{file} is nested too deeply. {_AGAIN}") from None
        except ValueError as error:
            raise Malformed(f"{file} is no sound JSON ({error}). {_AGAIN}") from None
        yield from _unfolded(value)
        at = _blank(text, at)


def _unfolded(value: object) -> list[object]:
    """The conversations of a list, or of what `tertulia memory export` wrote."""
    if isinstance(value, dict):
        value = cast("Object", value).get("conversations", value)
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as error:
        wrong = f"{file} is no text in {error.encoding}: it is damaged, or of another kind."
    except (OSError, ValueError) as error:
        wrong = f"{file} cannot be read ({getattr(error, 'strerror', None) or error})."
    raise Malformed(wrong)


def _conversation(raw: object, where: str) -> Object:
    """Its id, its title and what was said, checked."""
    told = cast("Object", raw) if isinstance(raw, dict) else {}
    version = told.get("tertulia")
    if not isinstance(version, int) or isinstance(version, bool):
        raise Malformed(f"{where} is no export of Tertulia. {_AGAIN}")
    if version != 1:
        raise Malformed(
            f"{where} was exported by another Tertulia, in form {version}; this one reads form 1. "
            "Update Tertulia."
        )
    keys = ("channel", "conversation", "bot", "created_at")
    channel, spot, bot, created = (_line(told.get(key), f"{where}: its {key}") for key in keys)
    messages = told.get("messages")
    if not isinstance(messages, list):
        raise Malformed(f"{where}: its messages are no list. {_AGAIN}")
    return {
        "id": json.dumps([channel, spot, bot, created], ensure_ascii=False),
        "title": _title(told.get("title")) or spot,
        "messages": messages,
        "head": told.get("head", _LAST),
    }


def _title(told: object) -> str:
    """The title that somebody gave it; an export of before has none."""
    return " ".join(clean(told).split()) if isinstance(told, str) else ""


def _messages(listed: list[object], where: str) -> Iterator[Told]:
    """What people and the bot said; a notice's children become its parent's."""
    rows = _rows(listed, where)
    places = {id_: place for place, id_ in enumerate(rows)}
    above: dict[object, str | None] = {None: None}
    for place, (id_, row) in enumerate(rows.items()):
        at = f"{where}, message {id_}"
        over = above.get(_parent(row.get("parent"), places, place, at))
        told = _told(row, over, at)
        above[id_] = told.id if told else over
        if told:
            yield told


def _rows(listed: list[object], where: str) -> dict[str, Object]:
    """The messages by their ids, in the order of the file."""
    rows: dict[str, Object] = {}
    for number, raw in enumerate(listed, 1):
        if not isinstance(raw, dict):
            raise Malformed(f"{where}, message {number}: it is none. {_AGAIN}")
        row = cast("Object", raw)
        id_ = _line(row.get("id"), f"{where}, message {number}: its id")
        if id_ in rows:
            raise Malformed(f"{where}: two messages are {id_}. {_AGAIN}")
        rows[id_] = row
    return rows


def _parent(parent: object, places: dict[str, int], place: int, at: str) -> str | None:
    """The parent, where it is in the export; a branch may begin at one that was forgotten."""
    if parent is None:
        return None
    if not isinstance(parent, str):
        raise Malformed(f"{at}: its parent is no id. {_AGAIN}")
    if places.get(parent, -1) >= place:
        raise Malformed(f"{at}: its parent does not come before it. {_AGAIN}")
    return parent


def _told(row: Object, parent: str | None, at: str) -> Told | None:
    role, text = row.get("role"), row.get("text")
    if role not in ("user", "assistant", "notice"):
        raise Malformed(f"{at}: its role is none of user, assistant and notice. {_AGAIN}")
    if not isinstance(text, str):
        raise Malformed(f"{at}: its text is none. {_AGAIN}")
    if role == "notice" or not text.strip():
        return None
    name = row.get("name")
    name = " ".join(clean(name).split()) if isinstance(name, str) else ""
    return Told(
        id=row["id"],
        parent=parent,
        role=role,
        name=None if name == _NAMELESS and role == "user" else name or None,
        text=clean(text),
        said_at=_ms(row.get("said_at"), at),
        instead_of=instead if isinstance(instead := row.get("instead_of"), str) else None,
    )


def _line(value: object, what: str) -> str:
    if isinstance(value, str) and value and clean(value) == value:
        return value
    raise Malformed(f"{what} is missing, or no text. {_AGAIN}")


def _ms(value: object, at: str) -> int:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        told = round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Malformed(f"{at}: its said_at is no date and time. {_AGAIN}") from None
    if told < 0:
        raise Malformed(f"{at}: its said_at lies before 1970. {_AGAIN}")
    return told
