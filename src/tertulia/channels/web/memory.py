"""Memory beside the talk: facts, summaries, what the bot saw, and forgetting."""

from __future__ import annotations

import msgspec

from tertulia.channels.web import objects, requests, shaping
from tertulia.channels.web.operation import Call, Operation


async def search(call: Call) -> objects.Hits:
    """What was said that answers some words."""
    asked: requests.Search = call.query
    found = await call.floor.desk.search(
        call.viewer, asked.q, everybody=call.for_owners(asked.everybody), most=asked.most
    )
    return objects.Hits(hits=[shaping.hit(one, call.floor.workshop) for one in found])


async def facts(call: Call) -> objects.Facts:
    """What a bot remembers, or remembered before it was discarded."""
    asked: requests.Remembered = call.query
    bot = requests.told(asked.bot) or call.floor.default_bot
    found = await call.floor.desk.facts(
        call.viewer, bot, everybody=call.for_owners(asked.everybody)
    )
    return objects.Facts(facts=[shaping.fact(one) for one in found])


async def add_fact(call: Call) -> objects.Fact:
    """Have it remember something more."""
    asked: requests.NewFact = call.body
    bot = call.floor.workshop.bot(asked.bot)
    return shaping.fact(await call.floor.desk.add_fact(call.viewer, bot.name, asked.statement))


async def edit_fact(call: Call) -> objects.Fact:
    """Write a fact anew."""
    asked: requests.Rewritten = call.body
    fact = await call.floor.desk.edit_fact(call.viewer, call.word("fact"), asked.statement)
    return shaping.fact(fact)


async def history(call: Call) -> objects.Facts:
    """All that a fact said."""
    found = await call.floor.desk.fact_history(call.viewer, call.word("fact"))
    return objects.Facts(facts=[shaping.fact(one) for one in found])


async def undo(call: Call) -> objects.Undone:
    """Take back the latest edit."""
    fact = await call.floor.desk.undo_fact(call.viewer)
    return objects.Undone(fact=None if fact is None else shaping.fact(fact))


async def summaries(call: Call) -> objects.Summaries:
    """The summaries of a conversation."""
    number = call.number("conversation")
    await call.floor.desk.listed(call.viewer, number)
    found = await call.floor.desk.summaries(call.viewer, number)
    return objects.Summaries(summaries=[shaping.summary(one) for one in found])


async def receipt(call: Call) -> objects.Receipt:
    """What the bot saw for a reply."""
    found = await call.floor.desk.receipt(call.viewer, call.word("message"))
    return msgspec.convert(found, objects.Receipt)


async def preview(call: Call) -> objects.Preview:
    """What the model would read next."""
    asked: requests.Imagined = call.body
    lines, found = await call.floor.desk.preview(
        call.viewer, call.number("conversation"), requests.said(asked.text)
    )
    return objects.Preview(
        prompt=[
            objects.Line(role=line.role, name=line.name, content=line.content) for line in lines
        ],
        receipt=msgspec.convert(found, objects.Receipt),
    )


async def forget(call: Call) -> objects.Forgotten:
    """Have something forgotten, or be told what would go."""
    asked: requests.Forget = call.body
    desk = call.floor.desk
    target = await desk.target(call.viewer, asked.what)
    if not asked.sure:
        return shaping.forgotten(await desk.would_forget(target, asked.replies), done=False)
    gone = await desk.forget(target, asked.replies)
    call.hub.touch(call.caller.account)
    return shaping.forgotten(gone, done=True)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/search",
        does="What was said that answers these words.",
        run=search,
        query=requests.Search,
        answers=objects.Hits,
    ),
    Operation(
        method="GET",
        path="/api/facts",
        does="What a bot remembers of the caller.",
        run=facts,
        query=requests.Remembered,
        answers=objects.Facts,
    ),
    Operation(
        method="POST",
        path="/api/facts",
        does="Have a bot remember something about the caller, for them alone.",
        run=add_fact,
        body=requests.NewFact,
        status=201,
        answers=objects.Fact,
        fails=(404, 422),
    ),
    Operation(
        method="PATCH",
        path="/api/facts/{fact}",
        does="Write a fact anew; its old words stay in its history.",
        run=edit_fact,
        body=requests.Rewritten,
        answers=objects.Fact,
        fails=(422,),
    ),
    Operation(
        method="GET",
        path="/api/facts/{fact}/history",
        does="All that a fact said, the oldest first.",
        run=history,
        answers=objects.Facts,
    ),
    Operation(
        method="POST",
        path="/api/facts/undo",
        does="Take back the caller's latest edit of a fact.",
        run=undo,
        answers=objects.Undone,
    ),
    Operation(
        method="GET",
        path="/api/conversations/{conversation}/summaries",
        does="The summaries of a conversation, the oldest first.",
        run=summaries,
        answers=objects.Summaries,
    ),
    Operation(
        method="POST",
        path="/api/conversations/{conversation}/preview",
        does="What the model would read if this were said next.",
        run=preview,
        body=requests.Imagined,
        answers=objects.Preview,
        fails=(422, 502),
    ),
    Operation(
        method="GET",
        path="/api/messages/{message}/receipt",
        does="What went into the prompt of a reply, and what was left out.",
        run=receipt,
        answers=objects.Receipt,
    ),
    Operation(
        method="POST",
        path="/api/forget",
        does="Have something forgotten; without `sure` it is only told what would go.",
        run=forget,
        body=requests.Forget,
        answers=objects.Forgotten,
        fails=(404, 409, 422),
    ),
)
