"""Count in the walked cases what became of each plant: what detectors are held against."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from itertools import pairwise

from simulator import information, wrongs
from simulator.blocks import Planted, blocks, hand_overs
from simulator.walk import Case, Event
from simulator.world import Locus, Plant, World

Realised = dict[str, float | int]


def realised(world: World, plant: Plant, cases: Sequence[Case]) -> Realised:
    """What the log holds at the plant's locus: a share with its counts, or a ratio of medians."""
    if plant.type == "slow_transition":
        return _slow_transition(world, plant.locus, cases)
    if plant.type in _RATIOS:
        own, others = _RATIOS[plant.type](plant.locus, cases)
        return {"n": len(own), "n_others": len(others)} | _medians(own, others)
    concerned = _concerned(world, plant, cases)
    k, n = sum(concerned), len(concerned)
    return {"n": n, "k": k, "share": round(k / n, 4) if n else 0.0}


def _concerned(world: World, plant: Plant, cases: Sequence[Case]) -> list[bool]:
    """One entry per case, hand-over or record that the type is about: does it have the problem?"""
    if plant.type in _SHARES:
        return _SHARES[plant.type](plant.locus, cases)
    name = plant.locus.get("rule", "") if plant.type == "rule" else plant.type
    return (wrongs.SHARES | information.SHARES)[name](Planted(world, plant, cases))


def _slow_transition(world: World, locus: Locus, cases: Sequence[Case]) -> Realised:
    """Medians of the step from completion to completion, in the segment and in all others."""
    steps = [
        (belongs(case, b, locus), a.ended, b.ended)
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
        for name, value in _medians(
            [hours(start, end) for own, start, end in steps if own],
            [hours(start, end) for own, start, end in steps if not own],
        ).items()
    }


def belongs(case: Case, event: Event, locus: Locus) -> bool:
    """Whether the step that ends with `event` is one of the slow group's."""
    groups = {"segment": case.segment.name, "channel": event.channel, "period": case.quarter}
    return all(groups[key] == value for key, value in locus.items() if key in groups)


def _medians(own: Sequence[float], others: Sequence[float]) -> Realised:
    if not own or not others:
        return {}
    fast, slow = statistics.median(others), statistics.median(own)
    return {
        "median_h": round(slow, 2),
        "median_others_h": round(fast, 2),
        "ratio": round(slow / fast, 2),
    }


def _handover_latency(locus: Locus, cases: Sequence[Case]) -> tuple[list[float], list[float]]:
    """Hours of these hand-overs, and of all others into the same department."""
    own, others = [], []
    for case in cases:
        for (giver, given), (taker, taken) in pairwise(blocks(case)):
            if taker == locus["to"]:
                wait = (taken[0].ended - given[-1].ended).total_seconds() / 3600
                (own if giver == locus["from"] else others).append(wait)
    return own, others


def _bottleneck(locus: Locus, cases: Sequence[Case]) -> tuple[list[float], list[float]]:
    """Hours of this step, and of all others."""
    own, others = [], []
    for case in cases:
        for a, b in pairwise(case.events):
            here = (a.activity.name, b.activity.name) == (locus["from"], locus["to"])
            (own if here else others).append((b.ended - a.ended).total_seconds() / 3600)
    return own, others


def _rework_loop(locus: Locus, cases: Sequence[Case]) -> list[bool]:
    name = locus.get("activity") or locus["from"]
    times = [sum(e.activity.name == name for e in case.events) for case in cases]
    return [n > 1 for n in times if n]


def _ping_pong(locus: Locus, cases: Sequence[Case]) -> list[bool]:
    pair = set(locus["departments"])
    runs = [blocks(case) for case in cases]
    return [_comes_back(own, pair) for own in runs if pair <= {d for d, _ in own}]


def _comes_back(runs: Sequence[tuple[str, list[Event]]], pair: set[str]) -> bool:
    """Work returns over the other department of `pair` to an activity that was done before."""
    for i in range(2, len(runs)):
        department, events = runs[i]
        if department == runs[i - 2][0] and {department, runs[i - 1][0]} == pair:
            before = {e.activity.name for d, es in runs[:i] if d == department for e in es}
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
    return [not arrived for arrived, _ in hand_overs(locus, cases)]


def _re_ask(locus: Locus, cases: Sequence[Case]) -> list[bool]:
    return [asked for arrived, asked in hand_overs(locus, cases) if not arrived]


_SHARES: dict[str, Callable[[Locus, Sequence[Case]], list[bool]]] = {
    "rework_loop": _rework_loop,
    "ping_pong": _ping_pong,
    "drop_off": _drop_off,
    "carry_over_loss": _carry_over_loss,
    "re_ask": _re_ask,
}

_RATIOS: dict[str, Callable[[Locus, Sequence[Case]], tuple[list[float], list[float]]]] = {
    "handover_latency": _handover_latency,
    "bottleneck": _bottleneck,
}
