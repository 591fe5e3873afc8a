"""Landmarks: the moments from which cases are compared, so that no one is credited with surviving.

A case that lives longer has more time to collect features; comparing outcomes by what happened at any
time credits the feature with that life (immortal time: Suissa 2008). At a landmark only the past
counts, and only cases still undecided then are compared (van Houwelingen 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import _

from journeylib.engine import Engine
from journeylib.findings.contrast import Floats, pseudo_values
from journeylib.findings.study import Study
from journeylib.journey import ActivityFacts, Journey
from journeylib.lifecycle import UNMAPPED
from journeylib.terms import Span, Text, say

STEPS = 200
"""Time after a landmark is counted in steps of a 200th of its horizon."""
DECIDED = 0.9
"""The horizon sees this share of the decisions that come at all."""
THINNED = 0.95
"""An activity is a landmark of its own if at most this share of the last one's cases reach it."""
GRAIN = 1e-5
"""Pseudo-values are kept to this precision."""
_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Landmark:
    """First arrival at a stage or activity; what follows is judged `horizon` later."""

    kind: Literal["stage", "activity"]
    id: str
    name: Text
    horizon: Span

    @property
    def within(self) -> Text:
        """The horizon in words: ``31 days``."""
        return say(f"why.horizon_{self.horizon.unit}", n=f"{self.horizon.value:g}")


@dataclass(frozen=True, eq=False)
class Followed:
    """Undecided cases at their landmarks, and what became of them.

    `table` has a row per landmark and case: ``landmark`` (index into `landmarks`), ``case_id``,
    ``arrived`` (µs since 1970), ``step`` and ``cause`` (0 still open or beyond the horizon, 1 won,
    2 lost) and ``y``, the pseudo-value of winning by the horizon. `censored` counts, by landmark, the
    cases still open and seen for less than the horizon.
    """

    landmarks: tuple[Landmark, ...]
    table: ir.Table
    censored: tuple[int, ...]


def followed(study: Study, steps: ir.Table) -> Followed | None:
    """The landmarks of the journey and who is compared at each; None where none has enough cases.

    `steps` has ``case_id activity first``: when each activity was first done. Landmarks are the
    stages; where the log fits no stages, the activities at which the flow of cases thins out.
    """
    places = _stages(study.journey) or _activities(study)
    if not places:
        return None
    arrivals = _arrivals(study.journey, places, steps)
    at_risk = study.engine.materialise(_undecided(study.journey, arrivals), "at_risk")
    horizons = _horizons(study, at_risk)
    if not horizons:
        return None
    marks = [(i, _landmark(places[i], horizons[i])) for i in sorted(horizons)]
    return _with_outcomes(study.engine, at_risk, marks)


# -- places and arrivals -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    kind: Literal["stage", "activity"]
    id: str
    name: Text


def _landmark(place: _Place, horizon: int) -> Landmark:
    hours = horizon / _HOUR
    span = Span(hours / 24, "d") if hours % 24 == 0 else Span(hours, "h")
    return Landmark(place.kind, place.id, place.name, span)


def _stages(journey: Journey) -> list[_Place]:
    mapped = [stage for stage in journey.stages if stage.id != UNMAPPED and stage.cases]
    return [_Place("stage", s.id, s.name) for s in mapped] if len(mapped) > 1 else []


def _activities(study: Study) -> list[_Place]:
    """Undeciding activities by falling number of cases, each with clearly fewer than the last."""
    chosen: list[ActivityFacts] = []
    undeciding = [a for a in study.journey.activities if not a.decides]
    for activity in sorted(undeciding, key=lambda a: (-a.cases, a.elapsed, a.name)):
        if not chosen or activity.cases <= THINNED * chosen[-1].cases:
            chosen.append(activity)
    most = int(study.rules.why.landmarks)
    return [_Place("activity", a.name, Text.same(a.name)) for a in chosen[:most]]


def _arrivals(journey: Journey, places: Sequence[_Place], steps: ir.Table) -> ir.Table:
    """``landmark case_id arrived``; a case that had been further before breaks no new ground."""
    if places[0].kind == "activity":
        index = _index(steps.activity, places)
        arrived = steps.select("case_id", landmark=index, arrived=steps["first"])
        return arrived.filter(_.landmark.notnull())
    further = ibis.window(group_by="case_id", order_by="rank", rows=(1, None))
    visits = journey.visit_table.filter(_.stage_id != UNMAPPED)
    visits = visits.mutate(onward=visits.entered.min().over(further))
    new = visits.filter(_.onward.isnull() | (_.onward >= _.entered))
    return new.select("case_id", landmark=_index(new.stage_id, places), arrived=_.entered)


