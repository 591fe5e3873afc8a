"""Make the pictures of the gallery: ``python docs/gallery/make.py [NAME…]``; without names, all.

Those of the board are taken in Chromium (``pip install -e '.[browser]'``).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import journeylib as jl
from journeylib.annotations import Annotations, Claim, Places
from journeylib.workshop.notebooks.printing import browser

HERE = Path(__file__).parent
LOGS = HERE.parents[1] / "event_logs"


@cache
def crm() -> tuple[jl.Journey, jl.Findings, jl.TargetSpec]:
    journey = jl.mine(jl.read_log(LOGS / "crm_sales.csv"))
    findings = jl.diagnose(journey)
    return journey, findings, jl.specify(journey, findings)


@cache
def solar() -> tuple[jl.Journey, jl.Findings]:
    journey = jl.mine(jl.read_log(LOGS / "solar_home.csv"))
    return journey, jl.diagnose(journey)


def sides(journey: jl.Journey, *segments: str) -> Iterator[jl.Journey]:
    return (jl.mine(journey.log.where(segment=name)) for name in segments)


# -- the map -----------------------------------------------------------------------------------


def crm_sales_zh() -> Any:
    return jl.journey_map(*crm())


def solar_home_en_dark() -> Any:
    return jl.journey_map(*solar(), lang="en", theme="dark")


def crm_segments_zh() -> Any:
    names = ("小型客户", "中型客户")
    return jl.compare_map(*sides(crm()[0], *names), names=names)


def solar_regions_en() -> Any:
    names = ("Coast", "Hills")
    return jl.compare_map(*sides(solar()[0], *names), names=names, lang="en")


# -- the flow view -----------------------------------------------------------------------------


def flow_15_en() -> Any:
    return jl.draw(*solar(), lang="en", max_activities=15)


def flow_30_zh() -> Any:
    return jl.draw(*crm()[:2], max_activities=30)


def flow_60_zh() -> Any:
    """A step counts apart by channel; at first, and without a channel, by kind of customer."""
    table = pd.read_csv(LOGS / "crm_sales.csv", dtype=str, keep_default_na=False)
    by_channel = (table["渠道"] != "") & (table["阶段"] != "认知")
    how = table["渠道"].where(by_channel, table["客户类型"])
    journey = jl.mine(jl.read_log(table.assign(活动=table["活动"] + "（" + how + "）")))
    return jl.draw(journey, jl.diagnose(journey), max_activities=60, traffic=0.7)


def flow_stages_zh() -> Any:
    return jl.draw(*crm()[:2], detail="stage")


def flow_segments_zh() -> Any:
    names = ("小型客户", "中型客户")
    return jl.compare_flow(*sides(crm()[0], *names), names=names, traffic=0.7)


# -- the board ---------------------------------------------------------------------------------


def notes() -> Annotations:
    """What a room may have said."""
    places = Places.of(*crm()[:2])

    def clock() -> datetime:
        return datetime(2026, 3, 12, 9, 30, tzinfo=UTC)

    step = {"from": "线索分配", "to": "首次联系"}
    slow = Claim(measure="wait", place=step, threshold="1d")
    again = Claim(measure="rework", place={"activity": "修改报价"}, threshold="10%")
    said = (
        ("线索分配后要等一天多才有人联系", "breakpoint", "线索分配 → 首次联系", slow, 90, 80),
        ("报价反复修改，客户等得不耐烦", "breakpoint", "修改报价", again, 70, 60),
        ("签约时把交付承诺写进系统", "idea", "签订合同", None, 75, 25),
        ("转介绍为什么这么少？", "question", "转介绍", None, 30, 20),
    )
    told = Annotations()
    for text, kind, place, claim, importance, urgency in said:
        told = told.with_card(
            text, by="A", kind=kind, pins=[places.pin(place) or place], claim=claim, clock=clock
        )
        card = told.cards[-1].id
        told = told.with_rating(card, importance, urgency, by="A", clock=clock)
        told = told.with_vote(card, by="B", dots=importance // 25, clock=clock)
    return told


@contextmanager
def board_page(lang: str, width: int, height: int) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        wall = jl.board(*crm(), notes=notes(), lang=lang)
        saved = wall.save(Path(folder) / "board.html")
        opened = playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        page = opened.new_page(viewport={"width": width, "height": height})
        page.goto(saved.as_uri())
        page.wait_for_selector('.journey-board[data-state="ready"]')
        yield page
        opened.close()


def choose(page: Any, pin: str) -> None:
    page.locator(f'.jb-picture [data-pin="{pin}"]').first.click()
    page.locator(".jb-rows").wait_for()


def board_zh() -> bytes:
    with board_page("zh", 1600, 940) as page:
        page.click('[data-do="flow"]')
        page.wait_for_selector('.journey-board[data-view="flow"]')
        choose(page, crm()[0].activity("修改报价").id)
        return page.screenshot()


def matrix_en() -> bytes:
    with board_page("en", 1400, 820) as page:
        page.click('[data-do="matrix"]')
        page.wait_for_selector(".jb-plane")
        return page.screenshot()


def presenter_zh() -> bytes:
    with board_page("zh", 1920, 1080) as page:
        page.click('[data-do="flow"]')
        page.wait_for_selector('.journey-board[data-view="flow"]')
        page.click('[data-do="present"]')
        page.wait_for_selector(".journey-board[data-presenting]")
        return page.screenshot()


PICTURES: tuple[Callable[[], Any], ...] = (
    *(crm_sales_zh, solar_home_en_dark, crm_segments_zh, solar_regions_en),
    *(flow_15_en, flow_30_zh, flow_60_zh, flow_stages_zh, flow_segments_zh),
    *(board_zh, matrix_en, presenter_zh),
)


def main(names: list[str]) -> None:
    for make in PICTURES:
        name = make.__name__.replace("_", "-")
        if names and name not in names:
            continue
        made = make()
        if isinstance(made, bytes):
            (HERE / f"{name}.png").write_bytes(made)
        else:
            made.save(HERE / f"{name}.svg")
        print(name, made if not isinstance(made, bytes) else f"{len(made):,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
