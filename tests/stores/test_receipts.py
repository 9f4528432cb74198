"""Receipts come back from the database as they went in, and take little room there."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tertulia.stores.sql.receipts import pack, unpack

items = st.fixed_dictionaries(
    {
        "origin": st.sampled_from(["window", "message", "persona", "fact"]),
        "id": st.one_of(
            st.builds(lambda c, s: f"{c}.{s}", st.integers(1, 3), st.integers(0, 99)),
            st.text(max_size=5),
            st.sampled_from(["1.", ".1", "01.2", "1.02", "s3", "1.2.3", "\u0661.\u0662"]),
        ),
        "tokens": st.integers(0, 10_000),
        "score": st.none() | st.floats(allow_nan=False),
    }
)


@given(st.lists(items, max_size=30), st.integers())
def test_what_is_packed_comes_back_whole(listed: list[dict[str, object]], budget: int) -> None:
    receipt = {"budget": budget, "items": listed, "left_out": []}
    assert unpack(json.loads(json.dumps(pack(receipt)))) == receipt


def test_none_is_none() -> None:
    assert pack(None) is None
    assert unpack(None) == {}


def test_a_large_window_takes_a_few_bytes_a_message() -> None:
    window = [
        {"origin": "window", "id": f"12.{n}", "tokens": 40, "score": None} for n in range(3000)
    ]
    assert len(json.dumps(pack({"items": window}))) < 3000 * 9
