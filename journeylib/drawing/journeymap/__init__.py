"""The journey map: stage × lane, as journey mapping knows it, filled from the log."""

from journeylib.drawing.journeymap.map import JourneyMap, journey_map

__all__ = ["JourneyMap", "journey_map"]
