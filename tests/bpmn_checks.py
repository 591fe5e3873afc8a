"""What a reader of a BPMN file sees: is everything drawn, in its lane, apart, and connected?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import SpiffWorkflow.bpmn.parser as spiff
from lxml import etree

from journeylib.exporting.bpmn import BPMN, BPMNDI, DC, DI

FLOW_NODES = (
    "startEvent",
    "endEvent",
    "boundaryEvent",
    "userTask",
    "businessRuleTask",
    "exclusiveGateway",
    "dataObjectReference",
)
TASKS = ("userTask", "businessRuleTask")
CONNECTIONS = ("sequenceFlow", "messageFlow", "dataInputAssociation", "dataOutputAssociation")
Point = tuple[float, float]


@dataclass(frozen=True)
class Rect:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rect) -> bool:
        return (
            self.left < other.right - 0.5
            and other.left < self.right - 0.5
            and self.top < other.bottom - 0.5
            and other.top < self.bottom - 0.5
        )

    def holds(self, other: Rect) -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def crossed_by(self, a: Point, b: Point) -> bool:
        """A horizontal or vertical segment runs through the inside."""
        xs, ys = sorted((a[0], b[0])), sorted((a[1], b[1]))
        return (
            xs[0] < self.right - 1
            and xs[1] > self.left + 1
            and ys[0] < self.bottom - 1
            and ys[1] > self.top + 1
        )

    def touches(self, point: Point) -> bool:
        x, y = point
        return self.left - 0.6 <= x <= self.right + 0.6 and self.top - 0.6 <= y <= self.bottom + 0.6


def schema() -> etree.XMLSchema:
    """The schema of BPMN 2.0 that SpiffWorkflow carries."""
    path = Path(spiff.__file__).parent / "schema" / "BPMN20.xsd"
    return etree.XMLSchema(etree.parse(str(path)))


class Drawing:
    """A BPMN file, its model and its diagram side by side."""

    def __init__(self, content: bytes) -> None:
        self.root = etree.fromstring(content)
        self.elements = {
            e.get("id"): e for e in self.root.iter(f"{{{BPMN}}}*") if e.get("id") is not None
        }
        self.shapes = {
            s.get("bpmnElement"): _rect(s) for s in self.root.iter(f"{{{BPMNDI}}}BPMNShape")
        }
        self.edges = {
            e.get("bpmnElement"): [
                (float(w.get("x")), float(w.get("y"))) for w in e.iter(f"{{{DI}}}waypoint")
            ]
            for e in self.root.iter(f"{{{BPMNDI}}}BPMNEdge")
        }
        self.labels = {
            label.getparent().get("bpmnElement"): _rect(label)
            for label in self.root.iter(f"{{{BPMNDI}}}BPMNLabel")
        }

    def of(self, *tags: str) -> list[str]:
        return [id for id, e in self.elements.items() if etree.QName(e).localname in tags]

    def host(self, node: str) -> str | None:
        return self.elements[node].get("attachedToRef")

    def defects(self) -> Iterator[str]:
        """Everything wrong with the picture, in words."""
        yield from self._missing()
        yield from self._unnamed()
        yield from self._overlaps()
        yield from self._notes()
        yield from self._lanes()
        yield from self._lines()

    def _missing(self) -> Iterator[str]:
        for node in self.of(*FLOW_NODES, "participant", "lane", "group", "textAnnotation"):
            if node not in self.shapes:
                yield f"{node} has no shape"
        for line in self.of(*CONNECTIONS):
            if len(self.edges.get(line, ())) < 2:
                yield f"{line} is not drawn"
        for id in (*self.shapes, *self.edges):
            if id not in self.elements:
                yield f"{id} is drawn but is no element"

    def _unnamed(self) -> Iterator[str]:
        for node in self.of(*FLOW_NODES):
            named, task = self.elements[node].get("name"), node in self.of(*TASKS)
            if named and not task and node not in self.labels:
                yield f"{node} has no place for its name"

    def _overlaps(self) -> Iterator[str]:
        nodes = [*self.of(*FLOW_NODES), *self.of("textAnnotation")]
        for a, b in itertools.combinations(nodes, 2):
            if self.shapes[a].overlaps(self.shapes[b]) and a != self.host(b) and b != self.host(a):
                yield f"{a} overlaps {b}"
        groups = set(self.of("group"))
        for name, label in self.labels.items():
            for node in nodes:
                own = node in (name, self.host(name) if name in nodes else None)
                if not own and label.overlaps(self.shapes[node]):
                    yield f"the name of {name} lies on {node}"
        for a, b in itertools.combinations(sorted(set(self.labels) - groups), 2):
            if self.labels[a].overlaps(self.labels[b]):
                yield f"the names of {a} and {b} overlap"

    def _notes(self) -> Iterator[str]:
        for note in self.of("textAnnotation"):
            for group in self.of("group"):
                if self.shapes[note].overlaps(self.labels[group]):
                    yield f"{note} lies on the name of {group}"

    def _lanes(self) -> Iterator[str]:
        placed: list[str] = []
        for lane in self.of("lane"):
            for reference in self.elements[lane].iter(f"{{{BPMN}}}flowNodeRef"):
                placed.append(reference.text)
                if not self.shapes[lane].holds(self.shapes[reference.text]):
                    yield f"{reference.text} lies outside {lane}"
        for node in self.of(*FLOW_NODES[:-1]):
            if placed.count(node) != 1:
                yield f"{node} is in {placed.count(node)} lanes"
        for id, rect in self.shapes.items():
            if rect.left < 0 or rect.top < 0:
                yield f"{id} lies outside the sheet"

    def _lines(self) -> Iterator[str]:
        nodes = [*self.of(*FLOW_NODES), *self.of("textAnnotation")]
        for line in self.of(*CONNECTIONS):
            points, (source, target) = self.edges[line], self.ends(line)
            for (x1, y1), (x2, y2) in itertools.pairwise(points):
                if x1 != x2 and y1 != y2:
                    yield f"{line} runs askew"
            for end, point in ((source, points[0]), (target, points[-1])):
                if not self.shapes[end].touches(point):
                    yield f"{line} does not reach {end}"
            hosts = {source, target, *(self.host(n) for n in (source, target) if n in nodes)}
            for node in nodes:
                if node not in hosts and any(
                    self.shapes[node].crossed_by(a, b) for a, b in itertools.pairwise(points)
                ):
                    yield f"{line} runs through {node}"

    def ends(self, line: str) -> tuple[str, str]:
        element = self.elements[line]
        if element.get("sourceRef"):
            return str(element.get("sourceRef")), str(element.get("targetRef"))
        task = element.getparent().get("id")
        if etree.QName(element).localname == "dataInputAssociation":
            return element.find(f"{{{BPMN}}}sourceRef").text, task
        return task, element.find(f"{{{BPMN}}}targetRef").text


def _rect(shape: etree._Element) -> Rect:
    bounds = shape.find(f"{{{DC}}}Bounds")
    x, y, width, height = (float(bounds.get(key)) for key in ("x", "y", "width", "height"))
    return Rect(x, y, x + width, y + height)
