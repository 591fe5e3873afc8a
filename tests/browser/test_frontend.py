"""The board in a real browser: choosing, cards, people."""

from __future__ import annotations

import pytest

from tests.browser.board_world import world
from tests.browser.room import rooms


@pytest.fixture
def room(chromium):
    with rooms(chromium) as enter:
        yield enter


# -- choosing --------------------------------------------------------------------------------------


def test_a_click_chooses_and_the_panel_tells(room):
    here = room()
    here.part("a-2").click()
    assert here.text(".jb-panel h2") == "首次联系"
    assert "512" in here.text(".jb-rows")
    assert here.page.locator('.jb-panel [data-card="n-0"]').count() == 1
    assert here.text(".jb-status-line") == "已选：首次联系", (
        "no count that the next card makes wrong"
    )
    assert here.part("a-2").get_attribute("aria-pressed") == "true"
    here.page.wait_for_selector(".jb-cases td")
    assert here.sent("cases")[0]["pin"] == "a-2"
    assert "<b>5</b>" in here.text(".jb-cases")


def test_a_badge_chooses_its_finding_which_can_be_confirmed(room):
    here = room()
    here.page.locator('.jb-svg [data-finding="f-1"]').click()
    assert here.text(".jb-panel h2") == "报价反复修改"
    here.do("confirmed").click()
    here.settle()
    assert [(m["finding"], m["status"]) for m in here.sent("judge")] == [("f-1", "confirmed")]
    here.part("a-3").click(position={"x": 8, "y": 36})
    assert here.page.locator('.jb-finding[data-finding="f-1"]').count() == 1, (
        "it is told at its box"
    )


def test_arrows_follow_edges_and_enter_chooses(room):
    here = room()
    here.part("a-1").focus()
    for key, pin in (("ArrowRight", "a-2"), ("ArrowRight", "a-3"), ("ArrowDown", "a-4")):
        here.page.keyboard.press(key)
        assert here.focus() == pin, key
    here.page.keyboard.press("ArrowLeft")
    assert here.focus() == "a-2", "back along the edge it came by"
    here.page.keyboard.press("ArrowUp")
    assert here.focus() == "interest", "no edge leads there: the nearest"
    here.part("a-2").focus()
    here.page.keyboard.press("e")
    assert here.focus() == "m-2"
    here.page.keyboard.press("Enter")
    assert here.text(".jb-panel h2") == "m-2"
    here.page.keyboard.press("Escape")
    assert here.page.locator(".jb-chosen").count() == 0


def test_keys_stay_on_the_board_and_the_focus_can_be_seen(room):
    here = room()
    here.page.evaluate(
        "window.leaked = []; document.addEventListener('keydown', e => leaked.push(e.key))"
    )
    here.part("a-1").focus()
    for key in ("n", "Escape", "d", "d", "j", "ArrowRight", "Enter"):
        here.page.keyboard.press(key)
    assert here.page.evaluate("leaked") == []
    root = here.page.locator(".journey-board")
    assert root.get_attribute("data-lm-suppress-shortcuts") == "true"
    assert here.page.locator(".jb-ring.focus").count() == 1
    here.do("undo").evaluate("node => node.disabled = false")
    here.do("add").focus()
    here.page.keyboard.press("Tab")
    style = here.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"


# -- cards -----------------------------------------------------------------------------------------


def test_a_card_is_written_with_the_keyboard_alone(room):
    here = room()
    here.part("a-2").focus()
    here.page.keyboard.press("n")
    here.page.wait_for_selector("form.jb-card-form")
    here.page.keyboard.insert_text("等了两天")
    here.page.keyboard.press("Control+Enter")
    here.page.wait_for_selector("form.jb-card-form", state="detached")
    (sent,) = here.sent("card")
    assert (sent["text"], sent["pins"], sent["kind"]) == ("等了两天", ["a-2"], "idea")
    here.settle()
    assert here.focus() == "a-2", "the focus is where it was"
    assert "等了两天" in here.text(".jb-panel")


