"""Every error that Tertulia raises on purpose.

TertuliaError                 what happened, and what to do: one plain sentence for a person
├── SettingsError             the settings file, a secret, or a word on the command line is wrong
├── PartMissing               no installed part has the name that the settings ask for
├── NotThere                  what was asked for (a message, a fact, a person) does not exist
├── Malformed                 a file that was to be imported cannot be read
├── StoreError                the database cannot be used
│   ├── StoreTooNew           it was written by a newer Tertulia
│   ├── StoreCorrupt          it is damaged, or not ours
│   ├── StoreFull             the disk is full
│   ├── StoreReadOnly         it cannot be written
│   ├── StoreBusy             another program has held it for too long
│   └── LeaseLost             another process has taken the turn over; the late reply is refused
│       └── AudienceGrew      somebody joined who would see what they may not have heard
├── ModelError                a model did not give a reply
│   ├── ModelUnavailable      not now: refused, busy, cut, stalled (worth another try)
│   ├── ModelNotAllowed       its key is missing or refused (no other model is asked instead)
│   ├── ModelRejected         it will never take this request (worth another model, not another try)
│   ├── ContextOverflow       the prompt was longer than the model's context window
│   └── ModelDeclined         it answered with a refusal, or a content filter held the reply back
├── PromptTooSmall            the context window cannot hold even a cut message
├── NotHeard                  nobody may be answered: not all who are here heard what was said
├── Busy                      something waits or runs in the conversation: ask again when it is done
├── Stopped                   a person stopped the turn
├── NotHere                   a channel has nobody to hand a reply to at this moment
└── DeliveryFailed            a platform will not take a reply
"""

from __future__ import annotations


class TertuliaError(Exception):
    """The base of the tree: `str(error)` is a sentence that can be shown to a person."""


class SettingsError(TertuliaError):
    """A setting, a secret or an argument is wrong; the command exits with code 2."""


class PartMissing(SettingsError):
    """No installed part has the asked name."""


class NotThere(SettingsError):
    """What was asked for does not exist; nothing was done."""


class Malformed(SettingsError):
    """A file is not what it should be; nothing of it was taken."""


class StoreError(TertuliaError):
    """The database cannot be used; nothing was overwritten."""


class StoreTooNew(StoreError):
    """The database was written by a newer Tertulia."""


class StoreCorrupt(StoreError):
    """The file is damaged, or is no Tertulia database."""


class StoreFull(StoreError):
    """The disk is full; what was being written was not stored."""


class StoreReadOnly(StoreError):
    """The database cannot be written."""


class StoreBusy(StoreError):
    """Another program has held the database for too long; what was to be written was not."""


class LeaseLost(StoreError):
    """Another process has taken the turn over: what this one made is refused."""


class AudienceGrew(LeaseLost):
    """Somebody joined while a reply was made; it is refused, and made anew from what all heard."""


class ModelError(TertuliaError):
    """A model gave no reply. `str(error)` is the cause, for the owner's log."""

    spoken = "I could not get a reply from my model. Your message is kept; please try again later."
    """The plain sentence that the person who wrote is given."""


class ModelUnavailable(ModelError):
    """Not now: connection refused, 429, 5xx, a cut or stalled stream.

    `retry_after` is the server's own wish in seconds, where it told one.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ModelNotAllowed(ModelError):
    """The key is missing or refused (401, 403): the owner must mend it, so no fallback hides it."""

    spoken = (
        "I am not set up yet: my model does not accept its key. "
        "Your message is kept; the owner of this bot has to mend the key."
    )


class ModelRejected(ModelError):
    """The server will not take this request however often it is sent (400, 404, 422)."""

    spoken = (
        "My model would not take this, and trying again does not help. "
        "Your message is kept; the owner of this bot has to look at it."
    )


class ContextOverflow(ModelError):
    """The prompt was longer than the context window.

    `window` and `prompt_tokens` are what the server told, in its own tokens, where it told them.
    """

    spoken = (
        "The talk has grown longer than my model can read at once, and cutting it did not help. "
        "Your message is kept; /new starts an empty window."
    )

    def __init__(
        self, message: str, *, window: int | None = None, prompt_tokens: int | None = None
    ) -> None:
        super().__init__(message)
        self.window = window
        self.prompt_tokens = prompt_tokens


class ModelDeclined(ModelError):
    """A refusal, or a content filter; `reason` is the `finish_reason` that is stored."""

    spoken = "My model declined to answer that. You could put it in other words."

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class PromptTooSmall(TertuliaError):
    """The token budget is too small for the persona and any part of the newest message."""

    spoken = (
        "I cannot read your message: my model's context window is set too small. "
        "Your message is kept; the owner of this bot has to give it a larger one."
    )


class NotHeard(TertuliaError):
    """Nothing of what waits was heard by everybody who would see the reply."""


class Busy(TertuliaError):
    """Something waits or runs in the conversation; nothing was done."""


class Stopped(TertuliaError):
    """A person stopped the turn before anything was shown."""


class NotHere(TertuliaError):
    """Nobody is there to take the delivery now; it stays ready for when the channel is opened."""


class DeliveryFailed(TertuliaError):
    """The platform refused the reply for good."""
