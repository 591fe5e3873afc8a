"""One entry of a TOML file, read so that every problem is told at once, with its path and a way out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from journeylib.errors import TemplateError, UsageError, did_you_mean
from journeylib.terms import Span, Text


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file, such as ``$.pattern[3].within``; all places of a file share its `problems`."""

    file: str
    path: str = "$"
    problems: list[str] = field(default_factory=list)

    def at(self, step: str | int) -> Place:
        """The place of an entry or of the i-th item in here."""
        inner = f"[{step}]" if isinstance(step, int) else f".{step}"
        return dataclasses.replace(self, path=self.path + inner)

    def wrong(self, problem: str) -> None:
        """Take down what is wrong here."""
        self.problems.append(f"{self.file}: {self.path}: {problem}")

    def settle(self) -> None:
        """Raise all that was taken down, if anything was."""
        if self.problems:
            raise TemplateError("\n".join(self.problems))

    # -- reading a value, and saying so when it is not one -----------------------------------

    def word(self, value: Any, have: Iterable[str], what: str) -> str:
        """One of the words that are known here."""
        known = list(have)
        if value not in known:
            self.wrong(f"unknown {what} {value!r}.{did_you_mean(str(value), known)}")
        return str(value)

    def words(self, value: Any) -> tuple[str, ...]:
        """A list of words; a single word would pass for the list of its letters."""
        if not isinstance(value, list) or not value or not all(map(_is_word, value)):
            self.wrong(f'{value!r} is no list of words such as ["quote"].')
            return ()
        return tuple(value)

    def tables(self, value: Any) -> list[Mapping[str, Any]]:
        """Tables one after another, as ``[[…]]`` writes them."""
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            self.wrong(f"{value!r} is no list of tables; write each under [[…]].")
            return []
        return value

    def table(self, value: Any) -> Mapping[str, Any]:
        """A table, as ``[…]`` writes it."""
        if not isinstance(value, Mapping):
            self.wrong(f"{value!r} is no table; write its entries under […].")
            return {}
        return value

    def names(self, value: Any, have: Sequence[str], what: str) -> tuple[str, ...]:
        """A list of words that are known here."""
        return tuple(self.at(i).word(word, have, what) for i, word in enumerate(self.words(value)))

    def span(self, value: Any) -> Span:
        """A duration on the calendar, the clock by which the patterns count."""
        try:
            span = Span.parse(str(value))
        except UsageError as problem:
            self.wrong(f"{problem}.")
            return Span(0)
        if span.clock != Span(0).clock:
            self.wrong(f"{value!r} is working time; patterns count calendar time.")
        return span

    def number(self, value: Any, *, whole: bool = False) -> Any:
        """A number that is not negative."""
        kind, wanted = (int, "a whole number") if whole else (int | float, "a number")
        if isinstance(value, bool) or not isinstance(value, kind) or value < 0:
            self.wrong(f"{value!r} is not {wanted} from 0 up.")
        return value

    def share(self, value: Any) -> float:
        """A share below 1."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
            self.wrong(f"{value!r} is no share from 0 to below 1.")
            return 0.0
        return float(value)

    def truth(self, value: Any) -> bool:
        """``true`` or ``false``."""
        if not isinstance(value, bool):
            self.wrong(f"{value!r} is not true or false.")
        return bool(value)

    def text(self, value: Any) -> Text:
        """A text in both languages, or one that serves for both."""
        if isinstance(value, str):
            return Text.same(value)
        if (
            isinstance(value, Mapping)
            and {"zh", "en"} == set(value)
            and all(map(_is_word, value.values()))
        ):
            return Text(value["zh"], value["en"])
        self.wrong('write { zh = "…", en = "…" } or one text for both.')
        return Text.same("")


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
