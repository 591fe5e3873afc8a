"""What goes with winning: features known at a landmark against winning by its horizon.

Never "causes": cases are compared as they came. What is listed has survived a landmark (no credit for
living longer), a correction for everything asked here, and stratifying over what the cases are.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
from ibis import _

from journeylib.findings.contrast import Cell, Pair, difference, mantel, share_of, standardised
from journeylib.findings.features import Column, FeatureTable, case_features
from journeylib.findings.landmarks import Landmark
from journeylib.findings.rules import Rules
from journeylib.findings.stats import benjamini_hochberg
from journeylib.findings.study import Study
from journeylib.frames import frame_of
from journeylib.journey import Journey
from journeylib.terms import LANGS, Fact, Lang, Text, plain, say

if TYPE_CHECKING:
    import pandas as pd

EXPECTED = 5.0
"""Fewer expected cases than this in any of the four cells leave the test's tail unreliable."""
COPY = 0.95
"""An attribute whose value decides the outcome this far is taken to record it."""
SHARED = 0.5
"""Strata tell something only if they hold at least this share of the feature's cases."""
STRATA = 2
EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Association:
    """A feature that goes with winning more, or less, among the cases at one landmark.

    `effect` is the share that wins by the horizon with the feature less that without it (a difference
    of shares, −1 to 1); `adjusted` the same within strata of `over`, unknown with a reason where no
    strata could be formed. `p` is the larger of the crude and the stratified p; `q` its correction
    over everything tested. `cases` are up to 20 that have the feature.
    """

    feature: Text
    value: str
    landmark: Landmark
    n_with: int
    n_without: int
    share_with: Fact
    share_without: Fact
    effect: Fact
    adjusted: Fact
    over: tuple[str, ...]
    p: float
    q: float
    caveats: tuple[Text, ...]
    cases: tuple[str, ...]
    sql: str

    @property
    def title(self) -> Text:
        """The association as a sentence, never as a cause."""
        way = "more" if (self.effect.value or 0.0) > 0 else "less"
        return say(
            f"why.goes_with_{way}",
            feature=self.feature,
            landmark=self.landmark.name,
            inside=f"{self.share_with.value:.0%}",
            outside=f"{self.share_without.value:.0%}",
            horizon=self.landmark.within,
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        own = {f.name: plain(getattr(self, f.name)) for f in dataclasses.fields(self)}
        return {"title": self.title.to_dict(), **own, "p": self.p, "q": self.q}


@dataclass(frozen=True)
class Associations:
    """What goes with winning, by falling effect × volume; and what stratifying took away.

    `withdrawn` went with winning crudely but not, or far less, among cases of one kind: the trap that
    bears Simpson's name. `significant` counts all that hold, of which `items` lists the largest.
    `reason` says why nothing could be tested.
    """

    items: tuple[Association, ...]
    withdrawn: tuple[Association, ...]
    tested: int
    significant: int
    fdr: float
    reason: Text | None = None

    def __iter__(self) -> Iterator[Association]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def frame(self, lang: Lang = "zh") -> pd.DataFrame:
        """One row an association, in ranked order."""
        hidden = ("cases", "sql", "caveats", "landmark")
        frame = frame_of(self.items, lang).drop(columns=list(hidden), errors="ignore")
        frame.insert(0, "title", [item.title.in_(lang) for item in self.items])
        return frame

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        told = {
            "tested": self.tested,
            "significant": self.significant,
            "fdr": self.fdr,
            "associations": [item.to_dict() for item in self.items],
            "withdrawn": [item.to_dict() for item in self.withdrawn],
        }
        return told if self.reason is None else told | {"reason": self.reason.to_dict()}

    def __repr__(self) -> str:
        return (
            f"Associations({len(self)} listed of {self.significant} that hold, "
            f"{self.tested:,} tested, {len(self.withdrawn)} withdrawn on stratifying)"
        )


def associations(
    journey: Journey, rules: Rules | str | Path = "rules", *, features: FeatureTable | None = None
) -> Associations:
    """Features known at each landmark of `journey` that go with winning, or with not winning.

    `features` saves making them again where `case_features` has been called already.
    """
    if not isinstance(rules, Rules):
        rules = Rules.load(rules)
    if journey.outcomes.won is None:
        return Associations((), (), 0, 0, rules.sample.fdr, say("finding.need_outcome"))
    features = features or case_features(Study(journey, rules))
    if features is None:
        return Associations((), (), 0, 0, rules.sample.fdr, say("why.need_wins"))
    return _judged(features, _measured(features))


# -- measuring -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Contrast:
    """One feature at one landmark: everyone, and stratum by stratum."""

    landmark: int
    column: Column
    code: int
    crude: Pair
    strata: tuple[Pair, ...]
    over: tuple[Column, ...]
    p: float

    @property
    def adjusted(self) -> tuple[float, float, float] | None:
        return standardised(self.strata) if self.strata else None


def _measured(features: FeatureTable) -> list[_Contrast]:
    """Every question that has enough cases; one GROUP BY a column."""
    chosen, landmarks = _strongest(features), range(len(features.landmarks))
    found: list[_Contrast] = []
    for column in features.columns:
        if column.codes and any((i, column.name) in features.early for i in landmarks):
            over = tuple(c for c in chosen if not _same(c, column))[:STRATA]
            found += _contrasts(features, column, over)
    return found


def _same(one: Column, other: Column) -> bool:
    """Whether they are the same column of the log: its values, and whether it has any."""
    return one.name == other.name or bool(one.of and one.of == other.of)


def _strongest(features: FeatureTable) -> list[Column]:
    """The confounders by how much of the outcome's variance they go with, the strongest first."""
    return sorted(features.confounders, key=lambda c: (-_between(features, c), c.name))


def _between(features: FeatureTable, column: Column) -> float:
    """Sum of squares between the column's values within landmarks, beyond what chance brings."""
    cells = _cells(features, (column,))
    by_landmark: dict[int, list[Cell]] = defaultdict(list)
    for (landmark, _code), cell in cells.items():
        by_landmark[landmark].append(cell)
    total = 0.0
    for group in by_landmark.values():
        everyone = sum(group, Cell())
        between = everyone.spread - sum(cell.spread for cell in group)
        total += between - (len(group) - 1) * everyone.spread / everyone.n
    return total


def _cells(features: FeatureTable, columns: Sequence[Column]) -> dict[tuple[int, ...], Cell]:
    """Number, sum and sum of squares of ``y`` by landmark and the codes of `columns`."""
    by = ["landmark", *(column.name for column in columns)]
    grouped = features.table.group_by(*by).aggregate(
        n=_.count(), total=_.y.sum(), squares=(_.y * _.y).sum()
    )
    rows = features.study.engine.rows(grouped)
    cells = {tuple(row[: len(by)]): Cell(*row[len(by) :]) for row in rows}
    return dict(sorted(cells.items(), key=lambda item: repr(item[0])))


def _contrasts(
    features: FeatureTable, column: Column, over: tuple[Column, ...]
) -> Iterator[_Contrast]:
    by_landmark: dict[int, dict[tuple[Any, ...], dict[Any, Cell]]] = {}
    for (landmark, code, *stratum), cell in _cells(features, (column, *over)).items():
        if code is not None:
            strata = by_landmark.setdefault(landmark, {})
            strata.setdefault(tuple(stratum), {})[code] = cell
    for landmark, strata in sorted(by_landmark.items()):
        if (landmark, column.name) in features.early:
            for code in column.codes:
                contrast = _contrast(features, landmark, column, code, strata, over)
                if contrast is not None:
                    yield contrast


def _contrast(
    features: FeatureTable,
    landmark: int,
    column: Column,
    code: int,
    strata: Mapping[tuple[Any, ...], Mapping[Any, Cell]],
    over: tuple[Column, ...],
) -> _Contrast | None:
    pairs = [_pair(cells, code) for cells in strata.values()]
    crude = Pair(sum((p.inside for p in pairs), Cell()), sum((p.outside for p in pairs), Cell()))
    least = features.study.rules.sample.least
    if min(crude.inside.n, crude.outside.n) < least or crude.expected < EXPECTED:
        return None
    telling = tuple(p for p in pairs if min(p.inside.n, p.outside.n) > 1) if over else ()
    if sum(p.inside.n for p in telling) < SHARED * crude.inside.n:
        telling = ()
    p = max(mantel([crude]), mantel(telling) if telling else 0.0)
    return _Contrast(landmark, column, code, crude, telling, over, p)


def _pair(cells: Mapping[Any, Cell], code: int) -> Pair:
    inside = cells.get(code, Cell())
    return Pair(inside, sum(cells.values(), Cell()) - inside)


# -- judging ---------------------------------------------------------------------------------------


def _judged(features: FeatureTable, tested: Sequence[_Contrast]) -> Associations:
    rules = features.study.rules
    honest = [c for c in tested if not _is_copy(c)]
    q_values = benjamini_hochberg([c.p for c in honest])
    crude_q = benjamini_hochberg([mantel([c.crude]) for c in honest])
    hold, gone = [], []
    for contrast, q, crude in zip(honest, q_values, crude_q, strict=True):
        survives = _survives(contrast, rules.why.shrink)
        if q <= rules.sample.fdr and survives:
            hold.append((contrast, q))
        elif crude <= rules.sample.fdr and not survives:
            gone.append((contrast, q))
    hold.sort(key=_rank)
    gone.sort(key=_rank)
    most = rules.why.listed
    return Associations(
        items=tuple(_association(features, c, q, lost=False) for c, q in hold[:most]),
        withdrawn=tuple(_association(features, c, q, lost=True) for c, q in gone[:most]),
        tested=len(honest),
        significant=len(hold),
        fdr=rules.sample.fdr,
    )


def _is_copy(c: _Contrast) -> bool:
    return c.column.kind in ("attribute", "filled") and abs(c.crude.gap) >= COPY


def _survives(c: _Contrast, shrink: float) -> bool:
    """Whether the stratified effect points the same way, surely, and keeps enough of its size."""
    if c.adjusted is None:
        return True
    gap, low, high = c.adjusted
    return low * high > 0 and gap * c.crude.gap > 0 and abs(gap) >= shrink * abs(c.crude.gap)


def _rank(judged: tuple[_Contrast, float]) -> tuple[float, int, str, int]:
    c, _q = judged
    effect = min(abs(c.crude.gap), abs(c.adjusted[0])) if c.adjusted else abs(c.crude.gap)
    return -effect * c.crude.inside.n, c.landmark, c.column.name, c.code


def _association(features: FeatureTable, c: _Contrast, q: float, *, lost: bool) -> Association:
    table = features.table.filter(_.landmark == c.landmark, features.table[c.column.name].notnull())
    having = table.filter(table[c.column.name] == c.code)
    measure = table.group_by(having=table[c.column.name] == c.code).aggregate(
        n=_.count(), share=_.y.mean()
    )
    censored = features.censored[c.landmark]
    return Association(
        feature=c.column.titled(c.code),
        value=c.column.values[c.code].zh if not c.column.is_flag else c.column.of,
        landmark=features.landmarks[c.landmark],
        n_with=c.crude.inside.n,
        n_without=c.crude.outside.n,
        share_with=_fact(share_of(c.crude.inside), c.crude.inside.n, "incidence_wilson"),
        share_without=_fact(share_of(c.crude.outside), c.crude.outside.n, "incidence_wilson"),
        effect=_fact(difference(c.crude), c.crude.all.n, "newcombe", censored),
        adjusted=_adjusted(c),
        over=tuple(column.of or column.kind for column in c.over),
        p=c.p,
        q=q,
        caveats=_caveats(features, c, lost=lost),
        cases=_examples(features, having),
        sql=features.study.engine.sql(measure),
    )


def _fact(
    interval: tuple[float, float, float], n: int, method: str, censored: int | None = None
) -> Fact:
    value, low, high = interval
    return Fact(value, "share", n, method, censored=censored, ci_low=low, ci_high=high)


def _adjusted(c: _Contrast) -> Fact:
    if c.adjusted is None:
        reason = say("why.no_strata" if c.over else "why.no_confounder")
        return Fact.unknown("share", reason, n=c.crude.all.n, method="mantel_haenszel")
    return _fact(c.adjusted, sum(p.all.n for p in c.strata), "mantel_haenszel")


def _caveats(features: FeatureTable, c: _Contrast, *, lost: bool) -> tuple[Text, ...]:
    told = [say("finding.caveat_association")]
    over = Text(*(_listed(c.over, lang) for lang in LANGS))
    if c.adjusted is None:
        told.append(say("why.no_strata" if c.over else "why.no_confounder"))
    elif lost:
        flips = c.adjusted[0] * c.crude.gap < 0
        told.append(say("why.turns" if flips else "why.shrinks", over=over))
    if features.censored[c.landmark]:
        told.append(say("why.censored", n=features.censored[c.landmark]))
    return tuple(told)


def _listed(columns: Sequence[Column], lang: Lang) -> str:
    names = [column.of or say(f"why.of_{column.kind}").in_(lang) for column in columns]
    return say("why.comma").in_(lang).join(names)


def _examples(features: FeatureTable, having: ir.Table) -> tuple[str, ...]:
    first = having.select("case_id").order_by("case_id").limit(EXAMPLES)
    return tuple(sorted(row.case_id for row in features.study.engine.rows(first)))
