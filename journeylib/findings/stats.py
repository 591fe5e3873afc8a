"""Tests and corrections: exact where it is cheap, the textbook's approximation where it is not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import bdtrc, ndtr

from journeylib.survival import Z95, Share, wilson


def binomial_above(k: int, n: int, tolerance: float) -> float:
    """One-sided exact p of seeing `k` or more of `n` where the true share is `tolerance`.

    >>> round(binomial_above(3, 10, 0.1), 4)
    0.0702
    """
    return 1.0 if k == 0 else float(bdtrc(k - 1, n, tolerance))


def share_above(share: Share, tolerance: float) -> float:
    """One-sided p that a share with censored cases exceeds `tolerance`.

    Without censoring the exact binomial test; with it, a normal test on the log(−log) scale, the
    scale of its interval.
    """
    if not share.censored or not 0 < share.value < 1 or share.ci_high <= share.ci_low:
        return binomial_above(share.events, share.n - share.censored, tolerance)
    scale = [math.log(-math.log(end)) for end in (share.ci_low, share.ci_high) if 0 < end < 1]
    if len(scale) < 2:
        return binomial_above(share.events, share.n, tolerance)
    spread = (scale[0] - scale[1]) / (2 * Z95)
    z = (math.log(-math.log(tolerance)) - math.log(-math.log(share.value))) / spread
    return float(ndtr(-z))


def mann_whitney_above(n: int, rank_sum: float, total: int, ties: float) -> float:
    """One-sided p that `n` values lie above the other ``total - n`` (Mann & Whitney 1947).

    `rank_sum` is the sum of their mid-ranks (from 1) among all, `ties` the sum of t³ − t over groups
    of t equal values; normal approximation with continuity correction.
    """
    rest = total - n
    variance = n * rest / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    u = rank_sum - n * (n + 1) / 2
    return float(ndtr(-(u - n * rest / 2 - 0.5) / math.sqrt(variance)))


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """q-values in the order of `p` (Benjamini & Hochberg 1995).

    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    q, least = [1.0] * len(p), 1.0
    for rank, index in sorted(enumerate(sorted(range(len(p)), key=p.__getitem__), 1), reverse=True):
        least = min(least, p[index] * len(p) / rank)
        q[index] = least
    return q


def smallest_provable(n: int, tolerance: float) -> float | None:
    """The smallest share of `n` whose 95 % interval lies above `tolerance`; None if none does.

    >>> smallest_provable(12, 0.1)
    0.3333333333333333
    """
    for k in range(math.ceil(tolerance * n), n + 1):
        if wilson(k, n)[0] > tolerance:
            return k / n
    return None
