"""Measures of the stages that cases go through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.patterns.cases import Ask, Cases, Outcome
from journeylib.findings.patterns.measure import firsts, tally


@dataclass(frozen=True, slots=True)
class Dwell:
    """A stay in a stage lasts longer than `ratio` times the stage's median, per stage.

    In scope are stays that began early enough to be seen to last so long. The stage a journey ends
    in has no end of a stay.
    """

    ratio: float
    outcome: Outcome = "any"
    unit: ClassVar[str] = "h"
    place: ClassVar[str | None] = "stage"

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return firsts()

    def things(self, cases: Cases) -> ir.Table:
        """One row per case and stage."""
        limits = self._limits(cases)
        stays = cases.visits.filter(cases.ended(self.outcome), _.stage_id.isin(list(limits)))
        closed = (stays.outcome_at >= stays.entered).ifelse(stays.outcome_at, cases.last_at)
        left = ibis.least(stays.onward.coalesce(closed), closed)
        due = ibis.cases(*((stays.stage_id == name, micro) for name, micro in limits.items()))
        stays = stays.mutate(stay=left - stays.entered, due=due)
        stays = stays.filter(_.due > 0, _.entered + _.due <= cases.last_at)
        return tally(stays, _.stay > _.due, amount=_.stay - _.due, place=_.stage_id)

    def _limits(self, cases: Cases) -> dict[str, int]:
        """The limit of each stage (µs); none where the median is unknown."""
        return {
            stage.id: int(self.ratio * (stage.dwell.value or 0.0) * 3.6e9)
            for stage in cases.stages[:-1]
        }


@dataclass(frozen=True, slots=True)
class Skip:
    """A stage between the first and the furthest of a case is missing."""

    outcome: Outcome = "any"
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return firsts()

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that goes over two stages or more."""
        visits = cases.visits.filter(cases.ended(self.outcome))
        per_case = visits.group_by("case_id").aggregate(
            span=_.rank.max() - _.rank.min() + 1, seen=_.rank.nunique()
        )
        return tally(per_case.filter(_.span > 2), _.seen < _.span)


@dataclass(frozen=True, slots=True)
class Regression:
    """A case that had entered a further stage first comes to an earlier one only then."""

    outcome: Outcome = "any"
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return firsts()

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that visits two stages or more."""
        visits = cases.visits.filter(cases.ended(self.outcome))
        per_case = visits.group_by("case_id").aggregate(
            stages=_.rank.nunique(), back=(_.last > _.onward).any().fill_null(False)
        )
        return tally(per_case.filter(_.stages > 1), _.back)
