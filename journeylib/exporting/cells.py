"""What stands in the cells of a specification's workbook: fields in words, references by name."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from journeylib.exporting import words
from journeylib.exporting.sheets import Cell, Column, Kind, Row, choice, told
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Attainment, Provenance
from journeylib.terms import Fact, Lang, Text, normalised
from journeylib.wording import span_text


class Labels:
    """The names by which cells refer to parts; a name that occurs twice carries its id."""

    def __init__(self, spec: TargetSpec, lang: Lang) -> None:
        self.spec, self.lang = spec, lang

    @cached_property
    def by_kind(self) -> dict[str, dict[str, str]]:
        """Kind of part → its id → its label."""
        named: dict[str, list[tuple[str, Text]]] = {
            "stage": [(s.id, s.name) for s in self.spec.stages],
            "activity": [(a.id, a.name) for a in self.spec.activities],
            "department": [(d.id, d.name) for d in self.spec.departments],
            "role": [(r.id, r.name) for r in self.spec.roles],
            "item": [(i.id, i.name) for i in self.spec.information],
            "finding": [(f.id, f.title) for f in self.spec.findings],
        }
        named["place"] = named["stage"] + named["activity"]
        return {kind: self._distinct(parts) for kind, parts in named.items()}

    def _distinct(self, parts: list[tuple[str, Text]]) -> dict[str, str]:
        plain = {id: " ".join(name.in_(self.lang).split()) for id, name in parts}
        seen: dict[str, int] = {}
        for label in plain.values():
            seen[normalised(label)] = seen.get(normalised(label), 0) + 1
        return {
            id: label if label and seen[normalised(label)] == 1 else f"{label} [{id}]"
            for id, label in plain.items()
        }

    def of(self, kind: str, id: str | None) -> str:
        """The label of a part; its id where there is no such part."""
        return "" if id is None else self.by_kind[kind].get(id, id)


def cell(column: Column, row: Row, labels: Labels) -> Cell:  # noqa: C901, PLR0911 - a case a kind
    """What stands in a cell."""
    value, lang = row.value(column.path), labels.lang
    match column.kind:
        case Kind.REF:
            return _where(column, value, labels)
        case Kind.SHOWN:
            return shown(value, labels)
        case _ if value is None:
            return None
        case Kind.TEXT:
            return str(value.in_(lang))
        case Kind.OTHER:
            return str(value.in_("en" if lang == "zh" else "zh"))
        case Kind.SPAN:
            return span_text(value).in_(lang)
        case Kind.YES:
            return told("yes", lang) if value else None
        case Kind.CHOICE:
            return choice(column.of, value, lang)
        case Kind.REFS:
            return "\n".join(labels.of(column.of, id) for id in value)
        case Kind.HANDED:
            return "\n".join(labels.of(column.of, handed.item) for handed in value)
    return value  # type: ignore[no-any-return]


def _where(column: Column, id: str | None, labels: Labels) -> str | None:
    if id is None and column.path == "@stage":
        return told("everywhere", labels.lang)
    return labels.of(column.of, id) or None


def shown(value: Any, labels: Labels) -> str | None:
    """Evidence in words."""
    lang = labels.lang
    if value is None:
        return None
    if isinstance(value, Provenance):
        return words.why(value, lang)
    if isinstance(value, Fact):
        return words.fact(value, lang)
    if isinstance(value, Attainment):
        return told(f"verdict_{value.verdict}", lang) + told("colon", lang) + value.reason.in_(lang)
    return "\n".join(_line(part, labels) for part in value)


def _line(part: Any, labels: Labels) -> str:
    if isinstance(part, Text):
        return part.in_(labels.lang)
    colon = told("colon", labels.lang)
    return labels.of("item", part.item) + colon + words.why(part.why, labels.lang)
