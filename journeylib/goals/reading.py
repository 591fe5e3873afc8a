"""What a goal in free text says: measure, place, from, to, by how much, by when; and what is left over.

A small reader with its words as data (`goals_lexicon`). It claims no understanding of language: what it
does not recognise it names.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from journeylib.goals.dates import due_in
from journeylib.goals.lexicon import (
    Unit,
    any_of,
    hits,
    lexicon,
    longest,
    plain_text,
    units,
    words,
)
from journeylib.terms import plain

Direction = Literal["up", "down"]
Place = tuple[str, str]
"""Id of a stage (or name of an activity, a segment) and a name it is called by."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text and what it counts; `value` is in hours, a share, or as it stands.

    `size` is what one of its unit makes.
    """

    value: float
    kind: str
    size: float
    working: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GoalReading:
    """What was understood of `text`.

    `start` and `target` are in `unit` (``h``, ``share``, ``count``; None where the text has none);
    `change` is relative (``share``: 0.15 is 15 % more), or absolute in `change_unit` ``point`` or
    ``h``, always positive. `place` is a stage or activity, `population` a segment. `due_words` stand
    for a date that needs to know today. `left_over` was not understood, `vague` says nothing.
    """

    text: str
    measure: str | None = None
    place: str | None = None
    population: str | None = None
    start: float | None = None
    target: float | None = None
    unit: str | None = None
    change: float | None = None
    change_unit: str | None = None
    direction: Direction | None = None
    working: bool = False
    mean: bool = False
    due: date | None = None
    due_words: str | None = None
    deliverable: str | None = None
    vague: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        fields = {name: plain(getattr(self, name)) for name in self.__slots__}
        return fields | {"due": self.due.isoformat() if self.due else None}


def read_goal(
    text: str,
    *,
    stages: Sequence[Place] = (),
    activities: Sequence[str] = (),
    segments: Sequence[str] = (),
    today: date | None = None,
) -> GoalReading:
    """Read one goal; `stages`, `activities`, `segments` are names it may speak of.

    >>> read_goal("销售周期中位数 90 天缩短到 75 天，2026 年底前").target
    1800.0
    """
    reader = _Reader(plain_text(text))
    due = due_in(reader.text, today)
    if due:
        reader.take(due.start, due.end)
    found = _measure(reader)
    numbers = list(_quantities(reader))
    amounts = _amounts(reader, numbers)
    place = _place(reader, found, stages, activities)
    population = reader.first((name, plain_text(name)) for name in segments)
    deliverable = _deliverable(reader) if found is None else None
    flags = {name: reader.word(name) is not None for name in ("working", "mean", "median")}
    vague = tuple(reader.all("vague"))
    up, down = _ups_and_downs(reader)
    for name in ("everyone", "goal", "change", "joined", "now", "beyond"):
        list(reader.all(name))
    amounts.setdefault("direction", _direction(amounts, up=up, down=down))
    working = flags["working"] or any(number.working for number in numbers)
    return GoalReading(
        text=text,
        measure=found,
        place=place,
        population=population,
        working=working,
        mean=flags["mean"] and not flags["median"],
        due=due.day if due else None,
        due_words=reader.text[due.start : due.end].strip() if due and due.day is None else None,
        deliverable=deliverable,
        vague=vague,
        left_over=reader.left_over(),
        **amounts,
    )


class _Reader:
    """A text and which of its characters have been understood."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.taken = [False] * len(text)

    @property
    def rest(self) -> str:
        """The text with what was understood blanked out."""
        return "".join("\0" if t else c for c, t in zip(self.text, self.taken, strict=True))

    def take(self, start: int, end: int) -> None:
        self.taken[start:end] = [True] * (end - start)

    def first(self, names: Iterable[tuple[str, str]]) -> str | None:
        """What the longest name found stands for."""
        found = [
            hit for what, name in names if name for hit in hits(self.rest, any_of((name,)), what)
        ]
        best = longest(found)
        if best is None:
            return None
        self.take(best.start, best.end)
        return best.what

    def word(self, kind: str) -> str | None:
        """The first word of a kind."""
        return next(self.all(kind), None)

    def all(self, kind: str) -> Iterator[str]:
        """All words of a kind."""
        for hit in list(hits(self.rest, words(kind), kind)):
            self.take(hit.start, hit.end)
            yield self.text[hit.start : hit.end]

    def left_over(self) -> tuple[str, ...]:
        """Pieces that were not understood; fillers and signs say nothing."""
        for hit in list(hits(self.rest, words("filler"), "")):
            self.take(hit.start, hit.end)
        pieces = re.split(r"[\0\s,.;:!?、。，；：！？()\[\]\"'“”‘’/&~+\-]+", self.rest)
        return tuple(piece for piece in pieces if len(piece) > 1 or piece.isdigit())


