"""The FAQ of the checklist: indicators of the business, the process and adoption."""

from __future__ import annotations

from functools import partial

from journeylib.goals.catalogue import Family
from journeylib.project.checks.situation import Check, Seen, Situation, State, counted
from journeylib.project.wording import fact, joined
from journeylib.terms import say


def measured(family: Family, situation: Situation) -> Seen:
    """Each indicator of the family has a value today."""
    own = [kpi for kpi in situation.kpis if kpi.family == family]
    known = [kpi for kpi in own if kpi.fact.value is not None]
    seen = counted(len(known), len(own), "measured", "kpis")
    if len(known) == len(own):
        told = (say("project.seen_kpi", name=k.name, value=fact(k.fact)) for k in known[:2])
        return Seen(seen.state, joined((seen.evidence, *told), "semicolon"), seen.n, "kpis")
    lacking = [kpi for kpi in own if kpi.fact.value is None]
    told = (say("project.seen_kpi", name=k.name, value=fact(k.fact)) for k in lacking[:3])
    state: State = "not_yet" if known else "not_measurable"
    return Seen(state, joined((seen.evidence, *told), "semicolon"), seen.n, "kpis")


CHECKS: dict[str, Check] = {
    "business_measured": partial(measured, "business"),
    "process_measured": partial(measured, "process"),
    "adoption_measured": partial(measured, "adoption"),
}
