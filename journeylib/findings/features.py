"""What is known about a case at a landmark: one table of features, none of which looks ahead.

Every feature is a column of small integers, so that "who has it, who has not, and how did they fare"
is a GROUP BY. Nothing that the landmark has not seen yet goes in, nor a column that records the
outcome under another name (the words that tell such columns are data: ``templates/features.toml``).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.landmarks import Followed, Landmark, followed
from journeylib.findings.study import Study
from journeylib.lifecycle import matches
from journeylib.log import EventLog
from journeylib.terms import Text, load_template, say

Kind = Literal[
    "segment", "channel", "department", "system", "amount", "attribute",
    "filled", "activity", "repeat", "slow", "month", "weekday",
]  # fmt: skip
_NAMES = ("segment", "channel", "department", "system")
_QUARTERS = (0.25, 0.5, 0.75)
_MONTHS = 36
_HELD_HEX = 256


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


def case_features(study: Study) -> FeatureTable | None:
    """The features of every case at every landmark; None where no landmark has enough cases."""
    log, engine = study.journey.log, study.engine
    steps = engine.materialise(_steps(log), "steps")
    cohort = followed(study, steps)
    if cohort is None:
        return None
    sources = _sources(study)
    facts = engine.materialise(_facts(study, steps, sources), "facts")
    joined = cohort.table.join(facts, "case_id")
    columns, codes = _columns(study, facts, joined, sources)
    table = engine.materialise(
        joined.select("landmark", "case_id", "arrived", "y", held=_held(study, joined), **codes),
        "features",
    )
    used = tuple(column for column in columns if column.name in codes)
    return FeatureTable(
        study,
        cohort.landmarks,
        cohort.censored,
        table,
        used,
        _confounders(used),
        _early(study, cohort, joined, used),
    )


def _held(study: Study, cases: ir.Table) -> ir.BooleanColumn:
    """Kept for confirmation: by the case's name alone, so the same in every run and on any engine."""
    bound = f"{round(study.rules.why.holdout * _HELD_HEX):02x}"
    held: ir.BooleanColumn = cases.case_id.cast("string").hexdigest("md5").substr(0, 2) < bound
    return held


# -- facts of a case, each with the time at which it became known ---------------------------------


def _steps(log: EventLog) -> ir.Table:
    """Per case and activity: when it was first completed, and when again (null: never)."""
    done = log.completions
    firsts = done.group_by("case_id", "activity").aggregate(first=_.at.min(), times=_.count())
    several = firsts.filter(_.times > 1)
    again = (
        done.join(several, ["case_id", "activity"])
        .filter(lambda t: t.at > t["first"])
        .group_by("case_id", "activity")
        .aggregate(again=_.at.min())
    )
    return firsts.left_join(again, ["case_id", "activity"]).select(
        "case_id", "activity", "first", "again"
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """A column of the log whose first value is a feature; `i` numbers it."""

    i: int
    of: str
    kind: Kind
    numeric: bool

    @property
    def value(self) -> str:
        return f"value_{self.i}"

    @property
    def known(self) -> str:
        return f"known_{self.i}"


def _sources(study: Study) -> tuple[_Source, ...]:
    log = study.journey.log
    leaks = tuple(_words()["leaks"])
    attributes = [a for a in log.attributes if log.has(a) and not matches(a, leaks)]
    named: list[tuple[str, Kind]] = [(n, n) for n in _NAMES if log.has(n)]  # type: ignore[misc]
    named += [("amount", "amount")] if log.has("amount") else []
    named += [(a, "attribute") for a in attributes]
    kept = [(of, kind) for of, kind in named if _usable(log.events[of])]
    return tuple(
        _Source(i, of, kind, log.events[of].type().is_numeric())
        for i, (of, kind) in enumerate(kept)
    )


@functools.cache
def _words() -> dict[str, Any]:
    return load_template("", "features")


def _usable(column: ir.Column) -> bool:
    kind = column.type()
    return bool(kind.is_string() or kind.is_numeric() or kind.is_boolean() or kind.is_enum())


def _activities(study: Study) -> tuple[str, ...]:
    """The activities asked about: undeciding, the most frequent by cases."""
    asked = [a for a in study.journey.activities if not a.decides]
    asked.sort(key=lambda a: (-a.cases, a.name))
    return tuple(a.name for a in asked[: study.rules.why.activities])


def _facts(study: Study, steps: ir.Table, sources: Sequence[_Source]) -> ir.Table:
    """One row per case: first values and when known, first and second times of activities, start."""
    e = study.journey.log.events
    local = e.timestamp
    if study.journey.log.has("utc_offset"):
        local = local + e.utc_offset.fill_null(0).as_interval("m")
    values: dict[str, Any] = {"start": e.at.min(), "local_start": local.min()}
    for s in sources:
        told = e[s.of].notnull()
        values[s.value] = e[s.of].argmin(e.position, where=told)
        values[s.known] = e.at.min(where=told)
    times: dict[str, Any] = {}
    for i, name in enumerate(_activities(study)):
        here = steps.activity == name
        times[f"first_{i}"] = steps["first"].min(where=here)
        times[f"again_{i}"] = steps.again.min(where=here)
    first_values = e.group_by("case_id").aggregate(**values)
    return first_values.join(steps.group_by("case_id").aggregate(**times), "case_id")


# -- from facts to codes ---------------------------------------------------------------------------


def _columns(
    study: Study, facts: ir.Table, joined: ir.Table, sources: Sequence[_Source]
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
    study: Study, facts: ir.Table, joined: ir.Table, sources: Sequence[_Source]
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
    study: Study, facts: ir.Table, joined: ir.Table, s: _Source
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
    study: Study, facts: ir.Table, joined: ir.Table, s: _Source
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
    for i, name in enumerate(_activities(study)):
        for kind, stem in (("activity", "first"), ("repeat", "again")):
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
    sources = tuple(_words()["sources"])
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
    index = {name: i for i, name in enumerate(_activities(study))}
    known = {source.of: source.known for source in _sources(study)}
    return {
        c.name: joined[known[c.of] if c.kind == "filled" else f"first_{index[c.of]}"]
        for c in columns
        if c.kind in ("filled", "activity", "repeat")
    }
