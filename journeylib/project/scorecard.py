"""`Scorecard`: weighted criteria for choosing a tool, filled from the requirements map (选型评分表).

What the requirements ask is weighted by their importance; the other criteria are data. Scores are left
to people; the workbook that computes the weighted sum is `exporting.scorecard`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from journeylib.documents import Block, Code, Document, Line, Paragraph, Table
from journeylib.project.requirement import Requirement, Requirements
from journeylib.project.wording import told
from journeylib.terms import Lang, Text, as_dict, load_template, say

Group = Literal["functional", "integration", "data", "extensibility", "usability", "cost", "vendor"]
GROUPS: tuple[Group, ...] = (
    "functional", "integration", "data", "extensibility", "usability", "cost", "vendor",
)  # fmt: skip
_OF_KIND: Mapping[str, Group] = {"integration": "integration", "data": "data"}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing to score: its weight (None: for the workshop to set), and how to check it.

    `requirement` is the id of the requirement it comes from, `evidence` the findings behind that.
    """

    group: Group
    words: Text
    weight: float | None
    check: Text
    requirement: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scorecard:
    """Criteria by group; scores run from 0 to `best`. A vendor is a name, or None for a blank column."""

    criteria: tuple[Criterion, ...]
    vendors: tuple[str | None, ...]
    best: int
    left_out: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "schema": "scorecard/1",
            "best": self.best,
            "vendors": list(self.vendors),
            "criteria": [as_dict(criterion) for criterion in self.criteria],
            "left_out": list(self.left_out),
        }

    def document(self, lang: Lang = "zh") -> Document:
        """The criteria to read; scores are put into the workbook."""
        return Document(told("scorecard_title", lang), tuple(_blocks(self, lang)), lang)

    def __repr__(self) -> str:
        weights = sum(criterion.weight or 0.0 for criterion in self.criteria)
        return (
            f"Scorecard({len(self.criteria)} criteria in {len({c.group for c in self.criteria})} "
            f"groups, weights {weights:.6g}, {len(self.vendors)} vendors)"
        )


def scorecard(found: Requirements, vendors: Sequence[str] = ()) -> Scorecard:
    """The scorecard for tools that shall meet the requirements `found`.

    Requirements of training, and those not done this time, are no criteria (`left_out`, ids).
    """
    rules = load_template("project", "scorecard")
    asked = [r for r in found if _is_asked(r)]
    criteria = [*_from_requirements(asked, rules["requirements"]), *_fixed(rules["criterion"])]
    return Scorecard(
        criteria=tuple(sorted(criteria, key=_order)),
        vendors=tuple(vendors) or (None,) * rules["vendors"],
        best=rules["best"],
        left_out=tuple(r.id for r in found if not _is_asked(r)),
    )


def _is_asked(one: Requirement) -> bool:
    return one.kind != "training" and one.priority != "wont"


def _order(criterion: Criterion) -> tuple[Any, ...]:
    return GROUPS.index(criterion.group), -(criterion.weight or 0.0), criterion.requirement or ""


def _from_requirements(asked: Sequence[Requirement], total: float) -> Iterator[Criterion]:
    weights = dealt([r.importance.value for r in asked], total)
    for one, weight in zip(asked, weights, strict=True):
        yield Criterion(
            group=_OF_KIND.get(one.kind, "functional"),
            words=one.title,
            weight=weight,
            check=say(f"project.check_{one.kind}"),
            requirement=one.id,
            evidence=tuple(evidence.finding for evidence in one.evidence),
        )


def _fixed(criteria: Sequence[Mapping[str, Any]]) -> Iterator[Criterion]:
    for one in criteria:
        check = Text(one["check_zh"], one["check_en"])
        yield Criterion(one["group"], Text(one["zh"], one["en"]), float(one["weight"]), check)


def dealt(shares: Sequence[float | None], total: float) -> list[float | None]:
    """`total` dealt out by `shares` in tenths, by largest remainders; unknown shares get None.

    >>> dealt([1, 1, None, 1], 10)
    [3.4, 3.3, None, 3.3]
    """
    known = {place: share for place, share in enumerate(shares) if share is not None}
    tenths, whole = round(total * 10), sum(known.values())
    if not whole:
        return [None] * len(shares)
    exact = {place: share / whole * tenths for place, share in known.items()}
    units = {place: math.floor(value) for place, value in exact.items()}
    by_rest = sorted(exact, key=lambda place: (units[place] - exact[place], place))
    for place in by_rest[: tenths - sum(units.values())]:
        units[place] += 1
    return [units[place] / 10 if place in units else None for place in range(len(shares))]


# -- to read ---------------------------------------------------------------------------------------


def _blocks(card: Scorecard, lang: Lang) -> Iterator[Block]:
    yield Paragraph(told("scorecard_intro", lang, best=card.best))
    keys = ("group", "criterion", "weight", "check", "evidence")
    head = tuple(told(f"head_{key}", lang) for key in keys)
    yield Table(head, tuple(_row(c, lang) for c in card.criteria), told("scorecard_title", lang))
    if any(criterion.weight is None for criterion in card.criteria):
        yield Paragraph(told("weight_missing", lang))


def _row(criterion: Criterion, lang: Lang) -> tuple[Line | float | None, ...]:
    ids = tuple(piece for id in criterion.evidence for piece in (Code(id), " "))
    return (
        told(f"group_{criterion.group}", lang),
        criterion.words.in_(lang),
        criterion.weight,
        criterion.check.in_(lang),
        ids or None,
    )
