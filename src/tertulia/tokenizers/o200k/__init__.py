"""OpenAI's o200k_base vocabulary, by tiktoken, from the copy in this package: never the network."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.errors import TertuliaError

if TYPE_CHECKING:
    from tiktoken import Encoding

FOLDER = Path(__file__).parent
VOCABULARY = FOLDER / "fb374d419588a4632f3f557e76b4b70aebbca790"
"""tiktoken looks for the file under the sha1 of its address."""
SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


class O200k(Tokenizer):
    """Loaded at the first count: 80 MB and a fifth of a second."""

    name = "o200k_base"

    def __init__(self) -> None:
        self._encoding: Encoding | None = None

    def count(self, text: str) -> int:
        """How many tokens `text` is; `<|endoftext|>` and its like count as ordinary text."""
        return len(self._load().encode_ordinary(text))

    def head(self, text: str, tokens: int) -> str:
        """A beginning of `text` of at most `tokens` tokens."""
        kept = self._load().encode_ordinary(text)[: max(tokens, 0)]
        while kept:
            cut = self._load().decode_bytes(kept).decode("utf-8", errors="ignore")
            if text.startswith(cut) and self.count(cut) <= tokens:
                return cut
            kept = kept[:-1]
        return ""

    def tail(self, text: str, tokens: int) -> str:
        """An end of `text` of at most `tokens` tokens."""
        kept = self._load().encode_ordinary(text)[-tokens:] if tokens > 0 else []
        while kept:
            cut = self._load().decode_bytes(kept).decode("utf-8", errors="ignore")
            if text.endswith(cut) and self.count(cut) <= tokens:
                return cut
            kept = kept[1:]
        return ""

    def _load(self) -> Encoding:
        if self._encoding is None:
            self._encoding = _load_encoding()
        return self._encoding


def _load_encoding() -> Encoding:
    # tiktoken deletes a file whose hash is wrong and fetches another: so it is looked at first.
    if hashlib.sha256(VOCABULARY.read_bytes()).hexdigest() != SHA256:
        raise TertuliaError(
            f"The token vocabulary {VOCABULARY} is damaged. Install Tertulia again to mend it."
        )
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(FOLDER)
    try:
        import tiktoken

        return tiktoken.get_encoding("o200k_base")
    finally:
        if before is None:
            del os.environ["TIKTOKEN_CACHE_DIR"]
        else:
            os.environ["TIKTOKEN_CACHE_DIR"] = before
