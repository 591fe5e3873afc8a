"""What a part of the map says to whoever hears it instead of seeing it, in one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from journeylib.drawing.journeymap.scene import (
    Cell,
    Column,
    CurveLane,
    Line,
    Meter,
    Panel,
    Paper,
    Piece,
    Step,
    Thread,
)


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


def spoken_curve(lane: CurveLane, columns: Sequence[Column]) -> str:
    """All layers, stage by stage."""
    return "; ".join(_layers(lane, columns))


def _layers(lane: CurveLane, columns: Sequence[Column]) -> Iterator[str]:
    for curve in lane.curves:
        for dot in curve.dots:
            yield f"{curve.name} {columns[dot.column].name} {dot.words}"
