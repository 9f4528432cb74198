"""How much of the evidence of LoCoMo's questions is recalled, by the product's own parts.

bench/locomo.py --data FILE [--json] [--embed BASE_URL [--model NAME]]

Each conversation of the file is stored as one of its two speakers and nobody else, and indexed;
then every question is asked within it. recall@k is the mean, over questions, of the share of a
question's evidence among the first k messages found; budget@B the share of questions all of whose
evidence is quoted whole in the section of a prompt that is laid out within B tokens. A token is
1.3 of a word over every rendered byte: heading, dates, speakers, captions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tertulia.embedders.openai import OpenAIEmbedder
from tertulia.engine.prompt import cost
from tertulia.engine.shelves import Chosen, Shelf, fill
from tertulia.memories.recall import RecallMemory
from tertulia.ports.clock import Clock
from tertulia.ports.memory import Gathered, Scene
from tertulia.ports.tokenizer import Tokenizer
from tertulia.stores.sql.sqlite import SQLiteStore
from tertulia.tokenizers.o200k import O200k
from tertulia.values.audience import Scope
from tertulia.values.bot import ModelSpec
from tertulia.values.conversation import Conversation, Span
from tertulia.values.message import Author, Incoming, Measured, Message, Place, message_id

CUTS = (5, 10, 20, 50)
BUDGETS = (500, 1000, 2000, 4000)
TOKENS_PER_WORD = 1.3
KINDS = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
NAMES = tuple(f"recall@{cut}" for cut in CUTS) + tuple(f"budget@{most}" for most in BUDGETS)
TOGETHER = 512


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of the benchmark."""

    mark: tuple[int, int]
    speaker: str
    text: str
    said_at: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the benchmark with the marks of the messages that are its evidence."""

    text: str
    kind: str
    evidence: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation of the benchmark."""

    speakers: tuple[str, str]
    turns: tuple[Turn, ...]
    asked: tuple[Asked, ...]


def load(path: Path) -> list[Talk]:
    """The conversations of a file."""
    return [_talk(sample) for sample in json.loads(path.read_text(encoding="utf-8"))]


def _talk(sample: dict[str, Any]) -> Talk:
    said = sample["conversation"]
    turns = tuple(_turns(said))
    there = {turn.mark for turn in turns}
    asked = (
        Asked(one["question"], KINDS[one["category"]], frozenset(_marks(*one["evidence"])) & there)
        for one in sample["qa"]
    )
    speakers = (said["speaker_a"], said["speaker_b"])
    return Talk(speakers, turns, tuple(one for one in asked if one.evidence))


def _turns(said: dict[str, Any]) -> Iterator[Turn]:
    for session in sorted(int(key[8:]) for key in said if re.fullmatch(r"session_\d+", key)):
        began = _milliseconds(said[f"session_{session}_date_time"])
        for at, turn in enumerate(said[f"session_{session}"]):
            caption = turn.get("blip_caption")
            shared = f" [shares a photo: {caption}]" if caption else ""
            (mark,) = _marks(turn["dia_id"])
            yield Turn(mark, turn["speaker"], turn["text"] + shared, began + 1000 * at)


def _marks(*told: str) -> list[tuple[int, int]]:
    """Marks as numbers of session and turn: `D8:6; D9:17`, `D:11:26` and `D30:05` too."""
    found = (re.findall(r"D:?(\d+):(\d+)", one) for one in told)
    return [(int(session), int(turn)) for group in found for session, turn in group]


