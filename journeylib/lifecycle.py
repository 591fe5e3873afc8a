"""Stages of a customer's life, and the keywords by which activities belong to them or end a case.

The words are data under ``templates/lifecycles``; Latin ones count at the start of a word, Chinese
ones anywhere.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from journeylib.errors import TemplateError
from journeylib.terms import Text, load_template, normalised


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the customer lifecycle; `keywords` recognise its activities and its names."""

    id: str
    name: Text
    definition: Text
    names: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Stages in order and the rules by which activities belong to them and end a case.

    `won`, `lost` and `repeatable` hold keywords like those of the stages.
    """

    id: str
    name: Text
    stages: tuple[Stage, ...]
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    repeatable: tuple[str, ...] = ()

    @classmethod
    def load(cls, name_or_path: str | Path) -> Self:
        """The shipped lifecycle of that name, or one from a TOML file."""
        raw = load_template("lifecycles", name_or_path)
        try:
            return cls(
                id=raw["id"],
                name=Text(raw["zh"], raw["en"]),
                stages=tuple(_stage(entry) for entry in raw["stages"]),
                **{key: _words(raw, key) for key in ("won", "lost", "repeatable")},
            )
        except KeyError as missing:
            raise TemplateError(f"{name_or_path}: the lifecycle lacks {missing}") from None
        except ValueError as problem:
            raise TemplateError(f"{name_or_path}: {problem}") from None

    def stage_of(self, activity: str) -> str:
        """Id of the stage whose longest keyword occurs in `activity`; ``unmapped`` if none does."""
        best = max(
            ((len(hit), -rank, stage.id) for rank, stage, hit in self._hits(activity)),
            default=None,
        )
        return best[2] if best else UNMAPPED

    def stage_named(self, name: str) -> str | None:
        """Id of the stage that is called `name` (id, zh, en or another name), if there is one."""
        wanted = normalised(name)
        for stage in self.stages:
            if wanted in map(normalised, (stage.id, stage.name.zh, stage.name.en, *stage.names)):
                return stage.id
        return None

    def outcome_of(self, activity: str) -> Literal["won", "lost"] | None:
        """What `activity` decides about its case: won, lost, or nothing."""
        if matches(activity, self.lost):
            return "lost"
        return "won" if matches(activity, self.won) else None

    def is_repeatable(self, activity: str) -> bool:
        """Whether doing `activity` again is meant (calls, visits, tickets) and so no rework."""
        return matches(activity, self.repeatable)

    def _hits(self, activity: str) -> Iterator[tuple[int, Stage, str]]:
        for rank, stage in enumerate(self.stages):
            for keyword in stage.keywords:
                if _occurs(keyword, activity):
                    yield rank, stage, keyword


def matches(activity: str, keywords: tuple[str, ...]) -> bool:
    """Whether any of the keywords occurs in the activity's name, Latin ones at a word's start.

    >>> matches("Web-Form sent", ("form",)), matches("Information sent", ("form",))
    (True, False)
    """
    return any(_occurs(keyword, activity) for keyword in keywords)


def _occurs(keyword: str, activity: str) -> bool:
    return _keyword_pattern(keyword).search(_spaced(activity)) is not None


@functools.cache
def _keyword_pattern(keyword: str) -> re.Pattern[str]:
    words = _spaced(keyword)
    start = r"(?<![a-z0-9])" if words[:1].isascii() else ""
    return re.compile(start + re.escape(words))


@functools.lru_cache(maxsize=1024)
def _spaced(name: str) -> str:
    return re.sub(r"[\s_\-]+", " ", unicodedata.normalize("NFKC", name).casefold()).strip()


def _stage(entry: Mapping[str, Any]) -> Stage:
    return Stage(
        id=entry["id"],
        name=Text(entry["zh"], entry["en"]),
        definition=Text(entry.get("definition_zh", ""), entry.get("definition_en", "")),
        names=_words(entry, "names"),
        keywords=_words(entry, "keywords"),
    )


def _words(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A single word would pass for the list of its letters, and a blank one occurs everywhere."""
    words = entry.get(key, [])
    if not isinstance(words, list) or not all(isinstance(w, str) and w.strip() for w in words):
        raise ValueError(f'{key} must be a list of words such as ["form"], not {words!r}')
    return tuple(words)
