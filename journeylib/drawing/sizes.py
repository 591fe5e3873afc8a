"""The measures of the picture, in pixels, and the sizes of parts that depend on their words."""

from __future__ import annotations

from journeylib.drawing.measure import width, wrap
from journeylib.drawing.scene import Box, Edge

MARGIN = 28.0
BOX = 164.0
BOX_INSET = 10.0
NAME, SMALL, LABEL = 13.0, 10.5, 10.0
"""Font sizes: names in boxes, their small print, labels of edges."""

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
LABEL_GAP = 7.0


def thickness(edge: Edge) -> float:
    """Width of the line: between 1.4 and 5.6 pixels."""
    return 1.4 + 4.2 * edge.weight


def name_lines(box: Box) -> tuple[str, ...]:
    """The name on one or two lines, shortened if it is longer."""
    return wrap(box.name, NAME, BOX - 2 * BOX_INSET, bold=True)


def box_height(box: Box, reach: float, loop: bool) -> float:
    """Room for its words, for its ports, and for a loop to come back below them."""
    words = len(name_lines(box)) * NAME_LINE + SMALL_LINE * (1 + bool(box.note)) + 14
    return max(words, 2 * (reach + (17 if loop else 5)))


def port_room(edge: Edge, outgoing: bool) -> float:
    """Half the height a port needs inside the side of its box."""
    return thickness(edge) / 2 + (6 if outgoing else 3)


def label_room(edge: Edge) -> float:
    """Length along the line that label and badges of an edge take at its source."""
    return LABEL_GAP + width(edge.label, LABEL) + 4 + len(edge.badges) * (BADGE + 3)


def tab_width(words: str) -> float:
    """Width of the tab that says how many cases begin or end at a box."""
    return width(words, TAB_FONT) + 22
