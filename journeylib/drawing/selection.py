"""What of a journey is drawn: the activities that fit, the rest gathered, and the edges to show."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from journeylib.drawing.simplify import Pair, Shown, spanning_filter
from journeylib.journey import ActivityFacts, Move, StageFacts


@dataclass(frozen=True, eq=False)
class Graph:
    """What can be drawn: stages in order, activities with what begins and ends there, moves."""

    stages: tuple[StageFacts, ...]
    activities: tuple[ActivityFacts, ...]
    moves: tuple[Move, ...]


START, END = "\x02start", "\x03end"
_OTHERS = "\x04others "


@dataclass(frozen=True, slots=True)
class Node:
    """A box to be: one activity, or several rare ones of a stage."""

    key: str
    stage: str
    members: tuple[ActivityFacts, ...]

    @property
    def gathered(self) -> bool:
        """Whether it stands for several activities."""
        return self.key.startswith(_OTHERS)


@dataclass(frozen=True, slots=True)
class Selection:
    """Nodes in order, the count of each pair of nodes, the pairs shown, and what is hidden.

    `moves` lists the moves of the log behind each pair of nodes; pairs with `START` or `END` have
    none. `hidden_edges` counts pairs of the log, not of the picture.
    """

    nodes: tuple[Node, ...]
    counts: dict[Pair, int]
    moves: dict[Pair, tuple[Move, ...]]
    shown: Shown
    hidden_edges: int
    hidden_activities: int

    def node_of(self, activity: str) -> str:
        """Key of the node that shows `activity`."""
        return next(n.key for n in self.nodes if any(m.name == activity for m in n.members))


def select(
    graph: Graph,
    *,
    traffic: float,
    max_activities: int,
    concerned: Collection[str] = (),
    keep: Collection[Pair] = (),
) -> Selection:
    """Choose boxes and edges.

    `concerned` are activities that findings are about: the last to be gathered; the edges of the
    pairs `keep` are always shown. `traffic` is a share of what can be drawn; moves among gathered
    activities cannot, so the share of the whole that `Selection.shown` tells may be less.
    """
    nodes = gather(graph, max_activities, concerned)
    home = {member.name: node.key for node in nodes for member in node.members}
    counts, moves = _graph(graph, home)
    inner = {pair: n for pair, n in counts.items() if not _inside_others(pair)}
    kept = {(home[source], home[target]) for source, target in keep}
    total, drawable = sum(counts.values()), sum(inner.values())
    shown = spanning_filter(inner, start=START, end=END, traffic=traffic, keep=kept)
    behind = sum(len(moves.get(pair, ())) or _terminals(pair, nodes) for pair in shown.pairs)
    return Selection(
        nodes=nodes,
        counts=counts,
        moves=moves,
        shown=Shown(shown.pairs, shown.traffic * drawable / total if total else 1.0),
        hidden_edges=_pairs_of(graph) - behind,
        hidden_activities=sum(len(node.members) for node in nodes if node.gathered),
    )


def gather(graph: Graph, max_activities: int, concerned: Collection[str] = ()) -> tuple[Node, ...]:
    """At most `max_activities` nodes (at least one a stage): the rarest share a node per stage."""
    ranked = sorted(graph.activities, key=lambda a: (a.name not in concerned, -a.events, a.name))
    for kept in range(min(max_activities, len(ranked)), -1, -1):
        nodes = _nodes(graph, {activity.name for activity in ranked[:kept]})
        if len(nodes) <= max_activities:
            break
    return nodes


def _nodes(graph: Graph, kept: Collection[str]) -> tuple[Node, ...]:
    nodes: list[Node] = []
    for stage in graph.stages:
        members = [a for a in graph.activities if a.stage == stage.id]
        rare = tuple(a for a in members if a.name not in kept)
        alone = members if len(rare) == 1 else [a for a in members if a.name in kept]
        nodes += (Node(a.name, stage.id, (a,)) for a in alone)
        if len(rare) > 1:
            nodes.append(Node(_OTHERS + stage.id, stage.id, rare))
    return tuple(nodes)


def _graph(
    graph: Graph, home: dict[str, str]
) -> tuple[dict[Pair, int], dict[Pair, tuple[Move, ...]]]:
    counts: dict[Pair, int] = {}
    moves: dict[Pair, tuple[Move, ...]] = {}
    for activity in graph.activities:
        key = home[activity.name]
        for pair, n in (((START, key), activity.starts), ((key, END), activity.ends)):
            if n:
                counts[pair] = counts.get(pair, 0) + n
    for move in graph.moves:
        pair = (home[move.source], home[move.target])
        counts[pair] = counts.get(pair, 0) + move.count
        moves[pair] = (*moves.get(pair, ()), move)
    return counts, moves


def _inside_others(pair: Pair) -> bool:
    return pair[0] == pair[1] and pair[0].startswith(_OTHERS)


def _terminals(pair: Pair, nodes: tuple[Node, ...]) -> int:
    """How many pairs of the log an edge from START or to END stands for."""
    key, field = (pair[1], "starts") if pair[0] == START else (pair[0], "ends")
    members = next(node.members for node in nodes if node.key == key)
    return sum(1 for member in members if getattr(member, field))


def _pairs_of(graph: Graph) -> int:
    terminals = sum(bool(a.starts) + bool(a.ends) for a in graph.activities)
    return len(graph.moves) + terminals
