"""The schedule of assessments as plain data: what its HTML, Markdown, CSV and spreadsheet have in common."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import TimePoint
from protocol_dsl.render.footnotes import Footnote, Footnotes, Words, tolerance
from protocol_dsl.render.soa_columns import header, one_line, ordered_visits, place
from protocol_dsl.render.soa_groups import Groups, groups
from protocol_dsl.render.soa_rows import IF_NEEDED, sections
from protocol_dsl.render.soa_table import Table
from protocol_dsl.schedule.build import Schedule


class TimedRow(NamedTuple):
    """Times of an assessment within visits; `cells` has the tolerance, `X` without one, or nothing."""

    label: str
    visits: str
    cells: list[str]
    place: str


class Timed(NamedTuple):
    """The times within a visit: one column a time point, from the dose."""

    points: list[str]
    rows: list[TimedRow]


class View(NamedTuple):
    """The whole document. `remarks` are facts about the schedule that belong to no column."""

    table: Table
    footnotes: list[Footnote]
    remarks: list[str]
    timed: Timed | None
    uses_if_needed: bool
    uses_shading: bool
    groups: Groups | None
    """The tables of arms or populations, where they differ."""


def view(protocol: Protocol, schedule: Schedule) -> View:
    """The schedule of assessments of a protocol; the same protocol gives the same letters."""
    words, footnotes = Words(protocol), Footnotes()
    head = header(protocol, schedule, words, footnotes)
    body = sections(protocol, ordered_visits(protocol), words, footnotes)
    table = Table(
        title="",
        columns=head.columns,
        spans=head.spans,
        stages=head.stages,
        sections=body,
        has_windows=any(column.window for column in head.columns),
        has_contacts=any(column.contact for column in head.columns),
        id="all",
    )
    cells = [cell for section in body for row in section.rows for cell in row.cells]
    return View(
        table,
        footnotes.listed(),
        _remarks(protocol, words),
        timed(protocol),
        any(cell.mark == IF_NEEDED for cell in cells),
        any(cell.is_shaded for cell in cells),
        groups(protocol, table),
    )


def noted(text: str, notes: tuple[str, ...]) -> str:
    """The text with its footnotes' letters behind it: `X a,b`."""
    return f"{text} {','.join(notes)}" if notes else text


def legend(found: View) -> str:
    """What the marks mean."""
    parts = ["X = done at this visit"]
    if found.uses_if_needed:
        parts.append("(X) = optional, or only under the condition in its footnote")
    if found.uses_shading:
        parts.append("shaded = not for every participant")
    return "; ".join(parts) + "."


def timed(protocol: Protocol) -> Timed | None:
    """The times within a visit; None where no assessment has any."""
    points = sorted(
        {(point.minute, not point.pre_dose, point.text) for part in protocol.assessments for each in part.sampling
         for point in each.points}
    )  # fmt: skip
    if not points:
        return None
    titles = {visit.name: one_line(visit.title) for visit in protocol.visits}
    rows = [
        TimedRow(
            one_line(part.title),
            ", ".join(titles.get(name, name) for name in each.visits or part.visits),
            [_timed_cell(each.points, text) for _, _, text in points],
            place(part.origin),
        )
        for part in protocol.assessments
        for each in part.sampling
    ]
    return Timed([text for _, _, text in points], rows)


def _timed_cell(points: tuple[TimePoint, ...], text: str) -> str:
    found = next((point for point in points if point.text == text), None)
    return (tolerance(found) or "X") if found else ""


def _remarks(protocol: Protocol, words: Words) -> list[str]:
    """Times that nature decides between events that have no column."""
    visits = {visit.name for visit in protocol.visits}
    return [words.of_duration(each) for each in words.durations() if not visits & {each.start, each.end}]
