"""`Requirements`: what has to be done, ranked and phased, each with the findings that ask for it.

Importance × urgency, MoSCoW, weighted shortest job first and phases are proposals: thresholds are data
(`Planning`), and what the workshop decides otherwise is kept and told (`overrides`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from journeylib.documents import Block, Bullets, Code, Document, Heading, Paragraph, Table, Value
from journeylib.findings.finding import Confidence, Finding
from journeylib.project.overrides import Overridden, Override, shown
from journeylib.project.planning import Kind, Planning
from journeylib.project.priorities import PHASES, PRIORITIES, Phase, Priority
from journeylib.project.repairs import LeftOut
from journeylib.project.scoring import Quadrant, Score, Wsjf
from journeylib.project.wording import measured, number, told
from journeylib.terms import Fact, Lang, Text, as_dict, plain, say


@dataclass(frozen=True, slots=True)
class Evidence:
    """A finding that asks for a requirement, in short; `gain` in hours of customers' waiting."""

    finding: str
    title: Text
    type: str
    confidence: Confidence
    n: int
    estimate: float | None
    unit: str
    ci_low: float | None
    ci_high: float | None
    gain: float | None

    @classmethod
    def of(cls, finding: Finding) -> Evidence:
        """Of a finding."""
        fields = (
            "title",
            "type",
            "confidence",
            "n",
            "estimate",
            "unit",
            "ci_low",
            "ci_high",
            "gain",
        )
        return cls(finding.id, **{name: getattr(finding, name) for name in fields})

    @property
    def text(self) -> Text:
        """Title and size, in words."""
        size = measured(self.estimate, self.unit, self.n, self.ci_low, self.ci_high)
        return say("project.evidence", title=self.title, size=size)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing to do. `id` is stable over new data: it depends on what is done, and where, alone.

    `gain` is what the findings promise, in hours of customers' waiting, unless it only supports
    others (`supports`). `needs` are ids of requirements that come before or with it, `goals` ids of
    the goals it serves, `phase` is None for what is not done this time.
    """

    id: str
    repair: str
    kind: Kind
    title: Text
    stage: str | None
    evidence: tuple[Evidence, ...]
    gain: Fact
    importance: Score
    urgency: Score
    quadrant: Quadrant | None
    size: str
    wsjf: Wsjf | None
    priority: Priority
    phase: Phase | None
    needs: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        names = self.__dataclass_fields__
        fields = {name: plain(getattr(self, name)) for name in names}
        return fields | {"score": plain(self.wsjf.score) if self.wsjf else None}


@dataclass(frozen=True)
class Requirements:
    """The requirements map (需求地图), in order of work.

    `overridden` logs what people decided otherwise, `orphans` are overrides of requirements that the
    data no longer ask for, `conflicts` tell where decisions contradict each other, and `left_out` are
    findings that became no requirement. `effort` is in units of the T-shirt sizes.
    """

    items: tuple[Requirement, ...]
    overridden: tuple[Overridden, ...]
    orphans: tuple[Override, ...]
    conflicts: tuple[Text, ...]
    left_out: tuple[LeftOut, ...]
    lowered: tuple[str, ...]
    planning: Planning

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, requirement_id: str) -> Requirement:
        for item in self.items:
            if item.id == requirement_id:
                return item
        raise KeyError(requirement_id)

    def of(self, priority: Priority) -> tuple[Requirement, ...]:
        """Those of one priority, in order of work."""
        return tuple(item for item in self.items if item.priority == priority)

    def effort(self, *priorities: Priority) -> float:
        """Effort of these priorities, in units of the T-shirt sizes."""
        sizes = self.planning.sizes
        return sum(sizes[item.size] for item in self.items if item.priority in priorities)

    @property
    def must_share(self) -> float | None:
        """Share of the effort that is Must; None where nothing is to be done."""
        total = self.effort("must", "should", "could")
        return self.effort("must") / total if total else None

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "schema": "requirements/1",
            "must_share": plain(self.must_share),
            "requirements": [item.to_dict() for item in self.items],
            "overridden": [as_dict(one) | {"text": one.text.to_dict()} for one in self.overridden],
            "orphans": [as_dict(one) for one in self.orphans],
            "conflicts": [text.to_dict() for text in self.conflicts],
            "lowered": list(self.lowered),
            "left_out": [as_dict(one) for one in self.left_out],
        }

    def document(self, lang: Lang = "zh") -> Document:
        """The requirements map to read: matrix, list, evidence, decisions."""
        return Document(told("requirements_title", lang), tuple(_blocks(self, lang)), lang)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.of(p))} {p}" for p in PRIORITIES)
        return f"Requirements({len(self)}: {counts}; {len(self.overridden)} overridden)"


# -- to read ---------------------------------------------------------------------------------------


def _blocks(found: Requirements, lang: Lang) -> Iterator[Block]:
    yield Paragraph(told("requirements_intro", lang))
    yield Paragraph(_effort_told(found, lang))
    yield Heading(told("heading_matrix", lang))
    yield _matrix(found, lang)
    yield Heading(told("heading_list", lang))
    yield _list(found, lang)
    yield Heading(told("heading_phases", lang))
    yield Bullets(tuple(_phase_lines(found, lang)))
    yield Heading(told("heading_evidence", lang))
    yield _evidence(found, lang)
    decisions = [one.text.in_(lang) for one in found.overridden]
    gone = [told("orphan", lang, id=o.id, field=told(f"head_{o.field}", lang), value=shown(o.value),
                 because=o.because) for o in found.orphans]  # fmt: skip
    conflicts = [text.in_(lang) for text in found.conflicts]
    if decisions or gone or conflicts:
        yield Heading(told("heading_decisions", lang))
        yield Bullets((*decisions, *gone, *conflicts))
    if found.left_out:
        yield Heading(told("heading_left_out", lang))
        yield Bullets(tuple(_left_out(one, lang) for one in found.left_out))


def _effort_told(found: Requirements, lang: Lang) -> str:
    share = found.must_share
    if share is None:
        return told("no_requirement", lang)
    most = found.planning.moscow.must_effort
    shares = {"share": number(share, "share"), "limit": number(most, "share")}
    lowered = told("lowered", lang, n=len(found.lowered)) if found.lowered else ""
    over = told("over_limit", lang) if share > most + 1e-9 else ""
    return told("must_share", lang, **shares) + lowered + over


def _matrix(found: Requirements, lang: Lang) -> Table:
    quadrants: tuple[Quadrant | None, ...] = ("do_first", "plan", "settle", "later", None)
    rows = []
    for quadrant in quadrants:
        inside = [item for item in found if item.quadrant == quadrant]
        titles = told("semicolon", lang).join(item.title.in_(lang) for item in inside)
        if inside:
            name = told(f"quadrant_{quadrant or 'unknown'}", lang)
            rows.append((name, len(inside), titles))
    head = tuple(told(f"head_{key}", lang) for key in ("quadrant", "count", "requirements"))
    return Table(head, tuple(rows), told("heading_matrix", lang))


_COLUMNS = (
    "requirement", "kind", "importance", "urgency", "priority", "size", "wsjf", "phase", "why", "id",
)  # fmt: skip


def _list(found: Requirements, lang: Lang) -> Table:
    head = tuple(told(f"head_{key}", lang) for key in _COLUMNS)
    return Table(head, tuple(_row(item, lang) for item in found), told("heading_list", lang))


def _row(item: Requirement, lang: Lang) -> tuple[Value, ...]:
    reasons = (item.importance.how, item.urgency.how)
    return (
        item.title.in_(lang),
        told(f"kind_{item.kind}", lang),
        _whole(item.importance.value),
        _whole(item.urgency.value),
        told(item.priority, lang),
        item.size,
        round(item.wsjf.score, 2) if item.wsjf else None,
        told(item.phase, lang) if item.phase else None,
        told("semicolon", lang).join(text.in_(lang) for text in reasons),
        Code(item.id),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _phase_lines(found: Requirements, lang: Lang) -> Iterator[str]:
    for phase in PHASES:
        inside = [item.title.in_(lang) for item in found if item.phase == phase]
        if inside:
            titles = told("semicolon", lang).join(inside)
            yield told("phase_line", lang, phase=told(phase, lang), n=len(inside), titles=titles)
    put_off = [item.title.in_(lang) for item in found if item.phase is None]
    if put_off:
        titles = told("semicolon", lang).join(put_off)
        yield told("phase_line", lang, phase=told("wont", lang), n=len(put_off), titles=titles)


def _evidence(found: Requirements, lang: Lang) -> Table:
    rows = [
        (
            item.title.in_(lang),
            one.title.in_(lang),
            told(f"confidence_{one.confidence}", lang),
            measured(one.estimate, one.unit, None, one.ci_low, one.ci_high).in_(lang),
            one.n,
            None if one.gain is None else number(one.gain, "h").in_(lang),
            Code(one.finding),
        )
        for item in found
        if not item.supports
        for one in item.evidence
    ]
    keys = ("requirement", "finding", "confidence", "size_of", "n", "gain", "id")
    head = tuple(told(f"head_{key}", lang) for key in keys)
    return Table(head, tuple(rows), told("heading_evidence", lang))


def _left_out(one: LeftOut, lang: Lang) -> tuple[str | Code, ...]:
    return told("left_out", lang, title=one.title, reason=one.reason), Code(one.finding)
