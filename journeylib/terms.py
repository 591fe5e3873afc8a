"""The vocabulary: texts in two languages, and numbers that know what they are.

No number travels bare: a `Span` has unit and clock, a `Fact` has unit, clock, n, interval and method.
The words themselves are data under ``templates/``; this module loads them and nothing else.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from journeylib.errors import TemplateError, UsageError, did_you_mean

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


# -- texts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence or name in Chinese and English; the language is chosen when rendering.

    >>> Text("线索", "Lead").in_("zh")
    '线索'
    """

    zh: str
    en: str

    @classmethod
    def same(cls, words: str) -> Text:
        """Words that read alike in both languages, such as a name taken from the log."""
        return cls(words, words)

    def in_(self, lang: Lang) -> str:
        """The words in `lang`."""
        return self.zh if lang == "zh" else self.en

    def to_dict(self) -> dict[str, str]:
        """``{"zh": …, "en": …}``, as in every file of the contract."""
        return {"zh": self.zh, "en": self.en}


def say(key: str, **values: object) -> Text:
    """The catalogue's text for `key` (``file.name``), its ``{fields}`` filled with `values`.

    A value that is a `Text` is put in by language.

    >>> say("stage.unmapped").en
    'Unmapped'
    """
    try:
        entry = _catalogue()[key]
    except KeyError:
        raise TemplateError(f"No text named {key!r}.{did_you_mean(key, _catalogue())}") from None
    return Text(*(_filled(entry.in_(lang), values, lang) for lang in LANGS))


def counted(number: str, unit: str) -> Text:
    """So many of what a finding counts: cases, hand-overs.

    >>> counted("12", "handover").en, counted("12", "case").zh
    ('12 hand-overs', '12 例')
    """
    return say(f"unit.{unit}", n=number)


def _filled(template: str, values: Mapping[str, object], lang: Lang) -> str:
    words = {k: v.in_(lang) if isinstance(v, Text) else v for k, v in values.items()}
    return template.format(**words) if words else template


@functools.cache
def _catalogue() -> dict[str, Text]:
    texts: dict[str, Text] = {}
    for path in sorted((templates_dir() / "text").glob("*.toml")):
        for name, words in _toml(path).items():
            texts[f"{path.stem}.{name}"] = Text(words["zh"], words["en"])
    return texts


# -- numbers -----------------------------------------------------------------------------------


class Clock(StrEnum):
    """Which time a duration counts: every hour, or working hours only."""

    CALENDAR = "calendar"
    WORKING = "working"


_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(s|min|h|d)(?:\s+(calendar|working))?\s*$")


@functools.total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """A duration with unit (``s``, ``min``, ``h``, ``d``) and clock.

    Spans on different clocks cannot be compared: four working hours may take a weekend.

    >>> Span.parse("90 min") < Span.parse("4h")
    True
    >>> str(Span.parse("2d working"))
    '2d working'
    """

    value: float
    unit: str = "h"
    clock: Clock = Clock.CALENDAR

    def __post_init__(self) -> None:
        if self.unit not in _SECONDS:
            raise UsageError(f"unknown unit {self.unit!r}; use one of {', '.join(_SECONDS)}")

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read ``"4h"``, ``"90 min"``, ``"2d working"``; `UsageError` when there is no unit."""
        match = _SPAN.match(text)
        if not match:
            raise UsageError(f"{text!r} is no duration; write for example '4h', '90 min' or '2d'")
        value, unit, clock = match.groups()
        return cls(float(value), unit, Clock(clock or "calendar"))

    @property
    def seconds(self) -> float:
        """Length in seconds of this span's own clock, to the microsecond: 1.1 h are 66 min."""
        return round(self.value * _SECONDS[self.unit], 6)

    @property
    def hours(self) -> float:
        """Length in hours of this span's own clock."""
        return self.seconds / 3600

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        return self.clock == other.clock and self.seconds == other.seconds

    def __hash__(self) -> int:
        return hash((self.seconds, self.clock))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        if self.clock != other.clock:
            raise TypeError(f"cannot compare {self} with {other}: their clocks differ")
        return self.seconds < other.seconds

    def __str__(self) -> str:
        clock = "" if self.clock is Clock.CALENDAR else f" {self.clock}"
        value = f"{self.value:.6f}".rstrip("0").rstrip(".")
        return f"{value}{self.unit}{clock}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A measured number: value, unit, clock, how many observations, 95 % interval, method.

    `value` is None when it cannot be measured; `reason` then says why. `censored` counts the
    observations that were still open; `clock` is None for what is no duration.
    """

    value: float | None
    unit: str
    n: int
    method: str
    clock: Clock | None = None
    censored: int | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    reason: Text | None = None

    @classmethod
    def unknown(
        cls, unit: str, reason: Text, *, n: int = 0, method: str = "", clock: Clock | None = None
    ) -> Fact:
        """A fact that cannot be measured, with the reason in words."""
        return cls(None, unit, n, method, clock=clock, reason=reason)

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``Fact`` object."""
        fields = {
            "value": rounded(self.value),
            "unit": self.unit,
            "clock": self.clock.value if self.clock else None,
            "n": self.n,
            "censored": self.censored,
            "ci_low": rounded(self.ci_low),
            "ci_high": rounded(self.ci_high),
            "method": self.method,
        }
        return fields if self.reason is None else fields | {"reason": self.reason.to_dict()}


