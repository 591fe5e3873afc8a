"""`join`: take part in a workshop without its log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from journeylib.annotations import Claim
from journeylib.terms import Lang, Text, say
from journeylib.workshop.board.desk import Desk
from journeylib.workshop.board.exhibit import THEMES, Exhibit
from journeylib.workshop.board.refusal import refused
from journeylib.workshop.board.rulings import beside, key, read_rulings
from journeylib.workshop.board.shown import CaseTable, Hung, Shown
from journeylib.workshop.board.source import Ruling
from journeylib.workshop.board.store import Store
from journeylib.workshop.board.view import Offered, View
from journeylib.workshop.board.wall import Board

WAITING = "waiting"
"""The outcome of a claim that nobody with the log has looked at yet."""


def join(exhibit: str | Path | Exhibit, notes: str | Path, by: str | None = None) -> Board:
    """The board of a participant: pictures from an exhibit, cards in the notes file of the workshop.

    No log is read and no engine started. Cards, votes, ratings and claims go into the shared file;
    decisions are the facilitator's. Nobody proves who they are: names keep people from treading on each
    other's cards, no more. `InputError` where the exhibit cannot be read.
    """
    shown = exhibit if isinstance(exhibit, Exhibit) else Exhibit.load(exhibit)
    store = Store(notes)
    assert store.path is not None, "a path was given"
    source = Prepared(shown, beside(store.path))
    view = shown.views[shown.start][0]
    return Board(Desk(source, store, view=view, by=by, role="participant", agenda=shown.agenda))


class Prepared:
    """The source of a board whose pictures are prepared; verdicts come from a file beside the notes."""

    def __init__(self, exhibit: Exhibit, rulings: Path | None = None) -> None:
        self.exhibit, self.places = exhibit, exhibit.places
        self._made = dict(exhibit.views)
        self._file = rulings
        self._rulings = read_rulings(rulings) if rulings else {}
        segments = {s: None for view in self._made for s in (view.segment, view.against) if s}
        variants = max((view.variant or 0 for view in self._made), default=0)
        self.offered = Offered(tuple(segments), variants)

    def choices(self, lang: Lang) -> Mapping[str, Any]:
        """What can be chosen among what is prepared."""
        return self.exhibit.choices[lang]

    def shown(self, view: View) -> Shown:
        """The prepared picture; the theme gives way where it is not prepared in this one."""
        for alike in self._themes(view):
            if alike in self._made:
                return self._made[alike]
        raise refused("not_prepared")

    def _themes(self, view: View) -> list[View]:
        themes = (view.theme, *THEMES)
        return [replace(view, theme=theme).essence for theme in themes]

    def with_cards(self, view: View, cards: Sequence[Hung]) -> Shown:
        """The picture alone: it cannot be drawn anew."""
        del cards
        return self.shown(view)

    def cases(self, view: View, pin: str) -> CaseTable:
        """Refused: there is no log."""
        del view, pin
        raise refused("no_log")

    def tracks(self, view: View) -> Mapping[str, Any]:
        """The prepared tracks, alike in every theme."""
        for alike in self._themes(view):
            if alike in self.exhibit.tracks:
                return self.exhibit.tracks[alike]
        raise refused("not_prepared")

    def suggestions(self, text: str, lang: Lang) -> list[dict[str, Any]]:
        """None: the measures are there to choose from."""
        del text, lang
        return []

    def ruling(self, claim: Claim) -> Ruling:
        """What the facilitator's side has found, or that it will."""
        return self._rulings.get(key(claim)) or Ruling(WAITING, say("desk.elsewhere"))

    def finding(self, id: str) -> tuple[str, Text] | None:
        """Kind and title of a finding."""
        return self.exhibit.findings.get(id)

    def refresh(self) -> bool:
        """Read the verdicts again."""
        if self._file is None:
            return False
        before, self._rulings = self._rulings, read_rulings(self._file)
        return before != self._rulings
