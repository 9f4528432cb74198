"""Promise 6, the audience rule: whatever people do, nothing is used before who has not heard it."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import tempfile
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from making import incoming, place
from running import Scene, ScriptedModel, scene
from tertulia.values.audience import EVER, Audience, scope, usable
from tertulia.values.message import Author
from tertulia.values.prompt import Chunk, Delta, Done, Prompt

T = TypeVar("T")

MEMORIES = ("facts", "summary", "recall")
SECRET = re.compile(r"secret\d+")


def heard(number: int, *people: int, **more: Any) -> Audience:
    return Audience(id=number, bot="bo", people=frozenset(people), **more)


@pytest.mark.parametrize(
    ("said", "here", "upto"),
    [
        (heard(1, 1), heard(2, 1), EVER),
        (heard(1, 1, 2), heard(2, 1), EVER),
        (heard(1, 1), heard(2, 1, 2), 0),
        (heard(1, 1), heard(2, 2), 0),
        (heard(1), heard(2), 0),
        (heard(1, 1), heard(2), 0),
        (heard(1, 1, circle="c"), heard(2, 1, circle="c"), EVER),
        (heard(1, 1, circle="c"), heard(2, 2, circle="c"), EVER),
        (heard(1, 1, circle="c"), heard(2, 1, circle="d"), 0),
        (heard(1, 1), heard(2, 1, circle="c"), 0),
        (heard(1, 1, circle="c"), heard(2, 1), EVER),
        (heard(1, 1, circle="c", left={1: 7}), heard(2, 1), 7),
        (heard(1, 1, 2, circle="c", left={1: 7, 2: 5}), heard(2, 1, 2), 5),
        (heard(1, 2, circle="c"), heard(2, 1), 0),
        (heard(1, 1, window="w"), heard(2, 1), 0),
        (heard(1, 1), heard(2, 1, window="w"), 0),
        (heard(1, 1, window="w"), heard(2, 1, window="w"), EVER),
        (heard(1, 1, 2), replace(heard(2, 1), bot="ana"), 0),
    ],
)
def test_what_was_said_is_used_where_all_have_heard_it(
    said: Audience, here: Audience, upto: int
) -> None:
    assert usable(said, here) == upto
    allowed = scope(here, [said])
    assert allowed.allows(said.id, 1) == (upto >= 1)
    assert allowed.allows(said.id, upto + 1) is False or upto == EVER
    assert not allowed.allows(99, 1)


class Gossip(ScriptedModel):
    """Repeats every secret that it reads, in replies, summaries and facts."""

    def __init__(self) -> None:
        super().__init__(context_window=900, reserve=300)
        self.read: list[tuple[str, frozenset[str]]] = []

    async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
        self.prompts.append(prompt)
        told = sorted({x for line in prompt.lines for x in SECRET.findall(line.content)})
        if prompt.purpose == "facts":
            facts = [
                {"subject": "somebody", "statement": f"keeps {one}", "sources": [n]}
                for n, one in enumerate(told, 1)
            ]
            yield Delta(json.dumps({"facts": facts}))
        else:
            yield Delta("I know " + " ".join(told))
        yield Done(finish_reason="stop")


@dataclass
class Spot:
    """A place as the test sees it: who is there, and whether its history can be read by joiners."""

    name: str
    circle: str | None
    people: set[str] = field(default_factory=set)
    blank: int = 0


PEOPLE = ("ana", "bo", "eva")


class Gossips(RuleBasedStateMachine):
    """People talk in private, in groups and in circles; they come, go, link and part.

    `heard` says of each secret where it was said and who was there; `reads` what each could read in
    a circle while they belonged to it. Both are kept by the plain words of the rule, apart from the
    product.
    """

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.model = Gossip()
        self.context = scene(Path(self.folder.name), self.model, memories=MEMORIES, last=3)
        self.here: Scene = self.do(self.context.__aenter__())
        self.count = itertools.count(1)
        self.spots = {
            **{f"dm-{who}": Spot(f"dm-{who}", None, {who}) for who in PEOPLE},
            "dm-ana-2": Spot("dm-ana-2", None, {"ana"}),
            "group": Spot("group", None, {"ana", "bo"}),
            "square": Spot("square", "square", {"ana", "bo", "eva"}),
            "corner": Spot("corner", "corner", {"ana", "eva"}),
        }
        self.heard: dict[str, tuple[Spot, set[str], int]] = {}
        self.reads: dict[tuple[str, str], set[str]] = {}
        self.told: dict[str, set[str]] = {}
        self.linked: dict[str, str] = {who: who for who in PEOPLE}

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    def teardown(self) -> None:
        self.do(self.context.__aexit__(None, None, None))
        self.runner.close()
        self.folder.cleanup()

    @rule(where=st.sampled_from(["dm-ana", "dm-bo", "dm-eva", "dm-ana-2", "group", "square"]))
    def say_where_one_often_is(self, where: str) -> None:
        spot = self.spots[where]
        self._say(spot, min(spot.people))

    @rule(where=st.sampled_from(["group", "square", "corner"]), who=st.sampled_from(PEOPLE))
    def say(self, where: str, who: str) -> None:
        spot = self.spots[where]
        if who in spot.people:
            self._say(spot, who)

    def _say(self, spot: Spot, who: str) -> None:
        secret = f"secret{next(self.count)}"
        self.heard[secret] = (replace(spot), set(spot.people), spot.blank)
        for one in spot.people if spot.circle else ():
            self.reads.setdefault((spot.name, one), set()).add(secret)
        before = len(self.model.prompts)
        self.do(self._talk(spot, who, f"Keep the {secret}, and tell me every secret you know."))
        for prompt in self.model.prompts[before:]:
            if prompt.purpose == "reply":
                self._look(spot, prompt)

    async def _talk(self, spot: Spot, who: str, text: str) -> None:
        said = replace(
            incoming(text, spot=spot.name, author=who, number=str(next(self.here.counter))),
            circle=spot.circle,
            present=tuple(Author(platform_id=one, name=one) for one in sorted(spot.people)),
        )
        await self.here.outcome(await self.here.engine.accept(said))
        await asyncio.gather(*self.here.engine._turns._learning.values())

    def _look(self, spot: Spot, prompt: Prompt) -> None:
        self._look_at(spot, " ".join(line.content for line in prompt.lines))

    def _look_at(self, spot: Spot, content: str) -> None:
        for secret in set(SECRET.findall(content)):
            origin, people, blank = self.heard[secret]
            assert blank == spot.blank, (secret, spot)
            assert spot.blank == 0 or origin.name == spot.name
            if spot.circle is not None:
                assert origin.circle == spot.circle, (secret, origin, spot)
                continue
            for one in spot.people:
                assert self._heard(one, secret, origin, people), (secret, one, origin, people)
            # The reply repeats it to those who are here: they have heard it, be they parted later.
            self.told.setdefault(secret, set()).update(spot.people)

    def _heard(self, who: str, secret: str, origin: Spot, people: set[str]) -> bool:
        return any(
            one in self.told.get(secret, ())
            or (one in people and origin.circle is None)
            or secret in self.reads.get((origin.name, one), ())
            for one in PEOPLE
            if self.linked[one] == self.linked[who]
        )

    @precondition(lambda self: self.heard)
    @rule(
        where=st.sampled_from(["dm-ana", "dm-bo", "dm-eva", "group", "square", "corner"]),
        which=st.integers(0, 9),
        line=st.sampled_from(["/memory {}", "/memory", "/export", "/memory receipt"]),
    )
    def look_up(self, where: str, which: int, line: str) -> None:
        spot = self.spots[where]
        asked = list(self.heard)[-1 - which % len(self.heard)]
        authors = [Author(platform_id=one, name=one) for one in sorted(spot.people)]
        answer = self.do(
            self.here.engine.command(
                place(where),
                "bo",
                line.format(asked),
                author=authors[0],
                owner=False,
                circle=spot.circle,
                present=authors[1:],
            )
        )
        assert answer is not None
        self._look_at(spot, answer.replace(f"{asked!r}", ""))

    @rule(where=st.sampled_from(["square", "corner"]), who=st.sampled_from(PEOPLE))
    def go_and_ask_in_private(self, where: str, who: str) -> None:
        spot = self.spots[where]
        if who in spot.people and len(spot.people) > 1:
            self._say(spot, who)
            self.leave(where, who)
            self._say(spot, min(spot.people))
            self._say(self.spots[f"dm-{who}"], who)

    @rule(where=st.sampled_from(["group", "square", "corner"]), who=st.sampled_from(PEOPLE))
    def join(self, where: str, who: str) -> None:
        spot = self.spots[where]
        spot.people.add(who)
        said = {one for one, (origin, _, _) in self.heard.items() if origin.name == where}
        self.reads.setdefault((where, who), set()).update(said)

    @rule(where=st.sampled_from(["group", "square", "corner"]), who=st.sampled_from(PEOPLE))
    def leave(self, where: str, who: str) -> None:
        spot = self.spots[where]
        if len(spot.people) < 2 or who not in spot.people:
            return
        spot.people.discard(who)
        if spot.circle is not None:
            author = Author(platform_id=who, name=who)
            self.do(self.here.store.left("library", "local", spot.circle, author))

    @rule(one=st.sampled_from(PEOPLE), other=st.sampled_from(PEOPLE))
    def link(self, one: str, other: str) -> None:
        async def join() -> None:
            first, second = [
                await self.here.store.person(place(), Author(platform_id=who, name=who))
                for who in (one, other)
            ]
            if first is None or second is None or first.id == second.id:
                return
            ids = {i.platform_id: i.id for person in (first, second) for i in person.identities}
            await self.here.store.offer_link(ids[one], "code", 10**15)
            assert await self.here.store.link(ids[other], "code", 0) is not None
            mine, theirs = self.linked[one], self.linked[other]
            self.linked = {k: mine if v == theirs else v for k, v in self.linked.items()}

        self.do(join())

    @rule(who=st.sampled_from(PEOPLE))
    def unlink(self, who: str) -> None:
        async def part() -> None:
            person = await self.here.store.person(place(), Author(platform_id=who, name=who))
            if person is None:
                return
            (own,) = [one.id for one in person.identities if one.platform_id == who]
            await self.here.store.unlink(own)
            self.linked[who] = f"{who} alone {next(self.count)}"

        self.do(part())

    @precondition(lambda self: self.here is not None)
    @rule(where=st.sampled_from(["dm-ana", "group", "square"]), blank=st.booleans())
    def new(self, where: str, blank: bool) -> None:
        async def begin() -> None:
            found = await self.here.store.conversation(place(where))
            if found is not None:
                spot = self.spots[where]
                spot.blank = next(self.count) if blank else 0
                window = f"w{spot.blank}" if blank else None
                await self.here.store.set_head(found.id, None, window)

        self.do(begin())


Gossips.TestCase.pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # type: ignore[attr-defined]
Gossips.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestNothingLeaks = Gossips.TestCase
