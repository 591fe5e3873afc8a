"""Two versions side by side: nothing missed, nothing invented, and readable."""

from __future__ import annotations

import copy
import datetime
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeylib.documents.markdown import to_markdown
from journeylib.errors import SpecError
from journeylib.findings.finding import Findings
from journeylib.spec.diff import Diff, diff
from journeylib.spec.drafting.draft import specify
from journeylib.spec.hints import problems
from journeylib.spec.merge import merge
from journeylib.spec.model import TargetSpec
from journeylib.spec.tree import Branch, Listed, Path, data_of, path_text, tree_of
from journeylib.terms import Text
from tests.spec_fixtures import carry_over_loss, crm_journey, small_spec
from tests.spec_strategies import specs

calm = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def _edited(spec: TargetSpec, *edits: Any) -> TargetSpec:
    data = spec.to_dict()
    for edit in edits:
        edit(data)
    return TargetSpec.model_validate(data)


# -- edits by chance, all of which leave a valid specification -------------------------------------


def _shorten(data: dict[str, Any], rng: random.Random) -> None:
    rng.choice(data["stages"])["sla"] = rng.choice(["1h", "2d working", None])


def _reword(data: dict[str, Any], rng: random.Random) -> None:
    rng.choice(data["stages"])["name"] = {"zh": f"阶段{rng.random()}", "en": "a stage"}


def _owner(data: dict[str, Any], rng: random.Random) -> None:
    activities = [a for s in data["stages"] for a in s["activities"]]
    if activities:
        rng.choice(activities)["department"] = None


def _drop_criterion(data: dict[str, Any], rng: random.Random) -> None:
    stage = rng.choice(data["stages"])
    if stage["exit"]:
        stage["exit"].pop(rng.randrange(len(stage["exit"])))


def _note(data: dict[str, Any], rng: random.Random) -> None:
    data["notes"].insert(0, {"zh": f"说明 {rng.random()}", "en": "note"})


def _turn_criteria(data: dict[str, Any], rng: random.Random) -> None:
    rng.choice(data["stages"])["exit"].reverse()


def _move_last(data: dict[str, Any], rng: random.Random) -> None:
    data["transitions"] = []
    here = rng.choice(data["stages"])
    if here["activities"]:
        rng.choice(data["stages"])["activities"].append(here["activities"].pop())


def _reason(data: dict[str, Any], rng: random.Random) -> None:
    activities = [a for s in data["stages"] for a in s["activities"]]
    if activities:
        rng.choice(activities)["why"]["n"] = rng.randrange(10**6)


EDITS = [
    _shorten, _reword, _owner, _drop_criterion, _note, _turn_criteria, _move_last, _reason,
]  # fmt: skip


def _by_chance(spec: TargetSpec, seed: int, edits: int = 4) -> TargetSpec:
    rng = random.Random(seed)
    data = spec.to_dict()
    for _count in range(edits):
        rng.choice(EDITS)(data, rng)
    return TargetSpec.model_validate(data)


# -- diff ------------------------------------------------------------------------------------------


def _leaves(tree: Any, path: Path = ()) -> dict[Path, Any]:
    """Every value with its address and, for lists, the order of the keys: an oracle of its own."""
    if isinstance(tree, Branch | Listed):
        found = {(*path, "·order"): tuple(tree)} if isinstance(tree, Listed) else {}
        for key, value in tree.items():
            found |= _leaves(value, (*path, key))
        return found
    return {path: tree}


def _covered(path: Path, found: Diff) -> bool:
    parents = [at for change in found for at in change.paths]
    if path[-1] == "·order" and any(at[: len(path) - 1] == path[:-1] for at in parents):
        return True
    return any(path[: len(at)] == at for at in parents)


@calm
@given(specs(4, 4), st.integers(0, 10**6))
def test_empty_only_where_equal_and_every_changed_leaf_is_told(spec: TargetSpec, seed: int) -> None:
    other = _by_chance(spec, seed)
    found = diff(spec, other)
    assert bool(found) == (spec.to_json() != other.to_json())
    before, after = _leaves(tree_of(spec)), _leaves(tree_of(other))
    for path in before.keys() | after.keys():
        if before.get(path) != after.get(path):
            assert _covered(path, found), path_text(path)


