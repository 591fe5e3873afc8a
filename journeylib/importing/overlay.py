"""One line of an edited sheet laid over the part it was written from, cell by cell."""

from __future__ import annotations

import copy
from typing import Any

from journeylib.exporting import words
from journeylib.exporting.cells import Labels, cell
from journeylib.exporting.sheets import Cell, Column, Kind, Level, told
from journeylib.importing import values
from journeylib.importing.added import blank, complete, unit_of
from journeylib.importing.matching import Matched, says
from journeylib.importing.names import Names
from journeylib.importing.settle import Data, provenance
from journeylib.importing.values import Raw, Unread, quoted
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Provenance
from journeylib.terms import LANGS, Lang, Text, normalised, say

Problem = tuple[str, str]


class Overlay:
    """Turns matched lines into data; collects problems and notes."""

    def __init__(self, base: TargetSpec | None, lang: Lang, names: Names) -> None:
        self.lang, self.names = lang, names
        self.labels = {ln: Labels(base, ln) for ln in LANGS} if base else {}
        self.problems: list[Problem] = []
        self.notes: list[Text] = []

    def lay(self, match: Matched) -> None:
        """Fill `match` with the part its line describes."""
        base = match.base
        if base is not None:
            part = base.part
            dumped = (
                part.to_dict()
                if isinstance(part, Text)
                else part.model_dump(mode="json", by_alias=True)
            )
            match.data, match.stage, match.list = copy.deepcopy(dumped), base.stage, base.list
        else:
            match.data, match.list = blank(match), match.sheet.lists[0]
        if match.id is not None:
            match.data["id"] = match.id
        changed = [c for c in match.sheet.columns if self._column(match, c)]
        self._texts(match, changed)
        if base is None:
            complete(match, self.lang)
            if match.sheet.level is not Level.SELF:
                what = quoted(self._title(match))
                self.notes.append(say("importing.added", where=match.where(), what=what))
        elif match.sheet.key == "goals" and changed:
            self._goal_changed(match)

    def _title(self, match: Matched) -> str:
        column = next(
            (c for c in match.sheet.columns if c.kind is Kind.TEXT), match.sheet.columns[-2]
        )
        return str(match.raw(column) or "")

    # -- cells -----------------------------------------------------------------------------------

    def _written(self, match: Matched, column: Column, lang: Lang | None = None) -> Cell:
        if match.base is None:
            return None
        return cell(column, match.base, self.labels[lang or self.lang])

    def _column(self, match: Matched, column: Column) -> bool:
        """Understand one cell; whether it says something else than what was written."""
        if column not in match.page.places:
            return False
        raw, written = match.raw(column), self._written(match, column)
        if match.base is not None and says(raw, written):
            return False
        if not column.is_input:
            if match.base is not None and column.kind is Kind.SHOWN:
                head = match.sheet.head(column, self.lang)
                self.notes.append(
                    say("importing.evidence_stays", where=match.where(column), head=head)
                )
            return False
        if column.kind in (Kind.TEXT, Kind.OTHER):
            return True
        try:
            value = self._read(match, column, raw)
        except Unread as reason:
            self.problems.append((match.where(column), reason.text.in_(self.lang)))
            return False
        self._put(match, column, value)
        if match.base is not None:
            self._tell(match, column, written, raw)
        return True

    def _read(self, match: Matched, column: Column, raw: Raw) -> Any:
        nothing = values.is_blank(raw) if column.kind is Kind.WORDS else values.says_nothing(raw)
        if nothing and column.kind not in (Kind.YES, Kind.REFS, Kind.HANDED, Kind.CHOICE):
            if column.needed and column.path != "@stage":
                raise Unread("is_needed", head=match.sheet.head(column, self.lang))
            if column.path != "@stage" or not column.needed:
                return None
        return self._understood(match, column, raw)

    def _understood(self, match: Matched, column: Column, raw: Raw) -> Any:  # noqa: C901, PLR0911 - a case a kind
        match column.kind:
            case Kind.WORDS:
                return str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw)
            case Kind.NUMBER:
                return values.whole(raw)
            case Kind.SHARE:
                return values.share(raw)
            case Kind.TARGET:
                return values.target(raw, unit_of(match.data))
            case Kind.SPAN:
                return str(values.duration(raw))
            case Kind.DATE:
                return values.date(raw).isoformat()
            case Kind.YES:
                return values.yes(raw)
            case Kind.CHOICE:
                return self._choice(match, column, raw)
            case Kind.REF:
                return self._reference(match, column, raw)
            case Kind.HANDED:
                return self._handed(match, raw)
        return self.names.ids(column.of, raw)

    def _choice(self, match: Matched, column: Column, raw: Raw) -> Any:
        if values.is_blank(raw):
            if column.needed:
                raise Unread("is_needed", head=match.sheet.head(column, self.lang))
            return None
        if values.says_nothing(raw) and not column.needed:
            return None
        return values.code(column.of, raw, self.lang)

    def _reference(self, match: Matched, column: Column, raw: Raw) -> str | None:
        if values.is_blank(raw):
            raise Unread("is_needed", head=match.sheet.head(column, self.lang))
        everywhere = {normalised(told("everywhere", lang)) for lang in LANGS}
        if column.path == "@stage" and not column.needed and normalised(str(raw)) in everywhere:
            return None
        return self.names.id(column.of, raw)

    def _handed(self, match: Matched, raw: Raw) -> list[Data]:
        known = {handed["item"]: handed for handed in match.data.get("items", ())}
        ids = self.names.ids("item", raw)
        added = provenance("added_by_hand")
        return [known.get(id, {"item": id, "why": added}) for id in dict.fromkeys(ids)]

    def _put(self, match: Matched, column: Column, value: Any) -> None:
        if column.path == "@stage":
            match.stage = value
        elif column.path == "@list":
            match.list = value
        elif "." in column.path:
            name, place = column.path.split(".")
            held = [*match.data[name], None, None][:2]
            held[int(place)] = value
            match.data[name] = held
        else:
            match.data[column.path] = value

    # -- evidence and notes ----------------------------------------------------------------------

    def _tell(self, match: Matched, column: Column, written: Cell, raw: Raw) -> None:
        if column.why:
            match.data[column.why] = self._edited(match, column)
        self._changed(match, column, written, raw)

    def _changed(self, match: Matched, column: Column, written: Cell, raw: Raw) -> None:
        head = match.sheet.head(column, self.lang)
        told = {"where": match.where(column), "was": quoted(written), "now": quoted(raw)}
        self.notes.append(say("importing.changed", head=head, **told))

    def _edited(self, match: Matched, column: Column) -> Data:
        """Why a value holds that was changed by hand: what it was, and why it was that."""
        was = Text(*(str(self._written(match, column, lang) or "–") for lang in LANGS))
        old: Provenance | None = match.base.value(column.why) if match.base else None
        if old is None:
            return {"method": "edited", "reason": say("importing.edited", was=was).to_dict()}
        why = Text(*(words.why(old, lang) for lang in LANGS))
        reason = say("importing.edited_why", was=was, why=why)
        kept = {"findings": list(old.findings), "cards": list(old.cards)}
        return {"method": "edited", "reason": reason.to_dict()} | kept

    def _goal_changed(self, match: Matched) -> None:
        """Another target is another question: what was judged of the old one does not hold."""
        if match.data.get("attainment") is not None:
            match.data["attainment"] = None
            self.notes.append(say("importing.attainment_gone", where=match.where()))

    # -- texts in two languages ------------------------------------------------------------------

    def _texts(self, match: Matched, changed: list[Column]) -> None:
        other_lang: Lang = "en" if self.lang == "zh" else "zh"
        for main in (c for c in match.sheet.columns if c.kind is Kind.TEXT):
            other = next(
                c for c in match.sheet.columns if c.kind is Kind.OTHER and c.path == main.path
            )
            if match.base is not None and main not in changed and other not in changed:
                continue
            was = match.base.value(main.path) if match.base else None
            text = {
                self.lang: self._text(match, main, was, changed),
                other_lang: self._text(match, other, was, changed),
            }
            if was is None or (other not in changed and was.zh == was.en):
                text[other_lang] = (
                    text[other_lang] if was is None and text[other_lang] else text[self.lang]
                )
            elif main in changed and other not in changed:
                head = match.sheet.head(main, self.lang)
                self.notes.append(say("importing.other_stays", where=match.where(main), head=head))
            text[self.lang] = text[self.lang] or (text[other_lang] if was is None else "")
            self._put_text(match, main, text)

    def _text(self, match: Matched, column: Column, was: Text | None, changed: list[Column]) -> str:
        lang: Lang = self.lang if column.kind is Kind.TEXT else "en" if self.lang == "zh" else "zh"
        if was is not None and column not in changed:
            return was.in_(lang)
        raw = match.raw(column)
        text = (
            ""
            if raw is None
            else str(int(raw) if isinstance(raw, float) and raw.is_integer() else raw)
        )
        if was is not None:
            self._changed(match, column, was.in_(lang), raw)
        return text

    def _put_text(self, match: Matched, main: Column, text: dict[Lang, str]) -> None:
        if main.needed and not all(words_.strip() for words_ in text.values()):
            head = match.sheet.head(main, self.lang)
            told = say("importing.is_needed", head=head).in_(self.lang)
            self.problems.append((match.where(main), told))
        elif main.path:
            match.data[main.path] = {**text}
        else:
            match.data = {str(lang): words_ for lang, words_ in text.items()}
