"""Search for short rules: sets of values of one thing, or of two, at a gate.

Exhaustive where it can be (presence, thresholds, activities); sets of values are grown from the value
that wins most. All p-values are of the cases searched; confirming is somebody else's task.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journeylib.findings.contrast import Cell, Pair, mantel
from journeylib.findings.features import Column
from journeylib.findings.stats import benjamini_hochberg
from journeylib.spec.drafting.gate_features import GateFeatures

STOPS_AT_MOST = 0.2
"""A gate that would have stopped more than one in five of the deals that were won is no help."""

LIFT_FROM = 1.25
"""Those that are not won must meet it clearly less often, or it sorts nothing."""

BEAM = 6
"""Only the best rules of a gate are combined, two by two."""

BETTER = 1.25
"""Two together must set cases apart by so much more than either alone."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A set of codes for each of one or two columns, at a gate, on either side of the split."""

    landmark: int
    parts: tuple[tuple[Column, tuple[int, ...]], ...]
    seen: Pair
    held: Pair
    p: float = 1.0
    q: float = 1.0

    @property
    def both(self) -> Pair:
        """All its cases."""
        return Pair(self.seen.inside + self.held.inside, self.seen.outside + self.held.outside)

    @property
    def quality(self) -> float:
        """Weighted relative accuracy on the cases searched."""
        everyone = self.seen.all
        return self.seen.inside.n / everyone.n * (self.seen.inside.mean - everyone.mean)

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from other rules, and sorts them."""
        return self.landmark, tuple((column.name, codes) for column, codes in self.parts)


def singles(gates: GateFeatures) -> Iterator[Rule]:
    """Every rule of one thing that has enough cases on either side."""
    for column in gates.features.columns:
        cells = gates.features.cells("landmark", "held", column.name)
        for landmark in gates.gates:
            if (landmark, column.name) in gates.features.early:
                sides = _sides(cells, landmark)
                for codes in _code_sets(gates, column, sides[0]):
                    yield from _large(gates, _rule(landmark, ((column, codes),), sides))


_Side = dict[tuple[int | None, ...], Cell]


def _sides(cells: Mapping[tuple[Any, ...], Cell], landmark: int) -> tuple[_Side, _Side]:
    """The cells of a gate by code, of the cases searched and of those kept back."""
    found: tuple[_Side, _Side] = ({}, {})
    for (at, held, *codes), cell in cells.items():
        if at == landmark:
            found[bool(held)][tuple(codes)] = cell
    return found


def _code_sets(gates: GateFeatures, column: Column, seen: _Side) -> Iterator[tuple[int, ...]]:
    """The sets of codes worth asking for: there at all, above or below a cut, the best values."""
    if column.is_flag:
        yield (1,)
    elif column.name in gates.cuts:
        last = len(gates.cuts[column.name])
        for cut in range(1, last + 1):
            yield tuple(range(cut, last + 1))
            yield tuple(range(cut))
    else:
        shares = {code: seen.get((code,), Cell()) for code in range(len(column.values))}
        order = sorted(shares, key=lambda code: (-shares[code].mean, code))
        for size in range(1, len(order) + 1):
            yield tuple(sorted(order[:size]))


def _rule(
    landmark: int,
    parts: tuple[tuple[Column, tuple[int, ...]], ...],
    sides: tuple[_Side, _Side],
) -> Rule:
    split = []
    for side in sides:
        everyone = sum(side.values(), start=Cell())
        wanted = itertools.product(*(codes for _column, codes in parts))
        inside = sum((side.get(codes, Cell()) for codes in wanted), start=Cell())
        split.append(Pair(inside, everyone - inside))
    seen, held = split
    return Rule(landmark, parts, seen, held, p=mantel([seen]))


def _large(gates: GateFeatures, rule: Rule) -> Iterator[Rule]:
    least = gates.features.study.rules.sample.least
    if all(min(pair.inside.n, pair.outside.n) >= least for pair in (rule.seen, rule.held)):
        yield rule


def pairs(gates: GateFeatures, held_up: Sequence[Rule]) -> Iterator[Rule]:
    """Two good rules of a gate together, where they tell more than either alone."""
    for landmark in gates.gates:
        best = [rule for rule in best_each(held_up) if rule.landmark == landmark]
        best.sort(key=lambda rule: (-rule.quality, rule.key))
        for one, two in itertools.combinations(best[:BEAM], 2):
            names = [column.name for column, _codes in (*one.parts, *two.parts)]
            cells = gates.features.cells("landmark", "held", *names)
            both = _rule(landmark, (*one.parts, *two.parts), _sides(cells, landmark))
            if both.seen.gap >= BETTER * max(one.seen.gap, two.seen.gap):
                yield from _large(gates, both)


def good(rules: Sequence[Rule], fdr: float, tried: int | None = None) -> list[Rule]:
    """What holds after correcting for all that was tried, and lets the won pass."""
    q_values = benjamini_hochberg([*(r.p for r in rules), *[1.0] * ((tried or 0) - len(rules))])
    return [
        rule
        for rule, q in zip(rules, q_values, strict=False)
        if q <= fdr and rule.seen.gap > 0 and _is_gate(rule)
    ]


def _is_gate(rule: Rule) -> bool:
    won, rest = met_by(rule.both)
    return won >= 1 - STOPS_AT_MOST and won >= LIFT_FROM * rest


def met_by(pair: Pair) -> tuple[float, float]:
    """Of the won, and of the others, the share inside; an open case belongs to both in part."""
    everyone = pair.all
    won, lost = everyone.total, everyone.n - everyone.total
    inside_lost = pair.inside.n - pair.inside.total
    return _share(pair.inside.total, won), _share(inside_lost, lost)


def _share(part: float, whole: float) -> float:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0


def best_each(rules: Sequence[Rule]) -> list[Rule]:
    """The best rule of each gate and thing; presence before values, as it asks for less."""
    best: dict[tuple[int, str], Rule] = {}
    for rule in sorted(rules, key=lambda r: (-r.quality, r.key)):
        best.setdefault((rule.landmark, rule.parts[0][0].name), rule)
    return sorted(best.values(), key=lambda rule: rule.key)
