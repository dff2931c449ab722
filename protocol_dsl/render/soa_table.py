"""One table of the schedule of assessments, and how a wide one is cut into parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from protocol_dsl.render.soa_columns import Column, Span
from protocol_dsl.render.soa_rows import Row, Section

MAX_COLUMNS = 54
"""More visits than this are shown in several tables: a column of an A3 page would be narrower than its mark."""


class Table(NamedTuple):
    """One table. `has_…` tell which header rows hold anything; `title` is empty when it is the only one."""

    title: str
    columns: list[Column]
    spans: list[Span]
    stages: list[str]
    sections: list[Section]
    has_windows: bool
    has_contacts: bool
    id: str
    """Its name in a document that links to it."""


def panels(table: Table, most: int = MAX_COLUMNS) -> list[Table]:
    """The table cut into parts of at most `most` columns, between stages where that is possible."""
    if len(table.columns) <= most:
        return [table]
    parts = list(_cuts([span.width for span in table.spans], most))
    return [
        _part(table, start, end)._replace(
            title=_titled(table.title, f"part {number} of {len(parts)}"), id=table.id if number == 1 else ""
        )
        for number, (start, end) in enumerate(parts, 1)
    ]


def _titled(title: str, part: str) -> str:
    return f"{title}, {part}" if title else part.capitalize()


def _cuts(widths: list[int], most: int) -> Iterator[tuple[int, int]]:
    """Ranges of columns: whole spans as long as they fit, and pieces of a span wider than a part."""
    start = end = 0
    for width in widths:
        if end > start and end + width - start > most:
            yield start, end
            start = end
        end += width
        while end - start > most:
            yield start, start + most
            start += most
    if end > start:
        yield start, end


def _part(table: Table, start: int, end: int) -> Table:
    at = 0
    spans: list[Span] = []
    for span in table.spans:
        inside = min(end, at + span.width) - max(start, at)
        if inside > 0:
            spans.append(span._replace(first=max(start, at) - start, width=inside))
        at += span.width
    body = [
        section._replace(
            rows=[row._replace(cells=row.cells[start:end]) for row in section.rows if _shows(row, start, end)]
        )
        for section in table.sections
    ]
    return table._replace(
        columns=table.columns[start:end],
        stages=table.stages[start:end],
        spans=spans,
        sections=[section for section in body if section.rows],
    )


def _shows(row: Row, start: int, end: int) -> bool:
    return any(cell.kind != "empty" for cell in row.cells[start:end])
