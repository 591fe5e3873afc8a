"""Systems: records that should be in two of them, and which department works in which."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ibis.expr.types as ir
from ibis import _

from journeylib.findings.claim import Claim, Trial
from journeylib.findings.shares import counted, share_claim, share_trial, untested
from journeylib.findings.study import Study
from journeylib.journey import Journey
from journeylib.terms import Fact, say

Pair = tuple[str, str, str, str]
"""An activity in a system, and its counterpart in another: (from, activity, to, counterpart)."""


def orphans(study: Study) -> Trial:
    """`orphan_events {from, to}`: records of one system without a counterpart in the other.

    Of the events that should have one, those without it in the same case within the time given by
    the rules (before or after). A pair is declared as ``[[mirror]]``, or evident: an activity, not
    meant to repeat, that both systems record in at least the share `norm` of its cases. Events of
    the last such time before the end of observation are left out.
    """
    if not study.journey.log.has("system"):
        return untested("orphan_events", "silo.need_systems")
    declared = {(m.source, m.activity, m.target, m.counterpart) for m in study.rules.mirror}
    pairs = sorted(declared | _candidates(study))
    if not pairs:
        return untested("orphan_events", "silo.need_mirror")
    records = study.engine.materialise(_records(study, pairs), "records")
    rows = {row[:4]: row for row in study.engine.rows(_summary(records))}
    meant = [
        row
        for pair, row in sorted(rows.items())
        if pair in declared or _is_evident(rows, row, study)
    ]
    claims = list(_claims(study, records, meant))
    return share_trial("orphan_events", claims, study.rules, "silo.need_mirror")


def _candidates(study: Study) -> set[Pair]:
    """Activities that more than one system records, both ways."""
    events = study.journey.log.events.filter(_.system.notnull())
    rows = study.engine.rows(events[["activity", "system"]].distinct())
    asked = {a.name for a in study.journey.activities if not a.repeatable}
    systems: dict[str, set[str]] = {}
    for row in rows:
        systems.setdefault(row.activity, set()).add(row.system)
    return {
        (a, name, b, name)
        for name in asked & set(systems)
        for a in systems[name]
        for b in systems[name] - {a}
    }


def _records(study: Study, pairs: Sequence[Pair]) -> ir.Table:
    """Events that may want a counterpart, and whether there is one: a row an event and pair."""
    log, within = study.journey.log, int(study.rules.silo.linked_within.seconds * 1e6)
    columns = ("source", "activity", "target", "counterpart")
    wanted = study.engine.lookup(
        {name: [pair[i] for pair in pairs] for i, name in enumerate(columns)}, "pairs"
    )
    events = log.events.filter(_.system.notnull()).select(
        *("case_id", "position", "at"),
        system=_.system.cast("string"),
        activity=_.activity.cast("string"),
    )
    eligible = events.filter(_.at <= log.totals.last_at - within)
    left = eligible.join(
        wanted, [eligible.activity == wanted.activity, eligible.system == wanted.source]
    ).select("case_id", "position", "at", *columns)
    right = events.select(of="case_id", found_at="at", there="system", name="activity")
    near = (left.at - right.found_at).abs() <= within
    same = [left.case_id == right.of, left.target == right.there, left.counterpart == right.name]
    matched = left.join(right, [*same, near]).select("case_id", "position", "target", "counterpart")
    keys = ["case_id", "position", "target", "counterpart"]
    found = matched.distinct().mutate(found=True)
    return left.left_join(found, keys).select(left, found=_.found.fill_null(False))


def _summary(records: ir.Table) -> ir.Table:
    return records.group_by("source", "activity", "target", "counterpart").aggregate(
        n=_.count(),
        k=(~_.found).cast("int64").sum(),
        cases=_.case_id.nunique(),
        both=_.case_id.nunique(where=_.found),
    )


def _is_evident(rows: Mapping[Pair, Any], row: Any, study: Study) -> bool:
    """Whether both systems record it in enough of the cases in which either does."""
    back = rows.get((row.target, row.counterpart, row.source, row.activity))
    either = row.cases + (back.cases if back else 0) - row.both
    return bool(row.both >= study.rules.silo.norm * either)


def _claims(study: Study, records: ir.Table, rows: Iterable[Any]) -> Iterator[Claim]:
    by_systems: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        by_systems.setdefault((row.source, row.target), []).append(row)
    for (source, target), own in sorted(by_systems.items()):
        activities = sorted({row.activity for row in own})
        here = records.filter(_.source == source, _.target == target, _.activity.isin(activities))
        k, n = sum(row.k for row in own), sum(row.n for row in own)
        yield share_claim(
            k,
            n,
            study.rules.tolerance.orphan_events,
            kind="silo",
            type="orphan_events",
            locus={"from": source, "to": target},
            title=say("silo.orphan_events", source=source, target=target),
            impact=counted(k, n, "event"),
            measure=partial(_summary, here),
            evidence=partial(here.filter, ~_.found),
            method="orphan_share_wilson",
            caveats=(
                say(
                    "silo.caveat_mirror",
                    activities=", ".join(activities),
                    within=study.rules.silo.linked_within,
                ),
            ),
        )


# -- the directed picture --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DepartmentSystem:
    """How many events of a department one system records."""

    department: str
    system: str
    events: int


@dataclass(frozen=True, slots=True)
class DepartmentSystems:
    """Which department works in which system, and how far each keeps to its own.

    `confinement` is the mutual information of department and system over the smaller of their
    entropies (Miller & Madow 1955 correction): 0 all share all systems, 1 each has its own. High
    values are normal specialisation: context for a silo, none by itself.
    """

    counts: tuple[DepartmentSystem, ...]
    confinement: Fact


def department_systems(journey: Journey) -> DepartmentSystems:
    """Counts of events by department and system; empty where the log lacks either."""
    log = journey.log
    if not log.has("department", "system"):
        return DepartmentSystems((), Fact.unknown("share", say("silo.need_systems")))
    told = log.events.filter(_.department.notnull(), _.system.notnull())
    rows = log.engine.rows(told.group_by("department", "system").aggregate(n=_.count()))
    counts = tuple(DepartmentSystem(*row) for row in sorted(rows))
    return DepartmentSystems(counts, _confinement(counts))


def _confinement(counts: Sequence[DepartmentSystem]) -> Fact:
    departments: Counter[str] = Counter()
    systems: Counter[str] = Counter()
    for cell in counts:
        departments[cell.department] += cell.events
        systems[cell.system] += cell.events
    n = sum(departments.values())
    if len(departments) < 2 or len(systems) < 2:
        missing = "finding.need_department" if len(departments) < 2 else "silo.need_systems"
        return Fact.unknown("share", say(missing), n=n, method="confinement")
    own, other = _entropy(departments.values()), _entropy(systems.values())
    shared = own + other - _entropy([cell.events for cell in counts])
    value = min(1.0, max(0.0, shared / min(own, other)))
    return Fact(value, "share", n, "mutual_information_over_smaller_entropy")


def _entropy(counts: Iterable[int]) -> float:
    """Entropy in nats with Miller and Madow's correction for few observations."""
    sizes = list(counts)
    n = sum(sizes)
    return -sum(k / n * math.log(k / n) for k in sizes) + (len(sizes) - 1) / (2 * n)
