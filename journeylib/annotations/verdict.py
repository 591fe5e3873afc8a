"""`verdict`: what the log says to a claim of the room, with everything it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import ibis.expr.types as ir
from ibis import _

from journeylib.annotations.claim import DURATIONS, Claim
from journeylib.annotations.measuring import Unmeasured, measured
from journeylib.annotations.notes import Annotations
from journeylib.engine import Engine
from journeylib.errors import UsageError
from journeylib.findings.evidence import EXAMPLES
from journeylib.findings.rules import Rules
from journeylib.findings.study import Study
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.terms import Fact, Span, Text, plain, say
from journeylib.wording import percent, time

Outcome = Literal["proven", "contradicted", "open", "too_few", "not_measurable"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`outcome` of a claim, and the `fact` it was held against (None where nothing could be measured).

    ``proven`` and ``contradicted``: the whole 95 % interval lies on one side of the threshold. ``open``:
    the threshold lies inside; `more` is about how many observations more would settle it if the value
    stays as it is (None: nobody can tell, it lies on the threshold). ``too_few``: less than the rules
    ask for any test, `more` are missing. ``not_measurable``: `reason`, and the `column` that is missing.
    `words` tell all of it in a sentence, `detail` what was measured alone; `cases` are up to 20 that
    bear the claim out.
    """

    claim: Claim
    outcome: Outcome
    detail: Text
    words: Text
    fact: Fact | None = None
    more: int | None = None
    reason: Text | None = None
    column: str | None = None
    cases: tuple[str, ...] = ()
    sql: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "claim": self.claim.model_dump(mode="json"),
            "outcome": self.outcome,
            "detail": self.detail.to_dict(),
            "words": self.words.to_dict(),
            "fact": plain(self.fact),
            "more": self.more,
            "reason": plain(self.reason),
            "column": self.column,
            "cases": list(self.cases),
            "sql": self.sql,
        }

    def __repr__(self) -> str:
        return f"Verdict({self.claim}: {self.outcome}; {self.words.en})"


def verdict(claim: Claim, journey: Journey, rules: Rules | str | Path = "rules") -> Verdict:
    """Hold `claim` against `journey`. Each claim is judged on its own: no correction for asking many.

    A claim about a segment is measured on the journey of the cases that belong to it.
    """
    return _verdict(claim, _studied(claim, journey, _loaded(rules)), journey)


def verdicts(
    notes: Annotations, journey: Journey, rules: Rules | str | Path = "rules"
) -> dict[str, Verdict]:
    """Card → verdict, for the cards that carry a claim; each segment is mined once."""
    rules, found = _loaded(rules), {}
    studies: dict[tuple[tuple[str, str], ...], Study | Unmeasured] = {}
    for card in notes.cards:
        if card.claim is not None:
            segment = tuple(sorted(card.claim.segment.items()))
            if segment not in studies:
                studies[segment] = _studied(card.claim, journey, rules)
            found[card.id] = _verdict(card.claim, studies[segment], journey)
    return found


def _loaded(rules: Rules | str | Path) -> Rules:
    return rules if isinstance(rules, Rules) else Rules.load(rules)


def _studied(claim: Claim, journey: Journey, rules: Rules) -> Study | Unmeasured:
    part = _segment(claim, journey)
    return part if isinstance(part, Unmeasured) else Study(part, rules)


def _verdict(claim: Claim, study: Study | Unmeasured, journey: Journey) -> Verdict:
    found = study if isinstance(study, Unmeasured) else measured(claim, study)
    if isinstance(found, Unmeasured):
        words = _words(claim, journey, "not_measurable", found.reason)
        return Verdict(
            claim,
            "not_measurable",
            found.reason,
            words,
            reason=found.reason,
            column=found.column,
        )
    assert isinstance(study, Study), "what is measured was studied"
    outcome, more = judged(claim, found.fact, study.rules.sample.least)
    detail = _detail(claim, found.fact, outcome, more)
    return Verdict(
        claim,
        outcome,
        detail,
        _words(claim, journey, outcome, detail),
        fact=found.fact,
        more=more,
        reason=found.fact.reason,
        cases=_examples(study.engine, found.evidence),
        sql=study.engine.sql(found.measure),
    )


