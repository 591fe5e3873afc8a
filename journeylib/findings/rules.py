"""The numbers that decide what is a finding, read from ``templates/rules.toml`` or a copy of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from journeylib.errors import TemplateError, did_you_mean
from journeylib.terms import Span, load_template


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Shares of cases (hand-overs for carry-over) that are tolerated, 0–1."""

    rework_loop: float
    ping_pong: float
    drop_off: float
    carry_over_loss: float


@dataclass(frozen=True, slots=True)
class Sla:
    """A declared limit for the step from one activity to the next."""

    source: str
    target: str
    within: Span


@dataclass(frozen=True, slots=True)
class Rules:
    """Tolerances, reference ratio, sample limits and declared service levels."""

    tolerance: Tolerances
    slow_ratio: float
    segments: int
    least: int
    fdr: float
    scope: float
    within: Span
    slas: tuple[Sla, ...] = ()

    @classmethod
    def load(cls, name_or_path: str | Path = "rules") -> Self:
        """The shipped rules, or those of a TOML file; unknown names in it are an error."""
        raw = load_template("", name_or_path)
        _known(raw, {"tolerance", "slow", "sample", "silo", "sla"}, str(name_or_path))
        names = {field.name for field in fields(Tolerances)}
        _known(raw.get("tolerance", {}), names, f"{name_or_path}: [tolerance]")
        try:
            return cls(
                tolerance=Tolerances(**raw["tolerance"]),
                slow_ratio=raw["slow"]["ratio"],
                segments=raw["slow"]["segments"],
                least=raw["sample"]["least"],
                fdr=raw["sample"]["fdr"],
                scope=raw["silo"]["scope"],
                within=Span.parse(raw["silo"]["within"]),
                slas=tuple(
                    Sla(sla["from"], sla["to"], Span.parse(sla["within"]))
                    for sla in raw.get("sla", ())
                ),
            )
        except (KeyError, TypeError) as missing:
            raise TemplateError(f"{name_or_path}: the rules lack {missing}") from None


def _known(given: Mapping[str, Any], names: set[str], where: str) -> None:
    for name in given:
        if name not in names:
            raise TemplateError(f"{where}: unknown entry {name!r}.{did_you_mean(name, names)}")
