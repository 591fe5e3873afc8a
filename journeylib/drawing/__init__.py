"""A journey as a picture: facts, then a `Scene`, then coordinates, then SVG."""

from journeylib.drawing.cards import numbering
from journeylib.drawing.compare import compare_flow
from journeylib.drawing.drawing import Drawing, draw
from journeylib.drawing.levels import Detail
from journeylib.drawing.parts import Part
from journeylib.drawing.replay import Tracks, replay

__all__ = ["Detail", "Drawing", "Part", "Tracks", "compare_flow", "draw", "numbering", "replay"]
