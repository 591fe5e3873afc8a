"""`readiness`: the checklist before a project, each line with its evidence or "not yet" (就绪度报告).

The lines are data (``templates/project/readiness.toml``). What a machine can check is checked, and
never said to be more than was seen; what people must answer is asked, and answered in a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from journeylib.annotations import Card
from journeylib.documents import (
    Block,
    Code,
    Document,
    Heading,
    Inline,
    Paragraph,
    Strong,
    Table,
    Value,
)
from journeylib.errors import InputError, TemplateError, did_you_mean, one_sentence
from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.log import ROLES
from journeylib.project.checks import CHECKS
from journeylib.project.checks.situation import Checked, Seen, Situation, State
from journeylib.project.overrides import read_beside
from journeylib.project.wording import told
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Goal
from journeylib.terms import Lang, Text, load_template, plain, say

STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the checklist: its state, what was seen (with n, and where), and what to do next.

    `answer` is what people said; on a line that a machine checks it stands beside, and changes nothing.
    """

    id: str
    part: str
    words: Text
    state: State
    evidence: Text
    n: int | None
    where: str | None
    column: str | None
    next: Text | None
    answer: Text | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Readiness:
    """The checklist, part by part. `parts` are the names of the parts by id."""

    lines: tuple[Line, ...]
    parts: Mapping[str, Text]

    def __getitem__(self, line: str) -> Line:
        for one in self.lines:
            if one.id == line:
                return one
        raise KeyError(line)

    def of(self, state: State) -> tuple[Line, ...]:
        """The lines in one state."""
        return tuple(line for line in self.lines if line.state == state)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "schema": "readiness/1",
            "counts": {state: len(self.of(state)) for state in STATES},
            "parts": {id: name.to_dict() for id, name in self.parts.items()},
            "lines": [line.to_dict() for line in self.lines],
        }

    def document(self, lang: Lang = "zh") -> Document:
        """The report to read."""
        return Document(told("readiness_title", lang), tuple(_blocks(self, lang)), lang)

    def __repr__(self) -> str:
        counts = (f"{len(self.of(state))} {state.replace('_', ' ')}" for state in STATES)
        return f"Readiness({len(self.lines)} lines: {', '.join(counts)})"


def readiness(
    journey: Journey,
    findings: Findings | None = None,
    spec: TargetSpec | None = None,
    annotations: Iterable[Card] | None = None,
    conformance: Checked | None = None,
    *,
    goals: Iterable[Goal] | None = None,
    answers: str | Path | Mapping[str, Any] | None = None,
) -> Readiness:
    """How ready the project is, from what has been done so far.

    `goals` are those of the workshop; else those of `spec`. `answers` (TOML, JSON or a mapping) holds
    what people say, by id of the line: ``{"team_named": {"answer": true, "words": "…"}}``. `InputError`
    for answers to lines that do not exist.
    """
    template = load_template("project", "readiness")
    own = _goals(spec) if goals is None else tuple(goals)
    situation = Situation(
        journey,
        findings,
        spec,
        None if annotations is None else tuple(annotations),
        conformance,
        own,
        template["thresholds"],
        tuple(template["indicators"]),
    )
    said = _answers(answers, {row["id"] for row in template["line"]})
    lines = tuple(_line(row, situation, said.get(row["id"])) for row in template["line"])
    parts = {part["id"]: Text(part["zh"], part["en"]) for part in template["part"]}
    return Readiness(lines, parts)


def _goals(spec: TargetSpec | None) -> tuple[Goal, ...]:
    if spec is None:
        return ()
    return (*spec.goals, *(goal for stage in spec.stages for goal in stage.goals))


# -- answers ---------------------------------------------------------------------------------------


def _answers(
    given: str | Path | Mapping[str, Any] | None, known: set[str]
) -> dict[str, tuple[bool, Text]]:
    """Yes or no with its words, by line; all problems at once."""
    name, read = read_beside(given)
    problems = [problem for id, said in read.items() for problem in _problems(id, said, known)]
    if problems:
        raise InputError(name, one_sentence(problems))
    return {id: (said["answer"], _said(said)) for id, said in read.items()}


