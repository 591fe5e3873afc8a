"""What the findings that are shares have in common: interval, p-value, and words about power."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from journeylib.findings.finding import Impact
from journeylib.findings.stats import smallest_provable
from journeylib.survival import Z95, wilson
from journeylib.terms import Text, say


def counted(k: int, n: int, unit: str) -> Impact:
    """`k` of `n` things concerned, with the interval of the share carried over to the count."""
    low, high = wilson(k, n)
    return Impact(k, unit, low * n, high * n)


def summed(total: float | None, mean: float | None, std: float | None, k: int) -> Impact:
    """Hours added up over `k` cases, with a normal interval from their spread."""
    if total is None or mean is None:
        return Impact(None, "h")
    if std is None or k < 2:
        return Impact(total, "h")
    half = Z95 * std * k**0.5
    return Impact(total, "h", max(0.0, total - half), total + half)


def power_of_shares(sizes: Sequence[int], tolerance: float) -> Text:
    """What could have been seen at the median sample size."""
    n = int(statistics.median(sizes))
    share = smallest_provable(n, tolerance)
    if share is None:
        return say("finding.power_none", n=n)
    return say("finding.power", n=n, share=f"{share:.0%}")
