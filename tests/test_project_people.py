"""Training and communication: what the specification asks, no more, and nobody's real case."""

import json
import re
import statistics
from datetime import timedelta

import pytest

from journeylib.documents.markdown import to_markdown
from journeylib.goals.kpis import kpis
from journeylib.project import communication, requirements, training
from journeylib.terms import load_template
from tests import logs
from tests.project_worlds import World, bare, hostile, sample, small


@pytest.fixture(scope="module")
def crm():
    world = sample("crm_sales")
    return world, training(world.spec, world.findings)


def module(outline, subject):
    return next(m for m in outline.modules if m.subject == subject)


def test_every_department_learns_what_it_does_and_passes(crm):
    world, found = crm
    assert {o.id for o in found.outlines} == {d.id for d in world.spec.departments}
    for outline in found.outlines:
        own = [a for a in world.spec.activities if a.department == outline.id]
        topics = module(outline, "new_way").topics
        assert len(topics) == len(own)
        assert all(any(a.event in topic.zh for topic in topics) for a in own)
        given = [h for s in world.spec.stages for h in s.handovers if h.source == outline.id]
        taken = [h for s in world.spec.stages for h in s.handovers if h.target == outline.id]
        sizes = {m.subject: len(m.topics) for m in outline.modules}
        assert (sizes.get("give", 0), sizes.get("take", 0)) == (len(given), len(taken))
        assert sizes.get("time_limits", 0) == sum(a.sla is not None for a in own)


def test_what_goes_wrong_is_told_to_those_who_take_part(crm):
    world, found = crm
    promise = [f for f in world.findings if f.locus.get("attribute") == "交付承诺"]
    assert promise
    for finding in promise:
        told = {o.id for o in found.outlines if finding.id in o.findings}
        assert {finding.locus["from"], finding.locus["to"]} <= told
        assert "市场部" not in told


def test_durations_follow_the_assumption(crm):
    _world, found = crm
    rules = load_template("project", "training")["minutes"]
    for one in (m for o in found.outlines for m in o.modules):
        asked = rules["base"] + rules["item"] * len(one.topics)
        asked += rules["exercise"] if one.cases else 0
        assert one.minutes == min(rules["longest"], asked)
        assert (one.exercise is None) == (not one.cases)


def test_real_cases_stand_behind_pseudonyms_and_never_show(crm):
    world, found = crm
    examples = {case for finding in world.findings for case in finding.cases}
    used = {case for o in found.outlines for m in o.modules for case in m.cases}
    assert used == set(found.key) and set(found.key.values()) <= examples
    assert len(set(found.key.values())) == len(found.key)
    written = json.dumps(found.to_dict(), ensure_ascii=False) + repr(found)
    written += to_markdown(found.document("zh")) + to_markdown(found.document("en"))
    assert not re.search(r"C\d{5}", written)
    assert all(re.fullmatch(r"C\d{5}", case) for case in found.key.values())


def test_a_role_of_the_specification_learns_its_own_activities():
    spec = small().spec
    role = {"id": "presales", "name": {"zh": "售前", "en": "Presales"}, "department": "销售部"}
    data = spec.to_dict()
    data["roles"] = [role]
    mine = data["stages"][1]["activities"][0]
    mine["role"] = "presales"
    found = training(type(spec).model_validate(data), small().findings)
    topics = module(found["presales"], "new_way").topics
    assert len(topics) == 1 + sum(
        a["department"] == "销售部" and a.get("role") is None
        for s in data["stages"] for a in s["activities"]
    )  # fmt: skip
    assert {o.id for o in found.outlines} == {"presales", "市场部", "服务部"}


# -- communication ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plan():
    world = sample("crm_sales")
    reqs = requirements(world.findings, world.spec, world.journey)
    return world, reqs, communication(reqs, world.spec, world.journey)


