"""What a specification's workbook looks like: its sheets and columns, described once.

The writer fills cells by this description, and the reader of edited workbooks understands them by
it. A row of a sheet is one part of the specification; a column is one field of that part, and its
`Kind` says how the field stands in a cell.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any, get_args

from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import ConstraintKind, GoalMeasure
from journeylib.terms import Lang, say

Cell = str | int | float | datetime.date | None

META = "meta"
"""The hidden sheet that keeps what nobody edits."""


def told(key: str, lang: Lang) -> str:
    """The words of the workbook."""
    return say(f"workbook.{key}").in_(lang)


class Kind(Enum):
    """How a field stands in a cell."""

    TEXT = auto()  # a text in the language of the workbook
    OTHER = auto()  # the same text in the other language
    WORDS = auto()  # words that have no language: names in the log, expressions
    NUMBER = auto()
    SHARE = auto()  # a number shown as per cent
    TARGET = auto()  # a number in the unit of the goal's baseline
    SPAN = auto()
    DATE = auto()
    YES = auto()
    CHOICE = auto()  # one of a few codes, shown in words
    REF = auto()  # the id of another part, shown as its name
    REFS = auto()  # several of them, one a line
    HANDED = auto()  # the items of a hand-over, one a line
    SHOWN = auto()  # told in words, not read back
    ID = auto()


class Level(StrEnum):
    """Where the parts of a sheet live."""

    SELF = "self"  # the specification itself
    WHOLE = "whole"  # lists of the specification
    STAGE = "stage"  # lists of each stage
    BOTH = "both"  # both


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field at `path` of a part; `of` names the choices or the parts referred to.

    The path ``@stage`` is the stage a row belongs to, ``@list`` the one of the sheet's lists. An edit
    renews the provenance in the field `why`.
    """

    head: str
    path: str
    kind: Kind
    of: str = ""
    why: str = ""
    needed: bool = False

    @property
    def is_input(self) -> bool:
        """Whether a person may edit it."""
        return self.kind not in (Kind.SHOWN, Kind.ID)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: one row for each part in `lists`; `prefix` begins the ids of parts added by hand."""

    key: str
    level: Level
    lists: tuple[str, ...]
    prefix: str
    columns: tuple[Column, ...]

    def title(self, lang: Lang) -> str:
        """The name on the tab."""
        return told(f"sheet_{self.key}", lang)

    def head(self, column: Column, lang: Lang) -> str:
        """What stands over a column."""
        if column.kind is Kind.OTHER:
            other: Lang = "en" if lang == "zh" else "zh"
            return f"{told(f'head_{column.head}', lang)} ({other})"
        return told(f"head_{column.head}", lang)


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the specification as a row: the stage and list it is in, and the part itself."""

    stage: str | None
    list: str
    part: Any

    def value(self, path: str) -> Any:
        """The field at `path`; None where a list is shorter."""
        if path.startswith("@"):
            return self.stage if path == "@stage" else self.list
        value = self.part
        for step in path.split(".") if path else ():
            if step.isdigit():
                value = value[int(step)] if int(step) < len(value) else None
            else:
                value = getattr(value, step)
        return value


_STAGE = Column("stage", "@stage", Kind.REF, "stage", needed=True)
_WHY = Column("why", "why", Kind.SHOWN)
_ID = Column("id", "id", Kind.ID)


def _name(head: str, path: str = "name") -> tuple[Column, Column]:
    return Column(head, path, Kind.TEXT, needed=True), Column(head, path, Kind.OTHER)


def _text(head: str, path: str) -> tuple[Column, Column]:
    return Column(head, path, Kind.TEXT), Column(head, path, Kind.OTHER)


def _sheets() -> Iterator[Sheet]:
    yield from _whole()
    yield from _in_stages()
    yield from _around()


