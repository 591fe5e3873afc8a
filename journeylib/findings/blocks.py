"""Department blocks: maximal runs of work on a case within one department, and what it knew there.

A hand-over is the step from one block to the next. Everything about passing work or information is
an aggregate over this table.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.journey import Journey
from journeylib.terms import Span


def department_blocks(
    journey: Journey, attributes: Sequence[str] = (), within: Span | None = None
) -> ir.Table:
    """One row per block: ``case_id block department start_at end_at again`` and the two before it.

    ``again``: an activity is done here that this department had already done in this case before the
    block began (activities that are meant to repeat aside). ``before``/``before_end`` and
    ``earlier``/``earlier_end`` are department and end of the previous block and the one before.
    For the i-th of `attributes`: ``knew_i``, whether the department has shown a value by the end of
    the block; ``shown_i``, whether it does so within `within` of taking over.
    """
    blocks = _blocks(journey, attributes, within or Span(24))
    order = ibis.window(group_by="case_id", order_by="block")
    so_far = ibis.window(group_by=("case_id", "department"), order_by="block", rows=(None, 0))
    knew = [f"knew_{i}" for i in range(len(attributes))]
    blocks = blocks.mutate(
        before=_.department.lag().over(order),
        before_end=_.end_at.lag().over(order),
        earlier=_.department.lag(2).over(order),
        earlier_end=_.end_at.lag(2).over(order),
        **{name: blocks[name].max().over(so_far) for name in knew},
    )
    return journey.log.engine.materialise(
        blocks.mutate(**{f"before_{name}": blocks[name].lag().over(order) for name in knew}),
        "blocks",
    )


def _blocks(journey: Journey, attributes: Sequence[str], within: Span) -> ir.Table:
    work = _numbered(journey.log.work.select(*_needed(attributes)))
    block = ibis.window(group_by=("case_id", "block"))
    done = ibis.window(group_by=("case_id", "department", "activity"))
    work = work.mutate(
        first_done=work.position.min().over(done),
        block_position=work.position.min().over(block),
        block_at=work.at.min().over(block),
    )
    meant = sorted(a.name for a in journey.activities if a.repeatable)
    again = work.first_done < work.block_position
    if meant:
        again &= ~work.activity.isin(meant)
    early = work.at <= work.block_at + int(within.seconds * 1e6)
    shown = [work[name].notnull() for name in attributes]
    return work.group_by("case_id", "block", "department").aggregate(
        start_at=work.at.min(),
        end_at=work.at.max(),
        again=again.any(),
        **{f"knew_{i}": there.cast("int64").max() for i, there in enumerate(shown)},
        **{f"shown_{i}": (there & early).cast("int64").max() for i, there in enumerate(shown)},
    )


def _needed(attributes: Sequence[str]) -> list[str]:
    return ["case_id", "position", "at", "activity", "department", *attributes]


def _numbered(work: ir.Table) -> ir.Table:
    """Work with ``block``, counting the changes of department within the case."""
    order = ibis.window(group_by="case_id", order_by="position")
    changed = (work.department.lag().over(order) != work.department).fill_null(True)
    work = work.mutate(changed=changed.cast("int64"))
    upto = ibis.window(group_by="case_id", order_by="position", rows=(None, 0))
    return work.mutate(block=work.changed.sum().over(upto))
