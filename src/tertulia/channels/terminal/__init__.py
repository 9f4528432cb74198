"""The terminal: a talk with a prompt, and one message at a time for scripts."""

from tertulia.channels.terminal.channel import Terminal

__all__ = ["Terminal"]
