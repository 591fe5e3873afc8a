"""The words around the map: subtitle, legend and footer."""

from __future__ import annotations

from journeylib.drawing import words
from journeylib.drawing.levels import Detail, Level
from journeylib.drawing.scene import Badge, Box, Edge, Key
from journeylib.drawing.selection import Selection
from journeylib.journey import Journey
from journeylib.terms import Clock, Lang, Text, say

GATHERED: dict[Detail, str] = {
    "activity": "footer_activities",
    "touchpoint": "footer_touchpoints",
    "stage": "footer_stages",
}
"""How the footer counts what is gathered."""


def subtitle(journey: Journey, lang: Lang) -> str:
    """Size, span and clock of the log, and what was left out of it."""
    totals, outcomes = journey.log.totals, journey.outcomes
    parts: list[Text] = [
        say(
            "drawing.cases_and_events",
            cases=words.number(totals.cases),
            events=words.number(totals.events),
        )
    ]
    if totals.events:
        first, last = words.day(totals.first), words.day(totals.last)
        parts.append(say("drawing.period", first=first, last=last))
    parts.append(say("drawing.clock", clock=say(f"drawing.clock_{_clock(journey).value}")))
    if outcomes.open is not None:
        parts.append(say("drawing.open_cases", n=words.number(outcomes.open)))
    if journey.log.recipe:
        parts.append(say("drawing.filters", steps="; ".join(journey.log.recipe)))
    return " · ".join(part.in_(lang) for part in parts)


def _clock(journey: Journey) -> Clock:
    return journey.moves[0].wait.clock if journey.moves else Clock.CALENDAR


def legend(
    boxes: tuple[Box, ...],
    edges: tuple[Edge, ...],
    badges: tuple[Badge, ...],
    lang: Lang,
) -> tuple[Key, ...]:
    """Only the symbols that occur in this picture."""
    doubts = {badge.confidence for badge in badges}
    symbols = {
        "entry": any(box.entry for box in boxes),
        "exit": any(box.exit for box in boxes),
        "weight": bool(edges),
        **{f"pace_{n}": any(edge.pace == n for edge in edges) for n in range(4)},
        "back": any(edge.back for edge in edges),
        "loop": any(edge.is_loop for edge in edges),
        "breakpoint": any(badge.kind == "breakpoint" for badge in badges),
        "silo": any(badge.kind == "silo" for badge in badges),
        "suggestive": "suggestive" in doubts,
        "too_few": "too_few" in doubts,
    }
    keys = (name for name, occurs in symbols.items() if occurs)
    return tuple(Key(name, say(f"drawing.legend_{name}").in_(lang)) for name in keys)


def footer(journey: Journey, level: Level, selection: Selection, lang: Lang) -> tuple[str, ...]:
    """What the picture does not show, and where its numbers come from."""
    log = journey.log
    parts = [say("drawing.footer_traffic", share=words.share(selection.shown.traffic))]
    if selection.hidden_edges:
        parts.append(say("drawing.footer_edges", n=words.number(selection.hidden_edges)))
    if selection.hidden_activities:
        n = words.number(selection.hidden_activities)
        parts.append(say(f"drawing.{GATHERED[level.detail]}", n=n))
    if level.inner:
        parts.append(say("drawing.footer_inner", n=words.number(level.inner)))
    parts.append(
        say(
            "drawing.footer_source",
            name=log.source.name,
            fingerprint=log.fingerprint[:8],
        )
    )
    parts.append(say("drawing.clock", clock=say(f"drawing.clock_{_clock(journey).value}")))
    return tuple(part.in_(lang) for part in parts)
