"""What can be chosen in a picture: every pin has a part, and notes know every pin."""

from __future__ import annotations

import dataclasses
import re
from xml.etree import ElementTree

import pytest

from journeylib.annotations import Pin, Places, cell
from journeylib.annotations.pin import way
from journeylib.drawing import Drawing, draw, numbering
from journeylib.drawing.journeymap import JourneyMap, compare_map, journey_map
from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.terms import LANGS, Text
from tests import samples
from tests.journeys import findings, journey
from tests.logs import log_of, traces

SVG = "{http://www.w3.org/2000/svg}"
LOGS = ("crm_sales", "solar_home")


@pytest.fixture(scope="module", params=LOGS)
def mined(request: pytest.FixtureRequest) -> Journey:
    return samples.mined(request.param)


@pytest.fixture(scope="module")
def found(mined: Journey) -> Findings:
    return samples.found(mined.log.source.name.removesuffix(".csv"))


def pinned(picture: Drawing | JourneyMap) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(picture.svg)
    return [group for group in root.iter(f"{SVG}g") if group.get("data-pin")]


def everything_told(picture: Drawing | JourneyMap, places: Places, lang: str) -> None:
    groups = pinned(picture)
    assert {group.get("data-pin") for group in groups} == set(picture.parts)
    for pin, part in picture.parts.items():
        place = places.pin(pin)
        assert place is not None, pin
        assert part.label
        assert part.rows
        assert all(isinstance(x, str) for row in part.rows for x in row)
        if part.kind in ("cell", "thread"):
            assert part.label == place.label.in_(lang), pin
    for group in groups:
        if group.get("tabindex"):
            assert group.get("data-kind") == picture.parts[group.get("data-pin")].kind
            assert group.get("aria-label")
        else:
            assert group.get("data-finding") == group.get("data-pin")
    identifiers = [group.get("id") for group in groups if group.get("id")]
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize("lang", LANGS)
def test_every_pin_has_a_part_and_a_place(mined: Journey, found: Findings, lang: str) -> None:
    places = Places.of(mined, found)
    everything_told(draw(mined, found, lang=lang), places, lang)
    everything_told(draw(mined, found, lang=lang, max_activities=9, traffic=0.95), places, lang)
    everything_told(journey_map(mined, found, lang=lang), places, lang)
    everything_told(journey_map(mined, lang=lang), places, lang)


def test_compared_cells_are_those_of_the_map(mined: Journey) -> None:
    for lang in LANGS:
        everything_told(compare_map(mined, mined, lang=lang), Places.of(mined), lang)


def test_one_finding_one_number(mined: Journey, found: Findings) -> None:
    numbers = numbering(found)
    flow = {b.finding: b.number for b in (card.badge for card in draw(mined, found).scene.cards)}
    panels = {
        pin: int(part.label.split(".")[0])
        for pin, part in journey_map(mined, found).parts.items()
        if part.kind == "finding"
    }
    assert flow.items() <= numbers.items()
    assert panels.items() <= numbers.items()
    assert set(flow) & set(panels)
    assert sorted(numbers.values()) == list(range(1, len(numbers) + 1))


def test_consequences_are_numbered_last() -> None:
    first, *rest = findings().items
    locus = {**first.locus, "because": rest[0].id}
    several = Findings((dataclasses.replace(first, locus=locus), *rest), 1, ())
    numbers = numbering(several)
    assert numbers[rest[0].id] == 1
    assert numbers[first.id] == max(numbers.values())


def test_each_edge_has_one_line_from_source_to_target() -> None:
    drawing = draw(journey(30), findings(), traffic=0.95)
    assert any(edge.back for edge in drawing.scene.edges)
    boxes = {
        group.get("id"): frame(group) for group in pinned(drawing) if "-" in group.get("id", "")
    }
    for group in pinned(drawing):
        if group.get("data-kind") != "move":
            continue
        (line,) = (path for path in group.iter(f"{SVG}path") if path.get("data-line"))
        numbers = [float(x) for x in re.findall(r"-?[\d.]+", line.get("d"))]
        assert near(tuple(numbers[:2]), boxes[group.get("data-source")]) < 1
        assert near(tuple(numbers[-2:]), boxes[group.get("data-target")]) < 16, (
            "a head is before it"
        )


def frame(group: ElementTree.Element) -> tuple[float, float, float, float]:
    """The largest rectangle of a part."""
    areas = [
        tuple(float(rect.get(name)) for name in ("x", "y", "width", "height"))
        for rect in group.iter(f"{SVG}rect")
    ]
    return max(areas, key=lambda area: area[2] * area[3], default=(0, 0, 0, 0))


def near(point: tuple[float, ...], area: tuple[float, float, float, float]) -> float:
    """How far a point is from the border of a rectangle."""
    (x, y), (left, top, wide, high) = point, area
    right, bottom = left + wide, top + high
    inside = left <= x <= right and top <= y <= bottom
    across = (abs(x - left), abs(x - right)) if top - 1 <= y <= bottom + 1 else ()
    along = (abs(y - top), abs(y - bottom)) if left - 1 <= x <= right + 1 else ()
    return min((*across, *along), default=0.0 if inside else 999.0)


def test_cells_read_well() -> None:
    places = Places.of(journey(30), findings())
    names = {
        cell("purchase", "times"): ("购买 × 时间", "Purchase × Time"),
        cell("purchase", "others"): ("购买 × 其他活动", "Purchase × other activities"),
        cell("purchase", "unknown"): ("购买 × 其他活动", "Purchase × Other activities"),
        cell("purchase", "information/预算"): (
            "购买 × 信息 × 预算",
            "Purchase × Information × 预算",
        ),
        cell("purchase", "财务部"): ("购买 × 财务部", "Purchase × 财务部"),
        cell("purchase", "a/b→c"): ("购买 × a/b→c", "Purchase × a/b→c"),
        way("purchase", "evaluation", cell("purchase", "电话")): (
            "评估 → 购买 × 电话",
            "Evaluation → Purchase × 电话",
        ),
    }
    for pin, (zh, en) in names.items():
        place = places.pin(pin)
        assert place is not None, pin
        assert (place.label.zh, place.label.en) == (zh, en)
        assert place.stage.en == "Purchase"
    assert places.pin(cell("nowhere", "times")) is None
    assert places.pin("purchase/") is None


def test_a_way_whose_end_is_gone_is_lost() -> None:
    places = Places.of(journey(30))
    pin = places.pin(way("purchase", "evaluation", cell("purchase", "others")))
    assert places.again(pin) == pin
    gone = Pin(id=way("purchase", "a-00000000", "purchase"), name=Text.same("旧活动 → 购买"))
    assert places.again(gone) is None
    lane = Pin(id=cell("purchase", "x → y"), name=Text.same("购买 × x → y"))
    assert places.again(lane).label.en == "Purchase × x → y"


def test_a_channel_is_never_taken_for_another_lane() -> None:
    rows = [row | {"channel": "unknown"} for row in traces("ab", "ab")]
    mined = mine(log_of(rows))
    [box] = draw(mined, detail="touchpoint", lang="en").scene.boxes
    assert box.pin == "unmapped/channels/unknown"
    assert Places.of(mined).pin(box.pin).label.en.endswith("× unknown")
