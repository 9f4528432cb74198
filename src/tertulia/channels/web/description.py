"""The OpenAPI description of `/api`, made from the operations themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from tertulia.channels.web import objects, requests
from tertulia.channels.web.operation import PATTERNS, Operation
from tertulia.channels.web.refused import CODES

ALWAYS = (400, 401, 403, 421, 429, 503)
"""Failures that every call may have."""

WHY = {
    400: "The request is not what it should be.",
    401: "Nobody is logged in, or the token is wrong.",
    403: "It is the owner's, the origin is another's, or the CSRF token is wrong.",
    404: "It does not exist, or is not for the caller's eyes.",
    409: "Something waits or runs in the conversation.",
    413: "The body is too large.",
    421: "The Host is none of this server's.",
    422: "It was understood but cannot be done.",
    429: "Too many calls; Retry-After tells the seconds.",
    502: "A model's server refused or did not answer.",
    503: "The database cannot be used just now; nothing was changed.",
}

ABOUT = (
    "What the page of Tertulia uses, and programs may. Times are milliseconds since 1970 UTC. Ids "
    "are the public ones: `12.3` is message 3 of conversation 12, `f5` a fact. A program sends "
    "`Authorization: Bearer TOKEN`; a page has a cookie, and sends `X-CSRF-Token` with what it "
    "changes. The WebSocket `/api/live` tells the same events as "
    "`/api/conversations/{conversation}/events`."
)

REF = "#/components/schemas/{name}"

OF_THE_SERVER = (
    Operation(
        method="GET",
        path="/api/me",
        does="Who is logged in, and what goes back as X-CSRF-Token.",
        run=None,
        answers=objects.Me,
    ),
    Operation(
        method="POST",
        path="/api/login",
        does="Log in; the answer has the cookie.",
        run=None,
        body=requests.Login,
        answers=objects.Me,
        fails=(422,),
    ),
    Operation(
        method="POST",
        path="/api/logout",
        does="Log out.",
        run=None,
        status=204,
    ),
)
"""What the server itself answers, before any door is asked."""


LEADS: Mapping[str, Mapping[str, str]] = {
    "POST /api/messages": {"conversation": "/conversation", "message": "/message"},
    "POST /api/facts": {"fact": "/id"},
    "PUT /api/bots/{bot}": {"bot": "/name"},
}
"""Operations whose answers name what others take, and where in the answer."""


def described(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """The description of these operations, and of those of the server."""
    every = (*OF_THE_SERVER, *operations)
    types: dict[type[msgspec.Struct], None] = {objects.Failure: None}
    for one in every:
        types.update(dict.fromkeys(kind for kind in (one.query, one.body, one.answers) if kind))
    listed, components = msgspec.json.schema_components(list(types), ref_template=REF)
    schemas = dict(zip(types, listed, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in every:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas, components)
    _link(paths, every)
    used = _used(paths, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tertulia", "version": version, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": {name: components[name] for name in sorted(used)},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "login": {"type": "apiKey", "in": "cookie", "name": "tertulia_login"},
            },
        },
        "security": [{}, {"token": []}, {"login": []}],
    }


def _operation(
    one: Operation, schemas: dict[Any, dict[str, Any]], components: dict[str, Any]
) -> dict[str, Any]:
    name = re.sub(r"\W+", "_", one.path.removeprefix("/api/")).strip("_")
    told: dict[str, Any] = {
        "operationId": f"{one.method.lower()}_{name}",
        "summary": one.does,
        "parameters": [*_of_path(one), *_of_query(one, components)],
        "responses": _responses(one, schemas),
    }
    if one.body is not None:
        content = {"application/json": {"schema": schemas[one.body]}}
        told["requestBody"] = {"required": True, "content": content}
    if one.file:
        told["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    return told


def _link(paths: dict[str, dict[str, Any]], every: Iterable[Operation]) -> None:
    """Tell with each answer in `LEADS` what can be asked next of what it names."""
    for one in every:
        told = paths[one.path][one.method.lower()]
        for name, where in LEADS.get(f"{one.method} {one.path}", {}).items():
            links = told["responses"][str(one.status)].setdefault("links", {})
            for other in (each for each in every if name in _named(each) and each is not one):
                id_ = paths[other.path][other.method.lower()]["operationId"]
                given = {name: f"$response.body#{where}"}
                links[id_] = {"operationId": id_, "parameters": given}


def _of_path(one: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{PATTERNS[name]}$"},
        }
        for name in _named(one)
    ]


def _of_query(one: Operation, components: dict[str, Any]) -> list[dict[str, Any]]:
    kind = components[one.query.__name__]
    required = kind.get("required", [])
    properties = cast("dict[str, Any]", kind.get("properties", {}))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in properties.items()
    ]


def _responses(one: Operation, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    statuses = {*ALWAYS, *one.fails}
    if _named(one):
        statuses.add(404)
    if one.body or one.file:
        statuses.add(413)
    failure = {"application/json": {"schema": schemas[objects.Failure]}}
    well: dict[str, Any] = {"description": "Done."}
    if one.answers is not None:
        well["content"] = {"application/json": {"schema": schemas[one.answers]}}
    elif one.sends:
        well["content"] = {kind: {} for kind in one.sends}
    return {
        str(one.status): well,
        **{
            str(status): {"description": WHY[status], "content": failure}
            for status in sorted(statuses & CODES.keys())
        },
    }


def _named(one: Operation) -> list[str]:
    return re.findall(r"\{(\w+)\}", one.path)


def _used(paths: object, components: dict[str, Any]) -> set[str]:
    """The components that are referred to, directly or by others."""
    used: set[str] = set()
    waiting: list[object] = [paths]
    while waiting:
        for name in set(_references(waiting.pop())) - used:
            used.add(name)
            waiting.append(components[name])
    return used


def _references(value: object) -> list[str]:
    return re.findall(r"#/components/schemas/([\w.]+)", msgspec.json.encode(value).decode())
