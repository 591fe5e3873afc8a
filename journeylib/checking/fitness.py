"""Fitness of the most frequent variants to the target flow, by token replay and by alignments.

Rules say which part is kept; fitness says in one number how much of the observed order the flow as a
whole explains. Computed by pm4py on variants, never on events. How many variants are taken is a number
of the settings and not a matter of time, so the same log has the same fitness on every machine; the
clock only guards against never ending. Source: Carmona, van Dongen, Solti & Weidlich (2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ibis import _

from journeylib.checking.deviations import allowed_moves, endings, entries
from journeylib.checking.ledger import Setting
from journeylib.checking.tolerances import settings
from journeylib.engine import SEPARATOR
from journeylib.terms import Text, rounded, say


@dataclass(frozen=True)
class Fitness:
    """Fitness between 0 and 1, weighted by cases; None with a `reason`.

    `replay` is over `variants` that stand for `cases` of all `of` cases, `alignment` over the first
    `aligned` of them.
    """

    replay: float | None = None
    alignment: float | None = None
    variants: int = 0
    aligned: int = 0
    cases: int = 0
    of: int = 0
    reason: Text | None = None

    @property
    def value(self) -> float | None:
        """By alignments where all the walks were aligned, else by replay."""
        whole = self.alignment is not None and self.aligned == self.variants
        return rounded(self.alignment if whole else self.replay)

    def to_dict(self) -> dict[str, Any]:
        """The ``fitness_detail`` of ``check.json``."""
        fields = {
            "replay": rounded(self.replay),
            "alignment": rounded(self.alignment),
            "variants": self.variants,
            "aligned": self.aligned,
            "cases": self.cases,
            "of": self.of,
        }
        return fields if self.reason is None else fields | {"reason": self.reason.to_dict()}


@dataclass(frozen=True, slots=True)
class Walk:
    """A way some cases took, and whether they went it to the end."""

    activities: tuple[str, ...]
    finished: bool
    cases: int


def fitness_of(setting: Setting, variants: int | None = None) -> Fitness:
    """Fitness of the `variants` (as many as the settings say) most cases took.

    Won cases, and all where no outcome is known, must go the flow to its end; open and lost ones may
    stop anywhere. Recording a loss is no step of the flow.
    """
    own = settings()["fitness"]
    most = int(own["variants"]) if variants is None else variants
    of = setting.journey.log.totals.cases
    if most == 0:
        return Fitness(of=of, reason=say("check.fitness_not_asked"))
    walks = _walks(setting, most)
    from journeylib import _pm4py  # slow to import

    spec = setting.spec
    flow = _pm4py.Flow(entries(spec), tuple(sorted(allowed_moves(spec))), endings(spec))
    result = _pm4py.fitness(
        flow,
        [(walk.activities, walk.finished) for walk in walks],
        aligned=int(own["aligned"]),
        seconds=own["guard"],
    )
    if result is None:
        return Fitness(of=of, reason=say("check.fitness_unfinished", seconds=int(own["guard"])))
    replayed, aligned = result
    return Fitness(
        replay=_weighted(replayed, walks),
        alignment=_weighted(aligned, walks),
        variants=len(walks),
        aligned=len(aligned),
        cases=sum(walk.cases for walk in walks),
        of=of,
    )


def _walks(setting: Setting, most: int) -> list[Walk]:
    """The most frequent ways, without the recording of a loss."""
    engine, journey = setting.journey.log.engine, setting.journey
    known = [activity.event for activity in setting.spec.activities]
    steps = setting.events.filter((_.decides != "lost") | _.activity.isin(known))
    sequences = engine.sequence(steps, "activity", by="case_id", order="position")
    finished = (_.outcome == "won") if setting.decided else (_.outcome.notnull())
    cases = journey.case_table.select("case_id", finished=finished)
    ways = sequences.join(cases, "case_id").group_by("sequence", "finished").aggregate(n=_.count())
    rows = engine.rows(ways.order_by(_.n.desc(), "sequence", "finished").limit(most))
    walks = [Walk(tuple(row[0].split(SEPARATOR)), bool(row.finished), row.n) for row in rows]
    return sorted(walks, key=lambda walk: (-walk.cases, walk.activities, walk.finished))


def _weighted(values: Sequence[float], walks: Sequence[Walk]) -> float | None:
    weights = [walk.cases for walk in walks[: len(values)]]
    if not values:
        return None
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)
