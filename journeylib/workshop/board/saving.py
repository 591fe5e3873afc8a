"""What people take home of a board: the picture, or a page to look through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeylib.annotations import Annotations, Card
from journeylib.drawing.picture import Picture
from journeylib.terms import LANGS, Lang
from journeylib.workshop.board import telling
from journeylib.workshop.board.exhibit import Exhibit, prepared, usual
from journeylib.workshop.board.masking import CaseNames, people, without
from journeylib.workshop.board.page import page
from journeylib.workshop.board.shown import Hung
from journeylib.workshop.board.view import View

if TYPE_CHECKING:
    from journeylib.workshop.board.live import Live
    from journeylib.workshop.board.source import Source
    from journeylib.workshop.board.wall import Board

HTML = ".html"


@dataclass(frozen=True, eq=False)
class Sheet(Picture):
    """A picture of which only the SVG is left."""

    svg: str
    words: str
    suffixes = (*Picture.suffixes, HTML)

    @property
    def title(self) -> str:
        """The words at its top."""
        return self.words


def save(board: Board, path: Path) -> Path:
    """Write the board to `path`, as its suffix says."""
    from journeylib.exporting import write

    if path.suffix.lower() != HTML:
        shown = board._shown()
        picture: Picture = shown.picture or Sheet(shown.svg, shown.title)
        return picture.save(path)
    write(path, _page(board).encode("utf-8", "replace"))
    return path


def _page(board: Board) -> str:
    desk = board.desk
    notes, view, live = board.annotations, desk.view, _masked(board)
    source = live or desk.source
    masks = {lang: _Mask.of(notes, live, lang) for lang in LANGS}
    judged = {id: card.status for id, card in telling.decisions(notes).items()}
    told = _exhibit(source, view, desk.agenda or {}).to_dict()
    del told["places"], told["problems"]
    for lang, entry in told["langs"].items():
        entry["cards"] = [masks[lang].card(card) for card in desk.cards(lang)]
    for entry in told["views"]:
        for finding in entry["findings"]:
            finding["status"] = judged.get(finding["id"], "open")
    hung = [Hung(card.pin, card.kind, masks[view.lang].text(card.text)) for card in desk.hung()]
    picture = source.with_cards(view, hung)
    return page(told, picture.svg, picture.title, view.lang)


def _masked(board: Board) -> Live | None:
    """The source with pseudonyms, also where the board itself shows ids; None without a log."""
    live, file = board._live, board.desk.store.path
    if live is None or live.names.key is not None:
        return live
    names = CaseNames.of(live.journey.log, file.name if file else "", "masked")
    return type(live)(live.journey, live.findings, live.spec, names, live.rules)


def _exhibit(source: Source, view: View, agenda: telling.AgendaTold) -> Exhibit:
    """What is shown now first, then the usual views; what is prepared already, as it is."""
    from journeylib.workshop.board.joining import Prepared

    views: Iterable[View] = (
        [v for v, _shown in source.exhibit.views]
        if isinstance(source, Prepared)
        else usual(view, (view.theme,))
    )
    return prepared(source, [view, *views], agenda)


@dataclass(frozen=True, eq=False)
class _Mask:
    """No name of anybody in the room, and no id of a case that somebody wrote on a card."""

    names: Mapping[str, str]
    cases: Mapping[str, str]

    @classmethod
    def of(cls, notes: Annotations, live: Live | None, lang: Lang) -> _Mask:
        said = [name for card in notes.cards for name in (card.author, card.owner or "")]
        said += [line.by for line in notes.lines]
        texts = [card.text for card in notes.cards]
        if live is None:
            return cls(people(said, lang), {})
        told = [case for card in notes.cards for case in _cases_of(live, card)]
        cases = {case: live.names.of_case(case) for case in (*_mentioned(live, texts), *told)}
        return cls(people(said, lang), cases)

    def text(self, text: str) -> str:
        """Words of a card without them."""
        for case, name in sorted(self.cases.items(), key=lambda pair: -len(pair[0])):
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(case)}(?![A-Za-z0-9])", name, text)
        return without(text, self.names)

    def card(self, card: Mapping[str, Any]) -> dict[str, Any]:
        """A card as told, without them."""
        masked: dict[str, Any] = {
            "text": self.text(card["text"]),
            "author": self.names.get(card["author"], "–"),
        }
        verdict = card["verdict"]
        if verdict is not None:
            verdict = {**verdict, "cases": [self.cases.get(c, c) for c in verdict["cases"]]}
        owner = card["owner"]
        masked["owner"] = self.names.get(owner, "–") if owner else None
        return {**card, **masked, "mine": 0, "verdict": verdict}


def _cases_of(live: Live, card: Card) -> tuple[str, ...]:
    return () if card.claim is None else live.verdict(card.claim).cases


def _mentioned(live: Live, texts: list[str]) -> list[str]:
    """Ids of cases that stand on cards. Numbers below a thousand are taken for numbers."""
    import ibis

    text = "\x1f".join(texts)
    table = live.journey.case_table
    if not text.strip("\x1f"):
        return []
    here = table.filter(ibis.literal(text).contains(table.case_id.cast("string")))
    found = (str(row.case_id) for row in live.journey.log.engine.rows(here.select("case_id")))
    return sorted(case for case in found if not (case.isdigit() and len(case) < 4) and case)
