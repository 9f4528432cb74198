"""How a turn ends: a reply, the part of one that was shown, a notice, or nothing said."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tertulia.engine.attempts import Draft
from tertulia.engine.bot import Bot
from tertulia.engine.prompt import cost
from tertulia.engine.tools import Tools
from tertulia.values.bot import Price
from tertulia.values.errors import (
    ModelDeclined,
    ModelError,
    NotHeard,
    PromptTooSmall,
    SettingsError,
)
from tertulia.values.prompt import Usage
from tertulia.values.reply import Ending, OutcomeKind
from tertulia.values.text import clean

BROKEN = "Something went wrong inside me. Your message is kept; the log tells my owner more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """Makes the ending of one turn, begun at `started_at` (ms since 1970 UTC), from its draft."""

    tools: Tools
    draft: Draft
    started_at: int

    def replied(self, bot: Bot) -> Ending:
        """The model's whole reply."""
        return self._said(bot, self.draft.finish_reason)

    def stopped(self, bot: Bot) -> Ending:
        """What was shown until a person stopped the reply, if anything."""
        if self.draft.more:
            return self._said(bot, "stopped")
        return self._end("unanswered", "stopped")

    def failed(self, error: Exception) -> Ending:
        """A plain sentence for the person; the cause is for the owner."""
        reason = error.reason if isinstance(error, ModelDeclined) else "failed"
        return replace(self._end("notice", reason), text=_spoken(error), cause=clean(str(error)))

    def _said(self, bot: Bot, reason: str) -> Ending:
        text = clean(self.draft.text)
        usage = _sound(self.draft.usage) or self._counted(clean(self.draft.more))
        price = bot.prices.get(self.draft.model)
        return replace(
            self._end("reply", clean(reason)),
            text=text,
            tokens=cost(self.tools.tokenizer, text, None),
            usage=usage,
            cost=_paid(usage, price) if price else None,
            notes=self.draft.assembled.notes if self.draft.assembled else (),
        )

    def _end(self, kind: OutcomeKind, reason: str) -> Ending:
        return Ending(
            kind=kind,
            text=None,
            tokens=0,
            finish_reason=reason,
            model=clean(self.draft.model),
            started_at=self.started_at,
            ended_at=self.tools.clock.now(),
            receipt=self._receipt(),
        )

    def _receipt(self) -> dict[str, object] | None:
        return self.draft.assembled.receipt.as_json() if self.draft.assembled else None

    def _counted(self, said: str) -> Usage:
        """Servers need not tell the usage: then it is counted here."""
        return Usage(
            prompt_tokens=self.draft.assembled.prompt.tokens if self.draft.assembled else 0,
            completion_tokens=self.tools.tokenizer.count(said),
        )


MOST = 2**53
"""No reply has more tokens than this, whatever its server says."""


def _sound(usage: Usage | None) -> Usage | None:
    """A server's own count, where it can be one."""
    if usage is None:
        return None
    told = (usage.prompt_tokens, usage.completion_tokens)
    return usage if all(0 <= tokens <= MOST for tokens in told) else None


def _paid(usage: Usage, price: Price) -> float:
    cost_of_all = price.prompt * usage.prompt_tokens + price.completion * usage.completion_tokens
    return cost_of_all / 1_000_000


def _spoken(error: Exception) -> str:
    if isinstance(error, ModelError | PromptTooSmall):
        return error.spoken
    return str(error) if isinstance(error, SettingsError | NotHeard) else BROKEN
