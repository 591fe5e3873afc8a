"""Passages: a hand-over of work seen through one attribute that the sender knew.

All silos between departments are aggregates over this one table. Where the log has a history of
field changes, it tells who wrote what when (methods C3–C8); for attributes without one, the values
shown on events stand in (the snapshot proxy), from which typing by hand cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.engine import Engine
from journeylib.findings.rules import Silo
from journeylib.findings.values import same
from journeylib.journey import Journey
from journeylib.terms import Span

BY = ("attribute", "source", "target")
"""What passages are grouped by: an attribute on the way from one department to another."""

Scope = Mapping[str, frozenset[str]]
"""Attribute → the departments that need it, as they show or write it in enough of their cases."""


def shown_scope(engine: Engine, blocks: ir.Table, attributes: Sequence[str], least: float) -> Scope:
    """Who shows each attribute in at least the share `least` of its cases."""
    told = {
        f"k_{i}": blocks[f"told_{i}"].notnull().cast("int64").max() for i in range(len(attributes))
    }
    per_case = blocks.group_by("department", "case_id").aggregate(**told)
    rows = engine.rows(
        per_case.group_by("department").aggregate(
            n=_.count(), **{name: per_case[name].sum() for name in told}
        )
    )
    return {
        name: frozenset(r.department for r in rows if getattr(r, f"k_{i}") >= max(1, least * r.n))
        for i, name in enumerate(attributes)
    }


def written_scope(journey: Journey, blocks: ir.Table, least: float) -> Scope:
    """Who writes each attribute of the field changes in at least that share of its cases."""
    engine, changes = journey.log.engine, journey.log.changes
    assert changes is not None, "asked only of a log with field changes"
    cases = blocks.group_by("department").aggregate(n=_.case_id.nunique())
    at_work = {row.department: row.n for row in engine.rows(cases)}
    written = changes.filter(_.new.notnull(), _.department.notnull())
    counts = written.group_by("attribute", "department").aggregate(n=_.case_id.nunique())
    found: dict[str, set[str]] = {
        row.attribute: set()
        for row in engine.rows(changes.group_by("attribute").aggregate(n=_.count()))
    }
    for row in engine.rows(counts):
        if row.n >= least * at_work.get(row.department, float("inf")):
            found[row.attribute].add(row.department)
    return {name: frozenset(departments) for name, departments in found.items()}


# -- by the values shown on events -----------------------------------------------------------------


def shown_passages(
    blocks: ir.Table, attributes: Sequence[str], scope: Scope, rules: Silo
) -> Iterator[ir.Table]:
    """The passages of each attribute that some receiver needs, from what blocks show."""
    passed = blocks.filter(_.before.notnull())
    for i, name in enumerate(attributes):
        if scope.get(name):
            known = passed.filter(
                passed[f"before_told_{i}"].notnull(), _.department.isin(sorted(scope[name]))
            )
            yield _shown(known, i, name, rules)


def _shown(known: ir.Table, i: int, name: str, rules: Silo) -> ir.Table:
    seen, answer = known[f"seen_{i}"], known[f"first_{i}"]
    prompt = seen <= known.start_at + _us(rules.contradicts_within)
    asked = known[f"asked_{i}"] if f"asked_{i}" in known.columns else ibis.literal(False)
    return known.select(
        **_place(known, name),
        lost=known[f"shown_{i}"] == 0,
        seen_at=seen,
        until=known.end_at,
        told=known[f"before_told_{i}"],
        answer=prompt.ifelse(answer, None),
        asked=asked.fill_null(False),
        typed=ibis.null("boolean"),
    )


def _place(known: ir.Table, name: str) -> dict[str, ir.Value]:
    return {
        "attribute": ibis.literal(name),
        "source": known.before.cast("string"),
        "target": known.department.cast("string"),
        "case_id": known.case_id,
        "block": known.block,
        "start_at": known.start_at,
    }


# -- by the history of field changes ---------------------------------------------------------------


def written_passages(journey: Journey, blocks: ir.Table, scope: Scope, rules: Silo) -> ir.Table:
    """The passages of all attributes of the field changes.

    Visible to a department is what it writes itself, and what is written to a system in which it
    does at least the share `reads` of its work: a shared record is taken to be read.
    """
    needed = journey.log.engine.lookup(_pairs(scope), "needed")
    passed = blocks.filter(_.before.notnull()).select(
        *("case_id", "block", "before_end", "start_at", "until"),
        source=_.before.cast("string"),
        target=_.department.cast("string"),
    )
    met = passed.join(needed, "target").join(
        _writes(journey, rules.reads), ["case_id", "attribute"]
    )
    return _judged(_aggregated(met, rules), journey.log.totals.last_at, rules)


def _pairs(scope: Scope) -> dict[str, list[str]]:
    pairs = [(name, d) for name in sorted(scope) for d in sorted(scope[name])]
    return {"attribute": [name for name, _d in pairs], "target": [d for _n, d in pairs]}


def _writes(journey: Journey, least: float) -> ir.Table:
    """Values written: ``case_id attribute value written_at writer how readers``."""
    log = journey.log
    assert log.changes is not None, "asked only of a log with field changes"
    written = log.changes.filter(_.new.notnull()).select(
        *("case_id", "attribute", "system"),
        value=_.new,
        written_at=_.at,
        writer=_.department,
        how=_.source,
    )
    if not log.has("system"):
        return written.mutate(readers=ibis.null("array<string>")).drop("system")
    readers = _reads(log.work, least).group_by("system").aggregate(readers=_.department.collect())
    return written.left_join(readers, "system").drop("system", "system_right")


def _reads(work: ir.Table, least: float) -> ir.Table:
    """``department system`` where the department does at least that share of its work there."""
    there = work.filter(_.system.notnull()).group_by("department", "system").aggregate(n=_.count())
    shares = there.mutate(all=there.n.sum().over(group_by="department"))
    told = shares.filter(shares.n >= least * shares["all"])
    return told.select(department=_.department.cast("string"), system=_.system.cast("string"))


def _aggregated(met: ir.Table, rules: Silo) -> ir.Table:
    """One row a hand-over and attribute, from all that was written of that attribute and case."""
    at, value, by_now = met.written_at, met.value, met.written_at <= met.before_end
    own = (met.writer == met.target).fill_null(False)
    by_hand = own & ~by_now & (met.how == "manual").fill_null(False)
    sent = _visible(met, met.source)
    answers = own & ~by_now & (met.how != "import").fill_null(True)
    answers &= at <= met.start_at + _us(rules.contradicts_within)
    return met.group_by(*BY, "case_id", "block", "start_at", "until").aggregate(
        told=value.argmax(at, where=sent & by_now),
        last_told=value.argmax(at, where=sent),
        seen_at=at.min(where=_visible(met, met.target)),
        arrived_at=at.min(where=_visible(met, met.target) & ~by_hand),
        answer=value.argmin(at, where=answers),
        entry=value.argmin(at, where=by_hand),
        entered_at=at.min(where=by_hand),
        traced=met.how.notnull().any(),
    )


def _visible(met: ir.Table, department: ir.StringValue) -> ir.BooleanValue:
    return (met.writer == department).fill_null(False) | met.readers.contains(department).fill_null(
        False
    )


def _judged(found: ir.Table, last_at: int, rules: Silo) -> ir.Table:
    """The passages whose value the sender knew, in the columns of those shown on events."""
    known = found.filter(_.told.notnull())
    due = known.start_at + _us(rules.within)
    lost = (known.seen_at > due).fill_null(True)
    new_to_it = (known.arrived_at > known.entered_at).fill_null(True)
    typed = known.entered_at.notnull() & new_to_it & same(known.entry, known.told)
    return known.select(
        *BY,
        *("case_id", "block", "start_at"),
        lost=(lost & (due > last_at)).ifelse(None, lost),
        seen_at=ibis.greatest(known.seen_at, known.start_at),
        until=known.until.coalesce(last_at),
        told=known.told,
        answer=(known.last_told == known.told).ifelse(known.answer, None),
        asked=ibis.literal(False),
        typed=known.traced.ifelse(typed.fill_null(False), None),
    )


def _us(span: Span) -> int:
    return int(span.seconds * 1e6)


def flows(passages: ir.Table, within: Span) -> ir.Table:
    """One row per attribute, sender and receiver: of how many passages what happened to how many.

    ``n_lost``/``k_lost`` decided and lost; ``k_late`` lost, but seen later; ``k_asked`` asked for
    again; ``n_typed``/``k_typed`` with a source known, typed again; ``n_answer`` answered by a value
    of the receiver's; ``n_lag``/``k_lag`` long enough in sight to say, and not seen `within` that
    time; ``waited`` the hours until those that were seen too late.
    """
    due = passages.start_at + _us(within)
    late = passages.seen_at > due
    beyond = late.fill_null(passages.until > due)
    waited = (passages.seen_at - passages.start_at).cast("float64") / 3.6e9
    return passages.group_by(*BY).aggregate(
        n_lost=_.lost.count(),
        k_lost=_.lost.sum().coalesce(0),
        k_late=(_.lost & _.seen_at.notnull()).sum().coalesce(0),
        k_asked=_.asked.sum().coalesce(0),
        n_typed=_.typed.count(),
        k_typed=_.typed.sum().coalesce(0),
        n_answer=_.answer.count(),
        n_lag=(_.seen_at.notnull() | beyond).sum().coalesce(0),
        k_lag=beyond.sum().coalesce(0),
        waited=waited.sum(where=late),
        mean=waited.mean(where=late),
        std=waited.std(where=late),
        k_waited=late.sum().coalesce(0),
    )
