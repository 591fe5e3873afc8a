"""What waiting is for: batching, contention, prioritisation, unavailability, the customer, the rest.

Each wait lies between the end of the case's event before and the start of the work. Its time is
given away in a fixed order, and what one cause has taken the next cannot have, so that the causes
add up to the wait by construction (Lashkevich, Milani, Chapela-Campa, Suvorau & Dumas 2023; the
customer's part is ours):

1. **batching**: until the last of the executions it is worked off with was ready;
2. **contention**: the person works on something that was ready before, or at the same time;
3. **prioritisation**: the person works on something that became ready later and overtook it;
4. **unavailability**: nobody works, by the calendar's default hours;
5. **customer**: the remainder, where the waiting ends by an act of the customer;
6. **rest**: the remainder of all others.

All of it is engine expressions. A person's work is cut into segments that do not overlap; waits and
segments meet by person and day, within the last days of the wait (`look_back`); each pair counts on
the first day they share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.calendars import DAY
from journeylib.findings.rules import Batches, Rules
from journeylib.findings.waiting import executions
from journeylib.journey import Journey
from journeylib.log import Note
from journeylib.survival import hours
from journeylib.terms import Clock, Text, as_dict, say
from journeylib.worktime import Worktime, local_moment

CAUSES = ("batching", "contention", "prioritisation", "unavailability", "customer", "rest")
"""In the order in which they take their part of a wait."""


@dataclass(frozen=True, slots=True)
class WaitingCauses:
    """Hours that `n` executions of an activity waited in all, by cause (wall clock).

    A cause that the log or the lack of a calendar does not let us see is None, and its hours are in
    `rest`; the others add up to `total`.
    """

    activity: str
    n: int
    total: float
    batching: float
    contention: float
    prioritisation: float
    unavailability: float | None
    customer: float | None
    rest: float
    unit: str = "h"
    clock: Clock = Clock.CALENDAR


@dataclass(frozen=True, slots=True)
class Decomposition:
    """`WaitingCauses` by falling total; `unseen` says why a cause is None, `reason` why all is."""

    activities: tuple[WaitingCauses, ...]
    unseen: Mapping[str, Text]
    notes: tuple[Note, ...] = ()
    reason: Text | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "order": list(CAUSES),
            "activities": [as_dict(activity) for activity in self.activities],
            "unseen": {cause: why.to_dict() for cause, why in self.unseen.items()},
            "notes": [note.to_dict() for note in self.notes],
            "reason": self.reason.to_dict() if self.reason else None,
        }


def decompose(journey: Journey, rules: Rules | None = None) -> Decomposition:
    """Take the waiting of each activity apart; needs ``start_timestamp`` and ``resource``.

    Work that is not in the log (and no log holds all of it) keeps people busy too: contention and
    prioritisation are lower bounds, the rest an upper one.
    """
    log, limits = journey.log, (rules or Rules.load()).waiting
    lacking = [name for name in ("start_timestamp", "resource") if not log.has(name)]
    if lacking:
        reason = say("time.need_resource", columns=", ".join(lacking))
        return Decomposition((), {}, reason=reason)
    keep = log.engine.materialise
    done = keep(_runs(keep(_executions(journey), "executions"), limits), "runs")
    done = keep(_batched(done, limits), "batched")
    segments = keep(_segments(keep(_islands(done), "islands")), "segments")
    waits = done.filter(_.waits)
    taken = keep(_taken(waits, segments, limits), "taken")
    parts = _parts(waits, taken)
    sums = {name: parts[name].sum() for name in ("total", *CAUSES)}
    rows = log.engine.rows(parts.group_by("activity").aggregate(n=_.count(), **sums))
    unseen = _unseen(journey)
    found = [_causes(row, unseen) for row in rows]
    found.sort(key=lambda causes: (-causes.total, causes.activity))
    return Decomposition(tuple(found), unseen, _notes(journey))


def _causes(row: Any, unseen: Mapping[str, Text]) -> WaitingCauses:
    told: dict[str, Any] = {cause: hours(getattr(row, cause)) for cause in CAUSES}
    told |= dict.fromkeys(unseen)
    return WaitingCauses(row.activity, row.n, row.total / 3.6e9, **told)


def _unseen(journey: Journey) -> Mapping[str, Text]:
    lacks_calendar, lacks_actor = journey.calendar is None, not journey.log.has("actor")
    calendar = {"unavailability": say("time.need_calendar")} if lacks_calendar else {}
    return calendar | ({"customer": say("time.need_actor")} if lacks_actor else {})


def _notes(journey: Journey) -> tuple[Note, ...]:
    e = journey.log.completions
    n = journey.log.engine.row(e.aggregate(n=e.resource.isnull().cast("int64").sum())).n
    return (Note("no_resource", n, say("time.no_resource_rows", n=f"{n:,}")),) if n else ()


# -- executions and batches ------------------------------------------------------------------------


def _executions(journey: Journey) -> ir.Table:
    """Executions with a person and a start, and the working time at each of their moments.

    What has nothing before it is ready when it begins. Without a calendar all time is working time.
    """
    t = executions(journey.log).filter(_.begun.notnull())
    t = t.join(_workers(journey), "resource").drop("resource")
    t = t.mutate(
        waits=(t.begun > t.enabled).fill_null(False),
        ready=ibis.least(t.begun, t.enabled.coalesce(t.begun)),
        by_customer=(t.actor == "customer").fill_null(False) if "actor" in t.columns else False,
    )
    moments = ("ready", "begun", "ended")
    if journey.calendar is None:
        return t.mutate(**{f"worked_{name}": t[name] for name in moments})
    work = Worktime.of(journey.log, journey.calendar)
    for name in moments:
        local = t.mutate(wt_local=local_moment(t, t[name]))
        t = work.until(local, "wt_local", f"worked_{name}").drop("wt_local")
    return t


def _workers(journey: Journey) -> ir.Table:
    """Each ``resource`` as a number, ``worker``: sorting and joining by it is several times faster."""
    engine, e = journey.log.engine, journey.log.events
    known = engine.rows(e.filter(_.resource.notnull()).select("resource").distinct())
    names = sorted(row.resource for row in known)
    return engine.lookup({"resource": names, "worker": range(len(names))}, "workers")


def _runs(t: ir.Table, limits: Batches) -> ir.Table:
    """Executions with the number of the ``run`` they belong to.

    A run is what a person does of one activity without a break longer than the gap.
    """
    order = {"group_by": ("activity", "worker"), "order_by": ("begun", "row")}
    reach = t.ended.max().over(ibis.window(**order, rows=(None, -1)))
    t = t.mutate(opens=(t.begun > reach + int(limits.batch_gap.seconds * 1e6)).fill_null(True))
    run = t.opens.cast("int64").sum().over(ibis.window(**order, rows=(None, 0)))
    return t.mutate(run=run).drop("opens")


def _batched(t: ir.Table, limits: Batches) -> ir.Table:
    """Executions with ``free`` (and ``worked_free``): when no batch held them up any more.

    A batch: at least so many executions of a run that were all ready before the run began.
    """
    by = ["activity", "worker", "run"]
    runs = t.group_by(by).aggregate(size=_.count(), first_begun=_.begun.min())
    runs = runs.filter(runs.size >= limits.batch_least)
    waiting = t.filter(t.waits).join(runs, by)
    batches = (
        waiting.filter(waiting.ready <= waiting.first_begun)
        .group_by([*by, "first_begun"])
        .aggregate(members=_.count(), full=_.ready.max(), worked_full=_.worked_ready.max())
    )
    batches = batches.filter(batches.members >= limits.batch_least)
    both = t.left_join(batches, by)
    held = (both.waits & (both.ready <= both.first_begun)).fill_null(False)
    return both.select(
        *t.columns,
        free=held.ifelse(both.full, both.ready),
        worked_free=held.ifelse(both.worked_full, both.worked_ready),
    )


# -- what else the person did ----------------------------------------------------------------------


def _islands(done: ir.Table) -> ir.Table:
    """Work that takes time, with the number of its ``island``: what overlaps, one way or another."""
    order = {"group_by": "worker", "order_by": ("begun", "row")}
    busy = done.filter(_.ended > _.begun)
    reach = busy.ended.max().over(ibis.window(**order, rows=(None, -1)))
    busy = busy.mutate(apart=(busy.begun >= reach).fill_null(True).cast("int64"))
    return busy.mutate(island=busy.apart.sum().over(ibis.window(**order, rows=(None, 0)))).select(
        *("worker", "island", "begun", "ended", "ready", "worked_begun", "worked_ended")
    )


def _segments(busy: ir.Table) -> ir.Table:
    """A person's work as segments that do not overlap, each with the ``earliest`` item worked on.

    One thing at a time is a segment of its own; where islands hold more, every start and end cuts.
    """
    islands = busy.group_by("worker", "island").aggregate(
        size=_.count(),
        cut=_.begun.min(),
        until=_.ended.max(),
        worked=_.worked_begun.min(),
        worked_to=_.worked_ended.max(),
        earliest=_.ready.min(),
    )
    single = islands.filter(_.size == 1).drop("island", "size")
    crowded = islands.filter(_.size > 1).select("worker", "island")
    return single.union(_cut(busy.semi_join(crowded, ["worker", "island"])))


def _cut(busy: ir.Table) -> ir.Table:
    cuts = ibis.union(
        busy.select("worker", "island", cut=_.begun, worked=_.worked_begun),
        busy.select("worker", "island", cut=_.ended, worked=_.worked_ended),
    )
    cuts = cuts.group_by("worker", "island", "cut").aggregate(worked=_.worked.min())
    along = ibis.window(group_by=("worker", "island"), order_by="cut")
    cuts = cuts.mutate(until=cuts.cut.lead().over(along), worked_to=cuts.worked.lead().over(along))
    cuts = cuts.filter(_.until.notnull())
    work = busy.select("worker", "island", "begun", "ended", "ready").view()
    inside = [work.begun <= cuts.cut, work.ended >= cuts.until]
    active = cuts.join(work, ["worker", "island", *inside])
    spans = ("worker", "cut", "until", "worked", "worked_to")
    return active.group_by(*spans).aggregate(earliest=_.ready.min())


def _taken(waits: ir.Table, segments: ir.Table, limits: Batches) -> ir.Table:
    """Per wait: how long the person was busy with what was ready before it, and with what was not.

    ``busy_worked`` is the part of both that lies in working hours.
    """
    back = int(limits.look_back.seconds // 86_400)
    first = ibis.greatest(_day(waits.free), _day(waits.begun) - back)
    waits = waits.mutate(first=first).filter(_.begun > _.free)
    at = waits.mutate(day=ibis.range(waits["first"], _day(waits.begun - 1) + 1, 1).unnest())
    pieces = segments.mutate(seg_first=_day(segments.cut))
    days = ibis.range(pieces.seg_first, _day(pieces.until - 1) + 1, 1)
    pieces = pieces.mutate(seg_day=days.unnest())
    met = at.join(
        pieces,
        [
            "worker",
            at.day == pieces.seg_day,
            at.day == ibis.greatest(at["first"], pieces.seg_first),
            pieces.until > at.free,
            pieces.cut < at.begun,
        ],
    )
    shared = _overlap(met.free, met.begun, met.cut, met.until)
    worked = _overlap(met.worked_free, met.worked_begun, met.worked, met.worked_to)
    before = met.earliest <= met.ready
    return met.group_by("row").aggregate(
        earlier=shared.sum(where=before), later=shared.sum(where=~before), busy_worked=worked.sum()
    )


def _parts(waits: ir.Table, taken: ir.Table) -> ir.Table:
    """Each wait with its parts, in µs."""
    taken = taken.rename(wait_row="row")
    t = waits.left_join(taken, waits.row == taken.wait_row)
    t = t.mutate(
        total=t.begun - t.ready,
        batching=t.free - t.ready,
        contention=t.earlier.fill_null(0),
        prioritisation=t.later.fill_null(0),
    )
    busy = t.contention + t.prioritisation
    closed = (t.begun - t.free) - (t.worked_begun - t.worked_free)
    t = t.mutate(
        unavailability=(closed - (busy - t.busy_worked.fill_null(0))).clip(lower=0),
    )
    left = t.total - t.batching - t.contention - t.prioritisation - t.unavailability
    return t.mutate(customer=t.by_customer.ifelse(left, 0), rest=t.by_customer.ifelse(0, left))


def _overlap(
    start: ir.IntegerColumn, end: ir.IntegerColumn, other: ir.IntegerColumn, to: ir.IntegerColumn
) -> ir.IntegerColumn:
    return (ibis.least(end, to) - ibis.greatest(start, other)).clip(lower=0)


def _day(moment: ir.IntegerColumn) -> ir.IntegerColumn:
    """The day of a moment, as a number; exact, as the division is of a whole multiple."""
    into_day = (moment % DAY + DAY) % DAY
    return (moment - into_day) // DAY
