"""The board as a thing: what the widget sends, the static twin, one line of text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from journeylib.annotations import Annotations
from journeylib.errors import UsageError
from journeylib.mining import mine
from journeylib.workshop.board import View, board
from journeylib.workshop.board.live import Live
from journeylib.workshop.board.view import Offered
from tests.board_worlds import SHOWN, crm, crm_findings, desk, do, hostile, small, small_rows
from tests.hostile import NAMES
from tests.logs import log_of
from tests.spec_fixtures import crm_journey

NODES = "http://www.w3.org/2000/svg"


# -- the widget --------------------------------------------------------------------------------------


class Wire:
    """What a widget sends."""

    def __init__(self, wall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[dict[str, Any]] = []
        self.widget = wall.widget
        monkeypatch.setattr(
            type(self.widget), "_send", lambda _self, msg, buffers=None: self.sent.append(msg)
        )

    def ask(self, **message: Any) -> tuple[set[str], dict[str, Any]]:
        """Which traits are sent after a message, and the reply."""
        self.sent.clear()
        self.widget._handle_custom_msg(message, [])
        traits = {n for msg in self.sent if msg["method"] == "update" for n in msg["state"]}
        [reply] = [msg["content"] for msg in self.sent if msg["method"] == "custom"]
        assert self.sent[-1]["method"] == "custom", "the reply comes after what it has changed"
        return traits, reply


def test_only_what_has_changed_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = board(crm(), crm_findings(), by="Ann", lang="en")
    wire = Wire(wall, monkeypatch)
    pin = crm().moves[0].id
    assert wire.ask(do="cases", re=1, pin=pin)[0] == set()
    assert wall.selected == pin
    assert wire.ask(do="card", re=2, text="x", kind="idea", pins=[pin])[0] == {"cards", "can"}
    card = wall.annotations.cards[0].id
    assert wire.ask(do="vote", re=3, card=card, dots=1)[0] == {"cards", "person"}
    assert wire.ask(do="poll", re=4)[0] == set()
    traits, reply = wire.ask(do="vote", re=5, card=card, dots=9)
    assert (traits, reply) == ({"said"}, {"re": 5, "ok": False})
    flow = {"view", "picture", "parts", "reached"}
    assert wire.ask(do="look", re=6, kind="flow")[0] == flow
    assert wire.ask(do="look", re=7, lang="zh")[0] >= {
        *flow - {"reached"},
        "words",
        "choices",
        "agenda",
    }
    assert wire.ask(do="play", re=8)[0] == {"tracks"}
    assert "tracks" in wire.ask(do="look", re=9, traffic=0.5)[0]
    traits, reply = wire.ask(do="judge", re="a", finding=next(iter(crm_findings())).id,
                             status="confirmed")  # fmt: skip
    assert (traits, reply) == ({"cards", "findings"}, {"re": "a", "ok": True})


def test_tracks_follow_lines_that_are_drawn() -> None:
    wall = desk(Live(crm(), None, None, SHOWN))
    do(wall, "look", kind="flow")
    do(wall, "play")
    state = wall.state()
    pins = {hop[0] for case in state["tracks"]["cases"] for hop in case}
    assert pins and pins <= state["parts"].keys()
    assert len(state["tracks"]["cases"]) == 300
    do(wall, "look", traffic=0.4)
    assert wall.state()["tracks"] is None


def test_programs_look_as_buttons_do(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = board(small())
    wire = Wire(wall, monkeypatch)
    assert wall.look(kind="flow", segment="big", lang="en") is None
    assert (wall.view.kind, wall.view.segment) == ("flow", "big")
    assert any("picture" in msg.get("state", {}) for msg in wire.sent)
    with pytest.raises(UsageError, match="no segment 'huge'; there are: big, small"):
        wall.look(segment="huge")
    assert wall.view.segment == "big"


# -- views -------------------------------------------------------------------------------------------


def test_later_choices_free_what_they_exclude() -> None:
    offered = Offered(("a", "b", "c"), 3)
    view = View().changed({"segment": "a"}, offered).changed({"against": "b"}, offered)
    assert view.changed({"segment": None}, offered).against is None
    one = view.changed({"variant": 2}, offered)
    assert (one.against, one.variant, one.segment) == (None, 2, "a")
    assert one.changed({"against": "c"}, offered).variant is None
    for wrong in ({"against": "a"}, {"variant": 1, "against": "b"}, {"segment": "b"}):
        with pytest.raises(UsageError):
            view.changed(wrong, offered)


def test_what_makes_no_difference_shows_the_same_picture() -> None:
    wall = desk(Live(small(), None, None, SHOWN))
    map_ = wall.state()["picture"]
    do(wall, "look", traffic=0.3, variant=1, detail="stage")
    assert wall.state()["picture"] is map_
    do(wall, "look", kind="flow")
    assert wall.state()["picture"] is not map_


def test_what_a_part_cannot_show_is_said() -> None:
    wall = desk(Live(crm(), crm_findings(), None, SHOWN))
    assert wall.state()["findings"]
    do(wall, "look", segment="大型客户")
    said = wall.state()["said"]["text"]
    assert "446 of 1,850 cases" in said
    assert "Findings are of all cases" in said
    assert wall.state()["findings"] == []


# -- little data -------------------------------------------------------------------------------------


def test_without_findings_segments_departments_or_stages() -> None:
    rows = [{k: row[k] for k in ("case_id", "activity", "timestamp")} for row in small_rows()]
    wall = desk(Live(mine(log_of(rows)), None, None, SHOWN))
    state = wall.state()
    assert (state["choices"]["segments"], state["choices"]["departments"]) == ([], [])
    assert state["findings"] == []
    assert "Not diagnosed yet" in state["said"]["text"]
    assert wall.handle({"do": "look", "segment": "big"})["ok"] is False
    assert "no segments" in wall.state()["said"]["text"]
    assert wall.handle({"do": "look", "kind": "flow", "detail": "touchpoint"})["ok"] is False
    assert "channel" in wall.state()["said"]["text"]
    for detail in ("activity", "stage"):
        do(wall, "look", kind="flow", detail=detail)
        assert wall.state()["parts"]


def test_a_target_is_shown_or_hidden() -> None:
    from journeylib.spec import specify

    journey = crm_journey()
    wall = desk(Live(journey, None, specify(journey), SHOWN))
    assert wall.state()["choices"]["has_spec"]
    shown = wall.state()["picture"]
    do(wall, "look", target="hidden")
    assert wall.state()["picture"] != shown


def test_names_nobody_should_have_given_are_plain_text_everywhere() -> None:
    wall = desk(Live(hostile(), None, None, SHOWN), by=NAMES[0])
    for options in ({}, {"kind": "flow"}, {"detail": "touchpoint"}, {"detail": "stage"}):
        do(wall, "look", **options)
        root = etree.fromstring(wall.state()["picture"].encode())
        assert {etree.QName(node).localname for node in root.iter(etree.Element)}.isdisjoint(
            {"script", "img", "foreignObject", "a", "image"}
        )
        assert not [k for node in root.iter(etree.Element) for k in node.attrib if k[:2] == "on"]
        drawn = {node.get("data-pin") for node in root.iter(etree.Element)} - {None}
        assert drawn <= wall.state()["parts"].keys()
        for pin in drawn:
            assert wall.handle({"do": "cases", "pin": pin})["ok"], (pin, wall.state()["said"])
            do(wall, "card", text=NAMES[1], kind="idea", pins=[pin], owner=NAMES[3])
    told = wall.state()["cards"]
    assert {card["text"] for card in told} == {NAMES[1]}
    assert {card["author"] for card in told} == {NAMES[0]}
    assert not any(card["orphan"] for card in told)
    for segment in wall.state()["choices"]["segments"]:
        do(wall, "look", segment=segment["id"])
    for text in NAMES:
        do(wall, "suggest", text=text)


# -- the twin ------------------------------------------------------------------------------------------


def test_the_twin_has_the_cards_and_the_same_bytes_twice() -> None:
    notes = Annotations().with_card("Call <b>sooner</b>", by="Ann", pins=[small().stages[0].id])
    walls = [board(small(), notes=notes, lang="en") for _ in range(2)]
    one, two = (wall.static() for wall in walls)
    assert one == two
    words = " ".join(etree.fromstring(one["image/svg+xml"].encode()).itertext())
    assert "Call <b>sooner</b>" in words
    live = walls[0].desk.state()["picture"]
    assert "sooner" not in live, "the browser pins cards itself"
    bundle = walls[0]._repr_mimebundle_()
    assert bundle.keys() == {
        "application/vnd.jupyter.widget-view+json",
        "image/svg+xml",
        "text/plain",
    }
    assert bundle["text/plain"] == repr(walls[1])


def test_cards_on_cells_and_lines_hang_in_their_stage() -> None:
    pins = ("purchase/times", "purchase/财务部", crm().moves[0].id, "purchase", "a-0000dead")
    notes = Annotations()
    for n, pin in enumerate(pins):
        notes = notes.with_card(f"card number {n}", by="Ann", pins=[pin])
    svg = board(crm(), crm_findings(), notes=notes, lang="en").static()["image/svg+xml"]
    words = " ".join(etree.fromstring(svg.encode()).itertext())
    assert [f"card number {n}" in words for n in range(5)] == [True] * 4 + [False]
    assert "1 card" in words, "what hangs nowhere is counted"


def test_one_line_tells_what_is_there() -> None:
    wall = board(crm(), by="Ann")
    assert repr(wall) == "Board(6 stages × 12 lanes; 0 cards)"
    do(wall.desk, "card", text="x", kind="idea", pins=[])
    claim = {"measure": "rework", "place": {}, "comparison": ">", "threshold": "1%"}
    do(wall.desk, "claim", card=wall.annotations.cards[0].id, claim=claim)
    assert repr(wall) == "Board(6 stages × 12 lanes; 1 card, 1 claim: 1 proven)"
    wall.look(kind="flow")
    assert repr(wall).startswith("Board(30 boxes, ")
    assert repr(wall.minutes()) == "Minutes(1 card, 1 claim: 1 proven)"


def test_pictures_are_saved_with_their_cards(tmp_path: Path) -> None:
    notes = Annotations().with_card("Call sooner", by="Ann", pins=[small().stages[0].id])
    wall = board(small(), notes=notes)
    assert "Call sooner" in wall.save(tmp_path / "a.svg").read_text(encoding="utf-8")
    assert wall.save(tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    assert wall.save(tmp_path / "a.pdf").read_bytes()[:5] == b"%PDF-"
    with pytest.raises(UsageError, match=r"\.svg, \.png"):
        wall.save(tmp_path / "a.gif")


def test_arguments_that_make_no_sense() -> None:
    with pytest.raises(UsageError, match="masked, shown"):
        board(small(), cases="hidden")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="lang cannot be 'de'"):
        board(small(), lang="de")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"journey-notes\.jsonl"):
        board(small(), notes="notes.txt")


def test_the_package_loads_no_widgets_until_one_is_shown() -> None:
    asked = (
        "import sys, journeylib.workshop.board as b; "
        "print(sorted({'anywidget', 'ipywidgets', 'pandas'} & sys.modules.keys()))"
    )
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
