"""The desk by messages: what it keeps, what it refuses, who may do what."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib.annotations import Annotations, NotesFile, Pin, verdict
from journeylib.annotations.claim import Claim
from journeylib.drawing.words import share
from journeylib.mining import mine
from journeylib.terms import LANGS
from journeylib.workshop.board import telling
from journeylib.workshop.board.live import Live
from journeylib.workshop.board.store import Store
from tests.board_worlds import (
    SHOWN,
    crm,
    crm_findings,
    crm_live,
    desk,
    do,
    refused,
    small,
    small_live,
    small_rows,
)
from tests.hostile import NAMES
from tests.logs import log_of

_TEXT = st.sampled_from(("a", "b", "语", *NAMES[:4]))
_CARD = st.integers(0, 3).map(str)
_RATED = st.integers(0, 100)
_SET = st.sampled_from(("open", "done", "confirmed"))
_STEPS = st.one_of(
    st.builds(lambda text, kind: {"do": "card", "text": text, "kind": kind}, _TEXT,
              st.sampled_from(("idea", "silo"))),
    st.builds(lambda *f: dict(zip(("do", "card", "text", "status"), ("edit", *f), strict=True)),
              _CARD, _TEXT, _SET),
    st.builds(lambda *f: dict(zip(("do", "card", "importance", "urgency"), ("rate", *f), strict=True)),
              _CARD, st.none() | _RATED, _RATED),
    st.builds(lambda card, dots: {"do": "vote", "card": card, "dots": dots}, _CARD,
              st.integers(0, 4)),
    st.builds(lambda do: {"do": do}, st.sampled_from(("undo", "redo"))),
)  # fmt: skip

TRAITS = {
    "view", "choices", "words", "picture", "parts", "reached", "cards", "findings", "agenda",
    "tracks", "person", "can", "said",
}  # fmt: skip


def test_every_trait_is_there_and_is_plain_json() -> None:
    state = desk(crm_live()).state()
    assert state.keys() == TRAITS
    assert json.loads(json.dumps(state)) == state
    assert state["picture"].startswith("<svg")
    assert state["choices"]["segments"][0].keys() == {"id", "label", "n"}
    wait = next(m for m in state["choices"]["measures"] if m["id"] == "wait")
    assert (wait["unit"], wait["places"]) == ("duration", [["from", "to"], ["activity"]])
    assert [f["number"] for f in state["findings"]] == list(range(1, len(state["findings"]) + 1))


def test_a_card_is_written_changed_rated_and_voted_for() -> None:
    board = desk(small_live())
    pin = small().activities[0].id
    do(board, "card", text="Too slow", kind="breakpoint", pins=[pin], owner=" Bo ")
    [card] = board.state()["cards"]
    assert (card["text"], card["kind"], card["owner"]) == ("Too slow", "breakpoint", "Bo")
    assert card["pins"] == [{"id": pin, "label": small().activities[0].name, "here": True}]
    do(
        board,
        "edit",
        card=card["id"],
        text="Much too slow",
        kind="question",
        owner=None,
        status="done",
    )
    do(board, "rate", card=card["id"], importance=80, urgency=None)
    do(board, "vote", card=card["id"], dots=2)
    [card] = board.state()["cards"]
    assert (card["text"], card["kind"], card["owner"]) == ("Much too slow", "question", None)
    assert (card["status"], card["importance"], card["urgency"]) == ("done", 80, None)
    assert (card["votes"], card["mine"], board.state()["person"]["left"]) == (2, 2, 3)
    do(board, "undo")
    do(board, "undo")
    do(board, "undo")
    [card] = board.state()["cards"]
    assert (card["text"], card["kind"], card["owner"], card["status"]) == (
        "Too slow", "breakpoint", "Bo", "open",
    ), "one edit is one step back"  # fmt: skip
    assert board.state()["can"] == {"undo": True, "redo": True}


def test_who_has_not_signed_is_asked_to() -> None:
    board = desk(small_live(), by=None)
    assert "Say who you are" in refused(board, "card", text="x", kind="idea", pins=[])
    refused(board, "sign", by="  ")
    do(board, "sign", by=" Eve ")
    do(board, "card", text="x", kind="idea", pins=[])
    assert board.state()["cards"][0]["author"] == "Eve"


def test_five_dots_and_no_more() -> None:
    board = desk(small_live())
    for text in "abc":
        do(board, "card", text=text, kind="idea", pins=[])
    a, b, _c = (card["id"] for card in board.state()["cards"])
    do(board, "vote", card=a, dots=3)
    assert "you have 2 left" in refused(board, "vote", card=b, dots=3)
    do(board, "vote", card=b, dots=2)
    do(board, "vote", card=a, dots=2)
    do(board, "sign", by="Bo")
    do(board, "vote", card=b, dots=5)
    assert [card["votes"] for card in board.state()["cards"]] == [2, 7, 0]
    assert [card["mine"] for card in board.state()["cards"]] == [0, 5, 0]


def test_the_second_decision_changes_the_card_of_the_first() -> None:
    board = desk(crm_live())
    finding = board.state()["findings"][2]
    do(board, "judge", finding=finding["id"], status="confirmed")
    do(board, "judge", finding=finding["id"], status="rejected")
    [card] = board.state()["cards"]
    assert (card["status"], card["kind"]) == ("rejected", finding["kind"])
    assert [pin["id"] for pin in card["pins"]] == [finding["id"]]
    assert board.state()["findings"][2]["status"] == "rejected"
    do(board, "edit", card=card["id"], text="Not so: weekends")
    do(board, "judge", finding=finding["id"], status="open")
    assert len(board.state()["cards"]) == 1, "known also under other words"
    do(board, "card", text="mine", kind=finding["kind"], pins=[finding["id"]])
    do(board, "judge", finding=finding["id"], status="confirmed")
    assert [c["status"] for c in board.state()["cards"]] == ["confirmed", "open"]
    refused(board, "judge", finding="b-00000000", status="confirmed")
    for _ in range(5):
        do(board, "undo")
    assert board.state()["findings"][2]["status"] == "confirmed"


def test_participants_decide_nothing_and_touch_no_card_of_others() -> None:
    store = Store(None)
    lead, guest = desk(crm_live()), desk(crm_live(), by="Guest", role="participant")
    lead.store = guest.store = store
    do(lead, "card", text="Ann's", kind="idea", pins=[])
    theirs = lead.state()["cards"][0]["id"]
    finding = lead.state()["findings"][0]["id"]
    refused(guest, "judge", finding=finding, status="confirmed")
    assert "Ann" in refused(guest, "edit", card=theirs, status="withdrawn")
    refused(guest, "edit", card=theirs, text="Guest's")
    refused(guest, "claim", card=theirs, claim=None)
    refused(guest, "minutes")
    do(guest, "card", text="Guest's", kind="idea", pins=[])
    own = guest.state()["cards"][1]["id"]
    refused(guest, "edit", card=own, status="confirmed")
    do(guest, "edit", card=own, text="Better")
    do(guest, "edit", card=own, status="withdrawn")
    assert [card["text"] for card in guest.state()["cards"]] == ["Ann's"]
    do(guest, "vote", card=theirs, dots=1)
    do(lead, "edit", card=theirs, status="withdrawn")


def test_a_claim_gets_the_verdict_of_the_log_and_is_asked_once(monkeypatch: Any) -> None:
    source = Live(crm(), crm_findings(), None, SHOWN)
    board = desk(source)
    do(board, "card", text="报价太慢，超过 3 天", kind="breakpoint", pins=[])
    card = board.state()["cards"][0]["id"]
    suggested = do(board, "suggest", text="报价太慢，超过 3 天", card=card)["suggestions"]
    assert suggested[0].keys() == {"claim", "needs_threshold", "label", "why"}
    claim = suggested[0]["claim"]
    do(board, "claim", card=card, claim=claim)
    told = board.state()["cards"][0]
    expected = verdict(Claim.model_validate(claim), crm())
    assert told["verdict"]["outcome"] == expected.outcome
    words = told["verdict"]["words"]
    assert words.casefold() == expected.words.en.partition(": ")[2].casefold()
    assert words[0].isupper(), "it stands under its outcome"
    assert told["verdict"]["cases"] == list(expected.cases)
    assert told["claim"]["threshold"] == claim["threshold"]

    def never(*_: Any) -> Any:
        raise AssertionError("asked again")

    monkeypatch.setattr("journeylib.workshop.board.live.verdict", never)
    do(board, "card", text="another", kind="idea", pins=[])
    do(board, "vote", card=card, dots=1)
    do(board, "look", lang="zh")
    assert board.state()["cards"][0]["verdict"]["words"] == expected.words.zh.partition("：")[2]
    do(board, "claim", card=card, claim=None)
    assert board.state()["cards"][0]["verdict"] is None


def test_the_share_that_a_flow_draws_is_told_where_more_is_drawn_than_asked_for() -> None:
    board = desk(crm_live())
    assert board.state()["reached"] is None, "a map draws no moves"
    told = {}
    for traffic in (0.1, 0.8, 0.95, 1.0):
        do(board, "look", kind="flow", traffic=traffic)
        told[traffic] = board.state()["reached"]
        assert f">{share(told[traffic])} of the traffic" in board.state()["picture"].replace(
            "&gt;", ">"
        )
    assert told[0.1] == told[0.8] > 0.8, "boxes need the moves that hold them together"
    assert 0.95 <= told[0.95] < told[1.0] < 1


def test_paths_are_told_by_their_length_and_their_cases() -> None:
    rows = [r for r in small_rows() if r["case_id"] < "case-03"] + [
        {**small_rows()[0], "case_id": "case-99", "activity": "leave"}
    ]
    source = Live(mine(log_of(rows)), None, None, SHOWN)
    labels = {lang: [v["label"] for v in source.choices(lang)["variants"]] for lang in LANGS}
    assert labels["en"] == ["4 steps · 2 cases", "1 step · 1 case", "3 steps · 1 case"]
    assert labels["zh"] == ["4 步 · 2 例", "1 步 · 1 例", "3 步 · 1 例"]


def test_a_suggestion_without_a_number_asks_for_one() -> None:
    board = desk(crm_live())
    [first, *_] = do(board, "suggest", text="报价太慢", card=None)["suggestions"]
    assert first["needs_threshold"]
    assert first["claim"]["threshold"] is None
    assert first["label"].endswith("> ?")
    refused(board, "claim", card="n-1", claim=first["claim"])


@pytest.mark.parametrize(
    ("claim", "hint"),
    [
        ({"measure": "wait", "place": {}, "threshold": "5d"}, "is taken at"),
        ({"measure": "cycle_time", "threshold": "10%"}, "is compared with"),
        ({"measure": "cycle_time", "threshold": "soon"}, "duration"),
        ({"measure": "luck", "threshold": "5d"}, "measure"),
        ({}, "measure"),
    ],
)
def test_what_is_no_claim_is_told(claim: dict[str, Any], hint: str) -> None:
    board = desk(small_live())
    do(board, "card", text="x", kind="idea", pins=[])
    card = board.state()["cards"][0]["id"]
    assert hint in refused(board, "claim", card=card, claim=claim)


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("card", {"text": " ", "kind": "idea", "pins": []}),
        ("card", {"text": "x", "kind": "praise", "pins": []}),
        ("card", {"text": "x", "kind": "idea", "pins": ["nowhere"]}),
        ("card", {"text": "x", "kind": "idea", "pins": "purchase"}),
        ("card", {"text": "x" * 10_001, "kind": "idea", "pins": []}),
        ("card", {"text": 7, "kind": "idea", "pins": []}),
        ("edit", {"card": "n-0", "text": "x"}),
        ("vote", {"card": "n-0", "dots": True}),
        ("vote", {"card": "n-0", "dots": -1}),
        ("rate", {"card": "n-0", "importance": 101, "urgency": 0}),
        ("rate", {"card": "n-0"}),
        ("judge", {"finding": "b-0", "status": "done"}),
        ("cases", {"pin": "nowhere"}),
        ("cases", {}),
        ("undo", {}),
        ("redo", {}),
        ("play", {}),
        ("look", {"kind": "globe"}),
        ("look", {"traffic": "much"}),
        ("look", {"traffic": float("nan")}),
        ("look", {"segment": "nobody"}),
        ("look", {"segment": ["big"]}),
        ("look", {"against": "big"}),
        ("look", {"variant": 0}),
        ("look", {"variant": True}),
        ("look", {"lang": None}),
        ("look", {"colour": "blue"}),
        ("dance", {}),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(what: str, fields: dict[str, Any]) -> None:
    refused(desk(small_live()), what, **fields)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = (
    *("do", "re", "text", "kind", "pins", "card", "dots", "claim", "status", "pin", "by"),
    *("traffic", "segment", "variant", "against", "lang", "importance", "urgency", "finding"),
)
_DO = st.sampled_from(
    ("look", "cases", "play", "sign", "card", "edit", "rate", "vote", "judge", "suggest", "claim",
     "undo", "redo", "poll", "minutes")
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(_JSON | st.dictionaries(st.sampled_from(_FIELDS), _JSON), st.none() | _DO)
def test_no_message_raises(message: Any, what: str | None) -> None:
    board = desk(small_live())
    if isinstance(message, dict) and what is not None:
        message = {**message, "do": what}
    reply = board.handle(message)
    assert isinstance(reply["ok"], bool)
    for sent in (reply, board.state()):
        json.dumps(sent, ensure_ascii=False, allow_nan=False).encode()


# -- files -----------------------------------------------------------------------------------------


def test_two_desks_on_one_file_see_each_other_after_a_poll(tmp_path: Path) -> None:
    path = tmp_path / "w.journey-notes.jsonl"
    one, two = desk(small_live(), notes=path), desk(small_live(), by="Bo", notes=path)
    do(one, "card", text="from one", kind="idea", pins=[])
    assert two.state()["cards"] == []
    do(two, "poll")
    assert [card["text"] for card in two.state()["cards"]] == ["from one"]
    do(two, "card", text="from two", kind="idea", pins=[])
    do(one, "vote", card=one.state()["cards"][0]["id"], dots=1)
    assert [card["text"] for card in one.state()["cards"]] == ["from one", "from two"]
    do(two, "undo")
    do(one, "poll")
    assert [(c["text"], c["votes"]) for c in one.state()["cards"]] == [("from one", 1)]


def test_what_others_write_at_the_very_moment_is_not_overlooked(
    tmp_path: Path, monkeypatch: Any
) -> None:
    path = tmp_path / "w.journey-notes.jsonl"
    change = NotesFile.change

    def and_another(file: NotesFile, what: Any) -> Annotations:
        notes = change(file, what)
        change(file, lambda notes: notes.with_card("meanwhile", by="Bo"))
        return notes

    board = desk(small_live(), notes=path)
    monkeypatch.setattr(NotesFile, "change", and_another)
    do(board, "card", text="own", kind="idea", pins=[])
    do(board, "poll")
    assert {card["text"] for card in board.state()["cards"]} == {"own", "meanwhile"}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.booleans(), _STEPS), max_size=15))
def test_two_people_on_one_file_end_with_the_same_cards(steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.journey-notes.jsonl"
        desks = {by: desk(small_live(), by=by, notes=path) for by in "AB"}
        for by, polls, step in steps:
            cards = desks[by].store.notes.cards
            card = (
                {"card": cards[int(step["card"]) % len(cards)].id}
                if "card" in step and cards
                else {}
            )
            desks[by].handle({"pins": [], **step, **card} if step["do"] != "edit" else step | card)
            if polls:
                do(desks[by], "poll")
        for one in desks.values():
            do(one, "poll")
        written = NotesFile(path).read()
        assert desks["A"].store.notes == desks["B"].store.notes == written
        assert all(sum(c.votes.get(by, 0) for c in written.cards) <= 5 for by in "AB")


def test_a_poll_of_nothing_new_sends_nothing(tmp_path: Path) -> None:
    board = desk(small_live(), notes=tmp_path / "w.journey-notes.jsonl")
    do(board, "card", text="x", kind="idea", pins=[])
    do(board, "poll")
    before = board.state()
    do(board, "poll")
    after = board.state()
    assert all(before[k] is after[k] for k in ("cards", "findings", "picture", "parts", "choices"))


def test_minutes_are_written_beside_the_notes(tmp_path: Path) -> None:
    from journeylib.workshop.board import board

    wall = board(small(), notes=tmp_path / "w.journey-notes.jsonl", by="Ann", lang="en")
    do(wall.desk, "card", text="Call sooner", kind="idea", pins=[])
    do(wall.desk, "minutes")
    assert "Call sooner" in (tmp_path / "w-minutes.md").read_text(encoding="utf-8")
    assert (tmp_path / "w-minutes.docx").read_bytes()[:2] == b"PK"
    said = wall.desk.state()["said"]
    assert (said["level"], "w-minutes.docx" in said["text"]) == ("info", True)


def test_cards_are_found_again_on_new_data_and_orphans_are_told() -> None:
    old = desk(small_live())
    ids = {a.name: a.id for a in small().activities}
    for name in ("call", "sign"):
        do(old, "card", text=name, kind="idea", pins=[ids[name]])
    notes = old.store.notes.with_card("no", by="x", pins=[Pin(id="a-0000dead")])
    later = mine(log_of(small_rows(("visit", "call", "quote"))))
    new = desk(Live(later, None, None, SHOWN), notes=notes)
    told = {card["text"]: card for card in new.state()["cards"]}
    assert {text: card["orphan"] for text, card in told.items()} == {
        "call": False, "sign": True, "no": True,
    }  # fmt: skip
    assert told["sign"]["pins"] == [{"id": ids["sign"], "label": "sign", "here": False}]
    do(new, "edit", card=told["sign"]["id"], text="gone?", pins=[ids["sign"], ids["call"]])
    assert [pin["here"] for pin in new.state()["cards"][1]["pins"]] == [False, True]
    assert "1" in Live(later, None, None, SHOWN).with_cards(new.view, new.hung()).svg


# -- laws ------------------------------------------------------------------------------------------


class Model:
    """What one person's messages leave, by the plainest of means: a stack of whole states."""

    def __init__(self) -> None:
        self.now: tuple[tuple[str, tuple[Any, ...]], ...] = ()
        self.past: list[Any] = []
        self.undone: list[Any] = []
        self.made = 0

    def back(self, what: str) -> bool:
        source, target = (self.past, self.undone)[:: 1 if what == "undo" else -1]
        if not source:
            return False
        target.append(self.now)
        self.now = source.pop()
        return True

    def apply(self, what: str, **f: Any) -> bool:
        cards = dict(self.now)
        if what == "card":
            cards[f"{self.made}"] = (f["text"], f["kind"], "open", 0, None, None)
            self.made += 1
        elif f["card"] not in cards:
            return False
        else:
            text, kind, status, dots, importance, urgency = cards[f["card"]]
            if what == "edit":
                text, status = f["text"], f["status"]
            elif what == "rate":
                importance, urgency = f["importance"], f["urgency"]
            else:
                others = sum(card[3] for id, card in cards.items() if id != f["card"])
                if others + f["dots"] > 5:
                    return False
                dots = f["dots"]
            cards[f["card"]] = (text, kind, status, dots, importance, urgency)
        self.go_to(tuple(cards.items()))
        return True

    def go_to(self, now: Any) -> None:
        if now != self.now:
            self.past.append(self.now)
            self.undone.clear()
            self.now = now