# -- numbers -------------------------------------------------------------------------------------


def _quantities(reader: _Reader) -> Iterator[Quantity]:
    unit = any_of(tuple(units()))
    pattern = rf"(?<![a-z0-9.])(\d[\d,]*(?:\.\d+)?)\s*({unit})?"
    for match in re.finditer(pattern, reader.rest):
        number = float(match[1].rstrip(",").replace(",", ""))
        found, where = _unit(match[2]), match.span()
        yield Quantity(round(number * found.size, 9), found.kind, found.size, found.working, *where)


def _unit(word: str | None) -> Unit:
    if word is None:
        return Unit("none", 1.0)
    squeezed = re.sub(r"\s+", " ", word)
    return units()[squeezed]


def _amounts(reader: _Reader, numbers: list[Quantity]) -> dict[str, Any]:
    """From, to and by how much; numbers of the text that are none of these stay left over."""
    used = _pair(reader, numbers) or tuple(numbers[:1])
    for number in used:
        reader.take(number.start, number.end)
    if len(used) == 2:
        start, target = _sized(*used)
        return {"start": start.value, "target": target.value, "unit": _named(target)}
    return _single(reader, used[0]) if used else _halved(reader)


def _single(reader: _Reader, number: Quantity) -> dict[str, Any]:
    before = reader.text[max(0, number.start - 24) : number.start].rstrip()
    role = _role(before, reader.text[number.end :], number)
    if role == "change":
        sign = {"+": "up", "-": "down"}.get(before[-1:])
        return _changed(number) | ({"direction": sign} if sign else {})
    return {role: number.value, "unit": _named(number)}


def _pair(reader: _Reader, numbers: list[Quantity]) -> tuple[Quantity, Quantity] | None:
    """Two numbers with "to" between them."""
    for first, second in itertools.pairwise(numbers):
        between = reader.text[first.end : second.start]
        if len(between) <= 24 and re.search(words("joined"), between):
            return first, second
    return None


def _sized(first: Quantity, second: Quantity) -> tuple[Quantity, Quantity]:
    """A unit that only one of them has is that of both."""
    if first.kind == "none" and second.kind != "none":
        return _as(first, second), second
    if second.kind == "none" and first.kind != "none":
        return first, _as(second, first)
    return first, second


def _as(number: Quantity, other: Quantity) -> Quantity:
    return replace(
        number, value=round(number.value * other.size, 9), kind=other.kind, size=other.size
    )


def _role(before: str, after: str, number: Quantity) -> Literal["start", "target", "change"]:
    if number.kind in ("point", "times"):
        return "change"
    if re.match(rf"\s*(?:{words('beyond')})", after):
        return "target"
    last = {
        kind: max((m.end() for m in re.finditer(words(kind), before)), default=-1)
        for kind in ("goal", "change", "now")
    }
    role = max(last, key=lambda kind: (last[kind], kind == "goal"))
    if last[role] < 0:
        return "target"
    return {"goal": "target", "change": "change", "now": "start"}[role]  # type: ignore[return-value]


