"""`Integration`: which systems must pass what to which, how often and how fast (系统集成清单)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from journeylib.documents import Block, Bullets, Code, Document, Heading, Line, Paragraph, Table
from journeylib.findings.gaps import SchemaGap
from journeylib.project.wording import fact, names, number, told
from journeylib.terms import Fact, Lang, Span, Text, as_dict, plain, stable_id
from journeylib.wording import span_text

Direction = Literal["one_way", "two_way", "same_system"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that must pass; `type` is None where the specification does not know it.

    `arrives` is the share of hand-overs after which the receiver uses it today. With `wanted` false
    it is a gap of the schema: whether the receiver shall have it is for the workshop to decide.
    """

    attribute: str
    name: Text
    type: str | None
    wanted: bool
    arrives: Fact


@dataclass(frozen=True, slots=True)
class Link:
    """What passes from one department to another, and between which systems.

    Unknown is None: systems where the log names none (`reason`), departments where only systems are
    known to be apart. `volume` is hand-overs a week, `latency` the time the specification allows;
    `key` is what records are matched on, `match` how often they can be today.
    """

    source: str | None
    target: str | None
    source_system: str | None
    target_system: str | None
    direction: Direction | None
    fields: tuple[Field, ...]
    volume: Fact
    latency: Span | None
    key: str | None
    match: Fact
    evidence: tuple[str, ...] = ()
    reason: Text | None = None

    @property
    def id(self) -> str:
        """Stable over new data: departments and systems alone."""
        ends = (self.source, self.target, self.source_system, self.target_system)
        return stable_id("i", *(end or "" for end in ends))

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        fields = {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}
        return {"id": self.id} | fields | {"latency": str(self.latency) if self.latency else None}


@dataclass(frozen=True)
class Integration:
    """All links, the most frequent first; `reason` says why there are none.

    `undecided` are fields that a department without a link never shows; `rare` counts hand-overs
    between pairs of systems too rare to list.
    """

    links: tuple[Link, ...]
    undecided: tuple[SchemaGap, ...] = ()
    rare: int = 0
    reason: Text | None = None

    @property
    def between_systems(self) -> tuple[Link, ...]:
        """The links that need an interface: from one known system to another."""
        return tuple(link for link in self.links if link.direction in ("one_way", "two_way"))

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "schema": "integration/1",
            "links": [link.to_dict() for link in self.links],
            "undecided": [as_dict(gap) for gap in self.undecided],
            "rare": self.rare,
            "reason": plain(self.reason),
        }

    def document(self, lang: Lang = "zh") -> Document:
        """The integration list to read."""
        return Document(told("integration_title", lang), tuple(_blocks(self, lang)), lang)

    def __repr__(self) -> str:
        fields = sum(field.wanted for link in self.links for field in link.fields)
        between = len(self.between_systems)
        return f"Integration({len(self.links)} links, {between} between systems, {fields} fields)"


# -- to read ---------------------------------------------------------------------------------------


_COLUMNS = (
    "systems", "departments", "direction", "fields", "volume", "latency", "key", "match", "evidence",
)  # fmt: skip


def _blocks(found: Integration, lang: Lang) -> Iterator[Block]:
    yield Paragraph(told("integration_intro", lang))
    if found.reason is not None:
        yield Paragraph(found.reason.in_(lang))
    head = tuple(told(f"head_{key}", lang) for key in _COLUMNS)
    yield Table(
        head, tuple(_row(link, lang) for link in found.links), told("integration_title", lang)
    )
    if any(link.match.value is None for link in found.between_systems):
        yield Paragraph(told("match_note", lang))
    if found.links:
        yield Heading(told("heading_fields", lang))
        yield _field_table(found, lang)
    if found.rare:
        yield Paragraph(told("rare", lang, n=f"{found.rare:,}"))
    if found.undecided:
        yield Heading(told("heading_undecided", lang))
        yield Bullets(tuple(_gap(gap, lang) for gap in found.undecided))


def _row(link: Link, lang: Lang) -> tuple[Line | None, ...]:
    ids = tuple(piece for id in link.evidence for piece in (Code(id), " "))
    return (
        _ends(link.source_system, link.target_system, lang),
        _ends(link.source, link.target, lang),
        told(f"direction_{link.direction}", lang) if link.direction else None,
        names(f.name.in_(lang) for f in link.fields if f.wanted).in_(lang) or None,
        _told(link.volume, lang),
        span_text(link.latency).in_(lang) if link.latency else told("no_limit", lang),
        link.key,
        None if link.direction == "same_system" else fact(link.match).in_(lang),
        ids or None,
    )


def _ends(source: str | None, target: str | None, lang: Lang) -> str:
    unknown = told("unknown", lang)
    return (
        unknown
        if source is None and target is None
        else f"{source or unknown} → {target or unknown}"
    )


def _told(volume: Fact, lang: Lang) -> str:
    if volume.value is None:
        return fact(volume).in_(lang)
    return told("per_week", lang, value=number(volume.value, ""), n=f"{volume.n:,}")


def _field_table(found: Integration, lang: Lang) -> Table:
    rows = [
        (
            _ends(link.source, link.target, lang),
            _ends(link.source_system, link.target_system, lang),
            field.name.in_(lang),
            told(f"type_{field.type}", lang) if field.type else told("type_unknown", lang),
            told("wanted" if field.wanted else "to_decide", lang),
            fact(field.arrives).in_(lang),
        )
        for link in found.links
        for field in link.fields
    ]
    keys = ("departments", "systems", "field", "type", "status", "arrives")
    head = tuple(told(f"head_{key}", lang) for key in keys)
    return Table(head, tuple(rows), told("heading_fields", lang))


def _gap(gap: SchemaGap, lang: Lang) -> str:
    return told("gap", lang, source=gap.source, target=gap.target, attribute=gap.attribute,
                n=f"{gap.handovers:,}")  # fmt: skip
