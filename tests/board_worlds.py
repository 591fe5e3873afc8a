"""Journeys, findings and desks for tests of the board; each log is read once."""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import Any

import pandas as pd

from journeylib.findings import Findings
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.workshop.board.desk import Desk
from journeylib.workshop.board.live import Live
from journeylib.workshop.board.masking import CaseNames
from journeylib.workshop.board.store import Store
from journeylib.workshop.board.view import View
from tests import samples
from tests.hostile import NAMES
from tests.logs import at, log_of

SHOWN = CaseNames(None)


@functools.cache
def crm() -> Journey:
    return samples.mined("crm_sales")


@functools.cache
def crm_findings() -> Findings:
    return samples.found("crm_sales")


@functools.cache
def crm_events() -> pd.DataFrame:
    return crm().event_table.to_pandas().sort_values(["case_id", "position"])


@functools.cache
def crm_live() -> Live:
    return Live(crm(), crm_findings(), None, CaseNames.of(crm().log, "", "masked"))


def small_rows(names: tuple[str, ...] = ("visit", "call", "quote", "sign")) -> list[dict[str, Any]]:
    """Twenty cases through the names, some not to the end; two segments."""
    return [
        {
            "case_id": f"case-{i:02}",
            "activity": name,
            "timestamp": at(i) + timedelta(hours=5 * place),
            "segment": "big" if i % 3 else "small",
            "department": ("sales", "finance")[place % 2],
        }
        for i in range(20)
        for place, name in enumerate(names[: len(names) - i % 2])
    ]


@functools.cache
def small() -> Journey:
    return mine(log_of(small_rows()))


@functools.cache
def small_live() -> Live:
    return Live(small(), None, None, SHOWN)


@functools.cache
def hostile() -> Journey:
    """Every name in the log is one that nobody should have given."""
    names = tuple(NAMES)
    rows = [
        row | {"segment": names[i % 3], "department": names[i % 5], "channel": names[i % 7]}
        for i, row in enumerate(small_rows(names))
    ]
    return mine(log_of(rows))


def desk(source: Any, by: str | None = "Ann", notes: Any = None, **options: Any) -> Desk:
    return Desk(source, Store(notes), view=View(lang="en"), by=by, **options)


def do(desk: Desk, do: str, **fields: Any) -> dict[str, Any]:
    """A message that must go well."""
    reply = desk.handle({"re": 7, "do": do, **fields})
    assert reply["ok"], desk.state()["said"]
    assert reply["re"] == 7
    return reply


def refused(desk: Desk, do: str, **fields: Any) -> str:
    """A message that must not go well: what is said then; nothing else may have changed."""
    before = {k: v for k, v in desk.state().items() if k != "said"}
    reply = desk.handle({"re": 7, "do": do, **fields})
    assert reply == {"re": 7, "ok": False}
    after = desk.state()
    said = after.pop("said")
    assert after == before
    assert said["level"] == "error"
    assert said["text"]
    return str(said["text"])
