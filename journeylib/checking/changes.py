"""`compare`: two checks of one specification, rule by rule: what got better, what got worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from journeylib.checking.conformance import Conformance
from journeylib.errors import UsageError
from journeylib.findings.contrast import Cell, Pair, difference
from journeylib.terms import Text, plain

Direction = Literal["better", "worse", "unclear"]


@dataclass(frozen=True)
class Change:
    """A rule then and now: the difference of its rates, with Newcombe's 95 % interval.

    It is ``better`` or ``worse`` only where the interval leaves 0 out, also if everything that is
    still pending turned out against it (`sure_low`, `sure_high`): what is decided soon after the start
    is decided in time, so a log that was observed for less time looks better than it is.
    """

    rule: str
    text: Text
    before: float
    after: float
    n_before: int
    n_after: int
    difference: float
    ci_low: float
    ci_high: float
    sure_low: float
    sure_high: float

    @property
    def direction(self) -> Direction:
        """Which way it went, as far as can be told."""
        if min(self.ci_low, self.sure_low) > 0:
            return "better"
        return "worse" if max(self.ci_high, self.sure_high) < 0 else "unclear"

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data."""
        fields = {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}
        return fields | {"direction": self.direction}


@dataclass(frozen=True)
class Changes:
    """All rules both checks could decide, the largest difference first; `new` and `gone` rules."""

    changes: tuple[Change, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    undecided: tuple[str, ...]

    def going(self, direction: Direction) -> tuple[Change, ...]:
        """The changes of one direction."""
        return tuple(change for change in self.changes if change.direction == direction)

    def to_dict(self) -> dict[str, Any]:
        """``check-changes/1``."""
        return {
            "schema": "check-changes/1",
            "changes": [change.to_dict() for change in self.changes],
            "new": list(self.new),
            "gone": list(self.gone),
            "undecided": list(self.undecided),
        }

    def __repr__(self) -> str:
        better, worse = len(self.going("better")), len(self.going("worse"))
        return (
            f"Changes({better} better, {worse} worse of {len(self.changes)} rules, "
            f"{len(self.new)} new, {len(self.gone)} gone)"
        )


def compare(
    before: Conformance | Mapping[str, Any], after: Conformance | Mapping[str, Any]
) -> Changes:
    """What changed between two checks; either may be a ``check.json`` that was kept.

    Raises `UsageError` for what is no ``check/1``.
    """
    then, now = _rules(before), _rules(after)
    both = [id for id in now if id in then]
    told = [id for id in both if _decided(then[id]) and _decided(now[id])]
    changes = [_change(then[id], now[id]) for id in told]
    return Changes(
        changes=tuple(sorted(changes, key=lambda c: (-abs(c.difference), c.rule))),
        new=tuple(id for id in now if id not in then),
        gone=tuple(id for id in then if id not in now),
        undecided=tuple(id for id in both if id not in told),
    )


def _rules(told: Conformance | Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    data = told.to_dict() if isinstance(told, Conformance) else told
    if not isinstance(data, Mapping) or data.get("schema") != "check/1":
        raise UsageError("this is no earlier check; expected a check.json with schema check/1")
    return {rule["id"]: rule for rule in data["rules"]}


def _decided(rule: Mapping[str, Any]) -> int:
    return int(rule["fulfilled"] or 0) + int(rule["violated"] or 0)


def _cell(rule: Mapping[str, Any], kept: int = 0, broken: int = 0) -> Cell:
    """The decided activations, and those pending as if they were `kept` or `broken`."""
    fulfilled = float(rule["fulfilled"] + kept)
    return Cell(_decided(rule) + kept + broken, fulfilled, fulfilled)


def _change(then: Mapping[str, Any], now: Mapping[str, Any]) -> Change:
    gap, low, high = difference(Pair(_cell(now), _cell(then)))
    waiting, waited = int(now["pending"] or 0), int(then["pending"] or 0)
    _gap, least, _high = difference(Pair(_cell(now, broken=waiting), _cell(then, kept=waited)))
    _gap, _low, most = difference(Pair(_cell(now, kept=waiting), _cell(then, broken=waited)))
    n, m = _decided(then), _decided(now)
    return Change(
        rule=str(now["id"]),
        text=Text(**now["text"]),
        before=then["fulfilled"] / n,
        after=now["fulfilled"] / m,
        n_before=n,
        n_after=m,
        difference=gap,
        ci_low=low,
        ci_high=high,
        sure_low=least,
        sure_high=most,
    )
