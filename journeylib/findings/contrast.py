"""Comparing a quantity between those with a feature and those without, crudely and by strata.

The quantity is 1 for a case that wins by the horizon and 0 for one that does not; where a case is
still open before the horizon it is its pseudo-value (Andersen, Klein & Rosthøj 2003), here from the
infinitesimal jackknife of the cumulative incidence (Jaeckel 1972; Parner, Andersen & Overgaard 2023).
With nothing censored all of this is the plain arithmetic of 2×2 tables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from journeylib.survival import Z95, wilson
from journeylib.terms import Fact

Floats: TypeAlias = NDArray[np.float64]
Interval: TypeAlias = tuple[float, float, float]
"""Value, lower and upper end."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`n` values by their sum and their sum of squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: Cell) -> Cell:
        return Cell(self.n + other.n, self.total + other.total, self.squares + other.squares)

    def __sub__(self, other: Cell) -> Cell:
        return Cell(self.n - other.n, self.total - other.total, self.squares - other.squares)

    @property
    def mean(self) -> float:
        """Of the values; 0 where there is none."""
        return self.total / self.n if self.n else 0.0

    @property
    def spread(self) -> float:
        """Sum of squared deviations from the mean."""
        return max(0.0, self.squares - self.n * self.mean**2)


@dataclass(frozen=True, slots=True)
class Pair:
    """The values with a feature beside those without, in one stratum or in all."""

    inside: Cell
    outside: Cell

    @property
    def all(self) -> Cell:
        """Both together."""
        return self.inside + self.outside

    @property
    def weight(self) -> float:
        """n₁·n₀ / n, the weight of a stratum (Mantel & Haenszel 1959)."""
        return self.inside.n * self.outside.n / self.all.n if self.all.n else 0.0

    @property
    def gap(self) -> float:
        """Difference of the means."""
        return self.inside.mean - self.outside.mean

    @property
    def expected(self) -> float:
        """The smallest of the four counts that are expected where the feature tells nothing."""
        share = min(1.0, max(0.0, self.all.mean))
        return min(self.inside.n, self.outside.n) * min(share, 1 - share)


def share_of(cell: Cell) -> Interval:
    """The mean as a share with Wilson's interval, for the n that its variance is worth.

    >>> tuple(round(x, 3) for x in share_of(Cell(10, 5, 5)))
    (0.5, 0.237, 0.763)
    """
    share = min(1.0, max(0.0, cell.mean))
    binomial = share * (1 - share)
    worth = cell.n * binomial / (cell.spread / cell.n) if cell.spread and binomial else cell.n
    worth = min(float(cell.n), worth)
    return share, *wilson(share * worth, worth)


def difference(pair: Pair) -> Interval:
    """Difference of two shares with Newcombe's hybrid score interval (Newcombe 1998, method 10).

    >>> pair = Pair(Cell(70, 56, 56), Cell(80, 48, 48))
    >>> tuple(round(x, 4) for x in difference(pair))
    (0.2, 0.0524, 0.3339)
    """
    (p, low, high), (p0, low0, high0) = share_of(pair.inside), share_of(pair.outside)
    gap = p - p0
    down, up = math.hypot(p - low, high0 - p0), math.hypot(high - p, p0 - low0)
    return gap, gap - down, gap + up


def standardised(strata: Sequence[Pair]) -> Interval:
    """Mantel–Haenszel's risk difference over strata (Greenland & Robins 1985), normal interval."""
    total = sum(pair.weight for pair in strata)
    gap = sum(pair.weight * pair.gap for pair in strata) / total
    variance = sum(pair.weight**2 * (_error(pair.inside) + _error(pair.outside)) for pair in strata)
    half = Z95 * math.sqrt(variance) / total
    return gap, gap - half, gap + half


def _error(cell: Cell) -> float:
    return cell.spread / (cell.n * max(1, cell.n - 1))


def mantel(strata: Sequence[Pair]) -> float:
    """Two-sided p that no stratum's mean differs: Mantel's (1963) score test.

    On 0 and 1 it is the test of Cochran, Mantel and Haenszel without continuity correction, and on
    one stratum the "n − 1" chi-squared test (Campbell 2007).

    >>> round(mantel([Pair(Cell(20, 15, 15), Cell(20, 8, 8))]), 4)
    0.0271
    """
    variance = sum(p.weight * p.all.spread / (p.all.n - 1) for p in strata if p.all.n > 1)
    if variance <= 0:
        return 1.0
    z = sum(pair.weight * pair.gap for pair in strata) / math.sqrt(variance)
    return float(2 * ndtr(-abs(z)))


def fact(interval: Interval, n: int, method: str, censored: int | None = None) -> Fact:
    """An interval of shares, or of their difference, as a `Fact`."""
    value, low, high = interval
    return Fact(value, "share", n, method, censored=censored, ci_low=low, ci_high=high)


def pseudo_values(ended: Floats) -> Floats:
    """Pseudo-values of "ended by cause 1 within the grid", by step at which a case ended and how.

    `ended` counts cases by step (rows) and cause (columns: still open, cause 1, any other); what ends
    at a step does so before what is censored there. The result has its shape.
    """
    n = ended.sum()
    leaving = ended.sum(axis=1)
    at_risk = n - np.concatenate(([0.0], np.cumsum(leaving)[:-1]))
    one, events = ended[:, 1], ended[:, 1] + ended[:, 2]
    stay = np.divide(at_risk - events, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0)
    before = np.concatenate(([1.0], np.cumprod(stay)[:-1]))
    by_risk = np.divide(1.0, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0)
    survived = at_risk - events
    by_survived = np.divide(1.0, survived, out=np.zeros_like(at_risk), where=survived > 0)
    reached = np.cumsum(before * one * by_risk)
    ahead = reached[-1] - reached
    waited = np.cumsum(events * ahead * by_risk * by_survived - before * one * by_risk**2)
    lost = -ahead * by_survived
    influence = np.stack((waited, waited + before * by_risk + lost, waited + lost), axis=1)
    values: Floats = reached[-1] + n * influence
    return values
