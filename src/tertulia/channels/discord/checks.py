"""Asks Discord what keeps the bot from hearing or answering, without connecting to its gateway."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

import aiohttp
import discord
import msgspec
from msgspec import Struct

from tertulia._version import __version__
from tertulia.channels.discord import portal
from tertulia.channels.discord.portal import PERMISSIONS
from tertulia.channels.discord.rules import Rules, Spoken
from tertulia.values.check import Check

if TYPE_CHECKING:
    from tertulia.channels.discord.settings import Spec

log = logging.getLogger(__name__)

SECONDS = 10.0
"""Within which all that is asked must be answered."""
PATIENCE = 5.0
"""Seconds that Discord may ask us to wait before another call."""
MOST = 10
"""Servers that are looked at, and channels that are told of."""
PAGE = 200
"""Servers that Discord tells at once."""

_READS = 1 << 18 | 1 << 19
"""The flags of an application that may read what people write: a large one's, a small one's."""
_TOKEN = re.compile(r"[!-~]+")
_ADMINISTRATOR = 1 << 3
_ALL = (1 << 53) - 1
_TEXT, _NEWS, _FORUM = 0, 5, 15
_KINDS = (_TEXT, _NEWS, _FORUM)
_STATUS = "Try again in some minutes; https://discordstatus.com tells whether Discord has trouble."
_UNSEEN = "That is all right where people would not talk with it; else let its role view them."

T = TypeVar("T")


class Me(Struct):
    """The bot's user."""

    id: int
    username: str


class Application(Struct):
    """What the owner made on the portal."""

    id: int
    flags: int = 0
    bot_public: bool = False


class Server(Struct):
    """One that the bot is on; `permissions` are those of its roles there."""

    id: int
    name: str
    owner: bool = False
    permissions: int = 0


class Member(Struct):
    """The bot on one server."""

    roles: list[int] = []


class Overwrite(Struct):
    """What a channel allows and denies to somebody; to everyone by the server's own id."""

    id: int
    allow: int = 0
    deny: int = 0


class Place(Struct):
    """A channel."""

    id: int
    type: int
    name: str = ""
    permission_overwrites: list[Overwrite] = []


class Trouble(Exception):
    """Discord gave no answer that can be used; told in words for the owner."""


class Refused(Exception):
    """Discord does not take the token."""


async def look(spec: Spec) -> list[Check]:
    """All that can be found within `SECONDS`; never raises."""
    found: list[Check] = []
    token = spec.token.reveal().strip()
    refused = _missing("Discord refuses the token", portal.TOKEN.format(origin=spec.token.origin))
    if not _TOKEN.fullmatch(token):
        return [refused]  # it could not even be sent
    try:
        async with asyncio.timeout(SECONDS), Asking(spec.api_url, token) as asking:
            await _look(spec, asking, found)
    except Refused:
        found.append(refused)
    except Trouble as trouble:
        found.append(_missing(str(trouble), _STATUS))
    except TimeoutError:
        found.append(_missing(f"Discord gave no answer within {SECONDS:g} seconds", _STATUS))
    return found


async def _look(spec: Spec, asking: Asking, found: list[Check]) -> None:
    me = await asking.get("/users/@me", Me)
    application = await asking.get("/applications/@me", Application)
    servers = await asking.get(f"/users/@me/guilds?limit={PAGE}", list[Server])
    link = portal.invite(application.id)
    if servers:
        found.append(_ready(f"it is {me.username}, on {_some(servers)}"))
    else:
        what = f"it is {me.username}, and on no server: it was not invited yet"
        found.append(_missing(what, f"Open {link} and choose your server."))
    found += _of_application(application)
    seen = servers[:MOST]
    told = await asyncio.gather(*(_of_server(spec, asking, me, one, link) for one in seen))
    found += [check for checks in told for check in checks]
    if len(servers) > MOST:
        found.append(_ready(f"only the first {MOST} of its servers were looked at"))