def test_audiences_are_those_of_the_raci(plan):
    world, _reqs, found = plan
    audiences = {a.part: {d.zh for d in a.departments} for a in found.audiences}
    for part in ("A", "R"):
        expected = {r.department for s in world.spec.stages for r in s.raci if r.part == part}
        assert audiences[part] == expected
    assert audiences["customer"] == {"客户"}


def test_every_phase_is_told_and_names_what_changes(plan):
    _world, reqs, found = plan
    phases = list(dict.fromkeys(m.phase for m in found.messages))
    used = {r.phase for r in reqs if r.phase}
    assert phases[0] == "start" and phases[-1] == "end" and set(phases[1:-1]) == used
    for message in found.messages:
        expected = [r.title for r in reqs if r.phase == message.phase]
        told = [] if message.audience.part == "customer" else expected
        assert list(message.changes) == told
        assert message.when.zh and message.channel.zh and message.feedback.zh


def test_adoption_has_a_baseline_counted_by_hand(plan):
    world, _reqs, found = plan
    events = world.journey.log.to_pandas()
    last = events.timestamp.max()
    staff = events[~events.actor.isin(["customer", "system"]) & events.resource.notna()]
    weeks = ((last - staff.timestamp) // timedelta(days=7)).astype(int)
    whole = (last - events.timestamp.min()) // timedelta(days=7)
    active = staff.groupby(weeks).resource.nunique().reindex(range(whole), fill_value=0)
    values = {k.measure: k.fact for k in found.kpis}
    assert (values["weekly_users"].value, values["weekly_users"].n) == (active.median(), whole)
    month = staff[weeks < 4].resource.nunique()
    assert values["regular_use"].value == pytest.approx(statistics.fmean(active[:4]) / month)
    ends = events.groupby("case_id").agg(outcome=("outcome", "last"), end=("timestamp", "max"))
    still = ends[~ends.outcome.isin(["won", "lost"])]
    fresh = values["fresh_cases"]
    assert fresh.n == len(still) == world.journey.outcomes.open
    assert fresh.value == pytest.approx((still.end >= last - timedelta(days=7)).mean())


def test_the_win_rate_leaves_open_cases_out():
    outcomes = sample("crm_sales").journey.outcomes
    [rate] = (k.fact for k in kpis(sample("crm_sales").journey, measures=["win_rate"]))
    assert rate.value == pytest.approx(outcomes.won / (outcomes.won + outcomes.lost))


# -- odd worlds ------------------------------------------------------------------------------------


def test_a_log_that_lacks_everything_says_so():
    world = bare()
    trained = training(world.spec, world.findings)
    assert trained.outlines == () and trained.reason.zh
    reqs = requirements(world.findings, world.spec, world.journey)
    found = communication(reqs, world.spec, world.journey)
    assert found.messages == () and found.reason.zh
    assert all(k.fact.value is None and k.fact.reason for k in found.kpis)
    assert trained.reason.zh in to_markdown(trained.document("zh"))
    assert found.reason.en in to_markdown(found.document("en"))


def test_a_log_of_three_days_has_no_weekly_users():
    rows = logs.traces("abc", "abc", resource="r", department="d")
    values = {k.measure: k.fact for k in kpis(World.of(logs.log_of(rows)).journey)}
    assert values["weekly_users"].value is None and values["weekly_users"].reason.zh
    assert values["known_owner"].value == 1.0


def test_hostile_names_stay_text():
    world = hostile()
    for noun in (
        training(world.spec, world.findings),
        communication(
            requirements(world.findings, world.spec, world.journey), world.spec, world.journey
        ),
    ):
        text = to_markdown(noun.document("en"))
        assert "<b>" not in text.replace("\\<b\\>", "") and "{from}" in text


def test_reprs(crm, plan):
    assert repr(crm[1]) == "Training(6 roles, 30 modules, 32.5 h in all)"
    assert repr(plan[2]) == (
        "Communication(15 messages to 3 audiences, 5 of 5 adoption indicators with a baseline)"
    )
