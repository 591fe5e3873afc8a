"""Options that several commands share; each is declared and explained once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from journeylib.errors import UsageError

_READING = Group("How the log is read", sort_key=2)
_SHOWING = Group("What is shown", sort_key=3)


@Parameter(name="*", group=_READING)
@dataclass(frozen=True)
class Reading:
    """How a log is read and on which engine."""

    mapping: str | None = None
    """Shipped mapping by name, or a mapping file of your own; else columns are recognised."""

    map: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = ()
    """role=column, for example case_id=订单编号; may be given several times."""

    sheet: str | None = None
    """Sheet of a workbook; else the first that holds a table."""

    changes: str | None = None
    """File of field changes beside the log: object, attribute, old, new, time, system, department."""

    links: str | None = None
    """File that links records of two systems: system_a, id_a, system_b, id_b."""

    lifecycle: str = "b2b"
    """Shipped lifecycle by name, or a lifecycle file of your own."""

    calendar: str | None = None
    """Shipped calendar by name (cn, weekdays …) or a file of your own: adds working time."""

    rules: str = "rules"
    """File with the tolerances, service levels and sales patterns that differ from ours."""

    engine: str = "duckdb"
    """duckdb, local[2] or spark://host:port."""

    memory: str | None = None
    """Most memory the engine may use, for example 3GB; what does not fit goes to disk."""

    jobs: int | None = None
    """Processor cores to use; all of them unless told."""

    def columns(self) -> dict[str, str] | None:
        """The ``--map`` pairs as role to column."""
        pairs = dict(pair.partition("=")[::2] for pair in self.map)
        for role, column in pairs.items():
            if not role or not column:
                raise UsageError("--map needs role=column, for example --map case_id=订单编号")
        return pairs or None


@Parameter(name="*", group=_SHOWING)
@dataclass(frozen=True)
class Showing:
    """In which language and how much is shown."""

    lang: Literal["zh", "en"] = "zh"
    """Language of summaries, pictures and documents."""

    quiet: Annotated[bool, Parameter(negative="")] = False
    """Show neither progress nor summary."""

    json: Annotated[bool, Parameter(negative="")] = False
    """Print the result as JSON instead of a summary."""

    debug: Annotated[bool, Parameter(negative="")] = False
    """Show the traceback when something fails."""
