"""The board in a real browser, over a desk without Python (`desk.js`)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from journeylib.drawing import draw
from tests.browser.board_world import exhibit, tracks, world
from tests.hostile import NAMES
from tests.journeys import journey

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "journeylib" / "frontend"
STATIC = ROOT / "journeylib" / "workshop" / "board" / "static"
BUNDLES = (
    *(STATIC / name for name in ("board.js", "reader.js")),
    ROOT / "journeylib/drawing/page.js",
)
AT_MOST = 60 * 1024
ADDRESS = "http://127.0.0.1/board"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
PART = ".jb-svg g[data-kind][data-pin='{}']"
FOCUS = "document.activeElement.dataset.pin ?? document.activeElement.dataset.do ?? ''"


class Room:
    """A page with a board in it; `sent` are the messages the browser sent, polls left out."""

    def __init__(self, page: Any, errors: list[str]) -> None:
        self.page = page
        self.errors = errors

    def sent(self, what: str | None = None) -> list[dict[str, Any]]:
        every: list[dict[str, Any]] = self.page.evaluate("model.sent")
        return [m for m in every if m["do"] == what or (what is None and m["do"] != "poll")]

    def put(self, **traits: Any) -> None:
        self.page.evaluate("traits => model.put(traits)", traits)

    def settle(self) -> None:
        self.page.wait_for_timeout(60)

    def part(self, pin: str) -> Any:
        return self.page.locator(PART.format(pin)).first

    def do(self, name: str) -> Any:
        return self.page.locator(f'[data-do="{name}"]').first

    def focus(self) -> str:
        return str(self.page.evaluate(FOCUS))

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).first.inner_text())


@pytest.fixture
def room(chromium: Any) -> Any:
    """Open boards; at the end no page may have told of an error."""
    opened: list[tuple[Any, list[str]]] = []

    def enter(
        given: dict[str, Any] | None = None, *, size: tuple[int, int] = (1400, 900), **options: Any
    ) -> Room:
        motion = options.pop("motion", "no-preference")
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, reduced_motion=motion
        )
        context.route("**/*", _serve)
        page = context.new_page()
        if options.pop("clock", False):
            page.clock.install()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda told: told.type == "error" and errors.append(told.text))
        page.on("dialog", lambda dialog: errors.append(f"dialog {dialog.message}"))
        opened.append((context, errors))
        page.goto(ADDRESS)
        page.wait_for_function("window.boardModule")
        page.evaluate(
            "([world, options]) => startBoard(world, options)", [given or world(), options]
        )
        page.wait_for_selector('.journey-board[data-state="ready"]')
        return Room(page, errors)

    yield enter
    for context, _ in opened:
        context.close()
    assert [errors for _, errors in opened if errors] == []


def _serve(route: Any) -> None:
    if route.request.url.endswith("board.js"):
        route.fulfill(body=(STATIC / "board.js").read_text("utf-8"), content_type="text/javascript")
        return
    style = (STATIC / "board.css").read_text("utf-8")
    desk = (Path(__file__).parent / "desk.js").read_text("utf-8")
    load = "import * as m from '/board.js'; window.boardModule = m;"
    route.fulfill(
        content_type="text/html; charset=utf-8",
        body=f"<!doctype html><style>{style}</style><body><div id=place></div>"
        f"<script>{desk}</script><script type=module>{load}</script></body>",
    )


# -- choosing --------------------------------------------------------------------------------------


def test_a_click_chooses_and_the_panel_tells(room):
    here = room()
    here.part("a-2").click()
    assert here.text(".jb-panel h2") == "首次联系"
    assert "512" in here.text(".jb-rows")
    assert here.page.locator('.jb-panel [data-card="n-0"]').count() == 1
    assert "已选：首次联系" in here.text(".jb-status-line")
    assert here.part("a-2").get_attribute("aria-pressed") == "true"
    here.do("cases").click()
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
    for how in ({"key": "Enter", "ctrlKey": True}, {"key": "Escape"}):
        field.evaluate(
            "(node, how) => node.dispatchEvent(new KeyboardEvent('keydown', {...how, isComposing: true, bubbles: true}))",
            how,
        )
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
    here.page.locator(".jb-proposal").first.click()
    form = here.page.locator("form.jb-claim-form")
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
    form.locator("[type=submit]").click()
    here.settle()
    claim = here.sent("claim")[1]["claim"]
    assert (claim["place"], claim["comparison"], claim["threshold"]) == ({}, ">=", "12.5%")


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


# -- matrix ----------------------------------------------------------------------------------------


def test_cards_are_dragged_into_the_matrix_and_moved_by_keys(room):
    here = room()
    here.do("matrix").click()
    chip = here.page.locator('.jb-tray [data-chip="n-0"]')
    plane = here.page.locator(".jb-plane").bounding_box()
    start = chip.bounding_box()
    mouse = here.page.mouse
    mouse.move(start["x"] + 20, start["y"] + 8)
    mouse.down()
    mouse.move(plane["x"] + plane["width"] * 0.4, plane["y"] + plane["height"] * 0.5)
    here.put(cards=world()["cards"])
    mouse.move(plane["x"] + plane["width"] * 0.75, plane["y"] + plane["height"] * 0.2)
    mouse.up()
    here.settle()
    (sent,) = here.sent("rate")
    assert (sent["card"], sent["importance"], sent["urgency"]) == ("n-0", 80, 75)
    here.page.locator('.jb-plane [data-chip="n-0"]').focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft"):
        here.page.keyboard.press(key)
    here.page.wait_for_function("model.sent.filter(m => m.do === 'rate').length === 2")
    moved = here.sent("rate")[1]
    assert (moved["importance"], moved["urgency"]) == (90, 70)
    assert here.page.evaluate("document.activeElement.dataset.chip") == "n-0"
    here.page.keyboard.press("Escape")
    assert here.page.locator(".journey-board").get_attribute("data-main") == "picture"


def test_a_card_of_the_tray_is_placed_by_keys(room):
    here = room()
    here.do("matrix").click()
    here.page.locator('.jb-tray [data-chip="n-0"]').focus()
    here.page.keyboard.press("Enter")
    here.settle()
    assert here.page.evaluate("document.activeElement.closest('.jb-plane') !== null")
    here.page.keyboard.press("ArrowRight")
    here.page.wait_for_function("model.sent.some(m => m.do === 'rate')")
    assert (here.sent("rate")[-1]["importance"], here.sent("rate")[-1]["urgency"]) == (50, 55)


# -- agenda and presenting -------------------------------------------------------------------------


def test_the_clock_runs_pauses_and_survives_a_new_view(room):
    here = room(clock=True)
    here.do("agenda").click()
    here.do("agenda-start").click()
    here.page.clock.run_for(61_600)
    assert here.text(".jb-agenda-line .jb-time b") == "03:59"
    here.page.evaluate("() => { stopBoard(); boardModule.default.render({model, el: place}); }")
    here.page.clock.run_for(1_000)
    assert here.text(".jb-agenda-line .jb-time b") == "03:58"
    here.do("agenda-pause").click()
    here.page.clock.run_for(60_000)
    assert here.text(".jb-agenda-line .jb-time b") == "03:58"
    here.do("agenda-start").click()
    here.page.clock.run_for(300_000)
    late = here.page.locator(".jb-agenda-line.jb-late .jb-time.jb-over").first
    assert "超时" in late.inner_text()
    assert "−01:02" in late.inner_text()
    assert "时间到" in here.text(".jb-status-line")
    here.do("agenda-next").click()
    here.page.clock.run_for(600)
    assert here.text(".jb-item") == "写卡片"


def test_presenting_fills_the_screen_and_ends(room):
    here = room()
    before = here.page.locator(".journey-board").evaluate("n => getComputedStyle(n).fontSize")
    here.do("present").click()
    here.page.wait_for_function("document.fullscreenElement?.matches('.journey-board')")
    here.settle()
    after = here.page.locator(".journey-board").evaluate("n => getComputedStyle(n).fontSize")
    assert float(after[:-2]) > float(before[:-2])
    assert here.text(".jb-item") == "开场"
    here.part("a-2").click()
    assert here.text(".jb-panel h2") == "首次联系"
    here.page.evaluate("document.exitFullscreen()")
    here.page.wait_for_selector(".journey-board:not([data-presenting])")
    here.settle()
    assert here.focus() == "present"


# -- replay ----------------------------------------------------------------------------------------


def test_three_hundred_cases_travel_smoothly(room, record_property):
    here = room(traits={"tracks": tracks(300)})
    here.do("play").click()
    here.page.wait_for_selector(".jb-when")
    fps = here.page.evaluate(
        """() => new Promise((done) => {
            const start = performance.now();
            let frames = 0;
            const count = (now) => {
                frames += 1;
                if (now - start > 1500) done((frames / (now - start)) * 1000);
                else requestAnimationFrame(count);
            };
            requestAnimationFrame(count);
        })"""
    )
    print(f"{fps:.0f} frames a second with 300 cases")
    record_property("fps", fps)
    assert fps > 12
    assert "300" in here.text(".jb-player")
    assert re.search(r"2025-\d\d-\d\d", here.text(".jb-day"))


def test_who_wants_less_motion_steps_through_time(room):
    here = room(motion="reduce")
    here.do("play").click()
    when = here.page.locator(".jb-when")
    when.wait_for()
    here.page.wait_for_timeout(200)
    assert when.input_value() == "0", "nothing moves by itself"
    when.evaluate("n => { n.value = 0.5; n.dispatchEvent(new Event('input')); }")
    here.settle()
    assert here.text(".jb-day") == "2025-07-02"


# -- safety ----------------------------------------------------------------------------------------


def test_names_that_hurt_are_shown_and_do_nothing(room):
    here = room()
    for name in NAMES:
        here.page.evaluate(
            "([w, o]) => { stopBoard(); startBoard(w, o); }",
            [world(name), {"person": {"by": name}}],
        )
        here.part("a-2").click()
        here.do("cases").click()
        here.do("cards").click()
        assert here.page.locator('[data-card="n-1"] .jb-card-text').text_content() == name
        here.page.locator('[data-card="n-1"] [data-do="claim"]').click()
        here.page.locator("form.jb-claim-form [data-do=cancel]").click()
        here.do("agenda").click()
        here.do("matrix").click()
        assert here.page.locator(".journey-board :is(script, img, iframe, a)").count() == 0
        wide = here.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"nothing pushes the page apart: {name[:30]}"


EVIL = (
    "<script>alert(1)</script>",
    '<rect onload="alert(1)" width="9" height="9"/>',
    '<a href="javascript:alert(1)"><rect width="9" height="9"/></a>',
    '<foreignObject><b xmlns="http://www.w3.org/1999/xhtml">x</b></foreignObject>',
    '<image href="http://elsewhere.example/x.png"/>',
    "<broken",
)


def test_a_picture_that_could_run_something_is_refused(room):
    here = room()
    before = here.page.locator(".jb-svg").inner_html()
    for evil in EVIL:
        here.put(picture=f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{evil}</svg>')
        here.settle()
        assert here.page.locator(".jb-svg").inner_html() == before, evil
        assert here.page.locator('.jb-status-line [data-level="error"]').count() == 1


# -- sight -----------------------------------------------------------------------------------------

CONTRAST = """() => {
    const lum = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
    const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
    const under = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] > 0.9) return colour;
        }
        return [255, 255, 255];
    };
    const bad = [];
    const walker = document.createTreeWalker(document.querySelector('.journey-board'), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || node.closest('svg, :disabled, option') || !node.checkVisibility({visibilityProperty: true})) continue;
        const [a, b] = [lum(parse(getComputedStyle(node).color)), lum(under(node))].sort();
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) bad.push([ratio.toFixed(2), walker.currentNode.data.trim().slice(0, 30), node.className]);
    }
    return bad;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read(room, theme):
    outcomes = ("proven", "contradicted", "open", "too_few", "not_measurable")
    cards = [
        {**world()["cards"][1], "id": f"n-{n}", "verdict": {"outcome": outcome, "words": "数据"}}
        for n, outcome in enumerate(outcomes)
    ]
    states = ("open", "confirmed", "rejected", "done", "open")
    here = room(
        motion="reduce",
        view={"theme": theme},
        traits={"cards": [c | {"status": s} for c, s in zip(cards, states, strict=True)]},
    )
    here.page.evaluate(
        "theme => { document.body.dataset.jpThemeLight = String(theme === 'light'); }", theme
    )
    here.settle()
    assert here.page.locator(".journey-board").get_attribute("data-theme") == theme
    assert here.page.evaluate(CONTRAST) == []
    here.do("add").click()
    here.page.locator("form.jb-card-form [type=submit]").click()
    for name in ("cards", "agenda", "agenda-start", "matrix", "agenda-next"):
        here.do(name).click()
        here.settle()
        assert here.page.evaluate(CONTRAST) == [], name


