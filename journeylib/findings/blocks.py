"""Department blocks: maximal runs of work on a case within one department, and what it knew there.

A hand-over is the step from one block to the next. Everything about passing work or information is
an aggregate over this table.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.journey import Journey
from journeylib.terms import Span

_DIGITS = 9  # of the number of a block within its case


def department_blocks(
    journey: Journey,
    attributes: Sequence[str] = (),
    within: Span | None = None,
    asking: Collection[str] = (),
) -> ir.Table:
    """One row per block: ``case_id block department start_at end_at again`` and the two before it.

    ``again``: an activity is done here that this department had already done in this case before the
    block began (activities that are meant to repeat aside). ``before``/``before_end`` and
    ``earlier``/``earlier_end`` are department and end of the previous block and the one before;
    ``until`` is the start of the next block (null at the end of the case).

    ``block`` is the position in the case at which the department took over. For the i-th of
    `attributes`: ``told_i``, the last value the department has shown by the end of
    the block, and ``before_told_i``, that of the department before it; ``shown_i``, whether a value
    is shown within `within` of taking over; ``seen_i``/``first_i``, when the block first shows one
    and which; ``asked_i``, whether that is at one of the activities `asking` the customer after it
    had begun without (no such column where there are none).
    """
    blocks = _blocks(journey, attributes, within or Span(24), asking)
    order = ibis.window(group_by="case_id", order_by="block")
    so_far = ibis.window(group_by=("case_id", "department"), order_by="block", rows=(None, 0))
    told = [f"told_{i}" for i in range(len(attributes))]
    blocks = blocks.mutate(
        before=_.department.lag().over(order),
        before_end=_.end_at.lag().over(order),
        earlier=_.department.lag(2).over(order),
        earlier_end=_.end_at.lag(2).over(order),
        until=_.start_at.lead().over(order),
        **{name: _latest(blocks, blocks[name], so_far) for name in told},
    )
    return journey.log.engine.materialise(
        blocks.mutate(**{f"before_{name}": blocks[name].lag().over(order) for name in told}),
        "blocks",
    )


def _latest(blocks: ir.Table, value: ir.StringValue, so_far: ibis.expr.builders.Window) -> ir.Value:
    """The last value that is not null. The number of its block before it makes it the greatest:
    Ibis 12's `last` does not pass over nulls on DuckDB, and other ways sort once more."""
    numbered = blocks.block.cast("string").lpad(_DIGITS, "0") + value
    return numbered.max().over(so_far).substr(_DIGITS)


def _blocks(
    journey: Journey, attributes: Sequence[str], within: Span, asking: Collection[str]
) -> ir.Table:
    work = _numbered(journey.log.work.select(*_needed(attributes)))
    done = ibis.window(group_by=("case_id", "department", "activity"))
    work = work.mutate(first_done=work.position.min().over(done))
    again = work.first_done < work.block
    meant = sorted(a.name for a in journey.activities if a.repeatable)
    if meant:
        again &= ~work.activity.isin(meant)
    early = work.at <= work.block_at + int(within.seconds * 1e6)
    # What is shown at once, whatever is done first, nobody had to ask for.
    later = work.position > work.block
    asks = work.activity.isin(sorted(asking)) & later if asking else None
    columns = {
        f"{column}_{i}": value
        for i, name in enumerate(attributes)
        for column, value in _shown(work, work[name], early, asks).items()
    }
    return work.group_by("case_id", "block", "department").aggregate(
        start_at=work.at.min(), end_at=work.at.max(), again=again.any(), **columns
    )


def _shown(
    work: ir.Table, value: ir.Value, early: ir.BooleanValue, asks: ir.BooleanValue | None
) -> dict[str, ir.Value]:
    """What a block shows of one attribute, as aggregates; values as text."""
    there, text = value.notnull(), value.cast("string")
    asked = {} if asks is None else {"asked": asks.argmin(work.position, where=there)}
    return asked | {
        "told": text.argmax(work.position, where=there),
        "shown": (there & early).cast("int64").max(),
        "seen": work.at.min(where=there),
        "first": text.argmin(work.position, where=there),
    }


def _needed(attributes: Sequence[str]) -> list[str]:
    return ["case_id", "position", "at", "activity", "department", *attributes]


def _numbered(work: ir.Table) -> ir.Table:
    """Work with ``block``, the position at which its department took over, and ``block_at``, when.

    Both are running maxima in one window: positions and times only grow within a case.
    """
    order = ibis.window(group_by="case_id", order_by="position")
    changed = (work.department.lag().over(order) != work.department).fill_null(True)
    work = work.mutate(
        taken=changed.ifelse(work.position, None), taken_at=changed.ifelse(work.at, None)
    )
    upto = ibis.window(group_by="case_id", order_by="position", rows=(None, 0))
    return work.mutate(
        block=work.taken.max().over(upto), block_at=work.taken_at.max().over(upto)
    ).drop("taken", "taken_at")
