"""The report's background: whatever a log knows or does not know, it is told, and why."""

import functools
from typing import Any, get_args

import pytest

from journeylib.documents.blocks import Block, Bullets, Document, Heading, Paragraph, Table, plain
from journeylib.exporting.report import report
from journeylib.exporting.surroundings import SHOWN, surroundings
from journeylib.findings import diagnose
from journeylib.findings.background import Background
from journeylib.findings.finding import Findings
from journeylib.findings.rules import Rules
from journeylib.findings.study import Study
from journeylib.findings.touchpoints import Line
from journeylib.mining import mine
from journeylib.spec.drafting.draft import specify
from journeylib.terms import say
from tests import logs
from tests.test_drift import changing
from tests.test_waiting import random_rows
from tests.why_worlds import world


def background_of(rows: Any) -> Background:
    return Background(Study(mine(logs.log_of(rows)), Rules.load()))


@functools.cache
def won_by_segment() -> Background:
    """Large customers win more and get more demos; the demo itself goes with nothing."""
    rows = world(
        2, 1200, wins=lambda c: 0.7 if c["segment"] == "大型" else 0.2,
        demo=lambda c: 0.85 if c["segment"] == "大型" else 0.15,
    )  # fmt: skip
    return background_of(rows)


def chapter(background: Background, key: str, lang: Any = "en") -> list[Block]:
    """The blocks under one heading."""
    blocks, title = list(surroundings(background, lang)), say(f"document.look_{key}").in_(lang)
    start = next(n for n, b in enumerate(blocks) if isinstance(b, Heading) and b.text == title)
    rest = blocks[start + 1 :]
    end = next((n for n, b in enumerate(rest) if isinstance(b, Heading)), len(rest))
    return rest[:end]


def words(blocks: list[Block]) -> str:
    """All text of these blocks."""
    return "\n".join(
        plain(line)
        for block in blocks
        for line in (
            [block.line] if isinstance(block, Paragraph)
            else block.lines if isinstance(block, Bullets)
            else [cell for row in block.rows for cell in row] if isinstance(block, Table)
            else []
        )
    )  # fmt: skip


def test_associations_are_told_as_such_and_what_strata_take_away_is_withdrawn() -> None:
    background = won_by_segment()
    found = background.associations
    assert len(found) and found.withdrawn
    told = words(chapter(background, "associations"))
    for item in found.items[:SHOWN]:
        assert item.title.en in told
    assert "Withdrawn: " + found.withdrawn[0].title.en in told
    assert "goes with" in told and "is caused" not in told
    assert f"{found.tested:,} features" in told and f"{found.significant} hold" in told


def test_subgroups_show_the_cases_they_were_confirmed_on() -> None:
    background = won_by_segment()
    [_, table, *_] = chapter(background, "subgroups")
    assert isinstance(table, Table)
    assert table.rows
    assert [row[1] for row in table.rows] == [g.n for g in background.subgroups.items[:SHOWN]]


def test_a_change_of_the_process_is_dated() -> None:
    background = background_of(changing(1))
    [_, table] = chapter(background, "drift")
    assert isinstance(table, Table) and table.rows
    assert [row[0] for row in table.rows] == [change.month for change in background.drift.changes]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_causes_of_waiting_that_are_not_seen_are_a_dash_with_a_reason(lang: Any) -> None:
    background = background_of(random_rows(1, customers=False))
    found = background.waiting_causes
    blocks = chapter(background, "waiting", lang)
    [table] = [block for block in blocks if isinstance(block, Table)]
    assert len(table.rows) == min(SHOWN, len(found.activities))
    assert found.unseen
    for cause, reason in found.unseen.items():
        column = table.head.index(say(f"exporting.head_cause_{cause}").in_(lang))
        assert {row[column] for row in table.rows} == {None}
        assert reason.in_(lang) in words(blocks)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_log_of_three_columns_says_what_it_cannot_tell(lang: Any) -> None:
    journey = mine(logs.log_of(logs.traces("abc", "ab", "ac")))
    findings = diagnose(journey)
    made = report(journey, findings, specify(journey, findings), lang)
    assert isinstance(made, Document)
    background = findings.background
    assert background is not None
    for key, reason in {
        "touchpoints": background.touchpoints.reason,
        "experience": background.experience.reason,
        "waiting": background.waiting_causes.reason,
        "associations": background.associations.reason,
        "subgroups": background.subgroups.reason,
        "drift": background.drift.reason,
        "schema_gaps": say("finding.need_department"),
    }.items():
        assert reason is not None and reason.in_(lang) in words(chapter(background, key, lang))


def test_every_side_of_the_line_of_visibility_has_its_words() -> None:
    for line in get_args(Line):
        assert "3" in say(f"document.line_{line}", n=3).zh


def test_without_a_background_the_report_says_so() -> None:
    [heading, told] = surroundings(Findings((), 0, ()).background, "en")
    assert isinstance(heading, Heading) and isinstance(told, Paragraph)
