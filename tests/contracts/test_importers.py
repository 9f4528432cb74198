"""What every importer must do, run on each that is installed under the entry points.

An importer is shown what is no export of its own; what it reads of one is tested beside it, and
its sample, `tests/importers/samples/NAME.*`, shows here that no other takes it for its own.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia.app import plugins
from tertulia.ports.importer import Importer, Talk
from tertulia.values.errors import Malformed
from tertulia.values.text import clean

SAMPLES = Path(__file__).parents[1] / "importers" / "samples"

IMPORTERS = plugins.names("importers")

STRANGE: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n",
    "text": b"Hello, who is there?",
    "bytes": bytes(range(256)),
    "null": b"null",
    "number": b"3",
    "list": b"[3]",
    "object": b'{"a": 1}',
    "cut": b'[{"a":',
    "deep": b"[" * 100_000,
    "encoding": b'{"a": "\xff"}',
}


def opened(name: str) -> Importer:
    return plugins.load("importers", name)()


@pytest.fixture(params=IMPORTERS)
def importer(request: pytest.FixtureRequest) -> Importer:
    return opened(request.param)


def sample(name: str) -> Path:
    (file,) = SAMPLES.glob(f"{name}.*")
    return file


def refuses(importer: Importer, path: Path) -> None:
    """Neither known nor read, and told with the path."""
    assert not importer.knows(path)
    with pytest.raises(Malformed) as caught:
        list(importer.read(path))
    assert str(path) in str(caught.value)


def sound(talks: list[Talk]) -> None:
    """What `Talk` and `Told` promise."""
    assert len({talk.id for talk in talks}) == len(talks)
    for talk in talks:
        seen: set[str | None] = {None}
        for told in talk.messages:
            assert told.parent in seen
            assert told.id not in seen
            assert told.role in ("user", "assistant")
            assert told.text.strip()
            assert told.said_at >= 0
            for text in (told.id, told.text, told.name or "", talk.id, talk.title):
                assert clean(text) == text
            seen.add(told.id)
        assert talk.head in seen
        assert talk.messages
        assert talk.title


@pytest.mark.parametrize("name", IMPORTERS)
def test_it_has_the_name_of_its_entry_point(name: str):
    assert opened(name).name == name
    assert Importer in type(opened(name)).__mro__


@pytest.mark.parametrize("kind", STRANGE)
def test_what_is_no_export_is_refused(importer: Importer, tmp_path: Path, kind: str):
    file = tmp_path / "file.json"
    file.write_bytes(STRANGE[kind])
    refuses(importer, file)


def test_what_is_not_there_is_refused(importer: Importer, tmp_path: Path):
    refuses(importer, tmp_path / "gone.json")
    refuses(importer, tmp_path)


@pytest.mark.parametrize("name", IMPORTERS)
def test_a_sample_is_known_by_its_own_importer_alone(name: str):
    assert [other for other in IMPORTERS if opened(other).knows(sample(name))] == [name]


def test_a_sample_is_read_the_same_each_time(importer: Importer):
    talks = list(importer.read(sample(importer.name)))
    sound(talks)
    assert talks
    assert list(importer.read(sample(importer.name))) == talks


def test_a_sample_may_be_left_half_read(importer: Importer):
    next(iter(importer.read(sample(importer.name))))


@pytest.mark.parametrize("name", IMPORTERS)
@given(
    at=st.floats(0, 1),
    put=st.binary(max_size=3) | st.sampled_from([b'"', b"{", b"]", b"null", b"9"]),
    gone=st.integers(0, 9),
)
def test_a_spoilt_sample_raises_nothing_but_malformed(name: str, at: float, put: bytes, gone: int):
    whole = sample(name).read_bytes()
    cut = round(at * len(whole))
    sound(read_bytes(name, whole[:cut] + put + whole[cut + gone :]))


@pytest.mark.parametrize("name", IMPORTERS)
@given(st.recursive(st.none() | st.text(max_size=3) | st.integers(), st.lists, max_leaves=5))
def test_other_json_raises_nothing_but_malformed(name: str, raw: object):
    assert read_bytes(name, json.dumps(raw).encode()) == []


def read_bytes(name: str, data: bytes) -> list[Talk]:
    """What is read of a file that may be refused."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / sample(name).name
        file.write_bytes(data)
        opened(name).knows(file)
        try:
            return list(opened(name).read(file))
        except Malformed:
            return []
