"""The specification as Markdown: to read, to print, to discuss, to compare with `git diff`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from journeylib.exporting import words
from journeylib.exporting.mdtext import bullets, cell, code, document, table
from journeylib.exporting.tables import goals, overview
from journeylib.exporting.words import told
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Criterion, Stage
from journeylib.terms import Lang


def to_markdown(spec: TargetSpec, lang: Lang) -> str:
    """`spec` as a Markdown document in `lang`."""
    return document(_blocks(spec, lang))


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


def _stage(spec: TargetSpec, number: int, stage: Stage, lang: Lang) -> Iterator[str]:
    yield f"## {number}. {cell(stage.name.in_(lang))}"
    yield cell(stage.definition.in_(lang))
    if stage.sla or (stage.sla_why and stage.sla_why.reason):
        why = words.why(stage.sla_why, lang) if stage.sla_why else ""
        limit = words.span(stage.sla, lang) or "–"
        yield f"**{told('label_sla', lang)}**{told('colon', lang)}{cell(limit)} — {cell(why)}"
    yield from _section("entry", _entry(stage, lang), lang)
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


def _entry(stage: Stage, lang: Lang) -> str:
    """Without the reasons: these are the exit criteria of the stage before."""
    return bullets(f"{cell(c.text.in_(lang))} — {code(c.when)}" for c in stage.entry)


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
