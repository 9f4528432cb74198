"""A language model: reads a prompt, streams a reply."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from tertulia.values.bot import ModelSpec
from tertulia.values.check import Check
from tertulia.values.prompt import Chunk, Prompt


class Model(Protocol):
    """One model of one vendor, with its parameters.

    `context_window` and `reserve` (kept free for the reply) are in the model's own tokens.
    `factor` is how many of those a token of the engine's tokenizer is taken for, until the model's
    `usage` has told.
    """

    name: str
    """Its public name, `PROVIDER:NAME`."""
    context_window: int
    reserve: int
    factor: float
    retries: int

    def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
        """The reply, piece by piece; the last chunk is a `Done`.

        Raises: a `ModelError` for every way in which a call can fail, also where the stream ends
        without saying why.
        """
        ...

    async def check(self) -> Check:
        """Whether it can be used now, tried live."""
        ...

    async def close(self) -> None:
        """Give its connections back."""
        ...


class Provider(Protocol):
    """What the entry point of a model part names: makes models, and finds one that is at hand."""

    def open(self, spec: ModelSpec) -> Model:
        """The model that `spec` describes. Raises: `SettingsError`, `ModelNotAllowed`."""
        ...

    def found(self) -> ModelSpec | None:
        """A model that can be used with no settings at all, or None.

        Looked for by a key in the environment, or by a local server that answers on its usual port.
        """
        ...

    async def list(self, spec: ModelSpec) -> Sequence[str]:  # noqa: ARG002 - for those that list
        """The models that the server of `spec` lists, as `PROVIDER:NAME`, the usual one first.

        Only those that one can talk with; none where this part, or the server, lists none.
        Raises: a `ModelError`, also where the key of `spec` is refused; `SettingsError`.
        """
        return ()

    def local(self) -> str | None:
        """The usual address of its server, where that is one's own and needs no key."""
        return None

    rank: int
    """Where several are found, the lowest is taken: keys before local servers, then `offline`."""
