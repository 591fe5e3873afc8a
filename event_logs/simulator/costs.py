"""What each plant costs, in hours of customers' waiting: the order in which a ranking should list them.

One scale for all: an hour waited is an hour; a customer lost, information lost and a record too many
are worth as many hours as ``templates/rules.toml`` gives them by default.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from simulator.truth import Realised, belongs
from simulator.walk import Case
from simulator.world import INFORMATION, LOG_WIDE, Plant

LOST_CUSTOMER, LOST_INFORMATION, WRONG_RECORD, ANYTHING_ELSE = 240.0, 8.0, 8.0, 1.0
SLOW = ("slow_transition", "handover_latency", "bottleneck")
REPEATED = ("rework_loop", "ping_pong")
LATE = ("sla_breach", "unanswered")


def cost(plant: Plant, realised: Realised, cases: Sequence[Case]) -> float:
    """Hours that the plant costs the customers of this log."""
    if plant.type in SLOW:
        return sum(_waits(plant, cases)) * (1 - 1 / plant.magnitude)
    if plant.type in LATE:
        return sum(max(0.0, wait - plant.within) for wait in _waits(plant, cases))
    if plant.type in REPEATED:
        return sum(_spent(plant, cases))
    return realised["k"] * _worth(plant)


def _worth(plant: Plant) -> float:
    if plant.type in INFORMATION:
        return LOST_INFORMATION
    if plant.type in (*LOG_WIDE, "orphan_events") and plant.type != "rule":
        return WRONG_RECORD
    return LOST_CUSTOMER if plant.type == "drop_off" else ANYTHING_ELSE


def _waits(plant: Plant, cases: Sequence[Case]) -> list[float]:
    """Hours of the planted step, for those concerned."""
    step = tuple(plant.through) or (plant.locus["from"], plant.locus["to"])
    return [
        (b.ended - a.ended).total_seconds() / 3600
        for case in cases
        for a, b in pairwise(case.events)
        if (a.activity.name, b.activity.name) == step and belongs(case, b, plant.locus)
    ]


def _spent(plant: Plant, cases: Sequence[Case]) -> list[float]:
    """Hours from the first to the last time, per case, of what is done again."""
    again = plant.locus.get("activity") or plant.through[-1]
    spans = []
    for case in cases:
        times = [event.ended for event in case.events if event.activity.name == again]
        spans += [(times[-1] - times[0]).total_seconds() / 3600] if times else []
    return spans
