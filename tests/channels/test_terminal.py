"""The terminal against a scripted host: one message at a time, and whole talks."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.application.current import get_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from channels.screen import Screen, Tty
from channels.scripted import AUTHOR, PLACE, Scripted, Turn, delivery, incoming, nothing_there
from tertulia.channels.terminal import Terminal
from tertulia.ports.channel import Channel
from tertulia.values.errors import NotHere, StoreError, StoreFull
from tertulia.values.events import Restarted
from tertulia.values.message import Place

DEADLINE = 30.0
SENTENCE = "I could not get a reply.\nYour message is kept."


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def terminal() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "xterm-256color")
        patch.setenv("COLUMNS", "60")
        patch.setenv("LINES", "20")
        patch.delenv("NO_COLOR", raising=False)
        yield


class Ran:
    """One shot: what it printed and how it ended."""

    def __init__(
        self, turn: Turn, *, json: bool = False, out: Any = None, err: Any = None, **host: Any
    ) -> None:
        self.stdout, self.stderr = out or io.StringIO(), err or io.StringIO()
        terminal = Terminal(stdout=self.stdout, stderr=self.stderr)
        self.host = Scripted(lambda _: turn, terminal=terminal, **host)
        self.code = asyncio.run(self._run(terminal, json))

    async def _run(self, terminal: Terminal, json: bool) -> int:
        async with asyncio.timeout(DEADLINE):
            try:
                return await terminal.once(self.host, incoming(), json=json)
            finally:
                await self.host.close()

    @property
    def out(self) -> str:
        return self.stdout.getvalue()

    @property
    def err(self) -> str:
        return self.stderr.getvalue()


# One shot.


def test_a_reply_is_printed_exactly_and_once() -> None:
    ran = Ran(Turn(steps=["Hello, ", "*Ana*\x1b[1m", "\n"], notes=("A note.\x1b[2J",)))
    assert (ran.code, ran.out, ran.err) == (0, "Hello, *Ana*\x1b[1m\n\n", "A note.\n")
    assert ran.host.sent == ["n2"]


def test_what_is_stored_is_printed_whatever_was_streamed() -> None:
    ran = Ran(Turn(steps=["Hel", Restarted("cut"), "Hola"], text="Hola."))
    assert ran.out == "Hola.\n"


def test_a_reply_that_was_cut_says_so() -> None:
    ran = Ran(Turn(steps=["so on"], finish_reason="length"))
    assert ran.err == '… cut at the reply\'s limit; say "continue" to go on\n'


def test_a_notice_goes_to_standard_error_on_one_line() -> None:
    ran = Ran(Turn(text=SENTENCE, kind="notice"))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "I could not get a reply. Your message is kept.\n"


def test_json_is_one_object_on_one_line() -> None:
    ran = Ran(Turn(steps=["¿Qué\n", "tal?"], notes=("A note.",)), json=True)
    assert ran.out.count("\n") == 1
    assert json.loads(ran.out) == {
        "reply": "¿Qué\ntal?",
        "conversation": "main",
        "bot": "ana",
        "model": "scripted",
        "usage": {"prompt_tokens": 5, "completion_tokens": 3},
        "receipt": {"budget": 100, "prompt_tokens": 7, "items": [], "left_out": []},
        "finish_reason": "stop",
        "message": "7.2",
        "notes": ["A note."],
        "cost": None,
    }


def test_json_of_a_notice_has_its_sentence_and_no_reply() -> None:
    ran = Ran(Turn(text=SENTENCE, kind="notice", finish_reason="failed"), json=True)
    told = json.loads(ran.out)
    assert (ran.code, told["reply"], told["finish_reason"]) == (1, None, "failed")
    assert told["error"] == "I could not get a reply. Your message is kept."
    assert ran.err == f"{told['error']}\n"


def test_json_of_what_was_left_unanswered_has_every_key() -> None:
    ran = Ran(Turn(told="unanswered", finish_reason="not addressed"), json=True)
    told = json.loads(ran.out)
    assert ran.code == 1
    assert told["error"] == "Your message was left without a reply: not addressed."
    assert {"reply", "conversation", "bot", "model", "usage", "receipt", "notes"} < set(told)
    assert told["finish_reason"] == "not addressed"


def test_what_an_earlier_run_left_is_shown_first_and_apart() -> None:
    old = delivery("From before.", seq=40, covers=(39,))
    ran = Ran(Turn(steps=["Now."]), kept=[old])
    assert (ran.out, ran.err) == ("Now.\n", "(not shown before) From before.\n")
    assert ran.host.sent == ["n40", "n2"]


def test_what_comes_late_from_before_does_not_count_as_the_reply() -> None:
    late = delivery("From before.", seq=40, covers=(39,))

    def hand() -> None:
        ran.append(asyncio.get_running_loop().create_task(host.hand(late)))

    ran: list[asyncio.Task[None]] = []
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(stdout=out, stderr=err)
    host = Scripted(lambda _: Turn(steps=[hand, "Now."]), terminal=terminal)
    assert asyncio.run(terminal.once(host, incoming(), json=False)) == 0
    assert (out.getvalue(), err.getvalue()) == ("Now.\n", "(not shown before) From before.\n")


def test_a_reply_that_another_process_made_is_shown() -> None:
    ran = Ran(Turn(steps=["Elsewhere."], told="elsewhere"))
    assert (ran.code, ran.out) == (0, "Elsewhere.\n")


def test_a_reply_that_nobody_could_deliver_is_shown_once_and_taken() -> None:
    ran = Ran(Turn(steps=["Left here."], told="left"))
    assert (ran.code, ran.out, ran.err) == (0, "Left here.\n", "")
    assert (ran.host.sent, ran.host.kept) == (["n2"], [])


def test_a_message_delivered_twice_is_not_waited_for() -> None:
    out = io.StringIO()
    terminal = Terminal(stdout=out, stderr=io.StringIO())
    host = Scripted(lambda _: Turn(steps=["Once."], told="elsewhere"), terminal=terminal)

    async def run() -> int:
        async with asyncio.timeout(DEADLINE):
            first = await host.accept(incoming())
            await host.close()
            host.accept = lambda _: answered(first)  # type: ignore[method-assign]
            return await terminal.once(host, incoming(), json=False)

    async def answered(first: Any) -> Any:
        from dataclasses import replace

        return replace(first, duplicate=True)

    assert asyncio.run(run()) == 0
    assert out.getvalue() == "Once.\n"


def test_ctrl_c_stops_the_reply_and_keeps_what_was_said() -> None:
    ran = Ran(Turn(steps=["As far as ", "this", interrupt, asyncio.Event()]))
    assert (ran.code, ran.out, ran.err) == (130, "As far as this\n", "(stopped)\n")
    assert ran.host.stops == 1


def test_ctrl_c_before_a_word_was_said() -> None:
    ran = Ran(Turn(steps=[interrupt, asyncio.Event()]))
    assert (ran.code, ran.out, ran.err) == (130, "", "(stopped)\n")


@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_where_nothing_can_be_stopped_here_leaves(as_json: bool) -> None:
    gate = asyncio.Event()
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(stdout=out, stderr=err)
    turn = Turn(steps=["No", interrupt, gate, "w."], stoppable=False)
    host = Scripted(lambda _: turn, terminal=terminal)

    async def run() -> int:
        async with asyncio.timeout(DEADLINE):
            code = await terminal.once(host, incoming(), json=as_json)
            gate.set()
            await host.close()
            return code

    assert asyncio.run(run()) == 130
    sentence = "Your message is kept; its reply will be shown when you come back."
    assert err.getvalue() == f"{sentence}\n"
    assert host.refused == ["n2"]
    assert (json.loads(out.getvalue())["error"] == sentence) if as_json else not out.getvalue()


def test_a_second_ctrl_c_does_not_wait_for_the_stop() -> None:
    ran = Ran(Turn(steps=["No", interrupt, interrupt, asyncio.Event()]))
    assert ran.code == 130


def test_ctrl_c_before_the_message_is_sent() -> None:
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(stdout=out, stderr=err)
    host = Scripted(lambda _: Turn(), terminal=terminal)
    asked = asyncio.Event()

    async def opened(place: Place) -> int | None:
        interrupt()
        await asked.wait()
        return None

    host.opened = opened  # type: ignore[method-assign]

    async def run() -> int:
        async with asyncio.timeout(DEADLINE):
            code = await terminal.once(host, incoming(), json=False)
            asked.set()
            return code

    assert asyncio.run(run()) == 130
    assert (host.said, err.getvalue()) == ([], "Your message was not sent.\n")


def test_the_signal_handler_is_given_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    Ran(Turn(steps=["Hello"]))
    assert signal.getsignal(signal.SIGINT) is before


def test_a_message_that_cannot_be_stored_is_the_commands_to_tell() -> None:
    with pytest.raises(StoreFull):
        Ran(Turn(), fail={"accept": [StoreFull("The disk is full.")]})


def test_a_store_that_fails_while_the_outcome_is_asked_for_is_told() -> None:
    with pytest.raises(StoreError):
        Ran(Turn(told="elsewhere"), fail={"outcome": [StoreError("It broke.")]})


def test_a_closed_output_leaves_the_reply_for_later() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as closed:
        ran = Ran(Turn(steps=["Hello"]), out=closed)
    assert ran.code == 1
    assert (ran.host.refused, ran.host.sent) == (["n2"], [])


def test_letters_that_the_output_lacks_are_replaced() -> None:
    raw = io.BytesIO()
    ran = Ran(
        Turn(steps=["Olé \udcff… ", "日"], notes=("…",)),
        out=io.TextIOWrapper(raw, encoding="latin-1"),
        err=io.TextIOWrapper(io.BytesIO(), encoding="ascii"),
    )
    assert ran.code == 0
    assert raw.getvalue() == b"Ol\xe9 ?... ?\n"


def test_small_print_is_dim_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Turn(steps=["x"], notes=("A note.",))
    assert Ran(turn, err=Tty()).err == "\x1b[2mA note.\x1b[0m\n"
    monkeypatch.setenv("TERM", "dumb")
    assert Ran(turn, err=Tty()).err == "A note.\n"


# One shot on a terminal.


def test_on_a_terminal_the_reply_is_drawn_as_markdown() -> None:
    ran = Ran(Turn(steps=["Hello, ", "**Ana**", "\n\n- one", "\n- two"]), out=Screen(60, 20))
    assert ran.stdout.text() == "Hello, Ana\n\n • one\n • two"
    assert "\x1b[1mAna" in ran.out
    assert not ran.stdout.hidden


def test_on_a_terminal_a_notice_leaves_nothing_of_what_was_drawn() -> None:
    screen = Screen(60, 20)
    beats = asyncio.Event()
    turn = Turn(steps=["Hel", beats], kind="notice", text=SENTENCE)
    screen.when = ("Hel", beats)
    ran = Ran(turn, out=screen)
    assert (ran.code, screen.text()) == (1, "")
    assert ran.err == "I could not get a reply. Your message is kept.\n"


def test_on_a_terminal_what_is_void_is_drawn_anew() -> None:
    screen = Screen(60, 20)
    seen, seen_again = asyncio.Event(), asyncio.Event()
    screen.when = ("One\n\ntw", seen)
    turn = Turn(steps=["One\n\n", "tw", seen, Restarted("cut"), "Other", seen_again])

    def begun_again() -> None:
        screen.when = ("Other", seen_again)

    turn.steps = [*turn.steps[:3], begun_again, *turn.steps[3:]]
    ran = Ran(turn, out=screen)
    assert ran.code == 0
    assert screen.text() == "(starting again)\nOther"


def test_on_a_terminal_ctrl_c_where_nothing_can_be_stopped_keeps_what_was_drawn() -> None:
    screen, seen, gate = Screen(60, 20), asyncio.Event(), asyncio.Event()
    screen.when = ("Half a", seen)
    turn = Turn(steps=["Half a", seen, interrupt, gate], stoppable=False)
    terminal = Terminal(stdout=screen, stderr=io.StringIO())
    host = Scripted(lambda _: turn, terminal=terminal)

    async def run() -> int:
        async with asyncio.timeout(DEADLINE):
            code = await terminal.once(host, incoming(), json=False)
            gate.set()
            await host.close()
            return code

    assert asyncio.run(run()) == 130
    assert screen.text() == "Half a"


def test_on_a_terminal_an_earlier_reply_stands_apart() -> None:
    screen, seen = Screen(60, 20), asyncio.Event()
    screen.when = ("ana is thinking", seen)
    late = delivery("From before.", seq=40, covers=(39,))
    tasks: list[asyncio.Task[None]] = []

    def hand() -> None:
        tasks.append(asyncio.get_running_loop().create_task(host.hand(late)))

    terminal = Terminal(stdout=screen, stderr=screen)
    host = Scripted(lambda _: Turn(steps=[seen, hand, "Now."]), terminal=terminal)
    assert asyncio.run(terminal.once(host, incoming(), json=False)) == 0
    assert screen.text() == "(not shown before) From before.\nNow."


def test_a_terminal_that_cannot_move_its_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    out = Tty()
    seen = asyncio.Event()
    turn = Turn(steps=["One\n\nTwo\n\nThree\n\n", "fo", seen], text="One\n\nDos")
    terminal = Terminal(stdout=out, stderr=io.StringIO())
    host = Scripted(lambda _: turn, terminal=terminal)

    async def run() -> int:
        async with asyncio.timeout(DEADLINE):
            running = asyncio.create_task(terminal.once(host, incoming(), json=False))
            while "Two" not in out.getvalue():
                await asyncio.sleep(0)
            seen.set()
            return await running

    assert asyncio.run(run()) == 0
    assert out.getvalue() == "One\n\nTwo\n(it reads now:)\n\nDos\n"


def test_without_colour_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    ran = Ran(Turn(steps=["`code` and [a](http://x.y)"]), out=Screen(60, 20))
    assert "\x1b[3" not in ran.out.replace("\x1b[3m", "")
    assert ran.stdout.text() == "code and a (http://x.y)"


def test_a_plain_run_loads_no_library_for_drawing() -> None:
    code = (
        "import asyncio, io, sys\n"
        "from channels.scripted import Scripted, Turn, incoming\n"
        "from tertulia.channels.terminal import Terminal\n"
        "terminal = Terminal()\n"
        "host = Scripted(lambda _: Turn(steps=['Hello']), terminal=terminal)\n"
        "assert asyncio.run(terminal.once(host, incoming(), json=False)) == 0\n"
        "assert not {'rich', 'prompt_toolkit', 'markdown_it'} & set(sys.modules)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=env,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("Hello\n", "", 0)


def test_nobody_is_here_before_and_after() -> None:
    terminal = Terminal()
    assert Channel in Terminal.__mro__
    with pytest.raises(NotHere):
        asyncio.run(terminal.send(delivery("Hello")))


def test_a_delivery_to_another_place_is_not_ours() -> None:
    other = delivery("Hello", place=Place(channel="terminal", account="local", spot="other"))
    tasks: list[asyncio.Task[None]] = []

    def hand() -> None:
        tasks.append(asyncio.get_running_loop().create_task(host.hand(other)))

    out = io.StringIO()
    terminal = Terminal(stdout=out, stderr=io.StringIO())
    host = Scripted(lambda _: Turn(steps=[hand, "Mine"]), terminal=terminal)
    asyncio.run(terminal.once(host, incoming(), json=False))
    assert (out.getvalue(), host.refused) == ("Mine\n", ["n2"])


def test_what_its_sender_has_given_up_is_not_shown() -> None:
    def hand_and_give_up() -> None:
        loop = asyncio.get_running_loop()
        sending = loop.create_task(terminal.send(delivery("Late.", seq=40, covers=(39,))))
        loop.call_soon(sending.cancel)
        tasks.append(sending)

    tasks: list[asyncio.Task[Any]] = []
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(stdout=out, stderr=err)
    host = Scripted(lambda _: Turn(steps=[hand_and_give_up, "Now."]), terminal=terminal)
    assert asyncio.run(terminal.once(host, incoming(), json=False)) == 0
    assert (out.getvalue(), err.getvalue()) == ("Now.\n", "")


def test_what_comes_too_late_stays_with_its_sender() -> None:
    gate = asyncio.Event()

    def hand() -> None:
        loop = asyncio.get_running_loop()
        tasks.append(loop.create_task(host.hand(delivery("Now."))))
        tasks.append(loop.create_task(host.hand(delivery("Late.", seq=40, covers=(39,)))))

    async def run() -> int:
        async with asyncio.timeout(DEADLINE):
            code = await terminal.once(host, incoming(), json=False)
            gate.set()
            await host.close()
            return code

    tasks: list[asyncio.Task[None]] = []
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(stdout=out, stderr=err)
    turn = Turn(steps=[hand, gate], told="elsewhere")
    host = Scripted(lambda _: turn, terminal=terminal)
    assert asyncio.run(run()) == 0
    assert (out.getvalue(), err.getvalue(), host.refused) == ("Now.\n", "", ["n40"])


# A talk.


class Talked:
    """A talk in which `typed` is typed; `typed` may end before the talk: `late` types the rest."""

    def __init__(
        self,
        typed: str | Callable[[PipeInput, Scripted, Screen], Any],
        answer: Callable[[str], Turn] = lambda text: Turn(steps=["You said ", text, "."]),
        history: Path | None = None,
        screen: Screen | None = None,
        output: DummyOutput | None = None,
        **host: Any,
    ) -> None:
        self.screen = screen or Screen(60, 50)
        self.output = output or DummyOutput()
        terminal = Terminal(history=history, stdout=self.screen)
        self.host = Scripted(answer, terminal=terminal, **host)
        with create_pipe_input() as keyboard:
            self.code = asyncio.run(self._run(terminal, keyboard, typed))

    async def _run(self, terminal: Terminal, keyboard: PipeInput, typed: Any) -> int:
        async def nothing(*_: Any) -> None: ...

        type_it = nothing
        if isinstance(typed, str):
            keyboard.send_text(typed)
        else:
            type_it = typed
        with create_app_session(input=keyboard, output=self.output):
            async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
                group.create_task(type_it(keyboard, self.host, self.screen))
                code = await terminal.talk(self.host, PLACE, "ana", AUTHOR, ["Welcome."])
                await self.host.close()
        return code

    @property
    def text(self) -> str:
        return self.screen.text()


def test_a_talk_from_greeting_to_quit() -> None:
    talked = Talked("hello\r/quit\r")
    assert talked.code == 0
    assert talked.text == "Welcome.\n\n\nYou said hello."
    assert (talked.host.said, talked.host.sent) == (["hello"], ["n2"])


@pytest.mark.parametrize("leaving", ["/exit\r", "\x04", "\x03\x03"])
def test_ways_to_leave(leaving: str) -> None:
    assert Talked(leaving).host.said == []


def test_one_ctrl_c_at_an_empty_line_only_says_how_to_leave() -> None:
    talked = Talked("\x03hello\r\x03/quit\r")
    assert talked.host.said == ["hello"]
    assert talked.text.count("(Ctrl-C again, Ctrl-D or /quit leaves)") == 2


def test_ctrl_c_empties_a_line() -> None:
    assert Talked("abc\x03hello\r\x03\x03").host.said == ["hello"]
    talked = Talked("\x03abc\x03\x03hello\r/quit\r")
    assert talked.host.said == ["hello"]


def test_several_lines_are_one_message() -> None:
    talked = Talked("one\x1b\rtwo\nthree\r\x1b[200~four\r\nfive\x1b[201~\r \r/quit\r")
    assert talked.host.said == ["one\ntwo\nthree", "four\nfive"]


def test_what_is_typed_is_kept_in_the_history(tmp_path: Path) -> None:
    history = tmp_path / "new" / "history"
    Talked("first\r/quit\r", history=history)
    assert history.stat().st_mode & 0o777 == 0o600
    assert Talked("\x1b[A\x1b[A\r\x04", history=history).host.said == ["first"]


def test_a_history_that_cannot_be_kept_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert Talked("hello\r/quit\r", history=tmp_path / "file" / "no").host.said == ["hello"]
    assert Talked("hello\r/quit\r", history=tmp_path).host.said == ["hello"]


def test_letters_that_are_no_utf_8_are_replaced() -> None:
    async def typed(keyboard: PipeInput, host: Scripted, screen: Screen) -> None:
        keyboard.send_bytes(b"ol\xe9\r/quit\r")

    assert Talked(typed).host.said == ["ol�"]


def test_commands_are_the_hosts() -> None:
    talked = Talked(
        "/new\r/help\r/nope at all\r//path is it?\r/quit\r",
        commands={
            "/new": "A new window.",
            "/help": "/new  begin again",
        },
    )
    assert talked.host.lines == ["/help", "/new", "/help", "/nope at all"]
    assert talked.host.said == ["/path is it?"]
    assert "A new window." in talked.text
    assert "/new  begin again\n/export FILE" in talked.text
    assert "There is no /nope. /help lists what there is." in talked.text


@pytest.mark.parametrize(("listed", "typed"), [(True, "/mem"), (False, "/exp")])
def test_words_are_completed(listed: bool, typed: str) -> None:
    async def complete(keyboard: PipeInput, host: Scripted, screen: Screen) -> None:
        keyboard.send_text(typed)
        here = get_app_session()
        while here.app is None or here.app.current_buffer.complete_state is None:
            await asyncio.sleep(0)
        keyboard.send_text("\t")
        while here.app.current_buffer.text not in {"/memory", "/export"}:
            await asyncio.sleep(0)
        keyboard.send_text("\x15mem\t\r/quit\r")

    fail = {} if listed else {"command": [StoreError("It broke.")]}
    assert Talked(complete, fail=fail).host.said == ["mem"]


def test_a_command_that_fails_says_why() -> None:
    talked = Talked("/new\r/quit\r", fail={"command": [None, StoreError("It broke.")]})
    assert "tertulia: It broke." in talked.text


def test_notices_notes_and_limits_can_be_told_from_the_reply() -> None:
    turns = {
        "a": Turn(kind="notice", text=SENTENCE),
        "b": Turn(steps=["So on"], finish_reason="length", notes=("A note.",)),
        "c": Turn(told="unanswered", finish_reason="a human took over"),
    }
    talked = Talked("a\rb\rc\r/quit\r", turns.__getitem__)
    assert "tertulia: I could not get a reply. Your message is kept." in talked.text
    assert 'So on\nA note.\n… cut at the reply\'s limit; say "continue" to go on\n' in talked.text
    assert "Your message was left without a reply: a human took over." in talked.text


def test_what_came_while_nobody_was_here_is_shown_first() -> None:
    kept = [
        delivery("First.\n\nSecond.", seq=40, covers=(39,)),
        delivery(SENTENCE, seq=42, covers=(41,), kind="notice"),
    ]
    talked = Talked("/quit\r", kept=kept)
    assert talked.text == (
        "Welcome.\n\n(while you were away)\nFirst.\n\nSecond.\n\n(while you were away)\n"
        "tertulia: I could not get a reply. Your message is kept."
    )
    assert talked.host.sent == ["n40", "n42"]


def test_a_store_that_fails_when_the_talk_begins_is_told() -> None:
    talked = Talked("hello\r/quit\r", fail={"opened": [StoreError("It broke.")]})
    assert "tertulia: It broke." in talked.text
    assert talked.host.said == ["hello"]


def test_a_text_that_could_not_be_sent_is_typed_already() -> None:
    talked = Talked("hello\r\r/quit\r", fail={"accept": [StoreFull("The disk is full.")]})
    assert "tertulia: The disk is full." in talked.text
    assert talked.host.said == ["hello"]


def test_ctrl_c_stops_a_reply_and_a_second_one_leaves() -> None:
    turn = Turn(steps=["As far as ", "this", interrupt, asyncio.Event()])
    talked = Talked("hello\r\x03", lambda _: turn)
    assert talked.code == 0
    assert talked.text.endswith("As far as this\n(stopped)")


def test_a_second_ctrl_c_within_a_reply_leaves_at_once() -> None:
    talked = Talked("hello\r", lambda _: Turn(steps=["x", interrupt, interrupt, asyncio.Event()]))
    assert talked.code == 0
    assert talked.text.endswith("x")


async def typed_when(keyboard: PipeInput, screen: Screen, shown: str, text: str) -> None:
    while shown not in screen.text():
        await asyncio.sleep(0)
    keyboard.send_text(text)


def test_a_reply_that_cannot_be_stopped_here_is_shown_when_it_comes() -> None:
    gate = asyncio.Event()
    answers = {
        "stuck": Turn(steps=["St", interrupt, gate, "ill here."], stoppable=False),
        "next": Turn(steps=["Next."]),
    }

    async def typed(keyboard: PipeInput, host: Scripted, screen: Screen) -> None:
        keyboard.send_text("stuck\r")
        await typed_when(keyboard, screen, "(it cannot be stopped here", "ne")
        gate.set()
        await typed_when(keyboard, screen, "Still here.", "xt\r/quit\r")

    talked = Talked(typed, answers.__getitem__)
    assert talked.host.said == ["stuck", "next"]
    assert "away" not in talked.text


@pytest.mark.parametrize("told", ["elsewhere", "left", "unanswered"])
def test_what_was_left_behind_and_answered_by_another_process(told: str) -> None:
    gate = asyncio.Event()
    turn = Turn(
        steps=[interrupt, gate, "Late."], stoppable=False, told=told, finish_reason="a reason"
    )

    async def typed(keyboard: PipeInput, host: Scripted, screen: Screen) -> None:
        keyboard.send_text("stuck\r")
        await typed_when(keyboard, screen, "(it cannot be stopped here", "")
        gate.set()
        shown = "a reason" if told == "unanswered" else "Late."
        await typed_when(keyboard, screen, shown, "")
        while host.opened_times < 2 or host.kept:
            await asyncio.sleep(0)
        keyboard.send_text("/quit\r")

    talked = Talked(typed, lambda _: turn)
    assert talked.text.count("Late.") == (told != "unanswered")
    assert talked.host.sent == (["n2"] if told == "left" else [])


def test_what_comes_while_a_person_types_is_shown_above() -> None:
    async def typed(keyboard: PipeInput, host: Scripted, screen: Screen) -> None:
        await typed_when(keyboard, screen, "Welcome.", "hel")
        await host.hand(delivery("From before.", seq=40, covers=(39,)))
        interrupted = asyncio.get_running_loop().call_soon(interrupt)
        keyboard.send_text("\x15hello\r")
        await typed_when(keyboard, screen, "You said hello.", "/quit\r")
        interrupted.cancel()

    talked = Talked(typed)
    assert "(while you were away)\nFrom before." in talked.text
    assert talked.host.sent[0] == "n40"


def test_an_earlier_reply_may_come_while_the_bot_speaks() -> None:
    late = delivery("From before.", seq=40, covers=(39,))
    tasks: list[asyncio.Task[None]] = []

    def hand() -> None:
        tasks.append(asyncio.get_running_loop().create_task(talked_host[0].hand(late)))

    talked_host: list[Scripted] = []

    async def typed(keyboard: PipeInput, host: Scripted, screen: Screen) -> None:
        talked_host.append(host)
        keyboard.send_text("hello\r/quit\r")

    talked = Talked(typed, lambda _: Turn(steps=["One\n\n", hand, "Two."]))
    assert talked.text.endswith("(while you were away)\nFrom before.\n\nOne\n\nTwo.")


def test_a_signal_at_the_prompt_is_ctrl_c() -> None:
    async def typed(keyboard: PipeInput, host: Scripted, screen: Screen) -> None:
        await typed_when(keyboard, screen, "Welcome.", "")
        while not host.lines:
            await asyncio.sleep(0)
        interrupt()
        await typed_when(keyboard, screen, "(Ctrl-C again", "")
        interrupt()

    assert Talked(typed).code == 0


def test_ctrl_c_while_the_talk_begins_leaves() -> None:
    begun = asyncio.Event()

    async def typed(keyboard: PipeInput, host: Scripted, screen: Screen) -> None:
        interrupt()
        while screen.text() and terminal_of(host):
            await asyncio.sleep(0)
        begun.set()

    def terminal_of(host: Scripted) -> object:
        return host.terminal and host.terminal._session

    assert Talked(typed, when_opened=begun.wait).text == "Welcome."


def test_a_store_that_fails_behind_the_prompt_is_told() -> None:
    gate = asyncio.Event()
    turn = Turn(steps=[interrupt, gate, "Late."], stoppable=False, told="elsewhere")

    async def typed(keyboard: PipeInput, host: Scripted, screen: Screen) -> None:
        keyboard.send_text("stuck\r")
        await typed_when(keyboard, screen, "(it cannot be stopped here", "")
        gate.set()
        await typed_when(keyboard, screen, "tertulia: It broke.", "/quit\r")

    Talked(typed, lambda _: turn, fail={"outcome": [StoreError("It broke.")]})


class Gone(Screen):
    def write(self, text: str) -> int:
        if "Hello" in text:
            raise BrokenPipeError
        return super().write(text)


def test_a_terminal_that_is_closed_during_a_reply_ends_the_talk() -> None:
    talked = Talked("hello\r", lambda _: Turn(steps=["Hello"]), screen=Gone(60, 50))
    assert talked.code == 1
    assert talked.host.refused == ["n2"]


def test_a_terminal_that_is_closed_at_the_prompt_ends_the_talk() -> None:
    async def typed(keyboard: PipeInput, host: Scripted, screen: Screen) -> None:
        while not host.lines:
            await asyncio.sleep(0)
        await host.hand(delivery("Hello", seq=40, covers=(39,)))

    talked = Talked(typed, screen=Gone(60, 50))
    assert talked.code == 1
    assert talked.host.refused == ["n40"]


def test_a_prompt_that_cannot_be_drawn_ends_the_talk() -> None:
    class Hung(DummyOutput):
        def flush(self) -> None:
            raise OSError(5, "Input/output error")

    assert Talked("hello\r", output=Hung()).code == 1


# /export


def test_export_prints_or_writes_by_the_name(tmp_path: Path) -> None:
    target = tmp_path / "a talk.html"
    talked = Talked(f"/export\r/export json\r/export {target}\r/quit\r")
    assert "# all of it as md\n\n# all of it as json\n" in talked.text
    assert target.read_text() == "# all of it as html\n"
    assert f"Written to {target}.".replace(" ", "") in talked.text.replace("\n", "").replace(
        " ", ""
    )


@pytest.mark.parametrize(
    ("answer", "kept"), [("y", False), ("n", True), ("", True), ("\x04", True)]
)
def test_export_asks_before_it_overwrites(tmp_path: Path, answer: str, kept: bool) -> None:
    target = tmp_path / "talk.MD"
    target.write_text("old")
    talked = Talked(f"/export {target}\r{answer}\r/quit\r")
    assert (target.read_text() == "old") is kept
    assert ("Nothing was written." in talked.text) is kept


def test_export_says_why_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    long = "x" * 300
    talked = Talked(
        f"/export talk.pdf\r/export ~/none/talk.md\r/export ~nobody-here/t.md\r/export {long}.md\r"
        "/export a.md\r/quit\r",
        fail={"export": [None, None, None, nothing_there()]},
    )
    assert "The name 'talk.pdf' says no form" in talked.text
    assert talked.text.count("cannot be written") == 3
    assert "tertulia: There is no conversation 'main'." in talked.text
