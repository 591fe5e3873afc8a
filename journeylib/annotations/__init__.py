"""What the people in the room say: cards pinned to the map, votes, claims and their verdicts."""

from journeylib.annotations.card import Card, Conflict
from journeylib.annotations.claim import Claim
from journeylib.annotations.file import NotesFile, read_notes
from journeylib.annotations.notes import Annotations, merge
from journeylib.annotations.pin import Pin, Places, cell

__all__ = [
    "Annotations",
    "Card",
    "Claim",
    "Conflict",
    "NotesFile",
    "Pin",
    "Places",
    "cell",
    "merge",
    "read_notes",
]
