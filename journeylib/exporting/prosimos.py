"""The target process as a simulation that Prosimos runs: a plain BPMN, its parameters, their sources.

Prosimos 2.1 reads ``task`` only, one end event, no boundary events; durations in seconds. Source:
López-Pintado, Dumas & Berx (2023), "Discovery and Simulation of Business Processes with Probabilistic
Resource Availability Calendars", and the program itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from journeylib.documents import markdown
from journeylib.documents.blocks import Block, Bullets, Document, Paragraph, Table, Value, printable
from journeylib.exporting import words
from journeylib.exporting.flow import END, Arrow, Flow, Kind, Node, Way, ascii_id, target_flow
from journeylib.exporting.simulation import (
    ALWAYS,
    Duration,
    Parameters,
    Period,
    parameters,
)
from journeylib.exporting.tables import headed
from journeylib.journey import Journey
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang, say

_BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_TAGS: Mapping[Kind, str] = {
    Kind.START: "startEvent",
    Kind.TASK: "task",
    Kind.SPLIT: "exclusiveGateway",
    Kind.MERGE: "exclusiveGateway",
    Kind.GATE: "exclusiveGateway",
    Kind.END: "endEvent",
}
_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_ALWAYS_ID, _ANYBODY = "Calendar_always", "Resource_anybody"
_ARRIVAL_LIMIT = 20
"""Times between arrivals are drawn up to so many times their mean."""


def to_prosimos(spec: TargetSpec, journey: Journey, lang: Lang = "zh") -> Mapping[str, bytes]:
    """Suffix → content: the model, its parameters, and where each of these comes from.

    `UsageError` when nothing tells how long an activity takes.
    """
    flow, known = target_flow(spec, lang), parameters(spec, journey)
    told = json.dumps(_settings(spec, flow, known, lang), ensure_ascii=False, indent=1) + "\n"
    return {
        ".prosimos.bpmn": _model(spec, flow, lang),
        ".prosimos.json": told.encode(),
        ".prosimos.md": markdown.to_markdown(_sources(spec, known, lang)).encode(),
    }


# -- the model ---------------------------------------------------------------------------------------


def _model(spec: TargetSpec, flow: Flow, lang: Lang) -> bytes:
    root = etree.Element(
        f"{{{_BPMN}}}definitions",
        nsmap={"bpmn": _BPMN},
        attrib={"id": "Definitions_simulation", "targetNamespace": "urn:journeylib:simulation"},
    )
    name = printable(spec.name.in_(lang))
    process = _add(root, "process", id="Process_simulation", name=name, isExecutable="false")
    arrows = _arrows(flow)
    for node in flow.nodes:
        if node.kind in _TAGS:
            element = _add(process, _TAGS[node.kind], id=node.id, name=printable(node.name))
            for arrow in arrows:
                if arrow.target == node.id:
                    _add(element, "incoming").text = arrow.id
            for arrow in arrows:
                if arrow.source == node.id:
                    _add(element, "outgoing").text = arrow.id
    for arrow in arrows:
        _add(process, "sequenceFlow", id=arrow.id, sourceRef=arrow.source, targetRef=arrow.target)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_BPMN}}}{tag}", attributes)


def _arrows(flow: Flow) -> list[Arrow]:
    """The way of the cases alone: every end is the one end, reminders are none."""
    kinds = {node.id: node.kind for node in flow.nodes}
    kept = []
    for arrow in flow.arrows:
        if arrow.way in (Way.ONWARD, Way.BYPASS, Way.DOWN) and kinds[arrow.source] in _TAGS:
            target = END if kinds[arrow.target] is Kind.EXIT else arrow.target
            kept.append(Arrow(arrow.id, arrow.way, arrow.source, target))
    return kept


# -- the parameters ----------------------------------------------------------------------------------


def _settings(spec: TargetSpec, flow: Flow, known: Parameters, lang: Lang) -> dict[str, Any]:
    tasks = [node for node in flow.nodes if node.kind is Kind.TASK and node.activity]
    return {
        "model_type": "CRISP",
        "resource_profiles": list(_profiles(spec, tasks, known, lang)),
        "arrival_time_distribution": _expon(known.arrival.value or 0.0),
        "arrival_time_calendar": _periods(ALWAYS),
        "gateway_branching_probabilities": list(_branching(flow, known)),
        "task_resource_distribution": [
            {
                "task_id": task.id,
                "resources": [{"resource_id": _performer(task, known)} | _gamma(_of(task, known))],
            }
            for task in tasks
        ],
        "resource_calendars": [
            {"id": _ALWAYS_ID, "name": _ALWAYS_ID, "time_periods": _periods(ALWAYS)},
            *(
                {"id": _id("Calendar", d), "name": pool.name, "time_periods": _periods(pool.hours)}
                for d, pool in known.pools.items()
            ),
        ],
        "event_distribution": [],
        "batch_processing": [],
        "case_attributes": [],
        "prioritisation_rules": [],
    }


def _id(prefix: str, department: str) -> str:
    return ascii_id(prefix, f"d.{department}")


def _of(task: Node, known: Parameters) -> Duration:
    assert task.activity is not None
    return known.durations[task.activity.id]


def _performer(task: Node, known: Parameters) -> str:
    """The department's people for work; for a delay, and where nobody is named, anybody."""
    department = task.activity.department if task.activity else None
    pool = known.pools.get(department or "")
    if department is None or pool is None or pool.people is None or not _of(task, known).is_work:
        return _ANYBODY
    return _id("Resource", department)


