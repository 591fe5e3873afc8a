"""Somebody else's BPMN as the beginning of a specification.

Tasks become activities, lanes (else pools) departments, timers on tasks their time limits, documents
information items, arrows the order. What can be passed by is optional. Stages are the groups of the
diagram, else its sub-processes where it has two or more, else there is one. Whatever has no place in
a specification is listed with its id, name and why.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from journeylib.errors import InputError
from journeylib.importing.diagram import EVENTS, Diagram, Node, children, local
from journeylib.importing.imported import Imported
from journeylib.importing.paths import Paths
from journeylib.importing.settle import Data
from journeylib.importing.timers import Timers
from journeylib.spec.model import TargetSpec
from journeylib.terms import Text, load_template, normalised, say, stable_id

MOST_TASKS = 2_000
LIFECYCLE = "bpmn"


def from_foreign(diagram: Diagram, content: bytes, name: str) -> Imported:
    """A specification as far as the diagram gives one. `InputError` when it holds no task."""
    if not diagram.tasks:
        raise InputError(name, say("diagram.no_tasks").en)
    if len(diagram.tasks) > MOST_TASKS:
        told = say("diagram.too_many", n=f"{len(diagram.tasks):,}", most=f"{MOST_TASKS:,}")
        raise InputError(name, told.en)
    reader = _Foreign(diagram, name)
    data = reader.data(hashlib.sha256(content).hexdigest()[:16])
    spec = TargetSpec.model_validate(data)
    counts = {"tasks": len(spec.activities), "departments": len(spec.departments)}
    first = say("diagram.foreign", stages=len(spec.stages), **counts)
    return Imported(spec, (first, *diagram.notes, *reader.notes))


class _Foreign:
    def __init__(self, diagram: Diagram, name: str) -> None:
        self.diagram, self.name = diagram, name
        self.paths, self.timers = Paths(diagram), Timers(diagram)
        self.notes: list[Text] = []
        self.why = {"method": "diagram"}
        self.departments = self._departments()
        self.items = self._items()
        self.customer = self._customer()
        self.required = self.paths.required(self.paths.tasks)
        self._main_ends()

    def note(self, key: str, **values: object) -> None:
        self.notes.append(say(f"diagram.{key}", **values))

    def data(self, source: str) -> Data:
        title = next(filter(None, self._titles()), self.name)
        activities = self._activities()
        stages = self._stages(activities)
        data = {
            "schema": "spec/1",
            "name": Text.same(title).to_dict(),
            "lifecycle": LIFECYCLE,
            "source": source,
            "departments": [
                {"id": d, "name": Text.same(d).to_dict()}
                for d in dict.fromkeys(self.departments.values())
            ],
            "information": [
                {"id": id, "name": Text.same(name).to_dict(), "attribute": name}
                for name, id in self.items.items()
            ],
            "stages": stages,
            "transitions": self._transitions([a for stage in stages for a in stage["activities"]]),
        }
        self._left_out()
        return data

    def _titles(self) -> Iterator[str]:
        yield from (name for name, process in self.diagram.pools.values() if process)
        yield from self.diagram.processes.values()

    def _main_ends(self) -> None:
        """Where a process may end in several places, say by which one was judged."""
        ends = Counter(n.process for n in self.diagram.nodes.values() if _ends_process(n))
        for id in self.paths.main_ends:
            node = self.diagram.nodes.get(id)
            if node is not None and ends[node.process] > 1:
                self.note("main_end", n=ends[node.process], end=node.name or node.id)

    # -- who and what ----------------------------------------------------------------------------

    def _departments(self) -> dict[str, str]:
        """Task → department: its lane, else its pool where there is more than one with tasks."""
        pools = {process: name for name, process in self.diagram.pools.values() if process}
        busy = {task.process for task in self.diagram.tasks}
        if len(busy) > 1:
            self.note("several_processes", n=len(busy))
        found = {}
        for task in self.diagram.tasks:
            lane = self.diagram.lanes.get(self._lane_of(task) or "")
            if name := (lane.name if lane else "") or pools.get(task.process, ""):
                found[task.id] = name
        if found:
            self.note("departments_from_lanes" if self.diagram.lanes else "departments_from_pools")
        return found

    def _lane_of(self, node: Node) -> str | None:
        """Its lane; inside a sub-process that of the sub-process."""
        while node.lane is None and node.inside is not None:
            node = self.diagram.nodes[node.inside]
        return node.lane

    def _items(self) -> dict[str, str]:
        """Document by name → how a criterion may call it."""
        found: dict[str, str] = {}
        for name in dict.fromkeys(filter(None, self.diagram.documents.values())):
            id = re.sub(r"\W+", "_", name).strip("_") or stable_id("i", name).replace("-", "_")
            if not re.match(r"[^\W\d]", id) or id in _WORDS:
                id = f"_{id}"
            while id in found.values():
                id += "_2"
            found[name] = id
            if id != name:
                self.note("item_named", name=name, id=id)
        return found

    def _customer(self) -> dict[str, str]:
        """Task → what the customer does in it, by messages with a pool that is the customer."""
        words = {normalised(w) for w in load_template("reading", "values")["actor"]["customer"]}
        words |= {"customer"}
        found: dict[str, str] = {}
        others: Counter[str] = Counter()
        for source, target in self.diagram.messages:
            for pool, task, part in ((source, target, "initiates"), (target, source, "meets")):
                name = self.diagram.pools.get(pool, ("", None))[0]
                if task in self.diagram.nodes and pool in self.diagram.pools:
                    if any(word in normalised(name) for word in words):
                        found.setdefault(task, part)
                    else:
                        others[name or pool] += 1
        for name, count in sorted(others.items()):
            self.note("messages_with", pool=name, n=count)
        return found

    # -- what is done ----------------------------------------------------------------------------

    def _activities(self) -> dict[str, Data]:
        """Task → activity, in the order of the flow."""
        found: dict[str, Data] = {}
        taken: set[str] = set()
        for id in self.paths.tasks_in_order:
            node = self.diagram.nodes[id]
            name = node.name or id
            if not node.name:
                self.note("unnamed_task", id=id)
            event, number = name, 2
            while event in taken:
                event, number = f"{name} ({number})", number + 1
            if event != name:
                self.note("name_twice", id=id, name=name, event=event)
            taken.add(event)
            found[id] = self._activity(node, name, event)
        return found

    def _activity(self, node: Node, name: str, event: str) -> Data:
        span = self.timers.on.get(node.id)
        repeats = any(local(child).endswith("LoopCharacteristics") for child in node.element)
        activity: Data = {
            "id": " ".join(node.id.split()),
            "event": event,
            "name": Text.same(name).to_dict(),
            "required": self.required[node.id],
            "department": self.departments.get(node.id),
            "customer": self.customer.get(node.id),
            "output": self._output(node),
            "repeatable": repeats,
            "why": self.why,
        }
        if span is not None:
            activity |= {"sla": str(span), "sla_why": self.why}
        return activity

    def _output(self, node: Node) -> str | None:
        names = list(dict.fromkeys(self._documents(node, "dataOutputAssociation", "targetRef")))
        if len(names) > 1:
            self.note("several_outputs", name=node.name or node.id, first=names[0])
        return self.items[names[0]] if names else None

    def _documents(self, node: Node, association: str, end: str) -> Iterator[str]:
        for element in children(node.element, association):
            for reference in children(element, end):
                name = self.diagram.documents.get((reference.text or "").strip())
                if name:
                    yield name

    # -- stages ----------------------------------------------------------------------------------

    def _stages(self, activities: dict[str, Data]) -> list[Data]:
        """Activities under the stages they belong to; a stage stands where its first task does."""
        places = self._places(list(activities))
        stages: dict[str, Data] = {}
        for task, activity in activities.items():
            id, name = places[task]
            stage = stages.setdefault(id, {
                "id": id, "name": Text.same(name).to_dict(),
                "definition": say("diagram.definition_stage", name=name).to_dict(),
                "activities": [], "handovers": [],
            })  # fmt: skip
            stage["activities"].append(activity)
            stage["handovers"] += self._handovers(task)
        return list(stages.values())

    def _places(self, tasks: Sequence[str]) -> dict[str, tuple[str, str]]:
        title = next(filter(None, self._titles()), "") or say("diagram.process").zh
        for found, key in ((self._in_groups(tasks), "stages_from_groups"),
                           (self._in_subprocesses(tasks), "stages_from_subprocesses")):  # fmt: skip
            if len(set(found.values())) > 1:
                self.note(key)
                return _filled(tasks, found, ("stage_0", title))
        self.note("one_stage")
        return dict.fromkeys(tasks, ("stage_1", title))

    def _in_groups(self, tasks: Sequence[str]) -> dict[str, tuple[str, str]]:
        boxes = self.diagram.boxes
        groups = {id: name for id, name in self.diagram.groups.items() if id in boxes and name}
        found = {}
        for task in tasks:
            for id, name in groups.items():
                if task in boxes and _holds(boxes[id], boxes[task]):
                    found[task] = (id, name)
                    break
        return found

    def _in_subprocesses(self, tasks: Sequence[str]) -> dict[str, tuple[str, str]]:
        found = {}
        for task in tasks:
            node = self.diagram.nodes[task]
            while node.inside is not None:
                node = self.diagram.nodes[node.inside]
            if node.id != task:
                found[task] = (node.id, node.name or node.id)
        return found

    def _handovers(self, task: str) -> list[Data]:
        """What one department writes and another reads."""
        giver, written = (
            self.departments.get(task),
            set(self._documents(self.diagram.nodes[task], "dataOutputAssociation", "targetRef")),
        )
        found = []
        for other in self.diagram.tasks if giver and written else ():
            taker = self.departments.get(other.id)
            read = written & set(self._documents(other, "dataInputAssociation", "sourceRef"))
            if taker and taker != giver and read:
                items = [{"item": self.items[name], "why": self.why} for name in sorted(read)]
                id = stable_id("h", task, other.id)
                parties = {"source": giver, "target": taker}
                found.append({"id": id, **parties, "items": items, "why": self.why})
        return found

    # -- order -----------------------------------------------------------------------------------

    def _transitions(self, flow: list[Data]) -> list[Data]:
        place = {" ".join(task.split()): task for task in self.paths.tasks}
        order = {activity["id"]: number for number, activity in enumerate(flow)}
        ids = {task: id for id, task in place.items()}
        found = []
        for activity in flow:
            for following in self.paths.next_tasks(place[activity["id"]]):
                first, last = order[activity["id"]], order[ids[following]]
                passed = any(a["required"] for a in flow[first + 1 : last])
                if first >= last or passed:
                    names = Text(**activity["name"]), Text(**flow[last]["name"])
                    self.note("leads_back", source=names[0], target=names[1])
                else:
                    why = {"source": activity["id"], "target": ids[following], "why": self.why}
                    found.append(why)
        return found

    # -- what is left out ------------------------------------------------------------------------

    def _left_out(self) -> None:
        self.notes += self.timers.notes
        for arrow in self.diagram.arrows:
            if arrow.when:
                self.note("condition", id=arrow.id, name=arrow.name or "–", when=arrow.when[:120])
        for node in self.diagram.nodes.values():
            if node.tag in EVENTS and node.id not in self.timers.ids.values() and _means(node):
                self.note("waits", id=node.id, name=node.name or "–")
            if node.element.get("triggeredByEvent") == "true":
                self.note("event_subprocess", id=node.id, name=node.name or "–")
        self._extensions()

    def _extensions(self) -> None:
        spaces: Counter[str] = Counter()
        for holder in self.diagram.root.iter("{*}extensionElements"):
            for element in itertools.islice(holder, 1_000):
                spaces[str(element.tag).rpartition("}")[0].removeprefix("{") or "–"] += 1
        for space, count in sorted(spaces.items()):
            self.note("extensions", namespace=space, n=count)


_WORDS = frozenset({"and", "or", "not", "in", "true", "false", "null", "done"})


def _ends_process(node: Node) -> bool:
    return node.tag == "endEvent" and node.inside is None


def _means(node: Node) -> bool:
    """Whether an event says more than that the process starts, ends or passes by."""
    return node.tag.startswith(("intermediate", "boundary")) or any(
        local(child).endswith("EventDefinition") for child in node.element
    )


def _holds(
    outer: tuple[float, float, float, float], inner: tuple[float, float, float, float]
) -> bool:
    """Whether the middle of one box lies in the other."""
    x, y = inner[0] + inner[2] / 2, inner[1] + inner[3] / 2
    return outer[0] <= x <= outer[0] + outer[2] and outer[1] <= y <= outer[1] + outer[3]


def _filled(
    tasks: Sequence[str], found: dict[str, tuple[str, str]], first: tuple[str, str]
) -> dict[str, tuple[str, str]]:
    """What lies in no stage belongs to that before it; what comes first, to a stage of its own."""
    filled, current = {}, first
    for task in tasks:
        current = found.get(task, current)
        filled[task] = current
    return filled
