"""ChatGPT's own export: `conversations.json`, or the zip or folder that holds it.

OpenAI describes the format nowhere; this follows what exports of 2023 to 2026 hold. It has two
halves: `files.py` finds the conversations, `tree.py` makes a talk of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from tertulia.importers.chatgpt import files, tree
from tertulia.ports.importer import Importer, Talk
from tertulia.values.errors import Malformed

_AGAIN = "Ask for the export again (in ChatGPT: Settings, Data controls, Export data)."


class ChatGPT(Importer):
    """Reads one conversation after another: what is held in memory is the largest of them."""

    name = "chatgpt"

    def knows(self, path: Path) -> bool:
        """Whether the file, or one in the zip or folder, begins as ChatGPT's do."""
        return files.known(path)

    def read(self, path: Path) -> Iterator[Talk]:
        """The conversations with something in them; one that comes twice is taken once.

        Raises: `Malformed` with the file and the number of the conversation.
        """
        seen: set[str] = set()
        with closing(files.opened(path)) as found:
            for where, file in found:
                for number, raw in enumerate(files.values(where, file), 1):
                    talk = _talk(raw, where, number)
                    if talk and talk.id not in seen:
                        seen.add(talk.id)
                        yield talk


def _talk(raw: object, where: str, number: int) -> Talk | None:
    told = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    if not isinstance(told.get("mapping"), dict):
        raise Malformed(
            f'{where}, conversation {number}: it has no "mapping", so it is not of ChatGPT\'s '
            f"export. {_AGAIN}"
        )
    try:
        return tree.talk(told)
    except Malformed as error:
        title = tree.title(told)
        wrong = f'{where}, conversation {number} ("{title}"): {error}'
    raise Malformed(f"{wrong} {_AGAIN} Or take this conversation out of the file.")
