"""SpiffWorkflow running our files: FEEL by our own subset, time by a clock we set.

SpiffWorkflow evaluates Python and looks at the computer's clock. The flow, lanes, boundary timers,
data objects and files are its own; expressions, table cells and the time are replaced here. Imported
only where scenarios are run.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.specs.event_definitions.timer import DurationTimerEventDefinition
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.spiff.parser.event_parsers import SpiffBoundaryEventParser
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState

from journeylib.exporting.bpmn import PROCESS, items_of, to_bpmn
from journeylib.exporting.decisions import decision_id
from journeylib.exporting.dmn import decision_files
from journeylib.exporting.flow import END, Flow, Kind, Node, Way, target_flow
from journeylib.exporting.variables import Variables
from journeylib.scenarios.course import Course, Moment
from journeylib.scenarios.result import Lacking, Reminder, Replayed
from journeylib.spec import feel
from journeylib.spec.feel.cells import read_cell
from journeylib.spec.feel.evaluate import Value, holds
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity

_parsed = functools.lru_cache(maxsize=1024)(feel.parse)
_cell = functools.lru_cache(maxsize=1024)(read_cell)


class _FeelEngine(PythonScriptEngine):  # type: ignore[misc]
    """Conditions as FEEL; `now` is the time of the case, `decided` when each table was asked."""

    def __init__(self, now: Moment) -> None:
        super().__init__()
        self.now = now
        self.decided: dict[str, Moment] = {}

    def validate(self, expression: str) -> None:
        _parsed(expression)

    def evaluate(
        self, task: Any, expression: str, external_context: Mapping[str, Value] | None = None
    ) -> Any:
        return holds(_parsed(expression), {**(external_context or {}), **task.data})


class _Table(DMNEngine):  # type: ignore[misc]
    """The first row whose cells all hold."""

    def decide(self, task: Any) -> list[Any]:
        engine = task.workflow.script_engine
        engine.decided[self.decision_table.id] = engine.now
        for rule in self.decision_table.rules:
            cells = ((entry.input.expression, entry.text) for entry in rule.inputEntries)
            if all(holds(_cell(_parsed(of), text), task.data) for of, text in cells):
                return [_Answer(rule)]
        return []


@dataclass(frozen=True)
class _Answer:
    rule: Any

    def output_as_dict(self, task: Any) -> dict[str, Any]:
        """Output name → value."""
        return {
            entry.output.name: holds(_parsed(entry.text), task.data)
            for entry in self.rule.outputEntries
        }


class _Timer(DurationTimerEventDefinition):  # type: ignore[misc]
    """Fires when the time of the case has passed it."""

    def has_fired(self, my_task: Any) -> bool:
        engine = my_task.workflow.script_engine
        due = my_task._get_internal_data("event_value")
        if due is None:
            parsed = self.parse_iso_duration(self.expression)
            due = engine.now + datetime.timedelta(**parsed)
            my_task._set_internal_data(event_value=due)
        if due < engine.now:
            my_task._set_internal_data(event_fired=True)
        return bool(my_task._get_internal_data("event_fired", False))


class _BoundaryParser(SpiffBoundaryEventParser):  # type: ignore[misc]
    def parse_timer_event(self, event: Any) -> _Timer:
        timer = super().parse_timer_event(event)
        return _Timer(timer.name, timer.expression, description=timer.description)


class _Parser(SpiffBpmnParser):  # type: ignore[misc]
    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - as SpiffWorkflow has it
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("boundaryEvent"): (_BoundaryParser, BoundaryEvent),
    }

    def get_engine(self, decision_ref: str, node: Any) -> _Table:
        return _Table(super().get_engine(decision_ref, node).decision_table)


@dataclass(frozen=True)
class Process:
    """A specification, exported and read by SpiffWorkflow."""

    spec: TargetSpec
    flow: Flow
    workflow: Any

    @classmethod
    def of(cls, spec: TargetSpec) -> Process:
        """Export and read once, run often."""
        parser = _Parser()
        parser.add_bpmn_io(io.BytesIO(to_bpmn(spec, "en")), "target.bpmn")
        for name, content in decision_files(spec, "en").items():
            parser.add_dmn_io(io.BytesIO(content), name)
        return cls(spec, target_flow(spec, "en"), parser.get_spec(PROCESS))

    @functools.cached_property
    def nodes(self) -> dict[str, Node]:
        """The nodes of the flow by id."""
        return {node.id: node for node in self.flow.nodes}

    def replay(self, course: Course) -> Replayed:
        """One case from start to where it ends or waits."""
        return _Replay(self, course).run()


class _Replay:
    """A token on its way."""

    def __init__(self, process: Process, course: Course) -> None:
        self.process, self.course = process, course
        self.variables = Variables(process.spec)
        self.engine = _FeelEngine(course.start)
        self.workflow = BpmnWorkflow(process.workflow, script_engine=self.engine)
        self.finished: dict[str, Moment] = {}
        self.begun: dict[str, Moment] = {}
        self.skipped: list[str] = []
        self.lacking: list[Lacking] = []

    def run(self) -> Replayed:
        (start,) = self.workflow.get_tasks(state=TaskState.READY)
        start.data.update(self.choices() | self.facts())
        self.step()
        while ready := self.workflow.get_tasks(state=TaskState.READY, manual=True):
            if not self.pass_on(ready[0]):
                activity = self.activity(ready[0])
                return self.result(Replayed(self.course.case, "waiting", activity.id))
        return self.result(self.ended())

    def step(self) -> None:
        """Everything that happens by itself at this time."""
        self.workflow.refresh_timers()
        self.workflow.do_engine_steps()

    def pass_on(self, task: Any) -> bool:
        """Do the task when the case did it, or skip it; False where the case waits for it."""
        activity = self.activity(task)
        self.begun[activity.id] = self.engine.now
        done_at = self.course.done.get(activity.id)
        if done_at is None and not self.course.goes_on_after(activity.id):
            self.engine.now = max(self.engine.now, self.course.until)
            self.step()
            return False
        if done_at is None:
            self.skipped += [activity.id] if activity.required else []
        else:
            self.check_documents(task, activity)
            self.engine.now = max(self.engine.now, done_at)
            self.step()
        task.data.update(self.facts())
        task.data.update(self.handed(task, given=done_at is not None))
        self.finished[activity.id] = self.engine.now
        task.run()
        self.step()
        return True

    def activity(self, task: Any) -> Activity:
        found = self.process.nodes[task.task_spec.bpmn_id].activity
        assert found is not None
        return found

    # -- what the process is told --------------------------------------------------------------

    def choices(self) -> dict[str, Value]:
        """What people decide on the way: which optional activities, and whether to go on."""
        name, done = self.variables.name, self.course.done
        needed: dict[str, Value] = {
            name("needed", a.id): a.id in done
            for a in self.process.spec.activities
            if not a.required
        }
        return needed | dict(self.advances())

    def advances(self) -> list[tuple[str, bool]]:
        """A stage is left where something after its gate was done, or where nothing comes after it."""
        before: str | None = None
        found = []
        for stage in self.process.spec.stages:
            gated = [a for a in stage.activities if a.outcome == "won"]
            ahead = (
                stage.activities[: stage.activities.index(gated[0])] if gated else stage.activities
            )
            last = ahead[-1].id if ahead else before
            onward = last == self.course.last or self.course.goes_on_after(last)
            found.append((self.variables.name("advance", stage.id), onward))
            before = stage.activities[-1].id if stage.activities else before
        return found

    def facts(self) -> dict[str, Value]:
        """What is known and done by now."""
        done = {
            self.variables.name("done", id): True for id in self.course.done_by(self.engine.now)
        }
        return self.course.known_at(self.engine.now) | done

    def handed(self, task: Any, *, given: bool) -> dict[str, Any]:
        """The document a task has to write: what is known of its items, or nothing when skipped."""
        known = self.course.known_at(self.engine.now)
        for arrow in self.process.flow.from_(task.task_spec.bpmn_id, Way.WRITES):
            items = items_of(self.process.nodes[arrow.target])
            variable = self.variables.name("handed", self.activity(task).id)
            return {variable: {item: known.get(item) for item in items} if given else None}
        return {}

    def check_documents(self, task: Any, activity: Activity) -> None:
        """What the documents read by a task should hold for its department and do not."""
        for arrow in self.process.flow.to(task.task_spec.bpmn_id, Way.READS):
            document = self.process.nodes[arrow.source]
            giver = self.process.nodes[str(document.host)].activity
            assert giver is not None
            content = task.data.get(self.variables.name("handed", giver.id)) or {}
            for handover in document.handovers:
                if handover.target == activity.department:
                    items = (handed.item for handed in handover.items)
                    missing = (item for item in items if content.get(item) is None)
                    self.lacking += [Lacking(handover.id, item) for item in missing]

    # -- what comes of it ----------------------------------------------------------------------

    def ended(self) -> Replayed:
        for task in self.workflow.get_tasks(state=TaskState.COMPLETED):
            node = self.process.nodes.get(task.task_spec.bpmn_id)
            if node is not None and node.id == END:
                return Replayed(self.course.case, "goal")
            if node is not None and node.kind is Kind.EXIT:
                gate = self.process.nodes[str(node.host)].stage
                assert gate is not None
                unmet = tuple(
                    c.id
                    for c in gate.exit
                    if not holds(self.variables.criterion(c.id, c.when), task.data)
                )
                return Replayed(self.course.case, "stopped", gate.id, unmet)
        raise AssertionError(f"case {self.course.case!r} neither ends nor waits")

    def result(self, found: Replayed) -> Replayed:
        return dataclasses.replace(
            found,
            reminders=(*self.fired(), *self.overstayed(found)),
            lacking=tuple(dict.fromkeys(self.lacking)),
            skipped=tuple(self.skipped),
            unknown=self.course.unknown,
        )

    def fired(self) -> list[Reminder]:
        """The reminders that went out, in the order of the flow."""
        ids = {
            task.task_spec.bpmn_id for task in self.workflow.get_tasks(state=TaskState.COMPLETED)
        }
        reminders = []
        for node in self.process.flow.nodes:
            if node.kind is Kind.REMINDER and node.id in ids and node.activity is not None:
                activity = node.activity
                assert activity.sla is not None
                until = self.finished.get(activity.id, self.engine.now)
                hours = _hours(until - self.begun[activity.id])
                done = activity.id in self.finished
                reminders.append(Reminder("activity", activity.id, activity.sla.hours, hours, done))
        return reminders

    def overstayed(self, found: Replayed) -> list[Reminder]:
        """The stages the case stayed in for longer than allowed; no timer of BPMN says so."""
        reminders, entered = [], self.course.start
        for stage in self.process.spec.stages:
            reached = [self.begun[a.id] for a in stage.activities if a.id in self.begun]
            times = [self.finished[a.id] for a in stage.activities if a.id in self.finished]
            decided = self.engine.decided.get(f"{decision_id(stage)}_table")
            if not reached and decided is None:
                break
            waits = found.end == "waiting" and found.at in {a.id for a in stage.activities}
            left = self.engine.now if waits else max([*times, *([decided] if decided else [])])
            hours = _hours(left - entered)
            if stage.sla and hours > stage.sla.hours:
                reminders.append(Reminder("stage", stage.id, stage.sla.hours, hours, not waits))
            entered = left
        return reminders


def _hours(span: datetime.timedelta) -> float:
    return span / datetime.timedelta(hours=1)
