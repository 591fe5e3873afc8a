"""The journey as Mermaid text: scores of the map's curve, nothing invented, nothing dropped unsaid."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib.drawing.journeymap import JourneyMap, compare_map, journey_map
from journeylib.drawing.journeymap.mermaid import MOST, label
from journeylib.drawing.journeymap.scene import CurveLane, Panel
from journeylib.errors import UsageError
from journeylib.journey import Journey
from journeylib.mining import mine
from tests import samples
from tests.hostile import NAMES
from tests.logs import log_of, traces

TASK = re.compile(r"    (?P<name>[^%:]+): (?P<score>[\d.]+)(?:: (?P<actors>.+))?")


@pytest.fixture(scope="module")
def crm() -> Journey:
    return samples.mined("crm_sales")


@pytest.fixture(scope="module")
def drawn(crm: Journey) -> JourneyMap:
    return journey_map(crm, samples.found("crm_sales"))


def sections(text: str) -> Mapping[str, list[tuple[str, float, str]]]:
    found: dict[str, list[tuple[str, float, str]]] = {}
    for line in text.splitlines():
        if line.startswith("  section "):
            found[line.removeprefix("  section ")] = here = []
        elif told := TASK.fullmatch(line):
            here.append((told["name"], float(told["score"]), told["actors"] or ""))
    return found


def comments(text: str) -> list[str]:
    return [line.removeprefix("  %% ") for line in text.splitlines() if line.startswith("  %% ")]


def test_scores_are_those_of_the_curve_of_the_map(drawn: JourneyMap) -> None:
    (lane,) = (lane for lane in drawn.scene.lanes if isinstance(lane, CurveLane))
    levels = {drawn.scene.columns[dot.column].name: dot.level for dot in lane.curves[0].dots}
    found = sections(drawn.mmd)
    assert list(found) == list(levels)
    for stage, tasks in found.items():
        assert {score for _name, score, _who in tasks} == {math.floor(3 + 2 * levels[stage] + 0.5)}


def test_tasks_are_the_most_frequent_and_the_rest_is_counted(
    crm: Journey, drawn: JourneyMap
) -> None:
    names = {stage.id: stage.name.zh for stage in crm.stages}
    cases = {stage.name.zh: stage.cases for stage in crm.stages}
    by_stage: dict[str, list[tuple[int, str]]] = {}
    for activity in crm.activities:
        by_stage.setdefault(names[activity.stage], []).append((-activity.events, activity.name))
    for stage, tasks in sections(drawn.mmd).items():
        most = {name for _n, name in sorted(by_stage[stage])[:MOST]}
        assert {name for name, _score, _who in tasks} == most
        left = len(by_stage[stage]) - len(most)
        told = [line for line in comments(drawn.mmd) if line.startswith(f"{stage}：")]
        assert told.pop(0).endswith(f"n = {cases[stage]:,}")
        assert told == ([f"{stage}：未列出的较少活动：{left} 个"] if left else [])


def test_actors_are_departments_and_the_customer_who_starts_it(
    crm: Journey, drawn: JourneyMap
) -> None:
    facts = {activity.name: activity for activity in crm.activities}
    for tasks in sections(drawn.mmd).values():
        for name, _score, who in tasks:
            share, department = facts[name].customer_share, facts[name].department
            customer = ["客户"] if share is not None and share >= 0.5 else []
            assert who.split(", ") == [*customer, str(department)]


def test_findings_stand_in_comments_with_the_numbers_of_the_map(drawn: JourneyMap) -> None:
    told = [line for line in comments(drawn.mmd) if line.startswith("发现 ")]
    panels = [p for cell in drawn.scene.cells for p in cell.pieces if isinstance(p, Panel)]
    numbers = sorted(panel.badge.number for panel in panels)
    assert len(numbers) > 5
    assert [line.split()[1] for line in told] == [f"{n}." for n in numbers]


def test_where_experience_is_unknown_there_is_no_score() -> None:
    rows = traces("abc", "ab", "a")
    text = journey_map(mine(log_of(rows)), lang="en").mmd
    assert sections(text) == {}
    assert "stages of unknown experience#44; not drawn#58; 1" in text.splitlines()[1]
    assert any("no score" in line and line.endswith("a, b, c") for line in comments(text))


def test_a_comparison_has_no_single_experience(crm: Journey) -> None:
    with pytest.raises(UsageError, match="comparison"):
        compare_map(crm, crm).mmd  # noqa: B018


@given(st.text(max_size=90) | st.sampled_from(NAMES))
def test_no_name_holds_what_mermaid_reads(name: str) -> None:
    coded = label(name)
    bare = re.sub(r"#\d+;", "", coded)
    assert not set(bare) & set(':;#,%{}<>"&\n\r')
    assert coded
    assert not re.match(r"(title|section|journey|acctitle|accdescr)\b", coded, re.IGNORECASE)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([*NAMES, "%%{init: {}}%%", "%%%{x}"]), min_size=1, max_size=6))
def test_any_log_gives_lines_of_three_kinds(names: list[str]) -> None:
    rows = [row | {"activity": names[n % len(names)]} for n, row in enumerate(traces("abc", "ab"))]
    for line in journey_map(mine(log_of(rows)), lang="en").mmd.splitlines()[1:]:
        assert re.fullmatch(r"  title .+|  section .+|    .+: [\d.]+(: .+)?|  %% .+", line)
        assert "%%{" not in line
        assert line.count("%%") == (1 if line.startswith("  %% ") else 0)
