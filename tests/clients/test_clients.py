"""Exported files in the hands of others: bpmn-js, dmn-js, bpmnlint, Camunda's linter, bpmn-engine.

Skipped until ``make test-clients`` has installed them.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from lxml import etree

from journeylib.exporting import export
from journeylib.exporting.dialects import Dialect
from journeylib.exporting.dmn import decision_files
from journeylib.exporting.flow import ascii_id
from journeylib.exporting.variables import Variables
from journeylib.lifecycle import Lifecycle
from journeylib.mining import mine
from journeylib.reading import read_log
from journeylib.scenarios import Case, cases_of, run_scenarios
from journeylib.scenarios.cases import EPOCH, as_case
from journeylib.scenarios.course import Course
from journeylib.scenarios.result import Replayed
from journeylib.spec.drafting.draft import specify
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang, shipped_dir
from tests.bpmn_checks import Drawing, schema
from tests.scenario_worlds import predicted, world
from tests.test_export_dmn import XSD as DMN_XSD
from tests.test_export_dmn import Tables

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    not (HERE / "node_modules").is_dir() or shutil.which("node") is None or CHROMIUM is None,
    reason="the clients are not installed: make test-clients",
)

BPMN_XSD = schema()
LOAN = dataclasses.replace(
    Lifecycle.load("b2b"), won=("A_APPROVED",), lost=("A_DECLINED", "A_CANCELLED")
)
SAMPLES: dict[str, Lang] = {"crm_sales": "zh", "solar_home": "en"}
REAL: dict[str, tuple[str, Lang]] = {
    "receipt": ("receipt/receipt.csv", "en"),
    "helpdesk": ("helpdesk/helpdesk.xes.gz", "zh"),
    "bpic2020": ("bpic2020/DomesticDeclarations.xes.gz", "en"),
    "bpic2012": ("bpic2012/bpic2012.xes.gz", "zh"),
    "servicenow": ("servicenow-incident/incident_event_log.zip", "en"),
}


def _node(script: str, *args: str | Path) -> Any:
    command = ["node", str(HERE / script), *map(str, args)]
    environment = os.environ | {"CHROMIUM": str(CHROMIUM)}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, env=environment, timeout=240, check=True
    )
    return json.loads(done.stdout)


@functools.cache
def _journey(name: str) -> Any:
    return mine(read_log(shipped_dir("event_logs") / f"{name}.csv"))


@functools.cache
def _real_spec(path: Path) -> TargetSpec:
    mapping = "servicenow" if "incident" in path.name else None
    lifecycle = LOAN if "bpic2012" in path.name else "b2b"
    return specify(mine(read_log(path, mapping=mapping), lifecycle))


def _files(spec: TargetSpec, name: str, lang: Lang, folder: Path) -> Iterator[Path]:
    for dialect in get_args(Dialect):
        suffix = "bpmn" if dialect == "generic" else f"{dialect}.bpmn"
        yield export(spec, folder / f"{name}.{suffix}", lang=lang)
    yield export(spec, folder / f"{name}.dmn", lang=lang)
    for decision, content in list(decision_files(spec, lang).items())[:1]:
        path = folder / f"{name}.{decision}"
        path.write_bytes(content)
        yield path


def _own_complaints(path: Path) -> list[str]:
    """What the schemas and our own geometry say."""
    content = path.read_bytes()
    is_bpmn, root = path.suffix == ".bpmn", etree.fromstring(content)
    xsd = BPMN_XSD if is_bpmn else DMN_XSD
    drawn = Drawing(content) if is_bpmn else Tables(content)
    invalid = [] if xsd.validate(root) else [str(xsd.error_log)]
    return [*invalid, *drawn.defects()]


def _complaints(files: list[Path]) -> dict[str, list[str]]:
    """Everything anyone says of them, the files that nobody complains of left out."""
    found = _node("check.mjs", *files)
    assert set(found) == set(map(str, files))
    everything = {Path(f).name: [*found[f], *_own_complaints(Path(f))] for f in found}
    return {name: said for name, said in everything.items() if said}


def test_nobody_complains_of_the_sample_logs(tmp_path: Path) -> None:
    files = [
        path
        for name, lang in SAMPLES.items()
        for path in _files(specify(_journey(name)), name, lang, tmp_path)
    ]
    assert _complaints(files) == {}


def test_nobody_complains_of_real_logs(shared_data: Path, tmp_path: Path) -> None:
    files = [
        path
        for name, (log, lang) in REAL.items()
        for path in _files(_real_spec(shared_data / log), name, lang, tmp_path)
    ]
    assert _complaints(files) == {}


def test_nobody_complains_of_odd_specifications(tmp_path: Path) -> None:
    files = [
        path for seed in range(4) for path in _files(world(seed).spec, f"w{seed}", "zh", tmp_path)
    ]
    assert _complaints(files) == {}


@pytest.mark.parametrize(
    ("suffix", "broken", "instead", "who"),
    [
        (".bpmn", 'id="Task_', 'id="任务_', "bpmn-moddle"),
        (".bpmn", r'<bpmndi:BPMNShape id="Task_[\s\S]*?</bpmndi:BPMNShape>', "", "bpmnlint"),
        (".camunda7.bpmn", ' camunda:historyTimeToLive="P180D"', "", "camunda-compat"),
        (".camunda8.bpmn", "<zeebe:userTask/>", "", "camunda-compat"),
        (".dmn", "<dmn:text>true</dmn:text>", "<dmn:text>[1..2</dmn:text>", "feelin"),
        (".dmn", 'dmnElementRef="Input_', 'dmnElementRef="Nothing_', "dmn"),
    ],
)
def test_the_clients_do_complain(
    suffix: str, broken: str, instead: str, who: str, tmp_path: Path
) -> None:
    path = export(specify(_journey("crm_sales")), tmp_path / f"broken{suffix}", lang="en")
    text, count = re.subn(broken, instead, path.read_text(encoding="utf-8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf-8")
    said = _node("check.mjs", path)[str(path)]
    assert any(line.startswith(who) for line in said), said


# -- running ---------------------------------------------------------------------------------------


def _ms(moment: Any) -> int:
    return round((moment.replace(tzinfo=None) - EPOCH).total_seconds() * 1000)


def _job(spec: TargetSpec, cases: list[Case], folder: Path, name: str) -> dict[str, Any]:
    return {
        "bpmn": str(export(spec, folder / f"{name}.bpmn", lang="en")),
        "dmn": str(export(spec, folder / f"{name}.dmn", lang="en")),
        "cases": [_course(spec, case) for case in cases],
    }


def _course(spec: TargetSpec, case: Case) -> dict[str, Any]:
    course, variables = Course.of(spec, as_case(case), []), Variables(spec)
    before: str | None = None
    advance = {}
    for stage in spec.stages:
        ahead = [a.id for a in stage.activities if a.outcome != "won"]
        last = ahead[-1] if ahead else before
        advance[variables.name("advance", stage.id)] = (
            course.goes_on_after(last) or last == course.last
        )
        before = stage.activities[-1].id if stage.activities else before
    return {
        "start": _ms(course.start),
        "until": _ms(course.until),
        "variables": advance
        | {variables.name("needed", a.id): a.id in course.done for a in spec.activities},
        "learnt": [[_ms(at), item, value] for at, item, value in course.learnt],
        "tasks": {
            ascii_id("Task", a.id): {
                "flag": variables.name("done", a.id),
                "at": _ms(course.done[a.id]) if a.id in course.done else None,
                "skipped": a.id not in course.done and course.goes_on_after(a.id),
            }
            for a in spec.activities
        },
    }


def _ids(spec: TargetSpec, end: str, at: str | None, late: list[str]) -> dict[str, Any]:
    """An end in the ids of the BPMN file."""
    prefix = {"goal": "End_target", "stopped": "Exit", "waiting": "Task"}[end]
    reminders = [ascii_id("Reminder", id) for id in late]
    return {"end": end, "at": ascii_id(prefix, at) if at else prefix, "reminders": reminders}


def _run(jobs: list[dict[str, Any]], folder: Path) -> Any:
    path = folder / "jobs.json"
    path.write_text(json.dumps(jobs, ensure_ascii=False), encoding="utf-8")
    return _node("run.mjs", path)


def test_bpmn_engine_ends_cases_where_the_specification_says(tmp_path: Path) -> None:
    worlds = [world(seed) for seed in range(40)]
    found = _run(
        [_job(w.spec, list(w.cases), tmp_path, f"w{i}") for i, w in enumerate(worlds)], tmp_path
    )
    for made, ends in zip(worlds, found, strict=True):
        foretold = [predicted(made, case) for case in made.cases]
        assert ends == [_ids(made.spec, p.end, p.at, list(p.late)) for p in foretold]


def test_bpmn_engine_and_spiffworkflow_agree_on_mined_cases(tmp_path: Path) -> None:
    journey = _journey("solar_home")
    spec, cases = specify(journey), list(cases_of(journey, limit=30))
    (found,) = _run([_job(spec, cases, tmp_path, "solar")], tmp_path)
    replayed = run_scenarios(spec, cases).cases
    assert found == [_ids(spec, c.end, c.at, _late(c)) for c in replayed]


def _late(replayed: Replayed) -> list[str]:
    return [r.of for r in replayed.reminders if r.kind == "activity"]
