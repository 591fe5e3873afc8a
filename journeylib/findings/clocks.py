"""Which clock waits are told in: working time where the journey has a calendar, else all hours."""

from __future__ import annotations

import ibis.expr.types as ir

from journeylib.findings.study import Study
from journeylib.terms import Clock, Text, say


def works(events: ir.Table) -> bool:
    """Whether events carry working time (``worked``, ``worked_wait``), that is, have a calendar."""
    return "worked_wait" in events.columns


def clock_of(study: Study) -> Clock:
    """Nights and weekends are only noise in a wait, so they count only where no calendar tells them."""
    return Clock.WORKING if works(study.journey.event_table) else Clock.CALENDAR


def moment_of(events: ir.Table, clock: Clock) -> ir.IntegerValue:
    """When an event was, in µs of `clock`: the difference of two is the time between them."""
    return events.worked if clock is Clock.WORKING else events.at


def wait_of(events: ir.Table, clock: Clock) -> ir.IntegerValue:
    """µs of `clock` from an event to the next of its case."""
    return events.worked_wait if clock is Clock.WORKING else events.next_at - events.at


def clock_caveat(clock: Clock) -> tuple[Text, ...]:
    """What to bear in mind about `clock`, if anything."""
    return (say("finding.caveat_calendar"),) if clock is Clock.CALENDAR else ()
