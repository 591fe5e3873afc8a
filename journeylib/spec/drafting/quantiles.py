"""A quantile with its order-statistic interval, exact and free of any assumption on the shape.

Between the ranks l and u lies the quantile with probability P(l ≤ B < u), B ~ Binomial(n, q); source:
David & Nagaraja, Order Statistics (2003), section 7.1. Used for what is achieved today: the time
within which a given share of the winning cases did the step.
"""

from __future__ import annotations

import math
from typing import Any

import ibis
import ibis.expr.types as ir

from journeylib.engine import Engine
from journeylib.survival import Z95, hours
from journeylib.terms import Clock, Fact

_EXACT_UP_TO = 2000


def quantiles(engine: Engine, durations: ir.Table, by: str, q: float) -> dict[Any, Fact]:
    """The `q` quantile of ``duration`` (µs) per group of `by`, in hours, with its 95 % interval.

    An end of the interval is None where too few observations lie beyond it.
    """
    sizes = engine.rows(durations.group_by(by).aggregate(n=durations.count()))
    ranks = {row[0]: interval_ranks(row.n, q) for row in sizes}
    if not ranks:
        return {}
    values = _values_at(engine, durations, by, ranks)
    method = f"order_statistic_p{q * 100:g}"
    return {
        key: Fact(
            *(values[key, at[1]], "h", n, method, Clock.CALENDAR, 0),
            *(values.get((key, at[0])), values.get((key, at[2]))),
        )
        for key, n in ((row[0], row.n) for row in sizes)
        for at in [ranks[key]]
    }


def interval_ranks(n: int, q: float) -> tuple[int, int, int]:
    """Ranks (from 1) of the lower end, the quantile, the upper end; 0 and n + 1 are beyond the data.

    >>> interval_ranks(100, 0.8)
    (72, 80, 89)
    """
    middle = max(1, math.ceil(q * n - 1e-9))
    if n > _EXACT_UP_TO:
        half = Z95 * math.sqrt(n * q * (1 - q))
        return max(0, math.floor(n * q - half)), middle, min(n + 1, math.ceil(n * q + half) + 1)
    low, high, below = 0, n + 1, 0.0
    for count in range(n):
        below += _binomial(n, count, q)
        if below <= 0.025:
            low = count + 1
        if below >= 0.975:
            high = count + 1
            break
    return low, middle, high


def _binomial(n: int, k: int, q: float) -> float:
    chosen = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(chosen + k * math.log(q) + (n - k) * math.log1p(-q))


def _values_at(
    engine: Engine, durations: ir.Table, by: str, ranks: dict[Any, tuple[int, int, int]]
) -> dict[tuple[Any, int], float | None]:
    order = ibis.window(group_by=by, order_by="duration")
    ordered = durations.select(by, "duration", rank=ibis.row_number().over(order).cast("int64") + 1)
    pairs = sorted({(key, rank) for key, wanted in ranks.items() for rank in wanted})
    lookup = engine.lookup({"key": [key for key, _ in pairs], "at": [rank for _, rank in pairs]})
    found = ordered.join(lookup, [ordered[by] == lookup.key, ordered["rank"] == lookup["at"]])
    rows = engine.rows(found.select(lookup.key, lookup["at"], ordered.duration))
    return {(key, at): hours(duration) for key, at, duration in rows}
