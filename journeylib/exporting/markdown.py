"""The specification as Markdown: to read, to print, to discuss, to compare with `git diff`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from journeylib.exporting import words
from journeylib.exporting.words import told
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Criterion, Goal, Stage
from journeylib.terms import Lang


def to_markdown(spec: TargetSpec, lang: Lang) -> str:
    """`spec` as a Markdown document in `lang`."""
    return document(_blocks(spec, lang))


# -- Markdown itself, used by the report too -------------------------------------------------------


def document(blocks: Iterable[str]) -> str:
    """Blocks with a blank line between them."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing at all where there are no rows."""
    lines = [_row(cell(value) for value in row) for row in rows]
    if not lines:
        return ""
    return "\n".join((_row(head), _row("---" for _ in head), *lines))


def bullets(lines: Iterable[str]) -> str:
    """A list; the lines are Markdown already."""
    return "\n".join(f"- {line}" for line in lines)


def cell(value: str) -> str:
    """Text from the log as the cell of a table: it can neither break the row nor format itself.

    >>> cell("a|b\\nc")
    'a\\\\|b c'
    """
    return re.sub(r"([\\`*_|<>\[\]#])", r"\\\1", " ".join(value.split()))


def code(text: str) -> str:
    """An expression as code, fenced by more backticks than it holds."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    padded = f" {text} " if text.startswith("`") or text.endswith("`") else text
    return fence + " ".join(padded.split("\n")) + fence


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


# -- the document ----------------------------------------------------------------------------------


def _blocks(spec: TargetSpec, lang: Lang) -> Iterator[str]:
    yield f"# {cell(spec.name.in_(lang))}"
    yield bullets(cell(note.in_(lang)) for note in spec.notes)
    yield f"## {told('overview', lang)}"
    yield overview(spec, lang)
    yield goals(spec.goals, lang)
    for number, stage in enumerate(spec.stages, 1):
        yield from _stage(spec, number, stage, lang)
    yield from _information(spec, lang)
    yield from _answered(spec, lang)
    yield told("derived_from", lang, source=spec.source)


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


def _stage(spec: TargetSpec, number: int, stage: Stage, lang: Lang) -> Iterator[str]:
    yield f"## {number}. {cell(stage.name.in_(lang))}"
    yield cell(stage.definition.in_(lang))
    if stage.sla or (stage.sla_why and stage.sla_why.reason):
        why = words.why(stage.sla_why, lang) if stage.sla_why else ""
        limit = words.span(stage.sla, lang) or "–"
        yield f"**{told('label_sla', lang)}**{told('colon', lang)}{cell(limit)} — {cell(why)}"
    yield from _section("entry", _criteria(stage.entry, lang), lang)
    yield from _section("activities", _activities(spec, stage.activities, lang), lang)
    yield from _section("exit", _criteria(stage.exit, lang), lang)
    yield from _section("raci", _raci(spec, stage, lang), lang)
    yield from _section("handovers", _handovers(spec, stage, lang), lang)
    yield from _section("automation", _automation(stage, lang), lang)
    yield from _section("goals", goals(stage.goals, lang), lang)


def _section(key: str, body: str, lang: Lang) -> Iterator[str]:
    if body:
        yield f"### {told(f'section_{key}', lang)}"
        yield body


def _criteria(criteria: Sequence[Criterion], lang: Lang) -> str:
    return bullets(
        f"{cell(c.text.in_(lang))} — {code(c.when)} — {cell(words.why(c.why, lang))}"
        for c in criteria
    )


def _activities(spec: TargetSpec, activities: Sequence[Activity], lang: Lang) -> str:
    keys = ("activity", "required", "owner", "output", "sla", "why")
    rows = []
    for activity in activities:
        output = spec.item_name(activity.output).in_(lang) if activity.output else "–"
        rows.append(
            (
                activity.name.in_(lang),
                told("is_required" if activity.required else "is_optional", lang),
                words.department(spec, activity.department, lang),
                output,
                words.span(activity.sla, lang) or "–",
                words.why(activity.why, lang),
            )
        )
    return table([told(f"head_{key}", lang) for key in keys], rows)


def _raci(spec: TargetSpec, stage: Stage, lang: Lang) -> str:
    keys = ("department", "part", "why")
    rows = (
        (
            words.department(spec, part.department, lang),
            told(f"raci_{part.part}", lang),
            words.why(part.why, lang),
        )
        for part in stage.raci
    )
    return table([told(f"head_{key}", lang) for key in keys], rows)


def _handovers(spec: TargetSpec, stage: Stage, lang: Lang) -> str:
    keys = ("from", "to", "items", "within", "why")
    rows = (
        (
            words.department(spec, handover.source, lang),
            words.department(spec, handover.target, lang),
            words.items(spec, handover, lang),
            words.span(handover.within, lang) or "–",
            words.why(handover.why, lang),
        )
        for handover in stage.handovers
    )
    return table([told(f"head_{key}", lang) for key in keys], rows)


def _automation(stage: Stage, lang: Lang) -> str:
    return bullets(
        cell(rule.trigger.in_(lang)) + " → " + cell(rule.action.in_(lang))
        for rule in stage.automation
    )


def _information(spec: TargetSpec, lang: Lang) -> Iterator[str]:
    stages = {stage.id: stage.name.in_(lang) for stage in spec.stages}
    keys = ("item", "name_in_criteria", "type", "first_known", "department")
    rows = [
        (
            item.name.in_(lang),
            item.id,
            item.type,
            stages.get(item.first_known or "", "–"),
            words.department(spec, item.department, lang),
        )
        for item in spec.information
    ]
    if rows:
        yield f"## {told('information', lang)}"
        yield table([told(f"head_{key}", lang) for key in keys], rows)


def _answered(spec: TargetSpec, lang: Lang) -> Iterator[str]:
    rows = [
        (finding.id, finding.title.in_(lang), told(f"confidence_{finding.confidence}", lang))
        for finding in spec.findings
    ]
    if rows:
        yield f"## {told('answered', lang)}"
        yield table([told(f"head_{key}", lang) for key in ("id", "finding", "confidence")], rows)
