"""Two segments or periods in one map: the same cells with both values and their difference."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from journeylib.drawing import surroundings, words
from journeylib.drawing.comparing import (
    Both,
    as_mature,
    differs,
    gap_words,
    source_of,
    stages_of,
    value,
)
from journeylib.drawing.estimates import share_of, why
from journeylib.drawing.journeymap.compose import column_of
from journeylib.drawing.journeymap.scene import Cell, Lane, MapScene, Meter
from journeylib.drawing.journeymap.sight import Sight
from journeylib.drawing.journeymap.telling import backing, empty_cell, unknown_cell, weakest
from journeylib.drawing.scene import Key
from journeylib.journey import StageFacts
from journeylib.terms import Fact, Text

MOST = 5
"""More differences in one cell than this are counted, not drawn."""
Named = Mapping[str, Fact]
"""What one side says in one cell, by name."""


# -- the scene -------------------------------------------------------------------------------------


def compare(a: Sight, b: Sight, names: tuple[str, str]) -> MapScene:
    """Stages of both, lanes of what can be held against each other."""
    stages = stages_of(a.journey, b.journey)
    asked: tuple[tuple[str, Callable[[Sight, str], Named]], ...] = (
        ("reached", _reached),
        ("steps", _steps),
        ("channels", _channels),
        ("handovers", _handovers),
        ("times", _dwell),
        ("conversion", _conversion),
    )
    mature = as_mature(a.journey, b.journey)
    lanes = tuple(
        _lane(a, b, key, ask, stages, judged=mature or key in _CENSORED) for key, ask in asked
    )
    lang = a.lang
    sides = [
        f"{n}: {surroundings.subtitle(s.journey, lang)}" for n, s in zip(names, (a, b), strict=True)
    ]
    return MapScene(
        lang=lang,
        title=a.tell("title_compare", a=names[0], b=names[1]),
        subtitle=" | ".join(sides),
        description=a.tell("compare_description", a=names[0], b=names[1]),
        columns=tuple(column_of(_with(a, b, stage.id), stage, share=False) for stage in stages),
        lanes=lanes,
        legend=(
            Key("side_a", names[0]),
            Key("side_b", names[1]),
            Key("differs", a.tell("legend_differs")),
            *(
                Key(f"backed_{k}", a.tell(f"legend_backed_{k}"))
                for k in ("strong", "fair", "thin", "unknown")
            ),
        ),
        footer=(
            a.tell("footer_compare" if mature else "footer_immature"),
            a.tell("footer_intervals"),
            *(source_of(sight.journey, a.lang) for sight in (a, b)),
        ),
    )


def _with(a: Sight, b: Sight, stage: str) -> Sight:
    return a if any(s.id == stage for s in a.stages) else b


def _lane(
    a: Sight,
    b: Sight,
    key: str,
    ask: Callable[[Sight, str], Named],
    stages: Iterable[StageFacts],
    *,
    judged: bool,
) -> Lane:
    both = [_both(ask(a, stage.id), ask(b, stage.id)) for stage in stages]
    spans = [v for cell in both for x in cell for v in (value(x.a), value(x.b))
             if v is not None and (x.a or x.b or _NONE).unit == "h"]  # fmt: skip
    full = max(spans, default=1.0) or 1.0
    cells = tuple(_cell(a, found, full, judged=judged) for found in both)
    return Lane(f"compare-{key}", a.tell(key), a.tell("both_note"), cells)


_CENSORED = ("times",)
"""The lanes whose estimate makes up for cases that are still open (Kaplan–Meier's median)."""
_NONE = Fact(None, "share", 0, "")


def _both(a: Named, b: Named) -> list[Both]:
    return [Both(name, a.get(name), b.get(name)) for name in dict.fromkeys((*a, *b))]


def _cell(sight: Sight, found: Sequence[Both], full: float, *, judged: bool) -> Cell:
    if not found:
        return empty_cell("nothing_either", sight.lang)
    known = [both for both in found if both.known or None in (both.a, both.b)]
    if not known:
        facts = (found[0].a, found[0].b)
        reason = next(why(fact, sight.lang) for fact in facts if fact and fact.value is None)
        return unknown_cell(reason, sight.lang)
    ranked = sorted(known, key=lambda both: (-abs(both.difference().value or 0.0), both.name))
    kept = sorted(ranked[:MOST], key=known.index)
    more = len(found) - len(kept)
    facts_ = [f for both in kept for f in (both.a, both.b) if f is not None and f.value is not None]
    return Cell(
        pieces=tuple(_meter(sight, both, full, judged=judged) for both in kept),
        backing=weakest(backing(fact) for fact in facts_),
        hidden=sight.tell("more", n=more) if more else "",
    )


def _meter(sight: Sight, both: Both, full: float, *, judged: bool) -> Meter:
    a, b, gap = both.a, both.b, both.difference()
    shown = " → ".join(_value(sight, fact) for fact in (a, b))
    scale = full if (a or b or _NONE).unit == "h" else 1.0
    return dataclasses.replace(
        _side(b, scale),
        name=both.name,
        value=shown,
        against=_side(a, scale),
        note=gap_words(gap, sight.lang),
        differs=judged and differs(gap),
    )


def _value(sight: Sight, fact: Fact | None) -> str:
    if fact is None:
        return sight.tell("absent")
    if fact.value is None:
        return sight.tell("unknown")
    return words.amount(fact.value, fact.unit, sight.lang)


def _side(fact: Fact | None, full: float) -> Meter:
    if fact is None or fact.value is None:
        return Meter("", "")
    low, high = (None if x is None else min(x / full, 1.0) for x in (fact.ci_low, fact.ci_high))
    return Meter("", "", min(fact.value / full, 1.0), low, high)


# -- what is asked of each side ----------------------------------------------------------------------


def _stage(sight: Sight, stage: str) -> StageFacts | None:
    return next((s for s in sight.stages if s.id == stage), None)


def _reached(sight: Sight, stage: str) -> Named:
    facts = _stage(sight, stage)
    cases = sight.journey.log.totals.cases
    return {sight.tell("reached"): share_of(facts.cases if facts else 0, cases)}


def _steps(sight: Sight, stage: str) -> Named:
    facts = _stage(sight, stage)
    if facts is None:
        return {}
    here = sorted(sight.activities.get(stage, ()), key=lambda a: (a.elapsed, a.name))
    return {a.name: share_of(a.cases, facts.cases) for a in here}


def _channels(sight: Sight, stage: str) -> Named:
    touchpoints = sight.counts.touchpoints
    if touchpoints.reason is not None:
        return {sight.tell("channels"): Fact.unknown("share", touchpoints.reason)}
    return {c.channel: c.reach for c in touchpoints.matrix if c.stage == stage}


def _handovers(sight: Sight, stage: str) -> Named:
    if not sight.journey.log.has("department"):
        reason = Text.same(sight.tell("need_department"))
        return {sight.tell("handovers"): Fact.unknown("h", reason)}
    return {
        sight.tell("from_to", source=p.source, target=p.target): p.latency
        for p in sight.counts.passed
        if p.stage == stage
    }


def _dwell(sight: Sight, stage: str) -> Named:
    facts = _stage(sight, stage)
    return {sight.tell("dwell"): facts.dwell} if facts else {}


def _conversion(sight: Sight, stage: str) -> Named:
    facts = _stage(sight, stage)
    if facts is None:
        return {}
    return {sight.tell("onward"): facts.conversion} | dict(_lost(sight, facts))


def _lost(sight: Sight, facts: StageFacts) -> Iterator[tuple[str, Fact]]:
    if sight.journey.outcomes.won is not None:
        k = sight.counts.endings.get((facts.id, "lost"), 0)
        yield sight.tell("ends_lost"), share_of(k, facts.cases)
