"""The gates of a specification as decision tables: "may the case leave this stage?"

One table a stage, one output, hit policy FIRST: a row of tests for each way to meet the criteria, and
a last row that holds the case back. A column is an information item or something done; what compares
no single item with values (``amount > limit``) becomes a column of its own that has to be true. A
criterion with too many alternatives to read as rows stays whole, in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

from journeylib.exporting.flow import ascii_id
from journeylib.exporting.languages import to_python
from journeylib.exporting.variables import Variables
from journeylib.exporting.words import told
from journeylib.spec import feel
from journeylib.spec.feel import Expression
from journeylib.spec.feel.cells import ANYTHING, Cell, as_cell, read_cell
from journeylib.spec.feel.normal import rows
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import ItemType, Stage
from journeylib.terms import Lang

CellLanguage = OneOf["feel", "python"]


@dataclass(frozen=True, slots=True)
class Column:
    """What is asked: an expression, its name for people, its type."""

    expression: str
    label: str
    type: ItemType


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One cell a column, the answer, and what the row means."""

    cells: tuple[str, ...]
    answer: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A table; its answer goes into `variable`. `inputs` are the variables it reads, with labels."""

    id: str
    name: str
    variable: str
    question: str
    columns: tuple[Column, ...]
    rows: tuple[DecisionRow, ...]
    inputs: tuple[Column, ...]


def decision_id(stage: Stage) -> str:
    """The id of a stage's decision: what the gate in the BPMN file calls."""
    return ascii_id("Decision", stage.id)


def decisions(
    spec: TargetSpec, lang: Lang, language: CellLanguage = "feel"
) -> tuple[Decision, ...]:
    """The decisions of all gates, in the order of the stages."""
    return tuple(_Gate(spec, stage, lang, language).decision() for stage in spec.stages)


@dataclass(frozen=True)
class _Gate:
    spec: TargetSpec
    stage: Stage
    lang: Lang
    language: CellLanguage

    def decision(self) -> Decision:
        variables = Variables(self.spec)
        condition = variables.condition(self.stage)
        columns, met = self.table([[self.cell(t) for t in row] for row in rows(condition)])
        stage = self.stage.name.in_(self.lang)
        yes, no = ("True", "False") if self.language == "python" else ("true", "false")
        criteria = told("semicolon", self.lang).join(c.text.in_(self.lang) for c in self.stage.exit)
        meaning = criteria or told("gate_people", self.lang)
        return Decision(
            id=decision_id(self.stage),
            name=told("decision", self.lang, stage=stage),
            variable=variables.name("leave", self.stage.id),
            question=told("gate" if self.stage.exit else "gate_decision", self.lang, stage=stage),
            columns=columns,
            rows=(
                *(DecisionRow(cells, yes, meaning) for cells in met),
                DecisionRow(
                    tuple(ANYTHING for _ in columns), no, told("gate_otherwise", self.lang)
                ),
            ),
            inputs=tuple(dict.fromkeys(self.inputs(condition))),
        )

    def cell(self, test: Expression) -> Cell:
        """In Python every test is a column of its own: its cells know no lists, ranges or unknowns."""
        return Cell(test, "True") if self.language == "python" else as_cell(test)

    def table(self, lines: list[list[Cell]]) -> tuple[tuple[Column, ...], list[tuple[str, ...]]]:
        """Columns in order of appearance; a second test of one item in a row needs a second one."""
        places: dict[tuple[Expression, int], int] = {}
        placed: list[dict[int, str]] = []
        for line in lines:
            used: dict[int, str] = {}
            for subject, text in line:
                nth = sum(known in used for (s, _), known in places.items() if s == subject)
                used[places.setdefault((subject, nth), len(places))] = text
            placed.append(used)
        columns = tuple(self.column(subject) for subject, _ in places)
        cells = [tuple(used.get(i, ANYTHING) for i in range(len(columns))) for used in placed]
        return columns or (self.constant(),), cells if columns else [(ANYTHING,)] * len(lines)

    def column(self, subject: Expression) -> Column:
        known = self.known(subject.id) if isinstance(subject, feel.Name) else None
        type_: ItemType = known.type if known else "boolean"
        label = known.label if known else self.in_words(subject)
        if self.language == "python":
            return Column(to_python(subject), self.in_words(subject), "boolean")
        return Column(feel.to_text(subject), label, type_)

    def constant(self) -> Column:
        """A table needs a column, even where its criteria ask for nothing."""
        text = "True" if self.language == "python" else "true"
        return Column(text, told("gate_always", self.lang), "boolean")

    def inputs(self, condition: Expression) -> Iterator[Column]:
        return (self.known(name.id) for name in feel.names(condition))

    def known(self, variable: str) -> Column:
        """A variable with its name for people; dates compare as ISO 8601 text, which orders alike."""
        for item in self.spec.information:
            if item.id == variable:
                kind: ItemType = "string" if item.type == "date" else item.type
                return Column(variable, item.name.in_(self.lang), kind)
        variables = Variables(self.spec)
        for activity in self.spec.activities:
            if variables.name("done", activity.id) == variable:
                name = activity.name.in_(self.lang)
                return Column(variable, told("was_done", self.lang, activity=name), "boolean")
        stage = self.stage.name.in_(self.lang)
        return Column(variable, told("gate_decision", self.lang, stage=stage), "boolean")

    def in_words(self, test: Expression) -> str:
        """An expression with the names people know."""
        text = feel.to_text(test)
        names = {name.id for name in feel.names(test)}
        if len(names) == 1 and isinstance(test, feel.Compare) and test.right == feel.Literal(True):
            return self.known(names.pop()).label
        return text


def check_cells(decision: Decision) -> None:
    """Read every FEEL cell back with our own parser; `FeelError` names what no engine would read."""
    for place, column in enumerate(decision.columns):
        subject = feel.parse(column.expression)
        for row in decision.rows:
            read_cell(subject, row.cells[place])
