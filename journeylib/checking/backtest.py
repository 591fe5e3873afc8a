"""`backtest`: what criteria, limits and owners would have meant for the cases of a log.

Quick enough to be asked on each edit of a specification: one ledger, one sum. What a criterion would
have stopped is a statement about the past, not a forecast: people who know a gate behave otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
from ibis import _

from journeylib.checking.counted import SHOWN_CASES
from journeylib.checking.ledger import Ledger, Setting, narrow
from journeylib.checking.measuring import missing
from journeylib.checking.rules import Rule, rules_of
from journeylib.checking.verdicts import Verdict, criterion, verdict_of
from journeylib.journey import Journey
from journeylib.spec.drafting.measures import Share
from journeylib.spec.model import TargetSpec
from journeylib.terms import Fact, Text, plain, say

_WEEK = 7 * 86_400_000_000
_LIMITS = ("sla", "stage_sla", "handover_within")


@dataclass(frozen=True)
class Coverage:
    """How many of the cases leaving a stage meet a criterion today, won and lost ones apart.

    `stopped` counts the won cases it would have kept from going on, `cases` are up to twenty of them.
    Where no outcome is known all cases are `won`, as in a draft. Unmeasured: all None, and a `reason`.
    """

    rule: str
    stage: str
    text: Text
    won: Share | None = None
    lost: Share | None = None
    stopped: int | None = None
    cases: tuple[str, ...] = ()
    reason: Text | None = None

    @property
    def words(self) -> Text:
        """The coverage in one line."""
        if self.won is None or self.lost is None:
            return say("check.backtest_unmeasured", reason=self.reason or Text.same("–"))
        won = say("check.backtest_won", share=_percent(self.won), n=f"{self.won.n:,}")
        lost = say("check.backtest_lost", share=_percent(self.lost), n=f"{self.lost.n:,}")
        parts = [won, *([lost] if self.lost.n else [])]
        parts += [say("check.backtest_stopped", n=f"{self.stopped:,}")] if self.stopped else []
        return Text("；".join(p.zh for p in parts), "; ".join(p.en for p in parts))


def _percent(share: Share) -> str:
    return f"{share.value:.0%}" if share.n else "–"


@dataclass(frozen=True)
class LimitHit:
    """How often a limit is kept today, as a share with its interval."""

    rule: str
    text: Text
    kept: Fact


@dataclass(frozen=True)
class Load:
    """The work the specification gives a department, at today's volume: `n` activities over `weeks`."""

    department: str
    per_week: float
    n: int
    weeks: float


@dataclass(frozen=True)
class Backtest:
    """A specification held against the past."""

    criteria: tuple[Coverage, ...]
    limits: tuple[LimitHit, ...]
    loads: tuple[Load, ...]

    @property
    def by_criterion(self) -> Mapping[str, Text]:
        """What each exit criterion (by its id) would have meant, in words."""
        return {found.rule.removeprefix("exit:"): found.words for found in self.criteria}

    def to_dict(self) -> dict[str, Any]:
        """``backtest/1``."""
        return {
            "schema": "backtest/1",
            "criteria": [
                plain(c) | {"won": _share(c.won), "lost": _share(c.lost)} for c in self.criteria
            ],
            "limits": [plain(limit) for limit in self.limits],
            "loads": [plain(load) for load in self.loads],
        }

    def __repr__(self) -> str:
        stopping = sum(bool(c.stopped) for c in self.criteria)
        return (
            f"Backtest({len(self.criteria)} criteria, {stopping} would have stopped won cases; "
            f"{len(self.limits)} limits, {len(self.loads)} departments)"
        )


def backtest(spec: TargetSpec, journey: Journey) -> Backtest:
    """Today's coverage of each exit criterion, hit rate of each limit, and weekly load by owner."""
    setting = Setting(journey, spec)
    ledger, rules = Ledger(setting), rules_of(spec)
    reasons = {rule.id: missing(rule, setting) for rule in rules}
    gates = [rule for rule in rules if rule.kind == "exit_criterion"]
    limits = [rule for rule in rules if rule.kind in _LIMITS]
    asked: dict[str, Any] = {}
    for i, rule in enumerate(gates):
        if reasons[rule.id] is None:
            asked |= _gate(f"g{i}", rule, ledger)
    for i, rule in enumerate(limits):
        if reasons[rule.id] is None:
            verdict = verdict_of(rule, ledger)
            asked |= {f"l{i}_{n}": v for n, v in zip("avp", verdict, strict=True)}
    told = _Told.of(setting, ledger, asked)
    return Backtest(
        criteria=tuple(_coverage(told, f"g{i}", rule, reasons) for i, rule in enumerate(gates)),
        limits=tuple(_limit(told, f"l{i}", rule, reasons) for i, rule in enumerate(limits)),
        loads=_loads(setting),
    )


