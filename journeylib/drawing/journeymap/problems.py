"""The lanes of what was found, and of what the room pinned up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from journeylib.drawing import words
from journeylib.drawing.cards import details_of
from journeylib.drawing.estimates import estimated
from journeylib.drawing.journeymap.scene import Backing, Cell, Lane, Panel, Paper
from journeylib.drawing.journeymap.sight import Pinned, Sight
from journeylib.drawing.journeymap.telling import (
    backing_of,
    empty_cell,
    sample,
    unknown_cell,
    weakest,
)
from journeylib.findings.finding import Finding
from journeylib.journey import StageFacts
from journeylib.terms import Text, stable_id

PAPERS = 4
"""More cards in one cell than this are counted, not drawn."""


class Pinnable(Protocol):
    """A card of the workshop: where it hangs, what kind of thing it says, and what it says.

    `pin` is a stage, an activity, a move or a finding, by id or name.
    """

    @property
    def pin(self) -> str:
        """Where it hangs."""

    @property
    def kind(self) -> str:
        """Such as idea, pain, question."""

    @property
    def text(self) -> str | Text:
        """What it says."""


# -- findings ------------------------------------------------------------------------------------


def problems(sight: Sight, kind: Literal["breakpoint", "silo"]) -> Lane:
    """Findings of one kind, each in the stage where it happens."""
    cells = tuple(_problems(sight, kind, stage) for stage in sight.stages)
    return Lane(f"{kind}s", sight.tell(f"{kind}s"), sight.tell(f"{kind}s_note"), cells)


def _problems(sight: Sight, kind: str, stage: StageFacts) -> Cell:
    if sight.findings is None:
        return unknown_cell(sight.tell("not_diagnosed"), sight.lang)
    here = [p for p in sight.pinned if (p.finding.kind, p.stage) == (kind, stage.id)]
    if not here:
        return empty_cell("none_found", sight.lang)
    every = [f for f, at, _a in sight.placed if (f.kind, at) == (kind, stage.id)]
    more = len(every) - len(here)
    return Cell(
        pieces=tuple(_panel(sight, pinned) for pinned in here),
        backing=weakest(_backing(pinned.finding) for pinned in here),
        n=sample(min(p.finding.n for p in here), sight.lang),
        hidden=sight.tell("more_findings", n=more) if more else "",
    )


def _backing(finding: Finding) -> Backing:
    if finding.confidence == "too_few":
        return "thin"
    return backing_of(finding.n) if finding.confidence == "proven" else "fair"


def _panel(sight: Sight, pinned: Pinned) -> Panel:
    finding, lang = pinned.finding, sight.lang
    surety = sight.tell(finding.confidence)
    told = []
    if finding.estimate is not None:
        ends = (finding.ci_low, finding.ci_high)
        told.append(estimated(finding.estimate, *ends, finding.unit, lang))
    if finding.comparator is not None:
        against = words.amount(finding.comparator, finding.unit, lang)
        told.append(sight.tell("against", value=against))
    told += [sample(finding.n, lang), surety]
    if finding.gain:
        told.append(sight.tell("gain", value=words.duration(finding.gain, lang)))
    told += _answer(sight, finding)
    details = details_of(pinned.badge, finding, lang)
    return Panel(pinned.badge, finding.title.in_(lang), tuple(told), details)


def _answer(sight: Sight, finding: Finding) -> list[str]:
    """Which stages of the target process are meant to put it right."""
    answering = [
        s.name.in_(sight.lang) for s in sight.target_stages.values() if finding.id in s.answers
    ]
    return [sight.tell("answered", stages=sight.tell("comma").join(answering))] if answering else []


# -- cards ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pinboard:
    """The lane of cards, and how many hang on nothing that the map shows."""

    lane: Lane
    unplaced: int


def pinboard(sight: Sight, cards: Iterable[Pinnable]) -> Pinboard:
    """Cards in the stage of what they are pinned to."""
    places, hung, lost = _places(sight), {s.id: [] for s in sight.stages}, 0  # type: ignore[var-annotated]
    for card in cards:
        stage = places.get(card.pin)
        if stage is None:
            lost += 1
        else:
            hung[stage].append(card)
    cells = tuple(_papers(sight, hung[stage.id]) for stage in sight.stages)
    return Pinboard(Lane("cards", sight.tell("cards"), sight.tell("cards_note"), cells), lost)


def _papers(sight: Sight, cards: Sequence[Pinnable]) -> Cell:
    if not cards:
        return empty_cell("no_cards", sight.lang)
    more = len(cards) - PAPERS
    pieces = tuple(Paper(card.kind, _said(card, sight)) for card in cards[:PAPERS])
    hidden = sight.tell("more_cards", n=more) if more > 0 else ""
    return Cell(pieces, "none", sight.tell("n_cards", n=len(cards)), hidden)


def _said(card: Pinnable, sight: Sight) -> str:
    return card.text.in_(sight.lang) if isinstance(card.text, Text) else card.text


def _places(sight: Sight) -> dict[str, str]:
    """What a card may be pinned to, and the stage that is in."""
    stage_of = {a.name: a.stage for a in sight.journey.activities}
    places = {finding.id: stage for finding, stage, _a in sight.placed if stage is not None}
    places |= {move.id: stage_of[move.target] for move in sight.journey.moves}
    places |= {a.id: a.stage for a in sight.journey.activities} | stage_of
    for stage in sight.stages:
        names = (stage.name.zh, stage.name.en, stable_id("s", stage.id), stage.id)
        places |= dict.fromkeys(names, stage.id)
    return places
