"""The integration list against counts taken from the file by hand."""

import csv
import dataclasses
import itertools
import json
from collections import Counter, defaultdict
from datetime import datetime

import pytest

from journeylib.documents.markdown import to_markdown
from journeylib.project import integration
from tests import logs
from tests.project_worlds import SAMPLES, World, bare, hostile, sample, small


def found_of(world):
    return integration(world.findings, world.spec, world.journey)


@pytest.fixture(scope="module")
def crm():
    return found_of(sample("crm_sales"))


@pytest.fixture(scope="module")
def passed():
    """Hand-overs of the file: (department, department, system, system) → how often; and its weeks."""
    cases = defaultdict(list)
    with (SAMPLES / "crm_sales.csv").open(encoding="utf-8") as file:
        for place, row in enumerate(csv.DictReader(file)):
            cases[row["客户编号"]].append((row["时间"], place, row))
    counts = Counter()
    for events in cases.values():
        ordered = [row for _, _, row in sorted(events, key=lambda e: e[:2]) if row["部门"]]
        for one, other in itertools.pairwise(ordered):
            if one["部门"] != other["部门"]:
                counts[one["部门"], other["部门"], one["系统"], other["系统"]] += 1
    times = [datetime.fromisoformat(time) for events in cases.values() for time, _, _ in events]
    return counts, (max(times) - min(times)).total_seconds() / 604_800


def test_systems_and_volumes_are_those_of_the_file(crm, passed):
    counts, weeks = passed
    for link in crm.links:
        n = counts[link.source, link.target, link.source_system, link.target_system]
        assert (link.volume.n, link.volume.unit) == (n, "handover/week")
        assert link.volume.value == pytest.approx(n / weeks, abs=1e-9)


def test_what_is_not_listed_is_counted(crm, passed):
    counts, _weeks = passed
    pairs = {(link.source, link.target) for link in crm.links}
    every = sum(n for (a, b, _, _), n in counts.items() if (a, b) in pairs)
    assert sum(link.volume.n for link in crm.links) + crm.rare == every


def test_fields_latency_and_evidence_are_those_of_the_specification(crm):
    world = sample("crm_sales")
    names = {item.id: item.attribute for item in world.spec.information}
    handovers = [h for stage in world.spec.stages for h in stage.handovers]
    for handover in handovers:
        links = [k for k in crm.links if (k.source, k.target) == (handover.source, handover.target)]
        assert links
        wanted = {field.attribute for field in links[0].fields if field.wanted}
        assert {names[item.item] for item in handover.items} <= wanted
        assert links[0].latency is not None and links[0].latency.hours <= handover.within.hours
    lost = next(k for k in crm.links if (k.source, k.target) == ("销售部", "交付部"))
    told = {world.findings[id].type for id in lost.evidence}
    assert told == {"carry_over_loss", "information_lag", "re_ask"}
    assert lost.key == "客户编号"


def test_schema_gaps_are_to_be_decided_not_wanted(crm):
    world = sample("crm_sales")
    gaps = {(g.source, g.target, g.attribute) for g in world.findings.background.schema_gaps}
    listed = {
        (k.source, k.target, f.attribute) for k in crm.links for f in k.fields if not f.wanted
    }
    assert listed <= gaps
    undecided = {(g.source, g.target, g.attribute) for g in crm.undecided}
    wanted = {(k.source, k.target, f.attribute) for k in crm.links for f in k.fields if f.wanted}
    assert gaps == undecided | listed | (gaps & wanted)


def test_direction(crm):
    both = {k for k in crm.links if k.direction == "two_way"}
    assert {(k.source_system, k.target_system) for k in both} == {
        (a, b)
        for a, b in itertools.permutations(["CRM", "ERP", "工单系统", "营销自动化"], 2)
        if {(a, b), (b, a)} <= {(k.source_system, k.target_system) for k in crm.links}
    }
    within = [k for k in crm.links if k.source_system == k.target_system]
    assert within and all(k.direction == "same_system" for k in within)


def test_the_match_rate_is_unknown_with_a_reason_where_the_log_is_merged(crm):
    assert all(k.match.value is None and k.match.reason for k in crm.links)


def test_a_table_of_links_gives_the_match_rate():
    """Of 40 customers of A, 30 are linked to B; the system pairs are those of one hand-over."""
    rows = [
        {"case_id": f"c{n:02}", "activity": activity, "timestamp": logs.at(24 * n + step),
         "department": department, "system": system, "budget": budget}
        for n in range(40)
        for step, (activity, department, system, budget) in enumerate(
            (("ask", "sales", "A", "9"), ("do", "service", "B", "9" if n % 2 else None))
        )
    ]  # fmt: skip
    log = logs.log_of(rows)
    ids = [f"c{n:02}" for n in range(30)]
    columns = {"system_a": ["A"] * 30, "id_a": ids, "system_b": ["B"] * 30, "id_b": ids}
    linked = dataclasses.replace(log, links=log.engine.lookup(columns, "links"))
    (link,) = [k for k in found_of(World.of(linked)).links if k.source_system == "A"]
    old = [n for n in range(40) if 24 * (39 - n) + 1 >= 24 * 7]
    share = sum(n < 30 for n in old) / len(old)
    assert (link.match.value, link.match.n) == (pytest.approx(share), len(old))
    assert link.match.ci_low < share < link.match.ci_high


def test_without_a_system_column_systems_are_unknown_and_counts_are_not():
    found = found_of(small())
    assert found.links and not found.between_systems
    for link in found.links:
        assert (link.source_system, link.target_system, link.direction) == (None, None, None)
        assert link.reason.zh and link.match.reason.zh
        counts = {(h.source, h.target): h.count for h in small().journey.handovers}
        assert link.volume.n == counts[link.source, link.target]
    assert "日志没有系统列" in to_markdown(found.document("zh"))


def test_without_departments_there_is_no_list_and_it_says_why():
    found = found_of(bare())
    assert found.links == () and "department" in found.reason.en
    assert found.reason.en in to_markdown(found.document("en"))


def test_hostile_names_stay_text():
    found = found_of(hostile())
    assert found.between_systems
    text = to_markdown(found.document("en"))
    assert "<b>" not in text.replace("\\<b\\>", "") and "{from}" in text
    json.dumps(found.to_dict())


def test_repr(crm):
    assert repr(crm) == "Integration(9 links, 7 between systems, 20 fields)"
