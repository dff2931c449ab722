"""The schedule of assessments as a workbook: the table, the visits, the assessments."""

from __future__ import annotations

from typing import Any

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Assessment, Visit
from protocol_dsl.render.days import day_number
from protocol_dsl.render.footnotes import Words, point_text
from protocol_dsl.render.sheets import ACCENT, LINE, PALE, SHADE, ZEBRA, Book, Sheet, plain_list, print_setup
from protocol_dsl.render.soa_columns import CONTACTS, TINTS, one_line, ordered_visits
from protocol_dsl.render.soa_groups import Groups
from protocol_dsl.render.soa_rows import Row
from protocol_dsl.render.soa_sections import heading_of
from protocol_dsl.render.soa_table import Table
from protocol_dsl.render.soa_view import View, legend, noted
from protocol_dsl.schedule.build import Schedule

TINT_COLOURS = ("#DCEAF1", "#E9E4F3", "#FBEAD2", "#FADFDC", "#DFF0E2", "#ECEFF1")
FIRST_ROW = 3
LONGEST_SHEET_NAME = 31


def workbook(view: View, protocol: Protocol, schedule: Schedule, page: dict[str, Any]) -> bytes:
    """The bytes of an .xlsx file; equal input gives equal bytes."""
    book = Book(page["line"])
    _schedule_sheet(book.sheet("Schedule"), view, view.table, page)
    if view.groups is not None:
        names = _sheet_names([each.name for each in view.groups.members])
        for name, table in zip(names, view.groups.tables, strict=False):
            _schedule_sheet(book.sheet(name), view, table, page)
        _difference_sheet(book.sheet("Differences"), view.groups, page)
    _visit_sheet(book.sheet("Visits"), protocol, schedule, page)
    _assessment_sheet(book.sheet("Assessments"), protocol, page)
    return book.bytes()


def _sheet_names(names: list[str]) -> list[str]:
    """Names of worksheets, of at most 31 characters and all different."""
    made: list[str] = []
    for number, name in enumerate(names, 1):
        text = f"For {name}"
        is_free = len(text) <= LONGEST_SHEET_NAME and text.casefold() not in {each.casefold() for each in made}
        made.append(text if is_free else f"For {number} {name}"[:LONGEST_SHEET_NAME])
    return made


def _difference_sheet(out: Sheet, groups: Groups, page: dict[str, Any]) -> None:
    titles = ["Section", "What", *(each.title for each in groups.members)]
    plain_list(out, titles, [[row.section, row.label, *row.cells] for row in groups.differences], page)


def _schedule_sheet(out: Sheet, view: View, table: Table, page: dict[str, Any]) -> None:
    last = len(table.columns)
    _title(out, page)
    out.write(2, 0, table.title, bold=True, font_color=ACCENT)
    at = _headers(out, table)
    out.sheet.freeze_panes(at, 1)
    head_end = at - 1
    zebra = 0
    for section in table.sections:
        out.merge(
            at, 0, max(last, 0), section.title, bold=True, font_color=ACCENT, bg_color=PALE, border=1, border_color=LINE
        )
        at += 1
        for row in section.rows:
            _row(out, at, row, zebra % 2 == 1)
            zebra += 1
            at += 1
    at += 1
    for text in _below(view):
        out.write(at, 0, text)
        at += 1
    out.sheet.set_column(0, 0, 38)
    out.sheet.set_column(1, max(last, 1), _column_width(table))
    print_setup(out, page, rows=(FIRST_ROW, head_end), area=(at, last), wide=last > 36)


def _title(out: Sheet, page: dict[str, Any]) -> None:
    out.write(0, 0, page["trial"]["title"], bold=True, font_size=13)
    out.write(1, 0, page["line"], font_color="#51626E")


