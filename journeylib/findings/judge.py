"""From measured claims to findings: one correction over everything tested, then rank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from journeylib.findings.background import Background
from journeylib.findings.claim import Claim, Trial
from journeylib.findings.echoes import because, parents_of
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
    """Benjamini–Hochberg over claims with enough cases; what is notable becomes a finding."""
    rules = study.rules
    claims = [claim for trial in trials for claim in trial.claims]
    tested = [c for c in claims if c.p is not None and c.n >= rules.sample.least]
    q_of = _q_values(tested)
    verdicts = [_verdict(claim, q_of.get(id(claim)), rules) for claim in claims]
    notable = sorted((v for v in verdicts if v.claim.notable), key=_rank)
    listed, unlisted = _listed(notable, rules.sample.listed)
    evidence = Evidence.of(study.engine, [v.claim for v in listed])
    findings = _findings(study, listed, evidence)
    return Findings(
        items=tuple(sorted(findings, key=_rank)),
        tested=len(tested),
        families=tuple(_families(trials, verdicts)),
        fdr=rules.sample.fdr,
        stability=stability(study, [f.gain for f in findings], evidence),
        background=Background(study),
        unlisted=unlisted,
    )


def _listed(ranked: Sequence[_Verdict], most: int) -> tuple[list[_Verdict], dict[str, int]]:
    """All that is proven and the first of the rest, `most` of each type; how many more there are."""
    seen: Counter[str] = Counter()
    listed = []
    for verdict in ranked:
        unproven = verdict.confidence != "proven"
        seen[verdict.claim.type] += unproven
        if not unproven or seen[verdict.claim.type] <= most:
            listed.append(verdict)
    return listed, {type_: n - most for type_, n in sorted(seen.items()) if n > most}


def _q_values(tested: Sequence[Claim]) -> dict[int, float]:
    """The larger of two q-values by claim: over everything tested, and within its own family.

    The first alone would let a family in which nothing is wrong live on the true discoveries of the
    others: of a hundred proven findings five may be false, and all five may be slow segments.
    """
    families: dict[tuple[str, ...], list[Claim]] = {}
    for claim in tested:
        families.setdefault((claim.type, *sorted(claim.locus)), []).append(claim)
    q_of = _corrected(tested)
    for family in families.values():
        for key, q in _corrected(family).items():
            q_of[key] = max(q_of[key], q)
    return q_of


def _corrected(claims: Sequence[Claim]) -> dict[int, float]:
    q_values = benjamini_hochberg([claim.p for claim in claims if claim.p is not None])
    return {id(claim): q for claim, q in zip(claims, q_values, strict=True)}


def _verdict(claim: Claim, q: float | None, rules: Rules) -> _Verdict:
    gain = weighted(claim, rules.gain)
    if claim.p is None:
        return _Verdict(claim, None, "suggestive", gain)
    if q is None:
        return _Verdict(claim, None, "too_few", gain)
    proven = claim.exceeds and q <= rules.sample.fdr
    return _Verdict(claim, q, "proven" if proven else "suggestive", gain)


def _rank(verdict: _Verdict | Finding) -> tuple[int, float, str]:
    """The surest first, then by expected gain (facts without one last), then by name."""
    said = verdict.claim if isinstance(verdict, _Verdict) else verdict
    # Rounded above the noise of summation.
    order = float("inf") if verdict.gain is None else -round(verdict.gain, 3)
    return _ORDER[verdict.confidence], order, said.type + repr(sorted(said.locus.items()))


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


def _findings(study: Study, listed: Sequence[_Verdict], evidence: Evidence | None) -> list[Finding]:
    """The listed verdicts, in their order, with evidence and without what is claimed twice."""
    if evidence is None:
        return []
    examples = evidence.examples()
    findings = [
        Finding(
            **verdict.claim.measured(),
            q=verdict.q,
            confidence=verdict.confidence,
            gain=verdict.gain,
            cases=examples.get(n, ()),
            sql=study.engine.sql(verdict.claim.measure()),
        )
        for n, verdict in enumerate(listed)
    ]
    parents = parents_of(study.journey, findings, evidence)
    gains = added([v.claim for v in listed], [v.gain for v in listed], parents, evidence)
    return [replace(because(findings, n, parents), gain=gain) for n, gain in enumerate(gains)]
