"""Findings in words: the numbered badges on the map and the cards that explain them below it."""

from __future__ import annotations

from journeylib.drawing import words
from journeylib.drawing.rows import Details
from journeylib.drawing.scene import Badge, Card
from journeylib.findings.finding import Finding, Findings
from journeylib.terms import Lang, say

MOST_CARDS = 12
"""More numbers than this on one wall and nobody reads any."""


def numbering(findings: Findings | None) -> dict[str, int]:
    """The number of each breakpoint and silo, by id: the same in every picture of the journey.

    They count in ranked order from 1; what is a mere consequence of another finding comes last.
    """
    problems = [f for f in findings or () if f.kind != "touchpoint"]
    problems.sort(key=lambda finding: "because" in finding.locus)
    return {finding.id: number for number, finding in enumerate(problems, 1)}


def numbered(findings: Findings | None) -> tuple[Finding, ...]:
    """The findings that get a card below the flow view, by their numbers."""
    numbers = numbering(findings)
    problems = [finding for finding in findings or () if finding.id in numbers]
    return tuple(sorted(problems, key=lambda f: numbers[f.id])[:MOST_CARDS])


def badge_of(number: int, finding: Finding, lang: Lang) -> Badge:
    """The badge that stands for `finding` on the map."""
    kind, surety = (say(f"drawing.{name}").in_(lang) for name in (finding.kind, finding.confidence))
    return Badge(
        number=number,
        kind=finding.kind,
        confidence=finding.confidence,
        finding=finding.id,
        words=f"{number}. {finding.title.in_(lang)} · {kind} · {surety}",
        title=finding.title.in_(lang),
    )


def card_of(badge: Badge, finding: Finding, lang: Lang, *, placed: bool) -> Card:
    """What the picture says about `finding`; `placed` tells whether it is pinned on the map."""
    surety = say(f"drawing.{finding.confidence}").in_(lang)
    second = [
        _impact(finding, lang),
        surety,
        "" if placed else say("drawing.off_map").in_(lang),
    ]
    return Card(
        badge=badge,
        title=finding.title.in_(lang),
        lines=(_evidence(finding, lang), " · ".join(filter(None, second))),
        placed=placed,
        details=details_of(badge, finding, lang),
    )


def cards_note(findings: Findings | None, lang: Lang) -> str:
    """What is to be said beside the heading: none found, not looked for, or more than listed."""
    if findings is None:
        return say("drawing.not_diagnosed").in_(lang)
    problems = sum(finding.kind != "touchpoint" for finding in findings)
    if not problems:
        return say("drawing.no_findings").in_(lang)
    left = problems - MOST_CARDS
    return say("drawing.more_findings", n=left).in_(lang) if left > 0 else ""


def _evidence(finding: Finding, lang: Lang) -> str:
    parts = [_estimate(finding, lang)]
    if finding.comparator is not None:
        against = words.amount(finding.comparator, finding.unit, lang)
        parts.append(say("drawing.reference", value=against).in_(lang))
    parts.append(say("drawing.sample", n=words.number(finding.n)).in_(lang))
    return " · ".join(filter(None, parts))


def _estimate(finding: Finding, lang: Lang) -> str:
    if finding.estimate is None:
        return ""
    return _with_interval(finding.estimate, finding.ci_low, finding.ci_high, finding.unit, lang)


def _impact(finding: Finding, lang: Lang) -> str:
    value = _impact_value(finding, lang)
    return say("drawing.impact", value=value).in_(lang) if value else ""


def _impact_value(finding: Finding, lang: Lang) -> str:
    impact = finding.impact
    if impact.value is None:
        return ""
    return _with_interval(impact.value, impact.ci_low, impact.ci_high, impact.unit, lang)


def _with_interval(
    value: float, low: float | None, high: float | None, unit: str, lang: Lang
) -> str:
    told = words.amount(value, unit, lang)
    if low is None or high is None:
        return told
    return f"{told} [{words.amount(low, unit, lang)}, {words.amount(high, unit, lang)}]"


def details_of(badge: Badge, finding: Finding, lang: Lang) -> Details:
    """All that is told of `finding` where there is room."""

    def label(key: str, **values: object) -> str:
        return say(f"drawing.{key}_detail", **values).in_(lang)

    surety = say(f"drawing.{finding.confidence}").in_(lang)
    rows = [
        (label("finding", n=badge.number), finding.title.in_(lang)),
        (
            say(f"drawing.{finding.kind}").in_(lang),
            f"{_evidence(finding, lang)} · {surety}",
        ),
    ]
    impact = _impact_value(finding, lang)
    rows += [(label("impact"), impact)] if impact else []
    rows += [(label("caveat"), caveat.in_(lang)) for caveat in finding.caveats]
    return (*rows, (label("method"), finding.method))
