"""What a simulation of the target process needs to know, measured on the log it was drafted from.

Where starts are recorded, an activity is work: it takes its service time of the people of its
department, in the hours they keep. Where not, waiting and service cannot be told apart; the activity is
a delay, as long as the gap to the event before, for which nobody is needed. Either way each number
comes with what it was measured on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
from ibis import _

from journeylib.errors import UsageError
from journeylib.exporting.flow import Kind, Node, target_flow
from journeylib.findings.waiting import executions
from journeylib.journey import Journey
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Stage
from journeylib.terms import Fact, Text, say

SECOND = 1_000_000
HOUR = 3_600
OPEN_SHARE = 0.1
"""An hour of the week is worked in if it brings this share of the events of the busiest hour."""
WORKED_SHARE = 0.5
"""An activity is work if the starts of this share of its executions are recorded."""

Period = tuple[int, float, float]
"""Weekday from Monday (0), begin and end in hours since midnight."""
ALWAYS: tuple[Period, ...] = tuple((day, 0.0, 24.0) for day in range(7))


@dataclass(frozen=True, slots=True)
class Duration:
    """How long an activity takes: mean, variance and longest in seconds, over `n` executions."""

    mean: float
    variance: float
    longest: float
    n: int
    is_work: bool
    source: Text


@dataclass(frozen=True, slots=True)
class Pool:
    """The people of a department and their hours; `people` None where the log names nobody."""

    name: str
    people: int | None
    hours: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Chance:
    """With what probability a gateway is passed on the main way, and what says so."""

    gateway: str
    onward: float
    source: Text


@dataclass(frozen=True)
class Parameters:
    """All a simulation is fed with; `arrival` is the mean time between new cases in seconds."""

    arrival: Fact
    cases: int
    durations: Mapping[str, Duration]
    pools: Mapping[str, Pool]
    chances: tuple[Chance, ...]


def parameters(spec: TargetSpec, journey: Journey) -> Parameters:
    """Measured on `journey`; `UsageError` names activities whose duration nothing tells."""
    durations = _durations(spec, journey)
    return Parameters(
        arrival=_arrival(journey),
        cases=journey.log.totals.cases,
        durations=durations,
        pools=_pools(spec, journey),
        chances=tuple(_chances(spec, journey)),
    )


def _arrival(journey: Journey) -> Fact:
    cases = journey.case_table
    row = journey.log.engine.row(
        cases.aggregate(n=_.count(), first=_.start.min(), last=_.start.max())
    )
    if row.n < 2 or row.last == row.first:
        raise UsageError("cannot simulate: fewer than two cases begin at different times")
    mean = (row.last - row.first) / SECOND / (row.n - 1)
    return Fact(mean, "s", row.n, "mean_time_between_starts_of_cases")


# -- how long ----------------------------------------------------------------------------------------


def _durations(spec: TargetSpec, journey: Journey) -> dict[str, Duration]:
    measured = {row.activity: row for row in _measured(journey)}
    found: dict[str, Duration] = {}
    unknown = []
    for activity in spec.activities:
        duration = _duration(activity, measured.get(activity.event))
        if duration is None:
            unknown.append(activity.event)
        else:
            found[activity.id] = duration
    if unknown:
        raise UsageError(
            f"cannot simulate: nothing tells how long {', '.join(unknown)} may take. They are not in "
            "the log and have no time limit; give each a time limit (sla)."
        )
    return found


def _measured(journey: Journey) -> Sequence[Any]:
    """Per activity: mean, variance and longest of service and gap in seconds."""
    times = executions(journey.log)
    seconds = times.mutate(service=times.service / SECOND, gap=times.gap / SECOND)
    parts = {
        f"{name}_{part}": value
        for name in ("service", "gap")
        for part, value in {
            "n": seconds[name].count(),
            "mean": seconds[name].mean(),
            "variance": seconds[name].var(how="pop"),
            "longest": seconds[name].max(),
        }.items()
    }
    return journey.log.engine.rows(seconds.group_by("activity").aggregate(n=_.count(), **parts))


def _duration(activity: Activity, row: Any) -> Duration | None:
    if row is None:
        if activity.sla is None:
            return None
        limit = activity.sla.seconds
        return Duration(limit, 0.0, limit, 0, False, say("document.simulation_limit"))
    if row.service_n >= WORKED_SHARE * row.n:
        return _measured_duration(row, "service")
    if row.gap_n:
        return _measured_duration(row, "gap")
    return Duration(0.0, 0.0, 0.0, row.n, False, say("document.simulation_first"))


def _measured_duration(row: Any, name: str) -> Duration:
    n, mean, variance, longest = (
        getattr(row, f"{name}_{part}") for part in ("n", "mean", "variance", "longest")
    )
    source = say(f"document.simulation_{name}")
    return Duration(mean, variance or 0.0, longest, n, name == "service", source)


# -- by whom -----------------------------------------------------------------------------------------


def _pools(spec: TargetSpec, journey: Journey) -> dict[str, Pool]:
    """Department → its people; activities without one are done by nobody in particular."""
    log = journey.log
    if not log.has("department"):
        return {}
    events = log.completions
    people = _.resource.nunique() if log.has("resource") else ibis.null("int64")
    counted = log.engine.rows(events.group_by("department").aggregate(people=people))
    known = {row.department: row.people or None for row in counted}
    hours = _hours(spec, journey)
    return {
        d.id: Pool(d.id, known.get(d.id), hours[d.id]) for d in spec.departments if d.id in hours
    }


def _hours(spec: TargetSpec, journey: Journey) -> dict[str, tuple[Period, ...]]:
    """By the calendar of the journey, else by when the department's events happen."""
    if (calendar := journey.calendar) is not None:
        return {
            d.id: tuple(
                (day, opening.start / SECOND / HOUR, opening.end / SECOND / HOUR)
                for day, openings in enumerate(calendar.departments.get(d.id, calendar.hours).week)
                for opening in openings
            )
            for d in spec.departments
        }
    events = journey.log.completions
    table = events.select(
        "department", day=events.timestamp.day_of_week.index(), hour=events.timestamp.hour()
    )
    rows = journey.log.engine.rows(
        table.group_by("department", "day", "hour").aggregate(n=_.count())
    )
    busiest: dict[str, int] = {}
    for row in rows:
        busiest[row.department] = max(busiest.get(row.department, 0), row.n)
    found: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        if row.n >= OPEN_SHARE * busiest[row.department]:
            found.setdefault(row.department, []).append((row.day, row.hour))
    return {department: tuple(_joined(sorted(cells))) for department, cells in found.items()}