# -- judging -----------------------------------------------------------------------------------------


def judged(claim: Claim, fact: Fact, least: int) -> tuple[Outcome, int | None]:
    """The outcome by the interval of `fact`, and how many observations are missing.

    An end of the interval that is not known is taken to be as far away as can be.
    """
    if fact.n < least:
        return "too_few", least - fact.n
    low = -math.inf if fact.ci_low is None else fact.ci_low
    high = math.inf if fact.ci_high is None else fact.ci_high
    limit, strict = claim.limit, claim.comparison in (">", "<")
    if claim.upward:
        holds, fails = (low > limit or (low == limit and not strict)), high < limit
    else:
        holds, fails = (high < limit or (high == limit and not strict)), low > limit
    if holds or fails:
        return ("proven" if holds else "contradicted"), None
    return "open", _more(fact, limit)


def _more(fact: Fact, limit: float) -> int | None:
    """Intervals shrink with the root of n: how many until the end towards `limit` falls short of it."""
    if fact.value is None or fact.value == limit:
        return None
    end = fact.ci_low if fact.value > limit else fact.ci_high
    if end is None:
        return None
    ratio = (end - fact.value) / (limit - fact.value)
    return max(1, math.ceil(fact.n * ratio**2) - fact.n)


# -- segments ----------------------------------------------------------------------------------------


def _segment(claim: Claim, journey: Journey) -> Journey | Unmeasured:
    """The journey of the claim's segment; of all cases where it names none."""
    if not claim.segment:
        return journey
    for column in claim.segment:
        if not journey.log.has(column):
            return Unmeasured(say("annotation.need_column", column=column), column)
    try:
        part = journey.log.where(**claim.segment)
    except UsageError as problem:
        return Unmeasured(Text.same(str(problem)))
    if not part.totals.cases:
        told = ", ".join(f"{column}={value}" for column, value in sorted(claim.segment.items()))
        return Unmeasured(say("annotation.need_segment", segment=told))
    return mine(part, journey.lifecycle, journey.calendar)


# -- telling -----------------------------------------------------------------------------------------


def _examples(engine: Engine, evidence: ir.Table) -> tuple[str, ...]:
    cases = evidence.select("case_id").distinct().order_by(_.case_id).limit(EXAMPLES)
    return tuple(sorted(str(row.case_id) for row in engine.rows(cases)))


def _words(claim: Claim, journey: Journey, outcome: Outcome, detail: Text) -> Text:
    names: Mapping[str, Text] = {stage.id: stage.name for stage in journey.stages}
    return say(f"annotation.said_{outcome}", claim=claim.words(names), detail=detail)


def _detail(claim: Claim, fact: Fact, outcome: Outcome, more: int | None) -> Text:
    missing = outcome if outcome in ("open", "too_few") else "enough"
    key = "open_on" if outcome == "open" and more is None else missing
    return say(f"annotation.detail_{key}", fact=fact_words(claim, fact), more=more)


def fact_words(claim: Claim, fact: Fact) -> Text:
    """Value, interval and n, in the unit of the threshold."""
    return say(
        "annotation.fact",
        value=_amount(claim, fact.value),
        low=_amount(claim, fact.ci_low),
        high=_amount(claim, fact.ci_high),
        n=f"{fact.n:,}",
    )


def _amount(claim: Claim, value: float | None) -> Text:
    if value is None:
        return Text.same("?")
    if claim.measure not in DURATIONS:
        return Text.same(percent(value))
    unit = Span.parse(claim.threshold).unit
    return time(f"{value / Span(1, unit).hours:.3g}", unit)
