"""`attach`: notes of an earlier workshop on the map of today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from journeylib.annotations.card import Card
from journeylib.annotations.notes import Annotations
from journeylib.annotations.pin import Pin, Places
from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.wording import so_many


@dataclass(frozen=True, slots=True)
class Moved:
    """A pin whose id is gone, found again by its name: look whether it still means the same."""

    card: str
    before: Pin
    after: Pin


@dataclass(frozen=True)
class Attached:
    """The cards with their pins as they are today; it goes wherever `Annotations` go.

    `moved` were found by name alone. `lost` are pins that are nowhere on the map; a card none of whose
    pins is there is an orphan. Orphans stay among the cards.
    """

    notes: Annotations
    places: Places
    cards: tuple[Card, ...]
    moved: tuple[Moved, ...]
    lost: tuple[tuple[str, Pin], ...]

    @property
    def orphans(self) -> tuple[Card, ...]:
        """The cards with pins, none of which is on the map."""
        gone = {(card, pin.id) for card, pin in self.lost}
        return tuple(
            card
            for card in self.cards
            if card.places and all((card.id, pin.id) in gone for pin in card.places)
        )

    def __iter__(self) -> Iterator[Card]:
        return iter(self.cards)

    def __len__(self) -> int:
        return len(self.cards)

    def __repr__(self) -> str:
        return (
            f"Attached({so_many(len(self), 'card')}: {so_many(len(self.moved), 'pin')} found by name, "
            f"{len(self.lost)} lost, {so_many(len(self.orphans), 'orphan')})"
        )


def attach(notes: Annotations, journey: Journey, findings: Findings | None = None) -> Attached:
    """Find the pins of `notes` on the map of `journey`: by id, or else by the name they had."""
    places = Places.of(journey, findings)
    cards: list[Card] = []
    moved: list[Moved] = []
    lost: list[tuple[str, Pin]] = []
    for card in notes.cards:
        now = [(pin, places.again(pin)) for pin in card.places]
        moved += [Moved(card.id, old, new) for old, new in now if new and new.id != old.id]
        lost += [(card.id, old) for old, new in now if new is None]
        cards.append(replace(card, places=tuple(new or old for old, new in now)))
    return Attached(notes, places, tuple(cards), tuple(moved), tuple(lost))
