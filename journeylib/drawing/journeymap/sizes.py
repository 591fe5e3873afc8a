"""How large the pieces of a cell are, and how they flow into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from journeylib.drawing.geometry import Rect
from journeylib.drawing.journeymap.scene import Cell, Line, Meter, Panel, Paper, Piece, Step
from journeylib.drawing.measure import flowing, shorten, width, wrap

LABEL, GAP, INSET = 138.0, 6.0, 9.0
"""Width of the names of lanes, between cells, and inside a cell."""
NAME, TEXT, SMALL = 11.5, 11.0, 10.0
NAME_LINE, TEXT_LINE, SMALL_LINE = 14.0, 14.0, 13.0
BADGES = 2
"""So many numbers stand on a step; all of them are explained below."""
ASIDE = 62.0
"""Room for a short note at the right of a bar."""
FOOT = 17.0
_BAR = 7.0
_BETWEEN, _BESIDE = 6.0, 18.0
_LEAST_CELL, _WIDE = 34.0, 420.0
_NARROWEST: dict[type, float] = {Step: 100.0, Meter: 190.0, Panel: 190.0, Paper: 150.0}


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece in its place."""

    piece: Piece
    rect: Rect


def flow(pieces: Sequence[Piece], room: float) -> tuple[Placed, ...]:
    """Pieces in rows from the upper left, as many of a kind beside each other as fit."""
    placed: list[Placed] = []
    y = 0.0
    for row in _rows(pieces, room):
        gap = _gap(row[0])
        wide = (room + gap) / _fit(row[0], room) - gap
        high = max(height(piece, wide) for piece in row)
        for n, piece in enumerate(row):
            placed.append(Placed(piece, Rect(n * (wide + gap), y, wide, high)))
        y += high + _BETWEEN
    return tuple(placed)


def _rows(pieces: Sequence[Piece], room: float) -> Iterator[list[Piece]]:
    row: list[Piece] = []
    for piece in pieces:
        if row and (type(piece) is not type(row[0]) or len(row) >= _fit(piece, room)):
            yield row
            row = []
        row.append(piece)
    if row:
        yield row


def _fit(piece: Piece, room: float) -> int:
    """How many of a kind stand beside each other; in a wide cell they are wider."""
    narrowest = _NARROWEST.get(type(piece))
    if narrowest is None:
        return 1
    gap, wanted = _gap(piece), narrowest * (1.5 if room > _WIDE else 1.0)
    return max(1, int((room + gap) / (wanted + gap)))


def _gap(piece: Piece) -> float:
    return _BESIDE if isinstance(piece, Meter) else _BETWEEN


def cell_height(cell: Cell, wide: float) -> float:
    """How high a cell must be."""
    room = wide - 2 * INSET
    if not cell.pieces:
        return max(_LEAST_CELL, 2 * INSET + TEXT_LINE * len(reason_lines(cell, room)))
    last = flow(cell.pieces, room)
    foot = FOOT if cell.hidden or cell.n else 0.0
    return max(_LEAST_CELL, max(p.rect.bottom for p in last) + 2 * INSET + foot - 3)


def reason_lines(cell: Cell, room: float) -> tuple[str, ...]:
    """Why a cell has nothing to show; a question mark stands before what is unknown."""
    return wrap(cell.reason, SMALL, room - (18 if cell.backing == "unknown" else 0), lines=5)


# -- each kind -----------------------------------------------------------------------------------


def height(piece: Piece, wide: float) -> float:
    """How high a piece is in `wide` pixels."""
    match piece:
        case Line():
            return TEXT_LINE * len(line_lines(piece, wide))
        case Step():
            return 11 + sum(step for _words, _size, step, _bold in step_lines(piece, wide))
        case Meter():
            return meter_height(piece, wide)
        case Panel():
            title, lines = panel_lines(piece, wide)
            return 13 + NAME_LINE * len(title) + SMALL_LINE * len(lines)
        case Paper():
            return 27 + TEXT_LINE * len(paper_lines(piece, wide))


def line_lines(line: Line, wide: float) -> tuple[str, ...]:
    """The words of a line, broken."""
    head = line.tone == "head"
    return wrap(line.words, NAME if head else SMALL, wide, lines=line.lines, bold=head)


def step_lines(step: Step, wide: float) -> list[tuple[str, float, float, bool]]:
    """Name, count and what the target says: words, size, distance to the next, bold."""
    room = wide - 14
    badges = 14 + 21 * (min(len(step.badges), BADGES) - 1) if step.badges else 0
    told = [(w, NAME, NAME_LINE, True) for w in wrap(step.name, NAME, room - badges, bold=True)]
    told += [(w, SMALL, SMALL_LINE, False) for w in wrap(step.count, SMALL, room)]
    return told + [(w, SMALL, SMALL_LINE, False) for w in note_of(step, wide)]


def note_of(step: Step, wide: float) -> tuple[str, ...]:
    """What the target says of a step, broken; its sign stands before it."""
    return wrap(step.note, SMALL, wide - 27) if step.note else ()


def in_one_line(meter: Meter, wide: float) -> bool:
    """Whether name and value stand beside each other."""
    return width(meter.name, TEXT) + width(meter.value, TEXT, bold=True) + 10 <= wide


def meter_height(meter: Meter, wide: float) -> float:
    """Name and value on one line or two, bars, note."""
    high = TEXT_LINE if in_one_line(meter, wide) else 2 * TEXT_LINE
    if meter.share is not None or meter.against is not None:
        high += _BAR + 4
    if meter.against is not None:
        high += _BAR + 2
    return high + SMALL_LINE * len(note_lines(meter, wide))


def note_lines(meter: Meter, wide: float) -> tuple[str, ...]:
    """The note below a meter, broken."""
    room = wide - (14 if meter.differs else 0)
    return wrap(meter.note, SMALL, room, bold=meter.differs) if meter.note else ()


def aside(meter: Meter) -> str:
    """The short note beside the bar."""
    return shorten(meter.aside, SMALL, ASIDE - 8) if meter.aside else ""


def panel_lines(panel: Panel, wide: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Title and lines of a finding, broken."""
    title = wrap(panel.title, NAME, wide - 40, lines=3, bold=True)
    return title, flowing(panel.lines, SMALL, wide - 40)


def paper_lines(paper: Paper, wide: float) -> tuple[str, ...]:
    """The words of a card, broken."""
    return wrap(paper.words, TEXT, wide - 18, lines=4)
