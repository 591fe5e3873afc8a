"""What a what-if is computed from: compact arrays, one row per case and thing that is timed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.engine import Engine
from journeylib.goals.whatif.gaps import savings, subsets
from journeylib.goals.whatif.interventions import Intervention, RaiseConversion
from journeylib.journey import Journey
from journeylib.stays import stays

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

CYCLE = "\x00cycle"
"""Names the whole way beside the stages; no stage is called so."""


@dataclass(frozen=True, eq=False)
class Spans:
    """Timed stretches: `case` (place of the case), `duration` (h), `cause` (0 open, 1 on or won,
    2 lost), and what each subset of the interventions would `save` (h, a column a subset).
    """

    case: Places
    duration: Numbers
    cause: Places
    saved: Numbers


@dataclass(frozen=True, eq=False)
class Loads:
    """Events per case and department: how many remain under each subset (a column a subset)."""

    names: tuple[str, ...]
    case: Places
    department: Places
    events: Numbers


@dataclass(frozen=True, eq=False)
class CaseTable:
    """All a what-if asks of the log. `spans` by stage id, the whole way under `CYCLE`."""

    cases: int
    spans: dict[str, Spans]
    loads: Loads | None


def case_table(journey: Journey, interventions: Sequence[Intervention]) -> CaseTable:
    """One pass over the log for these interventions (at any adherence)."""
    timed = [each for each in interventions if not isinstance(each, RaiseConversion)]
    engine = journey.log.engine
    stayed = engine.materialise(stays_of(journey), "stays")
    saved = savings(journey, stayed, timed)
    number = _numbering(journey)
    return CaseTable(
        len(number),
        _spans(journey, stayed, saved, len(timed), number),
        _loads(journey, saved, len(timed), number),
    )


def stays_of(journey: Journey) -> ir.Table:
    """Each visit of a stage: ``case_id stage_id entered duration`` (µs) ``cause``, as mined."""
    return stays(journey.visit_table, journey.case_table, journey.log.totals.last_at)


def ways(journey: Journey) -> ir.Table:
    """Each case from first event to outcome: ``case_id start entered duration`` (µs) ``cause``.

    Without outcomes a case ends with its last event.
    """
    c = journey.case_table
    if journey.outcomes.won is None:
        return c.select("case_id", entered=c.start, duration=c.end - c.start, cause=1)
    until = c.outcome_at.coalesce(journey.log.totals.last_at)
    cause = ibis.cases((c.outcome == "won", 1), (c.outcome == "lost", 2), else_=0)
    return c.select("case_id", entered=c.start, duration=until - c.start, cause=cause)


def _numbering(journey: Journey) -> dict[Any, int]:
    """Cases by their place in the order of their ids."""
    ids = sorted(row.case_id for row in journey.log.engine.rows(journey.case_table[["case_id"]]))
    return {id: place for place, id in enumerate(ids)}


def _spans(
    journey: Journey,
    stayed: ir.Table,
    saved: ir.Table | None,
    timed: int,
    number: dict[Any, int],
) -> dict[str, Spans]:
    import numpy as np

    whole = ways(journey).mutate(what=ibis.literal(CYCLE))
    names = ("case_id", "what", "entered", "duration", "cause")
    parts = [
        part.select(*names[:2], **{name: part[name].cast("int64") for name in names[2:]})
        for part in (whole, stayed.mutate(what=_.stage_id.cast("string")))
    ]
    both = journey.log.engine.materialise(ibis.union(*parts), "spans")
    columns = _columns(journey.log.engine, _with_savings(both, saved, timed))
    what, case = (
        columns["what"],
        np.array([number[id] for id in columns["case_id"]], dtype=np.int64),
    )
    shortened = np.column_stack(
        [np.zeros(len(case)), *(columns[f"s_{n}"] / 3.6e9 for n in range(1, 2**timed))]
    )
    order = np.lexsort((case, columns["cause"] == 0, columns["duration"]))
    found = {}
    for name in sorted(set(what)):
        rows = order[what[order] == name]
        hours = columns["duration"][rows] / 3.6e9
        found[name] = Spans(case[rows], hours, columns["cause"][rows], shortened[rows])
    return found


def _with_savings(spans: ir.Table, saved: ir.Table | None, timed: int) -> ir.Table:
    """Of each subset, what it saves between the ends of each span: the most any of them saves of a
    gap, summed.
    """
    if saved is None:
        return spans
    choices = list(enumerate(subsets(timed)))[1:]
    best = {f"g_{n}": _most([saved[f"saved_{i}"] for i in chosen]) for n, chosen in choices}
    gaps = saved.select("case_id", "since", "at", **best)
    inside = spans.select("case_id", "what", begin=_.entered, end=_.entered + _.duration)
    inside = inside.join(gaps, "case_id")
    inside = inside.filter(inside.since >= inside.begin, inside["at"] <= inside.end)
    summed = inside.group_by("case_id", "what").aggregate(
        **{f"s_{n}": inside[f"g_{n}"].sum() for n, _chosen in choices}
    )
    joined = spans.left_join(summed, ["case_id", "what"])
    sums = {f"s_{n}": joined[f"s_{n}"].fill_null(0).cast("int64") for n, _chosen in choices}
    return joined.select(*spans.columns, **sums)


def _most(columns: Sequence[ir.IntegerValue]) -> ir.IntegerValue:
    """The greatest of them; Spark knows none of a single one."""
    return columns[0] if len(columns) == 1 else ibis.greatest(*columns)


def _loads(
    journey: Journey, saved: ir.Table | None, timed: int, number: dict[Any, int]
) -> Loads | None:
    import numpy as np

    if not journey.log.has("department"):
        return None
    by = ("case_id", "department")
    e = journey.event_table.filter(_.department.notnull())
    total = e.group_by(*by).aggregate(events=_.count())
    choices = list(enumerate(subsets(timed)))[1:]
    if saved is not None:
        gone = {
            f"r_{n}": _most([saved[f"gone_{i}"] for i in chosen]).sum() for n, chosen in choices
        }
        fallen = saved.filter(saved.department.notnull()).group_by(*by).aggregate(**gone)
        joined = total.left_join(fallen, list(by))
        kept = {name: joined[name].fill_null(0).cast("int64") for name in gone}
        total = joined.select(*total.columns, **kept)
    columns = _columns(journey.log.engine, total.mutate(department=_.department.cast("string")))
    case = np.array([number[id] for id in columns["case_id"]], dtype=np.int64)
    names, department = np.unique(columns["department"].astype(str), return_inverse=True)
    events = np.column_stack(
        [columns["events"], *(columns["events"] - columns[f"r_{n}"] for n, _c in choices)]
    )
    order = np.lexsort((case, department))
    return Loads(
        tuple(map(str, names)), case[order], department[order], events[order].astype(np.float64)
    )


def _columns(engine: Engine, expr: ir.Table) -> dict[str, npt.NDArray[Any]]:
    """The result as arrays, by column."""
    import numpy as np

    if engine.name == "duckdb":
        found = engine.backend.con.execute(engine.sql(expr)).fetchnumpy()
        return {name: np.asarray(found[name]) for name in expr.columns}
    table = expr.to_pyarrow()
    return {name: np.array(table[name].to_pylist()) for name in expr.columns}
