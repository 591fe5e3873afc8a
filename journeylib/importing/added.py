"""Parts added by hand: what a line need not say, because it follows or is usual."""

from __future__ import annotations

from journeylib.importing.matching import Matched
from journeylib.importing.settle import Data, provenance
from journeylib.terms import Fact, Lang, say

_WITH_WHY = frozenset({
    "activities", "criteria", "raci", "handovers", "automation", "constraints", "transitions",
})  # fmt: skip
_IN_STAGES = ("entry", "exit", "activities", "raci", "handovers", "automation", "goals")


def blank(match: Matched) -> Data:
    """What a part added by hand is before its cells are read."""
    data: Data = {} if match.id is None else {"id": match.id}
    if match.sheet.key in _WITH_WHY:
        data["why"] = provenance("added_by_hand")
    match match.sheet.key:
        case "specification":
            data["source"] = ""
        case "stages":
            data |= {name: [] for name in _IN_STAGES}
        case "handovers":
            data["items"] = []
        case "constraints":
            data["activities"] = []
        case "goals":
            baseline = Fact.unknown("share", say("importing.no_baseline"))
            data |= {"baseline": baseline.to_dict(), "findings": []}
    return data


def complete(match: Matched, lang: Lang) -> None:
    """What the cells of a part added by hand left open."""
    data = match.data
    for column in match.sheet.columns:
        if column.why and column.why not in data and data.get(column.path) is not None:
            data[column.why] = provenance("added_by_hand")
    match match.sheet.key:
        case "activities":
            data["event"] = data.get("event") or data.get("name", {}).get(lang)
            data["repeatable"] = data.get("repeatable") or False
        case "information":
            data["attribute"] = data.get("attribute") or match.id
            data["type"] = data.get("type") or "string"
        case "goals":
            data["baseline"]["unit"] = unit_of(data)
            _define(data)
        case "stages":
            _define(data)


def _define(data: Data) -> None:
    """Without a definition, the name has to do."""
    if not any(data.get("definition", {}).values()):
        data["definition"] = data.get("name", {})


def unit_of(goal: Data) -> str:
    """The unit of a goal: that of its baseline, for a goal added by hand that of its measure."""
    baseline = goal["baseline"]
    if baseline["value"] is None and goal.get("measure") in ("cycle_time", "dwell", "wait"):
        return "h"
    return str(baseline["unit"])
