"""What the arrows of a diagram say: in which order tasks are done, and which can be passed by.

Sub-processes are opened: what leads into one leads to its first nodes, its last nodes lead on. A task
is required when no run to the main end goes without it; at an exclusive split a run takes one way,
at a parallel split all of them. What only a boundary event leads to is optional.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from functools import cached_property

from journeylib.importing.diagram import GATEWAYS, SUBPROCESSES, Diagram, Node

_SPECIAL_ENDS = ("errorEventDefinition", "terminateEventDefinition", "cancelEventDefinition",
                 "compensateEventDefinition")  # fmt: skip
_LEAVING = "/leaving"


class Paths:
    """The diagram as one graph; `main_end` is known for our own files."""

    def __init__(self, diagram: Diagram, main_end: str | None = None) -> None:
        self.diagram = diagram
        self.tasks = [task.id for task in diagram.tasks]
        self._task_set = frozenset(self.tasks)
        self._opened = {n.inside for n in diagram.nodes.values() if n.inside}
        self.onward: dict[str, list[str]] = defaultdict(list)
        self.attached: dict[str, list[str]] = defaultdict(list)
        self._connect()
        is_known = main_end in diagram.nodes
        self.main_ends = [str(main_end)] if is_known else self._ends()
        self.ends = frozenset(self.main_ends)
        if not is_known:
            self.ends = self._with_side_ends()

    def _connect(self) -> None:
        entered: set[str] = set()
        for arrow in self.diagram.arrows:
            source = arrow.source + _LEAVING if arrow.source in self._opened else arrow.source
            self.onward[source].append(arrow.target)
            entered.add(arrow.target)
        for node in self.diagram.nodes.values():
            if node.tag == "boundaryEvent" and (host := node.element.get("attachedToRef")):
                self.attached[host].append(node.id)
            elif node.inside is not None:
                self._open(node, entered)
        for sub in sorted(filter(None, self._opened)):
            self.onward[sub + _LEAVING] = self.onward.get(sub + _LEAVING, [])

    def _open(self, node: Node, entered: set[str]) -> None:
        if node.id not in entered:
            self.onward[str(node.inside)].append(node.id)
        last = node.id + _LEAVING if node.id in self._opened else node.id
        if not self.onward.get(last):
            self.onward[last].append(f"{node.inside}{_LEAVING}")

    # -- order -----------------------------------------------------------------------------------

    @cached_property
    def order(self) -> list[str]:
        """All nodes so that each comes after what leads to it; loops are cut where they lead back."""
        starts = [n for n in self.diagram.nodes if n not in self._entered and n not in self._hung]
        placed: list[str] = []
        seen: set[str] = set()
        for start in [*reversed(starts), *self.diagram.nodes]:
            self._visit(start, seen, placed)
        return placed[::-1]

    @cached_property
    def _entered(self) -> frozenset[str]:
        return frozenset(target for targets in self.onward.values() for target in targets)

    @cached_property
    def _hung(self) -> frozenset[str]:
        return frozenset(event for events in self.attached.values() for event in events)

    def _visit(self, start: str, seen: set[str], placed: list[str]) -> None:
        """Depth first without recursion; a node is placed after everything it leads to."""
        if start in seen:
            return
        seen.add(start)
        stack = [(start, self._after(start))]
        while stack:
            node, waiting = stack[-1]
            if not waiting:
                placed.append(node)
                stack.pop()
            elif (following := waiting.pop()) not in seen:
                seen.add(following)
                stack.append((following, self._after(following)))

    def _after(self, node: str) -> list[str]:
        return [*self.onward.get(node, ()), *self.attached.get(node, ())]

    @cached_property
    def tasks_in_order(self) -> list[str]:
        """The tasks in that order."""
        return [node for node in self.order if node in self._task_set]

    def next_tasks(self, task: str) -> list[str]:
        """The tasks that may follow directly."""
        found: dict[str, None] = {}
        queue, seen = deque(self._after(task)), {task}
        while queue:
            node = queue.popleft()
            if node in self._task_set:
                found[node] = None
            elif node not in seen:
                seen.add(node)
                queue.extend(self._after(node))
        return list(found)

    # -- what cannot be passed by ------------------------------------------------------------------

    def _ends(self) -> list[str]:
        """The main end of each process: the ordinary one with the most tasks on the way to it."""
        best: dict[str, tuple[int, str]] = {}
        for id in self._sinks():
            process = self.diagram.nodes[id.removesuffix(_LEAVING)].process
            if self._depth[id] > best.get(process, (-1, ""))[0]:
                best[process] = (self._depth[id], id)
        return [id for _, id in best.values()]

    def _sinks(self) -> list[str]:
        """End events in order; in a process without any, whatever leads nowhere."""
        nodes = [self.diagram.nodes[id] for id in self.order if id in self.diagram.nodes]
        last = [
            n for n in nodes if n.inside is None and not self.onward.get(_leaving(n, self._opened))
        ]
        ends = [n for n in last if n.tag == "endEvent" and _is_ordinary(n)]
        ended = {end.process for end in ends}
        others = [n for n in last if n.tag != "boundaryEvent" and n.process not in ended]
        return [_leaving(node, self._opened) for node in (*ends, *others)]

    @cached_property
    def _depth(self) -> dict[str, int]:
        """The most tasks on a way to each node, loops left out."""
        place = {id: n for n, id in enumerate(self.order)}
        depth = dict.fromkeys(self.order, 0)
        for id in self.order:
            depth[id] += id in self._task_set
            for following in self._after(id):
                if place[following] > place[id]:
                    depth[following] = max(depth[following], depth[id])
        return depth

    def _with_side_ends(self) -> frozenset[str]:
        """Where all ways are taken at once, those that lead to an end of their own count too."""
        main = _spread(self.ends, self._before)
        found = set(self.ends)
        for id, node in self.diagram.nodes.items():
            ways = self.onward.get(id, [])
            if id in main and _takes_all(node, len(ways)) and self._is_passed(id):
                side = _spread([way for way in ways if way not in main], self.onward)
                found |= {end for end in side if not self.onward.get(end)}
        return frozenset(found)

    def _is_passed(self, node: str) -> bool:
        """Whether every run passes a node."""
        avoiding = self._can_avoid(node, _spread(self.ends, self._before))
        process = self.diagram.nodes[node].process
        return not any(
            start.id in avoiding and start.id not in self._entered and start.process == process
            for start in self.diagram.nodes.values()
        )

    def required(self, tasks: Iterable[str]) -> dict[str, bool]:
        """Whether each task lies on every run to the main end of its process."""
        return {task: self._is_required(task) for task in tasks}

    def _is_required(self, task: str) -> bool:
        if task not in self._leads_on or task not in self._reached:
            return False
        process = self.diagram.nodes[task].process
        avoiding = self._can_avoid(task, self._leads_on)
        return not any(start in avoiding for start in self._starts[process])

    def leads_on(self, node: str) -> bool:
        """Whether a main end can be reached from a node."""
        return node in self._leads_on

    @cached_property
    def _starts(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for node in self.diagram.nodes.values():
            is_start = node.id not in self._entered and node.id not in self._hung
            if is_start and node.id in self._leads_on:
                found[node.process].append(node.id)
        return found

    @cached_property
    def _before(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for source, targets in self.onward.items():
            for target in targets:
                found[target].append(source)
        return found

    @cached_property
    def _leads_on(self) -> frozenset[str]:
        """The nodes from which a main end can be reached."""
        return _spread(self.ends, self._before)

    @cached_property
    def _reached(self) -> frozenset[str]:
        """The nodes a run can come to without any boundary event."""
        return _spread([s for starts in self._starts.values() for s in starts], self.onward)

    def _can_avoid(self, task: str, leading: frozenset[str]) -> set[str]:
        """The nodes from which a run reaches a main end without `task`."""
        avoiding = set(self.ends) - {task}
        queue = deque(avoiding)
        while queue:
            for node in self._before.get(queue.popleft(), ()):
                if node not in avoiding and node != task and self._goes(node, avoiding, leading):
                    avoiding.add(node)
                    queue.append(node)
        return avoiding

    def _goes(self, node: str, avoiding: set[str], leading: frozenset[str]) -> bool:
        """One way will do; where all ways are taken at once, each that leads to an end must."""
        known = self.diagram.nodes.get(node)
        ways = self.onward[node]
        if known is None or not _takes_all(known, len(ways)):
            return any(way in avoiding for way in ways)
        return all(way in avoiding for way in ways if way in leading)


def _leaving(node: Node, opened: set[str]) -> str:
    """Where the arrows that leave a node start: for an opened sub-process its far side."""
    return node.id + _LEAVING if node.id in opened else node.id


def _spread(starts: Iterable[str], ways: Mapping[str, list[str]]) -> frozenset[str]:
    seen = set(starts)
    queue = deque(sorted(seen))
    while queue:
        for following in ways.get(queue.popleft(), ()):
            if following not in seen:
                seen.add(following)
                queue.append(following)
    return frozenset(seen)


def _takes_all(node: Node, ways: int) -> bool:
    """Parallel gateways, and tasks and events with several ways on; not what an ad-hoc process holds."""
    if ways < 2 or node.tag == "adHocSubProcess" or node.element.get("default"):
        return False
    return node.tag == "parallelGateway" or node.tag not in GATEWAYS | SUBPROCESSES


def _is_ordinary(node: Node) -> bool:
    return not any(str(child.tag).endswith(_SPECIAL_ENDS) for child in node.element)
