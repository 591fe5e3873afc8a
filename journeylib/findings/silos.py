"""Information silos (信息孤岛): what one department knew and the next one does not see.

No published measure of attribute loss across hand-overs is known to us; the definition here is our
own (docs/definitions.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import ibis.expr.types as ir
from ibis import _

from journeylib.findings.claim import Claim, Trial
from journeylib.findings.shares import counted, share_claim, share_trial, untested
from journeylib.findings.study import Study
from journeylib.terms import say


def carry_over(study: Study) -> Trial:
    """`carry_over_loss {attribute, from, to}`: known to the sender, not shown by the receiver.

    Of the hand-overs at which the sender had shown a value, those after which the receiver shows
    none within the time given by the rules. In scope are only receivers that show the attribute in
    at least the share of their cases that the rules ask: evidence that they need it.
    """
    if len(study.departments) < 2:
        return untested("carry_over_loss", "finding.need_department")
    needed = _needed(study)
    passed = study.blocks.filter(_.before.notnull())
    claims = [
        claim
        for i, name in enumerate(study.attributes)
        for claim in _claims(study, passed, name, i, needed)
    ]
    return share_trial("carry_over_loss", claims, study.rules, "finding.need_attributes")


def _needed(study: Study) -> set[tuple[str, int]]:
    """(department, index of attribute) for departments that show it in enough of their cases."""
    blocks, attributes = study.blocks, study.attributes
    per_case = blocks.group_by("department", "case_id").aggregate(
        **{f"k_{i}": blocks[f"knew_{i}"].max() for i in range(len(attributes))}
    )
    shares = per_case.group_by("department").aggregate(
        n=_.count(), **{f"k_{i}": per_case[f"k_{i}"].sum() for i in range(len(attributes))}
    )
    return {
        (row.department, i)
        for row in study.engine.rows(shares)
        for i in range(len(attributes))
        if getattr(row, f"k_{i}") >= study.rules.silo.scope * row.n
    }


def _claims(
    study: Study,
    passed: ir.Table,
    name: str,
    i: int,
    needed: set[tuple[str, int]],
) -> Iterator[Claim]:
    known = passed.filter(passed[f"before_knew_{i}"] == 1)
    lost = known[f"shown_{i}"] == 0
    measure = known.group_by("before", "department").aggregate(
        n=_.count(), k=lost.cast("int64").sum()
    )
    rows = study.engine.rows(measure)
    for row in sorted(rows, key=lambda row: row[:2]):
        if (row.department, i) in needed:
            yield _claim(study, name, row, measure, known.filter(lost))


def _claim(study: Study, name: str, row: Any, measure: ir.Table, lost: ir.Table) -> Claim:
    here = (_.before == row.before) & (_.department == row.department)
    return share_claim(
        row.k,
        row.n,
        study.rules.tolerance.carry_over_loss,
        kind="silo",
        type="carry_over_loss",
        locus={"attribute": name, "from": row.before, "to": row.department},
        title=say(
            "finding.carry_over_loss", attribute=name, source=row.before, target=row.department
        ),
        impact=counted(row.k, row.n, "handover"),
        measure=partial(measure.filter, here),
        evidence=partial(lost.filter, here),
        method="carry_over_loss_wilson",
        caveats=(say("finding.caveat_snapshot"),),
    )
