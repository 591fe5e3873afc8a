"""Where the time of a case goes, event by event, and what an intervention would save of it.

The way of a case is the sum of its gaps: from the end of one event to the end of the next. An event
is enabled by the last one that ended before its work began, work that runs beside it (`_beside`) left
out. What another event that ends later did not wait for is not on the critical path: ending sooner
brings nothing nearer, and nothing is saved there.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.calendars import DAY, Calendar
from journeylib.engine import SEPARATOR, microseconds
from journeylib.goals.whatif.interventions import (
    CapStage,
    CapWait,
    DropLoop,
    Intervention,
    SkipActivity,
)
from journeylib.journey import Journey
from journeylib.terms import Clock, Span
from journeylib.worktime import Worktime, local_moment

LOOP_ONLY = 0.9
"""An activity of which so many executions lie inside a loop belongs to the loop."""

OVERLAPPING = 0.05
"""Two activities run beside each other if their work overlaps in so many of their meetings."""

KEYS = ("case_id", "position")


def subsets(count: int) -> tuple[tuple[int, ...], ...]:
    """All choices among `count` interventions, the empty one first.

    >>> subsets(2)
    ((), (0,), (1,), (0, 1))
    """
    sizes = range(count + 1)
    return tuple(itertools.chain(*(itertools.combinations(range(count), n) for n in sizes)))


def gaps(journey: Journey) -> ir.Table:
    """One row per event but the first of a case.

    ``case_id position activity department?``, ``since`` and ``at`` (µs; the end of the event before,
    and of this one), ``before`` and ``enabled`` (activity and end of the event that enabled it),
    ``enabled_local``, ``begun`` (when its work began), ``on_path`` (bool).
    """
    e = _events(journey)
    case = ibis.window(group_by="case_id", order_by="position")
    e = e.mutate(
        since=e["at"].lag().over(case),
        before=e.activity.lag().over(case),
        enabled_local=e.local.lag().over(case),
    )
    table = e.filter(e.since.notnull()).mutate(enabled=_.since, enabler=_.position - 1)
    if journey.log.has("start_timestamp"):
        e = journey.log.engine.materialise(e, "timed")
        table = _enabled(table, e, _beside(journey, e))
    later = ibis.window(group_by="case_id", order_by="position", rows=(1, None))
    waited_for = table.enabler.min().over(later) >= table.position
    table = table.mutate(on_path=waited_for.fill_null(True)).drop("enabler")
    return journey.log.engine.materialise(table, "gaps")


def _events(journey: Journey) -> ir.Table:
    log = journey.log
    e = journey.event_table
    begun = e["at"]
    if log.has("start_timestamp"):
        begun = ibis.least(microseconds(log.engine, e.start_timestamp).coalesce(e["at"]), e["at"])
    names = [name for name in ("department",) if log.has(name)]
    return e.select(
        *(*KEYS, *names, "at"),
        activity=e.activity.cast("string"),
        begun=begun,
        local=local_moment(e, e["at"]),
    )


def _beside(journey: Journey, e: ir.Table) -> list[str]:
    """Pairs of activities that run beside each other, as ``a SEPARATOR b``, both ways round.

    They follow each other in either order, and in `OVERLAPPING` of the times their work overlaps;
    loops come in either order too, but do not overlap.
    """
    overlap = (e.begun < e.since).cast("int64").sum()
    rows = journey.log.engine.rows(
        e.filter(e.since.notnull()).group_by("before", "activity").aggregate(n=_.count(), k=overlap)
    )
    found = {(row.before, row.activity): (row.n, row.k) for row in rows}
    pairs = [pair for pair in found if pair[::-1] in found and pair[0] != pair[1]]
    return sorted(
        SEPARATOR.join(pair)
        for pair in pairs
        for (n, k), (m, j) in [(found[pair], found[pair[::-1]])]
        if k + j >= OVERLAPPING * (n + m)
    )


def _enabled(table: ir.Table, e: ir.Table, beside: list[str]) -> ir.Table:
    """Which earlier event enabled work that began before, or ran beside, the event before it."""
    odd = (table.begun < table.since) | (table.before + SEPARATOR + table.activity).isin(beside)
    table = table.mutate(odd=odd)
    here = table.filter(table.odd).select("case_id", "position", "begun", "activity")
    ended = e.select("case_id", on="position", what="activity", end="at", end_local="local")
    found = here.join(
        ended, [here.case_id == ended.case_id, here.position > ended.on, here.begun >= ended.end]
    )
    found = found.filter(~(found.what + SEPARATOR + found.activity).isin(beside))
    found = found.group_by("case_id", "position").aggregate(
        on=found.on.max(),
        **{name: found[name].argmax(found.on) for name in ("what", "end", "end_local")},
    )
    joined = table.left_join(found, list(KEYS))
    # What began before anything had ended waits for nothing.
    changed = {
        "before": joined.odd.ifelse(joined.what, joined.before),
        "enabled": joined.odd.ifelse(joined.end.coalesce(joined.begun), joined.enabled),
        "enabled_local": joined.odd.ifelse(joined.end_local, joined.enabled_local),
        "enabler": joined.odd.ifelse(joined.on.coalesce(0), joined.enabler),
    }
    kept = [name for name in table.columns if name not in {*changed, "odd"}]
    return joined.select(*kept, **changed)


def savings(
    journey: Journey, stays: ir.Table, interventions: Sequence[Intervention]
) -> ir.Table | None:
    """Gaps that any of the interventions shortens: ``case_id since at department?`` and, for the
    n-th of them, ``saved_n`` (µs) and ``gone_n`` (1 where the event itself falls away).

    `stays` as of `stays.stays`. None where there is nothing to intervene in.
    """
    if not interventions:
        return None
    table = found = gaps(journey)
    for n, intervention in enumerate(interventions):
        one = _saved(journey, table, stays, intervention)
        one = one.select(*KEYS, **{f"saved_{n}": one.saved, f"gone_{n}": one.gone})
        found = found.left_join(one, list(KEYS)).drop(*(f"{key}_right" for key in KEYS))
    numbers = [f"{what}_{n}" for n in range(len(interventions)) for what in ("saved", "gone")]
    found = found.mutate(**{name: found[name].fill_null(0) for name in numbers})
    touched = functools.reduce(lambda a, b: a | b, (found[name] > 0 for name in numbers))
    return journey.log.engine.materialise(found.filter(touched), "savings")


def _saved(journey: Journey, table: ir.Table, stays: ir.Table, what: Intervention) -> ir.Table:
    """``case_id position saved gone`` of the gaps that `what` concerns."""
    match what:
        case CapWait(source, target, within):
            here = table.filter(_.before == source, _.activity == target)
            here = here.mutate(begin=_.enabled, begin_local=_.enabled_local)
            here = _released(journey, here, within)
            waited = here.begun - here.release.coalesce(here.begun)
            return _shortened(here, here.on_path.ifelse(waited.clip(lower=0), 0))
        case CapStage(stage, within):
            here = _inside(table, stays.filter(stays.stage_id == stage))
            here = _released(journey, here, within)
            return _shortened(here, (here["at"] - here.release.coalesce(here["at"])).clip(lower=0))
        case SkipActivity(activity):
            return _removed(table.filter(_.activity == activity))
        case DropLoop(activity):
            return _removed(_repeated(journey, table, activity))
        case _:
            raise AssertionError(what)


def _removed(here: ir.Table) -> ir.Table:
    saved = here.on_path.ifelse(here["at"] - here.since, 0)
    return here.select(*KEYS, saved=saved, gone=1)


def _shortened(here: ir.Table, saved: ir.IntegerValue) -> ir.Table:
    """No more is saved than the gap; a ``release`` that is unknown lies after the log's end."""
    return here.select(*KEYS, saved=ibis.least(saved, here["at"] - here.since), gone=0)


