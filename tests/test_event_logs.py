"""The shipped event logs are what their truth files and datasheets say, and can be made again.

The counts here are written anew from the definitions of findings.json and share no code with the
generator: they see nothing but the rows of a file.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
import math
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest

LOGS = Path(__file__).parents[1] / "event_logs"
NAMES = ("crm_sales", "solar_home")
LEAST = 100  # shares of fewer cases say nothing about what was planted

Share = tuple[int, int]  # concerned, all
Defect = tuple[str, str]  # type, locus as sorted JSON


def _generator() -> Any:
    spec = importlib.util.spec_from_file_location("event_log_generator", LOGS / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


generator = _generator()


class Log:
    """Rows in canonical columns, by case, with one plain count per kind of defect."""

    def __init__(self, rows: list[dict[str, str]], truth: dict[str, Any]) -> None:
        self.words = truth["outcome_words"]
        self.repeatable = set(truth["repeatable"])
        self.attributes = [field for header, field in truth["columns"].items() if header == field]
        self.cases: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in rows:
            event = {field: row[header] for header, field in truth["columns"].items()}
            self.cases[event["case_id"]].append(event)

    def distinct(self, field: str) -> list[str]:
        """The values of a column, blanks aside."""
        values = {event.get(field, "") for events in self.cases.values() for event in events}
        return sorted(values - {""})

    def rework_loop(self, activity: str) -> Share:
        """Cases that reach the activity and do it again."""
        times = [sum(e["activity"] == activity for e in es) for es in self.cases.values()]
        return sum(n > 1 for n in times), sum(n > 0 for n in times)

    def ping_pong(self, departments: list[str]) -> Share:
        """Cases in which both work; work returns to one for something that it had done before."""
        concerned = reached = 0
        for events in self.cases.values():
            reached += set(departments) <= {e["department"] for e in events}
            concerned += self._returns(events, departments)
        return concerned, reached

    def _returns(self, events: list[dict[str, str]], departments: list[str]) -> bool:
        blocks = _blocks(events)
        for i in range(2, len(blocks)):
            here, there = blocks[i][0]["department"], blocks[i - 1][0]["department"]
            back = blocks[i - 2][0]["department"] == here and {here, there} == set(departments)
            done = {e["activity"] for b in blocks[:i] for e in b if e["department"] == here}
            if back and done & {e["activity"] for e in blocks[i]}:
                return True
        return False

    def drop_off(self, field: str, value: str) -> Share:
        """Cases that get to the activity or stage, are not open there, and are lost there."""
        lost = reached = 0
        for events in self.cases.values():
            last_here, outcome = events[-1][field] == value, events[-1]["outcome"]
            if any(e[field] == value for e in events):
                if last_here and outcome == self.words["open"]:
                    continue
                reached += 1
                lost += last_here and outcome == self.words["lost"]
        return lost, reached

    def hand_overs(self, attribute: str, giver: str, taker: str) -> list[tuple[bool, bool]]:
        """Per hand-over of a known value: does it show within a day, does it show in the end?"""
        found = []
        for events in self.cases.values():
            known = False
            for given, taken in pairwise(_blocks(events)):
                known |= given[0]["department"] == giver and any(e[attribute] for e in given)
                between = given[0]["department"] == giver and taken[0]["department"] == taker
                if known and between:
                    day = _at(taken[0]) + timedelta(hours=24)
                    prompt = any(e[attribute] for e in taken if _at(e) <= day)
                    found.append((prompt, any(e[attribute] for e in taken)))
        return found

    def carry_over_loss(self, attribute: str, giver: str, taker: str) -> Share:
        """Hand-overs of a known value to a department that uses it at all: those that lose it."""
        rows = [e for es in self.cases.values() for e in es if e["department"] == taker]
        if not any(e[attribute] for e in rows):
            return 0, 0
        arrived = [prompt for prompt, _ in self.hand_overs(attribute, giver, taker)]
        return arrived.count(False), len(arrived)

    def re_ask(self, attribute: str, giver: str, taker: str) -> Share:
        """Lost values that turn up later, as somebody asked again."""
        late = [later for prompt, later in self.hand_overs(attribute, giver, taker) if not prompt]
        return sum(late), len(late)

    @cached_property
    def waits(self) -> dict[tuple[str, str], list[tuple[float, str]]]:
        """Hours between completions per step, each with the case's segment."""
        steps = defaultdict(list)
        for events in self.cases.values():
            for a, b in pairwise(events):
                hours = (_at(b) - _at(a)) / timedelta(hours=1)
                steps[a["activity"], b["activity"]].append((hours, a["segment"]))
        return steps

    def ratio(self, step: tuple[str, str], segment: str) -> float:
        """Median wait of a segment over that of all others."""
        own = [hours for hours, s in self.waits[step] if s == segment]
        others = [hours for hours, s in self.waits[step] if s != segment]
        return statistics.median(own) / max(statistics.median(others), 1 / 3600)


def _at(event: dict[str, str]) -> datetime:
    return datetime.fromisoformat(event["timestamp"])


