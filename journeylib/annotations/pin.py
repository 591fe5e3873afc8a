"""What a card is pinned to: a stable id of the map, and what stood there when it was pinned."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from journeylib.annotations.characters import characters
from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.terms import Text, normalised, say, stable_id

OTHERS = "others"
"""The lane of the rare activities of a stage that a picture gathers in one box."""
NO_CHANNEL = "no_channel"
"""The lane of what runs through no channel."""
_ARROW = "→"
_CONTROL = re.compile("[\x00-\x1f\ufffe\uffff]")
_LANES = {
    lane: f"map.{lane}"
    for lane in (
        "customer", "frontstage", "backstage", "channels", "handovers", "systems", "information",
        "times", "conversion", "curve", "breakpoints", "silos", "cards", "reached", "steps",
    )
} | {
    "unknown": "map.unknown_side",
    OTHERS: "drawing.pin_others",
    NO_CHANNEL: "drawing.no_channel",
}  # fmt: skip
"""What lanes are called; any other is a department or a channel, which has its name itself."""


class Pin(BaseModel):
    """A place of the map: activity (``a-…``), step (``m-…``), stage, finding or cell of the grid.

    `name` and `stage` (the name of the stage it lies in) are as they were on that day: by its name a
    place is found again when its id is not, and the minutes tell it without the journey.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1)
    name: Text | None = None
    stage: Text | None = None

    @property
    def label(self) -> Text:
        """What to call it."""
        return self.name or Text.same(self.id)


def pinned(place: Pin | str) -> Pin:
    """A pin, also from a bare id, which then has no name to be found again by."""
    return place if isinstance(place, Pin) else Pin(id=characters(place))


def cell(stage: str, lane: str) -> str:
    """Id of a cell of the grid: a stage × a lane (a department, a channel, "times" …).

    >>> cell("purchase", "财务部")
    'purchase/财务部'
    """
    return f"{stage}/{lane}"


def channel_cell(stage: str, channel: str | None) -> str:
    """Id of the cell of a channel (None: of what runs through none), never that of another lane.

    >>> channel_cell("purchase", "电话"), channel_cell("purchase", "unknown")
    ('purchase/电话', 'purchase/channels/unknown')
    """
    lane = channel or NO_CHANNEL
    return cell(stage, f"channels/{lane}" if channel and lane.partition("/")[0] in _LANES else lane)


def way(stage: str, source: str, target: str) -> str:
    """Id of the way from one place to another, which arrives in `stage`: a cell of that stage.

    >>> way("purchase", "evaluation", "purchase")
    'purchase/evaluation→purchase'
    """
    return cell(stage, f"{source}{_ARROW}{target}")


def kept(id: str) -> str:
    """An id as an attribute of XML keeps it: a blank for each control character.

    >>> kept("one" + chr(10) + "two")
    'one two'
    """
    return _CONTROL.sub(" ", characters(id))


