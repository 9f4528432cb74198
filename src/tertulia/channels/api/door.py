"""The door: what it owns, and what it does with replies."""

from __future__ import annotations

from tertulia.ports.channel import Application, Door, Floor
from tertulia.values.reply import Delivery


class Api(Door):
    """`/v1`, in the shape of OpenAI's chat completions."""

    name = "api"
    paths = ("/v1",)
    open_to_all = ()

    def application(self, floor: Floor) -> Application:
        """What answers there."""
        from tertulia.channels.api.routes import application

        return application(floor)

    async def send(self, delivery: Delivery) -> tuple[str, ...]:  # noqa: ARG002 - the port's name
        """Nothing is pushed: whoever asked follows the message, and asks again where it was cut."""
        return ()
