"""The calls themselves, by the official SDK: the only file that loads `openai`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import Any, cast

import httpx2
import openai
from openai import AsyncOpenAI

from tertulia.embedders.openai.server import Server
from tertulia.values.errors import ModelError

_NO_KEY = "none"
"""Sent where a server needs no key: the SDK does not go without."""

_CONNECT = 10.0


class Wire:
    """Connections to one server, for the event loop that uses them."""

    def __init__(self, server: Server, *, timeout: float, retries: int) -> None:
        self._server = server
        self._timeout = timeout
        self._retries = retries
        self._open: tuple[asyncio.AbstractEventLoop, AsyncOpenAI] | None = None

    async def embeddings(self, model: str, texts: Sequence[str], options: Mapping[str, Any]) -> str:
        """The server's answer, unread: the SDK would make objects of it without a look.

        Raises: a `ModelError`; without its chain, which may repeat a key.
        """
        seconds = self._timeout * (2 + self._retries)
        try:
            async with asyncio.timeout(seconds):  # a server may send a byte now and then
                answer = await self._client().embeddings.with_raw_response.create(
                    model=model,
                    input=list(texts),
                    encoding_format="float",
                    extra_body=dict(options) or None,
                )
        except TimeoutError:
            failed = self._server.unavailable(f"{self._server.host} took over {seconds:g} seconds.")
        except openai.OpenAIError as error:
            failed = self._failure(error)
        else:
            return answer.text
        raise failed

    async def close(self) -> None:
        """Close what the running loop has opened; of a loop that is over, nothing is left."""
        opened, self._open = self._open, None
        if opened and opened[0] is asyncio.get_running_loop():
            await opened[1].close()

    def _client(self) -> AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if not self._open or self._open[0] is not loop:
            self._open = loop, self._make()
        return self._open[1]

    def _make(self) -> AsyncOpenAI:
        server = self._server
        client = AsyncOpenAI(
            api_key=server.key.reveal() if server.key else _NO_KEY,
            base_url=server.base_url,
            max_retries=self._retries,
            default_headers=_without_openais() if server.foreign else None,
            http_client=openai.DefaultAsyncHttpxClient(
                timeout=httpx2.Timeout(self._timeout, connect=min(_CONNECT, self._timeout)),
                trust_env=not server.local,  # a proxy does not reach this machine's own servers
            ),
        )
        if server.foreign:
            client.organization = client.project = None
        return client

    def _failure(self, error: openai.OpenAIError) -> ModelError:
        server = self._server
        if isinstance(error, openai.APIStatusError):
            wish = _seconds(error.response.headers.get("retry-after"))
            return server.refusal(error.status_code, error.response.text, wish)
        cause = error.__cause__ or error
        told = server.clean(str(cause)) or type(cause).__name__
        if isinstance(error, openai.APITimeoutError):
            return server.unavailable(f"{server.host} said nothing for {self._timeout:g} seconds.")
        if isinstance(cause, httpx2.ConnectError):
            return server.unavailable(f"nothing answers at {server.host} ({told}).")
        return server.unavailable(f"the connection to {server.host} broke off ({told}).")


def _seconds(wish: str | None) -> float | None:
    """The server's wish, where it is a plain number of seconds."""
    return float(wish) if wish and wish.isascii() and wish.isdigit() else None


def _without_openais() -> dict[str, str]:
    """Leave out the headers that the SDK adds for OpenAI: no other server is told of them."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    names = [line.partition(":")[0].strip() for line in lines if ":" in line]
    return cast("dict[str, str]", dict.fromkeys(names, openai.Omit()))
