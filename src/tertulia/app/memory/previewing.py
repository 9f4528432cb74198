"""`tertulia memory preview`: the exact text that the next prompt would hold."""

from __future__ import annotations

import asyncio

import click

from tertulia.app.compose import running
from tertulia.app.memory.naming import find_conversation
from tertulia.app.memory.opening import settings_at
from tertulia.app.memory.printing import say, say_json, short
from tertulia.engine.imagining import imagine
from tertulia.engine.prompt import Assembled
from tertulia.engine.receipts import table
from tertulia.values.errors import NotThere


@click.command(epilog='Example: tertulia memory preview -c trip -m "Where did we want to go?"')
@click.option("-c", "--conversation", "name", default="main", metavar="NAME", help="Of this one.")
@click.option("-m", "--message", "text", default="", metavar="TEXT", help="If TEXT were said next.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def preview_command(config: str | None, name: str, text: str, *, as_json: bool) -> int:
    """Show what the next prompt of a conversation would hold, from each memory and the window.

    Nothing is said and nothing is stored. What is recalled depends on what is said, so give it.
    """
    return asyncio.run(_preview(config, name, text, as_json=as_json))


async def _preview(config: str | None, name: str, text: str, *, as_json: bool) -> int:
    async with running(settings_at(config, find=True), {}, everything=False) as engine:
        here = find_conversation(await engine.store.conversations(None), name)
        if not here.audience:
            raise NotThere(f"Nothing was said in {name!r} yet: its next prompt is not known.")
        _, _, made = await imagine(engine.tools, here, text)
    if as_json:
        say_json(
            {
                "prompt": [
                    {"role": one.role, "name": one.name, "content": one.content}
                    for one in made.prompt.lines
                ],
                "receipt": made.receipt.as_json(),
            }
        )
    else:
        _print(made, here.place.spot)
    return 0


def _print(made: Assembled, name: str) -> None:
    for line in made.prompt.lines:
        who = f"{line.role} {short(line.name)}" if line.name else line.role
        say(f"--- {who}", line.content)
    say("", *table(f"the next reply in {name!r}", made.receipt.as_json()))
