"""Has a model go on with a reply that was cut or stopped, where it stopped."""

from __future__ import annotations

from dataclasses import replace

from tertulia.engine.prompt import Assembled, cost
from tertulia.ports.tokenizer import Tokenizer
from tertulia.values.message import Message
from tertulia.values.prompt import Line
from tertulia.values.receipt import Item

GO_ON = (
    "Your reply was cut off. Go on with it exactly where it stops: repeat nothing of it, and say "
    "nothing about this request."
)


def room_for(tokenizer: Tokenizer, cut: Message, budget: int) -> int:
    """What the end of the cut reply and the request take of a budget, in tokens."""
    return sum(cost(tokenizer, line.content, None) for line in _lines(tokenizer, cut, budget))


def going_on(made: Assembled, tokenizer: Tokenizer, cut: Message, budget: int) -> Assembled:
    """The prompt with the reply so far (at most its end, in a third of the budget) behind it.

    `made` was made within the `budget` less what `room_for` said.
    """
    lines = _lines(tokenizer, cut, budget)
    costs = [cost(tokenizer, line.content, None) for line in lines]
    items = [
        Item(origin=origin, id=cut.id, tokens=tokens)
        for origin, tokens in zip(("cut reply", "request to go on"), costs, strict=True)
    ]
    return replace(
        made,
        prompt=replace(
            made.prompt,
            lines=(*made.prompt.lines, *lines),
            tokens=made.prompt.tokens + sum(costs),
            begun=cut.text,
        ),
        receipt=replace(
            made.receipt,
            budget=budget,
            prompt_tokens=made.receipt.prompt_tokens + sum(costs),
            items=(*made.receipt.items, *items),
        ),
    )


def _lines(tokenizer: Tokenizer, cut: Message, budget: int) -> list[Line]:
    said = tokenizer.tail(cut.text, max(budget // 3, 1))
    return [Line(role="assistant", content=said), Line(role="user", content=GO_ON)]
