"""Small sales logs with silos planted between departments, systems and records, and their changes."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pyarrow as pa

from journeylib.log import EventLog
from journeylib.reading.beside import with_changes, with_links
from tests.logs import at, log_of

PATH = [
    ("提交表单", "市场部", "营销自动化", "awareness"),
    ("首次联系", "销售部", "CRM", "interest"),
    ("需求调研", "销售部", "CRM", "interest"),
    ("签订合同", "销售部", "CRM", "purchase"),
    ("实施启动", "交付部", "ERP", "service"),
    ("上线验收", "交付部", "ERP", "service"),
]
"""Activity, department, system, stage."""

Rows = list[dict[str, Any]]


def sales(seed: int, cases: int = 150, **plants: float) -> Rows:
    """A log without any silo but those of `plants`, each a share of the hand-overs or cases:
    ``contradict`` and ``ask`` (预算, 销售部 → 交付部), ``late`` (画像, 市场部 → 销售部), ``gate``
    (预算 left out of interest, filled later)."""
    rng = random.Random(seed)
    return [row for n in range(cases) for row in _case(rng, f"c{n:04}", plants)]


def _case(rng: random.Random, case: str, plants: dict[str, float]) -> Rows:
    hit = {name: rng.random() < share for name, share in plants.items()}
    time, persona = rng.uniform(0, 4000), rng.choice(["高意向", "观望"])
    budget, owner = rng.choice(["10万", "20万"]), rng.choice(["S1", "S2", "S3"])
    rows = []
    for n, (activity, department, system, stage) in enumerate(PATH):
        time += rng.lognormvariate(3.5, 0.5) if n else 0
        knows_persona = department == "市场部" or (department == "销售部" and not hit.get("late"))
        knows_persona |= activity == "签订合同"
        knows_budget = n >= 2 and not (hit.get("gate") and activity == "需求调研")
        told = "99万" if hit.get("contradict") and department == "交付部" else budget
        row = {
            "case_id": case,
            "activity": activity,
            "timestamp": at(time),
            "department": department,
            "system": system,
            "stage": stage,
            "resource": owner if department == "销售部" else None,
            "outcome": "won",
            "画像": persona if knows_persona else None,
            "预算": told if knows_budget else None,
        }
        if activity == "实施启动" and hit.get("ask"):
            rows.append({**row, "预算": None})
            time += 60
            row |= {"activity": "再次确认需求", "timestamp": at(time)}
        rows.append(row)
    return rows


def promises(seed: int, cases: int = 150, **plants: float) -> tuple[Rows, Rows]:
    """A log that shows no information, and the changes of 承诺, 销售部 (CRM) → 交付部 (ERP).

    Synced an hour after the contract; in the share ``lost`` never, ``typed`` by hand a day after
    taking over, ``contradict`` by hand otherwise than agreed.
    """
    rng = random.Random(seed)
    rows, changes = [], []
    for row in sales(seed, cases):
        rows.append({key: row[key] for key in row if key not in ("画像", "预算")})
        if row["activity"] == "签订合同":
            fate = _fate(rng, plants)
            changes += _written(row, "销售部", "CRM", "manual", "30天上线")
            if fate == "synced":
                changes += _written(row, "交付部", "ERP", "sync", "30天上线", 1)
        if row["activity"] == "实施启动" and fate in ("typed", "contradict"):
            value = "30天上线 " if fate == "typed" else "60天上线"
            changes += _written(row, "交付部", "ERP", "manual", value, 30)
    return rows, changes


def _fate(rng: random.Random, plants: dict[str, float]) -> str:
    left = rng.random()
    for name, share in plants.items():
        left -= share
        if left < 0:
            return name
    return "synced"


def _written(
    row: dict[str, Any], department: str, system: str, source: str, value: str, hours: float = 0
) -> Rows:
    change = {
        "object_id": row["case_id"],
        "attribute": "承诺",
        "old": None,
        "new": value,
        "timestamp": row["timestamp"] + timedelta(hours=hours),
        "system": system,
        "department": department,
        "source": source,
    }
    return [change]


def table(rows: Rows) -> pa.Table:
    """Rows as Arrow; a column is as wide as its values."""
    return pa.Table.from_pylist(rows)


def traced(rows: Rows, changes: Rows, engine: Any = None) -> EventLog:
    """The log with its changes beside it."""
    return with_changes(log_of(rows, engine), table(changes))


def linked(rows: Rows, links: Rows, engine: Any = None) -> EventLog:
    """The log with its links beside it."""
    return with_links(log_of(rows, engine), table(links))
