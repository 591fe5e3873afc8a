"""`Imported`: a specification that was read back, and what was noticed on the way."""

from __future__ import annotations

from dataclasses import dataclass

from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang, Text


@dataclass(frozen=True, slots=True)
class Imported:
    """The specification, and a note on each change, repair and piece that was not understood."""

    spec: TargetSpec
    notes: tuple[Text, ...] = ()

    def report(self, lang: Lang) -> str:
        """The notes, one a line."""
        return "\n".join(note.in_(lang) for note in self.notes)

    def __repr__(self) -> str:
        return f"Imported({self.spec!r}, {len(self.notes)} notes)"
