"""The slow and obvious way to count a rule: one case after the other, one event after the other."""

from __future__ import annotations

import datetime
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from journeylib.lifecycle import Lifecycle
from journeylib.spec import feel

B2B = Lifecycle.load("b2b")
Row = Mapping[str, Any]


class World:
    """All cases of a log, with what the spec and the lifecycle say about them."""

    def __init__(self, spec, rows: Sequence[Row], *, decided: bool = True):
        self.spec, self.decided = spec, decided
        cases = defaultdict(list)
        for row in rows:
            cases[row["case_id"]].append(row)
        ordered = ((id, sorted(own, key=lambda r: r["timestamp"])) for id, own in cases.items())
        self.cases = {id: Case(self, own) for id, own in ordered}
        self.end = max(row["timestamp"] for row in rows)

    def count(self, rule):
        """activated, fulfilled, violated, pending, vacuous, and the cases with a violation."""
        told = {id: KINDS[rule.kind](rule, case) for id, case in self.cases.items()}
        a, v, p = (sum(counts[i] for counts in told.values()) for i in range(3))
        vacuous = sum(counts[0] == 0 for counts in told.values())
        return a, a - v - p, v, p, vacuous, sorted(id for id, c in told.items() if c[1])


class Case:
    """One case: its events in order, by position from 0."""

    def __init__(self, world: World, rows: Sequence[Row]):
        self.world, self.rows = world, rows
        self.names = [row["activity"] for row in rows]
        outcome = next((r["outcome"] for r in reversed(rows) if r["outcome"]), "open")
        self.outcome = outcome if world.decided else "finished"
        self.ended = self._ended()

    @property
    def open(self):
        return self.outcome == "open"

    def _ended(self):
        if self.outcome not in ("won", "lost"):
            return None
        deciding = [i for i, n in enumerate(self.names) if B2B.outcome_of(n) == self.outcome]
        return deciding[0] if deciding else len(self.rows) - 1

    def stage(self, i):
        """The place of the stage of an event in the specification."""
        for s, stage in enumerate(self.world.spec.stages):
            if self.names[i] in [activity.event for activity in stage.activities]:
                return s
        if B2B.outcome_of(self.names[i]) == "lost":
            return None
        ids = [stage.id for stage in self.world.spec.stages]
        own = B2B.stage_of(self.names[i])
        return ids.index(own) if own in ids else None

    def entered(self, s):
        return next((i for i in range(len(self.rows)) if self.stage(i) == s), None)

    def onward(self, s):
        further = (i for i in range(len(self.rows)) if (self.stage(i) or 0) > s)
        return next(further, None)

    def visits(self, s):
        entered, onward = self.entered(s), self.onward(s)
        return entered is not None and (onward is None or onward > entered)

    def moved_on(self, s):
        entered = self.entered(s)
        if self.onward(s) is not None:
            return True
        if entered is None:
            return False
        return self.outcome == "finished" or (self.outcome == "won" and self.ended >= entered)

    def passed(self, s):
        stages = enumerate(self.world.spec.stages)
        won_in = [n for n, stage in stages if any(a.outcome == "won" for a in stage.activities)]
        return self.moved_on(s) or (self.outcome == "won" and s <= max(won_in, default=-1))

    def left(self, s):
        ends = [self.onward(s)]
        if self.ended is not None and self.ended >= self.entered(s):
            ends.append(self.ended)
        known = [end for end in ends if end is not None]
        return min(known) if known else len(self.rows)

    def first(self, activity):
        return self.names.index(activity) if activity in self.names else None

    def hours(self, i, j=None):
        """From event i to event j, or to the end of observation."""
        until = self.rows[j]["timestamp"] if j is not None else self.world.end
        return (until - self.rows[i]["timestamp"]).total_seconds() / 3600


# -- FEEL --------------------------------------------------------------------------------------------


def met(tree, case: Case, before: int) -> bool:
    """Whether a criterion is true, by the events before a position."""
    return truth(tree, case, before) is True


def truth(tree, case, before):
    found = evaluated(tree, case, before)
    return found if isinstance(found, bool) else None


def evaluated(tree, case, before):  # noqa: C901, PLR0911 - one case a kind of node
    match tree:
        case feel.Literal(value):
            return float(value) if type(value) in (int, float) else value
        case feel.Name(id):
            return value_of(id, case, before)
        case feel.Compare(operator, left, right):
            return compared(operator, left, right, case, before)
        case feel.Within(feel.Literal(str(name)), feel.Name("done")):
            return name in case.names[:before]
        case feel.Within(subject, name):
            return compared("=", subject, name, case, before)
        case feel.Among(subject, tests):
            return any_of([tested(subject, test, case, before) for test in tests])
        case feel.Both(parts):
            return all_of([truth(part, case, before) for part in parts])
        case feel.Either(parts):
            return any_of([truth(part, case, before) for part in parts])
        case feel.Negation(part):
            found = truth(part, case, before)
            return None if found is None else not found


