"""Where the notes of a board are: in a file that others write too, or in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from journeylib.annotations import Annotations, NotesFile

Change = Callable[[Annotations], Annotations]


class Store:
    """`notes` as last seen; `change` makes them more, `refresh` looks whether others did."""

    def __init__(self, notes: str | Path | Annotations | None) -> None:
        self.file = None if isinstance(notes, Annotations | None) else NotesFile(notes)
        self.notes = notes if isinstance(notes, Annotations) else Annotations()
        self._seen: tuple[int, int] | None = None
        self.refresh()

    @property
    def path(self) -> Path | None:
        """The file; None in memory."""
        return None if self.file is None else self.file.path

    def change(self, what: Change) -> None:
        """Apply `what` to the newest notes; nothing is changed where it raises."""
        if self.file is None:
            self.notes = what(self.notes)
            return
        self.notes = self.file.change(what)
        self._seen = None  # others may have written since: the next look reads it again

    def refresh(self) -> bool:
        """Read the file if somebody else wrote; whether there was anything new."""
        stamp = self._stamp()
        if self.file is None or stamp is None or stamp == self._seen:
            return False
        notes = self.file.read()
        self._seen = stamp
        is_new = notes != self.notes
        self.notes = notes if is_new else self.notes
        return is_new

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat() if self.path else None
        except OSError:
            return None
        return None if status is None else (status.st_mtime_ns, status.st_size)