@dataclass(frozen=True)
class Places:
    """The places of a journey and its findings today, by id."""

    by_id: dict[str, Pin]
    ranks: dict[str, int]

    @classmethod
    def of(cls, journey: Journey, findings: Findings | None = None) -> Places:
        """All that can carry a pin: stages, activities, steps, findings."""
        pins = (*_stages(journey), *_activities(journey), *_moves(journey))
        found = _findings(journey, findings) if findings is not None else ()
        ranks = {stage.name.en: stage.rank for stage in journey.stages}
        return cls({pin.id: pin for pin in (*pins, *found)}, ranks)

    def pin(self, id_or_name: str) -> Pin | None:
        """The place with this id, or else the only one with this name; None where there is none."""
        return self._at(id_or_name) or self._cell(id_or_name) or self._named(id_or_name)

    def again(self, pin: Pin) -> Pin | None:
        """Where `pin` is today: by its id, or else by the name it had; None for an orphan."""
        here = None if self._is_lost_way(pin) else self._at(pin.id) or self._cell(pin.id)
        if here is not None or pin.name is None:
            return here
        return self._named(pin.name.zh, pin.id) or self._named(pin.name.en, pin.id)

    def rank(self, stage: Text | None) -> int:
        """The place of a stage in the lifecycle; what lies in none of them comes last."""
        return self.ranks.get(stage.en, len(self.ranks)) if stage else len(self.ranks) + 1

    def _cell(self, id: str) -> Pin | None:
        """A cell of a stage of today, whose id may itself have a slash in it."""
        for stage, lane in _cuts(id, "/"):
            place = self._at(stage)
            if lane and place is not None and place.stage == place.name:
                name = self._way(lane) or _joined(place.label, "×", _lane_name(lane))
                return Pin(id=id, name=name, stage=place.name)
        return None

    def _is_lost_way(self, pin: Pin) -> bool:
        """Whether it once was a way between two places of which one is gone."""
        lane = pin.id.partition("/")[2]
        if _ARROW not in lane or pin.name is None or lane in pin.name.zh:
            return False
        return not any(self._way(lane) for _stage, lane in _cuts(pin.id, "/"))

    def _way(self, lane: str) -> Text | None:
        """The name of a way between two places of today."""
        for source, target in _cuts(lane, _ARROW):
            ends = [self._at(end) or self._cell(end) for end in (source, target)]
            if ends[0] is not None and ends[1] is not None:
                return _joined(ends[0].label, _ARROW, ends[1].label)
        return None

    def _at(self, id: str) -> Pin | None:
        return self.by_id.get(id) or self._kept.get(id)

    @functools.cached_property
    def _kept(self) -> dict[str, Pin]:
        """Places by their id as XML keeps it, where that is another."""
        return {kept(id): pin for id, pin in self.by_id.items() if kept(id) != id}

    def _named(self, name: str, like: str = "") -> Pin | None:
        """The only place of this name, of the same sort as the id `like`."""
        wanted = normalised(name)
        found = [
            pin
            for pin in self.by_id.values()
            if pin.name and wanted in (normalised(pin.name.zh), normalised(pin.name.en))
            if not like or _sort(pin.id) == _sort(like)
        ]
        return found[0] if len(found) == 1 else None


def _cuts(id: str, mark: str) -> Iterator[tuple[str, str]]:
    """What stands before and after each `mark`, from the left."""
    parts = id.split(mark)
    for n in range(1, len(parts)):
        yield mark.join(parts[:n]), mark.join(parts[n:])


def _joined(one: Text, mark: str, other: Text) -> Text:
    return Text(f"{one.zh} {mark} {other.zh}", f"{one.en} {mark} {other.en}")


def _lane_name(lane: str) -> Text:
    """A lane of the map by the catalogue, with what it holds after a slash; others as they are."""
    first, slash, rest = lane.partition("/")
    if first not in _LANES:
        return Text.same(lane)
    name = say(_LANES[first])
    return _joined(name, "×", Text.same(rest)) if slash else name


def _sort(id: str) -> str:
    return id[:2] if id[1:2] == "-" else ""


def _stages(journey: Journey) -> Iterator[Pin]:
    for stage in journey.stages:
        yield Pin(id=stage.id, name=stage.name, stage=stage.name)


def _activities(journey: Journey) -> Iterator[Pin]:
    names = {stage.id: stage.name for stage in journey.stages}
    for activity in journey.activities:
        yield Pin(id=activity.id, name=Text.same(activity.name), stage=names.get(activity.stage))


def _moves(journey: Journey) -> Iterator[Pin]:
    names = {stage.id: stage.name for stage in journey.stages}
    for move in journey.moves:
        arrives = names.get(journey.activity(move.target).stage)
        name = Text.same(f"{move.source} → {move.target}")
        yield Pin(id=stable_id("m", move.source, move.target), name=name, stage=arrives)


def _findings(journey: Journey, findings: Findings) -> Iterator[Pin]:
    names = {stage.id: stage.name for stage in journey.stages}
    for finding in findings:
        yield Pin(id=finding.id, name=finding.title, stage=_stage_of(journey, names, finding.locus))


def _stage_of(journey: Journey, names: dict[str, Text], locus: object) -> Text | None:
    """Where it has to be put right: for what lies between two places, where it arrives."""
    assert hasattr(locus, "get")
    for key in ("stage", "activity", "to", "from"):
        place = str(locus.get(key))
        if place in names:
            return names[place]
        if place in journey.activity_names:
            return names.get(journey.activity(place).stage)
    return None
