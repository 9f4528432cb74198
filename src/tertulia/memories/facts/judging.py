"""Decides what of a model's claims becomes a fact: only what people told, each time from a source.

Pure. A claim counts where the words of its statement stand in the messages that it names, outside
of what those only ask, order or keep secret; or in the bot's line directly before a message that
says yes to it. So what a model makes up, remembers or was talked into is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tertulia.memories.facts.claims import Claim
from tertulia.memories.facts.junk import confirms, is_bot, refusal, told, told_by_bot
from tertulia.memories.facts.words import (
    bare,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the claims are held against.

    `numbered` are the messages of people by the numbers that the model saw; `speakers` what each
    is called; `believed` the facts of the same audience that hold.
    """

    unread: Unread
    numbered: Mapping[int, Message]
    speakers: Mapping[int | None, str]
    believed: Sequence[Fact]
    bot: str


def judge(claims: Iterable[Claim], heard: Heard) -> list[Change]:
    """The changes that are kept, in the order told; each is held against those before it."""
    kept = [learned for claim in claims if (learned := _grounded(claim, heard)) is not None]
    kept.sort(key=lambda entry: max(entry[0].sources))
    changes: list[Change] = []
    for learned, replaces in kept:
        change = _against(learned, replaces, heard.believed)
        if isinstance(change, Repeated) or not _join(change, changes):
            changes.append(change)
    return changes


def why_not(claim: Claim, heard: Heard) -> str | None:
    """Why a claim is no fact, or None where it is one."""
    subject, about = _subject(claim, heard)
    statement = _statement(claim)
    if refused := refusal(subject, statement):
        return refused
    if about is None and is_bot(subject, heard.bot):
        return "about the bot"
    if about is None and not _subject_told(subject, claim, heard):
        return "its subject was not spoken of"
    return None if _sources(claim, statement, heard) else "not told in its sources"


def _grounded(claim: Claim, heard: Heard) -> tuple[Learned, tuple[int, ...]] | None:
    if why_not(claim, heard) is not None:
        return None
    subject, about = _subject(claim, heard)
    statement = _statement(claim)
    sources = _sources(claim, statement, heard)
    own = about is None or any(source.author == about for source in sources)
    learned = Learned(
        subject=subject,
        about=about,
        # What one participant tells of another neither ends nor hides what that one told.
        slot=claim.slot if own else None,
        statement=statement,
        sources=tuple(source.number for source in sources),
        valid_from=sources[0].said_at,
    )
    return learned, claim.replaces if own else ()


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
    wanted = telling(statement) or [word for word in words(statement) if len(word) > 3]
    found: list[Message] = []
    missing = set(wanted)
    for number in sorted(set(claim.sources)):
        message = heard.numbered.get(number)
        held = _held(wanted, message, heard.unread) if message is not None else set[str]()
        if message is not None and held:
            found.append(message)
            missing -= held
    return [] if missing else found


def _held(wanted: Sequence[str], message: Message, unread: Unread) -> set[str]:
    """Which of these words a message tells, or confirms of the bot's line before it."""
    text = told(message.text)
    before = _before(message, unread)
    if before is not None and before.role == "assistant" and confirms(message.text):
        text = f"{text} {told_by_bot(before.text)}"
    heard = set(words(text))
    return {word for word in wanted if occurs(word, heard)}


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
    spoken = [m.text for m in (*heard.unread.before, *heard.unread.messages) if m.role == "user"]
    for number in claim.sources:
        message = heard.numbered.get(number)
        before = _before(message, heard.unread) if message is not None else None
        spoken += [before.text] if before is not None else []
    known = [fact.subject for fact in heard.believed]
    held = set(words(" ".join([*spoken, *heard.speakers.values(), *known])))
    return all(occurs(word, held) for word in wanted)


def _against(learned: Learned, replaces: Iterable[int], believed: Sequence[Fact]) -> Change:
    """A new fact with those that it closes, or one more source of a fact that says the same."""
    alike = [fact for fact in believed if _key(fact) == _key(learned)]
    same = [fact for fact in alike if meaning(fact.statement) == meaning(learned.statement)]
    closes = [
        fact
        for fact in alike
        if fact not in same
        and (fact.id in replaces or (learned.slot is not None and fact.slot == learned.slot))
    ]
    if same and not closes:
        return Repeated(fact=same[0].id, sources=learned.sources)
    return replace(learned, closes=tuple(fact.id for fact in (*same, *closes)))


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
