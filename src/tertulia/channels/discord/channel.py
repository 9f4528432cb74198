"""The channel: connects, and hands on what is to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from tertulia.channels.discord import portal
from tertulia.channels.discord.settings import read
from tertulia.ports.channel import Floor, Wire
from tertulia.values.check import Check
from tertulia.values.errors import NotHere, PartMissing, SettingsError
from tertulia.values.reply import Delivery

if TYPE_CHECKING:
    from tertulia.channels.discord.client import Client

_TOKEN = f"Discord refused the token. {portal.TOKEN}"
_INTENT = f"the bot may not read what people write. {portal.INTENT}"


class Discord(Wire):
    """A bot on Discord. Made with the table `[channels.discord]`."""

    name = "discord"

    def __init__(self, table: Mapping[str, object]) -> None:
        self._spec = read(table)
        self._client: Client | None = None

    async def run(self, floor: Floor) -> None:
        """Stay connected.

        Raises: `SettingsError` where Discord does not let it in; `NotHere` where it cannot now.
        """
        _needs_are_met()
        import discord

        from tertulia.channels.discord.client import Client, pointed_to

        pointed_to(self._spec)
        async with Client(self._spec, floor) as client:
            self._client = client
            try:
                await client.start(self._spec.token.reveal())
            except discord.LoginFailure:
                told = _TOKEN.format(origin=self._spec.token.origin)
                raise SettingsError(told) from None
            except discord.PrivilegedIntentsRequired:
                raise SettingsError(_INTENT) from None
            except (discord.HTTPException, discord.GatewayNotFound) as error:
                raise NotHere(f"Discord does not let the bot in now: {error}") from error
            finally:
                self._client = None

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        """Show a reply; returns the ids of its messages.

        Raises: `NotHere` while there is no connection; `DeliveryFailed` where it may not write, or
        the channel is gone.
        """
        if self._client is None or not self._client.serves(delivery.place):
            raise NotHere("There is no connection to Discord.")
        return await self._client.deliver(delivery)

    async def check(self) -> Sequence[Check]:
        """See `Wire.check`."""
        try:
            _needs_are_met()
        except PartMissing as error:
            return [Check(subject=self.name, ready=False, found=str(error))]
        from tertulia.channels.discord.checks import look

        return await look(self._spec)


def _needs_are_met() -> None:
    """Raises: `PartMissing` where a package that only this channel needs is not installed."""
    try:
        import_module("tertulia.channels.discord.client")
    except ModuleNotFoundError as error:
        raise PartMissing(
            f'The channel "discord" needs the package "{error.name}", which is not installed: '
            'pip install "tertulia[discord]"'
        ) from error
