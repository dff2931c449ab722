"""The schedule of assessments as a Word document, as section 1.3 of a protocol after ICH M11 has it."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.page import page, words
from protocol_dsl.render.soa import TITLE
from protocol_dsl.render.soa_rows import Row as SoaRow
from protocol_dsl.render.soa_table import Table as SoaTable
from protocol_dsl.render.soa_table import panels
from protocol_dsl.render.soa_view import Timed, View, legend, view
from protocol_dsl.render.word import PALE, SHADE, Block, Cell, Paragraph, Row, Run, Table, cell, document, text

MOST_VISITS = 28
"""More visits than this are shown in several tables: on A4 a column would be narrower than its mark."""
UPRIGHT_FROM = 11
"""From so many columns on, the headers stand upright."""
UPRIGHT = 1500
"""Their height at most, in twentieths of a point; a letter takes about 75."""


def outputs(rendering: Rendering) -> list[Output]:
    """`soa.docx`."""
    found = view(rendering.protocol, rendering.schedule)
    made = document(
        "soa.docx", blocks(found), words(page(rendering, TITLE)), rendering.templates, landscape=True
    )  # fmt: skip
    return [Output("soa.docx", made)]


def blocks(found: View) -> Iterator[Block]:
    """What stands in the document: the table in parts that fit, those of arms, legend, footnotes, times."""
    members = found.groups.tables if found.groups is not None else []
    for table in [each for whole in (found.table, *members) for each in panels(whole, MOST_VISITS)]:
        if table.title:
            yield text(table.title, "Heading 2")
        if table.columns:
            yield _table(table)
    yield text(legend(found), "Trial Note")
    for note in found.footnotes:
        yield Paragraph((Run(note.letter, "Trial Letter"), Run(f" {note.text}")), "Trial Note")
    for remark in found.remarks:
        yield text(remark, "Trial Note")
    if found.timed is not None:
        yield text("Times within a visit", "Heading 2")
        yield _times(found.timed)


def _table(table: SoaTable) -> Table:
    upright = len(table.columns) >= UPRIGHT_FROM
    rows = [*_head(table, upright)]
    for section in table.sections:
        title = Cell((text(section.title, "Trial Section"),), len(table.columns) + 1, PALE)
        rows.append(Row((title,), keep=True))
        rows += [_row(row) for row in section.rows]
    name = max(100 - 6 * len(table.columns), 22)
    return Table((name, *((100 - name) / len(table.columns) for _ in table.columns)), tuple(rows))


def _head(table: SoaTable, upright: bool) -> Iterator[Row]:
    """Rows that repeat on each page. A stage over one or two narrow columns stands upright as its visits do."""
    stages = [
        _noted(span.title, span.notes, "Trial Upright" if upright and span.width < 3 else "Trial Mark", span.width,
               upright and span.width < 3)
        for span in table.spans
    ]  # fmt: skip
    narrow = [len(span.title) for span in table.spans if upright and span.width < 3]
    yield Row((cell("Stage", "Trial Head"), *stages), head=True, height=_height(narrow))
    columns = table.columns
    lines = [("Visit", [_noted(each.label, each.notes, *_style(upright)) for each in columns])]
    days = [each.day for each in columns]
    windows = [each.window for each in columns]
    if upright and table.has_windows:
        # Two short lines side by side leave more of the page to the table.
        lines.append(("Day, window", [_two(*each) for each in zip(days, windows, strict=True)]))
    else:
        lines.append(("Day", [_noted(said, (), *_style(upright)) for said in days]))
        if table.has_windows:
            lines.append(("Window", [_noted(said, (), *_style(upright)) for said in windows]))
    if table.has_contacts:
        lines.append(("Contact", [_noted(each.contact, (), *_style(upright)) for each in columns]))
    for title, cells in lines:
        longest = [len(run.text) for each in cells for said in each.paragraphs for run in said.runs[:1]]
        yield Row((cell(title, "Trial Head"), *cells), head=True, height=_height(longest) if upright else 0)


def _style(upright: bool) -> tuple[str, int, bool]:
    return "Trial Upright" if upright else "Trial Mark", 1, upright


def _two(day: str, window: str) -> Cell:
    lines = tuple(text(said, "Trial Upright") for said in (day, window) if said)
    return Cell(lines or (text("", "Trial Upright"),), upright=True)


def _height(lengths: list[int]) -> int:
    return min(max(lengths) * 75 + 160, UPRIGHT) if lengths else 0


def _noted(said: str, notes: tuple[str, ...], style: str, span: int, upright: bool) -> Cell:
    letters = (Run(",".join(notes), "Trial Letter"),) if notes else ()
    return Cell((Paragraph((Run(said), *letters), style),), span, "" if style == "Trial Upright" else PALE, upright)


def _row(row: SoaRow) -> Row:
    letters = (Run(",".join(row.notes), "Trial Letter"),) if row.notes else ()
    who = (Run(f"  {row.who}", "Trial Word"),) if row.who else ()
    name = [Paragraph((Run(row.label), *letters, *who))]
    if row.detail:
        name.append(text(row.detail, run="Trial Soft"))
    return Row((Cell(tuple(name)), *_cells(row)))


def _cells(row: SoaRow) -> Iterator[Cell]:
    for run in row.runs:
        if run.cell.kind == "bar":
            yield Cell((text(run.text or "→", "Trial Mark"),), run.width, PALE)
        else:
            letters = (Run(",".join(run.cell.notes), "Trial Letter"),) if run.cell.notes else ()
            mark = Paragraph((Run(run.cell.mark), *letters), "Trial Mark")
            yield Cell((mark,), fill=SHADE if run.cell.is_shaded else "")


def _times(timed: Timed) -> Table:
    rows = [Row((cell("Assessment", "Trial Head"), cell("Visits", "Trial Head"),
                 *(cell(point, "Trial Mark") for point in timed.points)), head=True)]  # fmt: skip
    for each in timed.rows:
        rows.append(Row((cell(each.label), cell(each.visits), *(cell(mark, "Trial Mark") for mark in each.cells))))
    rest = 60 / max(len(timed.points), 1)
    return Table((22, 18, *(rest for _ in timed.points)), tuple(rows))
