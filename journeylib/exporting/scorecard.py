"""The selection scorecard as a workbook: people type names and scores, formulas do the sums.

The formulas are ours; whatever people or a log have written stays text. What is not scored does not
count as 0: the weighted score is taken over the criteria that have a score, beside the share of the
weight that has one. The same scorecard gives the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeylib.documents.sheets import put, saved
from journeylib.project.scorecard import GROUPS, Scorecard
from journeylib.terms import Lang, say

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HEAD = 4
"""Row of the head; criteria follow."""
COLUMNS = ("group", "criterion", "weight", "check", "evidence")
WIDTHS = (14, 52, 9, 52, 28)


def to_xlsx(card: Scorecard, lang: Lang) -> bytes:
    """`card` as an Excel workbook with a column to fill in for each vendor."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _told("scorecard_title", lang)
    put(sheet, 1, 1, _told("scorecard_title", lang))
    put(sheet, 2, 1, _told("scorecard_sheet", lang, best=card.best))
    _head(sheet, card, lang)
    _criteria(sheet, card, lang)
    _sums(sheet, card, lang)
    _dress(sheet, card)
    return saved(book)


def _told(key: str, lang: Lang, **values: object) -> str:
    return say(f"project.{key}", **values).in_(lang)


def _head(sheet: Worksheet, card: Scorecard, lang: Lang) -> None:
    for column, key in enumerate(COLUMNS, 1):
        put(sheet, HEAD, column, _told(f"head_{key}", lang))
    for number, vendor in enumerate(card.vendors):
        column = len(COLUMNS) + 1 + number
        put(
            sheet, HEAD, column, vendor or _told("vendor", lang, letter=chr(ord("A") + number % 26))
        )
        sheet.cell(HEAD, column).number_format = "@"


def _criteria(sheet: Worksheet, card: Scorecard, lang: Lang) -> None:
    for row, criterion in enumerate(card.criteria, HEAD + 1):
        put(sheet, row, 1, _told(f"group_{criterion.group}", lang))
        put(sheet, row, 2, criterion.words.in_(lang))
        put(sheet, row, 3, criterion.weight)
        put(sheet, row, 4, criterion.check.in_(lang))
        put(sheet, row, 5, " ".join(criterion.evidence))


def _sums(sheet: Worksheet, card: Scorecard, lang: Lang) -> None:
    """Below the criteria: score, share of the weight behind it, rank, score of each group."""
    last = HEAD + len(card.criteria)
    groups = [g for g in GROUPS if any(c.group == g for c in card.criteria)]
    names = [_told(f"sum_{key}", lang) for key in ("score", "scored", "rank")]
    names += [_told("sum_group", lang, group=say(f"project.group_{group}")) for group in groups]
    for row, name in enumerate(names, last + 2):
        put(sheet, row, 2, name)
    for column in range(len(COLUMNS) + 1, len(COLUMNS) + 1 + len(card.vendors)):
        formulas = _formulas(
            card, last, column, [_told(f"group_{group}", lang) for group in groups]
        )
        for row, (formula, style) in enumerate(formulas, last + 2):
            sheet.cell(row, column, formula).number_format = style


def _formulas(card: Scorecard, last: int, column: int, groups: list[str]) -> list[tuple[str, str]]:
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(column)
    first_vendor = get_column_letter(len(COLUMNS) + 1)
    last_vendor = get_column_letter(len(COLUMNS) + len(card.vendors))
    rows = f"{HEAD + 1}:{{0}}{last}"
    scores, weights = (f"{c}{HEAD + 1}:{c}{last}" for c in (letter, "$C"))
    of_group = "$A" + rows.format("$A")
    scored = f'SUMIF({scores},">=0",{weights})'
    total = last + 2
    all_totals = f"${first_vendor}${total}:${last_vendor}${total}"
    formulas = [
        (f'=IF({scored}=0,"",SUMPRODUCT({weights},{scores})/{scored})', "0.00"),
        (f'=IF(SUM({weights})=0,"",{scored}/SUM({weights}))', "0 %"),
        (f'=IF({letter}{total}="","",RANK({letter}{total},{all_totals}))', "0"),
    ]
    for group in groups:
        inside = f'SUMIFS({weights},{of_group},"{group}",{scores},">=0")'
        summed = f'SUMPRODUCT(({of_group}="{group}")*{weights}*{scores})'
        formulas.append((f'=IF({inside}=0,"",{summed}/{inside})', "0.00"))
    return formulas


def _dress(sheet: Worksheet, card: Scorecard) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    last, columns = HEAD + len(card.criteria), len(COLUMNS) + len(card.vendors)
    for cell in sheet[HEAD]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="2F5D8A")
    for column in range(1, columns + 1):
        sheet.cell(last + 2, column).font = Font(bold=True)
    sheet["A1"].font = Font(bold=True, size=14)
    for column in range(1, columns + 1):
        width = WIDTHS[column - 1] if column <= len(WIDTHS) else 16
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row in (1, 2):
        sheet.cell(row, 1).alignment = Alignment(vertical="top")
    first, final = (get_column_letter(c) for c in (len(COLUMNS) + 1, columns))
    allowed = DataValidation(
        type="decimal", operator="between", formula1="0", formula2=str(card.best), allow_blank=True
    )
    allowed.add(f"{first}{HEAD + 1}:{final}{last}")
    sheet.add_data_validation(allowed)
    sheet.freeze_panes = f"D{HEAD + 1}"
