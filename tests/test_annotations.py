"""Cards and what becomes of them: laws of appending, undoing and merging."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib.annotations.claim import Claim
from journeylib.annotations.line import KINDS
from journeylib.annotations.notes import Annotations, merge
from journeylib.annotations.pin import Pin, Places, cell
from journeylib.errors import UsageError
from journeylib.terms import Text
from tests.journeys import findings, journey

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Change = Callable[[Annotations], Annotations]


def clock() -> datetime:
    return START


def ticking() -> Callable[[], datetime]:
    seconds = itertools.count()
    return lambda: START + timedelta(seconds=next(seconds))


AT = {"clock": clock}
NOTHING = Annotations()
people = st.sampled_from(["王敏", "Li", "Zoë"])


@st.composite
def change(draw: st.DrawFn) -> Change:
    """One change anybody could make to any notes."""
    by, which = draw(people), draw(st.integers(0, 5))
    kind = draw(st.sampled_from(["card", "text", "status", "vote", "rating", "owner", "claim"]))
    words = draw(st.sampled_from(["报价太慢", "ask once", "<b>", "…"]))
    number = draw(st.integers(0, 100))
    at = {"by": by, "clock": lambda: START + timedelta(seconds=number // 30)}

    def changed(notes: Annotations) -> Annotations:
        if kind == "card" or not notes.cards:
            return notes.with_card(words, kind=KINDS[number % 5], pins=["a-1"], **at)
        card = notes.cards[which % len(notes.cards)]
        status = ("open", "confirmed", "rejected", "done", "withdrawn")[number % 5]
        claim = Claim(measure="cycle_time", threshold=f"{number}d")
        ways = {
            "text": lambda: notes.with_text(card, words, **at),
            "status": lambda: notes.with_status(card, status, **at),
            "vote": lambda: notes.with_vote(card, dots=number % 3, **at),
            "rating": lambda: notes.with_rating(card, number, 100 - number, **at),
            "owner": lambda: notes.with_owner(card, words if number % 2 else None, **at),
            "claim": lambda: notes.with_claim(card, claim, **at),
        }
        return ways[kind]()

    return changed


changes = st.lists(change(), max_size=8)


def applied(several: list[Change], notes: Annotations = NOTHING) -> Annotations:
    for one in several:
        notes = one(notes)
    return notes


def shown(notes: Annotations) -> list[dict[str, object]]:
    """What cards say, whatever lines say it."""
    hidden = ("changed", "lines")
    dicts = [card.to_dict() for card in (*notes.cards, *notes.withdrawn)]
    told = [{k: v for k, v in card.items() if k not in hidden} for card in dicts]
    return sorted(told, key=lambda card: str(card["id"]))


# -- laws ------------------------------------------------------------------------------------------


@given(changes, changes, changes, changes)
@settings(max_examples=60, deadline=None)
def test_merging_is_commutative_associative_and_idempotent(base, first, second, third) -> None:
    start = applied(base)
    a, b, c = (applied(several, start) for several in (first, second, third))
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, a) == a == merge(a, start) == merge(a, Annotations())
    assert shown(merge(a, b)) == shown(merge(b, a))
    assert {card.id for card in merge(a, b).cards} <= {card.id for card in (*a.cards, *b.cards)}


@given(changes, change())
@settings(max_examples=80, deadline=None)
def test_undo_brings_back_what_was_and_redo_what_is(several, one) -> None:
    before = applied(several)
    after = one(before)
    author = max(after.lines, key=lambda line: line.n).by
    undone = after.undo(by=author, **AT)
    known = {card["id"] for card in shown(before)}
    assert [card for card in shown(undone) if card["id"] in known] == shown(before)
    assert {card.id for card in undone.cards} == {card.id for card in before.cards}
    assert shown(undone.redo(by=author, **AT)) == shown(after)
    assert all(line in undone.lines for line in after.lines), "nothing is ever taken out"


@given(st.lists(change(), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_undoing_all_leaves_no_card_and_redoing_all_brings_them_back(several) -> None:
    notes = applied(several)
    undone = notes
    order = [line.by for line in sorted(notes.lines, key=lambda line: line.n)]
    for author in reversed(order):
        undone = undone.undo(by=author, **AT)
    assert not undone.cards
    for author in order:
        undone = undone.redo(by=author, **AT)
    assert shown(undone) == shown(notes)


# -- cards -----------------------------------------------------------------------------------------


def test_a_card_keeps_its_id_through_all_changes() -> None:
    notes = Annotations().with_card("报价流程太繁琐", by="王敏", kind="breakpoint", **AT)
    card = notes.newest
    assert card is not None
    notes = notes.with_text(card, "报价要三级审批", by="Li", **AT)
    notes = notes.with_status(card.id, "confirmed", by="王敏", **AT).with_owner(
        card.id, "Zoë", by="王敏", **AT
    )
    notes = notes.with_rating(card.id, 90, 70, by="王敏", **AT)
    now = notes[card.id]
    assert (now.text, now.status, now.owner) == ("报价要三级审批", "confirmed", "Zoë")
    assert (now.author, now.importance, now.urgency) == ("王敏", 90, 70)
    assert repr(now) == f"Card({card.id}, breakpoint, confirmed, 0 votes: '报价要三级审批')"
    assert repr(notes) == "Annotations(1 card (1 confirmed), 0 votes)"
    assert list(notes.frame("en")["status"]) == ["confirmed"]


def test_order_is_that_of_writing_even_within_a_second() -> None:
    notes = Annotations()
    for i in range(30):
        notes = notes.with_card(f"{i}", by="Li", **AT)
    assert [card.text for card in notes] == [f"{i}" for i in range(30)]


def test_two_people_of_one_name_have_two_cards_and_share_their_votes() -> None:
    notes = Annotations().with_card("same", by="李娜", **AT).with_card("same", by="李娜", **AT)
    one, other = notes.cards
    assert one.id != other.id
    notes = notes.with_vote(one, by="李娜", **AT).with_vote(one.id, by="李娜", **AT)
    assert notes.votes == {one.id: 1}


def test_votes_of_those_who_did_not_see_each_other_add_up() -> None:
    start = Annotations().with_card("x", by="a", **AT)
    [seen] = start.cards
    notes = start.with_vote(seen, by="a", dots=2, **AT).with_vote(seen, by="b", **AT)
    assert notes.cards[0].votes == {"a": 2, "b": 1}
    apart = merge(start.with_vote(seen, by="a", **AT), start.with_vote(seen, by="b", **AT))
    assert apart.cards[0].votes == {"a": 1, "b": 1} and not apart.conflicts
    back = notes.with_vote(notes.cards[0], by="a", dots=0, **AT)
    assert back.cards[0].votes == {"b": 1}
    with pytest.raises(UsageError, match="less than none"):
        notes.with_vote(seen, by="a", dots=-1, **AT)


def test_what_two_change_at_once_is_kept_twice_and_listed_until_somebody_decides() -> None:
    tick = ticking()
    start = Annotations().with_card("x", by="a", clock=tick)
    [card] = start.cards
    one = start.with_text(card, "by Li", by="Li", clock=tick)
    other = start.with_text(card, "by Wang", by="Wang", clock=tick).with_owner(
        card.id, "Zoë", by="Wang", clock=tick
    )
    both = merge(one, other)
    [conflict] = both.conflicts
    assert (conflict.card, conflict.what) == (card.id, "text")
    assert [line.text for line in conflict.versions] == ["by Li", "by Wang"]
    assert (both[card.id].text, both[card.id].owner) == ("by Wang", "Zoë")
    assert repr(both).endswith(", 1 conflict)")
    decided = both.with_text(card.id, "by both", by="Li", clock=tick)
    assert not decided.conflicts and decided[card.id].text == "by both"


def test_the_same_change_by_two_is_no_conflict() -> None:
    start = Annotations().with_card("x", by="a", **AT)
    [card] = start.cards
    both = merge(
        start.with_status(card, "done", by="Li", **AT),
        start.with_status(card, "done", by="W", **AT),
    )
    assert both[card.id].status == "done" and not both.conflicts


def test_a_lost_line_between_resurrects_nothing() -> None:
    tick = ticking()
    notes = Annotations().with_card("x", by="a", clock=tick)
    id = notes.cards[0].id
    for text in ("y", "z"):
        notes = notes.with_text(id, text, by="a", clock=tick)
    first, _lost, last = notes.lines
    left = Annotations.of((first, last))
    assert [card.text for card in left] == ["z"] and not left.conflicts


def test_lines_that_supersede_each_other_are_no_endless_way() -> None:
    notes = Annotations().with_card("x", by="a", **AT)
    notes = notes.with_text(notes.cards[0], "y", by="a", **AT)
    first, second = notes.lines
    ring = Annotations.of((first.model_copy(update={"supersedes": (second.id,)}), second))
    assert len(ring) == 1 and ring.cards[0].text in ("x", "y")


def test_undo_is_of_ones_own_and_spares_what_others_changed_since() -> None:
    notes = Annotations().with_card("x", by="a", **AT)
    id = notes.cards[0].id
    notes = notes.with_rating(id, 10, 20, by="a", **AT).with_rating(id, 10, 99, by="b", **AT)
    undone = notes.undo(by="a", **AT)
    assert (undone[id].importance, undone[id].urgency) == (None, 99)
    with pytest.raises(UsageError, match="nothing to undo for 'c'"):
        notes.undo(by="c", **AT)
    with pytest.raises(UsageError, match="nothing to redo"):
        undone.with_text(id, "new", by="a", **AT).redo(by="a", **AT)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda n: n.with_card(" \n", by="a"), "its text is empty"),
        (lambda n: n.with_card("x", by=" "), "every note is signed"),
        (lambda n: n.with_card("x", by="a", kind="poem"), "kind: Input should be"),
        (lambda n: n.with_rating("n-1", 1, 2, by="a"), "no card 'n-1'"),
        (lambda n: n.with_rating(n.cards[0], 101, 0, by="a"), "importance: .* equal to 100"),
        (lambda n: n.with_text(n.cards[0], "", by="a"), "withdraw it instead"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: Change, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        wrong(Annotations().with_card("x", by="a", **AT))


# -- pins ------------------------------------------------------------------------------------------


def test_places_are_found_by_id_or_by_name() -> None:
    world, found = journey(), findings()
    places = Places.of(world, found)
    contact, move = world.activity("首次联系"), world.moves[0]
    assert places.pin("首次联系") == places.pin(contact.id)
    assert places.pin(contact.id).stage == Text("兴趣", "Interest")
    assert places.pin(move.id).name.zh == f"{move.source} → {move.target}"
    assert places.pin("evaluation") == places.pin("评估")
    assert places.pin(cell("evaluation", "财务部")).name.zh == "评估 × 财务部"
    assert places.pin(cell("nowhere", "财务部")) is None
    first = next(iter(found))
    assert places.pin(first.id).name == first.title
    assert places.pin("没有这个") is None


def test_pins_hold_by_id_then_by_name_and_orphans_are_listed() -> None:
    world = journey()
    places = Places.of(world)
    same, renamed = places.pin("首次联系"), Pin(id="a-old", name=Text.same("线索 分配"))
    gone = Pin(id="a-gone", name=Text.same("已取消的活动"))
    bare = Pin(id="a-bare")
    notes = Annotations()
    for pin in (same, renamed, gone, bare):
        notes = notes.with_card(pin.id, by="a", pins=[pin], **AT)
    notes = notes.with_card("pinned to nothing", by="a", **AT)
    assert places.again(same) == same
    assert places.again(renamed) == places.pin("线索分配")
    assert [card.text for card in notes.orphans(world)] == ["a-gone", "a-bare"]
    assert len(notes.for_pin("a-gone")) == 1
    as_move = Pin(id="m-old", name=Text.same("线索分配"))
    assert places.again(as_move) is None, "a step is no activity of the same name"
