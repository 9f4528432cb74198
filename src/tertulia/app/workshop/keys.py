"""The keys that people type in: each serves what its own session says, and nobody else."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tertulia.app.logs import hide
from tertulia.app.workshop.keyfile import FILE, Connection, read_keys, write_keys
from tertulia.ports.clock import Clock
from tertulia.values.caller import Caller
from tertulia.values.errors import SettingsError
from tertulia.values.secret import Secret

log = logging.getLogger(__name__)

__all__ = ["NOTHING", "Connection", "Keyring"]

MOST = 10_000
"""Sessions whose keys are remembered, and conversations that keys are lent to."""

LONGEST = 30 * 24 * 3600 * 1000
"""Milliseconds after which the keys of a session that was not seen fall out."""

_Session = tuple[str, str]
_AFTER_A_START = ""
"""The session of whoever lent a conversation before the server was started: it has no keys."""


NOTHING: Mapping[str, Connection] = MappingProxyType({})
"""Where nobody came by a page."""


@dataclass(slots=True)
class _Held:
    """The keys of one session, last used at `seen` (ms since 1970 UTC)."""

    seen: int
    keys: dict[str, Connection] = field(default_factory=dict[str, Connection])


class Keyring:
    """Keys by account and session in memory; those that are to be kept also in a file.

    What is kept serves all sessions of its account. `lost` is told of each key that goes.
    """

    def __init__(self, folder: Path, clock: Clock, lost: Callable[[Secret], object]) -> None:
        self._path = folder / FILE
        self._clock = clock
        self._lost = lost
        self._read = _stamp(self._path)
        self._kept = read_keys(self._path)
        self._held: OrderedDict[_Session, _Held] = OrderedDict()
        self._lent: OrderedDict[int, _Session] = OrderedDict()
        for vendors in self._kept.keys.values():
            for connection in vendors.values():
                _hide(connection)
        for conversation, account in self._kept.lent.items():
            self._lent[conversation] = (account, _AFTER_A_START)

    def of(self, caller: Caller) -> Mapping[str, Connection]:
        """The keys of this caller's session and account, by vendor."""
        return self._of(_session(caller))

    def kept(self, caller: Caller) -> frozenset[str]:
        """The vendors whose keys are in the file for this account."""
        self._reread()
        return frozenset(self._kept.keys.get(caller.account, ()))

    def add(self, caller: Caller, vendor: str, connection: Connection, *, keep: bool) -> None:
        """Use it from now on, in place of the one before. Raises: `SettingsError`.

        Without `keep` one that is in the file stays there, for the account's other sessions.
        """
        _hide(connection)
        self._drop_old()
        held = self._held.setdefault(_session(caller), _Held(self._clock.now()))
        before, held.keys[vendor] = held.keys.get(vendor), connection
        self._touch(_session(caller), held)
        self._tell(before)
        if keep:
            self._keep(caller.account, vendor, connection)

    def remove(self, caller: Caller, vendor: str) -> None:
        """Lose the key, also the one in the file, and there for all sessions of the account.

        Raises: `SettingsError` where the file cannot be written.
        """
        self._reread()
        kept = self._kept.keys.get(caller.account, {}).get(vendor)
        for (account, session), held in self._held.items():
            own = session == caller.session
            if account == caller.account and (own or _same(held.keys.get(vendor), kept)):
                self._tell(held.keys.pop(vendor, None))
        if kept is not None:
            self._keep(caller.account, vendor, None)

    def lend(self, caller: Caller, conversation: int) -> None:
        """From now on this caller's keys serve the turns of a conversation."""
        lent = _session(caller)
        if self._lent.get(conversation) == lent:
            self._lent.move_to_end(conversation)
            return
        self._lent[conversation] = lent
        self._lent.move_to_end(conversation)
        if len(self._lent) > MOST:
            self._lent.popitem(last=False)
        if self._kept.keys.get(caller.account):
            self._note(conversation, caller.account)

    def lent(self, conversation: int | None) -> Mapping[str, Connection]:
        """The keys, by vendor, of a conversation's turns; None is one that is not there yet."""
        session = None if conversation is None else self._lent.get(conversation)
        return NOTHING if session is None else self._of(session)

    def _reread(self) -> None:
        """Another process may have taken keys out of the file, with the account that kept them."""
        stamp = _stamp(self._path)
        if stamp == self._read:
            return
        self._read, before = stamp, self._kept
        self._kept = read_keys(self._path)
        for vendors in self._kept.keys.values():
            for connection in vendors.values():
                _hide(connection)
        for account, vendors in before.keys.items():
            now = self._kept.keys.get(account, {})
            for vendor, connection in vendors.items():
                if not _same(connection, now.get(vendor)):
                    self._gone(account, vendor, connection)

    def _gone(self, account: str, vendor: str, kept: Connection) -> None:
        self._tell(kept)
        for (holder, _), held in self._held.items():
            if holder == account and _same(held.keys.get(vendor), kept):
                self._tell(held.keys.pop(vendor))

    def _of(self, session: _Session) -> Mapping[str, Connection]:
        self._reread()
        held = self._held.get(session)
        if held is not None and self._is_old(held):
            self._drop_old()
            held = None
        if held is not None:
            self._touch(session, held)
        return {**self._kept.keys.get(session[0], {}), **(held.keys if held else {})}

    def _touch(self, session: _Session, held: _Held) -> None:
        held.seen = self._clock.now()
        self._held.move_to_end(session)
        while len(self._held) > MOST:
            self._drop()

    def _is_old(self, held: _Held) -> bool:
        return held.seen < self._clock.now() - LONGEST

    def _drop_old(self) -> None:
        """They stand in the order in which they were last seen."""
        while self._held and self._is_old(next(iter(self._held.values()))):
            self._drop()

    def _drop(self) -> None:
        _, held = self._held.popitem(last=False)
        for connection in held.keys.values():
            self._tell(connection)

    def _tell(self, connection: Connection | None) -> None:
        if connection is not None and connection.key is not None:
            self._lost(connection.key)

    def _keep(self, account: str, vendor: str, connection: Connection | None) -> None:
        """Change the file as it is now: another process may have written to it."""
        self._reread()
        before = self._kept.keys.get(account, {}).get(vendor)
        now = read_keys(self._path)
        now.change(account, vendor, connection)
        for conversation, (lender, _) in self._lent.items():
            if lender == account:
                now.lend(conversation, account)
        write_keys(self._path, now)
        self._kept = now
        self._tell(before)

    def _note(self, conversation: int, account: str) -> None:
        self._reread()
        now = read_keys(self._path)
        now.lend(conversation, account)
        try:
            write_keys(self._path, now)
        except SettingsError as error:  # it only helps after a start
            log.warning("%s", error)
        else:
            self._kept = now


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever the file does; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _session(caller: Caller) -> _Session:
    return caller.account, caller.session


def _same(one: Connection | None, other: Connection | None) -> bool:
    """Whether it is the same key."""
    keys = [each.key.reveal() if each and each.key else None for each in (one, other)]
    return keys[0] is not None and keys[0] == keys[1]


def _hide(connection: Connection) -> None:
    if connection.key is not None:
        hide(connection.key)
