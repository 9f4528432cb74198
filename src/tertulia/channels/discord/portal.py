"""Where the owner sets a bot of Discord up, and the steps to take there."""

from __future__ import annotations

PORTAL = "https://discord.com/developers/applications"
TOKEN = f"""\
On {PORTAL} choose the application, then Bot, then Reset Token, and put the new one where the \
settings say it is ({{origin}})."""
INTENT = f"""\
On {PORTAL} choose the application, then Bot, and turn on Message Content Intent."""
PUBLIC = f"""\
On {PORTAL} choose the application; under Installation set Install Link to None, then under Bot \
turn off Public Bot."""

PERMISSIONS = {
    "View Channel": 1 << 10,
    "Send Messages": 1 << 11,
    "Send Messages in Threads": 1 << 38,
    "Read Message History": 1 << 16,
    "Attach Files": 1 << 15,
}
"""What the bot uses, by the name that Discord shows; the invite link asks for these and no more."""


def invite(application: int) -> str:
    """The link by which an owner brings the bot to a server."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application}"
        f"&scope=bot+applications.commands&permissions={sum(PERMISSIONS.values())}"
    )
