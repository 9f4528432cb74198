"""OpenAI's o200k_base, by tiktoken, from the copy in this package: never from the network."""

from __future__ import annotations

import hashlib
from binascii import a2b_base64
from pathlib import Path
from typing import TYPE_CHECKING

from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.errors import TertuliaError

if TYPE_CHECKING:
    from tiktoken import Encoding

NAME = "o200k_base"
VOCABULARY = Path(__file__).parent / "fb374d419588a4632f3f557e76b4b70aebbca790"
"""Under the name by which tiktoken's cache knows it: the sha1 of its address."""
SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
PIECE = 100_000
"""Characters that are looked up at once; a cut between two pieces may cost a token or two."""

SPECIAL_TOKENS = {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}

_LETTERS = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_SMALL = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_ENDING = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
PATTERN = "|".join(
    [
        rf"[^\r\n\p{{L}}\p{{N}}]?{_LETTERS}*{_SMALL}+{_ENDING}",
        rf"[^\r\n\p{{L}}\p{{N}}]?{_LETTERS}+{_SMALL}*{_ENDING}",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
"""How text is split before it is looked up: a fact of the vocabulary, as tiktoken has it."""


class O200k(Tokenizer):
    """Loaded at the first count: 80 MB and a fifth of a second."""

    name = NAME

    def __init__(self) -> None:
        self._encoding: Encoding | None = None

    def count(self, text: str) -> int:
        """How many tokens `text` is; `<|endoftext|>` and its like count as ordinary text."""
        return len(self._encode(text))

    def head(self, text: str, tokens: int) -> str:
        """A beginning of `text` of at most `tokens` tokens."""
        kept = self._encode(text)[: max(tokens, 0)]
        while kept:
            cut = self._load().decode_bytes(kept).decode("utf-8", errors="ignore")
            if text.startswith(cut) and self.count(cut) <= tokens:
                return cut
            kept = kept[:-1]
        return ""

    def tail(self, text: str, tokens: int) -> str:
        """An end of `text` of at most `tokens` tokens."""
        kept = self._encode(text)[-tokens:] if tokens > 0 else []
        while kept:
            cut = self._load().decode_bytes(kept).decode("utf-8", errors="ignore")
            if text.endswith(cut) and self.count(cut) <= tokens:
                return cut
            kept = kept[1:]
        return ""

    def _encode(self, text: str) -> list[int]:
        """In pieces where it is long: tiktoken panics over a million blanks in a row."""
        encode = self._load().encode_ordinary
        if len(text) <= PIECE:
            return encode(text)
        starts = range(0, len(text), PIECE)
        return [token for start in starts for token in encode(text[start : start + PIECE])]

    def _load(self) -> Encoding:
        if self._encoding is None:
            self._encoding = _load_encoding()
        return self._encoding


def _load_encoding() -> Encoding:
    """The encoding, made here from the file: tiktoken's own loader may go to the network."""
    from tiktoken import Encoding

    data = VOCABULARY.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise TertuliaError(
            f"The token vocabulary {VOCABULARY} is damaged. Install Tertulia again to mend it."
        )
    # One line a token, in the order of their ranks: its bytes in base64, and its rank.
    words = data.split()[::2]
    ranks = dict(zip(map(a2b_base64, words), range(len(words)), strict=True))
    return Encoding(
        name=NAME, pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=SPECIAL_TOKENS
    )
