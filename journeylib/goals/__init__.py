"""Goals argued with data: key figures, SMART, attainability; `whatif` plays changes through."""

from journeylib.goals.attainability import assessed, attainability
from journeylib.goals.goal import goal_from, population
from journeylib.goals.kpis import Kpi, baseline, kpis
from journeylib.goals.lint import GoalLint, lint_goal

__all__ = [
    "GoalLint",
    "Kpi",
    "assessed",
    "attainability",
    "baseline",
    "goal_from",
    "kpis",
    "lint_goal",
    "population",
]
