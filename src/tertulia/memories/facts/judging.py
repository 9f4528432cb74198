"""Decides what of a model's claims becomes a fact: only what people told, each time from a source.

Pure. A claim counts where the words of its statement stand in the messages that it names, outside
of what those only ask, order or keep secret; or in the bot's line directly before a message that
says yes to it. So what a model makes up, remembers or was talked into is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from tertulia.memories.facts.claims import Claim
from tertulia.memories.facts.junk import READ, confirms, is_bot, refusal, told, told_by_bot
from tertulia.memories.facts.turning import parts
from tertulia.memories.facts.words import (
    bare,
    forms,
    meaning,
    occurs,
    one_line,
    subject_words,
    table,
    telling,
    words,
)
from tertulia.values.fact import Fact, Learned, Repeated, Unread
from tertulia.values.message import Message

Change = Learned | Repeated

_SUBJECT: Final = 80
"""Characters of the longest subject; a longer one is no name."""

_SPEAKER: Final = table("i me speaker user person human yo usuario persona")
"""Words by which a model names whoever speaks."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the claims are held against.

    `numbered` are the messages of people by the numbers that the model saw; `speakers` what each
    is called; `believed` the facts of the same audience that hold. Texts are taken apart once.
    """

    unread: Unread
    numbered: Mapping[int, Message]
    speakers: Mapping[int | None, str]
    believed: Sequence[Fact]
    bot: str

    @cached_property
    def named(self) -> frozenset[str]:
        """All that a subject may be called by: what people said, their names, known subjects."""
        read = (*self.unread.before, *self.unread.messages)
        spoken = [message.text[:READ] for message in read if message.role == "user"]
        known = [fact.subject for fact in self.believed]
        return forms(words(" ".join([*spoken, *self.speakers.values(), *known])))

    @cached_property
    def told(self) -> Mapping[int, tuple[frozenset[str], frozenset[str]]]:
        """By its number, what each message says or confirms, and what it denies."""
        return {number: _told(message, self.unread) for number, message in self.numbered.items()}

    @cached_property
    def asked(self) -> Mapping[int, frozenset[str]]:
        """By its number, what the bot had said directly before a message."""
        before = {n: _before(message, self.unread) for n, message in self.numbered.items()}
        return {
            number: forms(words(line.text[:READ]))
            for number, line in before.items()
            if line is not None and line.role == "assistant"
        }


def judge(claims: Iterable[Claim], heard: Heard) -> list[Change]:
    """The changes that are kept, in the order told; each is held against those before it."""
    checked = [_checked(claim, heard) for claim in claims]
    kept = [learned for learned in checked if isinstance(learned, Learned)]
    kept.sort(key=lambda learned: max(learned.sources))
    changes: list[Change] = []
    for learned in kept:
        change = _against(learned, heard.believed)
        if isinstance(change, Repeated) or not _join(change, changes):
            changes.append(change)
    return changes


def why_not(claim: Claim, heard: Heard) -> str | None:
    """Why a claim is no fact, or None where it is one."""
    found = _checked(claim, heard)
    return found if isinstance(found, str) else None


def _checked(claim: Claim, heard: Heard) -> Learned | str:
    """What a claim tells, with all that it wants to replace; or why it is no fact."""
    subject, about = _subject(claim, heard)
    statement = _statement(claim)
    if refused := refusal(subject, statement):
        return refused
    if about is None and is_bot(subject, heard.bot):
        return "about the bot"
    if about is None and not _subject_told(subject, claim, heard):
        return "its subject was not spoken of"
    sources = _sources(claim, statement, heard)
    if not sources:
        return "not told in its sources"
    own = about is None or all(source.author == about for source in sources)
    return Learned(
        subject=subject,
        about=about,
        # What one participant tells of another neither ends nor hides what that one told.
        slot=claim.slot if own else None,
        statement=statement,
        sources=tuple(source.number for source in sources),
        valid_from=sources[0].said_at,
        closes=claim.replaces if own else (),
    )


def _statement(claim: Claim) -> str:
    return one_line(claim.statement, len(claim.statement) + 1).rstrip(" .")


def _subject(claim: Claim, heard: Heard) -> tuple[str, int | None]:
    """The subject, and whose identity it is where it is one of the speakers."""
    for wanted in filter(None, (claim.about, claim.subject)):
        for author, name in heard.speakers.items():
            if bare(name) == bare(wanted):
                return name, author
    subject = one_line(claim.subject, _SUBJECT).replace('"', "'")
    source = heard.numbered.get(claim.sources[0])
    named = set(words(subject)) - {"the"}
    if source is not None and named and named <= _SPEAKER:
        return heard.speakers[source.author], source.author
    return subject, None


def _sources(claim: Claim, statement: str, heard: Heard) -> list[Message]:
    """Those of its sources that hold a word of the statement; none where a word is in no one."""
    numbers = [number for number in sorted(set(claim.sources)) if number in heard.numbered]
    found = _holding(numbers, statement, heard)
    _, about = _subject(claim, heard)
    own = [number for number in found if heard.numbered[number].author == about]
    if own and len(own) < len(found):
        # What one tells of oneself needs nobody else, where it is all there.
        found = _holding(own, statement, heard) or found
    return [heard.numbered[number] for number in found]


def _holding(numbers: Sequence[int], statement: str, heard: Heard) -> list[int]:
    """Those of these messages that say a word of it in its sense; none where one is missing."""
    wanted = telling(statement) or [word for word in words(statement) if len(word) > 3]
    senses = parts(statement)
    missing, found = set(wanted), list[int]()
    for number in numbers:
        held = {
            word
            for said, spoken in zip(senses, heard.told[number], strict=True)
            for word in wanted
            if word in said and occurs(word, spoken)
        }
        if held:
            found.append(number)
            missing -= held
    return [] if missing else found


def _told(message: Message, unread: Unread) -> tuple[frozenset[str], frozenset[str]]:
    """The words that a message tells, or confirms of the bot's line before it; and denies."""
    text = told(message.text)
    before = _before(message, unread)
    if before is not None and before.role == "assistant" and confirms(message.text):
        text = f"{text}\n{told_by_bot(before.text)}"
    said, denied = parts(text)
    return forms(said), forms(denied)