def test_the_theme_of_the_lab_is_followed(room):
    here = room()
    here.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    here.settle()
    assert here.sent("look") == [{**here.sent("look")[0], "theme": "dark"}]
    assert here.page.locator(".journey-board").get_attribute("data-theme") == "dark"


def test_every_control_has_a_name_and_the_language_changes_all(room):
    here = room()
    here.part("a-2").click()
    nameless = """() => [...document.querySelectorAll('.journey-board :is(button, select, input, textarea)')]
        .filter((n) => !(n.getAttribute('aria-label') || n.labels?.[0]?.textContent.trim() || n.textContent.trim()))
        .map((n) => n.outerHTML)"""
    assert here.page.evaluate(nameless) == []
    here.do("lang").click()
    here.settle()
    assert here.page.locator(".journey-board").get_attribute("lang") == "en"
    assert here.text(".jb-panel .jb-tab") == "Chosen"


@pytest.mark.parametrize("width", [700, 1000, 3840])
def test_it_fits_from_a_narrow_window_to_a_wall(room, width):
    here = room(size=(width, 900))
    here.part("a-2").click()
    overflow = here.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    boxes = [b.bounding_box() for b in here.page.locator(".jb-bar button").all()]
    assert all(box["x"] + box["width"] <= width for box in boxes)


