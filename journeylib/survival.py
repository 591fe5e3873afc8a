"""Durations that may still be open: Kaplan–Meier, cumulative incidence, medians with intervals.

All of it is engine expressions: one group-by over distinct durations, then windows, so that a
million cases never leave the engine. Input tables hold ``duration`` (µs), grouping columns, and what
ended each duration. Sources: Kaplan & Meier 1958; Brookmeyer & Crowley 1982 on the log-log scale for
the interval of the median; Aalen & Johansen 1978 with the variance of Marubini & Valsecchi 1995;
Woodruff 1952 for quantiles without censoring.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from journeylib.engine import Engine
from journeylib.terms import Clock, Fact, say

Z95 = 1.959963984540054
_TINY = 1e-9
_GRID = tuple(round(0.06 + 0.02 * step, 2) for step in range(45))
MIN_FOR_INTERVAL = 6
"""Below six observations no order statistics enclose the median with 95 % confidence."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with 95 % interval; `censored` were still open, `n` were at risk in all."""

    value: float
    ci_low: float
    ci_high: float
    n: int
    events: int
    censored: int


@dataclass(frozen=True, slots=True)
class Exits:
    """How a group leaves: the median time until it does, and the share that leaves by cause 1."""

    median: Fact
    share: Share


def exits(engine: Engine, durations: ir.Table, by: str) -> dict[Any, Exits]:
    """Both `median_survival` and `incidence` per group of `by`, from one curve.

    `durations` has `by`, ``duration`` (µs) and ``cause``: 0 still open, 1 the cause asked for, 2 any
    other.
    """
    curve = engine.materialise(_curve(durations, by), "curve")
    shares = _shares(engine, curve, by)
    return {
        group: Exits(fact, shares[group]) for group, fact in _medians(engine, curve, by).items()
    }


def median_survival(engine: Engine, durations: ir.Table, by: str) -> dict[Any, Fact]:
    """Kaplan–Meier median per group of `by`, in hours, with its 95 % interval.

    `durations` has `by`, ``duration`` (µs) and ``ended`` (bool; False is censored). The median is
    unknown (None, with the reason) where more than half of a group is still open.
    """
    ended = durations.select(by, "duration", cause=durations.ended.cast("int64"))
    return _medians(engine, _curve(ended, by), by)


def incidence(engine: Engine, durations: ir.Table, by: str) -> dict[Any, Share]:
    """Share of each group of `by` that ends by cause 1, other causes competing (Aalen–Johansen).

    `durations` as for `exits`. Without censoring it is the plain share.
    """
    return _shares(engine, _curve(durations, by), by)


def _medians(engine: Engine, curve: ir.Table, by: str) -> dict[Any, Fact]:
    s, log_s = curve.survival, curve.log_survival.clip(lower=math.log(_TINY), upper=-_TINY)
    theta = Z95 * curve.greenwood.sqrt() / log_s
    half = math.log(0.5) + _TINY
    reached = {
        "median": s <= 0.5 + _TINY,
        "ci_low": (log_s * (-theta).exp() <= half) & (s < 1),
        "ci_high": (log_s * theta.exp() <= half) & (s < 1) & (s > _TINY),
    }
    summary = curve.group_by(by).aggregate(
        n=curve.at_risk.max(),
        events=curve.events.sum(),
        **{name: curve.duration.min(where=when) for name, when in reached.items()},
    )
    return {row[0]: _median_fact(row) for row in engine.rows(summary)}


def _shares(engine: Engine, curve: ir.Table, by: str) -> dict[Any, Share]:
    later = ibis.window(group_by=by, order_by="duration", rows=(1, None))
    curve = curve.mutate(step=curve.before * curve.cause_one / curve.at_risk)
    curve = curve.mutate(ahead=curve.step.sum().over(later).fill_null(0))
    ahead, n, d, one = curve.ahead, curve.at_risk, curve.events, curve.cause_one
    variance = (
        (n > d).ifelse(ahead**2 * d / (n * (n - d)).nullif(0), 0)
        + curve.before**2 * (n - one) * one / n**3
        - 2 * ahead * curve.before * one / n**2
    )
    summary = (
        curve.mutate(variance=variance)
        .group_by(by)
        .aggregate(
            value=ibis._.step.sum(),
            variance=ibis._.variance.sum(),
            n=ibis._.at_risk.max(),
            ended=ibis._.events.sum(),
            events=ibis._.cause_one.sum(),
        )
    )
    return {row[0]: _share(row) for row in engine.rows(summary)}


