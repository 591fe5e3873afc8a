"""What the documents promise exists: commands, chores, columns, files; both READMEs agree."""

import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import journeylib as jl
from journeylib import log
from journeylib.cli import files
from journeylib.cli.commands import app

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")


def _text(name):
    return (ROOT / name).read_text("utf-8")


def _code_blocks(text):
    return re.findall(r"```(\w+)\n(.*?)```", text, re.S)


def _without_comments(code):
    return re.sub(r"\s*#.*|zh|en", "", code)


@pytest.mark.parametrize("name", READMES)
def test_commands_exist(name):
    promised = set(re.findall(r"(?:^|`)journey ([a-z]+)", _text(name), re.M))
    commands = {command for command in app if not command.startswith("-")}
    assert promised == commands


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_chores_exist(name):
    chores = set(re.findall(r"^([a-z]+):", _text("Makefile"), re.M))
    assert set(re.findall(r"`make ([a-z]+)`", _text(name))) <= chores


@pytest.mark.parametrize("name", READMES)
def test_options_exist(name):
    shown = "".join(
        map(_help_of, ("run", "specify", "check", "goals", "whatif", "export", "workshop"))
    )
    assert set(re.findall(r"--[a-z]+", _text(name))) <= set(re.findall(r"--[a-z]+", shown))


def _help_of(command):
    return subprocess.run(
        [sys.executable, "-m", "journeylib.cli", command, "--help"],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=True,
    ).stdout


@pytest.mark.parametrize("name", READMES)
def test_files_and_columns_are_all_named(name):
    named = set(re.findall(r"`([\w.-]+)`", _text(name)))
    assert {*files.RUN, "run.json"} <= named
    assert set(log.ROLES) <= named


@pytest.mark.parametrize("name", READMES)
def test_python_uses_public_names(name):
    (python,) = [code for kind, code in _code_blocks(_text(name)) if kind == "python"]
    assert set(re.findall(r"jl\.(\w+)", python)) <= set(jl.__all__)
    compile(python, name, "exec")


def test_both_readmes_say_the_same():
    ours, theirs = map(_text, READMES)
    assert [len(found) for found in re.findall(r"^(#+) ", ours, re.M)] == [
        len(found) for found in re.findall(r"^(#+) ", theirs, re.M)
    ]
    assert [(kind, _without_comments(code)) for kind, code in _code_blocks(ours)] == [
        (kind, _without_comments(code)) for kind, code in _code_blocks(theirs)
    ]


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md"])
def test_links_lead_somewhere(name):
    later = {"docs/images/journey-map.png", "benchmarks/results.md"}  # made by `make demo`, `bench`
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", _text(name)) if "://" not in link}
    assert [link for link in sorted(links - later) if not (ROOT / link).exists()] == []


def test_decisions_have_one_shape():
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    for number, path in enumerate(decisions, 1):
        text = path.read_text("utf-8")
        assert path.name.startswith(f"{number:04}-") and text.startswith(f"# {number}. ")
        parts = re.findall(r"^\*\*(\w+)\.\*\*", text, re.M)
        assert parts == ["Context", "Decision", "Consequences"], path.name


def test_the_gallery_shows_what_its_commands_make():
    page = _text("docs/gallery/README.md")
    made = set(re.findall(r"make\.py ([a-z0-9-]+)", page))
    shown = {Path(name).stem for name in re.findall(r"\]\(([\w-]+\.(?:svg|png))\)", page)}
    there = {
        path.stem for path in (ROOT / "docs/gallery").iterdir() if path.suffix in (".svg", ".png")
    }
    assert made == shown == there


def test_pictures_of_the_gallery_are_what_they_are_made_of():
    """One of each kind; the others are made by the same code."""
    with tempfile.TemporaryDirectory() as folder:
        spec = importlib.util.spec_from_file_location("make", ROOT / "docs/gallery/make.py")
        make = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(make)
        make.HERE = Path(folder)
        make.main(["flow-15-en", "solar-home-en-dark", "solar-regions-en"])
        for path in Path(folder).iterdir():
            kept = (ROOT / "docs/gallery" / path.name).read_text("utf-8")
            assert path.read_text("utf-8") == kept, f"python docs/gallery/make.py {path.stem}"
