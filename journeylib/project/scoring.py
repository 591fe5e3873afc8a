"""Importance and urgency, 0–100, each with how it came about; and the order of work.

Importance is the percentile of the expected gain, more where a goal is linked. Urgency is a weighted
mean of what is known: how far what is agreed or usual is not kept, whether it drifts, how near a date
is. Order: weighted shortest job first (Reinertsen 2009; the terms after SAFe), cost of delay ÷ size.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from journeylib.findings.drift import Drift
from journeylib.findings.finding import Finding
from journeylib.project.planning import Planning
from journeylib.project.repairs import Group
from journeylib.project.wording import joined, number
from journeylib.spec.parts import Goal
from journeylib.terms import Text, say

Quadrant = Literal["do_first", "plan", "settle", "later"]


@dataclass(frozen=True, slots=True)
class Score:
    """A value from 0 to 100 (None: unknown), and how it came about or why it is unknown."""

    value: float | None
    how: Text


@dataclass(frozen=True, slots=True)
class Wsjf:
    """Weighted shortest job first: (value + time criticality + risk reduction) ÷ size.

    The three are on a scale of 0–10: importance ÷ 10, urgency ÷ 10, and ten times the share of the
    other requirements that cannot start without it. `size` is in units of the T-shirt sizes.
    """

    value: float
    time_criticality: float
    risk_reduction: float
    size: float

    @property
    def score(self) -> float:
        """The greater, the sooner."""
        return (self.value + self.time_criticality + self.risk_reduction) / self.size


def percentile(value: float, among: Iterable[float]) -> float:
    """Share of `among` below `value`, those equal counted half, in per cent.

    >>> percentile(2, [1, 2, 3])
    50.0
    """
    others = list(among)
    below = sum(other < value for other in others)
    equal = sum(other == value for other in others)
    return 100 * (below + 0.5 * equal) / len(others)


def gain_of(findings: Iterable[Finding]) -> float | None:
    """Expected gain in hours of customers' waiting; None where none of the findings is a test."""
    gains = [finding.gain for finding in findings if finding.gain is not None]
    return round(sum(gains), 6) if gains else None


# -- importance ------------------------------------------------------------------------------------


def importances(
    groups: Sequence[Group], goals: Mapping[str, tuple[str, ...]], planning: Planning
) -> dict[str, Score]:
    """By id of the group; `goals` are the ids of the goals linked to it."""
    gains = {g.id: gain_of(g.findings) for g in groups if not g.supports}
    known = [gain for gain in gains.values() if gain is not None]
    own = {
        g.id: _importance(gains[g.id], known, len(goals[g.id]), planning)
        for g in groups
        if not g.supports
    }
    return own | {g.id: _inherited(g, own, groups) for g in groups if g.supports}


def _importance(
    gain: float | None, known: Sequence[float], goals: int, planning: Planning
) -> Score:
    if gain is None:
        return Score(None, say("project.importance_unknown"))
    rank = percentile(gain, known)
    told = say("project.importance_gain", gain=number(gain, "h"), rank=f"{rank:.0f}", n=len(known))
    if not goals:
        return Score(round(rank, 6), told)
    value = round(min(100.0, rank + planning.goal), 6)
    return Score(
        value, joined((told, say("project.importance_goal", n=goals, points=planning.goal)))
    )


def _inherited(group: Group, own: Mapping[str, Score], groups: Sequence[Group]) -> Score:
    """What supports is as important as the most important that it supports."""
    titles = {g.id: g.title for g in groups}
    best = most_important(group, own)
    if best is None or own[best].value is None:
        return Score(None, say("project.importance_unknown"))
    return Score(own[best].value, say("project.importance_inherited", title=titles[best]))


def most_important(group: Group, scores: Mapping[str, Score]) -> str | None:
    """Which of those that `group` supports matters most; None where it supports none."""

    def importance(id: str) -> tuple[float, str]:
        value = scores[id].value
        return (-1.0 if value is None else value), id

    return max(group.supports, key=importance, default=None)


# -- urgency ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    weight: float
    value: float
    how: Text


def urgency(
    group: Group,
    goals: Sequence[Goal],
    drift: Drift | None,
    observed: datetime.date,
    planning: Planning,
) -> Score:
    """The weighted mean of what is known; `observed` is the last day of the log."""
    parts = [
        part
        for part in (
            _breach(group.findings, planning),
            _trend(group.findings, drift, planning),
            _deadline(goals, observed, planning),
        )
        if part is not None and part.weight > 0
    ]
    if not parts:
        return Score(None, say("project.urgency_unknown"))
    value = sum(p.weight * p.value for p in parts) / sum(p.weight for p in parts)
    return Score(round(value, 6), joined((p.how for p in parts), "semicolon"))


def _breach(findings: Iterable[Finding], planning: Planning) -> _Part | None:
    """How often it happens; of durations, the part of the median beyond what it is held against."""
    telling = (f for f in findings if f.type not in planning.urgency.no_rate)
    rates = [(rate, f) for f in telling if (rate := _rate(f)) is not None]
    if not rates:
        return None
    rate, worst = max(rates, key=lambda pair: pair[0])
    key = "urgency_share" if worst.unit == "share" else "urgency_beyond"
    how = say(f"project.{key}", rate=number(rate, "share"), title=worst.title)
    return _Part(planning.urgency.breach, 100 * rate, how)


def _rate(finding: Finding) -> float | None:
    if finding.estimate is None:
        return None
    if finding.unit == "share":
        return min(1.0, max(0.0, finding.estimate))
    if finding.unit == "h" and finding.comparator is not None and finding.estimate > 0:
        return max(0.0, 1 - finding.comparator / finding.estimate)
    return None


def _trend(findings: Iterable[Finding], drift: Drift | None, planning: Planning) -> _Part | None:
    """100 if the latest change of the way went towards it, 0 if away from it, else 50."""
    if drift is None or not drift.tested:
        return None
    shifts = drift.changes[-1].shifts if drift.changes else ()
    places = [set(map(str, f.locus.values())) for f in findings]
    moved = sum(
        shift.after - shift.before
        for shift in shifts
        if any(
            {shift.source, shift.target} <= place or _goes_to(shift.target, place)
            for place in places
        )
    )
    trend = "steady" if not moved else "growing" if moved > 0 else "easing"
    value = {"growing": 100.0, "steady": 50.0, "easing": 0.0}[trend]
    return _Part(planning.urgency.trend, value, say(f"project.urgency_{trend}"))


def _goes_to(target: str, place: set[str]) -> bool:
    return place == {target}


def _deadline(goals: Iterable[Goal], observed: datetime.date, planning: Planning) -> _Part | None:
    dues = [goal.due for goal in goals if goal.due is not None]
    if not dues:
        return None
    days = (min(dues) - observed).days
    near, far = planning.urgency.near.hours / 24, planning.urgency.far.hours / 24
    value = 100 * min(1.0, max(0.0, (far - days) / (far - near)))
    how = say("project.urgency_deadline", due=min(dues).isoformat(), days=days)
    return _Part(planning.urgency.deadline, value, how)


def quadrant(importance: float | None, urgent: float | None, planning: Planning) -> Quadrant | None:
    """Where it stands in the matrix of importance × urgency; None where either is unknown."""
    if importance is None or urgent is None:
        return None
    if importance >= planning.important:
        return "do_first" if urgent >= planning.urgent else "plan"
    return "settle" if urgent >= planning.urgent else "later"
