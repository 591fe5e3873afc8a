"""Which events reach a stage, how long a case stays in it, and how it leaves."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from journeylib.lifecycle import UNMAPPED
from journeylib.log import EventLog


def reaching(log: EventLog, events: ir.Table) -> ir.Table:
    """The events by which a case reaches their stage.

    By keywords, "closed lost" is a word of the purchase stage; recording a loss is not reaching it.
    """
    return events if log.has("stage") else events.filter(events.decides != "lost")


def stays(visits: ir.Table, cases: ir.Table, last_at: int) -> ir.Table:
    """Each visit of a stage: ``case_id stage_id entered duration`` (µs) ``cause``.

    It ends with a further stage or winning (1), with loss (2), or is open (0) at `last_at`, the end of
    the log. A case that had been further before it came here has gone on at once. What belongs to no
    stage leads nowhere: it is no further stage. `visits` and `cases` are the tables of a `Journey`.
    """
    further = ibis.window(group_by="case_id", order_by="rank", rows=(1, None))
    staged = (visits.stage_id != UNMAPPED).ifelse(visits.entered, None)
    visits = visits.mutate(onward_at=staged.min().over(further))
    v = visits.join(cases.select("case_id", "outcome", "outcome_at"), "case_id")
    decides_here = v.outcome_at >= v.entered
    won_at = ((v.outcome == "won") & decides_here).ifelse(v.outcome_at, None)
    lost_at = (v.outcome == "lost").ifelse(v.outcome_at, None)
    advanced_at = ibis.least(v.onward_at.coalesce(won_at), won_at.coalesce(v.onward_at))
    cause = ibis.cases((advanced_at.notnull(), 1), (lost_at.notnull(), 2), else_=0)
    until = advanced_at.coalesce(lost_at, ibis.literal(last_at))
    duration = ibis.greatest(until - v.entered, 0)
    return v.select("case_id", "stage_id", "entered", duration=duration, cause=cause)
