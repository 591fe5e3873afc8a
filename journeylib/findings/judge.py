"""From measured claims to findings: one correction over everything tested, then rank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from journeylib.findings.claim import Claim, Trial
from journeylib.findings.echoes import explained
from journeylib.findings.finding import Confidence, Family, Finding, Findings
from journeylib.findings.rules import Rules
from journeylib.findings.stats import benjamini_hochberg
from journeylib.findings.study import Study
from journeylib.journey import Journey

EXAMPLES = 20
_ORDER: Mapping[str, int] = {"proven": 0, "suggestive": 1, "too_few": 2}


@dataclass(frozen=True, slots=True)
class _Verdict:
    claim: Claim
    q: float | None
    confidence: Confidence
    gain: float | None


def judged(study: Study, trials: Sequence[Trial]) -> Findings:
    """Benjamini–Hochberg over all claims with enough cases; what is notable becomes a finding."""
    journey, rules = study.journey, study.rules
    claims = [claim for trial in trials for claim in trial.claims]
    tested = [c for c in claims if c.p is not None and c.n >= rules.sample.least]
    q_values = benjamini_hochberg([c.p for c in tested if c.p is not None])
    q_of = {id(claim): q for claim, q in zip(tested, q_values, strict=True)}
    verdicts = [_verdict(claim, q_of.get(id(claim)), rules) for claim in claims]
    listed = sorted((v for v in verdicts if v.claim.notable), key=_rank)
    return Findings(
        items=explained(journey, [(_finding(journey, v), v.claim) for v in listed]),
        tested=len(tested),
        families=tuple(_families(trials, verdicts)),
        fdr=rules.sample.fdr,
    )


def _verdict(claim: Claim, q: float | None, rules: Rules) -> _Verdict:
    gain = _gain(claim, rules)
    if claim.p is None:
        return _Verdict(claim, None, "suggestive", gain)
    if q is None:
        return _Verdict(claim, None, "too_few", gain)
    proven = claim.exceeds and q <= rules.sample.fdr
    return _Verdict(claim, q, "proven" if proven else "suggestive", gain)


def _gain(claim: Claim, rules: Rules) -> float | None:
    """What putting it right is worth, on one scale, and softly less the less sure it is."""
    if claim.p is None or claim.impact.value is None:
        return None
    worth: float = getattr(rules.gain, claim.impact.unit)
    return claim.impact.value * worth * (1 - claim.p)


def _rank(verdict: _Verdict) -> tuple[int, float, str]:
    """The surest first, then by expected gain (facts without one last), then by name."""
    claim, gain = verdict.claim, verdict.gain
    order = float("inf") if gain is None else -round(gain, 3)  # above the noise of summation
    return _ORDER[verdict.confidence], order, claim.type + repr(sorted(claim.locus.items()))


def _families(trials: Iterable[Trial], verdicts: Sequence[_Verdict]) -> Iterable[Family]:
    for trial in trials:
        if trial.power is not None:
            own = [v for v in verdicts if v.claim.type == trial.type]
            yield Family(
                type=trial.type,
                tested=sum(v.q is not None for v in own),
                proven=sum(v.confidence == "proven" for v in own),
                power=trial.power,
            )


def _finding(journey: Journey, verdict: _Verdict) -> Finding:
    claim = verdict.claim
    return Finding(
        **claim.measured(),
        q=verdict.q,
        confidence=verdict.confidence,
        gain=verdict.gain,
        cases=_examples(journey, claim.evidence()),
        sql=journey.log.engine.sql(claim.measure()),
    )


def _examples(journey: Journey, evidence: ir.Table) -> tuple[str, ...]:
    first = evidence.select("case_id").distinct().order_by("case_id").limit(EXAMPLES)
    return tuple(sorted(row.case_id for row in journey.log.engine.rows(first)))
