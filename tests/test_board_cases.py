"""Cases behind the parts of the map, against pandas; and what they are called."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from journeylib.mining import mine
from journeylib.workshop.board.drill import MOST, Drill
from journeylib.workshop.board.masking import CaseNames, people, without
from journeylib.workshop.board.refusal import RefusedError
from tests.board_worlds import SHOWN, crm, crm_events, crm_findings, crm_live, desk, do, small_rows
from tests.logs import at, log_of


def drill() -> Drill:
    return Drill(crm(), crm_findings(), SHOWN)


def oracle(cases: pd.Series) -> list[str]:
    """Ids, the latest start first, then by id."""
    starts = crm_events()[crm_events().case_id.isin(set(cases))].groupby("case_id")["at"].min()
    return [c for c, _at in sorted(starts.items(), key=lambda pair: (-pair[1], pair[0]))]


def own_outcome(case: str) -> str:
    """As the log's own words are understood: 赢单 won, 输单 lost, anything else open."""
    told = crm_events()[crm_events().case_id == case].outcome.dropna()
    return {"赢单": "won", "输单": "lost", "won": "won", "lost": "lost"}.get(
        told.iloc[-1] if len(told) else "", "open"
    )


def of(table: Any) -> list[str]:
    return [row[0] for row in table.rows]


def test_cases_of_an_activity() -> None:
    events = crm_events()
    for activity in (crm().activities[0], crm().activities[12], crm().activities[-1]):
        expected = oracle(events[events.activity == activity.name].case_id)
        found = drill().cases(activity.id, "en")
        assert of(found) == expected[:MOST]
        shown = min(len(expected), MOST)
        assert found.note == f"{shown} of {len(expected):,} cases"
        assert len(expected) == activity.cases


def test_cases_of_a_step_have_their_longest_wait_first() -> None:
    events = crm_events()
    move = next(m for m in crm().moves if (m.source, m.target) == ("发送报价", "修改报价"))
    taken = events[(events.activity == move.source) & (events.next_activity == move.target)]
    waits = (taken.next_at - taken["at"]).groupby(taken.case_id).max()
    expected = sorted(waits.items(), key=lambda pair: (-pair[1], pair[0]))
    found = drill().cases(move.id, "en")
    assert of(found) == [case for case, _wait in expected[:MOST]]
    assert found.head[-1] == "Wait"
    assert found.rows[0][-1] == f"{expected[0][1] / 3.6e9 / 24:.0f} d"
    assert f"of {move.cases:,} cases" in found.note
    assert move.cases < move.count, "a case that goes back and forth is one case"


def test_cases_of_a_stage_and_what_is_told_of_them() -> None:
    events = crm_events()
    expected = oracle(events[events.stage_id == "advocacy"].case_id)
    found = drill().cases("advocacy", "zh")
    assert of(found) == expected[:MOST]
    own = events[events.case_id == expected[0]]
    first, last = own.timestamp.min(), own.timestamp.max()
    assert found.head == ("案例", "开始", "历时", "事件数", "结果")
    case, start, duration, number, outcome = found.rows[0]
    assert (case, start, number) == (expected[0], f"{first:%Y-%m-%d %H:%M}", str(len(own)))
    assert duration == f"{(last - first) / timedelta(days=1):.0f} 天"
    assert outcome == {"won": "赢单", "lost": "输单", "open": "进行中"}[own_outcome(expected[0])]


def test_cases_of_a_finding_are_its_examples() -> None:
    for finding in list(crm_findings())[:5]:
        found = drill().cases(finding.id, "en")
        assert sorted(of(found)) == sorted(finding.cases)
        assert f"(n = {finding.n:,})" in found.note


def test_cases_of_a_department_in_a_stage() -> None:
    events = crm_events()
    here = events[(events.stage_id == "purchase") & (events.department == "财务部")]
    assert of(drill().cases("purchase/财务部", "en")) == oracle(here.case_id)[:MOST]
    stage = drill().cases("purchase/times", "en")
    assert "in this stage" in stage.note, "a lane without cases of its own says what it lists"


@pytest.mark.parametrize("detail", ["activity", "touchpoint", "stage"])
def test_as_many_cases_as_the_picture_says(detail: str) -> None:
    board = desk(crm_live())
    do(board, "look", kind="flow", detail=detail)
    told = 0
    for pin, part in board.state()["parts"].items():
        rows = dict(map(tuple, part["rows"]))
        said = rows.get("Cases", "").removesuffix(" cases")
        if said and part["kind"] != "finding":
            note = do(board, "cases", pin=pin)["cases"]["note"]
            assert note.split(" of ")[1].split()[0] == said, (pin, note)
            told += 1
    assert told > 10


