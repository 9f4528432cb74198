"""What is counted, as Prometheus reads it; its library is loaded when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from tertulia._version import __version__
from tertulia.app.serve.asgi import Receive, Send, answer, refuse
from tertulia.app.serve.counts import Counts, Spread
from tertulia.ports.channel import Messages
from tertulia.values.caller import CALLER, Caller

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import HistogramMetricFamily, Metric

PATH = "/metrics"
FOR_OWNERS = "This is for owners."


class Metrics:
    """Answers at `PATH`, for owners alone."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    async def __call__(self, scope: Messages, _receive: Receive, send: Send) -> None:
        """See ASGI."""
        caller: Caller = scope[CALLER]
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await refuse(scope, send, 405, "bad_method", "This takes GET.", [(b"allow", b"GET")])
        elif not caller.owner:
            await refuse(scope, send, 403, "forbidden", FOR_OWNERS)
        else:
            from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

            told = generate_latest(self._registry)
            kind = (b"content-type", CONTENT_TYPE_LATEST.encode())
            await answer(scope, send, 200, told, [kind])

    @cached_property
    def _registry(self) -> CollectorRegistry:
        from prometheus_client import CollectorRegistry, ProcessCollector

        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(_Told(self._counts))
        return registry


class _Told:
    """What prometheus_client calls a collector."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        """Every metric, as it is now."""
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

        counts = self._counts
        yield InfoMetricFamily("tertulia", "This program.", value={"version": __version__})
        yield GaugeMetricFamily(
            "tertulia_websockets", "WebSockets that are open.", value=counts.sockets
        )
        yield GaugeMetricFamily(
            "tertulia_turns_running", "Turns that run now.", value=len(counts.running)
        )
        yield from self._counted()
        yield _spread("tertulia_http_seconds", "Until an answer begins.", "kind", counts.seconds)
        turns = {"": counts.turn_seconds}
        yield _spread("tertulia_turn_seconds", "What a turn takes.", None, turns)

    def _counted(self) -> Iterable[Metric]:
        from prometheus_client.core import CounterMetricFamily

        calls = CounterMetricFamily(
            "tertulia_http_requests", "Requests.", labels=("method", "kind", "status")
        )
        for (method, kind, status), count in self._counts.calls.items():
            calls.add_metric((method, kind, str(status)), count)
        turns = CounterMetricFamily("tertulia_turns", "Turns by their ending.", labels=("ending",))
        for ending, count in self._counts.turns.items():
            turns.add_metric((ending,), count)
        errors = CounterMetricFamily(
            "tertulia_store_errors", "Errors of the database.", labels=("error",)
        )
        for error, count in self._counts.store_errors.items():
            errors.add_metric((error,), count)
        return calls, turns, errors


def _spread(
    name: str, about: str, label: str | None, spreads: Mapping[str, Spread]
) -> HistogramMetricFamily:
    from prometheus_client.core import HistogramMetricFamily

    family = HistogramMetricFamily(name, about, labels=() if label is None else (label,))
    for value, spread in spreads.items():
        if spread.counts:
            bounds = [*map(str, spread.bounds), "+Inf"]
            buckets = list(zip(bounds, accumulate(spread.counts), strict=True))
            family.add_metric(() if label is None else (value,), buckets, spread.total)
    return family
