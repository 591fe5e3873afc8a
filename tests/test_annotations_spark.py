"""A verdict on Spark is the verdict on DuckDB."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from journeylib import engine as engines
from journeylib.annotations import Claim, verdict
from journeylib.mining import mine
from tests.logs import log_of
from tests.test_annotations_claims import small_rows

CLAIMS = (
    Claim(measure="wait", place={"from": "quote", "to": "sign"}, threshold="5h"),
    Claim(measure="rework", place={"activity": "quote"}, threshold="10%"),
    Claim(measure="conversion", threshold="50%"),
    Claim(measure="filling", place={"attribute": "budget"}, comparison="<", threshold="90%"),
)


def test_the_same_verdicts_on_both() -> None:
    here, there = (
        mine(log_of(small_rows(), engine)) for engine in (engines.duckdb(), engines.spark())
    )
    for claim in CLAIMS:
        one, other = verdict(claim, here).to_dict(), verdict(claim, there).to_dict()
        assert one.pop("sql") and other.pop("sql")
        assert one == other
