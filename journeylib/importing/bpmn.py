"""BPMN read back: our own files with what a modeler changed in them, any other as a beginning.

Our files carry the specification in extension elements, which modelers keep. They are told by their
namespace, whatever prefix a modeler gave it.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field

from lxml import etree

from journeylib.errors import FeelError
from journeylib.exporting.bpmn import JOURNEY
from journeylib.importing.diagram import Diagram, Node, diagram
from journeylib.importing.foreign import from_foreign
from journeylib.importing.imported import Imported
from journeylib.importing.markup import parse
from journeylib.importing.modeler import laid_over
from journeylib.importing.settle import Before, Data, Gone, settle
from journeylib.spec import feel
from journeylib.spec.model import TargetSpec
from journeylib.terms import Text, say


def read_bpmn(content: bytes, name: str) -> Imported:
    """The specification in a BPMN 2.0 file; the notes tell every change and all that was left out.

    `InputError` when it is no BPMN, is broken beyond repair, or holds no task; `SpecError` when the
    specification inside breaks its own rules.
    """
    root, repaired = parse(content, name)
    drawn = diagram(root, name)
    drawn.notes[:0] = repaired
    carried = _carried(drawn)
    if carried is None:
        return from_foreign(drawn, content, name)
    notes = [*carried.notes, *_without_deleted(carried.data)]
    changed = laid_over(TargetSpec.model_validate(carried.data), drawn, carried.nodes)
    return Imported(changed.spec, (*notes, *changed.notes))


_LISTS = ("departments", "roles", "information", "transitions", "constraints", "goals", "findings")
_IN_STAGES = ("entry", "exit", "raci", "handovers", "automation", "goals", "answers")
"""What an older file of ours may lack."""


@dataclass(slots=True)
class _Carried:
    """The specification our extension elements hold, and the node of each activity."""

    data: Data
    nodes: dict[str, str] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)


def _carried(drawn: Diagram) -> _Carried | None:
    """None where the file is not ours, or so damaged that only its picture is left."""
    whole = next(drawn.root.iter(f"{{{JOURNEY}}}spec"), None)
    if whole is None:
        return None
    try:
        data = _object(whole)
        stages = [_object(element) for element in drawn.root.iter(f"{{{JOURNEY}}}stage")]
    except ValueError as problem:
        drawn.notes.append(say("diagram.ours_damaged", problem=problem))
        return None
    lists: Data = {name: [] for name in _LISTS}
    inside: Data = {name: [] for name in _IN_STAGES}
    filled = [inside | stage | {"activities": []} for stage in stages]
    found = _Carried(lists | data | {"stages": copy.deepcopy(filled)})
    for node in drawn.nodes.values():
        _add_activity(found, node)
    return found if found.data["stages"] else None


def _object(element: etree._Element) -> Data:
    data = json.loads("".join(map(str, element.itertext())))
    if not isinstance(data, dict):
        raise ValueError("no object")
    return data


def _add_activity(found: _Carried, node: Node) -> None:
    """Put the activity a node carries into its stage; a second one with its id is a copy."""
    element = node.element.find(f"{{*}}extensionElements/{{{JOURNEY}}}activity")
    if element is None:
        return
    try:
        activity = _object(element)
        stage, id = str(activity.pop("stage", "")), str(activity["id"])
    except (ValueError, KeyError):
        found.notes.append(say("diagram.activity_damaged", id=node.id))
        return
    if id in found.nodes:
        found.notes.append(say("diagram.task_copied", name=node.name, id=node.id, of=id))
        return
    stages = found.data["stages"]
    home = next((s for s in stages if s.get("id") == stage), stages[-1] if stages else None)
    if home is not None:
        home["activities"].append(activity)
        found.nodes[id] = node.id


# -- tasks that were deleted -----------------------------------------------------------------------


def _without_deleted(data: Data) -> list[Text]:
    """Take out what spoke of tasks that were deleted; each of them is told."""
    try:
        gone = _gone(data)
        notes = settle(data, gone, _before(data))
    except (AttributeError, KeyError, TypeError, ValueError):
        return []  # no specification of ours has this shape: checking it will say where
    return [say("diagram.task_gone", name=id) for id in sorted(gone["activity"])] + notes


def _gone(data: Data) -> Gone:
    """The activities that something speaks of and no task carries any more."""
    here = {a.get("id") for stage in data["stages"] for a in stage["activities"]}
    events = {a.get("event") for stage in data["stages"] for a in stage["activities"]}
    nothing: frozenset[str] = frozenset()
    gone = dict.fromkeys(("stage", "department", "role", "item", "finding"), nothing)
    asked = {event for when in _conditions(data) for event in _asked(when)}
    gone["event"] = frozenset(asked) - frozenset(map(str, events))
    gone["activity"] = frozenset(_spoken_of(data)) - frozenset(map(str, here))
    return gone


def _spoken_of(data: Data) -> list[str]:
    ids = [str(t[end]) for t in data.get("transitions", ()) for end in ("source", "target")]
    ids += [str(id) for c in data.get("constraints", ()) for id in c["activities"]]
    rules = [rule for stage in data["stages"] for rule in stage.get("automation", ())]
    return ids + [str(rule["activity"]) for rule in rules if rule.get("activity")]


def _conditions(data: Data) -> list[str]:
    stages = data["stages"]
    criteria = [c for s in stages for gate in ("entry", "exit") for c in s.get(gate, ())]
    return [str(c["when"]) for c in (*criteria, *data.get("constraints", ())) if c.get("when")]


def _asked(when: str) -> tuple[str, ...]:
    try:
        return feel.activities(feel.parse(when))
    except FeelError:
        return ()


def _before(data: Data) -> Before:
    """All transitions may go: nobody types them in a modeler."""
    pairs = frozenset((str(t["source"]), str(t["target"])) for t in data.get("transitions", ()))
    here = frozenset(str(a.get("id")) for stage in data["stages"] for a in stage["activities"])
    return Before(pairs, here | frozenset(end for pair in pairs for end in pair))