def _told(notes: Annotations, ids: list[str]) -> list[tuple[Any, ...]]:
    kept = [notes[id] for id in ids if notes[id].status != "withdrawn"]
    return [(c.text, c.kind, c.status, c.dots, c.importance, c.urgency) for c in kept]


@settings(max_examples=150, deadline=None)
@given(st.lists(_STEPS, max_size=25))
def test_messages_leave_what_the_plainest_model_leaves(steps: list[dict[str, Any]]) -> None:
    board, model, ids = desk(small_live()), Model(), list[str]()
    for step in steps:
        card = step.get("card")
        real = step | ({"card": ids[int(card)]} if card and int(card) < len(ids) else {})
        reply = board.handle({"pins": [], **real} if step["do"] == "card" else real)
        fields = {k: v for k, v in step.items() if k != "do"}
        expected = model.apply(step["do"], **fields) if fields else model.back(step["do"])
        assert reply["ok"] == expected, (step, board.state()["said"])
        known = {line.card for line in board.store.notes.lines}
        ids += sorted(known - set(ids))
    notes = board.store.notes
    assert _told(notes, ids) == [card for _id, card in model.now]
    assert board.state()["can"] == {"undo": bool(model.past), "redo": bool(model.undone)}
    replayed = Annotations.of(reversed(notes.lines))
    assert replayed.cards == notes.cards
    assert board.state()["person"]["left"] == 5 - sum(card[3] for _id, card in model.now)


def test_what_is_in_the_file_is_what_is_on_the_desk(tmp_path: Path) -> None:
    path = tmp_path / "w.journey-notes.jsonl"
    board = desk(crm_live(), notes=path)
    finding = board.state()["findings"][0]["id"]
    do(board, "judge", finding=finding, status="confirmed")
    do(board, "card", text="x", kind="idea", pins=["purchase"])
    again = desk(crm_live(), notes=path)
    assert again.state()["cards"] == board.state()["cards"]
    assert telling.decisions(NotesFile(path).read()).keys() == {finding}
    do(again, "judge", finding=finding, status="rejected")
    assert len(again.state()["cards"]) == 2
