"""BPMN 2.0 with lanes, layout and everything a modeler or an engine wants to see.

What BPMN has no place for (criteria, reasons, baselines, …) travels in extension elements of our own
as JSON: ``journey:spec`` at the process (all but stages), ``journey:stage`` there too, one a stage
(all but activities), and ``journey:activity`` at each task. Together they are the whole
specification, so that reading the file back can give the same one, with whatever a modeler changed
in the visible parts laid over it. Source: OMG BPMN 2.0.2 (formal/2013-12-09) and its XML schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from journeylib.exporting import words
from journeylib.exporting.flow import CUSTOMER, Arrow, Flow, Kind, Node, Way, target_flow
from journeylib.exporting.layout import Box, Layout, lay_out
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Stage
from journeylib.terms import Lang, Span, say

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
JOURNEY = "urn:journeylib:spec:1"
FEEL = "https://www.omg.org/spec/DMN/20191111/FEEL/"
NAMESPACES = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "xsi": XSI, "journey": JOURNEY}

PROCESS = "Process_target"
_ESCALATION = "Escalation_overdue"
_TAGS: Mapping[Kind, str] = {
    Kind.START: "startEvent",
    Kind.TASK: "userTask",
    Kind.TIMER: "boundaryEvent",
    Kind.SPLIT: "exclusiveGateway",
    Kind.MERGE: "exclusiveGateway",
    Kind.GATE: "exclusiveGateway",
    Kind.END: "endEvent",
    Kind.EXIT: "endEvent",
    Kind.REMINDER: "endEvent",
}
_SEQUENCE = (Way.ONWARD, Way.BYPASS, Way.DOWN)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Element = etree._Element


def to_bpmn(spec: TargetSpec, lang: Lang) -> bytes:
    """`spec` as a BPMN 2.0 file (UTF-8): one process with lanes, the customer as a closed pool."""
    flow = target_flow(spec, lang)
    root = etree.Element(
        _tag(BPMN, "definitions"),
        nsmap=NAMESPACES,
        attrib={
            "id": "Definitions_target",
            "targetNamespace": JOURNEY,
            "exporter": "journeylib",
            "expressionLanguage": FEEL,
        },
    )
    _collaboration(root, spec, flow, lang)
    _Process(root, spec, flow, lang).write()
    if any(node.kind is Kind.REMINDER for node in flow.nodes):
        overdue = say("exporting.overdue").in_(lang)
        _add(root, "escalation", id=_ESCALATION, name=overdue, escalationCode="overdue")
    _bands(root, flow)
    _Diagram(root, flow, lay_out(flow)).write()
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def legal(text: str) -> str:
    """`text` without the characters XML cannot hold (control characters out of spreadsheets)."""
    return _ILLEGAL.sub("", text)


def iso_duration(span: Span) -> str:
    """A span as an ISO 8601 duration.

    >>> iso_duration(Span.parse("4h")), iso_duration(Span.parse("2d")), iso_duration(Span(1.5))
    ('PT4H', 'P2D', 'PT5400S')
    """
    if span.value != int(span.value):
        return f"PT{span.seconds:.6f}".rstrip("0").rstrip(".") + "S"
    units = {"s": "PT{}S", "min": "PT{}M", "h": "PT{}H", "d": "P{}D"}
    return units[span.unit].format(int(span.value))


def _tag(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _add(parent: Element, tag: str, content: str | None = None, /, **attributes: str) -> Element:
    """A BPMN child element; attributes and text lose what XML cannot hold."""
    kept = {key: legal(value) for key, value in attributes.items()}
    element = etree.SubElement(parent, _tag(BPMN, tag), kept)
    if content is not None:
        element.text = legal(content)
    return element


def _collaboration(root: Element, spec: TargetSpec, flow: Flow, lang: Lang) -> None:
    collaboration = _add(root, "collaboration", id="Collaboration_target")
    name = spec.name.in_(lang)
    _add(collaboration, "participant", id="Participant_target", name=name, processRef=PROCESS)
    messages = [arrow for arrow in flow.arrows if arrow.way is Way.MESSAGE]
    if messages:
        customer = say("exporting.customer").in_(lang)
        _add(collaboration, "participant", id=CUSTOMER, name=customer)
    for arrow in messages:
        _add(
            collaboration,
            "messageFlow",
            id=arrow.id,
            sourceRef=arrow.source,
            targetRef=arrow.target,
        )


def _bands(root: Element, flow: Flow) -> None:
    """The stages, as the named category values that the groups around them refer to."""
    category = _add(root, "category", id="Category_stages")
    for band in flow.bands:
        _add(category, "categoryValue", id=f"Value_{band.id}", value=band.name)


class _Process:
    """The process element, children in the order the schema wants."""

    def __init__(self, root: Element, spec: TargetSpec, flow: Flow, lang: Lang) -> None:
        self.spec, self.flow, self.lang = spec, flow, lang
        self.element = _add(
            root, "process", id=PROCESS, name=spec.name.in_(lang), isExecutable="true"
        )

    def write(self) -> None:
        notes = "\n".join(note.in_(self.lang) for note in self.spec.notes)
        self.describe(self.element, notes, self.everything_but_activities())
        self.lanes()
        for node in self.flow.nodes:
            if node.kind is Kind.DATA:
                self.document(node)
            else:
                self.node(node)
        for arrow in self.flow.arrows:
            if arrow.way in _SEQUENCE:
                self.sequence_flow(arrow)
        for band in self.flow.bands:
            _add(self.element, "group", id=band.id, categoryValueRef=f"Value_{band.id}")

    def everything_but_activities(self) -> list[tuple[str, Any]]:
        whole = self.spec.to_dict()
        stages = whole.pop("stages")
        for stage in stages:
            del stage["activities"]
        return [("spec", whole), *(("stage", stage) for stage in stages)]

    def describe(
        self, element: Element, words_: str, extensions: Sequence[tuple[str, Any]] = ()
    ) -> None:
        if words_:
            _add(element, "documentation", words_)
        if extensions:
            holder = _add(element, "extensionElements")
            for name, data in extensions:
                etree.SubElement(holder, _tag(JOURNEY, name)).text = _json(data)

    def lanes(self) -> None:
        lanes = _add(self.element, "laneSet", id="LaneSet_target")
        for lane in self.flow.lanes:
            element = _add(lanes, "lane", id=lane.id, name=lane.name)
            for node in self.flow.nodes:
                if node.lane == lane.id and node.kind is not Kind.DATA:
                    _add(element, "flowNodeRef", node.id)

    def node(self, node: Node) -> None:
        attributes = {"id": node.id} | ({"name": node.name} if node.name else {})
        if node.kind is Kind.TIMER:
            attributes |= {"attachedToRef": str(node.host), "cancelActivity": "false"}
        defaults = [arrow.id for arrow in self.flow.from_(node.id, *_SEQUENCE) if arrow.default]
        if defaults:
            attributes["default"] = defaults[0]
        element = _add(self.element, _TAGS[node.kind], **attributes)
        self.describe_node(element, node)
        for arrow in self.flow.to(node.id, *_SEQUENCE):
            _add(element, "incoming", arrow.id)
        for arrow in self.flow.from_(node.id, *_SEQUENCE):
            _add(element, "outgoing", arrow.id)
        self.inside(element, node)

    def describe_node(self, element: Element, node: Node) -> None:
        if node.kind is Kind.TASK and node.activity is not None:
            place = self.stage_of(node.activity)
            data = {"stage": place, **node.activity.model_dump(mode="json", by_alias=True)}
            self.describe(element, self.task_words(node.activity), [("activity", data)])
        elif node.kind is Kind.GATE and node.stage is not None:
            self.describe(element, self.gate_words(node.stage))
        elif node.kind is Kind.TIMER and node.activity and node.activity.sla_why:
            self.describe(element, words.why(node.activity.sla_why, self.lang))

    def inside(self, element: Element, node: Node) -> None:
        """What follows the flows in the schema: documents in and out, event definitions."""
        if node.kind is Kind.TASK:
            self.associations(element, node)
        elif node.kind is Kind.TIMER and node.activity and node.activity.sla:
            timer = _add(element, "timerEventDefinition", id=f"{node.id}_definition")
            duration = _add(timer, "timeDuration", iso_duration(node.activity.sla))
            duration.set(_tag(XSI, "type"), "bpmn:tFormalExpression")
        elif node.kind is Kind.REMINDER:
            _add(
                element,
                "escalationEventDefinition",
                id=f"{node.id}_definition",
                escalationRef=_ESCALATION,
            )

    def associations(self, task: Element, node: Node) -> None:
        reads = self.flow.to(node.id, Way.READS)
        placeholder = f"Property_{node.id}"
        if reads:
            # An input association must have a target; modelers use this property for it.
            _add(task, "property", id=placeholder, name="__targetRef_placeholder")
        for arrow in reads:
            association = _add(task, "dataInputAssociation", id=arrow.id)
            _add(association, "sourceRef", arrow.source)
            _add(association, "targetRef", placeholder)
        for arrow in self.flow.from_(node.id, Way.WRITES):
            association = _add(task, "dataOutputAssociation", id=arrow.id)
            _add(association, "targetRef", arrow.target)

    def document(self, node: Node) -> None:
        content = f"{node.id}_content"
        _add(self.element, "dataObject", id=content, name=node.name)
        reference = _add(
            self.element,
            "dataObjectReference",
            id=node.id,
            name=node.name,
            dataObjectRef=content,
        )
        lines = [words.handover(self.spec, handover, self.lang) for handover in node.handovers]
        self.describe(reference, "\n".join(lines))

    def sequence_flow(self, arrow: Arrow) -> None:
        named = {"name": arrow.name} if arrow.name else {}
        flow = _add(
            self.element,
            "sequenceFlow",
            id=arrow.id,
            **named,
            sourceRef=arrow.source,
            targetRef=arrow.target,
        )
        if arrow.when is not None:
            condition = _add(flow, "conditionExpression", arrow.when)
            condition.set(_tag(XSI, "type"), "bpmn:tFormalExpression")

    # -- words -----------------------------------------------------------------------------------

    def stage_of(self, activity: Activity) -> str:
        return next(stage.id for stage in self.spec.stages if activity in stage.activities)

    def task_words(self, activity: Activity) -> str:
        facts = words.activity_facts(self.spec, activity, self.lang)
        return "\n".join(f"{label}: {value}" for label, value in facts)

    def gate_words(self, stage: Stage) -> str:
        return "\n".join(
            f"{criterion.text.in_(self.lang)} ({words.why(criterion.why, self.lang)})"
            for criterion in stage.exit
        )


class _Diagram:
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
        layout = self.layout
        self.shape("Participant_target", layout.pool, isHorizontal="true")
        if layout.customer:
            self.shape(CUSTOMER, layout.customer, isHorizontal="true")
        for lane in self.flow.lanes:
            self.shape(lane.id, layout.lanes[lane.id], isHorizontal="true")
        for node in self.flow.nodes:
            marked = {"isMarkerVisible": "true"} if "Gateway" in _TAGS.get(node.kind, "") else {}
            self.shape(node.id, layout.nodes[node.id], layout.labels.get(node.id), **marked)
        for band in self.flow.bands:
            box = layout.bands[band.id]
            self.shape(band.id, box, Box(box.x + 4, box.y + 6, 86, 16))
        for arrow in self.flow.arrows:
            self.edge(arrow)

    def shape(self, id: str, box: Box, label: Box | None = None, **attributes: str) -> None:
        shape = etree.SubElement(
            self.plane,
            _tag(BPMNDI, "BPMNShape"),
            {"id": f"{id}_di", "bpmnElement": id} | attributes,
        )
        self.bounds(shape, box)
        self.label(shape, label)

    def edge(self, arrow: Arrow) -> None:
        edge = etree.SubElement(
            self.plane, _tag(BPMNDI, "BPMNEdge"), id=f"{arrow.id}_di", bpmnElement=arrow.id
        )
        for x, y in self.layout.arrows[arrow.id]:
            etree.SubElement(edge, _tag(DI, "waypoint"), x=_number(x), y=_number(y))
        self.label(edge, self.layout.labels.get(arrow.id))

    def label(self, parent: Element, box: Box | None) -> None:
        if box is not None:
            self.bounds(etree.SubElement(parent, _tag(BPMNDI, "BPMNLabel")), box)

    def bounds(self, parent: Element, box: Box) -> None:
        numbers = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
        texts = {name: _number(value) for name, value in numbers.items()}
        etree.SubElement(parent, _tag(DC, "Bounds"), texts)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _json(data: Any) -> str:
    """JSON that XML can hold: what is illegal there is escaped, nothing is lost."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return _ILLEGAL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
