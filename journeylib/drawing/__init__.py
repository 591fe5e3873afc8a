"""A journey as a picture: facts, then a `Scene`, then coordinates, then SVG."""

from journeylib.drawing.cards import numbering
from journeylib.drawing.drawing import Drawing, draw
from journeylib.drawing.parts import Part

__all__ = ["Drawing", "Part", "draw", "numbering"]
