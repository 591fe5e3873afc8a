"""`lint_goal`: what a goal says, and what it lacks to be SMART.

Specific, measurable, attainable, relevant, timed: the rules are those of Doran (1981) as far as a
machine can apply them. Whether a goal is worth having is for the people in the room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from journeylib import wording
from journeylib.documents import Bullets, Document, Heading, Paragraph, Strong, Table
from journeylib.findings.finding import Findings
from journeylib.goals.catalogue import catalogue, measure_words
from journeylib.goals.goal import goal_of, population, read
from journeylib.goals.power import cases_expected, smallest_change
from journeylib.goals.reading import GoalReading
from journeylib.goals.reference import meets
from journeylib.goals.words import fact_words, figure
from journeylib.journey import Journey
from journeylib.spec.parts import Goal
from journeylib.terms import Clock, Fact, Lang, Text, say

Letter = Literal["S", "M", "A", "R", "T"]


@dataclass(frozen=True, slots=True)
class SmartCheck:
    """One of the five; `ok` is None where it cannot be judged (yet)."""

    letter: Letter
    ok: bool | None
    said: Text

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"letter": self.letter, "ok": self.ok, "said": self.said.to_dict()}


@dataclass(frozen=True)
class GoalLint:
    """A goal, what was understood of it, the five checks, and the pieces that were not understood.

    `goal` is there where a journey was given; `reading` where the goal was a text.
    """

    text: str
    understood: tuple[Text, ...]
    checks: tuple[SmartCheck, ...]
    not_understood: tuple[str, ...] = ()
    reading: GoalReading | None = None
    goal: Goal | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is missing, as far as can be judged."""
        return all(check.ok is not False for check in self.checks)

    @property
    def missing(self) -> tuple[Text, ...]:
        """What must still be said or changed."""
        return tuple(check.said for check in self.checks if check.ok is False)

    def check(self, letter: Letter) -> SmartCheck:
        """One of the five checks."""
        return next(check for check in self.checks if check.letter == letter)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "schema": "goal-lint/1",
            "text": self.text,
            "understood": [text.to_dict() for text in self.understood],
            "checks": [check.to_dict() for check in self.checks],
            "not_understood": list(self.not_understood),
            "reading": self.reading.to_dict() if self.reading else None,
            "goal": self.goal.model_dump(mode="json") if self.goal else None,
        }

    def document(self, lang: Lang = "zh") -> Document:
        """The goal, what was understood, and the five checks."""
        head = tuple(say(f"goal.lint_{key}").in_(lang) for key in ("rule", "holds", "said"))
        rows = tuple(
            (
                say(f"goal.{c.letter}").in_(lang),
                say(f"goal.ok_{_mark(c.ok)}").in_(lang),
                c.said.in_(lang),
            )
            for c in self.checks
        )
        left = say("goal.not_understood", pieces=_listed(self.not_understood)).in_(lang)
        return Document(
            say("goal.lint_title").in_(lang),
            (
                Paragraph(Strong(self.text)),
                Heading(say("goal.lint_understood").in_(lang)),
                Bullets(tuple(text.in_(lang) for text in self.understood)),
                Paragraph(left if self.not_understood else ""),
                Heading("SMART"),
                Table(head, rows, "smart"),
            ),
            lang,
        )

    def __repr__(self) -> str:
        marks = " ".join(
            f"{c.letter}{ {True: '✓', False: '✗', None: '?'}[c.ok] }" for c in self.checks
        )
        return f"GoalLint({self.text!r}: {marks})"


def lint_goal(
    goal: str | Goal,
    journey: Journey | None = None,
    findings: Findings | None = None,
    *,
    today: date | None = None,
) -> GoalLint:
    """Check a goal, in free text (Chinese or English) or as a `Goal`.

    With a `journey` the baseline is mined and compared with what the text claims; with `findings` those
    of its kind are linked. Dates without a year are counted from `today`, or from the end of the log.

    >>> lint_goal("提高销售额").missing[0].en
    'S (specific): missing: the target.'
    """
    if isinstance(goal, Goal):
        return _lint_of(goal, journey)
    reading = read(goal, journey, today)
    mined = None
    if journey is not None:
        journey = population(journey, reading)
        mined = goal_of(reading, journey, findings)
    checks = (
        _specific(reading),
        _measurable(reading, mined),
        attainable(mined),
        _relevant(reading.place, mined),
        _timed(reading, mined, journey),
    )
    understood = tuple(_understood(reading, mined, journey))
    return GoalLint(goal, understood, checks, reading.left_over, reading, mined)


