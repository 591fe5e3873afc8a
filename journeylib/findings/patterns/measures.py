"""The vocabulary of patterns: every measure by the word that ``measure = "…"`` may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from journeylib.findings.patterns.doing import (
    Absence,
    Idle,
    Occurrence,
    Precedence,
    Repetition,
    Response,
)
from journeylib.findings.patterns.owning import Batches, Collision, Returns
from journeylib.findings.patterns.showing import Decrease, Missing, Postponement, Single
from journeylib.findings.patterns.staying import Dwell, Regression, Skip

STAGED = (Dwell, Skip, Regression)
"""Measures that need a journey of two stages or more."""

MEASURES: Mapping[str, type[Any]] = {
    "response": Response,
    "absence": Absence,
    "precedence": Precedence,
    "repetition": Repetition,
    "occurrence": Occurrence,
    "idle": Idle,
    "dwell": Dwell,
    "skip": Skip,
    "regression": Regression,
    "decrease": Decrease,
    "postponement": Postponement,
    "single": Single,
    "missing": Missing,
    "batches": Batches,
    "collision": Collision,
    "returns": Returns,
}
"""The vocabulary: what ``measure = "…"`` of a pattern may say."""
