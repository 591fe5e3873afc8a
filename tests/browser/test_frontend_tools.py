"""The board in a real browser: matrix, agenda, presenting, replay, and how it looks."""

from __future__ import annotations

import re

import pytest

from tests.browser.board_world import tracks, world
from tests.browser.room import rooms


@pytest.fixture
def room(chromium):
    with rooms(chromium) as enter:
        yield enter


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
    here.page.wait_for_function("model.sent.findLast(m => m.do === 'rate')?.urgency === 70")
    assert here.sent("rate")[-1]["importance"] == 90
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
    here.page.wait_for_function("model.sent.findLast(m => m.do === 'rate')?.urgency === 55")
    assert here.sent("rate")[-1]["importance"] == 50


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
    print(f"{fps:.0f} frames a second with 300 cases")  # noqa: T201
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


# -- what is shown ---------------------------------------------------------------------------------


def test_a_segment_is_compared_with_another_and_never_with_itself(room):
    here = room()
    segment, against = (here.page.locator(f"select[name={n}]") for n in ("segment", "against"))
    assert against.is_disabled()
    segment.select_option("中型客户")
    here.settle()
    against.select_option("大型客户")
    here.settle()
    segment.select_option("大型客户")
    here.settle()
    asked = [{k: v for k, v in m.items() if k not in ("do", "re")} for m in here.sent("look")]
    assert asked == [
        {"segment": "中型客户"},
        {"against": "大型客户"},
        {"segment": "大型客户", "against": None},
    ]


def test_traffic_is_asked_for_once_it_is_set(room):
    here = room()
    slider = here.page.locator("input[name=traffic]")
    slider.focus()
    here.page.keyboard.press("ArrowRight")
    here.settle()
    assert [m["traffic"] for m in here.sent("look")] == [0.85]
    assert here.text(".jb-output") == "≥ 85%"
    assert here.text(".jb-reached") == "显示 89% 的流量", "as much as the picture needs"
    slider.fill("0.95")
    here.settle()
    assert here.text(".jb-reached") == "显示 95% 的流量"
    assert slider.get_attribute("aria-valuetext") == "≥ 95%、显示 95% 的流量"
    for share, told in ((0.99907, ">99.9%"), (0.9951, "99.5%"), (1, "100%")):
        here.put(reached=share)
        here.settle()
        assert here.text(".jb-reached") == f"显示 {told} 的流量"
    here.put(reached=None)
    here.settle()
    assert here.text(".jb-reached") == "显示流量"
    here.do("map").click()
    here.settle()
    assert slider.count() == 0, "the map has no such thing"
    assert here.page.locator(".journey-board").get_attribute("data-view") == "map"


# -- sight -----------------------------------------------------------------------------------------

CONTRAST = """() => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) =>
        0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
    const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
    const under = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] > 0.9) return colour;
        }
        return [255, 255, 255];
    };
    const root = document.querySelector('.journey-board');
    const words = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const bad = [];
    while (words.nextNode()) {
        const node = words.currentNode.parentElement;
        const text = words.currentNode.data.trim();
        if (!text || node.closest('svg, :disabled, option')) continue;
        if (!node.checkVisibility({ visibilityProperty: true })) continue;
        const both = [light(parse(getComputedStyle(node).color)), light(under(node))];
        const ratio = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
        if (ratio < 4.5) bad.push([ratio.toFixed(2), text.slice(0, 30), node.className]);
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
    nameless = """() => {
        const all = document.querySelectorAll('.journey-board :is(button, select, input, textarea)');
        const name = (n) => n.getAttribute('aria-label') || n.labels?.[0]?.textContent || n.textContent;
        return [...all].filter((n) => !name(n).trim()).map((n) => n.outerHTML);
    }"""
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


@pytest.mark.parametrize("width", [960, 1400])
def test_the_panel_takes_no_room_from_a_small_picture_until_something_is_chosen(room, width):
    """The frame counts, not the window: Lab has its file browser beside the board."""
    here = room(size=(1400, 900))
    here.page.evaluate("width => { stopBoard(); place.style.width = `${width}px`; }", width)
    here.page.evaluate("startBoard(model.world)")
    here.settle()
    panel = here.page.locator(".jb-panel")
    assert panel.is_visible() == (width == 1400)
    here.part("a-2").click()
    here.settle()
    assert here.text(".jb-panel h2") == "首次联系"
    here.do("close-panel").click()
    here.page.evaluate("place.style.width = '1200px'")
    here.settle()
    assert not panel.is_visible(), "who closed it wants it closed"


def test_a_board_that_gets_room_shows_its_panel(room):
    here = room(size=(900, 900))
    panel = here.page.locator(".jb-panel")
    assert not panel.is_visible()
    here.page.set_viewport_size({"width": 1400, "height": 900})
    here.settle()
    assert panel.is_visible()


def test_what_is_chosen_can_be_read_whole(room):
    given = world()
    for lang in given["langs"].values():
        lang["choices"]["segments"] = [
            {"id": name, "label": name, "n": 12645} for name in ("中型客户", "大型客户")
        ]
        lang["choices"]["variants"] = [{"id": 1, "label": "12 步 · 1,214 例", "n": 1214}]
    here = room(given, view={"segment": "中型客户", "against": "大型客户", "variant": 1})
    for width in (1000, 1400, 1600):
        here.page.set_viewport_size({"width": width, "height": 900})
        here.settle()
        cut = here.page.evaluate(CUT)
        assert cut == [], width


CUT = """() => [...document.querySelectorAll('.jb-bar select')].filter((node) => {
    const style = getComputedStyle(node);
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = style.font;
    const words = pen.measureText(node.selectedOptions[0].textContent).width;
    const room = node.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return words > room - 14;
}).map((node) => node.name)"""


@pytest.mark.parametrize("width", [930, 1400])
def test_the_player_takes_one_line_and_buttons_cover_no_picture(room, width):
    given = world()
    given["tracks"]["cases"] += [[["m-gone", 0, 1]]] * 20
    for lang in ("zh", "en"):
        here = room(
            given, size=(width, 900), view={"lang": lang}, traits={"tracks": given["tracks"]}
        )
        here.do("play").click()
        here.page.wait_for_selector(".jb-when")
        here.settle()
        box = here.page.locator(".jb-player").bounding_box()
        assert box["height"] < 55
        svg = here.page.locator(".jb-svg > svg").bounding_box()
        assert svg["y"] + svg["height"] <= box["y"]
        assert box["x"] + box["width"] < here.page.locator(".jb-zoom").bounding_box()["x"]
        assert here.page.locator(".jb-when").bounding_box()["width"] > 60
        for kind in ("flow", "map"):
            here.do(kind).click()
            here.settle()
            svg = here.page.locator(".jb-svg > svg").bounding_box()
            assert svg["y"] + svg["height"] <= here.page.locator(".jb-zoom").bounding_box()["y"]