def test_what_is_typed_survives_whatever_arrives(room):
    here = room()
    here.part("a-2").click()
    here.page.keyboard.press("n")
    field = here.page.locator("form.jb-card-form [name=text]")
    field.fill("客户等得太久")
    field.evaluate("node => node.setSelectionRange(2, 3)")
    more = world()
    more["cards"][0]["text"] = "别人写的"
    here.put(cards=[*more["cards"], {**more["cards"][1], "id": "n-9"}])
    here.put(said={"n": 7, "level": "info", "text": "李雷 贴了一张卡片"})
    here.put(picture=more["pictures"]["map|zh|light"]["picture"])
    here.put(words=more["langs"]["en"]["words"])
    here.settle()
    assert field.input_value() == "客户等得太久"
    assert field.evaluate(
        "n => [document.activeElement === n, n.selectionStart, n.selectionEnd]"
    ) == [True, 2, 3]
    assert "别人写的" in here.text(".jb-panel"), "and what arrived is there"
    assert here.text("form.jb-card-form h3") == "New card"


def test_a_card_that_is_refused_keeps_its_words(room):
    here = room()
    here.do("add").click()
    here.page.locator("form.jb-card-form [type=submit]").click()
    assert here.sent("card") == []
    here.page.locator("form.jb-card-form [name=text]").fill("refuse me")
    here.page.locator("form.jb-card-form [type=submit]").click()
    here.page.wait_for_selector(".jb-problem")
    assert here.text(".jb-problem") == "日志拒绝了这张卡片"
    assert here.page.locator("form.jb-card-form [name=text]").input_value() == "refuse me"
    here.page.keyboard.press("Escape")
    here.do("add").click()
    kept = here.page.locator("form.jb-card-form [name=text]").input_value()
    assert kept == "refuse me", "Esc closes the form; its words come back"


def test_an_input_method_is_left_alone(room):
    here = room()
    here.part("a-1").click()
    here.page.keyboard.press("n")
    client = here.page.context.new_cdp_session(here.page)
    client.send("Input.imeSetComposition", {"text": "kehu", "selectionStart": 4, "selectionEnd": 4})
    here.put(cards=world()["cards"][:2])
    here.settle()
    field = here.page.locator("form.jb-card-form [name=text]")
    assert field.input_value() == "kehu", "still composing"
    press = """(node, how) => node.dispatchEvent(
        new KeyboardEvent('keydown', { ...how, isComposing: true, bubbles: true }))"""
    field.evaluate(press, {"key": "Enter", "ctrlKey": True})
    field.evaluate(press, {"key": "Escape"})
    here.settle()
    assert here.sent("card") == []
    client.send("Input.insertText", {"text": "客户"})
    assert field.input_value() == "客户"


def test_votes_status_edit_withdraw_and_undo(room):
    here = room()
    here.do("cards").click()
    card = here.page.locator('.jb-card[data-card="n-1"]')
    card.locator('[data-do="vote-more"]').click()
    here.settle()
    assert here.page.evaluate("document.activeElement.closest('[data-card]').dataset.card") == "n-1"
    card.locator("[name=status]").select_option("confirmed")
    here.settle()
    assert card.get_attribute("data-status") == "confirmed"
    card.locator('[data-do="edit"]').click()
    here.page.locator("form.jb-card-form [name=text]").fill("首次联系要 24 小时内")
    here.page.locator("form.jb-card-form [type=submit]").click()
    here.settle()
    card.locator('[data-do="withdraw"]').click()
    here.settle()
    assert card.count() == 0
    here.page.keyboard.press("Control+z")
    here.settle()
    assert "24 小时内" in card.inner_text()
    changes = [(m["do"], m.get("dots"), m.get("status"), m.get("text")) for m in here.sent()]
    assert changes == [
        ("vote", 1, None, None),
        ("edit", None, "confirmed", None),
        ("edit", None, None, "首次联系要 24 小时内"),
        ("edit", None, "withdrawn", None),
        ("undo", None, None, None),
    ]


