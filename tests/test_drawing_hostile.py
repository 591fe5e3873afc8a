"""Names nobody should have given, in a log that is read and mined: no picture breaks, none obeys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from journeylib.annotations import Places
from journeylib.drawing import Drawing, compare_flow, draw, replay
from journeylib.drawing.journeymap import JourneyMap, compare_map, journey_map
from journeylib.drawing.measure import ELLIPSIS
from journeylib.findings import Findings, diagnose
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.reading import read_log
from tests.hostile import NAMES
from tests.logs import at

TAGS = {"svg", "title", "desc", "g", "rect", "circle", "polygon", "path", "text"}
DETAILS = ("activity", "touchpoint", "stage")
COLUMNS = ("case_id", "activity", "timestamp", "stage", "department", "channel", "system", "note")


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    path = tmp_path_factory.mktemp("hostile") / "log.parquet"
    columns = dict(zip(COLUMNS, map(list, zip(*rows(), strict=True)), strict=True))
    pq.write_table(pa.table(columns), path)
    return mine(read_log(path))


def rows() -> Iterator[tuple[object, ...]]:
    """Each case goes through all names; each name is activity, stage, department, channel, system."""
    for case in range(30):
        for step in range(len(NAMES)):
            name, other = NAMES[step], NAMES[(step + case % 2) % len(NAMES)]
            yield f"c{case}", name, at(case + step), other, other, name, other, name


@pytest.fixture(scope="module")
def found(nasty: Journey) -> Findings:
    return diagnose(nasty)


def pictures(nasty: Journey, found: Findings) -> Iterator[Drawing | JourneyMap]:
    halves = [mine(nasty.log.until("2025-01-07")), nasty]
    for detail in DETAILS:
        yield draw(nasty, found, detail=detail, traffic=1, max_activities=99)
        yield draw(nasty, found, detail=detail, traffic=1, max_activities=5, lang="en")
        yield compare_flow(*halves, names=(NAMES[0], NAMES[5]), detail=detail, traffic=1)
    yield journey_map(nasty, found)
    yield compare_map(*halves, names=(NAMES[0], NAMES[5]))


def test_names_were_read_as_they_are(nasty: Journey) -> None:
    assert len(nasty.activities) == len(NAMES)
    assert {"<script>alert(1)</script>", "x" * 2000} <= nasty.activity_names
    assert len(nasty.stages) > 5
    assert nasty.log.has("channel", "department")


def test_no_element_but_ours(nasty: Journey, found: Findings) -> None:
    for picture in pictures(nasty, found):
        root = ElementTree.fromstring(picture.svg)
        tags = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
        assert tags <= TAGS
        for element in root.iter():
            assert not any(name.lower().startswith("on") for name in element.attrib)
            assert "href" not in element.attrib
        for text in (picture.svg, picture.html):
            assert "<script>alert" not in text
            assert "<img" not in text
            assert not re.search(r"<[^>\"]*\son\w+=", text)


def test_every_pin_is_known(nasty: Journey, found: Findings) -> None:
    places = Places.of(nasty, found)
    for picture in pictures(nasty, found):
        root = ElementTree.fromstring(picture.svg)
        pins = {group.get("data-pin") for group in root.iter() if group.get("data-pin")}
        assert pins == set(picture.parts)
        assert not [pin for pin in pins if places.pin(pin) is None]


def test_names_survive_as_far_as_there_is_room(nasty: Journey) -> None:
    drawing = draw(nasty, traffic=1, max_activities=99)
    root = ElementTree.fromstring(drawing.svg)
    for name in nasty.activity_names:
        box = next(b for b in drawing.scene.boxes if b.members == (name,))
        group = next(group for group in root.iter() if group.get("id") == box.id)
        shown = "".join(text.text or "" for text in group.iter() if text.tag.endswith("text"))
        wanted = "".join(re.sub(r"[\x00-\x1f]", " ", name).split())
        start = wanted[:40] if len(wanted) > 60 else wanted
        told = "".join(shown.split())
        assert start[:12] in told
        assert start in told or ELLIPSIS in told


def test_lines_have_room_for_tokens(nasty: Journey) -> None:
    for detail in DETAILS:
        drawing = draw(nasty, detail=detail, traffic=1, max_activities=99)
        tracks = replay(nasty, drawing)
        assert {pin for case in tracks.cases for pin, *_times in case} <= drawing.parts.keys()


def test_other_formats(nasty: Journey, found: Findings, tmp_path: Path) -> None:
    drawing = draw(nasty, found, detail="touchpoint", traffic=1)
    for suffix in (".png", ".pdf", ".html", ".dot"):
        assert drawing.save(tmp_path / f"map{suffix}").stat().st_size > 500
