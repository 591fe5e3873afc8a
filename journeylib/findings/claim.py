"""A `Claim` is a hypothesis about one place of the journey, measured but not yet judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from journeylib.findings.finding import Impact, Kind
from journeylib.terms import Clock, Text


@dataclass(frozen=True, slots=True)
class Claim:
    """One measured hypothesis.

    `exceeds` says whether the measured effect itself lies beyond its tolerance (for a share: the
    lower end of its interval; for a ratio: the ratio); together with its q-value that makes a proof.
    `notable` says whether it is worth listing when unproven. `p` is None for what is no test.
    `evidence` gives the ``case_id`` of the cases concerned, `measure` the numbers behind the claim;
    both are asked only of claims that get listed: thousands are measured, a few dozen shown.
    `reach` is the number of cases or hand-overs concerned, by which findings are ranked.
    """

    kind: Kind
    type: str
    locus: Mapping[str, Any]
    title: Text
    n: int
    n_censored: int | None
    estimate: float
    unit: str
    clock: Clock | None
    ci_low: float | None
    ci_high: float | None
    comparator: float | None
    p: float | None
    exceeds: bool
    notable: bool
    reach: float
    impact: Impact
    method: str
    measure: Callable[[], ir.Table]
    evidence: Callable[[], ir.Table]
    caveats: tuple[Text, ...] = ()
