"""Information silos (信息孤岛) between departments: what one knew and the next does not see.

No published measure of attribute loss across hand-overs is known to us; the definitions here are our
own (docs/definitions.md). All are shares of the same passages, measured in one aggregate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.claim import Claim, Trial
from journeylib.findings.passages import BY
from journeylib.findings.shares import counted, share_claim, share_trial, untested
from journeylib.findings.study import Study
from journeylib.findings.values import same
from journeylib.terms import Text, say


def carry_over(study: Study) -> Trial:
    """`carry_over_loss {attribute, from, to}`: known to the sender, not visible to the receiver.

    Of the hand-overs at which the sender knew a value, those after which the receiver sees none
    within the time given by the rules. In scope are only receivers that show (or write) the
    attribute in at least the share of their cases that the rules ask: evidence that they need it.
    """
    claims = [
        _claim(study, "carry_over_loss", row, row.k_lost, row.n_lost, _.lost)
        for row in study.flows
        if row.n_lost
    ]
    return share_trial("carry_over_loss", claims, study.rules, _missing(study))


def re_entry(study: Study) -> Trial:
    """`re_entry {attribute, from, to}`: typed once more by the receiver, though the sender knew it.

    Of the hand-overs at which the sender knew a value, those after which the receiver writes an equal
    one by hand before it sees any. Only a history of field changes with its source can tell.
    """
    if study.journey.log.changes is None:
        return untested("re_entry", "silo.need_changes")
    claims = [
        _claim(study, "re_entry", row, row.k_typed, row.n_typed, _.typed)
        for row in study.flows
        if row.n_typed
    ]
    return share_trial("re_entry", claims, study.rules, "silo.need_sources")


def re_ask(study: Study) -> Trial:
    """`re_ask {attribute, from, to}`: the customer is asked for what the sender already knew.

    Of the hand-overs at which the sender knew a value, those after which the receiver first shows one
    at an activity that asks the customer. An activity that says of itself that it asks again, while
    no attribute explains it, is `re_ask {activity}`: of the cases its department took over, those in
    which it is done.
    """
    if not study.asking:
        return untested("re_ask", "silo.need_asking")
    if len(study.departments) < 2:
        return untested("re_ask", "finding.need_department")
    claims = [
        _claim(study, "re_ask", row, row.k_asked, row.n_lost, _.asked, study.shown_passages)
        for row in study.shown_flows
        if row.n_lost
    ]
    claims += _unexplained(study, sum(row.k_asked for row in study.shown_flows))
    return share_trial("re_ask", claims, study.rules, _missing(study))


def contradiction(study: Study) -> Trial:
    """`contradiction {attribute, from, to}`: the receiver's first value says something else.

    Of the hand-overs at which the sender knew a value and the receiver shows (or writes) one in time,
    those at which the two differ in their normal form while the sender stays with its own. What
    differs at most hand-overs is no shared information but something of each event: not tested.
    """
    if study.passages is None:
        return untested("contradiction", _missing(study))
    differing = _standing(study, study.passages)
    k_of = {row[:3]: row.k for row in study.engine.rows(_per_flow(differing, k=_.count()))}
    shared = _shared(study, k_of)
    claims = [
        _claim(study, "contradiction", row, k_of.get(row[:3], 0), row.n_answer, differing)
        for row in study.flows
        if row.n_answer and row.attribute in shared
    ]
    return share_trial("contradiction", claims, study.rules, "silo.need_answers")


# -- contradictions --------------------------------------------------------------------------------


def _standing(study: Study, passages: ir.Table) -> ir.Table:
    """The passages whose values differ for good: the sender never takes the other one over."""
    other = passages.filter(_.told != _.answer)
    differing = study.engine.materialise(other.filter(~same(other.told, other.answer)), "differing")
    rows = study.engine.rows(differing[["attribute"]].distinct())
    names = {row.attribute for row in rows} - study.traced
    if not names:
        return differing
    parts = [_last_told(study, name) for name in sorted(names)]
    last = ibis.union(*parts) if parts[1:] else parts[0]
    met = differing.left_join(
        last,
        [
            differing.attribute == last.of,
            differing.case_id == last.case,
            differing.source == last.by,
        ],
    )
    return met.filter((met.last == met.told).fill_null(True)).select(differing)


def _last_told(study: Study, name: str) -> ir.Table:
    told = study.blocks[f"told_{study.attributes.index(name)}"]
    blocks = study.blocks.filter(told.notnull())
    return blocks.group_by(case=_.case_id, by=_.department.cast("string")).aggregate(
        of=ibis.literal(name), last=told.argmax(study.blocks.block)
    )


def _shared(study: Study, k_of: dict[tuple[str, ...], int]) -> set[str]:
    """Attributes on which sender and receiver agree at enough of all hand-overs.

    Half as often as is the norm elsewhere: a field may well be contradicted at every second one.
    """
    n_of: dict[str, int] = {}
    differ: dict[str, int] = {}
    for row in study.flows:
        n_of[row.attribute] = n_of.get(row.attribute, 0) + row.n_answer
        differ[row.attribute] = differ.get(row.attribute, 0) + k_of.get(row[:3], 0)
    norm = 1 - study.rules.silo.norm / 2
    return {name for name, n in n_of.items() if differ[name] <= norm * n}


# -- claims ----------------------------------------------------------------------------------------


def _per_flow(passages: ir.Table, **columns: Any) -> ir.Table:
    return passages.group_by(*BY).aggregate(**columns)


def _claim(
    study: Study,
    kind: str,
    row: Any,
    k: int,
    n: int,
    concerned: ir.Table | Any,
    passages: ir.Table | None = None,
) -> Claim:
    """The claim that `kind` befalls one flow; `concerned` is a table of passages or a condition.

    `passages` are the study's unless given.
    """
    passages = study.passages if passages is None else passages
    assert passages is not None, "a flow has passages"
    here = (_.attribute == row.attribute, _.source == row.source, _.target == row.target)
    place = {"attribute": row.attribute, "source": row.source, "target": row.target}
    return share_claim(
        k,
        n,
        getattr(study.rules.tolerance, kind),
        kind="silo",
        type=kind,
        locus={"attribute": row.attribute, "from": row.source, "to": row.target},
        title=say(f"silo.{kind}", **place),
        impact=counted(k, n, "handover"),
        measure=partial(_counts, passages, concerned, here),
        evidence=partial(_concerned, passages, concerned, here),
        method=f"{kind}_wilson",
        caveats=tuple(_caveats(study, kind, row, k, n)),
    )


def _concerned(passages: ir.Table, concerned: ir.Table | Any, here: Sequence[Any]) -> ir.Table:
    """The hand-overs of one flow that are concerned.

    Built when asked for: of thousands of flows few are shown, and an expression costs milliseconds.
    """
    found = concerned if isinstance(concerned, ir.Table) else passages.filter(concerned)
    return found.filter(*here)


def _counts(passages: ir.Table, concerned: ir.Table | Any, here: Sequence[Any]) -> ir.Table:
    """Hand-overs of the flow, and those concerned: what to ask again."""
    flow = passages.filter(*here)
    known = flow.group_by(*BY).aggregate(known=_.count(), decided=_.lost.count())
    found = _concerned(passages, concerned, here).group_by(*BY).aggregate(k=_.count())
    return known.left_join(found, BY).select(known, k=_.k.fill_null(0))


def _caveats(study: Study, kind: str, row: Any, k: int, n: int) -> Iterator[Text]:
    """What the claim rests on, and what follows from it."""
    traced = row.attribute in study.traced
    yield say("silo.caveat_history" if traced else "finding.caveat_snapshot")
    if kind == "re_entry":
        yield _cost(study, k, n)
    if kind == "carry_over_loss" and row.k_lost:
        yield say("silo.later", k=row.k_late, n=row.k_lost)
        if study.asking:
            yield say("silo.asked", k=row.k_asked, n=row.n_lost)
        if row.n_typed:
            yield say("silo.typed", k=row.k_typed, n=row.n_typed)


def _cost(study: Study, k: int, n: int) -> Text:
    """Working hours spent on typing, as a range: the interval of the count at the rules' rate."""
    impact, each = counted(k, n, "handover"), study.rules.silo.entry
    low, high = (impact.ci_low or 0) * each.hours, (impact.ci_high or 0) * each.hours
    return say("silo.cost_entry", low=f"{low:.1f}", high=f"{high:.1f}", each=each)