def _lint_of(goal: Goal, journey: Journey | None) -> GoalLint:
    reading = GoalReading(
        text=goal.name.zh,
        measure=goal.measure,
        place=goal.of,
        target=goal.target,
        unit=goal.baseline.unit,
        due=goal.due,
    )
    checks = (
        _specific(reading),
        _measurable(reading, goal),
        attainable(goal),
        _relevant(goal.of, goal),
        _timed(reading, goal, journey),
    )
    return GoalLint(goal.name.zh, tuple(_understood(reading, goal, journey)), checks, goal=goal)


# -- the five ------------------------------------------------------------------------------------


def _specific(reading: GoalReading) -> SmartCheck:
    """A measure of the catalogue, the place it needs, and a target."""
    if reading.deliverable is not None:
        return SmartCheck("S", False, say("goal.s_deliverable", what=reading.deliverable))
    lacks = list(_lacks(reading))
    if not lacks:
        return SmartCheck("S", True, say("goal.s_ok"))
    words = Text("、".join(t.zh for t in lacks), ", ".join(t.en for t in lacks))
    said = say("goal.s_lacks", what=words)
    if reading.vague:
        vague = say("goal.s_vague", words=_listed(reading.vague))
        said = Text(said.zh + vague.zh, f"{said.en} {vague.en}")
    return SmartCheck("S", False, said)


def _lacks(reading: GoalReading) -> Iterator[Text]:
    if reading.measure is None:
        yield say("goal.lack_measure")
    elif catalogue()[reading.measure].of != "case" and reading.place is None:
        yield say(f"goal.lack_{catalogue()[reading.measure].of}")
    if reading.target is None and reading.change is None:
        yield say("goal.lack_target")
    elif reading.measure is not None and not _unit_fits(reading):
        yield say("goal.lack_unit")


def _unit_fits(reading: GoalReading) -> bool:
    wanted = catalogue()[str(reading.measure)].unit
    unit = reading.unit if reading.target is not None else reading.change_unit
    if wanted == "share":
        value = reading.target if reading.target is not None else reading.change
        return unit in ("share", "point") or (unit == "count" and 1 < (value or 0) <= 100)
    if reading.target is None and unit == "share":
        return True
    return unit in ("h" if wanted == "h" else "count", wanted)


def _measurable(reading: GoalReading, goal: Goal | None) -> SmartCheck:
    """A baseline with n and interval; and what the text says of today must not contradict it."""
    if goal is None:
        known = reading.start is not None
        return SmartCheck("M", None, say("goal.m_claimed" if known else "goal.m_no_log"))
    fact = goal.baseline
    if fact.value is None:
        return SmartCheck("M", False, say("goal.m_unknown", reason=fact.reason or Text("", "")))
    if fact.ci_low is None and fact.ci_high is None:
        return SmartCheck("M", False, say("goal.m_no_interval", fact=fact_words(fact)))
    if _contradicts(reading, fact):
        claimed = figure(_claimed(reading, fact), fact.unit)
        return SmartCheck("M", False, say("goal.m_differs", claimed=claimed, fact=fact_words(fact)))
    return SmartCheck("M", True, say("goal.m_ok", fact=fact_words(fact)))


def _claimed(reading: GoalReading, fact: Fact) -> float | None:
    """The baseline the text claims, in the unit of the mined one."""
    start = reading.start
    if start is not None and fact.unit == "share" and reading.unit == "count":
        return start / 100
    return start


def _contradicts(reading: GoalReading, fact: Fact) -> bool:
    claimed = _claimed(reading, fact)
    if claimed is None:
        return False
    below = fact.ci_low is not None and claimed < fact.ci_low
    above = fact.ci_high is not None and claimed > fact.ci_high
    return below or above


def attainable(goal: Goal | None) -> SmartCheck:
    """The third check, by the attainment of the goal where there is one."""
    if goal is None:
        return SmartCheck("A", None, say("goal.a_no_log"))
    if goal.target is None or goal.baseline.value is None:
        return SmartCheck("A", None, say("goal.a_nothing"))
    if meets(goal.baseline.value, goal):
        return SmartCheck("A", False, say("goal.a_reached", fact=fact_words(goal.baseline)))
    if goal.attainment is None:
        return SmartCheck("A", None, say("goal.a_not_assessed"))
    ok = {"supported": True, "stretch": None, "not_supported": False, "unknown": None}
    verdict = goal.attainment.verdict
    return SmartCheck("A", ok[verdict], say("goal.a_said", reason=goal.attainment.reason))


def _relevant(place: str | None, goal: Goal | None) -> SmartCheck:
    if goal is not None and goal.findings:
        return SmartCheck("R", True, say("goal.r_findings", n=len(goal.findings)))
    if place is not None:
        return SmartCheck("R", True, say("goal.r_place"))
    return SmartCheck("R", None if goal is None else False, say("goal.r_nothing"))


