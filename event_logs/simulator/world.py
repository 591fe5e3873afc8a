"""A world: a process without defects, its customers and calendar; and the plants that spoil it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

WORLDS = Path(__file__).parents[1] / "worlds"
ENDINGS = ("lost", "stalled", "done")  # moves that lead out of the process

Locus = Mapping[str, Any]
Trouble = tuple[str, str, str, str]  # type, attribute, sending department, receiving department

ROUTED = ("rework_loop", "ping_pong", "drop_off", "stage_regression", "stage_skip")
ROUTED += ("channel_switch", "orphan_events", "rule")
INFORMATION = ("carry_over_loss", "re_ask", "re_entry", "information_lag", "contradiction")
OVERDUE = {"sla_breach": 40.0, "unanswered": 150.0}  # weeks late; so late that it is no answer
LOG_WIDE = ("duplicate_customers", "owner_collision", "identity_gap", "rule")


@dataclass(frozen=True)
class Activity:
    """Something that happens to a customer, and where; `work` is its median duration in hours."""

    name: str
    department: str
    system: str
    actor: str = "staff"
    stage: str = ""
    channels: Mapping[str, float] = field(default_factory=dict)
    around_the_clock: bool = False
    repeatable: bool = False
    work: float = 0.0


@dataclass(frozen=True)
class Move:
    """In `share` of the cases `target` follows, `hours` later (median, working time).

    `slower` takes longer by a factor for a segment, for a channel of the target, or for the quarter
    in which a customer arrived; a share `late` waits `overdue` times as long.
    """

    source: str
    target: str
    share: float
    hours: float = 0.0
    slower: dict[str, float] = field(default_factory=dict)
    late: float = 0.0
    overdue: float = 1.0


@dataclass(frozen=True)
class Attribute:
    """Information that `learnt_at` brings in; `shown_by` departments show what reached them."""

    name: str
    learnt_at: str
    shown_by: Sequence[str]
    values: Sequence[str]
    filled: float = 0.97


@dataclass(frozen=True)
class Segment:
    """A group of customers; unless planted, it differs in the size of its orders only.

    Where it `prefers` a channel it takes that one more often than the others do.
    """

    name: str
    share: float
    amount: float
    prefers: str = ""


@dataclass(frozen=True)
class Calendar:
    """Office hours, days off, and seasons in which everything takes longer."""

    hours: Sequence[tuple[time, time]]
    days_off: frozenset[date]
    extra_days: frozenset[date]
    slack: Sequence[tuple[date, date, float]]

    def is_workday(self, day: date) -> bool:
        """Monday to Friday but for days off, and the weekend days worked in their place."""
        return day in self.extra_days or (day.weekday() < 5 and day not in self.days_off)

    def after(self, moment: datetime, hours: float) -> datetime:
        """The moment when `hours` of working time have passed; always inside office hours."""
        left = timedelta(seconds=round(hours * 3600))
        for opens, closes in self._openings(moment.date()):
            begin = max(moment, opens)
            if begin + left < closes:
                return begin + left
            left -= max(closes - begin, timedelta())
        raise AssertionError("office hours never end")

    def between(self, start: datetime, end: datetime) -> float:
        """Working hours from `start` to `end`."""
        total = timedelta()
        for opens, closes in self._openings(start.date()):
            if opens >= end:
                break
            total += max(min(end, closes) - max(start, opens), timedelta())
        return total / timedelta(hours=1)

    def pace(self, day: date) -> float:
        """How much longer than usual a wait takes that begins on `day`."""
        return next((factor for first, last, factor in self.slack if first <= day <= last), 1.0)

    def _openings(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        while True:
            if self.is_workday(day):
                for opens, closes in self.hours:
                    yield datetime.combine(day, opens), datetime.combine(day, closes)
            day += timedelta(days=1)


@dataclass(frozen=True)
class Plant:
    """A known defect: `type` and `locus` in the words of findings.json, and how strong it is.

    `through` is the move whose share is raised, for the types that are a matter of routing (and the
    step that is slow, where the locus names departments); `within` the hours that are promised.
    `echoes` are findings that follow from it by necessity and are therefore not false alarms.
    """

    type: str
    locus: Locus
    magnitude: float
    mild: float = 0.0  # the magnitude of the same plant in a log of mild problems
    through: Sequence[str] = ()
    within: float = 0.0
    echoes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class World:
    """A process without defects, the customers who walk it, and the columns that record it."""

    name: str
    cases: int
    seed: int
    first_day: date
    last_day: date
    observed: datetime
    case_id: str
    won_by: str
    amount_from: str
    asks_again: Activity
    outcomes: Mapping[str, str]
    actors: Mapping[str, str]
    columns: Mapping[str, str]
    calendar: Calendar
    people: Mapping[str, Sequence[str]]
    segments: Sequence[Segment]
    starts: Mapping[str, float]
    activities: Mapping[str, Activity]
    moves: Mapping[str, Sequence[Move]]
    attributes: Sequence[Attribute]
    plants: Sequence[Plant]
    distractors: Sequence[str]
    spread: float = 0.8  # sigma of every lognormal wait
    slip: float = 0.005  # share of a hand-over's information that gets lost in the best of worlds
    identity: Sequence[str] = ()  # the columns that tell who a customer is: company, phone
    stranger_to: str = ""  # the system that does not know it, where that is planted
    troubles: Mapping[Trouble, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)  # of the whole log, by type or rule

    def with_move(self, move: Move) -> World:
        """The world with this move; its siblings give or take the difference in proportion."""
        siblings = [m for m in self.moves[move.source] if m.target != move.target]
        scale = (1 - move.share) / math.fsum(m.share for m in siblings) if siblings else 1.0
        rest = [replace(m, share=m.share * scale) for m in siblings]
        return replace(self, moves={**self.moves, move.source: (move, *rest)})

    def move(self, source: str, target: str) -> Move:
        """The one move from `source` to `target`."""
        return next(m for m in self.moves[source] if m.target == target)


def planted(world: World, plant: Plant) -> World:
    """The world with one defect more."""
    locus, size = plant.locus, plant.magnitude
    if plant.type in INFORMATION:
        trouble = (plant.type, locus["attribute"], locus["from"], locus["to"])
        return replace(world, troubles={**world.troubles, trouble: size})
    if plant.type == "gate_incomplete":
        return replace(world, attributes=_unfilled(world.attributes, locus["attribute"], size))
    if plant.type in LOG_WIDE and not plant.through:
        return replace(world, shares={**world.shares, locus.get("rule", plant.type): size})
    return world.with_move(_spoilt(world.move(*_step(plant)), plant))


def _spoilt(move: Move, plant: Plant) -> Move:
    match plant.type:
        case "slow_transition":
            groups = {key: v for key, v in plant.locus.items() if key not in ("from", "to")}
            return replace(
                move, slower=move.slower | dict.fromkeys(groups.values(), plant.magnitude)
            )
        case "handover_latency" | "bottleneck":
            return replace(move, hours=move.hours * plant.magnitude)
        case "sla_breach" | "unanswered":
            return replace(move, late=plant.magnitude, overdue=OVERDUE[plant.type])
        case kind if kind in ROUTED:
            return replace(move, share=plant.magnitude)
        case unknown:
            raise ValueError(f"no plant of type {unknown!r}")


def _step(plant: Plant) -> Sequence[str]:
    return plant.through or [plant.locus.get("from", ""), plant.locus.get("to", "")]


def _unfilled(attributes: Sequence[Attribute], name: str, size: float) -> Sequence[Attribute]:
    return [replace(a, filled=1 - size) if a.name == name else a for a in attributes]


def load_world(name: str) -> World:
    """Read ``worlds/<name>.toml``; `ValueError` when its moves do not add up."""
    raw = tomllib.loads((WORLDS / f"{name}.toml").read_text(encoding="utf-8"))
    activities = {a["name"]: Activity(**a) for a in raw.pop("activities")}
    moves: dict[str, list[Move]] = {activity: [] for activity in activities}
    for move in raw.pop("moves"):
        moves[move[0]].append(Move(*move))
    _check(activities, moves)
    return World(
        name=name,
        calendar=_calendar(**raw.pop("calendar")),
        people={
            department: [f"{prefix}{i:02d}" for i in range(1, head_count + 1)]
            for department, (prefix, head_count) in raw.pop("people").items()
        },
        segments=[Segment(**s) for s in raw.pop("segments")],
        activities=activities,
        asks_again=activities[raw.pop("asks_again")],
        moves=moves,
        attributes=[Attribute(**a) for a in raw.pop("attributes")],
        plants=[Plant(**p) for p in raw.pop("plants")],
        **raw,
    )


def _check(activities: Mapping[str, Activity], moves: Mapping[str, Sequence[Move]]) -> None:
    for source, out in moves.items():
        if out and not math.isclose(sum(m.share for m in out), 1):
            raise ValueError(f"the moves after {source!r} add up to {sum(m.share for m in out)}")
        for move in out:
            if move.target not in (*activities, *ENDINGS):
                raise ValueError(f"{source!r} moves to {move.target!r}, which is no activity")


def _calendar(
    hours: Sequence[Sequence[time]],
    days_off: Sequence[Sequence[date]],
    extra_days: Sequence[date],
    slack: Sequence[tuple[date, date, float]],
) -> Calendar:
    off = frozenset(day for first, last in days_off for day in _days(first, last))
    return Calendar([(opens, closes) for opens, closes in hours], off, frozenset(extra_days), slack)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]
