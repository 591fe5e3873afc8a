"""`Source`: what a desk needs to know of a journey, be it there with its log or prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from journeylib.annotations import Claim, Places
from journeylib.terms import Lang, Text
from journeylib.workshop.board.shown import CaseTable, Hung, Shown
from journeylib.workshop.board.view import Offered, View


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict as it is told on the board: its cases by the names they have there."""

    outcome: str
    words: Text
    cases: tuple[str, ...] = ()
    sql: str = ""

    @property
    def public(self) -> Ruling:
        """The same without its cases and its SQL."""
        return Ruling(self.outcome, self.words)

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """As the browser reads it."""
        words, cases = self.words.in_(lang), list(self.cases)
        return {"outcome": self.outcome, "words": words, "cases": cases, "sql": self.sql}


class Source(Protocol):
    """A journey to be shown and asked; all it cannot do it refuses with a reason."""

    offered: Offered
    places: Places

    def choices(self, lang: Lang) -> Mapping[str, Any]:
        """What can be chosen."""

    def shown(self, view: View) -> Shown:
        """The picture for a view."""

    def with_cards(self, view: View, cards: Sequence[Hung]) -> Shown:
        """The same with the cards of the room in it, where it has a place for them."""

    def cases(self, view: View, pin: str) -> CaseTable:
        """The cases behind a part of the picture."""

    def tracks(self, view: View) -> Mapping[str, Any]:
        """How cases move through the picture."""

    def suggestions(self, text: str, lang: Lang) -> list[dict[str, Any]]:
        """What a card in free text might claim."""

    def ruling(self, claim: Claim) -> Ruling:
        """What the log says to a claim."""

    def finding(self, id: str) -> tuple[str, Text] | None:
        """Kind and title of a finding."""

    def refresh(self) -> bool:
        """Look whether anything that is told has changed; whether it has."""
