"""What a part of the map says to whoever hears it instead of seeing it, in one line."""

from __future__ import annotations

from journeylib.drawing.journeymap.scene import (
    Cell,
    CurveLane,
    Line,
    Meter,
    Panel,
    Paper,
    Piece,
    Step,
    Thread,
)
from journeylib.drawing.rows import Details


def spoken(cell: Cell) -> str:
    """All that a cell says, and how many it does not."""
    told = [" ".join(filter(None, piece_words(piece))) for piece in cell.pieces]
    return "; ".join(filter(None, (*told, cell.reason, cell.hidden, cell.n)))


def piece_words(piece: Piece) -> tuple[str, ...]:
    """The words of a piece, whole."""
    match piece:
        case Line():
            return (piece.words,)
        case Step():
            return (piece.name, piece.count, piece.note, *(b.words for b in piece.badges))
        case Meter():
            return (piece.name, piece.value, piece.aside, piece.note)
        case Panel():
            return (f"{piece.badge.number}. {piece.title}", *piece.lines)
        case Paper():
            return (f"{piece.kind}:", piece.words)


def spoken_thread(thread: Thread) -> str:
    """A thread in words."""
    told = (f"{name}: {value}" for name, value in thread.details)
    return f"{thread.name} · " + "; ".join((thread.origin, *told))


def spoken_curve(lane: CurveLane, column: int) -> str:
    """All layers of one stage."""
    return "; ".join(" ".join(filter(None, row)) for row in curve_rows(lane, column))


def curve_rows(lane: CurveLane, column: int) -> Details:
    """The level of each layer in one stage, or why there is none."""
    rows = [
        (curve.name, dot.words)
        for curve in lane.curves
        for dot in curve.dots
        if dot.column == column
    ]
    gap = lane.gaps[column]
    return (*rows, ("", gap)) if gap else tuple(rows)
