"""Whether a text gives away what another said, and whether others say it still."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

LONG, RUN = 8, 3
"""Letters that make a word tell-tale by itself; words in a row that do so together."""

# Where words are written without blanks (Thai to Myanmar, kana, Han), each sign counts as a word.
_WORD = re.compile(
    r"[\u0e00-\u109f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
    r"|(?:(?![\u0e00-\u109f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff])[^\W_])+"
    r"(?:['\u2019][^\W_]+)*"
)
_END = re.compile(r"[.!?:\u2026\u3002\n]")
_APOSTROPHE = re.compile(r"['\u2019]")

_PLAIN = frozenset(
    re.findall(
        r"\w+",
        """a am an and are as at be been by called did do does for from had has have he her hers him
        his i in is it its me my name named of on or our she so that the their them they this to us
        was we were who will with you your""",
    )
)
"""Words that say nothing of anybody."""

_USUAL = frozenset(
    re.findall(
        r"\w+",
        """absolute absolutely accepted according actually additional addressed afternoon allowed
        although anything anywhere argument arrived attempts authentication authorization
        available backward beautiful becoming beginning birthday breakfast building business
        cancelled capacity certainly character characters children collected company complete
        completed completion computer configuration connected connection considered contains
        content continue conversation conversations correct database decision definitely delivered
        delivery describe different difficult directory document embedding emergency encoding
        especially evening everybody everyone everything everywhere exactly example exceeded
        exception exchange expected experience explained explicit external failures favorite
        favourite finished followed following forgetting forgotten forward function generally
        government happened holidays hospital identity immediately important including incoming
        indicate information instead interested interesting internal interval invalid language
        learning listening location machine malformed management maximum meanwhile meeting
        memories messages midnight minutes missing moment moments morning movement network nobody
        nothing nowhere official operation original otherwise outgoing parameter parameters
        parents particular password permission permitted personal platform position possible
        possibly prepared presence previous probably problems processing program programs project
        property protected provider providers purchase question questions reaching received
        recently refused remember replaced requested requests required response restarted
        restaurant returned running saturday schedule seconds security sentence separate september
        server service services settings shopping shutdown software somebody somehow someone
        something sometimes somewhere specific standard started starting statement stopping
        straight streaming students successful suddenly suggested summaries summarised temporarily
        temporary thinking thousand thursday together tomorrow training transaction transfer
        travelling unavailable understand unexpected university unknown unlikely unsupported
        upstream usually vacation warnings wednesday whatever whenever whether wonderful working
        yesterday yourself yourselves""",
    )
)
"""Long words that anybody uses, and that logs are full of."""

_ENDINGS = re.compile(r"(?:ing|ed|es|s|e)$")


def traces(texts: Iterable[str]) -> frozenset[str]:
    """What gives these texts away where it is read again.

    Each word of eight letters, with a digit, or with a capital where a small letter would do; and
    each run of three words. A shorter text as a whole.
    """
    return _traces(texts, frozenset())


def rare_traces(texts: Iterable[str]) -> frozenset[str]:
    """The same, but for long words that are usual: they alone do not tell where a text is from."""
    return _traces(texts, _USUAL)


def _traces(texts: Iterable[str], usual: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        words = list(_words(text))
        found.update(word for word, telling in words if telling and word not in usual)
        found.update(_runs([word for word, _ in words], RUN))
        if len(words) < RUN:
            found.add(" ".join(word for word, _ in words))
    return frozenset(found)


def gives_away(said: str, marks: frozenset[str]) -> bool:
    """Whether `said` has any of the `traces` of a text; capitals do not matter any more."""
    words = [word for word, _ in _words(said)]
    return any(run in marks for length in range(1, RUN + 1) for run in _runs(words, length))


def repeats(said: str, forgotten: str) -> bool:
    """Whether `said` has a tell-tale word of `forgotten`, or three of its words in a row."""
    return gives_away(said, traces([forgotten]))


def still_says(statement: str, sources: Iterable[str]) -> bool:
    """Whether every word with a meaning in `statement` also occurs in `sources`.

    A word's ending does not matter: "lives" is found in "I live in Lima".
    """
    stems = {_stem(word) for source in sources for word, _ in _words(source)}
    meant = {_stem(word) for word, _ in _words(statement) if word not in _PLAIN}
    return bool(meant) and meant <= stems


def shares(title: str, texts: Iterable[str]) -> bool:
    """Whether any word with a meaning in `title` occurs in `texts`, whatever its ending."""
    meant = {_stem(word) for word, _ in _words(title) if word not in _PLAIN}
    return any(_stem(word) in meant for text in texts for word, _ in _words(text))


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Each word in small letters, and whether it is tell-tale."""
    text = unicodedata.normalize("NFKC", text)
    end = 0
    for found in _WORD.finditer(text):
        word = found[0]
        opens = end == 0 or _END.search(text, end, found.start()) is not None
        end = found.end()
        yield word.casefold(), _telling(word, opens=opens)


def _telling(word: str, *, opens: bool) -> bool:
    first = _APOSTROPHE.split(word)[0]
    if len(first) < 2:
        return False  # "I" and "I'm" have their capital everywhere
    small = word[1:] if opens else word
    return len(word) >= LONG or small != small.lower() or any(map(str.isdigit, word))


def _runs(words: Sequence[str], length: int) -> Iterator[str]:
    return (" ".join(words[at : at + length]) for at in range(len(words) - length + 1))


def _stem(word: str) -> str:
    word = _APOSTROPHE.split(word)[0]
    return _ENDINGS.sub("", word) or word
