"""A board as people meet it: in a notebook of a running JupyterLab, or on a page of Voila."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.opened import Lab, open_notebook

LOGS = Path(__file__).parents[2] / "event_logs"
CRM = LOGS / "crm_sales.csv"
READY = ".journey-board[data-state=ready]"
PATIENCE = 90_000
SUFFIX = ".journey-notes.jsonl"

MINED = """
if "journey" not in globals():  # the kernel may know it from before
    import journeylib as jl

    journey = jl.mine(jl.read_log({log!r}))
    findings = jl.diagnose(journey)
    spec = jl.specify(journey, findings)
"""
SHOWN = """
wall = jl.board(journey, findings, spec, notes={notes!r}, by={by!r}, cases={cases!r})
wall
"""
CHOSEN = 'print("selected:", wall.selected)'

RUN = """async (n) => {
    const { content } = window.jupyterapp.shell.currentWidget;
    content.activeCellIndex = n;
    await window.jupyterapp.commands.execute('notebook:run-cell');
}"""
CLICK = """async (pin) => {
    const root = document.querySelector('.journey-board');
    const node = root.querySelector(`.jb-svg g[data-kind][data-pin="${pin}"]`);
    const chosen = () => root.querySelector(`.jb-chosen[data-key="chosen-${CSS.escape(pin)}"]`);
    const start = performance.now();
    node.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    await new Promise(requestAnimationFrame);
    const numbers = chosen() ? root.querySelectorAll('.jb-rows dd').length : 0;
    while (!chosen() || !root.querySelector('.jb-cases td')) {
        if (performance.now() - start > 60000) throw new Error('no cases');
        await new Promise((go) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = go;
            port2.postMessage(0);
        });
    }
    return [numbers, performance.now() - start];
}"""
CELLS = """() => {
    const { content } = window.jupyterapp.shell.currentWidget;
    return [content.widgets.length, content.activeCellIndex, content.mode,
        content.widgets.map((cell) => cell.model.sharedModel.getSource())];
}"""
FOCUS = """() => {
    const node = document.activeElement;
    if (!node?.closest('.journey-board')) return null;
    return node.dataset.pin ?? node.dataset.do ?? node.name ?? '';
}"""


@dataclass(frozen=True)
class Wall:
    """The one board on `page`."""

    page: Any

    def __post_init__(self) -> None:
        self.page.wait_for_selector(READY, timeout=PATIENCE)

    @property
    def root(self) -> Any:
        return self.page.locator(".journey-board")

    def get(self, selector: str) -> Any:
        """Elements within the board."""
        return self.root.locator(selector)

    def do(self, name: str) -> Any:
        """The button for something."""
        return self.get(f'[data-do="{name}"]').first

    def part(self, pin: str) -> Any:
        """A part of the picture."""
        return self.get(f'.jb-svg g[data-kind][data-pin="{pin}"]').first

    def pins(self, kind: str) -> list[str]:
        """The parts of a kind that stand in the picture, each once."""
        found: list[str] = self.page.evaluate(
            "kind => [...document.querySelectorAll(`.jb-svg g[data-kind=${kind}][data-pin]`)]"
            ".map((node) => node.dataset.pin)",
            kind,
        )
        return list(dict.fromkeys(found))

    def focus(self) -> str | None:
        """What has the focus: a pin, what a button does, a field; None outside the board."""
        found: str | None = self.page.evaluate(FOCUS)
        return found

    def until(self, condition: str, given: Any = None) -> None:
        """Wait until JavaScript over the board says yes."""
        self.page.wait_for_function(condition, arg=given, timeout=PATIENCE)

    def show(self, kind: str) -> None:
        """Map or flow, by its button."""
        self.do(kind).click()
        self.page.wait_for_selector(f".journey-board[data-view={kind}]", timeout=PATIENCE)

    def write(self, text: str, by: str | None = None) -> str:
        """Put a card on what is chosen, by mouse; the id of the card."""
        self.do("add").click()
        form = self.get("form.jb-card-form")
        form.locator("[name=text]").fill(text)
        if by is not None:
            form.locator("[name=by]").fill(by)
        form.locator("[type=submit]").click()
        form.wait_for(state="detached", timeout=PATIENCE)
        self.list_cards()
        card = self.card(text)
        card.wait_for(timeout=PATIENCE)
        return str(card.get_attribute("data-card"))

    def list_cards(self) -> None:
        """Open the list of all cards; in a narrow frame the panel may be closed yet."""
        if self.do("cards").get_attribute("aria-pressed") != "true":
            self.do("cards").click()
        self.page.wait_for_selector(".jb-tab[data-tab=cards][aria-selected=true]")

    def card(self, text: str) -> Any:
        """The card that says `text`."""
        says = self.page.locator(".jb-card-text").filter(has_text=text)
        return self.get(".jb-tab-body .jb-card").filter(has=says)

    def run(self, number: int) -> str:
        """Run a cell again; what it prints then."""
        self.page.evaluate(RUN, number)
        cell = self.page.locator(".jp-Notebook .jp-Cell").nth(number)
        return str(cell.locator(".jp-OutputArea").inner_text())


def hang(
    page: Any,
    lab: Lab,
    notebook: str,
    notes: str,
    *,
    log: Path | str = CRM,
    by: str | None = "王敏",
    cases: str = "masked",
) -> Wall:
    """Open a notebook with a board over `log`; its kernel, if there is one, knows the journey yet."""
    shown = SHOWN.format(notes=notes + SUFFIX, by=by, cases=cases)
    open_notebook(page, lab, notebook, [MINED.format(log=str(log)), shown, CHOSEN])
    return Wall(page)


def lines(folder: Path, notes: str) -> list[dict[str, Any]]:
    """The lines of a notes file; every one of them must be one."""
    text = (folder / f"{notes}{SUFFIX}").read_text(encoding="utf-8")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def texts(folder: Path, notes: str) -> list[str]:
    """The texts of the cards in a notes file, in the order of their first lines."""
    return [line["text"] for line in lines(folder, notes) if not line.get("supersedes")]
