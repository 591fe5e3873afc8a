"""`Finding` and `Findings`: what was found, how sure it is, and the evidence for it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from journeylib.terms import Clock, Lang, Text, stable_id

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["breakpoint", "silo", "touchpoint"]
Confidence = Literal["proven", "suggestive", "too_few"]


@dataclass(frozen=True, slots=True)
class Impact:
    """What the finding costs, in `unit`, with a 95 % interval where one could be had."""

    value: float | None
    unit: str
    ci_low: float | None = None
    ci_high: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``impact`` object."""
        return {
            "value": _rounded(self.value),
            "unit": self.unit,
            "ci_low": _rounded(self.ci_low),
            "ci_high": _rounded(self.ci_high),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim about the journey, with n, interval, comparator, q-value, impact and evidence.

    `locus` says where, in the contract's words: ``{"from": …, "to": …}``, ``{"activity": …}``,
    ``{"attribute": …, "from": …, "to": …}``. `estimate` is in `unit` (``share`` or ``h``);
    `comparator` is the tolerance or reference it is held against, in the same unit.
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
    q: float | None
    impact: Impact
    confidence: Confidence
    caveats: tuple[Text, ...]
    cases: tuple[str, ...]
    method: str
    sql: str

    @property
    def id(self) -> str:
        """Stable across runs and new data: it depends on kind, type and locus alone."""
        place = {key: value for key, value in self.locus.items() if key != "because"}
        return stable_id(
            self.kind[0], self.type, json.dumps(place, sort_keys=True, ensure_ascii=False)
        )

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``Finding`` object."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        for name in ("estimate", "ci_low", "ci_high"):
            fields[name] = _rounded(fields[name])
        return (
            {"id": self.id}
            | fields
            | {
                "locus": dict(self.locus),
                "title": self.title.to_dict(),
                "clock": self.clock.value if self.clock else None,
                "impact": self.impact.to_dict(),
                "caveats": [caveat.to_dict() for caveat in self.caveats],
                "cases": list(self.cases),
            }
        )


@dataclass(frozen=True, slots=True)
class Family:
    """A family of hypotheses that was tested, and the smallest share it could have shown."""

    type: str
    tested: int
    proven: int
    power: Text

    def to_dict(self) -> dict[str, Any]:
        """As in ``tested_families``."""
        return {
            "type": self.type,
            "tested": self.tested,
            "proven": self.proven,
            "power": self.power.to_dict(),
        }


@dataclass(frozen=True)
class Findings:
    """Findings in ranked order (greatest impact among the surest first)."""

    items: tuple[Finding, ...]
    tested: int
    families: tuple[Family, ...]
    fdr: float = 0.05

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, finding_id: str) -> Finding:
        for finding in self.items:
            if finding.id == finding_id:
                return finding
        raise KeyError(finding_id)

    @property
    def proven(self) -> Findings:
        """Only the findings that hold as claims."""
        return self._kept(lambda finding: finding.confidence == "proven")

    @property
    def breakpoints(self) -> Findings:
        """Only experience breakpoints (体验断点)."""
        return self._kept(lambda finding: finding.kind == "breakpoint")

    @property
    def silos(self) -> Findings:
        """Only information silos (信息孤岛)."""
        return self._kept(lambda finding: finding.kind == "silo")

    def of_type(self, *types: str) -> Findings:
        """Only findings of these types."""
        return self._kept(lambda finding: finding.type in types)

    def top(self, n: int) -> Findings:
        """The first `n` in ranked order."""
        return dataclasses.replace(self, items=self.items[:n])

    def frame(self, lang: Lang = "zh") -> pd.DataFrame:
        """One row a finding, in ranked order: what, where, how much, how sure, at what cost."""
        import pandas as pd

        rows = [
            {
                "confidence": f.confidence,
                "type": f.type,
                "title": f.title.in_(lang),
                "estimate": f.estimate,
                "low": f.ci_low,
                "high": f.ci_high,
                "unit": f.unit,
                "comparator": f.comparator,
                "n": f.n,
                "q": f.q,
                "impact": f.impact.value,
                "impact unit": f.impact.unit,
            }
            for f in self.items
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``findings.json``."""
        return {
            "schema": "findings/1",
            "tested": self.tested,
            "fdr": self.fdr,
            "findings": [finding.to_dict() for finding in self.items],
            "tested_families": [family.to_dict() for family in self.families],
        }

    def __repr__(self) -> str:
        return (
            f"Findings({len(self)} of {self.tested:,} tested: {len(self.proven)} proven, "
            f"{len(self.breakpoints)} breakpoints, {len(self.silos)} silos)"
        )

    def _kept(self, keep: Callable[[Finding], bool]) -> Findings:
        return dataclasses.replace(self, items=tuple(f for f in self.items if keep(f)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