def _timed(reading: GoalReading, goal: Goal | None, journey: Journey | None) -> SmartCheck:
    """A date ahead, and cases enough until then for the change to show."""
    due = reading.due
    if due is None:
        if reading.due_words is not None:
            return SmartCheck("T", False, say("goal.t_relative", words=reading.due_words))
        return SmartCheck("T", False, say("goal.t_none"))
    if journey is None or goal is None:
        return SmartCheck("T", True, say("goal.t_date", due=due.isoformat()))
    last = journey.log.totals.last.date()
    if due <= last:
        return SmartCheck(
            "T", False, say("goal.t_past", due=due.isoformat(), last=last.isoformat())
        )
    return _can_show(goal, journey, due)


def _can_show(goal: Goal, journey: Journey, due: date) -> SmartCheck:
    expected = cases_expected(goal, journey)
    smallest = None if expected is None else smallest_change(goal.baseline, expected)
    if smallest is None or goal.target is None or goal.baseline.value is None:
        return SmartCheck("T", True, say("goal.t_date", due=due.isoformat()))
    asked = abs(goal.target - goal.baseline.value)
    unit = goal.baseline.unit
    words = {
        "due": due.isoformat(),
        "n": f"{expected:,}",
        "smallest": _change(smallest, unit),
        "asked": _change(asked, unit),
    }
    shows = asked >= smallest
    return SmartCheck("T", shows, say("goal.t_shows" if shows else "goal.t_hidden", **words))


def _change(value: float, unit: str) -> Text:
    """A difference; that of shares is in percentage points."""
    if unit == "share":
        return say("goal.points", n=wording.figure(value * 100))
    return figure(value, unit)


# -- what was understood ---------------------------------------------------------------------------


def _understood(reading: GoalReading, goal: Goal | None, journey: Journey | None) -> Iterator[Text]:
    if reading.measure is not None:
        yield say("goal.u_measure", measure=_measure(reading, goal, journey))
        clock = Clock.WORKING if reading.working else Clock.CALENDAR
        if catalogue()[reading.measure].unit == "h":
            yield say(f"goal.u_clock_{clock}")
        who = reading.population
        yield say("goal.u_population", who=who) if who else say("goal.u_everyone")
    if reading.start is not None:
        yield say("goal.u_from", value=_amount(reading, reading.start))
    if reading.target is not None:
        yield say("goal.u_to", value=_amount(reading, reading.target))
    if reading.change is not None:
        yield _by_how_much(reading, goal)
    if reading.due is not None:
        yield say("goal.u_due", due=reading.due.isoformat())
    if reading.mean:
        yield say("goal.u_mean")


def _measure(reading: GoalReading, goal: Goal | None, journey: Journey | None) -> Text:
    if goal is not None:
        return goal.name
    entry = catalogue()[str(reading.measure)]
    if journey is not None:
        return measure_words(journey, entry.id, reading.place)
    return entry.name


def _amount(reading: GoalReading, value: float) -> Text:
    wanted = catalogue()[reading.measure].unit if reading.measure else None
    if reading.unit == "count" and wanted == "share" and 1 < value <= 100:
        return figure(value / 100, "share")
    if reading.unit in ("h", "share"):
        return figure(value, reading.unit)
    if reading.unit == wanted and wanted is not None:
        return figure(value, wanted)
    return Text.same(f"{value:,.6g}")


def _by_how_much(reading: GoalReading, goal: Goal | None) -> Text:
    """A relative change of a share may be meant as percentage points: both readings are told."""
    change, up = reading.change or 0.0, reading.direction or "up"
    if reading.change_unit == "share":
        said = say(f"goal.u_relative_{up}", value=wording.percent(change))
        if reading.measure is not None and catalogue()[reading.measure].unit == "share":
            more = say("goal.u_or_points", value=say("goal.points", n=f"{change * 100:g}"))
            said = Text(said.zh + more.zh, f"{said.en} {more.en}")
    elif reading.change_unit == "point":
        said = say(f"goal.u_by_{up}", value=say("goal.points", n=f"{change * 100:g}"))
    elif reading.change_unit == "h":
        said = say(f"goal.u_by_{up}", value=figure(change, "h"))
    else:
        said = say(f"goal.u_by_{up}", value=Text.same(f"{change:,.6g}"))
    if goal is None or goal.target is None:
        return said
    target = say("goal.u_means", value=figure(goal.target, goal.baseline.unit))
    return Text(said.zh + target.zh, f"{said.en} {target.en}")


def _listed(pieces: tuple[str, ...]) -> Text:
    return Text(
        "、".join(f"“{piece}”" for piece in pieces), ", ".join(f"“{piece}”" for piece in pieces)
    )


def _mark(ok: bool | None) -> str:  # noqa: FBT001 - the value itself, no switch
    return {True: "yes", False: "no", None: "open"}[ok]
