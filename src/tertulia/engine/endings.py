"""How a turn ends: a reply, the part of one that was shown, a notice, or nothing said."""

from __future__ import annotations

from dataclasses import dataclass

from tertulia.engine.attempts import Draft
from tertulia.engine.bot import Bot
from tertulia.engine.prompt import cost
from tertulia.engine.tools import Tools
from tertulia.values.bot import Price
from tertulia.values.errors import ModelDeclined, ModelError, PromptTooSmall, SettingsError
from tertulia.values.prompt import Usage
from tertulia.values.reply import Ending

BROKEN = "Something went wrong inside me. Your message is kept; the log tells my owner more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """Makes the ending of one turn, begun at `started_at` (ms since 1970 UTC), from its draft."""

    tools: Tools
    draft: Draft
    started_at: int

    def replied(self, bot: Bot) -> Ending:
        """The model's whole reply."""
        usage = self.draft.usage or self._counted()
        price = bot.prices.get(self.draft.model)
        return Ending(
            kind="reply",
            text=self.draft.text,
            tokens=cost(self.tools.tokenizer, self.draft.text, None),
            finish_reason=self.draft.finish_reason,
            model=self.draft.model,
            started_at=self.started_at,
            ended_at=self.tools.clock.now(),
            usage=usage,
            cost=_paid(usage, price) if price else None,
            notes=self.draft.assembled.notes if self.draft.assembled else (),
            receipt=self._receipt(),
        )

    def stopped(self) -> Ending:
        """What was shown until a person stopped the reply, if anything."""
        said = self.draft.text
        return Ending(
            kind="reply" if said else "unanswered",
            text=said or None,
            tokens=cost(self.tools.tokenizer, said, None),
            finish_reason="stopped",
            model=self.draft.model,
            started_at=self.started_at,
            ended_at=self.tools.clock.now(),
            usage=self._counted() if said else None,
            receipt=self._receipt(),
        )

    def failed(self, error: Exception) -> Ending:
        """A plain sentence for the person; the cause is for the owner."""
        return Ending(
            kind="notice",
            text=_spoken(error),
            tokens=0,
            finish_reason=error.reason if isinstance(error, ModelDeclined) else "failed",
            model=self.draft.model,
            started_at=self.started_at,
            ended_at=self.tools.clock.now(),
            cause=str(error),
            receipt=self._receipt(),
        )

    def _receipt(self) -> dict[str, object] | None:
        return self.draft.assembled.receipt.as_json() if self.draft.assembled else None

    def _counted(self) -> Usage:
        """Servers need not tell the usage: then it is counted here."""
        prompt = self.draft.assembled.prompt.tokens if self.draft.assembled else 0
        said = self.tools.tokenizer.count(self.draft.text)
        return Usage(prompt_tokens=prompt, completion_tokens=said)


def _paid(usage: Usage, price: Price) -> float:
    cost_of_all = price.prompt * usage.prompt_tokens + price.completion * usage.completion_tokens
    return cost_of_all / 1_000_000


def _spoken(error: Exception) -> str:
    if isinstance(error, ModelError | PromptTooSmall):
        return error.spoken
    return str(error) if isinstance(error, SettingsError) else BROKEN
