"""Count in the walked cases what happened to information: lags, re-entries, contradictions, doubles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from simulator.blocks import Planted, blocks
from simulator.walk import Case, Change

PROMPT = timedelta(hours=24)


def _information_lag(planted: Planted) -> list[bool]:
    """Hand-overs of a known value that arrives: later than a day after taking over."""
    return [got.at > taken + PROMPT for _, got, taken in _passed(planted) if got]


def _re_entry(planted: Planted) -> list[bool]:
    """Hand-overs of a known value: it does not arrive, and the receiver types it in again."""
    return [
        got is not None and got.at > taken + PROMPT and got.source == "manual"
        for _, got, taken in _passed(planted)
    ]


def _contradiction(planted: Planted) -> list[bool]:
    """Hand-overs of a known value that arrives: as another value."""
    return [got.new != given.new for given, got, _ in _passed(planted) if got]


def _passed(planted: Planted) -> Iterator[tuple[Change, Change | None, datetime]]:
    """The first hand-over of a case: what the sender has, what the receiver gets, when it took over."""
    name, sender, receiver = (planted.plant.locus[key] for key in ("attribute", "from", "to"))
    for case in planted.cases:
        has = {c.activity.department: c for c in case.changes if c.attribute == name}
        for (giver, given), (taker, taken) in pairwise(blocks(case)):
            known = sender in has and has[sender].at <= given[-1].ended
            if known and (giver, taker) == (sender, receiver):
                yield has[sender], has.get(receiver), taken[0].ended
                break


def _gate_incomplete(planted: Planted) -> list[bool]:
    """Cases that leave the stage for a later one: those that never showed the attribute till then."""
    order = list(dict.fromkeys(a.stage for a in planted.world.activities.values()))
    gate, missing = order.index(planted.plant.locus["stage"]), []
    for case in planted.cases:
        places = [order.index(event.activity.stage) for event in case.events]
        left = next((i for i, place in enumerate(places) if place > gate), None)
        if left is not None and gate in places[:left]:
            missing.append(
                not any(planted.plant.locus["attribute"] in e.shown for e in case.events[:left])
            )
    return missing


def _duplicate_customers(planted: Planted) -> list[bool]:
    """Records: those of a customer who has a record already."""
    seen: set[str] = set()
    doubled = []
    for case in planted.cases:
        key = _key(case)
        doubled.append(key in seen)
        seen.add(key)
    return doubled


def _owner_collision(planted: Planted) -> list[bool]:
    """Customers: those on whom two people of one department work."""
    owners: dict[str, dict[str, set[str]]] = {}
    for case in planted.cases:
        own = owners.setdefault(_key(case), {})
        for event in case.events:
            if event.resource:
                own.setdefault(event.activity.department, set()).add(event.resource)
    return [any(len(people) > 1 for people in own.values()) for own in owners.values()]


def _identity_gap(planted: Planted) -> list[bool]:
    """Cases in both systems: those that the second cannot tell whose they are."""
    sender, receiver = planted.plant.locus["from"], planted.plant.locus["to"]
    systems = [(case, {e.activity.system for e in case.events}) for case in planted.cases]
    return [case.stranger_to == receiver for case, used in systems if {sender, receiver} <= used]


def _key(case: Case) -> str:
    return "".join(sign for sign in "".join(case.identity.values()) if sign.isdigit())


SHARES: dict[str, Callable[[Planted], list[bool]]] = {
    "information_lag": _information_lag,
    "re_entry": _re_entry,
    "contradiction": _contradiction,
    "gate_incomplete": _gate_incomplete,
    "duplicate_customers": _duplicate_customers,
    "owner_collision": _owner_collision,
    "identity_gap": _identity_gap,
}
