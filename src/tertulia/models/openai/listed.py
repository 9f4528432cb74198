"""Asks a server which models one can talk with there, and so whether it takes a key."""

from __future__ import annotations

from tertulia.models.openai.endpoint import Endpoint
from tertulia.models.openai.failures import NO_SUCH_PATH, Refused, refusal
from tertulia.models.openai.listing import chat_models
from tertulia.values.errors import ModelRejected, ModelUnavailable

_SECONDS = 5.0


async def listed(at: Endpoint, *, foreign: bool) -> list[str]:
    """The names of the chat models, each once; none where the server lists no models at all.

    `foreign`: see `ChatModel`. Raises: a `ModelError`.
    """
    from tertulia.models.openai.wire import Wire  # loads the SDK

    wire = Wire(at, timeout=_SECONDS, foreign=foreign)
    try:
        found = chat_models(await wire.models())
    except Refused as error:
        if error.status in NO_SUCH_PATH:
            return []
        raise refusal(at, error) from None
    except ModelUnavailable as error:
        raise ModelUnavailable(f"{error} {at.start_step}") from None
    finally:
        await wire.close()
    if found is None:
        raise ModelRejected(
            f"{at.name}: what {at.address} answers is no list of models. Check base_url."
        )
    return list(dict.fromkeys(found))