def raw(id, case, before):
    [item] = [item for item in case.world.spec.information if item.id == id]
    shown = [row[item.attribute] for row in case.rows[:before] if row[item.attribute] is not None]
    return (shown[-1] if shown else None), item.type


READ = {
    "string": str,
    "number": float,
    "date": datetime.date.fromisoformat,
    "boolean": {"true": True, "是": True, "false": False, "否": False}.get,
}


def value_of(id, case, before):
    value, kind = raw(id, case, before)
    try:
        return None if value is None else READ[kind](value)
    except ValueError:
        return None


def compared(operator, left, right, case, before):
    kinds = {kind_of(left, case), kind_of(right, case)}
    a, b = evaluated(left, case, before), evaluated(right, case, before)
    if kinds == {"date", "string"}:  # a text that names a date
        kinds = {"date"}
        a, b = (datetime.date.fromisoformat(x) if isinstance(x, str) else x for x in (a, b))
    if operator in ("=", "!="):
        for one, other in ((left, right), (right, left)):
            if one == feel.Literal(None) and isinstance(other, feel.Name):
                missing = raw(other.id, case, before)[0] is None
                return missing if operator == "=" else not missing
        if len(kinds - {"null"}) > 1:
            return None
        equal = a == b
        return equal if operator == "=" else not equal
    if len(kinds) > 1 or a is None or b is None or isinstance(a, bool):
        return None
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def kind_of(tree, case):
    match tree:
        case feel.Literal(None):
            return "null"
        case feel.Literal(bool()):
            return "boolean"
        case feel.Literal(str()):
            return "string"
        case feel.Literal():
            return "number"
        case feel.Name(id):
            return raw(id, case, 0)[1]
        case _:
            return "boolean"


def tested(subject, test, case, before):
    if not isinstance(test, feel.Range):
        return compared("=", subject, test, case, before)
    low, high = (">=" if test.low_closed else ">"), ("<=" if test.high_closed else "<")
    ends = ((low, test.low), (high, test.high))
    return all_of([compared(operator, subject, end, case, before) for operator, end in ends])


def all_of(truths):
    return False if False in truths else None if None in truths else True


def any_of(truths):
    return True if True in truths else None if None in truths else False


# -- rules -------------------------------------------------------------------------------------------


def stage_of(rule, case):
    return [stage.id for stage in case.world.spec.stages].index(rule.stage)


def required(rule, case):
    s, done = stage_of(rule, case), rule.activities[0] in case.names
    if case.passed(s):
        return 1, int(not done), 0
    if case.entered(s) is not None and case.outcome != "lost":
        return 1, 0, int(not done)
    return 0, 0, 0


def order(rule, case):
    first, second = map(case.first, rule.activities)
    if first is None or second is None:
        return 0, 0, 0
    return 1, int(first > second), 0


def sla(rule, case):
    [activity], limit = rule.activities, rule.within.hours
    waits = [case.hours(i - 1, i) for i, n in enumerate(case.names) if i and n == activity]
    n, late, pending = len(waits), sum(wait > limit for wait in waits), 0
    by_id = {a.id: a for a in case.world.spec.activities}
    due_after = [
        by_id[t.source].event
        for t in case.world.spec.transitions
        if by_id[t.target].event == activity and by_id[t.target].required
    ]
    if case.open and activity not in case.names and case.names[-1] in due_after:
        n += 1
        overdue = case.hours(len(case.rows) - 1) > limit
        late, pending = late + overdue, int(not overdue)
    return n, late, pending


def stage_sla(rule, case):
    s, limit = stage_of(rule, case), rule.within.hours
    if not case.visits(s):
        return 0, 0, 0
    entered = case.entered(s)
    ends = [i for i in (case.onward(s), case.ended) if i is not None and i >= entered]
    if ends:
        return 1, int(case.hours(entered, min(ends)) > limit), 0
    late = case.open and case.hours(entered) > limit
    return 1, int(late), int(not late)


def leaving(rule, case):
    s = stage_of(rule, case)
    if not case.visits(s):
        return 0, 0, 0
    if case.moved_on(s):
        return 1, int(not met(rule.when, case, case.left(s))), 0
    return (0, 0, 0) if case.outcome == "lost" else (1, 0, 1)


