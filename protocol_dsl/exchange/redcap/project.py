"""A data dictionary with what its project adds to it: events, and which form is collected at which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from protocol_dsl.diagnostics.codes import red
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.exchange.redcap.dictionary import COLUMNS, OLD_COLUMNS, Cell, Line, Row, cells
from protocol_dsl.source import SourceMap, Span

_TITLES = {re.sub(r"\W+", "", title.lower()): name for name, title in COLUMNS} | {name: name for name, _ in COLUMNS}


class Project(NamedTuple):
    """Lines of a dictionary. `events` by unique name, with the forms collected there; None where they are not known."""

    lines: list[Line]
    events: dict[str, frozenset[str]] | None = None
    validations: frozenset[str] = frozenset()
    """Validations that the site has added."""

    @property
    def by_name(self) -> dict[str, Line]:
        """The first line of each field."""
        found: dict[str, Line] = {}
        for line in self.lines:
            found.setdefault(line.row.field_name, line)
        return found

    @property
    def forms(self) -> dict[str, list[Line]]:
        """The lines of each form, in the order of the file."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.row.form_name, []).append(line)
        return found


def read(sources: SourceMap, file: int) -> tuple[list[Line], list[Diagnostic]]:
    """The lines of a dictionary in a source file, and what is wrong with it as a table."""
    table = cells(sources, file)
    found: list[Diagnostic] = []
    if table.unclosed is not None:
        found.append(red.ROW.at(table.unclosed, "this quote is not closed; nothing behind it was read"))
    for span in table.loose:
        found.append(
            red.ROW.at(span, "quotes within a value", help='put the whole value in quotes and double those in it: `""`')
        )
    if not table.rows:
        found.append(red.COLUMNS.at(Span(file, 0, 0), "the file is empty", help=_titles_help()))
        return [], found
    names, trouble = _columns(table.rows[0])
    if trouble is not None:
        # Of a file that is no dictionary at all, each line would be told.
        return [], [*found, trouble] if any(map(_column, table.rows[0])) else [trouble]
    lines: list[Line] = []
    for row in table.rows[1:]:
        extra = [cell for cell in row[len(names) :] if cell.value.strip()]
        if extra:
            found.append(
                red.ROW.at(
                    extra[0].span,
                    f"this row has {len(row)} cells, the first line {len(names)}",
                    help="put a value with a comma in it in quotes",
                )
            )
        lines.append(_line(sources, row, names))
    return lines, found


def _line(sources: SourceMap, row: list[Cell], names: list[str]) -> Line:
    pairs = list(zip(names, row, strict=False))
    spans = {name: cell.span for name, cell in pairs}
    spans.setdefault("field_name", row[0].span)
    number = sources.files[row[0].span.file].position(row[0].span.start).line
    return Line(Row(**{name: cell.value for name, cell in pairs}), number, spans)


def _columns(header: list[Cell]) -> tuple[list[str], Diagnostic | None]:
    """The names of the columns of a file."""
    while header and not header[-1].value.strip():
        header = header[:-1]
    names: list[str] = []
    expected = [name for name, _ in COLUMNS]
    for place, cell in enumerate(header):
        name = _column(cell)
        if name is None or name != (expected[place] if place < len(expected) else None):
            due = dict(COLUMNS)[expected[place]] if place < len(expected) else None
            what = f"`{cell.value}` stands where the column `{due}` is due" if due else f"`{cell.value}` is no column"
            return [], red.COLUMNS.at(cell.span, what, help=_titles_help())
        names.append(name)
    if len(names) < OLD_COLUMNS:
        missing = dict(COLUMNS)[expected[len(names)]]
        return [], red.COLUMNS.at(header[-1].span, f"the column `{missing}` is missing", help=_titles_help())
    return names, None


def _column(cell: Cell) -> str | None:
    """The column that a title means."""
    written = cell.value.strip().lower()
    return _TITLES.get(written) or _TITLES.get(re.sub(r"\W+", "", written))


def _titles_help() -> str:
    return "the first line is: " + ",".join(title for _, title in COLUMNS)


def mapping(text: str, events: str) -> dict[str, frozenset[str]]:
    """Events of `events` (a CSV with `unique_event_name`) and the forms that `text` (arm, event, form) maps to them."""
    found: dict[str, set[str]] = {row.get("unique_event_name", ""): set() for row in _records(events)}
    found.pop("", None)
    for row in _records(text):
        if row.get("unique_event_name") and row.get("form"):
            found.setdefault(row["unique_event_name"], set()).add(row["form"])
    return {name: frozenset(forms) for name, forms in found.items()}


def _records(text: str) -> Iterator[dict[str, str]]:
    sources = SourceMap()
    table = cells(sources, sources.add_text("", text))
    names = [cell.value.strip() for cell in table.rows[0]] if table.rows else []
    for row in table.rows[1:]:
        yield {name: cell.value.strip() for name, cell in zip(names, row, strict=False)}
