"""``journey readiness`` and ``journey plan``: files, exit codes, messages."""

import csv
import json

import pytest

from journeylib.cli.commands import app
from journeylib.errors import InputError
from tests.spec_fixtures import COLUMNS, crm_rows


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "crm.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *crm_rows()])
    return path


@pytest.fixture(scope="module")
def commands():
    return lambda *arguments: app(list(map(str, arguments)), exit_on_error=False, print_error=False)


def test_plan_leaves_every_noun_as_json_and_document(commands, log, tmp_path, capsys):
    commands("plan", log, "--out", tmp_path / "a", "--lang", "en")
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
    commands("plan", log, "--out", tmp_path / "b", "--lang", "en", "--quiet")
    assert capsys.readouterr().out == ""
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_readiness_takes_answers_and_speaks_json(commands, log, tmp_path, capsys):
    answers = tmp_path / "answers.toml"
    answers.write_text("[team_named]\nanswer = true\n", "utf-8")
    commands("readiness", log, "--answers", answers, "--out", tmp_path / "out", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads((tmp_path / "out" / "readiness.json").read_text("utf-8"))
    assert told["counts"]["answered"] == 1
    assert "就绪度报告" in (tmp_path / "out" / "readiness.md").read_text("utf-8")


def test_a_wrong_answer_leaves_nothing_behind(commands, log, tmp_path):
    answers = tmp_path / "answers.toml"
    answers.write_text("[team_nmed]\nanswer = true\n", "utf-8")
    with pytest.raises(InputError, match="team_named"):
        commands("readiness", log, "--answers", answers, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
