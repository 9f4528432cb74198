"""Makes a talk from one of ChatGPT's conversations, whose messages are a tree of nodes.

    mapping: {NODE: {parent, children, message: {author, create_time, content, metadata}}}

What a person did not see (the system's and the tools' messages, thoughts, code that was run) is
passed over, and what was said next takes the place of its child. Nothing here recurses: a talk may
be as deep as it is long.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, cast

from tertulia.importers.chatgpt import said
from tertulia.ports.importer import Talk, Told
from tertulia.values.errors import Malformed
from tertulia.values.text import clean

_LONGEST_TITLE = 200

Object = Mapping[str, Any]


def talk(raw: Object) -> Talk | None:
    """The talk, or None where nothing was said in it. Raises: `Malformed`, with what is wrong."""
    nodes = {node: _object(value, node) for node, value in _mapping(raw).items()}
    parents = _parents(nodes)
    order = _downward(parents)
    messages = {node: _object(nodes[node].get("message") or {}, node) for node in order}
    times = _times(raw, order, parents, messages)
    kept, above = _kept(order, parents, messages, times)
    if not kept:
        return None
    ordered = list(_with_versions(_by_time(kept)))
    current = raw.get("current_node")
    head = above.get(current) if isinstance(current, str) else None
    return Talk(
        id=_id(raw, ordered[0].id),
        title=title(raw),
        messages=tuple(ordered),
        head=head or ordered[-1].id,
    )


def title(raw: Object) -> str:
    """Its title on one line."""
    told = raw.get("title")
    line = " ".join(clean(told).split()) if isinstance(told, str) else ""
    return line[:_LONGEST_TITLE] or "Untitled"


def _mapping(raw: Object) -> dict[str, object]:
    mapping = cast("dict[str, object]", raw["mapping"])
    odd = next((node for node in mapping if not node or clean(node) != node), None)
    if odd is not None:
        raise Malformed(f"the id {odd!r} of a message is none.")
    return mapping


def _object(value: object, node: str) -> Object:
    if isinstance(value, dict):
        return cast("Object", value)
    raise Malformed(f"what stands at {said.short(node)} is no message.")


def _parents(nodes: Mapping[str, Object]) -> dict[str, str | None]:
    """Each node's parent; where it names none that is there, the one that names it as its child."""
    listed = {
        child: node
        for node, value in nodes.items()
        for child in _children(value)
        if isinstance(child, str)
    }
    found: dict[str, str | None] = {}
    for node, value in nodes.items():
        named = value.get("parent")
        named = named if isinstance(named, str) and named in nodes else listed.get(node)
        found[node] = None if named == node else named
    return found


def _children(value: Object) -> list[object]:
    children = value.get("children")
    return cast("list[object]", children) if isinstance(children, list) else []


def _downward(parents: dict[str, str | None]) -> list[str]:
    """Every node after its parent; a circle is cut open where it is met first."""
    children: defaultdict[str | None, list[str]] = defaultdict(list)
    for node, parent in parents.items():
        children[parent].append(node)
    order: list[str] = []
    seen: set[str] = set()
    for start in (*children[None], *parents):
        if start in seen:
            continue
        parents[start] = None
        seen.add(start)
        branch = [start]
        for node in branch:  # grows while it is walked
            fresh = [child for child in children[node] if child not in seen]
            seen.update(fresh)
            branch.extend(fresh)
        order.extend(branch)
    return order


def _times(
    raw: Object,
    order: Iterable[str],
    parents: Mapping[str, str | None],
    messages: Mapping[str, Object],
) -> dict[str | None, int]:
    """When each was said, in ms; without a time of its own, when its parent was."""
    own = {node: _ms(messages[node], "create_time", said.short(node)) for node in order}
    created, updated = (_ms(raw, key, "the conversation") for key in ("create_time", "update_time"))
    known = [time for time in own.values() if time is not None]
    first = created if created is not None else min(known, default=updated or 0)
    times: dict[str | None, int] = {None: first}
    for node in order:
        time = own[node]
        times[node] = times[parents[node]] if time is None else time
    return times


_END = 253_402_300_800
"""The first second of the year 10000."""


def _ms(value: Object, key: str, owner: str) -> int | None:
    told = value.get(key)
    if told is None:
        return None
    if isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told < _END:
        return round(told * 1000)
    raise Malformed(f"the {key} of {owner} is no time in seconds since 1970.")


def _kept(
    order: Iterable[str],
    parents: Mapping[str, str | None],
    messages: Mapping[str, Object],
    times: Mapping[str | None, int],
) -> tuple[list[Told], dict[str | None, str | None]]:
    """What was said, and for each node the message that stands there or next above."""
    kept: list[Told] = []
    above: dict[str | None, str | None] = {None: None}
    for node in order:
        over = above[parents[node]]
        text = said.text(messages[node], node)
        above[node] = node if text else over
        if text:
            kept.append(_told(node, over, messages[node], text, times[node]))
    return kept, above


def _told(node: str, parent: str | None, message: Object, text: str, said_at: int) -> Told:
    role, name = said.author(message)
    return Told(
        id=node,
        parent=parent,
        role=cast('Literal["user", "assistant"]', role),
        name=name,
        text=text,
        said_at=said_at,
    )


def _by_time(kept: Iterable[Told]) -> list[Told]:
    """In the order in which they were said, yet each after its parent."""
    children: defaultdict[str | None, list[tuple[int, int, Told]]] = defaultdict(list)
    for rank, told in enumerate(kept):
        children[told.parent].append((told.said_at, rank, told))
    ready = children[None]
    heapq.heapify(ready)
    ordered: list[Told] = []
    while ready:
        told = heapq.heappop(ready)[2]
        ordered.append(told)
        for child in children[told.id]:
            heapq.heappush(ready, child)
    return ordered


def _with_versions(ordered: Iterable[Told]) -> Iterator[Told]:
    """What was edited, or made anew, stands beside the first that followed the same one."""
    firsts: dict[tuple[str | None, str], str] = {}
    for told in ordered:
        first = firsts.setdefault((told.parent, told.role), told.id)
        yield told if first == told.id else replace(told, instead_of=first)


def _id(raw: Object, first: str) -> str:
    """Its own id; where it has none, one that is the same whenever the file is read."""
    for key in ("conversation_id", "id"):
        told = raw.get(key)
        if isinstance(told, str) and told and clean(told) == told:
            return told
    return hashlib.sha256(f"{title(raw)}\n{raw.get('create_time')}\n{first}".encode()).hexdigest()