def _problems(id: str, said: Any, known: set[str]) -> Iterator[str]:
    if id not in known:
        yield f"the checklist has no line {id!r}.{did_you_mean(id, sorted(known))}"
    elif not isinstance(said, Mapping) or not isinstance(said.get("answer"), bool):
        yield f"{id} needs answer = true or answer = false"
    elif unknown := sorted(set(said) - {"answer", "words", "by"}):
        yield f"{id} has the unknown field {unknown[0]!r}; there are answer, words, by"


def _said(said: Mapping[str, Any]) -> Text:
    words = say("project.answer_yes" if said["answer"] else "project.answer_no")
    if said.get("words"):
        words = say("project.answer_words", answer=words, words=said["words"])
    return say("project.answer_by", answer=words, by=said["by"]) if said.get("by") else words


# -- lines -----------------------------------------------------------------------------------------


def _line(row: Mapping[str, Any], situation: Situation, said: tuple[bool, Text] | None) -> Line:
    seen = _asked(said) if row.get("question") else _checked(row["id"], situation)
    return Line(
        id=row["id"],
        part=row["part"],
        words=Text(row["zh"], row["en"]),
        state=seen.state,
        evidence=seen.evidence,
        n=seen.n,
        where=seen.where,
        column=seen.column,
        next=_next(row, seen),
        answer=said[1] if said else None,
    )


def _next(row: Mapping[str, Any], seen: Seen) -> Text | None:
    """What to do while it is not there yet: what lacks a column needs that first."""
    if seen.state in ("ready", "answered"):
        return None
    if seen.column in ROLES:
        return say("project.next_column", column=seen.column)
    return Text(row["next_zh"], row["next_en"])


def _asked(said: tuple[bool, Text] | None) -> Seen:
    if said is None:
        return Seen("to_answer", say("project.seen_unanswered"))
    answer, words = said
    return Seen("answered" if answer else "not_yet", words, None, "answers")


def _checked(id: str, situation: Situation) -> Seen:
    try:
        check = CHECKS[id]
    except KeyError:
        raise TemplateError(
            f"readiness: there is no check {id!r}.{did_you_mean(id, CHECKS)}"
        ) from None
    return check(situation)


# -- to read ---------------------------------------------------------------------------------------


def _blocks(found: Readiness, lang: Lang) -> Iterator[Block]:
    yield Paragraph(told("readiness_intro", lang))
    yield Paragraph(_counts(found, lang))
    yield _summary(found, lang)
    for part, name in found.parts.items():
        own = [line for line in found.lines if line.part == part]
        yield Heading(name.in_(lang))
        yield _table(own, name.in_(lang), lang)


def _counts(found: Readiness, lang: Lang) -> str:
    counts = {state: len(found.of(state)) for state in STATES}
    return told("readiness_counts", lang, lines=len(found.lines), **counts)


def _summary(found: Readiness, lang: Lang) -> Table:
    head = (told("head_part", lang), *(told(f"state_{state}", lang) for state in STATES))
    rows: list[tuple[Value, ...]] = [
        (name.in_(lang), *(sum(line.part == part for line in found.of(s)) for s in STATES))
        for part, name in found.parts.items()
    ]
    return Table(head, tuple(rows), told("readiness_title", lang))


def _table(lines: Iterable[Line], name: str, lang: Lang) -> Table:
    keys = ("line", "state", "evidence", "next")
    return Table(
        tuple(told(f"head_{key}", lang) for key in keys),
        tuple(_row(line, lang) for line in lines),
        name,
    )


def _row(line: Line, lang: Lang) -> tuple[Value, ...]:
    return (
        line.words.in_(lang),
        Strong(told(f"state_{line.state}", lang)),
        _evidence(line, lang),
        line.next.in_(lang) if line.next else None,
    )


def _evidence(line: Line, lang: Lang) -> tuple[Inline, ...]:
    """What was seen and where; beside it what people say of a line that a machine checks."""
    text = line.evidence.in_(lang)
    if line.answer is not None and line.where != "answers":
        text += told("answer_beside", lang, answer=line.answer)
    return (text,) if line.where is None else (f"{text} ", Code(line.where))