def entering(rule, case):
    entered = case.entered(stage_of(rule, case))
    if entered is None:
        return 0, 0, 0
    return 1, int(not met(rule.when, case, entered)), 0


def passings(rule, case):
    """Positions at which the sender's work is followed by the receiver's, automation left out."""
    work = [i for i, r in enumerate(case.rows) if r["department"] and r["actor"] != "system"]
    source, target = rule.departments
    return [
        (i, j)
        for i, j in itertools.pairwise(work)
        if (case.rows[i]["department"], case.rows[j]["department"]) == (source, target)
    ]


def handover_item(rule, case):
    [name] = [i.attribute for i in case.world.spec.information if i.id == rule.item]
    n = late = pending = 0
    for i, _j in passings(rule, case):
        known = any(row[name] is not None for row in case.rows[: i + 1])
        shown = any(
            row[name] is not None and row["department"] == rule.departments[1]
            for row in case.rows[i + 1 :]
        )
        waiting = known and not shown and case.open
        n, late, pending = n + 1, late + (not (known and shown) and not waiting), pending + waiting
    return n, late, pending


def handover_within(rule, case):
    waits = [case.hours(i, j) for i, j in passings(rule, case)]
    return len(waits), sum(wait > rule.within.hours for wait in waits), 0


def existence(rule, case):
    missing = rule.activities[0] not in case.names
    return 1, int(missing and not case.open), int(missing and case.open)


def absence(rule, case):
    done = rule.activities[0] in case.names
    return 1, int(done), int(not done and case.open)


def exactly_one(rule, case):
    n = case.names.count(rule.activities[0])
    return 1, int(n > 1 or (n == 0 and not case.open)), int(n <= 1 and case.open)


def not_coexistence(rule, case):
    done = [activity in case.names for activity in rule.activities]
    return int(any(done)), int(all(done)), int(any(done) and not all(done) and case.open)


def precedence(rule, case):
    first, second = rule.activities
    at = [i for i, name in enumerate(case.names) if name == second]
    return len(at), sum(first not in case.names[:i] for i in at), 0


def response(rule, case):
    first, second = rule.activities
    limit = rule.within.hours if rule.within else float("inf")
    unsettled = case.open or (rule.within is not None and not case.world.decided)
    n = late = pending = 0
    for i, name in enumerate(case.names):
        if name != first:
            continue
        answers = [j for j in range(i + 1, len(case.names)) if case.names[j] == second]
        kept = bool(answers) and case.hours(i, answers[0]) <= limit
        waiting = not answers and unsettled and case.hours(i) <= limit
        n, late, pending = n + 1, late + (not kept and not waiting), pending + waiting
    return n, late, pending


def chain_response(rule, case):
    first, second = rule.activities
    limit = rule.within.hours if rule.within else float("inf")
    n = late = pending = 0
    for i, name in enumerate(case.names):
        if name != first:
            continue
        last = i + 1 == len(case.names)
        kept = not last and case.names[i + 1] == second and case.hours(i, i + 1) <= limit
        waiting = last and case.open and case.hours(i) <= limit
        n, late, pending = n + 1, late + (not kept and not waiting), pending + waiting
    return n, late, pending


def four_eyes(rule, case):
    people = [
        {r["resource"] for r in case.rows if r["activity"] == activity and r["resource"]}
        for activity in rule.activities
    ]
    if not all(people):
        return 0, 0, 0
    same = bool(people[0] & people[1])
    return 1, int(same), int(not same and case.open)


def condition(rule, case):
    at = [i for i, name in enumerate(case.names) if name == rule.activities[0]]
    return len(at), sum(not met(rule.when, case, i + 1) for i in at), 0


def unknown_activity(rule, case):
    known = {activity.event for activity in case.world.spec.activities}
    strange = [n for n in case.names if n not in known and B2B.outcome_of(n) != "lost"]
    return 1, int(bool(strange)), 0


KINDS = {
    "required": required, "order": order, "sla": sla, "stage_sla": stage_sla,
    "exit_criterion": leaving, "gate_complete": leaving, "entry_criterion": entering,
    "handover_item": handover_item, "handover_within": handover_within, "existence": existence,
    "absence": absence, "exactly_one": exactly_one, "not_coexistence": not_coexistence,
    "precedence": precedence, "response": response, "chain_response": chain_response,
    "four_eyes": four_eyes, "condition": condition, "unknown_activity": unknown_activity,
}  # fmt: skip
