"""Touchpoints: where the customer is met, through what, at whose initiative, and what follows.

Sources: Bernard & Andritsos 2017 on journeys as stages, channels and touchpoints; Shostack 1984 on the
line of visibility. Definitions: docs/definitions.md.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.findings.rules import Rules
from journeylib.findings.study import Study
from journeylib.findings.touches import (
    completions,
    forced,
    onward,
    parts,
    place,
    share_of_touches,
    too_few,
)
from journeylib.frames import frame_of
from journeylib.journey import Journey
from journeylib.survival import Z95, wilson
from journeylib.terms import Clock, Fact, Lang, Text, plain, say

if TYPE_CHECKING:
    import pandas as pd

Line: TypeAlias = Literal["customer", "frontstage", "backstage", "unknown"]
Table: TypeAlias = Literal["matrix", "stages", "switches", "visibility"]


@dataclass(frozen=True, slots=True)
class Contact:
    """One cell of the matrix: a channel within a stage; `name` is the stage's.

    `reach` is the share of the stage's cases that are touched here; `per_case` touches per case
    touched; `gap` the median time since the case's touch before (h); `by_customer` the share of
    touches initiated by the customer; `conversion` the share of the cases touched here that reach a
    further stage or are won after their first touch here. `cases` and `events` count cases, touches.
    """

    stage: str
    name: Text
    channel: str
    cases: int
    events: int
    reach: Fact
    per_case: Fact
    gap: Fact
    by_customer: Fact
    conversion: Fact


@dataclass(frozen=True, slots=True)
class StageContacts:
    """All touches of a stage: by whom, and how many are followed by one on another channel."""

    stage: str
    name: Text
    cases: int
    events: int
    by_customer: Fact
    switched: Fact


@dataclass(frozen=True, slots=True)
class Switch:
    """Changes from one channel to another at the next touch, by the stage in which they begin.

    `rate` is their share of all touches on `source` in this stage that are followed by another;
    `forced` counts those by a customer who had touched and found no answer (None where the log does
    not say who acts).
    """

    stage: str
    name: Text
    source: str
    target: str
    count: int
    cases: int
    forced: int | None
    rate: Fact


@dataclass(frozen=True, slots=True)
class Visibility:
    """On which side of the line of visibility an activity mostly happens (Shostack 1984).

    `by_customer` is the share of its events initiated by the customer, `on_channel` the share on a
    channel; None where the log does not say.
    """

    activity: str
    line: Line
    events: int
    by_customer: float | None
    on_channel: float | None


@dataclass(frozen=True)
class Touchpoints:
    """Stage × channel `matrix`, `stages`, channel `switches`, `visibility` of each activity.

    In the order of the lifecycle, then by falling number. Without a channel column only `visibility`
    is known, and `reason` says so.
    """

    matrix: tuple[Contact, ...]
    stages: tuple[StageContacts, ...]
    switches: tuple[Switch, ...]
    visibility: tuple[Visibility, ...]
    reason: Text | None = None

    def frame(self, lang: Lang = "zh", table: Table = "matrix") -> pd.DataFrame:
        """One of the four tables as a pandas frame, a row a record."""
        return frame_of(getattr(self, table), lang)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; switches say ``from`` and ``to``."""
        tables = {name: plain(getattr(self, name)) for name in ("matrix", "stages", "visibility")}
        switches = [
            {"from": switch.pop("source"), "to": switch.pop("target"), **switch}
            for switch in plain(self.switches)
        ]
        reason = {} if self.reason is None else {"reason": self.reason.to_dict()}
        return {**tables, "switches": switches, **reason}

    def __repr__(self) -> str:
        lines = Counter(activity.line for activity in self.visibility)
        sides = ", ".join(f"{n} {line}" for line, n in sorted(lines.items()))
        channels = len({contact.channel for contact in self.matrix})
        return (
            f"Touchpoints({len(self.stages)} stages × {channels} channels: {len(self.matrix)} "
            f"contacts, {len(self.switches)} switches; activities: {sides})"
        )


def touchpoints(journey: Journey, rules: Rules | str | Path = "rules") -> Touchpoints:
    """Where the customers of `journey` are met, through what, and what follows.

    `rules` as for `diagnose`: cells with fewer cases than its least sample are not told.
    """
    rules = rules if isinstance(rules, Rules) else Rules.load(rules)
    return touchpoints_of(Study(journey, rules))


