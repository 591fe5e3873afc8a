"""DMN 1.3: the gates of the target process as decision tables, with the drawing of what they need.

`to_dmn` is one file with all decisions; `decision_files` is one file a decision, for engines that
want it so. Source: OMG DMN 1.3 (formal/2020-12-01) and its XML schema of 2019-11-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from journeylib.exporting.decisions import Column, Decision, check_cells, decisions
from journeylib.exporting.dialects import NAMESPACES, RETENTION, Dialect
from journeylib.exporting.flow import ascii_id
from journeylib.exporting.sizes import Box, Point, lines_of
from journeylib.exporting.xmltext import escaped, legal
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
DMNDI = "https://www.omg.org/spec/DMN/20191111/DMNDI/"
DC = "http://www.omg.org/spec/DMN/20180521/DC/"
DI = "http://www.omg.org/spec/DMN/20180521/DI/"
FEEL = "https://www.omg.org/spec/DMN/20191111/FEEL/"
NAMESPACE = "urn:journeylib:decisions:1"
CAMUNDA = NAMESPACES["camunda"]

LEFT, TOP, GAP = 160, 80, 40
DECISION_SIZE, INPUT_SIZE = (200, 80), (150, 50)
STACK_BELOW = 150

Element = etree._Element


def to_dmn(spec: TargetSpec, lang: Lang) -> bytes:
    """All gates of `spec` as one DMN file (UTF-8), with the drawing of their requirements."""
    return _written(decisions(spec, lang), spec.name.in_(lang))


def decision_files(
    spec: TargetSpec, lang: Lang, dialect: Dialect = "generic"
) -> Mapping[str, bytes]:
    """File name → one decision each. SpiffWorkflow reads cells as Python: ``dialect="spiff"``."""
    found = decisions(spec, lang, "python" if dialect == "spiff" else "feel")
    check = dialect != "spiff"
    return {f"{d.id}.dmn": _written((d,), d.name, check_feel=check) for d in found}


def _written(found: Sequence[Decision], name: str, *, check_feel: bool = True) -> bytes:
    root = etree.Element(
        _tag("definitions"),
        nsmap={"dmn": DMN, "dmndi": DMNDI, "dc": DC, "di": DI, "camunda": CAMUNDA},
        attrib={
            "id": "Definitions_gates",
            "name": legal(name),
            "namespace": NAMESPACE,
            "exporter": "journeylib",
            "expressionLanguage": FEEL,
        },
    )
    for decision in found:
        if check_feel:
            check_cells(decision)
        _decision(root, decision)
    for column in _inputs(found):
        element = _add(root, "inputData", id=_input_id(column), name=column.label)
        _add(element, "variable", id=f"{_input_id(column)}_variable", name=column.expression,
             typeRef=column.type)  # fmt: skip
    _diagram(root, found)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _tag(name: str, namespace: str = DMN) -> str:
    return f"{{{namespace}}}{name}"


def _add(parent: Element, tag: str, content: str | None = None, /, **attributes: str) -> Element:
    kept = {key: legal(value) for key, value in attributes.items()}
    element = etree.SubElement(parent, _tag(tag), kept)
    if content is not None:
        element.text = legal(content)
    return element


def _inputs(found: Sequence[Decision]) -> tuple[Column, ...]:
    """What the decisions read, each once: the same variable is the same thing everywhere."""
    by_name = {column.expression: column for d in found for column in d.inputs}
    return tuple(by_name.values())


def _input_id(column: Column) -> str:
    return ascii_id("Input", column.expression)


# -- a table ---------------------------------------------------------------------------------------


def _decision(root: Element, decision: Decision) -> None:
    element = _add(root, "decision", id=decision.id, name=decision.name)
    element.set(_tag("historyTimeToLive", CAMUNDA), RETENTION)
    _add(element, "question", decision.question)
    _add(
        element, "variable", id=f"{decision.id}_variable", name=decision.variable, typeRef="boolean"
    )
    for column in decision.inputs:
        requirement = _add(element, "informationRequirement", id=_requirement(decision, column))
        _add(requirement, "requiredInput", href=f"#{_input_id(column)}")
    table = _add(element, "decisionTable", id=f"{decision.id}_table", hitPolicy="FIRST")
    for place, column in enumerate(decision.columns, 1):
        _input(table, f"{decision.id}_input{place}", column)
    _add(table, "output", id=f"{decision.id}_output", label=decision.question,
         name=decision.variable, typeRef="boolean")  # fmt: skip
    for number, row in enumerate(decision.rows, 1):
        rule = _add(table, "rule", id=f"{decision.id}_rule{number}")
        _add(rule, "description", row.meaning)
        for place, cell in enumerate(row.cells, 1):
            entry = _add(rule, "inputEntry", id=f"{decision.id}_rule{number}_input{place}")
            _add(entry, "text", escaped(cell))
        _add(_add(rule, "outputEntry", id=f"{decision.id}_rule{number}_output"), "text", row.answer)


def _input(table: Element, id: str, column: Column) -> None:
    element = _add(table, "input", id=id, label=column.label)
    expression = _add(element, "inputExpression", id=f"{id}_expression", typeRef=column.type)
    _add(expression, "text", escaped(column.expression))


def _requirement(decision: Decision, column: Column) -> str:
    return f"{decision.id}_needs_{_input_id(column)}"


# -- the drawing -----------------------------------------------------------------------------------


def _diagram(root: Element, found: Sequence[Decision]) -> None:
    di = etree.SubElement(root, _tag("DMNDI", DMNDI))
    diagram = etree.SubElement(di, _tag("DMNDiagram", DMNDI), id="Diagram_gates")
    drawing = _Drawing(found)
    for id, box in drawing.boxes.items():
        shape = etree.SubElement(diagram, _tag("DMNShape", DMNDI), id=f"{id}_di", dmnElementRef=id)
        sizes = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
        etree.SubElement(shape, _tag("Bounds", DC), {k: f"{v:g}" for k, v in sizes.items()})
    for decision in found:
        for column in decision.inputs:
            id = _requirement(decision, column)
            edge = etree.SubElement(
                diagram, _tag("DMNEdge", DMNDI), id=f"{id}_di", dmnElementRef=id
            )
            for x, y in drawing.line(_input_id(column), decision.id):
                etree.SubElement(edge, _tag("waypoint", DI), x=f"{x:g}", y=f"{y:g}")


class _Drawing:
    """Decisions from left to right in the order of the stages; below each, in two columns, what it is
    the first to read. The gap between the columns is the way up; what a later decision reads too
    goes across in a channel below the decisions."""

    def __init__(self, found: Sequence[Decision]) -> None:
        self.boxes: dict[str, Box] = {}
        self.homes: dict[str, str] = {}
        left: float = LEFT
        for decision in found:
            own = [c for c in decision.inputs if _input_id(c) not in self.homes]
            room = 2 * INPUT_SIZE[0] + GAP if len(own) > 1 else DECISION_SIZE[0]
            self.boxes[decision.id] = Box(left + (room - DECISION_SIZE[0]) / 2, TOP, *DECISION_SIZE)
            self.homes |= {_input_id(column): decision.id for column in own}
            self.stack(own, left, room)
            left += room + 2 * GAP
        self.shared = [
            _input_id(c) for d in found for c in d.inputs if self.homes[_input_id(c)] != d.id
        ]

    @property
    def channel(self) -> float:
        """Where the first line across runs."""
        return TOP + DECISION_SIZE[1] + 40

    def stack(self, own: Sequence[Column], left: float, room: float) -> None:
        """Two a row, so high that their names fit; a single one in the middle."""
        width, top = INPUT_SIZE[0], TOP + DECISION_SIZE[1] + STACK_BELOW
        for start in range(0, len(own), 2):
            line = own[start : start + 2]
            height = max(INPUT_SIZE[1], *(15 * lines_of(c.label, width - 40) + 24 for c in line))
            for place, column in enumerate(line):
                x = left + (room - width) / 2 if len(own) == 1 else left + place * (width + GAP)
                self.boxes[_input_id(column)] = Box(x, top, width, height)
            top += height + GAP

    def line(self, source: str, decision: str) -> tuple[Point, ...]:
        """From an input to a decision that reads it."""
        box, target, home = self.boxes[source], self.boxes[decision], self.homes[source]
        way_up, y = self.boxes[home].middle[0], box.middle[1]
        side = box.x if box.middle[0] > way_up else box.right
        begin = ((way_up, box.y),) if box.middle[0] == way_up else ((side, y), (way_up, y))
        if home == decision:
            return *begin, (way_up, target.bottom)
        across = self.channel + 8 * (self.shared.index(source) % 10)
        into = target.middle[0] - 60
        return *begin, (way_up, across), (into, across), (into, target.bottom)
