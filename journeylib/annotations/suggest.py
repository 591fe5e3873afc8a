"""`suggest`: what of a card in free text could be measured. A proposal, never a silent claim."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from journeylib.annotations.claim import DURATIONS, Claim, Comparison, Key, Measure
from journeylib.errors import UsageError
from journeylib.findings.rules import Rules
from journeylib.journey import Journey
from journeylib.lifecycle import UNMAPPED, matches
from journeylib.terms import Text, load_template, say

AT_MOST = 6
PER_MEASURE = 2


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A measure at a place, why it was thought of, and the threshold where text or rules give one."""

    measure: Measure
    place: Mapping[Key, str]
    comparison: Comparison
    threshold: str | None
    why: Text

    def claim(self, threshold: str | None = None) -> Claim:
        """The claim, for somebody to put on the card; `UsageError` without any threshold."""
        limit = threshold or self.threshold
        if limit is None:
            example = "5d" if self.measure in DURATIONS else "90%"
            raise UsageError(
                f"{self.measure}: the text gives no threshold; say it, for example claim({example!r})"
            )
        return Claim(
            measure=self.measure,
            place=dict(self.place),
            comparison=self.comparison,
            threshold=limit,
        )

    def __repr__(self) -> str:
        place = ", ".join(f"{key}: {at}" for key, at in self.place.items())
        limit = self.threshold or "?"
        return f"Suggestion({self.measure} {{{place}}} {self.comparison} {limit})"


def suggest(text: str, journey: Journey, rules: Rules | None = None) -> tuple[Suggestion, ...]:
    """Measures that `text` may speak of, likeliest first; empty when no word of it hints at any.

    Words are those of ``templates/annotations/lexicon.toml``; places are the activities, stages and
    attributes of `journey` whose names the text mentions, in whole or in part. A share without a number
    takes the tolerance of the `rules`; a duration without one is for the room to say.
    """
    said = _Said(_plain(text), journey, rules or Rules.load("rules"))
    found = [s for measure in said.measures() for s in _for_measure(said, measure)]
    found.sort(key=lambda pair: -pair[0])
    return tuple(suggestion for _score, suggestion in found[:AT_MOST])


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@functools.cache
def _lexicon() -> Mapping[str, Any]:
    return load_template("annotations", "lexicon")


@dataclass(frozen=True, eq=False)
class _Said:
    """What somebody wrote, beside the journey it speaks of."""

    text: str
    journey: Journey
    rules: Rules

    def measures(self) -> dict[Measure, list[str]]:
        """Measure → the words that hint at it, in order of appearance."""
        found = {
            measure: sorted((w for w in words if matches(self.text, (w,))), key=self.text.find)
            for measure, words in _lexicon()["measures"].items()
        }
        return {measure: words for measure, words in found.items() if words}

    def mentioned(self, names: Iterable[str]) -> list[tuple[float, str]]:
        """The names the text mentions, with how much of them it says, most first."""
        scored = [(_overlap(self.text, name), name) for name in names]
        return sorted((pair for pair in scored if pair[0]), key=lambda p: (-p[0], p[1]))

    def comparison(self, measure: Measure) -> Comparison:
        """Complaints are of too much, but of too little conversion and filling."""
        words = _lexicon()["comparison"]
        if matches(self.text, tuple(words["less"])):
            return "<"
        if matches(self.text, tuple(words["more"])):
            return ">"
        return "<" if measure in ("conversion", "filling") else ">"

    def threshold(self, measure: Measure) -> tuple[str | None, str]:
        """The threshold, and where it is from."""
        said = _duration(self.text) if measure in DURATIONS else _share(self.text)
        if said is not None:
            return said, "said"
        tolerance = _TOLERANCES.get(measure)
        if tolerance is None:
            return None, "no_limit" if measure in DURATIONS else "no_share"
        return f"{getattr(self.rules.tolerance, tolerance) * 100:g}%", "tolerance"


_TOLERANCES: Mapping[Measure, str] = {
    "rework": "rework_loop",
    "drop_off": "drop_off",
    "loss": "carry_over_loss",
}


def _for_measure(said: _Said, measure: Measure) -> Iterator[tuple[float, Suggestion]]:
    words = said.measures()[measure]
    limit, source = said.threshold(measure)
    mark = say("annotation.list_mark")
    told = Text(mark.zh.join(words), mark.en.join(words))
    why = say(
        "annotation.suggested",
        measure=say("annotation.why_words", words=told),
        why=say(f"annotation.why_{source}"),
    )
    for score, place in _PLACES[measure](said)[:PER_MEASURE]:
        yield score + len(words), Suggestion(measure, place, said.comparison(measure), limit, why)


# -- places ------------------------------------------------------------------------------------------

_Scored = list[tuple[float, dict[Key, str]]]


