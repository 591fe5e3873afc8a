"""From a goal in words to a `Goal` with a mined baseline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ibis import _

from journeylib.findings.finding import Findings
from journeylib.goals.catalogue import Entry, catalogue, measure_words
from journeylib.goals.kpis import baseline
from journeylib.goals.reading import GoalReading, read_goal
from journeylib.journey import Journey
from journeylib.lifecycle import Lifecycle
from journeylib.mining import mine
from journeylib.spec.goals import smart_gaps
from journeylib.spec.parts import Goal
from journeylib.terms import Clock, Fact, Text, say, stable_id

MOST_FINDINGS = 5


def read(text: str, journey: Journey | None = None, today: date | None = None) -> GoalReading:
    """What a goal in free text says, by the names of `journey` where there is one.

    Dates such as "Q1" are counted from `today`; without it from the end of the log.
    """
    if journey is None:
        return read_goal(text, stages=_stage_names(Lifecycle.load("b2b")), today=today)
    return read_goal(
        text,
        stages=_stages_of(journey),
        activities=[activity.name for activity in journey.activities],
        segments=_segments(journey),
        today=today or journey.log.totals.last.date(),
    )


def goal_from(
    text: str, journey: Journey, findings: Findings | None = None, *, today: date | None = None
) -> Goal:
    """The goal that `text` states, its baseline mined from `journey`.

    What is relative ("15 % more") becomes a figure on the mined baseline. What could not be understood
    is in `lint_goal`, what the goal lacks in `Goal.missing`; findings of its kind and place are linked.
    """
    reading = read(text, journey, today)
    return goal_of(reading, population(journey, reading), findings)


def population(journey: Journey, reading: GoalReading) -> Journey:
    """The journey of the cases the goal is about."""
    if reading.population is None:
        return journey
    log = journey.log.where(segment=reading.population)
    return mine(log, journey.lifecycle, journey.calendar)


def goal_of(reading: GoalReading, journey: Journey, findings: Findings | None = None) -> Goal:
    """The goal of a text that has been read, on the journey of its population."""
    if reading.measure is None:
        return _unmeasured(reading)
    entry = catalogue()[reading.measure]
    fact = _baseline(journey, reading)
    goal = Goal.model_validate(
        {
            "id": stable_id("g", *filter(None, (entry.id, reading.place, reading.population))),
            "name": _name(journey, reading),
            "definition": _definition(entry),
            "measure": entry.id,
            "of": _place_id(journey, reading.place),
            "better": entry.better,
            "baseline": fact,
            "target": target_of(reading, entry, fact),
            "due": reading.due,
            "findings": related(entry.id, reading.place, journey, findings),
        }
    )
    return goal.model_copy(update={"missing": smart_gaps(goal)})


def target_of(reading: GoalReading, entry: Entry, fact: Fact) -> float | None:
    """The target in the unit of the baseline; None where the text has none that fits."""
    if reading.target is not None:
        return _fitting(reading.target, reading.unit, entry.unit)
    if reading.change is None or fact.value is None:
        return None
    sign = 1 if (reading.direction or _towards(entry)) == "up" else -1
    if reading.change_unit == "share":
        return round(fact.value * (1 + sign * reading.change), 9)
    change = _fitting(
        reading.change,
        "share" if reading.change_unit == "point" else reading.change_unit,
        entry.unit,
    )
    return None if change is None else round(fact.value + sign * change, 9)


def related(
    measure: str, of: str | None, journey: Journey, findings: Findings | None
) -> tuple[str, ...]:
    """Ids of the findings that explain such a measure at this place, the first in rank."""
    if findings is None:
        return ()
    types = _ANSWERS.get(measure, ())
    found = [
        f.id
        for f in findings
        if f.type in types and f.confidence != "too_few" and _touches(f.locus, of, journey)
    ]
    return tuple(found[:MOST_FINDINGS])


_SLOW = ("slow_transition", "bottleneck", "rework_loop", "ping_pong", "handover_latency")
_ANSWERS = {
    "cycle_time": _SLOW,
    "dwell": _SLOW,
    "wait": ("slow_transition", "bottleneck", "handover_latency", "sla_breach"),
    "response_time": ("slow_transition", "unanswered", "sla_breach"),
    "conversion": ("drop_off", "stage_skip", "stage_regression"),
    "win_rate": ("drop_off",),
    "won_cases": ("drop_off",),
    "won_amount": ("drop_off",),
    "filling": ("gate_incomplete", "carry_over_loss", "re_entry"),
    "logging": ("rule",),
}


def _touches(locus: object, of: str | None, journey: Journey) -> bool:
    """Whether a finding lies at the stage or activity; without one it always does."""
    if of is None:
        return True
    assert isinstance(locus, dict)
    stage_of = {activity.name: activity.stage for activity in journey.activities}
    named = [value for value in locus.values() if isinstance(value, str)]
    return of in named or of in (stage_of.get(name) for name in named)


# -- parts of a goal -------------------------------------------------------------------------------


def _unmeasured(reading: GoalReading) -> Goal:
    better: Literal["higher", "lower"] = "lower" if reading.direction == "down" else "higher"
    goal = Goal(
        id=stable_id("g", reading.text),
        name=Text.same(reading.text.strip() or "–"),
        definition=say("goal.no_measure"),
        better=better,
        baseline=Fact.unknown("–", say("goal.no_measure")),
        due=reading.due,
    )
    return goal.model_copy(update={"missing": smart_gaps(goal)})


def _baseline(journey: Journey, reading: GoalReading) -> Fact:
    """In working time where the text asks for it and the journey can tell."""
    measure = str(reading.measure)
    if reading.working and measure == "cycle_time" and journey.cycle_time_working is not None:
        return journey.cycle_time_working
    fact = baseline(journey, measure, reading.place)
    if reading.working and fact.clock is Clock.CALENDAR:
        return Fact.unknown("h", say("goal.no_working"), n=fact.n, clock=Clock.WORKING)
    return fact


def _place_id(journey: Journey, place: str | None) -> str | None:
    """As a specification refers to it; a text names activities as the log does."""
    return {activity.name: activity.id for activity in journey.activities}.get(place or "", place)


def _name(journey: Journey, reading: GoalReading) -> Text:
    name = measure_words(journey, str(reading.measure), reading.place)
    if reading.population is None:
        return name
    return say("goal.of_population", name=name, population=reading.population)


def _definition(entry: Entry) -> Text:
    if entry.id == "conversion":
        return say("spec.goal_conversion_def")
    return entry.definition


def _fitting(value: float, unit: str | None, wanted: str) -> float | None:
    """A number of a text in the measure's unit; a bare number above 1 is per cent of a share."""
    if wanted in ("h", "share") and unit == wanted:
        return value
    if wanted == "share" and unit == "count" and 1 < value <= 100:
        return round(value / 100, 9)
    return value if wanted not in ("h", "share") and unit == "count" else None


def _towards(entry: Entry) -> str:
    return "up" if entry.better == "higher" else "down"


# -- names of the journey --------------------------------------------------------------------------


def _stage_names(lifecycle: Lifecycle) -> list[tuple[str, str]]:
    return [
        (stage.id, name)
        for stage in lifecycle.stages
        for name in (stage.id, stage.name.zh, stage.name.en, *stage.names)
    ]


def _stages_of(journey: Journey) -> list[tuple[str, str]]:
    have = [stage.id for stage in journey.stages]
    known = [(id, name) for id, name in _stage_names(journey.lifecycle) if id in have]
    own = [(s.id, name) for s in journey.stages for name in (s.id, s.name.zh, s.name.en)]
    return list(dict.fromkeys((*known, *own)))


def _segments(journey: Journey) -> Sequence[str]:
    if not journey.log.has("segment"):
        return ()
    c = journey.case_table
    rows = journey.log.engine.rows(c.filter(_.segment.notnull())[["segment"]].distinct())
    return sorted(str(row.segment) for row in rows)
