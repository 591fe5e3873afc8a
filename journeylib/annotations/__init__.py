"""What the people in the room say: cards pinned to the map, votes, claims and their verdicts."""

from journeylib.annotations.agenda import Agenda, agenda
from journeylib.annotations.attach import Attached, attach
from journeylib.annotations.card import Card, Conflict
from journeylib.annotations.claim import Claim
from journeylib.annotations.file import NotesFile, read_notes
from journeylib.annotations.meeting import Minutes, minutes
from journeylib.annotations.notes import Annotations, merge
from journeylib.annotations.pin import Pin, Places, cell
from journeylib.annotations.suggest import Suggestion, suggest
from journeylib.annotations.verdict import Verdict, verdict, verdicts

__all__ = [
    "Agenda",
    "Annotations",
    "Attached",
    "Card",
    "Claim",
    "Conflict",
    "Minutes",
    "NotesFile",
    "Pin",
    "Places",
    "Suggestion",
    "Verdict",
    "agenda",
    "attach",
    "cell",
    "merge",
    "minutes",
    "read_notes",
    "suggest",
    "verdict",
    "verdicts",
]
