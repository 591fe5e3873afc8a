"""`Counted`: what a log says about one rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from journeylib.checking.rules import Rule
from journeylib.survival import wilson
from journeylib.terms import Text, rounded

SHOWN_CASES = 20


@dataclass(frozen=True)
class Counted:
    """One rule against one log.

    `activated` is ``fulfilled + violated + pending``, in the unit of the rule; `vacuous` are the cases
    in which it never applies, `cases_violated` those with a violation, `cases` up to twenty of them. A
    rule that the log cannot answer has no counts but a `reason`.
    """

    rule: Rule
    tolerance: float
    activated: int | None = None
    fulfilled: int | None = None
    violated: int | None = None
    pending: int | None = None
    vacuous: int | None = None
    cases_violated: int | None = None
    cases: tuple[str, ...] = ()
    reason: Text | None = None

    @property
    def decided(self) -> int:
        """Activations that are fulfilled or violated."""
        return (self.fulfilled or 0) + (self.violated or 0)

    @property
    def rate(self) -> float | None:
        """Share of the decided activations that are fulfilled; None without any."""
        return (self.fulfilled or 0) / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of `rate`."""
        return wilson(self.fulfilled or 0, self.decided) if self.decided else None

    @property
    def broken(self) -> bool:
        """Whether more is violated than tolerated, beyond doubt: the whole interval says so."""
        return bool(self.decided) and wilson(self.violated or 0, self.decided)[0] > self.tolerance

    def to_dict(self) -> dict[str, Any]:
        """An entry of ``rules`` in ``check.json``."""
        rule, (low, high) = self.rule, self.interval or (None, None)
        fields = {
            "id": rule.id,
            "stage": rule.stage,
            "kind": rule.kind,
            "unit": rule.unit,
            "text": rule.text.to_dict(),
            "path": rule.path,
            "activated": self.activated,
            "fulfilled": self.fulfilled,
            "violated": self.violated,
            "pending": self.pending,
            "vacuous": self.vacuous,
            "cases_violated": self.cases_violated,
            "rate": rounded(self.rate),
            "ci_low": rounded(low),
            "ci_high": rounded(high),
            "tolerance": self.tolerance,
            "broken": self.broken,
            "cases": list(self.cases),
        }
        return fields if self.reason is None else fields | {"reason": self.reason.to_dict()}