def _headers(out: Sheet, table: Table) -> int:
    """The header rows from `FIRST_ROW` on; the first row below them."""
    at = FIRST_ROW
    edge = {"border": 1, "border_color": LINE}
    out.write(at, 0, "Stage", bold=True, **edge)
    column = 1
    for span in table.spans:
        colour = TINT_COLOURS[span.tint % TINTS]
        text = noted(span.title, span.notes)
        out.merge(
            at,
            column,
            column + span.width - 1,
            text,
            bold=True,
            align="center",
            text_wrap=True,
            bg_color=colour,
            **edge,
        )
        column += span.width
    lines = [("Visit", [noted(each.label, each.notes) for each in table.columns], True)]
    lines.append(("Name", [each.visit for each in table.columns], False))
    lines.append(("Day", [each.day for each in table.columns], False))
    if table.has_windows:
        lines.append(("Window", [each.window for each in table.columns], False))
    if any(each.possible for each in table.columns):
        lines.append(("Possible days", [each.possible for each in table.columns], False))
    if table.has_contacts:
        lines.append(("Contact", [each.contact for each in table.columns], False))
    for title, texts, is_bold in lines:
        at += 1
        out.write(at, 0, title, bold=True, **edge)
        upright = len(table.columns) > 14 and title != "Name" and any(len(text) > 7 for text in texts)
        if upright:
            out.sheet.set_row(at, min(max(len(text) for text in texts) * 5.6 + 8, 150))
        for number, (text, each) in enumerate(zip(texts, table.columns, strict=True), 1):
            out.write(
                at, number, text, bold=is_bold, align="center", text_wrap=not upright, rotation=90 if upright else 0,
                font_size=9, bg_color=TINT_COLOURS[each.tint % TINTS] if is_bold else "#FFFFFF", **edge,
            )  # fmt: skip
    return at + 1


def _row(out: Sheet, at: int, row: Row, is_zebra: bool) -> None:
    ground = ZEBRA if is_zebra else "#FFFFFF"
    edge = {"border": 1, "border_color": LINE}
    extra = "; ".join(text for text in (row.detail, f"for {row.who}" if row.who else "") if text)
    label = noted(row.label, row.notes) + (f" ({extra})" if extra else "")
    out.write(at, 0, label, text_wrap=True, bg_color=ground, **edge)
    column = 1
    for run in row.runs:
        end = column + run.width - 1
        if run.cell.kind == "bar":
            out.merge(
                at, column, end, run.text, align="center", font_size=9, font_color="#FFFFFF", bg_color=ACCENT, **edge
            )
        else:
            colour = SHADE if run.cell.is_shaded else ground
            out.write(at, column, noted(run.cell.mark, run.cell.notes), align="center", bg_color=colour, **edge)
        column = end + 1


def _below(view: View) -> list[str]:
    lines = [legend(view)]
    lines += [f"{note.letter}  {note.text}" for note in view.footnotes]
    return lines + view.remarks


def _column_width(table: Table) -> float:
    longest = max((len(column.visit) for column in table.columns), default=5)
    return min(max(longest + 1.5, 6.5), 12) if len(table.columns) > 14 else 14


def _visit_sheet(out: Sheet, protocol: Protocol, schedule: Schedule, page: dict[str, Any]) -> None:
    words, stages = Words(protocol), {stage.name: one_line(stage.title) for stage in protocol.stages}

    def cells(visit: Visit) -> list[str | int]:
        low, high = schedule.bounds.get(visit.name, (visit.earliest, visit.latest))
        return [
            visit.name, one_line(visit.title), stages.get(visit.stage or "", visit.cycle or ""), visit.timing.text,
            visit.window.text if visit.window else "",
            day_number(low, protocol.timeline), day_number(high, protocol.timeline),
            CONTACTS.get(visit.contact, visit.contact),
            visit.condition.english if visit.condition else "",
            words.who(visit),
            " ".join(visit.remarks),
        ]  # fmt: skip

    titles = [
        "Name",
        "Visit",
        "Stage",
        "Day",
        "Window",
        "Earliest day",
        "Latest day",
        "Contact",
        "Condition",
        "For",
        "Remarks",
    ]
    plain_list(out, titles, [cells(visit) for visit in ordered_visits(protocol)], page)


def _assessment_sheet(out: Sheet, protocol: Protocol, page: dict[str, Any]) -> None:
    words = Words(protocol)
    visits = {visit.name: one_line(visit.title) for visit in protocol.visits}

    def cells(part: Assessment) -> list[str | int]:
        instrument = protocol.instrument(part.instrument) if part.instrument else None
        times = [", ".join(point_text(point) for point in each.points) for each in part.sampling]
        return [
            part.name, one_line(part.title), heading_of(part),
            instrument.title if instrument else part.instrument or "", part.method or "", part.specimen or "",
            words.quantity(part.blood) if part.blood else "", words.quantity(part.valid) if part.valid else "",
            ", ".join(visits.get(name, name) for name in part.visits), "; ".join(times),
            part.condition.english if part.condition else "", words.who(part),
            ", ".join(one_line(result.title) + (f" ({result.unit})" if result.unit else "") for result in part.results),
        ]  # fmt: skip

    titles = [
        "Name", "Assessment", "Category", "Instrument", "Method", "Specimen", "Blood", "Valid for", "Visits",
        "Times within the visit", "Condition", "For", "Results",
    ]  # fmt: skip
    plain_list(out, titles, [cells(part) for part in protocol.assessments], page)