def _changed(number: Quantity) -> dict[str, Any]:
    if number.kind == "times":
        return {
            "change": number.value - 1 if number.value > 1 else number.value,
            "change_unit": "share",
        }
    unit = "count" if number.kind == "none" else number.kind
    return {"change": number.value, "change_unit": unit}


def _halved(reader: _Reader) -> dict[str, Any]:
    if re.search(r"减半|halve|by half", reader.text):
        return {"change": 0.5, "change_unit": "share", "direction": "down"}
    if re.search(r"翻番|翻1?番|翻一番|double", reader.text):
        return {"change": 1.0, "change_unit": "share", "direction": "up"}
    return {}


def _named(number: Quantity) -> str:
    return "count" if number.kind == "none" else "share" if number.kind == "point" else number.kind


def _deliverable(reader: _Reader) -> str | None:
    """The longest word for something to deliver, the last of those: verbs come before their object."""
    return max(reversed(list(reader.all("deliverable"))), key=len, default=None)


def _ups_and_downs(reader: _Reader) -> tuple[bool, bool]:
    """Whether any word says up, and any down; "no more than" is not "more than"."""
    ups, downs = (tuple(lexicon()["words"][kind]) for kind in ("up", "down"))
    found = list(hits(reader.rest, any_of((*ups, *downs)), ""))
    for hit in found:
        reader.take(hit.start, hit.end)
    said = [re.sub(r"\s+", " ", reader.text[hit.start : hit.end]) for hit in found]
    return any(word in ups for word in said), any(word in downs for word in said)


def _direction(amounts: dict[str, Any], *, up: bool, down: bool) -> Direction | None:
    start, target = amounts.get("start"), amounts.get("target")
    if start is not None and target is not None and start != target:
        return "up" if target > start else "down"
    if up == down:
        return None
    return "up" if up else "down"


# -- names ---------------------------------------------------------------------------------------


def _measure(reader: _Reader) -> str | None:
    found = [
        hit
        for measure, names in lexicon()["measures"].items()
        for hit in hits(reader.rest, any_of(tuple(names)), measure)
    ]
    best = longest(found)
    if best is None:
        return None
    reader.take(best.start, best.end)
    return best.what


def _place(
    reader: _Reader, measure: str | None, stages: Sequence[Place], activities: Sequence[str]
) -> str | None:
    """A stage or activity that is named; of records that are filled in, the activity likest named."""
    at_activity = measure in ("wait", "filling")
    whole = [(name, plain_text(name)) for name in activities] if at_activity else []
    named = [(id, plain_text(name)) for id, name in stages]
    if measure in ("conversion", "dwell", "filling", "wait", None):
        found = reader.first([*whole, *named])
        if found is not None or not at_activity:
            return found
        return _likest(reader, activities)
    return None


def _likest(reader: _Reader, activities: Sequence[str]) -> str | None:
    """The one activity that shares the longest piece (two characters, a Latin word) with the text."""
    pieces = {name: _shared(reader.rest, plain_text(name)) for name in activities}
    longest_piece = max((len(piece) for piece in pieces.values()), default=0)
    best = sorted(name for name, piece in pieces.items() if len(piece) == longest_piece)
    if not longest_piece or len(best) != 1:
        return None
    start = reader.rest.find(pieces[best[0]])
    reader.take(start, start + longest_piece)
    return best[0]


def _shared(text: str, name: str) -> str:
    latin = [w for w in re.findall(r"[a-z]{4,}", name) if re.search(rf"\b{w}\b", text)]
    chinese = [
        name[i : i + n]
        for n in range(len(name), 1, -1)
        for i in range(len(name) - n + 1)
        if not name[i : i + n].isascii() and name[i : i + n] in text
    ]
    return max([*latin, *chinese[:1]], key=len, default="")
