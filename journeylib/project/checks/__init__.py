"""The machine checks of the readiness checklist, by the id of their line."""

from __future__ import annotations

from collections.abc import Mapping

from journeylib.project.checks import data, goals, indicators, process, team, tool
from journeylib.project.checks.situation import Check

CHECKS: Mapping[str, Check] = {
    **goals.CHECKS,
    **team.CHECKS,
    **process.CHECKS,
    **tool.CHECKS,
    **data.CHECKS,
    **indicators.CHECKS,
}
