"""What people do on the local Discord, and the places where they do it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from discords import places, shapes
from discords.hold import Held, copied
from discords.rights import bits, write
from discords.things import PRIVATE_THREAD, PUBLIC_THREAD, Channel, Guild, Message, Role, User
from discords.world import GUILDS


class People(Held):
    """Makes people and places, and speaks for them."""

    def user(self, name: str, *, shown: str | None = None, bot: bool = False) -> User:
        with self.world.changed:
            number = self.world.numbers.next()
            return self.world.add_user(User(id=number, name=name, shown=shown, bot=bot))

    def guild(self, name: str = "guild") -> Guild:
        with self.world.changed:
            return self.world.add_guild(name)

    def channel(self, guild: Guild, name: str = "general") -> Channel:
        with self.world.changed:
            made = Channel(id=self.world.numbers.next(), name=name, guild=guild)
            return self.world.add_channel(made)

    def dm(self, user: User) -> Channel:
        with self.world.changed:
            return places.dm(self.world, user)

    def thread(
        self,
        channel: Channel,
        name: str = "thread",
        *,
        owner: User | None = None,
        joined: bool = False,
        private: bool = False,
    ) -> Channel:
        """Opened by a person, or by the bot where `owner` is its own user."""
        with self.world.changed:
            made = Channel(
                id=self.world.numbers.next(),
                name=name,
                kind=PRIVATE_THREAD if private else PUBLIC_THREAD,
                guild=channel.guild,
                parent=channel,
                owner=(owner or self.world.developer).id,
                joined={self.me} if joined else set(),
            )
            return self.world.add_channel(made, "THREAD_CREATE", newly_created=True)

    def role(self, guild: Guild, name: str, *users: User, **may: bool) -> Role:
        """A role that these people have."""
        with self.world.changed:
            number, place = self.world.numbers.next(), len(guild.roles)
            role = Role(id=number, name=name, permissions=bits(may, wanted=True), position=place)
            guild.roles[role.id] = role
            shape = {"guild_id": str(guild.id), "role": shapes.of_role(role)}
            self.world.tell("GUILD_ROLE_CREATE", shape, GUILDS)
            for user in users:
                guild.given.setdefault(user.id, set()).add(role.id)
            return role

    def nick(self, guild: Guild, user: User, name: str) -> None:
        with self.world.changed:
            guild.nicks[user.id] = name

    def permissions(
        self, place: Channel | Guild, who: User | Role | None = None, **may: bool
    ) -> None:
        """What the bot, or `who`, may in a channel; in a server, what everyone or the role may."""
        with self.world.changed:
            if isinstance(place, Channel):
                place = place.parent or place
                number = who.id if who else self.me
                write(place, number, role=isinstance(who, Role), names=may)
                self.world.tell("CHANNEL_UPDATE", shapes.of_channel(place), GUILDS)
                return
            role = place.roles[who.id if who else place.id]
            role.permissions |= bits(may, wanted=True)
            role.permissions &= ~bits(may, wanted=False)
            shape = {"guild_id": str(place.id), "role": shapes.of_role(role)}
            self.world.tell("GUILD_ROLE_UPDATE", shape, GUILDS)

    def kick(self, guild: Guild) -> None:
        """The bot is no longer in that server."""
        with self.world.changed:
            for channel in [one for one in self.world.channels.values() if one.guild == guild]:
                del self.world.channels[channel.id]
            del self.world.guilds[guild.id]
            self.world.tell("GUILD_DELETE", {"id": str(guild.id)}, GUILDS)

    def blocks(self, user: User) -> None:
        """They take no direct messages from the bot any more."""
        with self.world.changed:
            self.world.blocked.add(user.id)

    def says(
        self,
        user: User,
        channel: Channel,
        text: str,
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        attachments: Sequence[tuple[str, str, bytes]] = (),
        webhook: bool = False,
        bot: bool = False,
        ago: float = 0,
    ) -> Message:
        """A message, of `ago` seconds before now. `<@BOT>` stands for the bot's mention.

        A `bot` or a `webhook` speaks under the person's name, with an id of its own.

        A reply tells who is answered, unless it does not `ping`.
        """
        with self.world.changed:
            self.world.channel(channel.id)
            author = self._twin(user, webhook=webhook) if bot or webhook else user
            silent = {"parse": ["users", "roles", "everyone"]}
            message = Message(
                id=self.world.numbers.next(ago),
                channel=channel,
                author=author,
                content=text.replace("<@BOT>", f"<@{self.me}>"),
                kind=19 if reply_to else 0,
                reference=reply_to.id if reply_to else None,
                allowed_mentions=None if ping else silent,
                webhook=webhook,
            )
            message.files = [self.world.keep(channel, *one) for one in attachments]
            return copied(self.world.post(message))

    def _twin(self, user: User, *, webhook: bool) -> User:
        """The bot, or the webhook, that has this person's name."""
        known = self.world.webhooks if webhook else self.world.users
        for one in known.values():
            if one.bot and one.name == user.name:
                return one
        made = replace(user, id=self.world.numbers.next(), bot=True)
        known[made.id] = made
        return made

    def edits(self, message: Message, text: str) -> Message:
        with self.world.changed:
            found = self.world.message(message.channel, message.id)
            found.content = text.replace("<@BOT>", f"<@{self.me}>")
            found.edited = time.time()
            self.world.changes(found)
            return copied(found)

    def deletes(self, *messages: Message) -> None:
        """Several of one channel go at once, as a moderator has it."""
        with self.world.changed:
            self.world.remove(*(self.world.message(one.channel, one.id) for one in messages))

    def delete_channel(self, channel: Channel) -> None:
        with self.world.changed:
            self.world.remove_channel(channel)
