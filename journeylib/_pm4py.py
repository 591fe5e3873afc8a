"""The only door to pm4py: it is slow to import and prints a banner when imported from a notebook.

pm4py receives ordered events or aggregates; what it gives back is turned into our own nouns.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

_NAMES = {
    "case_id": "case:concept:name",
    "activity": "concept:name",
    "timestamp": "time:timestamp",
    "start_timestamp": "start_timestamp",
    "resource": "org:resource",
    "department": "org:group",
    "lifecycle": "lifecycle:transition",
}


def formatted(events: pd.DataFrame) -> pd.DataFrame:
    """Ordered events under pm4py's column names, times in UTC, rows in our order.

    pm4py sorts by time and index inside a case; the index is ours, so ties keep our order.
    """
    frame = events.rename(columns=_NAMES)
    for column in ("time:timestamp", "start_timestamp"):
        if column in frame:
            frame[column] = frame[column].dt.tz_localize("UTC")
    return frame


def discovered_dfg(
    frame: pd.DataFrame,
) -> tuple[dict[tuple[str, str], int], dict[str, int], dict[str, int]]:
    """pm4py's directly-follows graph, start and end activities of a formatted frame."""
    import pm4py

    edges, starts, ends = pm4py.discover_dfg(frame)
    return edges, starts, ends


def variants(frame: pd.DataFrame) -> dict[tuple[str, ...], int]:
    """pm4py's variants with their number of cases."""
    import pm4py

    return dict(pm4py.get_variants(frame))


def declare_deviations(
    frame: pd.DataFrame, model: Mapping[str, Sequence[str | Sequence[str]]]
) -> list[list[tuple[str, str | Sequence[str]]]]:
    """What each case of a formatted frame breaks of a Declare model: template and activities."""
    import pm4py

    found = pm4py.conformance_declare(frame, dict(model))
    return [[(name, activities) for name, activities in case["deviations"]] for case in found]


@dataclass(frozen=True)
class Flow:
    """Which activities may begin, follow each other directly, and end."""

    starts: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    ends: tuple[str, ...]


def flow_net(flow: Flow, *, to_the_end: bool) -> tuple[Any, Any, Any]:
    """A flow as a Petri net with its initial and final marking.

    One transition per activity, so that replay has no choice between equal names; silent ones are the
    steps between. Unless it must go `to_the_end`, a case may stop after any activity.
    """
    from pm4py.objects.petri_net.obj import Marking, PetriNet
    from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to

    net, source, sink = PetriNet("flow"), PetriNet.Place("source"), PetriNet.Place("sink")
    names = sorted({*flow.starts, *flow.ends, *(name for step in flow.steps for name in step)})
    before = {name: PetriNet.Place(f"before {n}") for n, name in enumerate(names)}
    after = {name: PetriNet.Place(f"after {n}") for n, name in enumerate(names)}
    net.places.update((source, sink, *before.values(), *after.values()))
    arcs = [(name, before[name], after[name]) for name in names]
    silent = [(source, before[name]) for name in flow.starts]
    silent += [(after[a], before[b]) for a, b in flow.steps]
    silent += [(after[name], sink) for name in (flow.ends if to_the_end else names)]
    for n, (label, start, end) in enumerate([*arcs, *((None, *pair) for pair in silent)]):
        transition = PetriNet.Transition(f"t{n}", label)
        net.transitions.add(transition)
        add_arc_from_to(start, transition, net)
        add_arc_from_to(transition, end, net)
    return net, Marking({source: 1}), Marking({sink: 1})


def fitness(
    flow: Flow, walks: Sequence[tuple[tuple[str, ...], bool]], *, aligned: int, seconds: float
) -> tuple[list[float], list[float]] | None:
    """Token-replay fitness of each walk and alignment fitness of the first `aligned`.

    A walk is its activities and whether it must go to the end. None when `seconds` were not enough.
    """
    from pm4py.algo.conformance.alignments.petri_net import algorithm as alignments
    from pm4py.algo.conformance.tokenreplay import algorithm as replay

    deadline = time.monotonic() + seconds
    quiet = {"show_progress_bar": False}
    nets = {whole: flow_net(flow, to_the_end=whole) for whole in (False, True)}
    replayed = [0.0] * len(walks)
    for whole, net in nets.items():
        places = [n for n, (_activities, finished) in enumerate(walks) if finished == whole]
        traces = _traces(walks[n][0] for n in places)
        told = replay.apply(traces, *net, parameters=quiet) if places else []
        for n, found in zip(places, told, strict=True):
            replayed[n] = float(found["trace_fitness"])
    costs = []
    for activities, whole in walks[:aligned]:
        if time.monotonic() > deadline:
            return None
        [trace] = _traces([activities])
        costs.append(float(alignments.apply(trace, *nets[whole], parameters=quiet)["fitness"]))
    return replayed, costs


def _traces(walks: Iterable[Sequence[str]]) -> Any:
    from pm4py.objects.log.obj import Event, EventLog, Trace

    return EventLog([Trace([Event({"concept:name": name}) for name in walk]) for walk in walks])
