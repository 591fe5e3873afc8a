"""Where a log leaves the target flow: steps it does not have, what is left out, what is unspecified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from journeylib.checking.counted import Counted
from journeylib.journey import Journey
from journeylib.spec.model import TargetSpec
from journeylib.terms import plain

Departure = Literal["skip", "back", "repeat", "unknown"]


@dataclass(frozen=True, slots=True)
class OffFlow:
    """A step between two activities that the target flow does not have, and in what way.

    ``skip`` leaps over required activities (`passed`), ``back`` returns, ``repeat`` does the same again
    though it is not meant to be repeated, ``unknown`` begins or ends at an unspecified activity.
    """

    source: str
    target: str
    departure: Departure
    count: int
    cases: int
    passed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A required activity that cases went past: `cases` of `of` that should have done it."""

    activity: str
    stage: str
    cases: int
    of: int


@dataclass(frozen=True, slots=True)
class Unspecified:
    """An activity of the log that the specification does not know."""

    activity: str
    events: int
    cases: int


@dataclass(frozen=True)
class Deviations:
    """All departures from the target flow, the most frequent first."""

    moves: tuple[OffFlow, ...]
    skipped: tuple[Skipped, ...]
    unspecified: tuple[Unspecified, ...]

    def to_dict(self) -> dict[str, Any]:
        """The ``deviations`` object of ``check.json``."""
        moves = [plain(move) for move in self.moves]
        for move in moves:
            move["from"], move["to"] = move.pop("source"), move.pop("target")
        return {
            "moves": moves,
            "skipped": [plain(skipped) for skipped in self.skipped],
            "unspecified": [plain(unspecified) for unspecified in self.unspecified],
        }


def deviations_of(spec: TargetSpec, journey: Journey, rules: Iterable[Counted]) -> Deviations:
    """The departures of a journey; recording a loss is a way out of every step."""
    skipped = [
        Skipped(c.rule.activities[0], str(c.rule.stage), c.violated, c.decided)
        for c in rules
        if c.rule.kind == "required" and c.violated
    ]
    return Deviations(
        moves=tuple(sorted(_off_flow(spec, journey), key=lambda m: (-m.count, m.source, m.target))),
        skipped=tuple(sorted(skipped, key=lambda s: (-s.cases, s.activity))),
        unspecified=tuple(
            sorted(_unspecified(spec, journey), key=lambda u: (-u.events, u.activity))
        ),
    )


def _off_flow(spec: TargetSpec, journey: Journey) -> Iterator[OffFlow]:
    place = {activity.event: n for n, activity in enumerate(spec.activities)}
    allowed = allowed_moves(spec)
    losing = {a.name for a in journey.activities if a.decides == "lost"} - place.keys()
    for move in journey.moves:
        if (move.source, move.target) in allowed or move.target in losing:
            continue
        passed: tuple[str, ...] = ()
        departure = _departure(place, move.source, move.target)
        if departure == "skip":
            between = spec.activities[place[move.source] + 1 : place[move.target]]
            passed = tuple(activity.event for activity in between if activity.required)
        yield OffFlow(move.source, move.target, departure, move.count, move.cases, passed)


def _departure(place: Mapping[str, int], source: str, target: str) -> Departure:
    if source not in place or target not in place:
        return "unknown"
    if source == target:
        return "repeat"
    return "back" if place[target] < place[source] else "skip"


def allowed_moves(spec: TargetSpec) -> frozenset[tuple[str, str]]:
    """The pairs of activities (by their names in the log) that may follow each other directly.

    Without transitions any step forward that passes over nothing required may be taken.
    """
    by_id = {activity.id: activity for activity in spec.activities}
    again = {(a.event, a.event) for a in spec.activities if a.repeatable}
    if spec.transitions:
        steps = {(by_id[t.source].event, by_id[t.target].event) for t in spec.transitions}
    else:
        steps = set(_forward(spec))
    return frozenset(steps | again)


def _forward(spec: TargetSpec) -> Iterator[tuple[str, str]]:
    flow = spec.activities
    for n, activity in enumerate(flow):
        for follower in flow[n + 1 :]:
            yield activity.event, follower.event
            if follower.required:
                break


def entries(spec: TargetSpec) -> tuple[str, ...]:
    """The activities a case may begin with: up to the first required one."""
    names = []
    for activity in spec.activities:
        names.append(activity.event)
        if activity.required:
            break
    return tuple(names)


def endings(spec: TargetSpec) -> tuple[str, ...]:
    """The activities a finished case may end with: nothing required comes after them."""
    names = []
    for activity in reversed(spec.activities):
        names.append(activity.event)
        if activity.required:
            break
    return tuple(reversed(names))


def _unspecified(spec: TargetSpec, journey: Journey) -> Iterator[Unspecified]:
    known = {activity.event for activity in spec.activities}
    for activity in journey.activities:
        if activity.name not in known and activity.decides != "lost":
            yield Unspecified(activity.name, activity.events, activity.cases)
