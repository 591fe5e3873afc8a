"""Requests that nobody answers, and customers who therefore try another channel."""

from __future__ import annotations

from functools import partial

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.claim import Claim, Trial
from journeylib.findings.requests import microseconds
from journeylib.findings.shares import counted, share_claim, share_trial, summed, untested
from journeylib.findings.study import Study
from journeylib.terms import say


def unanswered(study: Study) -> Trial:
    """`unanswered {activity}`: requests to which staff never reply, of those that fell due.

    A reply is any act of staff within the time of the rules; or later something that usually answers
    such a request, unless it takes out of all proportion: late is not never. A request that the
    customer repeats within that time, or whose case is decided within it, is not counted; nor is one
    that had less time until the end of observation. Impact: hours beyond that time, until somebody
    acts, the case is decided or the observation ends.
    """
    if not study.journey.log.has("actor"):
        return untested("unanswered", "breakpoint.need_actor")
    if study.requests is None:
        return untested("unanswered", "breakpoint.need_requests")
    within = microseconds(study.rules.answer.within)
    asked = _due(study, study.requests, within)
    replied = (_.answer_at - _.at <= ibis.greatest(_.latest.coalesce(0), within)).fill_null(False)
    goes_on = (_.again_at - _.at <= within) | (_.closed_at - _.at <= within)
    until = ibis.coalesce(_.answer_at, _.closed_at, study.journey.log.totals.last_at)
    asked = asked.mutate(silent=~replied).filter(~(_.silent & goes_on.fill_null(False)))
    asked = asked.mutate(amount=(until - asked.at - within).cast("float64") / 3.6e9)
    measure = asked.group_by("activity").aggregate(
        n=_.count(),
        k=_.silent.cast("int64").sum(),
        total=_.amount.sum(where=_.silent),
        mean=_.amount.mean(where=_.silent),
        std=_.amount.std(where=_.silent),
    )
    claims = [
        share_claim(
            row.k,
            row.n,
            study.rules.tolerance.unanswered,
            kind="breakpoint",
            type="unanswered",
            locus={"activity": row.activity},
            title=say("breakpoint.unanswered", activity=row.activity),
            impact=summed(row.total or 0.0, row.mean or 0.0, row.std, row.k),
            measure=partial(measure.filter, _.activity == row.activity),
            evidence=partial(asked.filter, _.activity == row.activity, _.silent),
            method="unanswered_share_wilson",
            caveats=(say("breakpoint.caveat_recorded", within=str(study.rules.answer.within)),),
        )
        for row in sorted(study.engine.rows(measure))
    ]
    return share_trial("unanswered", claims, study.rules, "breakpoint.need_requests")


def channel_switches(study: Study) -> Trial:
    """`channel_switch {from, to}`: the customer asked again on another channel, as nobody answered.

    Of the requests on the channel `from`, those that staff had not answered when, within the time of
    the rules, the customer's next request came on `to` (a forced switch).
    """
    if not study.journey.log.has("actor", "channel"):
        return untested("channel_switch", "breakpoint.need_channel")
    if study.requests is None:
        return untested("channel_switch", "breakpoint.need_requests")
    within = microseconds(study.rules.channels.within)
    asked = _due(study, study.requests, within).filter(_.channel.notnull())
    soon = _.answer_at.isnull() & (_.again_at - _.at <= within)
    switched = asked.filter(soon, _.again_channel != _.channel)
    sizes = {
        row.channel: row.n
        for row in study.engine.rows(asked.group_by("channel").aggregate(n=_.count()))
    }
    found = {
        row[:2]: row.k
        for row in study.engine.rows(
            switched.group_by("channel", "again_channel").aggregate(k=_.count())
        )
    }
    claims = [
        _switch(
            study, asked, switched, (source, target), found.get((source, target), 0), sizes[source]
        )
        for source in sorted(sizes)
        for target in sorted(sizes)
        if source != target
    ]
    return share_trial("channel_switch", claims, study.rules, "breakpoint.need_channels")


def _switch(
    study: Study, asked: ir.Table, switched: ir.Table, channels: tuple[str, str], k: int, n: int
) -> Claim:
    source, target = channels
    here = switched.filter(_.channel == source, _.again_channel == target)
    return share_claim(
        k,
        n,
        study.rules.tolerance.channel_switch,
        kind="breakpoint",
        type="channel_switch",
        locus={"from": source, "to": target},
        title=say("breakpoint.channel_switch", source=source, target=target),
        impact=counted(k, n, "event"),
        measure=lambda: (
            asked.filter(_.channel == source)
            .group_by("again_channel")
            .aggregate(n=_.count(), unanswered=_.answer_at.isnull().cast("int64").sum())
        ),
        evidence=lambda: here,
        method="forced_switch_share_wilson",
        caveats=(say("finding.caveat_association"),),
    )


def _due(study: Study, requests: ir.Table, within: int) -> ir.Table:
    """Requests that had the time of the rules until the end of observation."""
    return requests.filter(requests.at + within <= study.journey.log.totals.last_at)
