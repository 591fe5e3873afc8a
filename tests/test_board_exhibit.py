"""Boards without a log: prepared pictures, participants, and the page that is taken home."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from journeylib.annotations import Annotations
from journeylib.errors import InputError
from journeylib.workshop.board import Exhibit, View, board, exhibit, join
from journeylib.workshop.board.rulings import beside
from tests.board_worlds import (
    crm,
    crm_events,
    crm_findings,
    do,
    hostile,
    refused,
    small,
    small_live,
)
from tests.hostile import NAMES

CLAIM = {"measure": "rework", "place": {}, "comparison": ">", "threshold": "1%"}


@functools.cache
def shown() -> Exhibit:
    return exhibit(small(), lang="en")


def workshop(tmp_path: Path) -> tuple[Any, Any]:
    """The facilitator's board and a participant's, over one file."""
    notes = tmp_path / "w.journey-notes.jsonl"
    file = shown().save(tmp_path / "w.json")
    return board(small(), notes=notes, by="Ann", lang="en"), join(file, notes, by="Bo")


# -- exhibits --------------------------------------------------------------------------------------


def test_an_exhibit_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = shown().save(tmp_path / "w.json")
    again = Exhibit.load(path)
    assert again.to_dict() == shown().to_dict()
    assert repr(again) == "Exhibit(12 pictures: map, flow; zh, en)"
    assert again.views[0][0] == View(lang="en")
    assert (
        path.read_bytes() == exhibit(small(), lang="en").save(tmp_path / "again.json").read_bytes()
    )


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "views": 7}'])
def test_what_is_no_exhibit_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "w.json").write_text(content)
    with pytest.raises(InputError, match="is no exhibit"):
        Exhibit.load(tmp_path / "w.json")
    with pytest.raises(InputError, match="no such file"):
        Exhibit.load(tmp_path / "none.json")


def test_more_views_can_be_prepared() -> None:
    more = (View(kind="flow", segment="big", lang="en"),)
    told = exhibit(small(), lang="en", more=more)
    assert [s["id"] for s in told.choices["en"]["segments"]] == ["big"]
    assert [s["id"] for s in shown().choices["en"]["segments"]] == []


# -- participants -----------------------------------------------------------------------------------


def test_participants_see_the_pictures_of_the_facilitator(tmp_path: Path) -> None:
    lead, guest = workshop(tmp_path)
    for options in ({}, {"kind": "flow"}, {"detail": "stage"}, {"lang": "zh"}, {"theme": "dark"}):
        lead.look(**options)
        guest.look(**options)
        one, two = lead.desk.state(), guest.desk.state()
        assert {k for k in one if one[k] != two[k]} <= {"choices", "person"}
        if guest.view.kind == "flow":
            for wall in (lead, guest):
                do(wall.desk, "play")
            assert lead.desk.state()["tracks"] == guest.desk.state()["tracks"]
    assert guest.desk.state()["person"]["role"] == "participant"
    assert guest.static()["image/svg+xml"] == guest.desk.state()["picture"]


def test_cases_have_the_pseudonyms_of_the_workshop(tmp_path: Path) -> None:
    notes = tmp_path / "w.journey-notes.jsonl"
    lead = board(crm(), crm_findings(), notes=notes)
    file = exhibit(crm(), crm_findings(), notes=notes).save(tmp_path / "w.json")
    guest = join(file, notes)
    assert guest.desk.state()["parts"] == lead.desk.state()["parts"]
    assert guest.desk.state()["findings"] == lead.desk.state()["findings"]


def test_what_needs_the_log_is_refused_with_a_reason(tmp_path: Path) -> None:
    _lead, guest = workshop(tmp_path)
    assert "no log here" in refused(guest.desk, "cases", pin=small().activities[0].id)
    assert "not prepared" in refused(guest.desk, "look", kind="flow", traffic=0.3)
    assert do(guest.desk, "suggest", text="slow")["suggestions"] == []


def test_cards_and_verdicts_go_both_ways(tmp_path: Path) -> None:
    lead, guest = workshop(tmp_path)
    pin = small().activities[1].id
    do(guest.desk, "card", text="Call sooner", kind="idea", pins=[pin])
    card = guest.annotations.cards[0].id
    do(guest.desk, "claim", card=card, claim=CLAIM)
    told = guest.desk.state()["cards"][0]["verdict"]
    assert (told["outcome"], "facilitator" in told["words"]) == ("waiting", True)
    do(lead.desk, "poll")
    expected = lead.desk.state()["cards"][0]["verdict"]
    assert expected["outcome"] != "waiting"
    do(guest.desk, "poll")
    told = guest.desk.state()["cards"][0]["verdict"]
    assert (told["outcome"], told["words"]) == (expected["outcome"], expected["words"])
    assert (told["cases"], told["sql"]) == ([], ""), "a participant gets no case"
    assert not re.search(r"case-\d", beside(tmp_path / "w.journey-notes.jsonl").read_text())
    do(lead.desk, "vote", card=card, dots=1)
    do(guest.desk, "poll")
    assert guest.desk.state()["cards"][0]["votes"] == 1


def test_a_broken_verdict_file_is_as_good_as_none(tmp_path: Path) -> None:
    _lead, guest = workshop(tmp_path)
    do(guest.desk, "card", text="x", kind="idea", pins=[])
    do(guest.desk, "claim", card=guest.annotations.cards[0].id, claim=CLAIM)
    for broken in ("", "[]", '{"a": 1}', "\x00", '{"a": {"outcome": 1}}'):
        beside(tmp_path / "w.journey-notes.jsonl").write_text(broken)
        do(guest.desk, "poll")
        assert guest.desk.state()["cards"][0]["verdict"]["outcome"] == "waiting"


def test_joining_starts_no_engine_and_loads_no_pandas(tmp_path: Path) -> None:
    lead, _guest = workshop(tmp_path)
    do(lead.desk, "card", text="x", kind="idea", pins=[])
    asked = (
        "import sys, time; begun = time.perf_counter()\n"
        "from journeylib.workshop.board import join\n"
        f"wall = join({str(tmp_path / 'w.json')!r}, {str(lead.desk.store.path)!r}, by='Bo')\n"
        "wall.widget\n"
        "took = time.perf_counter() - begun\n"
        "heavy = {'pandas', 'pyarrow', 'pm4py', 'journeylib.workshop.board.live'}\n"
        "print(sorted(heavy & sys.modules.keys()), took < 2.5 * 3, repr(wall))"
    )
    found = subprocess.run(
        [sys.executable, "-c", asked], check=False, capture_output=True, text=True
    )
    assert found.stdout.strip() == "[] True Board(1 stage × 13 lanes; 1 card)", found.stderr


# -- the page ----------------------------------------------------------------------------------------


def crm_page(tmp_path: Path, cases: Any) -> str:
    notes = Annotations()
    finding, move = next(iter(crm_findings())), crm().moves[0]
    case = sorted(set(crm_events().case_id))[0]
    notes = notes.with_card(
        f"王敏说 {case} 太慢；</script>", by="王敏", owner="李雷", pins=[move.id]
    )
    notes = notes.with_vote(notes.cards[0], by="韩梅梅")
    wall = board(crm(), crm_findings(), notes=notes, by="王敏", cases=cases)
    do(wall.desk, "claim", card=notes.cards[0].id, claim=CLAIM)
    do(wall.desk, "judge", finding=finding.id, status="confirmed")
    return wall.save(tmp_path / "wall.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("cases", ["masked", "shown"])
def test_the_page_names_no_case_nobody_and_no_host(tmp_path: Path, cases: Any) -> None:
    page = crm_page(tmp_path, cases)
    assert not [case for case in set(crm_events().case_id) if case in page]
    assert not [name for name in ("王敏", "李雷", "韩梅梅") if name in page]
    assert crm().log.source.sha256 not in page
    hosts = set(re.findall(r"https?://[^\s\"'<)\\]+", page))
    assert hosts == {"http://www.w3.org/2000/svg"}, "a namespace is no address"
    assert "default-src 'none'" in page
    root = html.fromstring(page)
    assert not root.xpath("//link | //img | //iframe | //script[@src]")


def test_the_page_holds_what_the_browser_needs(tmp_path: Path) -> None:
    root = html.fromstring(crm_page(tmp_path, "masked"))
    [text] = root.xpath("//script[@id='journey-exhibit']/text()")
    told = json.loads(text)
    kinds = {(v["view"]["kind"], v["view"]["detail"], v["view"]["lang"]) for v in told["views"]}
    assert kinds == {
        (kind, detail, lang)
        for kind, detail in (("map", "activity"), ("flow", "activity"), ("flow", "stage"))
        for lang in ("zh", "en")
    }
    assert told["views"][told["start"]]["view"]["lang"] == "zh"
    assert {v["view"]["kind"] for v in told["views"] if v["reached"] is None} == {"map"}
    assert [v["view"]["kind"] for v in told["views"] if v["tracks"]] == ["flow"] * 4
    pins = {
        hop[0]
        for v in told["views"]
        if v["tracks"]
        for case in v["tracks"]["cases"]
        for hop in case
    }
    assert pins <= {pin for v in told["views"] for pin in v["parts"]}
    card, decision = told["langs"]["en"]["cards"]
    assert (card["author"], card["owner"], card["votes"]) == ("Participant 1", "Participant 2", 1)
    assert re.fullmatch(r"Participant 1说 \w{4}-\w{4} 太慢；</script>", card["text"])
    assert card["verdict"]["outcome"] == "proven"
    assert decision["status"] == "confirmed"
    assert told["views"][0]["findings"][0]["status"] == "confirmed"
    assert root.xpath("//main[@id='journey-board']/*[name()='svg']"), "seen without JavaScript"


def test_the_page_is_the_same_twice_and_starts_with_what_is_shown(tmp_path: Path) -> None:
    wall = board(small(), lang="en")
    wall.look(kind="flow", segment="big")
    pages = [wall.save(tmp_path / f"{n}.html").read_bytes() for n in range(2)]
    assert pages[0] == pages[1]
    [text] = html.fromstring(pages[0].decode()).xpath("//script[@id='journey-exhibit']/text()")
    first = json.loads(text)["views"][0]
    assert (first["view"]["segment"], first["view"]["kind"]) == ("big", "flow")
    assert len(json.loads(text)["views"]) == 7


def test_a_participant_takes_a_page_home_too(tmp_path: Path) -> None:
    _lead, guest = workshop(tmp_path)
    do(guest.desk, "card", text="Call sooner", kind="idea", pins=[])
    page = guest.save(tmp_path / "guest.html").read_text(encoding="utf-8")
    assert "Call sooner" in page and ">Bo<" not in page and '"Bo"' not in page
    assert "Call" not in guest.save(tmp_path / "guest.svg").read_text(encoding="utf-8")


def test_names_nobody_should_have_given_stay_text_in_the_page(tmp_path: Path) -> None:
    wall = board(hostile(), by=NAMES[1])
    for text in NAMES[:5]:
        do(wall.desk, "card", text=text, kind="idea", pins=[])
    page = wall.save(tmp_path / "h.html").read_text(encoding="utf-8")
    root = html.fromstring(page)
    assert len(root.xpath("//script")) == 2
    assert not root.xpath("//img")
    assert not root.xpath("//@*[starts-with(name(), 'on')]")


def test_no_case_is_in_an_exhibit(tmp_path: Path) -> None:
    text = exhibit(crm(), crm_findings()).save(tmp_path / "crm.json").read_text(encoding="utf-8")
    assert not [case for case in set(crm_events().case_id) if case in text]
    assert small_live().names.key is None
