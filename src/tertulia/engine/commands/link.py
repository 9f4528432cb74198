"""`/link` and `/unlink`: one person on several channels."""

from __future__ import annotations

import secrets

from tertulia.engine.commands.asking import Ask
from tertulia.engine.commands.wording import one_line
from tertulia.values.audience import Scope

SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No two of these are taken for each other."""

LENGTH, MINUTES = 8, 10

READ_BY_OTHERS = (
    "Others can read what stands here, and whoever has the code becomes you. "
    "Ask for it where we are alone."
)
UNSURE = "Say something first, so that I know who can read the code here."
WRONG = (
    "This code does not fit: it is mistyped, used up, or older than "
    f"{MINUTES} minutes. /link on your other channel gives a new one."
)
SAME_CHANNEL = (
    "This code was given on this channel: it joins you with who you are on another one. "
    "Two accounts of one channel stay two people."
)
TOO_MANY = f"Too many wrong codes. Wait {MINUTES} minutes, then ask for a new one with /link."


async def link(ask: Ask) -> str:
    """Give a code, or join with the one that gave this code."""
    words, sure = ask.words.upper().split(), False
    if words and words[-1] == "YES":
        sure = bool(words.pop())
    code = "".join(words).replace("-", "")
    return await _join(ask, code, sure=sure) if code else await _offer(ask)


async def _offer(ask: Ask) -> str:
    scope = await ask.scope()
    if not (ask.owner and _nobody_spoke(ask)):
        if scope is None:
            return UNSURE
        if _read_by_others(scope):
            return READ_BY_OTHERS
    code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    until = ask.tools.clock.now() + MINUTES * 60_000
    await ask.tools.store.offer_link(await _identity(ask), code, until)
    return (
        f"Your code is {code[:4]}-{code[4:]}, good for {MINUTES} minutes. Type /link "
        f"{code[:4]}-{code[4:]} to me on your other channel, and I take both for one person."
    )


def _nobody_spoke(ask: Ask) -> bool:
    return ask.conversation is None or not ask.conversation.audience


def _read_by_others(scope: Scope) -> bool:
    return scope.here.circle is not None or len(scope.here.people) > 1


async def _join(ask: Ask, code: str, *, sure: bool) -> str:
    now = ask.tools.clock.now()
    who = (ask.place.channel, ask.place.account, ask.author.platform_id)
    if not ask.tools.tries.may(who, now):
        return TOO_MANY
    other = await ask.tools.store.offered(code, now)
    if other is None:
        ask.tools.tries.failed(who, now)
        return WRONG
    if (other.channel, other.account) == (ask.place.channel, ask.place.account):
        return SAME_CHANNEL
    if not sure:
        return (
            f"This makes you one person with {one_line(other.name)} on {other.channel}: each is "
            "shown what the other said, and can have it forgotten. If both are you, type "
            f"/link {code[:4]}-{code[4:]} yes"
        )
    await ask.tools.store.link(await _identity(ask), code, now)
    return (
        f"From now on {one_line(other.name)} on {other.channel} and you here are one person to me: "
        "I remember for both. /unlink parts you again."
    )


async def _identity(ask: Ask) -> int:
    person = await ask.tools.store.meet(ask.place, ask.author)
    return person.own(ask.place, ask.author)


async def unlink(ask: Ask) -> str:
    """Part this identity from all others."""
    person = await ask.person()
    own = person.own(ask.place, ask.author) if person is not None else None
    if own is None or not await ask.tools.store.unlink(own):
        return "You are linked with no other channel."
    return (
        "You are parted: who you are here and who you are elsewhere are two people to me again, "
        "each with what was said there."
    )