def touchpoints_of(study: Study) -> Touchpoints:
    """`touchpoints` of a study, whose tables are shared with its findings."""
    seen = _visibility(study.journey)
    if study.touches is None:
        return Touchpoints((), (), (), seen, say("experience.need_channel"))
    touched, per_case = study.touches.events, _per_case(study)
    return Touchpoints(
        _matrix(study, touched, per_case), _stages(study, touched), _switches(study, touched), seen
    )


# -- the matrix ----------------------------------------------------------------------------------


def _per_case(study: Study) -> ir.Table:
    """One row per case and cell: touches, by whom, and the first of them as ``landmark``."""
    assert study.touches is not None
    per_case = study.touches.contacts.group_by("case_id", "stage_id", "channel").aggregate(
        times=_.times.sum(),
        landmark=_.first_at.min(),
        by_customer=_.by_customer.sum(),
        told=_.told.sum(),
    )
    return study.engine.materialise(per_case, "per_case")


def _matrix(study: Study, touched: ir.Table, per_case: ir.Table) -> tuple[Contact, ...]:
    by = ("stage_id", "channel")
    counted = per_case.group_by(*by).aggregate(
        cases=_.count(),
        events=_.times.sum(),
        spread=_.times.std(),
        by_customer=_.by_customer.sum(),
        told=_.told.sum(),
        telling=(_.told > 0).cast("int64").sum(),
    )
    gaps = touched.filter(_.gap.notnull()).select(*by, duration=_.gap)
    gap = survival.medians(study.engine, gaps, by)
    going = _conversions(study, per_case)
    cells = [
        _contact(study, row, gap.get(row[:2]), going.get(row[:2]))
        for row in study.engine.rows(counted)
    ]
    rank = {stage.id: stage.rank for stage in study.journey.stages}
    return tuple(sorted(cells, key=lambda c: (rank[c.stage], -c.cases, c.channel)))


def _contact(study: Study, row: Any, gap: Fact | None, going: survival.Share | None) -> Contact:
    stages = {stage.id: stage for stage in study.journey.stages}
    stage, least = stages[row.stage_id], study.rules.sample.least
    few = row.cases < least
    low, high = wilson(row.cases, stage.cases)
    return Contact(
        stage=stage.id,
        name=stage.name,
        channel=row.channel,
        cases=row.cases,
        events=int(row.events),
        reach=too_few("share", row.cases, least)
        if few
        else Fact(row.cases / stage.cases, "share", stage.cases, "wilson", None, None, low, high),
        per_case=too_few("event", row.cases, least) if few else _mean(row),
        gap=_told_gap(gap, least),
        by_customer=_initiative(row, least),
        conversion=_conversion(study, stage.id, going),
    )


def _mean(row: Any) -> Fact:
    """Touches per case with a normal interval; nobody touched has less than one."""
    mean, half = row.events / row.cases, Z95 * (row.spread or 0.0) / row.cases**0.5
    return Fact(
        mean, "event", row.cases, "mean_normal", None, None, max(1.0, mean - half), mean + half
    )


def _told_gap(gap: Fact | None, least: int) -> Fact:
    if gap is None:
        reason = say("experience.first_touch")
        return Fact.unknown("h", reason, method="median_woodruff", clock=Clock.CALENDAR)
    return gap if gap.n >= least else too_few("h", gap.n, least)


def _initiative(row: Any, least: int) -> Fact:
    if not row.told:
        return Fact.unknown("share", say("experience.need_actor"))
    return share_of_touches(int(row.by_customer), int(row.told), int(row.telling), least)


def _conversions(study: Study, per_case: ir.Table) -> dict[tuple[str, ...], survival.Share]:
    going = onward(study.journey, per_case)
    cells = going.select("duration", "cause", cell=place(going.stage_id, going.channel))
    found = survival.incidence(study.engine, cells, "cell")
    return {parts(cell): share for cell, share in found.items()}


