"""The findings as a native table of a slide."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from journeylib.documents.blocks import printable
from journeylib.drawing.drawingml import Pen, filled
from journeylib.drawing.geometry import Rect
from journeylib.drawing.listing import Listing
from journeylib.drawing.measure import width
from journeylib.drawing.shapes import Words
from journeylib.drawing.svg import element
from journeylib.drawing.theme import Theme

_SHARES = (5, 30, 14, 33, 9, 9)
"""How the columns share the width."""
_GREATEST, _LEAST, _SMALLER = 1 / 72, 6.0, 0.94
"""Letters: at most this share of the width, at least so many pixels, smaller by this factor."""
_LINE, _PAD, _TITLE = 1.35, 0.55, 1.7
"""In sizes of a letter: a line, the margin of a cell, the letters of the title."""
_URI = "http://schemas.openxmlformats.org/drawingml/2006/table"


def listing_shapes(listing: Listing, area: Rect, pen: Pen) -> Iterator[str]:
    """Title, table and notes in `area`, in the largest letters that let all of it stand there."""
    letter = area.w * _GREATEST
    while _needed(listing, area.w, letter) > area.h and letter > _LEAST:
        letter *= _SMALLER
    ink, y = listing.theme.ink, area.y + letter * _TITLE
    yield pen.words(
        Words(listing.title, (area.x, y), letter * _TITLE, ink, True, "start"), as_title=True
    )
    y += letter * 1.2
    heights = _heights(listing, area.w, letter)
    yield _frame(listing, Rect(area.x, y, area.w, sum(heights)), heights, letter, pen)


def _needed(listing: Listing, room: float, letter: float) -> float:
    return sum(_heights(listing, room, letter)) + letter * (_TITLE + 1.2)


def _heights(listing: Listing, room: float, letter: float) -> list[float]:
    """Of the heads, of each finding, and of the notes where there are any."""
    lines = (listing.heads, *(row.cells for row in listing.rows))
    notes = [letter * (len(listing.notes) * _LINE + 2 * _PAD)] if listing.notes else []
    return [*(_height(cells, room, letter) for cells in lines), *notes]


def _height(cells: Sequence[str], room: float, letter: float) -> float:
    """As high as the cell with most lines."""
    lines = 1
    for words, share in zip(cells, _SHARES, strict=True):
        inner = room * share / sum(_SHARES) - 2 * _PAD * letter
        # A word that would be torn goes to the next line: a little more than its letters take.
        lines = max(lines, math.ceil(width(words, letter) * 1.06 / inner))
    return letter * (lines * _LINE + 2 * _PAD)


def _frame(listing: Listing, area: Rect, heights: Sequence[float], letter: float, pen: Pen) -> str:
    own = element(
        "p:nvGraphicFramePr",
        pen.named(listing.title, descr=listing.title),
        element("p:cNvGraphicFramePr", element("a:graphicFrameLocks", noGrp=1)),
        "<p:nvPr/>",
    )
    data = element("a:graphicData", _table(listing, area.w, heights, letter, pen), uri=_URI)
    return element("p:graphicFrame", own, pen.place(area, "p:xfrm"), element("a:graphic", data))


def _table(listing: Listing, room: float, heights: Sequence[float], letter: float, pen: Pen) -> str:
    # From where to where, rounded once: the columns then fill the table exactly.
    ends = [pen.emu(room * sum(_SHARES[:n]) / sum(_SHARES)) for n in range(len(_SHARES) + 1)]
    grid = (element("a:gridCol", w=right - left) for left, right in pairwise(ends))
    lines = _lines(listing, _Cells(listing.theme, letter, pen))
    rows = (
        element("a:tr", *cells, h=pen.emu(high)) for cells, high in zip(lines, heights, strict=True)
    )
    return element("a:tbl", element("a:tblPr", firstRow=1), element("a:tblGrid", *grid), *rows)


def _lines(listing: Listing, cells: _Cells) -> Iterator[list[str]]:
    theme = listing.theme
    yield [cells.bold(words, theme.band_ink, theme.band) for words in listing.heads]
    for row in listing.rows:
        number, title, *others = row.cells
        yield [
            cells.bold(number, row.colour, theme.page),
            cells.bold(title, theme.ink, theme.page),
            *(cells.plain(words) for words in others),
        ]
    if listing.notes:
        # Within the table: rows grow where letters are wider than was reckoned with.
        yield cells.across(listing.notes, len(listing.heads))


@dataclass(frozen=True)
class _Cells:
    """Cells in one size of letters."""

    theme: Theme
    letter: float
    pen: Pen

    def bold(self, words: str, ink: str, ground: str) -> str:
        return self._cell(self._line(words, ink, bold=True), ground)

    def plain(self, words: str) -> str:
        return self._cell(self._line(words, self.theme.muted, bold=False), self.theme.page)

    def across(self, words: Sequence[str], columns: int) -> list[str]:
        """One cell through all columns, a paragraph for each of `words`."""
        lines = "".join(self._line(line, self.theme.muted, bold=False) for line in words)
        covered = element("a:tc", _body(element("a:p")), "<a:tcPr/>", hMerge=1)
        return [self._cell(lines, self.theme.page, gridSpan=columns), *[covered] * (columns - 1)]

    def _line(self, words: str, ink: str, *, bold: bool) -> str:
        kept = " ".join(printable(words).split())
        return self.pen.line(kept, self.letter, ink, "start", bold=bold)

    def _cell(self, lines: str, ground: str, **span: int) -> str:
        pad = self.pen.emu(self.letter * _PAD)
        margins = dict.fromkeys(("marL", "marR", "marT", "marB"), pad)
        open_sides = (element(f"a:{side}", "<a:noFill/>") for side in ("lnL", "lnR", "lnT"))
        below = element("a:lnB", filled(self.theme.border), w=self.pen.emu(1))
        look = element("a:tcPr", *open_sides, below, filled(ground), **margins, anchor="ctr")
        return element("a:tc", _body(lines), look, **span)


def _body(lines: str) -> str:
    return element("a:txBody", "<a:bodyPr/><a:lstStyle/>", lines)
