"""Slow transitions: one and the same step, in one group against all others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.findings.claim import Claim, Impact, Trial
from journeylib.findings.clocks import clock_caveat, clock_of, wait_of
from journeylib.findings.groupings import Grouping, groupings
from journeylib.findings.shares import untested
from journeylib.findings.sla import slow_slas
from journeylib.findings.stats import mann_whitney_above
from journeylib.findings.study import Study
from journeylib.survival import Z95, hours
from journeylib.terms import Fact, Text, say

SUGGESTIVE = 0.05
"""Unproven, a slow step is worth a line only if its own test, uncorrected, points that way."""

PERIODS = 2

NO_IMPACT = Impact(None, "h")

STEP = ("activity", "next_activity")
Key = tuple[str, str, str]
"""A step and the group it is looked at in: source, target, value."""


def slow_transitions(study: Study) -> Trial:
    """Steps that take one group longer than the others, or all of them longer than declared."""
    claims = (*slow_groups(study), *slow_slas(study))
    if not claims:
        return untested("slow_transition", "breakpoint.need_groups")
    rules, sizes = study.rules, sorted(claim.n for claim in claims)
    power = say(
        "finding.power_ratio",
        n=sizes[len(sizes) // 2],
        ratio=f"{rules.slow.ratio:g}",
        fdr=f"{rules.sample.fdr:g}",
    )
    return Trial("slow_transition", claims, power)


def slow_groups(study: Study) -> list[Claim]:
    """`slow_transition {from, to, <grouping>}`: median wait of a group against that of all others.

    Mann–Whitney's test on the waits; the effect is the ratio of the medians. Impact: the hours that
    the group's cases wait beyond the others' median, less what the others wait beyond it. Waits are
    ranked once per step, whatever they are grouped by: what has no known group, or one too rare to
    be compared, still counts among the others.
    """
    ways = groupings(study)
    if not ways:
        return []
    waits = _waits(study, ways)
    ranked = study.engine.materialise(_ranked(waits), "ranked")
    return [claim for way in ways for claim in _claims(study, way, waits, ranked)]


def _waits(study: Study, ways: Iterable[Grouping]) -> ir.Table:
    events = study.journey.event_table
    columns = {way.name: way.column(events) for way in ways}
    pairs = events.mutate(wait=wait_of(events, clock_of(study)), **columns).filter(
        _.next_activity.notnull()
    )
    return pairs.select("case_id", *STEP, "wait", *columns)


def _ranked(waits: ir.Table) -> ir.Table:
    """With their mid-rank among all waits of the step, and the size of their group of ties."""
    ranked = waits.mutate(
        below=ibis.rank().over(group_by=STEP, order_by="wait"),
        tied=waits.count().over(group_by=(*STEP, "wait")).cast("float64"),
    )
    return ranked.mutate(mid_rank=ranked.below + 1 + (ranked.tied - 1) / 2).drop("below")


@dataclass(frozen=True, slots=True)
class _Group:
    """One group's executions of a step, among `total` of them; waits in µs."""

    source: str
    target: str
    value: str
    n: int
    total: int
    median: float
    p: float

    @property
    def key(self) -> Key:
        return self.source, self.target, self.value


@dataclass(frozen=True, slots=True)
class _Contrast:
    """What the others wait, and by how much more the group's cases exceed it."""

    reference: float
    median: Fact | None = None
    impact: Impact = NO_IMPACT

    @property
    def slow(self) -> bool:
        """Whether it is longer by enough (only then it was measured by how much), and costs hours."""
        return (self.impact.value or 0.0) > 0


def _claims(study: Study, way: Grouping, waits: ir.Table, ranked: ir.Table) -> list[Claim]:
    groups = _groups(study, way, ranked)
    level = max(SUGGESTIVE, study.rules.sample.fdr)
    judged = [g for g in groups if way.newest in (None, g.value)]
    contrasts = _contrasts(study, way, ranked, [g for g in judged if g.p <= level])
    return [
        _claim(study, way, group, waits, contrasts.get(group.key), _earlier(way, group, groups))
        for group in judged
    ]


