"""Reading rule libraries, and what a rules file makes of them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from journeylib.errors import TemplateError
from journeylib.findings.patterns.cases import OUTCOMES, Concept
from journeylib.findings.patterns.entries import Place
from journeylib.findings.patterns.measure import Measure
from journeylib.findings.patterns.measures import MEASURES
from journeylib.findings.patterns.pattern import Library, Pattern, thresholds
from journeylib.log import ROLES
from journeylib.terms import Text, load_template

_TEXTS = ("name", "question", "definition", "source", "repair")
_OWN = ("id", "measure", "kind", "tolerance", *_TEXTS)
_ID = re.compile(r"[a-z][a-z0-9_]*")


def load_library(names: Sequence[str | Path], asked_by: str = "") -> Library:
    """The rule libraries of these names (shipped, or files) as one; `asked_by` is the file naming them.

    A later one may use the concepts of those before it, and replace patterns of the same id.
    """
    if not isinstance(names, list):
        raise TemplateError(f'{asked_by}: $.libraries: {names!r} is no list such as ["sales"].')
    library = Library()
    for name in names:
        file = Place(Path(name).name)
        library = _extended(library, load_template("rules", name), "pattern", file)
        file.settle()
    return library


def adopting(library: Library, raw: Mapping[str, Any], file: str) -> Library:
    """`library` as a rules file adopts it.

    ``adopt = ["id", …]`` makes a test of a pattern as it is; a ``[[rule]]`` with a pattern's ``id``
    does so with other numbers; one with a new id is a pattern of one's own, written like those of a
    library (its texts may be left out), with ``[concepts]`` and ``[columns]`` of one's own if need be.
    """
    top = Place(file)
    library = _extended(library, raw, "rule", top)
    ids = [pattern.id for pattern in library.patterns]
    adopted = top.at("adopt").names(raw["adopt"], ids, "pattern") if raw.get("adopt") else ()
    top.settle()
    return dataclasses.replace(
        library,
        patterns=tuple(
            dataclasses.replace(p, adopted=p.adopted or p.id in adopted) for p in library.patterns
        ),
    )


def _extended(library: Library, raw: Mapping[str, Any], key: str, top: Place) -> Library:
    """`library` with the concepts, columns and patterns of one file, its own replacing namesakes."""
    library = dataclasses.replace(
        library,
        concepts=_merged(library.concepts, _concepts(raw.get("concepts", {}), top.at("concepts"))),
        kinds=_merged(library.kinds, _concepts(raw.get("columns", {}), top.at("columns"))),
    )
    found = {pattern.id: pattern for pattern in library.patterns}
    seen: set[str] = set()
    for i, entry in enumerate(top.at(key).tables(raw.get(key, []))):
        here = top.at(key).at(i)
        name = _identifier(entry, seen, here)
        pattern = _pattern(library, entry, name, found.get(name), here)
        if pattern:
            found[name] = dataclasses.replace(pattern, adopted=key == "rule")
    return dataclasses.replace(library, patterns=tuple(found.values()))


def _identifier(entry: Mapping[str, Any], seen: set[str], here: Place) -> str:
    name = str(entry.get("id", ""))
    if not _ID.fullmatch(name):
        here.at("id").wrong(f"{name!r} is no id; use small Latin letters, digits and _.")
    if name in seen:
        here.at("id").wrong(f"{name!r} is there twice.")
    seen.add(name)
    return name


def _merged(have: Sequence[Concept], own: Iterator[Concept]) -> tuple[Concept, ...]:
    return tuple({concept.id: concept for concept in (*have, *own)}.values())


def _concepts(raw: Any, top: Place) -> Iterator[Concept]:
    """``name = ["word", …]`` or ``name = { zh = "…", en = "…", words = […] }``."""
    for name, entry in top.table(raw).items():
        here = top.at(name)
        parts = entry if isinstance(entry, Mapping) else {"words": entry}
        for part in parts:
            here.at(part).word(part, ("zh", "en", "words"), "entry")
        if not _ID.fullmatch(name):
            here.wrong("use small Latin letters, digits and _ in a name.")
        words = here.words(parts.get("words"))
        text = Text(str(parts.get("zh", name)), str(parts.get("en", name)))
        yield Concept(name, text, words, top.file)


# -- one pattern -----------------------------------------------------------------------------------


def _pattern(
    library: Library, entry: Mapping[str, Any], name: str, base: Pattern | None, here: Place
) -> Pattern | None:
    """The pattern that `entry` describes, or `base` as it changes it; None if something is wrong."""
    before = len(here.problems)
    told = entry.get("measure")
    kind: Any = type(base.measure) if base and told is None else MEASURES.get(str(told))
    if kind is None:
        here.at("measure").word(told, MEASURES, "measure")
        return None
    for word in entry:
        here.at(word).word(word, (*_OWN, *(f.name for f in fields(kind))), "entry")
    parts: dict[str, Any] = {
        "kind": _kind(entry, base, here),
        "tolerance": _tolerance(entry, base, here),
        **{key: _text(entry, key, name, base, here) for key in _TEXTS},
    }
    measure = _measure(library, entry, kind, base, here)
    if measure is None or len(here.problems) > before:
        return None
    pattern = Pattern(id=name, measure=measure, **parts)
    return pattern if _tells(pattern, here) else None


def _kind(entry: Mapping[str, Any], base: Pattern | None, here: Place) -> str:
    value = entry.get("kind", base.kind if base else "breakpoint")
    return here.at("kind").word(value, ("breakpoint", "silo"), "kind")


def _tolerance(entry: Mapping[str, Any], base: Pattern | None, here: Place) -> float:
    return here.at("tolerance").share(entry.get("tolerance", base.tolerance if base else None))


def _text(entry: Mapping[str, Any], key: str, name: str, base: Pattern | None, here: Place) -> Text:
    """A text; one that is left out is that of the pattern it changes, or the id."""
    if key in entry:
        return here.at(key).text(entry[key])
    kept: Text = getattr(base, key) if base else Text.same(name)
    return kept


def _tells(pattern: Pattern, here: Place) -> bool:
    """Whether the ``{fields}`` of the definition are numbers of the measure."""
    try:
        _ = pattern.told
    except (KeyError, IndexError, ValueError) as problem:
        have = ", ".join(thresholds(pattern.measure)) or "none"
        here.at("definition").wrong(f"cannot fill in {problem}; its numbers are: {have}.")
        return False
    return True


def _measure(
    library: Library,
    entry: Mapping[str, Any],
    kind: type[Any],
    base: Pattern | None,
    here: Place,
) -> Measure | None:
    """The measure with the parameters of `entry`, the others as in `base` or by default."""
    same = base is not None and isinstance(base.measure, kind)
    given = {f.name: getattr(base.measure, f.name) for f in fields(kind)} if base and same else {}
    for f in fields(kind):
        if f.name in entry:
            given[f.name] = _value(library, entry[f.name], str(f.type), here.at(f.name))
        elif f.name not in given and f.default is dataclasses.MISSING:
            here.wrong(f"{f.name!r} is missing.")
            return None
    made: Measure = kind(**given)
    return made


def _value(library: Library, value: Any, kind: str, here: Place) -> Any:
    """One parameter, by the type that its measure declares for it."""
    concepts = [concept.id for concept in library.concepts]
    columns = [*ROLES, *(column.id for column in library.kinds)]
    readers: Mapping[str, Callable[[], Any]] = {
        "Concepts": lambda: here.names(value, concepts, "concept"),
        "Columns": lambda: here.names(value, columns, "column"),
        "Column": lambda: here.word(value, columns, "column"),
        "Outcome": lambda: here.word(value, OUTCOMES, "outcome"),
        "Span": lambda: here.span(value),
        "Span | None": lambda: here.span(value),
        "bool": lambda: here.truth(value),
        "int": lambda: here.number(value, whole=True),
        "float": lambda: here.number(value),
    }
    return readers[kind]()
