"""`board`: the journey on the wall of a workshop, in a notebook or as a picture."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeylib.annotations import Annotations, Minutes, attach
from journeylib.annotations import agenda as load_agenda
from journeylib.errors import InputError
from journeylib.terms import Lang, Text, say
from journeylib.wording import so_many
from journeylib.workshop.board import telling
from journeylib.workshop.board.desk import Desk
from journeylib.workshop.board.masking import CaseNames, Cases
from journeylib.workshop.board.refusal import refused
from journeylib.workshop.board.store import Store
from journeylib.workshop.board.view import View

if TYPE_CHECKING:
    from journeylib.findings.finding import Findings
    from journeylib.journey import Journey
    from journeylib.spec.model import TargetSpec
    from journeylib.workshop.board.live import Live
    from journeylib.workshop.board.shown import Shown


def board(
    journey: Journey,
    findings: Findings | None = None,
    spec: TargetSpec | None = None,
    *,
    notes: str | Path | Annotations | None = None,
    lang: Lang = "zh",
    by: str | None = None,
    agenda: str | Path | None = "90min",
    cases: Cases = "masked",
) -> Board:
    """The board of a workshop over `journey`: look at it, pin cards to it, let the log judge claims.

    `notes` is the path of a ``*.journey-notes.jsonl`` file (several boards may share it), or
    annotations, or None for notes in memory. `by` signs what is written here; without it the board asks.
    `cases` are told by pseudonym (``masked``, see `masking.CaseNames`) or by id (``shown``). `agenda`
    is the name of a shipped agenda, a file, or None. `UsageError` where an argument makes no sense.
    """
    from journeylib.workshop.board.live import Live

    if cases not in ("masked", "shown"):
        raise refused("not_one_of", what="cases", have=repr(cases), known="masked, shown")
    store = Store(notes)
    names = CaseNames.of(journey.log, store.path.name if store.path else "", cases)
    live = Live(journey, findings, spec, names)
    desk = Desk(
        live,
        store,
        view=View().changed({"lang": lang}, live.offered),
        by=by,
        agenda=telling.agenda_told(None if agenda is None else load_agenda(agenda)),
        minutes=functools.partial(_write_minutes, live),
        publish=_publish,
    )
    _publish(desk)
    return Board(desk, live)


class Board:
    """A board: in a notebook it shows itself; outside, its picture of the moment.

    All it knows is in its `desk`: the widget only passes on what somebody does.
    """

    def __init__(self, desk: Desk, live: Live | None = None) -> None:
        self.desk, self._live = desk, live

    # -- what is there -------------------------------------------------------------------------

    @property
    def annotations(self) -> Annotations:
        """The notes as they are now, also those that others wrote into the file meanwhile."""
        self.desk.store.refresh()
        return self.desk.store.notes

    @property
    def view(self) -> View:
        """What is shown."""
        return self.desk.view

    @property
    def selected(self) -> str:
        """The pin of the part that was chosen last in the browser; empty at first."""
        return self.desk.selected

    def look(self, **options: Any) -> None:
        """Show something else, as the buttons do: ``look(kind="flow", traffic=0.9)``.

        The names are those of `View`; `UsageError` says what is wrong and what there is.
        """
        self.desk.look(options)
        if "widget" in self.__dict__:
            self.widget.show()

    def minutes(self) -> Minutes:
        """The workshop written up: ``export(wall.minutes(), "minutes.docx")``."""
        if self._live is None:
            raise refused("facilitator_only")
        return _minutes(self._live, self.annotations)

    # -- showing -------------------------------------------------------------------------------

    @functools.cached_property
    def widget(self) -> Any:
        """The live widget."""
        from journeylib.workshop.board.widget import BoardWidget

        return BoardWidget(self.desk)

    def static(self) -> dict[str, str]:
        """The picture of the moment alone, with its cards: the same bytes in every run."""
        return {"image/svg+xml": self._shown().svg, "text/plain": repr(self)}

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        live = self.widget._repr_mimebundle_(**options) or {}
        data, *_metadata = live if isinstance(live, tuple) else (live,)
        return {**data, **self.static()}

    def __repr__(self) -> str:
        cards, rulings = self.annotations.cards, self.desk.rulings()
        outcomes = Counter(ruling.outcome for ruling in rulings.values())
        told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(outcomes.items()))
        claims = f", {so_many(len(rulings), 'claim')}: {told}" if rulings else ""
        size = self.desk.source.shown(self.view).size
        return f"Board({size}; {so_many(len(cards), 'card')}{claims})"

    # -- taking away ---------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write what is shown: as a picture, or (``.html``) as a page to look through.

        The page needs no kernel and no network; people are numbered in it, cases have pseudonyms.
        `UsageError` for a suffix that nobody knows.
        """
        from journeylib.workshop.board.saving import save

        return save(self, Path(path))

    def _shown(self) -> Shown:
        self.desk.store.refresh()
        return self.desk.source.with_cards(self.view, self.desk.hung())


# -- beside the notes ------------------------------------------------------------------------------


def _minutes(live: Live, notes: Annotations) -> Minutes:
    claims = ((card.id, card.claim) for card in notes.cards)
    found = {id: live.verdict(claim) for id, claim in claims if claim is not None}
    return Minutes(attach(notes, live.journey, live.findings), found)


def _write_minutes(live: Live, desk: Desk) -> Text:
    from journeylib.annotations.file import SUFFIX
    from journeylib.exporting import export

    notes = desk.store.path or Path("journey")
    stem = notes.name.removesuffix(SUFFIX)
    told, lang = _minutes(live, desk.store.notes), desk.view.lang
    files = [notes.with_name(f"{stem}-minutes{suffix}") for suffix in (".docx", ".md")]
    names = [export(told, file, lang).name for file in files]
    return say("desk.minutes_written", files=", ".join(names), folder=notes.parent.name or ".")


def _publish(desk: Desk) -> None:
    """What the log says to claims, for those who take part without it; told where it cannot be."""
    from journeylib.workshop.board.rulings import beside, key, read_rulings, write_rulings

    if desk.store.path is None:
        return
    claims = [card.claim for card in desk.store.notes.cards if card.claim is not None]
    rulings = {key(claim): desk.source.ruling(claim).public for claim in claims}
    file = beside(desk.store.path)
    if rulings != read_rulings(file):
        try:
            write_rulings(file, rulings)
        except InputError as problem:
            desk.tell(str(problem), "error")
