"""What can be chosen on a board: segments, variants, kinds, measures and where they are taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from journeylib.annotations.claim import DURATIONS, PLACES, Key, Measure
from journeylib.annotations.line import KINDS
from journeylib.drawing.words import number
from journeylib.journey import Journey, Variant
from journeylib.lifecycle import UNMAPPED
from journeylib.terms import Lang, Text, say
from journeylib.workshop.board.view import Offered

STATUSES = ("open", "confirmed", "rejected", "done")
_KEYS: tuple[Key, ...] = get_args(Key)


def segments(journey: Journey) -> dict[str, int]:
    """Cases by segment, as a filter counts them, most first; empty where the log has no segments."""
    log = journey.log
    if not log.has("segment") or not log.events.segment.type().is_string():
        return {}
    e = log.events.filter(log.events.segment.notnull())
    counted = log.engine.rows(e.group_by("segment").aggregate(n=e.case_id.nunique()))
    found = sorted((-row.n, str(row.segment)) for row in counted)
    return {segment: -n for n, segment in found}


def offered(journey: Journey, by_segment: Iterable[str]) -> Offered:
    """What a view may name."""
    return Offered(tuple(by_segment), len(journey.variants))


def choices(
    journey: Journey, by_segment: dict[str, int], lang: Lang, *, has_spec: bool
) -> dict[str, Any]:
    """All of it as the browser reads it, labels in `lang`; ids are what claims and views name."""
    places = [stage for stage in journey.stages if stage.id != UNMAPPED]
    departments = sorted({x for h in journey.handovers for x in (h.source, h.target)})
    return {
        "segments": [{"id": s, "label": s, "n": n} for s, n in by_segment.items()],
        "variants": _variants(journey, lang),
        "has_spec": has_spec,
        "kinds": [_named("annotation.kind", kind, lang) for kind in KINDS],
        "statuses": [_named("annotation.status", status, lang) for status in STATUSES],
        "measures": [_measure(measure, lang) for measure in PLACES],
        "activities": [{"id": a.name, "label": a.name} for a in journey.activities],
        "stages": [{"id": stage.id, "label": stage.name.in_(lang)} for stage in places],
        "departments": [{"id": name, "label": name} for name in departments],
        "attributes": [{"id": name, "label": name} for name in journey.log.attributes],
    }


def _variants(journey: Journey, lang: Lang) -> list[dict[str, Any]]:
    return [
        {"id": rank, "label": _path(variant).in_(lang), "n": variant.cases}
        for rank, variant in enumerate(journey.variants, 1)
    ]


def _path(variant: Variant) -> Text:
    steps, cases = _many("steps", len(variant.activities)), _many("cases", variant.cases)
    return say("desk.variant", steps=steps, cases=cases)


def _many(what: str, n: int) -> Text:
    return say(f"desk.{what}_{'one' if n == 1 else 'n'}", n=number(n))


def _named(catalogue: str, id: str, lang: Lang) -> dict[str, Any]:
    return {"id": id, "label": say(f"{catalogue}_{id}").in_(lang)}


def _measure(measure: Measure, lang: Lang) -> dict[str, Any]:
    return {
        "id": measure,
        "label": say(f"desk.measure_{measure}").in_(lang),
        "unit": "duration" if measure in DURATIONS else "share",
        "places": [[key for key in _KEYS if key in place] for place in PLACES[measure]],
    }
