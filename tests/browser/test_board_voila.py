"""Participants on Voila and the facilitator in JupyterLab, over one file of notes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from journeylib.annotations import read_notes
from journeylib.workshop.room import Room
from tests.browser.running import Running
from tests.browser.walls import PATIENCE, READY, Wall

JUDGING = ("confirmed", "rejected", "minutes", "claim", "rate", "agenda-start")
DOTS = 5


def joined(page: Any, running: Running) -> Wall:
    page.goto(running.doors["participants"])
    return Wall(page)


def facilitated(page: Any, running: Running) -> Wall:
    page.goto(running.doors["facilitator"])
    page.get_by_text(re.compile(r"\| Idle")).wait_for(timeout=PATIENCE)
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click(".lm-Menu-item[data-command='runmenu:run-all']")
    page.wait_for_selector(READY, timeout=PATIENCE)
    return Wall(page)


def give(wall: Wall, card: Any, dots: int) -> None:
    """Give dots to a card one by one."""
    for given in range(1, dots + 1):
        card.locator('[data-do="vote-more"]').click()
        wall.until(
            "([id, dots]) => document.querySelector(`.jb-card[data-card='${id}'] .jb-mine`)"
            ".textContent.length === dots",
            [card.get_attribute("data-card"), given],
        )


def test_two_participants_and_the_facilitator_see_each_other(
    running: Running, new_page: Any, artefacts: Path
) -> None:
    one, two = (joined(new_page(viewport={"width": 1200, "height": 800}), running) for _ in "12")
    people = {"陈静": (one, "先打电话，再发邮件"), "Ann": (two, "Send the quote within a day")}
    for by, (wall, text) in people.items():
        wall.part(wall.pins("activity")[0]).click()
        wall.write(text, by=by)
    for by, (wall, text) in people.items():
        wall.list_cards()
        other = next(said for name, (_, said) in people.items() if name != by)
        wall.card(other).wait_for(timeout=PATIENCE)
        assert by in wall.card(text).inner_text()
        give(wall, wall.card(text), 2)
        give(wall, wall.card(other), DOTS - 2)
        assert wall.get('[data-do="vote-more"]:not(:disabled)').count() == 0
        assert wall.get(".jb-status-line [data-level=error]").count() == 0
        for name in JUDGING:
            assert wall.page.locator(f'[data-do="{name}"]').count() == 0, name
        assert wall.card(text).locator('[data-do="edit"]').count() == 1
        assert wall.card(other).locator('[data-do="edit"]').count() == 0
        wall.page.screenshot(path=artefacts / f"voila_{by}.png")
    lab = facilitated(new_page(), running)
    lab.list_cards()
    for _, text in people.values():
        lab.card(text).wait_for(timeout=PATIENCE)
    late = "第三张卡片：由主持人贴出"
    lab.write(late, by="王敏")
    one.card(late).wait_for(timeout=PATIENCE)
    lab.page.screenshot(path=artefacts / "lab_facilitator.png")
    notes = read_notes(Room.open(running.folder).notes)
    assert notes.unreadable == ()
    assert {card.text: dict(card.votes) for card in notes.cards} == {
        people["陈静"][1]: {"陈静": 2, "Ann": 3},
        people["Ann"][1]: {"陈静": 3, "Ann": 2},
        late: {},
    }


def test_a_participant_looks_around_and_presents(
    running: Running, page: Any, artefacts: Path
) -> None:
    wall = joined(page, running)
    page.screenshot(path=artefacts / "voila_map.png")
    wall.do("lang").click()
    page.wait_for_selector(".journey-board[lang=en]", timeout=PATIENCE)
    wall.show("flow")
    page.screenshot(path=artefacts / "voila_flow_en.png")
    wall.do("present").click()
    wall.until("() => document.fullscreenElement?.matches('.journey-board')")
    page.screenshot(path=artefacts / "voila_presenting.png")
    page.keyboard.press("Escape")
    wall.until("() => !document.fullscreenElement")
    page.wait_for_selector(".journey-board:not([data-presenting])")


def test_a_participant_joins_by_phone(running: Running, new_page: Any, artefacts: Path) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    wall = joined(new_page(**phone), running)
    wall.page.screenshot(path=artefacts / "voila_phone.png")
    wall.part(wall.pins("activity")[0]).tap()
    wall.page.wait_for_selector(".jb-chosen h2", timeout=PATIENCE)
    assert wall.write("手机上写的", by="赵六")
    wall.page.screenshot(path=artefacts / "voila_phone_card.png")
    wide = wall.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, "nothing lies beside the screen"