def _before(message: Message, unread: Unread) -> Message | None:
    """The message that this one follows, where it is among those read."""
    return next(
        (
            other
            for other in (*unread.before, *unread.messages)
            if (other.conversation, other.seq) == (message.conversation, message.parent)
        ),
        None,
    )


def _subject_told(subject: str, claim: Claim, heard: Heard) -> bool:
    """Whether the subject's words were said by somebody, asked for, or are known already."""
    wanted = subject_words(subject)
    if not wanted or len(subject) >= _SUBJECT:
        return False
    asked = [heard.asked[number] for number in claim.sources if number in heard.asked]
    return all(any(occurs(word, held) for held in (heard.named, *asked)) for word in wanted)


def _against(learned: Learned, believed: Sequence[Fact]) -> Change:
    """A new fact with those that it closes, or one more source of a fact that says the same."""
    alike = [fact for fact in believed if _key(fact) == _key(learned)]
    same = [fact for fact in alike if meaning(fact.statement) == meaning(learned.statement)]
    closes = [fact for fact in alike if fact not in same and _ends(learned, fact)]
    if same and not closes:
        return Repeated(fact=same[0].id, sources=learned.sources)
    return replace(learned, closes=tuple(fact.id for fact in (*same, *closes)))


def _ends(learned: Learned, fact: Fact) -> bool:
    """Whether both cannot hold: of one slot, or replaced as the model says and of one thing."""
    if learned.slot is not None and fact.slot == learned.slot:
        return True
    held = forms(telling(fact.statement))
    return fact.id in learned.closes and any(
        occurs(word, held) for word in telling(learned.statement)
    )


def _key(fact: Fact | Learned) -> tuple[int | None, str]:
    """What two facts share that are about the same."""
    return fact.about, "" if fact.about is not None else " ".join(
        sorted(subject_words(fact.subject))
    )


def _join(change: Learned, changes: list[Change]) -> bool:
    """Whether the same is among `changes` already; that one then gets these sources too."""
    for index, other in enumerate(changes):
        if isinstance(other, Learned) and _says_the_same(other, change):
            sources = tuple(sorted({*other.sources, *change.sources}))
            changes[index] = replace(other, sources=sources)
            return True
    return False


def _says_the_same(one: Learned, other: Learned) -> bool:
    return _key(one) == _key(other) and meaning(one.statement) == meaning(other.statement)
