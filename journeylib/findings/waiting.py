"""Waiting against service: what of the time of an activity is work, and what comes before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.engine import microseconds
from journeylib.findings.shares import summed
from journeylib.journey import Journey
from journeylib.log import EventLog, Note
from journeylib.survival import Z95
from journeylib.terms import Clock, Fact, as_dict, say


@dataclass(frozen=True, slots=True)
class ActivityTime:
    """How long an activity takes and how long it waits, on the wall clock.

    `service` is the median time from its start to its end, `wait` from the end of the case's
    previous event to its start; `waited` sums up the waits. `efficiency` is the share of service in
    both (cycle-time efficiency). Without a start there is only `gap`, the median time between the
    two ends: it holds both and is neither.
    """

    activity: str
    service: Fact
    wait: Fact
    waited: Fact
    efficiency: Fact
    gap: Fact


@dataclass(frozen=True, slots=True)
class Waiting:
    """`ActivityTime` of each activity by name, and what was odd about the starts."""

    activities: tuple[ActivityTime, ...]
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "activities": [as_dict(activity) for activity in self.activities],
            "notes": [note.to_dict() for note in self.notes],
        }


def waiting(journey: Journey) -> Waiting:
    """Waiting and service per activity; gaps for what the log gives no ``start_timestamp``."""
    times = journey.log.engine.materialise(executions(journey.log), "executions")
    medians = {
        "service": _medians(
            journey, times.select("activity", duration=_.service), "median_service"
        ),
        "wait": _medians(journey, times.select("activity", duration=_.wait), "median_wait"),
        "gap": _medians(journey, times.select("activity", duration=_.gap), "median_gap"),
    }
    rows = sorted(journey.log.engine.rows(_sums(times)), key=lambda row: row.activity)
    activities = tuple(
        ActivityTime(
            activity=row.activity,
            waited=_waited(row),
            efficiency=_efficiency(row),
            **{
                name: facts.get(row.activity, _unknown(row, name))
                for name, facts in medians.items()
            },
        )
        for row in rows
    )
    return Waiting(activities, _notes(journey, times))


def executions(log: EventLog) -> ir.Table:
    """One row per completed event: when enabled, begun and ended, its ``wait`` and ``service`` (µs).

    It is enabled by the end of the case's event before (the first of a case by nothing, so its wait
    is unknown). A start after the end counts as missing. A wait is never negative, and a service of
    no time is unknown rather than instant: such rows only record that something was done. What has no
    start has a ``gap``, the time between the two ends.
    """
    e = log.completions
    order = ibis.window(group_by="case_id", order_by="position")
    known = [name for name in ("resource", "actor", "utc_offset") if log.has(name)]
    started = ibis.literal(None, type="int64")
    if log.has("start_timestamp"):
        started = microseconds(log.engine, e.start_timestamp)
    t = e.select(
        *("row", "case_id", "activity", *known),
        ended=e.at,
        enabled=e.at.lag().over(order),
        started=started,
    )
    t = t.mutate(begun=(t.started <= t.ended).ifelse(t.started, None))
    return t.mutate(
        gap=t.begun.isnull().ifelse(t.ended - t.enabled, None),
        wait=(t.begun - t.enabled).clip(lower=0),
        service=(t.ended > t.begun).ifelse(t.ended - t.begun, None),
    )


def _unknown(row: Any, name: str) -> Fact:
    """Why an activity has no service, wait or gap at all."""
    if name == "gap" and row.started:
        return Fact.unknown("h", say("time.starts_told"))
    if name != "gap" and not row.started:
        return Fact.unknown("h", say("time.need_start"))
    return Fact.unknown("h", say("time.need_end" if name == "service" else "time.no_predecessor"))


def _medians(journey: Journey, spans: ir.Table, method: str) -> Mapping[str, Fact]:
    known = spans.filter(_.duration.notnull())
    facts = survival.medians(journey.log.engine, known, ("activity",))
    return {name: replace(fact, method=method) for (name,), fact in facts.items()}


def _sums(times: ir.Table) -> ir.Table:
    """Per activity the sums behind hours waited and efficiency (over what has wait and service)."""
    t = times.mutate(w=_.wait / 3.6e9, s=_.service / 3.6e9)
    both = t.s.notnull() & t.w.notnull()
    whole = t.s + t.w
    return t.group_by("activity").aggregate(
        started=t.begun.count(),
        waits=t.w.count(),
        waited=t.w.sum(),
        mean=t.w.mean(),
        std=t.w.std(),
        n=both.cast("int64").sum(),
        s=t.s.sum(where=both),
        ss=(t.s * t.s).sum(where=both),
        t=whole.sum(where=both),
        tt=(whole * whole).sum(where=both),
        st=(t.s * whole).sum(where=both),
    )


def _waited(row: Any) -> Fact:
    if not row.waits:
        return _unknown(row, "wait")
    total = summed(row.waited, row.mean, row.std, row.waits)
    return Fact(
        total.value,
        "h",
        row.waits,
        "sum_of_waits",
        Clock.CALENDAR,
        ci_low=total.ci_low,
        ci_high=total.ci_high,
    )


def _efficiency(row: Any) -> Fact:
    """A ratio of sums, with the interval of the ratio estimator (Cochran 1977, section 6.4)."""
    method = "cycle_time_efficiency"
    if not row.n:
        return replace(_unknown(row, "service" if row.waits else "wait"), unit="share")
    ratio, n = row.s / row.t, row.n
    fact = Fact(ratio, "share", n, method, Clock.CALENDAR)
    if n < survival.MIN_FOR_INTERVAL:
        return fact
    squares = max(row.ss - 2 * ratio * row.st + ratio * ratio * row.tt, 0.0)
    half = Z95 * (squares / (n - 1) * n) ** 0.5 / row.t
    return replace(fact, ci_low=max(0.0, ratio - half), ci_high=min(1.0, ratio + half))


def _notes(journey: Journey, times: ir.Table) -> tuple[Note, ...]:
    negative, backward = times.begun < times.enabled, times.started > times.ended
    found = journey.log.engine.row(
        times.aggregate(
            negative_waits=negative.cast("int64").sum(),
            start_after_end=backward.cast("int64").sum(),
        )
    )
    counts = {name: n for name, n in found._asdict().items() if n}
    return tuple(Note(name, n, say(f"time.{name}", n=f"{n:,}")) for name, n in counts.items())
