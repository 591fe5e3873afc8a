"""`Journey`: the way customers really take, as facts that each know unit, clock, n and method."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate

import ibis.expr.types as ir

from journeylib.log import EventLog
from journeylib.terms import Clock, Fact, Lifecycle, Text, as_dict, stable_id


@dataclass(frozen=True, slots=True)
class Wait:
    """Time from one event to the next, in hours; None where no pair has both times."""

    median: float | None
    mean: float | None
    p90: float | None
    unit: str = "h"
    clock: Clock = Clock.CALENDAR


@dataclass(frozen=True, slots=True)
class StageFacts:
    """One stage: how many cases reach it, how many go on from it, how long they stay.

    `conversion` is the share of the cases here that later reach any further stage (cumulative
    incidence, open cases censored); `dwell` the median time from entry to the next stage
    (Kaplan–Meier). `rank` orders the stages from 0.
    """

    id: str
    name: Text
    rank: int
    cases: int
    events: int
    conversion: Fact
    dwell: Fact


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """One activity: volume, where it sits, and through whom and what it mostly runs.

    `channel`, `department`, `system` are the most frequent values (None where the log has none);
    `elapsed` is the median time since the start of the case in hours; `starts` and `ends` count the
    cases that begin and end here; `customer_share` is the share of its events initiated by the
    customer (None where the log does not say).
    """

    name: str
    stage: str
    events: int
    cases: int
    starts: int
    ends: int
    elapsed: float
    channel: str | None
    department: str | None
    system: str | None
    customer_share: float | None
    repeatable: bool
    decides: str | None

    @property
    def id(self) -> str:
        """Stable ASCII id, from the name alone."""
        return stable_id("a", self.name)


@dataclass(frozen=True, slots=True)
class Move:
    """A directly-follows pair of activities over the whole log."""

    source: str
    target: str
    count: int
    cases: int
    wait: Wait

    @property
    def id(self) -> str:
        """Stable ASCII id, from the two names alone."""
        return stable_id("m", self.source, self.target)


@dataclass(frozen=True, slots=True)
class Handover:
    """Work passing from one department to another: how often, and how long until taken up."""

    source: str
    target: str
    count: int
    cases: int
    latency: Fact


@dataclass(frozen=True, slots=True)
class Variant:
    """A sequence of activities and the number of cases that took exactly it."""

    activities: tuple[str, ...]
    cases: int


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """A point of contact: stage × channel × activity."""

    stage: str
    channel: str
    activity: str
    events: int
    cases: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many cases are won, lost, open; all None with a `reason` where nothing decides it."""

    won: int | None
    lost: int | None
    open: int | None
    reason: Text | None = None


@dataclass(frozen=True, eq=False)
class Journey:
    """Everything in ``journey.json``, plus the log it came from for whoever asks further.

    `stages` are in lifecycle order (``unmapped`` last, if any activity is); `activities` by stage,
    then median elapsed time; `moves` and `variants` by falling count. `coverage` is the share of
    events whose activity belongs to a stage.

    Three tables answer further questions, all times in µs since 1970 (``at``):
    `event_table` is ``log.events`` with ``stage_id``; `case_table` has one row per case
    (``case_id start end events outcome outcome_at``, and ``segment`` where the log has it);
    `visit_table` one per case and stage (``case_id stage_id rank entered last events``).
    """

    log: EventLog
    lifecycle: Lifecycle
    event_table: ir.Table
    case_table: ir.Table
    visit_table: ir.Table
    stages: tuple[StageFacts, ...]
    activities: tuple[ActivityFacts, ...]
    moves: tuple[Move, ...]
    handovers: tuple[Handover, ...]
    variants: tuple[Variant, ...]
    variant_count: int
    touchpoints: tuple[Touchpoint, ...]
    outcomes: Outcomes
    cycle_time: Fact
    coverage: float
