"""Count unkept promises, detours and gaps in the walked cases: shares of the cases concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from simulator.blocks import Planted
from simulator.walk import Case, Event


def _sla_breach(planted: Planted) -> list[bool]:
    """Per trigger: later than promised, or not at all although the time is over."""
    source, target = planted.plant.locus["from"], planted.plant.locus["to"]
    limit = timedelta(hours=planted.plant.within)
    late = []
    for case in planted.cases:
        for event, rest in _occurrences(case, source):
            names = [e.activity.name for e in rest]
            stop = names.index(source) if source in names else len(rest)
            answers = [e.ended for e in rest[:stop] if e.activity.name == target]
            if answers:
                late.append(answers[0] - event.ended > limit)
            elif stop == len(rest) and planted.world.observed - event.ended > limit:
                late.append(True)
    return late


def _unanswered(planted: Planted) -> list[bool]:
    """Per request of a customer that is old enough: no staff acts in time."""
    limit = timedelta(hours=planted.plant.within)
    return [
        not any(_is_staff(e) and e.ended - event.ended <= limit for e in rest)
        for case in planted.cases
        for event, rest in _occurrences(case, planted.plant.locus["activity"])
        if planted.world.observed - event.ended >= limit
    ]


def _channel_switch(planted: Planted) -> list[bool]:
    """Per customer's touch on a channel: nobody answers, and the customer tries another in time."""
    limit, switched = timedelta(hours=planted.plant.within), []
    for case in planted.cases:
        for event, following in pairwise([*case.events, None]):
            if event is None or event.activity.actor != "customer":
                continue
            if event.channel == planted.plant.locus["from"]:
                again = following is not None and following.activity.actor == "customer"
                switched.append(
                    again
                    and following is not None
                    and following.channel == planted.plant.locus["to"]
                    and following.ended - event.ended <= limit
                )
    return switched


def _stage_regression(planted: Planted) -> list[bool]:
    """Cases that reach the later stage: those that fall back from it to the earlier one."""
    back = planted.plant.locus["from"], planted.plant.locus["to"]
    stages = [
        [e.activity.stage for e in c.events if not e.activity.repeatable] for c in planted.cases
    ]
    return [back in pairwise(own) for own in stages if back[0] in own]


def _stage_skip(planted: Planted) -> list[bool]:
    """Cases seen both before and after the stage: those never seen in it."""
    order = list(dict.fromkeys(a.stage for a in planted.world.activities.values()))
    place, skipped = order.index(planted.plant.locus["stage"]), []
    for case in planted.cases:
        seen = {order.index(event.activity.stage) for event in case.events}
        if seen and min(seen) < place < max(seen):
            skipped.append(place not in seen)
    return skipped


def _never_contacted(planted: Planted) -> list[bool]:
    """Cases that pass the move's source: those that go on by its target at once."""
    return _passed_over(planted)


def _orphan_events(planted: Planted) -> list[bool]:
    """Records of one system: those that the other never gets."""
    return _passed_over(planted)


def _passed_over(planted: Planted) -> list[bool]:
    source, target = planted.plant.through
    pairs = [
        (a.activity.name, b.activity.name) for c in planted.cases for a, b in pairwise(c.events)
    ]
    return [after == target for before, after in pairs if before == source]


def _amount_reduced(planted: Planted) -> list[bool]:
    """Won cases: those whose contract is worth less than the first quotation."""
    return [case.agreed < case.amount for case in planted.cases if case.outcome == "won"]


def _occurrences(case: Case, name: str) -> Iterator[tuple[Event, Sequence[Event]]]:
    """Every time the activity is done, and all that follows."""
    for place, event in enumerate(case.events):
        if event.activity.name == name:
            yield event, case.events[place + 1 :]


def _is_staff(event: Event) -> bool:
    return event.activity.actor == "staff"


SHARES: dict[str, Callable[[Planted], list[bool]]] = {
    "sla_breach": _sla_breach,
    "unanswered": _unanswered,
    "channel_switch": _channel_switch,
    "stage_regression": _stage_regression,
    "stage_skip": _stage_skip,
    "orphan_events": _orphan_events,
    "never_contacted": _never_contacted,
    "amount_reduced": _amount_reduced,
}
