"""Takes the address before anything else is done: where it is taken, that is told at once."""

from __future__ import annotations

import errno
import socket

from tertulia.app.serve.site import url
from tertulia.app.servespec import ServeSpec
from tertulia.values.errors import SettingsError, TertuliaError

BACKLOG = 2048
_TAKEN = """\
The port {port} is taken, perhaps by a Tertulia that runs already. Take another: \
tertulia serve{host} --port {other}"""
_FORBIDDEN = """\
The port {port} may not be used by you. Take one above 1023: tertulia serve --port 8777"""
_NOT_OURS = """\
{host} is no address of this machine. Leave --host out to be reached from this machine alone, or \
take 0.0.0.0 for all its addresses."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens: who calls now waits until the server is up.

    Raises: `SettingsError` where the address is none of this machine's; `TertuliaError` where it
    cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise SettingsError(_NOT_OURS.format(host=host)) from None
    family, _, _, _, where = min(found, key=lambda one: one[0] != socket.AF_INET)
    # By its protocol asyncio knows that what is written is to be sent at once, not 40 ms later.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(where)
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise _plain(error, host, port) from None
    return made


def _plain(error: OSError, host: str, port: int) -> TertuliaError:
    if error.errno == errno.EADDRINUSE:
        told = "" if host == ServeSpec().host else f" --host {host}"
        return TertuliaError(_TAKEN.format(port=port, host=told, other=port % 65_535 + 1))
    if error.errno in (errno.EACCES, errno.EPERM):
        return TertuliaError(_FORBIDDEN.format(port=port))
    if error.errno == errno.EADDRNOTAVAIL:
        return SettingsError(_NOT_OURS.format(host=host))
    return TertuliaError(f"{host} port {port} cannot be used: {error.strerror}.")


def told(sock: socket.socket) -> str:
    """The address of the page, as a person opens it on this machine."""
    address: str
    address, port = sock.getsockname()[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - not bound
    return f"http://{url(here)}:{port}"
