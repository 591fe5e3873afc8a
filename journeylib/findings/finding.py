"""`Finding` and `Findings`: what was found, how sure it is, and the evidence for it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from journeylib.findings.claim import Impact, Measured
from journeylib.terms import Fact, Lang, Text, plain, rounded, stable_id

if TYPE_CHECKING:
    import pandas as pd

    from journeylib.findings.background import Background

Confidence = Literal["proven", "suggestive", "too_few"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Measured):
    """One claim about the journey, judged: with q-value, confidence, example cases and its SQL.

    `gain` is the expected gain of putting it right, in hours of customers' waiting: the impact by the
    weights of the rules, times how sure it is, less what findings above it already claim. Impact
    and gain are sums over cases: rounded above the noise of summation, the same in every run.
    """

    q: float | None
    confidence: Confidence
    gain: float | None = None
    cases: tuple[str, ...]
    sql: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", rounded(self.gain))
        i = self.impact
        impact = Impact(rounded(i.value), i.unit, rounded(i.ci_low), rounded(i.ci_high))
        object.__setattr__(self, "impact", impact)

    @property
    def id(self) -> str:
        """Stable across runs and new data: it depends on kind, type and locus alone."""
        place = {key: value for key, value in self.locus.items() if key != "because"}
        return stable_id(
            self.kind[0], self.type, json.dumps(place, sort_keys=True, ensure_ascii=False)
        )

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``Finding`` object."""
        fields = {"id": self.id} | {
            f.name: plain(getattr(self, f.name)) for f in dataclasses.fields(self)
        }
        return fields | {"locus": dict(self.locus), "p": self.p, "q": self.q}


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
    """Findings in ranked order (greatest expected gain among the surest first).

    `unlisted` counts by type what else stood out without being proven, beyond the greatest of each.
    `stability` is the mean overlap of the ten greatest gains with those found after resampling cases;
    `background` a closer look at what surrounds them.
    """

    items: tuple[Finding, ...]
    tested: int
    families: tuple[Family, ...]
    fdr: float = 0.05
    stability: Fact | None = None
    background: Background | None = field(default=None, repr=False)
    unlisted: Mapping[str, int] = field(default_factory=dict)

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

        columns = {
            "confidence": [f.confidence for f in self.items],
            "type": [f.type for f in self.items],
            "title": [f.title.in_(lang) for f in self.items],
            "estimate": [f.estimate for f in self.items],
            "low": [f.ci_low for f in self.items],
            "high": [f.ci_high for f in self.items],
            "unit": [f.unit for f in self.items],
            "comparator": [f.comparator for f in self.items],
            "n": [f.n for f in self.items],
            "q": [f.q for f in self.items],
            "impact": [f.impact.value for f in self.items],
            "impact unit": [f.impact.unit for f in self.items],
            "gain (h)": [f.gain for f in self.items],
        }
        return pd.DataFrame(columns)

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``findings.json``."""
        return {
            "schema": "findings/1",
            "tested": self.tested,
            "fdr": self.fdr,
            "stability": plain(self.stability),
            "findings": [finding.to_dict() for finding in self.items],
            "unlisted": dict(self.unlisted),
            "tested_families": [family.to_dict() for family in self.families],
            **({} if self.background is None else {"background": self.background.to_dict()}),
        }

    def __repr__(self) -> str:
        return (
            f"Findings({len(self)} of {self.tested:,} tested: {len(self.proven)} proven, "
            f"{len(self.breakpoints)} breakpoints, {len(self.silos)} silos)"
        )

    def _kept(self, keep: Callable[[Finding], bool]) -> Findings:
        return dataclasses.replace(self, items=tuple(f for f in self.items if keep(f)))
