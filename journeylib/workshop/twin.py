"""What the form shows, as a document: for readers without a kernel, and for whoever prints it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from journeylib.documents import Block, Bullets, Code, Document, Heading, Paragraph, Table
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Provenance, SlaOption, Stage
from journeylib.terms import Lang, Text, say
from journeylib.wording import span_text
from journeylib.workshop.edits import Edits
from journeylib.workshop.messages import told

Backtested = Mapping[str, Text]
"""Id of a criterion → what it would have done on the log, in words."""


def form_document(edits: Edits, lang: Lang, backtested: Backtested) -> Document:
    """Problems first; then, stage by stage, what can be edited, and what was changed."""
    return Document(edits.base.name.in_(lang), tuple(_blocks(edits, lang, backtested)), lang)


def _blocks(edits: Edits, lang: Lang, backtested: Backtested) -> Iterator[Block]:
    yield Paragraph(status(edits).in_(lang))
    yield Bullets(tuple(f"{path}: {told(problem, lang)}" for path, problem in edits.problems))
    if edits.problems:
        return
    spec = edits.spec
    for stage in spec.stages:
        yield Heading(stage.name.in_(lang))
        yield from _stage(spec, stage, lang, backtested)
    if changes := edits.diff.sentences(lang):
        yield Heading(say("form.changes_title").in_(lang))
        yield Bullets(changes)


def status(edits: Edits) -> Text:
    """Whether it is a specification, and how much was changed."""
    if edits.problems:
        return say("form.unsound", n=len(edits.problems))
    return say("form.sound", n=len(edits.diff))


def _stage(spec: TargetSpec, stage: Stage, lang: Lang, backtested: Backtested) -> Iterator[Block]:
    yield Paragraph(probability_words(stage, lang))
    head = _heads(("text", "when", "why", *(["backtest"] if backtested else [])), lang)
    rows = [
        (
            criterion.text.in_(lang),
            Code(criterion.when),
            reason_words(criterion.why, lang),
            *(
                [backtested[criterion.id].in_(lang) if criterion.id in backtested else None]
                if backtested
                else []
            ),
        )
        for criterion in stage.exit
    ]
    yield Table(head, tuple(rows), say("form.exit").in_(lang))
    activities = [
        (
            activity.name.in_(lang),
            say(f"form.{'yes' if activity.required else 'no'}").in_(lang),
            _owner(spec, activity.department, lang),
            span_text(activity.sla).in_(lang) if activity.sla else None,
            "; ".join(option_words(option, lang) for option in activity.sla_options) or None,
        )
        for activity in stage.activities
    ]
    yield Table(
        _heads(("name", "required", "owner", "sla", "option"), lang),
        tuple(activities),
        say("form.activities").in_(lang),
    )
    handovers = [
        (
            f"{_owner(spec, h.source, lang)} → {_owner(spec, h.target, lang)}",
            ", ".join(spec.item_name(item.item).in_(lang) for item in h.items),
            span_text(h.within).in_(lang) if h.within else None,
        )
        for h in stage.handovers
    ]
    yield Table(
        _heads(("pass", "items", "within"), lang),
        tuple(handovers),
        say("form.handovers").in_(lang),
    )


def _heads(keys: tuple[str, ...], lang: Lang) -> tuple[str, ...]:
    return tuple(say(f"form.head_{key}").in_(lang) for key in keys)


def _owner(spec: TargetSpec, department: str | None, lang: Lang) -> str:
    name = spec.department_name(department)
    return name.in_(lang) if name else "–"


def probability_words(stage: Stage, lang: Lang) -> str:
    """How likely a case that enters the stage is to be won, with its interval; or why nobody can say."""
    why = stage.probability_why
    if stage.probability is None or why is None or why.ci_low is None or why.ci_high is None:
        return why.reason.in_(lang) if why and why.reason else ""
    shares = {"value": stage.probability, "low": why.ci_low, "high": why.ci_high}
    words = {name: f"{share:.0%}" for name, share in shares.items()}
    return say("form.probability", n=f"{why.n or 0:,}", **words).in_(lang)


def reason_words(why: Provenance, lang: Lang) -> str:
    """A reason in short: share with interval, n, lift; or its words."""
    parts = []
    if why.estimate is not None and why.unit == "share":
        ends = f" ({why.ci_low:.0%}–{why.ci_high:.0%})" if _has_ends(why) else ""
        parts.append(f"{why.estimate:.0%}{ends}")
    if why.n is not None:
        parts.append(f"n = {why.n:,}")
    if why.lift is not None:
        parts.append(say("form.lift", x=f"{why.lift:.1f}").in_(lang))
    if not parts:
        words = why.reason or (say("form.from_workshop") if why.method == "workshop" else None)
        return words.in_(lang) if words else why.method
    return ", ".join(parts)


def _has_ends(why: Provenance) -> bool:
    return why.ci_low is not None and why.ci_high is not None


def option_words(option: SlaOption, lang: Lang) -> str:
    """A time limit to choose: where it comes from, and how many are late by it today."""
    return say(
        "form.option",
        level=say(f"form.level_{option.level}"),
        limit=span_text(option.limit),
        breach=f"{option.breach or 0:.0%}",
    ).in_(lang)