def _missing(study: Study) -> str:
    few = len(study.departments) < 2
    return "finding.need_department" if few else "finding.need_attributes"


# -- asking again, whatever for --------------------------------------------------------------------


def _unexplained(study: Study, explained: int) -> Iterator[Claim]:
    """Activities that say they ask again, where no attribute shows what they ask for."""
    names = sorted(study.asking_again)
    if explained or not names:
        return
    work, rules = study.journey.log.work, study.rules
    for name in names:
        done = work.filter(_.activity == name)
        askers = done.select("department").distinct()
        taken = study.blocks.filter(_.before.notnull()).semi_join(askers, "department")
        cases = taken.select("case_id").distinct()
        asked = cases.semi_join(done, "case_id")
        measure = cases.aggregate(n=_.count()).cross_join(asked.aggregate(k=_.count()))
        row = study.engine.row(measure)
        if row.n:
            yield share_claim(
                row.k,
                row.n,
                rules.tolerance.re_ask,
                kind="silo",
                type="re_ask",
                locus={"activity": name},
                title=say("silo.re_ask_activity", activity=name),
                impact=counted(row.k, row.n, "handover"),
                measure=lambda measure=measure: measure,
                evidence=lambda asked=asked: asked,
                method="re_ask_activity_wilson",
                caveats=(say("silo.caveat_ask_name"),),
            )
