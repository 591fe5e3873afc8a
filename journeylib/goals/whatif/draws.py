"""One what-if on resampled cases: every figure before and after, as arrays over the resamples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeylib.goals.whatif.curves import Shortened, masses, median, median_after, shortened
from journeylib.goals.whatif.gaps import subsets
from journeylib.goals.whatif.spans import CYCLE, CaseTable

if TYPE_CHECKING:
    from journeylib.goals.whatif.spans import Numbers

Key = tuple[str, str | None]
"""A measure of `GoalMeasure` or ``load``, and the stage or department it is measured at."""

Pair = tuple[float, float]
"""Before and after."""


@dataclass(frozen=True, eq=False)
class Setting:
    """What is done to a `table`: `chances` of each subset being kept to, and `raised` conversions.

    `quarters` and `weeks` are the time in which the cases came and in which the events happened.
    """

    table: CaseTable
    afterwards: Mapping[str, Shortened]
    chances: Sequence[float]
    raised: Mapping[str, float]
    adherence: float
    quarters: float
    weeks: float
    decided: bool


def setting(
    table: CaseTable,
    raised: Mapping[str, float],
    adherence: float,
    *,
    times: tuple[float, float],
    decided: bool,
) -> Setting:
    """The interventions of `table`, each kept to in the share `adherence` of the cases."""
    timed = int(math.log2(next(iter(table.spans.values())).saved.shape[1]))
    chances = [
        adherence ** len(chosen) * (1 - adherence) ** (timed - len(chosen))
        for chosen in subsets(timed)
    ]
    afterwards = {name: shortened(spans, chances) for name, spans in table.spans.items()}
    return Setting(table, afterwards, chances, raised, adherence, *times, decided)


def draws(asked: Setting, times: int, seed: int) -> dict[Key, Numbers]:
    """Per figure an array (1 + `times`, 2): before and after, on the cases as they are and resampled.

    Each case counts as often as a Poisson number of mean one says (Poisson bootstrap), so that the
    number of cases varies too. The sequence is that of NumPy's frozen legacy generator.
    """
    import numpy as np

    chance = np.random.RandomState(seed)
    cases = asked.table.cases
    rounds = [dict(_figures(asked, np.ones(cases)))]
    for _ in range(times):
        counts = chance.poisson(1.0, cases).astype(np.float64)
        rounds.append(dict(_figures(asked, counts)))
    return {key: np.array([found[key] for found in rounds]) for key in rounds[0]}


def _figures(asked: Setting, counts: Numbers) -> Iterator[tuple[Key, Pair]]:
    import numpy as np

    ratios = np.ones(asked.table.cases)
    for stage, spans in asked.table.spans.items():
        if stage == CYCLE:
            continue
        mass = masses(spans, counts)
        going = float(mass[spans.cause == 1].sum())
        to = _reached(going, asked.raised.get(stage), asked.adherence)
        own = np.ones(len(mass))
        if to != going:
            own = np.where(spans.cause == 1, to / going, (1 - to) / (1 - going))
            own[spans.cause == 0] = 1.0
            ratios[spans.case] *= own
        yield ("conversion", stage), (going, to)
        yield (
            ("dwell", stage),
            (
                median(spans.duration, mass),
                median_after(asked.afterwards[stage], mass * own),
            ),
        )
    yield from _whole(asked, counts, ratios)
    yield from _load(asked, counts, ratios)


def _reached(now: float, to: float | None, adherence: float) -> float:
    """The conversion when the way to `to` is gone to the share `adherence`; never below what is."""
    if to is None or not 0 < now < 1:
        return now
    return max(now, now + adherence * (to - now))


def _whole(asked: Setting, counts: Numbers, ratios: Numbers) -> Iterator[tuple[Key, Pair]]:
    spans = asked.table.spans[CYCLE]
    mass = masses(spans, counts)
    later = mass * ratios[spans.case]
    yield (
        ("cycle_time", None),
        (
            median(spans.duration, mass),
            median_after(asked.afterwards[CYCLE], later),
        ),
    )
    if not asked.decided:
        return
    won = spans.cause == 1
    shares = float(mass[won].sum()), float(later[won].sum())
    yield ("win_rate", None), (_of_closed(mass, won), _of_closed(later, won))
    coming = float(counts.sum()) / asked.quarters
    yield ("won_cases", None), (shares[0] * coming, shares[1] * coming)


def _of_closed(mass: Numbers, won: Numbers) -> float:
    total = float(mass.sum())
    return float(mass[won].sum()) / total if total else float("nan")


def _load(asked: Setting, counts: Numbers, ratios: Numbers) -> Iterator[tuple[Key, Pair]]:
    import numpy as np

    loads = asked.table.loads
    if loads is None:
        return
    here = counts[loads.case]
    remaining = loads.events @ np.asarray(asked.chances)
    places = len(loads.names)
    before = np.bincount(loads.department, here * loads.events[:, 0], places) / asked.weeks
    later = here * ratios[loads.case] * remaining
    after = np.bincount(loads.department, later, places) / asked.weeks
    for place, name in enumerate(loads.names):
        yield ("load", name), (float(before[place]), float(after[place]))
