"""Part 5: the data."""

from __future__ import annotations

import functools

from journeylib.findings.finding import Findings
from journeylib.project.checks.situation import (
    Check,
    Seen,
    Situation,
    counted,
    ready_if,
    with_findings,
    with_spec,
)
from journeylib.project.wording import joined, names, number
from journeylib.spec.model import TargetSpec
from journeylib.terms import say


def _when_read(check: Check) -> Check:
    """A check that speaks of the file: a log that was made otherwise was never looked through."""

    @functools.wraps(check)
    def checked(situation: Situation) -> Seen:
        if any(note.check == "rows" for note in situation.journey.log.quality):
            return check(situation)
        return Seen("not_measurable", say("project.seen_not_read"), None, "log.quality")

    return checked


@_when_read
def rows_read(situation: Situation) -> Seen:
    """Few rows had to be refused."""
    log = situation.journey.log
    refused = sum(note.count for note in log.quality if note.check.startswith("rejected"))
    n = log.source.rows
    ready = n > 0 and refused <= situation.thresholds["rejected"] * n
    told = say("project.seen_rows", n=f"{n:,}", refused=f"{refused:,}")
    return Seen(ready_if(ready), told, n, "log.quality")


@_when_read
def columns_mapped(situation: Situation) -> Seen:
    """No column was only guessed."""
    mapping, least = situation.journey.log.mapping, situation.thresholds["confidence"]
    doubtful = sorted(m.column for m in mapping.matches if m.confidence < least)
    n = len(mapping.matches)
    if doubtful:
        told = say("project.seen_doubtful", n=len(doubtful), names=names(doubtful))
        return Seen("not_yet", told, n, "log.mapping")
    return Seen(
        "ready", say("project.seen_mapped", n=n, more=len(mapping.attributes)), n, "log.mapping"
    )


@_when_read
def rows_unique(situation: Situation) -> Seen:
    """No two rows are the same."""
    log = situation.journey.log
    again = sum(note.count for note in log.quality if note.check == "duplicates")
    told = say("project.seen_duplicates", n=f"{again:,}")
    return Seen(ready_if(not again), told, log.source.rows, "log.quality")


@with_findings
def customers_unique(_situation: Situation, findings: Findings) -> Seen:
    """Records of customers do not share a phone number, a tax number …"""
    family = next((f for f in findings.families if f.type == "duplicate_customers"), None)
    if family is None or not family.tested:
        reason = family.power if family else say("project.seen_no_identity")
        return Seen("not_measurable", reason, None, "findings", "phone, e-mail, tax number")
    own = [f for f in findings.of_type("duplicate_customers") if f.confidence != "too_few"]
    if not own:
        told = say("project.seen_no_duplicates", tested=family.tested)
        return Seen("ready", told, family.tested, "findings")
    told = joined(
        say("project.seen_finding", title=f.title, size=number(f.estimate, f.unit)) for f in own
    )
    return Seen("not_yet", told, max(f.n for f in own), "findings")


@with_spec
def fields_filled(situation: Situation, spec: TargetSpec) -> Seen:
    """What the exit criteria ask is filled in when a stage is left."""
    known = [
        (goal.baseline.value, goal.baseline.n, stage.name)
        for stage in spec.stages
        for goal in stage.goals
        if goal.measure == "filling" and goal.baseline.value is not None
    ]
    if not known:
        return Seen(
            "not_measurable", say("project.seen_no_filling"), None, "spec.goals", "attributes"
        )
    value, n, stage = min(known, key=lambda one: one[0])
    told = say("project.seen_filled", share=number(value, "share"), stage=stage, n=f"{n:,}")
    ready = value >= situation.thresholds["filled"]
    return Seen(ready_if(ready), told, n, "spec.goals")


@_when_read
def times_clear(situation: Situation) -> Seen:
    """Times are exact, and it is known which clock they show."""
    log = situation.journey.log
    doubts = [note for note in log.quality if note.check.startswith(("precision", "zone"))]
    if doubts:
        told = joined((note.text for note in doubts), "space")
        return Seen("not_yet", told, max(note.count for note in doubts), "log.quality")
    return Seen("ready", say("project.seen_times"), log.totals.events, "log.quality")


def history_kept(situation: Situation) -> Seen:
    """Who changed which field, and when, can be looked up."""
    log = situation.journey.log
    if log.changes is None:
        return Seen(
            "not_measurable", say("project.seen_no_changes"), None, "log.changes", "changes"
        )
    n = log.engine.row(log.changes.aggregate(n=log.changes.count())).n
    return counted(n, n, "changes", "log.changes")


CHECKS: dict[str, Check] = {
    "rows_read": rows_read,
    "columns_mapped": columns_mapped,
    "rows_unique": rows_unique,
    "customers_unique": customers_unique,
    "fields_filled": fields_filled,
    "times_clear": times_clear,
    "history_kept": history_kept,
}
