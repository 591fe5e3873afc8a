"""What is known about a case at a landmark: one table of features, none of which looks ahead.

Every feature is a column of small integers, so that "who has it, who has not, and how did they fare"
is a GROUP BY. Nothing that the landmark has not seen yet goes in, nor a column that records the
outcome under another name (the words that tell such columns are data: ``templates/features.toml``).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.contrast import Cell
from journeylib.findings.facts import (
    Kind,
    Source,
    activities_of,
    facts_of,
    sources_of,
    steps_of,
    words,
)
from journeylib.findings.landmarks import GRAIN, Followed, Landmark, followed
from journeylib.findings.study import Study
from journeylib.lifecycle import matches
from journeylib.terms import Text, say

EXAMPLES = 20
NEVER, ALWAYS = 0.02, 0.8
"""Shares of winning that, side by side in one column, are taken for the outcome itself."""
_QUARTERS = (0.25, 0.5, 0.75)
_MONTHS = 36
_HELD_HEX = 256


Cells: TypeAlias = dict[tuple[Any, ...], Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the feature table: code i stands for `values[i]`, -1 for any other value.

    Null is "not known at the landmark". A yes-or-no column has codes 0 and 1 and one entry of
    `values` that is asked about, the second. `of` is the log's column or activity.
    """

    name: str
    kind: Kind
    of: str
    values: tuple[Text, ...]

    @property
    def codes(self) -> range:
        """The codes worth asking about; none of the month, which only serves to stratify."""
        if self.kind == "month":
            return range(0)
        return range(1, 2) if self.is_flag else range(len(self.values))

    @property
    def is_flag(self) -> bool:
        """Whether it is a matter of yes or no."""
        return self.kind in ("filled", "activity", "repeat", "slow")

    def titled(self, code: int) -> Text:
        """The feature in words: ``channel is 官网``, ``“报价” done before``."""
        return say(f"why.{self.kind}", of=self.of, value=self.values[code])


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """`table`: ``landmark case_id arrived y held`` and the `columns`, one row per landmark and case.

    ``y`` is winning by the landmark's horizon (a pseudo-value where censored); ``held`` marks the
    cases kept for confirmation. `confounders` are the columns over which others are stratified;
    The month of the start is only that: a
    holiday slows a month's cases down, which is no feature of theirs; `drift` compares months.
    `early` says at which landmarks (by column name) a column may be asked about: an activity that
    mostly follows a landmark marks, if done before it, a case that came back from further on.
    """

    study: Study
    landmarks: tuple[Landmark, ...]
    censored: tuple[int, ...]
    table: ir.Table
    columns: tuple[Column, ...]
    confounders: tuple[Column, ...]
    early: frozenset[tuple[int, str]]

    _counted: dict[tuple[str, ...], Cells] = field(default_factory=dict, init=False, repr=False)

    def cells(self, *by: str) -> Cells:
        """Number, sum and sum of squares of ``y`` for each combination of these columns.

        Counted once: fewer columns than asked for before are summed up from what is there.
        """
        for known, cells in self._counted.items():
            if set(by) <= set(known):
                return _marginal(cells, [known.index(name) for name in by])
        self._counted[by] = self._count(*by)
        return self._counted[by]

    def _count(self, *by: str) -> Cells:
        # Whole numbers add up to the same in every order, so in every run and on every engine.
        whole = (self.table.y / GRAIN).round().cast("int64")
        grouped = (
            self.table.select(*by, whole=whole)
            .group_by(*by)
            .aggregate(n=_.count(), total=_.whole.sum(), squares=(_.whole * _.whole).sum())
        )
        found = {
            tuple(row[: len(by)]): Cell(row.n, row.total * GRAIN, row.squares * GRAIN**2)
            for row in self.study.engine.rows(grouped)
        }
        return dict(sorted(found.items(), key=lambda item: [_order(code) for code in item[0]]))

    def examples(self, having: ir.Table) -> tuple[str, ...]:
        """The first of these cases by name."""
        first = having.select("case_id").order_by("case_id").limit(EXAMPLES)
        return tuple(sorted(row.case_id for row in self.study.engine.rows(first)))


def case_features(study: Study) -> FeatureTable | None:
    """The features of every case at every landmark; None where no landmark has enough cases."""
    log, engine = study.journey.log, study.engine
    steps = engine.materialise(steps_of(log), "steps")
    cohort = followed(study, steps)
    if cohort is None:
        return None
    sources = sources_of(study)
    facts = engine.materialise(facts_of(study, steps, sources), "facts")
    joined = cohort.table.join(facts, "case_id")
    columns, codes = _columns(study, facts, joined, sources)
    early = _early(study, cohort, joined, columns)
    columns = tuple(c for c in columns if any(name == c.name for _landmark, name in early))
    asked = {c.name: codes[c.name] for c in columns}
    table = engine.materialise(
        joined.select("landmark", "case_id", "arrived", "y", held=held_out(study, joined), **asked),
        "features",
    )
    marks, confounders = cohort.landmarks, _confounders(columns)
    features = FeatureTable(study, marks, cohort.censored, table, columns, confounders, early)
    copies = outcome_copies(features)
    named = {name for _landmark, name in copies}
    return replace(
        features,
        confounders=tuple(c for c in features.confounders if c.name not in named),
        early=features.early - copies,
    )


