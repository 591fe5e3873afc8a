"""Levels of detail, comparison and replay on Spark are those on DuckDB."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from journeylib import engine as engines
from journeylib.drawing import compare_flow, draw, replay
from journeylib.mining import mine
from tests.logs import log_of, traces


def test_the_same_pictures_and_tracks_on_both() -> None:
    rows = traces("abcd", "abbc", "acdb", "bca", *["abc"] * 12)
    for n, row in enumerate(rows):
        row.update(
            channel=("web", "phone", None)[n % 3], stage="one" if row["activity"] < "c" else "two"
        )
    here, there = (mine(log_of(rows, engine)) for engine in (engines.duckdb(), engines.spark()))
    for detail in ("activity", "touchpoint", "stage"):
        one, other = (draw(journey, detail=detail, traffic=1) for journey in (here, there))
        assert one.svg == other.svg
        assert replay(here, one, at_most=7) == replay(there, other, at_most=7)
    assert compare_flow(here, here, traffic=1).svg == compare_flow(there, there, traffic=1).svg
