"""The scene as DOT text, for whoever wants to lay it out or restyle it with Graphviz."""

from __future__ import annotations

import itertools

import graphviz

from journeylib.drawing.scene import Box, Edge, Scene
from journeylib.drawing.sizes import thickness
from journeylib.drawing.theme import Theme

_START, _END = "start", "end"


def dot_text(scene: Scene, theme: Theme) -> str:
    """A complete digraph: a cluster per stage, start and end as nodes of their own."""
    graph = graphviz.Digraph("journey", comment=graphviz.escape(scene.title))
    graph.attr(rankdir="LR", labelloc="t", label=graphviz.escape(scene.title))
    graph.attr("graph", fontname="Noto Sans CJK SC,Microsoft YaHei,sans-serif")
    graph.attr("node", shape="box", style="rounded,filled", fontcolor=theme.ink)
    graph.attr("node", color=theme.box_line, fillcolor=theme.box)
    graph.attr("edge", fontsize="10", fontcolor=theme.muted)
    for band, (_, boxes) in zip(
        scene.bands, itertools.groupby(scene.boxes, lambda b: b.stage), strict=True
    ):
        with graph.subgraph(name=f"cluster_{band.id}") as cluster:
            cluster.attr(label=graphviz.escape(f"{band.name}  {band.cases}"), color=theme.border)
            for box in boxes:
                cluster.node(box.id, graphviz.escape(f"{box.name}\n{box.count}"))
    _terminals(graph, scene.boxes, theme)
    for edge in sorted(scene.edges, key=lambda e: e.id):
        graph.edge(edge.source, edge.target, **_style(edge, theme))
    return str(graph.source)


def _terminals(graph: graphviz.Digraph, boxes: tuple[Box, ...], theme: Theme) -> None:
    graph.node(_START, "", shape="circle", width="0.3", fillcolor=theme.tab_ink)
    graph.node(_END, "", shape="doublecircle", width="0.2", fillcolor=theme.exit_tab_ink)
    for box in boxes:
        if box.entry is not None:
            graph.edge(_START, box.id, label=box.entry)
        if box.exit is not None:
            graph.edge(box.id, _END, label=box.exit)


def _style(edge: Edge, theme: Theme) -> dict[str, str]:
    numbers = " ".join(f"[{badge.number}]" for badge in edge.badges)
    return {
        "label": graphviz.escape(f"{edge.label} {numbers}".strip()),
        "penwidth": f"{thickness(edge):.1f}",
        "color": theme.line(edge.mark, edge.pace),
        "style": "dashed" if edge.back else "solid",
    }
