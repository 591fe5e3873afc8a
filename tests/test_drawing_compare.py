"""Two journeys in one flow picture: against pandas and the intervals of Newcombe."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from journeylib.annotations import Places
from journeylib.drawing import Drawing, compare_flow
from journeylib.drawing.theme import Theme
from journeylib.drawing.words import duration, share
from journeylib.errors import UsageError
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.survival import wilson
from tests import samples
from tests.logs import log_of, traces
from tests.test_drawing_parts import everything_told

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("Coast", "Hills")
DETAILS = ("activity", "touchpoint", "stage")


@pytest.fixture(scope="module")
def whole() -> Journey:
    return samples.mined("solar_home")


@pytest.fixture(scope="module")
def sides(whole: Journey) -> tuple[Journey, Journey]:
    one, other = (mine(whole.log.where(segment=name)) for name in NAMES)
    return one, other


def drawn(sides: tuple[Journey, Journey], **options: object) -> Drawing:
    return compare_flow(*sides, **{"names": NAMES, "lang": "en", "traffic": 0.95} | options)


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("most", [30, 8])
def test_shares_and_waits_are_those_of_either_log(sides, detail: str, most: int) -> None:
    scene = drawn(sides, detail=detail, max_activities=most).scene
    home = {name: box.id for box in scene.boxes for name in box.members}
    labels = {box.id: box.count for box in scene.boxes}
    shares, moves = [], []
    for side in sides:
        events = side.log.events.to_pandas().sort_values(["case_id", "position"])
        n = events.case_id.nunique()
        events["box"] = events.activity.astype(str).map(home)
        events["next_box"] = events.groupby("case_id").box.shift(-1)
        shares.append((events.groupby("box").case_id.nunique() / n).to_dict())
        groups = dict(iter(events.groupby(["box", "next_box"])))
        moves.append(
            {
                pair: (rows.case_id.nunique() / n, ((rows.next_at - rows["at"]) / 3.6e9).median())
                for pair, rows in groups.items()
            }
        )
    for box, label in labels.items():
        assert label == " → ".join(share(side.get(box, 0.0)) for side in shares)
    assert scene.edges
    for edge in scene.edges:
        found = [side.get((edge.source, edge.target)) for side in moves]
        told = " → ".join(share(value[0] if value else 0.0) for value in found)
        assert edge.label.split(" (")[0] == told
        waits = [value for name, value in edge.details if name.endswith("Wait (median)")]
        assert waits == [duration(v[1], "en") if v else "no case takes it" for v in found]


def test_coloured_is_what_surely_differs(sides) -> None:
    scene = drawn(sides).scene
    marks = set()
    totals = [side.log.totals.cases for side in sides]
    counts = [{m.id: m.cases for m in side.moves} for side in sides]
    for edge in scene.edges:
        (k1, n1), (k2, n2) = ((c.get(edge.id, 0), n) for c, n in zip(counts, totals, strict=True))
        (l1, u1), (l2, u2) = wilson(k1, n1), wilson(k2, n2)
        p1, p2 = k1 / n1, k2 / n2
        low = p2 - p1 - ((p2 - l2) ** 2 + (u1 - p1) ** 2) ** 0.5
        high = p2 - p1 + ((u2 - p2) ** 2 + (p1 - l1) ** 2) ** 0.5
        expected = "more" if low > 0 else "less" if high < 0 else None
        assert edge.mark == expected, (edge.label, low, high)
        assert bool(re.search(r" \([+−][\d.]+\)$", edge.label)) == (expected is not None)
        marks.add(expected)
    assert None in marks
    assert len(marks) > 1, "these segments do differ"


def test_colour_never_stands_alone() -> None:
    """More and less differ in sign and arrow head, too; both are in the legend."""
    one = mine(log_of(traces(*["ab"] * 40, *["ac"] * 10)))
    other = mine(log_of(traces(*["ab"] * 10, *["ac"] * 40)))
    drawing = compare_flow(one, other, traffic=1, lang="en")
    edges = {edge.mark: edge for edge in drawing.scene.edges}
    assert edges["less"].label == "80% → 20% (−60.0)"
    assert edges["more"].label == "20% → 80% (+60.0)"
    theme, root = Theme.load("light"), ElementTree.fromstring(drawing.svg)
    groups = {group.get("id"): group for group in root.iter(f"{SVG}g")}
    heads = {
        mark: groups[edge.id].find(f"{SVG}polygon").get("fill") for mark, edge in edges.items()
    }
    assert heads == {"more": theme.line("more", None), "less": theme.page}
    assert {key.symbol for key in drawing.scene.legend} >= {"more", "less"}


@pytest.mark.parametrize("detail", DETAILS)
def test_compared_with_itself_nothing_differs(whole: Journey, detail: str) -> None:
    scene = compare_flow(whole, whole, detail=detail).scene
    assert {part.mark for part in (*scene.boxes, *scene.edges)} == {None}
    for part in (*(box.count for box in scene.boxes), *(edge.label for edge in scene.edges)):
        one, other = part.split(" → ")
        assert one == other


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_pin_has_a_part_and_a_place(whole: Journey, sides, detail: str, lang: str) -> None:
    for most in (30, 8):
        drawing = drawn(sides, detail=detail, lang=lang, max_activities=most)
        everything_told(drawing, Places.of(whole), lang)


def test_a_later_period_is_not_judged(whole: Journey) -> None:
    parts = (whole.log.until("2025-09-01"), whole.log.since("2025-09-01"))
    scene = compare_flow(*(mine(part) for part in parts), names=("早", "晚")).scene
    assert {part.mark for part in (*scene.boxes, *scene.edges)} == {None}
    assert any("来不及走完" in line for line in scene.footer)
    assert any(key.words == "灰色：差值不作判断" for key in scene.legend)


def test_few_cases_are_unknown_not_zero() -> None:
    one, other = mine(log_of(traces("ab", "ab"))), mine(log_of(traces(*["ab"] * 30)))
    scene = compare_flow(one, other, lang="en").scene
    assert [edge.label for edge in scene.edges] == ["unknown → 100%"]
    assert "only 2 cases" in dict(scene.edges[0].details)["A"]


def test_what_only_one_side_does_is_there() -> None:
    one, other = mine(log_of(traces(*["ab"] * 20))), mine(log_of(traces(*["abcc"] * 20)))
    scene = compare_flow(one, other, traffic=1, lang="en").scene
    assert {box.name: box.count for box in scene.boxes}["c"] == "0% → 100%"
    loop = next(edge for edge in scene.edges if edge.is_loop)
    assert loop.label.startswith("0% → 100%")


def test_a_channel_is_the_same_for_both() -> None:
    """Through which channel an activity mostly runs is decided for both together."""
    rows = traces(*["ab"] * 20)
    web, phone = ([row | {"channel": name} for row in rows] for name in ("web", "phone"))
    scene = compare_flow(
        mine(log_of([*web, {**rows[0], "case_id": "x", "channel": "phone"}])),
        mine(log_of(phone)), detail="touchpoint", lang="en",
    ).scene  # fmt: skip
    assert [(box.name, box.count) for box in scene.boxes] == [("phone", "100% → 100%")]


def test_sides_weigh_the_same(whole: Journey) -> None:
    """However few cases the one side has, its main path is drawn."""
    one = mine(log_of(traces(*["ab"] * 5000, *["acb"] * 2)))
    other = mine(log_of(traces(*["acb"] * 30)))
    scene = compare_flow(one, other, traffic=0.6, lang="en").scene
    assert "c" in {box.name for box in scene.boxes}
    names = {box.id: box.name for box in scene.boxes}
    assert ("a", "c") in {(names[e.source], names[e.target]) for e in scene.edges}


def test_wrong_arguments(whole: Journey) -> None:
    with pytest.raises(UsageError, match="unknown language"):
        compare_flow(whole, whole, lang="fr")
    with pytest.raises(UsageError, match="no channel column"):
        bare = mine(log_of(traces("ab")))
        compare_flow(bare, bare, detail="touchpoint")


def test_same_bytes(sides) -> None:
    assert drawn(sides).svg == drawn(sides).svg
