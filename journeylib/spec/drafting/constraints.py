"""Rules beyond the flow that the won cases keep: few, strong, and not what the flow says anyway.

The flow is a sequence in which optional activities may be passed over. What it cannot say is that one
optional activity needs another, or that two exclude each other: that is what is looked for. Source:
Declare templates (Pesic, Schonenberg & van der Aalst 2007), by support and confidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ibis import _

from journeylib.spec.drafting.evidence import MIN_FOR_SLA, REQUIRED_FROM, Evidence
from journeylib.spec.drafting.measures import Share
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Constraint, ConstraintKind, Provenance
from journeylib.terms import say, stable_id

CONFIDENCE_FROM = 0.95
SURE_FROM = 0.9
"""Kept by so many of the won cases that should, and surely (95 %) by so many."""

LIFT_FROM = 1.25
"""Clearly more often than the other activity is done anyway."""

EXPECTED_FROM = 10
"""Two activities exclude each other if this many cases should have had both, and none has."""

AT_MOST = 10


@dataclass(frozen=True, slots=True)
class _Pair:
    """Model cases that do both activities, begin the first before the second, end it before."""

    both: int
    begun: int
    ended: int


@dataclass(frozen=True, slots=True)
class _Proposal:
    kind: ConstraintKind
    activities: tuple[Activity, ...]
    share: Share
    lift: float | None
    findings: tuple[str, ...] = ()


def proposed_constraints(
    evidence: Evidence, activities: Sequence[Activity]
) -> tuple[Constraint, ...]:
    """At most `AT_MOST` constraints over the `activities` of a draft, the surest first."""
    flow = [a for a in activities if a.customer != "initiates"]
    done = _done(evidence, flow)
    pairs = _pairs(evidence, flow)
    dependencies = list(_dependencies(flow, done, pairs, _models(evidence)))
    found = [
        *_without_echoes(list(_exclusions(evidence, flow, done, pairs)), dependencies),
        *_without_detours(dependencies),
        *_once(evidence, flow),
    ]
    found.sort(key=lambda p: (-p.share.interval[0], p.kind, [a.id for a in p.activities]))
    return tuple(_constraint(evidence, proposal) for proposal in found[:AT_MOST])


def four_eyes(spec: TargetSpec, first: str, second: str) -> TargetSpec:
    """`spec` with the rule that nobody does both activities (ids) in one case, set by the workshop."""
    names = {activity.id: activity.name for activity in spec.activities}
    words = {"first": names.get(first, first), "second": names.get(second, second)}
    rule = Constraint(
        id=stable_id("k", "four_eyes", first, second),
        kind="four_eyes",
        activities=(first, second),
        text=say("draft.constraint_four_eyes", **words),
        why=Provenance(method="workshop"),
    )
    return spec.changed(constraints=(*spec.constraints, rule))


# -- counting --------------------------------------------------------------------------------------


def _models(evidence: Evidence) -> int:
    cohort = evidence.cohort
    counted = cohort.events.filter(_.model).aggregate(n=_.case_id.nunique())
    return int(cohort.journey.log.engine.row(counted).n)


def _done(evidence: Evidence, flow: Sequence[Activity]) -> dict[str, int]:
    """Event → model cases that do it."""
    cohort = evidence.cohort
    rows = cohort.journey.log.engine.rows(
        cohort.events.filter(_.model).group_by("activity").aggregate(n=_.case_id.nunique())
    )
    counted = {row.activity: int(row.n) for row in rows}
    return {activity.event: counted.get(activity.event, 0) for activity in flow}


def _is_optional(activity: Activity) -> bool:
    return (activity.why.estimate or 0.0) < REQUIRED_FROM


def _pairs(evidence: Evidence, flow: Sequence[Activity]) -> dict[tuple[str, str], _Pair]:
    """Counts of every two activities in the order of the flow of which one at least is optional."""
    wanted = [
        (a.event, b.event)
        for i, a in enumerate(flow)
        for b in flow[i + 1 :]
        if _is_optional(a) or _is_optional(b)
    ]
    if not wanted:
        return {}
    cohort = evidence.cohort
    engine = cohort.journey.log.engine
    lookup = engine.lookup({"first": [a for a, _b in wanted], "second": [b for _a, b in wanted]})
    spans = (
        cohort.events.filter(_.model)
        .group_by("case_id", "activity")
        .aggregate(begin=_.position.min(), end=_.position.max())
    )
    one = spans.select("case_id", first="activity", begin_one="begin", end_one="end")
    two = spans.select("case_id", second="activity", begin_two="begin", end_two="end")
    both = one.join(lookup, "first").join(two, ["case_id", "second"])
    rows = engine.rows(
        both.group_by("first", "second").aggregate(
            both=_.count(),
            begun=(_.begin_one < _.begin_two).cast("int64").sum(),
            ended=(_.end_one < _.end_two).cast("int64").sum(),
        )
    )
    counted = {(r.first, r.second): _Pair(r.both, int(r.begun), int(r.ended)) for r in rows}
    return {pair: counted.get(pair, _Pair(0, 0, 0)) for pair in wanted}


# -- what holds ------------------------------------------------------------------------------------


def _dependencies(
    flow: Sequence[Activity],
    done: Mapping[str, int],
    pairs: Mapping[tuple[str, str], _Pair],
    models: int,
) -> Iterator[_Proposal]:
    """One optional activity that needs another before it, or calls for another after it."""
    by_event = {activity.event: activity for activity in flow}
    for (first, second), pair in pairs.items():
        a, b = by_event[first], by_event[second]
        needs = _kept("precedence", (a, b), Share(pair.begun, done[second]), done[first] / models)
        calls = _kept("response", (a, b), Share(pair.ended, done[first]), done[second] / models)
        strong = [
            p for p, other in ((needs, a), (calls, b)) if p is not None and _is_optional(other)
        ]
        # Both ways they are one rule to discuss, so the surer one stands for both.
        yield from sorted(strong, key=lambda p: -p.share.interval[0])[:1]


def _kept(
    kind: ConstraintKind, activities: tuple[Activity, ...], share: Share, base: float
) -> _Proposal | None:
    lift = share.value / base if base else None
    is_sure = share.value >= CONFIDENCE_FROM and share.interval[0] >= SURE_FROM
    if share.n < MIN_FOR_SLA or not is_sure or lift is None or lift < LIFT_FROM:
        return None
    return _Proposal(kind, activities, share, lift)


def _without_detours(found: Sequence[_Proposal]) -> Iterator[_Proposal]:
    """Without those that follow from two others of their kind: a before b, b before c."""
    known = {(p.kind, p.activities[0].id, p.activities[1].id) for p in found}
    middles = {id for _kind, *ends in known for id in ends}
    for p in found:
        a, c = p.activities[0].id, p.activities[1].id
        if not any((p.kind, a, b) in known and (p.kind, b, c) in known for b in middles):
            yield p


def _without_echoes(
    found: Sequence[_Proposal], dependencies: Sequence[_Proposal]
) -> Iterator[_Proposal]:
    """Without those that follow: what needs a excludes all that a excludes."""
    needs: dict[str, set[str]] = {}
    for p in dependencies:
        if p.kind == "precedence":
            needs.setdefault(p.activities[1].id, set()).add(p.activities[0].id)
    pairs = {frozenset(a.id for a in p.activities) for p in found}
    for p in found:
        a, b = (_with_needs(activity.id, needs) for activity in p.activities)
        own = frozenset(activity.id for activity in p.activities)
        if not any(frozenset((x, y)) in pairs - {own} for x in a for y in b):
            yield p


def _with_needs(id: str, needs: Mapping[str, set[str]]) -> set[str]:
    """An activity and all it needs, directly or not."""
    found, fresh = {id}, {id}
    while fresh:
        fresh = {need for one in fresh for need in needs.get(one, ())} - found
        found |= fresh
    return found


def _exclusions(
    evidence: Evidence,
    flow: Sequence[Activity],
    done: Mapping[str, int],
    pairs: Mapping[tuple[str, str], _Pair],
) -> Iterator[_Proposal]:
    by_event = {activity.event: activity for activity in flow}
    models = _models(evidence)
    for (first, second), pair in pairs.items():
        expected = done[first] * done[second] / models if models else 0.0
        if pair.both == 0 and expected >= EXPECTED_FROM:
            n = done[first] + done[second]
            yield _Proposal(
                "not_coexistence", (by_event[first], by_event[second]), Share(n, n), None
            )


def _once(evidence: Evidence, flow: Sequence[Activity]) -> Iterator[_Proposal]:
    """Activities that a finding says are repeated, although nearly all won cases do them once."""
    cohort = evidence.cohort
    doubted = {
        a.event: found
        for a in flow
        if not a.repeatable and (found := evidence.answers.about("rework_loop", activity=a.event))
    }
    if not doubted:
        return
    times = cohort.events.filter(_.model).group_by("case_id", "activity").aggregate(n=_.count())
    rows = cohort.journey.log.engine.rows(
        times.group_by("activity").aggregate(n=_.count(), once=(_.n == 1).cast("int64").sum())
    )
    counted = {row.activity: Share(int(row.once), int(row.n)) for row in rows}
    for activity in flow:
        share = counted.get(activity.event, Share(0, 0))
        if activity.event in doubted and share.interval[0] >= SURE_FROM:
            yield _Proposal("exactly_one", (activity,), share, None, doubted[activity.event])


def _constraint(evidence: Evidence, proposal: _Proposal) -> Constraint:
    names = [activity.name for activity in proposal.activities]
    words = {"first": names[0], "second": names[-1]}
    why = evidence.why("kept_share", proposal.share, lift=proposal.lift, about=proposal.findings)
    return Constraint(
        id=stable_id("k", proposal.kind, *(a.event for a in proposal.activities)),
        kind=proposal.kind,
        activities=tuple(activity.id for activity in proposal.activities),
        text=say(f"draft.constraint_{proposal.kind}", **words),
        why=why,
    )