def test_cases_of_gathered_activities_and_of_ways_to_them() -> None:
    board, events = desk(crm_live()), crm_events()
    do(board, "look", kind="flow")
    parts = board.state()["parts"]
    [box] = [pin for pin, part in parts.items() if part["kind"] == "others"]
    [way] = [pin for pin in parts if pin.endswith(f"→{box}")]
    names = set(crm().activity_names) - {part["label"] for part in parts.values()}
    assert len(names) == 2
    inside = events[events.activity.isin(names)]
    note = do(board, "cases", pin=box)["cases"]["note"]
    assert f"of {inside.case_id.nunique():,} cases" in note
    taken = events[(events.activity == parts[way]["label"].split(" → ")[0])
                   & events.next_activity.isin(names)]  # fmt: skip
    note = do(board, "cases", pin=way)["cases"]["note"]
    assert f"of {taken.case_id.nunique():,} cases" in note


def test_parts_and_comparisons_list_their_own_cases() -> None:
    board, events = desk(crm_live()), crm_events()
    segment = events.groupby("case_id").segment.first()
    do(board, "look", segment="大型客户")
    note = do(board, "cases", pin="purchase")["cases"]["note"]
    bought = set(events[events.stage_id == "purchase"].case_id)
    counts = segment[segment.index.isin(bought)].value_counts()
    assert f"of {counts['大型客户']:,} cases" in note
    do(board, "look", against="小型客户")
    note = do(board, "cases", pin="purchase")["cases"]["note"]
    assert f"of {counts['大型客户'] + counts['小型客户']:,} cases" in note
    do(board, "look", segment=None, kind="flow", variant=2)
    note = do(board, "cases", pin=crm().activity(crm().variants[1].activities[0]).id)["cases"][
        "note"
    ]
    assert f"of {crm().variants[1].cases:,} cases" in note


def test_an_empty_stage_lists_nobody_and_an_unknown_part_is_refused() -> None:
    journey = mine(log_of(small_rows()))
    empty = Drill(journey, None, SHOWN)
    with pytest.raises(RefusedError, match="The map has no"):
        empty.cases("a-00000000", "en")
    with pytest.raises(RefusedError, match="The map has no"):
        empty.cases("nowhere/times", "en")


def test_times_with_an_offset_are_local() -> None:
    rows = [r | {"utc_offset": 480} for r in small_rows()]
    journey = mine(log_of(rows))
    found = Drill(journey, None, SHOWN).cases(journey.activities[0].id, "en")
    starts = sorted((at(i) + timedelta(hours=8) for i in range(20)), reverse=True)
    assert [row[1] for row in found.rows] == [f"{start:%Y-%m-%d %H:%M}" for start in starts]


def test_it_is_one_query_and_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    rows = type(crm().log.engine).rows
    monkeypatch.setattr(
        type(crm().log.engine), "rows", lambda self, expr: asked.append(expr) or rows(self, expr)
    )
    board = desk(crm_live())
    pins = [crm().moves[3].id, crm().activities[4].id, "purchase", next(iter(crm_findings())).id]
    took = []
    for pin in pins * 4:
        asked.clear()
        begun = time.perf_counter()
        do(board, "cases", pin=pin)
        took.append(time.perf_counter() - begun)
        assert len(asked) == 1
    assert statistics.median(took) < 0.15, "50 ms are aimed at; a busy machine is given three times"


# -- names -----------------------------------------------------------------------------------------


def test_pseudonyms_are_stable_and_not_to_be_guessed_from_a_list() -> None:
    log = crm().log
    names = CaseNames.of(log, "w.journey-notes.jsonl", "masked")
    ids = sorted(set(crm_events().case_id))
    told = {id: names.of_case(id) for id in ids}
    assert len(set(told.values())) == len(ids), "no two alike"
    assert told == {
        id: CaseNames.of(log, "w.journey-notes.jsonl", "masked").of_case(id) for id in ids
    }
    elsewhere = (
        CaseNames.of(log, "other.journey-notes.jsonl", "masked"),
        CaseNames.of(log.where(case_id=ids[:50]), "w.journey-notes.jsonl", "masked"),
        CaseNames(b""),
        CaseNames(log.fingerprint.encode()),
    )
    for other in elsewhere:
        assert not set(told.values()) & {other.of_case(id) for id in ids}
    assert CaseNames.of(log, "", "shown").of_case(ids[0]) == ids[0]


def test_the_board_shows_no_id_unless_it_is_told_to() -> None:
    board = desk(crm_live())
    for options in ({}, {"kind": "flow"}, {"lang": "zh"}):
        do(board, "look", **options)
        state = str(board.state())
        assert not any(id in state for id in set(crm_events().case_id))
    [*_, row] = do(board, "cases", pin="purchase")["cases"]["rows"]
    assert row[0] not in set(crm_events().case_id)
    shown = drill().cases("purchase", "en")
    assert set(of(shown)) <= set(crm_events().case_id)


def test_people_are_numbered_and_longer_names_go_first() -> None:
    names = people(("王敏", "王敏敏", "", "王敏"), "en")
    assert names == {"王敏": "Participant 1", "王敏敏": "Participant 2"}
    assert without("王敏敏问王敏", names) == "Participant 2问Participant 1"
    assert without("nobody", {}) == "nobody"
