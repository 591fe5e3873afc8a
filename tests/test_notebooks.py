"""What leaves of a notebook: the still picture of each output, nothing that runs, every cell once."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import journeylib.cli
from journeylib.workshop.notebooks import export_notebook
from journeylib.workshop.notebooks.clean import clean
from journeylib.workshop.notebooks.outputs import STILL, WIDGET, still
from journeylib.workshop.notebooks.pieces import Piece, chapters
from journeylib.workshop.notebooks.slides import slides
from tests.browser.opened import notebook
from tests.hostile import NAMES

ROOT = Path(__file__).parents[1]
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUICKSTART = ROOT / "notebooks" / "00_quickstart.ipynb"


@CALM
@given(st.sets(st.sampled_from([*STILL, WIDGET, "application/x"]), min_size=1))
def test_the_best_still_form_is_shown_and_a_loss_is_counted(kinds):
    missed = Counter()
    kind, content = still({kind: f"<{kind}>" for kind in kinds}, missed)
    have = [form for form in STILL if form in kinds]
    assert kind == (have[0] if have else "text/plain")
    assert content == (f"<{kind}>" if have else ", ".join(sorted(kinds)))
    lost = kinds - set(STILL)
    is_poor = have[:1] in ([], ["text/plain"]) and bool(lost)
    told = missed["widget"] + missed["unknown"]
    assert told == is_poor and missed["widget"] == (is_poor and WIDGET in kinds)


def test_html_with_a_script_gives_way_to_a_picture_alone():
    missed = Counter()
    html = {"text/html": "<b>a</b><script>b</script>", "text/plain": "c"}
    assert still(html | {"image/png": "p"}, missed) == ("image/png", "p")
    assert still(html, missed)[0] == "text/html"
    assert +missed == {"script": 1}


MARKUP = st.lists(
    st.sampled_from(
        [
            *NAMES,
            "<b>bold</b>",
            "<svg><image href='//far.example/x.png'/><use xlink:href='http://far.example/#a'/></svg>",
            "<img src='http://far.example/x.png'>",
            "<img srcset='http://far.example/x.png 2x'>",
            "<a href=' JavaScript:alert(1)'>a</a>",
            "<a href='https://far.example'>b</a>",
            "<p style='background:URL( http://far.example/x )'>c</p>",
            "<style>@import url(//far.example/a.css); b{content:'x'}</style>",
            "<iframe src='http://far.example'></iframe>",
            "<link rel=stylesheet href='http://far.example'>",
            "<video poster='http://far.example/p.png'></video>",
            "<body background='http://far.example/b.png' onload='x()'>",
            "<object data='http://far.example'></object>",
            "<table><tr><td>1</td></tr></table>",
        ]
    ),
    max_size=6,
).map("".join)


@CALM
@given(MARKUP)
def test_cleaned_markup_runs_nothing_and_loads_nothing(markup):
    missed = Counter()
    page = BeautifulSoup(clean(markup, Path(), {}, missed), "html.parser")
    for tag in page.find_all(True):
        assert tag.name not in ("script", "iframe", "object", "embed", "link", "base", "meta")
        for name, value in tag.attrs.items():
            told = " ".join(value) if isinstance(value, list) else value
            assert not name.lower().startswith("on")
            assert "javascript:" not in told.lower()
            assert "far.example" not in told or (tag.name, name) == ("a", "href")
    assert not any("far.example" in style.get_text() for style in page.find_all("style"))
    fetched = markup.count("far.example") - markup.count("'https://far.example'")
    assert missed["remote"] == fetched + markup.count("src=x")


def test_pictures_of_the_folder_come_along_and_others_stay(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    for path in (folder / "a b.png", tmp_path / "outside.png", folder / "key.txt"):
        path.write_bytes(b"content")
    missed = Counter()
    markup = "".join(f'<img src="{s}">' for s in ("a%20b.png", "../outside.png", "key.txt"))
    page = clean(
        markup + '<img src="attachment:x.png">', folder, {"x.png": {"image/png": "QQ=="}}, missed
    )
    assert page.count("data:image/png;base64,") == 2
    assert +missed == {"remote": 2}


@CALM
@given(st.lists(st.sampled_from(["# One", "## Two", "### three", "text", "", "```", "# a `b`"])))
def test_chapters_keep_every_line(lines):
    source = "\n".join(lines)
    parts = list(chapters(source))
    kept = "\n".join(part for _, part in parts)
    assert [line for line in kept.splitlines() if line.strip()] == [
        line for line in source.splitlines() if line.strip()
    ]
    for title, part in parts:
        assert (title is not None) == part.startswith(("# ", "## "))


PIECES = st.lists(
    st.builds(
        Piece,
        kind=st.sampled_from(["words", "code", "shown"]),
        html=st.sampled_from(["<p>small</p>", "<img>", "line\n" * 20]),
        title=st.sampled_from([None, None, "A"]),
        slide=st.sampled_from(["", "", "slide", "subslide", "fragment", "skip", "notes"]),
    )
)


@CALM
@given(PIECES)
def test_every_piece_is_on_one_slide_in_order(pieces):
    deck = slides(pieces)
    shown = [piece for piece in pieces if piece.slide not in ("skip", "notes")]
    assert [piece for slide in deck for piece in slide.pieces] == shown
    assert all(slide.pieces for slide in deck)
    if not any(piece.slide in ("slide", "subslide") for piece in pieces):
        assert all(sum(piece.is_big for piece in slide.pieces) <= 1 for slide in deck)
        assert all(piece.title is None for slide in deck for piece in slide.pieces[1:])


def test_metadata_decide_where_slides_begin(tmp_path):
    made = notebook(["1", "2", "3", "4"])
    for cell, slide in zip(made["cells"], ("slide", "-", "subslide", "skip"), strict=True):
        cell["metadata"] = {"slideshow": {"slide_type": slide}}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(made))
    page = export_notebook(path).in_form("slides", "shown").decode()
    assert page.count("<section") == 2
    assert export_notebook(path).in_form("slides").decode().count("<section") == 0


@pytest.mark.parametrize("form", ["html", "slides"])
def test_the_same_notebook_gives_the_same_bytes(form):
    first, second = (export_notebook(QUICKSTART).in_form(form) for _ in range(2))
    assert first == second


@pytest.fixture
def run(capsys):
    def called(*arguments):
        code = journeylib.cli.main(["export", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return called


def test_files_lie_beside_the_notebook_or_where_they_are_named(run, tmp_path):
    source = tmp_path / "a.ipynb"
    source.write_bytes(QUICKSTART.read_bytes())
    code, printed, told = run(source, tmp_path / "b" / "c.slides.html", "--html", "--json")
    assert (code, told) == (0, "")
    assert [Path(f).name for f in json.loads(printed)["files"]] == ["c.slides.html", "a.html"]
    assert "<section" in (tmp_path / "b" / "c.slides.html").read_text("utf-8")
    assert "<section" not in (tmp_path / "a.html").read_text("utf-8")


def test_what_is_not_shown_is_told(run, tmp_path):
    source = tmp_path / "a.ipynb"
    source.write_text(json.dumps(notebook(["1", "2"])))
    code, _, told = run(source, "--html", "--lang", "en")
    assert (code, told) == (0, "a.ipynb: 2 code cells have not been run and show nothing\n")


BAD = {
    ("a.ipynb",): "say what a.ipynb shall become",
    ("a.ipynb", "b.docx"): "cannot become 'b.docx'",
    ("none.ipynb", "--html"): "there is no such file",
    ("b.ipynb", "--html"): "no Jupyter notebook",
    ("c.ipynb", "--html"): "no Jupyter notebook",
    ("d.ipynb", "--html"): "no Jupyter notebook",
    ("e.ipynb", "--html"): "no Jupyter notebook",
    ("spec.json", "--pdf"): "are for notebooks",
    ("spec.json",): "needs files to write",
    ("a.ipynb", "--pdf"): "--html, which needs none",
}


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_a_bad_call_is_told_with_the_way_out(run, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHROMIUM", "no such browser")
    Path("a.ipynb").write_text(json.dumps(notebook(["1"])))
    Path("b.ipynb").write_bytes(bytes(range(256)))
    Path("c.ipynb").write_text("[1]")
    Path("d.ipynb").write_text('{"nbformat": 4, "cells": 7}')
    Path("e.ipynb").write_text(
        '{"cells": [{}], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'
    )
    before = sorted(Path().iterdir())
    code, printed, told = run(*arguments)
    assert (code, printed) == (2, "") and BAD[arguments] in told and told.count("\n") == 1
    assert sorted(Path().iterdir()) == before
