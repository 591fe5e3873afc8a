"""What is told of each part of the map that can be chosen: on the page around it, on the board."""

from __future__ import annotations

from collections.abc import Iterator

from journeylib.annotations.pin import cell, kept
from journeylib.drawing.journeymap.scene import (
    AnyLane,
    Cell,
    Column,
    CurveLane,
    Lane,
    MapScene,
    Panel,
    Step,
    Thread,
    ThreadLane,
)
from journeylib.drawing.journeymap.spoken import curve_rows, piece_words
from journeylib.drawing.parts import Part, card_id, finding_part
from journeylib.drawing.rows import Details

Listed = tuple[str, str, Part]
"""Id in the picture, pin, part."""


def details(scene: MapScene) -> Iterator[tuple[str, Details]]:
    """Every part by its id in the picture: rows of name and value in full, a cell's name above them."""
    for item, _pin, part in _listed(scene):
        yield item, (("", part.label), *part.rows) if part.kind == "cell" else part.rows


def parts(scene: MapScene) -> dict[str, Part]:
    """Every part by its pin."""
    return {pin: part for _item, pin, part in _listed(scene)}


def pin_of(column: Column, lane: AnyLane) -> str:
    """The pin of a cell: the same where two journeys are compared."""
    return kept(cell(column.stage, lane.id.removeprefix("compare-")))


def thread_pin(column: Column, thread: Thread) -> str:
    """The pin of a thread, a cell of the stage in which it is born."""
    return kept(cell(column.stage, f"information/{thread.name}"))


def _listed(scene: MapScene) -> Iterator[Listed]:
    for column in scene.columns:
        yield column.id, kept(column.stage), Part("stage", column.name, column.details)
    for lane in scene.lanes:
        match lane:
            case Lane():
                yield from _cells(scene, lane)
            case ThreadLane():
                for thread in lane.threads:
                    yield _thread(scene.columns[thread.born], lane, thread)
            case CurveLane():
                for n, column in enumerate(scene.columns):
                    part = Part("cell", _label(column, lane), curve_rows(lane, n))
                    yield f"{lane.id}-{column.id}", pin_of(column, lane), part


def _cells(scene: MapScene, lane: Lane) -> Iterator[Listed]:
    for column, here in zip(scene.columns, lane.cells, strict=True):
        told = Part("cell", _label(column, lane), tuple(_rows(here)))
        yield f"{lane.id}-{column.id}", pin_of(column, lane), told
        for piece in here.pieces:
            match piece:
                case Step(pin=pin) if pin:
                    yield pin, pin, Part("activity", piece.name, piece.details)
                case Panel(badge=badge):
                    yield card_id(badge), badge.finding, finding_part(badge, piece.details)


def _rows(here: Cell) -> Iterator[tuple[str, str]]:
    for piece in here.pieces:
        name, *values = piece_words(piece)
        value = " · ".join(filter(None, values))
        yield (name, value) if value else ("", name)
    for words in filter(None, (here.reason, here.hidden, here.n)):
        yield "", words


def _thread(column: Column, lane: ThreadLane, thread: Thread) -> Listed:
    label = f"{_label(column, lane)} × {thread.name}"
    rows = ((thread.name, thread.origin), *thread.details)
    return thread.id, thread_pin(column, thread), Part("thread", label, rows)


def _label(column: Column, lane: AnyLane) -> str:
    return f"{column.name} × {lane.name}"
