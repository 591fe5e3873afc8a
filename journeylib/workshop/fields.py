"""Input fields that know where their value stands, each with room for what is wrong with it."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from journeylib.spec.parts import SlaOption
from journeylib.terms import Lang, say
from journeylib.workshop.edits import Address, Edits
from journeylib.workshop.messages import told
from journeylib.workshop.twin import option_words

Typed = Callable[[Address, Any], None]
"""Is told where something was typed, and what."""


Ways = tuple[Callable[[Any], Any], Callable[[Any], Any]]
"""How a field is read into data, and data written into the field."""


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _item_names(handed: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(part["item"] for part in handed)


def escaped(text: str) -> str:
    """Text for an HTML widget: names come from a log and may hold anything."""
    return html.escape(text)


class Fields:
    """Makes the fields of one form and keeps them by address.

    `kit` is the module ipywidgets; `typed` hears of each change. A field that is empty means None.
    """

    def __init__(self, kit: Any, lang: Lang, typed: Typed) -> None:
        self._kit, self._lang, self._typed = kit, lang, typed
        self._inputs: dict[Address, Any] = {}
        self._messages: dict[Address, Any] = {}
        self._said: dict[Address, str] = {}
        self._writers: dict[Address, Callable[[Any], Any]] = {}
        self._is_told = False

    # -- asking ------------------------------------------------------------------------------

    def at(self, address: Address) -> Any:
        """The input of an address."""
        return self._inputs[address]

    def message(self, address: Address) -> str:
        """What is said beside it; blank where nothing is wrong."""
        return self._said.get(address, "")

    def show(self, edits: Edits) -> None:
        """Put into each field what it holds now, without taking that for typing."""
        self._is_told = True
        try:
            for address, write in self._writers.items():
                self._inputs[address].value = write(edits.at(*address))
        finally:
            self._is_told = False

    def forget(self, start: Address) -> None:
        """Drop the fields below an address: their widgets are about to be replaced."""
        for kept in (self._inputs, self._messages, self._said, self._writers):
            for address in [a for a in kept if a[: len(start)] == start]:
                del kept[address]

    def tell(self, edits: Edits) -> None:
        """Say beside each field what is wrong with it now."""
        for address, message in self._messages.items():
            wrong = [told(problem, self._lang) for problem in edits.problems_at(*address)]
            self._said[address] = "\n".join(wrong)
            text = "<br>".join(map(escaped, wrong))
            style = "color:var(--jp-error-color1, #b91c1c)"
            message.value = f'<span role="alert" style="{style}">{text}</span>' if text else ""

    # -- fields ------------------------------------------------------------------------------

    def text(self, address: Address, part: Mapping[str, Any], width: str = "20em") -> Any:
        """One line of text."""
        value = part[str(address[-1])]
        return self._line(address, value, (lambda text: text, _shown), width)

    def words(self, address: Address, part: Mapping[str, Any]) -> Any:
        """A name or sentence in the language of the form; the other language keeps its words.

        What reads alike in both, such as a name taken from a log, stays alike.
        """
        pair = dict(part[str(address[-1])])
        other: Lang = "en" if self._lang == "zh" else "zh"
        is_same = pair["zh"] == pair["en"]

        def both(text: str) -> dict[str, str]:
            return {self._lang: text, other: text if is_same else pair[other]}

        return self._line(address, pair, (both, lambda pair: pair[self._lang]), "16em")

    def span(self, address: Address, part: Mapping[str, Any]) -> Any:
        """A duration, or nothing."""
        value = part.get(str(address[-1]))
        return self._line(address, value, (lambda text: text.strip() or None, _shown), "8em")

    def items(self, address: Address, part: Mapping[str, Any]) -> Any:
        """Ids of information items, separated by commas; known ones keep their reasons."""
        known = {handed["item"]: handed for handed in part[str(address[-1])]}

        def read(text: str) -> list[dict[str, Any]]:
            names = [name.strip() for name in text.replace("，", ",").replace("、", ",").split(",")]
            new = {"why": {"method": "workshop"}}
            return [known.get(name, {"item": name} | new) for name in names if name]

        return self._line(address, part[str(address[-1])], (read, _item_names), "18em")

    def flag(self, address: Address, part: Mapping[str, Any]) -> Any:
        """Yes or no."""
        layout = self._kit.Layout(width="4em")
        box = self._kit.Checkbox(value=bool(part[str(address[-1])]), indent=False, layout=layout)
        return self._kept(address, box, (lambda value: value, bool))

    def choice(
        self, address: Address, part: Mapping[str, Any], options: Sequence[tuple[str, str | None]]
    ) -> Any:
        """One of several."""
        value = part.get(str(address[-1]))
        known = any(option == value for _label, option in options)
        shown = options if known else [*options, (str(value), value)]
        layout = self._kit.Layout(width="9em")
        box = self._kit.Dropdown(options=shown, value=value, layout=layout)
        return self._kept(address, box, (lambda chosen: chosen, lambda value: value))

    def options(self, address: Address, options: Sequence[Mapping[str, Any]]) -> Any:
        """Limits that were measured; choosing one writes it into the field of `address`."""
        read = [SlaOption.model_validate(dict(option)) for option in options]
        if not read:
            return self._kit.HTML("")
        shown = [(say("form.choose").in_(self._lang), "")]
        shown += [(option_words(option, self._lang), str(option.limit)) for option in read]
        box = self._kit.Dropdown(options=shown, value="", layout=self._kit.Layout(width="16em"))
        box.observe(lambda change: self._take(address, change["new"]), "value")
        self._inputs[(*address, "options")] = box
        return box

    def _take(self, address: Address, limit: str) -> None:
        if limit:
            self._inputs[address].value = limit

    def _line(self, address: Address, value: Any, ways: Ways, width: str) -> Any:
        layout = self._kit.Layout(width=width)
        box = self._kit.Text(value=ways[1](value), continuous_update=False, layout=layout)
        return self._kept(address, box, ways)

    def _kept(self, address: Address, box: Any, ways: Ways) -> Any:
        read, write = ways

        def heard(change: Any) -> None:
            if not self._is_told:
                self._typed(address, read(change["new"]))

        box.observe(heard, "value")
        self._inputs[address], self._writers[address] = box, write
        self._messages[address] = self._kit.HTML()
        return self._kit.VBox([box, self._messages[address]])

    # -- arranging ---------------------------------------------------------------------------

    def labelled(self, label: str, field: Any) -> Any:
        """A field behind its label."""
        return self._kit.HBox([self._kit.Label(label), field])

    def grid(self, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> Any:
        """A table of fields, in the order in which Tab goes through them."""
        cells = [self._kit.HTML(f"<b>{escaped(head)}</b>") for head in heads]
        cells += [cell for row in rows for cell in row]
        columns = f"repeat({len(heads)}, max-content)"
        layout = self._kit.Layout(
            grid_template_columns=columns, grid_gap="0 0.8em", overflow="auto"
        )
        return self._kit.GridBox(cells, layout=layout)
