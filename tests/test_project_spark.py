"""What a project measures is the same on Spark as on DuckDB."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from journeylib import engine as engines
from journeylib.goals.kpis import kpis
from journeylib.mining import mine
from journeylib.project import integration
from journeylib.spec import specify
from tests import logs

STEPS = (("ask", "sales", "A"), ("do", "service", "B"), ("bill", "sales", "C"))


@pytest.fixture(scope="module")
def both():
    rows = [
        {
            "case_id": f"c{number:02}",
            "activity": activity,
            "timestamp": logs.at(24 * number + step),
            "department": department,
            "system": system,
            "resource": f"p{number % 7}",
            "actor": "staff",
            "outcome": ("won", "lost", "open")[number % 3],
        }
        for number in range(60)
        for step, (activity, department, system) in enumerate(STEPS)
    ]
    return [mine(logs.log_of(rows, engine)) for engine in (engines.duckdb(), engines.spark())]


def test_indicators(both):
    duckdb, spark = ([kpi.to_dict() for kpi in kpis(journey)] for journey in both)
    assert duckdb == spark


def test_links(both):
    duckdb, spark = (integration(None, specify(journey), journey).to_dict() for journey in both)
    assert duckdb == spark
