"""Subgroups of cases that win more or less than the rest: one feature, or two together.

Searched on most of the cases and confirmed on the others, which the search has not seen; what does
not confirm is not shown. Quality is the weighted relative accuracy of subgroup discovery (Klösgen
1996; Lavrač, Flach & Zupan 1999), here for the share that wins by the landmark's horizon.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ibis import _

from journeylib.findings.contrast import Cell, Pair, difference, fact, mantel, share_of
from journeylib.findings.features import Column, FeatureTable, case_features
from journeylib.findings.landmarks import Landmark
from journeylib.findings.rules import Rules
from journeylib.findings.stats import benjamini_hochberg
from journeylib.findings.study import Study
from journeylib.journey import Journey
from journeylib.terms import LANGS, Fact, Lang, Text, as_dict, say

if TYPE_CHECKING:
    import pandas as pd

BEAM = 8
"""Columns whose best value scores highest alone; only these are combined, two by two."""
CANDIDATES = 5
"""Subgroups a landmark that go on to confirmation."""
BETTER = 1.25
"""Two features must set a subgroup apart by so much more than either of them alone."""

_Part: TypeAlias = tuple[Column, int]


@dataclass(frozen=True, slots=True)
class Subgroup:
    """Cases with all of `features` at `landmark`, all numbers from the cases kept for confirmation.

    `n` and `n_rest` cases are in the subgroup and outside; `share` and `share_rest` of them win by
    the horizon, `effect` is the difference. `quality` is the weighted relative accuracy there; `q` is
    corrected over all subgroups put to confirmation.
    """

    features: tuple[Text, ...]
    landmark: Landmark
    n: int
    n_rest: int
    share: Fact
    share_rest: Fact
    effect: Fact
    quality: float
    p: float
    q: float
    caveats: tuple[Text, ...]
    cases: tuple[str, ...]
    sql: str

    @property
    def title(self) -> Text:
        """The subgroup as a sentence, never as a cause."""
        way = "more" if (self.effect.value or 0.0) > 0 else "less"
        return say(
            f"why.goes_with_{way}",
            feature=Text(*(_and(self.features, lang) for lang in LANGS)),
            landmark=self.landmark.name,
            inside=f"{self.share.value:.0%}",
            outside=f"{self.share_rest.value:.0%}",
            horizon=self.landmark.within,
        )


def _and(parts: Sequence[Text], lang: Lang) -> str:
    return say("why.and").in_(lang).join(part.in_(lang) for part in parts)


@dataclass(frozen=True)
class Subgroups:
    """Confirmed subgroups by falling quality, of `searched` looked at and `put` to confirmation."""

    items: tuple[Subgroup, ...]
    searched: int
    put: int
    fdr: float
    reason: Text | None = None

    def __iter__(self) -> Iterator[Subgroup]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def frame(self, lang: Lang = "zh") -> pd.DataFrame:
        """One row a subgroup."""
        import pandas as pd

        rows = [
            {
                "title": g.title.in_(lang),
                "landmark": g.landmark.name.in_(lang),
                "n": g.n,
                "n rest": g.n_rest,
                "share": g.share.value,
                "share rest": g.share_rest.value,
                "difference": g.effect.value,
                "low": g.effect.ci_low,
                "high": g.effect.ci_high,
                "q": g.q,
            }
            for g in self.items
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        told = {
            "searched": self.searched,
            "put": self.put,
            "fdr": self.fdr,
            "subgroups": [
                {"title": item.title.to_dict(), **as_dict(item), "p": item.p, "q": item.q}
                for item in self.items
            ],
        }
        return told if self.reason is None else told | {"reason": self.reason.to_dict()}

    def __repr__(self) -> str:
        return f"Subgroups({len(self)} confirmed of {self.put}, {self.searched:,} searched)"


def subgroups(
    journey: Journey, rules: Rules | str | Path = "rules", *, features: FeatureTable | None = None
) -> Subgroups:
    """Subgroups of one or two features that win more, or less, and do so again on held-out cases.

    `features` saves making them again where `case_features` has been called already.
    """
    if not isinstance(rules, Rules):
        rules = Rules.load(rules)
    if journey.outcomes.won is None:
        return Subgroups((), 0, 0, rules.sample.fdr, say("finding.need_outcome"))
    features = features or case_features(Study(journey, rules))
    if features is None:
        return Subgroups((), 0, 0, rules.sample.fdr, say("why.need_wins"))
    singles = _singles(features)
    found = [*singles, *_doubles(features, singles)]
    chosen = _chosen(found)
    return Subgroups(_confirmed(features, chosen), len(found), len(chosen), rules.sample.fdr)


# -- search ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A conjunction at a landmark, as the searched cases and the held-out ones see it."""

    landmark: int
    parts: tuple[_Part, ...]
    seen: Pair
    held: Pair
    p: float = 1.0
    alone: tuple[_Candidate, ...] = ()

    @property
    def quality(self) -> float:
        return _quality(self.seen)


def _quality(pair: Pair) -> float:
    """Weighted relative accuracy: how many more of all cases win than if they were like the rest."""
    everyone = pair.all
    return pair.inside.n / everyone.n * (pair.inside.mean - everyone.mean)


def _singles(features: FeatureTable) -> list[_Candidate]:
    return [
        candidate
        for column in features.columns
        if column.codes
        for candidate in _candidates(features, (column,))
        if _large_enough(features, candidate)
    ]


