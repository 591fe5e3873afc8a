"""Working time as engine expressions: prefix sums over a small table of days.

W(t), the working µs up to a moment t, is what the days before have (`Hours.before`) and, of each
opening of the day itself, what has passed: ``before + Σ clamp(time_of_day - open, 0, length)``. Any
span is W(end) - W(start), in whole microseconds, on the local wall clock of the log. One equality
join with the days that occur; no range join, no loop over events.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from journeylib.calendars import DAY, MINUTE, Calendar
from journeylib.engine import Engine, microseconds
from journeylib.log import EventLog, Note
from journeylib.terms import say

_LOCAL, _NEXT_LOCAL = "wt_local", "wt_next_local"


@dataclass(frozen=True, eq=False)
class Worktime:
    """A calendar laid over the days of one log."""

    engine: Engine
    calendar: Calendar
    days: ir.Table
    notes: tuple[Note, ...]

    @classmethod
    def of(cls, log: EventLog, calendar: Calendar) -> Worktime:
        """The days on which `log` has events (and starts of events), with what `calendar` says.

        A note tells how many events lie in years whose holidays the calendar does not know.
        """
        counts = _day_counts(log)
        table = log.engine.lookup(_day_columns(calendar, sorted(counts)), "days")
        outside = sum(n for day, n in counts.items() if not calendar.covers(day))
        return cls(log.engine, calendar, table, _outside_note(calendar, outside))

    def until(self, table: ir.Table, local: str, name: str, pattern: str | None = None) -> ir.Table:
        """`table` with the column `name`: working µs up to the local moment `local` (µs).

        `pattern` is a column with the place of the hours among `Calendar.patterns`; without it the
        default hours count. A missing moment has none.
        """
        into_day = _into_day(table[local])
        table = table.mutate(wt_day=table[local] - into_day)
        days = self.days.view()
        hours = table[pattern] if pattern else ibis.literal(0, type="int64")
        joined = table.left_join(days, [table.wt_day == days.wt_midnight, hours == days.wt_pattern])
        into_day = _into_day(joined[local])
        passed = [
            (into_day - joined[f"wt_open_{k}"]).clip(lower=0, upper=joined[f"wt_length_{k}"])
            for k in range(_most_openings(self.calendar))
        ]
        worked = functools.reduce(operator.add, passed, joined.wt_before)
        kept = [column for column in table.columns if column != "wt_day"]
        return joined.select(*kept, **{name: worked})

    def with_waits(self, events: ir.Table) -> ir.Table:
        """Events with ``worked`` (W of ``at``) and ``worked_wait`` (from here to ``next_at``).

        The wait counts by the hours of the department that takes over, the default ones without.
        """
        table = self.until(with_locals(self.engine, events), _LOCAL, "worked")
        own = self._patterned(table) if len(self.calendar.patterns) > 1 else None
        if own is None:
            table = self.until(table, _NEXT_LOCAL, "wt_to").mutate(wt_from=lambda t: t.worked)
        else:
            table = self.until(own, _NEXT_LOCAL, "wt_to", "wt_taker")
            table = self.until(table, _LOCAL, "wt_from", "wt_taker")
        # The clock that falls back in autumn must not make a wait negative.
        wait = (table.wt_to - table.wt_from).clip(lower=0)
        return table.mutate(worked_wait=wait).select(*events.columns, "worked", "worked_wait")

    def _patterned(self, table: ir.Table) -> ir.Table | None:
        """`table` with ``wt_taker``, the hours of the next department; None without departments."""
        if "next_department" not in table.columns:
            return None
        own = [
            (table.next_department == department, self.calendar.pattern_of(department))
            for department in sorted(self.calendar.departments)
        ]
        return table.mutate(wt_taker=ibis.cases(*own, else_=0).cast("int64"))


def with_locals(engine: Engine, events: ir.Table) -> ir.Table:
    """Events with the local wall clock of ``at`` and ``next_at`` (µs), where offsets are known.

    Offsets that change within a log (daylight saving) make the next event's offset matter, and only
    then is a window needed to learn it.
    """
    if "utc_offset" not in events.columns:
        return events.mutate(**{_LOCAL: events.at, _NEXT_LOCAL: events.next_at})
    offset = events.utc_offset.fill_null(0).cast("int64") * MINUTE
    seen = engine.row(events.aggregate(low=offset.min(), high=offset.max()))
    table = events.mutate(**{_LOCAL: events.at + offset})
    if seen.low == seen.high:
        return table.mutate(**{_NEXT_LOCAL: table.next_at + (seen.low or 0)})
    order = ibis.window(group_by="case_id", order_by="position")
    return table.mutate(**{_NEXT_LOCAL: table[_LOCAL].lead().over(order)})


def local_moment(table: ir.Table, moment: ir.IntegerColumn) -> ir.IntegerColumn:
    """A moment of an event (µs) on that event's local wall clock."""
    if "utc_offset" not in table.columns:
        return moment
    return moment + table.utc_offset.fill_null(0).cast("int64") * MINUTE


def _into_day(local: ir.IntegerColumn) -> ir.IntegerColumn:
    """µs since midnight; the remainder of times before 1970 is negative on most engines."""
    return (local % DAY + DAY) % DAY


def _day_counts(log: EventLog) -> dict[int, int]:
    """Events per local day (days since 1970); days on which one only starts count none."""
    e = log.events
    moments = [e.select(local=local_moment(e, e.at), n=ibis.literal(1))]
    if log.has("start_timestamp"):
        start = microseconds(log.engine, e.start_timestamp)
        started = e.select(local=local_moment(e, start), n=ibis.literal(0))
        moments.append(started.filter(started.local.notnull()))
    both = ibis.union(*moments) if len(moments) > 1 else moments[0]
    midnights = both.select("n", midnight=both.local - _into_day(both.local))
    counted = midnights.group_by("midnight").aggregate(n=midnights.n.sum())
    return {row.midnight // DAY: row.n for row in log.engine.rows(counted)}


def _day_columns(calendar: Calendar, days: Sequence[int]) -> Mapping[str, Sequence[int]]:
    """One row per pattern of hours and day: midnight, work before it, its openings in order."""
    cells = [(p, day, hours) for p, hours in enumerate(calendar.patterns) for day in days]
    columns = {
        "wt_pattern": [p for p, _, _ in cells],
        "wt_midnight": [day * DAY for _, day, _ in cells],
        "wt_before": [hours.before(day) for _, day, hours in cells],
    }
    openings = [hours.on(day) for _, day, hours in cells]
    for k in range(_most_openings(calendar)):
        columns[f"wt_open_{k}"] = [o[k].start if k < len(o) else 0 for o in openings]
        columns[f"wt_length_{k}"] = [o[k].length if k < len(o) else 0 for o in openings]
    return columns


def _most_openings(calendar: Calendar) -> int:
    return max(hours.most_openings for hours in calendar.patterns)


def _outside_note(calendar: Calendar, n: int) -> tuple[Note, ...]:
    if not n or calendar.years is None:
        return ()
    first, last = calendar.years
    text = say("time.outside_years", n=f"{n:,}", name=calendar.name, first=first, last=last)
    return (Note("calendar_years", n, text),)
