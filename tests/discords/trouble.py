"""What goes wrong on the local Discord when a test orders it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from discords.hold import Held
from discords.limits import Fault, limited
from discords.world import PRIVILEGED


class Trouble(Held):
    """Makes calls fail, and cuts the gateway."""

    def fail(
        self,
        route: str,
        status: int = 500,
        *,
        times: int = 1,
        code: int = 0,
        message: str = "Internal Server Error",
        done: bool = False,
    ) -> None:
        """The next calls of the route fail; with status 0 the line is cut.

        With `done` they take effect, and only the answer is lost.
        """
        body = {"message": message, "code": code}
        self._order(Fault(route=route, times=times, status=status, body=body, done=done))

    def limit(
        self, route: str, *, times: int = 1, retry_after: float = 0.2, everywhere: bool = False
    ) -> None:
        """The next calls of the route are refused as too many, without being so."""
        self._order(limited(route, after=retry_after, times=times, everywhere=everywhere))

    def slow(self, route: str, seconds: float, *, times: int = 1) -> None:
        self._order(Fault(route=route, times=times, seconds=seconds))

    def _order(self, fault: Fault) -> None:
        with self.world.changed:
            self.limits.faults.append(fault)

    def heal(self) -> None:
        """Nothing that was ordered fails any more."""
        with self.world.changed:
            self.limits.faults.clear()

    def refuse_token(self) -> None:
        with self.world.changed:
            self.world.refused = True

    def disallow_intents(self, *names: str) -> None:
        """By default that for the words of messages; also `members` and `presences`."""
        with self.world.changed:
            for name in names or ("message_content",):
                self.world.allowed &= ~PRIVILEGED[name]

    def public(self) -> None:
        """Anybody may invite the bot."""
        with self.world.changed:
            self.world.public = True

    def drop(self, *, resumable: bool = True, replay: bool = False) -> None:
        """Cut the gateway. A resuming bot is told what it missed, and with `replay` more.

        That is all from the last message on that it had been told of by somebody else.
        """
        with self.world.changed:
            self.gateway.replay = replay
            if not resumable:
                self.gateway.forget()
            for line in list(self.gateway.lines):
                line.silent = True
                line.cut()
        self.wait_for(lambda: not any(line.silent for line in self.gateway.lines))

    @contextmanager
    def away(self, *, resumable: bool = True, replay: bool = False) -> Generator[None]:
        """The gateway is down: whoever connects waits until the end."""
        self.gateway.hold()
        try:
            self.drop(resumable=resumable, replay=replay)
            yield
        finally:
            self.gateway.let_in()

    def reconnect(self) -> None:
        """Ask the bot to connect anew, as Discord does before a restart of its own."""
        with self.world.changed:
            for line in self.gateway.lines:
                line.put(7, None)

    def zombie(self) -> None:
        """The lines that there are stay open and say nothing any more, not even to heartbeats."""
        with self.world.changed:
            for line in self.gateway.lines:
                line.silent = True
