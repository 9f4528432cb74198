"""What `tertulia memory export` wrote is taken in like the exports of its conversations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tertulia.importers.ours import Ours
from tertulia.values.errors import Malformed

AT = "2023-11-14T22:13:20+00:00"


def talk(name: str, text: str) -> dict[str, Any]:
    said = {"id": "1.1", "parent": None, "role": "user", "name": "ana", "text": text, "said_at": AT}
    head = {"tertulia": 1, "conversation": name, "channel": "terminal", "bot": "bo"}
    return {**head, "created_at": AT, "messages": [said]}


def everything(*talks: dict[str, Any]) -> str:
    beside: dict[str, Any] = {"written_at": AT, "people": [], "facts": [], "summaries": []}
    return json.dumps({"tertulia": 1, **beside, "conversations": list(talks)}, indent=2)


def test_an_export_of_everything_is_unfolded(tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    file.write_text(everything(talk("trip", "the sea"), talk("home", "a cat")))
    assert Ours().knows(file)
    found = {one.title: [said.text for said in one.messages] for one in Ours().read(file)}
    assert found == {"trip": ["the sea"], "home": ["a cat"]}


def test_one_without_conversations_has_nothing_to_take_in(tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    file.write_text(everything())
    assert list(Ours().read(file)) == []


def test_conversations_that_are_no_list_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    file.write_text('{"tertulia": 1, "conversations": 3}')
    with pytest.raises(Malformed, match="is no export of Tertulia"):
        list(Ours().read(file))


@pytest.mark.parametrize(
    ("title", "called"), [("Peru \n 2024", "Peru 2024"), (None, "c1"), (7, "c1"), ("\t", "c1")]
)
def test_a_title_stands_before_the_spot(tmp_path: Path, title: object, called: str) -> None:
    file = tmp_path / "talk.json"
    file.write_text(json.dumps(talk("c1", "the sea") | {"title": title}))
    (found,) = Ours().read(file)
    assert found.title == called
