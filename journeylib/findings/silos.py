"""Information silos (信息孤岛): what one department knew and the next one does not see.

No published measure of attribute loss across hand-overs is known to us; the definition here is our
own (docs/definitions.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import ibis.expr.types as ir
from ibis import _

from journeylib.findings.claim import Claim
from journeylib.findings.rules import Rules
from journeylib.findings.shares import counted
from journeylib.findings.stats import binomial_above
from journeylib.journey import Journey
from journeylib.survival import wilson
from journeylib.terms import say


def travelling_attributes(journey: Journey) -> tuple[str, ...]:
    """Information attributes that can be lost: shown somewhere, but not on every event of work."""
    log = journey.log
    if not log.attributes or not log.has("department"):
        return ()
    work = log.work
    filled = log.engine.row(
        work.aggregate(
            all=work.count(),
            **{f"n_{i}": work[name].count() for i, name in enumerate(log.attributes)},
        )
    )
    return tuple(name for i, name in enumerate(log.attributes) if 0 < filled[i + 1] < filled.all)


def carry_over(
    journey: Journey, rules: Rules, blocks: ir.Table, attributes: Sequence[str]
) -> list[Claim]:
    """`carry_over_loss {attribute, from, to}`: known to the sender, not shown by the receiver.

    Of the hand-overs at which the sender had shown a value, those after which the receiver shows
    none within the time given by the rules. In scope are only receivers that show the attribute in
    at least the share of their cases that the rules ask: evidence that they need it. `blocks` are
    those of exactly these `attributes`.
    """
    needed = _needed(journey, rules, blocks, attributes)
    passed = blocks.filter(_.before.notnull())
    return [
        claim
        for i, name in enumerate(attributes)
        for claim in _claims(journey, rules, passed, name, i, needed)
    ]


def _needed(
    journey: Journey, rules: Rules, blocks: ir.Table, attributes: Sequence[str]
) -> set[tuple[str, int]]:
    """(department, index of attribute) for departments that show it in enough of their cases."""
    per_case = blocks.group_by("department", "case_id").aggregate(
        **{f"k_{i}": blocks[f"knew_{i}"].max() for i in range(len(attributes))}
    )
    shares = per_case.group_by("department").aggregate(
        n=_.count(), **{f"k_{i}": per_case[f"k_{i}"].sum() for i in range(len(attributes))}
    )
    return {
        (row.department, i)
        for row in journey.log.engine.rows(shares)
        for i in range(len(attributes))
        if getattr(row, f"k_{i}") >= rules.scope * row.n
    }


def _claims(
    journey: Journey,
    rules: Rules,
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
    rows = journey.log.engine.rows(measure)
    for row in sorted(rows, key=lambda row: row[:2]):
        if (row.department, i) in needed:
            yield _claim(rules, name, row, measure, known.filter(lost))


def _claim(rules: Rules, name: str, row: Any, measure: ir.Table, lost: ir.Table) -> Claim:
    tolerance = rules.tolerance.carry_over_loss
    low, high = wilson(row.k, row.n)
    here = (_.before == row.before) & (_.department == row.department)
    return Claim(
        kind="silo",
        type="carry_over_loss",
        locus={"attribute": name, "from": row.before, "to": row.department},
        title=say(
            "finding.carry_over_loss", attribute=name, source=row.before, target=row.department
        ),
        n=row.n,
        n_censored=None,
        estimate=row.k / row.n,
        unit="share",
        clock=None,
        ci_low=low,
        ci_high=high,
        comparator=tolerance,
        p=binomial_above(row.k, row.n, tolerance),
        exceeds=low > tolerance,
        notable=row.k / row.n > tolerance,
        reach=row.k,
        impact=counted(row.k, row.n, "handover"),
        method="carry_over_loss_wilson",
        measure=partial(measure.filter, here),
        evidence=partial(lost.filter, here),
        caveats=(say("finding.caveat_snapshot"),),
    )
