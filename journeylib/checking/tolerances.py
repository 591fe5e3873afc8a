"""How much may be violated before a rule counts as broken: data from ``templates/check.toml``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from journeylib.checking.rules import Rule
from journeylib.errors import UsageError
from journeylib.terms import load_template, templates_dir


@dataclass(frozen=True)
class Tolerances:
    """Share of the activations of a rule that may violate it; 1.0 means it is only reported."""

    default: float
    kinds: Mapping[str, float]

    @classmethod
    def load(cls, every: float | None = None) -> Tolerances:
        """The shipped tolerances; `every` replaces all of them but those that only report."""
        kinds = {name: float(share) for name, share in settings()["tolerance"].items()}
        shipped = cls(kinds.pop("default"), kinds)
        if every is None:
            return shipped
        if not 0 <= every <= 1:
            raise UsageError(f"a tolerance is a share between 0 and 1, not {every:g}")
        reported = {kind: share for kind, share in kinds.items() if share >= 1}
        return dataclasses.replace(shipped, default=every, kinds=reported)

    def of(self, rule: Rule) -> float:
        """The tolerance of one rule."""
        return self.kinds.get(rule.kind, self.default)


def settings() -> Mapping[str, Mapping[str, float]]:
    """The tables of ``check.toml``."""
    return load_template("", templates_dir() / "check.toml")
