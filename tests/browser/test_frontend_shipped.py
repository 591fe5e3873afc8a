"""What is shipped to browsers: safe, small, as the sources make it; and the saved pages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

from journeylib.drawing import draw
from tests.browser.board_world import exhibit, world
from tests.browser.room import PART, ROOT, STATIC, rooms
from tests.hostile import NAMES
from tests.journeys import journey

FRONTEND = ROOT / "journeylib" / "frontend"
BUNDLES = (STATIC / "board.js", STATIC / "reader.js", ROOT / "journeylib/drawing/page.js")
AT_MOST = 60 * 1024
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


@pytest.fixture
def room(chromium):
    with rooms(chromium) as enter:
        yield enter


# -- safety ----------------------------------------------------------------------------------------


def test_names_that_hurt_are_shown_and_do_nothing(room):
    here = room()
    for name in NAMES:
        here.page.evaluate(
            "([w, o]) => { stopBoard(); startBoard(w, o); }",
            [world(name), {"person": {"by": name}}],
        )
        here.part("a-2").click()
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
    page.wait_for_selector(".jb-cases td")
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
