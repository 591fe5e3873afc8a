"""Which part of the written specification a line of an edited sheet comes from."""

from __future__ import annotations

import datetime
import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from journeylib.errors import FeelError
from journeylib.exporting.cells import Labels, cell
from journeylib.exporting.sheets import Cell, Column, Kind, Level, Row, Sheet, rows
from journeylib.exporting.xlsx import escaped
from journeylib.importing.book import Line, Page
from journeylib.importing.settle import Data
from journeylib.importing.values import Raw, Unread, code, is_blank, plain_text
from journeylib.spec import feel
from journeylib.terms import Text, say, stable_id


@dataclass(slots=True)
class Matched:
    """A line with the part it was written from, if any, and the part it becomes."""

    sheet: Sheet
    page: Page
    line: Line
    base: Row | None
    id: str | None
    data: Data = field(default_factory=dict)
    stage: str | None = None
    list: str = ""

    def where(self, column: Column | None = None) -> str:
        """Its place, or that of one of its cells."""
        return self.page.where(self.line.number, column)

    def raw(self, column: Column) -> Raw:
        """What stands in a cell; nothing where the column is missing."""
        return self.line.cells.get(column, "")


def says(raw: Raw, written: Cell) -> bool:
    """Whether a cell still says what was written: blanks at its ends, say, are no change."""
    if isinstance(written, bool) or written is None or isinstance(written, str):
        return _comparable(raw) == _comparable(_as_held(str(written or "")))
    if isinstance(written, datetime.date):
        return (raw.date() if isinstance(raw, datetime.datetime) else raw) == written
    return isinstance(raw, int | float) and math.isclose(raw, written, rel_tol=1e-12)


def _as_held(text: str) -> str:
    """A text as a cell gives it back: cut where it is too long."""
    held = escaped(text)
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), held)


def _comparable(raw: Raw) -> str:
    text = "" if raw is None else str(raw)
    return " ".join(re.sub("[\ufffe\uffff]", "", text).split())


class Matcher:
    """Finds the parts of one sheet, each at most once."""

    def __init__(self, sheet: Sheet, page: Page, labels: Labels | None) -> None:
        self.sheet, self.page, self.labels = sheet, page, labels
        self.notes: list[Text] = []
        self.id_column = next((c for c in sheet.columns if c.kind is Kind.ID), None)
        self._free: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
        self.taken: set[str] = set()
        self._used: set[tuple[str, str | None]] = set()
        if labels is not None:
            for row in rows(labels.spec, sheet):
                self._free[self._key_of(row)].append(row)

    def lines(self) -> list[Matched]:
        """The sheet's lines, those that were emptied left out."""
        found = [match for line in self.page.lines if (match := self._match(line))]
        for match in found:
            if match.base is None and self.id_column is not None and match.id is None:
                match.id = self._fresh(match)
        return found

    def _match(self, line: Line) -> Matched | None:
        id = self._id_in(line)
        if all(is_blank(raw) for column, raw in line.cells.items() if column.is_input):
            if id and self.sheet.level is not Level.SELF:
                self.notes.append(say("importing.emptied", where=self.page.where(line.number)))
                return None
            if self.sheet.level is not Level.SELF and self.labels is None:
                return None
        base = self._take(line, id)
        match = Matched(self.sheet, self.page, line, base, id)
        home = self._list(line)
        if id is not None and (home, id) in self._used:
            match.id = self._fresh(match)
            told = {"where": self.page.where(line.number), "id": id, "new": match.id}
            self.notes.append(say("importing.copied", **told))
        elif id is not None:
            self.taken.add(id)
            self._used.add((home, id))
        return match

    def _id_in(self, line: Line) -> str | None:
        raw = line.cells.get(self.id_column) if self.id_column else None
        return None if is_blank(raw) else str(int(raw) if isinstance(raw, float) else raw)

    def _list(self, line: Line) -> str:
        """Which of the sheet's lists a line says it belongs to; ids may recur between them."""
        gate = next((c for c in self.sheet.columns if c.path == "@list"), None)
        try:
            return str(code(gate.of, line.cells.get(gate), "en")) if gate else ""
        except Unread:
            return ""

    def _take(self, line: Line, id: str | None) -> Row | None:
        """The part a line was written from; of several the one most of its cells agree with."""
        key = self._key_in(line, id)
        candidates = self._free.get(key, [])
        if not candidates:
            return None
        best = max(candidates, key=lambda row: self._agreement(line, row))
        candidates.remove(best)
        return best

    def _agreement(self, line: Line, row: Row) -> int:
        assert self.labels is not None
        agrees = (says(raw, cell(c, row, self.labels)) for c, raw in line.cells.items())
        return sum(agrees)

    def _key_of(self, row: Row) -> tuple[str, ...]:
        """The id; the whole content where there is none; nothing where there is but one part."""
        assert self.labels is not None
        if self.sheet.level is Level.SELF:
            return ()
        if self.id_column is not None:
            return (str(row.part.id),)
        shown = (cell(column, row, self.labels) for column in self._inputs())
        return tuple(_comparable(_as_held(str("" if c is None else c))) for c in shown)

    def _key_in(self, line: Line, id: str | None) -> tuple[str, ...]:
        if self.sheet.level is Level.SELF:
            return ()
        if self.id_column is not None:
            return (id or "",)
        return tuple(_comparable(line.cells[column]) for column in self._inputs())

    def _inputs(self) -> Sequence[Column]:
        return [c for c in self.sheet.columns if c.is_input and c in self.page.places]

    def _fresh(self, match: Matched) -> str:
        """A stable id for a part added by hand: its name where names are ids, else from its content."""
        texts = [plain_text(match.raw(c)) for c in self.sheet.columns if c.is_input]
        wanted = self._named(match) or stable_id(self.sheet.prefix or "f", *texts)
        id, number = wanted, 2
        known = {key[0] for key, parts in self._free.items() if parts} | self.taken
        while id in known:
            id, number = f"{wanted}_{number}", number + 1
        self.taken.add(id)
        return id

    def _named(self, match: Matched) -> str | None:
        """Departments are named by themselves, items too where a criterion can name them so."""
        if self.sheet.key not in ("departments", "information"):
            return None
        column = next(c for c in self.sheet.columns if c.kind is Kind.TEXT)
        name = plain_text(match.raw(column))
        usable = bool(name) if self.sheet.key == "departments" else _can_be_named(name)
        return name if usable else None


def _can_be_named(name: str) -> bool:
    try:
        return isinstance(feel.parse(name), feel.Name) and name != feel.DONE
    except FeelError:
        return False
