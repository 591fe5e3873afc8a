"""How busy people are, where starts and resources tell: ρ = λ·E[S] ÷ m, per department."""

from __future__ import annotations

from typing import Any

from ibis import _

from journeylib.calendars import DAY
from journeylib.engine import microseconds
from journeylib.journey import Journey
from journeylib.spec.parts import Capacity

BUSY = 0.85
"""Beyond this, waiting grows out of proportion to the load (Kingman 1961)."""
_HOURS_A_WEEK = 40.0


def capacity(journey: Journey) -> tuple[Capacity, ...]:
    """Work over the hours there are, per department; empty where the log cannot tell.

    Hours: those of the journey's calendar, without one 40 a week. Work outside the log is not seen, so
    it is a lower bound.
    """
    log = journey.log
    if not log.has("start_timestamp", "resource", "department"):
        return ()
    e = log.events
    begun = microseconds(log.engine, e.start_timestamp)
    work = e.mutate(hours=(e["at"] - begun).cast("float64") / 3.6e9)
    work = work.filter(_.hours > 0, _.department.notnull(), _.resource.notnull())
    rows = log.engine.rows(
        work.group_by(name=_.department.cast("string")).aggregate(
            hours=_.hours.sum(), people=_.resource.nunique()
        )
    )
    return tuple(_busy(journey, row) for row in sorted(rows, key=lambda row: str(row.name)))


def _busy(journey: Journey, row: Any) -> Capacity:
    there = _hours_there(journey, row.name) * row.people
    return Capacity(department=row.name, people=row.people, utilisation=row.hours / there)


def _hours_there(journey: Journey, department: str) -> float:
    """Hours one person is there during the log."""
    totals = journey.log.totals
    days = max(1, (totals.last - totals.first).days)
    if journey.calendar is None:
        return days / 7 * _HOURS_A_WEEK
    hours = journey.calendar.patterns[journey.calendar.pattern_of(department)]
    last = totals.last_at // DAY
    return max(1.0, (hours.before(last + 1) - hours.before(last - days)) / 3.6e9)
