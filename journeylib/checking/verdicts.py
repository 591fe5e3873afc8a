"""How each kind of rule is measured: three counts a case, as expressions over the `Ledger`.

A case activates a rule some times; each activation is fulfilled, violated or, while the case is open
and a later event could still decide it, pending. What is never activated in a case is vacuous there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import ibis
from ibis import _

from journeylib.checking import sides
from journeylib.checking.conditions import Reader, constant
from journeylib.checking.ledger import FAR, Ledger
from journeylib.checking.rules import Kind, Rule
from journeylib.checking.sides import latency, microseconds, passes
from journeylib.findings.clocks import wait_of
from journeylib.spec.parts import InformationItem
from journeylib.terms import Clock


class Verdict(NamedTuple):
    """Counts of a rule in one case; the rest of its activations are fulfilled."""

    activated: Any
    violated: Any
    pending: Any


def verdict_of(rule: Rule, ledger: Ledger) -> Verdict:
    """The counts of `rule`, as expressions over the table of `ledger`."""
    counted = _KINDS[rule.kind](rule, ledger)
    return Verdict(*(_int(count) for count in counted))


def _int(count: Any) -> Any:
    return count.cast("int32")


def _stage(rule: Rule, ledger: Ledger) -> int:
    return ledger.setting.stage_ids.index(str(rule.stage))


# -- stages --------------------------------------------------------------------------------------


def _required(rule: Rule, ledger: Ledger) -> Verdict:
    s, done = _stage(rule, ledger), ledger.first(rule.activities[0]) < FAR
    passed = ledger.passed(s)
    under_way = (ledger.entered(s) < FAR) & ~passed & ~_.ck_lost
    return Verdict(passed | under_way, passed & ~done, under_way & ~done)


def _order(rule: Rule, ledger: Ledger) -> Verdict:
    first, second = map(ledger.first, rule.activities)
    return Verdict((first < FAR) & (second < FAR), (first > second) & (first < FAR), _none())


def _sla(rule: Rule, ledger: Ledger) -> Verdict:
    """Each time the activity was done after a step before, and the time it is overdue now."""
    [activity], limit = rule.activities, rule.within
    assert limit is not None
    comes = _.ck_next == ledger.setting.number(activity)
    late = comes & (wait_of(_, limit.clock) > microseconds(limit))
    n = ledger.count(("comes", activity), comes)
    k = ledger.count(("late", activity), late)
    due = _.ck_open & (ledger.first(activity) == FAR) & _.ck_tail.isin(_before(rule, ledger))
    overdue = due & (_since(ledger, ledger.last_at(limit.clock), limit.clock) > microseconds(limit))
    return Verdict(n + _int(due), k + _int(overdue), _int(due & ~overdue))


def _before(rule: Rule, ledger: Ledger) -> list[int]:
    """After which activities a required one is due next; nothing is due that may be left out."""
    spec = ledger.setting.spec
    numbers = {a.id: ledger.setting.number(a.event) for a in spec.activities}
    wanted = {a.id for a in spec.activities if a.event == rule.activities[0] and a.required}
    return [numbers[t.source] for t in spec.transitions if t.target in wanted]


def _since(ledger: Ledger, moment: Any, clock: Clock) -> Any:
    return ledger.setting.ends[clock] - moment


def _stage_sla(rule: Rule, ledger: Ledger) -> Verdict:
    s, limit = _stage(rule, ledger), rule.within
    assert limit is not None
    clock, most = limit.clock, microseconds(limit)
    entered = ledger.entered_at(s, clock)
    onward, ended = ledger.onward(s) < FAR, _.ck_ended >= ledger.entered(s)
    ended = ended & (_.ck_ended < FAR)
    until = ibis.least(
        onward.ifelse(ledger.onward_at(s, clock), _LATE),
        ended.ifelse(ledger.ended_at(clock), _LATE),
    )
    there, left = ledger.visits(s), onward | ended
    stayed = left.ifelse(until, ledger.setting.ends[clock]) - entered
    known = left | _.ck_open
    late = there & known & (stayed > most)
    return Verdict(there, late, there & ~left & ~late)


_LATE = 2**62


def _exit(rule: Rule, ledger: Ledger) -> Verdict:
    """On going on: a gate keeps nobody from being lost."""
    s = _stage(rule, ledger)
    there, gone = ledger.visits(s), ledger.moved_on(s)
    met = criterion(rule, ledger, ("exit", s), ledger.left(s))
    waiting = there & ~gone & ~_.ck_lost
    return Verdict((there & gone) | waiting, there & gone & ~met, waiting)


def _entry(rule: Rule, ledger: Ledger) -> Verdict:
    s = _stage(rule, ledger)
    entered = ledger.entered(s)
    met = criterion(rule, ledger, ("entry", s), entered)
    return Verdict(entered < FAR, (entered < FAR) & ~met, _none())


@dataclass(frozen=True)
class Before:
    """The moment before a position of the case; `key` names the place."""

    ledger: Ledger
    key: tuple[str, int]
    position: Any

    def known(self, item: InformationItem) -> Any:
        """Whether there was a value by then."""
        return self.ledger.known(item.attribute) < self.position

    def value(self, item: InformationItem) -> Any:
        """The value last shown."""
        return self.ledger.value_before(item.attribute, self.key, self.position)

    def done(self, activity: str) -> Any:
        """Whether it had been done by then."""
        return self.ledger.first(activity) < self.position


def criterion(rule: Rule, ledger: Ledger, key: tuple[str, int], position: Any) -> Any:
    """Whether a criterion is met before `position`: true or false, as only true opens a gate."""
    items = {item.id: item for item in ledger.setting.spec.information}
    assert rule.when is not None
    return _met(Reader(items, Before(ledger, key, position)).holds(rule.when))


def _met(truth: Any) -> Any:
    return truth.fill_null(False)


# -- hand-overs ------------------------------------------------------------------------------------


def _handover_item(rule: Rule, ledger: Ledger) -> Verdict:
    """Known when the work was passed, and shown by the receiver after it."""
    [attribute] = [
        item.attribute for item in ledger.setting.spec.information if item.id == rule.item
    ]
    source, target = rule.departments
    known, shown = ledger.known(attribute), ledger.shown(attribute, target)
    passed = passes(source, target)
    n = ledger.count(("passes", source, target), passed)
    arrived = ledger.count_beside(
        ("arrived", rule.id), passed & (known <= _.position) & (shown > _.position)
    )
    awaited = ledger.count_beside(
        ("awaited", rule.id), passed & (known <= _.position) & (shown <= _.position)
    )
    pending = _.ck_open.ifelse(awaited, 0)
    return Verdict(n, n - arrived - pending, pending)


def _handover_within(rule: Rule, ledger: Ledger) -> Verdict:
    source, target = rule.departments
    assert rule.within is not None
    passed = passes(source, target)
    late = passed & (latency(rule.within.clock) > microseconds(rule.within))
    n = ledger.count(("passes", source, target), passed)
    return Verdict(n, ledger.count(("late", rule.id), late), _none())


# -- constraints -----------------------------------------------------------------------------------


def _existence(rule: Rule, ledger: Ledger) -> Verdict:
    missing = ledger.first(rule.activities[0]) == FAR
    return Verdict(_every(), missing & ~_.ck_open, missing & _.ck_open)


def _absence(rule: Rule, ledger: Ledger) -> Verdict:
    done = ledger.first(rule.activities[0]) < FAR
    return Verdict(_every(), done, ~done & _.ck_open)


def _exactly_one(rule: Rule, ledger: Ledger) -> Verdict:
    [activity] = rule.activities
    first, last = ledger.first(activity), ledger.last(activity)
    never, again = first == FAR, (first < FAR) & (last > first)
    return Verdict(_every(), again | (never & ~_.ck_open), ~again & _.ck_open)


def _not_coexistence(rule: Rule, ledger: Ledger) -> Verdict:
    a, b = (ledger.first(activity) < FAR for activity in rule.activities)
    return Verdict(a | b, a & b, (a | b) & ~(a & b) & _.ck_open)


def _precedence(rule: Rule, ledger: Ledger) -> Verdict:
    first, second = rule.activities
    done = _.ck_does == ledger.setting.number(second)
    n = ledger.count(("done", second), done)
    early = ledger.count_beside(("early", first, second), done & (_.position < ledger.first(first)))
    return Verdict(n, early, _none())


def _chain_response(rule: Rule, ledger: Ledger) -> Verdict:
    first, second = rule.activities
    limit = rule.within
    number = ledger.setting.number
    done, follows = _.ck_does == number(first), _.ck_next == number(second)
    if limit is not None:
        follows = follows & (wait_of(_, limit.clock) <= microseconds(limit))
    n = ledger.count(("done", first), done)
    kept = ledger.count(("chain", rule.id), done & follows)
    last = _.ck_open & (_.ck_tail == number(first))
    if limit is not None:
        since = _since(ledger, ledger.last_at(limit.clock), limit.clock)
        last = last & (since <= microseconds(limit))
    return Verdict(n, n - kept - _int(last), _int(last))


def _response(rule: Rule, ledger: Ledger) -> Verdict:
    """An answer that is due may still come while the case is open, or its limit not yet over."""
    n, unkept, waiting = ledger.counts(sides.responses, rule)
    unsettled = rule.within is not None and not ledger.setting.decided
    pending = waiting if unsettled else _.ck_open.ifelse(waiting, 0)
    return Verdict(n, unkept - pending, pending)


def _four_eyes(rule: Rule, ledger: Ledger) -> Verdict:
    """Where it is not known who did one of them, nothing is claimed."""
    both, same, _zero = ledger.counts(sides.same_resource, rule)
    done = both > 0
    return Verdict(done, done & (same > 0), done & (same == 0) & _.ck_open)


def _condition(rule: Rule, ledger: Ledger) -> Verdict:
    return Verdict(*ledger.counts(sides.conditions, rule, sides.met_at(rule, ledger)))


def _unknown(_rule: Rule, ledger: Ledger) -> Verdict:
    """Activities nobody specified; recording a loss is left out of a draft on purpose."""
    strange = (_.ck_does < 0) & (_.decides != "lost")
    return Verdict(_every(), ledger.count("unknown", strange) > 0, _none())


def _every() -> Any:
    return constant(ibis.literal(1))


def _none() -> Any:
    return constant(ibis.literal(0))


_KINDS: dict[Kind, Callable[[Rule, Ledger], Verdict]] = {
    "required": _required,
    "order": _order,
    "sla": _sla,
    "stage_sla": _stage_sla,
    "exit_criterion": _exit,
    "gate_complete": _exit,
    "entry_criterion": _entry,
    "handover_item": _handover_item,
    "handover_within": _handover_within,
    "existence": _existence,
    "absence": _absence,
    "exactly_one": _exactly_one,
    "not_coexistence": _not_coexistence,
    "precedence": _precedence,
    "response": _response,
    "chain_response": _chain_response,
    "four_eyes": _four_eyes,
    "condition": _condition,
    "unknown_activity": _unknown,
}
