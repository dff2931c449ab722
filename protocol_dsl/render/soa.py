"""The schedule of assessments in its five forms, with the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page
from protocol_dsl.render.soa_rows import Row
from protocol_dsl.render.soa_table import Table, panels
from protocol_dsl.render.soa_view import View, legend, noted, view
from protocol_dsl.render.spreadsheet import workbook
from protocol_dsl.render.text import csv_bytes
from protocol_dsl.render.timeline import timeline

TITLE = "Schedule of assessments"
UPRIGHT_FROM = 15
"""From so many columns on, the headers stand upright."""
WIDE_FROM = 24
"""From so many columns on, the names of the rows take less room, so that more visits fit on a screen."""
A3_FROM = 37
"""From so many columns on, the table is printed on A3."""


def outputs(rendering: Rendering) -> list[Output]:
    """`soa.html`, `soa.md`, `soa.csv`, `soa.xlsx` and, where a visit has a day, `timeline.svg`."""
    protocol, schedule, templates = rendering.protocol, rendering.schedule, rendering.templates
    found = view(protocol, schedule)
    head = page(rendering, TITLE)
    picture = timeline(protocol, schedule)
    data: dict[str, Any] = {
        "page": head,
        "soa": found,
        "legend": legend(found),
        "panels": [*panels(found.table), *(part for each in _members(found) for part in panels(each))],
        "is_upright": len(found.table.columns) >= UPRIGHT_FROM,
        "is_wide": len(found.table.columns) >= WIDE_FROM,
        "paper": "A3" if len(found.table.columns) >= A3_FROM else "A4",
        "timeline": picture,
        "trial": head["trial"]["title"],
    }
    made = [
        Output("soa.html", render("soa.html.j2", data, templates).encode()),
        Output("soa.md", render("soa.md.j2", data, templates).encode()),
        Output("soa.csv", csv_bytes(csv_rows(found, head))),
        Output("soa.xlsx", workbook(found, protocol, schedule, head)),
    ]
    if picture:
        made.append(Output("timeline.svg", render("timeline.svg.j2", data, templates).encode()))
    return made


def _members(found: View) -> list[Table]:
    """The tables of arms or populations, where they differ."""
    return found.groups.tables if found.groups is not None else []


def csv_rows(found: View, head: dict[str, Any]) -> Iterator[list[str]]:
    """The header rows, a row an assessment with its category in front; the same for each arm; then the footnotes."""
    yield [head["line"]]
    yield from _csv_table(found.table)
    for table in _members(found):
        yield []
        yield [table.title]
        yield from _csv_table(table)
    yield []
    yield [legend(found)]
    for note in found.footnotes:
        yield [note.letter, note.text]
    for remark in found.remarks:
        yield ["", remark]
    if found.groups is not None:
        yield []
        yield ["Category", "Differences", *(each.title for each in found.groups.members)]
        for row in found.groups.differences:
            yield [row.section, row.label, *row.cells]


def _csv_table(table: Table) -> Iterator[list[str]]:
    yield ["", "Stage", "", *table.stages]
    yield ["", "Visit", "", *(noted(each.label, each.notes) for each in table.columns)]
    yield ["", "Day", "", *(each.day for each in table.columns)]
    yield ["", "Window", "", *(each.window for each in table.columns)]
    if any(each.possible for each in table.columns):
        yield ["", "Possible days", "", *(each.possible for each in table.columns)]
    yield ["", "Contact", "", *(each.contact for each in table.columns)]
    yield ["Category", "Assessment", "For", *(each.visit for each in table.columns)]
    for section in table.sections:
        for row in section.rows:
            yield [section.title, _label(row), row.who, *_cells(row)]


def _label(row: Row) -> str:
    return noted(row.label, row.notes) + (f" ({row.detail})" if row.detail else "")


def _cells(row: Row) -> Iterator[str]:
    for cell in row.cells:
        yield "continuous" if cell.kind == "bar" else noted(cell.mark, cell.notes)
