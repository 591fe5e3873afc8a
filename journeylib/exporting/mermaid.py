"""The target flow as a Mermaid flowchart: a subgraph a department, to paste into Markdown and wikis.

Source: Mermaid's flowchart syntax. Labels stand in quotes, and what could be markup in them is written
as entity codes, so that names from a log stay names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from journeylib.documents.blocks import printable
from journeylib.exporting.flow import CUSTOMER, Arrow, Flow, Kind, Node, Way, target_flow
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang, say

_SHAPES: Mapping[Kind, tuple[str, str]] = {
    Kind.START: ("([", "])"),
    Kind.TASK: ("[", "]"),
    Kind.TIMER: ("([", "])"),
    Kind.SPLIT: ("{", "}"),
    Kind.MERGE: ("((", "))"),
    Kind.GATE: ("{", "}"),
    Kind.END: ("([", "])"),
    Kind.EXIT: ("([", "])"),
    Kind.REMINDER: ("([", "])"),
    Kind.DATA: ("[/", "/]"),
}
_LINES: Mapping[Way, str] = {
    Way.ONWARD: "-->",
    Way.BYPASS: "-->",
    Way.DOWN: "-->",
    Way.WRITES: "-.->",
    Way.READS: "-.->",
    Way.MESSAGE: "-.->",
}
_PLAIN = frozenset(" ，。：；、？！（）《》“”‘’…–—·,")
"""Kept as they are, besides letters and digits of any script; all else could mean something."""


def to_mermaid(spec: TargetSpec, lang: Lang) -> str:
    """`spec` as Mermaid text."""
    flow = target_flow(spec, lang)
    ids = {node.id: f"n{number}" for number, node in enumerate(flow.nodes)} | {CUSTOMER: "customer"}
    return "\n".join(("flowchart LR", *_lines(flow, ids, lang))) + "\n"


def label(text: str) -> str:
    """A quoted label in which nothing is markup.

    >>> label('1. <b>')
    '"1#46; #60;b#62;"'
    """
    kept = " ".join(printable(text).split()) or " "
    coded = (c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in kept)
    return f'"{"".join(coded)}"'


def _lines(flow: Flow, ids: Mapping[str, str], lang: Lang) -> Iterator[str]:
    if any(arrow.way is Way.MESSAGE for arrow in flow.arrows):
        yield f"  customer{{{{{label(say('exporting.customer').in_(lang))}}}}}"
    for number, lane in enumerate(flow.lanes):
        yield f"  subgraph lane{number} [{label(lane.name)}]"
        yield from (f"    {_node(n, ids)}" for n in flow.nodes if n.lane == lane.id)
        yield "  end"
    for node in flow.nodes:
        if node.kind is Kind.TIMER:
            yield f"  {ids[str(node.host)]} -.- {ids[node.id]}"
    yield from (f"  {_arrow(arrow, ids)}" for arrow in flow.arrows)


def _node(node: Node, ids: Mapping[str, str]) -> str:
    opening, closing = _SHAPES[node.kind]
    return f"{ids[node.id]}{opening}{label(node.name)}{closing}"


def _arrow(arrow: Arrow, ids: Mapping[str, str]) -> str:
    words = f"|{label(arrow.name)}|" if arrow.name else ""
    return f"{ids[arrow.source]} {_LINES[arrow.way]}{words} {ids[arrow.target]}"