def _groups(study: Study, way: Grouping, ranked: ir.Table) -> list[_Group]:
    """All groups that are large enough, and face enough others, in order."""
    value = _frequent(study, way, ranked)
    rows = study.engine.rows(
        ranked.group_by(*STEP, value=value).aggregate(
            n=_.count(),
            ranks=_.mid_rank.sum(),
            ties=(_.tied**2 - 1).sum(),
            median=_.wait.median(),
        )
    )
    total: dict[tuple[str, str], int] = {}
    ties: dict[tuple[str, str], float] = {}
    for row in rows:
        total[row[:2]] = total.get(row[:2], 0) + row.n
        ties[row[:2]] = ties.get(row[:2], 0.0) + row.ties
    found = [
        _Group(
            source=row.activity,
            target=row.next_activity,
            value=row.value,
            n=row.n,
            total=total[row[:2]],
            median=row.median,
            p=mann_whitney_above(row.n, row.ranks, total[row[:2]], ties[row[:2]]),
        )
        for row in rows
        if row.value is not None and min(row.n, total[row[:2]] - row.n) >= way.least
    ]
    return sorted(found, key=lambda group: group.key)


def _frequent(study: Study, way: Grouping, ranked: ir.Table) -> ir.Value:
    """The group, null where it is none of the most frequent ones; periods are few enough."""
    if way.newest:
        return ranked[way.name]
    counted = ranked.group_by(value=ranked[way.name]).aggregate(n=_.count())
    most = counted.filter(_.value.notnull()).order_by(ibis.desc("n"), "value")
    values = [row.value for row in study.engine.rows(most.limit(study.rules.slow.segments))]
    return ranked[way.name].isin(values).ifelse(ranked[way.name], None)


# -- how much slower -------------------------------------------------------------------------------


def _contrasts(
    study: Study, way: Grouping, ranked: ir.Table, suspects: Sequence[_Group]
) -> Mapping[Key, _Contrast]:
    """Per suspect the others' median; where it is exceeded by enough, how many hours that costs."""
    if not suspects:
        return {}
    facing = _facing(study, way, ranked, {g.key: 0 for g in suspects})
    others = facing.filter(~_.inside).group_by(*STEP, "value").aggregate(median=_.wait.median())
    found = {row[:3]: _Contrast(row.median) for row in study.engine.rows(others)}
    slow = {g.key: found[g.key] for g in suspects if _is_longer(study, g, found[g.key].reference)}
    return found | _excesses(study, way, ranked, slow) if slow else found


def _is_longer(study: Study, group: _Group, reference: float) -> bool:
    """By the ratio and the gap of the rules; where the others do not wait, no ratio can be told."""
    rules, gap = study.rules.slow, study.rules.slow.gap.seconds * 1e6
    return 0 < rules.ratio * reference <= group.median and group.median - reference >= gap


def _facing(
    study: Study, way: Grouping, ranked: ir.Table, references: Mapping[Key, float]
) -> ir.Table:
    """The waits of these steps, each beside the group asked about: ``value reference inside``."""
    sources, targets, values = zip(*references, strict=True)
    asked = study.engine.lookup(
        {
            "source": sources,
            "target": targets,
            "value": values,
            "reference": [round(median) for median in references.values()],
        }
    )
    on = [ranked.activity == asked.source, ranked.next_activity == asked.target]
    facing = ranked.join(asked, on).select(*STEP, "wait", "value", "reference", group=way.name)
    return facing.mutate(inside=(_.group == _.value).fill_null(False))


def _excesses(
    study: Study, way: Grouping, ranked: ir.Table, slow: Mapping[Key, _Contrast]
) -> dict[Key, _Contrast]:
    """Hours beyond the reference, net of what the others themselves wait beyond it."""
    facing = _facing(study, way, ranked, {key: c.reference for key, c in slow.items()})
    beyond = ibis.greatest(facing.wait - facing.reference, 0).cast("float64") / 3.6e9
    keys = (*STEP, "value")
    rows = study.engine.rows(
        facing.mutate(beyond=beyond)
        .group_by(*keys)
        .aggregate(
            n=_.inside.cast("int64").sum(),
            rest_n=(~_.inside).cast("int64").sum(),
            own=_.beyond.mean(where=_.inside),
            rest=_.beyond.mean(where=~_.inside),
            own_var=_.beyond.var(where=_.inside),
            rest_var=_.beyond.var(where=~_.inside),
        )
    )
    own = facing.filter(_.inside).select(*keys, duration=_.wait)
    medians = survival.medians(study.engine, own, keys)
    return {
        row[:3]: replace(slow[row[:3]], median=medians[row[:3]], impact=_excess(row))
        for row in rows
    }


