"""Which stage of the lifecycle each event belongs to, and what its activity decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from journeylib.lifecycle import UNMAPPED, Lifecycle
from journeylib.log import EventLog, Note
from journeylib.terms import Text, say

FITS = 1 / 3
"""A lifecycle that recognises fewer of the events would put a few of them into telling places."""


@dataclass(frozen=True, slots=True)
class Staging:
    """Events with ``stage_id``, ``stage_rank`` and ``decides`` (won, lost or ""), stages in order.

    `order` holds only stages that occur; `rules_decide` says whether any activity of the log is one
    by which the lifecycle decides an outcome; `notes` name what fits no stage.
    """

    lifecycle: Lifecycle
    events: ir.Table
    order: tuple[str, ...]
    names: Mapping[str, Text]
    rules_decide: bool
    notes: tuple[Note, ...]

    def is_last(self, stage: str) -> bool:
        """Whether no further stage can follow `stage`."""
        mapped = [s for s in self.order if s != UNMAPPED]
        return stage == UNMAPPED or stage == mapped[-1]


def stage_events(log: EventLog, lifecycle: Lifecycle) -> Staging:
    """Put each event into a stage: by the log's ``stage`` column, else by the lifecycle's keywords.

    A stage name the lifecycle does not know becomes a stage of its own. A lifecycle whose keywords
    recognise less than `FITS` of the events is not meant for this log: then no stage is claimed.
    """
    e = log.events
    keys = ["activity", *(["stage"] if log.has("stage") else [])]
    waited = (e.at - e.case_start).cast("float64").sum()
    rows = log.engine.rows(e.group_by(*keys).aggregate(n=e.count(), elapsed=waited))
    rows.sort(key=lambda row: tuple(str(getattr(row, key)) for key in keys))
    stages, notes = _fitting(lifecycle, rows, [_stage_id(lifecycle, row) for row in rows])
    decides = [lifecycle.outcome_of(row.activity) or "" for row in rows]
    order, names = _stage_order(lifecycle, rows, stages)
    lookup = log.engine.lookup(
        {key: [getattr(row, key) for row in rows] for key in keys}
        | {
            "stage_id": stages,
            "stage_rank": [order.index(stage) for stage in stages],
            "decides": decides,
        }
    )
    return Staging(lifecycle, _joined(e, lookup, keys), order, names, any(decides), notes)


def _fitting(
    lifecycle: Lifecycle, rows: Sequence[Any], stages: list[str]
) -> tuple[list[str], tuple[Note, ...]]:
    """The stages as they are, or none at all where the lifecycle does not fit; and a word on it."""
    strays = [(row.n, row.activity) for row, s in zip(rows, stages, strict=True) if s == UNMAPPED]
    if not strays:
        return stages, ()
    total, lost = sum(row.n for row in rows), sum(n for n, _ in strays)
    if total - lost < FITS * total:
        recognised = f"{(total - lost) / total:.1%}"
        text = say("journey.ill_fitting", name=lifecycle.name, share=recognised)
        return [UNMAPPED] * len(rows), (Note("lifecycle_fit", total - lost, text),)
    names = ", ".join(sorted({activity for _, activity in strays}))
    text = say("journey.unmapped", n=len(strays), share=f"{lost / total:.1%}", activities=names)
    return stages, (Note("unmapped", lost, text),)


def _joined(events: ir.Table, lookup: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Events with the lookup's columns; a missing stage matches a missing stage."""
    on = [events[key].identical_to(lookup[key]) for key in keys]
    extra = [lookup[name] for name in ("stage_id", "stage_rank", "decides")]
    return events.inner_join(lookup, on).select(events, *extra)


def _stage_id(lifecycle: Lifecycle, row: Any) -> str:
    own = getattr(row, "stage", None)
    if own:
        return lifecycle.stage_named(own) or own
    return lifecycle.stage_of(row.activity)


def _stage_order(
    lifecycle: Lifecycle, rows: Sequence[Any], stages: Sequence[str]
) -> tuple[tuple[str, ...], Mapping[str, Text]]:
    """Lifecycle stages first in their order, the log's own by mean time reached, unmapped last."""
    known = {stage.id: stage.name for stage in lifecycle.stages}
    elapsed: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for row, stage in zip(rows, stages, strict=True):
        elapsed[stage] += row.elapsed
        events[stage] += row.n
    own = sorted(set(stages) - set(known) - {UNMAPPED}, key=lambda s: (elapsed[s] / events[s], s))
    order = [s for s in known if s in events] + own + [UNMAPPED] * (UNMAPPED in events)
    return tuple(order), known | {s: Text.same(s) for s in own} | {UNMAPPED: say("stage.unmapped")}
