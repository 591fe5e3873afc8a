"""A specification as a form in the notebook: tables to type into, and what is wrong beside each field.

A field is read when it is left or Enter is pressed; Tab goes through them in reading order. All that
is known is in `Edits`: the widgets only show it, and where no kernel runs the form is a document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from journeylib.checking import backtest
from journeylib.documents.markdown import to_markdown
from journeylib.journey import Journey
from journeylib.spec.diff import Diff
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Provenance
from journeylib.terms import Lang, Text, say
from journeylib.workshop.edits import Address, Edits
from journeylib.workshop.fields import Fields, escaped
from journeylib.workshop.messages import told
from journeylib.workshop.twin import form_document, probability_words, reason_words, status

Backtest = Callable[[TargetSpec], Mapping[str, Text]]
"""What each exit criterion (by id) would have done on a log, in words."""


def edit(spec: TargetSpec, journey: Journey | None = None, *, lang: Lang = "zh") -> SpecForm:
    """A form to change `spec` with; `spec` itself stays as it is.

    `journey` brings the names of activities that may be added, and the back-test: after each change
    that leaves a sound specification, what every criterion would have meant stands beside it.
    """
    if journey is None:
        return SpecForm(Edits.of(spec), lang)
    names = tuple(sorted(journey.activity_names))
    return SpecForm(
        Edits.of(spec), lang, names, lambda target: backtest(target, journey).by_criterion
    )


class SpecForm:
    """The form. `spec` and `diff` give what was made of it; `undo` takes the last change back."""

    def __init__(
        self,
        edits: Edits,
        lang: Lang,
        activities: tuple[str, ...] = (),
        backtest: Backtest | None = None,
    ) -> None:
        import ipywidgets

        self.edits, self.lang = edits, lang
        self._activities, self._backtest = activities, backtest
        self._backtested: Mapping[str, Text] = {}
        self._kit = ipywidgets
        self._status = ipywidgets.HTML()
        self._told = ipywidgets.HTML()
        self._undo = ipywidgets.Button(
            description=self._say("undo"),
            icon="undo",
            disabled=True,
            tooltip=self._say("undo_hint"),
        )
        self._undo.on_click(lambda _button: self.undo())
        self._tabs = ipywidgets.Tab()
        bar = ipywidgets.HBox([self._undo, self._status])
        self.widget = ipywidgets.VBox([bar, self._tabs, self._told])
        self._fields = Fields(ipywidgets, lang, self._typed)
        self._tested: dict[str, Any] = {}
        self._reasons: dict[Address, Any] = {}
        self._ask_backtest()
        self._build(range(len(edits.data["stages"])))
        self._refresh()

    # -- what was made -----------------------------------------------------------------------

    @property
    def spec(self) -> TargetSpec:
        """The specification as it stands; `SpecError` with every problem while it is none."""
        return self.edits.spec

    @property
    def diff(self) -> Diff:
        """What was changed, in words."""
        return self.edits.diff

    def undo(self) -> None:
        """Take the last change back."""
        self._show(self.edits.undo())

    def field(self, *address: str | int) -> Any:
        """The widget in which the value at an address is typed, for programs and tests."""
        return self._fields.at(address)

    def message(self, *address: str | int) -> str:
        """What is said beside that field; blank where nothing is wrong."""
        return self._fields.message(address)

    def __repr__(self) -> str:
        return f"SpecForm({self.edits.base.name.en}: {status(self.edits).en})"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """The live form, and the same as a document for whoever has no kernel."""
        live = self.widget._repr_mimebundle_(**options) or {}
        return {**live, **self.static()}

    def static(self) -> dict[str, str]:
        """The form as a document alone: the same text in every run."""
        document = form_document(self.edits, self.lang, self._backtested)
        return {"text/markdown": to_markdown(document), "text/plain": repr(self)}

    # -- showing -----------------------------------------------------------------------------

    def _show(self, edits: Edits) -> None:
        """Show another state: only stages that have other parts than before are built anew."""
        if edits is self.edits:
            return
        before, self.edits = self.edits, edits
        self._ask_backtest()
        self._build([i for i, shape in enumerate(_shapes(edits)) if shape != _shapes(before)[i]])
        self._refresh()

    def _ask_backtest(self) -> None:
        if self._backtest is not None and not self.edits.problems:
            self._backtested = self._backtest(self.edits.spec)

    def _build(self, places: Sequence[int]) -> None:
        pages = list(self._tabs.children) or [None] * len(self.edits.data["stages"])
        chosen = self._tabs.selected_index
        for place in places:
            old = pages[place]
            self._fields.forget(("stages", place))
            for at in [at for at in self._reasons if at[1] == place]:
                del self._reasons[at]
            pages[place] = self._stage(place)
            if old is not None:
                _close(old)
        if places:
            self._tabs.children = pages
            self._tabs.selected_index = chosen or 0

    def _refresh(self) -> None:
        self._fields.show(self.edits)
        for place, stage in enumerate(self.edits.data["stages"]):
            self._tabs.set_title(place, stage["name"][self.lang])
        self._undo.disabled = self.edits.before is None
        self._status.value = escaped(status(self.edits).in_(self.lang))
        self._fields.tell(self.edits)
        for at, cell in self._reasons.items():
            cell.value = escaped(reason_words_of(self.edits.at(*at, "why"), self.lang))
        for criterion, cell in self._tested.items():
            words = self._backtested.get(criterion, Text.same("–"))
            cell.value = escaped(words.in_(self.lang))
        self._told.value = "".join(self._lists())

    def _lists(self) -> list[str]:
        """Below the tabs: problems of whatever tab, or hints and the changes so far."""
        if self.edits.problems:
            told_at = [f"{path}: {told(text, self.lang)}" for path, text in self.edits.problems]
            return [_listed(None, told_at, "var(--jp-error-color1, #b91c1c)")]
        hints = [f"{path}: {text.in_(self.lang)}" for path, text in self.edits.hints]
        changes = list(self.edits.diff.sentences(self.lang))
        return [
            _listed(self._say("hint_title"), hints, "var(--jp-warn-color0, #92400e)"),
            _listed(self._say("changes_title"), changes, "inherit"),
        ]

    def _typed(self, address: Address, value: Any) -> None:
        self._show(self.edits.set(address, value))

    # -- one stage ---------------------------------------------------------------------------

    def _stage(self, place: int) -> Any:
        stage, here = self.edits.at("stages", place), ("stages", place)
        parts = [
            self._fields.labelled(self._say("stage_sla"), self._fields.span((*here, "sla"), stage)),
            self._probability(place),
            self._heading("exit"),
            self._criteria(place),
            self._heading("activities"),
            self._tasks(place),
        ]
        if stage["handovers"]:
            parts += [self._heading("handovers"), self._handovers(place)]
        return self._kit.VBox(parts)

    def _probability(self, place: int) -> Any:
        base = {stage.id: stage for stage in self.edits.base.stages}
        stage = base.get(self.edits.at("stages", place, "id"))
        return self._kit.HTML(escaped(probability_words(stage, self.lang)) if stage else "")

    def _criteria(self, place: int) -> Any:
        here: Address = ("stages", place, "exit")
        keys = ("when", "text", "why", *(["backtest"] if self._backtest else []))
        rows = []
        for i, criterion in enumerate(self.edits.at(*here)):
            at = (*here, i)
            row = [
                self._fields.text((*at, "when"), criterion),
                self._fields.words((*at, "text"), criterion),
                self._reason_cell(at),
                *([self._tested_cell(criterion["id"])] if self._backtest else []),
                self._removal(at, criterion["text"]),
            ]
            rows.append(row)
        adding = self._adding("new_criterion", (), lambda text: self._new_criterion(place, text))
        return self._kit.VBox([self._fields.grid(self._heads(keys), rows), adding])

    def _reason_cell(self, at: Address) -> Any:
        self._reasons[at] = self._kit.HTML()
        return self._reasons[at]

    def _tested_cell(self, criterion: str) -> Any:
        self._tested[criterion] = self._kit.HTML()
        return self._tested[criterion]

    def _tasks(self, place: int) -> Any:
        here: Address = ("stages", place, "activities")
        keys = ("name", "required", "owner", "sla", "option")
        rows = []
        for i, activity in enumerate(self.edits.at(*here)):
            at = (*here, i)
            row = [
                self._fields.words((*at, "name"), activity),
                self._fields.flag((*at, "required"), activity),
                self._fields.choice((*at, "department"), activity, self._owners()),
                self._fields.span((*at, "sla"), activity),
                self._fields.options((*at, "sla"), activity.get("sla_options", [])),
                self._removal(at, activity["name"]),
            ]
            rows.append(row)
        known = {a["event"] for stage in self.edits.data["stages"] for a in stage["activities"]}
        offered = tuple(name for name in self._activities if name not in known)
        adding = self._adding("new_activity", offered, lambda text: self._new_activity(place, text))
        return self._kit.VBox([self._fields.grid(self._heads(keys), rows), adding])

    def _handovers(self, place: int) -> Any:
        here: Address = ("stages", place, "handovers")
        rows = []
        for i, handover in enumerate(self.edits.at(*here)):
            at = (*here, i)
            names = f"{handover['source']} → {handover['target']}"
            row = [
                self._kit.HTML(escaped(names)),
                self._fields.items((*at, "items"), handover),
                self._fields.span((*at, "within"), handover),
                self._removal(at, {"zh": names, "en": names}),
            ]
            rows.append(row)
        return self._fields.grid(self._heads(("pass", "items", "within")), rows)

    # -- small parts -------------------------------------------------------------------------

    def _say(self, key: str, **values: object) -> str:
        return say(f"form.{key}", **values).in_(self.lang)

    def _heading(self, key: str) -> Any:
        return self._kit.HTML(f"<h4>{escaped(self._say(key))}</h4>")

    def _heads(self, keys: tuple[str, ...]) -> list[str]:
        return [*(self._say(f"head_{key}") for key in keys), ""]

    def _owners(self) -> list[tuple[str, str | None]]:
        named = [(d["name"][self.lang], d["id"]) for d in self.edits.data["departments"]]
        return [(self._say("no_owner"), None), *named]

    def _removal(self, address: Address, name: Mapping[str, str]) -> Any:
        button = self._kit.Button(
            description=self._say("remove"),
            tooltip=self._say("remove_hint", name=name[self.lang]),
            layout=self._kit.Layout(width="auto"),
        )
        button.on_click(lambda _button: self._show(self.edits.remove(address)))
        return button

    def _adding(self, key: str, offered: tuple[str, ...], add: Callable[[str], Edits]) -> Any:
        entry = self._kit.Combobox(
            placeholder=self._say(key),
            options=offered,
            ensure_option=False,
            continuous_update=False,
            layout=self._kit.Layout(width="24em"),
        )
        button = self._kit.Button(description=self._say("add"), icon="plus")

        def added(_button: Any) -> None:
            if text := entry.value.strip():
                self._show(add(text))

        button.on_click(added)
        return self._kit.HBox([entry, button])

    def _new_criterion(self, place: int, when: str) -> Edits:
        return self.edits.add_criterion(place, when)

    def _new_activity(self, place: int, event: str) -> Edits:
        return self.edits.add_activity(place, event, {"zh": event, "en": event})


def _shapes(edits: Edits) -> list[tuple[Any, ...]]:
    """By stage, which parts it has: where they are the same, the same fields will do."""
    return [
        tuple(
            tuple(part["id"] for part in stage[kind])
            for kind in ("exit", "activities", "handovers")
        )
        for stage in edits.data["stages"]
    ]


def _close(widget: Any) -> None:
    """A widget that is not closed stays with the kernel for good."""
    for child in getattr(widget, "children", ()):
        _close(child)
    widget.close()


def reason_words_of(why: Mapping[str, Any], lang: Lang) -> str:
    """`twin.reason_words` of plain data, which may not be a reason yet."""
    return reason_words(Provenance.model_validate(dict(why)), lang)


def _listed(title: str | None, lines: list[str], colour: str) -> str:
    if not lines:
        return ""
    head = f"<b>{escaped(title)}</b>" if title else ""
    items = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    return f'{head}<ul role="status" style="color:{colour}">{items}</ul>'
