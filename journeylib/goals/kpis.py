"""`kpis`: the catalogue measured on a journey, each figure with n, interval and clock, or the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from journeylib.goals.catalogue import Entry, Family, catalogue, measure_words
from journeylib.goals.cohorts import first_moment, quarters
from journeylib.goals.measures import ALL, HORIZON, measured, unknown
from journeylib.goals.rates import filling, is_rate, rate, stage_filling
from journeylib.journey import Journey
from journeylib.lifecycle import UNMAPPED
from journeylib.terms import Fact, Span, Text, say
from journeylib.wording import span_text

COHORTED = ("conversion", "win_rate", "cycle_time")


@dataclass(frozen=True, slots=True)
class Kpi:
    """A measure of the catalogue, taken: `of` is the stage (id) it is taken at, None the journey.

    `cohorts` are the same for the cases that came in each quarter.
    """

    measure: str
    of: str | None
    family: Family
    name: Text
    definition: Text
    better: Literal["higher", "lower"]
    fact: Fact
    cohorts: tuple[tuple[str, Fact], ...] = ()
    caution: Text | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "measure": self.measure,
            "of": self.of,
            "family": self.family,
            "name": self.name.to_dict(),
            "definition": self.definition.to_dict(),
            "better": self.better,
            "fact": self.fact.to_dict(),
            "cohorts": {name: fact.to_dict() for name, fact in self.cohorts},
            "caution": self.caution.to_dict() if self.caution else None,
        }


def kpis(
    journey: Journey, horizon: Span = HORIZON, measures: Collection[str] | None = None
) -> tuple[Kpi, ...]:
    """The KPIs of the catalogue (or these `measures` of it), stages in order.

    Conversions are those within `horizon` of entering. A measure is taken where it has a meaning:
    there is no conversion after the last stage.
    """
    filled = stage_filling(journey) if measures is None or "filling" in measures else {}
    found = []
    for entry in catalogue().values():
        if entry.of == "activity" or not (measures is None or entry.id in measures):
            continue  # one for every activity would drown the others; ask `baseline`
        for of in _places(journey, entry, filled):
            if entry.id == "filling":
                fact = filled.get(of or "") or unknown("filling", _why_unfilled(journey))
            else:
                fact = baseline(journey, entry.id, of, horizon)
            found.append(_kpi(journey, entry, of, fact, horizon))
    return tuple(found)


def baseline(
    journey: Journey, measure: str, of: str | None = None, horizon: Span | None = None
) -> Fact:
    """One measure of the catalogue at `of` (stage id or activity), over the whole log.

    Without a `horizon` a conversion is that of the journey: whenever it happens.
    """
    if is_rate(measure):
        return rate(journey, measure)
    if measure == "filling":
        return filling(journey, of)
    if measure == "cycle_time":
        return journey.cycle_time
    if measure == "conversion" and of is not None and _is_last(journey, of):
        return unknown(measure, say("journey.last_stage"))
    facts = measured(journey, measure, of, horizon=horizon)
    return facts.get(ALL) or unknown(measure, say("journey.never_reached"))


def _kpi(journey: Journey, entry: Entry, of: str | None, fact: Fact, horizon: Span) -> Kpi:
    return Kpi(
        entry.id,
        of,
        entry.family,
        measure_words(journey, entry.id, of),
        entry.defined(horizon),
        entry.better,
        fact,
        tuple(_cohorts(journey, entry.id, of, horizon)) if fact.value is not None else (),
        entry.caution,
    )


def _cohorts(
    journey: Journey, measure: str, of: str | None, horizon: Span
) -> Iterator[tuple[str, Fact]]:
    if measure not in COHORTED:
        return
    facts = measured(journey, measure, of, quarters(journey), horizon)
    for quarter, fact in sorted(facts.items()):
        seen = journey.log.totals.last_at - first_moment(journey, quarter)
        is_young = measure == "conversion" and seen < horizon.seconds * 1e6
        young = unknown(measure, say("goal.too_young", horizon=span_text(horizon)))
        yield quarter, young if is_young else fact


def _places(journey: Journey, entry: Entry, filled: Mapping[str, Fact]) -> tuple[str | None, ...]:
    """Where to measure; None is the whole journey, or that no stage requires any information."""
    if entry.of == "case":
        return (None,)
    staged = tuple(stage.id for stage in journey.stages if stage.id != UNMAPPED)
    if entry.id == "filling":
        return tuple(stage for stage in staged if stage in filled) or (None,)
    return staged[:-1] if entry.id == "conversion" else staged


def _is_last(journey: Journey, stage: str) -> bool:
    mapped = [s.id for s in journey.stages if s.id != UNMAPPED]
    return stage == UNMAPPED or stage == mapped[-1]


def _why_unfilled(journey: Journey) -> Text:
    key = "nothing_required" if journey.log.attributes else "need_attributes"
    return say(f"goal.{key}")