def _of_application(application: Application) -> list[Check]:
    found: list[Check] = []
    if not application.flags & _READS:
        what = "it may not read what people write: Message Content Intent is off"
        found.append(_missing(what, portal.INTENT))
    if application.bot_public:
        found.append(_ready("Public Bot is on: anybody can invite it", portal.PUBLIC))
    return found


async def _of_server(
    spec: Spec, asking: Asking, me: Me, server: Server, link: str
) -> Sequence[Check]:
    """What it lacks in the channels where the settings let it answer."""
    root = f"/guilds/{server.id}"
    try:
        places, member = await asyncio.gather(
            asking.get(f"{root}/channels", list[Place]),
            asking.get(f"{root}/members/{me.id}", Member),
        )
    except Trouble as trouble:
        return [_missing(f"what it may do on {server.name} is not known: {trouble}", _STATUS)]
    names = [server.id, *member.roles, me.id]
    lacked = [
        (place, lacking(held(server, place, names), place.type))
        for place in places
        if place.type in _KINDS and _answers(spec, server.id, place.id)
    ]
    hidden = [place for place, missing in lacked if "View Channel" in missing]
    if hidden and len(hidden) == len(lacked):
        what = f"on {server.name} it sees no channel where it could answer"
        return [_missing(what, f"Give its role View Channel there, or open {link} once more.")]
    unseen = [place for place in hidden if str(place.id) not in spec.channels]
    told = [
        _missing(in_words(place.name, server.name, missing), step(place.id))
        for place, missing in lacked
        if missing and place not in unseen
    ]
    return [*_shortened(told, server), *_of_unseen(unseen, server)]


def _shortened(told: Sequence[Check], server: Server) -> Sequence[Check]:
    more = len(told) - MOST
    if more <= 0:
        return told
    return [*told[:MOST], _missing(f"so it is in {more} more channels of {server.name}")]


def _of_unseen(unseen: Sequence[Place], server: Server) -> Sequence[Check]:
    """Channels that are not for all, as most servers have some, are no fault."""
    if not unseen:
        return []
    shown = [f"#{place.name}" for place in unseen[:MOST]]
    more = len(unseen) - MOST
    names = _and([*shown, f"{more} more"] if more > 0 else shown)
    return [_ready(f"on {server.name} it does not see {names}", _UNSEEN)]


def _answers(spec: Spec, server: int, channel: int) -> bool:
    """Whether there is anybody whom it answers there."""
    allow, deny = spec.allow.channels, spec.deny.channels
    if str(channel) in deny or (allow and str(channel) not in allow):
        return False
    nobody = 0
    return Rules(spec).answers(Spoken(channel=channel, server=server, user=nobody)) != "never"


def held(server: Server, place: Place, names: Sequence[int]) -> int:
    """What the bot may in a channel, as Discord reckons it.

    `names` are the ids for which a channel may allow or deny: everyone, its roles, itself last.
    """
    base = server.permissions
    if server.owner or base & _ADMINISTRATOR:
        return _ALL
    everyone, *roles, own = names
    for group in ((everyone,), roles, (own,)):
        written = [one for one in place.permission_overwrites if one.id in group]
        for one in written:
            base &= ~one.deny
        for one in written:
            base |= one.allow
    return base


def lacking(permissions: int, kind: int) -> tuple[str, ...]:
    """The names of what it needs in a channel of that kind and has not.

    In a channel that it does not see that is all there is to tell; in a forum there are only
    threads.
    """
    if not permissions & PERMISSIONS["View Channel"]:
        return ("View Channel",)
    return tuple(
        name
        for name, bit in PERMISSIONS.items()
        if not permissions & bit and not (name == "Send Messages" and kind == _FORUM)
    )


def in_words(channel: str, server: str, missing: Iterable[str]) -> str:
    """What it lacks in a channel."""
    return f"in #{channel} of {server} it lacks {_and(missing)}"


def step(channel: int) -> str:
    """What to do where something is missing in a channel."""
    return (
        "Give its role that in the channel's settings, under Permissions; or leave the channel out "
        f'with [channels.discord.channels.{channel}] and answer = "never".'
    )


