"""Stages gone back to, and stages left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from itertools import combinations
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.claim import Claim, Trial
from journeylib.findings.shares import counted, share_claim, share_trial, summed, untested
from journeylib.findings.study import Study
from journeylib.log import completions_of
from journeylib.terms import Text, say

AT_HOME = 0.5
"""Where the stage of an activity is only our guess, it belongs after a later one if it comes there in
most of its executions and most of the cases: an invoice after delivery is no step back."""


def stage_regressions(study: Study) -> Trial:
    """`stage_regression {from, to}`: cases that fall back, of those that reach `from`.

    From one event to the next the rank of the stage falls; meant repetition, recorded losses and what
    belongs to no stage are looked past. Impact: hours until the case is where it was.
    """
    stages = ordered_stages(study)
    if len(stages) < 2:
        return untested("stage_regression", "breakpoint.need_stages")
    events = study.engine.materialise(_placed(study, stages), "placed")
    reached = events.group_by("stage_id").aggregate(n=_.case_id.nunique())
    sizes = {row.stage_id: row.n for row in study.engine.rows(reached)}
    falls = study.engine.materialise(_falls(study, events, sizes), "falls")
    measure = falls.group_by("before", "stage_id").aggregate(
        k=_.count(), total=_.amount.sum(), mean=_.amount.mean(), std=_.amount.std()
    )
    found = {row[:2]: row[2:] for row in study.engine.rows(measure)}
    claims = [
        _regression(
            study, falls, reached, (source, target), found.get((source, target)), sizes[source]
        )
        for target, source in combinations(stages, 2)
        if source in sizes
    ]
    return share_trial("stage_regression", claims, study.rules, "breakpoint.need_stages")


def _regression(
    study: Study, falls: ir.Table, reached: ir.Table, way: tuple[str, str], found: Any, n: int
) -> Claim:
    source, target = way
    k, total, mean, std = found or (0, 0.0, 0.0, None)
    here = falls.filter(_.before == source, _.stage_id == target)
    return share_claim(
        k,
        n,
        study.rules.tolerance.stage_regression,
        kind="breakpoint",
        type="stage_regression",
        locus={"from": source, "to": target},
        title=say(
            "breakpoint.stage_regression", source=_name(study, source), target=_name(study, target)
        ),
        impact=summed(total, mean, std, k),
        measure=lambda: reached.filter(_.stage_id == source).cross_join(
            here.aggregate(k=_.count())
        ),
        evidence=lambda: here,
        method="stage_regression_share_wilson",
        caveats=_guessed(study),
    )


def stage_skips(study: Study) -> Trial:
    """`stage_skip {stage}`: cases never seen in a stage, of those seen before and after it.

    A stage that most cases leave out is no part of their way, and leaving it out no break.
    """
    stages = ordered_stages(study)
    if len(stages) < 3:
        return untested("stage_skip", "breakpoint.need_stages")
    passed = _passed(study, stages)
    claims = []
    for i, stage in enumerate(stages[1:-1], 1):
        here = passed.filter(passed.lowest < i, passed.highest > i)
        skipped = here.filter(here[f"in_{i}"] == 0)
        measure = here.aggregate(n=_.count(), k=(here[f"in_{i}"] == 0).cast("int64").sum())
        row = study.engine.row(measure)
        if row.n and row.n - row.k >= study.rules.stages.expected * row.n:
            claims.append(
                share_claim(
                    row.k,
                    row.n,
                    study.rules.tolerance.stage_skip,
                    kind="breakpoint",
                    type="stage_skip",
                    locus={"stage": stage},
                    title=say("breakpoint.stage_skip", stage=_name(study, stage)),
                    impact=counted(row.k, row.n, "event"),
                    measure=partial(measure.select, "n", "k"),
                    evidence=partial(skipped.select, "case_id"),
                    method="stage_skip_share_wilson",
                    caveats=_guessed(study),
                )
            )
    return share_trial("stage_skip", claims, study.rules, "breakpoint.need_stages")


# -- stages that have an order ---------------------------------------------------------------------


def ordered_stages(study: Study) -> tuple[str, ...]:
    """Stages of the lifecycle that occur, in its order; those of the log's own have none to break."""
    known = {stage.id for stage in study.journey.lifecycle.stages}
    return tuple(s.id for s in study.journey.stages if s.id in known and s.cases)


