"""Reading rule libraries: every problem of a file is told at once, with its path and the way out."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from journeylib.errors import TemplateError, UsageError, did_you_mean
from journeylib.findings.patterns.cases import OUTCOMES, Concept
from journeylib.findings.patterns.measures import MEASURES, Measure
from journeylib.findings.patterns.pattern import Library, Pattern, thresholds
from journeylib.log import ROLES
from journeylib.terms import Span, Text, load_template

_TEXTS = ("name", "question", "definition", "source", "repair")
_OWN = ("id", "measure", "kind", "tolerance", *_TEXTS)
_ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class _Checked:
    """Collects what is wrong, each with its path in the file, instead of stopping at the first."""

    file: str
    problems: list[str] = field(default_factory=list)

    def say(self, path: str, problem: str) -> None:
        self.problems.append(f"{self.file}: {path}: {problem}")

    def known(self, word: str, have: Iterable[str], path: str, what: str) -> bool:
        have = list(have)
        if word not in have:
            self.say(path, f"unknown {what} {word!r}.{did_you_mean(word, have)}")
        return word in have

    def done(self) -> None:
        if self.problems:
            raise TemplateError("\n".join(self.problems))


def load_library(names: Sequence[str | Path]) -> Library:
    """The rule libraries of these names (shipped, or files) as one; later ones may use the concepts
    of those before."""
    library = Library()
    for name in names:
        raw = load_template("rules", name)
        library = _extended(library, raw, "pattern", _Checked(str(name)))
    return library


def adopting(library: Library, raw: Mapping[str, Any], file: str) -> Library:
    """`library` as the rules of `file` adopt it.

    ``adopt = ["id", …]`` makes a test of a pattern as it is; a ``[[rule]]`` of a pattern's ``id`` does
    so with other numbers; one with a new id is a pattern of one's own, written like those of a library
    (texts may be left out), with ``[concepts]`` and ``[columns]`` of one's own if need be.
    """
    checked = _Checked(file)
    library = _extended(library, raw, "rule", checked)
    ids = {pattern.id for pattern in library.patterns}
    adopted = raw.get("adopt", [])
    if not isinstance(adopted, list):
        checked.say("$.adopt", f"{adopted!r} is no list of patterns.")
        adopted = []
    for i, word in enumerate(adopted):
        checked.known(str(word), ids, f"$.adopt[{i}]", "pattern")
    checked.done()
    return dataclasses.replace(
        library,
        patterns=tuple(
            dataclasses.replace(p, adopted=True) if p.id in adopted else p
            for p in library.patterns
        ),
    )


def _extended(library: Library, raw: Mapping[str, Any], key: str, checked: _Checked) -> Library:
    """`library` with the concepts, columns and patterns of one file, its own replacing namesakes."""
    library = dataclasses.replace(
        library,
        concepts=_merged(library.concepts, _concepts(raw, "concepts", checked)),
        kinds=_merged(library.kinds, _concepts(raw, "columns", checked)),
    )
    entries, seen = raw.get(key, []), set()
    found = {pattern.id: pattern for pattern in library.patterns}
    for i, entry in enumerate(entries):
        path = f"$.{key}[{i}]"
        if str(entry.get("id")) in seen:
            checked.say(path, f"there is already a {key} {entry['id']!r} in this file.")
        seen.add(str(entry.get("id")))
        pattern = _pattern(library, entry, found.get(entry.get("id", "")), path, checked)
        if pattern:
            found[pattern.id] = dataclasses.replace(pattern, adopted=key == "rule")
    checked.done()
    return dataclasses.replace(library, patterns=tuple(found.values()))


def _merged(have: Sequence[Concept], own: Sequence[Concept]) -> tuple[Concept, ...]:
    return tuple({concept.id: concept for concept in (*have, *own)}.values())


def _concepts(raw: Mapping[str, Any], key: str, checked: _Checked) -> list[Concept]:
    found = []
    for name, entry in raw.get(key, {}).items():
        path = f"$.{key}.{name}"
        if not isinstance(entry, Mapping):
            entry = {"words": entry}
        words = entry.get("words")
        for unknown in set(entry) - {"zh", "en", "words"}:
            checked.known(unknown, ("zh", "en", "words"), path, "entry")
        if not _ID.fullmatch(name):
            checked.say(path, "use small Latin letters, digits and _ only.")
        if not _are_words(words):
            checked.say(path, f'{words!r} is no list of words such as ["quote"].')
            continue
        text = Text(str(entry.get("zh", words[0])), str(entry.get("en", words[0])))
        found.append(Concept(name, text, tuple(words), checked.file))
    return found


def _are_words(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(word, str) and word.strip() for word in value)
    )


# -- one pattern -----------------------------------------------------------------------------------


def _pattern(
    library: Library,
    entry: Mapping[str, Any],
    base: Pattern | None,
    path: str,
    checked: _Checked,
) -> Pattern | None:
    """The pattern that `entry` describes, or `base` as it changes it; None if something is wrong."""
    before = len(checked.problems)
    name = entry.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        checked.say(path, f"{name!r} is no id; use small Latin letters, digits and _.")
        return None
    kind = MEASURES.get(str(entry.get("measure", "")), type(base.measure) if base else None)
    if kind is None or ("measure" in entry and entry["measure"] not in MEASURES):
        checked.known(str(entry.get("measure", "")), MEASURES, f"{path}.measure", "measure")
        return None
    for word in entry:
        checked.known(word, (*_OWN, *_names(kind)), f"{path}.{word}", "entry")
    measure = _measure(library, entry, kind, base, path, checked)
    texts = {key: _text(entry, key, base, path, checked) for key in _TEXTS}
    own = {
        "kind": _choice(entry, "kind", ("breakpoint", "silo"), base, path, checked),
        "tolerance": _tolerance(entry, base, path, checked),
    }
    if measure is None or len(checked.problems) > before:
        return None
    pattern = Pattern(id=name, measure=measure, **texts, **own)
    return pattern if _tells(pattern, path, checked) else None


def _names(kind: type[Any]) -> list[str]:
    return [f.name for f in fields(kind)]


def _tells(pattern: Pattern, path: str, checked: _Checked) -> bool:
    """Whether the ``{fields}`` of the definition are numbers of the measure."""
    try:
        _ = pattern.told
    except (KeyError, IndexError, ValueError) as problem:
        have = ", ".join(thresholds(pattern.measure)) or "none"
        checked.say(f"{path}.definition", f"cannot fill in {problem}; numbers are: {have}.")
        return False
    return True


def _measure(
    library: Library,
    entry: Mapping[str, Any],
    kind: type[Any],
    base: Pattern | None,
    path: str,
    checked: _Checked,
) -> Measure | None:
    same = base is not None and type(base.measure) is kind
    given: dict[str, Any] = {}
    for f in fields(kind):
        if f.name in entry:
            given[f.name] = _value(library, entry[f.name], str(f.type), f"{path}.{f.name}", checked)
        elif same and base:
            given[f.name] = getattr(base.measure, f.name)
        elif f.default is dataclasses.MISSING:
            checked.say(path, f"{f.name!r} is missing.")
            return None
    made: Measure = kind(**given)
    return made


def _value(library: Library, value: Any, kind: str, path: str, checked: _Checked) -> Any:
    """One parameter, by the type that its measure declares."""
    if kind in ("Concepts", "Columns"):
        return _several(library, value, kind, path, checked)
    readers: Mapping[str, Callable[[], Any]] = {
        "Column": lambda: _one_of(value, _columns(library), "column", path, checked),
        "Outcome": lambda: _one_of(value, OUTCOMES, "outcome", path, checked),
        "Span": lambda: _span(value, path, checked),
        "Span | None": lambda: _span(value, path, checked),
        "bool": lambda: _typed(value, bool, "true or false", path, checked),
        "int": lambda: _typed(value, int, "a whole number", path, checked),
        "float": lambda: _typed(value, int | float, "a number", path, checked),
    }
    return readers[kind]()


def _columns(library: Library) -> list[str]:
    return [*ROLES, *(kind.id for kind in library.kinds)]


def _several(
    library: Library, value: Any, kind: str, path: str, checked: _Checked
) -> tuple[str, ...]:
    if not _are_words(value):
        checked.say(path, f'{value!r} is no list of names such as ["quote"].')
        return ()
    concepts = [concept.id for concept in library.concepts]
    have, what = (concepts, "concept") if kind == "Concepts" else (_columns(library), "column")
    for i, word in enumerate(value):
        checked.known(word, have, f"{path}[{i}]", what)
    return tuple(value)


def _one_of(value: Any, have: Sequence[str], what: str, path: str, checked: _Checked) -> str:
    checked.known(str(value), have, path, what)
    return str(value)


def _span(value: Any, path: str, checked: _Checked) -> Span | None:
    try:
        return Span.parse(str(value))
    except UsageError as problem:
        checked.say(path, f"{problem}.")
        return None


def _typed(value: Any, kind: Any, wanted: str, path: str, checked: _Checked) -> Any:
    is_bool = isinstance(value, bool)
    if not isinstance(value, kind) or (is_bool and kind is not bool):
        checked.say(path, f"{value!r} is not {wanted}.")
    return value


def _choice(
    entry: Mapping[str, Any],
    key: str,
    have: Sequence[str],
    base: Pattern | None,
    path: str,
    checked: _Checked,
) -> Any:
    value = entry.get(key, getattr(base, key, have[0]))
    return _one_of(value, have, key, f"{path}.{key}", checked)


def _tolerance(
    entry: Mapping[str, Any], base: Pattern | None, path: str, checked: _Checked
) -> float:
    value: Any = entry.get("tolerance", base.tolerance if base else None)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1:
        checked.say(f"{path}.tolerance", f"{value!r} is no share from 0 to below 1.")
        return 0.0
    return float(value)


def _text(
    entry: Mapping[str, Any], key: str, base: Pattern | None, path: str, checked: _Checked
) -> Text:
    """A text in both languages; one word serves for both, and a text left out is the id."""
    default: Text = getattr(base, key) if base else Text.same(str(entry["id"]))
    value = entry.get(key, default)
    if isinstance(value, Text):
        return value
    if isinstance(value, str):
        return Text.same(value)
    if not isinstance(value, Mapping) or not all(isinstance(value.get(x), str) for x in ("zh", "en")):
        checked.say(f"{path}.{key}", 'write { zh = "…", en = "…" } or one text for both.')
        return default
    return Text(value["zh"], value["en"])
