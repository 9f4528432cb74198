"""One chat model behind OpenAI's protocol: builds the request, streams the reply."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from tertulia.models.openai.endpoint import Endpoint
from tertulia.models.openai.failures import NO_SUCH_PATH, Refused, refusal, stalled
from tertulia.models.openai.listing import names
from tertulia.models.openai.reading import Reading
from tertulia.models.openai.windows import factor
from tertulia.ports.model import Model
from tertulia.values.bot import ModelSpec
from tertulia.values.check import Check
from tertulia.values.errors import ModelNotAllowed, ModelUnavailable
from tertulia.values.prompt import Chunk, Delta, Line, Prompt

RESERVE = 4096
"""Tokens that are kept free for a reply where the settings name no `max_tokens`."""

_FIELDS = {
    "stream_options": re.compile("stream_options"),
    "name": re.compile(r"messages\W.{0,60}\bname\b"),
    "max_tokens": re.compile(r"max_completion_tokens\W+instead"),
    "response_format": re.compile(
        r"response[_ ]format|json_schema|structured output", re.IGNORECASE
    ),
}
"""Fields that some server refuses by name, and how its refusal tells: they are then left out."""


class ChatModel(Model):
    """A model at one endpoint, with its parameters.

    `window` is the context window where the settings name none; `refused` the fields (of
    `_FIELDS`) that its server is known not to take; `foreign` is True where the server is not
    OpenAI's, so that what the SDK reads from the environment for OpenAI is not sent there.
    """

    def __init__(
        self,
        spec: ModelSpec,
        at: Endpoint,
        *,
        window: int,
        refused: frozenset[str] = frozenset(),
        foreign: bool = True,
    ) -> None:
        self.name = at.name
        self.context_window = spec.context_window or window
        self.reserve = spec.max_tokens or min(RESERVE, self.context_window // 4)
        self.factor = factor(at.model)
        self.retries = spec.retries
        self._spec = spec
        self._at = at
        self._refused = refused
        self._foreign = foreign

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        """The reply; leaving early closes the connection. Raises: a `ModelError`."""
        reading = Reading(self._at)
        try:
            async with AsyncExitStack() as stack:
                data = await self._ask(prompt, stack)
                async for block in data:
                    for text in reading.feed(block):
                        yield Delta(text)
                    if reading.finished:
                        break
                    if reading.quiet > self._spec.timeout:
                        raise stalled(self._at, self._spec.timeout)
        except ModelUnavailable:
            if not reading.whole:
                raise
        for text in reading.feed(b"\n"):
            yield Delta(text)
        yield reading.end()

    async def check(self) -> Check:
        """Ask the server for its models, for at most 5 seconds."""
        try:
            listed = names(await self._wire.models())
        except Refused as error:
            return self._refused_check(error)
        except ModelUnavailable as error:
            return self._check(ready=False, found=str(error), step=self._at.start_step)
        return self._listed_check(listed)

    async def close(self) -> None:
        """Close the connections that the running event loop has opened."""
        await self._wire.close()

    @cached_property
    def _wire(self):
        from tertulia.models.openai.wire import Wire  # loads the SDK

        return Wire(self._at, timeout=self._spec.timeout, foreign=self._foreign)

    async def _ask(self, prompt: Prompt, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        """Send the request; once more without each field of ours that the server refuses."""
        while True:
            left_out = self._refused
            try:
                return await stack.enter_async_context(self._wire.chat(self._body(prompt)))
            except Refused as error:
                more = frozenset(f for f, told in _FIELDS.items() if told.search(error.body))
                if error.status not in (400, 422) or more <= left_out:
                    raise refusal(self._at, error) from None
                self._refused |= more

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        """The request: the owner's options as they are, then ours.

        OpenAI's reasoning models take `max_completion_tokens`, most other servers `max_tokens`.
        """
        options = dict(self._spec.options)
        body: dict[str, Any] = {**options.pop("extra_body", {}), **options}
        body["model"] = self._at.model
        body["messages"] = [self._message(line) for line in prompt.lines]
        body["stream"] = True
        if "stream_options" not in self._refused:
            body["stream_options"] = {"include_usage": True}
        if self._spec.max_tokens:
            newer = "max_tokens" in self._refused
            body["max_completion_tokens" if newer else "max_tokens"] = self._spec.max_tokens
        if prompt.schema is not None and "response_format" not in self._refused:
            body.setdefault("response_format", _format(prompt.purpose, prompt.schema))
        return body

    def _message(self, line: Line) -> dict[str, str]:
        message = {"role": line.role, "content": line.content}
        name = _clean_name(line.name or "")
        if name and "name" not in self._refused:
            message["name"] = name
        return message

    def _refused_check(self, refused: Refused) -> Check:
        at, error = self._at, refusal(self._at, refused)
        if isinstance(error, ModelNotAllowed):
            found = f"{at.host} refuses {at.key_origin} ({refused.status})."
            return self._check(ready=False, found=found, step=at.key_advice)
        if refused.status in NO_SUCH_PATH:
            return self._check(ready=True, found=f"{at.host} answers, but lists no models.")
        return self._check(ready=False, found=str(error))

    def _listed_check(self, listed: list[str]) -> Check:
        at = self._at
        model = at.model.removeprefix("models/")
        if not listed or model in listed or f"{model}:latest" in listed:
            return self._check(ready=True, found=f"{at.host} answers.")
        near = get_close_matches(model, listed, n=3, cutoff=0.4) or listed[:3]
        return self._check(
            ready=True,
            found=f'{at.host} answers, but does not list a model "{at.model}".',
            step=f"Check the model's name; it lists {', '.join(near)}.",
        )

    def _check(self, *, ready: bool, found: str, step: str | None = None) -> Check:
        return Check(subject=self.name, ready=ready, found=found, step=step)


def _format(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """JSON that follows a schema; see https://platform.openai.com/docs/guides/structured-outputs.

    Where the owner's options have a `response_format`, that one stays.
    """
    return {
        "type": "json_schema",
        "json_schema": {"name": name, "schema": dict(schema), "strict": True},
    }


def _clean_name(name: str) -> str:
    r"""A name as OpenAI takes it: `^[^\s<|\\/>]+$`, at most 64 characters."""
    return re.sub(r"[\s<|\\/>]+", "_", name.strip())[:64]
