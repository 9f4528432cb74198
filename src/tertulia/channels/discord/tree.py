"""The commands as Discord is told of them, and the button under a reply that comes."""

from __future__ import annotations

import logging
from typing import Any, Literal, cast

import aiohttp
import discord
from discord import app_commands

from tertulia.channels.discord.slash import Asked, Slash

log = logging.getLogger(__name__)

Form = Literal["md", "json", "html", "txt"]
LABEL, STOP = "Stop", "stop"
"""The id of the button: it stays the same, so that it works after a restart too."""


class Tree(app_commands.CommandTree[discord.Client]):
    """The commands, as Discord is told of them: on servers, and in direct messages."""

    def __init__(self, client: discord.Client, slash: Slash) -> None:
        super().__init__(
            client,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )
        self._slash = slash
        _talking(self, slash)
        _remembering(self, slash)
        _keeping(self, slash)

    async def on_error(self, interaction: Asked, error: app_commands.AppCommandError, /) -> None:
        """A command failed: that is told."""
        await self._slash.failed(interaction, error)

    async def tell(self) -> None:
        """Tell Discord of the commands, where it has others. It lets that be done rarely."""
        try:
            # Not by `fetch_commands`: it loses where they may be used.
            listed = await self.client.http.get_global_commands(self.client.application_id or 0)
            there = {one["name"]: _plain(one) for one in listed}
            ours = {one.name: _plain(one.to_dict(self)) for one in self.get_commands()}
            if there != ours:
                await self.sync()
                log.info("Discord: the commands are told anew: %s.", ", ".join(sorted(ours)))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.error("Discord: it could not be told of the commands: %s", error)


_TOLD = ("name", "description", "type", "options", "contexts", "integration_types")


def _plain(command: Any) -> dict[str, Any]:
    """A command without what stands there by default."""
    return {key: _filled(command[key]) for key in _TOLD if key in command}


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        told = cast("dict[str, Any]", value)
        filled = {key: _filled(one) for key, one in told.items()}
        return {key: one for key, one in filled.items() if one not in (None, False, [], {})}
    if isinstance(value, list):
        listed = [_filled(one) for one in cast("list[Any]", value)]
        return sorted(listed) if all(isinstance(one, int) for one in listed) else listed
    return value


def _talking(tree: Tree, slash: Slash) -> None:
    @tree.command(description="Say something to the bot here; all see it, and the answer")
    @app_commands.describe(text="what you want to say")
    async def chat(asked: Asked, text: str) -> None:
        await slash.chat(asked, text)

    @tree.command(description="Begin with an empty window: what was said here is not read any more")
    @app_commands.describe(blank="use nothing from before, and this nowhere else")
    async def new(asked: Asked, blank: bool = False) -> None:
        await slash.command(asked, "/new blank" if blank else "/new", private=False)

    @tree.command(description="Stop the answer that is coming here")
    async def stop(asked: Asked) -> None:
        await slash.stop(asked)

    @tree.command(description="Show who the bot is here: its name and its instructions")
    async def persona(asked: Asked) -> None:
        await slash.persona(asked)

    @tree.command(name="help", description="Show what the bot can do; only you see it")
    async def help_(asked: Asked) -> None:
        await slash.command(asked, "/help")


_FORGET = {
    "last": "the last thing that you said here",
    "here": "this conversation",
    "me": "everything of you, on all channels that you have linked",
}


def _remembering(tree: Tree, slash: Slash) -> None:
    @tree.command(description="Show what the bot remembers of you, or find what was said")
    @app_commands.describe(words="what to look for; or: receipt, edit f1 NEW WORDS, history f1")
    async def memory(asked: Asked, words: str = "") -> None:
        await slash.command(asked, f"/memory {words}")

    @tree.command(description="Have something forgotten; first you are shown what goes")
    @app_commands.describe(
        what="last, here, me, or an id such as 12.34 or f5",
        sure="do it, now that you have seen what goes",
        quoting="of the replies to it, only those that repeat words of it",
    )
    async def forget(asked: Asked, what: str, sure: bool = False, quoting: bool = False) -> None:
        more = f"{' quoting' if quoting else ''}{' yes' if sure else ''}"
        await slash.command(asked, f"/forget {what.strip()}{more}")

    @forget.autocomplete("what")
    async def named(_: Asked, begun: str) -> list[app_commands.Choice[str]]:
        told = {value: f"{value}: {does}" for value, does in _FORGET.items()}
        fitting = [value for value in told if begun.lower() in told[value]]
        return [app_commands.Choice(name=told[value], value=value) for value in fitting]


def _keeping(tree: Tree, slash: Slash) -> None:
    @tree.command(description="Show the model that answers here, or pick another")
    @app_commands.describe(name="the model to use here from now on")
    async def model(asked: Asked, name: str = "") -> None:
        await slash.command(asked, f"/model {name}")

    @model.autocomplete("name")
    async def models(asked: Asked, begun: str) -> list[app_commands.Choice[str]]:
        return await slash.models(asked, begun)

    @tree.command(description="Get this conversation as a file; only you see it")
    @app_commands.describe(form="how it is written")
    async def export(asked: Asked, form: Form = "md") -> None:
        await slash.export(asked, form)

    @tree.command(description="Be the same person to the bot here and on another channel")
    @app_commands.describe(
        code="what the bot gave you on the other channel; without one it gives you one",
        sure="both are you, now that you have seen who it is",
    )
    async def link(asked: Asked, code: str = "", sure: bool = False) -> None:
        await slash.command(asked, f"/link {code.strip()}{' yes' if code and sure else ''}")

    @tree.command(description="Part who you are here from who you are on other channels")
    async def unlink(asked: Asked) -> None:
        await slash.command(asked, "/unlink")


class _Stop(discord.ui.Button["StopButton"]):
    def __init__(self, slash: Slash) -> None:
        super().__init__(label=LABEL, custom_id=STOP)
        self._slash = slash

    async def callback(self, interaction: Asked) -> None:
        await self._slash.press(interaction)


class StopButton(discord.ui.View):
    """Hears whoever presses one, under whichever reply; see `drawn`."""

    def __init__(self, slash: Slash) -> None:
        super().__init__(timeout=None)
        self._slash = slash
        self.add_item(_Stop(slash))

    async def on_error(
        self, interaction: Asked, error: Exception, _: discord.ui.Item[Any], /
    ) -> None:
        """Pressing it failed: that is told."""
        await self._slash.failed(interaction, error)


def drawn() -> discord.ui.View:
    """The button as it stands under a reply that comes."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button[discord.ui.View](label=LABEL, custom_id=STOP))
    view.stop()  # else one is kept for every message under which it stood
    return view
