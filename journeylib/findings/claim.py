"""A `Claim` is a hypothesis about one place of the journey, measured but not yet judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import ibis.expr.types as ir

from journeylib.terms import Clock, Text

Kind = Literal["breakpoint", "silo", "touchpoint"]


@dataclass(frozen=True, slots=True)
class Impact:
    """What something costs, in `unit`, with a 95 % interval where one could be had."""

    value: float | None
    unit: str
    ci_low: float | None = None
    ci_high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured at one place of the journey, whatever is made of it.

    `locus` says where, in the contract's words: ``{"from": …, "to": …}``, ``{"activity": …}``,
    ``{"attribute": …, "from": …, "to": …}``. `estimate` is in `unit` (``share`` or ``h``);
    `comparator` is the tolerance or reference it is held against, in the same unit. `p` is None for
    what is no test.
    """

    kind: Kind
    type: str
    locus: Mapping[str, Any]
    title: Text
    n: int
    n_censored: int | None
    estimate: float | None
    unit: str
    clock: Clock | None
    ci_low: float | None
    ci_high: float | None
    comparator: float | None
    p: float | None
    impact: Impact
    method: str
    caveats: tuple[Text, ...] = ()

    def measured(self) -> dict[str, Any]:
        """These fields alone, by name."""
        return {f.name: getattr(self, f.name) for f in fields(Measured)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Measured):
    """One measured hypothesis, and how to look closer.

    `exceeds` says whether the measured effect itself lies beyond its tolerance (for a share: the
    lower end of its interval; for a ratio: the ratio); together with its q-value that makes a proof.
    `notable` says whether it is worth listing when unproven.

    `measure` gives the numbers behind the claim; `evidence` the ``case_id`` of the cases concerned
    and, where it is not simply 1 for each, the ``amount`` that each adds to the impact. Both are asked
    only of claims that get listed: thousands are measured, a few dozen shown.
    """

    exceeds: bool
    notable: bool
    measure: Callable[[], ir.Table]
    evidence: Callable[[], ir.Table]


@dataclass(frozen=True, slots=True)
class Trial:
    """All claims of one family, and in words what it could have shown (None: nothing is tested)."""

    type: str
    claims: tuple[Claim, ...]
    power: Text | None = None
