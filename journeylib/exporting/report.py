"""The report: journey, findings and target process in one document to read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from journeylib.documents import markdown
from journeylib.documents.blocks import (
    Block,
    Bullets,
    Code,
    Document,
    Heading,
    Paragraph,
    Table,
    Value,
)
from journeylib.exporting import words
from journeylib.exporting.evidence import firmness, found
from journeylib.exporting.surroundings import surroundings
from journeylib.exporting.tables import goals, headed, overview
from journeylib.exporting.words import told
from journeylib.findings.finding import Findings
from journeylib.journey import Journey, StageFacts
from journeylib.spec.model import TargetSpec
from journeylib.survival import wilson
from journeylib.terms import Fact, Lang

_PITFALLS = ("association", "case", "open", "clock", "skew", "defaults", "bulk", "privacy")


def to_report(journey: Journey, findings: Findings, spec: TargetSpec, lang: Lang) -> str:
    """The report as Markdown."""
    return markdown.to_markdown(report(journey, findings, spec, lang))


def report(journey: Journey, findings: Findings, spec: TargetSpec, lang: Lang) -> Document:
    """The report in `lang`: every number with its n and interval, every claim with its evidence."""
    title = told("report_title", lang, source=journey.log.source.name)
    return Document(title, tuple(_blocks(journey, findings, spec, lang)), lang)


def _blocks(journey: Journey, findings: Findings, spec: TargetSpec, lang: Lang) -> Iterator[Block]:
    yield Paragraph(_summary(journey, findings, lang))
    yield Heading(told("report_figures", lang))
    yield _figures(journey, lang)
    yield Heading(told("report_stages", lang))
    yield _stages(journey, lang)
    yield from found("report_breakpoints", findings.breakpoints, lang)
    yield from found("report_silos", findings.silos, lang)
    yield from firmness(findings, lang)
    yield from surroundings(findings.background, lang)
    yield from _target(spec, lang)
    yield from _listed("report_unmeasured", _unmeasured(journey, lang), lang)
    yield from _listed("report_quality", (n.text.in_(lang) for n in journey.log.quality), lang)
    yield from _listed("report_pitfalls", (told(f"pitfall_{p}", lang) for p in _PITFALLS), lang)
    yield Paragraph((told("derived_from", lang), Code(journey.log.fingerprint)))


def _listed(key: str, lines: Iterable[str], lang: Lang) -> Iterator[Block]:
    """A headed list; where it is empty, that it is."""
    yield Heading(told(key, lang))
    listed = tuple(lines)
    yield Bullets(listed) if listed else Paragraph(told("report_none", lang))


# -- the journey -----------------------------------------------------------------------------------


def _summary(journey: Journey, findings: Findings, lang: Lang) -> str:
    """Two sentences for whoever reads no further."""
    totals = journey.log.totals
    size = told(
        "report_size",
        lang,
        cases=f"{totals.cases:,}",
        events=f"{totals.events:,}",
        first=f"{totals.first:%Y-%m-%d}",
        last=f"{totals.last:%Y-%m-%d}",
    )
    proven = told(
        "report_proven",
        lang,
        breakpoints=len(findings.proven.breakpoints),
        silos=len(findings.proven.silos),
        tested=f"{findings.tested:,}",
    )
    left = sum(findings.unlisted.values())
    unlisted = told("report_unlisted", lang, n=f"{left:,}") if left else ""
    return " ".join(filter(None, (size, proven, unlisted)))


def _figures(journey: Journey, lang: Lang) -> Table:
    totals, outcomes = journey.log.totals, journey.outcomes
    rows: list[tuple[Value, ...]] = [
        (told("figure_cases", lang), totals.cases),
        (told("figure_events", lang), totals.events),
        (told("figure_activities", lang), totals.activities),
        (told("figure_variants", lang), journey.variant_count),
        (told("figure_coverage", lang), words.number(journey.coverage, "share", lang)),
        (told("figure_outcomes", lang), _outcomes(journey, lang)),
        (told("figure_cycle", lang), words.fact(journey.cycle_time, lang)),
    ]
    if outcomes.won is not None and outcomes.lost is not None:
        rows.insert(
            6, (told("figure_win_rate", lang), _win_rate(outcomes.won, outcomes.lost, lang))
        )
    return headed(("figure", "value"), rows, lang, told("report_figures", lang))


def _outcomes(journey: Journey, lang: Lang) -> str:
    outcomes = journey.outcomes
    if outcomes.won is None:
        reason = outcomes.reason.in_(lang) if outcomes.reason else ""
        return told("unknown", lang, reason=reason)
    counts = {name: f"{getattr(outcomes, name):,}" for name in ("won", "lost", "open")}
    return told("outcomes", lang, **counts)


def _win_rate(won: int, lost: int, lang: Lang) -> str:
    closed = won + lost
    if not closed:
        return told("unknown", lang, reason=told("nothing_closed", lang))
    low, high = wilson(won, closed)
    share = Fact(won / closed, "share", closed, "won_of_closed", ci_low=low, ci_high=high)
    return words.fact(share, lang)


def _stages(journey: Journey, lang: Lang) -> Table:
    cases = journey.log.totals.cases or 1
    keys = ("stage", "cases", "of_all", "events", "conversion", "dwell")
    rows = (
        (
            stage.name.in_(lang),
            stage.cases,
            words.number(stage.cases / cases, "share", lang),
            stage.events,
            words.fact(stage.conversion, lang),
            words.fact(stage.dwell, lang),
        )
        for stage in journey.stages
    )
    return headed(keys, rows, lang, told("report_stages", lang))


# -- the target process ------------------------------------------------------------------------------


def _target(spec: TargetSpec, lang: Lang) -> Iterator[Block]:
    yield Heading(told("report_target", lang))
    yield Bullets(tuple(note.in_(lang) for note in spec.notes))
    yield overview(spec, lang)
    yield goals([*spec.goals, *(goal for stage in spec.stages for goal in stage.goals)], lang)


# -- what it does not say ----------------------------------------------------------------------------


def _unmeasured(journey: Journey, lang: Lang) -> Iterator[str]:
    """Every question this log leaves open, with the reason."""
    if journey.outcomes.reason is not None:
        yield journey.outcomes.reason.in_(lang)
    for column in ("department", "channel", "actor", "system"):
        if not journey.log.has(column):
            yield told(f"lacks_{column}", lang)
    if not journey.log.attributes:
        yield told("lacks_attributes", lang)
    for stage in journey.stages:
        yield from _unmeasured_in(stage, lang)


def _unmeasured_in(stage: StageFacts, lang: Lang) -> Iterator[str]:
    for name, fact in (("conversion", stage.conversion), ("dwell", stage.dwell)):
        if fact.value is None:
            label = told(f"head_{name}", lang)
            place = told("brackets", lang, inside=stage.name.in_(lang))
            yield label + place + told("colon", lang) + words.fact(fact, lang)
