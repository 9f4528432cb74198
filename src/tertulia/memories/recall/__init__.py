"""Finds again what was said earlier, here or elsewhere, by its words."""

from tertulia.memories.recall.memory import RecallMemory

__all__ = ["RecallMemory"]
