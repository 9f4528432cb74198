"""The line where a person types: history, several lines, completion, and what the keys do."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from enum import Enum, auto
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from tertulia.channels.terminal.streams import Closed

_READY = FormattedText([("bold", "> ")])
_MORE = FormattedText([("", "  ")])


class Key(Enum):
    """What was pressed in place of a text."""

    LEAVE = auto()
    INTERRUPT = auto()


class _Words(Completer):
    """Completes a line that begins with a slash."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002 - the name is prompt_toolkit's
    ) -> Iterable[Completion]:
        """The words that begin like what stands before the cursor."""
        typed = document.text_before_cursor
        if typed.startswith("/"):
            for word in self._words:
                if word.startswith(typed):
                    yield Completion(word, start_position=-len(typed))


class _Kept(FileHistory):
    """A file of what was typed; where it cannot be used any more, the talk goes on without."""

    def load_history_strings(self) -> Iterable[str]:
        """The newest first."""
        with suppress(OSError):
            return super().load_history_strings()
        return []

    def store_string(self, string: str) -> None:
        """Add one."""
        with suppress(OSError):
            super().store_string(string)


class Prompt:
    """Asks for one text after another, with `words` as completions.

    Everything raises `Closed` where the terminal is gone.
    """

    def __init__(self, history: Path | None, words: Sequence[str]) -> None:
        self.emptied = False
        """Whether Ctrl-C has just taken a text away."""
        slash = Condition(lambda: self._session.default_buffer.text.startswith("/"))
        with _drawing():
            self._session: PromptSession[str] = PromptSession(
                _READY,
                history=_history(history),
                multiline=True,
                prompt_continuation=_MORE,
                completer=_Words(words),
                complete_while_typing=slash,
                key_bindings=self._keys(),
                enable_suspend=True,
            )

    async def ask(self, default: str = "") -> str | Key:
        """What is typed, or the key that ended the typing; `default` is there already."""
        self.emptied = False
        try:
            with _drawing():
                typed = await self._session.prompt_async(
                    default=default, set_exception_handler=False, handle_sigint=False
                )
        except EOFError:
            return Key.LEAVE
        except KeyboardInterrupt:
            return Key.INTERRUPT
        return whole(typed)

    async def confirm(self, question: str) -> bool:
        """Whether the answer is yes."""
        try:
            with _drawing():
                asking: PromptSession[str] = PromptSession(f"{question} [y/N] ")
                answer = await asking.prompt_async(set_exception_handler=False, handle_sigint=False)
        except (EOFError, KeyboardInterrupt):
            return False
        return answer.strip().lower() in {"y", "yes"}

    async def above(self, show: Callable[[], None]) -> None:
        """Show something above the line, which is drawn again below it."""
        with _drawing():
            await run_in_terminal(show)

    def interrupt(self) -> None:
        """What Ctrl-C does: empty the line, or, where it is empty, end the typing."""
        buffer, app = self._session.default_buffer, self._session.app
        if buffer.text:
            self.emptied = True
            buffer.reset()
            app.invalidate()
        elif app.is_running and not app.is_done:
            app.exit(exception=KeyboardInterrupt())

    def _interrupted(self, _: KeyPressEvent) -> None:
        self.interrupt()

    def _keys(self) -> KeyBindings:
        typing = has_focus(DEFAULT_BUFFER)
        keys = KeyBindings()
        keys.add("enter", filter=typing)(_send)
        keys.add("escape", "enter", filter=typing)(_new_line)
        keys.add("c-j", filter=typing)(_new_line)
        keys.add("c-c", filter=typing)(self._interrupted)
        return keys


@contextmanager
def _drawing() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise Closed("The terminal is gone.") from error


def _send(event: KeyPressEvent) -> None:
    event.current_buffer.validate_and_handle()


def _new_line(event: KeyPressEvent) -> None:
    event.current_buffer.insert_text("\n")


def whole(typed: str) -> str:
    """The text with what was no UTF-8 replaced: it could not be stored."""
    return typed.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _history(path: Path | None) -> History:
    if path is None:
        return InMemoryHistory()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
    return _Kept(path)
