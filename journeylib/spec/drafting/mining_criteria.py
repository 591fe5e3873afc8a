"""Candidate criteria for the gates: what those that pass a gate and win have, and the others lack.

Rules of one thing, or of two together, searched on most of the cases and confirmed on the others by
a split that depends on the case's name alone. Whatever was tried counts in the correction. Source:
decision mining (Rozinat & van der Aalst 2006; de Leoni & van der Aalst 2013), here by exhaustive
search of short rules rather than a tree: each rule can be read, and stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from journeylib.findings.contrast import mantel
from journeylib.findings.rules import Rules
from journeylib.findings.stats import benjamini_hochberg
from journeylib.journey import Journey
from journeylib.spec import feel
from journeylib.spec.drafting.criteria_words import condition_of, joined
from journeylib.spec.drafting.evidence import Evidence
from journeylib.spec.drafting.gate_features import GateFeatures, gate_features
from journeylib.spec.drafting.rule_search import (
    BETTER,
    Rule,
    best_each,
    good,
    met_by,
    pairs,
    singles,
)
from journeylib.spec.parts import Criterion, Provenance
from journeylib.survival import wilson
from journeylib.terms import Lang, Text, say, stable_id

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule for the exit of `stage`; all numbers are of the cases kept for confirmation.

    Of `n` cases that passed the gate, `n_with` met it. `won` is the share of the won that did, `rest`
    of those not won (an open case counts as far as it can be told); `win_with` and `win_without` are
    the shares that win by the horizon. `q` is corrected over all rules put to confirmation.
    """

    stage: str
    kind: Literal["filled", "activity", "value", "pair"]
    when: str
    text: Text
    n: int
    n_with: int
    won: tuple[float, float, float]
    rest: float
    win_with: float
    win_without: float
    p: float
    q: float
    why: Provenance

    @property
    def lift(self) -> float:
        """How many times as often the won meet it as the others."""
        return self.won[0] / self.rest if self.rest else float("inf")

    @property
    def criterion(self) -> Criterion:
        """As an exit criterion for the workshop."""
        return Criterion(
            id=stable_id("c", self.stage, self.when), when=self.when, text=self.text, why=self.why
        )