# -- what is shipped -------------------------------------------------------------------------------


def test_bundles_are_small_and_know_no_address():
    for bundle in (*BUNDLES, STATIC / "board.css"):
        text = bundle.read_text("utf-8")
        assert 0 < len(text.encode()) <= AT_MOST, bundle.name
        hosts = set(re.findall(r"https?://([\w.-]+)", text)) - {"www.w3.org"}
        assert hosts == set(), bundle.name
        assert not re.search(
            r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", text
        )
        assert "</script" not in text


def test_bundles_are_what_the_sources_make(tmp_path):
    if shutil.which("node") is None or not (FRONTEND / "node_modules/esbuild").is_dir():
        pytest.skip("no esbuild here: make widget")
    subprocess.run(["node", FRONTEND / "build.mjs", tmp_path], check=True)
    for bundle in (*BUNDLES, STATIC / "board.css"):
        made = tmp_path / bundle.relative_to(ROOT / "journeylib")
        assert made.read_bytes() == bundle.read_bytes(), f"{bundle.name} is stale: make widget"


def test_every_word_is_used_and_none_is_missing():
    words = set(world()["langs"]["zh"]["words"])
    source = "".join(path.read_text("utf-8") for path in FRONTEND.glob("*.js"))
    asked = set(re.findall(r"\bt\(\"(\w+)\"", source))
    quoted = set(re.findall(r"\"(\w+)\"", source))
    families = (
        "detail_",
        "finding_",
        "key_",
        "letter_",
        "order_",
        "outcome_",
        "part_",
        "place_",
        "quadrant_",
        "unit_",
    )
    assert asked <= words
    assert {w for w in words - quoted if not w.startswith(families)} == set()