def test_cards_stand_on_the_picture_by_shape_letter_and_number(room):
    here = room()
    marks = here.page.locator(".jb-pin")
    told = [(m.get_attribute("data-at"), m.text_content()) for m in marks.all()]
    assert told == [("a-2", "触"), ("a-2", "断"), ("m-2", "岛")], "the orphan has no place"
    before = marks.first.bounding_box()
    for _ in range(4):
        here.do("zoom-in").click()
    after = marks.first.bounding_box()
    assert after["width"] == pytest.approx(before["width"], rel=0.15), "as large at every zoom"


def test_a_claim_from_a_proposal_and_by_hand(room):
    here = room()
    here.do("cards").click()
    here.page.locator('.jb-card[data-card="n-0"] [data-do="claim"]').click()
    form = here.page.locator("form.jb-claim-form")
    assert form.locator("[name=place-activity]").input_value() == "首次联系", "where its card is"
    here.page.locator(".jb-proposal").first.click()
    assert here.sent("suggest")[0]["text"] == "展会二维码 a-2", "its words and its place"
    here.settle()
    assert form.locator("[name=threshold]").evaluate("n => n === document.activeElement")
    form.locator("[name=threshold]").fill("５")
    form.locator("[type=submit]").click()
    here.page.wait_for_selector('.jb-verdict[data-outcome="proven"]')
    claim = here.sent("claim")[0]["claim"]
    assert claim == {
        "measure": "wait",
        "place": {"from": "发送报价", "to": "签订合同"},
        "comparison": ">",
        "threshold": "5d",
        "segment": {},
    }
    here.page.locator('.jb-card[data-card="n-0"] [data-do="claim"]').click()
    form.locator("[name=measure]").select_option("rework")
    form.locator("[name=where]").select_option("1")
    form.locator("[name=comparison]").select_option(">=")
    form.locator("[name=threshold]").fill("x")
    form.locator("[type=submit]").click()
    assert here.page.locator(".jb-problem").count() == 1
    form.locator("[name=threshold]").fill("12.5")
    form.locator("[name=claim-segment]").select_option("大型客户")
    form.locator("[type=submit]").click()
    here.settle()
    claim = here.sent("claim")[1]["claim"]
    assert (claim["place"], claim["comparison"], claim["threshold"]) == ({}, ">=", "12.5%")
    assert claim["segment"] == {"segment": "大型客户"}


# -- people ----------------------------------------------------------------------------------------


def test_who_is_not_known_is_asked_once(room):
    here = room(person={"by": None})
    here.do("cards").click()
    vote = here.page.locator('[data-card="n-1"] [data-do="vote-more"]')
    vote.click()
    here.page.keyboard.press("Escape")
    here.page.wait_for_selector("dialog", state="detached")
    assert here.sent() == []
    assert here.focus() == "vote-more"
    vote.click()
    here.page.keyboard.insert_text("陈静")
    here.page.keyboard.press("Enter")
    here.settle()
    vote.click()
    here.settle()
    assert [m["do"] for m in here.sent()] == ["sign", "vote", "vote"]


def test_a_participant_adds_and_votes_and_judges_nothing(room):
    here = room(person={"by": "王敏", "role": "participant"})
    here.page.locator('.jb-svg [data-finding="f-1"]').click()
    here.do("cards").click()
    for name in ("confirmed", "rejected", "minutes", "claim", "rate", "agenda-start"):
        assert here.page.locator(f'[data-do="{name}"]').count() == 0, name
    own, other = (here.page.locator(f'[data-card="n-{n}"]') for n in (1, 0))
    assert own.locator('[data-do="edit"]').count() == 1
    assert other.locator('[data-do="edit"]').count() == 0
    assert other.locator('[data-do="vote-more"]').count() == 1


def test_a_reader_changes_nothing(room):
    here = room(person={"by": None, "role": "reader"})
    here.do("cards").click()
    for key in ("n", "Control+z", "Control+y"):
        here.page.keyboard.press(key)
    here.do("matrix").click()
    here.page.locator('[data-chip="n-1"]').press("ArrowUp")
    here.settle()
    assert here.page.locator("form").count() == 0
    assert here.sent() == []
