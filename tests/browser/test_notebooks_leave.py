"""Exported notebooks in a browser without network: pictures are whole, and nothing is asked for."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import nbformat
import pymupdf
import pytest

from journeylib.workshop.notebooks import Left, export_notebook
from journeylib.workshop.notebooks.pieces import svg_width

ROOT = Path(__file__).parents[2]
OURS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 400">'
    '<rect width="{width}" height="400" fill="#2f5d8a"/><text x="20" y="60">旅程</text></svg>'
)
STYLED = (
    "<style>@import '{remote}/a.css'; b {{background:url({remote}/b.png)}}</style>"
    '<table><tr><td style="background:url({remote}/c.png)">42</td></tr></table>'
)
WORDS = (
    "# 离线 · Offline\n\n$x^2$ ![beside](beside.png) ![far]({remote}/far.png)\n\n"
    "```mermaid\ngraph\n```"
)
LOADS = re.compile(
    r"""<(?:script|img|link|iframe|source|video|audio|object|embed|use|image)\b[^>]*?"""
    r"""(?:src|srcset|href|data|poster)=["']?\s*(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//""",
    re.IGNORECASE,
)
PICTURES = """() => [...document.images].map((i) => {
    const box = i.getBoundingClientRect();
    return [i.complete && i.naturalWidth > 0, box.left >= 0, box.right <= innerWidth, box.height > 20];
})"""

ON_TOP = """() => [...document.querySelectorAll("section")].findIndex(
    (slide) => Math.abs(slide.getBoundingClientRect().top) < 5)"""
FIT = """() => [...document.querySelectorAll(".sheet")].every(
    (sheet) => sheet.scrollHeight <= sheet.clientHeight + 1)"""


def output(**data: Any) -> Any:
    return nbformat.v4.new_output(
        "display_data", data={k.replace("__", "/"): v for k, v in data.items()}
    )


def hostile(folder: Path) -> Path:
    """A notebook with all that needs a kernel, a script or the network."""
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "m", "version_major": 2}}
    png = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 300, 40), False).tobytes("png")
    (folder / "beside.png").write_bytes(png)
    remote = "https://cdn.example.org"
    outputs = [
        output(
            **widget, **{"image/svg+xml": SVG.format(width=4000), "text/plain": "Board(6 stages)"}
        ),
        output(**widget, **{"image/png": base64.b64encode(png).decode(), "text/plain": "Chart()"}),
        output(**widget, **{"text/plain": "IntSlider(value=7)"}),
        output(
            **{
                "text/html": f'<script src="{remote}/plotly.js"></script><b onclick="x()">beside</b>'
            }
        ),
        output(**{"text/html": STYLED.format(remote=remote)}),
        output(**{"application/javascript": f"require(['{remote}/d.js'])"}),
        nbformat.v4.new_output(
            "stream", name="stdout", text="\x1b[31m红\x1b[0m <script>alert(1)</script>"
        ),
        nbformat.v4.new_output("error", ename="E", evalue="e", traceback=["\x1b[31mE\x1b[0m: e"]),
    ]
    words = WORDS.format(remote=remote)
    cells = [
        nbformat.v4.new_markdown_cell(words),
        nbformat.v4.new_code_cell("wall", outputs=outputs, execution_count=1),
        nbformat.v4.new_markdown_cell(
            f'## Two\n<iframe src="{remote}"></iframe><img src="{remote}/e.png">'
        ),
        nbformat.v4.new_code_cell("unrun()"),
    ]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    path = folder / "hostile.ipynb"
    nbformat.write(made, path)
    return path


@pytest.fixture
def left(tmp_path: Path) -> Left:
    return export_notebook(hostile(tmp_path), "en")


def shown(page: Any, folder: Path, content: bytes) -> Any:
    path = folder / "page.html"
    path.write_bytes(content)
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("form", ["html", "slides"])
def test_what_needs_the_network_is_still_or_gone(
    new_page: Any, tmp_path: Path, left: Left, form: Any, script: bool
) -> None:
    content = left.in_form(form, "shown")
    assert not LOADS.search(content.decode())
    page = shown(new_page(java_script_enabled=script), tmp_path, content)
    text = page.inner_text("body")
    for words in (
        "离线",
        "beside",
        "IntSlider(value=7)",
        "42",
        "<script>alert(1)</script>",
        "far",
        "graph",
    ):
        assert words in text
    pictures = page.locator("img")
    assert pictures.count() == 3
    for number in range(3):
        box = pictures.nth(number).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1400 and box["height"] > 20


def test_what_could_not_come_along_is_counted(left: Left) -> None:
    told = " ".join(note.en for note in left.notes)
    for count in (
        "1 widgets",
        "1 outputs bring a script",
        "6 things lie elsewhere",
        "1 code cells",
    ):
        assert count in told


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_our_notebooks_leave_whole(new_page: Any, tmp_path: Path, path: Path) -> None:
    left = export_notebook(path)
    assert left.notes == ()
    for form in ("html", "slides"):
        content = left.in_form(form)
        assert not LOADS.search(content.decode())
        page = shown(new_page(viewport={"width": 1000, "height": 700}), tmp_path, content)
        drawn = page.evaluate(PICTURES)
        assert all(map(all, drawn)) and len(drawn) == content.count(b"<img ")


def test_slides_are_turned_by_key_and_print_one_a_page(page: Any, tmp_path: Path) -> None:
    page = shown(page, tmp_path, export_notebook(OURS[0]).in_form("slides"))
    count = page.locator("section").count()
    assert count > 2 and page.evaluate(ON_TOP) == 0
    turns = {"ArrowRight": 1, "ArrowLeft": 0, "End": count - 1, "Home": 0, "PageDown": 1}
    for key, place in turns.items():
        page.keyboard.press(key)
        page.wait_for_function(f"({ON_TOP})() === {place}")
    assert page.evaluate(FIT)
    printed = pymupdf.open("pdf", page.pdf(prefer_css_page_size=True, print_background=True))
    assert [tuple(map(round, sheet.rect[2:])) for sheet in printed] == [(960, 540)] * count


def test_a_pdf_has_its_chinese_and_its_pictures_as_lines(tmp_path: Path, chromium: Any) -> None:
    left = export_notebook(OURS[0])
    content = left.in_form("pdf")
    printed = pymupdf.open("pdf", content)
    assert {tuple(map(round, sheet.rect[2:])) for sheet in printed} == {(842, 595)}
    text = "".join(sheet.get_text() for sheet in printed)
    assert "快速上手" in text and "体验断点、信息孤岛" in text and "\ufffd" not in text
    assert sum(len(sheet.get_images()) for sheet in printed) == 0
    assert sum(len(sheet.get_drawings()) for sheet in printed) > 100
    assert printed.metadata["title"] == left.title and not printed.metadata["creationDate"]
    again = pymupdf.open("pdf", left.in_form("pdf"))
    assert "".join(sheet.get_text() for sheet in again) == text


def test_a_drawing_knows_its_width() -> None:
    assert svg_width(SVG.format(width=4000)) == 4000
