"""The cases behind the claims that get listed, as one table that everything after asks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.engine import Engine
from journeylib.findings.claim import Claim

EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Shared:
    """What one claim has in common with another: cases, and its own amount in these cases."""

    cases: int
    amount: float


@dataclass(frozen=True, eq=False)
class Evidence:
    """`table` has a row per claim (by number) and case, with the ``amount`` the case adds."""

    engine: Engine
    table: ir.Table

    @classmethod
    def of(cls, engine: Engine, claims: Sequence[Claim]) -> Evidence | None:
        """The evidence of `claims`, numbered from 0; None without claims."""
        if not claims:
            return None
        parts = [_part(number, claim.evidence()) for number, claim in enumerate(claims)]
        return cls(engine, engine.materialise(_together(parts), "evidence"))

    def examples(self) -> dict[int, tuple[str, ...]]:
        """Up to 20 case ids per claim, the first in alphabetical order."""
        place = ibis.row_number().over(group_by="claim", order_by="case_id")
        found: dict[int, list[str]] = {}
        numbered = self.table.select("claim", "case_id", place=place)
        for row in self.engine.rows(numbered.filter(_.place < EXAMPLES)):
            found.setdefault(row.claim, []).append(row.case_id)
        return {claim: tuple(sorted(cases)) for claim, cases in found.items()}

    def totals(self) -> dict[int, Shared]:
        """Cases and amount per claim."""
        summed = self.table.group_by("claim").aggregate(cases=_.count(), amount=_.amount.sum())
        return {row.claim: Shared(row.cases, row.amount) for row in self.engine.rows(summed)}

    def shared(self, pairs: Mapping[int, Sequence[int]]) -> dict[int, Shared]:
        """Of each claim what lies in the cases of any of the others named beside it."""
        flat = [(claim, other) for claim, others in pairs.items() for other in others]
        if not flat:
            return {}
        lookup = self.engine.lookup({"one": [a for a, _b in flat], "other": [b for _a, b in flat]})
        mine = self.table.inner_join(lookup, self.table.claim == lookup.one)
        theirs = self.table.view()
        same = [mine.other == theirs.claim, mine.case_id == theirs.case_id]
        common = mine.inner_join(theirs, same).select(mine.one, mine.case_id, mine.amount)
        summed = common.distinct().group_by("one").aggregate(cases=_.count(), amount=_.amount.sum())
        return {row.one: Shared(row.cases, row.amount) for row in self.engine.rows(summed)}


def _part(number: int, evidence: ir.Table) -> ir.Table:
    amount = evidence.amount if "amount" in evidence.columns else ibis.literal(1)
    by_case = evidence.select("case_id", amount=amount.cast("float64")).group_by("case_id")
    summed = by_case.aggregate(amount=_.amount.sum())
    return summed.select("case_id", "amount", claim=ibis.literal(number, type="int64"))


def _together(parts: Sequence[ir.Table]) -> ir.Table:
    """All parts below each other; halved, so that a hundred of them do not nest a hundred deep."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return _together(parts[:half]).union(_together(parts[half:]))
