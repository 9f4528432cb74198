"""A local Discord for tests: HTTP (v10) and gateway, to which the real discord.py connects.

It runs in a thread with a loop of its own, on a free port of 127.0.0.1; each method may be called
from any thread, and returns when what it does is done. `discords.client` has a plain client for it.

    with discord_server(window=0.3) as d:        # also most, heartbeat, patience, token
        d.api_url, d.gateway_url, d.token        # where the bot goes, and what it shows
        d.me, d.application                      # the bot's ids

What there is: `user(name, shown=, bot=)`, `guild`, `channel(guild, name)`, `dm(user)`,
`thread(channel, name, owner=, joined=, private=)`, `role(guild, name, *users, **may)`, `nick`,
`permissions(channel or guild, who, send_messages=False)`, `kick(guild)`, `blocks(user)` and
`public()`.

What people do: `says(user, channel, text, reply_to=, ping=, attachments=, webhook=, bot=, ago=)`,
`edits`, `deletes(*messages)`, `delete_channel`; `slash(user, channel, "memory show", option=...)`,
`press(user, message, custom_id)`, `submit(interaction, field=...)`, `expire(interaction)`. The
last four give an `Interaction` that changes with what the bot answers: `callback`, `took`,
`deferred`, `private`, `answers`, `form`, `failed`. Nobody can give a command that was not synced,
nor press a button that is not there.

What can be seen: `messages(channel, author)`, `answers(channel)` (the bot's), `deleted`, `message`
(as it stands now), `threads`, `typing`, `commands(guild)`, `requests`, `calls(route)`, `sent`,
`violations`, `connected`; `gateway.identified`, `.resumed` and `.beats` count. A `Message` has its
`revisions`, `reference`, `nonce`, `flags`, `allowed_mentions`, `pings`, `everyone`, `files`,
`components`, `embeds`, and so on.

To wait: `wait_for(condition)`, and `await until(condition)` where the client runs on the test's own
loop, which the other would stop. The condition is looked at on every change here.

What goes wrong: `fail(route, status=, times=, done=)` (status 0 cuts the line; `done`: it took
effect all the same), `limit(route, retry_after=, everywhere=)`, `slow(route, seconds)`, `heal()`;
`refuse_token()`, `disallow_intents(...)`; `drop(resumable=, replay=)`, `with away(...)`: dropped,
and whoever connects waits until the end; `reconnect()`, `zombie()`. A route is such as
`POST /channels/*/messages` or `GET /attachments/**`; `**` alone is every call.

Sends and edits are limited each by itself in each channel, as Discord does it. A fault of this
server itself is raised at the end of the `with`.

Known of discord.py: with `guild_ready_timeout=0` it is ready before it knows its servers; before a
second IDENTIFY it waits for 5 s (`Client.before_identify_hook`), and behind a 500, 502, 504 or 524
for 1 s and more, while a 503 is raised at once. Several sends at once to one channel may be more
than it may send, until it knows the limit there; it waits and repeats them.
"""

import warnings

with warnings.catch_warnings():
    # discord.py imports `audioop` for voice, which Python 3.13 has no more.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord

from discords.server import Discord, discord_server

__all__ = ["Discord", "discord", "discord_server"]
