"""``journey readiness`` and ``journey plan``: files, exit codes, messages."""

import json

import pytest
from cyclopts import App

from journeylib.cli import project
from journeylib.errors import InputError
from tests.project_worlds import SAMPLES

LOG = str(SAMPLES / "solar_home.csv")


@pytest.fixture(scope="module")
def commands():
    app = App(name="journey", result_action="return_value")
    project.register(app)
    return lambda *arguments: app(list(map(str, arguments)), exit_on_error=False, print_error=False)


def test_plan_leaves_every_noun_as_json_and_document(commands, tmp_path, capsys):
    commands("plan", LOG, "--out", tmp_path / "a", "--lang", "en")
    printed = capsys.readouterr().out
    names = ("requirements", "integration", "scorecard", "training", "communication")
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        *(f"{name}.{kind}" for name in names for kind in ("json", "md")), "scorecard.xlsx",
    }  # fmt: skip
    for name in names:
        told = json.loads((tmp_path / "a" / f"{name}.json").read_text("utf-8"))
        assert told["schema"] == f"{name}/1"
        assert f"{name.capitalize()}(" in printed
        assert (tmp_path / "a" / f"{name}.md").read_text("utf-8").startswith("# ")
    commands("plan", LOG, "--out", tmp_path / "b", "--lang", "en", "--quiet")
    assert capsys.readouterr().out == ""
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_readiness_takes_answers_and_speaks_json(commands, tmp_path, capsys):
    answers = tmp_path / "answers.toml"
    answers.write_text("[team_named]\nanswer = true\n", "utf-8")
    commands("readiness", LOG, "--answers", answers, "--out", tmp_path / "out", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads((tmp_path / "out" / "readiness.json").read_text("utf-8"))
    assert told["counts"]["answered"] == 1
    assert "就绪度报告" in (tmp_path / "out" / "readiness.md").read_text("utf-8")


def test_a_wrong_answer_leaves_nothing_behind(commands, tmp_path):
    answers = tmp_path / "answers.toml"
    answers.write_text("[team_nmed]\nanswer = true\n", "utf-8")
    with pytest.raises(InputError, match="team_named"):
        commands("readiness", LOG, "--answers", answers, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
