"""Conversations: the list, what was said, and saying something."""

from __future__ import annotations

from tertulia.channels.web import objects, requests, shaping
from tertulia.channels.web.operation import Call, Operation
from tertulia.channels.web.saying import begin, held_elsewhere, may_not_pick, say
from tertulia.values.message import Author
from tertulia.values.shown import Listed


async def listing(call: Call) -> objects.Conversations:
    """The conversations of the viewer."""
    asked: requests.Listing = call.query
    found = await call.floor.desk.conversations(
        call.viewer,
        archived=bool(asked.archived),
        everybody=call.for_owners(asked.everybody),
        before=requests.told(asked.before),
        most=asked.most,
    )
    shown = [shaping.conversation(one, call.viewer) for one in found]
    return objects.Conversations(conversations=shown)


async def one(call: Call) -> objects.Conversation:
    """One conversation."""
    return shaping.conversation(await _listed(call), call.viewer)


async def change(call: Call) -> objects.Conversation:
    """Its title, its place in the list, its model."""
    desk, viewer, number = call.floor.desk, call.viewer, call.number("conversation")
    asked: requests.Change = call.body
    title, model = asked.title, asked.model
    # The model first: it is what may be refused, and then nothing was changed.
    if model is None or isinstance(model, str):
        await _pick(call, model)
    if title is None or isinstance(title, str):
        await desk.rename(viewer, number, title.strip() if title else None)
    if isinstance(asked.pinned, bool):
        await desk.pin(viewer, number, pinned=asked.pinned)
    if isinstance(asked.archived, bool):
        await desk.archive(viewer, number, archived=asked.archived)
    call.hub.touch(call.caller.account)
    return shaping.conversation(await _listed(call), call.viewer)


async def page(call: Call) -> objects.Page:
    """A stretch of what was said."""
    asked = requests.either(call.query)
    listed = await _listed(call)
    found = await call.floor.desk.page(
        call.viewer,
        listed.conversation.id,
        before=requests.told(asked.before),
        after=requests.told(asked.after),
        around=requests.told(asked.around),
        most=asked.most,
    )
    return objects.Page(
        conversation=shaping.conversation(listed, call.viewer),
        messages=shaping.messages(found, call.viewer, call.floor.workshop),
        older=found.older,
        newer=found.newer,
        last_seq=found.last_seq,
    )


async def stop(call: Call) -> objects.Stopped:
    """Stop the turn that runs; what was shown is kept."""
    listed = await _listed(call)
    return objects.Stopped(stopped=call.floor.host.stop(listed.conversation.id))


async def command(call: Call) -> objects.Answer:
    """Do what a line says."""
    asked: requests.Typed = call.body
    conversation = (await _listed(call)).conversation
    there = call.floor.desk.place(call.viewer, conversation)
    if there is None:
        raise held_elsewhere(conversation)
    place, who = there
    answer = await call.floor.host.command(
        place,
        conversation.bot,
        asked.line,
        author=Author(platform_id=who, name=call.caller.name),
        owner=call.caller.owner,
        present=(),
    )
    call.hub.touch(call.caller.account)
    return objects.Answer(answer=answer)


async def again(call: Call) -> objects.Done:
    """Make a reply anew."""
    return await _again(call, go_on=False)


async def go_on(call: Call) -> objects.Done:
    """Go on with a reply that was cut."""
    return await _again(call, go_on=True)


async def switch(call: Call) -> None:
    """Go on from another version."""
    await call.floor.desk.switch(call.viewer, call.word("message"))
    call.hub.touch(call.caller.account)


async def _again(call: Call, *, go_on: bool) -> objects.Done:
    message = call.word("message")
    number = int(message.partition(".")[0])
    here = (await call.floor.desk.listed(call.viewer, number)).conversation
    if call.floor.desk.place(call.viewer, here) is not None:
        call.floor.workshop.lend(call.caller, number)
    await call.floor.desk.again(call.viewer, message, go_on=go_on)
    call.hub.follow(call.caller.account, number)
    return objects.Done()


async def _pick(call: Call, model: str | None) -> None:
    conversation = (await _listed(call)).conversation
    workshop = call.floor.workshop
    if model is not None and not workshop.may_pick(call.caller, conversation.bot, model):
        raise may_not_pick(model)
    # Where others speak, a member picks among the bot's choices: their key serves them alone.
    theirs = call.floor.desk.place(call.viewer, conversation) is not None
    if theirs:
        workshop.lend(call.caller, conversation.id)
    await call.floor.desk.pick_model(call.viewer, conversation.id, model, allowed=theirs)


async def _listed(call: Call) -> Listed:
    return await call.floor.desk.listed(call.viewer, call.number("conversation"))


HERE = "/api/conversations/{conversation}"
THERE = "/api/messages/{message}"

OPERATIONS = (
    Operation(
        method="GET",
        path="/api/conversations",
        does="The caller's conversations: pinned ones first, then the latest.",
        run=listing,
        query=requests.Listing,
        answers=objects.Conversations,
    ),
    Operation(
        method="POST",
        path="/api/messages",
        does="Say something with which a conversation begins.",
        run=begin,
        body=requests.Begin,
        status=202,
        answers=objects.Accepted,
        fails=(404, 422),
    ),
    Operation(
        method="GET",
        path=HERE,
        does="One conversation.",
        run=one,
        answers=objects.Conversation,
    ),
    Operation(
        method="PATCH",
        path=HERE,
        does="Change its title, its place in the list or its model.",
        run=change,
        body=requests.Change,
        answers=objects.Conversation,
        fails=(422,),
    ),
    Operation(
        method="GET",
        path=f"{HERE}/messages",
        does="A stretch of a conversation: the newest messages, or those before, behind or around.",
        run=page,
        query=requests.Stretch,
        answers=objects.Page,
    ),
    Operation(
        method="POST",
        path=f"{HERE}/messages",
        does="Say something in a conversation.",
        run=say,
        body=requests.Say,
        status=202,
        answers=objects.Accepted,
        fails=(409, 422),
    ),
    Operation(
        method="POST",
        path=f"{HERE}/stop",
        does="Stop the reply that is being made; what was shown of it is kept.",
        run=stop,
        answers=objects.Stopped,
    ),
    Operation(
        method="POST",
        path=f"{HERE}/command",
        does="Do what a line such as /new says.",
        run=command,
        body=requests.Typed,
        answers=objects.Answer,
        fails=(409, 422, 502),
    ),
    Operation(
        method="POST",
        path=f"{THERE}/again",
        does="Make a reply anew, beside the old one.",
        run=again,
        status=202,
        answers=objects.Done,
        fails=(409, 422),
    ),
    Operation(
        method="POST",
        path=f"{THERE}/continue",
        does="Go on with a reply that was cut or stopped.",
        run=go_on,
        status=202,
        answers=objects.Done,
        fails=(409, 422),
    ),
    Operation(
        method="POST",
        path=f"{THERE}/switch",
        does="Go on from this version.",
        run=switch,
        status=204,
        fails=(409, 422),
    ),
)
