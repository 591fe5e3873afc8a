"""`Pattern`: a named way in which selling goes wrong, and what a log must have to look for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from journeylib.findings.patterns.cases import Cases, Column, Concept, Concepts
from journeylib.findings.patterns.measure import Measure
from journeylib.findings.patterns.measures import STAGED
from journeylib.journey import Journey
from journeylib.terms import LANGS, Text, say

OPTIONAL = frozenset({"signs"})
"""Concepts that help where a log has them and are not missed where it has none."""

COVERED = 0.75
"""A lifecycle that knows fewer of the events would put them into an order that nobody follows."""

ROLES_IN_WORDS = frozenset({"resource", "department", "amount"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One pattern of a rule library: texts for people, a measure with its threshold, a tolerance.

    More than the share `tolerance` of what `measure` has in scope is a finding. `source` says where
    the threshold comes from. Unless `adopted` it is nobody's promise, and so never a test.
    """

    id: str
    kind: Literal["breakpoint", "silo"]
    name: Text
    question: Text
    definition: Text
    source: Text
    repair: Text
    tolerance: float
    measure: Measure
    adopted: bool = False

    @property
    def told(self) -> Text:
        """The definition with the numbers that are in force."""
        return _in_both(self.definition, thresholds(self.measure))

    @property
    def concepts(self) -> tuple[tuple[str, Concepts], ...]:
        """The concepts that its measure asks for, by the name of the parameter."""
        return tuple((name, value) for name, value in _typed(self.measure, "Concepts") if value)

    @property
    def columns(self) -> tuple[tuple[Column, ...], ...]:
        """The kinds of column it asks for; of each of these sets any will do."""
        one = tuple((value,) for _name, value in _typed(self.measure, "Column"))
        return one + tuple(value for _name, value in _typed(self.measure, "Columns"))

    @property
    def needs_outcome(self) -> bool:
        """Whether it can only be told of logs that know which cases are won, lost or open."""
        return any(value != "any" for _name, value in _typed(self.measure, "Outcome"))


def _typed(measure: Measure, kind: str) -> list[tuple[str, Any]]:
    """Parameters of `measure` of this type; annotations are texts, as everywhere in this package."""
    return [(f.name, getattr(measure, f.name)) for f in fields(measure) if f.type == kind]  # type: ignore[arg-type]


def thresholds(measure: Measure) -> dict[str, str]:
    """The numbers and durations of a measure, as they are written."""
    shown = {}
    for field in fields(measure):  # type: ignore[arg-type]
        value = getattr(measure, field.name)
        if value is not None and field.type in ("Span", "Span | None", "int"):
            shown[field.name] = str(value)
        elif field.type == "float":
            shown[field.name] = f"{value:.0%}" if value < 1 else f"{value:g}"
    return shown


def _in_both(text: Text, values: Mapping[str, str]) -> Text:
    return Text(*(text.in_(lang).format(**values) for lang in LANGS))


@dataclass(frozen=True, slots=True)
class Library:
    """Patterns, and the concepts of activities and kinds of columns by which they speak."""

    patterns: tuple[Pattern, ...] = ()
    concepts: tuple[Concept, ...] = ()
    kinds: tuple[Concept, ...] = ()

    def __getitem__(self, pattern_id: str) -> Pattern:
        return {pattern.id: pattern for pattern in self.patterns}[pattern_id]

    def cases(self, journey: Journey) -> Cases:
        """The journey's cases with all that those patterns ask that can be measured on it."""
        plain = Cases.of(journey, self.concepts, self.kinds)
        usable = [p for p in self.patterns if not self.missing(p, plain)]
        return plain.asking(ask for pattern in usable for ask in pattern.measure.asks())

    def needs(self, pattern: Pattern) -> list[Text]:
        """What a log must have for `pattern`, in words."""
        return [need for need, _there in self._needs(pattern, None)]

    def missing(self, pattern: Pattern, cases: Cases) -> list[Text]:
        """What of it the log lacks; nothing if `pattern` can be measured."""
        return [need for need, there in self._needs(pattern, cases) if not there]

    def _needs(self, pattern: Pattern, cases: Cases | None) -> Iterator[tuple[Text, bool]]:
        """Each need in words, and whether these cases (if any) meet it."""
        names = {concept.id: concept.name for concept in (*self.concepts, *self.kinds)}
        for name, concepts in pattern.concepts:
            if name not in OPTIONAL:
                need = _either([names[concept] for concept in concepts])
                yield need, cases is not None and cases.has(concepts)
        for kinds in pattern.columns:
            need = _column(_either([names.get(kind, _role(kind)) for kind in kinds]))
            yield need, cases is not None and any(kind in cases.columns for kind in kinds)
        if pattern.needs_outcome:
            there = cases is not None and cases.journey.outcomes.won is not None
            yield say("pattern.outcome"), there
        if isinstance(pattern.measure, STAGED):
            yield (
                say("pattern.stages", share=f"{COVERED:.0%}"),
                cases is not None and _staged(cases),
            )


def _staged(cases: Cases) -> bool:
    return len(cases.stages) > 1 and cases.journey.coverage >= COVERED


def _role(kind: Column) -> Text:
    """A canonical role in words, where it has any."""
    return say(f"pattern.role_{kind}") if kind in ROLES_IN_WORDS else Text.same(kind)


def _column(name: Text) -> Text:
    return say("pattern.column", name=name)


def _either(names: Sequence[Text]) -> Text:
    return Text("或".join(n.zh for n in names), " or ".join(n.en for n in names))


def listed(texts: Sequence[Text]) -> Text:
    """Several things in a row, as each language writes them."""
    return Text("、".join(t.zh for t in texts), ", ".join(t.en for t in texts))
