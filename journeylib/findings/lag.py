"""How long information and work are under way: information lag and the latency of hand-overs."""

from __future__ import annotations

from functools import partial
from typing import Any

import ibis
from ibis import _

from journeylib import survival
from journeylib.engine import SEPARATOR
from journeylib.findings.claim import Claim, Impact, Trial
from journeylib.findings.passages import BY
from journeylib.findings.rules import Sla
from journeylib.findings.shares import summed, untested
from journeylib.findings.stats import binomial_above
from journeylib.findings.study import Study
from journeylib.journey import Handover
from journeylib.terms import Clock, Fact, say

SLOWEST = 3
"""Without a declared limit, so many of the slowest hand-overs are worth a line."""


def information_lag(study: Study) -> Trial:
    """`information_lag {attribute, from, to}`: the receiver sees it, but too late.

    Median time from taking over to the first value in sight (Kaplan–Meier; censored at the end of
    the receiver's block), against the time within which it should be there; sign test. What fewer
    than half of the hand-overs ever bring has no median: that is a loss, not a lag.
    """
    rows = [row for row in study.flows if row.n_lag]
    if not rows:
        few = len(study.departments) < 2
        return untested(
            "information_lag", "finding.need_department" if few else "finding.need_attributes"
        )
    late = {row[:3] for row in rows if 2 * row.k_lag > row.n_lag}
    medians = _medians(study, late) if late else {}
    claims = [_lag(study, row, medians.get(row[:3])) for row in rows]
    within = study.rules.silo.within
    return Trial("information_lag", tuple(claims), say("silo.power_lag", within=within))


def _medians(study: Study, late: set[tuple[str, ...]]) -> dict[tuple[str, ...], Fact]:
    assert study.passages is not None, "what is late has passages"
    key = ibis.literal(SEPARATOR).join([study.passages[name] for name in BY])
    found = study.passages.mutate(flow=key).filter(_.flow.isin(sorted(map(SEPARATOR.join, late))))
    ended = found.seen_at.notnull()
    until = ended.ifelse(found.seen_at, found.until)
    durations = found.select("flow", duration=until - found.start_at, ended=ended)
    medians = survival.median_survival(study.engine, durations, "flow")
    return {tuple(flow.split(SEPARATOR)): fact for flow, fact in medians.items()}


def _lag(study: Study, row: Any, median: Fact | None) -> Claim:
    """Flows that are mostly in time have no median of interest; it is left unknown."""
    assert study.passages is not None, "a flow has passages"
    limit = study.rules.silo.within
    low = median.ci_low if median else None
    exceeds = low is not None and low > limit.hours
    # Built when asked for: of thousands of flows few are shown, and an expression costs milliseconds.
    here = partial(
        study.passages.filter,
        _.attribute == row.attribute,
        _.source == row.source,
        _.target == row.target,
    )
    return Claim(
        kind="silo",
        type="information_lag",
        locus={"attribute": row.attribute, "from": row.source, "to": row.target},
        title=say(
            "silo.information_lag", attribute=row.attribute, source=row.source, target=row.target
        ),
        n=row.n_lag,
        n_censored=median.censored if median else None,
        estimate=median.value if median else None,
        unit="h",
        clock=Clock.CALENDAR,
        ci_low=low,
        ci_high=median.ci_high if median else None,
        comparator=limit.hours,
        p=binomial_above(row.k_lag, row.n_lag, 0.5),
        exceeds=exceeds,
        notable=median is not None and median.value is not None and median.value > limit.hours,
        impact=summed(row.waited, row.mean, row.std, row.k_waited),
        method="kaplan_meier_median_sign_test",
        measure=lambda: here().aggregate(n=_.count(), seen=_.seen_at.count()),
        evidence=lambda: (
            here()
            .filter(_.seen_at > _.start_at + int(limit.seconds * 1e6))
            .select("case_id", amount=(_.seen_at - _.start_at).cast("float64") / 3.6e9)
        ),
        caveats=(
            say(
                "silo.caveat_history"
                if row.attribute in study.traced
                else "finding.caveat_snapshot"
            ),
            say("finding.caveat_calendar"),
        ),
    )


# -- hand-overs ------------------------------------------------------------------------------------


