"""Tables of a specification that more than one document shows."""

from __future__ import annotations

from collections.abc import Sequence

from journeylib.exporting import words
from journeylib.exporting.mdtext import table
from journeylib.exporting.words import told
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Goal
from journeylib.terms import Lang


def overview(spec: TargetSpec, lang: Lang) -> str:
    """One row a stage: who is accountable, what is required, how long it may take."""
    rows = []
    for number, stage in enumerate(spec.stages, 1):
        accountable = [r.department for r in stage.raci if r.part == "A"]
        required = [a.name.in_(lang) for a in stage.activities if a.required]
        rows.append(
            (
                str(number),
                stage.name.in_(lang),
                words.joined((words.department(spec, d, lang) for d in accountable), lang) or "–",
                words.joined(required, lang) or "–",
                str(len(stage.exit)),
                words.span(stage.sla, lang) or "–",
                str(len(stage.answers)),
            )
        )
    keys = ("number", "stage", "accountable", "required_list", "exit_count", "sla", "answers")
    return table([told(f"head_{key}", lang) for key in keys], rows)


def goals(found: Sequence[Goal], lang: Lang) -> str:
    """Goals with baseline, target and what they lack."""
    keys = ("goal", "baseline", "target", "due", "missing")
    rows = (
        (
            goal.name.in_(lang),
            words.fact(goal.baseline, lang),
            words.target(goal, lang),
            goal.due.isoformat() if goal.due else "–",
            " ".join(gap.in_(lang) for gap in goal.missing) or "–",
        )
        for goal in found
    )
    return table([told(f"head_{key}", lang) for key in keys], rows)