def _whole() -> Iterator[Sheet]:
    name, name_other = _name("name")
    definition, definition_other = _text("definition", "definition")
    note, note_other = _text("note", "")
    yield Sheet("specification", Level.SELF, ("",), "", (
        name,
        Column("version", "version", Kind.NUMBER, needed=True),
        Column("lifecycle", "lifecycle", Kind.WORDS, needed=True),
        Column("source", "source", Kind.WORDS),
        Column("follows", "follows", Kind.WORDS),
        name_other,
    ))  # fmt: skip
    yield Sheet("notes", Level.WHOLE, ("notes",), "", (note, note_other))
    yield Sheet("stages", Level.WHOLE, ("stages",), "stage", (
        name,
        definition,
        Column("stay", "sla", Kind.SPAN, why="sla_why"),
        Column("probability", "probability", Kind.SHARE, why="probability_why"),
        Column("answers", "answers", Kind.REFS, "finding"),
        Column("sla_why", "sla_why", Kind.SHOWN),
        Column("probability_why", "probability_why", Kind.SHOWN),
        name_other, definition_other, _ID,
    ))  # fmt: skip


def _in_stages() -> Iterator[Sheet]:
    name, name_other = _name("activity")
    yield Sheet("activities", Level.STAGE, ("activities",), "a", (
        _STAGE, name,
        Column("required", "required", Kind.CHOICE, "required", "why", needed=True),
        Column("owner", "department", Kind.REF, "department", "why"),
        Column("role", "role", Kind.REF, "role"),
        Column("sla", "sla", Kind.SPAN, why="sla_why"),
        Column("output", "output", Kind.REF, "item"),
        Column("customer", "customer", Kind.CHOICE, "customer"),
        Column("repeatable", "repeatable", Kind.YES),
        Column("outcome", "outcome", Kind.CHOICE, "outcome"),
        Column("event", "event", Kind.WORDS),
        _WHY, Column("sla_why", "sla_why", Kind.SHOWN), name_other, _ID,
    ))  # fmt: skip
    text, text_other = _name("criterion", "text")
    when = Column("expression", "when", Kind.WORDS, why="why", needed=True)
    yield Sheet("criteria", Level.STAGE, ("entry", "exit"), "c", (
        _STAGE, Column("gate", "@list", Kind.CHOICE, "gate", needed=True), text, when,
        _WHY, text_other, _ID,
    ))  # fmt: skip
    yield Sheet("raci", Level.STAGE, ("raci",), "", (
        _STAGE,
        Column("department", "department", Kind.REF, "department", "why", needed=True),
        Column("part", "part", Kind.CHOICE, "raci", "why", needed=True), _WHY,
    ))  # fmt: skip
    yield Sheet("handovers", Level.STAGE, ("handovers",), "h", (
        _STAGE,
        Column("from", "source", Kind.REF, "department", "why", needed=True),
        Column("to", "target", Kind.REF, "department", "why", needed=True),
        Column("items", "items", Kind.HANDED, "item"),
        Column("within", "within", Kind.SPAN, why="why"),
        Column("items_why", "items", Kind.SHOWN), _WHY, _ID,
    ))  # fmt: skip
    trigger, trigger_other = _name("trigger", "trigger")
    action, action_other = _name("action", "action")
    yield Sheet("automation", Level.STAGE, ("automation",), "r", (
        _STAGE, Column("kind", "kind", Kind.CHOICE, "automation", "why", needed=True),
        Column("activity", "activity", Kind.REF, "activity", "why"), trigger, action,
        _WHY, trigger_other, action_other, _ID,
    ))  # fmt: skip


