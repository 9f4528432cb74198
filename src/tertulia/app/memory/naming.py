"""Finds the person, the conversation, the message or the fact that the command line names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tertulia.app.nearest import did_you_mean
from tertulia.engine.commands.wording import one_line
from tertulia.ports.store import Store
from tertulia.values.conversation import Conversation
from tertulia.values.errors import NotThere, SettingsError
from tertulia.values.fact import Fact
from tertulia.values.person import Person

_PERSON, _FACT = re.compile(r"p(\d{1,18})"), re.compile(r"f(\d{1,18})")
_MESSAGE = re.compile(r"(\d{1,18})\.(\d{1,18})")


async def named_person(store: Store, who: str) -> Person:
    """As `find_person`, also by a name that a fact tells. Raises: `NotThere`."""
    told = [fact for fact in await store.facts(None) if fact.slot == "name"]
    return find_person(await store.people(), who, told)


def find_person(people: Sequence[Person], who: str, told: Sequence[Fact] = ()) -> Person:
    """Whom a name, `CHANNEL/ID` or a number such as `p3` means. Raises: `NotThere`.

    `told` are facts that tell what people are called.
    """
    number = _PERSON.fullmatch(who)
    found = [one for one in people if number and int(number[1]) in (one.id, *one.numbers)]
    found = found or [one for one in people if who in addresses(one)]
    found = found or [one for one in people if who.casefold() in _names(one)]
    called = {fact.about for fact in told if _tells(fact.statement, who)}
    found = found or [one for one in people if called.intersection(one.numbers)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(described(one) for one in found)
        raise NotThere(f"{who!r} may be any of these: {listed}. Give the number.")
    known = {
        one_line(name) for one in people for name in (f"p{one.id}", *_names(one), *addresses(one))
    }
    hint = did_you_mean(who, known) if known else " Nobody has spoken yet."
    raise NotThere(f"There is nobody {who!r}.{hint}")


def _tells(statement: str, who: str) -> bool:
    """Whether "is called Ana" tells that this is somebody's name."""
    name = rf"{re.escape(who.strip())}\b"
    before = r"(?:^|\b(?:called|named|name is) )"
    return re.search(rf"{before}{name}|\b{name}\W*$", statement, re.IGNORECASE) is not None


def addresses(person: Person) -> list[str]:
    """Where they are known, each as `CHANNEL/ID`."""
    return [f"{one.channel}/{one.platform_id}" for one in person.identities]


def _names(person: Person) -> list[str]:
    return [one.name.casefold() for one in person.identities]


def described(person: Person) -> str:
    """`p1 Ana (terminal/ana, discord/42)`."""
    where = ", ".join(map(one_line, addresses(person)))
    return f"p{person.id} {one_line(person.name)} ({where})"


def find_conversation(conversations: Sequence[Conversation], name: str) -> Conversation:
    """The conversation that is named, or `CHANNEL/NAME`. Raises: `NotThere`."""
    found = [one for one in conversations if name in (one.place.spot, _full(one))]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(_full(one) for one in found)
        raise NotThere(f"{name!r} may be any of these: {listed}. Give its channel too.")
    known = did_you_mean(name, {one.place.spot for one in conversations})
    raise NotThere(f"There is no conversation {name!r}.{known}")


def _full(one: Conversation) -> str:
    return f"{one.place.channel}/{one_line(one.place.spot)}"


def message_numbers(name: str) -> tuple[int, int] | None:
    """The conversation's and the message's own number in an id such as `12.34`."""
    found = _MESSAGE.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else None


def fact_number_of(name: str) -> int:
    """The number in an id such as `f12`. Raises: `SettingsError`."""
    found = _FACT.fullmatch(name)
    if found is None:
        raise SettingsError(
            f"{name!r} is no fact's id. They look like f12: `tertulia memory facts`."
        )
    return int(found[1])


def is_fact(name: str) -> bool:
    """Whether it is the id of a fact."""
    return _FACT.fullmatch(name) is not None