def medians(
    engine: Engine, durations: ir.Table, by: tuple[str, ...]
) -> dict[tuple[Any, ...], Fact]:
    """Median of ``duration`` (µs) per group in hours, nothing censored, with 95 % interval."""
    summary = durations.group_by(*by).aggregate(
        n=durations.count(), quantiles=durations.duration.quantile(list(_GRID))
    )
    return {tuple(row[: len(by)]): _woodruff(row.n, row.quantiles) for row in engine.rows(summary)}


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927); (0, 1) when n is 0.

    >>> tuple(round(end, 3) for end in wilson(5, 10))
    (0.237, 0.763)
    """
    if n == 0:
        return 0.0, 1.0
    p, zz = successes / n, z * z
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    half = z * math.sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def hours(microseconds: float | None) -> float | None:
    """Microseconds as hours; None stays None."""
    return None if microseconds is None else microseconds / 3.6e9


# -- the curve all of them share -----------------------------------------------------------------


def _curve(durations: ir.Table, by: str) -> ir.Table:
    """Per duration at which something ends: at risk, events, survival before and after, Greenwood.

    The rank of a duration tells how many are at risk; summing up how many left would cost a sort
    more. Durations that only censor change nothing; the first of each group stays, for its n.
    """
    inside = ibis.window(group_by=by)
    ranked = durations.mutate(
        left=ibis.rank().over(group_by=by, order_by="duration"),
        total=durations.count().over(inside),
    )
    steps = ranked.group_by(by, "duration").aggregate(
        at_risk=(ranked.total - ranked.left).max().cast("float64"),
        first=(ranked.left == 0).any(),
        events=(ranked.cause > 0).cast("int64").sum(),
        cause_one=(ranked.cause == 1).cast("int64").sum(),
    )
    steps = steps.filter((steps.events > 0) | steps["first"]).drop("first")
    upto = ibis.window(group_by=by, order_by="duration", rows=(None, 0))
    n, d = steps.at_risk, steps.events.cast("float64")
    # exp(-1e3) is 0: the survival after the last one at risk has ended.
    steps = steps.mutate(
        fall=(d < n).ifelse((1 - d / n).clip(lower=_TINY).ln(), -1e3),
        spread=(d < n).ifelse(d / (n * (n - d).nullif(0)), 0.0),
    )
    steps = steps.mutate(
        log_survival=steps.fall.sum().over(upto), greenwood=steps.spread.sum().over(upto)
    )
    return steps.mutate(
        survival=steps.log_survival.exp(), before=(steps.log_survival - steps.fall).exp()
    )


def _median_fact(row: Any) -> Fact:
    n = int(row.n)
    return Fact(
        hours(row.median),
        "h",
        n,
        "kaplan_meier_median",
        Clock.CALENDAR,
        censored=n - int(row.events),
        ci_low=hours(row.ci_low),
        ci_high=hours(row.ci_high),
        reason=None if row.median is not None else say("journey.mostly_open", n=n),
    )


def _share(row: Any) -> Share:
    n, events, censored = int(row.n), int(row.events), int(row.n - row.ended)
    value = min(1.0, max(0.0, row.value))
    if not 0 < events < row.ended or not 0 < value < 1 or censored == 0:
        # All one cause, or nothing open: a plain share (of the closed, when all end alike).
        low, high = wilson(round(value * (n - censored)), n - censored)
    else:
        spread = Z95 * math.sqrt(max(row.variance, 0.0)) / (value * math.log(value))
        low, high = value ** math.exp(-spread), value ** math.exp(spread)
    return Share(value, min(low, value), max(high, value), n, events, censored)


def _woodruff(n: int, quantiles: list[float]) -> Fact:
    if n < MIN_FOR_INTERVAL:
        low = high = None
    else:
        half = Z95 * 0.5 / math.sqrt(n)
        low, high = hours(_at(0.5 - half, quantiles)), hours(_at(0.5 + half, quantiles))
    middle = hours(quantiles[_GRID.index(0.5)])
    return Fact(middle, "h", n, "median_woodruff", Clock.CALENDAR, 0, low, high)


def _at(share: float, quantiles: list[float]) -> float:
    """The quantile at `share`, between the points of the grid."""
    place = min(max(share, _GRID[0]), _GRID[-1])
    right = max(1, bisect.bisect_left(_GRID, place))
    weight = (place - _GRID[right - 1]) / (_GRID[right] - _GRID[right - 1])
    return quantiles[right - 1] + weight * (quantiles[right] - quantiles[right - 1])
