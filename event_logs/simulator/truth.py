"""Count in the walked cases what became of each plant: what detectors are held against."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise

from simulator.walk import Case, Event
from simulator.world import Locus, Plant, World

Realised = dict[str, float | int]


def realised(world: World, plant: Plant, cases: Sequence[Case]) -> Realised:
    """What the log holds at the plant's locus: a share with its counts, or a ratio of medians."""
    if plant.type == "slow_transition":
        return _slow_transition(world, plant.locus, cases)
    concerned = _SHARES[plant.type](plant.locus, cases)
    k, n = sum(concerned), len(concerned)
    return {"n": n, "k": k, "share": round(k / n, 4) if n else 0.0}


def _slow_transition(world: World, locus: Locus, cases: Sequence[Case]) -> Realised:
    """Medians of the step from completion to completion, in the segment and in all others."""
    steps = [
        (case.segment.name == locus["segment"], a.ended, b.ended)
        for case in cases
        for a, b in pairwise(case.events)
        if (a.activity.name, b.activity.name) == (locus["from"], locus["to"])
    ]
    counts = {"n": sum(own for own, *_ in steps), "n_others": sum(not own for own, *_ in steps)}
    clocks = {
        "calendar": lambda start, end: (end - start).total_seconds() / 3600,
        "working": world.calendar.between,
    }
    if not all(counts.values()):
        return counts
    return counts | {
        f"{name}_{clock}": value
        for clock, hours in clocks.items()
        for name, value in _medians([(own, hours(start, end)) for own, start, end in steps]).items()
    }


def _medians(waits: Sequence[tuple[bool, float]]) -> Realised:
    own = statistics.median(wait for is_own, wait in waits if is_own)
    others = statistics.median(wait for is_own, wait in waits if not is_own)
    return {
        "median_h": round(own, 2),
        "median_others_h": round(others, 2),
        "ratio": round(own / others, 2),
    }


def _rework_loop(locus: Locus, cases: Sequence[Case]) -> list[bool]:
    times = [sum(e.activity.name == locus["activity"] for e in case.events) for case in cases]
    return [n > 1 for n in times if n]


def _ping_pong(locus: Locus, cases: Sequence[Case]) -> list[bool]:
    pair = set(locus["departments"])
    blocks = [_blocks(case) for case in cases]
    return [_comes_back(own, pair) for own in blocks if pair <= {d for d, _ in own}]


def _comes_back(blocks: Sequence[tuple[str, list[Event]]], pair: set[str]) -> bool:
    """Work returns over the other department of `pair` to an activity that was done before."""
    for i in range(2, len(blocks)):
        department, events = blocks[i]
        if department == blocks[i - 2][0] and {department, blocks[i - 1][0]} == pair:
            before = {e.activity.name for d, es in blocks[:i] if d == department for e in es}
            if any(e.activity.name in before for e in events if not e.activity.repeatable):
                return True
    return False


def _drop_off(locus: Locus, cases: Sequence[Case]) -> list[bool]:
    concerned = []
    for case in cases:
        names = [event.activity.name for event in case.events]
        if locus["activity"] in names:
            last_here = names[-1] == locus["activity"]
            if not (last_here and case.outcome == "open"):
                concerned.append(last_here and case.outcome == "lost")
    return concerned


def _carry_over_loss(locus: Locus, cases: Sequence[Case]) -> list[bool]:
    return [not arrived for arrived, _ in _hand_overs(locus, cases)]


def _re_ask(locus: Locus, cases: Sequence[Case]) -> list[bool]:
    return [asked for arrived, asked in _hand_overs(locus, cases) if not arrived]


def _hand_overs(locus: Locus, cases: Sequence[Case]) -> list[tuple[bool, bool]]:
    """Per hand-over of a known value: does it show on taking over, and does it turn up later?"""
    found = []
    attribute, sender, receiver = locus["attribute"], locus["from"], locus["to"]
    for case in cases:
        known: set[str] = set()
        for (giver, given), (taker, taken) in pairwise(_blocks(case)):
            known |= {giver} if any(attribute in e.shown for e in given) else set()
            if (giver, taker) == (sender, receiver) and giver in known:
                found.append((attribute in taken[0].shown, attribute in taken[-1].shown))
    return found


def _blocks(case: Case) -> list[tuple[str, list[Event]]]:
    """Maximal runs of work within one department."""
    runs = groupby(case.events, key=lambda event: event.activity.department)
    return [(department, list(events)) for department, events in runs]


_SHARES: dict[str, Callable[[Locus, Sequence[Case]], list[bool]]] = {
    "rework_loop": _rework_loop,
    "ping_pong": _ping_pong,
    "drop_off": _drop_off,
    "carry_over_loss": _carry_over_loss,
    "re_ask": _re_ask,
}
