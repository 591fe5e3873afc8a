"""Findings in the report: what was found, on what evidence, and what could have been seen."""

from __future__ import annotations

from collections.abc import Iterator

from journeylib.documents.blocks import (
    Block,
    Bullets,
    Code,
    Heading,
    Inline,
    Paragraph,
    Table,
    Value,
)
from journeylib.exporting import words
from journeylib.exporting.tables import headed
from journeylib.exporting.words import told
from journeylib.findings.finding import Finding, Findings
from journeylib.terms import Fact, Lang, say

TOP_FINDINGS = 10
SHOWN_CASES = 5
_HEADS = ("finding", "size", "comparator", "n", "q", "impact", "gain", "confidence")


def found(key: str, findings: Findings, lang: Lang) -> Iterator[Block]:
    """A chapter: the first findings in ranked order as a table, then the evidence for each."""
    title = told(key, lang)
    yield Heading(title)
    shown = findings.top(TOP_FINDINGS)
    if not len(shown):
        yield Paragraph(told("report_none", lang))
        return
    yield headed(_HEADS, (_row(finding, lang) for finding in shown), lang, title)
    yield Bullets(tuple(_evidence(finding, lang) for finding in shown))
    if len(findings) > len(shown):
        yield Paragraph(told("report_more", lang, n=len(findings) - len(shown)))


def _row(finding: Finding, lang: Lang) -> tuple[Value, ...]:
    impact = finding.impact
    return (
        finding.title.in_(lang),
        _sized(finding.estimate, finding.ci_low, finding.ci_high, finding.unit, lang),
        _sized(finding.comparator, None, None, finding.unit, lang),
        finding.n,
        None if finding.q is None else words.small(finding.q),
        _sized(impact.value, impact.ci_low, impact.ci_high, impact.unit, lang),
        _gain(finding.gain, lang),
        told(f"confidence_{finding.confidence}", lang),
    )


def _gain(gain: float | None, lang: Lang) -> str | None:
    """In the time of waiting customers; nothing is left where findings above claim all of it."""
    if gain is None:
        return None
    return words.number(gain, "h", lang) if gain else _said("claimed_above", lang)


def _sized(
    value: float | None, low: float | None, high: float | None, unit: str, lang: Lang
) -> str | None:
    """A value with its interval; the n stands in a column of its own."""
    if value is None:
        return None
    text = words.number(value, unit, lang)
    if low is None or high is None:
        return text
    ends = {"low": words.number(low, unit, lang), "high": words.number(high, unit, lang)}
    return text + told("brackets", lang, inside=told("interval", lang, **ends))


def _evidence(finding: Finding, lang: Lang) -> tuple[Inline, ...]:
    """The finding's id, cases to look at, how it was measured, and what to keep in mind."""
    cases = words.joined(finding.cases[:SHOWN_CASES], lang)
    parts = [
        *([told("evidence_cases", lang, cases=cases)] if cases else []),
        *([told("censored", lang, n=f"{finding.n_censored:,}")] if finding.n_censored else []),
        told("evidence_method", lang, method=finding.method),
    ]
    sentence = told("semicolon", lang).join(parts) + _said("full_stop", lang)
    caveats = " ".join(caveat.in_(lang) for caveat in finding.caveats)
    return Code(finding.id), f" {finding.title.in_(lang)} — {sentence}{caveats}".rstrip()


# -- how firm ----------------------------------------------------------------------------------------


def firmness(findings: Findings, lang: Lang) -> Iterator[Block]:
    """How the order came about, how much of it is chance, and what each family could have shown."""
    yield Heading(_said("firmness", lang))
    yield Paragraph(_said("gain_explained", lang))
    if findings.stability is not None:
        yield Paragraph(_stability(findings.stability, lang))
    yield families(findings, lang)


def _stability(stability: Fact, lang: Lang) -> str:
    if stability.value is None:
        reason = stability.reason.in_(lang) if stability.reason else stability.method
        return _said("stability_unknown", lang, reason=reason)
    ends = {
        "low": words.number(stability.ci_low or 0.0, "share", lang),
        "high": words.number(stability.ci_high or 0.0, "share", lang),
    }
    overlap = words.number(stability.value, "share", lang)
    return _said("stability", lang, overlap=overlap, n=stability.n, **ends)


def families(findings: Findings, lang: Lang) -> Table:
    """Per family of hypotheses: how many were tested, how many hold, what could have been seen."""
    rows = (
        (_said(f"family_{family.type}", lang), family.tested, family.proven, family.power.in_(lang))
        for family in findings.families
    )
    return headed(("family", "tested", "proven", "power"), rows, lang, _said("families", lang))


def _said(key: str, lang: Lang, **values: object) -> str:
    return say(f"document.{key}", **values).in_(lang)
