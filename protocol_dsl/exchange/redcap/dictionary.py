"""Data dictionaries of REDCap: rows of eighteen columns, read with the place of each cell, and written.

The columns and what may stand in them are those of REDCap's own template and of its API (`content=metadata`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from protocol_dsl.source import SourceMap, Span

COLUMNS: tuple[tuple[str, str], ...] = (
    ("field_name", "Variable / Field Name"),
    ("form_name", "Form Name"),
    ("section_header", "Section Header"),
    ("field_type", "Field Type"),
    ("field_label", "Field Label"),
    ("select_choices_or_calculations", "Choices, Calculations, OR Slider Labels"),
    ("field_note", "Field Note"),
    ("text_validation_type_or_show_slider_number", "Text Validation Type OR Show Slider Number"),
    ("text_validation_min", "Text Validation Min"),
    ("text_validation_max", "Text Validation Max"),
    ("identifier", "Identifier?"),
    ("branching_logic", "Branching Logic (Show field only if...)"),
    ("required_field", "Required Field?"),
    ("custom_alignment", "Custom Alignment"),
    ("question_number", "Question Number (surveys only)"),
    ("matrix_group_name", "Matrix Group Name"),
    ("matrix_ranking", "Matrix Ranking?"),
    ("field_annotation", "Field Annotation"),
)
"""Name in the API and title in the file, in the order of the file."""
OLD_COLUMNS = 16
"""Dictionaries of old versions end after the matrix group, or after its ranking."""


class Row(NamedTuple):
    """One field of a project, all values as they stand in the file."""

    field_name: str = ""
    form_name: str = ""
    section_header: str = ""
    field_type: str = ""
    field_label: str = ""
    select_choices_or_calculations: str = ""
    field_note: str = ""
    text_validation_type_or_show_slider_number: str = ""
    text_validation_min: str = ""
    text_validation_max: str = ""
    identifier: str = ""
    branching_logic: str = ""
    required_field: str = ""
    custom_alignment: str = ""
    question_number: str = ""
    matrix_group_name: str = ""
    matrix_ranking: str = ""
    field_annotation: str = ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Code and label of each choice; what is malformed is left out."""
        parts = (part.partition(",") for part in self.select_choices_or_calculations.split("|"))
        return [(code.strip(), label.strip()) for code, comma, label in parts if comma and code.strip()]

    @property
    def validation(self) -> str:
        """The validation type, in lower case as REDCap reads it."""
        return self.text_validation_type_or_show_slider_number.strip().lower()


class Cell(NamedTuple):
    """A value of a CSV file and where it stands, its quotes included."""

    value: str
    span: Span


class Line(NamedTuple):
    """A row with the places of its cells, by the name of the column."""

    row: Row
    number: int
    spans: dict[str, Span]

    def span(self, column: str) -> Span:
        """Where a column of the row stands; the name of its field, when the row ends before the column."""
        return self.spans.get(column) or self.spans["field_name"]


class Table(NamedTuple):
    """The cells of a CSV file; `loose` are values with quotes where none belong, `unclosed` a quote without an end."""

    rows: list[list[Cell]]
    loose: list[Span]
    unclosed: Span | None = None


def cells(sources: SourceMap, file: int) -> Table:
    """The cells of a file by RFC 4180, with their places; rows in which nothing stands are left out."""
    text = sources.files[file].text
    rows: list[list[Cell]] = []
    row: list[Cell] = []
    loose: list[Span] = []
    at, end = 0, len(text)
    while at <= end:
        start = at
        if text.startswith('"', at):
            value, at, closed = _quoted(text, at + 1)
            if not closed:
                return Table(rows, loose, Span(file, start, start + 1))
            rest = at
            while at < end and text[at] not in ",\n":
                at += 1
            if text[rest:at].strip():
                loose.append(Span(file, start, at))
            value += text[rest:at]
        else:
            while at < end and text[at] not in ",\n":
                at += 1
            value = text[start:at]
            if '"' in value:
                loose.append(Span(file, start, at))
        row.append(Cell(value, Span(file, start, max(at, start))))
        if at >= end or text[at] == "\n":
            if any(cell.value.strip() for cell in row):
                rows.append(row)
            row = []
            if at >= end:
                break
        at += 1
    return Table(rows, loose)


def _quoted(text: str, at: int) -> tuple[str, int, bool]:
    """The value from behind an opening quote, the place behind the closing one, and whether there is one."""
    parts: list[str] = []
    while True:
        quote = text.find('"', at)
        if quote < 0:
            return "", len(text), False
        parts.append(text[at:quote])
        if text[quote + 1 : quote + 2] != '"':
            return "".join(parts), quote + 1, True
        parts.append('"')
        at = quote + 2


def write(rows: Iterable[Row]) -> str:
    """A dictionary as REDCap's own template lays it out: titles in the first line, quotes only where they are due."""
    return csv_text([[title for _, title in COLUMNS], *rows])


def csv_text(lines: Iterable[Sequence[str]]) -> str:
    """Lines of cells as CSV (RFC 4180)."""
    return "".join(",".join(map(_written, line)) + "\r\n" for line in lines)


def _written(value: str) -> str:
    if any(sign in value for sign in ',"\r\n') or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value