def _joined(cells: Sequence[tuple[int, int]]) -> Iterator[Period]:
    """Hours that follow each other as one period.

    >>> list(_joined([(0, 9), (0, 10), (0, 13)]))
    [(0, 9.0, 11.0), (0, 13.0, 14.0)]
    """
    periods: list[list[int]] = []
    for day, hour in cells:
        if periods and periods[-1][0] == day and periods[-1][2] == hour:
            periods[-1][2] = hour + 1
        else:
            periods.append([day, hour, hour + 1])
    return ((day, float(begin), float(end)) for day, begin, end in periods)


# -- which way ---------------------------------------------------------------------------------------


def _chances(spec: TargetSpec, journey: Journey) -> Iterator[Chance]:
    for node in target_flow(spec, "en").nodes:
        if node.kind is Kind.SPLIT and node.activity is not None:
            yield _of_optional(node, node.activity, spec, journey)
        elif node.kind is Kind.GATE and node.stage is not None:
            yield _of_gate(node, node.stage, journey)


def _of_optional(node: Node, activity: Activity, spec: TargetSpec, journey: Journey) -> Chance:
    """The share of the cases in the stage that do it."""
    stage = next(stage for stage in spec.stages if activity in stage.activities)
    reached = {facts.id: facts.cases for facts in journey.stages}.get(stage.id, 0)
    if activity.event not in journey.activity_names or not reached:
        return Chance(node.id, 0.5, say("document.simulation_even"))
    share = min(1.0, journey.activity(activity.event).cases / reached)
    return Chance(node.id, share, say("document.simulation_share", n=f"{reached:,}"))


def _of_gate(node: Node, stage: Stage, journey: Journey) -> Chance:
    """Before the win the share that wins, else the share that reaches a further stage."""
    if stage.probability is not None and any(a.outcome == "won" for a in stage.activities):
        return Chance(node.id, stage.probability, say("document.simulation_wins"))
    facts = {facts.id: facts for facts in journey.stages}.get(stage.id)
    if facts is None or facts.conversion.value is None:
        return Chance(node.id, 1.0, say("document.simulation_all_pass"))
    n = f"{facts.conversion.n:,}"
    return Chance(node.id, facts.conversion.value, say("document.simulation_conversion", n=n))
