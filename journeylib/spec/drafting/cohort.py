"""Whom a draft learns from, and the two long tables all its questions are asked of.

Winning cases show how the process shall run; lost ones show which habits make no difference. All of
it stays in the engine: a case is never a Python object here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.journey import Journey
from journeylib.lifecycle import UNMAPPED
from journeylib.stays import reaching


@dataclass(frozen=True, eq=False)
class Cohort:
    """Events of the cases that serve as a model or for comparison, and their way through the stages.

    `decided` says whether outcomes are known; without them every case is a model. Tables:

    - `events`: `Journey.event_table` with ``model`` and ``lost`` (bool);
    - `visits`: one row per case and stage: ``entered``, ``left`` (positions: what lies before ``left``
      happened before leaving), ``dwell`` (µs, null where the case went no further), ``model``, ``lost``;
    - `done`: one row per case and activity: ``what`` (the activity), ``position`` of its first event;
    - `known`: one row per case and attribute: ``what`` (the attribute), ``position`` first filled.
    """

    journey: Journey
    decided: bool
    attributes: tuple[str, ...]
    events: ir.Table
    visits: ir.Table
    done: ir.Table
    known: ir.Table


def cohort_of(journey: Journey) -> Cohort:
    """The cases a draft is mined from: the won ones against the lost, or all where none is won."""
    decided = bool(journey.outcomes.won)
    engine = journey.log.engine
    events = _marked_events(journey, decided=decided)
    attributes = tuple(a for a in journey.log.attributes if a in events.columns)
    return Cohort(
        journey=journey,
        decided=decided,
        attributes=attributes,
        events=events,
        visits=engine.materialise(_visits(journey, events, decided=decided), "gates"),
        done=engine.materialise(
            events.group_by("case_id", what=_.activity).aggregate(position=_.position.min()),
            "done",
        ),
        known=engine.materialise(_first_filled(events, attributes), "known"),
    )


def _marked_events(journey: Journey, *, decided: bool) -> ir.Table:
    cases = journey.case_table.select(
        "case_id",
        model=_.outcome == "won" if decided else ibis.literal(value=True),
        lost=_.outcome == "lost" if decided else ibis.literal(value=False),
    )
    return journey.event_table.join(cases, "case_id")


def _visits(journey: Journey, events: ir.Table, *, decided: bool) -> ir.Table:
    """When each case entered and left each stage; cases that had been further before are left out.

    A case leaves by entering a further stage or by being decided, whichever is first. Where no
    activity decides, the last event of a closed case may be the closing itself: what only shows then
    counts as known too late, so that an outcome can never be its own criterion. What belongs to no
    stage is no further one.
    """
    reached = reaching(journey.log, events)
    if any(stage.cases and stage.id != UNMAPPED for stage in journey.stages):
        reached = reached.filter(_.stage_id != UNMAPPED)
    entered = reached.group_by("case_id", "stage_id").aggregate(
        rank=_.stage_rank.min(), entered=_.position.min(), entered_at=_.at.min()
    )
    further = ibis.window(group_by="case_id", order_by="rank", rows=(1, None))
    entered = entered.mutate(
        onward=entered.entered.min().over(further), onward_at=entered.entered_at.min().over(further)
    )
    v = entered.join(_ends(events, decided=decided), "case_id")
    ended = (v.end >= v.entered).ifelse(v.end, None)
    left = ibis.least(v.onward.coalesce(ended), ended.coalesce(v.onward))
    left_at = v.onward_at.coalesce(ended.notnull().ifelse(v.end_at, None))
    v = v.mutate(left=left.coalesce(v.last + 1), dwell=left_at - v.entered_at)
    return v.filter(v.onward.isnull() | (v.onward > v.entered)).select(
        "case_id", "stage_id", "entered", "left", "dwell", "model", "lost"
    )


def _ends(events: ir.Table, *, decided: bool) -> ir.Table:
    """Per case: position and time of the deciding event (null while open), and the last position."""
    wanted = ibis.cases((events.model, "won"), (events.lost, "lost"), else_="open")
    decides = events.decides == wanted
    cases = events.group_by("case_id", "model", "lost").aggregate(
        last=_.position.max(),
        last_at=_.at.max(),
        decided=_.position.min(where=decides),
        decided_at=_.at.min(where=decides),
    )
    closed = (cases.model | cases.lost) & ibis.literal(value=decided)
    return cases.select(
        "case_id",
        "model",
        "lost",
        "last",
        end=closed.ifelse(cases.decided.coalesce(cases.last), None),
        end_at=closed.ifelse(cases.decided_at.coalesce(cases.last_at), None),
    )


def _first_filled(events: ir.Table, attributes: Sequence[str]) -> ir.Table:
    """Long form of "first event of the case on which the attribute has a value"."""
    return _unpivoted(events, ["case_id"], attributes, latest=False)


def last_shown(cohort: Cohort) -> ir.Table:
    """Per case, department and attribute (``what``): the last ``position`` that shows a value."""
    keys = ["case_id", "department"]
    return _unpivoted(cohort.events, keys, cohort.attributes, latest=True)


def _unpivoted(
    events: ir.Table, keys: Sequence[str], attributes: Sequence[str], *, latest: bool
) -> ir.Table:
    if not attributes:
        empty = events.filter(ibis.literal(value=False))
        return empty.select(*keys, "position", what=ibis.literal(""))
    wide = events.group_by(*keys).aggregate(
        **{
            name: (events.position.max if latest else events.position.min)(
                where=events[name].notnull()
            )
            for name in attributes
        }
    )
    long = wide.pivot_longer(list(attributes), names_to="what", values_to="position")
    return long.filter(long.position.notnull())