def _order(code: int | None) -> int:
    """Unknown before all others."""
    return -2 if code is None else code


def _marginal(cells: Cells, keep: Sequence[int]) -> Cells:
    found: Cells = {}
    for key, cell in cells.items():
        part = tuple(key[i] for i in keep)
        found[part] = found.get(part, Cell()) + cell
    return found


def held_out(study: Study, cases: ir.Table) -> ir.BooleanColumn:
    """Kept for confirmation: by the case's name alone, so the same in every run and on any engine."""
    bound = f"{round(study.rules.why.holdout * _HELD_HEX):02x}"
    held: ir.BooleanColumn = cases.case_id.cast("string").hexdigest("md5").substr(0, 2) < bound
    return held


# -- from facts to codes ---------------------------------------------------------------------------


def _columns(
    study: Study, facts: ir.Table, joined: ir.Table, sources: Sequence[Source]
) -> tuple[tuple[Column, ...], dict[str, ir.Column]]:
    """Columns and the expressions of their codes, as of ``arrived``."""
    made = [
        *_value_codes(study, facts, joined, sources),
        *_activity_codes(study, joined),
        *_time_codes(study, facts, joined),
    ]
    columns = [Column(f"x{i}", kind, of, values) for i, (kind, of, values, _c) in enumerate(made)]
    codes = {column.name: code for column, (*_rest, code) in zip(columns, made, strict=True)}
    return tuple(columns), codes


_Made = tuple[Kind, str, tuple[Text, ...], ir.Column]


def _yes_no() -> tuple[Text, ...]:
    return say("why.no"), say("why.yes")


def _value_codes(
    study: Study, facts: ir.Table, joined: ir.Table, sources: Sequence[Source]
) -> Iterator[_Made]:
    for s in sources:
        known = joined[s.known] <= joined.arrived
        code, values = (
            _bands(study, facts, joined, s) if s.numeric else _tops(study, facts, joined, s)
        )
        if len(values) > 1:
            yield s.kind, s.of, values, known.ifelse(code, None).cast("int8")
        if s.kind == "attribute":
            filled = known.fill_null(False).cast("int8")
            yield "filled", s.of, _yes_no(), filled


def _tops(
    study: Study, facts: ir.Table, joined: ir.Table, s: Source
) -> tuple[ir.Column, tuple[Text, ...]]:
    """The most frequent values by code."""
    counted = facts.filter(facts[s.value].notnull()).group_by(value=facts[s.value].cast("string"))
    top = counted.aggregate(n=_.count()).order_by(ibis.desc("n"), "value")
    least, most = study.rules.sample.least, study.rules.why.values
    rows = study.engine.rows(top.filter(_.n >= least).limit(most))
    names = [row.value for row in sorted(rows, key=lambda row: (-row.n, row.value))]
    text = joined[s.value].cast("string")
    branches = [(text == name, i) for i, name in enumerate(names)]
    code = ibis.cases(*branches, else_=-1) if names else ibis.literal(-1)
    return code, tuple(Text.same(name) for name in names)


def _bands(
    study: Study, facts: ir.Table, joined: ir.Table, s: Source
) -> tuple[ir.Column, tuple[Text, ...]]:
    """Quartile bands of a number, over the first values of all cases."""
    numbers = facts[s.value].cast("float64")
    cuts = study.engine.row(
        facts.aggregate(**{f"q{i}": numbers.quantile(q) for i, q in enumerate(_QUARTERS)})
    )
    ends = sorted({cut for cut in cuts if cut is not None})
    here = joined[s.value].cast("float64")
    branches = [(here <= end, i) for i, end in enumerate(ends)]
    code = ibis.cases(*branches, else_=len(ends)) if ends else ibis.literal(-1)
    return code, tuple(_band_names(ends))


def _band_names(ends: Sequence[float]) -> Iterator[Text]:
    if ends:
        yield Text.same(f"≤ {ends[0]:,.6g}")
        yield from (Text.same(f"{a:,.6g}–{b:,.6g}") for a, b in itertools.pairwise(ends))
        yield Text.same(f"> {ends[-1]:,.6g}")


