"""Random processes and cases, and where the specification says each case must end.

The prediction knows nothing of BPMN, DMN or FEEL: criteria come with a Python function that says the
same, and the walk through the stages is a loop.
"""

from __future__ import annotations

import datetime
import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from journeylib.scenarios import Case, Event
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import (
    Activity,
    Criterion,
    DataHandover,
    Department,
    HandedItem,
    InformationItem,
    Provenance,
    Stage,
)
from journeylib.terms import Clock, Span, Text

WHY = Provenance(method="workshop")
DEPARTMENTS = ("市场部", "Sales", "Service & Co")
START = datetime.datetime(2025, 3, 3, 9, 0)
Known = Mapping[str, Any]
Truth = Callable[[Known, frozenset[str]], bool]


@dataclass(frozen=True)
class World:
    """A process with the truth of each of its criteria, and cases."""

    spec: TargetSpec
    truths: Mapping[str, Truth]
    cases: tuple[Case, ...]


@dataclass
class Prediction:
    """Where a case must end, with the reminders that must have gone out and the criteria unmet."""

    end: str
    at: str | None = None
    unmet: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    skipped: tuple[str, ...] = field(default=(), compare=True)


def _criteria(events: list[str]) -> list[tuple[str, Truth]]:
    """What can be asked, in FEEL and in Python; unknown values are None."""
    asked = [
        ("预算 != null", lambda k, d: k["预算"] is not None),
        ("预算 >= 3", lambda k, d: k["预算"] is not None and k["预算"] >= 3),
        ("3 > 预算", lambda k, d: k["预算"] is not None and k["预算"] < 3),
        ("预算 in [1..3)", lambda k, d: k["预算"] is not None and 1 <= k["预算"] < 3),
        ("预算 >= 1 and 预算 <= 4", lambda k, d: k["预算"] is not None and 1 <= k["预算"] <= 4),
        ("预算 in (0, 2, [4..9])", lambda k, d: k["预算"] in (0, 2) or (k["预算"] or 0) >= 4),
        ('grade in ("A", "B")', lambda k, d: k["grade"] in ("A", "B")),
        ('not(grade in ("C", "D"))', lambda k, d: k["grade"] not in ("C", "D")),
        ('not(grade = "C") or signed', lambda k, d: k["grade"] != "C" or k["signed"] is True),
        ("signed", lambda k, d: k["signed"] is True),
        ("not(signed)", lambda k, d: k["signed"] is False),
        ("预算 > 限额", lambda k, d: None not in (k["预算"], k["限额"]) and k["预算"] > k["限额"]),
        ('since >= "2025-03-04"', lambda k, d: (k["since"] or "") >= "2025-03-04"),
        ("true", lambda k, d: True),
    ]
    for event in events:
        asked.append((f'"{event}" in done', lambda k, d, e=event: e in d))
        asked.append((f'not("{event}" in done)', lambda k, d, e=event: e not in d))
    return asked


VALUES: Mapping[str, tuple[Any, ...]] = {
    "预算": (0, 1, 2.5, 3, 4, "2", ""),
    "限额": (1, 3),
    "grade": ("A", "B", "C", " "),
    "signed": (True, False, "true"),
    "since": (datetime.date(2025, 3, 3), datetime.date(2025, 3, 9)),
}
TYPES = {
    "预算": "number",
    "限额": "number",
    "grade": "string",
    "signed": "boolean",
    "since": "date",
}


def world(seed: int, cases: int = 5) -> World:
    """The same seed gives the same world."""
    rng = random.Random(seed)
    sizes = [rng.randint(0, 4) for _ in range(rng.randint(1, 4))]
    activities = [[_activity(rng, s, i) for i in range(size)] for s, size in enumerate(sizes)]
    if activities[-1] and rng.random() < 0.5:
        last = activities[-1][-1]
        activities[-1][-1] = last.model_copy(update={"outcome": "won", "required": True})
    events = [a.event for stage in activities for a in stage]
    truths: dict[str, Truth] = {}
    stages = tuple(
        _stage(rng, s, tuple(found), events, truths) for s, found in enumerate(activities)
    )
    spec = TargetSpec(
        name=Text("目标", "Target"),
        lifecycle="b2b",
        source="f" * 16,
        departments=tuple(Department(id=d, name=Text.same(d)) for d in DEPARTMENTS),
        information=tuple(
            InformationItem(id=i, name=Text.same(i), attribute=f"col {i}", type=kind)
            for i, kind in TYPES.items()
        ),
        stages=stages,
    )
    return World(spec, truths, tuple(_case(rng, spec, f"C{n}") for n in range(cases)))


