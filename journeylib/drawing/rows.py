"""What the details of a part tell, row by row: the same in both views, on the page and on the board."""

from __future__ import annotations

from collections.abc import Iterable

from journeylib.drawing import words
from journeylib.journey import ActivityFacts, Move, StageFacts
from journeylib.terms import Fact, Lang, Wait, say

Details = tuple[tuple[str, str], ...]
"""Names and values."""


def of_activity(facts: ActivityFacts, lang: Lang) -> Details:
    """One activity; what the log does not say is left out."""
    return told(
        (
            ("name_detail", facts.name),
            ("events_detail", words.number(facts.events)),
            ("cases_detail", words.number(facts.cases)),
            ("elapsed_detail", words.duration(facts.elapsed, lang)),
            ("channel_detail", facts.channel),
            ("department_detail", facts.department),
            ("system_detail", facts.system),
            ("customer_detail", _share(facts.customer_share)),
            ("starts_detail", words.number(facts.starts)),
            ("ends_detail", words.number(facts.ends)),
        ),
        lang,
    )


def of_gathered(members: Iterable[str], events: int, lang: Lang) -> Details:
    """Several rare activities in one box: which, and how many events."""
    listing = ("gathered_detail", listed(members, lang))
    return told((listing, ("events_detail", words.number(events))), lang)


def of_touchpoint(name: str, facts: ActivityFacts, members: Iterable[str], lang: Lang) -> Details:
    """A touchpoint, with the activities behind it."""
    head = (
        ("group_detail", name),
        ("events_detail", words.number(facts.events)),
        ("cases_detail", words.number(facts.cases)),
    )
    return (*told(head, lang), *_within(facts, members, lang))


def of_stage_box(
    stage: StageFacts, facts: ActivityFacts, members: Iterable[str], lang: Lang
) -> Details:
    """A stage as a box, with the activities behind it."""
    return (*of_stage(stage, lang), *_within(facts, members, lang))


def _within(facts: ActivityFacts, members: Iterable[str], lang: Lang) -> Details:
    return told(
        (
            ("elapsed_detail", words.duration(facts.elapsed, lang)),
            ("starts_detail", words.number(facts.starts)),
            ("ends_detail", words.number(facts.ends)),
            ("gathered_detail", listed(members, lang)),
        ),
        lang,
    )


def of_move(move: Move, ends: tuple[str, str], lang: Lang) -> Details:
    """One step from the one to the other of `ends`."""
    return told(
        (
            ("from_detail", ends[0]),
            ("to_detail", ends[1]),
            *of_waits(move.count, move.wait, lang),
            ("cases_detail", words.number(move.cases)),
        ),
        lang,
    )


def of_moves(count: int, ends: tuple[str, str], lang: Lang) -> Details:
    """Several steps in one line, whose waits together nobody has measured."""
    unknown = of_waits(count, Wait(None, None, None), lang)
    return told((("from_detail", ends[0]), ("to_detail", ends[1]), *unknown), lang)


def of_waits(count: int, wait: Wait, lang: Lang) -> tuple[tuple[str, str], ...]:
    """Count and waits, by the key of their name."""
    return (
        ("count_detail", words.number(count)),
        ("median_detail", span(wait.median, lang)),
        ("mean_detail", span(wait.mean, lang)),
        ("p90_detail", span(wait.p90, lang)),
    )


def of_stage(stage: StageFacts, lang: Lang) -> Details:
    """One stage: who reaches it, who goes on, how long they stay."""
    cases = say("drawing.stage_cases", n=words.number(stage.cases)).in_(lang)
    return told(
        (
            ("stage_detail", stage.name.in_(lang)),
            ("cases_detail", cases),
            ("events_detail", words.number(stage.events)),
            ("conversion_detail", fact(stage.conversion, lang)),
            ("dwell_detail", fact(stage.dwell, lang)),
        ),
        lang,
    )


def told(rows: Iterable[tuple[str, str | None]], lang: Lang) -> Details:
    """The rows that have a value, their names by the catalogue."""
    return tuple(
        (say(f"drawing.{key}").in_(lang), value) for key, value in rows if value is not None
    )


def listed(names: Iterable[str], lang: Lang) -> str:
    """Names one after the other."""
    return ("、" if lang == "zh" else ", ").join(names)


def span(hours: float | None, lang: Lang) -> str:
    """A duration, or that it is unknown."""
    return say("drawing.unknown").in_(lang) if hours is None else words.duration(hours, lang)


def fact(measured: Fact, lang: Lang) -> str:
    """Value and interval, or why it is unknown."""
    if measured.value is None:
        key = "unknown_because" if measured.reason else "unknown"
        return say(f"drawing.{key}", reason=measured.reason).in_(lang)
    value = words.amount(measured.value, measured.unit, lang)
    if measured.ci_low is None or measured.ci_high is None:
        return value
    low, high = (
        words.amount(end, measured.unit, lang) for end in (measured.ci_low, measured.ci_high)
    )
    return say("drawing.interval", value=value, low=low, high=high).in_(lang)


def _share(value: float | None) -> str | None:
    return None if value is None else words.share(value)
