"""CRM settings: formulas mean what the criteria mean, and nothing is lost without a reason."""

import io
import operator
import re
from collections.abc import Mapping
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib.documents.blocks import Table, plain
from journeylib.documents.markdown import to_markdown
from journeylib.exporting.crm import crm_settings, to_crm
from journeylib.exporting.crm_formula import Field, Formula, Unmapped, quoted
from journeylib.spec import feel
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Criterion, Provenance
from journeylib.terms import Text
from tests.goldens import check_golden
from tests.hostile import NAMES, hostile_spec
from tests.spec_fixtures import same, small_spec

FIELDS: Mapping[str, Field] = {
    "budget": Field("budget", same("budget"), "number", "budget"),
    "limit": Field("limit", same("limit"), "number", "limit"),
    "grade": Field("grade", same("grade"), "string", "grade"),
    "urgent": Field("urgent", same("urgent"), "boolean", "urgent"),
    "due": Field("due", same("due"), "date", "due"),
    "done:demo": Field("done_demo", same("demo"), "boolean", None),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_small(lang: Any) -> None:
    check_golden(f"small.{lang}.crm.md", to_markdown(crm_settings(small_spec(), lang)))


# -- formulas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "error"),
    [
        ("budget != null", "ISBLANK(budget__c)"),
        ("budget = null", "NOT(ISBLANK(budget__c))"),
        ("budget >= 5", "NOT(AND(NOT(ISBLANK(budget__c)), budget__c >= 5))"),
        ('"demo" in done', "NOT(done_demo__c)"),
        ("urgent = false", "NOT(NOT(urgent__c))"),
        ('due < "2026-01-01"', 'NOT(AND(NOT(ISBLANK(due__c)), due__c < DATEVALUE("2026-01-01")))'),
        ("budget != null and grade != null", "OR(ISBLANK(budget__c), ISBLANK(grade__c))"),
    ],
)
def test_what_is_an_error(criterion: str, error: str) -> None:
    assert Formula(FIELDS).fails(criterion) == error


@pytest.mark.parametrize(
    "criterion",
    ["urgent != null", "budget", "1 = 2", 'budget = "5"', "grade < 5", "budget < null", "x = 1"],
)
def test_what_a_formula_cannot_say_has_a_reason(criterion: str) -> None:
    with pytest.raises(Unmapped) as problem:
        Formula(FIELDS).holds(criterion)
    assert problem.value.reason.zh != problem.value.reason.en


SIGNS = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le,
    ">=": operator.ge,
}  # fmt: skip


def truth(tree: Any, case: Mapping[str, Any]) -> bool | None:  # noqa: C901, PLR0911
    """FEEL's answer, by chapter 10.3 of the standard: None where it cannot tell."""
    match tree:
        case feel.Both(parts) | feel.Either(parts):
            decisive = isinstance(tree, feel.Either)
            answers = [truth(part, case) for part in parts]
            if decisive in answers:
                return decisive
            return None if None in answers else not decisive
        case feel.Negation(part):
            answer = truth(part, case)
            return None if answer is None else not answer
        case feel.Compare(sign, feel.Name(id), feel.Literal(None)):
            return (case[id] is None) == (sign == "=")
        case feel.Compare(sign, left, right):
            values = [case[v.id] if isinstance(v, feel.Name) else v.value for v in (left, right)]
            return None if None in values else bool(SIGNS[sign](*values))
        case feel.Among(subject, tests):
            parts = tuple(one(subject, test) for test in tests)
            return truth(feel.Either(parts), case)
        case feel.Within(feel.Literal(event)):
            return bool(case[f"done:{event}"])
        case feel.Name(id):
            return bool(case[id])
    raise AssertionError(tree)


def one(subject: Any, test: Any) -> Any:
    if not isinstance(test, feel.Range):
        return feel.Compare("=", subject, test)
    low = feel.Compare(">=" if test.low_closed else ">", subject, test.low)
    return feel.Both((low, feel.Compare("<=" if test.high_closed else "<", subject, test.high)))


class Blank:
    """An empty field: every comparison with it is false, as a guard before it must make it."""

    def __lt__(self, other: object) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __eq__ = __ne__ = __lt__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


def evaluated(formula: str, case: Mapping[str, Any]) -> bool:
    """The formula by its functions, as Salesforce documents them."""
    signs = {"=": "==", "<>": "!="}
    python = re.sub(r'"(?:\\.|[^"\\])*"|<>|<=|>=|=', lambda m: signs.get(m[0], m[0]), formula)
    values = {FIELDS[key].salesforce: Blank() if v is None else v for key, v in case.items()}
    functions = {
        "AND": lambda *parts: all(parts), "OR": lambda *parts: any(parts),
        "NOT": lambda part: not part, "ISBLANK": lambda part: isinstance(part, Blank),
        "TRUE": True, "FALSE": False,
    }  # fmt: skip
    return bool(eval(python, {"__builtins__": {}}, values | functions))


