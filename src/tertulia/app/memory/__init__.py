"""`tertulia memory`: the owner's tools for all that is remembered."""

from __future__ import annotations

import click

from tertulia.app.lazy import Lazy

COMMANDS = {
    "show": ("tertulia.app.memory.showing", "show_command", "What there is, and who heard it."),
    "facts": ("tertulia.app.memory.facts", "facts_command", "List facts, also of an earlier day."),
    "search": ("tertulia.app.memory.searching", "search_command", "Find what was said."),
    "preview": (
        "tertulia.app.memory.previewing",
        "preview_command",
        "Show what the next prompt would hold.",
    ),
    "receipt": (
        "tertulia.app.memory.searching",
        "receipt_command",
        "Show what the model read for a reply.",
    ),
    "edit": ("tertulia.app.memory.facts", "edit_command", "Correct a fact."),
    "history": ("tertulia.app.memory.facts", "history_command", "Show all that a fact said."),
    "undo": ("tertulia.app.memory.facts", "undo_command", "Take back the latest edit."),
    "forget": ("tertulia.app.memory.forgetting", "forget_command", "Forget something, exactly."),
    "export": ("tertulia.app.memory.exporting", "export_command", "Write all of it to a file."),
    "import": ("tertulia.app.importing", "import_command", "Take in what was said elsewhere."),
}


@click.group(
    cls=Lazy,
    parts=COMMANDS,
    epilog="Example: tertulia memory facts --person ana   WHO is a name, CHANNEL/ID or a number "
    "such as p3. Exit codes: 0 done, 1 not done, 2 an argument is wrong.",
)
def memory_command() -> None:
    """Read, correct, keep and forget what is remembered.

    These are the owner's tools: they reach everything that anybody said to any of your bots,
    whoever heard it. People themselves have /memory and /forget, for what is theirs.
    """
