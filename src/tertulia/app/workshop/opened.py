"""Opened models: one for all who use the same, closed once nobody needs it."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable

from tertulia.ports.model import Model
from tertulia.values.bot import ModelSpec
from tertulia.values.check import Check
from tertulia.values.prompt import Chunk, Prompt
from tertulia.values.secret import Secret

MOST = 512
"""Models that are kept open; beyond that the one that was asked for the longest ago is closed."""

Open = Callable[[ModelSpec], Model]
_Same = tuple[object, ...]


class Opened(Model):
    """A model with its connections, which it gives back between two replies when it is retired.

    Somebody who still has it then may go on: it is opened once more.
    """

    def __init__(self, spec: ModelSpec, open_: Open) -> None:
        self._spec = spec
        self._open = open_
        self._model: Model | None = open_(spec)
        self._replies = 0
        self._retired = False
        self.name = self._model.name
        self.context_window = self._model.context_window
        self.reserve = self._model.reserve
        self.factor = self._model.factor
        self.retries = self._model.retries

    async def stream(self, prompt: Prompt) -> AsyncIterator[Chunk]:
        """See the port."""
        self._replies += 1
        try:
            async for chunk in self._at_work().stream(prompt):
                yield chunk
        finally:
            self._replies -= 1
            if self._retired:
                await self.retire()

    async def check(self) -> Check:
        """See the port."""
        return await self._at_work().check()

    async def close(self) -> None:
        """See the port."""
        model, self._model = self._model, None
        if model is not None:
            await model.close()

    async def retire(self) -> None:
        """Close it as soon as no reply is being made."""
        self._retired = True
        if not self._replies:
            await self.close()

    def _at_work(self) -> Model:
        if self._model is None:
            self._model = self._open(self._spec)
        return self._model


class Models:
    """All opened models of one engine."""

    def __init__(self, open_: Open) -> None:
        self._open = open_
        self._opened: OrderedDict[_Same, Opened] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    def open(self, spec: ModelSpec) -> Model:
        """The model of this spec. Raises: `SettingsError`."""
        same = _same(spec)
        found = self._opened.get(same)
        if found is None:
            found = self._opened[same] = Opened(spec, self._open)
            if len(self._opened) > MOST:
                self._retire(next(iter(self._opened)))
        self._opened.move_to_end(same)
        return found

    def name_of(self, spec: ModelSpec) -> str | None:
        """The public name of the model, where it is open."""
        found = self._opened.get(_same(spec))
        return None if found is None else found.name

    def keep(self, specs: Iterable[ModelSpec]) -> None:
        """Close all others, each when it has said its reply."""
        kept = set(map(_same, specs))
        for same in [same for same in self._opened if same not in kept]:
            self._retire(same)

    def lose(self, key: Secret) -> None:
        """Close those that were opened with this key, each when it has said its reply."""
        for same in [same for same in self._opened if same[0] == key.reveal()]:
            self._retire(same)

    async def close(self) -> None:
        """Close them all."""
        opened = list(self._opened.values())
        self._opened.clear()
        for model in opened:
            await model.close()
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _retire(self, same: _Same) -> None:
        task = asyncio.create_task(self._opened.pop(same).retire())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _same(spec: ModelSpec) -> _Same:
    """What tells one model from another; the key first."""
    return (
        spec.api_key and spec.api_key.reveal(),
        spec.provider,
        spec.name,
        spec.base_url,
        spec.context_window,
        spec.max_tokens,
        spec.timeout,
        spec.retries,
        json.dumps(spec.options, sort_keys=True, default=repr) if spec.options else "",
    )
