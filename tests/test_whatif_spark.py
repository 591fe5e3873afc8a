"""What-ifs and KPIs are the same on Spark as on DuckDB."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from journeylib import engine as engines
from journeylib.goals.goal import goal_from
from journeylib.goals.kpis import kpis
from journeylib.goals.reference import references
from journeylib.goals.whatif.interventions import (
    CapStage,
    CapWait,
    DropLoop,
    RaiseConversion,
    SkipActivity,
)
from journeylib.goals.whatif.play import whatif
from journeylib.mining import mine
from journeylib.terms import Span
from tests.logs import at, log_of
from tests.test_goals import sales
from tests.test_spark import rounded


@pytest.fixture(scope="module")
def journeys():
    rows, _known = sales(96)
    for row in rows:
        row["start_timestamp"] = row["timestamp"] - (at(2) - at(0))
    return [mine(log_of(rows, e), calendar="weekdays") for e in (engines.duckdb(), engines.spark())]


def test_whatif_is_the_same_on_both_engines(journeys):
    asked = (
        CapWait("产品演示", "发送报价", Span.parse("1d working")),
        CapStage("interest", Span.parse("1d")),
        DropLoop("首次联系"),
        SkipActivity("发送报价"),
        RaiseConversion("evaluation", 0.9),
    )
    one, other = (whatif(j, *asked, adherence=0.8, resamples=10).to_dict() for j in journeys)
    assert rounded(one) == rounded(other)


def test_kpis_and_classes_are_the_same_on_both_engines(journeys):
    one, other = ([kpi.to_dict() for kpi in kpis(journey)] for journey in journeys)
    assert rounded(one) == rounded(other)
    one, other = (references(goal_from("sales cycle to 10 days", j), j) for j in journeys)
    assert [c.name for c in one.classes] == [c.name for c in other.classes] != []
    assert rounded([c.value for c in one.classes]) == rounded([c.value for c in other.classes])
