"""Tables that people keep in spreadsheets: CSV read row by row, so that one bad row costs no other.

A row is one line of the file. Commas, semicolons and tabs separate cells, whichever the heading has; a cell in quotes
may hold the separator. The file may begin with a byte order mark.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from protocol_dsl.diagnostics.codes import ioe, par
from protocol_dsl.diagnostics.model import Diagnostic, Rule
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.participants.shifts import FIRST_YEAR, LAST_YEAR
from protocol_dsl.schedule.months import month_length
from protocol_dsl.source import SourceMap, Span

LARGEST = 1 << 30
"""Bytes of the largest file that is read."""
LONGEST_CELL = 200
"""Characters; no code, name or date is longer, and a cell that is was most likely made by a fault of a program."""

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?")
_OTHER_DATE = re.compile(r"[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{1,4}")
_SERIAL = re.compile(r"[0-9]{5}")
_LOST_BYTES = re.compile("[\udc80-\udcff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_EXCEL_DAY_0 = date(1899, 12, 30)


class Row(NamedTuple):
    """A row by column name, empty where it has no cell; `line` from 1, `start` and `end` of its text in the file."""

    cells: dict[str, str]
    line: int
    start: int
    end: int


class Refusal(Exception):
    """Why a cell cannot be used, one clause for people, and a way out."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class Table:
    """A file being read: `diagnostics` grows with each bad row, `count` with every row.

    `file` is its number in the sources.
    """

    def __init__(self, sources: SourceMap, path: str) -> None:
        self.sources = sources
        self.path = path
        self.name = os.path.basename(path)
        self.file = -1
        self.count = 0
        self.diagnostics: list[Diagnostic] = []

    def tell(self, rule: Rule, row: Row, message: str, help: str | None = None) -> None:
        """A finding about a row; its line is in the message, for those who read it without the file."""
        at = Span(self.file, row.start, row.end)
        self.diagnostics.append(rule.at(at, f"{self.name}, line {row.line}: {message}", help=help))

    def rows(self, required: Sequence[str], known: Sequence[str]) -> Iterator[Row]:
        """The rows that have a cell for each column; nothing if the heading lacks a `required` one."""
        text = self._text()
        if text is None:
            return
        self.file = self.sources.add_text(self.path, _LOST_BYTES.sub("\ufffd", text))
        lines = _lines(text)
        heading = next(((number, line, start) for number, line, start in lines if line.strip()), None)
        if heading is None:
            self.diagnostics.append(
                par.TABLE_UNUSABLE.at(
                    None, f"{self.name} is empty", help=f"its first line names the columns: {','.join(required)}"
                )
            )
            return
        number, line, start = heading
        separator = max(",;\t", key=line.count)
        columns = self._columns(Row({}, number, start, start + len(line)), line, separator, required, known)
        if columns is None:
            return
        width = len(columns)
        for number, line, start in lines:
            # A spreadsheet saves empty rows as separators only.
            if not line.strip(separator + " \t"):
                continue
            self.count += 1
            try:
                cells = _cells(line, separator)
                if len(cells) > width and any(cell for cell in cells[width:]):
                    raise Refusal(
                        f"it has {len(cells)} cells, and the heading has {width} columns",
                        "put a cell that holds a separator in quotes",
                    )
            except Refusal as refused:
                row = Row({}, number, start, start + len(line))
                self.tell(par.ROW_UNUSABLE, row, refused.message, refused.help)
                continue
            if len(cells) < width:
                cells += [""] * (width - len(cells))
            yield Row(dict(zip(columns, cells, strict=False)), number, start, start + len(line))

    def _text(self) -> str | None:
        try:
            if os.path.getsize(self.path) > LARGEST:
                raise Refusal(f"it is larger than {LARGEST >> 30} GiB")
            with open(self.path, "rb") as handle:
                data = handle.read()
        except (OSError, ValueError, Refusal) as error:
            reason = error.message if isinstance(error, Refusal) else getattr(error, "strerror", None) or str(error)
            self.diagnostics.append(ioe.FILE_UNREADABLE.at(None, f"{self.path}: {reason}"))
            return None
        for mark, what in (
            (b"PK\x03\x04", "a spreadsheet"),
            (b"\xff\xfe", "UTF-16 text"),
            (b"\xfe\xff", "UTF-16 text"),
        ):
            if data.startswith(mark):
                self.diagnostics.append(
                    par.TABLE_UNUSABLE.at(None, f"{self.name} is {what}", help="save it as “CSV UTF-8”")
                )
                return None
        text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _columns(
        self, row: Row, line: str, separator: str, required: Sequence[str], known: Sequence[str]
    ) -> list[str] | None:
        try:
            columns = [cell.casefold().replace(" ", "_") for cell in _cells(line, separator)]
        except Refusal as refused:
            self.tell(par.TABLE_UNUSABLE, row, refused.message, refused.help)
            return None
        missing = [name for name in required if name not in columns]
        twice = sorted({name for name in columns if name and columns.count(name) > 1})
        for name in missing:
            near = did_you_mean(name, [each for each in columns if each not in known])
            self.tell(
                par.TABLE_UNUSABLE,
                row,
                f"there is no column `{name}`",
                near or f"the first line names the columns: {','.join(required)}",
            )
        for name in twice:
            self.tell(par.TABLE_UNUSABLE, row, f"the column `{name}` stands twice", "rename or remove one of them")
        for name in columns:
            if name and name not in known:
                help = did_you_mean(name, known) or "these are read: " + ", ".join(known)
                self.tell(par.ROW_TO_LOOK_AT, row, f"the column `{name}` is not known and not read", help)
        return None if missing or twice else columns


