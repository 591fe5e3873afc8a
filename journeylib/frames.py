"""Records as pandas frames, for those who want to go on with pandas; loaded only when asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from journeylib.terms import Fact, Lang, Text, Wait

if TYPE_CHECKING:
    import pandas as pd

_WAITS = ("median", "mean", "p90")


def frame_of(records: Iterable[Any], lang: Lang = "zh") -> pd.DataFrame:
    """One row a record. A `Fact` becomes columns with its unit, interval and n; a `Text` its words.

    What is unknown stays missing (``NaN``), never 0.
    """
    import pandas as pd

    return pd.DataFrame([dict(_cells(record, lang)) for record in records])


def _cells(record: Any, lang: Lang) -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(record):
        name, value = field.name, getattr(record, field.name)
        if value is None and field.default is None:
            continue  # an optional measure that was not taken is no column
        if isinstance(value, Fact):
            yield f"{name} ({value.unit})", value.value
            yield f"{name} low", value.ci_low
            yield f"{name} high", value.ci_high
            yield f"{name} n", value.n
        elif isinstance(value, Text):
            yield name, value.in_(lang)
        elif isinstance(value, Wait):
            yield from ((f"{name} {kind} ({value.unit})", getattr(value, kind)) for kind in _WAITS)
        else:
            yield name, " → ".join(value) if isinstance(value, tuple) else value
