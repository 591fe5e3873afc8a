"""A specification with every part, and small tools to edit the files it is written to."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from typing import Any

import openpyxl
from lxml import etree

from journeylib.exporting.bpmn import to_bpmn
from journeylib.exporting.xlsx import to_xlsx
from journeylib.importing import Imported, imported
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang
from tests.spec_fixtures import MARKETING, SALES, small_spec

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def full_spec() -> TargetSpec:
    """The small specification with roles, constraints, findings and a judged goal besides."""
    data = small_spec().to_dict()
    why = {"method": "workshop", "findings": ["f-1"], "cards": ["card 7"]}
    data["roles"] = [
        {"id": "r-sales", "name": {"zh": "销售代表", "en": "Sales rep"}, "department": SALES},
        {"id": "r-lead", "name": {"zh": "主管", "en": "Lead"}, "department": SALES},
    ]
    data["findings"] = [
        {"id": id, "kind": "silo", "type": "carry_over_loss", "confidence": "proven", "n": 120,
         "title": {"zh": title, "en": f"Finding {id}"}}
        for id, title in (("f-1", "交付要求丢失"), ("f-2", "报价太慢"))
    ]  # fmt: skip
    data["constraints"] = [
        {"id": "k-1", "kind": "response", "activities": ["a-form", "a-contact"], "within": "4h",
         "text": {"zh": "表单之后须联系", "en": "A form is answered"}, "why": why},
        {"id": "k-2", "kind": "condition", "activities": ["a-contract"], "when": "预算 != null",
         "text": {"zh": "有预算才签约", "en": "No contract without budget"}, "why": why},
    ]  # fmt: skip
    data["information"][0] |= {"first_known": "interest", "department": MARKETING}
    interest = data["stages"][0]
    interest["probability"], interest["probability_why"] = 0.3, why
    interest["answers"] = ["f-1"]
    interest["activities"][1]["role"] = "r-sales"
    goal = interest["goals"][0]
    goal |= {"measure": "conversion", "of": "interest", "findings": ["f-1"]}
    goal["attainment"] = {"verdict": "stretch", "probability": 0.4, "adherence": 0.8,
                          "reason": {"zh": "需要改进", "en": "takes work"}}  # fmt: skip
    data["goals"] = [
        goal | {"id": "g-cycle", "measure": "cycle_time", "of": None, "better": "lower",
                "baseline": {"value": 90.0, "unit": "h", "n": 12, "method": "km"}}
    ]  # fmt: skip
    return TargetSpec.model_validate(data | {"version": 3, "follows": "f" * 16})


@functools.cache
def _written(spec: str, lang: Lang) -> bytes:
    return to_xlsx(TargetSpec.from_json(spec), lang)


class Sheets:
    """An exported workbook, opened to be edited by sheet and head, as a person would."""

    def __init__(self, spec: TargetSpec, lang: Lang = "zh") -> None:
        self.book: Any = openpyxl.load_workbook(io.BytesIO(_written(spec.to_json(), lang)))

    def column(self, sheet: str, head: str) -> int:
        return next(c.column for c in self.book[sheet][1] if c.value == head)

    def put(self, sheet: str, row: int, head: str, value: object) -> None:
        self.book[sheet].cell(row, self.column(sheet, head)).value = value

    def add(self, sheet: str, **cells: object) -> int:
        """A new row under the last one; cells by head."""
        page = self.book[sheet]
        row = 1 + max(c.row for line in page.iter_rows() for c in line if c.value is not None)
        for head, value in cells.items():
            self.put(sheet, row, head, value)
        return row

    def delete(self, sheet: str, row: int) -> None:
        self.book[sheet].delete_rows(row)

    def content(self) -> bytes:
        raw = io.BytesIO()
        self.book.save(raw)
        return raw.getvalue()

    def read(self) -> Imported:
        return imported(self.content(), "edited.xlsx")


def drawn(
    spec: TargetSpec, change: Callable[[etree._Element], object], lang: Lang = "zh"
) -> Imported:
    """The exported BPMN read back after `change` was made to its tree."""
    root = etree.fromstring(to_bpmn(spec, lang))
    change(root)
    return imported(etree.tostring(root, encoding="UTF-8"), "edited.bpmn")


def by_id(root: etree._Element, id: str) -> etree._Element:
    return next(element for element in root.iter() if element.get("id") == id)


def told(found: Imported) -> str:
    return found.report("zh")
