"""What every embedder must do, run on each that is installed under the entry points.

Each is opened at a local server that speaks OpenAI's `/embeddings`, by its `base_url`.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable

import pytest

from loopback import free_port
from servers import Answer, aimock, misbehaving, response
from tertulia.app import plugins
from tertulia.ports.embedder import Embedder
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import ModelError
from tertulia.values.secret import Secret

KEY = "sk-good-0123456789abcdef"

EMBEDDERS = plugins.names("embedders")

Body = Callable[[Embedder], Awaitable[None]]
Run = Callable[[str, Body], None]


@pytest.fixture(params=EMBEDDERS)
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a test's body on an embedder that is opened at a URL, and closed behind it."""
    name: str = request.param

    def runner(url: str, body: Body) -> None:
        spec = ModelSpec(
            provider=name,
            name="small",
            base_url=url,
            api_key=Secret(KEY, "env:TEST_KEY"),
            timeout=2.0,
            retries=0,
        )
        asyncio.run(_whole(plugins.load("embedders", name)(spec), f"{name}:small", body))

    return runner


async def _whole(embedder: Embedder, name: str, body: Body) -> None:
    assert Embedder in type(embedder).__mro__
    assert embedder.name == name
    try:
        await body(embedder)
    finally:
        await embedder.close()
        await embedder.close()


def test_each_text_has_a_vector_in_its_place(run: Run):
    async def body(embedder: Embedder) -> None:
        texts = [f"text {n}" for n in range(150)]
        found = list(await embedder.embed(texts))
        assert len(set(found)) == 150
        assert len({len(vector) for vector in found}) == 1
        assert {max(map(abs, array("b", vector))) for vector in found} == {127}
        again = list(await embedder.embed(texts[::-1]))
        assert again == found[::-1]

    with aimock([], keys=KEY) as server:
        run(server.url, body)


def test_no_texts_have_no_vectors(run: Run):
    async def body(embedder: Embedder) -> None:
        assert list(await embedder.embed([])) == []

    run(f"http://127.0.0.1:{free_port()}/v1", body)


def test_odd_texts_are_taken(run: Run):
    async def body(embedder: Embedder) -> None:
        odd = ["", " \n", "\0", "\ud800", "😀" * 9000, "x" * 100_000]
        assert len(await embedder.embed(odd)) == len(odd)

    with aimock([], keys=KEY) as server:
        run(server.url, body)


def test_calls_may_run_at_once(run: Run):
    async def body(embedder: Embedder) -> None:
        calls = (embedder.embed([f"text {n}"]) for n in range(20))
        assert len({found[0] for found in await asyncio.gather(*calls)}) == 20

    with aimock([], keys=KEY) as server:
        run(server.url, body)


FAILURES: dict[str, Answer] = {
    "refused": [response(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}})],
    "busy": [response(429, {"error": {"message": "slow down"}})],
    "broken": [response(500, b"oops")],
    "garbage": [response(200, b"<html>")],
    "none": [response(200, {"data": []})],
    "zero": [response(200, {"data": [{"index": 0, "embedding": [0, 0]}]})],
}


@pytest.mark.parametrize("kind", FAILURES)
def test_every_failure_is_a_model_error_that_shows_no_key(run: Run, kind: str):
    async def body(embedder: Embedder) -> None:
        with pytest.raises(ModelError) as caught:
            await embedder.embed(["a"])
        assert KEY not in str(caught.value)
        assert caught.value.__cause__ is None

    with misbehaving(FAILURES[kind]) as server:
        run(server.url, body)


def test_nobody_there_is_a_model_error(run: Run):
    async def body(embedder: Embedder) -> None:
        with pytest.raises(ModelError):
            await embedder.embed(["a"])

    run(f"http://127.0.0.1:{free_port()}/v1", body)
