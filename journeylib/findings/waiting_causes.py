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
    done = log.engine.materialise(_batched(_executions(journey), limits), "executions")
    waits = done.filter(_.waits)
    parts = _parts(waits, _taken(waits, _segments(done), limits))
    sums = {name: parts[name].sum() for name in ("total", *CAUSES)}
    rows = log.engine.rows(parts.group_by("activity").aggregate(n=_.count(), **sums))
    unseen = _unseen(journey)
    found = [_causes(row, unseen) for row in rows]
    found.sort(key=lambda causes: (-causes.total, causes.activity))
    return Decomposition(tuple(found), unseen, _notes(journey))


def _causes(row: Any, unseen: Mapping[str, Text]) -> WaitingCauses:
    told = {cause: hours(getattr(row, cause)) for cause in CAUSES}
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
    t = executions(journey.log).filter(_.resource.notnull(), _.begun.notnull())
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


def _batched(t: ir.Table, limits: Batches) -> ir.Table:
    """Executions with ``free`` (and ``worked_free``): when no batch held them up any more.

    A batch: at least so many executions of an activity that were all ready before a person began a
    run of it, with no break between them longer than the gap.
    """
    order = {"group_by": ("activity", "resource"), "order_by": ("begun", "row")}
    reach = t.ended.max().over(ibis.window(**order, rows=(None, -1)))
    t = t.mutate(opens=(t.begun > reach + int(limits.batch_gap.seconds * 1e6)).fill_null(True))
    t = t.mutate(run=t.opens.cast("int64").sum().over(ibis.window(**order, rows=(None, 0))))
    run = ibis.window(group_by=("activity", "resource", "run"))
    t = t.mutate(member=t.waits & (t.ready <= t.begun.min().over(run)))
    size = t.member.cast("int64").sum().over(run)
    held = t.member & (size >= limits.batch_least)
    return t.mutate(
        free=held.ifelse(t.member.ifelse(t.ready, None).max().over(run), t.ready),
        worked_free=held.ifelse(
            t.member.ifelse(t.worked_ready, None).max().over(run), t.worked_ready
        ),
    ).drop("opens", "run", "member")


# -- what else the person did ----------------------------------------------------------------------


def _segments(done: ir.Table) -> ir.Table:
    """A person's work as segments that do not overlap, each with the ``earliest`` item worked on.

    Overlapping executions form an island; within one, every start and end is a cut.
    """
    order = {"group_by": "resource", "order_by": ("begun", "row")}
    busy = done.filter(_.ended > _.begun)
    reach = busy.ended.max().over(ibis.window(**order, rows=(None, -1)))
    busy = busy.mutate(apart=(busy.begun >= reach).fill_null(True).cast("int64"))
    busy = busy.mutate(island=busy.apart.sum().over(ibis.window(**order, rows=(None, 0))))
    cuts = ibis.union(
        busy.select("resource", "island", cut=_.begun, worked=_.worked_begun),
        busy.select("resource", "island", cut=_.ended, worked=_.worked_ended),
    )
    cuts = cuts.group_by("resource", "island", "cut").aggregate(worked=_.worked.min())
    along = ibis.window(group_by=("resource", "island"), order_by="cut")
    cuts = cuts.mutate(until=cuts.cut.lead().over(along), worked_to=cuts.worked.lead().over(along))
    cuts = cuts.filter(_.until.notnull())
    work = busy.select("island", "begun", "ended", "ready", worker="resource")
    inside = (cuts.resource == work.worker) & (cuts.island == work.island)
    active = cuts.join(work, inside & (work.begun <= cuts.cut) & (work.ended >= cuts.until))
    spans = ("resource", "cut", "until", "worked", "worked_to")
    return active.group_by(*spans).aggregate(earliest=_.ready.min())


def _taken(waits: ir.Table, segments: ir.Table, limits: Batches) -> ir.Table:
    """Per wait: how long the person was busy with what was ready before it, and with what was not.

    ``busy_worked`` is the part of both that lies in working hours.
    """
    back = int(limits.look_back.seconds // 86_400)
    first = ibis.greatest(_day(waits.free), _day(waits.begun) - back)
    waits = waits.mutate(first=first).filter(_.begun > _.free)
    at = waits.mutate(day=ibis.range(waits["first"], _day(waits.begun - 1) + 1, 1).unnest())
    pieces = segments.mutate(seg_first=_day(segments.cut)).rename(worker="resource")
    days = ibis.range(pieces.seg_first, _day(pieces.until - 1) + 1, 1)
    pieces = pieces.mutate(seg_day=days.unnest())
    met = at.join(
        pieces,
        [
            at.resource == pieces.worker,
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
