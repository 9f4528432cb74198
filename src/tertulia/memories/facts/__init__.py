"""Facts that people have told, each with its sources: read from their messages, shown as data."""

from __future__ import annotations

from tertulia.memories.facts.memory import FactsMemory

__all__ = ["FactsMemory"]
