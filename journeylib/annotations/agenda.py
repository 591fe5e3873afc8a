"""`agenda`: how a workshop goes, minute by minute, from ``templates/agenda/`` or a file of yours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeylib.documents import Block, Bullets, Document, Heading, Paragraph, Table
from journeylib.documents.blocks import rows
from journeylib.errors import TemplateError, did_you_mean
from journeylib.terms import Lang, Text, load_template, plain, say, template_path
from journeylib.wording import so_many

if TYPE_CHECKING:
    import pandas as pd

_ITEM = frozenset(
    ("minutes", "zh", "en", "purpose_zh", "purpose_en", "materials_zh", "materials_en")
)
_AGENDA = frozenset(("id", "zh", "en", "minutes", "aim_zh", "aim_en", "items"))
_NEEDED = frozenset(("minutes", "zh", "en", "purpose_zh", "purpose_en"))


@dataclass(frozen=True, slots=True)
class Item:
    """One item: `minutes` long, from minute `start` on; what for, and what has to be at hand."""

    start: int
    minutes: int
    name: Text
    purpose: Text
    materials: tuple[Text, ...] = ()

    @property
    def span(self) -> str:
        """From when to when, in minutes from the opening."""
        return f"{self.start}–{self.start + self.minutes}"


@dataclass(frozen=True)
class Agenda:
    """The items of a workshop in order; their minutes add up to `minutes`."""

    id: str
    name: Text
    aim: Text
    minutes: int
    items: tuple[Item, ...]

    @property
    def materials(self) -> tuple[Text, ...]:
        """All that has to be at hand, each once, in the order in which it is needed."""
        return tuple(dict.fromkeys(needed for item in self.items for needed in item.materials))

    def frame(self, lang: Lang = "zh") -> pd.DataFrame:
        """One row an item."""
        import pandas as pd

        columns = {
            "start": [item.start for item in self.items],
            "minutes": [item.minutes for item in self.items],
            "name": [item.name.in_(lang) for item in self.items],
            "purpose": [item.purpose.in_(lang) for item in self.items],
            "materials": [_listed(item.materials, lang) for item in self.items],
        }
        return pd.DataFrame(columns)

    def document(self, lang: Lang = "zh") -> Document:
        """The agenda to hand out."""
        title = say("annotation.agenda_title", name=self.name).in_(lang)
        return Document(title, tuple(self._blocks(lang)), lang)

    def _blocks(self, lang: Lang) -> Iterator[Block]:
        told = say("annotation.agenda_summary", aim=self.aim, minutes=self.minutes)
        yield Paragraph(told.in_(lang))
        head = ("time", "item", "purpose", "materials")
        body = [
            (i.span, i.name.in_(lang), i.purpose.in_(lang), _listed(i.materials, lang) or None)
            for i in self.items
        ]
        titles = tuple(say(f"annotation.head_{key}").in_(lang) for key in head)
        yield Table(titles, rows(body), self.name.in_(lang))
        yield Heading(say("annotation.agenda_materials").in_(lang))
        yield Bullets(tuple(needed.in_(lang) for needed in self.materials))

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "id": self.id,
            "name": self.name.to_dict(),
            "aim": self.aim.to_dict(),
            "minutes": self.minutes,
            "items": [plain(item) for item in self.items],
        }

    def __repr__(self) -> str:
        return f"Agenda({self.id}: {so_many(len(self.items), 'item')}, {self.minutes} min)"


def agenda(name_or_path: str | Path = "90min") -> Agenda:
    """The shipped agenda of that name (``90min``, ``half_day``), or one from a TOML file.

    `TemplateError` names all that is wrong with a file at once.

    >>> agenda("90min")
    Agenda(90min: 7 items, 90 min)
    """
    raw = load_template("agenda", name_or_path)
    if problems := tuple(_problems(raw)):
        where = template_path("agenda", name_or_path).name
        raise TemplateError("\n".join(f"{where}: {problem}" for problem in problems))
    items: list[Item] = []
    for entry in raw["items"]:
        items.append(_item(entry, sum(item.minutes for item in items)))
    aim = Text(raw["aim_zh"], raw["aim_en"])
    return Agenda(raw["id"], Text(raw["zh"], raw["en"]), aim, raw["minutes"], tuple(items))


def _item(entry: Mapping[str, Any], start: int) -> Item:
    pairs = zip(entry.get("materials_zh", ()), entry.get("materials_en", ()), strict=True)
    return Item(
        start=start,
        minutes=entry["minutes"],
        name=Text(entry["zh"], entry["en"]),
        purpose=Text(entry["purpose_zh"], entry["purpose_en"]),
        materials=tuple(Text(zh, en) for zh, en in pairs),
    )


def _problems(raw: Mapping[str, Any]) -> Iterator[str]:
    yield from _keys(raw, _AGENDA, _AGENDA, "the agenda")
    items = raw.get("items", ())
    for number, entry in enumerate(items, 1):
        where = f"item {number}"
        yield from _keys(entry, _ITEM, _NEEDED, where)
        if not _is_minutes(entry.get("minutes", 1)):
            yield f"{where}: minutes = {entry['minutes']!r} is no number of minutes"
        zh, en = entry.get("materials_zh", ()), entry.get("materials_en", ())
        if len(zh) != len(en):
            yield f"{where}: {len(zh)} materials in Chinese, {len(en)} in English"
    if all(_is_minutes(entry.get("minutes")) for entry in items):
        total = sum(entry["minutes"] for entry in items)
        if total != raw.get("minutes", total):
            yield f"the items take {total} minutes, the agenda says {raw['minutes']}"


def _is_minutes(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _keys(
    entry: Mapping[str, Any], known: frozenset[str], needed: frozenset[str], where: str
) -> Iterator[str]:
    for key in sorted(entry.keys() - known):
        yield f"{where}: unknown entry {key!r}.{did_you_mean(key, known)}"
    for key in sorted(needed - entry.keys()):
        yield f"{where}: {key} is missing"


def _listed(texts: tuple[Text, ...], lang: Lang) -> str:
    return say("annotation.list_mark").in_(lang).join(text.in_(lang) for text in texts)