def rounded(value: float | None) -> float | None:
    """Six significant decimals: below any real precision, above the noise of summation order."""
    return None if value is None else round(value, 6)


@dataclass(frozen=True, slots=True)
class Wait:
    """Time from one event to the next, in hours; None where no pair has both times."""

    median: float | None
    mean: float | None
    p90: float | None
    unit: str = "h"
    clock: Clock = Clock.CALENDAR


# -- names -------------------------------------------------------------------------------------


def normalised(name: str) -> str:
    """A name as it is compared: NFKC, casefolded, without blanks, ``_`` and ``-``.

    >>> normalised(" Case_ID ") == normalised("case id")
    True
    """
    return re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFKC", name).casefold())


def stable_id(prefix: str, *parts: str) -> str:
    """A short ASCII id that depends on the parts alone, so that it survives new data.

    >>> stable_id("a", "提交表单")
    'a-ac84a7ae'
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{prefix}-{digest[:8]}"


# -- templates on disk -------------------------------------------------------------------------


def shipped_dir(name: str) -> Path:
    """A folder of data we ship: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parent
    checkout = package.parent / name
    is_checkout = (package.parent / "pyproject.toml").is_file()
    return checkout if is_checkout else package / name


def templates_dir() -> Path:
    """The folder ``templates/``."""
    return shipped_dir("templates")


def template_path(kind: str, name_or_path: str | Path) -> Path:
    """Path of a template of `kind`, given by its shipped name or as a file of the user's."""
    shipped = templates_dir() / kind / f"{name_or_path}.toml"
    for path in (shipped, Path(name_or_path)):
        if path.is_file():
            return path
    names = sorted(path.stem for path in shipped.parent.glob("*.toml"))
    raise TemplateError(
        f"There is no {kind} template {str(name_or_path)!r}; shipped are: {', '.join(names)}."
        + did_you_mean(str(name_or_path), names)
    )


def load_template(kind: str, name_or_path: str | Path) -> dict[str, Any]:
    """The parsed TOML of a template."""
    return _toml(template_path(kind, name_or_path))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise TemplateError(f"{path.name}: not readable as TOML: {problem}") from None


def as_dict(record: Any) -> dict[str, Any]:
    """A frozen record as plain data, for JSON; `Fact` and `Text` in the contract's form."""
    if hasattr(record, "to_dict"):
        return dict(record.to_dict())
    return {f.name: plain(getattr(record, f.name)) for f in dataclasses.fields(record)}


def plain(value: Any) -> Any:
    """A value as plain data, for JSON: records as objects, tuples as lists, numbers rounded."""
    if dataclasses.is_dataclass(value) or hasattr(value, "to_dict"):
        return as_dict(value)
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    return rounded(value) if isinstance(value, float) else value