def _lines(text: str) -> Iterator[tuple[int, str, int]]:
    """Number, text and start of each line."""
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line, start
        start += len(line) + 1


def _cells(line: str, separator: str) -> list[str]:
    if not line.isascii() and _LOST_BYTES.search(line):
        raise Refusal("it is not UTF-8 text", "save the file as “CSV UTF-8”")
    if _CONTROL.search(line):
        raise Refusal("it holds control characters, which no text has", "type the row anew")
    if '"' in line:
        try:
            cells = next(csv.reader([line], delimiter=separator, strict=True))
        except csv.Error:
            raise Refusal("a quote is not closed on its line", "close it, or double quotes within a cell") from None
    else:
        cells = line.split(separator)
    if len(line) > LONGEST_CELL and any(len(cell) > LONGEST_CELL for cell in cells):
        raise Refusal(f"a cell has more than {LONGEST_CELL} characters", "notes do not belong in this file")
    return [cell.strip() for cell in cells]


def read_date(text: str) -> int:
    """The ordinal of a date. Raises `Refusal`."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise Refusal(f"`{text}` is not a date", _other_date(text))
    year, month, day = (int(part) for part in found.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal(
            f"{text} lies outside the years {FIRST_YEAR} to {LAST_YEAR}", "leave a date that is not known empty"
        )
    if not 1 <= month <= 12:
        raise Refusal(f"there is no date {text}: a year has 12 months", "dates are written year-month-day")
    if not 1 <= day <= month_length(year, month):
        name = _MONTHS[month - 1]
        raise Refusal(f"there is no date {text}: {name} {year} has {month_length(year, month)} days")
    return date(year, month, day).toordinal()


def read_time(text: str) -> int:
    """The minute of the day. Raises `Refusal`."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise Refusal(f"`{text}` is not a time of day", "write hours and minutes, such as 09:30 or 14:00")
    return int(found[1]) * 60 + int(found[2])


def _other_date(text: str) -> str:
    if _SERIAL.fullmatch(text):
        meant = _EXCEL_DAY_0 + timedelta(days=int(text))
        return f"as the number of a spreadsheet it would be {meant.isoformat()}; format the column as year-month-day"
    if _OTHER_DATE.fullmatch(text):
        return "write it year-month-day, such as 2026-03-01: other orders of day and month can be misread"
    return "write it year-month-day, such as 2026-03-01"


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
