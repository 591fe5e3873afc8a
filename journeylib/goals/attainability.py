"""`attainability`: can the target be reached, judged by past cases and by a what-if.

Reference classes tell what has been possible somewhere; the what-if, what the interventions would do;
the number of cases, whether the change could be seen at all. Only the what-if gives a verdict:
*supported* when the target is reached with probability 0.8 at 80 % adherence, *stretch* when with 0.2 at
full adherence, else *not supported*; *unknown*, with the reason, where it cannot be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from journeylib.errors import UsageError
from journeylib.goals.capacity import BUSY, capacity
from journeylib.goals.power import cases_expected, cases_needed
from journeylib.goals.reference import References, meets, references
from journeylib.goals.whatif.interventions import Intervention, RaiseConversion, checked
from journeylib.goals.whatif.play import WhatIf, whatifs
from journeylib.journey import Journey
from journeylib.spec.parts import AtAdherence, Attainment, Capacity, Goal
from journeylib.terms import Clock, Text, say
from journeylib.wording import percent

ADHERENCES = (0.5, 0.8, 1.0)
SUPPORTED, STRETCH = 0.8, 0.2
SIMULATED = ("cycle_time", "dwell", "conversion", "win_rate", "won_cases")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, the probability and adherence behind it, and the sentence."""

    word: str
    probability: float | None
    adherence: float | None
    reason: Text


def attainability(
    goal: Goal, journey: Journey, interventions: Iterable[Intervention] = ()
) -> Attainment:
    """Whether `goal` can be reached from `journey`, by these interventions.

    `journey` is that of the goal's population. `UsageError` where an intervention makes no sense.
    """
    given = checked(journey, interventions)
    classes = references(goal, journey)
    busy = capacity(journey)
    levels: tuple[AtAdherence, ...] = ()
    verdict = _unanswerable(goal, given, classes)
    if verdict is None:
        results = whatifs(journey, given, ADHERENCES)
        levels = tuple(_level(goal, result) for result in results)
        verdict = verdict_of([level.probability for level in levels])
    return Attainment.model_validate(
        {
            "verdict": verdict.word,
            "probability": verdict.probability,
            "adherence": verdict.adherence,
            "reason": verdict.reason,
            "levels": levels,
            "classes": classes.classes,
            "too_small": classes.too_small,
            "needed": cases_needed(goal),
            "expected": cases_expected(goal, journey),
            "capacity": busy,
            "notes": tuple(_notes(goal, journey, given, classes, busy)),
        }
    )


def assessed(goal: Goal, journey: Journey, interventions: Iterable[Intervention] = ()) -> Goal:
    """`goal` with its attainment, and without the gap that it had not been assessed."""
    attainment = attainability(goal, journey, interventions)
    asked = say("spec.smart_attainable")
    known = attainment.verdict != "unknown"
    missing = tuple(text for text in goal.missing if not (known and text == asked))
    return goal.model_copy(update={"attainment": attainment, "missing": missing})


def verdict_of(probabilities: Sequence[float]) -> Verdict:
    """The verdict on the probabilities at `ADHERENCES`.

    >>> verdict_of([0.1, 0.5, 0.9]).word
    'stretch'
    """
    at = dict(zip(ADHERENCES, probabilities, strict=True))
    if at[0.8] >= SUPPORTED:
        word, adherence = "supported", 0.8
    else:
        word, adherence = ("stretch" if at[1.0] >= STRETCH else "not_supported"), 1.0
    words = {"p": f"{at[adherence]:.2f}", "share": percent(adherence)}
    return Verdict(word, at[adherence], adherence, say(f"goal.{word}", **words))


def _unanswerable(
    goal: Goal, interventions: Sequence[Intervention], classes: References
) -> Verdict | None:
    """Why there can be no verdict by a what-if, or that none is needed; None where it can be asked."""
    reason = next(_obstacles(goal, interventions, classes), None)
    return None if reason is None else Verdict("unknown", None, None, reason)


def _obstacles(
    goal: Goal, interventions: Sequence[Intervention], classes: References
) -> Iterator[Text]:
    if goal.baseline.value is None:
        yield say("goal.unknown_baseline", reason=goal.baseline.reason or Text("", ""))
    if goal.target is None:
        yield say("goal.unknown_target")
    elif goal.baseline.value is not None and meets(goal.baseline.value, goal):
        yield say("goal.already_there")
    if goal.measure not in SIMULATED:
        yield say("goal.not_simulated")
    if goal.baseline.clock is Clock.WORKING:
        yield say("goal.not_in_working_time")
    if not interventions:
        yield _by_classes(classes)
    if any(isinstance(i, RaiseConversion) and _presumes(i, goal) for i in interventions):
        yield say("goal.circular")


def _presumes(intervention: RaiseConversion, goal: Goal) -> bool:
    """Whether what is asked has been put in."""
    return goal.measure == "conversion" and intervention.stage == goal.of


def _by_classes(classes: References) -> Text:
    """Without interventions: what is known all the same."""
    if not classes.classes:
        return say("goal.no_interventions")
    reaching = [c.name for c in classes.classes if c.reaches]
    return say("goal.no_interventions_but", k=len(reaching), n=len(classes.classes))


def _level(goal: Goal, result: WhatIf) -> AtAdherence:
    """The target is moved by as much as the what-if's figure of today differs from the baseline."""
    measure, target, now = str(goal.measure), goal.target, goal.baseline.value
    try:
        effect = result.effect(measure, goal.of)
    except UsageError:
        effect = result.effect(measure)
    today = effect.before.value
    assert target is not None and now is not None
    scaled = target * today / now if today and now else target
    return AtAdherence(
        adherence=result.adherence,
        probability=result.probability(scaled, measure, effect.of),
        expected=effect.after,
    )


# -- what else there is to say ---------------------------------------------------------------------


def _notes(
    goal: Goal,
    journey: Journey,
    interventions: Sequence[Intervention],
    classes: References,
    busy: Sequence[Capacity],
) -> Iterator[Text]:
    if classes.classes and goal.target is not None:
        yield _classes_said(classes)
    if classes.too_small:
        names = "、".join(classes.too_small)
        yield say("goal.too_small", names=Text(names, names.replace("、", ", ")))
    needed, expected = cases_needed(goal), cases_expected(goal, journey)
    if needed is not None:
        yield _power_said(needed, expected)
    if interventions:
        yield from _capacity_said(busy)


def _classes_said(classes: References) -> Text:
    reaching = [c for c in classes.classes if c.reaches]
    raw = sum(c.reaches for c in classes.classes)
    best = ", ".join(sorted({c.name for c in reaching}))
    key = "goal.classes_reach" if reaching else "goal.classes_none"
    return say(key, k=raw, n=len(classes.classes), names=best)


def _power_said(needed: int, expected: int | None) -> Text:
    if expected is None:
        return say("goal.power", needed=f"{needed:,}")
    key = "goal.power_enough" if expected >= needed else "goal.power_short"
    return say(key, needed=f"{needed:,}", expected=f"{expected:,}")


def _capacity_said(busy: Sequence[Capacity]) -> Iterator[Text]:
    if not busy:
        yield say("goal.capacity_unknown")
        return
    full = [c for c in busy if c.utilisation >= BUSY]
    most = max(busy, key=lambda c: c.utilisation)
    shown = full or [most]
    told = ", ".join(f"{c.department} {percent(c.utilisation)}" for c in shown)
    yield say("goal.capacity_full" if full else "goal.capacity_free", told=told)
