"""The board in a JupyterLab that really runs: kernel, file and browser together."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from journeylib.annotations import read_notes
from tests.browser.opened import CONNECTED, Lab
from tests.browser.walls import CELLS, CLICK, PATIENCE, SUFFIX, Wall, hang, lines, texts
from tests.test_cli import HEADER, ROWS

LIMIT = 1000
"""Milliseconds from a click to its cases; what is measured is told in the report."""

THEME = "name => window.jupyterapp.commands.execute('apputils:change-theme', { theme: name })"
PAINTED = """() => {
    const canvas = document.querySelector('.jb-canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value) => value > 0);
}"""
ADDING = """([name, seconds]) => {
    const root = document.querySelector('.journey-board');
    const until = (find) => new Promise((go, fail) => {
        const started = performance.now();
        const look = () => {
            const found = find();
            if (found) go(found);
            else if (performance.now() - started > 60000) fail(new Error('nothing happens'));
            else setTimeout(look, 5);
        };
        look();
    });
    const add = async (text) => {
        root.querySelector('[data-do=add]').click();
        const form = await until(() => root.querySelector('form.jb-card-form'));
        form.elements.text.value = text;
        form.elements.text.dispatchEvent(new Event('input', { bubbles: true }));
        form.requestSubmit();
        const refused = () => root.querySelector('.jb-problem')?.textContent;
        await until(() => !root.querySelector('form.jb-card-form') || refused());
        if (refused()) throw new Error(refused());
    };
    const run = async () => {
        const end = performance.now() + seconds * 1000;
        const written = [];
        while (performance.now() < end) {
            const text = `${name} ${written.length}`;
            await add(text);
            written.push([text, Date.now()]);
        }
        return written;
    };
    window.adding = run();
}"""


@pytest.fixture
def wall(page: Any, jupyter: Lab, request: pytest.FixtureRequest) -> Wall:
    """A board over the CRM's log with notes of its own; one kernel for all tests."""
    return hang(page, jupyter, "wall", request.node.name)


@pytest.fixture
def notes(wall: Wall, jupyter: Lab, request: pytest.FixtureRequest) -> Path:
    """The notes file of `wall`."""
    return jupyter.folder / f"{request.node.name}{SUFFIX}"


@pytest.fixture(scope="module")
def small_log(jupyter: Lab) -> str:
    """A log that is read in no time, as a path from the notebooks."""
    (jupyter.folder / "small.csv").write_text(HEADER + ROWS, encoding="utf-8")
    return "small.csv"


def outcome_of(card: Any) -> str:
    verdict = card.locator(".jb-verdict[data-outcome]:not([data-outcome=none])")
    verdict.wait_for(timeout=PATIENCE)
    assert len(verdict.inner_text()) > 10
    return str(verdict.get_attribute("data-outcome"))


# -- looking ---------------------------------------------------------------------------------------


def test_a_click_tells_numbers_and_cases_and_python_knows(
    wall: Wall, record_property: Any, artefacts: Path
) -> None:
    wall.show("flow")
    pins = wall.pins("activity")
    assert len(pins) >= 8
    wall.part(pins[0]).click()
    wall.get(".jb-cases td").first.wait_for(timeout=PATIENCE)
    spent = []
    for pin in pins[1:8]:
        numbers, took = wall.page.evaluate(CLICK, pin)
        assert numbers > 0, "the numbers of a part are there at once"
        spent.append(took)
    median = statistics.median(spent)
    record_property("click_to_cases_ms", round(median))
    (artefacts / "click_to_cases_ms.json").write_text(json.dumps([round(t, 1) for t in spent]))
    assert median < LIMIT, spent
    rows = wall.get(".jb-cases tbody tr")
    assert 1 <= rows.count() <= 50
    assert wall.run(2).strip() == f"selected: {pins[7]}"
    wall.page.screenshot(path=artefacts / "lab_flow_chosen.png")


def test_language_view_traffic_segment_and_comparison_are_live(wall: Wall, artefacts: Path) -> None:
    wall.page.screenshot(path=artefacts / "lab_map_light.png")
    wall.show("flow")
    wall.do("lang").click()
    wall.page.wait_for_selector(".journey-board[lang=en]", timeout=PATIENCE)
    wall.until("() => /Show|Flow/.test(document.querySelector('[data-do=flow]').textContent)")
    wall.do("lang").click()
    wall.page.wait_for_selector(".journey-board[lang=zh-CN]", timeout=PATIENCE)
    slider = wall.get("input[name=traffic]")
    drawn = [len(wall.pins("move"))]
    for share in ("0.9", "1"):
        slider.fill(share)
        wall.until(
            "([n, share]) => document.querySelector('.jb-output').textContent === share"
            " && document.querySelectorAll('.jb-svg g[data-kind=move]').length !== n",
            [drawn[-1], f"≥ {float(share):.0%}"],
        )
        drawn.append(len(wall.pins("move")))
        assert wall.get(".jb-reached").inner_text() in wall.get(".jb-svg").text_content()
    assert drawn == sorted(drawn)
    slider.fill("0.8")
    wall.until("n => document.querySelectorAll('.jb-svg g[data-kind=move]').length === n", drawn[0])
    pictures = {wall.get(".jb-svg svg").inner_html()}
    for name, value in (("segment", "中型客户"), ("against", "大型客户")):
        before = wall.get(".jb-svg svg").inner_html()
        wall.get(f"select[name={name}]").select_option(value)
        wall.until("was => document.querySelector('.jb-svg svg').innerHTML !== was", before)
        pictures.add(wall.get(".jb-svg svg").inner_html())
        assert value in wall.get(".jb-svg").text_content()
    assert len(pictures) == 3
    wall.page.screenshot(path=artefacts / "lab_flow_compared.png")
    wall.get("select[name=segment]").select_option("")
    wall.show("map")


def test_cases_travel_and_time_goes_on(wall: Wall, artefacts: Path) -> None:
    wall.show("flow")
    wall.do("play").click()
    when = wall.get("input[name=when]")
    when.wait_for(timeout=PATIENCE)
    first = float(when.input_value())
    wall.until("t => Number(document.querySelector('[name=when]').value) > t + 0.01", first)
    wall.until(f"() => ({PAINTED})()")
    wall.page.screenshot(path=artefacts / "lab_flow_playing.png")
    wall.do("play").click()
    day = wall.get(".jb-day").inner_text()
    assert len(day) == 10 and day[:2] == "20"
    wall.do("stop").click()
    wall.until("() => !document.querySelector('[name=when]')")


def luminance(page: Any, selector: str) -> float:
    """How light an element looks: 0 black, 1 white."""
    shot = pymupdf.Pixmap(page.locator(selector).first.screenshot())
    values = shot.samples
    return sum(values[::7]) / len(values[::7]) / 255


def test_the_dark_theme_of_the_lab_reaches_the_picture(wall: Wall, artefacts: Path) -> None:
    wall.list_cards()
    light = {part: luminance(wall.page, part) for part in (".jb-picture", ".jb-panel")}
    assert min(light.values()) > 0.75
    try:
        wall.page.evaluate(THEME, "JupyterLab Dark")
        wall.page.wait_for_selector(".journey-board[data-theme=dark]", timeout=PATIENCE)
        for kind in ("map", "flow"):
            wall.show(kind)
            dark = {part: luminance(wall.page, part) for part in (".jb-picture", ".jb-panel")}
            wall.page.screenshot(path=artefacts / f"lab_{kind}_dark.png")
            assert max(dark.values()) < 0.4, dark
    finally:
        wall.page.evaluate(THEME, "JupyterLab Light")
    wall.page.wait_for_selector(".journey-board[data-theme=light]", timeout=PATIENCE)


def test_presenting_fills_the_screen(wall: Wall, artefacts: Path) -> None:
    wall.show("flow")
    wall.do("present").click()
    wall.until("() => document.fullscreenElement?.matches('.journey-board')")
    wall.page.wait_for_selector(".journey-board[data-presenting]")
    box = wall.root.bounding_box()
    assert (box["x"], box["y"]) == (0, 0) and box["width"] >= 1400
    wall.page.screenshot(path=artefacts / "lab_presenting.png")
    wall.page.keyboard.press("Escape")
    wall.until("() => !document.fullscreenElement")
    wall.page.wait_for_selector(".journey-board:not([data-presenting])")


# -- writing ---------------------------------------------------------------------------------------


def test_cards_are_written_taken_back_and_judged_by_the_log(
    wall: Wall, notes: Path, artefacts: Path
) -> None:
    wall.show("flow")
    wall.part(wall.pins("activity")[1]).click()
    slow, late = "首次联系太慢，客户等了 5 天以上", "Quotes are sent too late 😀"
    id, other = wall.write(slow), wall.write(late)
    assert [card.text for card in read_notes(notes).cards] == [slow, late]
    wall.do("undo").click()
    wall.card(late).wait_for(state="detached", timeout=PATIENCE)
    wall.do("redo").click()
    wall.card(late).wait_for(timeout=PATIENCE)
    wall.do("cards").focus()
    for key, state in (("Control+z", "detached"), ("Control+Shift+z", "visible")):
        wall.page.keyboard.press(key)
        wall.card(late).wait_for(state=state, timeout=PATIENCE)
    card = wall.get(f'.jb-card[data-card="{id}"]')
    form = wall.get("form.jb-claim-form")
    card.locator('[data-do="claim"]').click()
    wall.get(".jb-proposal").first.wait_for(timeout=PATIENCE)
    wall.get(".jb-proposal").first.click()
    if not form.locator("[name=threshold]").input_value():
        form.locator("[name=threshold]").fill("5")
    form.locator("[type=submit]").click()
    form.wait_for(state="detached", timeout=PATIENCE)
    outcomes = {outcome_of(card)}
    by_hand = wall.get(f'.jb-card[data-card="{other}"]')
    by_hand.locator('[data-do="claim"]').click()
    form.locator("[name=measure]").select_option("cycle_time")
    form.locator("[name=comparison]").select_option(">")
    form.locator("[name=threshold]").fill("2")
    wall.page.screenshot(path=artefacts / "lab_claim_form.png")
    form.locator("[type=submit]").click()
    form.wait_for(state="detached", timeout=PATIENCE)
    outcomes.add(outcome_of(by_hand))
    assert outcomes <= {"proven", "contradicted", "open", "too_few", "not_measurable"}
    assert outcomes & {"proven", "contradicted"}
    wall.page.screenshot(path=artefacts / "lab_cards.png")
    written = {card.text: card for card in read_notes(notes).cards}
    assert all(written[text].claim is not None for text in (slow, late))
    assert len(lines(notes.parent, notes.name.removesuffix(SUFFIX))) == 8


def test_cards_outlive_page_and_kernel(page: Any, jupyter: Lab, small_log: str) -> None:
    text = "等到明天也还在"
    id = hang(page, jupyter, "lasting", "lasting", log=small_log).write(text)
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    shown = Wall(page)
    shown.list_cards()
    assert shown.card(text).get_attribute("data-card") == id, "the kernel still has the board"
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.wait_for_function(CONNECTED, timeout=PATIENCE)
    shown.do("minutes").click()
    page.wait_for_selector(".jb-status-line [data-level=error]", timeout=PATIENCE)
    assert "重新运行此单元格" in shown.get(".jb-status-line").inner_text()
    page.goto("about:blank")
    again = hang(page, jupyter, "lasting", "lasting", log=small_log)
    again.list_cards()
    card = again.card(text)
    card.wait_for(timeout=PATIENCE)
    assert card.get_attribute("data-card") == id
    assert again.do("undo").is_enabled(), "what was done before can still be taken back"


def test_everything_is_done_by_keys_and_none_reaches_the_lab(wall: Wall, notes: Path) -> None:
    keys = wall.page.keyboard
    for _ in range(80):
        keys.press("Tab")
        if wall.focus() in wall.pins("stage") + wall.pins("activity") + wall.pins("cell"):
            break
    start = wall.focus()
    assert start, "Tab reaches the parts of the picture"
    before = wall.page.evaluate(CELLS)
    visited = [start]
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        keys.press(key)
        visited.append(wall.focus())
    assert None not in visited and len(set(visited)) >= 3
    pin = wall.focus()
    keys.press("Enter")
    wall.page.wait_for_selector(f'.jb-chosen[data-key="chosen-{pin}"]')
    for key in ("j", "k", "d", "d", "j", "a", "b", "x", "0"):
        keys.press(key)
    assert wall.focus() == pin
    keys.press("n")
    wall.page.wait_for_selector("form.jb-card-form")
    keys.insert_text("只用键盘")
    keys.press("Control+Enter")
    wall.get("form.jb-card-form").wait_for(state="detached", timeout=PATIENCE)
    wall.get(".jb-panel .jb-card").filter(has_text="只用键盘").wait_for(timeout=PATIENCE)
    for _ in range(200):
        keys.press("Tab")
        if wall.focus() == "vote-more":
            break
    assert wall.focus() == "vote-more"
    keys.press("Enter")
    wall.until("() => document.querySelector('.jb-panel .jb-card .jb-mine').textContent === '●'")
    keys.press("Escape")
    wall.until("() => !document.querySelector('.jb-chosen')")
    [card] = read_notes(notes).cards
    assert (card.text, dict(card.votes), [p.id for p in card.places]) == (
        "只用键盘",
        {"王敏": 1},
        [pin],
    )
    assert wall.page.evaluate(CELLS) == before


def test_two_kernels_write_into_one_file_at_the_same_time(
    new_page: Any, jupyter: Lab, small_log: str, seconds: int, record_property: Any
) -> None:
    people = {"one": "王敏", "two": "李雷"}
    walls = [
        hang(new_page(), jupyter, name, "shared", log=small_log, by=by)
        for name, by in people.items()
    ]
    for wall, by in zip(walls, people.values(), strict=True):
        wall.page.evaluate(ADDING, [by, seconds])
    written = [wall.page.evaluate("window.adding") for wall in walls]
    spans = [(told[0][1], told[-1][1]) for told in written]
    assert max(first for first, _ in spans) < min(last for _, last in spans), "not one by one"
    wanted = {text for told in written for text, _ in told}
    record_property("cards_of_two_kernels", len(wanted))
    found = texts(jupyter.folder, "shared")
    assert sorted(found) == sorted(wanted)
    assert read_notes(jupyter.folder / f"shared{SUFFIX}").unreadable == ()
    for wall in walls:
        wall.list_cards()
        wall.until("n => document.querySelectorAll('.jb-card').length === n", len(wanted))
        assert set(wall.get(".jb-card-text").all_inner_texts()) == wanted


# -- taking away -----------------------------------------------------------------------------------


def test_the_saved_notebook_leaves_with_its_map(
    new_page: Any, jupyter: Lab, small_log: str, artefacts: Path
) -> None:
    from journeylib.cli import main

    page = new_page()
    hang(page, jupyter, "leaving", "leaving", log=small_log)
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook = jupyter.folder / "leaving.ipynb"
    assert main(["export", str(notebook), "--html"]) == 0
    still = new_page(java_script_enabled=False)
    asked: list[str] = []
    still.on("request", lambda request: asked.append(request.url))
    still.goto(notebook.with_suffix(".html").as_uri())
    box = still.locator("img[src^='data:image/svg+xml']").first.bounding_box()
    assert box["width"] > 300 and box["height"] > 100
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    still.screenshot(path=artefacts / "exported_notebook.png", full_page=True)
