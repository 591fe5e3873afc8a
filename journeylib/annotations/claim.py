"""A claim: what somebody in the room believes, said so that the log can confirm or deny it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from journeylib.errors import JourneyError
from journeylib.terms import Clock, Span, Text, say
from journeylib.wording import percent, span_text

Measure = Literal[
    "wait", "dwell", "cycle_time", "rework", "drop_off", "loss", "conversion", "filling"
]
Comparison = Literal[">", ">=", "<", "<="]
Key = Literal["from", "to", "activity", "stage", "attribute"]

PLACES: Mapping[Measure, tuple[frozenset[Key], ...]] = {
    "wait": (frozenset({"from", "to"}), frozenset({"activity"})),
    "dwell": (frozenset({"stage"}),),
    "cycle_time": (frozenset(),),
    "rework": (frozenset({"activity"}), frozenset()),
    "drop_off": (frozenset({"activity"}), frozenset({"stage"})),
    "loss": (frozenset({"attribute", "from", "to"}),),
    "conversion": (frozenset({"stage"}), frozenset()),
    "filling": (frozenset({"attribute"}), frozenset({"attribute", "stage"})),
}
"""Where each measure may be taken; an empty place is the whole journey."""

DURATIONS: frozenset[Measure] = frozenset({"wait", "dwell", "cycle_time"})
_SHARE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*%\s*$")


def share(text: str) -> float:
    """``"10 %"`` as 0.1; `ValueError` for what is no share.

    >>> share("12.5%")
    0.125
    """
    match = _SHARE.match(text)
    if not match or float(match[1]) > 100:
        raise ValueError(f"{text!r} is no share; write for example '10%'")
    return float(match[1]) / 100


def _threshold(text: str) -> str:
    try:
        return str(Span.parse(text)) if "%" not in text else f"{share(text) * 100:g}%"
    except JourneyError as problem:
        raise ValueError(str(problem)) from None


class Claim(BaseModel):
    """`measure` at `place` is `comparison` `threshold`, for all cases or those of a `segment`.

    `threshold` is a duration ("5d", "4h working") or a share ("10%"), as the measure asks; `segment`
    is column → value. Medians for durations.

    >>> print(Claim(measure="rework", place={"activity": "报价"}, comparison=">", threshold="10%"))
    rework {activity: 报价} > 10%
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: Measure
    place: dict[Key, str] = {}
    comparison: Comparison = ">"
    threshold: Annotated[str, AfterValidator(_threshold)]
    segment: dict[str, str] = {}

    @model_validator(mode="after")
    def _sound(self) -> Self:
        allowed = PLACES[self.measure]
        if frozenset(self.place) not in allowed:
            told = " or ".join("{" + ", ".join(sorted(keys)) + "}" for keys in allowed)
            have = ", ".join(self.place) or "nothing"
            raise ValueError(f"{self.measure} is taken at {told}, not at {{{have}}}")
        if ("%" in self.threshold) == (self.measure in DURATIONS):
            kind = "a duration ('5d')" if self.measure in DURATIONS else "a share ('10%')"
            raise ValueError(f"{self.measure} is compared with {kind}, not with {self.threshold}")
        return self

    @property
    def clock(self) -> Clock | None:
        """The clock of its threshold; None for a share."""
        return Span.parse(self.threshold).clock if self.measure in DURATIONS else None

    @property
    def limit(self) -> float:
        """The threshold as a number: hours, or a share of 1."""
        if self.measure in DURATIONS:
            return Span.parse(self.threshold).hours
        return share(self.threshold)

    @property
    def upward(self) -> bool:
        """Whether it claims much rather than little."""
        return self.comparison in (">", ">=")

    def words(self, stages: Mapping[str, Text] | None = None) -> Text:
        """The claim as a sentence; `stages` has the names of stages by id."""
        named = stages or {}
        places: dict[str, Any] = {key: named.get(at, at) for key, at in self.place.items()}
        form = "_".join(("claim", self.measure, *sorted(places)))
        said = say(
            "annotation.claim_compared",
            measure=say(f"annotation.{form}", **{f"at_{key}": at for key, at in places.items()}),
            sign=self.comparison.replace(">=", "≥").replace("<=", "≤"),
            threshold=self._threshold_words(),
        )
        if not self.segment:
            return said
        segment = ", ".join(f"{column}={value}" for column, value in sorted(self.segment.items()))
        return say("annotation.claim_segment", claim=said, segment=segment)

    def _threshold_words(self) -> Text:
        if self.measure in DURATIONS:
            return span_text(Span.parse(self.threshold))
        return Text.same(percent(self.limit))

    def __str__(self) -> str:
        place = ", ".join(f"{key}: {value}" for key, value in self.place.items())
        segment = ", ".join(f"{column}={value}" for column, value in self.segment.items())
        of = f" of {segment}" if segment else ""
        return f"{self.measure} {{{place}}} {self.comparison} {self.threshold}{of}"