def test_a_saved_page_works_without_network_and_kernel(chromium, tmp_path):
    told = json.dumps(exhibit(), ensure_ascii=False).replace("<", "\\u003c")
    style, script = ((STATIC / name).read_text("utf-8") for name in ("board.css", "reader.js"))
    (tmp_path / "board.html").write_text(
        f'<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{POLICY}"><style>{style}</style></head><body><main id="journey-board"></main>'
        f'<script type="application/json" id="journey-exhibit">{told}</script>'
        f"<script>{script}</script></body></html>",
        "utf-8",
    )
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "board.html").as_uri())
    page.wait_for_selector('.journey-board[data-state="ready"][data-view="flow"]')
    page.locator(PART.format("a-2")).click()
    page.locator('[data-do="cases"]').click()
    assert "客户-0001" in page.locator(".jb-cases").inner_text()
    page.locator('[data-do="play"]').click()
    page.wait_for_selector(".jb-when")
    page.locator('[data-do="map"]').click()
    page.wait_for_selector('.journey-board[data-view="map"]')
    page.locator('[data-do="lang"]').click()
    page.wait_for_selector('.journey-board[data-view="map"][lang="en"]')
    assert page.locator("select[name=segment], [data-do=add], [data-do=undo]").count() == 0
    assert errors == []
    context.close()


def test_the_page_of_a_map_zooms_and_tells(chromium, tmp_path):
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(draw(journey(12)).save(tmp_path / "map.html").as_uri())
    box = page.locator("#map g[data-kind=activity]").first
    box.click()
    name = box.get_attribute("aria-label").split(" · ")[0]
    assert name in page.locator("#details").inner_text()
    assert page.locator("svg.focused g.near").count() >= 2
    page.keyboard.press("Escape")
    assert page.locator("svg.focused").count() == 0
    before = page.locator("#map svg").get_attribute("viewBox")
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(100)
    assert page.locator("#map svg").get_attribute("viewBox") != before
    page.click("#fit")
    fitted = [float(v) for v in page.locator("#map svg").get_attribute("viewBox").split()]
    assert fitted == [float(v) for v in before.split()]
    box.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.kind") == "activity"
    page.close()
    assert errors == []
