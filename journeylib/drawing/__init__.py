"""A journey as a picture: facts, then a `Scene`, then coordinates, then SVG."""

from journeylib.drawing.drawing import Drawing, draw

__all__ = ["Drawing", "draw"]
