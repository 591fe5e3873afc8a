"""Time limits to choose from: what is achieved, what the best team does, where lateness begins to cost.

Each comes with what it would mean today: how many steps are later, and how many a week that is for
each person. Quantiles carry their order-statistic interval (David & Nagaraja 2003); the knee compares
cases that have the step behind them and are still undecided, so that nobody is credited for surviving.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _
from scipy.special import ndtr

from journeylib.findings.stats import benjamini_hochberg
from journeylib.spec.drafting.cohort import Cohort
from journeylib.spec.drafting.evidence import MIN_FOR_SLA
from journeylib.spec.drafting.quantiles import quantiles
from journeylib.spec.drafting.stages import round_span
from journeylib.spec.parts import Provenance, SlaLevel, SlaOption
from journeylib.survival import Z95, Share, incidence
from journeylib.terms import Fact, Text, say

ACHIEVED: dict[SlaLevel, float] = {"p50": 0.5, "p80": 0.8, "p90": 0.9}

TEAMS_FROM = 2
"""With one team there is no best one."""

EDGES = (0.2, 0.4, 0.6, 0.8)
"""Shares of the steps that are on time for a knee to be looked for there."""

FDR = 0.05

_WEEK = 7 * 86_400_000_000
_HOUR = 3_600_000_000


def sla_options(cohort: Cohort) -> dict[str, tuple[SlaOption, ...]]:
    """Activity → limits for it, the strictest achieved first; nothing where too few cases did it."""
    steps = cohort.journey.log.engine.materialise(_steps(cohort), "steps_timed")
    found = [*_achieved(cohort, steps), *_best_teams(cohort, steps), *_knees(cohort, steps)]
    costs = _costs(cohort, steps, found)
    options: dict[str, list[SlaOption]] = {}
    for i, proposal in enumerate(found):
        options.setdefault(proposal.activity, []).append(_option(proposal, costs[i]))
    return {activity: tuple(some) for activity, some in options.items()}


@dataclass(frozen=True, slots=True)
class _Proposal:
    activity: str
    level: SlaLevel
    hours: float
    why: Provenance

    @property
    def limit(self) -> int:
        """The rounded limit in µs."""
        return int(round_span(self.hours).seconds * 1e6)


def _steps(cohort: Cohort) -> ir.Table:
    """A row per step: ``case_id activity at wait model team owner half``; `half` splits by name."""
    e = cohort.events
    nobody = ibis.null("string")
    before = e.select("case_id", position=e.position + 1, before=e["at"])
    return e.join(before, ["case_id", "position"]).select(
        "case_id",
        "activity",
        "position",
        "at",
        "model",
        wait=_["at"] - _.before,
        team=_.department if "department" in e.columns else nobody,
        owner=_.resource if "resource" in e.columns else nobody,
        half=_.case_id.cast("string").hexdigest("md5").substr(0, 1) < "8",
    )


# -- what is achieved ------------------------------------------------------------------------------


def _achieved(cohort: Cohort, steps: ir.Table) -> Iterator[_Proposal]:
    durations = steps.filter(_.model).select("activity", duration=_.wait)
    who = "won_cases" if cohort.decided else "all_cases"
    for level, q in ACHIEVED.items():
        facts = quantiles(cohort.journey.log.engine, durations, "activity", q)
        for activity, fact in sorted(facts.items()):
            yield from _enough(activity, level, fact, f"{fact.method}_of_{who}")


def _enough(
    activity: str, level: SlaLevel, fact: Fact, method: str, reason: Text | None = None
) -> Iterator[_Proposal]:
    if fact.n >= MIN_FOR_SLA and fact.value is not None and fact.value > 0:
        why = Provenance(
            method=method,
            n=fact.n,
            estimate=fact.value,
            unit="h",
            ci_low=fact.ci_low,
            ci_high=fact.ci_high,
            reason=reason,
        )
        yield _Proposal(activity, level, fact.value, why)


def _best_teams(cohort: Cohort, steps: ir.Table) -> Iterator[_Proposal]:
    """The team with the shortest median on one half of the cases, measured on the other.

    Whoever is picked for being fastest looks faster than it is; the other half knows nothing of that.
    """
    engine = cohort.journey.log.engine
    named = steps.filter(_.team.notnull())
    first = named.filter(_.half).group_by("activity", "team")
    teams: dict[str, list[Any]] = {}
    for row in engine.rows(first.aggregate(n=_.count(), median=_.wait.median())):
        if row.n >= MIN_FOR_SLA:
            teams.setdefault(row.activity, []).append(row)
    best = {
        activity: min(rows, key=lambda row: (row.median, row.team)).team
        for activity, rows in sorted(teams.items())
        if len(rows) >= TEAMS_FROM
    }
    if not best:
        return
    chosen = engine.lookup({"activity": list(best), "team": list(best.values())})
    measured = named.filter(~_.half).join(chosen, ["activity", "team"])
    durations = measured.select("activity", duration=_.wait)
    for activity, fact in sorted(quantiles(engine, durations, "activity", 0.8).items()):
        told = say("draft.sla_best_team", team=best[activity])
        yield from _enough(activity, "best_team", fact, f"{fact.method}_of_best_team", told)


# -- where lateness begins to cost -----------------------------------------------------------------


def _knees(cohort: Cohort, steps: ir.Table) -> Iterator[_Proposal]:
    """The limit beyond which cases win least, where that holds after correcting for all looked at."""
    if not cohort.decided:
        return
    engine = cohort.journey.log.engine
    answered = engine.materialise(_answered(cohort, steps), "answered")
    edges = _edges(cohort, answered)
    if not edges:
        return
    keys = [f"{activity}\x1f{place}" for activity, place in edges]
    lookup = engine.lookup(
        {"activity": [a for a, _p in edges], "key": keys, "edge": list(edges.values())}
    )
    sides = answered.join(lookup, "activity")
    by = sides.key + (sides.wait <= sides.edge).ifelse("\x1fsoon", "\x1flate")
    shares = incidence(engine, sides.select(side=by, duration="duration", cause="cause"), "side")
    contrasts = [
        _Contrast(activity, edge, shares.get(f"{key}\x1fsoon"), shares.get(f"{key}\x1flate"))
        for key, ((activity, _place), edge) in zip(keys, edges.items(), strict=True)
    ]
    yield from _significant(contrasts)


def _answered(cohort: Cohort, steps: ir.Table) -> ir.Table:
    """First time each activity was done in a case still undecided, and what became of the case."""
    firsts = steps.group_by("case_id", "activity").aggregate(
        at=_["at"].min(), wait=_.wait.argmin(_.position)
    )
    cases = cohort.journey.case_table.select("case_id", "outcome", "outcome_at")
    t = firsts.join(cases, "case_id")
    last = cohort.journey.log.totals.last_at
    t = t.filter(t.outcome_at.isnull() | (t.outcome_at > t["at"]))
    return t.select(
        "activity",
        "wait",
        duration=t.outcome_at.coalesce(last) - t["at"],
        cause=ibis.cases((t.outcome == "won", 1), (t.outcome == "lost", 2), else_=0),
    )


def _edges(cohort: Cohort, answered: ir.Table) -> dict[tuple[str, int], int]:
    """(activity, place) → a wait (µs) that splits its cases, for activities with enough of them."""
    wanted = {f"q{i}": answered.wait.quantile(q) for i, q in enumerate(EDGES)}
    rows = cohort.journey.log.engine.rows(
        answered.group_by("activity").aggregate(n=_.count(), **wanted)
    )
    return {
        (row.activity, i): int(edge)
        for row in sorted(rows, key=lambda row: row.activity)
        if row.n * min(EDGES) >= MIN_FOR_SLA
        for i, edge in enumerate(row[2:])
        if edge > 0
    }


@dataclass(frozen=True, slots=True)
class _Contrast:
    """Cases that had the step within `edge` (µs), and those that waited longer."""

    activity: str
    edge: int
    soon: Share | None
    late: Share | None

    @property
    def z(self) -> float:
        """The difference of the shares that win, by its standard error; 0 with too few on a side."""
        if self.soon is None or self.late is None or min(self.soon.n, self.late.n) < MIN_FOR_SLA:
            return 0.0
        error = math.hypot(_error(self.soon), _error(self.late))
        return (self.soon.value - self.late.value) / error if error else 0.0


def _error(share: Share) -> float:
    return (share.ci_high - share.ci_low) / (2 * Z95)


def _significant(contrasts: list[_Contrast]) -> Iterator[_Proposal]:
    q_values = benjamini_hochberg([float(2 * ndtr(-abs(c.z))) for c in contrasts])
    best: dict[str, _Contrast] = {}
    for contrast, q in zip(contrasts, q_values, strict=True):
        known = best.get(contrast.activity)
        if q <= FDR and contrast.z > 0 and (known is None or contrast.z > known.z):
            best[contrast.activity] = contrast
    for activity, contrast in best.items():
        soon, late = contrast.soon, contrast.late
        assert soon is not None
        assert late is not None
        shares = {"soon": f"{soon.value:.0%}", "late": f"{late.value:.0%}"}
        why = Provenance(
            method="knee_of_winning_by_response_time",
            n=soon.n + late.n,
            estimate=contrast.edge / _HOUR,
            unit="h",
            reason=say("draft.sla_knee", **shares),
        )
        yield _Proposal(activity, "knee", contrast.edge / _HOUR, why)


# -- what it would mean today ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cost:
    breach: float
    weekly: float
    owners: int | None


def _costs(cohort: Cohort, steps: ir.Table, found: Iterable[_Proposal]) -> Mapping[int, _Cost]:
    """For each proposal: steps of all cases that took longer, and how many a week for each owner."""
    engine, numbered = cohort.journey.log.engine, list(enumerate(found))
    if not numbered:
        return {}
    lookup = engine.lookup(
        {
            "i": [i for i, _p in numbered],
            "activity": [p.activity for _i, p in numbered],
            "limit": [p.limit for _i, p in numbered],
        }
    )
    measured = steps.join(lookup, "activity")
    rows = engine.rows(
        measured.group_by("i").aggregate(
            n=_.count(),
            late=(measured.wait > measured["limit"]).cast("int64").sum(),
            owners=_.owner.nunique(),
        )
    )
    weeks = max(1.0, _span(cohort) / _WEEK)
    return {
        row.i: _Cost(row.late / row.n, row.late / weeks / (row.owners or 1), row.owners or None)
        for row in rows
    }


def _span(cohort: Cohort) -> float:
    e = cohort.events
    first = cohort.journey.log.engine.row(e.aggregate(first=e["at"].min())).first
    return float(cohort.journey.log.totals.last_at - first)


def _option(proposal: _Proposal, cost: _Cost) -> SlaOption:
    return SlaOption(
        level=proposal.level,
        limit=round_span(proposal.hours),
        breach=cost.breach,
        weekly=cost.weekly,
        owners=cost.owners,
        why=proposal.why,
    )
