"""Tables of a specification that more than one document shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from journeylib.documents.blocks import Table, Value
from journeylib.documents.blocks import rows as as_rows
from journeylib.exporting import words
from journeylib.exporting.words import told
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Goal
from journeylib.terms import Lang


def headed(
    keys: Sequence[str], rows: Iterable[Sequence[Value]], lang: Lang, name: str = ""
) -> Table:
    """A table whose heads are the words of `keys`; `name` is its sheet's."""
    return Table(tuple(told(f"head_{key}", lang) for key in keys), as_rows(tuple(rows)), name)


def overview(spec: TargetSpec, lang: Lang) -> Table:
    """One row a stage: who is accountable, what is required, how long it may take."""
    keys = ("number", "stage", "accountable", "required_list", "exit_count", "sla", "answers")
    rows = []
    for number, stage in enumerate(spec.stages, 1):
        accountable = [r.department for r in stage.raci if r.part == "A"]
        required = [a.name.in_(lang) for a in stage.activities if a.required]
        rows.append(
            (
                number,
                stage.name.in_(lang),
                words.joined((words.department(spec, d, lang) for d in accountable), lang) or None,
                words.joined(required, lang) or None,
                len(stage.exit),
                words.span(stage.sla, lang) or None,
                len(stage.answers),
            )
        )
    return headed(keys, rows, lang, told("overview", lang))


def goals(found: Sequence[Goal], lang: Lang) -> Table:
    """Goals with baseline, target and what they lack."""
    keys = ("goal", "baseline", "target", "due", "attainment", "missing")
    rows = (
        (
            goal.name.in_(lang),
            words.fact(goal.baseline, lang),
            words.target(goal, lang),
            goal.due.isoformat() if goal.due else None,
            words.attainment(goal, lang) if goal.attainment else None,
            " ".join(gap.in_(lang) for gap in goal.missing) or None,
        )
        for goal in found
    )
    return headed(keys, rows, lang, told("section_goals", lang))
