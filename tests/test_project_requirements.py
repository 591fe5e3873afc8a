"""The requirements map on real numbers, and what people decided otherwise."""

import json
from collections import Counter

import pytest
from scipy.stats import percentileofscore

from journeylib.documents.markdown import to_markdown
from journeylib.errors import InputError, TemplateError
from journeylib.findings import diagnose
from journeylib.findings.rules import Rules
from journeylib.project import requirements
from journeylib.project.planning import Planning
from journeylib.project.priorities import PHASES
from journeylib.spec import specify
from journeylib.terms import template_path
from tests.project_worlds import World, bare, hostile, sample, small

LOGS = ("crm_sales", "solar_home")


def mapped(world, **options):
    return requirements(world.findings, world.spec, world.journey, **options)


@pytest.fixture(scope="module", params=LOGS)
def found(request):
    world = sample(request.param)
    return world, mapped(world)


# -- what is asked for -----------------------------------------------------------------------------


def test_every_finding_is_answered_once_or_left_out_with_a_reason(found):
    world, reqs = found
    answered = Counter(e.finding for r in reqs if not r.supports for e in r.evidence)
    left = {one.finding for one in reqs.left_out}
    for finding in world.findings:
        assert answered[finding.id] + (finding.id in left) == 1
    assert all(one.reason.zh and one.reason.en for one in reqs.left_out)


def test_losses_of_one_handover_are_one_integration_requirement(found):
    world, reqs = found
    silos = world.findings.of_type("carry_over_loss", "information_lag", "re_ask")
    pairs = {(f.locus["from"], f.locus["to"]) for f in silos}
    carried = [r for r in reqs if r.repair == "carry_data"]
    assert len(carried) == len(pairs) > 0
    for one in carried:
        loci = [world.findings[e.finding].locus for e in one.evidence]
        assert len({(locus["from"], locus["to"]) for locus in loci}) == 1
        assert all(locus["attribute"] in one.title.zh for locus in loci)


def test_an_echo_goes_with_what_brings_it(found):
    world, reqs = found
    home = {e.finding: r.id for r in reqs if not r.supports for e in r.evidence}
    echoes = [f for f in world.findings if "because" in f.locus]
    assert echoes
    for echo in echoes:
        assert home[echo.id] == home[echo.locus["because"]]


def test_evidence_tells_what_the_finding_tells(found):
    world, reqs = found
    for one in (e for r in reqs for e in r.evidence):
        finding = world.findings[one.finding]
        assert (one.n, one.estimate, one.ci_low, one.ci_high, one.gain) == (
            finding.n, finding.estimate, finding.ci_low, finding.ci_high, finding.gain,
        )  # fmt: skip


# -- scores ----------------------------------------------------------------------------------------


def test_importance_is_the_percentile_of_the_gain(found):
    _world, reqs = found
    own = [r for r in reqs if not r.supports]
    gains = [r.gain.value for r in own if r.gain.value is not None]
    for one in own:
        told = [e.gain for e in one.evidence if e.gain is not None]
        assert one.gain.value == (pytest.approx(sum(told)) if told else None)
        if one.gain.value is None:
            assert one.importance.value is None and one.gain.reason and one.quadrant is None
        else:
            rank = percentileofscore(gains, one.gain.value, kind="mean")
            assert one.importance.value == pytest.approx(min(100, rank + 10 * bool(one.goals)))


def test_what_supports_is_as_important_as_what_it_supports(found):
    _world, reqs = found
    for one in (r for r in reqs if r.supports):
        helped = [reqs[id].importance.value for id in one.supports]
        assert one.importance.value == max((v for v in helped if v is not None), default=None)
        assert one.gain.value is None and one.gain.reason


def test_urgency_is_how_far_it_goes_and_whether_it_drifts(found):
    world, reqs = found
    drift = world.findings.background.drift
    assert drift.tested and not drift.changes, "so the trend is known to be steady: 50"
    for one in reqs:
        rates = [
            e.estimate if e.unit == "share"
            else max(0, 1 - world.findings[e.finding].comparator / e.estimate)
            for e in one.evidence if e.type != "bottleneck"
        ]  # fmt: skip
        expected = 50.0 if not rates else (2 * 100 * max(rates) + 50) / 3
        assert one.urgency.value == pytest.approx(expected, abs=1e-5)


def test_wsjf_is_cost_of_delay_over_size(found):
    _world, reqs = found
    sizes = {"S": 1, "M": 2, "L": 3, "XL": 5}
    for one in reqs:
        if one.importance.value is None:
            assert one.wsjf is None
            continue
        waiting = {r.id for r in reqs if one.id in _all_needs(reqs, r.id)}
        enabling = 10 * len(waiting) / (len(reqs) - 1)
        cost = one.importance.value / 10 + one.urgency.value / 10 + enabling
        assert one.wsjf.score == pytest.approx(cost / sizes[one.size])


