"""Changes of a specification as sentences: which part, which field, from what to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journeylib.errors import TemplateError
from journeylib.spec.model import TargetSpec
from journeylib.spec.tree import ABSENT, Branch, Key, Listed, Path, tree_of
from journeylib.terms import Span, Text, say
from journeylib.wording import span_text

_SPANS = frozenset({"sla", "within", "limit"})
_SHARES = frozenset({"probability", "breach"})
_REFERENCES = {
    "department": "departments",
    "source": "departments",
    "target": "departments",
    "role": "roles",
    "output": "information",
    "item": "information",
    "first_known": "stages",
    "activity": "activities",
    "activities": "activities",
    "answers": "findings",
    "findings": "findings",
    "transitions": "activities",
}
"""Fields that name another part, and what kind of part."""


@dataclass(frozen=True)
class Names:
    """What parts are called, by kind and id; the newer version's word counts."""

    known: Mapping[tuple[str, str], Text]

    @classmethod
    def of_both(cls, before: TargetSpec, after: TargetSpec) -> Names:
        """The names either version knows."""
        old, new = (dict(_labels(tree_of(spec))) for spec in (before, after))
        return cls(old | new)

    def of(self, kind: str, id: str) -> Text:
        """The name of a part; its id where it has none."""
        return self.known.get((kind, id), Text.same(id))


def _labels(branch: Branch) -> Iterator[tuple[tuple[str, str], Text]]:
    for kind, parts in branch.items():
        if isinstance(parts, Listed):
            for key, part in parts.items():
                if isinstance(part, Branch):
                    if label := _label(part):
                        yield (kind, key), label
                    yield from _labels(part)


def _label(part: Branch) -> Text | None:
    words = next((part[field] for field in ("name", "text", "title") if part.get(field)), None)
    if isinstance(words, dict):
        return Text(**words)
    is_handover = "items" in part and "source" in part
    return Text.same(f"{part['source']} → {part['target']}") if is_handover else None


# -- sentences -------------------------------------------------------------------------------------


def changed(path: Path, before: Any, after: Any, names: Names) -> Text:
    """A value that changed, or a part that is new or gone."""
    if isinstance(path[-1], Key):
        return _part_changed(path, before, after, names)
    words = {
        "place": place(path[:-1], names),
        "field": field_name(path[-1]),
        "before": value_text(path[-1], before, names),
        "after": value_text(path[-1], after, names),
    }
    if _is_nothing(before):
        return say("draft.diff_set", **words)
    return say("draft.diff_cleared" if _is_nothing(after) else "draft.diff_changed", **words)


def moved(path: Path, origin: Path, names: Names) -> Text:
    """A part that stands under another stage now."""
    return say(
        "draft.diff_moved",
        kind=part_name(path[-2]),
        name=_part_label(path, names),
        source=names.of("stages", origin[1]),
        target=names.of("stages", path[1]),
    )


def reordered(path: Path, order: Sequence[str], names: Names) -> Text:
    """A list that has another order."""
    told = [names.of(path[-1], key) for key in order]
    return say(
        "draft.diff_reordered",
        place=place(path[:-1], names),
        kind=part_name(path[-1]),
        order=joined(told, " → "),
    )


def _part_changed(path: Path, before: Any, after: Any, names: Names) -> Text:
    kind, is_new = path[-2], before is ABSENT
    part = after if is_new else before
    words = {
        "kind": part_name(kind),
        "place": place(path[:-2], names),
        "name": _part_label(path, names)
        if isinstance(part, Branch)
        else value_text(kind, part, names),
        "when": part.get("when", "") if isinstance(part, Branch) else "",
    }
    stem = f"diff_{kind}" if kind in ("entry", "exit", "notes") else "diff_part"
    return say(f"draft.{stem}_{'added' if is_new else 'removed'}", **words)


def _is_nothing(value: Any) -> bool:
    return value is None or value is ABSENT or value in ("", [])


