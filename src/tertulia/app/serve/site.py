"""Where the server stands: who can reach it, and by which names it is called."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from tertulia.app.servespec import ServeSpec
from tertulia.ports.channel import Messages

_OWN = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`address` is the one that it is bound to. `exposed`: others than this machine reach it."""

    address: str
    exposed: bool
    hosts: frozenset[str]

    @property
    def reach(self) -> str:
        """What others reach it by, for a sentence."""
        return "this server" if _loopback(self.address) else f"{url(self.address)}"

    def knows(self, host: str, reached: str | None) -> bool:
        """Whether a `Host` header may name this server.

        `reached` is the address at which the call came in: a name that was bent to point here (DNS
        rebinding) is none of these.
        """
        name = without_port(host)
        return name in self.hosts or (self.exposed and reached is not None and name == url(reached))


def site(spec: ServeSpec, address: str) -> Site:
    """What the settings, and the address that the server is bound to, make of it.

    A proxy, or a name of its own, tells that others come, wherever it is bound.
    """
    exposed = not _loopback(address) or spec.behind_proxy or bool(spec.hosts)
    more = {url(address), spec.host.lower(), *spec.hosts} if exposed else set[str]()
    return Site(address=address, exposed=exposed, hosts=_OWN | more)


def url(address: str) -> str:
    """An address as it stands in a URL."""
    return f"[{address}]" if ":" in address else address


def without_port(host: str) -> str:
    """The name in a `Host` header."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()


def reached_at(scope: Messages) -> str | None:
    """The address of this machine at which a call came in."""
    server = scope.get("server")
    return server[0] if server else None


def _loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback
