"""Lists of criteria that sales teams know by name (BANT, MEDDIC …), laid over a specification.

A list says what should be known of a customer; which column of the log shows it is found by name.
What no column shows is added all the same and said to be unmeasured: a gate may ask for what nobody
records yet, but nobody shall believe it was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, get_args

from journeylib.errors import TemplateError, UsageError, did_you_mean
from journeylib.spec import feel
from journeylib.spec.drafting.names import free_name
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Criterion, InformationItem, ItemType, Provenance, Stage
from journeylib.terms import Text, load_template, normalised, say, stable_id

TEMPLATES = ("bant", "meddic", "meddpicc", "champ", "gpct")


@dataclass(frozen=True, slots=True)
class TemplateItem:
    """One thing to know: its `name`, the wording of the criterion, words by which a log may call it.

    `when` is a condition in FEEL with ``{item}`` in place of the information item.
    """

    id: str
    name: Text
    type: ItemType
    criterion: Text
    synonyms: tuple[str, ...]
    when: str = "{item} != null"

    def names(self) -> frozenset[str]:
        """All its names, as they are compared."""
        return frozenset(map(normalised, (self.id, self.name.zh, self.name.en, *self.synonyms)))


@dataclass(frozen=True, slots=True)
class CriteriaTemplate:
    """A named list of things to know."""

    id: str
    name: Text
    items: tuple[TemplateItem, ...]

    @classmethod
    def load(cls, name_or_path: str | Path) -> Self:
        """The shipped list of that name (``bant meddic meddpicc champ gpct``), or a TOML file."""
        raw = load_template("criteria", name_or_path)
        try:
            own = tuple(_item(entry) for entry in raw["items"])
            before = cls.load(raw["includes"]).items if "includes" in raw else ()
            return cls(raw["id"], Text(**raw["name"]), before + own)
        except (KeyError, TypeError) as problem:
            raise TemplateError(f"{name_or_path}: the criteria template lacks {problem}") from None


def _item(raw: Mapping[str, Any]) -> TemplateItem:
    if raw["type"] not in get_args(ItemType):
        raise TemplateError(f"{raw['id']}: there is no type {raw['type']!r}")
    optional = {"when": raw["when"]} if "when" in raw else {}
    return TemplateItem(
        raw["id"],
        Text(**raw["name"]),
        raw["type"],
        Text(**raw["criterion"]),
        tuple(raw["synonyms"]),
        **optional,
    )


@dataclass(frozen=True, slots=True)
class Match:
    """An item of a template and the information item it was found to be; None where it is new."""

    item: TemplateItem
    found: InformationItem | None


def matched(spec: TargetSpec, template: CriteriaTemplate) -> tuple[Match, ...]:
    """Which information items of `spec` show what `template` asks for, each at most once."""
    taken: set[str] = set()
    matches = []
    for item in template.items:
        found = next(
            (i for i in spec.information if i.id not in taken and _names(i) & item.names()), None
        )
        taken |= {found.id} if found else set()
        matches.append(Match(item, found))
    return tuple(matches)


def _names(item: InformationItem) -> frozenset[str]:
    return frozenset(map(normalised, (item.id, item.attribute, item.name.zh, item.name.en)))


def with_criteria(
    spec: TargetSpec, template: CriteriaTemplate | str | Path, stage: str
) -> TargetSpec:
    """`spec` with the criteria of `template` added to the exit of `stage` (its id).

    What the stage, or one before it, asks for already is not asked again. The stage after gets the
    same entry criteria, as both stand at one gate. New information items are listed in a note.
    """
    if not isinstance(template, CriteriaTemplate):
        template = CriteriaTemplate.load(template)
    place = _place(spec, stage)
    asked = {c.when for s in spec.stages[: place + 1] for c in s.exit}
    matches = matched(spec, template)
    items = dict(_as_items(spec, matches))
    added = tuple(
        _criterion(template, stage, match, items[match.item.id])
        for match in matches
        if match.item.when.format(item=items[match.item.id].id) not in asked
    )
    new = tuple(items[match.item.id] for match in matches if match.found is None)
    changes: dict[str, Any] = {
        "stages": tuple(_with_gate(spec.stages, place, added)),
        "information": (*spec.information, *new),
        "notes": (*spec.notes, *_notes(template, matches, spec.stages[place])),
    }
    return spec.changed(**changes)


def _place(spec: TargetSpec, stage: str) -> int:
    ids = [s.id for s in spec.stages]
    if stage not in ids:
        told = f"There is no stage {stage!r}; there are: {', '.join(ids)}."
        raise UsageError(told + did_you_mean(stage, ids))
    return ids.index(stage)


def _as_items(spec: TargetSpec, matches: Iterable[Match]) -> Iterator[tuple[str, InformationItem]]:
    taken = {item.id for item in spec.information}
    for match in matches:
        if match.found is not None:
            yield match.item.id, match.found
            continue
        name = free_name(match.item.id, taken)
        taken.add(name)
        attribute = match.item.name.zh
        yield (
            match.item.id,
            InformationItem(
                id=name, name=match.item.name, attribute=attribute, type=match.item.type
            ),
        )


def _criterion(
    template: CriteriaTemplate, stage: str, match: Match, item: InformationItem
) -> Criterion:
    words = {"template": template.name, "item": item.name}
    key = "template_unmeasured" if match.found is None else "template_asks"
    return Criterion(
        id=stable_id("c", stage, template.id, match.item.id),
        when=feel.to_text(feel.parse(match.item.when.format(item=item.id))),
        text=match.item.criterion,
        why=Provenance(method=f"template_{template.id}", reason=say(f"draft.{key}", **words)),
    )


def _with_gate(
    stages: tuple[Stage, ...], place: int, added: tuple[Criterion, ...]
) -> Iterator[Stage]:
    before = stages[place].exit
    for i, stage in enumerate(stages):
        if i == place:
            yield stage.model_copy(update={"exit": (*stage.exit, *added)})
        elif i == place + 1 and stage.entry == before:
            yield stage.model_copy(update={"entry": (*stage.entry, *added)})
        else:
            yield stage


def _notes(template: CriteriaTemplate, matches: Iterable[Match], stage: Stage) -> Iterator[Text]:
    new = [match.item.name for match in matches if match.found is None]
    if new:
        names = Text("、".join(n.zh for n in new), ", ".join(n.en for n in new))
        words = {"template": template.name, "stage": stage.name, "items": names}
        yield say("draft.note_unmeasured", **words)
