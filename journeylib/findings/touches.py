"""Touches: contacts with the customer through a channel, and what becomes of the cases after them.

All of it is tables for further aggregates; the facts are measured in `touchpoints`, `moments`,
`proxy` and `surveys`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.engine import SEPARATOR
from journeylib.journey import Journey
from journeylib.lifecycle import UNMAPPED
from journeylib.survival import wilson
from journeylib.terms import Fact, Span, say

TICKS = 10_000
"""Shares need the order of durations, not their length: counting in so many parts of the log's span
leaves a curve few steps, which makes it several times faster, and moves a share by less than its
interval could show."""


@dataclass(frozen=True, eq=False)
class Touches:
    """Two tables, all times in µs (``at`` since 1970).

    `events`, one row a touch: ``case_id position at stage_id stage_rank channel activity``;
    ``by_customer`` (1 or 0, null where the log does not say); ``waited`` since the case's event
    before it (null at its first); ``gap`` since its touch before it; and of its next touch
    ``next_channel``, ``next_at``, ``next_by_customer``.

    `contacts`, one row per case and touchpoint (stage × channel × activity): ``times``, ``first_at``,
    ``waited`` (before the first time; negative where the case begins with it), ``by_customer`` and
    ``told`` (touches by the customer, and those of which it is known).
    """

    events: ir.Table
    contacts: ir.Table


def touches(journey: Journey) -> Touches | None:
    """The touches of a journey; None where the log has no channel.

    A touch is an event on a channel. Start and schedule rows of one execution are none of their own;
    by keywords, neither is recording a loss, which is no contact and does not reach a stage.
    """
    if not journey.log.has("channel"):
        return None
    engine = journey.log.engine
    events = engine.materialise(
        _events(completions(journey), keep_losses=journey.log.has("stage")), "touches"
    )
    contacts = events.group_by(
        "case_id", "stage_id", "stage_rank", "channel", "activity"
    ).aggregate(
        times=_.count(),
        first_at=_.at.min(),
        waited=_.waited.fill_null(-1).argmin(_.position),
        by_customer=_.by_customer.sum(),
        told=_.by_customer.count(),
    )
    return Touches(events, engine.materialise(contacts, "contacts"))


def completions(journey: Journey) -> ir.Table:
    """``journey.event_table`` without the start and schedule rows of what is completed later."""
    return dataclasses.replace(journey.log, events=journey.event_table).completions


def _events(events: ir.Table, *, keep_losses: bool) -> ir.Table:
    order = ibis.window(group_by="case_id", order_by="position")
    known = events.select(*_KEPT, by_customer=_by_customer(events))
    found = known.mutate(waited=known.at - known.at.lag().over(order)).filter(_.channel.notnull())
    if not keep_losses:
        found = found.filter(found.decides != "lost")
    return found.drop("decides").mutate(
        gap=found.at - found.at.lag().over(order),
        **{
            f"next_{name}": found[name].lead().over(order)
            for name in ("channel", "at", "by_customer")
        },
    )


_KEPT = ("case_id", "position", "at", "stage_id", "stage_rank", "channel", "activity", "decides")


def _by_customer(events: ir.Table) -> ir.IntegerValue:
    if "actor" not in events.columns:
        return ibis.literal(None, type="int64")
    return (events.actor == "customer").cast("int64")


def place(*columns: ir.Column) -> ir.StringValue:
    """Several columns as one, for what groups by a single one; take it apart with `parts`."""
    first, *rest = (column.cast("string") for column in columns)
    for column in rest:
        first = first + SEPARATOR + column
    return first


def parts(place: str) -> tuple[str, ...]:
    """The values that `place` put together."""
    return tuple(place.split(SEPARATOR))


def onward(journey: Journey, touched: ir.Table) -> ir.Table:
    """`touched` (``case_id stage_id landmark …``) with how its cases go on after the landmark.

    Added are ``duration`` (in ticks, see `TICKS`) and ``cause``: 1 a further stage is reached or the
    case is won, 2 it is lost, 0 still open. Cases that had been further or were lost before the
    landmark are not at risk and left out; a stage that is not mapped is no further one.
    """
    further = ibis.window(group_by="case_id", order_by="rank", rows=(1, None))
    visits = journey.visit_table.filter(_.stage_id != UNMAPPED)
    ahead = visits.select("case_id", "stage_id", onward_at=visits.entered.min().over(further))
    t = _with_outcomes(journey, touched.left_join(ahead, ["case_id", "stage_id"]))
    t = t.filter((t.onward_at >= t.landmark) | t.onward_at.isnull())
    won_at = ((t.outcome == "won") & (t.outcome_at >= t.landmark)).ifelse(t.outcome_at, None)
    goes_at = ibis.least(t.onward_at.coalesce(won_at), won_at.coalesce(t.onward_at))
    return _competing(journey, t.mutate(goes_at=goes_at))


def until_won(journey: Journey, touched: ir.Table) -> ir.Table:
    """As `onward`, but cause 1 is that the case is won; those decided before are left out."""
    t = _with_outcomes(journey, touched)
    t = t.filter((t.outcome_at >= t.landmark) | t.outcome_at.isnull())
    return _competing(journey, t.mutate(goes_at=(t.outcome == "won").ifelse(t.outcome_at, None)))


def _with_outcomes(journey: Journey, touched: ir.Table) -> ir.Table:
    cases = journey.case_table.select("case_id", "outcome", "outcome_at")
    return touched.inner_join(cases, "case_id")


def _competing(journey: Journey, t: ir.Table) -> ir.Table:
    totals = journey.log.totals
    tick = max(1, (totals.last - totals.first) // timedelta(microseconds=TICKS))
    t = t.mutate(lost_at=(t.outcome == "lost").ifelse(t.outcome_at, None))
    t = t.filter((t.lost_at >= t.landmark) | t.lost_at.isnull())
    until = t.goes_at.coalesce(t.lost_at, ibis.literal(totals.last_at))
    return t.mutate(
        duration=(ibis.greatest(until - t.landmark, 0) // tick).cast("int32"),
        cause=ibis.cases((t.goes_at.notnull(), 1), (t.lost_at.notnull(), 2), else_=0),
    )


def forced(touched: ir.Table, requests: Sequence[str], within: Span) -> ir.BooleanValue:
    """Whether a customer, left without an answer to a request, tries another channel `within` a time."""
    alone = (touched.by_customer == 1) & (touched.next_by_customer == 1)
    soon = touched.next_at - touched.at <= int(within.seconds * 1e6)
    asked = touched.activity.isin(list(requests)) & alone & soon
    return asked & (touched.channel != touched.next_channel)


def share_of_touches(k: int, n: int, cases: int, least: int) -> Fact:
    """`k` of `n` touches of `cases`, with Wilson's interval as if each case had been seen once.

    Touches of one case are no independent observations; counting cases keeps the interval honest
    (Kish 1965 on the effective sample size, here at its lower end).
    """
    if cases < least:
        return too_few("share", cases, least)
    low, high = wilson(k / n * cases, cases)
    return Fact(k / n, "share", n, "share_wilson_by_case", ci_low=low, ci_high=high)


def too_few(unit: str, n: int, least: int) -> Fact:
    """A fact that is not told because fewer than `least` cases stand behind it."""
    return Fact.unknown(unit, say("experience.too_few", n=n, least=least), n=n)
