"""A group of commands whose modules are loaded when they are called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from tertulia.app.nearest import did_you_mean


class Lazy(click.Group):
    """`parts` are its commands: by their names the module, its function, and what it does."""

    def __init__(
        self, *args: Any, parts: Mapping[str, tuple[str, str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._parts = parts

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own shape
        """Their names, in the order given."""
        return list(self._parts)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one."""
        if cmd_name not in self._parts:
            return None
        module, name, _ = self._parts[cmd_name]
        return getattr(importlib.import_module(module), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List them without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, does) for name, (_, _, does) in self._parts.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the one that is called, or tell which was meant."""
        if args and args[0] not in self._parts and not args[0].startswith("-"):
            ctx.fail(f"There is no command {args[0]!r}.{did_you_mean(args[0], self._parts)}")
        return super().resolve_command(ctx, args)