# -- places ----------------------------------------------------------------------------------------


def place(path: Path, names: Names) -> Text:
    """The innermost part of a path, with the stage it stands in; without any, the whole process."""
    keys = [i for i, step in enumerate(path) if isinstance(step, Key)]
    if not keys:
        return say("draft.the_process")
    last = path[: keys[-1] + 1]
    kind, name = part_name(last[-2]), _part_label(last, names)
    if len(keys) == 1:
        return say("draft.place", kind=kind, name=name)
    outer = names.of(path[keys[-2] - 1], path[keys[-2]])
    stem = "place_criterion" if last[-2] in ("entry", "exit") else "place_within"
    return say(f"draft.{stem}", kind=kind, name=name, outer=outer)


def _part_label(path: Path, names: Names) -> Text:
    """What a part is called: by its name, or by the things its key names."""
    kind, key = path[-2], path[-1]
    if (kind, key) in names.known or kind not in _KEYED_BY:
        return names.of(kind, key)
    return joined([names.of(_KEYED_BY[kind], piece) for piece in key.split(" → ")], " → ")


_KEYED_BY = {"transitions": "activities", "items": "information", "raci": "departments"}


def part_name(kind: str) -> Text:
    """What parts of a kind are called."""
    return _catalogued(f"part_{kind}", kind)


def field_name(field: str) -> Text:
    """What a field is called; a field the catalogue does not know goes by its own name."""
    return _catalogued(f"field_{field}", field)


def _catalogued(key: str, otherwise: str) -> Text:
    try:
        return say(f"draft.{key}")
    except TemplateError:
        return Text.same(otherwise)


# -- values ----------------------------------------------------------------------------------------


def value_text(field: str, value: Any, names: Names) -> Text:  # noqa: PLR0911 - one case a kind
    """A value as people read it: names for ids, per cent for shares, spans with their unit."""
    if _is_nothing(value):
        return say("draft.nothing")
    if isinstance(value, bool):
        return say("draft.yes" if value else "draft.no")
    if isinstance(value, dict):
        return Text(value["zh"], value["en"]) if set(value) == {"zh", "en"} else _reason(value)
    if isinstance(value, list):
        return joined([value_text(field, one, names) for one in value], ", ")
    if field in _SPANS:
        return span_text(Span.parse(str(value)))
    if field in _SHARES:
        return Text.same(_per_cent(value))
    if isinstance(value, int | float):
        return Text.same(f"{value:,.6g}")
    return names.of(_REFERENCES.get(field, field), value)


def _reason(why: Mapping[str, Any]) -> Text:
    """A reason, fact or verdict in short: its sizes, or else its words."""
    size = why.get("estimate", why.get("value", why.get("probability")))
    parts = [
        _method(str(why.get("method") or why.get("verdict") or ""), is_measured=size is not None)
    ]
    if size is not None:
        is_share = why.get("unit", "share") == "share"
        figures = _per_cent(size) if is_share else f"{size:,.4g} {why['unit']}"
        parts.append(Text.same(figures))
    if why.get("n") is not None:
        parts.append(Text.same(f"n = {why['n']:,}"))
    if isinstance(reason := why.get("reason"), dict):
        parts.append(Text(**reason))
    return joined(parts, ", ")


def _method(method: str, *, is_measured: bool) -> Text:
    """What people call a method; its id only where neither they nor a number tell."""
    if is_measured:
        return say("draft.measured")
    return say("draft.by_workshop") if method == "workshop" else Text.same(method)


def _per_cent(share: float) -> str:
    return f"{share * 100:.4g} %"


def joined(texts: Sequence[Text], mark: str) -> Text:
    """Texts in a row."""
    shown = [text for text in texts if text.en or text.zh]
    zh = mark.replace(", ", "、")
    return Text(zh.join(t.zh for t in shown), mark.join(t.en for t in shown))
