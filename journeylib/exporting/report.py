"""``report.md``: journey, findings and target process in one document to read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from journeylib.exporting import words
from journeylib.exporting.mdtext import bullets, cell, document, table
from journeylib.exporting.tables import goals, overview
from journeylib.exporting.words import told
from journeylib.findings.finding import Finding, Findings
from journeylib.journey import Journey, StageFacts
from journeylib.spec.model import TargetSpec
from journeylib.survival import wilson
from journeylib.terms import Fact, Lang

TOP_FINDINGS = 10
SHOWN_CASES = 5
_PITFALLS = ("association", "case", "open", "clock", "skew", "defaults", "bulk", "privacy")


def to_report(journey: Journey, findings: Findings, spec: TargetSpec, lang: Lang) -> str:
    """The report in `lang`: every number with its n and interval, every claim with its evidence."""
    return document(_blocks(journey, findings, spec, lang))


def _blocks(journey: Journey, findings: Findings, spec: TargetSpec, lang: Lang) -> Iterator[str]:
    yield f"# {told('report_title', lang, source=cell(journey.log.source.name))}"
    yield _summary(journey, findings, lang)
    yield _heading("report_figures", lang)
    yield _figures(journey, lang)
    yield _heading("report_stages", lang)
    yield _stages(journey, lang)
    yield from _findings("report_breakpoints", findings.breakpoints, lang)
    yield from _findings("report_silos", findings.silos, lang)
    yield from _target(spec, lang)
    yield _heading("report_unmeasured", lang)
    yield bullets(cell(line) for line in _unmeasured(journey, findings, lang)) or _none(lang)
    yield _heading("report_quality", lang)
    yield bullets(cell(note.text.in_(lang)) for note in journey.log.quality) or _none(lang)
    yield _heading("report_pitfalls", lang)
    yield bullets(told(f"pitfall_{name}", lang) for name in _PITFALLS)
    yield told("derived_from", lang, source=journey.log.fingerprint)


def _heading(key: str, lang: Lang) -> str:
    return f"## {told(key, lang)}"


def _none(lang: Lang) -> str:
    return told("report_none", lang)


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
    return f"{size} {proven}".strip()


def _figures(journey: Journey, lang: Lang) -> str:
    totals, outcomes = journey.log.totals, journey.outcomes
    rows = [
        (told("figure_cases", lang), f"{totals.cases:,}"),
        (told("figure_events", lang), f"{totals.events:,}"),
        (told("figure_activities", lang), f"{totals.activities:,}"),
        (told("figure_variants", lang), f"{journey.variant_count:,}"),
        (told("figure_coverage", lang), words.number(journey.coverage, "share", lang)),
        (told("figure_outcomes", lang), _outcomes(journey, lang)),
        (told("figure_cycle", lang), words.fact(journey.cycle_time, lang)),
    ]
    if outcomes.won is not None and outcomes.lost is not None:
        rows.insert(
            6, (told("figure_win_rate", lang), _win_rate(outcomes.won, outcomes.lost, lang))
        )
    return table([told(f"head_{key}", lang) for key in ("figure", "value")], rows)


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


def _stages(journey: Journey, lang: Lang) -> str:
    cases = journey.log.totals.cases or 1
    keys = ("stage", "cases", "of_all", "events", "conversion", "dwell")
    rows = (
        (
            stage.name.in_(lang),
            f"{stage.cases:,}",
            words.number(stage.cases / cases, "share", lang),
            f"{stage.events:,}",
            words.fact(stage.conversion, lang),
            words.fact(stage.dwell, lang),
        )
        for stage in journey.stages
    )
    return table([told(f"head_{key}", lang) for key in keys], rows)


# -- findings --------------------------------------------------------------------------------------


def _findings(key: str, findings: Findings, lang: Lang) -> Iterator[str]:
    yield _heading(key, lang)
    shown = findings.top(TOP_FINDINGS)
    keys = ("finding", "size", "comparator", "n", "q", "impact", "confidence")
    rows = [_finding_row(finding, lang) for finding in shown]
    yield table([told(f"head_{name}", lang) for name in keys], rows) or _none(lang)
    yield bullets(_evidence(finding, lang) for finding in shown if finding.cases)
    if len(findings) > len(shown):
        yield told("report_more", lang, n=len(findings) - len(shown))


def _finding_row(finding: Finding, lang: Lang) -> Sequence[str]:
    return (
        finding.title.in_(lang),
        _sized(finding.estimate, finding.ci_low, finding.ci_high, finding.unit, lang),
        words.number(finding.comparator, finding.unit, lang)
        if finding.comparator is not None
        else "–",
        f"{finding.n:,}",
        f"{finding.q:.3f}" if finding.q is not None else "–",
        _sized(
            finding.impact.value,
            finding.impact.ci_low,
            finding.impact.ci_high,
            finding.impact.unit,
            lang,
        ),
        told(f"confidence_{finding.confidence}", lang),
    )


def _sized(
    value: float | None, low: float | None, high: float | None, unit: str, lang: Lang
) -> str:
    """A value with its interval; the n stands in a column of its own."""
    if value is None:
        return "–"
    text = words.number(value, unit, lang)
    if low is None or high is None:
        return text
    ends = {"low": words.number(low, unit, lang), "high": words.number(high, unit, lang)}
    return text + told("brackets", lang, inside=told("interval", lang, **ends))


def _evidence(finding: Finding, lang: Lang) -> str:
    """The finding's id, cases to look at, how it was measured, and what to keep in mind."""
    parts = [
        told("evidence_cases", lang, cases=words.joined(finding.cases[:SHOWN_CASES], lang)),
        told("evidence_method", lang, method=finding.method),
        *(caveat.in_(lang) for caveat in finding.caveats),
    ]
    return f"`{finding.id}` {cell(finding.title.in_(lang))} — " + cell(
        told("semicolon", lang).join(parts)
    )


# -- the target process ------------------------------------------------------------------------------


def _target(spec: TargetSpec, lang: Lang) -> Iterator[str]:
    yield _heading("report_target", lang)
    yield bullets(cell(note.in_(lang)) for note in spec.notes)
    yield overview(spec, lang)
    yield goals([*spec.goals, *(goal for stage in spec.stages for goal in stage.goals)], lang)


# -- what it does not say ----------------------------------------------------------------------------


def _unmeasured(journey: Journey, findings: Findings, lang: Lang) -> Iterator[str]:
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
    yield from (family.power.in_(lang) for family in findings.families if not family.proven)


def _unmeasured_in(stage: StageFacts, lang: Lang) -> Iterator[str]:
    for name, fact in (("conversion", stage.conversion), ("dwell", stage.dwell)):
        if fact.value is None:
            label = told(f"head_{name}", lang)
            place = told("brackets", lang, inside=stage.name.in_(lang))
            yield label + place + told("colon", lang) + words.fact(fact, lang)