def _excess(row: Any) -> Impact:
    gap = row.own - row.rest
    half = Z95 * (row.own_var / row.n + row.rest_var / row.rest_n) ** 0.5
    return Impact(row.n * gap, "h", row.n * (gap - half), row.n * (gap + half))


# -- claims ----------------------------------------------------------------------------------------


def _claim(
    study: Study,
    way: Grouping,
    group: _Group,
    waits: ir.Table,
    contrast: _Contrast | None,
    earlier: Sequence[_Group],
) -> Claim:
    slow = contrast is not None and contrast.slow
    interval = contrast.median if contrast else None
    caveats = [say("finding.caveat_association"), *clock_caveat(clock_of(study))]
    if way.newest:
        caveats += _period_caveats(group, earlier)
    return Claim(
        kind="breakpoint",
        type="slow_transition",
        locus={"from": group.source, "to": group.target, way.name: group.value},
        title=say(way.title, source=group.source, target=group.target, group=group.value),
        n=group.n,
        n_censored=None,
        estimate=hours(group.median),
        unit="h",
        clock=clock_of(study),
        ci_low=interval.ci_low if interval else None,
        ci_high=interval.ci_high if interval else None,
        comparator=hours(contrast.reference) if contrast else None,
        p=group.p,
        exceeds=slow and (way.newest is None or _is_new(group, earlier, study.rules.slow.ratio)),
        notable=slow and group.p <= SUGGESTIVE,
        impact=contrast.impact if contrast else NO_IMPACT,
        method="ratio_of_medians_mann_whitney",
        measure=partial(_by_group, waits, way, group),
        evidence=partial(_beyond, waits, way, group, contrast),
        caveats=tuple(caveats),
    )


def _step(waits: ir.Table, group: _Group) -> ir.Table:
    return waits.filter(waits.activity == group.source, waits.next_activity == group.target)


def _by_group(waits: ir.Table, way: Grouping, group: _Group) -> ir.Table:
    step = _step(waits, group)
    return step.group_by(way.name).aggregate(n=_.count(), median=_.wait.median())


def _beyond(waits: ir.Table, way: Grouping, group: _Group, contrast: _Contrast | None) -> ir.Table:
    """The group's cases that wait longer than the others' median, by how many hours."""
    reference = contrast.reference if contrast else 0.0
    step = _step(waits, group)
    late = step.filter(step[way.name] == group.value, _.wait > reference)
    return late.mutate(amount=(late.wait - reference).cast("float64") / 3.6e9)


# -- periods: a change is not a season --------------------------------------------------------------


def _earlier(way: Grouping, group: _Group, groups: Sequence[_Group]) -> list[_Group]:
    """The same step in the periods before, where groups are periods."""
    if way.newest is None:
        return []
    return [g for g in groups if g.key[:2] == group.key[:2] and g.value != group.value]


def _season(group: _Group, earlier: Sequence[_Group]) -> list[_Group]:
    """The same quarter of the years before."""
    return [g for g in earlier if g.value[-2:] == group.value[-2:]]


def _is_new(group: _Group, earlier: Sequence[_Group], ratio: float) -> bool:
    """Slower than in this season before, by the ratio; in a season not seen before, than ever.

    What is usual between quarters cannot be told from fewer than `PERIODS` of them.
    """
    if season := _season(group, earlier):
        return group.median >= ratio * max(g.median for g in season)
    return len(earlier) >= PERIODS and all(group.median > g.median for g in earlier)


def _period_caveats(group: _Group, earlier: Sequence[_Group]) -> list[Text]:
    unseen = [] if _season(group, earlier) else [say("breakpoint.caveat_season")]
    return [say("breakpoint.caveat_unfinished"), *unseen]