def _around() -> Iterator[Sheet]:
    text, text_other = _name("rule", "text")
    yield Sheet("constraints", Level.WHOLE, ("constraints",), "k", (
        Column("kind", "kind", Kind.CHOICE, "constraint", "why", needed=True),
        Column("first", "activities.0", Kind.REF, "activity", "why", needed=True),
        Column("second", "activities.1", Kind.REF, "activity", "why"),
        text,
        Column("within", "within", Kind.SPAN, why="why"),
        Column("expression", "when", Kind.WORDS, why="why"), _WHY, text_other, _ID,
    ))  # fmt: skip
    goal, goal_other = _name("goal")
    definition, definition_other = _text("definition", "definition")
    yield Sheet("goals", Level.BOTH, ("goals",), "g", (
        Column("stage", "@stage", Kind.REF, "stage"), goal, definition,
        Column("measure", "measure", Kind.CHOICE, "measure"),
        Column("of", "of", Kind.REF, "place"),
        Column("better", "better", Kind.CHOICE, "better", needed=True),
        Column("target", "target", Kind.TARGET),
        Column("due", "due", Kind.DATE),
        Column("baseline", "baseline", Kind.SHOWN),
        Column("missing", "missing", Kind.SHOWN),
        Column("attainment", "attainment", Kind.SHOWN),
        Column("answers", "findings", Kind.REFS, "finding"),
        goal_other, definition_other, _ID,
    ))  # fmt: skip
    name, name_other = _name("name")
    yield Sheet("information", Level.WHOLE, ("information",), "i", (
        name,
        Column("attribute", "attribute", Kind.WORDS),
        Column("type", "type", Kind.CHOICE, "type"),
        Column("first_known", "first_known", Kind.REF, "stage"),
        Column("department", "department", Kind.REF, "department"), name_other,
        Column("name_in_criteria", "id", Kind.ID),
    ))  # fmt: skip
    yield Sheet("departments", Level.WHOLE, ("departments",), "d", (name, name_other, _ID))
    yield Sheet("roles", Level.WHOLE, ("roles",), "role", (
        name, Column("department", "department", Kind.REF, "department"), name_other, _ID,
    ))  # fmt: skip
    yield Sheet("transitions", Level.WHOLE, ("transitions",), "", (
        Column("from", "source", Kind.REF, "activity", needed=True),
        Column("to", "target", Kind.REF, "activity", needed=True), _WHY,
    ))  # fmt: skip
    title, title_other = _text("finding", "title")
    yield Sheet("answers", Level.WHOLE, ("findings",), "", (
        title,
        Column("finding_kind", "kind", Kind.CHOICE, "finding", needed=True),
        Column("type", "type", Kind.WORDS, needed=True),
        Column("confidence", "confidence", Kind.CHOICE, "confidence", needed=True),
        Column("n", "n", Kind.NUMBER, needed=True), title_other, _ID,
    ))  # fmt: skip


SHEETS: tuple[Sheet, ...] = tuple(_sheets())

CHOICES: Mapping[str, tuple[Any, ...]] = {
    "required": (True, False),
    "customer": ("initiates", "meets"),
    "outcome": ("won", "lost"),
    "gate": ("entry", "exit"),
    "raci": ("R", "A", "C", "I"),
    "automation": ("assign", "remind", "escalate", "carry"),
    "constraint": get_args(ConstraintKind),
    "measure": get_args(GoalMeasure),
    "better": ("higher", "lower"),
    "type": ("string", "number", "boolean", "date"),
    "finding": ("breakpoint", "silo", "touchpoint"),
    "confidence": ("proven", "suggestive", "too_few"),
}  # fmt: skip

HOMES: Mapping[str, str] = {
    "stage": "stages",
    "activity": "activities",
    "department": "departments",
    "role": "roles",
    "item": "information",
    "finding": "answers",
}
"""The sheet in which the parts that a reference may name are listed."""


def choice(of: str, code: Any, lang: Lang) -> str:
    """A code in words.

    >>> choice("required", True, "zh"), choice("raci", "A", "en")
    ('必做', 'A accountable')
    """
    return told(f"choice_{of}_{str(code).lower()}", lang)


def rows(spec: TargetSpec, sheet: Sheet) -> Iterator[Row]:
    """The parts a sheet shows, in the order of the specification."""
    if sheet.level is Level.SELF:
        yield Row(None, "", spec)
    if sheet.level in (Level.WHOLE, Level.BOTH):
        for name in sheet.lists:
            yield from (Row(None, name, part) for part in getattr(spec, name))
    if sheet.level in (Level.STAGE, Level.BOTH):
        for stage in spec.stages:
            for name in sheet.lists:
                yield from (Row(stage.id, name, part) for part in getattr(stage, name))