class Told:
    """What the log is told of a bot that is there: each thing once, of ten channels at most."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._lines: set[str] = set()
        self._channels = 0

    def ready(self, client: discord.Client) -> None:
        """Who it is, and what keeps people from it."""
        count, application = len(client.guilds), client.application
        servers = "1 server" if count == 1 else f"{count} servers"
        log.info("Discord: %s is there, on %s.", client.user, servers)
        for guild in client.guilds:  # not all are told of as available
            self.server(guild)
        if application is None:
            return
        if not client.guilds:
            link = portal.invite(application.id)
            self._tell(f"it was not invited yet. Open {link} and choose your server.")
        if application.bot_public:
            self._tell(f"Public Bot is on: anybody can invite it. {portal.PUBLIC}")

    def server(self, guild: discord.Guild) -> None:
        """What it lacks in the channels of a server where it should answer."""
        for channel in guild.channels:
            kind = channel.type.value
            if kind not in _KINDS or not _answers(self._spec, guild.id, channel.id):
                continue
            # That of a text channel would leave out what is no use without another permission.
            may = discord.abc.GuildChannel.permissions_for(channel, guild.me)
            missing = lacking(may.value, kind)
            if "View Channel" in missing and str(channel.id) not in self._spec.channels:
                continue  # a channel that is not for all
            if missing:
                self._of_channel(f"{in_words(channel.name, guild.name, missing)}.")

    def _of_channel(self, line: str) -> None:
        self._channels += line not in self._lines
        if self._channels <= MOST:
            self._tell(line)
        else:
            self._tell("it lacks something in more channels: `tertulia doctor` tells where.")

    def _tell(self, line: str) -> None:
        if line not in self._lines:
            self._lines.add(line)
            log.warning("Discord: %s", line)


class Asking:
    """Calls of Discord's HTTP with the bot's token."""

    def __init__(self, url: str, token: str) -> None:
        self._root = url.rstrip("/")
        self._session = aiohttp.ClientSession(
            headers={
                "Authorization": f"Bot {token}",
                "User-Agent": f"DiscordBot (tertulia, {__version__})",
            },
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def __aenter__(self) -> Asking:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, path: str, kind: type[T]) -> T:
        """What stands there. Raises: `Refused`; `Trouble`."""
        while True:
            status, wait, body = await self._call(path)
            if status != 429 or wait > PATIENCE:
                break
            await asyncio.sleep(wait)
        if status == 401:
            raise Refused
        if status == 429:
            raise Trouble(f"Discord takes no call of ours for {wait:.0f} seconds")
        if status != 200:
            raise Trouble(f"Discord answers with an error ({status})")
        try:
            return msgspec.json.decode(body, type=kind, strict=False)
        except msgspec.MsgspecError:
            raise Trouble(f"what answers at {self._root} is not Discord") from None

    async def _call(self, path: str) -> tuple[int, float, bytes]:
        """Status, seconds to wait, and body."""
        try:
            async with self._session.get(self._root + path, allow_redirects=False) as response:
                after = response.headers.get("Retry-After", "1")
                return response.status, _seconds(after), await response.read()
        except (aiohttp.ClientError, ValueError) as error:
            raise Trouble(f"Discord is not reached at {self._root}: {error}") from None


def _seconds(text: str) -> float:
    try:
        return max(float(text), 0.0)
    except ValueError:
        return 1.0


def _some(servers: Sequence[Server]) -> str:
    if len(servers) == 1:
        return f"1 server: {servers[0].name}"
    more = " or more" if len(servers) >= PAGE else ""
    shown = ", ".join(server.name for server in servers[:MOST])
    return f"{len(servers)}{more} servers: {shown}{', …' if len(servers) > MOST else ''}"


def _and(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _ready(found: str, step: str | None = None) -> Check:
    return Check(subject="discord", ready=True, found=found, step=step)


def _missing(found: str, step: str | None = None) -> Check:
    return Check(subject="discord", ready=False, found=found, step=step)
