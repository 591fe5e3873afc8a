"""The journey map: what it says beside an obvious oracle, and that nothing overlaps or is cut off."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from journeylib.drawing import numbering
from journeylib.drawing.estimates import estimated
from journeylib.drawing.journeymap import JourneyMap, compare_map, journey_map
from journeylib.drawing.journeymap.counts import Counts
from journeylib.drawing.journeymap.scene import Cell, Lane, MapScene, Meter, Step, ThreadLane
from journeylib.drawing.journeymap.telling import backing
from journeylib.drawing.theme import Theme, contrast
from journeylib.errors import UsageError
from journeylib.findings import Findings, diagnose
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.spec import specify
from journeylib.spec.model import TargetSpec
from journeylib.survival import wilson
from journeylib.terms import Fact, Text
from tests import samples
from tests.hostile import NAMES
from tests.logs import log_of, traces
from tests.map_laws import laws, scenes

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def crm() -> Journey:
    return samples.mined("crm_sales")


@pytest.fixture(scope="module")
def solar() -> Journey:
    return samples.mined("solar_home")


@pytest.fixture(scope="module")
def found() -> Findings:
    return samples.found("crm_sales")


@pytest.fixture(scope="module")
def target(crm: Journey, found: Findings) -> TargetSpec:
    return specify(crm, found)


@pytest.fixture(scope="module")
def whole(crm: Journey, found: Findings, target: TargetSpec) -> JourneyMap:
    return journey_map(crm, found, target, cards=CARDS)


CARDS = (
    SimpleNamespace(pin="提交表单", kind="想法", text="表单只问三项"),
    SimpleNamespace(pin="purchase", kind="痛点", text=Text("报价太慢", "quotes are slow")),
    SimpleNamespace(pin="nowhere", kind="问题", text="贴错了地方"),
)


def bare() -> Journey:
    """Only what is required."""
    return mine(log_of(traces("abc", "ab", "a")))


def nasty() -> Journey:
    """Names that hurt, in every column."""
    rows = traces("abcabc", "abd", "acbd", "abcd", gap=30.0)
    return mine(log_of([_hurt(row, n) for n, row in enumerate(rows)]))


def _hurt(row: dict[str, Any], n: int) -> dict[str, Any]:
    name = NAMES[n % len(NAMES)]
    places = dict.fromkeys(("department", "system", "channel"), f"{n % 5} {name}")
    told = {"actor": "customer" if n % 3 else "staff", "persona": name if n % 2 else None}
    return row | places | told | {"activity": f"{row['activity']} {name}"}


def lane(drawn: JourneyMap, name: str) -> Any:
    return next(part for part in drawn.scene.lanes if part.id == name)


def cells(drawn: JourneyMap, name: str) -> dict[str, Cell]:
    found = lane(drawn, name)
    return {c.stage: cell for c, cell in zip(drawn.scene.columns, found.cells, strict=True)}


def meters(cell: Cell) -> dict[str, Meter]:
    return {piece.name: piece for piece in cell.pieces if isinstance(piece, Meter)}


# -- what it says, beside the log ------------------------------------------------------------------


def test_steps_are_those_of_customers(crm: Journey, whole: JourneyMap) -> None:
    events = crm.log.to_pandas()
    by_customer = events.assign(own=events.actor == "customer").groupby("activity").own.mean()
    drawn = {
        piece.name
        for cell in cells(whole, "customer").values()
        for piece in cell.pieces
        if isinstance(piece, Step)
    }
    assert drawn == set(by_customer[by_customer > 0.5].index)


def test_every_activity_is_drawn_or_counted(crm: Journey, whole: JourneyMap) -> None:
    told = [cell for name in ("customer", "frontstage", "backstage") for cell in
            cells(whole, name).values()]  # fmt: skip
    drawn = sum(isinstance(p, Step) and p.aim != "new" for cell in told for p in cell.pieces)
    hidden = sum(int(re.search(r"\d+", cell.hidden)[0]) for cell in told if cell.hidden)
    assert drawn + hidden == len(crm.activities)


def test_losses_are_the_cases_that_end_here(crm: Journey, whole: JourneyMap) -> None:
    events = crm.event_table.to_pandas().sort_values(["case_id", "position"])
    last = events.groupby("case_id").last()
    outcome = crm.case_table.to_pandas().set_index("case_id").outcome
    lost = Counter(last.stage_id[outcome.reindex(last.index) == "lost"])
    for stage in crm.stages:
        share = meters(cells(whole, "conversion")[stage.id])["在此流失"].share
        assert share == pytest.approx(lost[stage.id] / stage.cases)


def test_hand_overs_stand_where_they_are_taken_up(crm: Journey) -> None:
    stage_of = {a.name: a.stage for a in crm.activities}
    work = crm.log.work.to_pandas().dropna(subset=["department", "next_department"])
    passed = work[work.department.astype(str) != work.next_department.astype(str)]
    wanted: dict[tuple[str, str, str], list[float]] = {}
    for row in passed.itertuples():
        key = (stage_of[row.next_activity], str(row.department), str(row.next_department))
        wanted.setdefault(key, []).append((row.next_at - row.at) / 3.6e9)
    counted = {(p.stage, p.source, p.target): p for p in Counts.of(crm, None).passed}
    assert {key: p.count for key, p in counted.items()} == {k: len(v) for k, v in wanted.items()}
    for key, waits in wanted.items():
        below = sum(wait <= counted[key].latency.value + 1e-9 for wait in waits)
        assert 0.5 <= below / len(waits) <= 0.5 + 2 / len(waits)


def test_information_is_known_from_where_it_is_first_filled(crm: Journey) -> None:
    counts = Counts.of(crm, None)
    events = crm.event_table.to_pandas()
    events["stage_id"] = events.stage_id.astype(str)
    for name in ("客户画像", "交付承诺"):
        filled = events[events[name].notna()]
        since = filled.groupby("case_id").position.min()
        visits = events.groupby(["case_id", "stage_id"]).agg(
            until=("position", "max"), told=(name, "count")
        )
        visits = visits.join(since.rename("since"), on="case_id").reset_index()
        visits["known"], visits["shown"] = visits.until >= visits.since, visits.told > 0
        slow = {
            row[0]: row[1:]
            for row in visits.groupby("stage_id")[["known", "shown"]].sum().itertuples()
        }
        assert {s.stage: (s.known, s.shown) for s in counts.seen if s.attribute == name} == slow
        first = filled.sort_values("position").groupby("case_id").first().stage_id
        born = next(b for b in counts.born if b.attribute == name)
        assert (born.stage, born.cases, born.all) == (
            first.mode()[0],
            max(Counter(first).values()),
            len(first),
        )


def test_threads_break_where_silos_were_found(found: Findings, whole: JourneyMap) -> None:
    threads = {thread.name: thread for thread in lane(whole, "information").threads}
    flows = {
        (f.locus["attribute"], f.locus["from"], f.locus["to"])
        for f in found.silos
        if {"attribute", "from", "to"} <= set(f.locus)
    }
    assert len(flows) >= 3
    heads = {(n, p.head) for n, thread in threads.items() for p in thread.passages}
    assert heads == {(name, f"{a} → {b}") for name, a, b in flows}
    lost = next(p for p in threads["客户画像"].passages if p.losses[0][0] == "lost")
    assert "66% [63, 68]" in lost.losses[0][1]
    assert lost.badges


def test_without_findings_losses_are_untested(crm: Journey) -> None:
    drawn = journey_map(crm)
    passages = [p for thread in lane(drawn, "information").threads for p in thread.passages]
    assert passages
    assert not any(p.badges for p in passages)
    assert all("未检验" in words for p in passages for _loss, words in p.losses)
    assert all("尚未诊断" in cell.reason for cell in cells(drawn, "silos").values())


def test_numbers_are_those_of_the_cards(whole: JourneyMap, found: Findings) -> None:
    panels = [p for name in ("breakpoints", "silos") for cell in cells(whole, name).values()
              for p in cell.pieces]  # fmt: skip
    numbers = sorted(panel.badge.number for panel in panels)
    assert numbers[0] == 1
    assert len(set(numbers)) == len(numbers)
    by_id = numbering(found)
    assert all(panel.badge.number == by_id[panel.badge.finding] for panel in panels)
    on_steps = {b.number for c in whole.scene.cells for p in c.pieces if isinstance(p, Step)
                for b in p.badges}  # fmt: skip
    on_threads = {b.number for thread in lane(whole, "information").threads
                  for p in thread.passages for b in p.badges}  # fmt: skip
    on_stages = {b.number for column in whole.scene.columns for b in column.badges}
    assert on_steps | on_threads | on_stages == set(numbers)


def test_every_finding_is_shown_or_counted(found: Findings, whole: JourneyMap) -> None:
    told = [*cells(whole, "breakpoints").values(), *cells(whole, "silos").values()]
    shown = sum(len(cell.pieces) for cell in told)
    more = sum(int(re.search(r"\d+", cell.hidden)[0]) for cell in told if cell.hidden)
    off = next(words for words in whole.scene.footer if "不属于任何阶段" in words)
    assert shown + more + int(re.search(r"\d+", off)[0]) == len(found)


# -- today and target ------------------------------------------------------------------------------


def test_required_steps_tell_who_skips_them(
    crm: Journey, target: TargetSpec, whole: JourneyMap
) -> None:
    required = {a.event for a in target.activities if a.required}
    drawn = {p.name: p for cell in whole.scene.cells for p in cell.pieces if isinstance(p, Step)}
    assert {name for name, step in drawn.items() if step.aim == "required"} == required & set(drawn)
    facts, cases = crm.activity("首次联系"), {s.id: s.cases for s in crm.stages}
    skipped = 1 - facts.cases / cases[facts.stage]
    assert drawn["首次联系"].note == f"{skipped:.0%} 跳过"


def test_a_step_only_in_the_target_is_new(crm: Journey, target: TargetSpec) -> None:
    first = target.stages[0]
    extra = first.activities[0].model_copy(
        update={"id": "call", "event": "回电", "name": Text.same("回电")}
    )
    stages = (
        first.model_copy(update={"activities": (*first.activities, extra)}),
        *target.stages[1:],
    )
    drawn = journey_map(crm, None, target.model_copy(update={"stages": stages}))
    steps = [p for cell in drawn.scene.cells for p in cell.pieces if isinstance(p, Step)]
    assert [step.name for step in steps if step.aim == "new"] == ["回电"]


def test_limits_stand_on_the_same_scale(
    crm: Journey, target: TargetSpec, whole: JourneyMap
) -> None:
    longest = max(s.dwell.value for s in crm.stages if s.dwell.value)
    for stage in target.stages:
        if stage.sla is None or stage.sla.hours > longest:
            continue
        meter = meters(cells(whole, "times")[stage.id])["停留（中位）"]
        assert meter.target == pytest.approx(stage.sla.hours / longest)
        assert meter.note.startswith("目标 ≤")


def test_another_clock_is_not_compared(crm: Journey, target: TargetSpec) -> None:
    limited = target.stages[1].model_copy(update={"sla": dataclasses.replace(
        target.stages[1].sla, clock="working")})  # fmt: skip
    stages = (target.stages[0], limited, *target.stages[2:])
    drawn = journey_map(crm, None, target.model_copy(update={"stages": stages}))
    meter = meters(cells(drawn, "times")[limited.id])["停留（中位）"]
    assert meter.target is None
    assert "时钟不同" in meter.note


# -- what is not known -------------------------------------------------------------------------------


def test_information_without_departments_is_somebodys() -> None:
    rows = [
        row | {"budget": "1" if row["activity"] == "b" else None} for row in traces("abc", "ab")
    ]
    (thread,) = lane(journey_map(mine(log_of(rows)), lang="en"), "information").threads
    assert (thread.name, thread.origin) == ("budget", "first by somebody · 2 cases")


def test_unknown_says_which_column_is_missing() -> None:
    drawn = journey_map(bare(), lang="en")
    told = {part.id: part.cells[0] for part in drawn.scene.lanes if isinstance(part, Lane)}
    for name, missing in (
        ("customer", "initiates"),
        ("frontstage", "channel column"),
        ("channels", "channel"),
        ("handovers", "department"),
        ("systems", "system"),
        ("breakpoints", "not diagnosed"),
    ):
        assert told[name].backing == "unknown", name
        assert missing in told[name].reason
        assert not told[name].pieces
    threads = lane(drawn, "information")
    assert isinstance(threads, ThreadLane)
    assert "no information fields" in threads.reason
    assert ">0%" not in drawn.svg


@pytest.mark.parametrize(
    ("fact", "level"),
    [
        (Fact(0.5, "share", 500, "t", ci_low=0.46, ci_high=0.54), "strong"),
        (Fact(0.5, "share", 500, "t", ci_low=0.4, ci_high=0.55), "fair"),
        (Fact(0.5, "share", 99, "t", ci_low=0.49, ci_high=0.51), "fair"),
        (Fact(0.5, "share", 12, "t", ci_low=0.49, ci_high=0.51), "thin"),
        (Fact(10.0, "h", 500, "t", ci_low=9.0, ci_high=11.0), "strong"),
        (Fact(10.0, "h", 500, "t", ci_low=2.0, ci_high=18.0), "thin"),
        (Fact(10.0, "h", 500, "t"), "strong"),
        (Fact(None, "h", 500, "t"), "unknown"),
    ],
)
def test_backing(fact: Fact, level: str) -> None:
    assert backing(fact) == level


def test_a_unit_is_told_once_where_it_is_the_same() -> None:
    assert estimated(0.9, 0.88, 0.91, "share", "en") == "90% [88, 91]"
    assert estimated(72.0, 30.0, 102.0, "h", "en") == "3 d [30 h, 4.2 d]"
    assert estimated(72.0, 60.0, None, "h", "en") == "3 d [2.5 d, unknown]"
    assert estimated(72.0, None, None, "h", "zh") == "3 天"


def test_cards_hang_in_their_stage(whole: JourneyMap) -> None:
    hung = {stage: [p.words for p in cell.pieces] for stage, cell in cells(whole, "cards").items()}
    assert hung["interest"] == ["表单只问三项"]
    assert hung["purchase"] == ["报价太慢"]
    assert any("1 张卡片" in words for words in whole.scene.footer)


def test_votes_never_touch_the_proxy(crm: Journey, found: Findings) -> None:
    curves = lane(journey_map(crm, found), "curve").curves
    assert [curve.layer for curve in curves] == ["proxy"]
    levels = {p.stage: p.level.value for p in found.background.experience.proxy.stages}
    assert [dot.level for dot in curves[0].dots] == [levels[s.id] for s in crm.stages]


# -- laws of every picture -----------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "theme"), [("zh", "light"), ("en", "dark")])
def test_real_maps_keep_the_laws(
    crm: Journey, solar: Journey, found: Findings, target: TargetSpec, lang: Any, theme: str
) -> None:
    style: dict[str, Any] = {"lang": lang, "theme": theme}
    laws(journey_map(crm, found, target, CARDS, **style))
    laws(journey_map(bare(), **style))
    laws(journey_map(nasty(), **style))
    laws(compare_map(crm, solar, names=("<b>甲</b>", "乙"), **style))


@given(scenes())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_table_keeps_the_laws(scene: MapScene) -> None:
    for theme in ("light", "dark"):
        laws(JourneyMap.of(scene, Theme.load(theme)))


def test_english_has_no_chinese_but_the_other_name_of_stages(solar: Journey) -> None:
    root = ElementTree.fromstring(journey_map(solar, diagnose(solar), lang="en").svg)
    zh = {
        element.text for element in root.iter() if re.search("[\u4e00-\u9fff]", element.text or "")
    }
    assert zh <= {stage.name.zh for stage in solar.stages}


def test_names_cannot_break_out() -> None:
    drawn = journey_map(
        nasty(), cards=[SimpleNamespace(pin="unmapped", kind=n, text=n) for n in NAMES]
    )
    for text in (drawn.svg, drawn.html):
        assert "<script>alert" not in text
        assert "<img" not in text
    assert drawn.html.count("<script>") == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_grounds_are_read_and_told_apart(theme: str) -> None:
    t = Theme.load(theme)
    grounds = (t.backed_strong, t.backed_fair, t.backed_thin, t.page, t.panel)
    for ground in grounds:
        assert min(contrast(t.ink, ground), contrast(t.muted, ground)) >= 4.5
        assert min(contrast(t.reported, ground), contrast(t.vote, ground)) >= 3
        assert contrast(t.breakpoint, ground) >= 3
    assert len(set(grounds)) == len(grounds)


def test_each_part_can_be_reached_and_says_what_it_is(whole: JourneyMap) -> None:
    root = ElementTree.fromstring(whole.svg)
    parts = [group for group in root.iter(f"{SVG}g") if group.get("tabindex")]
    assert len({part.get("id") for part in parts}) == len(parts)
    for part in parts:
        assert part.get("aria-label") == part.find(f"{SVG}title").text
        assert f'id="details-{part.get("id")}"' in whole.html
    assert root.find(f"{SVG}desc").text == whole.scene.description


# -- the noun ------------------------------------------------------------------------------------------


def test_shows_and_saves_itself(whole: JourneyMap, tmp_path: Path) -> None:
    assert re.fullmatch(
        r"JourneyMap\(6 stages, 13 lanes; cells: \d+ strong, \d+ fair, \d+ thin, \d+ unknown\)",
        repr(whole),
    )
    assert whole._repr_mimebundle_() == {"image/svg+xml": whole.svg, "text/plain": repr(whole)}
    starts = {".svg": b"<svg", ".png": b"\x89PNG", ".pdf": b"%PDF", ".html": b"<!DOCTYPE"}
    for suffix, start in starts.items():
        assert whole.save(tmp_path / f"旅程{suffix}").read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"lang": "fr"}, "unknown language 'fr'"), ({"theme": "drak"}, "Did you mean 'dark'")],
)
def test_wrong_arguments(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        journey_map(bare(), **options)
    with pytest.raises(UsageError, match=message):
        compare_map(bare(), bare(), **options)


def test_same_bytes_in_another_process() -> None:
    """Another hash seed must not change an order."""
    told = "from tests.test_journeymap import digest; print(digest())"
    done = subprocess.run(
        [sys.executable, "-c", told],
        env={"PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONHASHSEED": "1", "PATH": ""},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.strip() == digest()


def digest() -> str:
    journey = nasty()
    drawn = journey_map(journey).svg + compare_map(journey, bare()).svg
    return hashlib.sha256(drawn.encode()).hexdigest()


# -- two in one ----------------------------------------------------------------------------------------


def test_compared_with_itself_nothing_differs(crm: Journey) -> None:
    drawn = compare_map(crm, crm)
    told = [p for cell in drawn.scene.cells for p in cell.pieces if isinstance(p, Meter)]
    assert told
    assert not any(meter.differs for meter in told)
    assert all(meter.share == meter.against.share for meter in told)


def test_differences_are_those_of_newcombe(solar: Journey) -> None:
    """Reaching a stage, with the interval of statsmodels' or a textbook's hybrid score method."""
    a, b = (mine(solar.log.where(segment=name)) for name in ("Coast", "Hills"))
    drawn = compare_map(a, b, lang="en")
    (k1, n1), (k2, n2) = (
        (next(s.cases for s in j.stages if s.id == "evaluation"), j.log.totals.cases)
        for j in (a, b)
    )
    (l1, u1), (l2, u2) = wilson(k1, n1), wilson(k2, n2)
    p1, p2 = k1 / n1, k2 / n2
    low = p2 - p1 - ((p2 - l2) ** 2 + (u1 - p1) ** 2) ** 0.5
    high = p2 - p1 + ((u2 - p2) ** 2 + (p1 - l1) ** 2) ** 0.5
    meter = meters(cells(drawn, "compare-reached")["evaluation"])["Reach the stage"]
    assert meter.note == f"{100 * (p2 - p1):+.1f} [{100 * low:+.1f}, {100 * high:+.1f}] points"
    assert meter.differs == (low > 0 or high < 0)


def test_a_later_period_is_not_judged_by_how_far_it_got(crm: Journey) -> None:
    """Its cases have had less time; the same process must not look worse for that."""
    log = crm.log
    sides = [mine(part) for part in (log.until("2025-08-01"), log.since("2025-08-01"))]
    drawn = compare_map(*sides)
    judged = {p.name for cell in drawn.scene.cells for p in cell.pieces
              if isinstance(p, Meter) and p.differs}  # fmt: skip
    assert judged <= {"停留（中位）"}
    assert any("来不及走完" in words for words in drawn.scene.footer)


def test_what_only_one_side_has_is_told() -> None:
    one = mine(log_of(traces(*["ab"] * 20, *["abc"] * 20)))
    other = mine(log_of(traces(*["ab"] * 30)))
    meter = meters(cells(compare_map(one, other, lang="en"), "compare-steps")["unmapped"])["c"]
    assert meter.value == "50% → none"
    assert meter.note == "only one side has it"


# -- speed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("activities", "seconds"), [(30, 0.5), (120, 2.0)])
def test_drawing_is_quick(activities: int, seconds: float) -> None:
    letters = [chr(0x4E00 + n) for n in range(activities)]
    rows = traces(*("".join(letters[k : k + 20]) for k in range(0, activities, 5)))
    for n, row in enumerate(rows):
        row.update(department=f"d{n % 7}", channel=f"c{n % 6}", system=f"s{n % 3}")
        row.update(actor="customer" if n % 2 else "staff", stage=f"阶段{n % 20 // 3}")
    drawn = journey_map(mine(log_of(rows)))
    begun = time.perf_counter()
    again = JourneyMap.of(drawn.scene, drawn.theme)
    assert time.perf_counter() - begun < seconds
    assert again.svg == drawn.svg


def test_heavy_packages_stay_out() -> None:
    told = "import sys, journeylib.drawing.journeymap as m; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "False"
