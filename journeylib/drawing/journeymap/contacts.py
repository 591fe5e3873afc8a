"""The lanes of channels, departments with their hand-overs, and systems."""

from __future__ import annotations

from journeylib.drawing import words
from journeylib.drawing.estimates import LEAST
from journeylib.drawing.journeymap.bars import aimed, bar
from journeylib.drawing.journeymap.counts import Passed
from journeylib.drawing.journeymap.scene import Cell, Lane, Line, Meter
from journeylib.drawing.journeymap.sight import Sight
from journeylib.drawing.journeymap.telling import (
    backing,
    backing_of,
    empty_cell,
    sample,
    unknown_cell,
    weakest,
)
from journeylib.journey import StageFacts

MOST = 4
"""More bars in one cell than this are counted, not drawn."""


# -- channels ------------------------------------------------------------------------------------


def channels(sight: Sight) -> Lane:
    """Stage × channel: which share of the stage's cases is touched there."""
    cells = tuple(_channels(sight, stage) for stage in sight.stages)
    return Lane("channels", sight.tell("channels"), sight.tell("channels_note"), cells)


def _channels(sight: Sight, stage: StageFacts) -> Cell:
    touchpoints, lang = sight.counts.touchpoints, sight.lang
    if touchpoints.reason is not None:
        return unknown_cell(touchpoints.reason, lang)
    here = [c for c in touchpoints.matrix if c.stage == stage.id]
    if not here:
        return empty_cell("no_touch", lang)
    here.sort(key=lambda c: (-c.cases, c.channel))
    told = next(s for s in touchpoints.stages if s.stage == stage.id)
    asides = [
        sight.tell(key, share=words.share(fact.value))
        for key, fact in (("by_customer", told.by_customer), ("switched", told.switched))
        if fact.value is not None
    ]
    bars = [bar(c.channel, c.reach, sight.lang) for c in here[:MOST]]
    return Cell(
        pieces=(*bars, *([Line(" · ".join(asides))] if asides else [])),
        backing=weakest(backing(c.reach) for c in here[:MOST]),
        n=sample(stage.cases, lang),
        hidden=_more(sight, len(here)),
    )


def _more(sight: Sight, n: int) -> str:
    return sight.tell("more", n=n - MOST) if n > MOST else ""


# -- hand-overs ----------------------------------------------------------------------------------


def handovers(sight: Sight) -> Lane:
    """Work passing between departments, where it is taken up: how long that takes."""
    known = [p.latency.value for p in sight.counts.passed if p.latency.value and p.count >= LEAST]
    full = max(known, default=1.0)
    cells = tuple(_handovers(sight, stage, full) for stage in sight.stages)
    return Lane("handovers", sight.tell("handovers"), sight.tell("handovers_note"), cells)


def _handovers(sight: Sight, stage: StageFacts, full: float) -> Cell:
    if not sight.journey.log.has("department"):
        return unknown_cell(sight.tell("need_department"), sight.lang)
    here = [p for p in sight.counts.passed if p.stage == stage.id]
    if not here:
        return empty_cell("no_handover", sight.lang)
    kept = here[:MOST]
    return Cell(
        pieces=tuple(_handover(sight, passed, full) for passed in kept),
        backing=weakest(backing(passed.latency) for passed in kept),
        n=sample(sum(passed.count for passed in here), sight.lang),
        hidden=_more(sight, len(here)),
    )


def _handover(sight: Sight, passed: Passed, full: float) -> Meter:
    name = sight.tell("from_to", source=passed.source, target=passed.target)
    aside = sight.tell("times_n", n=words.number(passed.count))
    if passed.count < LEAST:
        return Meter(name, sight.tell("few_short"), note=aside)
    meter = bar(name, passed.latency, sight.lang, full=full, aside=aside)
    target = sight.target_stages.get(passed.stage)
    agreed = {(h.source, h.target): h.within for h in target.handovers} if target else {}
    limit = agreed.get((passed.source, passed.target))
    return aimed(meter, limit, passed.latency, sight, full)


# -- systems -------------------------------------------------------------------------------------


def systems(sight: Sight) -> Lane:
    """Where a stage's events are recorded."""
    cells = tuple(_systems(sight, stage) for stage in sight.stages)
    return Lane("systems", sight.tell("systems"), sight.tell("systems_note"), cells)


def _systems(sight: Sight, stage: StageFacts) -> Cell:
    if not sight.journey.log.has("system"):
        return unknown_cell(sight.tell("need_system"), sight.lang)
    counts = sight.counts.by_system
    here = sorted(((n, s) for (at, s), n in counts.items() if at == stage.id), key=_by_size)
    if not here:
        return empty_cell("no_system", sight.lang)
    total = sum(n for n, _name in here)
    bars = tuple(Meter(name, words.share(n / total), n / total) for n, name in here[:MOST])
    told = sight.tell("n_events", n=words.number(total))
    return Cell(bars, backing_of(total), told, _more(sight, len(here)))


def _by_size(counted: tuple[int, str]) -> tuple[int, str]:
    return -counted[0], counted[1]
