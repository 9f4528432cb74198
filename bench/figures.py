"""Small sums over measured times."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """The middle one, to four significant digits."""
    return rounded(statistics.median(values))


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of all do not exceed."""
    return rounded(sorted(values)[max(0, -(-len(values) * percent // 100) - 1)])


def rounded(value: float) -> float:
    """To four significant digits: more would be noise."""
    return float(f"{value:.4g}")
