"""`Room`: a folder with a workshop in it, and the journey it speaks of."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from journeylib.errors import InputError, UsageError
from journeylib.terms import Lang, say
from journeylib.workshop.room.settings import HowRead, Settings
from journeylib.workshop.room.sheets import board_sheet, participants_sheet

if TYPE_CHECKING:
    from journeylib.findings import Findings
    from journeylib.journey import Journey

_LOGS = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".parquet", ".xes", ".gz", ".zip")


@dataclass(frozen=True, slots=True)
class Room:
    """`folder` and what is remembered there. Files of the room are properties named after them."""

    folder: Path
    settings: Settings

    @classmethod
    def open(cls, folder: str | Path = ".") -> Room:
        """The workshop that was started in `folder`; `UsageError` when none was."""
        folder = Path(folder)
        settings = Settings.load(folder)
        if settings is None:
            raise UsageError(f"{folder} holds no workshop yet; start it with: journey workshop DIR")
        return cls(folder, settings)

    @classmethod
    def furnish(
        cls, folder: Path, log: str | None, lang: Lang | None, read: HowRead | None
    ) -> Room:
        """Make the folder a room: what is given is remembered, what is missing is made.

        Without `log` the one remembered is taken, else the only log that lies in the folder;
        `UsageError` when there are none or several. Notebooks that are there are left alone.
        """
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file; a workshop needs a folder")
        known = Settings.load(folder)
        if log is None and known is None:
            log = str(_only_log(folder))
        fresh = Settings(log or "", lang or (known.lang if known else "zh"), read or HowRead())
        told = fresh.seen_from(folder)
        settings = Settings(
            told.log if log else known.log if known else "",
            told.lang,
            told.read if read is not None or known is None else known.read,
        )
        room = cls(folder, settings)
        if not room.log_path.exists() and "!" not in settings.log:
            raise InputError(str(room.log_path), "there is no such log.", "Name one with --log.")
        room._make(settings != known)
        return room

    # -- its files ---------------------------------------------------------------------------

    @property
    def log_path(self) -> Path:
        """The log; the way there is undone in words, for the folder may not be there yet."""
        return Path(os.path.normpath(self.folder / self.settings.log))

    @property
    def lang(self) -> Lang:
        """The language of the workshop."""
        return self.settings.lang

    @property
    def notes(self) -> Path:
        """The cards of everybody, as they are written."""
        return self.folder / "workshop.journey-notes.jsonl"

    @property
    def exhibit(self) -> Path:
        """What participants are shown: the map without the log behind it."""
        return self.folder / "workshop.exhibit.json"

    @property
    def board(self) -> Path:
        """The facilitator's notebook."""
        return self.folder / "board.ipynb"

    @property
    def participants(self) -> Path:
        """The participants' notebook; it needs no engine."""
        return self.folder / "participants.ipynb"

    @property
    def hidden(self) -> Path:
        """What nobody needs to see: logs of the servers, the layout of JupyterLab."""
        return self.folder / ".journey"

    # -- the journey -------------------------------------------------------------------------

    def journey(self) -> Journey:
        """Read the log and mine it, as remembered."""
        from journeylib import engine
        from journeylib.mining import mine
        from journeylib.reading import read_log

        read = self.settings.read
        log = read_log(
            str(self.log_path),
            mapping=self._found(read.mapping),
            columns=dict(read.columns) or None,
            engine=engine.connect(read.engine, read.memory, read.jobs),
            sheet=read.sheet,
            changes=self._found(read.changes),
            links=self._found(read.links),
        )
        return mine(log, self._found(read.lifecycle) or "b2b", self._found(read.calendar))

    def findings(self, journey: Journey) -> Findings:
        """Diagnose `journey` with the rules that are remembered."""
        from journeylib.findings import diagnose

        return diagnose(journey, self._found(self.settings.read.rules) or "rules")

    @property
    def is_prepared(self) -> bool:
        """Whether the exhibit is that of this log, read this way, by this software."""
        from journeylib.workshop.board import Exhibit

        mark = self._mark
        if not mark.is_file() or mark.read_text(encoding="utf-8") != self._stamp():
            return False
        try:
            Exhibit.load(self.exhibit)
        except InputError:
            return False
        return True

    def prepare(self) -> None:
        """Write the exhibit for the participants anew."""
        from journeylib.spec import specify
        from journeylib.workshop.board import exhibit

        stamp, journey = self._stamp(), self.journey()
        found = self.findings(journey)
        exhibit(journey, found, specify(journey, found), lang=self.lang).save(self.exhibit)
        self._mark.write_text(stamp, encoding="utf-8")

    @property
    def farewell(self) -> str:
        """What is said at the end."""
        return say("serve.ended", notes=self.notes).in_(self.lang)

    @property
    def _mark(self) -> Path:
        return self.hidden / "exhibit.stamp"

    def _found(self, name: str | None) -> str | None:
        """A file of the room, or a name that we ship."""
        if name is None or not (self.folder / name).is_file():
            return name
        return str(self.folder / name)

    def _stamp(self) -> str:
        """Changes when the log, its reading or this software does."""
        import journeylib

        log = Path(str(self.log_path).rpartition("!")[0] or self.log_path)
        status = log.stat() if log.exists() else None
        changed = (status.st_mtime_ns, status.st_size) if status else None
        told = repr((journeylib.__version__, self.settings, changed))
        return hashlib.sha256(told.encode()).hexdigest()

    def _make(self, is_new: bool) -> None:  # noqa: FBT001 - of a helper
        self.hidden.mkdir(parents=True, exist_ok=True)
        if is_new:
            self.settings.save(self.folder)
        for path, sheet in ((self.board, board_sheet), (self.participants, participants_sheet)):
            if not path.exists():
                path.write_text(sheet(self), encoding="utf-8", newline="\n")


def _only_log(folder: Path) -> Path:
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    logs = [path for path in inside if path.is_file() and path.suffix.lower() in _LOGS]
    if len(logs) == 1:
        return logs[0]
    if not logs:
        raise UsageError(f"{folder} holds no log. Say which: journey workshop {folder} --log LOG")
    names = ", ".join(path.name for path in logs[:10])
    raise UsageError(
        f"{folder} holds {len(logs)} logs ({names}). "
        f"Say which: journey workshop {folder} --log {os.fspath(logs[0])}"
    )
