"""The simulation: the structure Prosimos asks for, and parameters that come from the log."""

import datetime
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from journeylib.errors import UsageError
from journeylib.exporting import export_simulation
from journeylib.exporting.prosimos import to_prosimos
from journeylib.exporting.simulation import Parameters, parameters
from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.spec.drafting.draft import specify
from journeylib.spec.model import TargetSpec
from tests import logs
from tests.goldens import check_golden
from tests.hostile import NAMES, hostile_spec
from tests.spec_fixtures import crm_journey, small_spec

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
MONDAY = datetime.datetime(2025, 3, 3, 9)


def drafted() -> TargetSpec:
    return specify(crm_journey(), Findings((), 0, ()))


def model(spec: TargetSpec, journey: Journey) -> tuple[Any, Any]:
    made = to_prosimos(spec, journey)
    return etree.fromstring(made[".prosimos.bpmn"]), json.loads(made[".prosimos.json"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_goldens(lang: Any) -> None:
    for suffix, content in to_prosimos(small_spec(), crm_journey(), lang).items():
        check_golden(f"small.{lang}{suffix}", content)


def test_the_model_is_such_as_prosimos_reads() -> None:
    root, told = model(drafted(), crm_journey())
    [process] = root
    kinds = Counter(etree.QName(node).localname for node in process)
    assert set(kinds) == {"startEvent", "task", "exclusiveGateway", "endEvent", "sequenceFlow"}
    assert kinds["startEvent"] == kinds["endEvent"] == 1
    nodes = {node.get("id"): node for node in process if node.tag != f"{BPMN}sequenceFlow"}
    for flow in process.iter(f"{BPMN}sequenceFlow"):
        source, target = nodes[flow.get("sourceRef")], nodes[flow.get("targetRef")]
        assert flow.get("id") in [e.text for e in source.iter(f"{BPMN}outgoing")]
        assert flow.get("id") in [e.text for e in target.iter(f"{BPMN}incoming")]
    told_tasks = {entry["task_id"] for entry in told["task_resource_distribution"]}
    assert told_tasks == {id for id, node in nodes.items() if node.tag == f"{BPMN}task"}


def test_every_split_has_its_probabilities() -> None:
    root, told = model(drafted(), crm_journey())
    splits = {
        gateway.get("id"): {e.text for e in gateway.iter(f"{BPMN}outgoing")}
        for gateway in root.iter(f"{BPMN}exclusiveGateway")
        if len(list(gateway.iter(f"{BPMN}outgoing"))) > 1
    }
    branching = told["gateway_branching_probabilities"]
    assert splits == {
        g["gateway_id"]: {p["path_id"] for p in g["probabilities"]} for g in branching
    }
    for gateway in branching:
        assert sum(p["value"] for p in gateway["probabilities"]) == pytest.approx(1)


def test_every_task_has_people_and_they_have_hours() -> None:
    _, told = model(drafted(), crm_journey())
    people = {r["id"]: r for profile in told["resource_profiles"] for r in profile["resource_list"]}
    calendars = {calendar["id"] for calendar in told["resource_calendars"]}
    assert {person["calendar"] for person in people.values()} <= calendars
    for task in told["task_resource_distribution"]:
        [resource] = task["resources"]
        assert task["task_id"] in people[resource["resource_id"]]["assignedTasks"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_strangers_break_nothing(name: str) -> None:
    root, _ = model(hostile_spec(name), crm_journey())
    assert len(list(root.iter(f"{BPMN}task"))) == 4


# -- parameters --------------------------------------------------------------------------------------


def worked(hours: float = 2.0) -> Parameters:
    """Ten cases an hour apart: a form, and a contact that takes two hours of one of two people."""
    rows: list[dict[str, Any]] = []
    for n in range(10):
        begin = MONDAY + datetime.timedelta(hours=n)
        end = begin + datetime.timedelta(hours=3)
        common = {"case_id": f"c{n}", "department": "销售部"}
        rows.append(common | {"activity": "提交表单", "timestamp": begin, "resource": None})
        start = end - datetime.timedelta(hours=hours)
        rows.append(
            common
            | {"activity": "首次联系", "timestamp": end, "start_timestamp": start}
            | {"resource": f"p{n % 2}"}
        )
        rows.append(
            common
            | {"activity": "签订合同", "timestamp": end + datetime.timedelta(days=1 + n % 2)}
            | {"resource": "p0"}
        )
    spec = small_spec()
    first, second = spec.stages
    kept = tuple(a for a in first.activities if a.id != "a-demo")
    stages = (first.model_copy(update={"activities": kept}), second)
    return parameters(
        spec.model_copy(update={"stages": stages, "transitions": ()}), mine(logs.log_of(rows))
    )


def test_arrivals_are_the_mean_time_between_starts() -> None:
    assert worked().arrival.value == 3600 and worked().arrival.n == 10


def test_work_takes_its_service_time_and_a_delay_its_gap() -> None:
    found = worked().durations
    contact, contract, form = found["a-contact"], found["a-contract"], found["a-form"]
    assert (contact.mean, contact.variance, contact.is_work) == (7200, 0, True)
    assert (contract.mean, contract.is_work) == (1.5 * 86400, False)
    assert contract.variance == pytest.approx((0.5 * 86400) ** 2)
    assert (form.mean, form.n) == (0, 10)


def test_people_are_counted_and_keep_the_hours_they_are_seen_in() -> None:
    pool = worked().pools["销售部"]
    assert pool.people == 2
    assert {day for day, _, _ in pool.hours} == {0, 1, 2}
    assert all(begin < end <= 24 for _, begin, end in pool.hours)


def test_an_activity_the_log_lacks_takes_its_time_limit() -> None:
    spec = small_spec()
    unseen = spec.stages[0].activities[1].model_copy(update={"event": "新活动"})
    first, second = spec.stages
    activities = (first.activities[0], unseen, first.activities[2])
    stages = (first.model_copy(update={"activities": activities, "exit": ()}), second)
    spec = spec.model_copy(update={"stages": stages})
    assert parameters(spec, crm_journey()).durations["a-contact"].mean == 4 * 3600
    timeless = unseen.model_copy(update={"sla": None})
    stages = (
        stages[0].model_copy(update={"activities": (activities[0], timeless, activities[2])}), second,
    )  # fmt: skip
    with pytest.raises(UsageError, match="新活动"):
        parameters(spec.model_copy(update={"stages": stages}), crm_journey())


def test_the_files_stand_side_by_side(tmp_path: Path) -> None:
    files = export_simulation(small_spec(), crm_journey(), tmp_path / "t.prosimos.json")
    assert sorted(f.name for f in files) == [f"t.prosimos.{s}" for s in ("bpmn", "json", "md")]
    with pytest.raises(UsageError, match=r"\*\.prosimos\.json"):
        export_simulation(small_spec(), crm_journey(), tmp_path / "t.json")
