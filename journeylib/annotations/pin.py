"""What a card is pinned to: a stable id of the map, and what stood there when it was pinned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from journeylib.annotations.characters import characters
from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.terms import Text, normalised, stable_id


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
        return self.by_id.get(id_or_name) or self._cell(id_or_name) or self._named(id_or_name)

    def again(self, pin: Pin) -> Pin | None:
        """Where `pin` is today: by its id, or else by the name it had; None for an orphan."""
        here = self.by_id.get(pin.id) or self._cell(pin.id)
        if here is not None or pin.name is None:
            return here
        return self._named(pin.name.zh, pin.id) or self._named(pin.name.en, pin.id)

    def rank(self, stage: Text | None) -> int:
        """The place of a stage in the lifecycle; what lies in none of them comes last."""
        return self.ranks.get(stage.en, len(self.ranks)) if stage else len(self.ranks) + 1

    def _cell(self, id: str) -> Pin | None:
        stage, slash, lane = id.partition("/")
        place = self.by_id.get(stage)
        if not slash or not lane or place is None or place.stage != place.name:
            return None
        assert place.name is not None, "every place of today has a name"
        name = Text(f"{place.name.zh} × {lane}", f"{place.name.en} × {lane}")
        return Pin(id=id, name=name, stage=place.name)

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
