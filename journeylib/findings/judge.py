"""From measured claims to findings: one correction over everything tested, then rank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from journeylib.findings.background import Background
from journeylib.findings.claim import Claim, Trial
from journeylib.findings.echoes import explained
from journeylib.findings.evidence import Evidence
from journeylib.findings.finding import Confidence, Family, Finding, Findings
from journeylib.findings.ranking import added, stability, weighted
from journeylib.findings.rules import Rules
from journeylib.findings.stats import benjamini_hochberg
from journeylib.findings.study import Study

_ORDER: Mapping[str, int] = {"proven": 0, "suggestive": 1, "too_few": 2}


@dataclass(frozen=True, slots=True)
class _Verdict:
    claim: Claim
    q: float | None
    confidence: Confidence
    gain: float | None


def judged(study: Study, trials: Sequence[Trial]) -> Findings:
    """Benjamini–Hochberg over all claims with enough cases; what is notable becomes a finding."""
    rules = study.rules
    claims = [claim for trial in trials for claim in trial.claims]
    tested = [c for c in claims if c.p is not None and c.n >= rules.sample.least]
    q_values = benjamini_hochberg([c.p for c in tested if c.p is not None])
    q_of = {id(claim): q for claim, q in zip(tested, q_values, strict=True)}
    verdicts = [_verdict(claim, q_of.get(id(claim)), rules) for claim in claims]
    listed = sorted((v for v in verdicts if v.claim.notable), key=_rank)
    evidence = Evidence.of(study.engine, [v.claim for v in listed])
    return Findings(
        items=_findings(study, listed, evidence) if evidence else (),
        tested=len(tested),
        families=tuple(_families(trials, verdicts)),
        fdr=rules.sample.fdr,
        stability=stability(study, [v.gain for v in listed], evidence),
        background=Background(study),
    )


def _verdict(claim: Claim, q: float | None, rules: Rules) -> _Verdict:
    gain = weighted(claim, rules.gain)
    if claim.p is None:
        return _Verdict(claim, None, "suggestive", gain)
    if q is None:
        return _Verdict(claim, None, "too_few", gain)
    proven = claim.exceeds and q <= rules.sample.fdr
    return _Verdict(claim, q, "proven" if proven else "suggestive", gain)


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


def _findings(study: Study, listed: Sequence[_Verdict], evidence: Evidence) -> tuple[Finding, ...]:
    """The listed verdicts with their evidence, ranked anew without what is claimed twice."""
    claims, examples = [v.claim for v in listed], evidence.examples()
    gains = added(claims, [v.gain for v in listed], evidence)
    findings = [
        Finding(
            **claim.measured(),
            q=verdict.q,
            confidence=verdict.confidence,
            gain=gain,
            cases=examples.get(n, ()),
            sql=study.engine.sql(claim.measure()),
        )
        for n, (claim, verdict, gain) in enumerate(zip(claims, listed, gains, strict=True))
    ]
    named = explained(study.journey, findings, evidence)
    ranked = sorted(range(len(listed)), key=lambda n: _rank(replace(listed[n], gain=gains[n])))
    return tuple(named[n] for n in ranked)