def _conversion(study: Study, stage: str, going: survival.Share | None) -> Fact:
    """What `StageFacts.conversion` is, for the cases touched on one channel, from their touch on."""
    onto = next(s.conversion for s in study.journey.stages if s.id == stage)
    if onto.value is None and onto.reason is not None:
        return Fact.unknown("share", onto.reason, method=onto.method)
    n = 0 if going is None else going.n
    if going is None or n < study.rules.sample.least:
        return too_few("share", n, study.rules.sample.least)
    if study.journey.outcomes.won is None:
        low, high = wilson(going.events, n)
        return Fact(
            going.events / n, "share", n, "share_of_cases_landmarked", None, None, low, high
        )
    low, high = going.ci_low, going.ci_high
    return Fact(
        going.value, "share", n, "cumulative_incidence_landmarked", None, going.censored, low, high
    )


# -- stages and switches -------------------------------------------------------------------------


def _stages(study: Study, touched: ir.Table) -> tuple[StageContacts, ...]:
    followed = touched.next_channel.notnull()
    switched = followed & (touched.channel != touched.next_channel)
    counted = touched.group_by("stage_id").aggregate(
        cases=_.case_id.nunique(),
        events=_.count(),
        by_customer=_.by_customer.sum(),
        told=_.by_customer.count(),
        telling=touched.case_id.nunique(where=touched.by_customer.notnull()),
        followed=followed.cast("int64").sum(),
        following=touched.case_id.nunique(where=followed),
        switched=switched.cast("int64").sum(),
    )
    rows = {row.stage_id: row for row in study.engine.rows(counted)}
    least = study.rules.sample.least
    return tuple(
        StageContacts(
            stage.id,
            stage.name,
            row.cases,
            row.events,
            _initiative(row, least),
            share_of_touches(row.switched, row.followed, row.following, least),
        )
        for stage in study.journey.stages
        if (row := rows.get(stage.id)) is not None
    )


def _switches(study: Study, touched: ir.Table) -> tuple[Switch, ...]:
    followed = touched.filter(_.next_channel.notnull())
    leaving = followed.group_by("stage_id", "channel").aggregate(
        n=_.count(), cases=_.case_id.nunique()
    )
    left = {row[:2]: row for row in study.engine.rows(leaving)}
    changed = followed.filter(_.channel != _.next_channel)
    counted = changed.group_by("stage_id", "channel", "next_channel").aggregate(
        n=_.count(),
        cases=_.case_id.nunique(),
        forced=forced(changed, study.request_names, study.rules.channels.within)
        .cast("int64")
        .sum(),
    )
    stages = {stage.id: stage for stage in study.journey.stages}
    told, least = study.journey.log.has("actor"), study.rules.sample.least
    switches = [
        Switch(
            row.stage_id,
            stages[row.stage_id].name,
            row.channel,
            row.next_channel,
            row.n,
            row.cases,
            int(row.forced or 0) if told else None,
            share_of_touches(row.n, left[row[:2]].n, left[row[:2]].cases, least),
        )
        for row in study.engine.rows(counted)
    ]
    return tuple(
        sorted(switches, key=lambda s: (stages[s.stage].rank, -s.count, s.source, s.target))
    )


# -- the line of visibility ----------------------------------------------------------------------


def _visibility(journey: Journey) -> tuple[Visibility, ...]:
    events = completions(journey)
    counts = {"n": _.count()}
    if journey.log.has("channel"):
        counts["on_channel"] = _.channel.count()
    if journey.log.has("actor"):
        counts |= {
            "told": _.actor.count(),
            "by_customer": (_.actor == "customer").cast("int64").sum(),
        }
    rows = {
        row.activity: row
        for row in journey.log.engine.rows(events.group_by("activity").aggregate(**counts))
    }
    return tuple(_seen(rows[a.name]) for a in journey.activities if a.name in rows)


def _seen(row: Any) -> Visibility:
    told = getattr(row, "told", 0)
    by_customer = int(row.by_customer or 0) / told if told else None
    on_channel = row.on_channel / row.n if hasattr(row, "on_channel") else None
    return Visibility(row.activity, _line(by_customer, on_channel), row.n, by_customer, on_channel)


def _line(by_customer: float | None, on_channel: float | None) -> Line:
    """The side on which most of an activity's events are; what the log does not say is unknown."""
    if by_customer is not None and by_customer > 0.5:
        return "customer"
    if on_channel is None:
        return "unknown"
    if on_channel <= 0.5:
        return "backstage"
    return "frontstage" if by_customer is not None else "unknown"
