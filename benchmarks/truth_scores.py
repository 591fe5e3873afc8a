"""Hold verdicts against what was planted: hits, misses, false alarms, ranks, sizes, intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from journeylib.survival import wilson

Verdict = Mapping[str, Any]
Locus = Mapping[str, Any]
Population = Mapping[str, Mapping[str, Any]]  # label and locus of a plant -> what a huge log holds
GROUPS = ("segment", "channel", "period", "department")
Z90 = 1.6448536269514722
PLACES = 10


@dataclass
class Score:
    """Counts of one type of finding at one size and strength."""

    planted: int = 0
    found: int = 0
    right: int = 0
    wrong: int = 0
    log_ratios: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    covered_90: list[bool] = field(default_factory=list)

    @property
    def recall(self) -> float | None:
        """Plants found, of those there are."""
        return self.found / self.planted if self.planted else None

    @property
    def precision(self) -> float | None:
        """Proven findings that are plants, of all that are no echo of one."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None


def label(said: Verdict) -> str:
    """The type of a plant or finding; slow transitions apart by what they compare."""
    if said["type"] != "slow_transition":
        return str(said["type"])
    return f"slow_transition by {next((g for g in GROUPS if g in said['locus']), 'limit')}"


def matches(said: Verdict, plant: Verdict) -> bool:
    """Same type, overlapping locus."""
    return said["type"] == plant["type"] and overlaps(said["locus"], plant["locus"])


def overlaps(one: Locus, other: Locus) -> bool:
    """Whether two places are the same, one inside the other, or one an end of the other.

    >>> overlaps({"activity": "a"}, {"from": "a", "to": "b"})
    True
    >>> overlaps({"from": "a", "to": "b", "segment": "x"}, {"from": "a", "to": "b", "channel": "y"})
    False
    """
    a, b = _plain(one), _plain(other)
    if len(a) > len(b):
        a, b = b, a
    if set(a) <= set(b):
        return all(a[key] == b[key] for key in a)
    return not set(a) & set(b) and set(a.values()) <= set(b.values())


def _plain(locus: Locus) -> dict[str, Any]:
    return {key: _word(value) for key, value in locus.items() if key != "because"}


def _word(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(sorted(_word(item) for item in value))
    return str(value).casefold().replace("-", "_").replace(" ", "_")


def is_echo(finding: Verdict, plants: Iterable[Verdict]) -> bool:
    """Whether the finding names its parent, or follows from a plant by necessity."""
    echoes = [echo for plant in plants for echo in plant["echoes"]]
    return "because" in finding["locus"] or any(matches(finding, echo) for echo in echoes)


def in_scope(verdicts: Iterable[Verdict]) -> set[str]:
    """Labels of plants that some family looks for: it has claims at such places."""
    return {
        label(plant)
        for verdict in verdicts
        for plant in verdict["plants"]
        if any(_looks_for(claim, plant) for claim in verdict["claims"])
    }


def facts(verdicts: Iterable[Verdict]) -> set[str]:
    """Labels whose claims are no tests: they are listed, never proven, and not ranked."""
    claims = [claim for verdict in verdicts for claim in verdict["claims"]]
    return {label(claim) for claim in claims} - {label(c) for c in claims if c["p"] is not None}


def _looks_for(claim: Verdict, plant: Verdict) -> bool:
    return matches(claim, plant) or (
        label(claim) == label(plant) and set(claim["locus"]) == set(plant["locus"])
    )


def scores(
    verdicts: Iterable[Verdict], scope: set[str], population: Population
) -> dict[str, Score]:
    """Per label, over logs of one size and strength."""
    table: dict[str, Score] = {name: Score() for name in sorted(scope)}
    for verdict in verdicts:
        plants = [plant for plant in verdict["plants"] if label(plant) in scope]
        for plant in plants:
            _hold(table[label(plant)], plant, verdict, population)
        for finding in verdict["findings"]:
            if finding["confidence"] == "proven":
                _judge(table, finding, verdict["plants"])
    return table


def _hold(score: Score, plant: Verdict, verdict: Verdict, population: Population) -> None:
    score.planted += 1
    score.found += any(_tells(f) and matches(f, plant) for f in verdict["findings"])
    claim, truth = _claim_at(plant, verdict["claims"]), population.get(name(plant), {})
    true = _true_value(claim, truth) if claim else None
    if claim and true and claim["estimate"]:
        score.log_ratios.append(abs(math.log(claim["estimate"] / true)))
        if claim["ci_low"] is not None and claim["ci_high"] is not None:
            score.covered.append(claim["ci_low"] <= true <= claim["ci_high"])
        if claim["unit"] == "share" and claim["p"] is not None and not claim["n_censored"]:
            low, high = wilson(round(claim["estimate"] * claim["n"]), claim["n"], Z90)
            score.covered_90.append(low <= true <= high)


def _tells(finding: Verdict) -> bool:
    """Proven; or a fact, which has no p and is never proven."""
    return finding["confidence"] == "proven" or finding["p"] is None


def _judge(table: dict[str, Score], finding: Verdict, plants: Sequence[Verdict]) -> None:
    score = table.setdefault(label(finding), Score())
    if any(matches(finding, plant) for plant in plants):
        score.right += 1
    elif not is_echo(finding, plants):
        score.wrong += 1


def _claim_at(plant: Verdict, claims: Iterable[Verdict]) -> Verdict | None:
    """The claim about the plant's own place: the same locus, or else its first end.

    A plant of the whole log has no place; the claim about most records stands for it.
    """
    near = [claim for claim in claims if matches(claim, plant)]
    if not plant["locus"]:
        return max(near, key=lambda claim: claim["n"], default=None)
    ends = [_plain(plant["locus"]), {"activity": _word(plant["locus"].get("from", ""))}]
    exact = [claim for end in ends for claim in near if _plain(claim["locus"]) == end]
    return exact[0] if exact else None


def _true_value(claim: Verdict, truth: Verdict) -> float | None:
    """What the claim estimates, as counted by the generator in a huge log."""
    if claim["unit"] == "share":
        return truth.get("share")
    clock = str(claim["clock"] or "calendar").rpartition(".")[2].lower()
    return truth.get(f"median_h_{clock}", truth.get("median_h"))


def name(plant: Verdict) -> str:
    """A plant's key: its type and locus."""
    return f"{plant['type']} {sorted(_plain(plant['locus']).items())}"


# -- rankings --------------------------------------------------------------------------------------


def ndcg(ranked: Sequence[Verdict], plants: Sequence[Verdict], *, typed: bool = True) -> float:
    """nDCG@10 against planted cost (Järvelin & Kekäläinen 2002); a plant counts once.

    A naive ranking says where, not what: with `typed` off a step is right if anything is planted there.
    """
    left, gained = list(plants), 0.0
    for place, said in enumerate(ranked[:PLACES], start=1):
        hit = next((p for p in left if _hits(said, p, typed=typed)), None)
        if hit:
            left.remove(hit)
            gained += hit["cost"] / math.log2(place + 1)
    best = sorted((plant["cost"] for plant in plants), reverse=True)[:PLACES]
    ideal = math.fsum(cost / math.log2(place + 1) for place, cost in enumerate(best, start=1))
    return gained / ideal if ideal else 0.0


def _hits(said: Verdict, plant: Verdict, *, typed: bool) -> bool:
    if typed:
        return matches(said, plant)
    locus = {key: value for key, value in plant["locus"].items() if key not in GROUPS}
    return bool(locus) and overlaps(said["locus"], locus)
