"""Commands that people give, and buttons that they press, on the local Discord."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from discords import shapes
from discords.hold import Held
from discords.rights import in_channel
from discords.things import Channel, Interaction, Message, Role, User

COMMAND, BUTTON, FORM = 2, 3, 5
_SUB = (1, 2)
_FILE = 11


class Asking(Held):
    """Speaks for people who do not type, but give commands and press buttons."""

    def slash(self, user: User, channel: Channel, name: str, /, **options: Any) -> Interaction:
        """A command that the bot has; `name` may go on with that of a command within it.

        An option may be a person, a channel, a role, or a file as in `says`. What comes of it
        stands in what is given, which changes with it.

        Raises: `AssertionError` where Discord would not let a person do so.
        """
        with self.world.changed:
            first, *inner = name.split()
            command = self._command(channel, first)
            offered: Sequence[Any] = command.get("options", ())
            for part in inner:
                offered = next(one for one in offered if one["name"] == part).get("options", ())
            resolved: dict[str, dict[str, Any]] = {}
            given = [
                self._option(channel, offered, option, value, resolved)
                for option, value in options.items()
            ]
            missing = {one["name"] for one in offered if one.get("required")} - set(options)
            assert not missing, f"/{name} needs {missing}"
            for depth, part in enumerate(reversed(inner)):
                given = [{"name": part, "type": _SUB[min(depth, 1)], "options": given}]
            data = {"id": command["id"], "name": first, "type": 1, "options": given}
            return self._ask(COMMAND, user, channel, {**data, "resolved": resolved})

    def _command(self, channel: Channel, name: str) -> dict[str, Any]:
        listed = [*self.world.commands.get(None, ())]
        if channel.guild is not None:
            listed += self.world.commands.get(channel.guild.id, ())
        found = [one for one in listed if one["name"] == name]
        assert found, f"the bot has no command /{name}"
        return found[-1]

    def _option(
        self,
        channel: Channel,
        offered: Sequence[Mapping[str, Any]],
        name: str,
        value: Any,
        resolved: dict[str, dict[str, Any]],
    ) -> dict[str, Any]:
        found = [one for one in offered if one["name"] == name]
        assert found, f"there is no option {name!r}"
        kind = found[0]["type"]
        chosen = [one["value"] for one in found[0].get("choices") or ()]
        assert not chosen or value in chosen, f"{value!r} is not offered"
        if kind == _FILE:
            value = self.world.keep(channel, *value)
            resolved.setdefault("attachments", {})[str(value.id)] = shapes.of_file(value)
        self._resolve(channel, value, resolved)
        return {"name": name, "type": kind, "value": _id(value)}

    def _resolve(self, channel: Channel, value: Any, resolved: dict[str, dict[str, Any]]) -> None:
        if isinstance(value, User):
            resolved.setdefault("users", {})[str(value.id)] = shapes.of_user(value)
            if channel.guild is not None:
                member = shapes.of_member(channel.guild, value, whole=False)
                member["permissions"] = str(in_channel(channel, value.id))
                resolved.setdefault("members", {})[str(value.id)] = member
        elif isinstance(value, Role):
            resolved.setdefault("roles", {})[str(value.id)] = shapes.of_role(value)
        elif isinstance(value, Channel):
            shape = {**shapes.of_channel(value), "permissions": "0"}
            resolved.setdefault("channels", {})[str(value.id)] = shape

    def press(
        self, user: User, message: Message, custom_id: str, values: Sequence[str] = ()
    ) -> Interaction:
        """A button of a message as it stands now; with `values`, a choice from a list.

        Raises: `AssertionError` if there is none that can be pressed.
        """
        with self.world.changed:
            stands = self._standing(message)
            found = [one for one in _parts(stands.components) if one.get("custom_id") == custom_id]
            assert found, f"the message has no {custom_id!r}"
            assert not found[0].get("disabled"), f"{custom_id!r} cannot be pressed"
            data = {"custom_id": custom_id, "component_type": found[0]["type"], "id": 1}
            if values:
                data["values"] = list(values)
            return self._ask(BUTTON, user, stands.channel, data, stands)

    def _standing(self, message: Message) -> Message:
        shown = [*message.channel.messages]
        for asked in self.world.interactions.values():
            shown += asked.answers
        found = [one for one in shown if one == message]
        assert found, "the message is gone"
        return found[0]

    def submit(self, asked: Interaction, **values: str) -> Interaction:
        """The form that the bot answered with, filled in."""
        with self.world.changed:
            assert asked.form is not None, "the bot showed no form"
            rows = [
                {"type": 1, "components": [{"type": 4, "custom_id": name, "value": value}]}
                for name, value in values.items()
            ]
            data = {"custom_id": asked.form["custom_id"], "components": rows}
            return self._ask(FORM, asked.user, asked.channel, data)

    def expire(self, asked: Interaction) -> None:
        """The 15 minutes in which it may be answered are over."""
        with self.world.changed:
            asked.expired = True

    def _ask(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: dict[str, Any],
        message: Message | None = None,
    ) -> Interaction:
        asked = Interaction(
            id=self.world.numbers.next(),
            token=secrets.token_urlsafe(24),
            kind=kind,
            user=user,
            channel=channel,
            data=data,
            message=message,
            patience=self.world.patience,
            application=self.application,
        )
        self.world.interactions[asked.id] = asked
        shape = shapes.of_interaction(asked, self.application, self.me)
        self.world.tell("INTERACTION_CREATE", shape)
        self.gateway.look_after(self.world.patience + 0.01)
        return asked


def _id(value: Any) -> Any:
    number = getattr(value, "id", None)
    return value if number is None else str(number)


def _parts(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for one in components:
        yield one
        yield from _parts(one.get("components") or ())
