"""The only door to pm4py: it is slow to import and prints a banner when imported from a notebook.

pm4py receives ordered events or aggregates; what it gives back is turned into our own nouns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