@calm
@given(specs(3, 3), specs(3, 3))
def test_any_two_specifications_can_be_compared(a: TargetSpec, b: TargetSpec) -> None:
    found = diff(a, b)
    assert not diff(a, a)
    assert all(change.text.zh and change.text.en for change in found)
    assert len(found.to_dict()["changes"]) == len(found)


@calm
@given(specs(4, 4))
def test_a_tree_is_the_same_data(spec: TargetSpec) -> None:
    assert data_of(tree_of(spec)) == spec.to_dict()


def test_a_whole_draft_can_be_compared_and_merged() -> None:
    """With findings in goals, options for time limits, constraints: all that a draft may hold."""
    findings = Findings((carry_over_loss(),), 1, ())
    spec = specify(crm_journey(), findings)
    assert data_of(tree_of(spec)) == spec.to_dict()
    data = spec.to_dict()
    data["stages"][2]["goals"][0]["findings"] = [carry_over_loss().id]
    data["stages"][0]["activities"][1]["sla_options"].pop()
    option = data["stages"][0]["activities"][2]["sla_options"][0]
    option["breach"] = 0.25
    later = TargetSpec.model_validate(data)
    told = diff(spec, later).sentences("en")
    assert len(told) == 3
    assert any("gains the finding “Requirements lost”" in sentence for sentence in told)
    assert any("expected breach rate from" in s and "to 25 %" in s for s in told)
    assert merge(spec, spec.next(), later).spec.stages == later.stages


def test_sentences_say_what_a_workshop_would() -> None:
    spec = small_spec()

    def change(data: dict[str, Any]) -> None:
        interest, purchase = data["stages"]
        interest["activities"][1]["sla"] = "1d"
        interest["exit"].append(_asks("行业"))
        purchase["entry"].append(_asks("行业"))
        purchase["activities"].append(interest["activities"].pop(2))
        data["transitions"] = data["transitions"][:1]
        data["goals"] = []

    found = diff(spec, _edited(spec, change))
    assert set(found.sentences("en")) >= {
        "The activity “First contact” of “Interest”: SLA from 4 h to 1 d",
        "The exit criteria of the stage “Interest” now also ask: 行业 is known (行业 != null)",
        "The activity “Product demo” moved from the stage “Interest” to “Purchase”",
        "The target process loses the transition “First contact → Product demo”",
    }
    assert "“兴趣”的活动“首次联系”：时限由“4 小时”改为“1 天”" in found.sentences("zh")
    assert not any("entry" in sentence for sentence in found.sentences("en")), "the gate is one"


def _asks(item: str) -> dict[str, Any]:
    text = Text(f"{item}已知", f"{item} is known").to_dict()
    return {
        "id": f"c-{item}",
        "when": f"{item} != null",
        "text": text,
        "why": {"method": "workshop"},
    }


def test_the_document_goes_stage_by_stage() -> None:
    spec = small_spec()
    later = spec.next(notes=(), stages=_edited(spec, lambda d: _set_sla(d, "1h")).stages)
    text = to_markdown(diff(spec, later).document("en"))
    assert text.index("## Overall") < text.index("## Interest")
    assert "version from 1 to 2" in text
    assert to_markdown(diff(spec, spec).document("zh")).endswith("- 没有变化。\n")


def _set_sla(data: dict[str, Any], sla: str | None) -> None:
    data["stages"][0]["sla"] = sla


# -- versions --------------------------------------------------------------------------------------


def test_the_next_version_follows_this_one_and_is_checked() -> None:
    spec = small_spec()
    later = spec.next(name=Text("新版", "New"))
    assert (later.version, later.follows, later.name.en) == (2, spec.fingerprint, "New")
    assert later.next().follows == later.fingerprint
    with pytest.raises(SpecError, match="at least one stage"):
        spec.next(stages=())


