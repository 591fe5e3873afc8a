"""Requests: what customers do that asks for an answer, and what became of each of them.

Browsing and filling in a form are the customer's doings as well, yet nobody is meant to answer them.
So the log is asked what is a request: an activity after which it is, often enough, staff who act next.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.rules import Answer
from journeylib.journey import Journey
from journeylib.log import completions_of
from journeylib.terms import Span

USUAL = 0.1
"""What gives at least this share of the prompt answers to a request is a usual answer to it."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """An activity of staff that usually answers a request, and the µs in which it still does."""

    request: str
    answer: str
    latest: int


def requests(journey: Journey, rules: Answer) -> ir.Table | None:
    """One row per request of a customer; None where the log tells of none.

    ``case_id activity channel at``; ``answer_at`` of the next act of staff, and ``latest``, how long
    after the request (µs) that would still be a reply, null if it is not what usually answers it;
    ``again_at again_channel`` of the customer's next request; ``closed_at`` of the next event that
    decides the case. All null where there is none, the answer also where the customer's next request
    came first.
    """
    if not journey.log.has("actor"):
        return None
    touches = journey.log.engine.materialise(_touches(journey), "touches")
    replies = _usual_replies(journey, rules, touches)
    if not replies:
        return None
    usual = journey.log.engine.lookup(
        {
            "request": [reply.request for reply in replies],
            "reply": [reply.answer for reply in replies],
            "latest": [reply.latest for reply in replies],
        }
    )
    asked = touches.filter(_.activity.isin(sorted({reply.request for reply in replies})))
    asked = asked.left_join(usual, [asked.activity == usual.request, asked.answer == usual.reply])
    order = ibis.window(group_by="case_id", order_by="position")
    following = {f"again_{name}": asked[name].lead().over(order) for name in ("at", "channel")}
    asked = asked.mutate(next_asked=asked.position.lead().over(order), **following)
    first = asked.next_asked.isnull() | (asked.answer_position < asked.next_asked)
    columns = ("case_id", "activity", "channel", "at", "again_at", "again_channel", "closed_at")
    return journey.log.engine.materialise(
        asked.select(*columns, "latest", answer_at=first.ifelse(asked.answer_at, None)), "requests"
    )


def _touches(journey: Journey) -> ir.Table:
    """What customers do: when staff and when they themselves act next, and when the case is decided."""
    events = completions_of(journey.event_table)
    channel = events.channel.cast("string") if "channel" in events.columns else ibis.null("string")
    people = events.select(
        *("case_id", "position", "at", "actor", "decides"),
        activity=events.activity.cast("string"),
        channel=channel,
    ).filter(_.actor.isin(["customer", "staff"]) | (_.decides != ""))
    later = ibis.window(group_by="case_id", order_by=ibis.desc("position"), preceding=(None, 1))
    people = people.mutate(
        answer_position=people.position.min(where=people.actor == "staff").over(later),
        touch_position=people.position.min(where=people.actor == "customer").over(later),
        closed_at=people.at.min(where=people.decides != "").over(later),
    )
    answers = people.filter(_.actor == "staff").select(
        "case_id", answer_position="position", answer="activity", answer_at="at"
    )
    touches = people.filter(_.actor == "customer", _.decides == "").drop("actor", "decides")
    touches = touches.left_join(answers, ["case_id", "answer_position"])
    return touches.select(~ibis.selectors.endswith("_right"))


def _usual_replies(journey: Journey, rules: Answer, touches: ir.Table) -> list[_Reply]:
    """What usually answers which activity of customers, for those that are requests; in order.

    Prompt is an answer within the time of the rules and before the customer acts again. Only what had
    that time until the end of observation tells anything.
    """
    within = microseconds(rules.within)
    told = touches.filter(touches.at + within <= journey.log.totals.last_at)
    first = told.touch_position.isnull() | (told.answer_position < told.touch_position)
    wait = told.answer_at - told.at
    told = told.mutate(wait=(first & (wait <= within)).fill_null(False).ifelse(wait, None))
    prompt = told.wait.notnull().ifelse(told.answer, None)
    rows = journey.log.engine.rows(told.group_by("activity", answer=prompt).aggregate(n=_.count()))
    usual = told.group_by("activity").aggregate(wait=_.wait.median())
    medians = {row.activity: row.wait or 0 for row in journey.log.engine.rows(usual)}
    asked, answered = Counter[str](), Counter[str]()
    for row in rows:
        asked[row.activity] += row.n
        answered[row.activity] += row.n if row.answer else 0
    return [
        _Reply(row.activity, row.answer, max(within, round(rules.never * medians[row.activity])))
        for row in sorted(rows, key=lambda row: (row.activity, row.answer or ""))
        if row.answer
        and answered[row.activity] >= rules.norm * asked[row.activity]
        and row.n >= USUAL * answered[row.activity]
    ]


def microseconds(span: Span) -> int:
    """A span of calendar time in the unit of the tables."""
    return int(span.seconds * 1e6)
