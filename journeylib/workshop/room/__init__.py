"""A workshop in a folder: which log it speaks of, its notebooks, and the servers they run on."""

from journeylib.workshop.room.room import Room
from journeylib.workshop.room.settings import HowRead, Settings

__all__ = ["HowRead", "Room", "Settings"]
