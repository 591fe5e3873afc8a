"""What no single event tells: answers that come later, one person doing both, values at an event.

Each family of rules has one table for all its rules, one row per case that concerns any of them, made
in one query from the events and a lookup of who asks what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import Deferred, _

from journeylib.checking.conditions import Reader
from journeylib.checking.ledger import Ledger, Member, Setting
from journeylib.checking.rules import Rule
from journeylib.findings.clocks import works
from journeylib.spec.parts import InformationItem
from journeylib.terms import Clock, Span

_ENDLESS = 2**62


def microseconds(span: Span) -> int:
    """A limit in the unit of the log's moments.

    >>> microseconds(Span.parse("2s"))
    2000000
    """
    return round(span.seconds * 1e6)


def passes(source: str, target: str) -> Deferred:
    """Whether work passes from one department to another after an event."""
    return (_.department == source) & (_.ck_taker == target)


def latency(clock: Clock) -> Deferred:
    """Until the other takes it up (µs of `clock`)."""
    return _.ck_taken_worked if clock is Clock.WORKING else _.ck_taken


# -- answers that come later -----------------------------------------------------------------------


def responses(setting: Setting, _table: ir.Table, members: Sequence[Member]) -> ir.Table:
    """Per rule: how often it was asked, how often not answered in time, of these may still be."""
    asked = _asked(setting, [member.rule for member in members])
    counts: dict[str, Deferred] = {}
    for i, member in enumerate(members):
        n, unkept, waiting = member.names
        here = _.rule == i
        counts |= {
            n: _.count(where=here),
            unkept: _.count(where=here & ~_.kept),
            waiting: _.count(where=here & _.waiting),
        }
    return asked.group_by("case_id").aggregate(**counts)


def _asked(setting: Setting, rules: Sequence[Rule]) -> ir.Table:
    """One row per rule and event that asks: was it ``kept``, may it still be (``waiting``)?"""
    ends, worktime = setting.ends, ["worked"] if works(setting.events) else []
    e = setting.events.select("case_id", "position", "ck_does", "at", *worktime)
    cells = [(i, rule, k) for i, rule in enumerate(rules) for k in (0, 1)]
    clocks = [rule.within.clock if rule.within else Clock.CALENDAR for rule in rules]
    lookup = setting.journey.log.engine.lookup(
        {
            "rule": [i for i, _rule, _k in cells],
            "asks": [1 - k for _i, _rule, k in cells],
            "doing": [setting.number(rule.activities[k]) for _i, rule, k in cells],
            "worktime": [int(clocks[i] is Clock.WORKING) for i, _rule, _k in cells],
            "most": [microseconds(r.within) if r.within else _ENDLESS for _i, r, _k in cells],
            "over": [ends[clocks[i]] for i, _rule, _k in cells],
        }
    )
    told = e.join(lookup, e.ck_does == lookup.doing)
    worked = told.worked if worktime else told.at
    told = told.select(
        "case_id", "position", "rule", "asks", "most", "over",
        moment=(told.worktime == 1).ifelse(worked, told.at),
    )  # fmt: skip
    later = ibis.window(group_by=["case_id", "rule"], order_by="position", rows=(1, None))
    answer = (told.asks == 0).ifelse(told.moment, None).min().over(later)
    asked = told.mutate(answer=answer).filter(_.asks == 1)
    return asked.select(
        "case_id",
        "rule",
        kept=(_.answer.notnull() & (_.answer - _.moment <= _.most)).fill_null(False),
        waiting=_.answer.isnull() & (_.over - _.moment <= _.most),
    )


# -- one person doing both ---------------------------------------------------------------------------


def same_resource(setting: Setting, _table: ir.Table, members: Sequence[Member]) -> ir.Table:
    """Per rule: are both activities done by somebody known, by how many people both, and 0."""
    e = setting.events.filter(_.resource.notnull()).select("case_id", "resource", "ck_does")
    cells = [(i, member.rule, k) for i, member in enumerate(members) for k in (0, 1)]
    lookup = setting.journey.log.engine.lookup(
        {
            "rule": [i for i, _rule, _k in cells],
            "which": [k for _i, _rule, k in cells],
            "doing": [setting.number(rule.activities[k]) for _i, rule, k in cells],
        }
    )
    told = e.join(lookup, e.ck_does == lookup.doing)
    people = told.group_by("case_id", "rule", "resource").aggregate(
        first=(_.which == 0).cast("int64").max(), second=(_.which == 1).cast("int64").max()
    )
    counts: dict[str, Deferred] = {}
    for i, member in enumerate(members):
        both, same, none = member.names
        here = _.rule == i
        counts |= {
            both: (_.first.max(where=here) * _.second.max(where=here)).fill_null(0),
            same: _.count(where=here & (_.first + _.second == 2)),
            none: _.count(where=here & (_.first + _.second < 0)),
        }
    return people.group_by("case_id").aggregate(**counts)


# -- values at an event ------------------------------------------------------------------------------


@dataclass
class At:
    """The moment of an event itself: what it shows counts. Notes which `values` it is asked for."""

    ledger: Ledger
    values: dict[str, str] = field(default_factory=dict)

    def known(self, item: InformationItem) -> Any:
        """Whether there was a value by then."""
        return self.ledger.known(item.attribute) <= _.position

    def value(self, item: InformationItem) -> Any:
        """The value last shown."""
        name = self.values.setdefault(item.attribute, f"ck_value_{len(self.values)}")
        return _[name]

    def done(self, activity: str) -> Any:
        """Whether it had been done by then."""
        return self.ledger.first(activity) <= _.position


def met_at(rule: Rule, ledger: Ledger) -> tuple[Deferred, Mapping[str, str]]:
    """Whether the condition of `rule` is met at an event, and the columns its values need."""
    moment = At(ledger)
    items = {item.id: item for item in ledger.setting.spec.information}
    assert rule.when is not None
    return Reader(items, moment).holds(rule.when).fill_null(False), moment.values


def conditions(setting: Setting, table: ir.Table, members: Sequence[Member]) -> ir.Table:
    """Per rule: how often its activity was done, how often without the condition, and 0."""
    parts = [_condition(setting, table, member) for member in members]
    whole = parts[0]
    for part in parts[1:]:
        whole = (
            whole.outer_join(part, "case_id", rname="ck_right_{name}")
            .mutate(case_id=_.case_id.coalesce(_.ck_right_case_id))
            .drop("ck_right_case_id")
        )
    return whole


def _condition(setting: Setting, table: ir.Table, member: Member) -> ir.Table:
    met, values = member.extra
    done = setting.events.filter(_.ck_does == setting.number(member.rule.activities[0]))
    points = done.select("case_id", "position")
    if values:
        points = _with_values(setting, points, values)
    n, broken, none = member.names
    told = points.join(table, "case_id").mutate(ck_met=met)
    return told.group_by("case_id").aggregate(
        **{n: _.count(), broken: _.count(where=~_.ck_met), none: _.count(where=_.position < 0)}
    )


def _with_values(setting: Setting, points: ir.Table, values: Mapping[str, str]) -> ir.Table:
    """Events with the value each attribute had by then: the last one shown."""
    seen = setting.events.select(
        "case_id", ck_seen="position", **{name: _[attribute] for attribute, name in values.items()}
    )
    pairs = points.join(seen, [points.case_id == seen.case_id, seen.ck_seen <= points.position])
    return pairs.group_by("case_id", "position").aggregate(
        **{n: _[n].argmax(_.ck_seen, where=_[n].notnull()) for n in values.values()}
    )
