"""Work on a case in one department after another, and what passes from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from simulator.walk import Case, Event
from simulator.world import Locus, Plant, World


@dataclass(frozen=True)
class Planted:
    """A plant, and the cases that walked the world with it."""

    world: World
    plant: Plant
    cases: Sequence[Case]


def hand_overs(locus: Locus, cases: Sequence[Case]) -> list[tuple[bool, bool]]:
    """Per hand-over of a known value: does it show on taking over, and does it turn up later?"""
    found = []
    attribute, sender, receiver = locus["attribute"], locus["from"], locus["to"]
    for case in cases:
        known: set[str] = set()
        for (giver, given), (taker, taken) in pairwise(blocks(case)):
            known |= {giver} if any(attribute in e.shown for e in given) else set()
            if (giver, taker) == (sender, receiver) and giver in known:
                found.append((attribute in taken[0].shown, attribute in taken[-1].shown))
    return found


def blocks(case: Case) -> list[tuple[str, list[Event]]]:
    """Maximal runs of work within one department."""
    runs = groupby(case.events, key=lambda event: event.activity.department)
    return [(department, list(events)) for department, events in runs]
