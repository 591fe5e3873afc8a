"""Cards, people and the agenda as the browser reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from journeylib.annotations import Agenda, Annotations, Card, Pin, Places
from journeylib.annotations.line import CONTENT, now, written
from journeylib.terms import LANGS, Lang, Text, load_template, say
from journeylib.workshop.board.shown import Shown
from journeylib.workshop.board.source import Ruling

AgendaTold = Mapping[Lang, Mapping[str, Any] | None]

JUDGES = "judges"
"""The field of a card's first line that names the finding it decides on."""


@dataclass(frozen=True, eq=False, slots=True)
class Noted:
    """Cards and findings as they were told for these notes, in this picture, to this person."""

    notes: Annotations
    shown: Shown
    by: str | None
    cards: list[dict[str, Any]]
    findings: list[dict[str, Any]]

    def is_of(self, notes: Annotations, shown: Shown, by: str | None) -> bool:
        """Whether these are the same."""
        return self.notes is notes and self.shown is shown and self.by == by


def card_dict(
    card: Card, places: Places, ruling: Ruling | None, lang: Lang, by: str | None
) -> dict[str, Any]:
    """One card: where its pins are today, whose dots it has, what the log says to its claim."""
    now = [(pin, places.again(pin)) for pin in card.places]
    return {
        "id": card.id,
        "kind": card.kind,
        "text": card.text,
        "author": card.author,
        "owner": card.owner,
        "status": card.status,
        "votes": card.dots,
        "mine": card.votes.get(by, 0) if by else 0,
        "importance": card.importance,
        "urgency": card.urgency,
        "at": card.at,
        "pins": [_pin_dict(old, today, lang) for old, today in now],
        "claim": _claim_dict(card, places, lang),
        "verdict": None if ruling is None else ruling.to_dict(lang),
        "orphan": is_orphan(card, places),
    }


def is_orphan(card: Card, places: Places) -> bool:
    """Whether a card is pinned, but to nothing that is on the map today."""
    return bool(card.places) and not any(places.again(pin) for pin in card.places)


def hung_today(card: Card, places: Places) -> str:
    """Where the map hangs a card: at the first place that is there today, for a cell in its stage."""
    here = (today for pin in card.places if (today := places.again(pin)))
    place = next(here, None)
    if place is None:
        return card.pin
    in_cell = place.id not in places.by_id and place.stage is not None
    return place.stage.en if in_cell and place.stage else place.id


def _pin_dict(old: Pin, today: Pin | None, lang: Lang) -> dict[str, Any]:
    pin = today or old
    return {"id": pin.id, "label": pin.label.in_(lang), "here": today is not None}


def _claim_dict(card: Card, places: Places, lang: Lang) -> dict[str, Any] | None:
    if card.claim is None:
        return None
    names: dict[str, Text] = {id: pin.label for id, pin in places.by_id.items()}
    return {"words": card.claim.words(names).in_(lang)} | card.claim.model_dump(mode="json")


def decisions(notes: Annotations) -> dict[str, Card]:
    """The card by which the room decides, by finding: known by its first line, whatever became of it."""
    judged = {
        line.card: str((line.model_extra or {})[JUDGES])
        for line in notes.lines
        if line.id == line.card and JUDGES in (line.model_extra or {})
    }
    return {judged[card.id]: card for card in reversed(notes.cards) if card.id in judged}


def with_line(
    notes: Annotations, content: Mapping[str, Any], *, by: str, card: Card | None = None
) -> Annotations:
    """The notes with one line more: a new card, or all that is different of `card` at once.

    One line is one step back for `Annotations.undo`.
    """
    before = {} if card is None else {name: getattr(card, name) for name in CONTENT}
    line = written(
        {**before, **content},
        by=by,
        at=now(),
        n=1 + max((line.n for line in notes.lines), default=0),
        card=None if card is None else card.id,
        supersedes=() if card is None else card.lines,
    )
    return Annotations.of((*notes.lines, line), notes.unreadable)


def dots_of(notes: Annotations, by: str, besides: str = "") -> int:
    """The dots somebody has given, on all cards but one."""
    return sum(card.votes.get(by, 0) for card in notes.cards if card.id != besides)


def agenda_told(agenda: Agenda | None) -> AgendaTold:
    """The agenda in each language; None where there is none."""
    return {lang: None if agenda is None else _agenda_dict(agenda, lang) for lang in LANGS}


def _agenda_dict(agenda: Agenda, lang: Lang) -> dict[str, Any]:
    items = [
        {
            "start": item.start,
            "minutes": item.minutes,
            "name": item.name.in_(lang),
            "purpose": item.purpose.in_(lang),
            "materials": [needed.in_(lang) for needed in item.materials],
        }
        for item in agenda.items
    ]
    name, aim = agenda.name.in_(lang), agenda.aim.in_(lang)
    return {"name": name, "aim": aim, "minutes": agenda.minutes, "items": items}


def words(lang: Lang) -> Mapping[str, str]:
    """All labels of the user interface, their ``{fields}`` left open."""
    shown = {key: entry[lang] for key, entry in load_template("text", "board").items()}
    return shown | {"outcome_waiting": say("desk.outcome_waiting").in_(lang)}