def _milliseconds(text: str) -> int:
    """A session's date, such as `1:56 pm on 8 May, 2023`."""
    moment = datetime.strptime(text, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


class Words(Tokenizer):
    """Counts words: so the product's own assembly keeps to a number of them."""

    name = "words"

    def count(self, text: str) -> int:
        return len(text.split())

    def head(self, text: str, tokens: int) -> str:
        return " ".join(text.split()[:tokens])

    def tail(self, text: str, tokens: int) -> str:
        return " ".join(text.split()[-tokens:])


class LaterClock(Clock):
    """Some day after all that was said."""

    def now(self) -> int:
        return 1_750_000_000_000


class Kept:
    """A conversation of the benchmark in the store."""

    def __init__(self, talk: Talk, number: int) -> None:
        self.talk = talk
        self.place = Place(channel="library", account="local", spot=str(number))
        self.authors = {
            name: Author(platform_id=f"{number}-{name}", name=name) for name in talk.speakers
        }
        self.ids: dict[tuple[int, int], str] = {}

    async def fill(self, store: SQLiteStore, tokenizer: Tokenizer) -> None:
        """Accept all messages, as the product does."""
        turns = self.talk.turns
        for at in range(0, len(turns), TOGETHER):
            some = turns[at : at + TOGETHER]
            accepts = (store.accept(self._measured(turn, tokenizer), turn.said_at) for turn in some)
            for turn, accepted in zip(some, await asyncio.gather(*accepts), strict=True):
                self.ids[turn.mark] = message_id(accepted.conversation, accepted.seq)
        found = await store.conversation(self.place)
        assert found is not None
        self.conversation: Conversation = found
        self.scope: Scope = await store.scope(found.audience)

    def _measured(self, turn: Turn, tokenizer: Tokenizer) -> Measured:
        incoming = Incoming(
            place=self.place,
            bot="bo",
            author=self.authors[turn.speaker],
            platform_id=f"{self.place.spot}-{turn.mark}",
            text=turn.text,
            name=turn.speaker,
            said_at=turn.said_at,
            unanswered="imported",
            present=tuple(one for name, one in self.authors.items() if name != turn.speaker),
        )
        return Measured(incoming=incoming, tokens=cost(tokenizer, turn.text, turn.speaker))

    def scene(self, text: str) -> Scene:
        """A turn in which somebody else asks this."""
        waiting = Message(
            conversation=0,
            seq=0,
            parent=None,
            root=0,
            depth=0,
            path_tokens=0,
            role="user",
            name=None,
            text=text,
            tokens=0,
            said_at=LaterClock().now(),
            audience=self.conversation.audience,
        )
        return Scene(
            conversation=self.conversation,
            scope=self.scope,
            span=Span(messages=(), older=True),
            waiting=(waiting,),
            budget=0,
            model="none",
            now=waiting.said_at,
            generation=0,
            complete=_no_model,
        )


async def _no_model(_prompt: object) -> str:
    raise AssertionError("the bench asks no model")


def within(gathered: Gathered, budget: int) -> Chosen:
    """The section that the product lays out within a budget, in tokens of 1.3 words."""
    shelf = Shelf(origin="recall", gathered=gathered, share=1.0, most=sys.maxsize)
    (chosen,) = fill([shelf], Words(), int(budget / TOKENS_PER_WORD), (), whole=False)
    assert len(chosen.render().split()) * TOKENS_PER_WORD <= budget
    return chosen


def measure(wanted: Sequence[str], texts: dict[str, str], found: Sequence[str], gathered: Gathered):
    """The figures of one question, of which the messages `wanted` are the evidence."""
    figures = {
        f"recall@{cut}": len(set(wanted).intersection(found[:cut])) / len(wanted) for cut in CUTS
    }
    for budget in BUDGETS:
        chosen = within(gathered, budget)
        section = chosen.render()
        held = {line.message for line, _ in chosen.lines}
        whole = all(one in held and " ".join(texts[one].split()) in section for one in wanted)
        figures[f"budget@{budget}"] = float(whole)
    return figures


async def run(talks: Sequence[Talk], embedder: OpenAIEmbedder | None) -> dict[str, Any]:
    """All figures, in percent."""
    figures = defaultdict[str, list[dict[str, float]]](list)
    spent: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        store, tokenizer = SQLiteStore(Path(folder) / "locomo.db"), O200k()
        await store.open()
        memory = RecallMemory(store, tokenizer, LaterClock(), embedder=embedder, patience=60)
        kept = [Kept(talk, number) for number, talk in enumerate(talks)]
        for one in kept:
            await one.fill(store, tokenizer)
        for _ in range(sum(len(talk.turns) for talk in talks) // TOGETHER + 1):
            await memory.learn(kept[0].scene(""))  # as behind so many replies
        for one in kept:
            texts = {one.ids[turn.mark]: turn.text for turn in one.talk.turns}
            for asked in one.talk.asked:
                began = time.perf_counter()
                found = await memory.find(one.scope, asked.text)
                spent.append((time.perf_counter() - began) * 1000)
                gathered = await memory.gather(one.scene(asked.text))
                wanted = [one.ids[mark] for mark in asked.evidence]
                ids = [match.message.id for match, _ in found.ranked]
                figures[asked.kind].append(measure(wanted, texts, ids, gathered))
        await store.close()
    if embedder is not None:
        await embedder.close()
    return _summed(figures, spent)


def _summed(figures: dict[str, list[dict[str, float]]], spent: Sequence[float]) -> dict[str, Any]:
    by_kind = {kind: figures[kind] for kind in KINDS.values() if kind in figures}
    return {
        **_means([one for group in by_kind.values() for one in group]),
        "ms_p50": round(statistics.median(spent), 2),
        "ms_p95": round(sorted(spent)[int(len(spent) * 0.95)], 2),
        "by_category": {kind: _means(group) for kind, group in by_kind.items()},
    }


def _means(group: Sequence[dict[str, float]]) -> dict[str, float]:
    means = {name: round(100 * statistics.fmean(one[name] for one in group), 1) for name in NAMES}
    return {"questions": len(group), **means}


def table(summed: dict[str, Any]) -> str:
    """The figures for a person."""
    lines = [f"{'':<12}{'n':>5}" + "".join(f"{name:>13}" for name in NAMES)]
    for kind, group in [("all", summed), *summed["by_category"].items()]:
        values = "".join(f"{group[name]:>13.1f}" for name in NAMES)
        lines.append(f"{kind:<12}{group['questions']:>5}{values}")
    return "\n".join([*lines, "", f"ms a question: p50 {summed['ms_p50']}, p95 {summed['ms_p95']}"])


def main() -> None:
    """Measure, and print; the dates of the file are of no place, and are read as UTC's."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a file of LoCoMo")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--embed", metavar="BASE_URL", help="a server that speaks /embeddings")
    parser.add_argument("--model", default="embeddings", help="the model to ask it for")
    given = parser.parse_args()
    embedder = None
    if given.embed:
        spec = ModelSpec(provider="openai", name=given.model, base_url=given.embed)
        embedder = OpenAIEmbedder(spec)
    summed = asyncio.run(run(load(given.data), embedder))
    print(json.dumps(summed) if given.json else table(summed))


if __name__ == "__main__":
    main()
