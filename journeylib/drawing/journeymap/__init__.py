"""The journey map: stage × lane, as journey mapping knows it, filled from the log."""

from journeylib.drawing.journeymap.map import JourneyMap, compare_map, journey_map

__all__ = ["JourneyMap", "compare_map", "journey_map"]
