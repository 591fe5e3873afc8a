"""An edited workbook read back: what was changed is laid over what was written.

Each line finds the part it was written from (by its id, or by its content where parts have none). A
cell that still says what was written keeps its field as it was, evidence and all; a cell that says
something else is understood, or reported with its place and what to write. A line without a part is
a new part; a part without a line is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from journeylib.errors import SpecError
from journeylib.exporting.cells import Labels, cell
from journeylib.exporting.sheets import SHEETS, Column, Kind, Level, Sheet, rows
from journeylib.importing.book import Book
from journeylib.importing.imported import Imported
from journeylib.importing.matching import Matched, Matcher
from journeylib.importing.names import Names
from journeylib.importing.overlay import Overlay
from journeylib.importing.settle import (
    Before,
    Data,
    follow_renamed_events,
    gone_between,
    settle,
)
from journeylib.importing.values import quoted
from journeylib.spec.goals import smart_gaps
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Goal
from journeylib.terms import Text, say


def read_workbook(content: bytes, name: str) -> Imported:
    """The specification in a workbook that was exported and edited.

    `SpecError` lists every problem with sheet, cell, what was found and what to do; `InputError` when
    it is no workbook, or none of ours.
    """
    book = Book(content, name)
    labels = Labels(book.base, book.lang) if book.base else None
    matches, notes = _matched(book, labels)
    overlay = Overlay(book.base, book.lang, Names(matches, labels))
    for match in matches:
        overlay.lay(match)
    notes += overlay.notes + list(_removed(book, matches, labels))
    data = _assembled(book, matches)
    if overlay.problems:
        raise SpecError(overlay.problems)
    notes += _consequences(book.base, data, matches)
    spec = _validated(data, matches)
    return Imported(spec, (*book.notes, *notes))


def _matched(book: Book, labels: Labels | None) -> tuple[list[Matched], list[Text]]:
    matches: list[Matched] = []
    notes: list[Text] = []
    for sheet in SHEETS:
        if sheet in book.pages:
            matcher = Matcher(sheet, book.pages[sheet], labels)
            matches += matcher.lines()
            notes += matcher.notes
    return matches, notes


def _removed(book: Book, matches: list[Matched], labels: Labels | None) -> Iterator[Text]:
    """The parts that were written and have no line any more."""
    if labels is None:
        return
    found = {id(match.base.part) for match in matches if match.base}
    for sheet in book.pages:
        column = next(c for c in sheet.columns if c.is_input and c.path != "@stage")
        for row in rows(labels.spec, sheet):
            if id(row.part) not in found:
                what = quoted(cell(column, row, labels))
                title = sheet.title(book.lang)
                yield say("importing.removed", sheet=title, what=what)


# -- putting it together ---------------------------------------------------------------------------


def _assembled(book: Book, matches: list[Matched]) -> Data:
    """The whole specification as data, each sheet's lines in the lists they belong to."""
    data: Data = book.base.to_dict() if book.base else _skeleton()
    by_sheet: dict[str, list[Matched]] = {sheet.key: [] for sheet in book.pages}
    for match in matches:
        by_sheet[match.sheet.key].append(match)
    for sheet in sorted(book.pages, key=SHEETS.index):
        _place(data, sheet, by_sheet[sheet.key])
    return data


def _skeleton() -> Data:
    lists = ("departments", "roles", "information", "stages", "transitions", "constraints", "goals",
             "findings", "notes")  # fmt: skip
    return {"schema": "spec/1", **{name: [] for name in lists}}


def _place(data: Data, sheet: Sheet, matches: list[Matched]) -> None:
    if sheet.level is Level.SELF:
        for match in matches[:1]:
            fields = {column.path.split(".")[0] for column in sheet.columns}
            data.update({name: match.data[name] for name in fields if name in match.data})
        return
    if sheet.level is not Level.STAGE:
        for name in sheet.lists:
            data[name] = [m.data for m in matches if m.stage is None and m.list == name]
    if sheet.level is not Level.WHOLE:
        for stage in data["stages"]:
            for name in sheet.lists:
                inside = (m for m in matches if m.stage == stage["id"] and m.list == name)
                stage[name] = [m.data for m in inside]


def _consequences(base: TargetSpec | None, data: Data, matches: list[Matched]) -> list[Text]:
    for constraint in data["constraints"]:
        constraint["activities"] = [id for id in constraint["activities"] if id is not None]
    for match in matches:
        if match.sheet.key == "goals":
            _renew_gaps(match)
    if base is None:
        return []
    written = {a.id: a.event for a in base.activities}
    renamed = {
        written[match.id]: match.data["event"]
        for match in matches
        if match.sheet.key == "activities" and match.id in written
        and match.data["event"] != written[match.id]
    }  # fmt: skip
    notes = follow_renamed_events(data, renamed)
    before = base.to_dict()
    gone = dict(gone_between(before, data))
    gone["event"] -= frozenset(renamed)
    return notes + settle(data, gone, Before.of(before))


def _renew_gaps(match: Matched) -> None:
    """What a goal lacks follows from its fields, wherever one of them was changed."""
    written = match.base.part.model_dump(mode="json", by_alias=True) if match.base else None
    if match.data == written:
        return
    try:
        goal = Goal.model_validate(match.data)
    except ValidationError:
        return  # reported with everything else
    match.data["missing"] = [gap.to_dict() for gap in smart_gaps(goal)]


# -- checking --------------------------------------------------------------------------------------


def _validated(data: Data, matches: list[Matched]) -> TargetSpec:
    try:
        return TargetSpec.model_validate(data)
    except SpecError as problems:
        told = dict(_paths(data, matches))
        raise SpecError([(_cell(path, told), text) for path, text in problems.problems]) from None


def _paths(data: Data, matches: list[Matched]) -> Iterator[tuple[str, Matched]]:
    """JSON path of a part → the line it was read from."""
    lines = {id(match.data): match for match in matches}

    def walk(value: Any, path: str) -> Iterator[tuple[str, Matched]]:
        if id(value) in lines:
            yield path, lines[id(value)]
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(inner, f"{path}.{key}")
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                yield from walk(inner, f"{path}[{place}]")

    yield from walk(data, "$")
    yield from (("$", match) for match in matches if match.sheet.level is Level.SELF)


def _cell(path: str, told: Mapping[str, Matched]) -> str:
    """The cell a JSON path speaks of; the path itself where no line stands behind it."""
    part = path
    while part not in told or (part == "$" and path.count(".") > 1):
        shorter = re.sub(r"(\.[^.\[]+|\[\d+\])$", "", part)
        if shorter == part:
            return path
        part = shorter
    rest = path[len(part) :].removeprefix(".")
    match = told[part]
    return match.where(_column(match.sheet, rest))


def _column(sheet: Sheet, field: str) -> Column | None:
    """The column of a field; the id's, where the part as a whole is meant."""
    dotted = field.replace("[", ".").replace("]", "")
    for column in sheet.columns:
        starts = dotted.startswith(column.path) or column.path.startswith(f"{dotted}.")
        if column.is_input and column.path and dotted and starts:
            return column
    return next((c for c in sheet.columns if c.kind is Kind.ID and c.path == dotted), None)
