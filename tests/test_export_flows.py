"""Mermaid, PlantUML and Declare: one flow, and names that stay names."""

import itertools
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from journeylib import _pm4py
from journeylib.exporting.declare import declare_model, dominators, to_declare
from journeylib.exporting.flow import target_flow
from journeylib.exporting.mermaid import label, to_mermaid
from journeylib.exporting.plantuml import text, to_plantuml
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Constraint, Provenance
from journeylib.terms import Span
from tests import logs
from tests.goldens import check_golden
from tests.hostile import NAMES, hostile_spec
from tests.spec_fixtures import same, small_spec
from tests.spec_strategies import specs

WRITERS = {"mmd": to_mermaid, "puml": to_plantuml, "declare.json": to_declare}
WHY = Provenance(method="discussion")


def constrained() -> TargetSpec:
    """The small specification with a constraint of every kind."""
    kinds = {
        "existence": ("a-form",),
        "absence": ("a-demo",),
        "exactly_one": ("a-contract",),
        "precedence": ("a-form", "a-demo"),
        "response": ("a-form", "a-contact"),
        "chain_response": ("a-contact", "a-demo"),
        "not_coexistence": ("a-demo", "a-contract"),
        "four_eyes": ("a-contact", "a-contract"),
        "condition": ("a-contract",),
    }
    constraints = tuple(
        Constraint(
            id=f"k-{kind}", kind=kind, activities=activities, text=same(kind), why=WHY,
            within=Span(4, "h") if kind == "response" else None,
            when="预算 != null" if kind == "condition" else None,
        )  # type: ignore[arg-type]
        for kind, activities in kinds.items()
    )  # fmt: skip
    return small_spec().model_copy(update={"constraints": constraints})


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_small(suffix: str, lang: Any) -> None:
    check_golden(f"small.{lang}.{suffix}", WRITERS[suffix](constrained(), lang))


# -- Mermaid and PlantUML ----------------------------------------------------------------------------


def decoded(coded: str) -> str:
    """What Mermaid shows for a label."""
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), coded.strip('"'))


def uncoded(words: str) -> str:
    """What PlantUML shows for a text."""
    return re.sub(r"<U\+([0-9A-F]+)>", lambda match: chr(int(match[1], 16)), words)


@pytest.mark.parametrize("name", NAMES)
def test_names_come_out_as_they_went_in(name: str) -> None:
    shown = " ".join(re.sub("[\x00-\x08]", "", name).split())
    assert decoded(label(name)) == shown
    assert uncoded(text(name)) == shown


@pytest.mark.parametrize("name", NAMES)
def test_names_add_no_line_and_no_markup(name: str) -> None:
    plain = to_mermaid(hostile_spec("x"), "zh").count("\n")
    assert to_mermaid(hostile_spec(name), "zh").count("\n") == plain
    for line in to_mermaid(hostile_spec(name), "zh").splitlines()[1:]:
        assert re.fullmatch(r'[^"]*("[\w\s，。：；、？！（）《》“”‘’…–—·,#;]*"[^"]*)*', line), line
    drawn = to_plantuml(hostile_spec(name), "zh").splitlines()
    assert len(drawn) == to_plantuml(hostile_spec("x"), "zh").count("\n")
    assert not any(line.startswith("!") or "%" in line for line in drawn)
    assert [line for line in drawn if line.startswith("@")] == ["@startuml", "@enduml"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs(most_stages=4, most_activities=4))
def test_every_node_and_arrow_is_drawn_once(spec: TargetSpec) -> None:
    flow, lines = target_flow(spec, "en"), to_mermaid(spec, "en").splitlines()
    nodes = [match[1] for line in lines if (match := re.match(r"    (n\d+)\W", line))]
    assert nodes == list(dict.fromkeys(nodes)) and len(nodes) == len(flow.nodes)
    arrows = [line for line in lines if re.match(r"  \w+ (-->|-\.->)", line)]
    assert len(arrows) == len(flow.arrows)
    assert sum(line.startswith("  subgraph") for line in lines) == len(flow.lanes)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs(most_stages=4, most_activities=4))
def test_what_opens_in_plantuml_is_closed(spec: TargetSpec) -> None:
    words = [line.split(" ", 1)[0] for line in to_plantuml(spec, "en").splitlines()]
    assert words.count("if") == words.count("endif") == words.count("else")
    tasks = [line for line in to_plantuml(spec, "en").splitlines() if line.startswith(":")]
    for activity in spec.activities:
        assert f":{text(activity.name.en)};" in tasks


# -- Declare -----------------------------------------------------------------------------------------


def reached(spec: TargetSpec, without: str | None = None) -> set[str]:
    """What the flow still reaches from where it begins: the slow and obvious way to a dominator."""
    targets = {t.target for t in spec.transitions}
    starts = {a.id for a in spec.activities} - targets - {without}
    found, front = set(starts), list(starts)
    while front:
        source = front.pop()
        for t in spec.transitions:
            if t.source == source and t.target not in found | {without}:
                found.add(t.target)
                front.append(t.target)
    return found


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs(most_stages=4, most_activities=4))
def test_what_comes_before_is_on_every_way(spec: TargetSpec) -> None:
    nearest, everything = dominators(spec), {a.id for a in spec.activities}
    for before, after in itertools.permutations(everything, 2):
        passed, at = set(), after
        while at in nearest:
            at = nearest[at]
            passed.add(at)
        assert (before in passed) == (after not in reached(spec, before)), (before, after)


def test_every_kind_of_constraint_has_its_template_or_its_reason() -> None:
    told = json.loads(to_declare(constrained(), "en"))
    assert set(told["model"]) == {
        *("existence", "absence", "exactly_one", "precedence", "response", "chainresponse"),
        "noncoexistence",
    }
    assert [entry["kind"] for entry in told["left_out"]] == ["response", "four_eyes", "condition"]
    assert told["model"]["precedence"].count(["提交表单", "产品演示"]) == 1


def test_pm4py_reads_the_model_and_finds_the_deviations() -> None:
    activities = {"f": "提交表单", "c": "首次联系", "d": "产品演示", "s": "签订合同"}
    rows = [
        row | {"activity": activities[row["activity"]]} for row in logs.traces("fcds", "fs", "scf")
    ]
    model = json.loads(to_declare(small_spec(), "zh"))["model"]
    assert model == declare_model(small_spec())
    broken = _pm4py.declare_deviations(logs.log_of(rows).to_pm4py(), model)
    assert broken == [
        [],
        [("existence", "首次联系"), ("precedence", ["首次联系", "签订合同"])],
        [("precedence", ["提交表单", "首次联系"]), ("precedence", ["首次联系", "签订合同"])],
    ]