def _all_needs(reqs, id):
    needs = set(reqs[id].needs)
    return needs | {deeper for need in needs for deeper in _all_needs(reqs, need)}


def test_data_before_integration_before_automation(found):
    _world, reqs = found
    rank = {phase: place for place, phase in enumerate((*PHASES, None))}
    for one in reqs:
        same = [r for r in reqs if one.stage is not None and r.stage == one.stage]
        if one.kind == "integration":
            assert {r.id for r in same if r.kind == "data"} == set(one.needs)
        if one.kind == "automation":
            assert {r.id for r in same if r.kind in ("data", "integration")} == set(one.needs)
        assert all(rank[reqs[need].phase] <= rank[one.phase] for need in one.needs)


def test_must_keeps_within_its_share_and_the_cut_points(found):
    _world, reqs = found
    assert reqs.must_share <= 0.6
    known = [r for r in reqs if r.quadrant]
    important = [r.importance.value for r in known]
    urgent = [r.urgency.value for r in reqs]
    for one in reqs.of("must"):
        top = (
            percentileofscore(important, one.importance.value, kind="mean") >= 75
            and percentileofscore(urgent, one.urgency.value, kind="mean") >= 75
        )
        needed = any(one.id in _all_needs(reqs, r.id) for r in reqs.of("must"))
        assert top or needed


def test_a_declared_service_level_that_is_not_kept_is_a_must(tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[[sla]]\nrule = "first"\nfrom = "线索分配"\nto = "首次联系"\nwithin = "4h"\n', "utf-8"
    )
    journey = sample("crm_sales").journey
    findings = diagnose(journey, Rules.load(rules))
    reqs = requirements(findings, specify(journey, findings), journey)
    (limited,) = [
        r for r in reqs if not r.supports and any(e.type == "sla_breach" for e in r.evidence)
    ]
    assert limited.priority == "must" and limited.kind == "automation"
    assert {e.type for e in limited.evidence} >= {"sla_breach", "slow_transition"}, "one repair"


# -- what people decide ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crm():
    return sample("crm_sales"), mapped(sample("crm_sales"))


def test_overrides_are_kept_and_told(crm):
    world, before = crm
    target = next(r for r in before if r.repair == "carry_data")
    decided = {target.id: {"importance": 90, "size": "XL", "because": "董事会已承诺"}}
    after = mapped(world, overrides=decided)[target.id]
    assert (after.importance.value, after.size) == (90, "XL")
    assert "董事会已承诺" in after.importance.how.zh
    assert after.wsjf.size == 5 and after.urgency == target.urgency
    log = mapped(world, overrides=decided).overridden
    assert [(o.field, o.was, o.now) for o in log] == [
        ("importance", target.importance.value, 90), ("size", "L", "XL"),
    ]  # fmt: skip
    was = f"{target.importance.value:.6g}"
    assert log[0].text.en == (
        f"Importance overridden by the workshop: was {was}, now 90, because 董事会已承诺"
    )


def test_what_was_is_what_the_data_alone_propose(crm):
    world, before = crm
    target = next(r for r in before if r.repair == "carry_data" and r.priority == "could")
    decided = {target.id: {"importance": 100, "urgency": 100, "priority": "must", "because": "x"}}
    log = {o.field: o for o in mapped(world, overrides=decided).overridden}
    assert (log["priority"].was, log["priority"].now) == ("could", "must")
    assert (
        log["priority"].text.zh
        == "优先级已由工作坊调整：原为 可以有（Could），现为 必须有（Must），理由：x"
    )


def test_overrides_survive_new_data_and_orphans_are_listed(crm):
    world, before = crm
    log = world.journey.log
    later = World.of(log.since("2025-07-01"))
    kept = next(r for r in before if r.repair == "carry_data" and "客户画像" in r.title.zh)
    decided = {
        kept.id: {"priority": "must", "phase": "pilot", "because": "客户点名"},
        "r-00000000": {"urgency": 10, "because": "上次会议"},
    }
    reqs = mapped(later, overrides=decided)
    assert (reqs[kept.id].priority, reqs[kept.id].phase) == ("must", "pilot")
    assert [e.n for e in reqs[kept.id].evidence] != [e.n for e in kept.evidence], "new data"
    assert {o.field for o in reqs.overridden} == {"priority", "phase"}
    assert [(o.id, o.value) for o in reqs.orphans] == [("r-00000000", 10)]
    assert "r-00000000" in to_markdown(reqs.document("zh"))
    assert {need: reqs[need].phase for need in reqs[kept.id].needs} == dict.fromkeys(
        reqs[kept.id].needs, "pilot"
    ), "what it needs comes along"