def _doubles(features: FeatureTable, singles: Sequence[_Candidate]) -> list[_Candidate]:
    """Two features together, where they set more apart than either does alone."""
    alone = {(c.landmark, c.parts): c for c in singles}
    beam = _beam(singles)
    found = []
    for pair in itertools.combinations(beam, 2):
        if not pair[0].of or pair[0].of != pair[1].of:
            for candidate in _candidates(features, pair):
                parents = [alone.get((candidate.landmark, (part,))) for part in candidate.parts]
                known = tuple(parent for parent in parents if parent is not None)
                if len(known) == len(parents) and _large_enough(features, candidate):
                    found.append(replace(candidate, alone=known))
    return [c for c in found if all(_adds(c.seen, parent.seen, BETTER) for parent in c.alone)]


def _adds(both: Pair, single: Pair, times: float) -> bool:
    return both.gap * single.gap > 0 and abs(both.gap) >= times * abs(single.gap)


def _beam(singles: Sequence[_Candidate]) -> list[Column]:
    best: dict[Column, float] = defaultdict(float)
    for single in singles:
        [(column, _code)] = single.parts
        best[column] = max(best[column], abs(single.quality))
    return sorted(best, key=lambda column: (-best[column], column.name))[:BEAM]


def _candidates(features: FeatureTable, columns: tuple[Column, ...]) -> list[_Candidate]:
    """All conjunctions of values of these columns, at the landmarks at which they may be asked."""
    cells = features.cells("landmark", "held", *(column.name for column in columns))
    everyone: dict[tuple[int, bool], Cell] = defaultdict(Cell)
    for (landmark, held, *_codes), cell in cells.items():
        everyone[landmark, held] += cell
    found = []
    for landmark in range(len(features.landmarks)):
        if all((landmark, column.name) in features.early for column in columns):
            for codes in itertools.product(*(column.codes for column in columns)):
                seen, held = (
                    _pair(cells.get((landmark, side, *codes), Cell()), everyone[landmark, side])
                    for side in (False, True)
                )
                parts = tuple(zip(columns, codes, strict=True))
                found.append(_Candidate(landmark, parts, seen, held))
    return found


def _pair(inside: Cell, everyone: Cell) -> Pair:
    return Pair(inside, everyone - inside)


def _large_enough(features: FeatureTable, candidate: _Candidate) -> bool:
    least = features.study.rules.sample.least
    return all(
        min(pair.inside.n, pair.outside.n) >= least for pair in (candidate.seen, candidate.held)
    )


def _chosen(found: Sequence[_Candidate]) -> list[_Candidate]:
    """The best at each landmark, each telling something of its own: no two with the same cases."""
    chosen: list[_Candidate] = []
    for landmark in sorted({c.landmark for c in found}):
        here = [c for c in found if c.landmark == landmark]
        here.sort(key=lambda c: (-abs(c.quality), len(c.parts), _names(c)))
        sizes: set[tuple[int, float]] = set()
        for candidate in here:
            size = (candidate.seen.inside.n, round(candidate.seen.inside.total, 6))
            if size not in sizes and len(sizes) < CANDIDATES:
                sizes.add(size)
                chosen.append(candidate)
    return chosen


def _names(candidate: _Candidate) -> tuple[tuple[str, int], ...]:
    return tuple((column.name, code) for column, code in candidate.parts)


# -- confirmation ----------------------------------------------------------------------------------


def _confirmed(features: FeatureTable, chosen: Sequence[_Candidate]) -> tuple[Subgroup, ...]:
    tried = [replace(c, p=mantel([c.held])) for c in chosen]
    q_values = benjamini_hochberg([c.p for c in tried])
    fdr = features.study.rules.sample.fdr
    held = [
        (c, q)
        for c, q in zip(tried, q_values, strict=True)
        if q <= fdr and c.held.gap * c.seen.gap > 0
        if all(_adds(c.held, parent.held, 1.0) for parent in c.alone)
    ]
    held.sort(key=lambda pair: (-abs(_quality(pair[0].held)), pair[0].landmark, _names(pair[0])))
    return tuple(_subgroup(features, c, q) for c, q in held)


def _subgroup(features: FeatureTable, c: _Candidate, q: float) -> Subgroup:
    names = [column.name for column, _code in c.parts]
    table = features.table.select("landmark", "held", "case_id", "y", *names)
    parts = [table[column.name] == code for column, code in c.parts]
    having = table.filter(_.landmark == c.landmark, _.held, *parts)
    measure = having.aggregate(n=_.count(), share=_.y.mean())
    inside, outside = c.held.inside, c.held.outside
    return Subgroup(
        features=tuple(column.titled(code) for column, code in c.parts),
        landmark=features.landmarks[c.landmark],
        n=inside.n,
        n_rest=outside.n,
        share=fact(share_of(inside), inside.n, "incidence_wilson"),
        share_rest=fact(share_of(outside), outside.n, "incidence_wilson"),
        effect=fact(difference(c.held), c.held.all.n, "newcombe"),
        quality=_quality(c.held),
        p=c.p,
        q=q,
        caveats=(say("finding.caveat_association"), say("why.held_out")),
        cases=features.examples(having),
        sql=features.study.engine.sql(measure),
    )
