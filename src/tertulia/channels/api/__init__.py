"""Bots as models for every program that speaks OpenAI's protocol."""

from tertulia.channels.api.door import Api

__all__ = ["Api"]
