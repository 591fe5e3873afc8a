"""`replay`: cases as they move along the lines of a picture, for tokens to follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.drawing.drawing import Drawing
from journeylib.drawing.scene import Scene
from journeylib.drawing.words import day
from journeylib.errors import UsageError
from journeylib.journey import Journey

AT_MOST = 300
"""More tokens than this and nobody follows any."""
MOST_STEPS = 400
"""Of a longer case only so many first steps are told. Ours."""

Hop = tuple[str, float, float]
"""Pin of a line, and when a case sets out on it and arrives: 0 … 1 of the log's span."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """Where cases are when: `cases` in the order of their start, each with its hops in order of time.

    `first` and `last` are the days of times 0 and 1; `of` is how many cases there are, of which these
    are evenly sampled by their start.
    """

    first: str
    last: str
    of: int
    cases: tuple[tuple[Hop, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """As the board hands it to the browser."""
        cases = [[list(hop) for hop in case] for case in self.cases]
        return {"first": self.first, "last": self.last, "cases": cases}


def replay(journey: Journey, shown: Scene | Drawing, at_most: int = AT_MOST) -> Tracks:
    """Up to `at_most` cases on the lines of `shown` (a `Drawing` of this journey, or its scene).

    Cases are sampled evenly over the order of their start, the same in every run. A step whose line is
    not drawn is skipped, a case that takes none of the drawn ones has no hops. Asked of the engine at
    once; what arrives is no more than `at_most` cases with `MOST_STEPS` steps each.
    """
    if at_most < 1:
        raise UsageError(f"at_most counts cases and must be at least 1, not {at_most}")
    scene = shown if isinstance(shown, Scene) else shown.scene
    totals = journey.log.totals
    sampled = min(at_most, totals.cases)
    cases: list[list[Hop]] = [[] for _case in range(sampled)]
    if scene.edges:
        hops = _hops(journey, scene, sampled)
        for row in sorted(journey.log.engine.rows(hops), key=lambda row: (row.track, row.position)):
            pin = scene.edges[row.edge].pin
            cases[row.track].append((pin, round(row.leaves, 4), round(row.arrives, 4)))
    return Tracks(day(totals.first), day(totals.last), totals.cases, tuple(map(tuple, cases)))


def _hops(journey: Journey, scene: Scene, sampled: int) -> ir.Table:
    """The steps of the sampled cases that have a line, times as shares of the log's span."""
    number = {box.id: n for n, box in enumerate(scene.boxes)}
    members = [(name, number[box.id]) for box in scene.boxes for name in box.members]
    names, boxes = map(list, zip(*members, strict=True))
    engine = journey.log.engine
    here = engine.lookup({"name": names, "box": boxes}, "boxes")
    there = here.select(next_name=here.name, next_box=here.box)
    lines = engine.lookup(
        {
            "box": [number[edge.source] for edge in scene.edges],
            "next_box": [number[edge.target] for edge in scene.edges],
            "edge": list(range(len(scene.edges))),
        },
        "lines",
    )
    events = journey.log.events.filter(_.next_at.notnull(), _.position <= MOST_STEPS)
    told = events.select(
        "case_id", "position", "at", "next_at",
        name=events.activity.cast("string"), next_name=events.next_activity.cast("string"),
    )  # fmt: skip
    drawn = (
        told.inner_join(here, "name")
        .inner_join(there, "next_name")
        .inner_join(lines, ["box", "next_box"])
    )
    found = drawn.inner_join(_sample(journey, sampled), "case_id")
    span = ibis.greatest(found.end - found.begin, 1).cast("float64")
    return found.select(
        "track",
        "position",
        "edge",
        leaves=(found.at - found.begin).cast("float64") / span,
        arrives=(found.next_at - found.begin).cast("float64") / span,
    )


def _sample(journey: Journey, sampled: int) -> ir.Table:
    """`sampled` cases, evenly over the order of their start; with the span of the whole log."""
    cases = journey.case_table
    order = ibis.window(order_by=[cases.start, cases.case_id])
    ranked = cases.select(
        "case_id",
        rank=ibis.row_number().over(order).cast("int64"),
        begin=cases.start.min().over(),
        end=cases.end.max().over(),
    )
    total = journey.log.totals.cases
    track = (ranked.rank * sampled // total).cast("int64")
    before = ((ranked.rank - 1) * sampled // total).cast("int64")
    first = (ranked.rank == 0) | (track != before)
    return ranked.filter(first).mutate(track=track)