def test_decisions_that_contradict_each_other_are_kept_and_told(crm):
    world, before = crm
    one = next(r for r in before if r.repair == "carry_data")
    need = before[one.needs[0]]
    decided = {
        one.id: {"phase": "pilot", "because": "a"},
        need.id: {"phase": "phase_3", "because": "b"},
    }
    reqs = mapped(world, overrides=decided)
    assert (reqs[one.id].phase, reqs[need.id].phase) == ("pilot", "phase_3")
    assert any(one.title.zh in text.zh and need.title.zh in text.zh for text in reqs.conflicts)
    assert not before.conflicts


def test_decisions_that_break_the_limit_of_must_are_kept_and_told(crm):
    world, before = crm
    decided = {r.id: {"priority": "must", "because": "x"} for r in before}
    reqs = mapped(world, overrides=decided)
    assert reqs.must_share == 1
    assert "请复核" in to_markdown(reqs.document("zh"))
    assert "请复核" not in to_markdown(before.document("zh"))


def test_files_in_both_forms_say_the_same(crm, tmp_path):
    world, before = crm
    id = before.items[0].id
    toml, js = tmp_path / "o.toml", tmp_path / "o.json"
    toml.write_text(f'[{id}]\nurgency = 5\nbecause = "x"\n', "utf-8")
    js.write_text(json.dumps({id: {"urgency": 5, "because": "x"}}), "utf-8")
    one, other = mapped(world, overrides=toml), mapped(world, overrides=js)
    assert one.to_dict() == other.to_dict()
    assert one[id].urgency.value == 5


def test_all_that_is_wrong_with_overrides_is_told_at_once(crm, tmp_path):
    world, _before = crm
    wrong = {
        "r-1": {"importence": 3, "because": "x"},
        "r-2": {"importance": 130, "because": "x"},
        "r-3": {"phase": "later", "because": "x"},
        "r-4": {"urgency": 3},
        "r-5": 7,
        "r-6": {"urgency": True, "because": "x"},
    }
    with pytest.raises(InputError) as told:
        mapped(world, overrides=wrong)
    for part in (
        "Did you mean 'importance'",
        "130",
        "pilot, phase_1",
        "r-4 gives no",
        "r-5",
        "True",
    ):
        assert part in str(told.value)
    with pytest.raises(InputError, match="cannot be opened"):
        mapped(world, overrides=tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[", "utf-8")
    with pytest.raises(InputError, match="neither TOML nor JSON"):
        mapped(world, overrides=tmp_path / "bad.toml")


# -- assumptions -----------------------------------------------------------------------------------


def test_assumptions_are_a_file_to_change(crm, tmp_path):
    world, before = crm
    own = tmp_path / "own.toml"
    text = template_path("project", "requirements").read_text("utf-8")
    own.write_text(text.replace("L = 3", "L = 8").replace("goal = 10", "goal = 0"), "utf-8")
    after = mapped(world, rules=own)
    assert after.effort("must", "should", "could") > before.effort("must", "should", "could")
    assert any(r.importance != before[r.id].importance for r in after if r.goals)
    own.write_text(text.replace('on = ["data"]', 'on = ["automation"]', 1), "utf-8")
    with pytest.raises(TemplateError, match="circle"):
        Planning.load(own)
    own.write_text(text.replace('size = "L"', 'size = "Q"').replace("[matrix]", "[matrx]"), "utf-8")
    with pytest.raises(TemplateError, match="matrix"):
        Planning.load(own)


# -- odd worlds ------------------------------------------------------------------------------------


def test_a_log_that_lacks_everything():
    reqs = mapped(bare())
    assert all(r.repair == "report" or r.evidence for r in reqs)
    assert reqs.must_share is None or reqs.must_share <= 0.6
    for lang in ("zh", "en"):
        assert to_markdown(reqs.document(lang)).startswith("# ")


def test_hostile_names_stay_text():
    world = hostile()
    reqs = mapped(world)
    assert any(r.repair == "carry_data" for r in reqs)
    text = to_markdown(reqs.document("en"))
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert "{from}" in text, "a name is no placeholder"
    json.dumps(reqs.to_dict())


def test_the_same_twice_and_a_stable_repr(crm):
    once, again = (mapped(World.of(small().journey.log)) for _ in range(2))
    assert once.to_dict() == again.to_dict()
    assert repr(crm[1]) == "Requirements(24: 6 must, 3 should, 15 could, 0 wont; 0 overridden)"
