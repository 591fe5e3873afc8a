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
    return Anchoring(journey).of(finding)


class Anchoring:
    """The places of one journey, looked through once for all of its findings."""

    def __init__(self, journey: Journey) -> None:
        self._names = journey.activity_names
        self._stages = dict(_stage_names(journey))
        facts = {activity.name: activity for activity in journey.activities}
        self._moves: dict[tuple[str, str | None, str | None], OnMove] = {}
        self._busiest: dict[tuple[str, str | None], ActivityFacts] = {}
        for level in _LEVELS:
            value = {name: _value(activity, level) for name, activity in facts.items()}
            for move in journey.moves:
                ends = (level, value[move.source], value[move.target])
                self._moves.setdefault(ends, OnMove(move.source, move.target))
            for activity in sorted(journey.activities, key=lambda a: (a.events, a.name)):
                self._busiest[level, value[activity.name]] = activity

    def of(self, finding: Finding) -> Anchor | None:
        """The place of `finding`; None when its locus names nothing that is drawn."""
        return next(self._candidates(finding), None)

    def _candidates(self, finding: Finding) -> Iterator[Anchor]:
        locus = finding.locus
        for source, target in _hops(finding):
            yield from self._hop(source, target)
        activity = locus.get("activity")
        if activity in self._names:
            yield OnActivity(str(activity))
        stage = self._stage_id(locus.get("stage"))
        if stage:
            yield OnStage(stage)
        for _, target in _hops(finding):
            yield from self._first_at(target)

    def _hop(self, source: str, target: str) -> Iterator[Anchor]:
        """The most frequent move between the two, be they activities, stages, departments, …"""
        ends = (self._stage_id(source) or source, self._stage_id(target) or target)
        for level in _LEVELS:
            if (level, *ends) in self._moves:
                yield self._moves[level, *ends]

    def _first_at(self, place: str) -> Iterator[Anchor]:
        """Where no move joins the two: the busiest activity at the receiving end."""
        for level in _LEVELS:
            if (level, place) in self._busiest:
                yield OnActivity(self._busiest[level, place].name)

    def _stage_id(self, name: object) -> str | None:
        """The id of a stage given by id or by name in either language."""
        if not isinstance(name, str) or name in self._names:
            return None
        return self._stages.get(normalised(name))


def _hops(finding: Finding) -> list[tuple[str, str]]:
    """What passes from where to where; a pair of departments may pass work both ways."""
    locus = finding.locus
    if "from" in locus and "to" in locus:
        return [(str(locus["from"]), str(locus["to"]))]
    pair = [str(name) for name in locus.get("departments", ())]
    return [(pair[0], pair[1]), (pair[1], pair[0])] if len(pair) == 2 else []


def _value(activity: ActivityFacts, level: str) -> str | None:
    value: str | None = getattr(activity, level)
    return value


def _stage_names(journey: Journey) -> Iterator[tuple[str, str]]:
    """Ids of stages by what they may be called; the first stage of that name counts."""
    for stage in reversed(journey.stages):
        for name in (stage.id, stage.name.zh, stage.name.en):
            yield normalised(name), stage.id
