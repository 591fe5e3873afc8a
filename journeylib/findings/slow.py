"""Slow transitions: a step against the same step in the other segments, or a declared limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.findings.claim import Claim, Impact, Trial
from journeylib.findings.rules import Sla
from journeylib.findings.shares import untested
from journeylib.findings.stats import binomial_above, mann_whitney_above
from journeylib.findings.study import Study
from journeylib.survival import Z95, hours
from journeylib.terms import Clock, Text, say

SUGGESTIVE = 0.05
"""Unproven, a slow step is worth a line only if its own test, uncorrected, points that way."""


def slow_transitions(study: Study) -> Trial:
    """Steps that take a segment longer than the others, or all of them longer than declared."""
    claims = (*slow_segments(study), *slow_slas(study))
    if not claims:
        return untested("slow_transition", "finding.need_segment")
    rules, sizes = study.rules, sorted(claim.n for claim in claims)
    power = say(
        "finding.power_ratio",
        n=sizes[len(sizes) // 2],
        ratio=f"{rules.slow.ratio:g}",
        fdr=f"{rules.sample.fdr:g}",
    )
    return Trial("slow_transition", claims, _with_cut(study, power))


def _with_cut(study: Study, power: Text) -> Text:
    """Says so when the segment column has more values than are compared."""
    if len(study.segments) < study.rules.slow.segments:
        return power
    cut = say("finding.caveat_segments", n=study.rules.slow.segments)
    return Text(f"{power.zh}{cut.zh}", f"{power.en} {cut.en}")


def slow_segments(study: Study) -> list[Claim]:
    """`slow_transition {from, to, segment}`: median wait of a segment against that of all others.

    Mann–Whitney's test on the waits; the effect is the ratio of the medians. Impact: the hours that
    the segment's cases wait beyond the others' median, less what the others wait beyond it.
    """
    segments = study.segments
    if len(segments) < 2:
        return []
    pairs = _ranked(study.journey.log.events, segments)
    rows = study.engine.rows(_summary(pairs, segments))
    rows.sort(key=lambda row: (row.activity, row.next_activity))
    return [
        _claim(study, pairs, comparison)
        for row in rows
        for comparison in _comparisons(row, segments)
        if min(comparison.n, comparison.rest_n) >= study.rules.sample.least
    ]


@dataclass(frozen=True, slots=True)
class _Comparison:
    source: str
    target: str
    segment: str
    n: int
    rest_n: int
    median: float
    rest_median: float
    p: float

    @property
    def ratio(self) -> float:
        """Of the medians; a wait of nothing in the others leaves no ratio to speak of."""
        return self.median / self.rest_median if self.rest_median > 0 else 0.0


def _ranked(events: ir.Table, segments: Sequence[str]) -> ir.Table:
    """Waits per step with their mid-rank and the size of their group of ties."""
    pairs = events.filter(_.next_activity.notnull(), _.segment.isin(list(segments))).select(
        "case_id", "activity", "next_activity", "segment", wait=_.next_at - _.at
    )
    step = ("activity", "next_activity")
    pairs = pairs.mutate(
        below=ibis.rank().over(group_by=step, order_by="wait"),
        tied=pairs.count().over(group_by=(*step, "wait")).cast("float64"),
    )
    return pairs.mutate(mid_rank=pairs.below + 1 + (pairs.tied - 1) / 2)


def _summary(pairs: ir.Table, segments: Sequence[str]) -> ir.Table:
    columns: dict[str, Any] = {"n": pairs.count(), "ties": (pairs.tied**2 - 1).sum()}
    for i, segment in enumerate(segments):
        here = pairs.segment == segment
        columns |= {
            f"n_{i}": here.cast("int64").sum(),
            f"ranks_{i}": pairs.mid_rank.sum(where=here),
            # Not `where=`: Ibis wraps the quantile itself in the condition, which Spark refuses.
            f"median_{i}": here.ifelse(pairs.wait, None).median(),
            f"rest_{i}": here.ifelse(None, pairs.wait).median(),
        }
    return pairs.group_by("activity", "next_activity").aggregate(**columns)


def _comparisons(row: Any, segments: Sequence[str]) -> list[_Comparison]:
    found = []
    for i, segment in enumerate(segments):
        n, ranks, median, rest = (
            getattr(row, f"{x}_{i}") for x in ("n", "ranks", "median", "rest")
        )
        if n and n < row.n:
            p = mann_whitney_above(n, ranks, row.n, row.ties)
            found.append(
                _Comparison(row.activity, row.next_activity, segment, n, row.n - n, median, rest, p)
            )
    return found


def _claim(study: Study, pairs: ir.Table, c: _Comparison) -> Claim:
    slow = c.ratio >= study.rules.slow.ratio
    step = (_.activity == c.source) & (_.next_activity == c.target)
    low, high = _median_interval(study, pairs.filter(step), c) if slow else (None, None)
    return Claim(
        kind="breakpoint",
        type="slow_transition",
        locus={"from": c.source, "to": c.target, "segment": c.segment},
        title=say("finding.slow_segment", source=c.source, target=c.target, segment=c.segment),
        n=c.n,
        n_censored=None,
        estimate=hours(c.median) or 0.0,
        unit="h",
        clock=Clock.CALENDAR,
        ci_low=low,
        ci_high=high,
        comparator=hours(c.rest_median),
        p=c.p,
        exceeds=slow,
        notable=slow and c.p <= SUGGESTIVE,
        impact=_excess(study, pairs.filter(step), c) if slow else Impact(None, "h"),
        method="ratio_of_medians_mann_whitney",
        measure=lambda: _by_segment(pairs.filter(step)),
        evidence=lambda: _beyond(pairs.filter(step), c),
        caveats=(say("finding.caveat_association"), say("finding.caveat_calendar")),
    )


def _beyond(step: ir.Table, c: _Comparison) -> ir.Table:
    """The segment's cases that wait longer than the others' median, by how many hours."""
    late = step.filter(_.segment == c.segment, _.wait > c.rest_median)
    return late.mutate(amount=(late.wait - c.rest_median).cast("float64") / 3.6e9)


def _by_segment(step: ir.Table) -> ir.Table:
    return step.group_by("segment").aggregate(n=_.count(), median=_.wait.median())


def _median_interval(
    study: Study, step: ir.Table, c: _Comparison
) -> tuple[float | None, float | None]:
    table = step.filter(_.segment == c.segment).select("activity", duration=_.wait)
    [fact] = survival.medians(study.engine, table, ("activity",)).values()
    return fact.ci_low, fact.ci_high


def _excess(study: Study, here: ir.Table, c: _Comparison) -> Impact:
    """Hours beyond the reference, net of what the reference group itself waits beyond it."""
    beyond = ibis.greatest(here.wait - c.rest_median, 0).cast("float64") / 3.6e9
    inside = here.segment == c.segment
    row = study.engine.row(
        here.aggregate(
            own=beyond.mean(where=inside),
            rest=beyond.mean(where=~inside),
            own_var=beyond.var(where=inside),
            rest_var=beyond.var(where=~inside),
        )
    )
    gap = row.own - row.rest
    half = Z95 * (row.own_var / c.n + row.rest_var / c.rest_n) ** 0.5
    return Impact(c.n * gap, "h", c.n * (gap - half), c.n * (gap + half))


# -- declared limits -------------------------------------------------------------------------------


def slow_slas(study: Study) -> list[Claim]:
    """`slow_transition {from, to}`: more than half of the waits exceed a declared limit.

    A step is slow against its SLA when its median is: the test is the sign test.
    """
    moves = {(move.source, move.target): move for move in study.journey.moves}
    return [
        _sla_claim(study, sla, moves[sla.source, sla.target].count)
        for sla in study.rules.sla
        if (sla.source, sla.target) in moves
    ]


def _sla_claim(study: Study, sla: Sla, n: int) -> Claim:
    here = study.journey.log.events.filter(
        _.activity == sla.source, _.next_activity == sla.target
    ).select("case_id", "activity", duration=_.next_at - _.at)
    limit = int(sla.within.seconds * 1e6)
    beyond = (here.duration - limit).cast("float64").sum(where=here.duration > limit) / 3.6e9
    row = study.engine.row(
        here.aggregate(late=(_.duration > limit).cast("int64").sum(), beyond=beyond)
    )
    [median] = survival.medians(study.engine, here, ("activity",)).values()
    exceeds = median.ci_low is not None and median.ci_low > sla.within.hours
    return Claim(
        kind="breakpoint",
        type="slow_transition",
        locus={"from": sla.source, "to": sla.target},
        title=say("finding.slow_sla", source=sla.source, target=sla.target, within=str(sla.within)),
        n=n,
        n_censored=None,
        estimate=median.value or 0.0,
        unit="h",
        clock=Clock.CALENDAR,
        ci_low=median.ci_low,
        ci_high=median.ci_high,
        comparator=sla.within.hours,
        p=binomial_above(row.late, n, 0.5),
        exceeds=exceeds,
        notable=(median.value or 0.0) > sla.within.hours,
        impact=Impact(row.beyond or 0.0, "h"),
        method="median_against_sla_sign_test",
        measure=partial(here.aggregate, n=_.count(), median=_.duration.median()),
        evidence=lambda: here.filter(_.duration > limit),
        caveats=(say("finding.caveat_calendar"),),
    )