# -- merge -----------------------------------------------------------------------------------------


@calm
@given(specs(4, 4), st.integers(0, 10**6), st.integers(0, 10**6))
def test_laws_of_merging(spec: TargetSpec, one: int, two: int) -> None:
    ours, theirs = _by_chance(spec, one), _by_chance(spec, two)
    assert merge(spec, spec, theirs).draft == theirs.to_dict()
    assert merge(spec, ours, spec).draft == ours.to_dict()
    assert merge(spec, ours, ours).draft == ours.to_dict()
    there, back = merge(spec, ours, theirs), merge(spec, theirs, ours)
    assert [(c.path, c.ours, c.theirs) for c in there.conflicts] == [
        (c.path, c.theirs, c.ours) for c in back.conflicts
    ]
    if not there.conflicts:
        assert there.draft == back.draft
    settled = {c.path: "theirs" for c in there.conflicts}
    assert not merge(spec, ours, theirs, settled).conflicts


DISJOINT = [_shorten, _reword, _owner, _note, _drop_criterion]


@calm
@given(specs(4, 4), st.permutations(range(len(DISJOINT))), st.integers(0, 10**6))
def test_disjoint_edits_are_both_kept(spec: TargetSpec, order: list[int], seed: int) -> None:
    mine, yours = DISJOINT[order[0]], DISJOINT[order[1]]
    ours, theirs = spec.to_dict(), spec.to_dict()
    mine(ours, random.Random(seed))
    yours(theirs, random.Random(seed))
    both = copy.deepcopy(ours)
    yours(both, random.Random(seed))
    merged = merge(spec, *map(TargetSpec.model_validate, (ours, theirs)))
    assert not merged.conflicts
    assert merged.draft == both


def test_conflicts_name_path_base_and_both_values() -> None:
    spec = small_spec()
    ours = _edited(spec, lambda d: _set_sla(d, "1d"))
    theirs = _edited(spec, lambda d: _set_sla(d, "2d"))
    merged = merge(spec, ours, theirs)
    [conflict] = merged.conflicts
    assert (conflict.path, conflict.base, conflict.ours, conflict.theirs) == (
        "$.stages[interest].sla", "3d", "1d", "2d",
    )  # fmt: skip
    assert "3 d" in conflict.text.en
    assert merged.spec == ours
    assert merge(spec, ours, theirs, {conflict.path: "theirs"}).spec == theirs


def test_what_one_removes_and_the_other_changes_is_kept_until_decided() -> None:
    spec = small_spec()
    ours = _edited(spec, lambda d: d["goals"].clear() or d["stages"][0]["goals"].clear())
    theirs = _edited(spec, lambda d: d["stages"][0]["goals"][0].update(due="2027-06-30"))
    for one, two in ((ours, theirs), (theirs, ours)):
        merged = merge(spec, one, two)
        assert len(merged.conflicts) == 1
        assert merged.spec.stages[0].goals[0].due == datetime.date(2027, 6, 30)


def test_two_sound_edits_may_contradict_each_other() -> None:
    spec = small_spec()
    ours = _edited(spec, lambda d: d["stages"][0]["exit"].pop(0), _without_contact)
    theirs = _edited(spec, lambda d: d["stages"][1]["exit"].append(_was_done("首次联系")))
    merged = merge(spec, ours, theirs)
    assert not merged.conflicts
    assert merged.problems == tuple(problems(merged.draft))
    assert "there is no activity '首次联系'" in merged.problems[0][1]
    with pytest.raises(SpecError):
        _ = merged.spec


def _without_contact(data: dict[str, Any]) -> None:
    data["transitions"] = []
    for stage in data["stages"]:
        stage["activities"] = [a for a in stage["activities"] if a["id"] != "a-contact"]
        stage["entry"] = [c for c in stage["entry"] if "首次联系" not in c["when"]]
        stage["automation"] = []


def _was_done(event: str) -> dict[str, Any]:
    return _asks("行业") | {"id": "c-again", "when": f'"{event}" in done'}