def _name(study: Study, stage: str) -> Text:
    return next(s.name for s in study.journey.stages if s.id == stage)


def _guessed(study: Study) -> tuple[Text, ...]:
    return () if study.journey.log.has("stage") else (say("breakpoint.caveat_keywords"),)


def _staged(study: Study, stages: tuple[str, ...]) -> ir.Table:
    """Completed events in a stage that has a place; recording a loss is being in none."""
    events = completions_of(study.journey.event_table)
    return events.filter(events.stage_id.isin(stages), events.decides != "lost")


def _placed(study: Study, stages: tuple[str, ...]) -> ir.Table:
    """Events of the way, each with the stage ``before`` it: ``case_id at stage_id stage_rank …``."""
    meant = [a.name for a in study.journey.activities if a.repeatable]
    events = _staged(study, stages)
    if meant:
        events = events.filter(~events.activity.isin(meant))
    columns = ("case_id", "position", "at", "activity", "stage_id", "stage_rank")
    order = ibis.window(group_by="case_id", order_by="position")
    return events.select(*columns).mutate(
        before=_.stage_id.lag().over(order),
        before_rank=_.stage_rank.lag().over(order),
        before_at=_.at.lag().over(order),
    )


def _falls(study: Study, events: ir.Table, reached: Mapping[str, int]) -> ir.Table:
    """One row per case and way back: ``before stage_id case_id``, hours until back as ``amount``."""
    falls = events.filter(events.stage_rank < events.before_rank)
    if not study.journey.log.has("stage"):
        falls = falls.filter(~falls.activity.isin(_at_home(study, events, reached)))
    falls = falls.group_by("before", "before_rank", "stage_id", "case_id").aggregate(
        left_at=_.before_at.min(), position=_.position.min()
    )
    later = events.select("case_id", again="position", rank="stage_rank", back_at="at")
    back = falls.left_join(later, "case_id")
    reached = (back.again > back.position) & (back["rank"] >= back.before_rank)
    keys = ("before", "stage_id", "case_id")
    spans = back.group_by(*keys, "left_at").aggregate(
        back_at=back.back_at.min(where=reached), last_at=back.back_at.max()
    )
    away = spans.back_at.coalesce(spans.last_at) - spans.left_at
    return spans.select(*keys, amount=away.cast("float64") / 3.6e9)


def _at_home(study: Study, events: ir.Table, reached: Mapping[str, int]) -> list[str]:
    """Activities whose place is after a later stage than the one their name was taken to mean."""
    executions = events.group_by("activity").aggregate(n=_.count())
    total = {row.activity: row.n for row in study.engine.rows(executions)}
    falls = events.filter(events.stage_rank < events.before_rank)
    fallen = falls.group_by("activity", "before").aggregate(n=_.count(), cases=_.case_id.nunique())
    rows = study.engine.rows(fallen)
    after = Counter[str]()
    for row in rows:
        after[row.activity] += row.n
    return sorted(
        {
            row.activity
            for row in rows
            if after[row.activity] >= AT_HOME * total[row.activity]
            and row.cases >= AT_HOME * reached[row.before]
        }
    )


def _passed(study: Study, stages: tuple[str, ...]) -> ir.Table:
    """One row per case: its ``lowest`` and ``highest`` stage as a place in `stages`, and ``in_i``."""
    events = _staged(study, stages)
    place = ibis.cases(*((events.stage_id == stage, i) for i, stage in enumerate(stages)))
    inside = {f"in_{i}": (place == i).cast("int64").max() for i in range(len(stages))}
    return study.engine.materialise(
        events.group_by("case_id").aggregate(lowest=place.min(), highest=place.max(), **inside),
        "passed",
    )
