"""The readiness report: evidence or not yet; never more than was seen."""

import dataclasses
import datetime
import json
import tomllib
from types import SimpleNamespace

import pytest

from journeylib.documents.markdown import to_markdown
from journeylib.errors import InputError
from journeylib.project import readiness
from journeylib.project.checks import CHECKS
from journeylib.reading import read_log
from journeylib.spec.parts import Attainment
from journeylib.terms import Text, template_path
from tests import logs
from tests.goldens import check_golden
from tests.project_worlds import World, bare, hostile, sample, small

ROWS = tomllib.loads(template_path("project", "readiness").read_text("utf-8"))


def ready(world, **options):
    return readiness(world.journey, world.findings, world.spec, **options)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_golden(lang):
    check_golden(f"readiness.{lang}.md", to_markdown(ready(small()).document(lang)))


def test_every_line_is_checked_or_asked():
    ids = [row["id"] for row in ROWS["line"]]
    questions = {row["id"] for row in ROWS["line"] if row.get("question")}
    assert len(ids) == len(set(ids))
    assert set(CHECKS) == set(ids) - questions
    assert {row["part"] for row in ROWS["line"]} == {part["id"] for part in ROWS["part"]}


def test_before_anything_is_done_nothing_of_it_is_ready():
    found = readiness(small().journey)
    undone = {line.id for line in found.of("not_yet")}
    assert {"goal_baselines", "breakpoints_tested", "stage_owners", "kept_today"} <= undone
    assert "map_discussed" in undone
    assert all(line.next for line in found.lines if line.state in ("not_yet", "not_measurable"))
    assert not found.of("answered")


def test_a_log_that_lacks_everything_names_the_columns():
    found = ready(bare())
    lacking = {line.id: line.column for line in found.of("not_measurable")}
    assert lacking["touchpoints_seen"] == "channel"
    assert lacking["silos_tested"] == lacking["handovers_set"] == "department"
    assert lacking["cross_functional"] == lacking["interfaces_listed"] == "department"
    assert lacking["systems_known"] == lacking["match_known"] == "system"
    assert "history_kept" in lacking and "customers_unique" in lacking
    assert found["silos_tested"].next.en == "Add the column department to the log"
    assert found["pilot_planned"].state == "not_yet", "nothing could be ranked"
    assert found["stage_owners"].state == found["roles_trained"].state == "not_yet"
    assert found["adoption_measured"].state == "not_measurable"
    text = to_markdown(found.document("zh"))
    assert "日志没有 channel 列" in text and "尚未" in text


def test_a_real_log_of_times_alone(shared_data):
    """Orders of a shop: a row an order, a column a date; no departments, channels, systems."""
    world = World.of(read_log(shared_data / "cn-tmall" / "tmall_order_report.csv"))
    found = ready(world)
    lacking = {line.column for line in found.of("not_measurable")}
    assert {"channel", "department", "system", "changes"} <= lacking
    assert found["rows_read"].n == world.journey.log.source.rows == 28_010
    assert found["pilot_planned"].state == "not_yet"
    assert "5 项指标中 0 项有基线" in found["adoption_measured"].evidence.zh


def test_numbers_are_those_of_the_parts():
    world = sample("crm_sales")
    found = ready(world)
    goals = [*world.spec.goals, *(g for s in world.spec.stages for g in s.goals)]
    linked = sum(bool(g.findings) for g in goals)
    assert f"{linked} of {len(goals)}" in found["goals_linked"].evidence.en
    assert found["goals_linked"].n == len(goals)
    owned = [s for s in world.spec.stages if [r.part for r in s.raci].count("A") == 1]
    assert (found["stage_owners"].state == "ready") == (len(owned) == len(world.spec.stages))
    assert found["breakpoints_tested"].n == world.findings.tested
    worst = min(
        g.baseline.value for s in world.spec.stages for g in s.goals if g.measure == "filling"
    )
    assert worst < 0.95 and found["fields_filled"].state == "not_yet"
    assert f"{worst * 100:.1f} %" in found["fields_filled"].evidence.en
    assert all(line.where or line.state != "ready" for line in found.lines)


def test_targets_dates_and_verdicts_are_seen():
    world = sample("crm_sales")
    (goal,) = world.spec.goals
    due = datetime.date(2026, 12, 31)
    good = Attainment(verdict="supported", reason=Text("能", "yes"))
    whole = goal.model_copy(update={"target": 900.0, "due": due, "attainment": good})
    found = ready(world, goals=[whole])
    assert {found[id].state for id in ("goal_targets", "goals_attainable", "goals_linked")} == {
        "ready"
    }
    bad = Attainment(verdict="not_supported", reason=Text("难", "no"))
    found = ready(world, goals=[whole, whole.model_copy(update={"attainment": bad, "due": None})])
    assert (
        found["goal_targets"].state == "not_yet" and "1 of 2" in found["goal_targets"].evidence.en
    )
    assert found["goals_attainable"].state == "not_yet"
    assert "not supported" in found["goals_attainable"].evidence.en
    assert ready(world, goals=[])["goal_targets"].state == "not_yet", "no goal is no readiness"


