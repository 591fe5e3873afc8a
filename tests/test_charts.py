"""Charts: what they say, and that nothing overlaps, leaves the page or cannot be read."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeylib.drawing import charts
from journeylib.drawing.charts import ramp, scale
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.systems import CONFINED, writing
from journeylib.drawing.geometry import Rect
from journeylib.drawing.measure import width
from journeylib.drawing.theme import RAMP, Theme, contrast
from journeylib.errors import UsageError
from journeylib.findings import Findings
from journeylib.journey import Journey
from journeylib.lifecycle import UNMAPPED
from journeylib.mining import mine
from journeylib.terms import LANGS, Fact, Text
from tests import journeys, samples
from tests.logs import at, log_of, traces

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert(\"x\")</script> & 'q' \x00" + "很长的名字" * 60
PLAIN = ("funnel", "steps", "handovers", "systems", "waits")


# -- facts to draw -----------------------------------------------------------------------------


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
def everything(crm: Journey, solar: Journey, found: Findings) -> list[Chart]:
    """Each chart of both logs, of few cases, and of names that hurt; each language, each theme."""
    drawn, logs = [], (crm, solar, nasty(), bare(), staged())
    for lang, theme in zip(LANGS, ("light", "dark"), strict=True):
        style: dict[str, Any] = {"lang": lang, "theme": theme}
        for journey in logs:
            drawn += every(journey, **style)
            drawn.append(charts.touchpoints(contacts(), journey, **style))
            drawn.append(charts.experience(curve(), journey, **style))
        drawn.append(charts.forest(found, crm, **style))
        drawn.append(charts.forest(journeys.findings(), **style))
        drawn.append(charts.forest(Findings((), 12, ()), **style))
    return drawn


def every(journey: Journey, **style: Any) -> list[Chart]:
    """All charts that need nothing but a journey, the spectrum of its busiest step with them."""
    move = journey.moves[0]
    steps = charts.spectrum(journey, move.source, move.target, **style)
    return [*(getattr(charts, name)(journey, **style) for name in PLAIN), steps]


def nasty() -> Journey:
    """Names of every length, in more departments and systems than can be drawn."""
    rows = traces("abcabc", "abd", "acbd", gap=30.0)
    for n, row in enumerate(rows):
        row["activity"] = f"{row['activity']} {NASTY}"
        row["department"] = f"{n % 12} {NASTY}"
        row["system"] = f"{n % 14} {NASTY}"
        row["channel"] = NASTY
    return mine(log_of(rows))


def bare() -> Journey:
    """Only what is required."""
    return mine(log_of(traces("abc", "ab", "a")))


def staged() -> Journey:
    """Two stages only, few cases."""
    rows = [
        {"case_id": f"c{n}", "activity": name, "timestamp": at(9 * n + 40 * k), "department": who}
        for n in range(4)
        for k, (name, who) in enumerate((("官网访问", "市场部"), ("提交表单", "销售部")))
    ]
    return mine(log_of(rows))


def fact(value: float | None, n: int = 40, half: float = 0.2) -> Fact:
    if value is None:
        return Fact.unknown(
            "share", Text("只有 3 例，少于 10 例", "only 3 cases, fewer than 10"), n=3
        )
    low, high = max(value - half, -1.0), min(value + half, 1.0)
    return Fact(value, "share", n, "test", ci_low=low, ci_high=high)


def contacts(stages: int = 6, channels: int = 7) -> list[SimpleNamespace]:
    names = ("awareness", "interest", "evaluation", "purchase", "after_sales", "advocacy")
    return [
        SimpleNamespace(
            stage=stage,
            name=Text.same(stage),
            channel=f"channel {channel}",
            cases=10 * channel + 1,
            events=20 * channel + 2,
            reach=fact(None if channel == 3 else channel / channels, half=0.05),
            per_case=fact(1.7),
            by_customer=fact(0.25),
            conversion=fact(None if stage == "advocacy" else 0.6),
        )
        for stage in names[:stages]
        for channel in range(channels)
        if (channel + len(stage)) % 3
    ]


def curve(*, reported: bool = True, votes: bool = True) -> SimpleNamespace:
    def point(stage: str, level: float | None, **more: str) -> SimpleNamespace:
        return SimpleNamespace(stage=stage, name=Text.same(stage), level=fact(level), **more)

    told = [point("interest", 0.4, instrument="csat"), point("purchase", None, instrument="csat")]
    told += [
        point("after_sales", -0.3, instrument="csat"),
        point("interest", 0.1, instrument="nps"),
    ]
    behaved = [point("awareness", -0.1), point("interest", -0.8), point("purchase", -0.4)]
    kept = [
        SimpleNamespace(layer="reported", instrument="csat", peak="interest", end="after_sales"),
        SimpleNamespace(layer="proxy", instrument=None, peak="interest", end="purchase"),
    ]
    return SimpleNamespace(
        reported=SimpleNamespace(stages=told) if reported else None,
        proxy=SimpleNamespace(formula="S = −Σ w·rank01(x)", stages=behaved),
        votes=[point("purchase", -1.0)] if votes else [],
        marks=kept,
        reason=None if reported else Text("没有问卷", "nobody was asked"),
    )


# -- laws of every picture -------------------------------------------------------------------


def test_no_words_overlap(everything: list[Chart]) -> None:
    for chart in everything:
        placed = list(words_of(chart))
        for n, (one, told) in enumerate(placed):
            for other, also in placed[n + 1 :]:
                assert not one.overlaps(other, 0.5), (chart.name, told, also)


def test_nothing_leaves_the_page(everything: list[Chart]) -> None:
    for chart in everything:
        root = ElementTree.fromstring(chart.svg)
        page = Rect(0, 0, float(root.get("width")), float(root.get("height")))
        for area, told in words_of(chart):
            assert page.contains(area), (chart.name, told)
        for element in root.iter():
            for x, y in points_of(element):
                assert -0.1 <= x <= page.w + 0.1, (chart.name, element.tag, x)
                assert -0.1 <= y <= page.h + 0.1, (chart.name, element.tag, y)


def test_words_can_be_read_on_what_they_stand_on(everything: list[Chart]) -> None:
    for chart in everything:
        ground: list[tuple[Rect, str]] = []
        for element in ElementTree.fromstring(chart.svg).iter():
            if element.tag == f"{SVG}rect" and element.get("fill") != "none":
                ground.append((rect_of(element), element.get("fill")))
            if element.tag == f"{SVG}text" and element.text:
                x, y = text_rect(element).middle
                under = [f for r, f in ground if r.x <= x <= r.right and r.y <= y <= r.bottom][-1]
                ratio = contrast(element.get("fill"), under)
                assert ratio >= 4.5, (chart.name, element.text, under, ratio)


def test_presentation_attributes_only(everything: list[Chart]) -> None:
    for chart in everything:
        root = ElementTree.fromstring(chart.svg)
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {"svg", "title", "desc", "g", "rect", "circle", "polygon", "path", "text"}
        attributes = {name for element in root.iter() for name in element.attrib}
        assert not attributes & {"class", "marker-end", "stroke-dasharray", "href", "transform"}
        assert root.get("style") == "max-width:100%;height:auto"
        assert "<script>" not in chart.svg


def test_every_picture_has_a_sentence_and_its_source(everything: list[Chart]) -> None:
    for chart in everything:
        assert chart.title
        assert "{" not in chart.svg
        if chart.name != "forest":
            assert re.search(r"(来源|source) \S+#[0-9a-f]{8}", chart.svg), chart.name


def test_english_has_no_chinese(solar: Journey) -> None:
    for chart in every(solar, lang="en"):
        assert not re.search("[\u4e00-\u9fff]", chart.svg), chart.name


def words_of(chart: Chart) -> Iterator[tuple[Rect, str]]:
    for element in ElementTree.fromstring(chart.svg).iter(f"{SVG}text"):
        if element.text:
            yield text_rect(element), element.text


def text_rect(element: ElementTree.Element) -> Rect:
    size = float(element.get("font-size"))
    wide = width(element.text, size, bold=element.get("font-weight") == "bold")
    x, y = float(element.get("x")), float(element.get("y"))
    back = {"middle": wide / 2, "end": wide}.get(element.get("text-anchor"), 0.0)
    return Rect(x - back, y - 0.78 * size, wide, 0.98 * size)


def rect_of(element: ElementTree.Element) -> Rect:
    return Rect(*(float(element.get(name)) for name in ("x", "y", "width", "height")))


def points_of(element: ElementTree.Element) -> Iterator[tuple[float, float]]:
    if element.tag == f"{SVG}rect":
        area = rect_of(element)
        yield from ((area.x, area.y), (area.right, area.bottom))
    told = element.get("points") or element.get("d") or ""
    yield from ((float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", told))


# -- the class -----------------------------------------------------------------------------------


def test_shows_and_saves_itself_like_the_map(crm: Journey, tmp_path: Path) -> None:
    chart = charts.funnel(crm)
    assert repr(chart) == "Chart(funnel: 6 stages, 1,850 cases)"
    assert chart._repr_mimebundle_() == {"image/svg+xml": chart.svg, "text/plain": repr(chart)}
    for suffix, start in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".pdf", b"%PDF")):
        path = chart.save(tmp_path / f"漏斗{suffix}")
        assert path.read_bytes().startswith(start)
    with pytest.raises(UsageError, match=r"cannot draw a \.html"):
        chart.save(tmp_path / "funnel.html")


def test_same_bytes_in_another_process() -> None:
    """Another hash seed must not change an order."""
    told = "from tests.test_charts import digest; print(digest())"
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", told],
        env={"PYTHONPATH": root, "PYTHONHASHSEED": "1", "PATH": ""},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.strip() == digest()


def digest() -> str:
    drawn = "".join(chart.svg for chart in every(nasty()))
    return hashlib.sha256(drawn.encode()).hexdigest()


@pytest.mark.parametrize(
    ("options", "message"),
    [({"lang": "fr"}, "unknown language 'fr'"), ({"theme": "drak"}, "Did you mean 'dark'")],
)
def test_wrong_arguments(crm: Journey, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        charts.steps(crm, **options)


# -- what they say, beside a slow and obvious oracle -----------------------------------------------


def test_funnel_tells_the_lowest_conversion(crm: Journey) -> None:
    known = [s for s in crm.stages if s.conversion.value is not None]
    low = min(known, key=lambda s: s.conversion.value)
    chart = charts.funnel(crm)
    assert low.name.zh in chart.title
    assert f"{low.conversion.value:.0%} [" in chart.title
    for stage in crm.stages:
        assert f"{stage.cases:,} 例" in chart.svg
        assert f"n = {stage.conversion.n:,}" in chart.svg or stage.conversion.value is None


def test_funnel_bars_are_as_long_as_their_cases(crm: Journey) -> None:
    bars = rects_of(charts.funnel(crm), Theme.load("light").pace_2)
    lengths = [bar.w for bar in bars]
    for length, stage in zip(lengths, crm.stages, strict=True):
        assert length / lengths[0] == pytest.approx(stage.cases / crm.stages[0].cases, abs=0.01)


def test_funnel_says_why_something_is_unknown(solar: Journey) -> None:
    assert "no further stage" in charts.funnel(solar, lang="en").svg
    assert "more than half of 506 are still open" in charts.funnel(solar, lang="en").svg


def test_steps_are_shares_of_the_cases_that_get_this_far(crm: Journey) -> None:
    events = crm.log.to_pandas()
    first = Counter(events[events.position == 1].activity)
    name, n = first.most_common(1)[0]
    share = f"{n / events.case_id.nunique():.0%}"
    lengths = sorted(events.groupby("case_id").position.max())
    chart = charts.steps(crm)
    assert f"“{name}”（{share}）" in chart.title
    assert f"不超过 {next(k for k in range(99) if 2 * sum(x > k for x in lengths) <= 1850)} 步" in (
        chart.title
    )
    for position in (1, 5, 12):
        assert f">{sum(x >= position for x in lengths):,}<" in chart.svg
    third = events[events.position == 3]
    most, times = Counter(third.activity).most_common(1)[0]
    assert most in chart.svg
    assert f">{times / len(third):.0%}<" in chart.svg


def test_steps_gather_what_is_rare(crm: Journey) -> None:
    early = crm.log.to_pandas().query("position <= 12").activity.nunique()
    rows = int(re.search(r"(\d+) activities", charts.steps(crm).told)[1])
    assert (early > rows) == ("项低频活动合并" in charts.steps(crm).svg)


def test_handovers_name_the_most_frequent_and_the_slowest(crm: Journey) -> None:
    title = charts.handovers(crm).title
    busy = max(crm.handovers, key=lambda h: h.count)
    slow = max((h for h in crm.handovers if h.count >= 10), key=lambda h: h.latency.value)
    assert f"{busy.source}→{busy.target}：{busy.count:,} 次" in title
    assert f"{slow.source}→{slow.target}" in title


def test_handovers_without_interval_say_so() -> None:
    chart = charts.handovers(staged())
    assert "少于 6 次，无区间" in chart.svg
    assert "留在本部门，不算交接" in chart.svg


def test_events_without_department_are_counted() -> None:
    rows = traces("ab", "ab", "ab")
    for n, row in enumerate(rows):
        row["department"] = ("销售部", "财务部", None)[n % 3]
    blank = sum(row["department"] is None for row in rows)
    assert f"{blank} 个没有部门的事件已跳过" in charts.handovers(mine(log_of(rows))).svg


def test_waits_rank_by_total_time(crm: Journey) -> None:
    events = crm.log.to_pandas()
    pairs = events[events.next_activity.notna()]
    hours = ((pairs.next_at - pairs["at"]) / 3.6e9).groupby(
        [pairs.activity.astype(str), pairs.next_activity.astype(str)]
    )
    total = hours.sum().sort_values(ascending=False)
    (source, target), most = total.index[0], total.iloc[0]
    title = charts.waits(crm).title
    assert title.startswith(f"“{source}”→“{target}”占全部等待时间的 {most / total.sum():.0%}")
    half = next(k for k in range(1, 99) if total.iloc[:k].sum() >= total.sum() / 2)
    assert f"前 {half} 步" in title


def test_systems_count_who_writes_where(crm: Journey) -> None:
    events = crm.log.to_pandas().dropna(subset=["department", "system"])
    counted = Counter(zip(events.department, events.system, strict=True))
    assert writing(crm) == counted
    told = charts.systems(crm, found_systems(writing(crm)))
    assert "绑定程度 0.81（0 全部共用，1 各用各的）" in told.svg
    assert told.title == charts.systems(crm).title
    per_system = Counter(events.system)
    own = {s for (d, s), n in counted.items() if n >= CONFINED * per_system[s]}
    assert all(name in charts.systems(crm).title for name in own)
    theme = Theme.load("light")
    assert len(rects_of(charts.systems(crm), theme.silo)) == len(own) + 1, "and the legend"


def test_ribbons_are_as_thick_as_their_events() -> None:
    counts = {("甲", "X"): 30, ("乙", "X"): 10, ("乙", "Y"): 60}
    bars = rects_of(charts.systems(bare(), found_systems(counts)), Theme.load("light").pace_3)
    assert sorted(bar.h for bar in bars) == pytest.approx([90, 210], abs=0.2)


def found_systems(counts: Any) -> SimpleNamespace:
    cells = [SimpleNamespace(department=d, system=s, events=n) for (d, s), n in counts.items()]
    return SimpleNamespace(counts=cells, confinement=Fact(0.81, "share", 100, "test"))


def test_spectrum_draws_every_step_of_a_small_log(crm: Journey) -> None:
    events = crm.log.to_pandas()
    mine_ = events[(events.activity == "线索分配") & (events.next_activity == "首次联系")]
    chart = charts.spectrum(crm, "线索分配", "首次联系")
    assert len(lines_of(chart)) == len(mine_)
    assert "抽取" not in chart.svg
    waits = sorted((mine_.next_at - mine_["at"]) / 3.6e9)
    assert f"一半在 {waits[len(waits) // 2]:.0f} 小时以内" in chart.title


def test_spectrum_thins_out_evenly_and_says_so(crm: Journey, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys.modules["journeylib.drawing.charts.spectrum"], "LINES", 500)
    chart = charts.spectrum(crm, "线索分配", "首次联系")
    assert len(lines_of(chart)) == len(range(0, 1565, 4))
    assert "1,565 条中按离开次序等距抽取 392 条画出" in chart.svg
    assert chart.svg == charts.spectrum(crm, "线索分配", "首次联系").svg


def test_spectrum_knows_only_steps_that_happen(crm: Journey) -> None:
    with pytest.raises(UsageError, match="Did you mean"):
        charts.spectrum(crm, "线索分配", "首次联糸")


def test_forest_divides_by_what_findings_are_held_against(found: Findings) -> None:
    chart = charts.forest(found)
    theme = Theme.load("light")
    proven = [f for f in found.proven if f.comparator]
    squares = rects_of(chart, theme.breakpoint) + rects_of(chart, theme.silo)
    assert len(squares) == len(proven)
    one = re.search(r'd="M([\d.]+),[\d.]+L\1,[\d.]+" fill="none" stroke="#0f172a"', chart.svg)
    assert all(square.middle[0] > float(one[1]) for square in squares)
    assert "findings are associations, not causes" in charts.forest(found, lang="en").svg


def test_forest_tells_confidence_by_shape() -> None:
    chart = charts.forest(journeys.findings())
    theme, root = Theme.load("light"), ElementTree.fromstring(chart.svg)
    hollow = [p for p in root.iter(f"{SVG}polygon") if p.get("fill") == theme.page]
    suggestive = [f for f in journeys.findings() if f.confidence == "suggestive"]
    assert len(hollow) == len(suggestive) + 1, "and the legend"
    assert "样本不足" in chart.svg
    assert "无参照" not in chart.svg or any(f.comparator is None for f in journeys.findings())


def test_forest_of_nothing_says_so() -> None:
    chart = charts.forest(Findings((), 100, ()), lang="en")
    assert chart.title == "No breakpoints or silos were found"
    assert "100 hypotheses tested" in chart.svg


def test_forest_is_cut_and_says_so() -> None:
    first = journeys.findings().items[0]
    many = tuple(dataclasses.replace(first, locus={"activity": str(n)}) for n in range(30))
    assert "另有 6 条未画出" in charts.forest(Findings(many, 99, ())).svg


def test_touchpoints_with_too_few_cases_are_left_white(crm: Journey) -> None:
    chart = charts.touchpoints(contacts(), crm)
    few = [cell for cell in contacts() if cell.reach.value is None]
    assert chart.svg.count("只有 3 例，少于 10 例") == len(few) > 0
    assert chart.told == "6 stages × 7 channels"
    total = sum(cell.events for cell in contacts())
    assert f"{total:,} 次接触中" in chart.title


def test_experience_keeps_its_layers_apart(crm: Journey) -> None:
    theme = Theme.load("light")
    chart = charts.experience(curve(), crm)
    assert chart.told.split(", ") == [
        *("reported: 2 stages", "reported: 1 stages", "proxy: 3 stages", "votes: 1 stages")
    ]
    assert "客户自述（CSAT）在“售后”最低；行为代理在“兴趣”最低" in chart.title
    for colour in (theme.reported, theme.proxy, theme.vote):
        assert f'stroke="{colour}"' in chart.svg or f'fill="{colour}"' in chart.svg
    assert chart.svg.count("样本不足") == 1
    assert chart.svg.count("峰值") == 2 + 1
    assert "[+0.20, +0.60]" in chart.svg


def test_experience_does_not_bridge_what_is_unknown(crm: Journey) -> None:
    """Interest and after-sales are known, purchase is not: no line leads across."""
    chart, colour = charts.experience(curve(votes=False), crm), Theme.load("light").reported
    paths = ElementTree.fromstring(chart.svg).iter(f"{SVG}path")
    joined = [p for p in paths if p.get("stroke") == colour and p.get("stroke-width") == "2.4"]
    assert len(joined) == 1, "the legend's sample alone"


def test_experience_without_answers_says_why(crm: Journey) -> None:
    chart = charts.experience(curve(reported=False), crm, lang="en")
    assert chart.title.startswith("Nobody was asked; Behavioural proxy: lowest in Interest")
    assert "nothing reported: nobody was asked" in chart.svg


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("funnel", "没有归入任何阶段"),
        ("handovers", "没有部门列"),
        ("systems", "没有部门列或系统列"),
    ],
)
def test_what_is_missing_is_unknown_with_a_reason(name: str, reason: str) -> None:
    chart = getattr(charts, name)(bare())
    assert "未知" in chart.title
    assert reason in chart.svg
    assert repr(chart) == f"Chart({name}: unknown)"


def test_no_wait_and_no_channel_are_unknown() -> None:
    once = mine(log_of(traces("a", "b")))
    assert "未知" in charts.waits(once).title
    assert "没有渠道列" in charts.touchpoints([], once).svg


def test_events_of_no_stage_are_counted(crm: Journey) -> None:
    rest = dataclasses.replace(crm.stages[0], id=UNMAPPED, rank=9, events=1234)
    chart = charts.funnel(dataclasses.replace(crm, stages=(*crm.stages, rest)))
    assert "1,234 个事件不属于任何阶段" in chart.svg


def rects_of(chart: Chart, fill: str) -> list[Rect]:
    root = ElementTree.fromstring(chart.svg)
    return [rect_of(e) for e in root.iter(f"{SVG}rect") if e.get("fill") == fill]


def lines_of(chart: Chart) -> list[str]:
    root = ElementTree.fromstring(chart.svg)
    drawn = [e.get("d") for e in root.iter(f"{SVG}path") if e.get("stroke-opacity")]
    return [line for d in drawn for line in re.findall("M[^M]+", d)]


# -- scales and colours ----------------------------------------------------------------------------


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=20))
def test_log_scales_hold_their_values(values: list[float]) -> None:
    axis = scale.log_scale(values, scale.HOURS, 100.0, 500.0)
    assert axis.low < axis.high
    placed = [axis.at(value) for value in sorted(values)]
    assert placed == sorted(placed)
    assert all(100.0 <= x <= 500.0 for x in placed)


@given(st.floats(0.01, 1e4), st.floats(1.5, 1e4), st.floats(60, 600))
def test_ticks_never_touch(low: float, factor: float, length: float) -> None:
    axis = scale.log_scale([low, low * factor], scale.HOURS, 0.0, length)
    placed = list(scale.legible(scale.HOURS, axis, lambda h: f"{h:,.0f} hours", 10))
    edges = [(x - width(name, 10) / 2, x + width(name, 10) / 2) for x, name in placed]
    assert all(left > right for (_a, right), (left, _b) in itertools.pairwise(edges))


@given(st.integers(0, 4_000_000_000), st.integers(1, 40_000))
def test_calendar_ticks_lie_inside(start: int, hours: int) -> None:
    first, last = start * 1e6, start * 1e6 + hours * 3.6e9
    ticks = [tick for tick, _name in scale.days(first, last)]
    assert ticks == sorted(ticks)
    assert len(ticks) <= 13
    assert all(first <= tick for tick in ticks)


@given(st.integers(1, 10_000_000), st.integers(1, 10_000_000))
def test_more_is_never_lighter(one: int, other: int) -> None:
    colours = ramp.counts(max(one, other))
    few, many = sorted((one, other))
    assert 0 <= colours.level(few) <= colours.level(many) == RAMP - 1


@given(st.lists(st.floats(0, 1), min_size=1))
def test_the_legend_names_the_colours_that_occur(shares: list[float]) -> None:
    keys = ramp.SHARES.keys(shares, Theme.load("light"), share=True)
    assert len(keys) == len({ramp.SHARES.level(share) for share in shares})


@pytest.mark.parametrize("name", ["light", "dark"])
def test_colours_can_be_told_and_read(name: str) -> None:
    theme = Theme.load(name)
    for level in range(RAMP):
        assert contrast(theme.ink_on(theme.ramp(level)), theme.ramp(level)) >= 4.5
    ramps = [contrast(theme.ramp(n), theme.page) for n in range(RAMP)]
    assert ramps == sorted(ramps), "each step stands out more than the one before"
    lines = (*map(theme.quarter, range(4)), theme.reported, theme.proxy, theme.vote)
    assert all(contrast(line, theme.page) >= 3 for line in lines)
    assert all(contrast(layer, theme.page) >= 4.5 for layer in lines[4:])


def test_heavy_packages_stay_out() -> None:
    told = "import sys; import journeylib.drawing.charts; print('pymupdf' in sys.modules)"
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", told],
        env={"PYTHONPATH": root, "PATH": ""},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.strip() == "False"


def test_departments_without_a_ribbon_are_not_drawn() -> None:
    chart = charts.systems(nasty())
    departments, shown = map(int, re.findall(r"\d+", chart.told))
    ribbons = [e for e in ElementTree.fromstring(chart.svg).iter() if e.get("fill-opacity")]
    assert max(departments, shown) <= len(ribbons)
    assert "0% 写入" not in re.sub(r"[1-9]0+%", "", chart.svg)
