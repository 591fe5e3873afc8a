"""The two notebooks of a room, as they are made once; people change them as they like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from journeylib.terms import Lang, say, stable_id

if TYPE_CHECKING:
    from journeylib.workshop.room.room import Room

_OPEN = """\
import journeylib as jl
from journeylib.workshop.room import Room

room = Room.open()
journey = room.journey()
findings = room.findings(journey)
spec = jl.specify(journey, findings)
journey"""

_BOARD = """\
wall = jl.board(journey, findings, spec, notes={notes!r}, lang={lang!r})
wall"""

_MINUTES = """\
minutes = wall.minutes()
jl.export(minutes, "minutes.docx", lang={lang!r})
minutes"""

_JOIN = """\
from journeylib.workshop.board import join

join({exhibit!r}, {notes!r})"""

_KERNEL = "Python 3 (ipykernel)"

Cell = tuple[str, str]
"""Kind of a cell, and what is in it."""


def board_sheet(room: Room) -> str:
    """The facilitator's notebook: the journey, the board, the minutes."""
    lang = room.lang
    words = {name: say(f"serve.board_{name}").in_(lang) for name in ("open", "wall", "minutes")}
    cells = (
        ("markdown", words["open"]),
        ("code", _OPEN),
        ("markdown", words["wall"]),
        ("code", _BOARD.format(notes=room.notes.name, lang=lang)),
        ("markdown", words["minutes"]),
        ("code", _MINUTES.format(lang=lang)),
    )
    return _notebook(cells, lang)


def participants_sheet(room: Room) -> str:
    """The participants' notebook: the same map and their own cards, without log and engine."""
    code = _JOIN.format(exhibit=room.exhibit.name, notes=room.notes.name)
    return _notebook((("code", code),), room.lang)


def _notebook(cells: Sequence[Cell], lang: Lang) -> str:
    """A notebook as text: the same cells give the same bytes."""
    notebook = {
        "cells": [_cell(number, cell) for number, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": _KERNEL, "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "title": say("serve.title").in_(lang),
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _cell(number: int, cell: Cell) -> dict[str, Any]:
    kind, source = cell
    made: dict[str, Any] = {"cell_type": kind, "id": stable_id("cell", str(number)), "metadata": {}}
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made | {"source": source.splitlines(keepends=True)}
