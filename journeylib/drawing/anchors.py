"""Where on the map a finding belongs: its locus as a box, an edge or a stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from journeylib.findings.finding import Finding
from journeylib.journey import ActivityFacts, Journey
from journeylib.terms import normalised

_LEVELS = ("name", "stage", "department", "system", "channel")


@dataclass(frozen=True, slots=True)
class OnActivity:
    """The finding concerns one activity."""

    activity: str


@dataclass(frozen=True, slots=True)
class OnMove:
    """The finding concerns the step from one activity to the next."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class OnStage:
    """The finding concerns a whole stage."""

    stage: str


Anchor = OnActivity | OnMove | OnStage


def anchor(finding: Finding, journey: Journey) -> Anchor | None:
    """The place of `finding` on the map; None when its locus names nothing that is drawn."""
    return next(_candidates(finding, journey), None)


def _candidates(finding: Finding, journey: Journey) -> Iterator[Anchor]:
    locus = finding.locus
    for source, target in _hops(finding):
        yield from _hop(source, target, journey)
    activity = locus.get("activity")
    if activity in journey.activity_names:
        yield OnActivity(str(activity))
    stage = _stage_id(locus.get("stage"), journey)
    if stage:
        yield OnStage(stage)
    for _, target in _hops(finding):
        yield from _first_at(target, journey)


def _hops(finding: Finding) -> list[tuple[str, str]]:
    """What passes from where to where; a pair of departments may pass work both ways."""
    locus = finding.locus
    if "from" in locus and "to" in locus:
        return [(str(locus["from"]), str(locus["to"]))]
    pair = [str(name) for name in locus.get("departments", ())]
    return [(pair[0], pair[1]), (pair[1], pair[0])] if len(pair) == 2 else []


def _hop(source: str, target: str, journey: Journey) -> Iterator[Anchor]:
    """The most frequent move between the two, be they activities, stages, departments, …"""
    facts = {activity.name: activity for activity in journey.activities}
    source = _stage_id(source, journey) or source
    target = _stage_id(target, journey) or target
    for level in _LEVELS:
        for move in journey.moves:
            ends = (facts[move.source], facts[move.target])
            if (_value(ends[0], level), _value(ends[1], level)) == (source, target):
                yield OnMove(move.source, move.target)
                break


def _first_at(place: str, journey: Journey) -> Iterator[Anchor]:
    """Where no move joins the two: the busiest activity at the receiving end."""
    for level in _LEVELS:
        there = [a for a in journey.activities if _value(a, level) == place]
        if there:
            yield OnActivity(max(there, key=lambda a: (a.events, a.name)).name)


def _value(activity: ActivityFacts, level: str) -> str | None:
    value: str | None = getattr(activity, level)
    return value


def _stage_id(name: object, journey: Journey) -> str | None:
    """The id of a stage given by id or by name in either language."""
    if not isinstance(name, str) or name in journey.activity_names:
        return None
    wanted = normalised(name)
    for stage in journey.stages:
        if wanted in map(normalised, (stage.id, stage.name.zh, stage.name.en)):
            return stage.id
    return None