def _profiles(
    spec: TargetSpec, tasks: Sequence[Node], known: Parameters, lang: Lang
) -> Iterator[dict[str, Any]]:
    anybody = say("document.simulation_anybody").in_(lang)
    yield _profile(_ANYBODY, anybody, known.cases, _ALWAYS_ID, tasks, known)
    for department, pool in known.pools.items():
        if pool.people is not None:
            resource, calendar = _id("Resource", department), _id("Calendar", department)
            name = words.department(spec, department, lang)
            yield _profile(resource, printable(name), pool.people, calendar, tasks, known)


def _profile(
    id: str, name: str, amount: int, calendar: str, tasks: Sequence[Node], known: Parameters
) -> dict[str, Any]:
    assigned = [task.id for task in tasks if _performer(task, known) == id]
    people = {"id": id, "name": name, "cost_per_hour": 0, "amount": amount}
    return {
        "id": f"Profile_{id}",
        "name": name,
        "resource_list": [people | {"calendar": calendar, "assignedTasks": assigned}],
    }


def _branching(flow: Flow, known: Parameters) -> Iterator[dict[str, Any]]:
    for chance in known.chances:
        [onward] = flow.from_(chance.gateway, Way.ONWARD)
        [other] = flow.from_(chance.gateway, Way.BYPASS, Way.DOWN)
        share = round(chance.onward, 6)
        values = ((onward.id, share), (other.id, round(1 - share, 6)))
        yield {
            "gateway_id": chance.gateway,
            "probabilities": [{"path_id": path, "value": value} for path, value in values],
        }


def _expon(mean: float) -> dict[str, Any]:
    return _distribution("expon", mean, 0.0, _ARRIVAL_LIMIT * mean)


def _gamma(duration: Duration) -> dict[str, Any]:
    """Of the measured mean and variance; without a variance always the mean."""
    if duration.variance <= 0 or duration.mean <= 0:
        return _distribution("fix", duration.mean, 0.0, duration.mean)
    return _distribution("gamma", duration.mean, duration.variance, 0.0, duration.longest)


def _distribution(name: str, *values: float) -> dict[str, Any]:
    """Six digits: below any real precision, above the noise of summation order."""
    told = [{"value": float(f"{value:.6g}")} for value in values]
    return {"distribution_name": name, "distribution_params": told}


def _periods(hours: Sequence[Period]) -> list[dict[str, str]]:
    return [
        {"from": _DAYS[day], "to": _DAYS[day], "beginTime": _clock(begin), "endTime": _clock(end)}
        for day, begin, end in hours
    ]


def _clock(hour: float) -> str:
    """An hour of the day; midnight at its end is the last moment Prosimos knows.

    >>> _clock(9.5), _clock(24)
    ('09:30:00', '23:59:59.999999')
    """
    if hour >= 24:
        return "23:59:59.999999"
    seconds = round(hour * 3600)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


# -- where they come from ----------------------------------------------------------------------------


def _sources(spec: TargetSpec, known: Parameters, lang: Lang) -> Document:
    """Each parameter with what it was measured on, and what had to be assumed."""
    return Document(_said("simulation_title", lang), tuple(_told(spec, known, lang)), lang)


def _said(key: str, lang: Lang, **values: object) -> str:
    return say(f"document.{key}", **values).in_(lang)


def _told(spec: TargetSpec, known: Parameters, lang: Lang) -> Iterator[Block]:
    arrival = words.duration((known.arrival.value or 0.0) / 3600, lang)
    yield Paragraph(_said("simulation_arrival", lang, mean=arrival, n=f"{known.arrival.n:,}"))
    yield Bullets(tuple(_said(f"simulation_assumes_{n}", lang) for n in ("delay", "way", "hours")))
    yield headed(("activity", "mean", "n", "source"), _duration_rows(spec, known, lang), lang)
    people = (
        (words.department(spec, department, lang), pool.people)
        for department, pool in known.pools.items()
    )
    yield headed(("department", "people"), people, lang)
    yield _gateways(spec, known, lang)


def _duration_rows(spec: TargetSpec, known: Parameters, lang: Lang) -> Iterator[tuple[Value, ...]]:
    for activity in spec.activities:
        duration = known.durations[activity.id]
        mean = words.duration(duration.mean / 3600, lang)
        yield activity.name.in_(lang), mean, duration.n, duration.source.in_(lang)


def _gateways(spec: TargetSpec, known: Parameters, lang: Lang) -> Table:
    names = {node.id: node.name for node in target_flow(spec, lang).nodes}
    rows = (
        (names[c.gateway], words.number(c.onward, "share", lang), c.source.in_(lang))
        for c in known.chances
    )
    return headed(("gateway", "onward", "source"), rows, lang)
