"""``workshop.toml``: which log a workshop speaks of, and how it is read."""

from __future__ import annotations

import dataclasses
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from journeylib.errors import TemplateError, did_you_mean
from journeylib.terms import Lang

NAME = "workshop.toml"
_HEAD = "# The workshop in this folder. Paths start here; edit, then start the workshop again.\n"
_FILES = ("mapping", "changes", "links", "lifecycle", "calendar", "rules")


@dataclass(frozen=True, slots=True)
class HowRead:
    """How the log is read and on which engine, as the options of the command line name it."""

    mapping: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    changes: str | None = None
    links: str | None = None
    lifecycle: str = "b2b"
    calendar: str | None = None
    rules: str = "rules"
    engine: str = "duckdb"
    memory: str | None = None
    jobs: int | None = None

    def given(self) -> dict[str, Any]:
        """What differs from the usual."""
        usual = HowRead()
        mine = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return {name: value for name, value in mine.items() if value != getattr(usual, name)}


@dataclass(frozen=True, slots=True)
class Settings:
    """What is remembered of a workshop; paths are as seen from its folder."""

    log: str
    lang: Lang = "zh"
    read: HowRead = HowRead()

    @classmethod
    def load(cls, folder: Path) -> Settings | None:
        """The settings in `folder`; None where there are none yet, `TemplateError` when wrong."""
        path = folder / NAME
        if not path.is_file():
            return None
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise TemplateError(f"{path}: {problem}") from problem
        known = {each.name for each in dataclasses.fields(HowRead)}
        log, lang = data.pop("log", None), data.pop("lang", "zh")
        for name in data:
            if name not in known:
                raise TemplateError(f"{path}: there is no {name!r}.{did_you_mean(name, known)}")
        if not isinstance(log, str) or lang not in ("zh", "en"):
            raise TemplateError(f'{path}: needs log = "FILE" and lang = "zh" or "en"')
        return cls(log, lang, HowRead(**data))

    def save(self, folder: Path) -> None:
        """Remember in `folder`."""
        text = _HEAD + "".join(f"{line}\n" for line in self._lines())
        (folder / NAME).write_text(text, encoding="utf-8", newline="\n")

    def seen_from(self, folder: Path) -> Settings:
        """The same with paths that start at `folder` instead of the current directory."""
        values = {name: getattr(self.read, name) for name in _FILES}
        moved: dict[str, Any] = {
            name: relative(value, folder)
            for name, value in values.items()
            if value is not None and Path(value).is_file()
        }
        read = dataclasses.replace(self.read, **moved)
        return dataclasses.replace(self, log=relative(self.log, folder), read=read)

    def _lines(self) -> Iterator[str]:
        given = {"log": self.log, "lang": self.lang} | self.read.given()
        columns = given.pop("columns", {})
        yield from (f"{name} = {_toml(value)}" for name, value in given.items())
        if columns:
            yield ""
            yield "[columns]"
            yield from (f"{_toml(role)} = {_toml(name)}" for role, name in columns.items())


def relative(path: str, folder: Path) -> str:
    """`path` as seen from `folder`, with slashes; as it is where there is no way from there.

    >>> relative("a/b.csv", Path("a"))
    'b.csv'
    """
    try:
        return Path(os.path.relpath(Path(path).expanduser(), folder)).as_posix()
    except ValueError:  # another drive
        return str(Path(path).absolute())


def _toml(value: str | int) -> str:
    """A TOML value; a JSON string is one, except for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
