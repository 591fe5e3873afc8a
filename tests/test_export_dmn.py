"""Decision tables beside the criteria they are made from, and their drawing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import SpiffWorkflow.dmn.parser as spiff
from hypothesis import HealthCheck, given, settings
from lxml import etree

from journeylib.errors import SpecError
from journeylib.exporting import export
from journeylib.exporting.bpmn import BPMN, to_bpmn
from journeylib.exporting.dialects import NAMESPACES
from journeylib.exporting.dmn import DC, DI, DMN, DMNDI, decision_files, to_dmn
from journeylib.spec import feel
from journeylib.spec.drafting.draft import specify
from journeylib.spec.feel.cells import read_cell
from journeylib.spec.feel.evaluate import holds
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Criterion, InformationItem, Provenance
from journeylib.terms import Text
from tests.bpmn_checks import Rect
from tests.feel_cases import FLAGS, NUMBERS, WORDS, criteria, knowledge, plain_criteria
from tests.goldens import check_golden
from tests.spec_fixtures import crm_journey, small_spec
from tests.spec_strategies import specs

XSD = etree.XMLSchema(etree.parse(str(Path(spiff.__file__).parent / "schema" / "DMN13.xsd")))
LAX = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def _spec_asking(*conditions: str) -> TargetSpec:
    """The small specification whose first stage asks for these, over the items of `feel_cases`."""
    spec = small_spec()
    why = Provenance(method="workshop")
    first = spec.stages[0].model_copy(
        update={
            "exit": tuple(
                Criterion(id=f"c{n}", when=when, text=Text.same("asked"), why=why)
                for n, when in enumerate(conditions)
            )
        }
    )
    types = dict.fromkeys(NUMBERS, "number") | dict.fromkeys(WORDS, "string")
    types |= dict.fromkeys(FLAGS, "boolean")
    items = tuple(
        InformationItem(id=id, name=Text.same(id), attribute=id, type=kind)  # type: ignore[arg-type]
        for id, kind in types.items()
    )
    kept = tuple(item for item in spec.information if item.id not in types)
    return spec.model_copy(
        update={"information": (*items, *kept), "stages": (first, spec.stages[1])}
    )


class Tables:
    """A DMN file, and what its tables answer."""

    def __init__(self, content: bytes) -> None:
        self.root = etree.fromstring(content)

    def all(self, tag: str, of: Any = None) -> list[Any]:
        return (self.root if of is None else of).findall(f".//{{{DMN}}}{tag}")

    def texts(self, tag: str, of: Any) -> list[str]:
        return [e.find(f".//{{{DMN}}}text").text for e in self.all(tag, of)]

    def answer(self, table: Any, known: dict[str, Any]) -> bool:
        """The first rule that holds, by our own reading of the cells."""
        columns = [feel.parse(text) for text in self.texts("input", table)]
        for rule in self.all("rule", table):
            cells = zip(columns, self.texts("inputEntry", rule), strict=True)
            if all(holds(read_cell(column, cell), known) for column, cell in cells):
                return self.texts("outputEntry", rule) == ["true"]
        raise AssertionError("no rule holds")

    def answer_in_python(self, table: Any, known: dict[str, Any]) -> bool:
        columns = self.texts("input", table)
        for rule in self.all("rule", table):
            cells = zip(columns, self.texts("inputEntry", rule), strict=True)
            if all(c == "-" or eval(f"({of}) == ({c})", {}, known) for of, c in cells):
                return bool(eval(self.texts("outputEntry", rule)[0]))
        raise AssertionError("no rule holds")

    def shapes(self) -> dict[str, Rect]:
        found = {}
        for shape in self.root.iter(f"{{{DMNDI}}}DMNShape"):
            box = shape.find(f"{{{DC}}}Bounds")
            x, y, w, h = (float(box.get(key)) for key in ("x", "y", "width", "height"))
            found[shape.get("dmnElementRef")] = Rect(x, y, x + w, y + h)
        return found

    def defects(self) -> Iterator[str]:
        """What is wrong with the drawing, in words."""
        shapes = self.shapes()
        for element in (*self.all("decision"), *self.all("inputData")):
            if element.get("id") not in shapes:
                yield f"{element.get('id')} has no shape"
        for a, b in itertools.combinations(shapes, 2):
            if shapes[a].overlaps(shapes[b]):
                yield f"{a} overlaps {b}"
        lines = {e.get("dmnElementRef"): e for e in self.root.iter(f"{{{DMNDI}}}DMNEdge")}
        for decision in self.all("decision"):
            for need in self.all("informationRequirement", decision):
                source = need.find(f"{{{DMN}}}requiredInput").get("href").removeprefix("#")
                ends = source, decision.get("id")
                points = [
                    (float(p.get("x")), float(p.get("y")))
                    for p in lines[need.get("id")].iter(f"{{{DI}}}waypoint")
                ]
                yield from _line_defects(need.get("id"), points, ends, shapes)


def _line_defects(
    name: str, points: list[tuple[float, float]], ends: tuple[str, str], shapes: dict[str, Rect]
) -> Iterator[str]:
    for end, point in zip(ends, (points[0], points[-1]), strict=True):
        if not shapes[end].touches(point):
            yield f"{name} does not reach {end}"
    for a, b in itertools.pairwise(points):
        if a[0] != b[0] and a[1] != b[1]:
            yield f"{name} runs askew"
        for id, shape in shapes.items():
            if id not in ends and shape.crossed_by(a, b):
                yield f"{name} runs through {id}"


@LAX
@given(specs())
def test_any_specification_gives_valid_tables_and_a_clean_drawing(spec: TargetSpec) -> None:
    tables = Tables(to_dmn(spec, "zh"))
    assert XSD.validate(tables.root), XSD.error_log
    assert list(tables.defects()) == []
    ids = [e.get("id") for e in tables.root.iter() if e.get("id")]
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", id) for id in ids)
    assert len(set(ids)) == len(ids)
    assert len(tables.all("decision")) == len(spec.stages)


@settings(max_examples=150, deadline=None)
@given(criteria(), knowledge())
def test_a_table_answers_as_its_criterion_does(tree: feel.Expression, known: Any) -> None:
    tables = Tables(to_dmn(_spec_asking(feel.to_text(tree)), "en"))
    assert tables.answer(tables.all("decisionTable")[0], known) is holds(tree, known)


@settings(max_examples=150, deadline=None)
@given(plain_criteria(), knowledge())
def test_a_table_in_python_answers_alike(tree: feel.Expression, known: Any) -> None:
    files = decision_files(_spec_asking(feel.to_text(tree)), "en", "spiff")
    tables = Tables(files["Decision_interest.dmn"])
    everything = dict.fromkeys((*NUMBERS, *WORDS, *FLAGS)) | known
    found = tables.answer_in_python(tables.all("decisionTable")[0], everything)
    assert found is holds(tree, known)


def _table(*conditions: str) -> tuple[list[str], list[list[str]]]:
    tables = Tables(to_dmn(_spec_asking(*conditions), "en"))
    table = tables.all("decisionTable")[0]
    rules = [tables.texts("inputEntry", rule) for rule in tables.all("rule", table)]
    return tables.texts("input", table), rules


@pytest.mark.parametrize(
    ("conditions", "columns", "rules"),
    [
        (["budget >= 3", "grade != null"], ["budget", "grade"], [[">= 3", "not(null)"]]),
        (['grade in ("A", "B")'], ["grade"], [['"A", "B"']]),
        (["budget in [1..3)"], ["budget"], [["[1..3)"]]),
        (["budget in (1..3]"], ["budget"], [["]1..3]"]]),
        (["3 > budget"], ["budget"], [["< 3"]]),
        (["budget > 1 and budget < 3"], ["budget", "budget"], [["> 1", "< 3"]]),
        (["signed or budget = 1"], ["signed", "budget"], [["true", "-"], ["-", "1"]]),
        (["not(signed)"], ["signed"], [["false"]]),
        (["budget > 金额"], ["budget > 金额"], [["true"]]),
        (['"首次联系" in done'], ["done_a_contact"], [["true"]]),
        (['not("首次联系" in done)'], ["done_a_contact"], [["not(true)"]]),
        (['"A" in grade'], ["grade"], [['"A"']]),
        (["true"], ["true"], [["-"]]),
        (["false"], ["true"], []),
    ],
)
def test_criteria_as_cells(
    conditions: list[str], columns: list[str], rules: list[list[str]]
) -> None:
    found_columns, found_rules = _table(*conditions)
    assert found_columns == columns
    assert found_rules == [*rules, ["-"] * len(columns)]


def test_a_criterion_with_too_many_alternatives_is_one_column() -> None:
    when = " and ".join(f"(budget = {n} or 金额 = {n})" for n in range(7))
    assert _table(when) == ([when], [["true"], ["-"]])


def test_one_output_named_as_the_process_calls_it() -> None:
    tables = Tables(to_dmn(small_spec(), "zh"))
    process = etree.fromstring(to_bpmn(small_spec(), "zh"))
    called = {
        rule.get(f"{{{NAMESPACES['camunda']}}}decisionRef"): rule.get(
            f"{{{NAMESPACES['camunda']}}}resultVariable"
        )
        for rule in process.iter(f"{{{BPMN}}}businessRuleTask")
    }
    offered = {}
    for decision in tables.all("decision"):
        (output,) = tables.all("output", decision)
        (table,) = tables.all("decisionTable", decision)
        assert table.get("hitPolicy") == "FIRST"
        offered[decision.get("id")] = output.get("name")
    assert offered == called


def test_inputs_are_typed_and_dates_compare_as_text() -> None:
    spec = _spec_asking('since > "2025-01-01"'.replace("since", "grade"), "budget > 1", "signed")
    items = tuple(
        i.model_copy(update={"type": "date"}) if i.id == "grade" else i for i in spec.information
    )
    tables = Tables(to_dmn(spec.model_copy(update={"information": items}), "en"))
    first = tables.all("decisionTable")[0]
    types = [e.get("typeRef") for e in tables.all("inputExpression", first)]
    assert types == ["string", "number", "boolean"]


def test_what_no_variable_can_say_is_refused() -> None:
    with pytest.raises(SpecError, match="only a quoted activity"):
        to_dmn(_spec_asking("grade in done"), "en")


def test_strings_keep_what_xml_cannot_hold() -> None:
    columns, rules = _table('grade = "a\\u000bb"')
    assert (columns, rules[0]) == (["grade"], ['"a\\u000bb"'])


def test_variables_of_look_alike_ids_differ() -> None:
    spec = small_spec()
    why = Provenance(method="workshop")
    twins = tuple(
        Activity(id=id, event=id, name=Text.same(id), required=False, why=why)
        for id in ("a-1", "a_1", "活动", "活 动")
    )
    stage = spec.stages[1].model_copy(
        update={
            "activities": twins,
            "exit": tuple(
                Criterion(id=f"x{a.id}", when=f'"{a.id}" in done', text=Text.same("x"), why=why)
                for a in twins
            ),
        }
    )
    tables = Tables(to_dmn(spec.model_copy(update={"stages": (spec.stages[0], stage)}), "en"))
    assert len(set(tables.texts("input", tables.all("decisionTable")[1]))) == 4


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_mined_draft_has_tables_and_a_clean_drawing(lang: Any, tmp_path: Path) -> None:
    spec = specify(crm_journey())
    tables = Tables(export(spec, tmp_path / "gates.dmn", lang=lang).read_bytes())
    assert XSD.validate(tables.root), XSD.error_log
    assert list(tables.defects()) == []
    files = decision_files(spec, lang)
    assert len(files) == len(spec.stages)
    for content in files.values():
        assert XSD.validate(etree.fromstring(content)), XSD.error_log


def test_the_same_specification_gives_the_same_bytes() -> None:
    check_golden("small.dmn", to_dmn(small_spec(), "zh"))
