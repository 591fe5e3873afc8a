"""The report of a check: from the verdict down to what could not be measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from journeylib.checking.counted import Counted
from journeylib.checking.deviations import OffFlow
from journeylib.documents import (
    Block,
    Bullets,
    Code,
    Document,
    Heading,
    Line,
    Paragraph,
    Strong,
    Table,
)
from journeylib.terms import Lang, Text, say

if TYPE_CHECKING:
    from journeylib.checking.changes import Change, Changes
    from journeylib.checking.conformance import Conformance

SHOWN = 20
EXAMPLES = 5


def document_of(conformance: Conformance, lang: Lang, changes: Changes | None = None) -> Document:
    """The report of `conformance` in `lang`."""
    writer = _Writer(conformance, lang)
    title = say("check.title", name=conformance.spec.name).in_(lang)
    return Document(title, tuple(writer.blocks(changes)), lang)


def percent(share: float | None) -> str:
    """A share as people read it; a dash where there is none."""
    return "–" if share is None else f"{share:.1%}"


def rate_text(counted: Counted) -> str:
    """The rate with its interval."""
    if counted.interval is None:
        return "–"
    low, high = counted.interval
    return f"{percent(counted.rate)} ({low:.1%}–{high:.1%})"


def verdict_text(conformance: Conformance) -> Text:
    """The verdict in one sentence."""
    measured = len(conformance.rules) - len(conformance.unmeasured)
    return say(
        f"check.said_{conformance.verdict}", measured=measured, broken=len(conformance.broken)
    )


class _Writer:
    """One conformance in one language, as blocks."""

    def __init__(self, conformance: Conformance, lang: Lang) -> None:
        self.told, self.lang = conformance, lang

    def words(self, key: str, **values: object) -> str:
        return say(f"check.{key}", **values).in_(self.lang)

    def heading(self, key: str) -> Heading:
        return Heading(self.words(f"heading_{key}"))

    def head(self, *keys: str) -> tuple[str, ...]:
        return tuple(self.words(key) for key in keys)

    def blocks(self, changes: Changes | None) -> Iterator[Block]:
        yield from self.summary()
        if changes is not None:
            yield from self.changes(changes)
        yield from self.stages()
        yield from self.rules("worst", self.told.broken)
        yield from self.pending()
        yield from self.unmeasured()
        yield from self.deviations()
        yield from self.fitness()
        yield from self.rules("all", self.told.rules)
        yield from self.listed("notes", [note.in_(self.lang) for note in self.told.notes])

    def summary(self) -> Iterator[Block]:
        totals = self.told.journey.log.totals
        yield Paragraph(Strong(verdict_text(self.told).in_(self.lang)))
        yield Paragraph(
            self.words(
                "said_basis", cases=f"{totals.cases:,}", events=f"{totals.events:,}",
                first=f"{totals.first:%Y-%m-%d}", last=f"{totals.last:%Y-%m-%d}",
                version=self.told.spec.version,
            )
        )  # fmt: skip
        yield Paragraph(self.words("said_meaning"))

    def stages(self) -> Iterator[Block]:
        names = {stage.id: stage.name for stage in self.told.spec.stages}
        rows = []
        for count in self.told.stages:
            own = [c for c in self.told.rules if c.rule.stage == count.stage]
            broken = sum(c.broken for c in own)
            name = names[count.stage].in_(self.lang)
            rows.append((name, count.cases, count.passed, count.skipped, len(own), broken))
        yield self.heading("stages")
        head = ("stage", "stage_cases", "stage_passed", "stage_skipped", "stage_rules")
        yield Table(self.head(*head, "stage_broken"), tuple(rows), self.words("heading_stages"))

    def rules(self, key: str, rules: Sequence[Counted]) -> Iterator[Block]:
        if not rules:
            return
        yield self.heading(key)
        head = ("rule", "unit", "rate", "fulfilled", "violated", "pending", "vacuous", "examples")
        rows = tuple(self.row(counted) for counted in rules if counted.reason is None)
        yield Table(self.head(*head), rows, self.words(f"heading_{key}"))

    def row(self, counted: Counted) -> tuple[Line | int | None, ...]:
        return (
            counted.rule.text.in_(self.lang),
            self.words(f"unit_{counted.rule.unit}"),
            rate_text(counted),
            counted.fulfilled,
            counted.violated,
            counted.pending,
            counted.vacuous,
            Code(" ".join(counted.cases[:EXAMPLES])) if counted.cases else None,
        )

    def pending(self) -> Iterator[Block]:
        rows = tuple(
            (c.rule.text.in_(self.lang), c.pending, self.words(f"unit_{c.rule.unit}"))
            for c in self.told.rules
            if c.pending
        )
        if rows:
            yield self.heading("pending")
            head = self.head("rule", "pending", "unit")
            yield Table(head, rows, self.words("heading_pending"))

    def unmeasured(self) -> Iterator[Block]:
        if not self.told.unmeasured:
            return
        yield self.heading("unmeasured")
        rows = tuple(
            (c.rule.text.in_(self.lang), c.reason.in_(self.lang) if c.reason else None)
            for c in self.told.unmeasured
        )
        yield Table(self.head("rule", "reason"), rows, self.words("heading_unmeasured"))

    def deviations(self) -> Iterator[Block]:
        found = self.told.deviations
        known = [move for move in found.moves if move.departure != "unknown"]
        if known:
            yield self.heading("deviations")
            rows = tuple(
                (f"{m.source} → {m.target}", self.departure(m), m.count, m.cases)
                for m in known[:SHOWN]
            )
            head = self.head("step", "departure", "times", "cases")
            yield Table(head, rows, self.words("heading_deviations"))
            yield from self.more(len(known))
        if found.unspecified:
            yield self.heading("unspecified")
            own = tuple((u.activity, u.events, u.cases) for u in found.unspecified[:SHOWN])
            head = self.head("activity", "times", "cases")
            yield Table(head, own, self.words("heading_unspecified"))
            yield from self.more(len(found.unspecified))

    def departure(self, move: OffFlow) -> str:
        if move.departure != "skip":
            return self.words(f"departure_{move.departure}")
        if not move.passed:
            return self.words("departure_skip_none")
        named = "、" if self.lang == "zh" else ", "
        return self.words("departure_skip", passed=named.join(move.passed))

    def fitness(self) -> Iterator[Block]:
        fitness = self.told.fitness
        yield self.heading("fitness")
        if fitness.reason is not None:
            yield Paragraph(fitness.reason.in_(self.lang))
            return
        numbers = {name: f"{getattr(fitness, name):,}" for name in ("variants", "cases", "of")}
        yield Paragraph(
            self.words(
                "fitness_line", **numbers, aligned=fitness.aligned,
                replay=percent(fitness.replay), alignment=percent(fitness.alignment),
            )
        )  # fmt: skip

    def changes(self, changes: Changes) -> Iterator[Block]:
        yield from self.listed("changes", change_lines(changes, self.lang))

    def listed(self, key: str, lines: Sequence[str]) -> Iterator[Block]:
        if lines:
            yield self.heading(key)
            yield Bullets(tuple(lines))

    def more(self, n: int) -> Iterator[Block]:
        if n > SHOWN:
            yield Paragraph(self.words("more", n=n - SHOWN))


def summary_lines(told: Conformance, lang: Lang, at_most: int = 7) -> list[str]:
    """The verdict and the worst rules, as a terminal shows them."""
    lines = [verdict_text(told).in_(lang)]
    for rank, c in enumerate(told.broken[:at_most], 1):
        line = say(
            "check.broken_line", rank=rank, rule=c.rule.text, rate=rate_text(c),
            violated=f"{c.violated:,}",
        )  # fmt: skip
        lines.append(line.in_(lang))
    if len(told.broken) > at_most:
        lines.append(say("check.more", n=len(told.broken) - at_most).in_(lang))
    return lines


def change_lines(changes: Changes, lang: Lang) -> list[str]:
    """What got worse and better beyond chance, then the rules that came and went."""
    told = [*changes.going("worse"), *changes.going("better")]
    lines = [_change_line(change) for change in told] or [say("check.change_none")]
    for key, ids in (("new", changes.new), ("gone", changes.gone)):
        if ids:
            lines.append(say(f"check.change_{key}", rules="; ".join(ids)))
    return [line.in_(lang) for line in lines]


def _change_line(change: Change) -> Text:
    return say(
        "check.change_line", direction=say(f"check.change_{change.direction}"), rule=change.text,
        before=percent(change.before), after=percent(change.after),
        gap=f"{100 * change.difference:+.1f}",
        low=f"{100 * change.ci_low:+.1f}", high=f"{100 * change.ci_high:+.1f}",
    )  # fmt: skip
