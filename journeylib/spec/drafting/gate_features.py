"""What was known of each case when it passed a gate, and whether it was won afterwards.

A gate is passed on arriving at the stage behind it. Only what lies before that event counts (by
position, so that ties in time cannot smuggle anything in), only cases still undecided then are
compared, and what becomes of them is judged at a horizon (`findings.landmarks`). Columns that record
the outcome are left out, each with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.facts import steps_of, words
from journeylib.findings.features import Column, FeatureTable, held_out, outcome_copies
from journeylib.findings.landmarks import Followed, followed
from journeylib.findings.rules import Rules
from journeylib.findings.study import Study
from journeylib.lifecycle import matches
from journeylib.spec.drafting.evidence import Evidence, as_number
from journeylib.terms import Text, say

DECILES = tuple(round(0.1 * step, 1) for step in range(1, 10))


@dataclass(frozen=True, eq=False)
class GateFeatures:
    """`features` has a row per gate and case; `cuts` the thresholds of numbers by column name.

    The code of a number is how many cuts it reaches. `gates` gives, by landmark, the stage that is
    left; `dropped` the attributes that were not asked about, and why.
    """

    features: FeatureTable
    gates: Mapping[int, str]
    cuts: Mapping[str, tuple[float, ...]]
    dropped: Mapping[str, Text]


def gate_features(evidence: Evidence, rules: Rules) -> GateFeatures | None:
    """The features at every gate; None where no gate has enough decided cases on either side."""
    study = Study(evidence.journey, rules)
    cohort = followed(study, study.engine.materialise(steps_of(evidence.journey.log), "steps"))
    if cohort is None or cohort.landmarks[0].kind != "stage":
        return None
    gates = dict(_gates(evidence, cohort))
    if not gates:
        return None
    passed = _passed(evidence, cohort, gates)
    leaks = {a: say("draft.dropped_by_name") for a in evidence.items if _tells_outcome(a)}
    kept = [a for a in evidence.items if a not in leaks]
    wide = study.engine.materialise(_wide(evidence, passed, kept), "at_gates")
    columns, codes, cuts = _columns(study, evidence, wide, kept)
    held = held_out(study, wide)
    named = {c.name: code for c, code in zip(columns, codes, strict=True)}
    table = wide.select("landmark", "case_id", "y", held=held, **named)
    features = FeatureTable(
        study,
        cohort.landmarks,
        cohort.censored,
        study.engine.materialise(table, "gate_features"),
        tuple(columns),
        (),
        frozenset(_askable(evidence, columns, gates)),
    )
    copies = outcome_copies(features)
    leaks |= {
        c.of: say("draft.dropped_as_copy") for c in columns for _i, n in copies if c.name == n
    }
    return GateFeatures(replace(features, early=features.early - copies), gates, cuts, leaks)


def _tells_outcome(attribute: str) -> bool:
    return matches(attribute, tuple(words()["leaks"]))


def _gates(evidence: Evidence, cohort: Followed) -> Iterator[tuple[int, str]]:
    """Landmark → the stage before it; nothing is left on arriving at the first."""
    order = [stage.id for stage in evidence.stages]
    for i, mark in enumerate(cohort.landmarks):
        if mark.id in order[1:]:
            yield i, order[order.index(mark.id) - 1]


def _passed(evidence: Evidence, cohort: Followed, gates: Mapping[int, str]) -> ir.Table:
    """``landmark case_id y gate``: the position of the first event behind the gate."""
    behind = [(cohort.table.landmark == i, cohort.landmarks[i].id) for i in sorted(gates)]
    marks = cohort.table.mutate(stage_id=ibis.cases(*behind)).filter(_.stage_id.notnull())
    visits = evidence.cohort.visits.select("case_id", "stage_id", gate="entered")
    return marks.join(visits, ["case_id", "stage_id"]).select("landmark", "case_id", "y", "gate")


def _wide(evidence: Evidence, passed: ir.Table, attributes: Sequence[str]) -> ir.Table:
    """A row per gate and case: the last value of each attribute before it, and what was done."""
    cohort = evidence.cohort
    values = {f"value_{i}": _value(evidence, a) for i, a in enumerate(attributes)}
    told = cohort.events.select("case_id", "position", "activity", **values)
    before = passed.left_join(
        told, [passed.case_id == told.case_id, told.position < passed.gate]
    ).select(passed, "position", "activity", *values)
    latest = {
        name: before[name].argmax(before.position, where=before[name].notnull()) for name in values
    }
    done = {
        f"done_{i}": (before.activity == name).fill_null(False).any()
        for i, name in enumerate(_activities(evidence))
    }
    return before.group_by("landmark", "case_id").aggregate(y=before.y.max(), **latest, **done)


def _value(evidence: Evidence, attribute: str) -> ir.Column:
    column = evidence.cohort.events[attribute]
    return as_number(column) if _is_number(evidence, attribute) else column.cast("string")


def _is_number(evidence: Evidence, attribute: str) -> bool:
    return evidence.items[attribute].type == "number"


def _activities(evidence: Evidence) -> tuple[str, ...]:
    """What the draft keeps and nothing is decided by."""
    kept = [a for stage in evidence.stages for a in evidence.activities(stage.id)]
    return tuple(a.name for a in kept if a.decides is None)


# -- codes -----------------------------------------------------------------------------------------


def _columns(
    study: Study, evidence: Evidence, wide: ir.Table, attributes: Sequence[str]
) -> tuple[list[Column], list[ir.Column], dict[str, tuple[float, ...]]]:
    made: list[tuple[Column, ir.Column]] = []
    cuts: dict[str, tuple[float, ...]] = {}
    for i, attribute in enumerate(attributes):
        value = wide[f"value_{i}"]
        made.append((Column(f"f{i}", "filled", attribute, _FLAG), value.notnull().cast("int8")))
        if _is_number(evidence, attribute):
            cuts[f"v{i}"] = ends = _cuts(study, wide, value)
            codes, names = _reached(value, ends), tuple(Text.same(f"{cut:g}") for cut in ends)
        else:
            codes, names = _tops(study, wide, value)
        if names:
            made.append((Column(f"v{i}", "attribute", attribute, names), codes))
    for i, name in enumerate(_activities(evidence)):
        made.append((Column(f"d{i}", "activity", name, _FLAG), wide[f"done_{i}"].cast("int8")))
    return [column for column, _code in made], [code for _column, code in made], cuts


_FLAG = (Text("否", "no"), Text("是", "yes"))


def _cuts(study: Study, wide: ir.Table, value: ir.Column) -> tuple[float, ...]:
    """Deciles, rounded to two figures: people can remember 100,000 but not 98,731.5."""
    wanted = {f"q{i}": value.quantile(q) for i, q in enumerate(DECILES)}
    row = study.engine.row(wide.aggregate(**wanted))
    return tuple(sorted({float(f"{cut:.2g}") for cut in row if cut is not None}))


def _reached(value: ir.Column, cuts: Sequence[float]) -> ir.Column:
    steps = [(value >= cut).cast("int8") for cut in cuts]
    return sum(steps[1:], start=steps[0]) if steps else ibis.null("int8")


def _tops(study: Study, wide: ir.Table, value: ir.Column) -> tuple[ir.Column, tuple[Text, ...]]:
    """The most frequent values by code, -1 for all others."""
    counted = wide.filter(value.notnull()).group_by(value=value).aggregate(n=_.case_id.nunique())
    top = counted.order_by(ibis.desc("n"), "value").limit(study.rules.why.values)
    rows = study.engine.rows(top.filter(_.n >= study.rules.sample.least))
    names = [row.value for row in sorted(rows, key=lambda row: (-row.n, row.value))]
    branches = [(value == name, i) for i, name in enumerate(names)]
    codes = ibis.cases(*branches, else_=-1) if names else ibis.literal(-1)
    return value.notnull().ifelse(codes, None).cast("int8"), tuple(map(Text.same, names))


def _askable(
    evidence: Evidence, columns: Sequence[Column], gates: Mapping[int, str]
) -> Iterator[tuple[int, str]]:
    """Gate and column, where the gate can ask for it: nothing that belongs to a later stage.

    Whoever did it earlier has come back from further on, and is another kind of case.
    """
    rank: dict[Any, int] = {stage.id: i for i, stage in enumerate(evidence.stages)}
    for landmark, stage in gates.items():
        for column in columns:
            home = _home(evidence, column)
            if home is None or rank.get(home, 0) <= rank[stage]:
                yield landmark, column.name


def _home(evidence: Evidence, column: Column) -> str | None:
    """The stage in which it is mostly done or first known."""
    if column.kind == "activity":
        return evidence.journey.activity(column.of).stage
    return evidence.first_filled[column.of].stage
