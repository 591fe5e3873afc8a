"""`Exhibit`: a board's pictures prepared, so that they are shown where there is no log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeylib.annotations import Pin, Places
from journeylib.annotations import agenda as load_agenda
from journeylib.errors import InputError
from journeylib.terms import LANGS, Lang, Text
from journeylib.workshop.board import telling
from journeylib.workshop.board.shown import Shown
from journeylib.workshop.board.view import Theme, View

if TYPE_CHECKING:
    from journeylib.findings.finding import Findings
    from journeylib.journey import Journey
    from journeylib.spec.model import TargetSpec
    from journeylib.workshop.board.source import Source

FORMAT = 1
THEMES: tuple[Theme, ...] = ("light", "dark")
_PICTURES: tuple[Mapping[str, str], ...] = (
    {"kind": "map"},
    {"kind": "flow", "detail": "activity"},
    {"kind": "flow", "detail": "stage"},
)


@dataclass(frozen=True, eq=False)
class Exhibit:
    """Prepared views with their pictures, and what else a board needs to know of its journey.

    No case id is in it, and nothing that anybody in the room has said. `findings` are kind and title
    by id, `choices` by language; `tracks` by flow view (in the first of its themes) are where up to 300
    cases are when.
    """

    views: tuple[tuple[View, Shown], ...]
    start: int
    choices: Mapping[Lang, Mapping[str, Any]]
    places: Places
    findings: Mapping[str, tuple[str, Text]]
    agenda: telling.AgendaTold
    tracks: Mapping[View, Mapping[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """As plain data: what the saved page reads, and what `join` needs besides."""
        return {
            "format": FORMAT,
            "start": self.start,
            "langs": {lang: self._of_language(lang) for lang in self.choices},
            "views": [
                _view_dict(view, shown) | {"tracks": self.tracks.get(view)}
                for view, shown in self.views
            ],
            "places": {
                "by_id": {id: pin.model_dump(mode="json") for id, pin in self.places.by_id.items()},
                "ranks": self.places.ranks,
            },
            "problems": {
                id: [kind, title.to_dict()] for id, (kind, title) in self.findings.items()
            },
        }

    def _of_language(self, lang: Lang) -> dict[str, Any]:
        return {
            "words": dict(telling.words(lang)),
            "choices": self.choices[lang],
            "agenda": self.agenda.get(lang),
        }

    def save(self, path: str | Path) -> Path:
        """Write it as JSON (``*.json``)."""
        from journeylib.exporting import write

        path = Path(path)
        text = json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))
        write(path, text.encode("utf-8", "replace"))
        return path

    @classmethod
    def load(cls, path: str | Path) -> Exhibit:
        """Read what `save` wrote; `InputError` for anything else."""
        try:
            told = json.loads(Path(path).read_text(encoding="utf-8"))
            return _read(told)
        except FileNotFoundError:
            raise InputError(str(path), "there is no such file.", _REMEDY) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            raise InputError(str(path), "is no exhibit of a board.", _REMEDY) from None

    def __repr__(self) -> str:
        kinds = dict.fromkeys(view.kind for view, _shown in self.views)
        langs = ", ".join(self.choices)
        return f"Exhibit({len(self.views)} pictures: {', '.join(kinds)}; {langs})"


_REMEDY = "Make one with exhibit(journey, findings).save(path) where the log is."


def exhibit(
    journey: Journey,
    findings: Findings | None = None,
    spec: TargetSpec | None = None,
    *,
    lang: Lang = "zh",
    notes: str | Path = "",
    agenda: str | Path | None = "90min",
    more: Iterable[View] = (),
) -> Exhibit:
    """Prepare the map, the flow of activities and the flow of stages, in both languages and themes.

    `lang` is that of the first picture; `more` views (of a segment, say) are prepared besides. `notes`
    names the notes file of the workshop: then cases have the pseudonyms they have on its board.
    """
    from journeylib.workshop.board.live import Live
    from journeylib.workshop.board.masking import CaseNames

    live = Live(journey, findings, spec, CaseNames.of(journey.log, Path(notes).name, "masked"))
    told = telling.agenda_told(None if agenda is None else load_agenda(agenda))
    return prepared(live, [*usual(View(lang=lang)), *more], told)


def usual(first: View, themes: Sequence[Theme] = THEMES) -> Iterator[View]:
    """The views that are always prepared; in the language of `first` before the other one."""
    langs = sorted(LANGS, key=lambda lang: lang != first.lang)
    for picture in _PICTURES:
        for lang in langs:
            for theme in themes:
                yield replace(View(lang=lang, theme=theme), **picture)  # type: ignore[arg-type]


def prepared(source: Source, views: Iterable[View], agenda: telling.AgendaTold) -> Exhibit:
    """These views of a source, each once; only what they name can be chosen."""
    shown = {view.essence: source.shown(view) for view in views}
    segments = {s for view in shown for s in (view.segment, view.against)} - {None}
    variants = {view.variant for view in shown}
    places = source.places
    ids = [id for id in places.by_id if source.finding(id)]
    found = {id: finding for id in ids if (finding := source.finding(id)) is not None}
    langs = dict.fromkeys(view.lang for view in shown)
    return Exhibit(
        tuple(shown.items()),
        0,
        {lang: _kept(source.choices(lang), segments, variants) for lang in langs},
        places,
        found,
        agenda,
        {view: source.tracks(view) for view in _moving(shown)},
    )


def _moving(views: Iterable[View]) -> Iterator[View]:
    """Flow views of one group, each in one theme only: cases move alike in all."""
    seen = set()
    for view in views:
        alike = replace(view, theme="light")
        if view.kind == "flow" and view.against is None and alike not in seen:
            seen.add(alike)
            yield view


def _kept(choices: Mapping[str, Any], segments: set[Any], variants: set[Any]) -> dict[str, Any]:
    kept = {"segments": segments, "variants": variants}
    return {
        name: [x for x in several if x["id"] in kept[name]] if name in kept else several
        for name, several in choices.items()
    }


def _view_dict(view: View, shown: Shown) -> dict[str, Any]:
    return {
        "view": view.to_dict(),
        "picture": shown.svg,
        "parts": dict(shown.parts),
        "reached": shown.reached,
        "findings": [{**finding, "status": "open"} for finding in shown.findings],
        "title": shown.title,
        "size": shown.size,
        "note": shown.note,
    }


def _read(told: Mapping[str, Any]) -> Exhibit:
    if told["format"] != FORMAT:
        raise ValueError(told["format"])
    views = tuple((View(**entry["view"]), _read_shown(entry)) for entry in told["views"])
    by_id = {id: Pin.model_validate(pin) for id, pin in told["places"]["by_id"].items()}
    problems = {id: (kind, Text(**title)) for id, (kind, title) in told["problems"].items()}
    langs = told["langs"]
    start = int(told["start"])
    _ = views[start]
    choices: dict[Lang, Mapping[str, Any]] = {k: langs[k]["choices"] for k in LANGS if k in langs}
    agenda = {lang: langs[lang]["agenda"] for lang in choices}
    places = Places(by_id, told["places"]["ranks"])
    tracks = {View(**e["view"]): e["tracks"] for e in told["views"] if e["tracks"]}
    return Exhibit(views, start, choices, places, problems, agenda, tracks)


def _read_shown(entry: Mapping[str, Any]) -> Shown:
    findings = tuple({k: v for k, v in f.items() if k != "status"} for f in entry["findings"])
    told = (entry["picture"], entry["title"], entry["size"], entry["parts"], findings)
    return Shown(*told, note=entry["note"], reached=entry.get("reached"))
