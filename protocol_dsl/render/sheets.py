"""Sheets of a workbook: text that stays text, lists that can be filtered, print set-up; equal input, equal bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Any, NamedTuple

from protocol_dsl.render.text import writable

CREATED = datetime(2000, 1, 1)
"""The same in every workbook, so that equal protocols give equal bytes."""
MAX_CELL = 32_767
"""Characters that a cell can hold (Excel's limit)."""
LINE, ACCENT, PALE, ZEBRA, SHADE = "#C4CFD6", "#0B5C74", "#E3F0F4", "#F6F8F9", "#FFF3D6"
A3, A4 = 8, 9
Cells = Sequence[str | int | float]
"""A row of a list."""


class Sheet(NamedTuple):
    """A worksheet with the formats of its book."""

    book: Any
    sheet: Any
    formats: dict[tuple[tuple[str, Any], ...], Any]

    def format(self, **wish: Any) -> Any:
        """A cell format, made once a book."""
        key = tuple(sorted(wish.items()))
        if key not in self.formats:
            base = {"font_name": "Calibri", "font_size": 10, "valign": "vcenter"}
            self.formats[key] = self.book.add_format(base | wish)
        return self.formats[key]

    def write(self, row: int, column: int, text: str, **wish: Any) -> None:
        """Text, never a formula, a number or a link."""
        self.sheet.write_string(row, column, cell_text(text), self.format(**wish))

    def merge(self, row: int, first: int, last: int, text: str, **wish: Any) -> None:
        """Text over several columns of a row."""
        if first < last:
            self.sheet.merge_range(row, first, row, last, "", self.format(**wish))
        self.write(row, first, text, **wish)


def cell_text(text: str) -> str:
    """The text as a cell can hold it."""
    text = writable(text)
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


class Book:
    """A workbook in memory."""

    def __init__(self, title: str) -> None:
        self._out = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        # Without type information; imported here, so that a run without a spreadsheet does not load it.
        self._book: Any = import_module("xlsxwriter").Workbook(self._out, options)
        self._book.set_properties({"title": cell_text(title)[:255], "created": CREATED})
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def sheet(self, name: str) -> Sheet:
        """A new sheet at the end."""
        return Sheet(self._book, self._book.add_worksheet(name), self._formats)

    def bytes(self) -> bytes:
        """The .xlsx file; nothing can be written afterwards."""
        self._book.close()
        return self._out.getvalue()


def plain_list(
    out: Sheet, titles: list[str], rows: Sequence[Sequence[str | int | float]], page: dict[str, Any]
) -> None:
    """A plain list that can be filtered and sorted."""
    edge = {"border": 1, "border_color": LINE}
    for column, title in enumerate(titles):
        out.write(0, column, title, bold=True, bg_color=PALE, text_wrap=True, **edge)
        longest = max([len(title), *(len(str(row[column])) for row in rows)])
        out.sheet.set_column(column, column, min(max(longest + 2, 8), 48))
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, (int, float)):
                out.sheet.write_number(number, column, value, out.format(align="left", valign="top", **edge))
            else:
                out.write(number, column, value, text_wrap=True, valign="top", **edge)
    out.sheet.freeze_panes(1, 2)
    out.sheet.autofilter(0, 0, len(rows), len(titles) - 1)
    print_setup(out, page, rows=(0, 0), area=(len(rows), len(titles) - 1), wide=False)


def print_setup(out: Sheet, page: dict[str, Any], *, rows: tuple[int, int], area: tuple[int, int], wide: bool) -> None:
    """Landscape, one page wide, the header `rows` on each page; `area` is the last row and column; `wide` for A3."""
    sheet = out.sheet
    sheet.set_landscape()
    sheet.set_paper(A3 if wide else A4)
    sheet.set_margins(0.4, 0.4, 0.5, 0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(*rows)
    sheet.print_area(0, 0, *area)
    sheet.hide_gridlines(2)
    # "&" begins a code in a footer.
    sheet.set_footer(f"&L&8{cell_text(page['footer'])[:120].replace('&', '&&')}&R&8Page &P of &N")
