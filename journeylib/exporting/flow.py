"""The target process as a flow one can draw: nodes in columns and lanes, arrows between them.

The flow is structured so that it reads and runs from left to right: start, then stage by stage its
activities in order (an optional one between a split "needed?" and a merge), then the stage's gate: a
decision whether the case may leave, and a gateway where that leads on, else the case ends. In the
stage that wins the case the gate stands before the winning activity. Every column holds one node of
the main row; what hangs on it (time-outs, exits, documents handed over) lies below it. `layout` gives
it coordinates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from journeylib.exporting.variables import Purpose, Variables
from journeylib.spec import feel
from journeylib.spec.feel import Expression
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, DataHandover, Stage
from journeylib.terms import Clock, Lang, Span, say, stable_id
from journeylib.wording import span_text


class Kind(StrEnum):
    """What a node is."""

    START = "start"
    TASK = "task"
    RULE = "rule"
    TIMER = "timer"
    SPLIT = "split"
    MERGE = "merge"
    GATE = "gate"
    END = "end"
    EXIT = "exit"
    REMINDER = "reminder"
    DATA = "data"


class Way(StrEnum):
    """How an arrow runs: on to the next column, past an optional task, down, and so forth."""

    ONWARD = "onward"
    BYPASS = "bypass"
    DOWN = "down"
    WRITES = "writes"
    READS = "reads"
    MESSAGE = "message"


TASKS = frozenset({Kind.TASK, Kind.RULE})
MAIN_ROW = frozenset({Kind.START, *TASKS, Kind.SPLIT, Kind.MERGE, Kind.GATE, Kind.END})
CUSTOMER = "Participant_customer"
START, END = "Start_target", "End_target"
"""Not plain ``Start`` and ``End``: SpiffWorkflow has tasks of its own so named, and they win."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node; `host` is the id of the node it hangs on, for all outside the main row."""

    id: str
    kind: Kind
    name: str
    lane: str
    column: int
    host: str | None = None
    activity: Activity | None = None
    stage: Stage | None = None
    handovers: tuple[DataHandover, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow; `when` is its condition, `default` marks the one taken when no other holds."""

    id: str
    way: Way
    source: str
    target: str
    name: str = ""
    when: Expression | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: a department, or the place for what nobody owns."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Band:
    """The columns of a stage, from `first` to `last`; `note` says what holds for all of it."""

    id: str
    name: str
    first: int
    last: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """The whole drawing, without coordinates; lanes in order of appearance."""

    lanes: tuple[Lane, ...]
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    bands: tuple[Band, ...]

    def from_(self, node: str, *ways: Way) -> tuple[Arrow, ...]:
        """The arrows that leave a node."""
        return tuple(a for a in self.arrows if a.source == node and a.way in ways)

    def to(self, node: str, *ways: Way) -> tuple[Arrow, ...]:
        """The arrows that arrive at a node."""
        return tuple(a for a in self.arrows if a.target == node and a.way in ways)


def ascii_id(prefix: str, id: str) -> str:
    """A stable ASCII NCName: modelers silently drop elements whose ids are anything else.

    >>> ascii_id("Stage", "interest"), ascii_id("Lane", "销售部")
    ('Stage_interest', 'Lane_x-2d626dc3')
    """
    plain = id if re.fullmatch(r"[A-Za-z0-9_.-]+", id) else stable_id("x", id)
    return f"{prefix}_{plain}"


def target_flow(spec: TargetSpec, lang: Lang) -> Flow:
    """The flow of `spec`, its names in `lang`."""
    builder = _Builder(spec, lang)
    builder.build()
    lanes = dict.fromkeys(node.lane for node in builder.nodes)
    return Flow(
        lanes=tuple(Lane(lane, builder.lane_names[lane]) for lane in lanes),
        nodes=tuple(builder.nodes),
        arrows=tuple(builder.arrows),
        bands=tuple(builder.bands),
    )


class _Builder:
    """Walks the stages once from left to right."""

    def __init__(self, spec: TargetSpec, lang: Lang) -> None:
        self.spec, self.lang = spec, lang
        self.nodes: list[Node] = []
        self.arrows: list[Arrow] = []
        self.bands: list[Band] = []
        self.column = 0
        self.open: tuple[str, str, Expression | None] | None = None
        self.variables = Variables(spec)
        self.won = False
        unowned = {_lane(None): self.say("unassigned")}
        owned = {_lane(d.id): d.name.in_(lang) for d in spec.departments}
        self.lane_names = unowned | owned

    def say(self, key: str, **values: object) -> str:
        return say(f"exporting.{key}", **values).in_(self.lang)

    def build(self) -> None:
        first = next(iter(self.spec.activities), None)
        lane = _lane(first.department if first else None)
        self.main(Node(START, Kind.START, self.say("start"), lane, self.column))
        for stage in self.spec.stages:
            lane = self.stage(stage, lane)
        self.main(Node(END, Kind.END, self.say("end"), lane, self.column))
        self.documents()

    def main(self, node: Node) -> None:
        """Put a node into the next column and lead the flow to it."""
        if self.open is not None:
            source, name, when = self.open
            self.arrow(Way.ONWARD, source, node.id, name, when)
        self.nodes.append(node)
        self.column += 1
        self.open = (node.id, "", None)

    def arrow(
        self,
        way: Way,
        source: str,
        target: str,
        name: str = "",
        when: Expression | None = None,
        *,
        default: bool = False,
    ) -> None:
        id = f"{way.value.capitalize()}_{source}__{target}"
        self.arrows.append(Arrow(id, way, source, target, name, when, default))

    def stage(self, stage: Stage, lane: str) -> str:
        """Its gate comes last, or just before what wins the case: after that nothing is lost."""
        first, gated = self.column, False
        for activity in stage.activities:
            if activity.outcome == "won" and not gated:
                self.gate(stage, lane)
                gated = self.won = True
            lane = _lane(activity.department)
            if activity.required:
                self.task(activity)
            else:
                self.optional(activity)
        if not gated:
            self.gate(stage, lane)
        band = ascii_id("Stage", stage.id)
        limit = span_text(stage.sla).in_(self.lang) if stage.sla else ""
        note = self.say("stage_sla", span=limit) if limit else ""
        self.bands.append(Band(band, stage.name.in_(self.lang), first, self.column - 1, note))
        return lane

    def task(self, activity: Activity) -> None:
        id, lane = ascii_id("Task", activity.id), _lane(activity.department)
        name, column = activity.name.in_(self.lang), self.column
        self.main(Node(id, Kind.TASK, name, lane, column, activity=activity))
        if activity.sla is not None:
            self.time_out(activity, id, column)
        if activity.customer == "initiates":
            self.arrow(Way.MESSAGE, CUSTOMER, id)
        elif activity.customer == "meets":
            self.arrow(Way.MESSAGE, id, CUSTOMER)

    def time_out(self, activity: Activity, host: str, column: int) -> None:
        """After its time the task goes on, and somebody is reminded."""
        timer, end = ascii_id("Timer", activity.id), ascii_id("Reminder", activity.id)
        lane = _lane(activity.department)
        remind = self.say("remind", department=self.lane_names[lane])
        self.nodes += [
            Node(timer, Kind.TIMER, self.limit(activity), lane, column, host, activity),
            Node(end, Kind.REMINDER, remind, lane, column, timer, activity),
        ]
        self.arrow(Way.DOWN, timer, end)

    def limit(self, activity: Activity) -> str:
        """The time limit, short: there is little room at a timer."""
        assert activity.sla is not None
        span = span_text(Span(activity.sla.value, activity.sla.unit)).in_(self.lang)
        return self.say("working", span=span) if activity.sla.clock is Clock.WORKING else span

    def optional(self, activity: Activity) -> None:
        split, merge = ascii_id("Split", activity.id), ascii_id("Merge", activity.id)
        lane, name = _lane(activity.department), activity.name.in_(self.lang)
        question = self.say("needed", activity=name)
        self.main(Node(split, Kind.SPLIT, question, lane, self.column, activity=activity))
        self.open = (split, self.say("yes"), self.is_true("needed", activity.id))
        self.task(activity)
        self.main(Node(merge, Kind.MERGE, "", lane, self.column))
        self.arrow(Way.BYPASS, split, merge, self.say("no"), default=True)

    def gate(self, stage: Stage, lane: str) -> None:
        """A decision, and its answer: met leads on; everything else ends the case."""
        id, end = ascii_id("Gate", stage.id), ascii_id("Exit", stage.id)
        rule, name = ascii_id("Rule", stage.id), stage.name.in_(self.lang)
        decision = self.say("decision", stage=name)
        self.main(Node(rule, Kind.RULE, decision, lane, self.column, stage=stage))
        column = self.column
        question = self.say("gate" if stage.exit else "gate_decision", stage=name)
        self.main(Node(id, Kind.GATE, question, lane, column, stage=stage))
        self.open = (id, self.say("met"), self.is_true("leave", stage.id))
        reason = self.say("stopped" if self.won else "lost", stage=name)
        self.nodes.append(Node(end, Kind.EXIT, reason, lane, column, id))
        self.arrow(Way.DOWN, id, end, self.say("not_met"), default=True)

    def is_true(self, purpose: Purpose, id: str) -> Expression:
        return feel.Compare("=", feel.Name(self.variables.name(purpose, id)), feel.Literal(True))

    def documents(self) -> None:
        """What a task hands over: one document per giving task, read by the takers after it."""
        tasks = [node for node in self.nodes if node.kind is Kind.TASK]
        readers: dict[str, list[tuple[DataHandover, Node]]] = {}
        for stage in self.spec.stages:
            for handover in stage.handovers:
                giver = _giver(tasks, handover, stage)
                taker = giver and _taker(tasks, handover, giver)
                if giver and taker:
                    readers.setdefault(giver.id, []).append((handover, taker))
        for giver in tasks:
            if giver.id in readers:
                self.document(giver, readers[giver.id])

    def document(self, giver: Node, readers: Sequence[tuple[DataHandover, Node]]) -> None:
        id = giver.id.replace("Task_", "Data_", 1)
        items = dict.fromkeys(h.item for handover, _ in readers for h in handover.items)
        name = self.document_name([self.spec.item_name(i).in_(self.lang) for i in items])
        handovers = tuple(handover for handover, _ in readers)
        self.nodes.append(
            Node(id, Kind.DATA, name, giver.lane, giver.column, giver.id, handovers=handovers)
        )
        self.arrow(Way.WRITES, giver.id, id)
        for taker in dict.fromkeys(taker.id for _, taker in readers):
            self.arrow(Way.READS, id, taker)

    def document_name(self, items: Sequence[str]) -> str:
        shown = self.say("comma").join(items[:2])
        return self.say("and_more", items=shown, n=len(items)) if len(items) > 2 else shown


def _lane(department: str | None) -> str:
    return "Lane_unassigned" if department is None else ascii_id("Lane", f"d.{department}")


def _giver(tasks: Sequence[Node], handover: DataHandover, stage: Stage) -> Node | None:
    """The last task of the giving department in the stage."""
    ids = {activity.id for activity in stage.activities}
    return next(
        (t for t in reversed(tasks) if _owner(t) == handover.source and _part(t).id in ids), None
    )


def _taker(tasks: Sequence[Node], handover: DataHandover, giver: Node) -> Node | None:
    """The first task of the receiving department after it."""
    later: Iterator[Node] = (task for task in tasks if task.column > giver.column)
    return next((task for task in later if _owner(task) == handover.target), None)


def _part(task: Node) -> Activity:
    assert task.activity is not None
    return task.activity


def _owner(task: Node) -> str | None:
    return _part(task).department
