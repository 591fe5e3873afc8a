"""What a modeler changed in the visible parts of our own BPMN, laid over the specification.

The file is held against what we would write for the specification it carries: names, lanes, timers,
tasks, and the way the arrows go. What can be understood changes the specification; every change is
noted, and so is what was changed but has no way back.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator, Mapping

from journeylib.exporting.bpmn import JOURNEY, to_bpmn
from journeylib.exporting.flow import CUSTOMER, END, START
from journeylib.exporting.words import span as span_words
from journeylib.importing.diagram import GATEWAYS, Diagram, Node, diagram, words_in
from journeylib.importing.imported import Imported
from journeylib.importing.markup import parse
from journeylib.importing.paths import Paths
from journeylib.importing.settle import Before, Data, gone_between, provenance, settle
from journeylib.importing.timers import Timers
from journeylib.spec.model import TargetSpec
from journeylib.terms import LANGS, Lang, Span, Text, normalised, say

_OF_TASKS = ("Split_", "Merge_", "Timer_", "Reminder_", "Exit_")
"""Nodes that follow from the activities: what became of them shows in the tasks."""


def laid_over(spec: TargetSpec, drawn: Diagram, nodes: Mapping[str, str]) -> Imported:
    """`spec` with the changes that `drawn` shows; `nodes` gives the node of each activity.

    The notes are those of `drawn`, but for what our own files show as well, and the changes.
    """
    written = {lang: _written(spec, lang) for lang in LANGS}
    lang: Lang = max(LANGS, key=lambda language: _agreement(written[language], drawn))
    change = _Change(spec, drawn, written[lang], dict(nodes), lang)
    change.names()
    change.tasks()
    change.rest()
    before = spec.to_dict()
    settled = settle(change.data, gone_between(before, change.data), Before.of(before))
    seen = [note for note in drawn.notes if note not in written[lang].notes]
    changed = TargetSpec.model_validate(change.data)
    return Imported(changed, (*seen, *change.notes, *settled))


def _written(spec: TargetSpec, lang: Lang) -> Diagram:
    name = "written"
    return diagram(parse(to_bpmn(spec, lang), name)[0], name)


def _agreement(written: Diagram, drawn: Diagram) -> int:
    """How many names are the same: the language a file was written in has most."""
    return sum(
        id in drawn.nodes and drawn.nodes[id].name == node.name
        for id, node in written.nodes.items()
    ) + sum(id in drawn.lanes and drawn.lanes[id] == lane for id, lane in written.lanes.items())


class _Change:
    def __init__(
        self, spec: TargetSpec, drawn: Diagram, written: Diagram, nodes: dict[str, str], lang: Lang
    ) -> None:
        self.spec, self.drawn, self.written, self.lang = spec, drawn, written, lang
        self.data = spec.to_dict()
        self.notes: list[Text] = []
        self.nodes = nodes
        self.of = {node: activity for activity, node in nodes.items()}
        self.first = dict(_tasks_of(written))
        self.paths = Paths(drawn, END)
        self.timers = Timers(drawn)
        self.limits = Timers(written)
        self.departments = self._lanes()

    def note(self, key: str, **values: object) -> None:
        self.notes.append(say(f"diagram.{key}", **values))

    def rename(self, text: Data, now: str) -> None:
        """A new name in the language of the file; in both where they were the same."""
        if text["zh"] == text["en"]:
            text.update(zh=now, en=now)
        text[self.lang] = now

    # -- names of what is not a task ---------------------------------------------------------------

    def names(self) -> None:
        """The whole, its stages."""
        for id, (was, process) in self.written.pools.items():
            now = self.drawn.pools.get(id, (was, None))[0]
            if process and now and now != was:
                self.rename(self.data["name"], now)
                self.note("spec_renamed", now=now)
        groups = list(self.written.groups.items())
        for stage, (id, was) in zip(self.data["stages"], groups, strict=True):
            now = self.drawn.groups.get(id, was)
            if now and now != was:
                self.rename(stage["name"], now)
                self.note("stage_renamed", was=was, now=now)

    def _lanes(self) -> dict[str, str | None]:
        """Lane → department: as it was written, renamed, or new."""
        owners = {a.id: a.department for a in self.spec.activities}
        known = {
            self.written.nodes[node].lane: owners[activity] for activity, node in self.first.items()
        }
        return {id: self._department(id, known) for id in self.drawn.lanes}

    def _department(self, lane: str, known: Mapping[str | None, str | None]) -> str | None:
        now = self.drawn.lanes[lane].name or lane
        was = self.written.lanes[lane].name if lane in self.written.lanes else None
        if lane in known and (now == was or not self.drawn.lanes[lane].name):
            return known[lane]
        if lane in known and known[lane] is not None:
            department = next(d for d in self.data["departments"] if d["id"] == known[lane])
            self.rename(department["name"], now)
            self.note("lane_renamed", was=was, now=now)
            return known[lane]
        if now == was:
            return None
        return self._known_department(now) or self._new_department(now)

    def _known_department(self, name: str) -> str | None:
        for department in self.data["departments"]:
            names = {department["id"], *department["name"].values()}
            if normalised(name) in map(normalised, names):
                return str(department["id"])
        return None

    def _new_department(self, name: str) -> str:
        self.data["departments"].append({"id": name, "name": Text.same(name).to_dict()})
        self.note("lane_new", name=name)
        return name

    # -- tasks -------------------------------------------------------------------------------------

    def tasks(self) -> None:
        """Names, lanes and timers of the tasks that were there; then new ones, order, bypasses."""
        for stage in self.data["stages"]:
            for activity in stage["activities"]:
                node = self.drawn.nodes[self.nodes[activity["id"]]]
                self._name(activity, node)
                self._lane(activity, node)
                self._limit(activity, node)
        self._new_tasks()
        self._order()
        self._bypasses()
        self.notes += self.timers.notes

    def _name(self, activity: Data, node: Node) -> None:
        was = self.written.nodes[self.first[activity["id"]]].name
        if node.name and node.name != was:
            self.rename(activity["name"], node.name)
            self.note("task_renamed", was=was, now=node.name)

    def _lane(self, activity: Data, node: Node) -> None:
        if node.lane is None:
            if self.written.lanes:
                self.note("no_lane", name=node.name)
            return
        now, was = self.departments[node.lane], activity["department"]
        if now != was:
            activity["department"] = now
            activity["why"] = self._edited(self._called(was))
            self.note("task_moved", name=node.name, was=self._called(was), now=self._called(now))

    def _called(self, department: str | None) -> Text:
        return self.spec.department_name(department) or (
            Text.same(department) if department else say("diagram.nowhere")
        )

    def _edited(self, was: object) -> Data:
        reason = say("importing.edited", was=was)
        return {"method": "edited", "reason": reason.to_dict()}

    def _limit(self, activity: Data, node: Node) -> None:
        was = self.limits.on.get(self.first[activity["id"]])
        now = self.timers.on.get(node.id)
        if now is None and was is not None and self._is_unclear(activity, node):
            return
        if (was and was.seconds) == (now and now.seconds):
            return
        old = Span.parse(activity["sla"]) if activity["sla"] else None
        if now is not None and old is not None:
            now = dataclasses.replace(now, clock=old.clock)
        activity["sla"] = str(now) if now else None
        told = [
            Text(*(span_words(span, lang) for lang in LANGS)) if span else say("diagram.no_limit")
            for span in (old, now)
        ]
        activity["sla_why"] = self._edited(told[0])
        self.note("sla_changed", name=node.name, was=told[0], now=told[1])

    def _is_unclear(self, activity: Data, node: Node) -> bool:
        """Whether the timer is there and only cannot be understood."""
        timer = self.limits.ids.get(self.first[activity["id"]], "")
        if timer in self.drawn.nodes and timer not in self.timers.ids.values():
            self.note("timer_loose", id=timer)
            return True
        return node.id in self.timers.ids

    # -- tasks that are new --------------------------------------------------------------------------

    def _new_tasks(self) -> None:
        homes = {a.id: n for n, stage in enumerate(self.spec.stages) for a in stage.activities}
        sequence = self.paths.tasks_in_order
        for place, id in enumerate(sequence):
            if id in self.of or id in self.written.nodes:
                continue
            before = [homes[self.of[t]] for t in sequence[:place] if t in self.of]
            after = [homes[self.of[t]] for t in sequence[place:] if t in self.of]
            home = self._home(id, sequence[:place], before, after)
            activity = self._activity(self.drawn.nodes[id])
            homes[activity["id"]] = home
            self.of[id], self.nodes[activity["id"]] = activity["id"], id
            stage = self.data["stages"][home]
            stage["activities"].append(activity)
            self.note("task_new", name=Text(**activity["name"]), stage=Text(**stage["name"]))

    def _home(self, id: str, earlier: list[str], before: list[int], after: list[int]) -> int:
        """The stage of the task before it, unless that stage's gate lies between."""
        last = before[-1] if before else None
        if last is None or not after or last == after[0]:
            return after[0] if last is None and after else last or 0
        gate = list(self.written.groups)[last].replace("Stage_", "Gate_", 1)
        place = {node: n for n, node in enumerate(self.paths.order)}
        passed = gate in place and place[earlier[-1]] < place[gate] < place[id]
        return after[0] if passed else last

    def _activity(self, node: Node) -> Data:
        name = node.name or node.id
        events = {a["event"] for stage in self.data["stages"] for a in stage["activities"]}
        event = next(e for e in _numbered(name) if e not in events)
        id = next(i for i in _numbered(" ".join(node.id.split())) if i not in self.nodes)
        limit = self.timers.on.get(node.id)
        return {
            "id": id, "event": event, "name": Text.same(name).to_dict(), "required": False,
            "department": self.departments.get(node.lane or ""),
            "sla": str(limit) if limit else None, "why": provenance("from_diagram"),
        }  # fmt: skip

    # -- order -------------------------------------------------------------------------------------

    def _order(self) -> None:
        """Activities in the order of the arrows; those no arrow touches stay where they were."""
        touched = {end for arrow in self.drawn.arrows for end in (arrow.source, arrow.target)}
        ordered = self.paths.tasks_in_order
        sequence = [self.of[t] for t in ordered if t in touched and t in self.of]
        self._restage(sequence)
        place = {id: n for n, id in enumerate(sequence)}
        for stage in self.data["stages"]:
            was = [activity["id"] for activity in stage["activities"]]
            moving = iter(sorted((a for a in stage["activities"] if a["id"] in place),
                                 key=lambda a: place[a["id"]]))  # fmt: skip
            stage["activities"] = [
                next(moving) if a["id"] in place else a for a in stage["activities"]
            ]
            known = [id for id in was if id in self.first]
            if [a["id"] for a in stage["activities"] if a["id"] in self.first] != known:
                self.note("order_changed", stage=Text(**stage["name"]))

    def _restage(self, sequence: list[str]) -> None:
        """A task between two of another stage belongs there now."""
        homes = {a["id"]: n for n, s in enumerate(self.data["stages"]) for a in s["activities"]}
        for before, id, after in zip(sequence, sequence[1:], sequence[2:], strict=False):
            now, was = homes[before], homes[id]
            if now == homes[after] != was:
                stages = self.data["stages"]
                activity = next(a for a in stages[was]["activities"] if a["id"] == id)
                stages[was]["activities"].remove(activity)
                stages[now]["activities"].append(activity)
                homes[id] = now
                names = {key: Text(**stages[n]["name"]) for key, n in (("was", was), ("now", now))}
                self.note("task_restaged", name=Text(**activity["name"]), **names)

    def _bypasses(self) -> None:
        """What the arrows pass by is optional, unless the flow is broken and says nothing."""
        if START not in self.drawn.nodes or not self.paths.leads_on(START):
            self.note("flow_broken")
            return
        required = self.paths.required(self.of)
        for stage in self.data["stages"]:
            for activity in stage["activities"]:
                now = required[self.nodes[activity["id"]]]
                if now != activity["required"]:
                    activity["required"] = now
                    if activity["id"] in self.first:
                        key = "now_required" if now else "now_optional"
                        self.note(key, name=Text(**activity["name"]))
                        activity["why"] = provenance("from_diagram")

    # -- what has no way back ------------------------------------------------------------------------

    def rest(self) -> None:
        """Tell of all other changes."""
        for id, was in self.written.nodes.items():
            if not id.startswith((*_OF_TASKS, "Task_")):
                self._compare(was.tag, id, was.name, self.drawn.nodes.get(id))
        for id, name in self.written.documents.items():
            if id not in self.drawn.documents:
                self.note("element_gone", tag="dataObject", id=id, name=name)
            elif self.drawn.documents[id] != name:
                self.note("not_read_back", tag="dataObject", id=id, name=name)
        self._conditions()
        self._words()
        for tag, id, name in self._strangers():
            self.note("new_element", tag=tag, id=id, name=name or "–")

    def _compare(self, tag: str, id: str, name: str, now: Node | None) -> None:
        if now is None:
            self.note("element_gone", tag=tag, id=id, name=name)
        elif now.name != name:
            self.note("not_read_back", tag=tag, id=id, name=now.name or "–")

    def _conditions(self) -> None:
        were = {arrow.id: arrow.when for arrow in self.written.arrows}
        for arrow in self.drawn.arrows:
            now = _flat(arrow.when).removeprefix("=").strip()
            if arrow.id in were and now != _flat(were[arrow.id]) and not _is_of_engine(now):
                told = {"id": arrow.id, "name": arrow.name or "–"}
                self.note("not_read_back", tag="conditionExpression", **told)

    def _words(self) -> None:
        for id, was in self.written.nodes.items():
            now = self.drawn.nodes.get(id)
            if now and _documented(now) != _documented(was):
                self.note("not_read_back", tag="documentation", id=id, name=now.name or "–")

    def _strangers(self) -> Iterator[tuple[str, str, str]]:
        """What we would not have drawn, but for gateways, which show in what can be passed by."""
        read = {*self.written.nodes, *self.timers.ids.values(), *self.of}
        for node in self.drawn.nodes.values():
            is_ours = node.id in read or node.id.startswith(_OF_TASKS)
            if not is_ours and node.tag not in GATEWAYS:
                yield node.tag, node.id, node.name
        yield from _more("dataObject", self.drawn.documents, {*self.written.documents}, "Data_")
        yield from _more("group", self.drawn.groups, {*self.written.groups}, "Stage_")
        pools = {id: name for id, (name, _) in self.drawn.pools.items()}
        yield from _more("participant", pools, {*self.written.pools}, CUSTOMER)


def _more(
    tag: str, drawn: Mapping[str, str], written: set[str], ours: str
) -> Iterator[tuple[str, str, str]]:
    for id, name in drawn.items():
        if id not in written and not id.startswith(ours):
            yield tag, id, name


def _tasks_of(written: Diagram) -> Iterator[tuple[str, str]]:
    """Activity and node, by what our extension elements say."""
    for node in written.nodes.values():
        element = node.element.find(f"{{*}}extensionElements/{{{JOURNEY}}}activity")
        if element is not None:
            yield str(json.loads(str(element.text))["id"]), node.id


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name} ({number})" for number in itertools.count(2))


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _is_of_engine(condition: str) -> bool:
    """Written for an engine, in its own language: ``${x}``, or Python's ``==``."""
    return condition.startswith(("${", "#{")) or "==" in condition


def _documented(node: Node) -> str:
    return _flat(words_in(node.element, "documentation"))
