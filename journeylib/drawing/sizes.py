"""The measures of the picture, in pixels, and the sizes of parts that depend on their words."""

from __future__ import annotations

from typing import Literal

from journeylib.drawing.measure import is_word, shorten, width, wrap
from journeylib.drawing.scene import Box, Edge

Tip = Literal["source", "target"]
"""An end of an edge."""

MARGIN = 28.0
BOX = 164.0
BOX_INSET = 10.0
NAME, NAME_SMALL, SMALL, LABEL = 13.0, 11.0, 10.5, 10.0
"""Font sizes: names in boxes, long single words, their small print, labels of edges."""

NAME_LINE, SMALL_LINE, LABEL_LINE = 17.0, 15.0, 14.0
TAB = 17.0
TAB_FONT = 9.5
BADGE = 18.0
"""Diameter of a badge."""

BAND = 48.0
TRACK = 11.0
ARROW_ZONE = 22.0
STAGE_GAP = 16.0
LANE = 9.0
HEAD_HALF = 0.46
"""Half the width of an arrow head, relative to its length."""
LABEL_GAP = 7.0
CLEAR = 16.0
"""Tabs stay so far from the middle of their box, where upright lines arrive."""


def thickness(edge: Edge) -> float:
    """Width of the line: between 1.4 and 5.6 pixels."""
    return 1.4 + 4.2 * edge.weight


def fitted_name(box: Box) -> tuple[float, tuple[str, ...]]:
    """Font size and lines of the name: three lines at most, shortened if it is longer.

    A single long word is rather set smaller than broken.
    """
    room = BOX - 2 * BOX_INSET
    if width(box.name, NAME_SMALL, bold=True) <= room and is_word(box.name):
        size = NAME if width(box.name, NAME, bold=True) <= room else NAME_SMALL
        return size, (box.name,)
    return NAME, wrap(box.name, NAME, room, lines=3, bold=True)


def head(edge: Edge) -> float:
    """Length of the arrow head."""
    return 6.0 + 1.5 * thickness(edge)


def half(edge: Edge, end: Tip) -> float:
    """Half of what an end of an edge takes across its line."""
    return thickness(edge) / 2 if end == "source" else head(edge) * HEAD_HALF


def words_height(box: Box) -> float:
    """Height of the lines in a box."""
    return len(fitted_name(box)[1]) * NAME_LINE + SMALL_LINE * (1 + len(note_lines(box)))


def note_lines(box: Box) -> tuple[str, ...]:
    """The small print: on one line if it fits, else each of its parts on its own."""
    room = BOX - 2 * BOX_INSET
    parts = (box.note,) if width(box.note, SMALL) <= room else box.note.split(" · ")
    return tuple(shorten(part, SMALL, room) for part in parts if part)


def box_extents(box: Box, ports: tuple[float, float], *, loop: bool) -> tuple[float, float]:
    """Room above and below the middle of the row: for words, for ports, for a loop below them."""
    words = words_height(box) / 2 + (12 if len(box.badges) > 1 else 7)
    return max(words, ports[0] + 5), max(words, ports[1] + (19 if loop else 5))


def port_room(edge: Edge, end: Tip) -> float:
    """Half the height a port needs inside the side of its box."""
    return half(edge, end) + (6 if end == "source" else 3)


def badges_reach(count: int) -> float:
    """From the centre of the first of so many badges in a row to the end of the last."""
    return (count - 1) * (BADGE + 3) + BADGE / 2 + 2.5


def label_width(edge: Edge) -> float:
    """Width of its label, which is bold where something was found."""
    return width(edge.label, LABEL, bold=edge.mark is not None)


def label_room(edge: Edge) -> float:
    """Length along the line that label and badges of an edge take at its source."""
    return LABEL_GAP + label_width(edge) + 4 + len(edge.badges) * (BADGE + 3)


def tab_width(words: str) -> float:
    """Width of the tab that says how many cases begin or end at a box."""
    return width(words, TAB_FONT) + 22
