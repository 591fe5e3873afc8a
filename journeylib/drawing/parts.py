"""`Part`: what is told of a part of the picture that can be chosen, by its pin.

A pin is an id that `annotations.Places` knows: of a stage, an activity, a step, a finding, or of a cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from journeylib.drawing.rows import Details
from journeylib.drawing.scene import Badge, Scene


@dataclass(frozen=True, slots=True)
class Part:
    """What kind of thing it is (``activity``, ``move``, ``cell`` …), its name, and what is known of it.

    `rows` are names and values, all in the language of the picture.
    """

    kind: str
    label: str
    rows: Details


def parts(scene: Scene) -> dict[str, Part]:
    """All parts of the flow view, by pin."""
    return {pin: part for _, pin, part in listed(scene)}


def listed(scene: Scene) -> Iterator[tuple[str, str, Part]]:
    """Id in the picture, pin and part, in the order in which one reads the picture."""
    for card in scene.cards:
        yield card_id(card.badge), card.badge.finding, finding_part(card.badge, card.details)
    stages = {box.pin: box.details for box in scene.boxes if box.kind == "stage"}
    for band in scene.bands:
        yield band.id, band.pin, Part("stage", band.name, stages.get(band.pin, band.details))
    names = {box.id: box.label for box in scene.boxes}
    for box in scene.boxes:
        yield box.id, box.pin, Part(box.kind, box.label, box.details)
    for edge in reversed(scene.edges):
        label = f"{names[edge.source]} → {names[edge.target]}"
        yield edge.id, edge.pin, Part("move", label, edge.details)


def behind(scene: Scene, pin: str) -> tuple[tuple[str, ...], ...]:
    """The activities of the log behind a pin: of a box or a stage, or those at both ends of a line.

    Empty for findings and for whatever this picture does not show.
    """
    members = {box.id: box.members for box in scene.boxes}
    for edge in scene.edges:
        if edge.pin == pin:
            return (members[edge.source], members[edge.target])
    stages = {band.pin: band.stage for band in scene.bands}
    inside = (box for box in scene.boxes if box.pin == pin or box.stage == stages.get(pin))
    found = tuple(name for box in inside for name in box.members)
    return (found,) if found else ()


def card_id(badge: Badge) -> str:
    """Id in the picture of the card that explains a badge."""
    return f"card-{badge.finding}"


def finding_part(badge: Badge, details: Details) -> Part:
    """A finding, told alike in both views."""
    return Part("finding", f"{badge.number}. {badge.title}", details)