def handover_latency(study: Study) -> Trial:
    """`handover_latency {from, to}`: how long work lies between two departments.

    Against a declared limit (an ``[[sla]]`` between two departments) it is a claim: more than half
    of the hand-overs take longer (sign test). Without one there is no fair reference, as steps
    differ by nature: the slowest hand-overs into a receiver, against the median of the others into
    it, are a fact and never proven.
    """
    if len(study.departments) < 2:
        return untested("handover_latency", "finding.need_department")
    pairs = {(h.source, h.target): h for h in study.journey.handovers}
    declared = [sla for sla in study.rules.sla if (sla.source, sla.target) in pairs]
    claims = [_declared(study, pairs[sla.source, sla.target], sla) for sla in declared]
    told = {(sla.source, sla.target) for sla in declared}
    claims += _slowest(study, [h for pair, h in pairs.items() if pair not in told])
    power = say("silo.power_latency" if declared else "silo.power_latency_none")
    return Trial("handover_latency", tuple(claims), power)


def _declared(study: Study, handover: Handover, sla: Sla) -> Claim:
    waits = _waits(study, handover)
    beyond = waits.filter(_.amount > sla.within.hours)
    row = study.engine.row(
        waits.aggregate(
            k=(_.amount > sla.within.hours).sum().coalesce(0),
            total=(_.amount - sla.within.hours).clip(lower=0).sum(),
        )
    )
    low = handover.latency.ci_low
    return _latency(
        study,
        handover,
        comparator=sla.within.hours,
        p=binomial_above(row.k, handover.count, 0.5),
        exceeds=low is not None and low > sla.within.hours,
        notable=(handover.latency.value or 0.0) > sla.within.hours,
        impact=Impact(row.total, "h"),
        method="median_sign_test",
        evidence=lambda: beyond.mutate(amount=_.amount - sla.within.hours),
    )


def _slowest(study: Study, handovers: list[Handover]) -> list[Claim]:
    """The pairs that lie furthest above the others into the same receiver, by hours in all."""
    facts = []
    for handover in handovers:
        others = [
            h for h in handovers if h.target == handover.target and h.source != handover.source
        ]
        reference = _mean_median(others)
        value = handover.latency.value
        if reference and value and value >= study.rules.slow.ratio * reference:
            facts.append(((value - reference) * handover.count, reference, handover))
    facts.sort(key=lambda fact: (-fact[0], fact[2].source, fact[2].target))
    return [
        _latency(
            study,
            handover,
            comparator=reference,
            p=None,
            exceeds=False,
            notable=True,
            impact=Impact(excess, "h"),
            method="median_against_other_senders",
            evidence=partial(_waits, study, handover),
        )
        for excess, reference, handover in facts[:SLOWEST]
        if handover.count >= study.rules.sample.least
    ]


def _mean_median(handovers: list[Handover]) -> float | None:
    """The others' medians, each weighted by how often it happens."""
    known = [(h.latency.value, h.count) for h in handovers if h.latency.value is not None]
    total = sum(n for _value, n in known)
    return sum(value * n for value, n in known) / total if total else None


def _waits(study: Study, handover: Handover) -> Any:
    work = study.journey.log.work
    return work.filter(
        _.department == handover.source, _.next_department == handover.target
    ).select("case_id", amount=(_.next_at - _.at).cast("float64") / 3.6e9)


def _latency(study: Study, handover: Handover, **judgement: Any) -> Claim:
    latency = handover.latency
    waits = _waits(study, handover)
    return Claim(
        kind="silo",
        type="handover_latency",
        locus={"from": handover.source, "to": handover.target},
        title=say("silo.handover_latency", source=handover.source, target=handover.target),
        n=handover.count,
        n_censored=None,
        estimate=latency.value,
        unit="h",
        clock=Clock.CALENDAR,
        ci_low=latency.ci_low,
        ci_high=latency.ci_high,
        measure=partial(waits.aggregate, n=_.count(), median=_.amount.median()),
        caveats=(
            say("silo.caveat_declared" if judgement["p"] is not None else "silo.caveat_by_nature"),
            say("finding.caveat_calendar"),
        ),
        **judgement,
    )
