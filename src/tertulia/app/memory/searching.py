"""`tertulia memory search` and `receipt`."""

from __future__ import annotations

import asyncio

import click

from tertulia.app.compose import SystemClock
from tertulia.app.memory.moments import iso, shown
from tertulia.app.memory.naming import message_numbers
from tertulia.app.memory.opening import opened
from tertulia.app.memory.printing import say, say_json, short
from tertulia.app.plugins import load
from tertulia.engine.commands.wording import only_asks
from tertulia.engine.receipts import delivery_of, table
from tertulia.ports.recall import Search
from tertulia.values.errors import NotThere, SettingsError


@click.command(epilog="Example: tertulia memory search trip to the sea --most 5")
@click.argument("text", nargs=-1, required=True)
@click.option("--most", default=10, type=click.IntRange(1, 1000), help="At most so many (10).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.pass_obj
def search_command(config: str | None, text: tuple[str, ...], most: int, *, as_json: bool) -> int:
    """Find what was said, by its words, the best first; what only asks comes last."""
    return asyncio.run(_search(config, " ".join(text), most, as_json=as_json))


async def _search(config: str | None, text: str, most: int, *, as_json: bool) -> int:
    async with opened(config) as store:
        recall: Search = load("memories", "recall")(
            store, load("tokenizers", "o200k")(), SystemClock()
        )
        found = await recall.search(None, text, 2 * most)
        # What only asks tells nothing: it comes behind what may answer.
        found = sorted(found, key=lambda one: only_asks(one[0].message.text))[:most]
    if as_json:
        say_json(
            [
                {
                    "message": one.message.id,
                    "said_at": iso(one.message.said_at),
                    "speaker": one.speaker,
                    "text": one.message.text,
                    "score": round(score, 2),
                }
                for one, score in found
            ]
        )
        return 0
    for one, _ in found:
        said = one.message
        say(f"{shown(said.said_at)}  {said.id}  {short(one.speaker)}: {short(said.text)}")
    if not found:
        click.echo(f"Nothing is found about {text!r}.", err=True)
    return 0


@click.command(epilog="Example: tertulia memory receipt 12.34 --json")
@click.argument("message")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def receipt_command(config: str | None, message: str, *, as_json: bool) -> int:
    """Show what the model read for MESSAGE: a reply, or a message that was answered."""
    numbers = message_numbers(message)
    if numbers is None:
        raise SettingsError(
            f"{message!r} is no message's id. They look like 12.34: `tertulia memory search`."
        )
    return asyncio.run(_receipt(config, message, numbers, as_json=as_json))


async def _receipt(
    config: str | None, name: str, numbers: tuple[int, int], *, as_json: bool
) -> int:
    async with opened(config) as store:
        found = await delivery_of(store, *numbers)
    if found is None or not found.receipt:
        raise NotThere(f"There is no receipt of {name}: no reply of that id, or none with one.")
    if as_json:
        say_json({"message": found.message, "model": found.model, "receipt": found.receipt})
    else:
        say(*table(found.message, found.receipt))
    return 0
