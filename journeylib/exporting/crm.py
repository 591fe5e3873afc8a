"""The specification as settings of a CRM: stages, required fields, guidance, validation rules.

Generic tables first, then the same under the names Salesforce and HubSpot document for them:
Salesforce Metadata API ``StandardValueSet OpportunityStage``, ``PathAssistant``, ``ValidationRule``;
HubSpot CRM API ``pipelines`` (stages with ``metadata.probability``). What they have no place for is
listed with the reason. The sources are in ``docs/crm-settings.md``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from journeylib.documents import xlsx
from journeylib.documents.blocks import Block, Bullets, Code, Document, Heading, Table, Value, rows
from journeylib.exporting import words
from journeylib.exporting.crm_formula import Field, Formula, Unmapped, fields, quoted
from journeylib.exporting.tables import headed
from journeylib.spec import feel
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Criterion, Stage
from journeylib.terms import Lang, Text, say, stable_id

_WON, _LOST = "Closed Won", "Closed Lost"
_MESSAGE_LIMIT = 255
_PATH_FIELDS = 5
_SALESFORCE_TYPES = {"string": "Text", "number": "Number", "boolean": "Checkbox", "date": "Date"}
_HUBSPOT_TYPES = {
    "string": ("string", "text"),
    "number": ("number", "number"),
    "boolean": ("enumeration", "booleancheckbox"),
    "date": ("date", "date"),
}


def to_crm(spec: TargetSpec, lang: Lang) -> bytes:
    """`spec` as a workbook of CRM settings."""
    return xlsx.to_xlsx(crm_settings(spec, lang))


def crm_settings(spec: TargetSpec, lang: Lang) -> Document:
    """The settings as a document: a table a sheet, remarks on the first."""
    pipeline = _Pipeline(spec, lang)
    title = _said("crm_title", lang, name=spec.name)
    return Document(title, tuple(_blocks(pipeline)), lang)


def _said(key: str, lang: Lang, **values: object) -> str:
    return say(f"document.{key}", **values).in_(lang)


def _blocks(pipeline: _Pipeline) -> Iterator[Block]:
    lang = pipeline.lang
    notes = ("probability", "forecast", "fields", "rules", "hubspot")
    yield Bullets(tuple(_said(f"crm_note_{note}", lang) for note in notes))
    for table in (
        _stages(pipeline),
        _required(pipeline),
        _guidance(pipeline),
        _rules(pipeline),
        _field_names(pipeline),
        _salesforce_stages(pipeline),
        _salesforce_path(pipeline),
        _salesforce_rules(pipeline),
        _hubspot_stages(pipeline),
        _hubspot_required(pipeline),
        _unmapped(pipeline),
    ):
        yield Heading(table.name)
        yield table


@dataclass(frozen=True, slots=True)
class _Rule:
    """A criterion that must hold in all of `stages`: those after the one it leads out of."""

    source: Stage
    criterion: Criterion
    stages: tuple[str, ...]


class _Pipeline:
    """The stages a deal can be in, and the rules between them.

    A deal is closed once it is won: stages after that are for service, not for the pipeline.
    """

    def __init__(self, spec: TargetSpec, lang: Lang) -> None:
        self.spec, self.lang, self.fields = spec, lang, fields(spec)
        wins = (
            n for n, s in enumerate(spec.stages) if any(a.outcome == "won" for a in s.activities)
        )
        self.open = spec.stages[: next(wins, len(spec.stages) - 1) + 1]
        self.after = spec.stages[len(self.open) :]

    def name(self, stage: Stage) -> str:
        return stage.name.in_(self.lang)

    def rules(self) -> Iterator[_Rule]:
        names = [self.name(stage) for stage in self.open]
        for number, stage in enumerate(self.open, 1):
            for criterion in stage.exit:
                yield _Rule(stage, criterion, (*names[number:], _WON))

    def needed(self, criterion: Criterion) -> tuple[Field, ...]:
        """The fields a criterion speaks of."""
        tree = feel.parse(criterion.when)
        keys = [
            *(name.id for name in feel.names(tree)),
            *(f"done:{event}" for event in feel.activities(tree)),
        ]
        return tuple(self.fields[key] for key in dict.fromkeys(keys))

    def all_needed(self, criteria: Sequence[Criterion]) -> tuple[Field, ...]:
        found = itertools.chain.from_iterable(self.needed(c) for c in criteria)
        return tuple({field.key: field for field in found}.values())


# -- for any CRM -------------------------------------------------------------------------------------


def _stages(pipeline: _Pipeline) -> Table:
    lang, keys = pipeline.lang, ("number", "stage", "definition", "probability", "sla", "why")
    lines = (
        (
            number,
            pipeline.name(stage),
            stage.definition.in_(lang),
            stage.probability,
            words.span(stage.sla, lang) or None,
            words.why(stage.probability_why, lang) if stage.probability_why else None,
        )
        for number, stage in enumerate(pipeline.open, 1)
    )
    return headed(keys, lines, lang, _said("crm_stages", lang))


def _required(pipeline: _Pipeline) -> Table:
    lang, keys = pipeline.lang, ("stage", "item", "attribute", "type", "criterion", "share", "n")
    attributes = {item.id: item.attribute for item in pipeline.spec.information}
    lines = (
        (
            pipeline.name(rule.source),
            field.label.in_(lang),
            attributes.get(field.item or ""),
            words.told(f"type_{field.type}", lang),
            rule.criterion.text.in_(lang),
            _share(rule.criterion),
            rule.criterion.why.n,
        )
        for rule in pipeline.rules()
        for field in pipeline.needed(rule.criterion)
    )
    return headed(keys, lines, lang, _said("crm_required", lang))


def _share(criterion: Criterion) -> float | None:
    share = criterion.why.estimate if criterion.why.unit == "share" else None
    return None if share is None else round(share, 3)


def _guidance(pipeline: _Pipeline) -> Table:
    lang, keys = pipeline.lang, ("stage", "activity", "required", "owner", "sla")
    lines = (
        (
            pipeline.name(stage),
            activity.name.in_(lang),
            words.told("is_required" if activity.required else "is_optional", lang),
            words.department(pipeline.spec, activity.department, lang),
            words.span(activity.sla, lang) or None,
        )
        for stage in pipeline.open
        for activity in stage.activities
    )
    return headed(keys, lines, lang, _said("crm_guidance", lang))


def _rules(pipeline: _Pipeline) -> Table:
    lang, keys = pipeline.lang, ("stage", "criterion", "expression", "holds_in", "why")
    lines = (
        (
            pipeline.name(rule.source),
            rule.criterion.text.in_(lang),
            Code(rule.criterion.when),
            words.joined(rule.stages, lang),
            words.why(rule.criterion.why, lang),
        )
        for rule in pipeline.rules()
    )
    return headed(keys, lines, lang, _said("crm_rules", lang))


def _field_names(pipeline: _Pipeline) -> Table:
    """Only the fields the rules need."""
    lang = pipeline.lang
    keys = ("item", "type", "salesforce_name", "salesforce_type", "hubspot_name", "hubspot_type")
    needed = pipeline.all_needed([rule.criterion for rule in pipeline.rules()])
    lines = (
        (
            field.label.in_(lang),
            words.told(f"type_{field.type}", lang),
            field.salesforce,
            _SALESFORCE_TYPES[field.type],
            field.hubspot,
            " / ".join(_HUBSPOT_TYPES[field.type]),
        )
        for field in needed
    )
    return headed(keys, lines, lang, _said("crm_fields", lang))


# -- Salesforce --------------------------------------------------------------------------------------


def _salesforce_stages(pipeline: _Pipeline) -> Table:
    """``StandardValue`` of the value set ``OpportunityStage``; its probability is a whole per cent."""
    head = ("fullName", "description", "probability", "forecastCategory", "closed", "won")
    lines: list[tuple[Value, ...]] = [
        (
            pipeline.name(stage),
            stage.definition.in_(pipeline.lang),
            None if stage.probability is None else round(100 * stage.probability),
            "Pipeline",
            "false",
            "false",
        )
        for stage in pipeline.open
    ]
    lines += [
        (_WON, None, 100, "Closed", "true", "true"),
        (_LOST, None, 0, "Omitted", "true", "false"),
    ]
    return Table(head, rows(lines), "Salesforce OpportunityStage")


def _salesforce_path(pipeline: _Pipeline) -> Table:
    """``PathAssistantStep`` of a path on Opportunity, StageName; a step shows five fields at most."""
    head = ("picklistValueName", "fieldNames", "info")
    lines = []
    for stage in pipeline.open:
        names = [field.salesforce for field in pipeline.all_needed(stage.exit)][:_PATH_FIELDS]
        required = [a.name.in_(pipeline.lang) for a in stage.activities if a.required]
        criteria = [criterion.text.in_(pipeline.lang) for criterion in stage.exit]
        info = "\n".join((stage.definition.in_(pipeline.lang), *required, *criteria))
        lines.append((pipeline.name(stage), ", ".join(names) or None, info))
    return Table(head, rows(lines), "Salesforce PathAssistant")


def _salesforce_rules(pipeline: _Pipeline) -> Table:
    """``ValidationRule`` on Opportunity: true is an error."""
    head = ("fullName", "active", "description", "errorConditionFormula", "errorMessage")
    lines = []
    for rule in pipeline.rules():
        try:
            condition = _salesforce_condition(pipeline, rule)
        except Unmapped:
            continue  # listed among what has no place
        told = rule.criterion.text.in_(pipeline.lang)
        message = _said("crm_message", pipeline.lang, stage=pipeline.name(rule.source), rule=told)
        name = stable_id("Gate", rule.source.id, rule.criterion.id).replace("-", "_")
        lines.append((name, "true", told, Code(condition), message[:_MESSAGE_LIMIT]))
    return Table(head, rows(lines), "Salesforce ValidationRule")


def _salesforce_condition(pipeline: _Pipeline, rule: _Rule) -> str:
    inside = [f"ISPICKVAL(StageName, {quoted(name)})" for name in rule.stages]
    place = inside[0] if len(inside) == 1 else f"OR({', '.join(inside)})"
    return f"AND({place}, {Formula(pipeline.fields).fails(rule.criterion.when)})"


# -- HubSpot -----------------------------------------------------------------------------------------


def _hubspot_stages(pipeline: _Pipeline) -> Table:
    """Stages of a deal pipeline; a probability in tenths, of which 0 and 1 mean closed."""
    head = ("label", "displayOrder", "metadata.probability")
    names = [(pipeline.name(s), _tenths(s.probability)) for s in pipeline.open]
    names += [(_WON, 1.0), (_LOST, 0.0)]
    lines = [(name, place, probability) for place, (name, probability) in enumerate(names)]
    return Table(head, rows(lines), "HubSpot pipeline")


def _tenths(probability: float | None) -> float | None:
    return None if probability is None else min(0.9, max(0.1, round(probability, 1)))


def _hubspot_required(pipeline: _Pipeline) -> Table:
    """What must be filled in to enter a stage: the exit criteria of the stage before."""
    head = ("stage", "property", "label", "type", "fieldType")
    names = [*(pipeline.name(stage) for stage in pipeline.open[1:]), _WON]
    lines = [
        (name, field.hubspot, field.label.in_(pipeline.lang), *_HUBSPOT_TYPES[field.type])
        for stage, name in zip(pipeline.open, names, strict=True)
        for field in pipeline.all_needed(stage.exit)
    ]
    return Table(head, rows(lines), "HubSpot required properties")


# -- what has no place -------------------------------------------------------------------------------


def _unmapped(pipeline: _Pipeline) -> Table:
    lang, keys = pipeline.lang, ("system", "what", "reason")
    lines = ((system, what, reason.in_(lang)) for system, what, reason in _lost(pipeline))
    return headed(keys, lines, lang, _said("crm_unmapped", lang))


def _lost(pipeline: _Pipeline) -> Iterator[tuple[str, str, Text]]:
    both = "Salesforce, HubSpot"
    for stage in pipeline.after:
        yield both, pipeline.name(stage), say("document.crm_after_win")
    for stage in pipeline.open:
        if stage.probability is None:
            yield both, pipeline.name(stage), say("document.crm_no_probability")
        if len(pipeline.all_needed(stage.exit)) > _PATH_FIELDS:
            yield "Salesforce", pipeline.name(stage), say("document.crm_path_fields")
    yield from _lost_rules(pipeline)
    for constraint in pipeline.spec.constraints:
        yield both, constraint.text.in_(pipeline.lang), say("document.crm_constraint")


def _lost_rules(pipeline: _Pipeline) -> Iterator[tuple[str, str, Text]]:
    for rule in pipeline.rules():
        told = rule.criterion.text.in_(pipeline.lang)
        try:
            Formula(pipeline.fields).holds(rule.criterion.when)
        except Unmapped as problem:
            yield "Salesforce", told, problem.reason
        if not _is_presence(feel.parse(rule.criterion.when)):
            yield "HubSpot", told, say("document.crm_presence_only")


def _is_presence(tree: feel.Expression) -> bool:
    """Whether it asks for nothing but that fields are filled or ticked."""
    match tree:
        case feel.Both(parts):
            return all(map(_is_presence, parts))
        case feel.Compare("!=", feel.Name(), feel.Literal(None)):
            return True
        case feel.Within(feel.Literal(), feel.Name(feel.DONE)):
            return True
        case _:
            return False
