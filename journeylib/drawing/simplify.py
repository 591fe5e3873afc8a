"""Which edges of a directly-follows graph to show: few, and no shown activity cut off.

A plain threshold on counts leaves activities that nothing leads to or that lead nowhere. Here a
maximum spanning arborescence from the start and another one, reversed, to the end come first
(Chu–Liu/Edmonds), then the most frequent other edges until enough of the traffic is shown. The
exact problem is NP-hard (Chapela-Campa et al. 2022, doi:10.1016/j.ins.2022.07.170); this is the
usual heuristic.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """The pairs to draw and the share of all traffic they carry."""

    pairs: frozenset[Pair]
    traffic: float


def spanning_filter(
    counts: Mapping[Pair, int],
    *,
    start: str,
    end: str,
    traffic: float,
    keep: Collection[Pair] = (),
) -> Shown:
    """The pairs of `counts` to show so that they carry at least the share `traffic` of it.

    Every activity reachable from `start` stays so, every activity that reaches `end` still does;
    the pairs in `keep` are shown whatever they carry.
    """
    total = sum(counts.values())
    chosen = arborescence(counts, start) | {pair for pair in keep if pair in counts}
    backwards = {(target, source): n for (source, target), n in counts.items()}
    chosen |= {(source, target) for target, source in arborescence(backwards, end)}
    carried = sum(counts[pair] for pair in chosen)
    for pair in by_falling_count(counts):
        if carried >= traffic * total:
            break
        if pair not in chosen:
            chosen.add(pair)
            carried += counts[pair]
    return Shown(frozenset(chosen), carried / total if total else 1.0)


def by_falling_count(counts: Mapping[Pair, int]) -> list[Pair]:
    """Pairs by falling count; equal counts by name, so that the order never depends on chance."""
    return sorted(counts, key=lambda pair: (-counts[pair], pair))


def arborescence(counts: Mapping[Pair, int], root: str) -> set[Pair]:
    """The maximum spanning arborescence of what `root` reaches (Chu–Liu/Edmonds).

    >>> sorted(arborescence({("s", "a"): 5, ("a", "b"): 1, ("b", "a"): 9}, "s"))
    [('a', 'b'), ('s', 'a')]
    """
    reached = reachable(counts, root)
    arcs = [
        _Arc(source, target, counts[source, target], (source, target))
        for source, target in by_falling_count(counts)
        if source in reached and source != target != root
    ]
    return {arc.origin for arc in _edmonds(arcs)}


def reachable(pairs: Iterable[Pair], root: str) -> set[str]:
    """Everything `root` leads to, itself included."""
    following: dict[str, list[str]] = {}
    for source, target in pairs:
        following.setdefault(source, []).append(target)
    seen, waiting = {root}, [root]
    while waiting:
        fresh = [node for node in following.get(waiting.pop(), ()) if node not in seen]
        seen.update(fresh)
        waiting += fresh
    return seen


@dataclass(frozen=True, slots=True)
class _Arc:
    """An arc of a contracted graph; `origin` is the pair it stands for, or the arc one level up."""

    source: Hashable
    target: Hashable
    count: int
    origin: Any


def _edmonds(arcs: list[_Arc]) -> list[_Arc]:
    """Best arc into each node; a cycle among these becomes one node, and the rest is recursion."""
    best: dict[Hashable, _Arc] = {}
    for arc in arcs:
        if arc.target not in best or arc.count > best[arc.target].count:
            best[arc.target] = arc
    cycle = _cycle(best)
    if not cycle:
        return list(best.values())
    chosen = [arc.origin for arc in _edmonds(_contracted(arcs, best, cycle))]
    entered = next(arc.target for arc in chosen if arc.target in cycle)
    return chosen + [best[node] for node in cycle if node != entered]


def _cycle(best: Mapping[Hashable, _Arc]) -> list[Hashable]:
    """A cycle of the best arcs, as its nodes; empty when there is none."""
    done: set[Hashable] = set()
    for first in best:
        path: dict[Hashable, None] = {}
        node = first
        while node in best and node not in done and node not in path:
            path[node] = None
            node = best[node].source
        if node in path:
            walked = list(path)
            return walked[walked.index(node) :]
        done.update(path)
    return []


def _contracted(
    arcs: list[_Arc], best: Mapping[Hashable, _Arc], cycle: list[Hashable]
) -> list[_Arc]:
    """The graph with `cycle` as one node; entering it costs the best arc that is given up."""
    inside, merged = set(cycle), ("cycle", tuple(cycle))
    contracted = []
    for arc in arcs:
        source = merged if arc.source in inside else arc.source
        target = merged if arc.target in inside else arc.target
        if source != target:
            loss = best[arc.target].count if target == merged else 0
            contracted.append(_Arc(source, target, arc.count - loss, arc))
    return contracted
