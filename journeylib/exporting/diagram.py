"""The diagram of a BPMN file: BPMN DI, so that every tool draws it as `layout` has it."""

from __future__ import annotations

from lxml import etree

from journeylib.exporting.flow import CUSTOMER, Arrow, Band, Flow, Kind
from journeylib.exporting.layout import Layout
from journeylib.exporting.sizes import Box

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
GATEWAYS = frozenset({Kind.SPLIT, Kind.MERGE, Kind.GATE})

Element = etree._Element


def note_id(band: Band) -> str:
    """The id of the annotation beside a stage's name."""
    return f"Note_{band.id}"


def _tag(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


class Diagram:
    """The diagram: a shape for every node, an edge for every arrow, bounds for every label."""

    def __init__(self, root: Element, flow: Flow, layout: Layout) -> None:
        self.flow, self.layout = flow, layout
        diagram = etree.SubElement(root, _tag(BPMNDI, "BPMNDiagram"), id="Diagram_target")
        self.plane = etree.SubElement(
            diagram,
            _tag(BPMNDI, "BPMNPlane"),
            id="Plane_target",
            bpmnElement="Collaboration_target",
        )

    def write(self) -> None:
        """Write all of it."""
        layout = self.layout
        self._shape("Participant_target", layout.pool, isHorizontal="true")
        if layout.customer:
            self._shape(CUSTOMER, layout.customer, isHorizontal="true")
        for lane in self.flow.lanes:
            self._shape(lane.id, layout.lanes[lane.id], isHorizontal="true")
        for node in self.flow.nodes:
            marked = {"isMarkerVisible": "true"} if node.kind in GATEWAYS else {}
            self._shape(node.id, layout.nodes[node.id], layout.labels.get(node.id), **marked)
        for band in self.flow.bands:
            box = layout.bands[band.id]
            self._shape(band.id, box, Box(box.x + 4, box.y + 6, 80, 16))
            if band.note:
                self._shape(note_id(band), layout.notes[band.id])
        for arrow in self.flow.arrows:
            self._edge(arrow)

    def _shape(self, id: str, box: Box, label: Box | None = None, **attributes: str) -> None:
        shape = etree.SubElement(
            self.plane,
            _tag(BPMNDI, "BPMNShape"),
            {"id": f"{id}_di", "bpmnElement": id} | attributes,
        )
        self._bounds(shape, box)
        self._label(shape, label)

    def _edge(self, arrow: Arrow) -> None:
        edge = etree.SubElement(
            self.plane, _tag(BPMNDI, "BPMNEdge"), id=f"{arrow.id}_di", bpmnElement=arrow.id
        )
        for x, y in self.layout.arrows[arrow.id]:
            etree.SubElement(edge, _tag(DI, "waypoint"), x=_number(x), y=_number(y))
        self._label(edge, self.layout.labels.get(arrow.id))

    def _label(self, parent: Element, box: Box | None) -> None:
        if box is not None:
            self._bounds(etree.SubElement(parent, _tag(BPMNDI, "BPMNLabel")), box)

    def _bounds(self, parent: Element, box: Box) -> None:
        numbers = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
        texts = {name: _number(value) for name, value in numbers.items()}
        etree.SubElement(parent, _tag(DC, "Bounds"), texts)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
