"""How busy people are, where starts and resources tell: ρ = λ·E[S] ÷ m, per department."""

from __future__ import annotations

from typing import Any

from ibis import _

from journeylib.calendars import DAY, Calendar
from journeylib.engine import microseconds
from journeylib.journey import Journey
from journeylib.spec.parts import Capacity
from journeylib.worktime import Worktime, local_moment

BUSY = 0.85
"""Beyond this, waiting grows out of proportion to the load (Kingman 1961)."""


def capacity(journey: Journey) -> tuple[Capacity, ...]:
    """Work over the hours there are, per department; empty where the log cannot tell.

    Both in working time, by the journey's calendar, without one by weekdays' office hours. Work outside
    the log is not seen, so it is a lower bound; several things done at once by one person count each.
    """
    log = journey.log
    if not log.has("start_timestamp", "resource", "department"):
        return ()
    calendar = journey.calendar or Calendar.load("weekdays")
    work = Worktime.of(log, calendar)
    e = log.events.filter(_.department.notnull(), _.resource.notnull())
    begun = microseconds(log.engine, e.start_timestamp)
    e = e.select(
        "resource",
        name=e.department.cast("string"),
        begun=local_moment(e, begun),
        ended=local_moment(e, e["at"]),
    ).filter(_.begun < _.ended)
    timed = work.until(work.until(e, "begun", "before"), "ended", "after")
    rows = log.engine.rows(
        timed.group_by("name").aggregate(
            hours=(_.after - _.before).sum().cast("float64") / 3.6e9, people=_.resource.nunique()
        )
    )
    there = _hours_there(journey, calendar)
    return tuple(_busy(row, there) for row in sorted(rows, key=lambda row: str(row.name)))


def _busy(row: Any, there: float) -> Capacity:
    return Capacity(
        department=row.name, people=row.people, utilisation=row.hours / (there * row.people)
    )


def _hours_there(journey: Journey, calendar: Calendar) -> float:
    """Working hours of one person during the log."""
    totals = journey.log.totals
    last = totals.last_at // DAY
    first = last - (totals.last - totals.first).days
    hours = calendar.hours
    return max(1.0, (hours.before(last + 1) - hours.before(first)) / 3.6e9)
