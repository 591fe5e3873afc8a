"""Work that is done again: rework of an activity, loops over another one, ping-pong of departments."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.claim import Claim, Trial
from journeylib.findings.shares import share_claim, share_trial, summed, untested
from journeylib.findings.study import Study
from journeylib.terms import say


def rework(study: Study) -> Trial:
    """`rework_loop {activity}` and `rework_loop {from, to}`: done again, of the cases that reach it."""
    per_case = study.journey.log.completions.group_by("activity", "case_id").aggregate(
        times=_.count(), amount=(_.at.max() - _.at.min()).cast("float64") / 3.6e9
    )
    again = per_case.times > 1
    spent = per_case.amount
    measure = per_case.group_by("activity").aggregate(
        n=_.count(),
        k=again.cast("int64").sum(),
        total=spent.sum(where=again),
        mean=spent.mean(where=again),
        std=spent.std(where=again),
    )
    meant = {a.name for a in study.journey.activities if a.repeatable}
    rows = [row for row in sorted(study.engine.rows(measure)) if row.activity not in meant]
    claims = [_repeated(study, row, measure, per_case) for row in rows]
    reached = {row.activity: row.n for row in rows}
    loops = _short_loops(study, reached)
    return share_trial("rework_loop", [*claims, *loops], study.rules, "finding.need_repeats")


def _repeated(study: Study, row: Any, measure: ir.Table, per_case: ir.Table) -> Claim:
    """Cases that do an activity more than once.

    Repetition that is meant (`repeatable`) is none. Start and schedule rows of one and the same
    execution do not count twice. Impact: hours from its first to its last execution, summed.
    """
    return share_claim(
        row.k,
        row.n,
        study.rules.tolerance.rework_loop,
        kind="breakpoint",
        type="rework_loop",
        locus={"activity": row.activity},
        title=say("finding.rework_loop", activity=row.activity),
        impact=summed(row.total, row.mean, row.std, row.k),
        measure=partial(measure.filter, _.activity == row.activity),
        evidence=partial(per_case.filter, _.activity == row.activity, _.times > 1),
        method="rework_share_wilson",
    )


def _short_loops(study: Study, reached: Mapping[str, int]) -> list[Claim]:
    """Cases that go A → B → A, each directly after the other, of those that reach A.

    Of a pair of activities only the direction that more cases take is a hypothesis: the other one is
    the same loop, seen from its middle. Impact: hours from A to A, summed.
    """
    log = study.journey.log
    events = log.completed().events if log.has("lifecycle") else log.events
    steps = {row[:2] for row in study.engine.rows(events.select(*_STEP).distinct())}
    pairs = sorted(
        (a, b) for a, b in steps if a != b and {a, b} <= reached.keys() and (b, a) in steps
    )
    if not pairs:
        return []
    per_case = _there_and_back(events, sorted({a for a, _ in pairs}))
    measure = per_case.group_by(*_STEP).aggregate(
        k=_.count(), total=_.amount.sum(), mean=_.amount.mean(), std=_.amount.std()
    )
    found = {row[:2]: row[2:] for row in study.engine.rows(measure)}
    nothing = (0, 0.0, 0.0, None)
    return [
        _loop(study, pair, found.get(pair, nothing), reached[pair[0]], measure, per_case)
        for pair in pairs
        if _leads(pair, {way: row[0] for way, row in found.items()})
    ]


_STEP = ("activity", "next_activity")


def _leads(pair: tuple[str, str], cases: Mapping[tuple[str, str], int]) -> bool:
    """Whether more cases take the loop this way round than the other; the first name among equals."""
    this, other = cases.get(pair, 0), cases.get(pair[::-1], 0)
    return (this, pair[::-1]) > (other, pair)


def _there_and_back(events: ir.Table, names: list[str]) -> ir.Table:
    """One row per case and loop: ``activity next_activity case_id``, and ``amount`` in hours."""
    steps = events.filter(events.activity.isin(names), events.next_activity.isin(names))
    there = steps.select("case_id", "position", "at", *_STEP)
    back = steps.select(
        "case_id",
        position=_.position - 1,
        activity=_.next_activity,
        next_activity=_.activity,
        back_at=_.next_at,
    )
    loops = there.filter(_.activity != _.next_activity).join(back, ["case_id", "position", *_STEP])
    return loops.group_by(*_STEP, "case_id").aggregate(
        amount=(_.back_at - _.at).sum().cast("float64") / 3.6e9
    )


def _loop(
    study: Study, pair: tuple[str, str], found: Any, n: int, measure: ir.Table, per_case: ir.Table
) -> Claim:
    (source, target), (k, total, mean, std) = pair, found
    here = (_.activity == source) & (_.next_activity == target)
    return share_claim(
        k,
        n,
        study.rules.tolerance.rework_loop,
        kind="breakpoint",
        type="rework_loop",
        locus={"from": source, "to": target},
        title=say("breakpoint.short_loop", source=source, target=target),
        impact=summed(total, mean, std, k),
        measure=partial(measure.filter, here),
        evidence=partial(per_case.filter, here),
        method="short_loop_share_wilson",
    )


def ping_pong(study: Study) -> Trial:
    """`ping_pong {departments}`: work came back for something already done there in this case.

    Of the cases in which both departments work. Impact: hours from leaving to coming back, summed.
    """
    if len(study.departments) < 2:
        return untested("ping_pong", "finding.need_department")
    blocks = study.blocks
    returns = blocks.filter(_.again, _.earlier == _.department).mutate(
        a=ibis.least(_.department, _.before),
        b=ibis.greatest(_.department, _.before),
        away=(_.start_at - _.earlier_end).cast("float64") / 3.6e9,
    )
    per_case = returns.group_by("a", "b", "case_id").aggregate(amount=_.away.sum())
    measure = per_case.group_by("a", "b").aggregate(
        k=_.count(), total=_.amount.sum(), mean=_.amount.mean(), std=_.amount.std()
    )
    found = {row[:2]: row for row in study.engine.rows(measure)}
    claims = []
    for pair, n in sorted(_together(study).items()):
        k, total, mean, std = found[pair][2:] if pair in found else (0, 0.0, 0.0, None)
        a, b = pair
        claims.append(
            share_claim(
                k,
                n,
                study.rules.tolerance.ping_pong,
                kind="breakpoint",
                type="ping_pong",
                locus={"departments": [a, b]},
                title=say("finding.ping_pong", a=a, b=b),
                impact=summed(total, mean, std, k),
                measure=partial(measure.filter, _.a == a, _.b == b),
                evidence=partial(per_case.filter, _.a == a, _.b == b),
                method="ping_pong_share_wilson",
            )
        )
    return share_trial("ping_pong", claims, study.rules, "finding.need_department")


def _together(study: Study) -> dict[tuple[str, str], int]:
    """Number of cases in which both departments work, for each pair in alphabetical order."""
    at_work = study.blocks.select("case_id", "department").distinct()
    other = at_work.view()
    pairs = at_work.join(
        other, ["case_id", at_work.department < other.department], rname="{name}_other"
    )
    measure = pairs.group_by("department", "department_other").aggregate(n=_.count())
    return {row[:2]: row.n for row in study.engine.rows(measure)}
