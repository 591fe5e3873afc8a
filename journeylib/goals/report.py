"""Goals and KPIs as documents: what a table of figures cannot leave out beside each figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from journeylib.documents import Block, Bullets, Document, Heading, Paragraph, Table
from journeylib.findings.finding import Findings
from journeylib.goals.attainability import assessed
from journeylib.goals.goal import population
from journeylib.goals.kpis import Kpi
from journeylib.goals.lint import GoalLint, attainable, lint_goal
from journeylib.goals.whatif.interventions import Intervention
from journeylib.goals.words import fact_words, figure
from journeylib.journey import Journey
from journeylib.spec.parts import Attainment, Goal
from journeylib.terms import Lang, say
from journeylib.wording import percent


def assessed_goal(
    text: str,
    journey: Journey,
    findings: Findings | None = None,
    interventions: Iterable[Intervention] = (),
    *,
    today: date | None = None,
) -> GoalLint:
    """The lint of a goal in free text, with its attainability by these interventions."""
    lint = lint_goal(text, journey, findings, today=today)
    assert lint.goal is not None and lint.reading is not None
    if lint.goal.measure is None:
        return lint
    goal = assessed(lint.goal, population(journey, lint.reading), interventions)
    checks = tuple(attainable(goal) if c.letter == "A" else c for c in lint.checks)
    return replace(lint, goal=goal, checks=checks)


def attainment_document(lint: GoalLint, lang: Lang = "zh") -> Document:
    """The verdict on a goal, the probabilities, the classes of the past, and the remarks."""
    goal = lint.goal
    title = say("goal.attainment_title").in_(lang)
    if goal is None or goal.attainment is None:
        return Document(title, (Paragraph(say("goal.a_nothing").in_(lang)),), lang)
    found = goal.attainment
    word = say(f"goal.verdict_{found.verdict}").in_(lang)
    return Document(
        f"{title}{say('goal.colon').in_(lang)}{word}",
        (
            Paragraph(found.reason.in_(lang)),
            _levels(goal, found, lang),
            *_classes(goal, found, lang),
            Bullets(tuple(note.in_(lang) for note in found.notes)),
        ),
        lang,
    )


def kpi_document(found: Sequence[Kpi], lang: Lang = "zh") -> Document:
    """All KPIs: value, interval, n or the reason, and the definition; cautions below."""
    head = tuple(say(f"goal.kpi_{key}").in_(lang) for key in ("name", "value", "definition"))
    rows = tuple(
        (kpi.name.in_(lang), fact_words(kpi.fact).in_(lang), kpi.definition.in_(lang))
        for kpi in found
    )
    return Document(
        say("goal.kpi_title").in_(lang),
        (
            Table(head, rows, "kpis"),
            *_cohorts(found, lang),
            Bullets(
                tuple(f"{k.name.in_(lang)}: {k.caution.in_(lang)}" for k in found if k.caution)
            ),
        ),
        lang,
    )


def _levels(goal: Goal, found: Attainment, lang: Lang) -> Table:
    head = tuple(say(f"goal.level_{key}").in_(lang) for key in ("adherence", "expected", "p"))
    rows = tuple(
        (percent(level.adherence), fact_words(level.expected).in_(lang), f"{level.probability:.2f}")
        for level in found.levels
    )
    return Table(head, rows, goal.id)


def _classes(goal: Goal, found: Attainment, lang: Lang) -> Iterator[Block]:
    if not found.classes:
        return
    yield Heading(say("goal.classes").in_(lang), 3)
    keys = ("kind", "name", "value", "shrunk", "reaches")
    head = tuple(say(f"goal.class_{key}").in_(lang) for key in keys)
    unit = goal.baseline.unit
    rows = tuple(
        (
            say(f"goal.kind_{c.kind}").in_(lang),
            c.name,
            _class_value(goal, c.value, (c.ci_low, c.ci_high), c.n, lang),
            figure(c.shrunk, unit).in_(lang),
            say(f"goal.ok_{'yes' if c.reaches else 'no'}").in_(lang),
        )
        for c in found.classes
    )
    yield Table(head, rows, "classes")


def _class_value(
    goal: Goal, value: float, ends: tuple[float | None, float | None], n: int, lang: Lang
) -> str:
    fact = replace(goal.baseline, value=value, n=n, ci_low=ends[0], ci_high=ends[1])
    return fact_words(fact).in_(lang)


def _cohorts(found: Sequence[Kpi], lang: Lang) -> Iterator[Block]:
    """Quarter by quarter, a row a KPI."""
    told = [kpi for kpi in found if kpi.cohorts]
    quarters = sorted({name for kpi in told for name, _fact in kpi.cohorts})
    if not quarters:
        return
    yield Heading(say("goal.kpi_cohorts").in_(lang))
    rows = []
    for kpi in told:
        by_quarter = dict(kpi.cohorts)
        cells = (by_quarter.get(quarter) for quarter in quarters)
        words = (fact_words(fact).in_(lang) if fact else None for fact in cells)
        rows.append((kpi.name.in_(lang), *words))
    yield Table((say("goal.kpi_name").in_(lang), *quarters), tuple(rows), "cohorts")