@dataclass(frozen=True)
class MinedCriteria:
    """Candidates by gate and falling lift, of `tried` rules and `put` to confirmation.

    `dropped` are attributes not asked about, with the reason; `reason` says why nothing could be.
    """

    items: tuple[Candidate, ...]
    tried: int
    put: int
    fdr: float
    dropped: Mapping[str, Text]
    reason: Text | None = None

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def at(self, stage: str) -> tuple[Candidate, ...]:
        """The candidates for the exit of a stage."""
        return tuple(c for c in self.items if c.stage == stage)

    def frame(self, lang: Lang = "zh") -> pd.DataFrame:
        """One row a candidate."""
        import pandas as pd

        rows = [
            {
                "stage": c.stage,
                "criterion": c.text.in_(lang),
                "when": c.when,
                "n": c.n,
                "won with": c.won[0],
                "low": c.won[1],
                "high": c.won[2],
                "lift": c.lift,
                "wins with": c.win_with,
                "wins without": c.win_without,
                "q": c.q,
            }
            for c in self.items
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        left = f", {len(self.dropped)} attributes left out" if self.dropped else ""
        return f"MinedCriteria({len(self)} confirmed of {self.put}, {self.tried:,} tried{left})"


def mine_criteria(journey: Journey, rules: Rules | str | Path = "rules") -> MinedCriteria:
    """Candidate exit criteria of `journey`, stage by stage; none where nothing holds up."""
    if not isinstance(rules, Rules):
        rules = Rules.load(rules)
    return mined_criteria(Evidence.gather(journey, None, ()), rules)


def mined_criteria(evidence: Evidence, rules: Rules) -> MinedCriteria:
    """`mine_criteria` where the evidence of a draft is gathered already."""
    fdr = rules.sample.fdr
    if not evidence.cohort.decided:
        return MinedCriteria((), 0, 0, fdr, {}, say("finding.need_outcome"))
    gates = gate_features(evidence, rules)
    if gates is None:
        return MinedCriteria((), 0, 0, fdr, {}, say("draft.no_gate_to_mine"))
    alone = list(singles(gates))
    hold = good(alone, fdr)
    together = list(pairs(gates, hold))
    tried = len(alone) + len(together)
    chosen = [*best_each(hold), *good(together, fdr, tried=tried)]
    kept = _each_once(_confirmed(chosen, fdr))
    items = tuple(_candidate(gates, evidence, rule, tried) for rule in kept)
    return MinedCriteria(items, tried, len(chosen), fdr, gates.dropped)


# -- confirmation ----------------------------------------------------------------------------------


def _confirmed(chosen: Sequence[Rule], fdr: float) -> list[Rule]:
    """What holds again on the cases the search has not seen."""
    p_values = [mantel([rule.held]) for rule in chosen]
    again = [
        replace(rule, p=p, q=q)
        for rule, p, q in zip(chosen, p_values, benjamini_hochberg(p_values), strict=True)
    ]
    return [rule for rule in again if rule.q <= fdr and rule.held.gap > 0]


def _each_once(rules: Sequence[Rule]) -> list[Rule]:
    """What an earlier gate asks for, later ones need not; presence first, as it asks for less.

    A value beside its presence, or two things beside one of them, must tell cases better apart. Two
    that each stand alone are no third rule together: the criteria of a gate all apply anyway.
    """
    kept: dict[str, Rule] = {}
    for rule in sorted(rules, key=_simplest_first):
        things = {column.of for column, _codes in rule.parts}
        known = [kept[thing] for thing in sorted(things & kept.keys())]
        both_known = len(rule.parts) > 1 and len(known) == len(things)
        if not both_known and all(k.landmark == rule.landmark and _better(rule, k) for k in known):
            kept |= dict.fromkeys(things, rule)
    return sorted(
        {r.key: r for r in kept.values()}.values(), key=lambda r: (r.landmark, -r.quality)
    )


def _simplest_first(rule: Rule) -> tuple[Any, ...]:
    is_value = any(column.kind == "attribute" for column, _codes in rule.parts)
    return len(rule.parts), rule.landmark, is_value, -rule.quality, rule.key


def _better(rule: Rule, simpler: Rule) -> bool:
    return rule.seen.gap >= BETTER * simpler.seen.gap and rule.held.gap > simpler.held.gap


# -- words ------------------------------------------------------------------------------------------


def _candidate(gates: GateFeatures, evidence: Evidence, rule: Rule, tried: int) -> Candidate:
    won, rest = met_by(rule.held)
    wins = rule.held.all.total
    low, high = wilson(won * wins, wins)
    conditions = [condition_of(gates, evidence, *part) for part in rule.parts]
    tree = conditions[0][0] if len(conditions) == 1 else feel.Both(tuple(c for c, _t in conditions))
    mark = gates.features.landmarks[rule.landmark]
    words = {
        "inside": f"{rule.held.inside.mean:.0%}",
        "outside": f"{rule.held.outside.mean:.0%}",
        "n": rule.held.all.n,
        "tried": f"{tried:,}",
        "horizon": mark.within,
    }
    return Candidate(
        stage=gates.gates[rule.landmark],
        kind=_kind(rule),
        when=feel.to_text(tree),
        text=joined([text for _c, text in conditions]),
        n=rule.held.all.n,
        n_with=rule.held.inside.n,
        won=(won, low, high),
        rest=rest,
        win_with=rule.held.inside.mean,
        win_without=rule.held.outside.mean,
        p=rule.p,
        q=rule.q,
        why=Provenance(
            method="mined_rule_held_out",
            n=round(wins),
            estimate=won,
            unit="share",
            ci_low=low,
            ci_high=high,
            lift=won / rest if rest else None,
            reason=_reason(evidence, rule, words),
        ),
    )


def _reason(evidence: Evidence, rule: Rule, words: Mapping[str, object]) -> Text:
    told = say("draft.mined_rule", **words)
    attributes = [c.of for c, _codes in rule.parts if c.kind == "attribute"]
    if any(evidence.at_start(attribute) for attribute in attributes):
        caution = say("draft.mined_at_start")
        return Text(told.zh + caution.zh, f"{told.en} {caution.en}")
    return told


def _kind(rule: Rule) -> Literal["filled", "activity", "value", "pair"]:
    if len(rule.parts) > 1:
        return "pair"
    match rule.parts[0][0].kind:
        case "filled":
            return "filled"
        case "activity":
            return "activity"
        case _:
            return "value"