numbers, words = st.integers(0, 4), st.sampled_from(["A", "B", 'C"\\'])
leaves = st.one_of(
    st.builds(
        feel.Compare,
        st.sampled_from(list(SIGNS)),
        st.sampled_from([feel.Name("budget"), feel.Name("limit")]),
        st.builds(feel.Literal, numbers) | st.just(feel.Name("limit")),
    ),
    st.builds(
        feel.Compare,
        st.sampled_from(["=", "!="]),
        st.just(feel.Literal(2)),
        st.just(feel.Name("budget")),
    ),
    st.builds(
        feel.Compare,
        st.sampled_from(["=", "!="]),
        st.just(feel.Name("grade")),
        st.builds(feel.Literal, st.none() | words),
    ),
    st.builds(
        feel.Among,
        st.just(feel.Name("budget")),
        st.lists(
            st.builds(feel.Literal, numbers)
            | st.builds(
                feel.Range,
                st.builds(feel.Literal, numbers),
                st.builds(feel.Literal, numbers),
                st.just(value=True),
                st.booleans(),
            ),
            min_size=1,
            max_size=3,
        ).map(tuple),
    ),
    st.sampled_from([feel.was_done("demo"), feel.Name("urgent")]),
)  # fmt: skip
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(feel.Negation, inner),
        st.builds(feel.Both, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(feel.Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
cases = st.fixed_dictionaries(
    {
        "budget": st.none() | numbers, "limit": st.none() | numbers, "grade": st.none() | words,
        "urgent": st.booleans(), "due": st.none(), "done:demo": st.booleans(),
    }
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(trees, cases)
def test_a_formula_means_what_the_criterion_means(tree: Any, case: Mapping[str, Any]) -> None:
    text = feel.to_text(tree)
    assert evaluated(Formula(FIELDS).holds(text), case) == (truth(tree, case) is True)
    assert evaluated(Formula(FIELDS).fails(text), case) == (truth(tree, case) is not True)


@pytest.mark.parametrize("key", ["预算", "Budget (k€)", "a__b_", "9lives", "x" * 60, "Budget__c"])
def test_field_names_are_such_as_the_systems_take(key: str) -> None:
    field = Field(key, same(key), "string", key)
    name = field.salesforce.removesuffix("__c")
    assert field.salesforce.endswith("__c") and len(name) <= 40
    assert re.fullmatch(r"[A-Za-z]([A-Za-z0-9]|_(?!_|$))*", name)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", field.hubspot)


@given(st.text())
def test_a_text_literal_stays_one(text: str) -> None:
    assert re.fullmatch(r'"(?:\\.|[^"\\])*"', quoted(text))


# -- the workbook ------------------------------------------------------------------------------------


def gated(when: str, probability: float | None = 0.42) -> TargetSpec:
    """The small specification whose first stage is left by one criterion."""
    spec = small_spec()
    why = Provenance(method="discussion")
    exit_ = (Criterion(id="c", when=when, text=Text("标准", "criterion"), why=why),)
    first, second = spec.stages
    stages = (
        first.model_copy(update={"exit": exit_, "probability": probability}),
        second.model_copy(update={"entry": exit_, "probability": 0.97}),
    )
    return spec.model_copy(update={"stages": stages})


def sheet(spec: TargetSpec, name: str) -> Table:
    found = {table.name: table for table in crm_settings(spec, "en").tables}
    return found.get(name, Table((), ()))


def test_stages_carry_their_probability_where_it_is_known() -> None:
    told = sheet(gated("预算 != null"), "Salesforce OpportunityStage")
    assert [row[2] for row in told.rows] == [42, 97, 100, 0]
    assert [row[2] for row in sheet(gated("预算 > 1"), "HubSpot pipeline").rows] == [
        0.4,
        0.9,
        1.0,
        0.0,
    ]
    unknown = gated("预算 != null", None)
    assert sheet(unknown, "Salesforce OpportunityStage").rows[0][2] is None
    assert any("unknown" in plain(row[2]) for row in sheet(unknown, "Not mapped").rows)


def test_a_criterion_must_hold_in_every_later_stage() -> None:
    [row] = sheet(gated("预算 > 1"), "Salesforce ValidationRule").rows
    places = re.findall(r'ISPICKVAL\(StageName, "([^"]*)"\)', plain(row[3]))
    assert places == ["Purchase", "Closed Won"]


def test_what_cannot_be_mapped_is_listed_with_its_reason() -> None:
    spec = gated('预算 = "5"')
    assert not sheet(spec, "Salesforce ValidationRule").rows
    systems = [row[0] for row in sheet(spec, "Not mapped").rows]
    assert systems == ["Salesforce", "HubSpot"]


def test_stages_after_the_win_belong_to_no_pipeline() -> None:
    spec = small_spec()
    after = spec.stages[0].model_copy(
        update={"id": "after", "name": same("after"), "entry": (), "activities": (), "goals": ()}
    )
    spec = spec.model_copy(update={"stages": (*spec.stages, after)})
    labels = [row[0] for row in sheet(spec, "HubSpot pipeline").rows]
    assert labels == ["Interest", "Purchase", "Closed Won", "Closed Lost"]
    assert ["after" in row for row in sheet(spec, "Not mapped").rows].count(True) == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_workbook_holds_no_formula_of_a_stranger(name: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_crm(hostile_spec(name), "zh")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    for cell in cells:
        if isinstance(cell.value, str) and "ISPICKVAL" in cell.value:
            assert re.fullmatch(r'(?:"(?:\\.|[^"\\])*"|[\w(), ])*', cell.value)
