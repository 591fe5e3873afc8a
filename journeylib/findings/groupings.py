"""Groupings: the columns by which one and the same step is compared with itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.study import Study


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to part the executions of a step; `name` as in the locus.

    `column` makes the group out of a table of events (null: unknown), `title` is the text of a
    finding. `newest` is the only group that is judged, where not all are; both sides of a comparison
    need `least` executions.
    """

    name: str
    title: str
    column: Callable[[ir.Table], ir.Value]
    least: int
    newest: str | None = None


def groupings(study: Study) -> tuple[Grouping, ...]:
    """By segment, department and channel as far as the log has them, and by period of the start.

    Department and channel are those of the step's second event, which is what one waits for; a
    channel that is not recorded there is that of its first.
    """
    columns: Mapping[str, Callable[[ir.Table], ir.Value]] = {
        "segment": lambda e: e.segment,
        "department": lambda e: e.next_department,
        "channel": lambda e: e.next_channel.coalesce(e.channel),
    }
    least = study.rules.sample.least
    ways = [
        Grouping(name, f"breakpoint.slow_{name}", column, least)
        for name, column in columns.items()
        if study.journey.log.has(name)
    ]
    return (*ways, *_periods(study))


def _periods(study: Study) -> list[Grouping]:
    """The quarters in which cases start, if enough do in at least two of them.

    The newest is the last one with enough cases; the few that start later count with it.
    """
    totals, cases, least = (
        study.journey.log.totals,
        study.journey.case_table,
        study.rules.slow.period,
    )
    begins = quarters(totals.first, totals.last)
    counted = cases.group_by(quarter=_quarter(cases.start, begins)).aggregate(n=_.count())
    large = sorted(row.quarter for row in study.engine.rows(counted) if row.n >= least)
    if len(large) < 2:
        return []
    seen = {quarter: at for quarter, at in begins.items() if quarter <= large[-1]}
    return [
        Grouping(
            "period",
            "breakpoint.slow_period",
            lambda e: _quarter(e.case_start, seen),
            least,
            large[-1],
        )
    ]


def _quarter(at: ir.IntegerValue, begins: Mapping[str, int]) -> ir.StringValue:
    """The last quarter that had begun; the first one for what is before all (never, but for zones)."""
    latest_first = list(begins.items())[::-1]
    return ibis.cases(
        *((at >= begin, name) for name, begin in latest_first), else_=latest_first[-1][0]
    )


def quarters(first: datetime, last: datetime) -> dict[str, int]:
    """Quarters from `first` to `last` in order, each with its begin in µs since 1970.

    >>> list(quarters(datetime(2024, 11, 5), datetime(2025, 1, 2)))
    ['2024-Q4', '2025-Q1']
    """
    found = {}
    for count in range(_index(first), _index(last) + 1):
        year, quarter = divmod(count, 4)
        begin = datetime(year, 3 * quarter + 1, 1, tzinfo=last.tzinfo or UTC)
        found[f"{year}-Q{quarter + 1}"] = int(begin.timestamp()) * 1_000_000
    return found


def _index(day: datetime) -> int:
    return 4 * day.year + (day.month - 1) // 3
