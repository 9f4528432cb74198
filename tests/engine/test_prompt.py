"""Promises 4 and 5: a prompt never exceeds its budget, and its receipt tells what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making import TOKENIZER, span_of, talk
from tertulia.engine import cutting, shelves
from tertulia.engine import prompt as prompts
from tertulia.engine.prompt import Assembled, assemble, cost, count
from tertulia.engine.shelves import Shelf
from tertulia.ports.memory import Gathered, Recollection
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.bot import Persona
from tertulia.values.conversation import Span, Summary
from tertulia.values.errors import PromptTooSmall
from tertulia.values.message import Message
from tertulia.values.prompt import Line

words = st.sampled_from(
    [
        "hello ",
        "tertulia ",
        "<|endoftext|>",
        "ñandú ",
        "👩‍👩‍👧",
        "漢字",
        "\n\n",
        "0" * 30,
        " x",
        "…",
    ]
)
texts = st.one_of(
    st.text(max_size=60),
    st.lists(words, max_size=80).map("".join),
    st.builds(lambda word, times: word * times, words, st.integers(1, 400)),
)
said = st.tuples(st.sampled_from(["user", "assistant"]), texts, st.none() | st.just("Ana B"))
stories = st.lists(said, min_size=1, max_size=25)


@st.composite
def scenes(draw: st.DrawFn) -> dict[str, object]:
    messages = talk(draw(stories))
    waits = draw(st.integers(1, min(4, len(messages))))
    older, waiting = messages[:-waits], messages[-waits:]
    if draw(st.booleans()) and len(older) > 1 and len(waiting) > 1:
        # The reply before was stored after the first of those that wait now.
        waiting = [older[-2], *waiting[1:]]
        older = [*older[:-2], older[-1], messages[-waits]]
    budget = draw(st.integers(0, 60) | st.integers(61, 4000))
    span = span_of(older, budget)
    hidden = draw(st.sets(st.sampled_from(older), max_size=3)) if older else set()
    heard = [m for m in older if m not in hidden]
    summary: list[Recollection] = []
    if heard and draw(st.booleans()):
        upto = draw(st.sampled_from(heard))
        summary = [summary_upto(upto, beside=[m for m in hidden if m.seq < upto.seq])]
    return {
        "persona": Persona(name="bo", instructions=draw(texts)),
        "shelves": [
            shelf("summary", summary, draw(shares)),
            shelf("facts", draw(st.lists(recollections(), max_size=4)), draw(shares)),
            shelf("recall", [quoted(m, draw(texts)) for m in older[::3]], draw(shares)),
        ],
        "span": replace(
            span,
            messages=tuple(m for m in span.messages if m not in hidden),
            hidden=tuple(m for m in span.messages if m in hidden),
        ),
        "waiting": waiting,
        "budget": budget,
        "tokenizer": TOKENIZER,
        "last": draw(st.none() | st.integers(1, 8)),
    }


shares = st.floats(0.05, 0.3)


@st.composite
def recollections(draw: st.DrawFn) -> Recollection:
    return Recollection(
        id=f"f{draw(st.integers(0, 9))}",
        text=draw(texts),
        score=draw(st.none() | st.floats(0, 9)),
        order=draw(st.integers(0, 3)),
        group=draw(st.none() | st.sampled_from(["Ana", "2023-05-08", "/x y"])),
    )


def quoted(message: Message, text: str) -> Recollection:
    return Recollection(
        id=message.id, text=text, group="today", order=message.seq, message=message.id
    )


def shelf(
    origin: str, lines: Sequence[Recollection], share: float = 0.5, most: int = 10_000
) -> Shelf:
    gathered = Gathered(heading=f"What {origin} gives:", lines=lines)
    return Shelf(origin=origin, gathered=gathered, share=share, most=most)


def summary_upto(
    message: Message, text: str = "They met.", beside: Sequence[Message] = ()
) -> Recollection:
    stands_for = Summary(
        id=3,
        conversation=message.conversation,
        audience=0,
        first=message.root,
        upto=message.seq,
        count=message.depth + 1 - len(beside),
        covered=message.path_tokens - sum(m.tokens for m in beside),
        text=text,
        tokens=TOKENIZER.count(text),
    )
    return Recollection(id="s3", text=text, stands_for=stands_for)


@settings(max_examples=400, deadline=None)
@given(scenes())
def test_the_whole_prompt_counted_again_never_exceeds_the_budget(scene: dict[str, object]) -> None:
    try:
        made = assemble(**scene)  # type: ignore[arg-type]
    except PromptTooSmall:
        assert scene["budget"] < 140  # type: ignore[operator]
        return
    recounted = count(TOKENIZER, made.prompt.lines)
    assert recounted == made.prompt.tokens == made.receipt.prompt_tokens
    assert recounted <= made.receipt.budget == scene["budget"]


@settings(max_examples=400, deadline=None)
@given(scenes())
def test_the_receipt_lists_exactly_what_is_in_the_prompt(scene: dict[str, object]) -> None:
    try:
        made = assemble(**scene)  # type: ignore[arg-type]
    except PromptTooSmall:
        return
    items = made.receipt.items
    assert sum(item.tokens for item in items) + 3 == made.receipt.prompt_tokens
    by_id = {m.id: m for m in (*scene["span"].messages, *scene["waiting"])}  # type: ignore[attr-defined, misc]
    lines = [line for line in made.prompt.lines if line.role != "system"]
    told = [item for item in items if item.origin in {"window", "message"}]
    assert len(lines) == len(told)
    cut = {left.first for left in made.receipt.left_out if left.why == prompts.CUT_MESSAGE}
    for line, item in zip(lines, told, strict=True):
        message = by_id[item.id]
        assert (line.role, line.name) == (message.role, message.name)
        assert item.tokens == cost(TOKENIZER, line.content, line.name)
        assert line.content == message.text or item.id in cut
    system = [line for line in made.prompt.lines if line.role == "system"]
    assert bool(system) == any(item.origin not in {"window", "message"} for item in items)


@settings(max_examples=400, deadline=None)
@given(scenes())
def test_nothing_is_left_out_in_silence(scene: dict[str, object]) -> None:
    try:
        made = assemble(**scene)  # type: ignore[arg-type]
    except PromptTooSmall:
        return
    waiting: Sequence[Message] = scene["waiting"]  # type: ignore[assignment]
    seen = [item for item in made.receipt.items if item.origin == "message"]
    unseen = [left for left in made.receipt.left_out if left.why == shelves.NO_ROOM]
    missed = sum(left.count for left in unseen if left.origin == "message")
    assert len(seen) + missed == len(waiting)
    assert seen[-1].id == waiting[-1].id
    span: Span = scene["span"]  # type: ignore[assignment]
    window = [item for item in made.receipt.items if item.origin == "window"]
    ranges = [left for left in made.receipt.left_out if left.origin == "window"]
    apart = {prompts.NOT_HEARD, prompts.BEHIND}
    older = [left for left in ranges if left.why not in apart]
    unheard = [left for left in ranges if left.why == prompts.NOT_HEARD]
    assert sum(left.count for left in unheard) == len(span.hidden)
    assert (made.dropped is None) == (not older)
    if not span.messages:
        assert not window
        assert not older
        return
    newest = max((*span.messages, *span.hidden), key=lambda m: m.seq)
    beside = [m for m in waiting if m.seq < newest.seq]
    assert len(window) + sum(left.count for left in ranges) == newest.depth + 1 - len(beside)
    tokens = sum(item.tokens for item in window) + sum(left.tokens for left in ranges)
    assert tokens == newest.path_tokens - sum(m.tokens for m in beside)


def made_of(
    older: Sequence[Message],
    waiting: Sequence[Message],
    budget: int,
    *,
    persona: str = "",
    memories: Sequence[Shelf] = (),
    last: int | None = None,
) -> Assembled:
    return assemble(
        persona=Persona(name="bo", instructions=persona),
        shelves=memories,
        last=last,
        span=span_of(older, budget),
        waiting=waiting,
        budget=budget,
        tokenizer=TOKENIZER,
    )


def lines_of(made: Assembled) -> list[tuple[str, str]]:
    return [(line.role, line.content) for line in made.prompt.lines]


def test_the_formula_is_the_published_one() -> None:
    assert [TOKENIZER.count(role) for role in ("system", "user", "assistant")] == [1, 1, 1]
    assert cost(TOKENIZER, "hello", None) == 5
    assert cost(TOKENIZER, "hello", "Ana") == 5 + TOKENIZER.count("Ana") + 1
    assert cost(TOKENIZER, "", "") == 4
    lines = [Line(role="system", content="hello"), Line(role="user", content="hello", name="Ana")]
    assert count(TOKENIZER, lines) == 3 + 5 + cost(TOKENIZER, "hello", "Ana")


def test_persona_then_talk_then_what_waits() -> None:
    messages = talk([("user", "one", None), ("assistant", "two", None), ("user", "three", "Ana")])
    made = made_of(messages[:2], messages[2:], 1000, persona="Be kind.")
    assert lines_of(made) == [
        ("system", "Be kind."),
        ("user", "one"),
        ("assistant", "two"),
        ("user", "three"),
    ]
    assert made.prompt.lines[-1].name == "Ana"
    assert made.prompt.purpose == "reply"
    origins = [(item.origin, item.id, item.score) for item in made.receipt.items]
    assert origins == [
        ("persona", "bo", None),
        ("window", "7.1", None),
        ("window", "7.2", None),
        ("message", "7.3", None),
    ]
    assert made.receipt.left_out == ()
    assert made.notes == ()
    assert made.dropped is None


def test_memories_share_the_system_message_with_the_persona() -> None:
    messages = talk([("user", "hi", None)])
    facts = [
        Recollection(id="f1", text="lives in Lima", score=0.5, order=2, group="Ana"),
        Recollection(id="f2", text="likes the sea", order=1, group="Ana"),
        Recollection(id="f3", text="is a gardener", order=3, group="Bo"),
    ]
    made = made_of([], messages, 1000, persona="Be kind.", memories=[shelf("facts", facts)])
    role, content = lines_of(made)[0]
    assert role == "system"
    assert content == (
        "Be kind.\n\nWhat facts gives:\n[Ana]\n- likes the sea\n- lives in Lima\n"
        "[Bo]\n- is a gardener\n"
    )
    persona, *told = made.receipt.items[:4]
    assert [(one.origin, one.id, one.score) for one in told] == [
        ("facts", "f2", None),
        ("facts", "f1", 0.5),
        ("facts", "f3", None),
    ]
    whole = cost(TOKENIZER, lines_of(made)[0][1], None)
    assert persona.tokens + sum(one.tokens for one in told) == whole
    assert persona.tokens == cost(TOKENIZER, "Be kind.", None)
    assert told[1].tokens == TOKENIZER.count("- lives in Lima\n[Ana]\n")


def test_each_memory_keeps_to_its_share_and_the_best_come_first() -> None:
    messages = talk([("user", "hi", None)])
    large = Recollection(id="f1", text="word " * 100)
    small = Recollection(id="f2", text="Ana lives in Lima.")
    made = made_of([], messages, 120, memories=[shelf("facts", [large, small], 0.3)])
    assert lines_of(made)[0] == ("system", "What facts gives:\n- Ana lives in Lima.\n")
    left = made.receipt.left_out[0]
    assert (left.origin, left.first, left.last, left.count) == ("facts", "f1", "f1", 1)
    assert left.tokens == TOKENIZER.count(f"- {large.text}\n")
    assert left.why == "its memory's share of the token budget is full"
    none = made_of([], messages, 1000, memories=[shelf("facts", [small], 0.3, most=5)])
    assert [line.role for line in none.prompt.lines] == ["user"]


def test_of_many_without_room_the_best_are_told() -> None:
    messages = talk([("user", "hi", None)])
    many = [Recollection(id=f"f{n}", text="word " * 50) for n in range(20)]
    made = made_of([], messages, 100, memories=[shelf("facts", many)])
    assert [left.first for left in made.receipt.left_out] == [f"f{n}" for n in range(8)]


def test_what_the_window_holds_is_not_quoted_too() -> None:
    messages = talk([("user", f"message {n}", None) for n in range(6)])
    quotes = [quoted(m, f"Ana: {m.text}") for m in messages[:5]]
    made = made_of(messages[:5], messages[5:], 1000, memories=[shelf("recall", quotes)])
    assert [item.origin for item in made.receipt.items] == ["window"] * 5 + ["message"]
    tight = made_of(messages[:5], messages[5:], 40, memories=[shelf("recall", quotes, 0.6)])
    told = [item.id for item in tight.receipt.items]
    assert len(told) == len(set(told))
    assert {item.origin for item in tight.receipt.items} == {"recall", "window", "message"}


def test_the_window_may_be_set_to_the_last_exchanges() -> None:
    said = [("user", "ask", None), ("assistant", "reply", None)] * 5
    messages = talk([*said, ("user", "ask", None)])
    made = made_of(messages[:-1], messages[-1:], 1000, last=3)
    assert [line.role for line in made.prompt.lines] == ["user", "assistant"] * 3 + ["user"]
    (left,) = made.receipt.left_out
    assert (left.first, left.last, left.count) == ("7.1", "7.4", 4)
    assert left.why == "beyond the last exchanges that the window is set to"
    assert made.dropped == messages[3]


def test_what_not_everybody_here_has_heard_is_passed_over_and_told() -> None:
    messages = talk([("user", f"message {n}", None) for n in range(6)])
    span = Span(messages=(messages[3], messages[1]), older=False, hidden=(messages[2], messages[0]))
    made = assemble(
        persona=Persona(name="bo", instructions=""),
        shelves=[],
        span=span,
        waiting=messages[5:],
        unheard=messages[4:5],
        budget=500,
        tokenizer=TOKENIZER,
    )
    assert [line.content for line in made.prompt.lines] == ["message 1", "message 3", "message 5"]
    told = [(left.origin, left.first, left.last, left.count) for left in made.receipt.left_out]
    assert told == [("message", "7.5", "7.5", 1), ("window", "7.1", "7.3", 2)]
    assert {left.why for left in made.receipt.left_out} == {"not everybody here has heard it"}
    assert made.notes[0].startswith("1 of the waiting messages were said before all who are here")


def test_the_earliest_are_dropped_to_the_last_token() -> None:
    messages = talk([("user", "hello", None)] * 4)
    assert [m.tokens for m in messages] == [5] * 4
    whole = made_of(messages[:3], messages[3:], 3 + 20)
    assert len(whole.prompt.lines) == 4
    made = made_of(messages[:3], messages[3:], 3 + 19)
    assert len(made.prompt.lines) == 3
    assert made.dropped == messages[0]
    left = made.receipt.left_out[0]
    assert (left.origin, left.first, left.last, left.count, left.tokens) == (
        "window",
        "7.1",
        "7.1",
        1,
        5,
    )
    assert left.why == "no room in the token budget"


def test_a_message_that_does_not_fit_hides_all_before_it() -> None:
    messages = talk([("user", "hi", None), ("user", "word " * 50, None), ("user", "hi", None)])
    made = made_of(messages[:2], messages[2:], 30)
    assert lines_of(made) == [("user", "hi")]
    assert made.receipt.left_out[0].count == 2


def test_what_a_summary_stands_for_is_told_apart_from_what_nothing_does() -> None:
    messages = talk([("user", f"message {n}", None) for n in range(10)])
    recollection = summary_upto(messages[2])
    made = made_of(messages[:9], messages[9:], 50, memories=[shelf("summary", [recollection])])
    covered, gap = made.receipt.left_out
    assert (covered.first, covered.last, covered.count) == ("7.1", "7.3", 3)
    assert covered.tokens == messages[2].path_tokens
    assert covered.why == "stood for by summary s3"
    assert made.dropped is not None
    assert (gap.first, gap.last) == ("7.4", made.dropped.id)
    assert gap.count == made.dropped.seq - 3
    assert gap.tokens == made.dropped.path_tokens - messages[2].path_tokens
    assert gap.why == "no room in the token budget"


def test_a_summary_that_reaches_into_the_window_leaves_no_gap() -> None:
    messages = talk([("user", f"message {n}", None) for n in range(10)])
    made = made_of(
        messages[:9], messages[9:], 50, memories=[shelf("summary", [summary_upto(messages[8])])]
    )
    assert made.dropped is not None
    (only,) = made.receipt.left_out
    assert only.why == "stood for by summary s3"
    assert (only.first, only.last) == ("7.1", made.dropped.id)
    assert only.count == made.dropped.depth + 1
    assert only.tokens == made.dropped.path_tokens


def test_the_newest_message_alone_too_large_is_cut_with_a_mark_and_told() -> None:
    text = "begin " + "middle " * 500 + "end"
    (message,) = talk([("user", text, "Ana")])
    made = made_of([], [message], 100)
    line = made.prompt.lines[0]
    assert line.name == "Ana"
    assert line.content.startswith("begin middle")
    assert line.content.endswith("middle end")
    assert "tokens were cut out here to fit" in line.content
    head, tail = line.content.split("\n[… ")[0], line.content.split(" …]\n")[1]
    assert 1.5 < TOKENIZER.count(head) / TOKENIZER.count(tail) < 2.5
    told = int(line.content.split("[… ")[1].split(" tokens")[0])
    kept = TOKENIZER.count(head) + TOKENIZER.count(tail)
    assert 0 <= TOKENIZER.count(text) - told - kept <= 2
    assert made.receipt.prompt_tokens in range(95, 101)
    (left,) = made.receipt.left_out
    assert (left.origin, left.first, left.last, left.count) == ("message", "7.1", "7.1", 1)
    assert left.tokens == message.tokens - made.receipt.items[0].tokens
    assert left.why == "cut: this message alone is larger than the token budget"
    (note,) = made.notes
    assert note == (
        f"Your message was longer than I can read at once: {left.tokens} of its "
        f"{message.tokens} tokens were cut from its middle."
    )


def test_a_message_that_just_fits_is_not_cut() -> None:
    (message,) = talk([("user", "word " * 20, None)])
    assert made_of([], [message], message.tokens + 3).prompt.lines[0].content == message.text
    assert made_of([], [message], message.tokens + 2).receipt.left_out


def test_a_long_persona_is_cut_to_half_of_the_budget_and_told() -> None:
    (message,) = talk([("user", "hi", None)])
    persona = "kind " * 300
    made = made_of([], [message], 203, persona=persona)
    system = made.prompt.lines[0].content
    assert system.startswith("kind kind")
    assert system.endswith("\n[… the rest of these instructions was cut to fit …]")
    assert 95 <= cost(TOKENIZER, system, None) <= 100
    left = made.receipt.left_out[0]
    assert (left.origin, left.first, left.count) == ("persona", "bo", 1)
    assert left.tokens == TOKENIZER.count(persona) - TOKENIZER.count(system)
    assert left.why == "cut: instructions get at most half of the token budget"
    whole = "a" + " a" * 95
    assert made_of([], [message], 203, persona=whole).prompt.lines[0].content == whole
    longer = "a" + " a" * 96
    assert made_of([], [message], 203, persona=longer).prompt.lines[0].content != longer


def test_waiting_messages_without_room_are_told() -> None:
    messages = talk([("user", "word " * 10, None)] * 4)
    made = made_of([], messages, 3 + 2 * messages[0].tokens)
    assert len(made.prompt.lines) == 2
    assert [item.id for item in made.receipt.items] == ["7.3", "7.4"]
    (left,) = made.receipt.left_out
    assert (left.origin, left.first, left.last, left.count) == ("message", "7.1", "7.2", 2)
    assert left.tokens == 2 * messages[0].tokens
    assert left.why == "no room in the token budget"
    assert made.notes == (
        "2 of your waiting messages had no room beside the newest and were not read.",
    )


def test_a_reply_stored_after_what_waits_is_read_before_it() -> None:
    story = talk([("user", "one", None), ("user", "two", None), ("assistant", "reply", None)])
    older, waiting = [story[0], story[2]], [story[1]]
    made = made_of(older, waiting, 100)
    assert [content for _, content in lines_of(made)] == ["one", "reply", "two"]
    tight = made_of(older, waiting, 3 + story[1].tokens)
    (left,) = tight.receipt.left_out
    assert (left.first, left.last, left.count) == ("7.1", "7.3", 2)
    assert left.tokens == story[0].tokens + story[2].tokens


def test_a_message_of_another_window_counts_for_nothing() -> None:
    story = talk([("user", "hello", None)] * 3, first=5)
    (stray,) = talk([("user", "before /new", None)], first=2)
    made = assemble(
        persona=Persona(name="bo", instructions=""),
        shelves=[],
        span=span_of(story[:2], 100),
        waiting=[stray, story[2]],
        budget=3 + story[2].tokens + stray.tokens + 2,
        tokenizer=TOKENIZER,
    )
    (left,) = made.receipt.left_out
    assert (left.count, left.tokens) == (2, 10)


@pytest.mark.parametrize("budget", [-5, 0, 3, 7, 15])
def test_a_budget_too_small_for_anything_is_told(budget: int) -> None:
    (message,) = talk([("user", "word " * 100, None)])
    with pytest.raises(
        PromptTooSmall, match=r"tokens for the newest .*, or shorten the persona\.$"
    ):
        made_of([], [message], budget)


class Awkward(Tokenizer):
    """One token a character and one for every ten: the whole is more than the sum of its parts."""

    name = "awkward"

    def count(self, text: str) -> int:
        return len(text) + len(text) // 10

    def head(self, text: str, tokens: int) -> str:
        kept = max(tokens, 0)
        while self.count(text[:kept]) > max(tokens, 0):
            kept -= 1
        return text[:kept]

    def tail(self, text: str, tokens: int) -> str:
        return self.head(text[::-1], tokens)[::-1]


@pytest.mark.parametrize("room", range(100, 160))
def test_a_cut_whose_parts_cost_more_together_still_fits(room: int) -> None:
    cut = cutting.cut_middle(Awkward(), "begin " + "x" * 1000 + " end", room)
    assert room - 6 <= Awkward().count(cut) <= room
    assert cut.startswith("begin ")
    assert cut.endswith(" end")


@pytest.mark.parametrize("room", range(100, 160))
def test_a_persona_whose_mark_costs_more_with_it_still_fits(room: int) -> None:
    tokenizer = Awkward()
    text = cutting.cut_end(tokenizer, "x" * 500, room)
    assert text.endswith(cutting.PERSONA_CUT)
    assert room - 3 <= tokenizer.count(text) <= room


def test_a_persona_without_any_room_is_left_out_and_told() -> None:
    (message,) = talk([("user", "hi", None)])
    made = made_of([], [message], 30, persona="kind " * 300)
    assert lines_of(made) == [("user", "hi")]
    (left,) = made.receipt.left_out
    assert (left.origin, left.tokens) == ("persona", TOKENIZER.count("kind " * 300))
    assert cutting.cut_end(TOKENIZER, "kind " * 300, 5) == ""


def test_what_waits_within_a_summary_s_stretch_is_not_counted_twice() -> None:
    story = talk([("user", f"message {n}", None) for n in range(12)])
    waiting = [story[2], story[11]]
    older = [message for message in story[:11] if message is not story[2]]
    made = made_of(older, waiting, 60, memories=[shelf("summary", [summary_upto(story[4])])])
    covered, gap = made.receipt.left_out
    assert (covered.first, covered.last, covered.count) == ("7.1", "7.5", 4)
    assert covered.tokens == story[4].path_tokens - story[2].tokens
    assert made.dropped is not None
    assert (gap.first, gap.last) == ("7.6", made.dropped.id)
    assert gap.count == made.dropped.depth - 4
    assert gap.tokens == made.dropped.path_tokens - story[4].path_tokens


def test_the_smallest_cut_keeps_something() -> None:
    (message,) = talk([("user", "word " * 100, None)])
    smallest = next(budget for budget in range(100) if _fits(message, budget))
    content = made_of([], [message], smallest).prompt.lines[0].content
    assert "cut out here" in content
    assert content.replace(cutting.CUT.format(tokens=100), "")
    assert all(_fits(message, budget) for budget in range(smallest, 110))


def _fits(message: Message, budget: int) -> bool:
    try:
        made_of([], [message], budget)
    except PromptTooSmall:
        return False
    return True


def test_the_same_arguments_give_the_same_prompt() -> None:
    messages = talk([("user", "one", None), ("assistant", "two", None), ("user", "three", None)])
    assert made_of(messages[:2], messages[2:], 50) == made_of(messages[:2], messages[2:], 50)


def test_a_summary_is_left_aside_where_the_talk_has_room() -> None:
    messages = talk([("user", "hello", None)] * 5)
    fact = Recollection(id="f1", text="Ana lives in Lima.")
    told = [shelf("summary", [summary_upto(messages[1], "Hi.")], 0.9), shelf("facts", [fact], 0.4)]
    room = 4 * messages[0].tokens
    whole = made_of(messages[:4], messages[4:], 3 + 5 + 4 * (room + 1), memories=told)
    assert next(item.origin for item in whole.receipt.items) == "facts"
    assert whole.receipt.left_out == ()
    exact = made_of(messages[:4], messages[4:], 3 + 5 + room, memories=told[:1])
    assert [item.origin for item in exact.receipt.items] == ["window"] * 4 + ["message"]
    less = made_of(messages[:4], messages[4:], 3 + 5 + room - 1, memories=told[:1])
    assert next(item.origin for item in less.receipt.items) == "summary"


def test_a_summary_stays_where_the_store_holds_more_than_was_read() -> None:
    messages = talk([("user", "hello", None)] * 5)
    span = Span(messages=(messages[3],), older=True)
    made = assemble(
        persona=Persona(name="bo", instructions=""),
        shelves=[shelf("summary", [summary_upto(messages[2])])],
        span=span,
        waiting=messages[4:],
        budget=200,
        tokenizer=TOKENIZER,
    )
    assert [item.origin for item in made.receipt.items] == ["summary", "window", "message"]
