"""The specification as a workbook to work on: a sheet a topic, headers frozen, filters on.

The same specification gives the same bytes. Text that looks like a formula stays text.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from journeylib.exporting import words
from journeylib.exporting.words import told
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Goal, Stage
from journeylib.terms import Lang

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

Cell = str | int | float | None
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CELL_LIMIT = 32_767
_SHARE = "0.0 %"


def to_xlsx(spec: TargetSpec, lang: Lang) -> bytes:
    """`spec` as an Excel workbook."""
    from openpyxl import Workbook

    book = Workbook()
    del book[book.sheetnames[0]]
    for key, head, rows in _sheets(spec, lang):
        sheet = book.create_sheet(told(f"sheet_{key}", lang))
        _fill(sheet, [told(f"head_{name}", lang) for name in head], rows)
    book.properties.creator = "journeylib"
    return _without_clock(book)


def _sheets(
    spec: TargetSpec, lang: Lang
) -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]]:
    yield "overview", ("stage", "definition", "accountable", "sla", "why"), _overview(spec, lang)
    stages = ("stage", "activity", "required", "owner", "output", "sla", "why", "sla_why", "id")
    yield "activities", stages, _activities(spec, lang)
    criteria = ("stage", "gate", "criterion", "expression", "share", "lift", "n", "why", "id")
    yield "criteria", criteria, _criteria(spec, lang)
    yield "raci", ("stage", "department", "part", "why"), _raci(spec, lang)
    handovers = ("stage", "from", "to", "item", "within", "share", "n", "why", "answers")
    yield "handovers", handovers, _handovers(spec, lang)
    yield "automation", ("stage", "trigger", "action", "why"), _automation(spec, lang)
    goals = ("stage", "goal", "definition", "baseline", "baseline_text", "target", "due", "missing")
    yield "goals", goals, _goals(spec, lang)
    items = ("item", "name_in_criteria", "attribute", "type", "first_known", "department")
    yield "information", items, _information(spec, lang)
    yield "answers", ("id", "finding", "confidence", "n", "stage"), _answered(spec, lang)


def _overview(spec: TargetSpec, lang: Lang) -> Iterator[Sequence[Cell]]:
    yield spec.name.in_(lang), "\n".join(note.in_(lang) for note in spec.notes), None, None, None
    for stage in spec.stages:
        accountable = [r.department for r in stage.raci if r.part == "A"]
        yield (
            stage.name.in_(lang),
            stage.definition.in_(lang),
            words.joined((words.department(spec, d, lang) for d in accountable), lang),
            str(stage.sla or ""),
            words.why(stage.sla_why, lang) if stage.sla_why else None,
        )


def _activities(spec: TargetSpec, lang: Lang) -> Iterator[Sequence[Cell]]:
    for stage in spec.stages:
        for a in stage.activities:
            yield (
                stage.name.in_(lang),
                a.name.in_(lang),
                told("is_required" if a.required else "is_optional", lang),
                words.department(spec, a.department, lang),
                spec.item_name(a.output).in_(lang) if a.output else None,
                str(a.sla or ""),
                words.why(a.why, lang),
                words.why(a.sla_why, lang) if a.sla_why else None,
                a.id,
            )


def _criteria(spec: TargetSpec, lang: Lang) -> Iterator[Sequence[Cell]]:
    for stage in spec.stages:
        for gate, criteria in (("entry", stage.entry), ("exit", stage.exit)):
            for c in criteria:
                yield (
                    stage.name.in_(lang),
                    told(f"section_{gate}", lang),
                    c.text.in_(lang),
                    c.when,
                    c.why.estimate if c.why.unit == "share" else None,
                    c.why.lift,
                    c.why.n,
                    words.why(c.why, lang),
                    c.id,
                )


def _raci(spec: TargetSpec, lang: Lang) -> Iterator[Sequence[Cell]]:
    for stage in spec.stages:
        for part in stage.raci:
            department = words.department(spec, part.department, lang)
            yield stage.name.in_(lang), department, part.part, words.why(part.why, lang)


def _handovers(spec: TargetSpec, lang: Lang) -> Iterator[Sequence[Cell]]:
    for stage in spec.stages:
        for handover in stage.handovers:
            for handed in handover.items:
                yield (
                    stage.name.in_(lang),
                    words.department(spec, handover.source, lang),
                    words.department(spec, handover.target, lang),
                    spec.item_name(handed.item).in_(lang),
                    str(handover.within or ""),
                    handed.why.estimate if handed.why.unit == "share" else None,
                    handed.why.n,
                    words.why(handed.why, lang),
                    words.joined(handed.why.findings, lang),
                )


def _automation(spec: TargetSpec, lang: Lang) -> Iterator[Sequence[Cell]]:
    for stage in spec.stages:
        for rule in stage.automation:
            yield (
                stage.name.in_(lang),
                rule.trigger.in_(lang),
                rule.action.in_(lang),
                words.why(rule.why, lang),
            )


def _goals(spec: TargetSpec, lang: Lang) -> Iterator[Sequence[Cell]]:
    everywhere: list[tuple[Stage | None, Goal]] = [(None, goal) for goal in spec.goals]
    by_stage = [(stage, goal) for stage in spec.stages for goal in stage.goals]
    for stage, goal in (*everywhere, *by_stage):
        yield (
            stage.name.in_(lang) if stage else told("everywhere", lang),
            goal.name.in_(lang),
            goal.definition.in_(lang),
            goal.baseline.value,
            words.fact(goal.baseline, lang),
            goal.target,
            goal.due.isoformat() if goal.due else None,
            " ".join(gap.in_(lang) for gap in goal.missing),
        )


def _information(spec: TargetSpec, lang: Lang) -> Iterator[Sequence[Cell]]:
    stages = {stage.id: stage.name.in_(lang) for stage in spec.stages}
    for item in spec.information:
        first = stages.get(item.first_known or "")
        department = words.department(spec, item.department, lang)
        yield item.name.in_(lang), item.id, item.attribute, item.type, first, department


def _answered(spec: TargetSpec, lang: Lang) -> Iterator[Sequence[Cell]]:
    for finding in spec.findings:
        stages = [s.name.in_(lang) for s in spec.stages if finding.id in s.answers]
        sure = told(f"confidence_{finding.confidence}", lang)
        title = finding.title.in_(lang)
        yield finding.id, title, sure, finding.n, words.joined(stages, lang)


# -- the workbook ----------------------------------------------------------------------------------


def _fill(sheet: Worksheet, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    for place, row in enumerate((head, *rows), 1):
        for column, value in enumerate(row, 1):
            _put(sheet, place, column, value)
    _dress(sheet, head)


def _put(sheet: Worksheet, row: int, column: int, value: Cell) -> None:
    """A value; text stays text, whatever it begins with, and loses what a workbook cannot hold."""
    from openpyxl.styles import Alignment

    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = _ILLEGAL.sub("", value)[:_CELL_LIMIT]
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in "=+-@" and bool(value)
    else:
        cell.value = value
    cell.alignment = Alignment(vertical="top", wrap_text=True)


def _dress(sheet: Worksheet, head: Sequence[str]) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="2F5D8A")
    for column in range(1, len(head) + 1):
        texts = [str(row[0] or "") for row in sheet.iter_rows(min_col=column, max_col=column,
                                                             values_only=True)]  # fmt: skip
        width = max(_width(line) for text in texts for line in (text.splitlines() or [""]))
        sheet.column_dimensions[get_column_letter(column)].width = min(60, max(10, width + 2))
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions


def _width(text: str) -> int:
    """Columns are measured in Latin characters; a Chinese one takes two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def _without_clock(book: Workbook) -> bytes:
    """The workbook's bytes with all times fixed: saving twice gives the same file."""
    from openpyxl.writer.excel import ExcelWriter

    moment = datetime.datetime(*_EPOCH)
    book.properties.created = book.properties.modified = moment
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        writer = ExcelWriter(book, archive)
        writer.write_data()
    fixed = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return fixed.getvalue()
