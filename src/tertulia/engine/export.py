"""A conversation as Markdown, JSON, HTML or plain text, for people to keep.

It is headed by its title where it has one, else by the name of its spot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from tertulia.values.conversation import Conversation
from tertulia.values.errors import SettingsError
from tertulia.values.message import Message, message_id


def export(form: str, conversation: Conversation, messages: Sequence[Message]) -> str:
    """The whole transcript in one of `FORMS`. Raises: `SettingsError` for another form."""
    if form not in FORMS:
        raise SettingsError(f"There is no export to {form!r}. Choose {', '.join(FORMS)}.")
    return FORMS[form](conversation, messages)


def as_markdown(conversation: Conversation, messages: Sequence[Message]) -> str:
    """A heading, then each message under its speaker and time."""
    parts = [f"# {_heading(conversation)}\n\nWith {conversation.bot}.\n"]
    for message in messages:
        speaker, when = _speaker(conversation, message), _when(message.said_at)
        parts.append(f"\n**{speaker}** · {when}\n\n{message.text}{_mark(message)}\n")
    return "".join(parts)


def as_json(conversation: Conversation, messages: Sequence[Message]) -> str:
    """One object: the conversation, and its messages with ids and parents."""
    title = {} if conversation.title is None else {"title": conversation.title}
    return json.dumps(
        {
            "tertulia": 1,
            "conversation": conversation.place.spot,
            **title,
            "channel": conversation.place.channel,
            "bot": conversation.bot,
            "created_at": _when(conversation.created_at),
            "head": _head(conversation, messages),
            "messages": [_as_object(conversation, message) for message in messages],
        },
        ensure_ascii=False,
        indent=2,
    )


def as_html(conversation: Conversation, messages: Sequence[Message]) -> str:
    """One page that needs nothing else: no script, nothing fetched, every text escaped."""
    title = escape(_heading(conversation))
    said = "\n".join(_as_article(conversation, message) for message in messages)
    return _PAGE.format(title=title, bot=escape(conversation.bot), said=said)


def as_text(conversation: Conversation, messages: Sequence[Message]) -> str:
    """What was said and nothing else: speaker, colon, text, and a blank line between."""
    said = (f"{_speaker(conversation, one)}: {one.text}{_mark(one)}\n" for one in messages)
    return "\n".join(said)


FORMS: Mapping[str, Callable[[Conversation, Sequence[Message]], str]] = {
    "md": as_markdown,
    "json": as_json,
    "html": as_html,
    "txt": as_text,
}


def _heading(conversation: Conversation) -> str:
    return conversation.title or conversation.place.spot


def _head(conversation: Conversation, messages: Sequence[Message]) -> str | None:
    """The message behind which it goes on, of those that are here; None where it begins anew."""
    head = -1 if conversation.head is None else conversation.head
    before = (message for message in messages if message.seq <= head)
    found = max(before, key=lambda message: message.seq, default=None)
    return None if found is None else found.id


def _as_object(conversation: Conversation, message: Message) -> dict[str, object]:
    def named(seq: int | None) -> str | None:
        return None if seq is None else message_id(message.conversation, seq)

    return {
        "id": message.id,
        "parent": named(message.parent),
        "instead_of": named(message.instead_of),
        "role": message.role,
        "name": _speaker(conversation, message),
        "text": message.text,
        "said_at": _when(message.said_at),
        "finish_reason": message.finish_reason,
    }


def _as_article(conversation: Conversation, message: Message) -> str:
    when = _when(message.said_at)
    return (
        f'<article class="{message.role}" id="m{message.id}">'
        f"<h2>{escape(_speaker(conversation, message))} "
        f'<time datetime="{when}">{when}</time></h2>'
        f"<pre>{escape(message.text)}{_mark(message)}</pre></article>"
    )


def _speaker(conversation: Conversation, message: Message) -> str:
    if message.role == "assistant":
        return conversation.bot
    return "notice" if message.role == "notice" else message.name or "you"


def _mark(message: Message) -> str:
    marks = {"stopped": " … (stopped)", "length": " … (cut at the reply's limit)"}
    return marks.get(message.finish_reason or "", "")


def _when(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto;
  padding: 0 1rem; }}
article {{ margin: 1.5rem 0; }}
h2 {{ font-size: .9rem; margin: 0; }}
time {{ font-weight: normal; opacity: .6; margin-left: .5rem; }}
pre {{ font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0 0; }}
.user pre {{ border-left: 3px solid #888; padding-left: .75rem; }}
.notice {{ opacity: .7; font-style: italic; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>With {bot}.</p>
{said}
</body>
</html>
"""
