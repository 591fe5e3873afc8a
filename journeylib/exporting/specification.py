"""The specification as a `Document`: what Markdown, a page, Word and print are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from journeylib.documents.blocks import (
    Block,
    Bullets,
    Code,
    Document,
    Heading,
    Inline,
    Paragraph,
    Strong,
    Table,
)
from journeylib.exporting import words
from journeylib.exporting.tables import goals, headed, overview
from journeylib.exporting.words import told
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Criterion, Stage
from journeylib.terms import Lang


def specification(spec: TargetSpec, lang: Lang) -> Document:
    """`spec` as a document in `lang`, to read and to discuss from top to bottom."""
    return Document(spec.name.in_(lang), tuple(_blocks(spec, lang)), lang)


def _blocks(spec: TargetSpec, lang: Lang) -> Iterator[Block]:
    yield Bullets(tuple(note.in_(lang) for note in spec.notes))
    yield Heading(told("overview", lang))
    yield overview(spec, lang)
    yield goals(spec.goals, lang)
    for number, stage in enumerate(spec.stages, 1):
        yield from _stage(spec, number, stage, lang)
    yield from _constraints(spec, lang)
    yield from _information(spec, lang)
    yield from _answered(spec, lang)
    yield Paragraph((told("version", lang, n=spec.version), *_follows(spec, lang)))
    yield Paragraph((told("derived_from", lang), Code(spec.source)))


def _follows(spec: TargetSpec, lang: Lang) -> tuple[Inline, ...]:
    return () if spec.follows is None else (told("follows", lang), Code(spec.follows))


# -- a stage -----------------------------------------------------------------------------------------


def _stage(spec: TargetSpec, number: int, stage: Stage, lang: Lang) -> Iterator[Block]:
    yield Heading(f"{number}. {stage.name.in_(lang)}")
    yield Paragraph(stage.definition.in_(lang))
    yield from _limit(stage, lang)
    yield from _probability(stage, lang)
    bodies: dict[str, Bullets | Table] = {
        "entry": _entry(stage, lang),
        "activities": _activities(spec, stage.activities, lang),
        "exit": _criteria(stage.exit, lang),
        "raci": _raci(spec, stage, lang),
        "handovers": _handovers(spec, stage, lang),
        "automation": _automation(stage, lang),
        "goals": goals(stage.goals, lang),
    }
    for key, body in bodies.items():
        yield from _section(number, told(f"section_{key}", lang), body)


def _limit(stage: Stage, lang: Lang) -> Iterator[Block]:
    """The time a case may stay, or why none is set."""
    if stage.sla or (stage.sla_why and stage.sla_why.reason):
        why = words.why(stage.sla_why, lang) if stage.sla_why else ""
        limit = words.span(stage.sla, lang) or "–"
        label = Strong(told("label_sla", lang))
        yield Paragraph((label, f"{told('colon', lang)}{limit} — {why}"))


def _probability(stage: Stage, lang: Lang) -> Iterator[Block]:
    """How many of the cases that come here are won."""
    if stage.probability is not None:
        share = words.number(stage.probability, "share", lang)
        why = f" — {words.why(stage.probability_why, lang)}" if stage.probability_why else ""
        label = Strong(told("head_probability", lang))
        yield Paragraph((label, f"{told('colon', lang)}{share}{why}"))


def _section(number: int, title: str, body: Bullets | Table) -> Iterator[Block]:
    """A headed section; nothing at all where there is nothing to say."""
    if body.lines if isinstance(body, Bullets) else body.rows:
        yield Heading(title, 3)
        yield body if isinstance(body, Bullets) else replace(body, name=f"{number}. {title}")


def _entry(stage: Stage, lang: Lang) -> Bullets:
    """Without the reasons: these are the exit criteria of the stage before."""
    return Bullets(tuple((c.text.in_(lang), " — ", Code(c.when)) for c in stage.entry))


def _criteria(criteria: Sequence[Criterion], lang: Lang) -> Bullets:
    return Bullets(
        tuple(
            (c.text.in_(lang), " — ", Code(c.when), f" — {words.why(c.why, lang)}")
            for c in criteria
        )
    )


def _activities(spec: TargetSpec, activities: Sequence[Activity], lang: Lang) -> Table:
    keys = ("activity", "required", "owner", "output", "sla", "why")
    rows = (
        (
            activity.name.in_(lang),
            told("is_required" if activity.required else "is_optional", lang),
            words.department(spec, activity.department, lang),
            spec.item_name(activity.output).in_(lang) if activity.output else None,
            words.span(activity.sla, lang) or None,
            words.why(activity.why, lang),
        )
        for activity in activities
    )
    return headed(keys, rows, lang)


def _raci(spec: TargetSpec, stage: Stage, lang: Lang) -> Table:
    keys = ("department", "part", "why")
    rows = (
        (
            words.department(spec, part.department, lang),
            told(f"raci_{part.part}", lang),
            words.why(part.why, lang),
        )
        for part in stage.raci
    )
    return headed(keys, rows, lang)


def _handovers(spec: TargetSpec, stage: Stage, lang: Lang) -> Table:
    keys = ("from", "to", "items", "within", "why")
    rows = (
        (
            words.department(spec, handover.source, lang),
            words.department(spec, handover.target, lang),
            words.items(spec, handover, lang),
            words.span(handover.within, lang) or None,
            words.why(handover.why, lang),
        )
        for handover in stage.handovers
    )
    return headed(keys, rows, lang)


def _automation(stage: Stage, lang: Lang) -> Bullets:
    return Bullets(
        tuple(f"{rule.trigger.in_(lang)} → {rule.action.in_(lang)}" for rule in stage.automation)
    )


# -- beside the stages -------------------------------------------------------------------------------


def _constraints(spec: TargetSpec, lang: Lang) -> Iterator[Block]:
    keys = ("rule", "within", "expression", "why")
    rows = (
        (
            constraint.text.in_(lang),
            words.span(constraint.within, lang) or None,
            Code(constraint.when) if constraint.when else None,
            words.why(constraint.why, lang),
        )
        for constraint in spec.constraints
    )
    yield from _chapter("constraints", headed(keys, rows, lang), lang)


def _information(spec: TargetSpec, lang: Lang) -> Iterator[Block]:
    stages = {stage.id: stage.name.in_(lang) for stage in spec.stages}
    keys = ("item", "name_in_criteria", "type", "first_known", "department")
    rows = (
        (
            item.name.in_(lang),
            Code(item.id),
            told(f"type_{item.type}", lang),
            stages.get(item.first_known or ""),
            words.department(spec, item.department, lang),
        )
        for item in spec.information
    )
    yield from _chapter("information", headed(keys, rows, lang), lang)


def _answered(spec: TargetSpec, lang: Lang) -> Iterator[Block]:
    rows = (
        (Code(finding.id), finding.title.in_(lang), told(f"confidence_{finding.confidence}", lang))
        for finding in spec.findings
    )
    yield from _chapter("answered", headed(("id", "finding", "confidence"), rows, lang), lang)


def _chapter(key: str, table: Table, lang: Lang) -> Iterator[Block]:
    if table.rows:
        title = told(key, lang)
        yield Heading(title)
        yield replace(table, name=title)
