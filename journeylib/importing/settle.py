"""What follows from a change: what spoke of a removed part goes with it, the flow closes the gap.

Works on the specification as plain data, before it is checked. Only what spoke of parts that are
gone is touched, and each consequence is told; a reference somebody mistyped is left to be reported.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from journeylib.errors import FeelError
from journeylib.spec import feel
from journeylib.terms import Text, say

Data = dict[str, Any]
Gone = Mapping[str, frozenset[str]]
"""Kind of part (``event`` for activities as the log names them) → the ids that are gone."""

KINDS = ("stage", "activity", "event", "department", "role", "item", "finding")


def provenance(reason: str) -> Data:
    """Why a part is there that came with the edited file."""
    return {"method": "edited", "reason": say(f"importing.{reason}").to_dict()}


def ids(data: Data) -> dict[str, list[str]]:
    """The ids of the parts that others refer to, by kind."""
    activities = [activity for stage in data["stages"] for activity in stage["activities"]]
    parts = {
        "stage": data["stages"],
        "activity": activities,
        "department": data["departments"],
        "role": data["roles"],
        "item": data["information"],
        "finding": data["findings"],
    }
    found = {kind: [str(part["id"]) for part in listed] for kind, listed in parts.items()}
    return found | {"event": [str(activity["event"]) for activity in activities]}


def gone_between(before: Data, after: Data) -> Gone:
    """What was there and is no more."""
    was, now = ids(before), ids(after)
    return {kind: frozenset(was[kind]) - frozenset(now[kind]) for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Before:
    """The flow before the change: its transitions, which may be dropped, and its activities."""

    flow: frozenset[tuple[str, str]] = frozenset()
    activities: frozenset[str] = frozenset()

    @classmethod
    def of(cls, data: Data) -> Self:
        """The flow of a specification as it was."""
        pairs = ((t["source"], t["target"]) for t in data["transitions"])
        return cls(frozenset(pairs), frozenset(ids(data)["activity"]))


def settle(data: Data, gone: Gone, before: Before) -> list[Text]:
    """Take what spoke of parts that are gone out of `data`; the notes say what."""
    notes: list[Text] = []
    _clear(data, gone, notes)
    for stage in data["stages"]:
        _settle_stage(stage, gone, notes)
    _settle_around(data, gone, notes)
    _settle_flow(data, gone, before, notes)
    return notes


def follow_renamed_events(data: Data, renamed: Mapping[str, str]) -> list[Text]:
    """Criteria speak of activities by their name in the log: let them follow a new one."""
    notes = []
    for condition, name in _conditions(data):
        text = condition["when"]
        for old, new in renamed.items():
            text = text.replace(_quoted(old), _quoted(new))
        if text != condition["when"]:
            condition["when"] = text
            notes.append(say("importing.event_renamed", criterion=name))
    return notes


def _quoted(event: str) -> str:
    return json.dumps(event, ensure_ascii=False)


def _conditions(data: Data) -> Iterator[tuple[Data, Text]]:
    for stage in data["stages"]:
        for criterion in (*stage["entry"], *stage["exit"]):
            yield criterion, _text(criterion["text"])
    for constraint in data["constraints"]:
        if constraint.get("when"):
            yield constraint, _text(constraint["text"])


def _text(data: Data | None) -> Text:
    return Text(**data) if data else Text.same("?")


# -- single references -----------------------------------------------------------------------------


def _clear(data: Data, gone: Gone, notes: list[Text]) -> None:
    """Optional references to what is gone become none."""
    for role in data["roles"]:
        _forget(role, "department", gone["department"], ("role", "name"), notes)
    for item in data["information"]:
        _forget(item, "first_known", gone["stage"], ("item", "name"), notes)
        _forget(item, "department", gone["department"], ("item", "name"), notes)
    for stage in data["stages"]:
        for activity in stage["activities"]:
            for field, kind in (("department",) * 2, ("role",) * 2, ("output", "item")):
                _forget(activity, field, gone[kind], ("activity", "name"), notes)
        _keep(stage, "answers", gone["finding"].__contains__, lambda _: None, notes)


def _forget(
    part: Data, field: str, gone: frozenset[str], what: tuple[str, str], notes: list[Text]
) -> None:
    if part.get(field) in gone:
        kind, name = what
        told = say(f"importing.the_{kind}", name=_text(part[name]))
        notes.append(say("importing.cleared_with", what=told, gone=part[field]))
        part[field] = None


# -- parts that go along ---------------------------------------------------------------------------


def _keep(
    holder: Data,
    field: str,
    hangs_on: Callable[[Any], object],
    told: Callable[[Any], Text | None],
    notes: list[Text],
) -> None:
    """Keep the parts that hang on nothing gone; `hangs_on` gives what of a part is gone."""
    kept = []
    for part in holder[field]:
        lost = hangs_on(part)
        if not lost:
            kept.append(part)
        elif what := told(part):
            notes.append(say("importing.dropped_with", what=what, gone=str(lost)))
    holder[field] = kept


def _settle_stage(stage: Data, gone: Gone, notes: list[Text]) -> None:
    name = _text(stage["name"])

    def called(kind: str, field: str) -> Callable[[Data], Text]:
        return lambda part: say(f"importing.the_{kind}", name=_text(part[field]))

    for gate in ("entry", "exit"):
        _keep(
            stage, gate, lambda c: _unmet(c.get("when"), gone), called("criterion", "text"), notes
        )
    departments = gone["department"]
    raci, handover = (say(f"importing.the_{kind}", name=name) for kind in ("raci", "handover"))
    _keep(stage, "raci", lambda r: _of(departments, r["department"]), lambda _: raci, notes)
    for passed in stage["handovers"]:
        items = passed["items"]
        passed["items"] = [handed for handed in items if handed["item"] not in gone["item"]]
    _keep(stage, "handovers", lambda h: _of(departments, h["source"], h["target"]),
          lambda _: handover, notes)  # fmt: skip
    _keep(stage, "automation", lambda r: _of(gone["activity"], r.get("activity")),
          called("automation", "trigger"), notes)  # fmt: skip
    _keep_goals(stage, gone, notes)


def _keep_goals(holder: Data, gone: Gone, notes: list[Text]) -> None:
    places = gone["stage"] | gone["activity"]
    for goal in holder["goals"]:
        goal["findings"] = [id for id in goal.get("findings", ()) if id not in gone["finding"]]
    _keep(holder, "goals", lambda goal: _of(places, goal.get("of")),
          lambda goal: say("importing.the_goal", name=_text(goal["name"])), notes)  # fmt: skip


def _settle_around(data: Data, gone: Gone, notes: list[Text]) -> None:
    def lost(constraint: Data) -> str:
        return _of(gone["activity"], *constraint["activities"]) or _unmet(
            constraint.get("when"), gone
        )

    def told(constraint: Data) -> Text:
        return say("importing.the_constraint", name=_text(constraint["text"]))

    _keep(data, "constraints", lost, told, notes)
    _keep_goals(data, gone, notes)


def _of(gone: frozenset[str], *ids: str | None) -> str:
    return next((id for id in ids if id in gone), None) or ""


def _unmet(when: str | None, gone: Gone) -> str:
    """What a condition asks for and is gone."""
    try:
        tree = feel.parse(when or "null")
    except FeelError:
        return ""
    names = [name.id for name in feel.names(tree)]
    return _of(gone["item"], *names) or _of(gone["event"], *feel.activities(tree))


# -- the flow --------------------------------------------------------------------------------------


def _settle_flow(data: Data, gone: Gone, before: Before, notes: list[Text]) -> None:
    """Drop transitions that no longer hold; close the gaps where an activity left or came."""
    flow = _Flow(data)
    holding = []
    for transition in data["transitions"]:
        pair = (transition["source"], transition["target"])
        if pair not in before.flow or flow.holds(*pair):
            holding.append(transition)
        elif not gone["activity"] & set(pair):
            notes.append(_told("dropped_transition", flow, *pair))
    data["transitions"] = holding
    for pair in list(flow.missing(before, holding)) if before.flow else ():
        why = provenance("from_order")
        holding.append({"source": pair[0], "target": pair[1], "why": why})
        notes.append(_told("bridged", flow, *pair))


def _told(key: str, flow: _Flow, source: str, target: str) -> Text:
    names = {"source": flow.name(source), "target": flow.name(target)}
    return say(f"importing.{key}", **names)


class _Flow:
    """The activities in order, and which transitions between them hold."""

    def __init__(self, data: Data) -> None:
        self.activities = [a for stage in data["stages"] for a in stage["activities"]]
        self.place = {a["id"]: n for n, a in enumerate(self.activities)}

    def name(self, id: str) -> Text:
        place = self.place.get(id)
        return Text.same(id) if place is None else _text(self.activities[place]["name"])

    def holds(self, source: str, target: str) -> bool:
        """Both are there, it leads on, and all it passes over is optional."""
        first, last = self.place.get(source), self.place.get(target)
        if first is None or last is None or first >= last:
            return False
        return not any(a["required"] for a in self.activities[first + 1 : last])

    def missing(self, before: Before, now: list[Data]) -> Iterator[tuple[str, str]]:
        """Neighbours of which one lost all ways on or back, or is new and has none."""
        left, entered = {s for s, _ in before.flow}, {t for _, t in before.flow}
        leaving, entering = {t["source"] for t in now}, {t["target"] for t in now}
        old = before.activities
        for source, target in itertools.pairwise(a["id"] for a in self.activities):
            no_way_on = source not in leaving and (source in left or source not in old)
            no_way_in = target not in entering and (target in entered or target not in old)
            if no_way_on or no_way_in:
                yield source, target
