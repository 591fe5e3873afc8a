"""BPMN 2.0 with lanes, layout and everything a modeler or an engine wants to see.

`dialects` says what an engine wants written in its own way. What BPMN has no place for (criteria,
reasons, baselines, …) travels in extension elements of our own as JSON: ``journey:spec`` at the
process (all but stages), ``journey:stage`` there too, one a stage (all but activities), and
``journey:activity`` at each task. Together they are the whole
specification, so that reading the file back can give the same one, with whatever a modeler changed
in the visible parts laid over it. Source: OMG BPMN 2.0.2 (formal/2013-12-09) and its XML schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from journeylib.exporting import dialects, words
from journeylib.exporting.decisions import decision_id
from journeylib.exporting.diagram import BPMN, BPMNDI, DC, DI, XSI, Diagram, note_id
from journeylib.exporting.dialects import Dialect, Extra, Extras
from journeylib.exporting.flow import CUSTOMER, Arrow, Flow, Kind, Node, Way, ascii_id, target_flow
from journeylib.exporting.layout import lay_out
from journeylib.exporting.variables import Variables
from journeylib.exporting.xmltext import escaped, legal, to_json
from journeylib.spec import feel
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Stage
from journeylib.terms import Clock, Lang, Span, say

JOURNEY = "urn:journeylib:spec:1"
FEEL = "https://www.omg.org/spec/DMN/20191111/FEEL/"
NAMESPACES = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "xsi": XSI, "journey": JOURNEY}

PROCESS = "Process_target"
_ESCALATION = "Escalation_overdue"
TAGS: Mapping[Kind, str] = {
    Kind.START: "startEvent",
    Kind.TASK: "userTask",
    Kind.RULE: "businessRuleTask",
    Kind.TIMER: "boundaryEvent",
    Kind.SPLIT: "exclusiveGateway",
    Kind.MERGE: "exclusiveGateway",
    Kind.GATE: "exclusiveGateway",
    Kind.END: "endEvent",
    Kind.EXIT: "endEvent",
    Kind.REMINDER: "endEvent",
}
_SEQUENCE = (Way.ONWARD, Way.BYPASS, Way.DOWN)
Element = etree._Element


def to_bpmn(spec: TargetSpec, lang: Lang, dialect: Dialect = "generic") -> bytes:
    """`spec` as a BPMN 2.0 file (UTF-8): one process with lanes, the customer as a closed pool.

    The gates are decided by the tables of `dmn.to_dmn`; what differs between engines is written as
    `dialect` wants it.
    """
    flow = target_flow(spec, lang)
    writer = dialects.writer_of(dialect)
    prefixes = {prefix: dialects.NAMESPACES[prefix] for prefix in writer.prefixes}
    root = etree.Element(
        _tag(BPMN, "definitions"),
        nsmap=NAMESPACES | prefixes,
        attrib={
            "id": "Definitions_target",
            "targetNamespace": JOURNEY,
            "exporter": "journeylib",
            "expressionLanguage": FEEL,
        },
    )
    _collaboration(root, spec, flow, lang)
    _Process(root, spec, flow, lang, writer).write()
    if any(node.kind is Kind.REMINDER for node in flow.nodes):
        overdue = say("exporting.overdue").in_(lang)
        _add(root, "escalation", id=_ESCALATION, name=overdue, escalationCode="overdue")
    _bands(root, flow)
    Diagram(root, flow, lay_out(flow)).write()
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


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


def _qualified(name: str) -> str:
    """``prefix:name`` of a dialect as lxml wants it."""
    prefix, local = name.split(":")
    return _tag(dialects.NAMESPACES[prefix], local)


def _extend(parent: Element, extra: Extra) -> None:
    attributes = {name: legal(value) for name, value in extra.attributes.items()}
    element = etree.SubElement(parent, _qualified(extra.tag), attributes)
    if extra.text is not None:
        element.text = escaped(extra.text)
    for child in extra.children:
        _extend(element, child)


def items_of(document: Node) -> tuple[str, ...]:
    """The information items that must be in a document."""
    return tuple(dict.fromkeys(h.item for handover in document.handovers for h in handover.items))


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

    def __init__(
        self, root: Element, spec: TargetSpec, flow: Flow, lang: Lang, writer: dialects.Writer
    ) -> None:
        self.spec, self.flow, self.lang, self.writer = spec, flow, lang, writer
        self.variables = Variables(spec)
        self.element = _add(
            root, "process", id=PROCESS, name=spec.name.in_(lang), isExecutable="true"
        )

    def write(self) -> None:
        notes = "\n".join(note.in_(self.lang) for note in self.spec.notes)
        self.describe(self.element, notes, self.everything_but_activities(), self.writer.process())
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
            if band.note:
                note = _add(self.element, "textAnnotation", id=note_id(band))
                _add(note, "text", band.note)

    def everything_but_activities(self) -> list[tuple[str, Any]]:
        whole = self.spec.to_dict()
        stages = whole.pop("stages")
        for stage in stages:
            del stage["activities"]
        return [("spec", whole), *(("stage", stage) for stage in stages)]

    def describe(
        self,
        element: Element,
        words_: str,
        ours: Sequence[tuple[str, Any]] = (),
        extras: Extras = dialects.NOTHING,
    ) -> None:
        """Documentation, our own extension elements, and what the dialect adds."""
        for name, value in extras.attributes.items():
            element.set(_qualified(name), legal(value))
        if words_:
            _add(element, "documentation", words_)
        if ours or extras.elements:
            holder = _add(element, "extensionElements")
            for name, data in ours:
                etree.SubElement(holder, _tag(JOURNEY, name)).text = to_json(data)
            for extra in extras.elements:
                _extend(holder, extra)

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
        element = _add(self.element, TAGS[node.kind], **attributes)
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
            extras = self.writer.task(self.task_facts(node))
            self.describe(element, self.task_words(node.activity), [("activity", data)], extras)
        elif node.kind is Kind.RULE and node.stage is not None:
            extras = self.writer.rule(self.rule_facts(node, node.stage))
            self.describe(element, self.gate_words(node.stage), (), extras)
        elif node.kind is Kind.TIMER and node.activity is not None:
            self.describe(element, self.timer_words(node.activity))

    def inside(self, element: Element, node: Node) -> None:
        """What follows the flows in the schema: documents in and out, event definitions."""
        if node.kind is Kind.TASK:
            self.associations(element, node)
        elif node.kind is Kind.TIMER and node.activity and node.activity.sla:
            timer = _add(element, "timerEventDefinition", id=f"{node.id}_definition")
            written = self.writer.duration(iso_duration(node.activity.sla))
            duration = _add(timer, "timeDuration", written)
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
        content = self.handed(node)
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
            written = escaped(self.writer.condition(arrow.when))
            condition = _add(flow, "conditionExpression", written)
            condition.set(_tag(XSI, "type"), "bpmn:tFormalExpression")

    # -- what engines have to know -----------------------------------------------------------------

    def handed(self, document: Node) -> str:
        """The variable that holds a document's content."""
        giver = next(node for node in self.flow.nodes if node.id == document.host)
        assert giver.activity is not None
        return self.variables.name("handed", giver.activity.id)

    def task_facts(self, task: Node) -> dialects.TaskFacts:
        assert task.activity is not None
        done = self.variables.name("done", task.activity.id)
        for node in self.flow.nodes:
            if node.kind is Kind.DATA and node.host == task.id:
                content = self.handed(node), items_of(node)
                return dialects.TaskFacts(task.id, task.activity.department, done, content)
        return dialects.TaskFacts(task.id, task.activity.department, done)

    def rule_facts(self, rule: Node, stage: Stage) -> dialects.RuleFacts:
        """At a gate, required activities before it are done, optional ones where they were needed."""
        asked = {name.id: name for name in feel.names(self.variables.condition(stage))}
        reads: dict[str, feel.Expression] = dict(asked)
        columns = {node.id: node.column for node in self.flow.nodes}
        for activity in self.spec.activities:
            done = self.variables.name("done", activity.id)
            if done not in asked:
                continue
            if columns[ascii_id("Task", activity.id)] > rule.column:
                reads[done] = feel.Literal(False)
            elif activity.required:
                reads[done] = feel.Literal(True)
            else:
                needed = feel.Name(self.variables.name("needed", activity.id))
                reads[done] = feel.Compare("=", needed, feel.Literal(True))
        return dialects.RuleFacts(decision_id(stage), self.variables.name("leave", stage.id), reads)

    # -- words -----------------------------------------------------------------------------------

    def stage_of(self, activity: Activity) -> str:
        return next(stage.id for stage in self.spec.stages if activity in stage.activities)

    def task_words(self, activity: Activity) -> str:
        facts = words.activity_facts(self.spec, activity, self.lang)
        return "\n".join(f"{label}: {value}" for label, value in facts)

    def gate_words(self, stage: Stage) -> str:
        lines = [
            f"{criterion.text.in_(self.lang)} ({words.why(criterion.why, self.lang)})"
            for criterion in stage.exit
        ]
        if stage.sla:
            lines.append(words.told("stage_sla", self.lang, span=words.span(stage.sla, self.lang)))
        return "\n".join(lines)

    def timer_words(self, activity: Activity) -> str:
        """Why this limit; and where it counts working time, what was written instead."""
        lines = [words.why(activity.sla_why, self.lang)] if activity.sla_why else []
        if activity.sla and activity.sla.clock is Clock.WORKING:
            limit, iso = words.span(activity.sla, self.lang), iso_duration(activity.sla)
            lines.append(words.told("timer_working", self.lang, span=limit, iso=iso))
        return "\n".join(lines)
