"""Touchpoints, moments of truth and the experience are the same on Spark as on DuckDB."""

from __future__ import annotations

import json
import shutil

import pytest

pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from journeylib import engine as engines
from journeylib.findings import Rules, experience, touchpoints
from journeylib.findings.moments import moments_of_truth
from journeylib.findings.study import Study
from journeylib.mining import mine
from tests.logs import log_of
from tests.test_experience import friction, survey, with_survey
from tests.test_spark import rounded
from tests.test_touchpoints import calls


@pytest.fixture(scope="module")
def on_both():
    return [engines.duckdb(), engines.spark()]


def told(found):
    return rounded(json.loads(json.dumps(found.to_dict())))


def test_touchpoints_are_the_same_on_both_engines(on_both):
    rows = calls(1, fast=0.7, slow=0.3, cases=80)
    journeys = [mine(log_of(rows, engine)) for engine in on_both]
    duckdb, spark = (touchpoints(journey) for journey in journeys)
    assert told(duckdb) == told(spark)
    trials = [moments_of_truth(Study(journey, Rules.load())) for journey in journeys]
    one, other = ([rounded(claim.estimate) for claim in trial.claims] for trial in trials)
    assert one == other != []


def test_the_experience_is_the_same_on_both_engines(on_both):
    rows = with_survey(friction(), lambda i: float(1 + i % 5) if i % 3 else None)
    table = survey("nps", [10, 0, 7, 9] * 10)
    duckdb, spark = (experience(mine(log_of(rows, e)), surveys=table) for e in on_both)
    assert told(duckdb) == told(spark)