def _steps(said: _Said) -> _Scored:
    """Steps between two activities that are mentioned; else the likeliest out of, or into, one."""
    scores = {name: score for score, name in said.mentioned(said.journey.activity_names)}
    moves = [m for m in said.journey.moves if m.source != m.target]
    most = max((m.count for m in moves), default=1)
    found = [
        (scores.get(m.source, 0.0) + scores.get(m.target, 0.0) + m.count / most / 2, m)
        for m in moves
        if m.source in scores or m.target in scores
    ]
    found.sort(key=lambda pair: (-pair[0], pair[1].source, pair[1].target))
    return [(score, {"from": m.source, "to": m.target}) for score, m in found]


def _activities(said: _Said) -> _Scored:
    names = (a.name for a in said.journey.activities if not a.repeatable)
    return [(score, {"activity": name}) for score, name in said.mentioned(names)]


def _stages(said: _Said) -> _Scored:
    """Stages that are mentioned, or those of activities that are."""
    journey = said.journey
    scores: dict[str, float] = {}
    for stage in journey.stages:
        if stage.id != UNMAPPED:
            scores[stage.id] = max(_overlap(said.text, n) for n in (stage.name.zh, stage.name.en))
    for score, name in said.mentioned(journey.activity_names):
        stage_id = journey.activity(name).stage
        if stage_id in scores:
            scores[stage_id] = max(scores[stage_id], score / 2)
    found = sorted(((s, id) for id, s in scores.items() if s), key=lambda pair: (-pair[0], pair[1]))
    return [(score, {"stage": id}) for score, id in found]


def _attributes(said: _Said) -> _Scored:
    names = said.mentioned(said.journey.log.attributes)
    return [(score, {"attribute": name}) for score, name in names]


def _losses(said: _Said) -> _Scored:
    """Attributes that are mentioned, at the hand-overs of departments that are; else at the busiest."""
    most = max((h.count for h in said.journey.handovers), default=1)
    found = []
    for score, attribute in said.mentioned(said.journey.log.attributes):
        for h in said.journey.handovers:
            near = _overlap(said.text, h.source) + _overlap(said.text, h.target)
            place: dict[Key, str] = {"attribute": attribute, "from": h.source, "to": h.target}
            found.append((score + near + h.count / most / 2, place))
    return sorted(found, key=lambda pair: (-pair[0], *pair[1].values()))


def _anywhere(said: _Said) -> _Scored:  # noqa: ARG001 - one of several ways to find a place
    return [(0.0, {})]


_PLACES: Mapping[Measure, Callable[[_Said], _Scored]] = {
    "wait": _steps,
    "dwell": _stages,
    "cycle_time": _anywhere,
    "rework": lambda said: _activities(said) or _anywhere(said),
    "drop_off": lambda said: _activities(said) or _stages(said),
    "loss": _losses,
    "conversion": lambda said: _stages(said) or _anywhere(said),
    "filling": _attributes,
}


# -- words -------------------------------------------------------------------------------------------

_LATIN = re.compile(r"[a-z][a-z'-]{3,}")


def _overlap(text: str, name: str) -> float:
    """How much of a name the text says, 0–2: 2 for all of it, from two Chinese characters on.

    >>> _overlap("报价流程太繁琐", "发送报价"), _overlap("quoting is slow", "call")
    (0.5, 0.0)
    """
    plain = _plain(name)
    if plain and plain in text:
        return 2.0 if len(plain) > 1 else 0.0
    words = _LATIN.findall(plain)
    if words:
        return sum(matches(text, (_stem(word),)) for word in words) / len(words)
    for word in _lexicon()["words"]["common"]:
        text = text.replace(word, " ")
    same = SequenceMatcher(None, text, plain, autojunk=False).find_longest_match()
    return same.size / len(plain) if same.size > 1 else 0.0


def _stem(word: str) -> str:
    """A word without what English adds to it: quotes, quoted, quoting."""
    return re.sub(r"(?<=[a-z]{3})(?:ings?|ed|es|e|s)$", "", word)


def _duration(text: str) -> str | None:
    """The first duration the text names, in figures or in Chinese numerals.

    >>> _duration("要等两天"), _duration("十五分钟"), _duration("two weeks, or 3 weeks")
    ('2d', '15min', '21d')
    """
    for unit, words in _lexicon()["units"].items():
        for word in words:
            end = r"(?![a-z])" if word[-1].isascii() else ""
            found = re.search(
                rf"(\d+(?:\.\d+)?|[{''.join(_DIGITS)}]+)\s*{re.escape(word)}{end}", text
            )
            if found and (n := _count(found[1])):
                return f"{n * 7:g}d" if unit == "week" else f"{n:g}{unit}"
    return None


_DIGITS = dict(
    zip("半一二两三四五六七八九十", (0.5, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True)
)


def _count(text: str) -> float | None:
    """A number below a hundred, in figures or in Chinese numerals; None for anything else.

    >>> _count("2.5"), _count("两"), _count("二十一"), _count("三四")
    (2.5, 2, 21, None)
    """
    if text[0].isdigit():
        return float(text)
    tens, ten, ones = text.rpartition("十")
    if len(tens) > 1 or len(ones) > 1:
        return None
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


def _share(text: str) -> str | None:
    match = re.search(r"(\d+(?:\.\d+)?)\s*(?:%|percent|per cent)", text)
    return f"{match[1]}%" if match and float(match[1]) <= 100 else None
