"""The example for Discord, as a community runs it; and a bot that is killed while it answers."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from browsing import Served
from discords import Discord, discord_server
from servers import DONE, STALL, STREAM, chunk, misbehaving, usage

EXAMPLE = Path(__file__).parents[2] / "examples" / "discord" / "tertulia.toml"

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Generator[Discord]:
    with discord_server() as d:
        yield d


def pointed(settings: str, server: Discord) -> str:
    """The same settings, for the local Discord."""
    there = f'api_url = "{server.api_url}"\ngateway_url = "{server.gateway_url}"\n'
    return settings.replace("[channels.discord]\n", f"[channels.discord]\n{there}")


def texts(server: Discord, channel: object) -> list[str]:
    return [one.content for one in server.answers(channel)]  # type: ignore[arg-type]


def test_rosa_remembers_who_lives_where_over_a_restart(server: Discord, tmp_path: Path) -> None:
    settings = pointed(EXAMPLE.read_text(encoding="utf-8"), server)
    served = Served(tmp_path, settings, {"DISCORD_BOT_TOKEN": server.token})
    ana, ben, general = server.user("ana"), server.user("ben"), server.channel(server.guild())
    try:
        served.start()
        server.wait_for(lambda: server.connected)
        server.says(ana, general, "<@BOT> I live in Lima.")
        server.wait_for(lambda: len(texts(server, general)) == 1)
        served.stop()
        server.says(ana, general, "$rosa Where do I live?")
        served.start()
        server.wait_for(
            lambda: len(texts(server, general)) == 2 and "Lima" in texts(server, general)[1]
        )
        dm = server.dm(ben)
        server.says(ben, dm, "Where does ana live?")
        server.wait_for(lambda: server.answers(dm) and not server.answers(dm)[0].components)
        assert "Lima" not in texts(server, dm)[0]
    finally:
        served.stop()
    log = (tmp_path / "serve.log").read_text()
    assert '"level": "error"' not in log
    assert server.token not in log


TOKENS = [f" {number}" for number in range(60)]
HALF = [STREAM, *(chunk(token) for token in TOKENS[:30]), STALL]
WHOLE = [STREAM, *(chunk(token) for token in TOKENS), chunk(None, "stop"), usage(1, 60), DONE]


def test_a_bot_that_is_killed_while_it_answers_answers_once(
    server: Discord, tmp_path: Path
) -> None:
    with misbehaving(HALF, WHOLE) as model:
        settings = (
            f'[bots.bo]\nmodel = {{ provider = "openai", name = "m", base_url = "{model.url}" }}\n'
            'memory = ["window"]\n[engine]\nlease_seconds = 1\n'
            '[channels.discord]\ntoken = "env:DISCORD_BOT_TOKEN"\n'
        )
        settings = pointed(settings, server)
        served = Served(tmp_path, settings, {"DISCORD_BOT_TOKEN": server.token})
        ana = server.user("ana")
        dm = server.dm(ana)
        try:
            served.start()
            server.wait_for(lambda: server.connected)
            said = server.says(ana, dm, "count")
            server.wait_for(lambda: texts(server, dm) and texts(server, dm)[0].endswith("29"))
            served.kill()
            (half,) = server.answers(dm)
            served.start()
            whole = "".join(TOKENS).strip()
            server.wait_for(lambda: texts(server, dm) == [whole], seconds=40)
            (answer,) = server.answers(dm)
            assert answer.id == half.id
            assert answer.reference == said.id
        finally:
            served.stop()
    assert len(server.answers(dm)) == 1
    assert not server.violations