def _inside(table: ir.Table, stays: ir.Table) -> ir.Table:
    """The gaps that lie within the stay, with its begin."""
    stays = stays.select("case_id", begin=stays.entered, end=stays.entered + stays.duration)
    here = table.join(stays, "case_id")
    here = here.filter(here.since >= here.begin, here["at"] <= here.end)
    return here.mutate(begin_local=here.begin + here.enabled_local - here.enabled)


def _repeated(journey: Journey, table: ir.Table, activity: str) -> ir.Table:
    """The gaps that fall away when `activity` is done once.

    Between its first and its last execution that is: its own repeats; what occurs in loops only;
    what the case also does outside of the loop; and what it repeats inside. Work that the case needs
    once is kept once.
    """
    case = ibis.window(group_by="case_id")
    e = journey.event_table.select(*KEYS, activity=_.activity.cast("string"))
    own = (e.activity == activity).ifelse(e.position, None)
    e = e.mutate(first=own.min().over(case), last=own.max().over(case))
    e = e.mutate(inside=((e.position > e["first"]) & (e.position <= e["last"])).fill_null(False))
    same = ibis.window(group_by=("case_id", "activity"))
    e = e.mutate(
        elsewhere=(~e.inside).cast("int8").max().over(same),
        once=e.inside.ifelse(e.position, None).min().over(same),
    )
    counted = e.group_by("activity").aggregate(n=_.count(), inside=_.inside.cast("int64").sum())
    rows = journey.log.engine.rows(counted)
    belongs = sorted({activity, *(r.activity for r in rows if r.inside >= LOOP_ONLY * r.n)})
    falls = e.activity.isin(belongs) | (e.elsewhere == 1) | (e.position > e.once)
    return table.semi_join(e.filter(e.inside, falls).select(*KEYS), list(KEYS))


