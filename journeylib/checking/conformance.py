"""`Conformance`: what a log keeps and breaks of a specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import ibis.expr.types as ir

from journeylib.checking.counted import Counted
from journeylib.checking.deviations import Deviations
from journeylib.checking.fitness import Fitness
from journeylib.checking.ledger import narrow
from journeylib.checking.report import document_of
from journeylib.checking.verdicts import Verdict
from journeylib.documents import Document
from journeylib.errors import UsageError, did_you_mean
from journeylib.journey import Journey
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang, Text, plain

if TYPE_CHECKING:
    import pandas as pd

    from journeylib.checking.changes import Changes

VerdictWord = Literal["kept", "broken", "unmeasured"]


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many cases come into a stage, go on from it, and go past it without being in it."""

    stage: str
    cases: int
    passed: int
    skipped: int


@dataclass(frozen=True, eq=False)
class Conformance:
    """Every rule of a specification, counted in one log.

    `rules` are in the order of the specification. `notes` say what must be known about the log.
    The tables keep the counts of each case, for `cases` and `sql`.
    """

    spec: TargetSpec
    journey: Journey
    rules: tuple[Counted, ...]
    stages: tuple[StageCount, ...]
    deviations: Deviations
    fitness: Fitness
    notes: tuple[Text, ...] = ()
    ledger: ir.Table | None = field(default=None, repr=False)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict, repr=False)
    table: ir.Table | None = field(default=None, repr=False)
    columns: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __getitem__(self, rule_id: str) -> Counted:
        for counted in self.rules:
            if counted.rule.id == rule_id:
                return counted
        known = [counted.rule.id for counted in self.rules]
        raise UsageError(f"there is no rule {rule_id!r}.{did_you_mean(rule_id, known)}")

    @property
    def broken(self) -> tuple[Counted, ...]:
        """The rules violated beyond their tolerance, the worst first."""
        found = [counted for counted in self.rules if counted.broken]
        return tuple(sorted(found, key=lambda c: (c.rate or 0.0, -(c.violated or 0), c.rule.id)))

    @property
    def unmeasured(self) -> tuple[Counted, ...]:
        """The rules the log cannot answer."""
        return tuple(counted for counted in self.rules if counted.reason is not None)

    @property
    def verdict(self) -> VerdictWord:
        """``broken`` where any rule is; ``unmeasured`` where none could be decided."""
        if self.broken:
            return "broken"
        return "kept" if any(counted.decided for counted in self.rules) else "unmeasured"

    def cases(self, rule_id: str) -> ir.Table:
        """All cases that violate a rule: ``case_id activated violated pending``."""
        self[rule_id]
        if rule_id not in self.columns or self.table is None:
            raise UsageError(f"the log cannot answer rule {rule_id!r}, so no case is known")
        stem, table = self.columns[rule_id], self.table
        table = narrow(table, "case_id", *(f"{stem}_{count}" for count in "avp"))
        kept = table.select(
            "case_id",
            activated=table[f"{stem}_a"],
            violated=table[f"{stem}_v"],
            pending=table[f"{stem}_p"],
        )
        return kept.filter(kept.violated > 0).order_by("case_id")

    def sql(self, rule_id: str) -> str:
        """The SQL that counts a rule in each case, from the answers the ledger has about it."""
        self[rule_id]
        if rule_id not in self.verdicts or self.ledger is None:
            raise UsageError(f"the log cannot answer rule {rule_id!r}, so nothing was asked")
        counts = dict(zip(Verdict._fields, self.verdicts[rule_id], strict=True))
        told = self.ledger.select("case_id", **counts)
        return self.journey.log.engine.sql(told.filter(told.activated > 0))

    def frame(self, lang: Lang = "zh") -> pd.DataFrame:
        """The rules as a pandas frame, one a row."""
        import pandas as pd

        rows = [counted.to_dict() for counted in self.rules]
        names = ("id", "stage", "kind", "unit", "activated", "fulfilled", "violated", "pending",
                 "vacuous", "rate", "ci_low", "ci_high", "broken")  # fmt: skip
        columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in names}
        return pd.DataFrame({"rule": [c.rule.text.in_(lang) for c in self.rules]} | columns)

    def document(self, lang: Lang = "zh", changes: Changes | None = None) -> Document:
        """The report: verdict, stages, worst rules, what is pending or unknown, deviations.

        With `changes` (see `compare`), also what is better and worse than an earlier time.
        """
        return document_of(self, lang, changes)

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``check.json``."""
        totals = self.journey.log.totals
        return {
            "schema": "check/1",
            "spec": {"fingerprint": self.spec.fingerprint, "version": self.spec.version},
            "fingerprint": self.journey.log.fingerprint,
            "cases": totals.cases,
            "events": totals.events,
            "rules": [counted.to_dict() for counted in self.rules],
            "stages": [plain(count) for count in self.stages],
            "deviations": self.deviations.to_dict(),
            "fitness": self.fitness.value,
            "fitness_detail": self.fitness.to_dict(),
            "verdict": self.verdict,
            "broken": [counted.rule.id for counted in self.broken],
            "measured": len(self.rules) - len(self.unmeasured),
            "unmeasured": len(self.unmeasured),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        cases, measured = self.journey.log.totals.cases, len(self.rules) - len(self.unmeasured)
        return (
            f"Conformance({self.verdict}: {len(self.broken)} of {measured} rules broken over "
            f"{cases:,} cases, {len(self.unmeasured)} unmeasured)"
        )