def _index(column: ir.Column, places: Sequence[_Place]) -> ir.IntegerColumn:
    return ibis.cases(*((column == place.id, i) for i, place in enumerate(places)))


def _undecided(journey: Journey, arrivals: ir.Table) -> ir.Table:
    """Those not decided before, how long they are seen (``until``) and what became of them.

    A loss that nobody records has the time of the case's last event, which may be the landmark.
    """
    cases = journey.case_table.select("case_id", "outcome", "outcome_at")
    t = arrivals.join(cases, "case_id")
    lost = t.outcome == "lost"
    t = t.filter(
        t.outcome_at.isnull() | (t.outcome_at > t.arrived) | (lost & (t.outcome_at == t.arrived))
    )
    last = journey.log.totals.last_at
    return t.select(
        "landmark",
        "case_id",
        "arrived",
        until=t.outcome_at.coalesce(last) - t.arrived,
        seen=ibis.literal(last) - t.arrived,
        cause=ibis.cases((t.outcome == "won", 1), (t.outcome == "lost", 2), else_=0),
    )


# -- horizons and outcomes -----------------------------------------------------------------------


def _horizons(study: Study, at_risk: ir.Table) -> dict[int, int]:
    """Per landmark with enough wins: how far to look (µs), in whole hours, or days beyond two.

    As far as nine of ten decisions, but no further than half of the cases are seen.
    """
    decided = (at_risk.cause > 0).ifelse(at_risk.until, None)
    rows = study.engine.rows(
        at_risk.group_by("landmark").aggregate(
            won=(_.cause == 1).cast("int64").sum(),
            rest=(_.cause != 1).cast("int64").sum(),
            decided=decided.quantile(DECIDED),
            seen=at_risk.seen.median(),
        )
    )
    least = study.rules.sample.least
    return {
        row.landmark: whole(min(row.decided, row.seen))
        for row in rows
        if min(row.won, row.rest) >= least
    }


def whole(microseconds: float) -> int:
    """Rounded up to whole hours, or to whole days beyond two of them."""
    unit = _HOUR if microseconds <= 48 * _HOUR else 24 * _HOUR
    return max(1, -int(-microseconds // unit)) * unit


def _with_outcomes(
    engine: Engine, at_risk: ir.Table, marks: Sequence[tuple[int, Landmark]]
) -> Followed:
    spans = [(at_risk.landmark == i, int(mark.horizon.seconds * 1e6)) for i, mark in marks]
    numbers = [(at_risk.landmark == i, new) for new, (i, _mark) in enumerate(marks)]
    t = at_risk.mutate(horizon=ibis.cases(*spans), landmark=ibis.cases(*numbers))
    t = t.filter(t.horizon.notnull())
    inside = t.until <= t.horizon
    step = inside.ifelse((t.until * STEPS + t.horizon - 1) // t.horizon, STEPS + 1)
    t = t.mutate(step=step.cast("int64"), cause=inside.ifelse(t.cause, 0).cast("int64"))
    counted = engine.rows(t.group_by("landmark", "step", "cause").aggregate(n=_.count()))
    ended = np.zeros((len(marks), STEPS + 2, 3))
    for row in counted:
        ended[row.landmark, row.step, row.cause] = row.n
    scored = t.join(_scores(engine, ended), ["landmark", "step", "cause"])
    table = scored.select("landmark", "case_id", "arrived", "step", "cause", "y")
    censored = ended[:, : STEPS + 1, 0].sum(axis=1)
    return Followed(tuple(mark for _i, mark in marks), table, tuple(int(n) for n in censored))


def _scores(engine: Engine, ended: Floats) -> ir.Table:
    """``landmark step cause y`` as a table of the engine's own."""
    import pyarrow as pa

    exact = np.array([pseudo_values(one) for one in ended])
    values = np.ascontiguousarray(np.round(exact / GRAIN) * GRAIN)
    keys: dict[str, Any] = {
        name: axis.ravel().tolist()
        for name, axis in zip(("landmark", "step", "cause"), np.indices(values.shape), strict=True)
    }
    scores = pa.Array.from_buffers(pa.float64(), values.size, [None, pa.py_buffer(values)])
    return engine.lookup(keys | {"y": scores}, "scores")
