"""`Communication`: who is told what, when and how, and how we see that it is taken up (沟通计划).

Audiences come from the RACI of the specification, phases from the requirements map; the messages are
data (``templates/project/communication.toml``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journeylib.documents import Block, Document, Heading, Paragraph, Table
from journeylib.goals.catalogue import family
from journeylib.goals.kpis import Kpi, kpis
from journeylib.journey import Journey
from journeylib.project.priorities import PHASES
from journeylib.project.requirement import Requirement, Requirements
from journeylib.project.wording import fact, told
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang, Text, as_dict, load_template, plain, say

PARTS = ("A", "R", "C", "I")
"""Accountable, responsible, consulted, informed."""
CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Audience:
    """Departments with this part in some stage; `part` is A, R, C, I or customer."""

    part: str
    departments: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What one audience is told in one phase; `changes` are titles of the requirements done then."""

    phase: str
    audience: Audience
    words: Text
    channel: Text
    when: Text
    feedback: Text
    changes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Communication:
    """Messages in order of time, and indicators of adoption with today's values."""

    messages: tuple[Message, ...]
    kpis: tuple[Kpi, ...]
    reason: Text | None = None

    @property
    def audiences(self) -> tuple[Audience, ...]:
        """Everybody who is told something."""
        return tuple(dict.fromkeys(message.audience for message in self.messages))

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "schema": "communication/1",
            "messages": [as_dict(message) for message in self.messages],
            "kpis": [kpi.to_dict() for kpi in self.kpis],
            "reason": plain(self.reason),
        }

    def document(self, lang: Lang = "zh") -> Document:
        """The plan to read."""
        return Document(told("communication_title", lang), tuple(_blocks(self, lang)), lang)

    def __repr__(self) -> str:
        measured = sum(kpi.fact.value is not None for kpi in self.kpis)
        return (
            f"Communication({len(self.messages)} messages to {len(self.audiences)} audiences, "
            f"{measured} of {len(self.kpis)} adoption indicators with a baseline)"
        )


def communication(found: Requirements, spec: TargetSpec, journey: Journey) -> Communication:
    """Whom the change concerns, what they are told in each phase, and how adoption is measured."""
    audiences = {audience.part: audience for audience in _audiences(spec)}
    rows = load_template("project", "communication")["message"]
    messages = tuple(_messages(rows, found, audiences)) if len(audiences) > 1 else ()
    adoption = kpis(journey, measures=family("adoption"))
    return Communication(messages, adoption, None if messages else say("project.no_raci"))


def _audiences(spec: TargetSpec) -> Iterator[Audience]:
    """Whoever is accountable or responsible anywhere; consulted and informed is who is no more."""
    parts: dict[str, set[str]] = {}
    for part in (raci for stage in spec.stages for raci in stage.raci):
        parts.setdefault(part.department, set()).add(part.part)
    for role in PARTS:
        own = [d.name for d in spec.departments if role in _heard_as(parts.get(d.id, set()))]
        if own:
            yield Audience(role, tuple(own))
    yield Audience(CUSTOMER, (say("project.customers"),))


def _heard_as(parts: Collection[str]) -> set[str]:
    return set(parts) & {"A", "R"} or {min(parts, key=PARTS.index)} if parts else set()


def _messages(
    rows: Sequence[Mapping[str, str]], found: Requirements, audiences: Mapping[str, Audience]
) -> Iterator[Message]:
    used = [phase for phase in PHASES if any(r.phase == phase for r in found)]
    for phase in ("start", *used, "end"):
        asked = phase if phase in ("start", "pilot", "end") else "each"
        for row in rows:
            if row["phase"] == asked and row["to"] in audiences:
                items = [r for r in found if r.phase == phase]
                yield _message(row, phase, audiences[row["to"]], items)


def _message(
    row: Mapping[str, str], phase: str, audience: Audience, items: Sequence[Requirement]
) -> Message:
    return Message(
        phase=phase,
        audience=audience,
        words=Text(row["zh"], row["en"]),
        channel=Text(row["channel_zh"], row["channel_en"]),
        when=Text(row["when_zh"], row["when_en"]),
        feedback=Text(row["feedback_zh"], row["feedback_en"]),
        changes=() if audience.part == CUSTOMER else tuple(item.title for item in items),
    )


# -- to read ---------------------------------------------------------------------------------------


def _blocks(plan: Communication, lang: Lang) -> Iterator[Block]:
    yield Paragraph(told("communication_intro", lang))
    if plan.reason is not None:
        yield Paragraph(plan.reason.in_(lang))
    for phase in dict.fromkeys(message.phase for message in plan.messages):
        own = [message for message in plan.messages if message.phase == phase]
        name = told(f"phase_{phase}" if phase in ("start", "end") else phase, lang)
        yield Heading(name)
        changes = [text.in_(lang) for text in own[0].changes]
        if changes:
            yield Paragraph(told("changes", lang, titles=told("semicolon", lang).join(changes)))
        yield _table(own, name, lang)
    yield Heading(told("heading_adoption", lang))
    yield kpi_table(plan.kpis, told("heading_adoption", lang), lang)


def _table(messages: Sequence[Message], name: str, lang: Lang) -> Table:
    rows = [
        (
            audience_name(message.audience, lang),
            message.words.in_(lang),
            message.channel.in_(lang),
            message.when.in_(lang),
            message.feedback.in_(lang),
        )
        for message in messages
    ]
    keys = ("audience", "message", "channel", "when", "feedback")
    return Table(tuple(told(f"head_{key}", lang) for key in keys), tuple(rows), name)


def audience_name(audience: Audience, lang: Lang) -> str:
    """Who they are, and their part."""
    names = told("list_mark", lang).join(name.in_(lang) for name in audience.departments)
    return names if audience.part == CUSTOMER else told(f"part_{audience.part}", lang, names=names)


def kpi_table(kpis: Sequence[Kpi], name: str, lang: Lang) -> Table:
    """Indicators with their definitions and today's values."""
    rows = [(k.name.in_(lang), k.definition.in_(lang), fact(k.fact).in_(lang)) for k in kpis]
    keys = ("indicator", "definition", "baseline")
    return Table(tuple(told(f"head_{key}", lang) for key in keys), tuple(rows), name)
