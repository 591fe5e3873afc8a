"""Gates between stages: what a case must bring along when it passes into a further stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.claim import Claim, Trial
from journeylib.findings.rules import Gate
from journeylib.findings.shares import counted, share_claim, share_trial, untested
from journeylib.findings.study import Study
from journeylib.findings.values import is_default, is_placeholder
from journeylib.lifecycle import UNMAPPED
from journeylib.terms import Text, say

NEARLY_ALL = 0.9
"""What this share of won cases have filled in a stage is required there."""
AMENDS = 0.25
"""So is what at least this share of those that lack it make up for."""


def incomplete_gates(study: Study) -> Trial:
    """`gate_incomplete {stage, attribute}`: cases leave a stage without what it normally fills.

    Of the cases that pass from the stage into a further one, those without a value by then; defaults
    ("其他", "N/A") count as none. In scope is what at least the share `norm` of the won cases have
    filled in that very stage (of all passing cases where no outcome is known) and later stages use.
    It is a claim where the attribute is required: declared as ``[[gate]]``, filled by nearly all of
    those cases, or mostly made up for ("未知", or a value after the gate) where it lacks.
    Otherwise it may well be optional, and its lack is a fact.
    """
    attributes = study.journey.log.attributes
    if not attributes:
        return untested("gate_incomplete", "finding.need_attributes")
    passing = study.engine.materialise(_passing(study), "gates")
    measure = passing.group_by("stage_id").aggregate(**_counts(passing, len(attributes)))
    rows = study.engine.rows(measure)
    claims = [claim for row in sorted(rows) for claim in _claims(study, passing, measure, row)]
    missing = "silo.need_required" if rows else "silo.need_stages"
    return share_trial("gate_incomplete", claims, study.rules, missing)


def _passing(study: Study) -> ir.Table:
    """One row per case and stage it leaves: ``case_id stage_id entered gate won``, and per attribute
    the first and last position at which it is filled (``first_i``, ``last_i``), and the first at which
    only a placeholder is (``holder_i``)."""
    journey = study.journey
    events = journey.event_table
    filled = {
        f"{word}_{i}": position
        for i, name in enumerate(journey.log.attributes)
        for word, position in _filled(events, events[name]).items()
    }
    per_case = events.group_by("case_id").aggregate(**filled)
    visits = (
        events.filter(_.stage_id != UNMAPPED)
        .group_by("case_id", "stage_id")
        .aggregate(entered=_.position.min(), rank=_.stage_rank.min())
    )
    further = ibis.window(group_by="case_id", order_by="rank", rows=(1, None))
    left = visits.mutate(gate=visits.entered.min().over(further))
    left = left.filter(left.gate > left.entered).drop("rank")
    cases = journey.case_table.select("case_id", won=_.outcome == "won")
    return left.join(cases, "case_id").join(per_case, "case_id")


def _filled(events: ir.Table, value: ir.Value) -> dict[str, ir.Value]:
    default = is_default(value)
    return {
        "first": events.position.min(where=~default),
        "last": events.position.max(where=~default),
        "holder": events.position.min(where=is_placeholder(value)),
    }


def _counts(passing: ir.Table, attributes: int) -> dict[str, ir.Value]:
    counts: dict[str, Any] = {"n": passing.count(), "won": _number(passing.won)}
    for i in range(attributes):
        first, last, gate = passing[f"first_{i}"], passing[f"last_{i}"], passing.gate
        inside = (first >= passing.entered) & (first < gate)
        counts |= {
            f"inside_{i}": _number(inside),
            f"inside_won_{i}": _number(inside & passing.won),
            f"later_{i}": _number(last >= gate),
            f"k_{i}": _number(_lacking(passing, i)),
            f"amends_{i}": _number(
                (first >= gate) | (first.isnull() & (passing[f"holder_{i}"] < gate))
            ),
        }
    return counts


def _number(condition: ir.BooleanValue) -> ir.IntegerScalar:
    return condition.cast("int64").sum().coalesce(0)


def _lacking(passing: ir.Table, i: int) -> ir.BooleanValue:
    return (passing[f"first_{i}"] >= passing.gate).fill_null(True)


def _claims(study: Study, passing: ir.Table, measure: ir.Table, row: Any) -> Iterator[Claim]:
    silo = study.rules.silo
    by_won = row.won >= study.rules.sample.least
    n = row.won if by_won else row.n
    names = {stage.id: stage.name for stage in study.journey.stages}
    for i, name in enumerate(study.journey.log.attributes):
        inside = getattr(row, f"inside_won_{i}" if by_won else f"inside_{i}")
        used = getattr(row, f"later_{i}") >= max(1, silo.scope * row.n)
        declared = Gate(row.stage_id, name) in study.rules.gate
        if declared or (used and inside >= silo.norm * n):
            amends = getattr(row, f"amends_{i}") >= AMENDS * getattr(row, f"k_{i}")
            required = declared or inside >= NEARLY_ALL * n or amends
            kind = "norm" if by_won else "norm_all"
            norm = say(f"silo.caveat_gate_{kind}", n=n, share=f"{inside / n:.0%}")
            claim = _claim(study, passing, measure, (row, i, name, names[row.stage_id]), norm)
            yield claim if required else _as_fact(claim)


def _as_fact(claim: Claim) -> Claim:
    """What may be optional by nature is no claim."""
    optional = (*claim.caveats, say("silo.caveat_optional"))
    return replace(claim, p=None, exceeds=False, caveats=optional)


def _claim(
    study: Study,
    passing: ir.Table,
    measure: ir.Table,
    place: tuple[Any, int, str, Text],
    norm: Text,
) -> Claim:
    row, i, name, stage = place
    here = _.stage_id == row.stage_id
    counts = measure.select("stage_id", "n", k=f"k_{i}")
    k = getattr(row, f"k_{i}")
    return share_claim(
        k,
        row.n,
        study.rules.tolerance.gate_incomplete,
        kind="silo",
        type="gate_incomplete",
        locus={"stage": row.stage_id, "attribute": name},
        title=say("silo.gate_incomplete", stage=stage, attribute=name),
        impact=counted(k, row.n, "record"),
        measure=partial(counts.filter, here),
        evidence=partial(passing.filter, here, _lacking(passing, i)),
        method="gate_incomplete_wilson",
        caveats=(norm,),
    )
