"""A BPMN file as what it draws: nodes, flows, lanes, documents; whoever wrote it.

Elements are told by their local names, so that any prefix will do. What points nowhere or occurs
twice is noted, never lost in silence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from journeylib.errors import InputError
from journeylib.importing.markup import Element
from journeylib.terms import Text, say

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"

TASKS = frozenset({
    "task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask",
    "businessRuleTask", "callActivity",
})  # fmt: skip
SUBPROCESSES = frozenset({"subProcess", "adHocSubProcess", "transaction"})
GATEWAYS = frozenset({
    "exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "eventBasedGateway",
})  # fmt: skip
EVENTS = frozenset({
    "startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent",
})  # fmt: skip
NODES = TASKS | SUBPROCESSES | GATEWAYS | EVENTS
DOCUMENTS = frozenset({
    "dataObject", "dataObjectReference", "dataStoreReference", "dataInput", "dataOutput",
})  # fmt: skip
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Node:
    """A flow node: `inside` is the sub-process it belongs to, `lane` the lane."""

    id: str
    tag: str
    name: str
    element: Element
    process: str
    inside: str | None = None
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str
    when: str | None


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of a process, innermost ones only."""

    id: str
    name: str


@dataclass(slots=True)
class Diagram:
    """Everything a BPMN file shows, and notes on what is wrong with it."""

    root: Element
    nodes: dict[str, Node] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    lanes: dict[str, Lane] = field(default_factory=dict)
    pools: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    processes: dict[str, str] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    messages: list[tuple[str, str]] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)

    @property
    def tasks(self) -> list[Node]:
        """What work is done in, in document order; a sub-process without content is a task."""
        filled = {node.inside for node in self.nodes.values()}
        return [
            node
            for node in self.nodes.values()
            if node.tag in TASKS or (node.tag in SUBPROCESSES and node.id not in filled)
        ]


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of that local name."""
    return (child for child in element if local(child) == name)


def words_in(element: Element, name: str) -> str | None:
    """The text of the first child of that name."""
    child = next(children(element, name), None)
    return None if child is None else "".join(map(str, child.itertext())).strip()


def diagram(root: Element, name: str) -> Diagram:
    """What the file under `root` draws. `InputError` when it is no BPMN 2.0."""
    return _Reader(root, name).read()


class _Reader:
    def __init__(self, root: Element, name: str) -> None:
        self.root, self.name = root, name
        self.found = Diagram(root)
        self.seen: set[str] = set()
        self.open_arrows: list[tuple[Element, str]] = []

    def read(self) -> Diagram:
        if local(self.root) != "definitions":
            told = say("diagram.no_bpmn", root=local(self.root))
            raise InputError(self.name, told.en)
        if not str(self.root.tag).startswith(f"{{{BPMN}}}"):
            self.note("no_namespace")
        self.categories = self._categories()
        for element in self.root:
            if local(element) == "collaboration":
                self._collaboration(element)
        for element in self.root:
            if local(element) == "process":
                self._process(element)
        self._arrows()
        self._shapes()
        return self.found

    def note(self, key: str, **values: object) -> None:
        self.found.notes.append(say(f"diagram.{key}", **values))

    def _categories(self) -> dict[str, str]:
        return {
            str(value.get("id")): str(value.get("value") or "")
            for category in children(self.root, "category")
            for value in children(category, "categoryValue")
        }

    def _collaboration(self, element: Element) -> None:
        for child in element:
            if local(child) == "participant":
                process = _reference(child.get("processRef"))
                self.found.pools[self._id(child)] = (_name(child), process)
            elif local(child) == "messageFlow":
                ends = child.get("sourceRef"), child.get("targetRef")
                self.found.messages.append((_reference(ends[0]) or "", _reference(ends[1]) or ""))
            elif local(child) == "group":
                self._group(child)

    def _process(self, element: Element) -> None:
        process = self._id(element)
        self.found.processes[process] = _name(element)
        self._content(element, process, None)
        for lanes in children(element, "laneSet"):
            self._lanes(lanes)

    def _content(self, holder: Element, process: str, inside: str | None) -> None:
        for element in holder:
            tag = local(element)
            if tag in NODES:
                node = Node(self._id(element), tag, _name(element), element, process, inside)
                self.found.nodes[node.id] = node
                if tag in SUBPROCESSES:
                    self._content(element, process, node.id)
            elif tag == "sequenceFlow":
                self.open_arrows.append((element, self._id(element)))
            elif tag not in _PASSED:
                self._beside(element, tag)

    def _beside(self, element: Element, tag: str) -> None:
        """What stands beside the flow."""
        id, name = element.get("id") or "–", _name(element) or "–"
        if tag in DOCUMENTS:
            self._document(element)
        elif tag == "group":
            self._group(element)
        elif tag == "textAnnotation":
            self.note("annotation", id=id, text=(words_in(element, "text") or "")[:200])
        else:
            self.note("unknown", tag=tag, id=id, name=name)

    def _document(self, element: Element) -> None:
        id = self._id(element)
        self.found.documents[id] = _name(element)
        content = _reference(element.get("dataObjectRef") or element.get("dataStoreRef"))
        if content in self.found.documents and not self.found.documents[id]:
            self.found.documents[id] = self.found.documents[content]

    def _group(self, element: Element) -> None:
        value = _reference(element.get("categoryValueRef"))
        self.found.groups[self._id(element)] = self.categories.get(value or "", "")

    def _id(self, element: Element) -> str:
        """Its id; another one where it has none or one that is taken."""
        wanted = element.get("id") or f"{local(element)}_line_{element.sourceline or 0}"
        id, number = wanted, 2
        while id in self.seen:
            id, number = f"{wanted}~{number}", number + 1
        if id != wanted:
            self.note("id_twice", id=wanted, line=element.sourceline or 0)
        self.seen.add(id)
        return id

    # -- what points to nodes --------------------------------------------------------------------

    def _lanes(self, holder: Element) -> None:
        for element in children(holder, "lane"):
            inner = list(children(element, "childLaneSet"))
            for lanes in inner:
                self._lanes(lanes)
            if inner:
                continue
            lane = Lane(self._id(element), _name(element))
            self.found.lanes[lane.id] = lane
            for reference in children(element, "flowNodeRef"):
                self._in_lane(lane, (reference.text or "").strip())

    def _in_lane(self, lane: Lane, id: str) -> None:
        node = self.found.nodes.get(_reference(id) or "")
        if node is None:
            if id not in self.seen:
                self.note("lane_dangling", lane=lane.name or lane.id, id=id)
        elif node.lane is not None:
            first = self.found.lanes[node.lane]
            told = {"id": id, "first": first.name or first.id, "second": lane.name or lane.id}
            self.note("two_lanes", **told)
        else:
            node.lane = lane.id

    def _arrows(self) -> None:
        for element, id in self.open_arrows:
            source, target = (
                _reference(element.get(end)) or "" for end in ("sourceRef", "targetRef")
            )
            lost = next((end for end in (source, target) if end not in self.found.nodes), None)
            if lost is not None:
                self.note("flow_dangling", id=id, end=lost or "–", line=element.sourceline or 0)
                continue
            when = words_in(element, "conditionExpression")
            self.found.arrows.append(Arrow(id, source, target, _name(element), when))

    def _shapes(self) -> None:
        for shape in self.root.iter(f"{{{DI}}}BPMNShape"):
            box = next((child for child in shape if local(child) == "Bounds"), None)
            if box is not None:
                self._box(_reference(shape.get("bpmnElement")) or "", box)

    def _box(self, id: str, box: Element) -> None:
        try:
            x, y, width, height = (
                float(box.get(n) or "nan") for n in ("x", "y", "width", "height")
            )
        except ValueError:
            x = float("nan")
        if not math.isfinite(x) or id not in self.seen:
            self.note("shape_lost", id=id)
        else:
            self.found.boxes[id] = (x, y, width, height)


_PASSED = frozenset({
    "documentation", "extensionElements", "incoming", "outgoing", "laneSet", "ioSpecification",
    "association", "property", "standardLoopCharacteristics", "multiInstanceLoopCharacteristics",
    "dataInputAssociation", "dataOutputAssociation", "completionCondition", "signal", "auditing",
    "monitoring", "supportedInterfaceRef", "ioBinding", "loopCharacteristics",
})  # fmt: skip


def _reference(name: str | None) -> str | None:
    """A reference without the prefix of a qualified name."""
    return name.strip().rpartition(":")[2] if name else None


def _name(element: Element) -> str:
    return " ".join((element.get("name") or "").split())
