"""Facts as bars with their interval, and the target beside them."""

from __future__ import annotations

import dataclasses

from journeylib.drawing.estimates import measured
from journeylib.drawing.journeymap.scene import Meter
from journeylib.drawing.journeymap.sight import Sight
from journeylib.spec.parts import span_text
from journeylib.terms import Fact, Lang, Span


def bar(name: str, fact: Fact, lang: Lang, *, full: float = 1.0, aside: str = "") -> Meter:
    """A fact as a bar; `full` is the value as long as the cell."""
    if fact.value is None:
        return Meter(name, measured(fact, lang), aside=aside)
    low, high = (None if x is None else min(x / full, 1.0) for x in (fact.ci_low, fact.ci_high))
    share = min(fact.value / full, 1.0)
    return Meter(name, measured(fact, lang), share, low, high, aside=aside)


def aimed(meter: Meter, limit: Span | None, fact: Fact, sight: Sight, full: float) -> Meter:
    """The same with the time it may take; on another clock the two cannot be compared."""
    if limit is None:
        return meter
    told = sight.tell("target_within", value=span_text(limit).in_(sight.lang))
    comparable = fact.clock in (None, limit.clock)
    if not comparable:
        told = sight.tell("other_clock", told=told)
    at = limit.hours / full if comparable and limit.hours <= full else None
    note = " · ".join(filter(None, (meter.note, told)))
    return dataclasses.replace(meter, target=at, note=note)
