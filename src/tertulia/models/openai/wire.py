"""The calls themselves, by the official SDK: the only file that loads `openai` and its HTTP client.

`AsyncOpenAI.post` with the response's own type is the SDK's public door to a raw answer. Measured
with 200 streams of 200 chunks at once: 7 ms of CPU a call, where `chat.completions.create` takes
20 ms (its pydantic objects), and `with_streaming_response` 10 ms; with a prompt of 400 messages
the last two check each message for so long that connections time out.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from typing import Any, cast

import anyio
import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream

from tertulia.models.openai.endpoint import Endpoint
from tertulia.models.openai.failures import NO_SUCH_PATH, Refused, stalled
from tertulia.values.errors import ModelUnavailable

_NO_KEY = "none"
"""Sent where a server needs no key: the SDK does not go without."""

_CONNECT = 10.0
_LIST = 5.0
_DRAIN = 0.1

# A TLS stream that ends in the wrong place reaches us as what anyio or ssl raised.
_BROKEN = (openai.APIConnectionError, httpx2.RequestError, anyio.EndOfStream, OSError)


class Wire:
    """Connections to one endpoint: one pool for each event loop that uses them, closed with it."""

    def __init__(self, at: Endpoint, *, timeout: float, foreign: bool) -> None:
        self._at = at
        self._timeout = timeout
        self._foreign = foreign
        self._open: dict[
            asyncio.AbstractEventLoop, tuple[AsyncOpenAI, AsyncGenerator[AsyncOpenAI]]
        ] = {}

    @asynccontextmanager
    async def chat(self, body: Mapping[str, Any]) -> AsyncGenerator[AsyncIterator[bytes]]:
        """The bytes of a streamed reply; leaving early closes the connection at once.

        Raises: `Refused`, `ModelUnavailable`.
        """
        with self._translated(self._timeout):
            response = await self._post(body)
            try:
                async with aclosing(response.aiter_bytes()) as data:
                    yield data
                    await _drain(data)
            finally:
                await response.aclose()

    async def models(self) -> str:
        """The server's list of models, as JSON.

        Raises: `Refused`, also for a wrong key that the list itself does not ask for;
        `ModelUnavailable`.
        """
        if self._at.proof and self._at.key:
            try:
                await self._read(self._at.proof)
            except Refused as error:
                if error.status not in NO_SUCH_PATH:
                    raise
        return await self._read("/models")

    async def _read(self, path: str) -> str:
        with self._translated(_LIST):
            async with asyncio.timeout(_LIST):
                client = await self._client()
                response = await client.get(path, cast_to=httpx2.Response)
            return response.text

    async def close(self) -> None:
        """Close what the running loop has opened; other loops close theirs when they end."""
        mine = self._open.get(asyncio.get_running_loop())
        if mine:
            await mine[1].aclose()

    async def _post(self, body: Mapping[str, Any]) -> httpx2.Response:
        client = await self._client()
        response = await client.post(
            "/chat/completions",
            cast_to=httpx2.Response,
            body=body,
            stream=True,
            stream_cls=AsyncStream[object],
        )
        return cast("httpx2.Response", response)

    async def _client(self) -> AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if loop not in self._open:
            for gone in [other for other in self._open if other.is_closed()]:
                del self._open[gone]
            keeper = self._keep(loop)
            self._open[loop] = await anext(keeper), keeper
        return self._open[loop][0]

    async def _keep(self, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[AsyncOpenAI]:
        """Holds a client until its loop ends: `asyncio.run` closes the generators of its loop."""
        client = self._make()
        try:
            yield client
        finally:
            del self._open[loop]
            await client.close()

    def _make(self) -> AsyncOpenAI:
        at = self._at
        connect = min(_CONNECT, self._timeout)
        client = AsyncOpenAI(
            api_key=at.key.reveal() if at.key else _NO_KEY,
            base_url=at.base_url,
            max_retries=0,
            default_headers=_without_foreign() if self._foreign else None,
            http_client=openai.DefaultAsyncHttpxClient(
                timeout=httpx2.Timeout(self._timeout, connect=connect),
                trust_env=not at.local,  # a proxy does not reach this machine's own servers
            ),
        )
        if self._foreign:
            client.organization = client.project = None
        return client

    @contextmanager
    def _translated(self, seconds: float) -> Generator[None]:
        """What the SDK raises, as our own; without its chain, which may repeat a key."""
        try:
            yield
        except openai.APIStatusError as error:
            raise Refused(error.status_code, error.response.headers, error.response.text) from None
        except _BROKEN as error:
            raise self._unavailable(error, seconds) from None

    def _unavailable(self, error: Exception, seconds: float) -> ModelUnavailable:
        at = self._at
        # The SDK wraps what was raised before an answer came, and nothing after that.
        cause = (error.__cause__ if isinstance(error, openai.OpenAIError) else None) or error
        told = at.clean(str(cause)) or type(cause).__name__
        if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
            return ModelUnavailable(f"{at.name}: nothing answers at {at.host} ({told}).")
        if isinstance(cause, TimeoutError | httpx2.TimeoutException):
            return stalled(at, seconds)
        return ModelUnavailable(f"{at.name}: the connection to {at.host} broke off ({told}).")


async def _drain(data: AsyncIterator[bytes]) -> None:
    """Read what follows `[DONE]`, so that the connection can be used again."""
    with suppress(TimeoutError, *_BROKEN):
        async with asyncio.timeout(_DRAIN):
            async for _ in data:
                pass


def _without_foreign() -> dict[str, str]:
    """Leave out the headers that the SDK adds for OpenAI: no other vendor is told of them."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    names = [line.partition(":")[0].strip() for line in lines if ":" in line]
    return cast("dict[str, str]", dict.fromkeys(names, openai.Omit()))