def _activity_codes(study: Study, joined: ir.Table) -> Iterator[_Made]:
    for i, name in enumerate(activities_of(study)):
        for kind, stem in (("activity", "first"), ("repeat", "again")):
            if f"{stem}_{i}" in joined.columns:
                before = (joined[f"{stem}_{i}"] < joined.arrived).fill_null(False)
                yield kind, name, _yes_no(), before.cast("int8")  # type: ignore[misc]


def _time_codes(study: Study, facts: ir.Table, joined: ir.Table) -> Iterator[_Made]:
    """Month and weekday of the start in local time; whether the way here was slower than median."""
    month = joined.local_start.year() * 12 + joined.local_start.month() - 1
    first, last = _month_range(study, facts)
    if first < last:
        names = tuple(Text.same(f"{m // 12}-{m % 12 + 1:02}") for m in range(first, last + 1))
        code = (month >= first).ifelse(month - first, -1)
        yield "month", "", names, code.cast("int8")
    days = tuple(say(f"why.weekday_{day}") for day in range(7))
    yield "weekday", "", days, joined.local_start.day_of_week.index().cast("int8")
    so_far = joined.arrived - joined.start
    rows = study.engine.rows(
        joined.select("landmark", so_far=so_far)
        .group_by("landmark")
        .aggregate(median=_.so_far.median())
    )
    slow = ibis.cases(*((joined.landmark == r.landmark, so_far > r.median) for r in rows))
    yield "slow", "", _yes_no(), slow.fill_null(False).cast("int8")


def _month_range(study: Study, facts: ir.Table) -> tuple[int, int]:
    """The last `_MONTHS` months in which cases start."""
    month = facts.local_start.year() * 12 + facts.local_start.month() - 1
    row = study.engine.row(facts.aggregate(low=month.min(), high=month.max()))
    return max(row.low, row.high - _MONTHS + 1), row.high


# -- what may be asked -----------------------------------------------------------------------------


def _confounders(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Segment, amount band, whatever tells where a case came from, and the month it started in."""
    sources = tuple(words()["sources"])
    return tuple(
        c
        for c in columns
        if c.kind in ("segment", "amount", "channel", "month")
        or (c.kind == "attribute" and matches(c.of, sources))
    )


def _early(
    study: Study, cohort: Followed, joined: ir.Table, columns: Sequence[Column]
) -> frozenset[tuple[int, str]]:
    """Landmark and column, where those who ever do it (or tell it) mostly did so by then."""
    when = _moments(study, joined, columns)
    counts: dict[str, Any] = {}
    for column in columns:
        if column.name in when:
            at = when[column.name]
            # What the landmark's own event tells is known there; what happens at once is not done yet.
            by = at <= joined.arrived if column.kind == "filled" else at < joined.arrived
            counts |= {
                f"by_{column.name}": by.cast("int64").sum(),
                f"all_{column.name}": at.count(),
            }
    rows = study.engine.rows(joined.group_by("landmark").aggregate(**counts)) if counts else []
    least = study.rules.sample.least
    mostly = [
        (row.landmark, name)
        for row in rows
        for name in when
        if (by_then := getattr(row, f"by_{name}") or 0) >= least
        and 2 * by_then >= getattr(row, f"all_{name}")
    ]
    always = [c.name for c in columns if c.name not in when]
    return frozenset([*mostly, *((i, n) for i in range(len(cohort.landmarks)) for n in always)])


def _moments(
    study: Study, joined: ir.Table, columns: Sequence[Column]
) -> dict[str, ir.IntegerColumn]:
    """When, in each case, a thing was first done or told: by column of the feature table."""
    index = {name: i for i, name in enumerate(activities_of(study))}
    known = {source.of: source.known for source in sources_of(study)}
    return {
        c.name: joined[known[c.of] if c.kind == "filled" else f"first_{index[c.of]}"]
        for c in columns
        if c.kind in ("filled", "activity", "repeat")
    }


def outcome_copies(features: FeatureTable) -> frozenset[tuple[int, str]]:
    """Landmark and column, where each value of an attribute all but decides the outcome.

    Such a column records the outcome under another name, whatever its own.
    """
    found = []
    for column in features.columns:
        if column.kind in ("attribute", "filled"):
            shares: dict[int, list[float]] = {}
            for (landmark, code), cell in features.cells("landmark", column.name).items():
                if code is not None and cell.n >= features.study.rules.sample.least:
                    shares.setdefault(landmark, []).append(cell.mean)
            found += [(i, column.name) for i, some in shares.items() if _decide(some)]
    return frozenset(found)


def _decide(shares: Sequence[float]) -> bool:
    return (
        min(shares) <= NEVER
        and all(s <= NEVER or s >= ALWAYS for s in shares)
        and (max(shares) >= ALWAYS)
    )
