"""Goals with mined baselines. Target and date are left to the workshop; what is missing is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from journeylib.journey import Journey, StageFacts
from journeylib.spec.parts import Goal
from journeylib.terms import Fact, Text, say, stable_id


def smart_gaps(goal: Goal) -> tuple[Text, ...]:
    """What `goal` lacks to be specific, measurable, attainable, relevant and timed (Doran 1981)."""
    return tuple(say(f"spec.smart_{key}") for key in _gaps(goal))


def _gaps(goal: Goal) -> Iterator[str]:
    baseline = goal.baseline
    if goal.target is None:
        yield "target"
    if baseline.value is None:
        yield "baseline"
    elif baseline.ci_low is None and baseline.ci_high is None:
        yield "interval"
    yield "worse" if _is_worse(goal) else "attainable"
    if not goal.findings:
        yield "relevant"
    if goal.due is None:
        yield "due"


def _is_worse(goal: Goal) -> bool:
    if goal.target is None or goal.baseline.value is None:
        return False
    change = goal.target - goal.baseline.value
    return change < 0 if goal.better == "higher" else change > 0


def cycle_time_goal(journey: Journey, findings: Sequence[str]) -> Goal:
    """Shorten the way from first event to outcome."""
    return _goal(
        ("cycle_time", None),
        (say("spec.goal_cycle"), say("spec.goal_cycle_def")),
        "lower",
        journey.cycle_time,
        findings,
    )


def stage_goals(
    stage: StageFacts, filled: Fact | None, about: Callable[..., tuple[str, ...]]
) -> tuple[Goal, ...]:
    """Raise the stage's conversion and the share of its required information that is filled in.

    `filled` is None where the exit criteria ask for no information; `about(*types)` gives the ids of
    the stage's findings of these types.
    """
    goals = []
    if stage.conversion.value is not None:
        goals.append(_stage_goal("conversion", stage, stage.conversion, about("drop_off")))
    if filled is not None:
        gaps = about("gate_incomplete", "carry_over_loss")
        goals.append(_stage_goal("filling", stage, filled, gaps))
    return tuple(goals)


def _stage_goal(measure: str, stage: StageFacts, baseline: Fact, findings: Sequence[str]) -> Goal:
    words = say(f"spec.goal_{measure}", stage=stage.name), say(f"spec.goal_{measure}_def")
    return _goal((measure, stage.id), words, "higher", baseline, findings)


def _goal(
    asked: tuple[str, str | None],
    words: tuple[Text, Text],
    better: str,
    baseline: Fact,
    findings: Sequence[str],
) -> Goal:
    measure, of = asked
    goal = Goal.model_validate(
        {
            "id": stable_id("g", *filter(None, asked)),
            "measure": measure,
            "of": of,
            "name": words[0],
            "definition": words[1],
            "better": better,
            "baseline": baseline,
            "findings": tuple(findings),
        }
    )
    return goal.model_copy(update={"missing": smart_gaps(goal)})
