"""`Journey`: the way customers really take, as facts that each know unit, clock, n and method."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Literal

import ibis.expr.types as ir

from journeylib.calendars import Calendar
from journeylib.frames import frame_of
from journeylib.lifecycle import Lifecycle
from journeylib.log import EventLog, Note
from journeylib.terms import Fact, Lang, Text, Wait, as_dict, normalised, plain, stable_id

if TYPE_CHECKING:
    import pandas as pd


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
    """A directly-follows pair of activities over the whole log.

    `working` is the same wait in working time, where the journey has a calendar.
    """

    source: str
    target: str
    count: int
    cases: int
    wait: Wait
    working: Wait | None = None

    @property
    def id(self) -> str:
        """Stable ASCII id, from the two names alone."""
        return stable_id("m", self.source, self.target)


@dataclass(frozen=True, slots=True)
class Handover:
    """Work passing from one department to another: how often, and how long until taken up.

    `working` is the latency in the taker's working time, where the journey has a calendar.
    """

    source: str
    target: str
    count: int
    cases: int
    latency: Fact
    working: Fact | None = None


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
    events whose activity belongs to a stage; `notes` name those that belong to none.

    Four tables answer further questions, all times in µs since 1970 (``at``):
    `event_table` is ``log.events`` with ``stage_id``; `case_table` has one row per case
    (``case_id start end events outcome outcome_at``, and ``segment`` where the log has it);
    `visit_table` one per case and stage (``case_id stage_id rank entered last events``);
    `variant_table` one per variant (``sequence`` of activities joined by ``engine.SEPARATOR``,
    ``cases``). With a `calendar` the event table also has ``worked`` (working µs up to ``at`` by the
    default hours: any span is the difference of two) and ``worked_wait`` (from here to ``next_at``
    by the hours of the department that takes over), and `cycle_time_working` is known.
    """

    log: EventLog
    lifecycle: Lifecycle
    event_table: ir.Table
    case_table: ir.Table
    visit_table: ir.Table
    variant_table: ir.Table
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
    notes: tuple[Note, ...] = ()
    calendar: Calendar | None = None
    cycle_time_working: Fact | None = None

    @property
    def activity_names(self) -> frozenset[str]:
        """All activities of the log."""
        return frozenset(activity.name for activity in self.activities)

    def activity(self, name: str) -> ActivityFacts:
        """The facts of one activity."""
        return self._activities_by_name[name]

    def stage_id(self, name: str) -> str | None:
        """The id of a stage given by id or name in either language; None where there is none."""
        for stage in self.stages:
            if normalised(name) in map(normalised, (stage.id, stage.name.zh, stage.name.en)):
                return stage.id
        return None

    @functools.cached_property
    def _activities_by_name(self) -> dict[str, ActivityFacts]:
        return {activity.name: activity for activity in self.activities}

    def frame(
        self,
        facts: Literal["stages", "activities", "moves", "handovers", "variants", "touchpoints"],
        lang: Lang = "zh",
    ) -> pd.DataFrame:
        """These facts as a pandas frame, a row a record."""
        return frame_of(getattr(self, facts), lang)

    def pipe(
        self, verb: Callable[Concatenate[Journey, ...], Any], *args: Any, **options: Any
    ) -> Any:
        """``journey.pipe(diagnose)`` is ``diagnose(journey)``."""
        return verb(self, *args, **options)

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``journey.json``."""
        totals = self.log.totals
        return {
            "schema": "journey/1",
            "cases": totals.cases,
            "events": totals.events,
            "activities": totals.activities,
            "variants": self.variant_count,
            "first": totals.first.isoformat(),
            "last": totals.last.isoformat(),
            "fingerprint": self.log.fingerprint,
            "source": as_dict(self.log.source),
            "filters": list(self.log.recipe),
            "lifecycle": self.lifecycle.id,
            "coverage": Fact(self.coverage, "share", totals.events, "mapped_events").to_dict(),
            "mapping": self.log.mapping.to_dict(),
            "quality": [note.to_dict() for note in (*self.log.quality, *self.notes)],
            "stages": [_stage_dict(stage) for stage in self.stages],
            "activity_list": [{"id": a.id} | as_dict(a) for a in self.activities],
            "moves": [_between(move, "wait") for move in self.moves],
            "handovers": [_between(handover, "latency") for handover in self.handovers],
            "variants_top": [as_dict(variant) for variant in self.variants],
            "touchpoints": [as_dict(touchpoint) for touchpoint in self.touchpoints],
            "outcomes": _outcomes_dict(self.outcomes),
            "cycle_time": self.cycle_time.to_dict(),
            **self._working_dict(),
        }

    def _working_dict(self) -> dict[str, Any]:
        """What only a journey with a calendar has."""
        if self.calendar is None:
            return {}
        named = {"id": self.calendar.id, **self.calendar.name.to_dict()}
        cycle = self.cycle_time_working
        return {"calendar": named, "cycle_time_working": cycle.to_dict() if cycle else None}

    def __repr__(self) -> str:
        cases = self.log.totals.cases
        way = " → ".join(
            f"{stage.name.zh} {stage.cases / cases:.0%}" for stage in self.stages if cases
        )
        return f"Journey({cases:,} cases: {way})"


def _stage_dict(stage: StageFacts) -> dict[str, Any]:
    return {
        "id": stage.id,
        **stage.name.to_dict(),
        "cases": stage.cases,
        "events": stage.events,
        "conversion": stage.conversion.to_dict(),
        "dwell": stage.dwell.to_dict(),
    }


def _between(record: Move | Handover, duration: str) -> dict[str, Any]:
    """The contract says ``from`` and ``to``, which Python keeps for itself.

    The `duration` in working time is there only with a calendar.
    """
    fields = as_dict(record)
    working = fields.pop("working")
    ends = {"from": fields.pop("source"), "to": fields.pop("target")}
    told = {} if record.working is None else {f"{duration}_working": plain(working)}
    return {**ends, **fields, **told}


def _outcomes_dict(outcomes: Outcomes) -> dict[str, Any]:
    counts = {"won": outcomes.won, "lost": outcomes.lost, "open": outcomes.open}
    return counts if outcomes.reason is None else counts | {"reason": outcomes.reason.to_dict()}