@dataclass(frozen=True)
class _Told:
    """The answers of each case, and their sums over all."""

    setting: Setting
    table: ir.Table
    sums: Mapping[str, int]

    @classmethod
    def of(cls, setting: Setting, ledger: Ledger, asked: Mapping[str, Any]) -> _Told:
        engine = setting.journey.log.engine
        table = ledger.table()
        kept = engine.materialise(
            table.select("case_id", **{n: v.cast("int64") for n, v in asked.items()}), "backtest"
        )
        row = engine.row(kept.aggregate(cases=_.count(), **{n: _[n].sum() for n in asked}))
        return cls(setting, kept, {name: int(getattr(row, name) or 0) for name in asked})


def _gate(stem: str, rule: Rule, ledger: Ledger) -> dict[str, Any]:
    """Flags of a case: leaves the stage as a won or lost one, and meets the criterion then."""
    s = ledger.setting.stage_ids.index(str(rule.stage))
    met = criterion(rule, ledger, ("exit", s), ledger.left(s))
    there = ledger.visits(s)
    won = there & _.ck_won if ledger.setting.decided else there
    lost = there & _.ck_lost
    return {
        f"{stem}_won": won,
        f"{stem}_wonmet": won & met,
        f"{stem}_lost": lost,
        f"{stem}_lostmet": lost & met,
        f"{stem}_stopped": won & ~met,
    }


def _coverage(told: _Told, stem: str, rule: Rule, reasons: Mapping[str, Text | None]) -> Coverage:
    stage = str(rule.stage)
    if (reason := reasons[rule.id]) is not None:
        return Coverage(rule.id, stage, rule.text, reason=reason)
    sums = told.sums
    stopped = sums[f"{stem}_stopped"]
    return Coverage(
        rule=rule.id,
        stage=stage,
        text=rule.text,
        won=Share(sums[f"{stem}_wonmet"], sums[f"{stem}_won"]),
        lost=Share(sums[f"{stem}_lostmet"], sums[f"{stem}_lost"]),
        stopped=stopped,
        cases=_stopped(told, f"{stem}_stopped") if stopped else (),
    )


def _stopped(told: _Told, flag: str) -> tuple[str, ...]:
    table = narrow(told.table, "case_id", flag)
    found = table.filter(table[flag] > 0).order_by("case_id").limit(SHOWN_CASES)
    rows = told.setting.journey.log.engine.rows(found.select("case_id"))
    return tuple(sorted(row.case_id for row in rows))


def _limit(told: _Told, stem: str, rule: Rule, reasons: Mapping[str, Text | None]) -> LimitHit:
    method = "limit_kept"
    if (reason := reasons[rule.id]) is not None:
        return LimitHit(rule.id, rule.text, Fact.unknown("share", reason, method=method))
    counts = Verdict(*(told.sums[f"{stem}_{name}"] for name in "avp"))
    n = counts.activated - counts.pending
    if not n:
        none = Fact.unknown("share", say("check.never_activated"), method=method)
        return LimitHit(rule.id, rule.text, none)
    share = Share(n - counts.violated, n)
    low, high = share.interval
    kept = Fact(share.value, "share", n, method, censored=counts.pending, ci_low=low, ci_high=high)
    return LimitHit(rule.id, rule.text, kept)


def _loads(setting: Setting) -> tuple[Load, ...]:
    """Activities by the department that owns them in the specification; nobody's are left out."""
    e = setting.journey.event_table
    spans = setting.journey.log.engine.row(e.aggregate(first=e.at.min(), last=e.at.max()))
    weeks = max((spans.last - spans.first) / _WEEK, 1 / 7)
    events = {activity.name: activity.events for activity in setting.journey.activities}
    owned: Counter[str] = Counter()
    for activity in setting.spec.activities:
        if activity.department is not None:
            owned[activity.department] += events.get(activity.event, 0)
    return tuple(Load(name, n / weeks, n, round(weeks, 6)) for name, n in sorted(owned.items()))


def _share(share: Share | None) -> dict[str, Any] | None:
    if share is None or not share.n:
        return None
    low, high = share.interval
    numbers = {"value": share.value, "n": share.n, "ci_low": low, "ci_high": high}
    return {name: plain(number) for name, number in numbers.items()}