def _blocks(events: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    blocks: list[list[dict[str, str]]] = []
    for event in events:
        if not blocks or blocks[-1][0]["department"] != event["department"]:
            blocks.append([])
        blocks[-1].append(event)
    return blocks


def _defects(log: Log) -> set[Defect]:
    """Everything in the log that is not clean, whoever planted it."""
    limits = {"rework_loop": 0.05, "ping_pong": 0.05, "drop_off": 0.10, "carry_over_loss": 0.03}
    found = {
        _defect(kind, locus)
        for kind, locus, (k, n) in _shares(log)
        if n >= LEAST and k / n >= limits[kind]
    }
    return found | {_defect("slow_transition", locus) for locus in _slow(log)}


def _defect(kind: str, locus: dict[str, Any]) -> Defect:
    if "departments" in locus:
        locus = {"departments": sorted(locus["departments"])}
    return kind, json.dumps(locus, sort_keys=True, ensure_ascii=False)


def _shares(log: Log) -> Iterator[tuple[str, dict[str, Any], Share]]:
    for activity in log.distinct("activity"):
        yield "drop_off", {"activity": activity}, log.drop_off("activity", activity)
        if activity not in log.repeatable:
            yield "rework_loop", {"activity": activity}, log.rework_loop(activity)
    for stage in log.distinct("stage"):
        yield "drop_off", {"stage": stage}, log.drop_off("stage", stage)
    for a, b in permutations(log.distinct("department"), 2):
        if a < b:
            yield "ping_pong", {"departments": [a, b]}, log.ping_pong([a, b])
        for name in log.attributes:
            locus = {"attribute": name, "from": a, "to": b}
            yield "carry_over_loss", locus, log.carry_over_loss(name, a, b)


def _slow(log: Log) -> Iterator[dict[str, str]]:
    """Steps where a segment waits half as long again, beyond what chance makes of so many tests."""
    for step, waits in log.waits.items():
        for segment in log.distinct("segment"):
            n = sum(s == segment for _, s in waits)
            many = min(n, len(waits) - n) >= 10
            if many and log.ratio(step, segment) >= 1.5 and _rank_sum_z(waits, segment) > 3.5:
                yield {"from": step[0], "to": step[1], "segment": segment}


def _rank_sum_z(waits: list[tuple[float, str]], segment: str) -> float:
    ranks = [rank for rank, (_, s) in enumerate(sorted(waits), start=1) if s == segment]
    own, others = len(ranks), len(waits) - len(ranks)
    mean, variance = own * (len(waits) + 1) / 2, own * others * (len(waits) + 1) / 12
    return (sum(ranks) - mean) / math.sqrt(variance)


def _truth(name: str) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((LOGS / f"{name}.truth.json").read_text(encoding="utf-8"))
    return truth


@pytest.fixture(scope="module", params=NAMES)
def shipped(request: pytest.FixtureRequest) -> tuple[Log, dict[str, Any]]:
    truth = _truth(request.param)
    with (LOGS / f"{request.param}.csv").open(encoding="utf-8", newline="") as file:
        return Log(list(csv.DictReader(file)), truth), truth


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    rows, truth = generator.generate(name)
    assert generator.csv_bytes(rows) == (LOGS / f"{name}.csv").read_bytes()
    assert generator.truth_bytes(truth) == (LOGS / f"{name}.truth.json").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_the_datasheet_tells_the_true_hash_and_figures(name: str) -> None:
    datasheet, truth = (LOGS / f"{name}.md").read_text(encoding="utf-8"), _truth(name)
    content = (LOGS / f"{name}.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest() in datasheet
    assert len(content) < 3_000_000
    assert f"{truth['cases']:,} customers" in datasheet
    assert f"{truth['events']:,} events" in datasheet
    for plant in truth["plants"]:
        real = plant["realised"]
        text = f"{real['k'] / real['n']:.1%}" if "k" in real else f"× {real['ratio_working']}"
        assert text in datasheet, (plant["type"], plant["locus"])
    for header in truth["columns"]:
        assert f"`{header}`" in datasheet


def test_counting_again_confirms_every_share(shipped: tuple[Log, dict[str, Any]]) -> None:
    log, truth = shipped
    for plant in truth["plants"]:
        kind, locus, real = plant["type"], plant["locus"], plant["realised"]
        if kind == "slow_transition":
            ratio = log.ratio((locus["from"], locus["to"]), locus["segment"])
            assert ratio == pytest.approx(real["ratio_calendar"], abs=0.01)
            continue
        match kind:
            case "rework_loop" | "ping_pong":
                counted = getattr(log, kind)(*locus.values())
            case "drop_off":
                counted = log.drop_off("activity", locus["activity"])
            case _:
                counted = getattr(log, kind)(locus["attribute"], locus["from"], locus["to"])
        assert counted == (real["k"], real["n"]), (kind, locus)
        assert counted[0] / counted[1] == pytest.approx(plant["magnitude"], abs=0.12)


def test_nothing_is_wrong_but_what_was_planted(shipped: tuple[Log, dict[str, Any]]) -> None:
    log, truth = shipped
    plants = {_defect(p["type"], p["locus"]) for p in truth["plants"] if p["type"] != "re_ask"}
    echoes = {_defect(e["type"], e["locus"]) for p in truth["plants"] for e in p["echoes"]}
    found = _defects(log)
    assert plants <= found
    assert found <= plants | echoes


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wrong_in_a_world_without_plants(name: str) -> None:
    rows, truth = generator.generate(name, plants=False)
    assert truth["plants"] == []
    assert _defects(Log(rows, truth)) == set()


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_in_order_of_time(name: str) -> None:
    rows, truth = generator.generate(name, cases=200, seed=7)
    log = Log(rows, truth)
    header = next(h for h, field in truth["columns"].items() if field == "timestamp")
    times = [row[header] for row in rows]
    assert times == sorted(times)
    assert times[-1] <= truth["t_obs"]
    assert len(set(times)) < len(times)
    assert len(log.cases) == 200
    assert list(log.cases) != sorted(log.cases)


def test_the_command_writes_other_logs_elsewhere_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["crm_sales", "--cases", "20", "--seed", "7", "--no-plants"]
    assert generator.main([*call, "--out", str(tmp_path)]) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"crm_sales.csv", "crm_sales.truth.json"}
    assert "20 cases" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        generator.main(call)
