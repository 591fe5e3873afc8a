"""The target flow as a PlantUML activity diagram with a swimlane a department.

Source: PlantUML's activity diagram (new syntax). Whatever could be markup, a lane, the end of a label or
a function of the preprocessor is written by its code point, so that names from a log stay names.
"""

from __future__ import annotations

from collections.abc import Iterator

from journeylib.documents.blocks import printable
from journeylib.exporting.flow import Arrow, Flow, Kind, Node, Way, target_flow
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang

_PLAIN = frozenset(" ，。：；、？！（）《》“”‘’…–—·,")


def to_plantuml(spec: TargetSpec, lang: Lang) -> str:
    """`spec` as PlantUML text."""
    flow = target_flow(spec, lang)
    lines = ("@startuml", f"title {text(spec.name.in_(lang))}", *_Walk(flow).lines(), "@enduml")
    return "\n".join(lines) + "\n"


def text(words: str) -> str:
    """Words in which nothing is markup.

    >>> text("a|b; 报价")
    'a<U+007C>b<U+003B> 报价'
    """
    kept = " ".join(printable(words).split()) or " "
    return "".join(c if c.isalnum() or c in _PLAIN else f"<U+{ord(c):04X}>" for c in kept)


class _Walk:
    """Along the main row from left to right; the lane is named where it changes."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.names = {lane.id: text(lane.name) for lane in flow.lanes}
        self.lane: str | None = None

    def lines(self) -> Iterator[str]:
        hung = (Kind.EXIT, Kind.TIMER, Kind.REMINDER, Kind.DATA)
        for node in self.flow.nodes:
            if node.kind not in hung:
                yield from self.into(node.lane)
                yield from self.node(node)

    def into(self, lane: str) -> Iterator[str]:
        if lane != self.lane:
            self.lane = lane
            yield f"|{self.names[lane]}|"

    def node(self, node: Node) -> Iterator[str]:
        match node.kind:
            case Kind.START:
                yield "start"
                yield f"note right: {text(node.name)}"
            case Kind.TASK:
                yield f":{text(node.name)};"
                yield from self.notes(node)
            case Kind.SPLIT:
                [yes] = self.flow.from_(node.id, Way.ONWARD)
                yield f"if ({text(node.name)}) then ({text(yes.name)})"
            case Kind.MERGE:
                yield from self.otherwise(node)
            case Kind.GATE:
                yield from self.gate(node)
            case _:
                yield f":{text(node.name)};"
                yield "stop"

    def notes(self, task: Node) -> Iterator[str]:
        """Its time limit, and what it hands over."""
        hung = [node for node in self.flow.nodes if node.host == task.id]
        for node in hung:
            yield f"note right: {text(node.name)}"

    def otherwise(self, merge: Node) -> Iterator[str]:
        [no] = self.flow.to(merge.id, Way.BYPASS)
        yield f"else ({text(no.name)})"
        yield "endif"

    def gate(self, gate: Node) -> Iterator[str]:
        """Whoever does not pass ends here."""
        [met], [unmet] = self.flow.from_(gate.id, Way.ONWARD), self.flow.from_(gate.id, Way.DOWN)
        yield f"if ({text(gate.name)}) then ({text(met.name)})"
        yield f"else ({text(unmet.name)})"
        yield f":{text(self.named(unmet))};"
        yield "stop"
        yield "endif"

    def named(self, arrow: Arrow) -> str:
        return next(node.name for node in self.flow.nodes if node.id == arrow.target)