def test_a_stage_without_owner_is_not_ready():
    world = sample("crm_sales")
    data = world.spec.to_dict()
    data["stages"][0]["raci"] = []
    found = ready(dataclasses.replace(world, spec=type(world.spec).model_validate(data)))
    assert found["stage_owners"].state == found["stage_doers"].state == "not_yet"
    assert "5 of 6" in found["stage_owners"].evidence.en


def test_notes_and_conformance_are_evidence():
    cards = [SimpleNamespace(id="n1", pin="a-1"), SimpleNamespace(id="n2", pin="a-1")]
    rules = [{"id": "r", "activated": 9, "violated": 2}, {"id": "q", "activated": 9, "violated": 0}]
    checked = SimpleNamespace(to_dict=lambda: {"schema": "check/1", "rules": rules})
    found = ready(small(), annotations=cards, conformance=checked)
    assert (found["map_discussed"].state, found["map_discussed"].n) == ("ready", 2)
    assert found["kept_today"].state == "ready"
    assert found["kept_today"].evidence.en == "rules checked: 2, of them broken: 1"
    assert ready(small(), annotations=[])["map_discussed"].state == "not_yet"


def test_what_the_log_shows_about_its_rows():
    rows = [row | {"resource": "r"} for row in logs.traces(*["abc"] * 12, *["abc"] * 3)]
    log = World.of(logs.log_of(rows)).journey.log
    noted = dataclasses.replace(
        log,
        quality=(
            SimpleNamespace(check="rows", count=45, text=Text("四十五", "forty-five")),
            SimpleNamespace(check="rejected_time", count=9, text=Text("九", "nine")),
            SimpleNamespace(check="duplicates", count=4, text=Text("四", "four")),
        ),
    )
    found = readiness(dataclasses.replace(bare().journey, log=noted))
    assert found["rows_read"].state == found["rows_unique"].state == "not_yet"
    assert "9 of 45" in found["rows_read"].evidence.en
    assert found["times_clear"].state == "ready", "neither zone nor precision is in doubt"


def test_a_log_that_was_never_read_from_a_file_is_not_said_to_be_clean():
    found = ready(bare())
    for id in ("rows_read", "columns_mapped", "rows_unique", "times_clear"):
        assert found[id].state == "not_measurable"
    assert ready(sample("crm_sales"))["rows_read"].state == "ready"


# -- answers ---------------------------------------------------------------------------------------


def test_people_answer_what_no_log_can_tell(tmp_path):
    file = tmp_path / "answers.toml"
    file.write_text(
        '[team_named]\nanswer = true\nwords = "六人"\nby = "项目办"\n\n[rehearsed]\nanswer = false\n',
        "utf-8",
    )
    found = ready(small(), answers=file)
    assert found["team_named"].state == "answered"
    assert found["team_named"].evidence.zh == "是：六人（项目办）"
    assert found["rehearsed"].state == "not_yet" and found["rehearsed"].next
    assert len(found.of("to_answer")) == len(ready(small()).of("to_answer")) - 2


def test_an_answer_does_not_overrule_what_was_seen():
    said = {"goal_targets": {"answer": True, "words": "都定好了"}}
    found = ready(small(), answers=said)
    assert found["goal_targets"].state == "not_yet"
    assert "都定好了" in to_markdown(found.document("zh"))


def test_all_wrong_answers_are_told_at_once():
    wrong = {
        "team_namd": {"answer": True},
        "rehearsed": {"answer": "yes"},
        "fall_back": {"answer": True, "who": "x"},
    }
    with pytest.raises(InputError) as told:
        ready(small(), answers=wrong)
    for part in ("Did you mean 'team_named'", "rehearsed needs", "'who'"):
        assert part in str(told.value)


def test_hostile_names_stay_text_and_json_is_plain():
    found = ready(hostile())
    text = to_markdown(found.document("en"))
    assert "<b>" not in text.replace("\\<b\\>", "") and "{from}" in text
    data = json.loads(json.dumps(found.to_dict()))
    assert data["schema"] == "readiness/1"
    assert sum(data["counts"].values()) == len(data["lines"]) == len(ROWS["line"])


def test_repr():
    assert repr(ready(sample("crm_sales"))) == (
        "Readiness(50 lines: 21 ready, 13 not yet, 3 not measurable, 13 to answer, 0 answered)"
    )