# -- when a limit runs out -----------------------------------------------------------------------


def _released(journey: Journey, here: ir.Table, within: Span) -> ir.Table:
    """`here` with ``release``: the moment at which `within` has passed since ``begin``."""
    allowed = round(within.seconds * 1_000_000)
    if within.clock is Clock.CALENDAR:
        return here.mutate(release=here.begin + allowed)
    calendar = journey.calendar
    assert calendar is not None, "checked before"
    work = Worktime.of(journey.log, calendar)
    here = here.mutate(pattern=_pattern(here, calendar))
    here = journey.log.engine.materialise(
        work.until(here, "begin_local", "worked", "pattern").mutate(due=_.worked + allowed), "due"
    )
    openings = journey.log.engine.lookup(_openings(journey, calendar), "openings")
    found = here.left_join(
        openings,
        [
            here.pattern == openings.of_pattern,
            here.due > openings.work_before,
            here.due <= openings.work_after,
        ],
    )
    release = found.begin + found.opens + (found.due - found.work_before) - found.begin_local
    return found.mutate(release=release)


def _pattern(here: ir.Table, calendar: Calendar) -> ir.IntegerValue:
    """The wait is of whoever has to act next, so their hours count, as in `worktime`."""
    if "department" not in here.columns or len(calendar.patterns) == 1:
        return ibis.literal(0, type="int64")
    own = [(here.department == d, calendar.pattern_of(d)) for d in sorted(calendar.departments)]
    return ibis.cases(*own, else_=0).cast("int64")


def _openings(journey: Journey, calendar: Calendar) -> dict[str, list[int]]:
    """Each opening of the log's days: its local moment, and the work before and after it."""
    seen = journey.event_table.select(at=local_moment(journey.event_table, _.at))
    span = journey.log.engine.row(seen.aggregate(first=_.at.min(), last=_.at.max()))
    columns: dict[str, list[int]] = {
        name: [] for name in ("of_pattern", "opens", "work_before", "work_after")
    }
    for pattern, hours in enumerate(calendar.patterns):
        for day in range(span.first // DAY, span.last // DAY + 1):
            done = hours.before(day)
            for opening in hours.on(day):
                columns["of_pattern"].append(pattern)
                columns["opens"].append(day * DAY + opening.start)
                columns["work_before"].append(done)
                done += opening.length
                columns["work_after"].append(done)
    return columns
