"""The shipped logs and their clean worlds: breakpoints where they were planted, silence elsewhere."""

from __future__ import annotations

import importlib.util
import json

import pytest

from journeylib import engine as engines
from journeylib.findings.judge import judged
from journeylib.findings.rules import Rules
from journeylib.findings.study import Study
from journeylib.mining import mine
from journeylib.reading import read_log
from tests.conftest import ROOT
from tests.test_breakpoints import OURS

NAMES = ("crm_sales", "solar_home")


def found(path):
    study = Study(mine(read_log(path, engine=engines.duckdb())), Rules.load())
    return judged(study, [family(study) for family in OURS])


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "event_logs/generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [11, 12])
def test_nothing_is_proven_in_a_clean_world(generator, tmp_path, name, seed):
    rows, _ = generator.generate(name, cases=900, seed=seed, plants=False)
    path = tmp_path / f"{name}.csv"
    path.write_bytes(generator.csv_bytes(rows))
    assert [(f.type, f.locus) for f in found(path).proven] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_logs_hold_their_plants_and_what_follows_from_them(name):
    truth = json.loads((ROOT / f"event_logs/{name}.truth.json").read_text("utf-8"))
    planted = {_place(plant) for plant in truth["plants"]}
    echoes = {_place(echo) for plant in truth["plants"] for echo in plant["echoes"]}
    proven = {
        (f.type, json.dumps(_plain(f.locus))): f
        for f in found(ROOT / f"event_logs/{name}.csv").proven
    }
    assert {p for p in planted if p[0] in ("rework_loop", "slow_transition")} <= set(proven)
    beyond = set(proven) - planted - echoes
    assert beyond == set()


def _plain(locus):
    return dict(sorted((key, value) for key, value in locus.items() if key != "because"))


def _place(told):
    return told["type"], json.dumps(_plain(told["locus"]))