def _activity(rng: random.Random, stage: int, place: int) -> Activity:
    span = rng.choice([
        Span(rng.randint(1, 9), "h"), Span(1.5, "h"), Span(2, "d"), Span(3, "h", Clock.WORKING),
    ])  # fmt: skip
    return Activity(
        id=rng.choice([f"a-{stage}-{place}", f"活动{stage}_{place}"]),
        event=f"做{stage}.{place}",
        name=Text.same(f"做 <{stage}.{place}>"),
        required=rng.random() < 0.7,
        department=rng.choice([None, *DEPARTMENTS]),
        customer=rng.choice([None, "meets", "initiates"]),
        sla=span if rng.random() < 0.6 else None,
        why=WHY,
    )


def _stage(
    rng: random.Random,
    number: int,
    activities: tuple[Activity, ...],
    events: list[str],
    truths: dict[str, Truth],
) -> Stage:
    criteria = []
    for place, (text, truth) in enumerate(
        rng.sample(_criteria(events), rng.choice((0, 0, 0, 1, 2)))
    ):
        id = f"c{number}.{place}"
        truths[id] = truth
        criteria.append(Criterion(id=id, when=text, text=Text.same(text), why=WHY))
    source, target = rng.sample(DEPARTMENTS, 2)
    handed = (HandedItem(item="预算", why=WHY), HandedItem(item="grade", why=WHY))
    return Stage(
        id=f"stage-{number}",
        name=Text.same(f"阶段{number}"),
        definition=Text("", ""),
        exit=tuple(criteria),
        activities=activities,
        handovers=(
            DataHandover(id=f"h{number}", source=source, target=target, items=handed, why=WHY),
        ),
    )


def _case(rng: random.Random, spec: TargetSpec, id: str) -> Case:
    clock, events = START, []
    fate = rng.choice([0.3, 0.7, 0.9, 1.0])
    for activity in spec.activities:
        if rng.random() < fate:
            clock += datetime.timedelta(hours=rng.choice([0, 0.5, 1.5, 4, 9, 50, -2]))
            known = {
                rng.choice([name, f"col {name}"]): rng.choice(values)
                for name, values in VALUES.items()
                if rng.random() < 0.4
            }
            events.append(Event(activity.event, clock, known))
    events.append(Event("stray", START + datetime.timedelta(hours=1)))
    return Case(id, tuple(events), clock + datetime.timedelta(hours=rng.choice([0, 30, 300])))


def predicted(world: World, case: Case) -> Prediction:
    """The end of `case`, from the words of the specification alone."""
    events = sorted(case.events, key=lambda e: e.at)
    until = max(case.until or events[-1].at, events[-1].at)
    steps = list(_steps(world.spec))
    now, late, skipped = events[0].at, [], []
    for place, step in enumerate(steps):
        later = {a.event for a in steps[place + 1 :] if isinstance(a, Activity)}
        goes_on = any(e.activity in later for e in events)
        if isinstance(step, Stage):
            known, done = _known(events, now), frozenset(e.activity for e in events if e.at <= now)
            unmet = tuple(c.id for c in step.exit if not world.truths[c.id](known, done))
            if unmet or (later and not step.exit and not goes_on):
                return Prediction("stopped", step.id, unmet, tuple(late), tuple(skipped))
            continue
        times = [e.at for e in events if e.activity == step.event]
        if not times and (goes_on or not step.required):
            skipped += [step.id] if step.required else []
            continue
        then = max(now, min(times)) if times else max(now, until)
        if step.sla and (then - now).total_seconds() > step.sla.seconds:
            late.append(step.id)
        if not times:
            return Prediction("waiting", step.id, (), tuple(late), tuple(skipped))
        now = then
    return Prediction("goal", None, (), tuple(late), tuple(skipped))


def _steps(spec: TargetSpec) -> Iterator[Activity | Stage]:
    """Activities, and each stage as its gate: last, or before what wins."""
    for stage in spec.stages:
        ahead = list(itertools.takewhile(lambda a: a.outcome != "won", stage.activities))
        yield from (*ahead, stage, *stage.activities[len(ahead) :])


def _known(events: list[Event], now: datetime.datetime) -> dict[str, Any]:
    known: dict[str, Any] = dict.fromkeys(VALUES)
    for event in events:
        for name, value in event.known.items():
            if event.at <= now and str(value).strip():
                known[name.removeprefix("col ")] = _as_typed(name.removeprefix("col "), value)
    return known


def _as_typed(name: str, value: Any) -> Any:
    match TYPES[name]:
        case "number":
            return float(value)
        case "boolean":
            return value in (True, "true")
    return str(value)
