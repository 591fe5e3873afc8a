"""`check`: a log against a specification, rule by rule, in a few scans."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import ibis.expr.types as ir

from journeylib.checking.conformance import Conformance, StageCount
from journeylib.checking.counted import SHOWN_CASES, Counted
from journeylib.checking.deviations import deviations_of
from journeylib.checking.fitness import fitness_of
from journeylib.checking.ledger import FAR, Ledger, Setting, narrow
from journeylib.checking.rules import Rule, rules_of
from journeylib.checking.tolerances import Tolerances
from journeylib.checking.verdicts import Verdict, verdict_of
from journeylib.findings.clocks import works
from journeylib.journey import Journey
from journeylib.log import EventLog
from journeylib.mining import mine
from journeylib.spec import feel
from journeylib.spec.model import TargetSpec
from journeylib.terms import Clock, Text, say


def check(
    spec: TargetSpec,
    log: EventLog | Journey,
    *,
    tolerance: float | None = None,
    variants: int | None = None,
) -> Conformance:
    """What a log keeps and breaks of `spec`, rule by rule.

    A log is mined by the specification's lifecycle; pass a `Journey` for a lifecycle of your own or a
    calendar (limits in working time need one). `tolerance` is the share of the activations of a rule
    that may violate it, without it that of ``templates/check.toml``. Fitness is replayed on so many
    of the most frequent `variants` (0 leaves it out). Raises `UsageError` for an empty log.
    """
    journey = log if isinstance(log, Journey) else mine(log, spec.lifecycle)
    setting, tolerances = Setting(journey, spec), Tolerances.load(tolerance)
    ledger, rules = Ledger(setting), rules_of(spec)
    reasons = {rule.id: missing(rule, setting) for rule in rules}
    measured = [rule for rule in rules if reasons[rule.id] is None]
    verdicts = {rule.id: verdict_of(rule, ledger) for rule in measured}
    stages = {s: (ledger.entered(s) < FAR, ledger.passed(s)) for s in range(len(spec.stages))}
    table = ledger.table()
    told = _told(setting, table, measured, verdicts)
    counted = {rule.id: found for rule, found in zip(measured, told.counted, strict=True)}
    all_rules = tuple(
        dataclasses.replace(
            counted.get(rule.id, Counted(rule, 0.0, reason=reasons[rule.id])),
            tolerance=tolerances.of(rule),
        )
        for rule in rules
    )
    return Conformance(
        spec=spec,
        journey=journey,
        rules=all_rules,
        stages=_stage_counts(setting, table, stages),
        deviations=deviations_of(spec, journey, all_rules),
        fitness=fitness_of(setting, variants),
        notes=tuple(_notes(setting)),
        ledger=table,
        verdicts=verdicts,
        table=told.table,
        columns={rule.id: f"r{i}" for i, rule in enumerate(measured)},
    )


def _notes(setting: Setting) -> Iterator[Text]:
    if not setting.decided:
        yield say("check.note_undecided")
    if setting.journey.log.has("lifecycle"):
        yield say("check.note_lifecycle")
    for note in (*setting.journey.log.quality, *setting.journey.notes):
        yield note.text


# -- what a rule needs ---------------------------------------------------------------------------


def missing(rule: Rule, setting: Setting) -> Text | None:
    """Why the log cannot answer `rule`; None where it can."""
    journey, columns = setting.journey, setting.events.columns
    if rule.within is not None and rule.within.clock is Clock.WORKING and not works(setting.events):
        return say("check.need_calendar")
    for column in _columns(rule):
        if not journey.log.has(column):
            return say("check.need_column", column=column)
    for item in _items(rule):
        [attribute] = [i.attribute for i in setting.spec.information if i.id == item]
        if attribute not in columns:
            return say("check.need_attribute", attribute=attribute)
    return None


def _columns(rule: Rule) -> tuple[str, ...]:
    if rule.kind == "four_eyes":
        return ("resource",)
    return ("department",) if rule.departments else ()


def _items(rule: Rule) -> list[str]:
    asked = [name.id for name in feel.names(rule.when)] if rule.when is not None else []
    return [*asked, *([rule.item] if rule.item else [])]


# -- counting --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Told:
    counted: list[Counted]
    table: ir.Table


def _told(
    setting: Setting, table: ir.Table, rules: Sequence[Rule], verdicts: dict[str, Verdict]
) -> _Told:
    """The counts of each case kept as a table, and their sums over all cases."""
    engine = setting.journey.log.engine
    columns = {
        f"r{i}_{name}": count
        for i, rule in enumerate(rules)
        for name, count in zip("avp", verdicts[rule.id], strict=True)
    }
    kept = engine.materialise(table.select("case_id", **columns), "verdicts")
    sums: dict[str, Any] = {name: kept[name].sum() for name in columns}
    for i in range(len(rules)):
        sums[f"r{i}_vacuous"] = kept.count(where=kept[f"r{i}_a"] == 0)
        sums[f"r{i}_cases"] = kept.count(where=kept[f"r{i}_v"] > 0)
    row = engine.row(kept.aggregate(**sums)) if rules else None
    found = []
    for i, rule in enumerate(rules):
        a, v, p, vacuous, cases = (
            int(getattr(row, f"r{i}_{name}") or 0) for name in ("a", "v", "p", "vacuous", "cases")
        )
        examples = _examples(setting, kept, i) if v else ()
        found.append(Counted(rule, 0.0, a, a - v - p, v, p, vacuous, cases, examples))
    return _Told(found, kept)


def _examples(setting: Setting, kept: ir.Table, i: int) -> tuple[str, ...]:
    told = narrow(kept, "case_id", f"r{i}_v")
    found = told.filter(told[f"r{i}_v"] > 0).order_by("case_id").limit(SHOWN_CASES)
    rows = setting.journey.log.engine.rows(found.select("case_id"))
    return tuple(sorted(row.case_id for row in rows))


def _stage_counts(
    setting: Setting, table: ir.Table, asked: dict[int, tuple[Any, Any]]
) -> tuple[StageCount, ...]:
    columns: dict[str, Any] = {}
    for s, (there, passed) in asked.items():
        columns |= {f"there_{s}": there, f"passed_{s}": passed, f"past_{s}": passed & ~there}
    flags = table.select(**columns)
    sums = flags.aggregate(**{name: flags[name].cast("int64").sum() for name in columns})
    row = setting.journey.log.engine.row(sums)
    return tuple(
        StageCount(
            stage.id,
            *(int(getattr(row, f"{word}_{s}") or 0) for word in ("there", "passed", "past")),
        )
        for s, stage in enumerate(setting.spec.stages)
    )
