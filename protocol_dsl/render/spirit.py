"""The SPIRIT figure: schedule of enrolment, interventions and assessments, as guidance on protocols draws it.

Columns are the visits under the periods enrolment, allocation, after allocation and close-out; neighbouring visits at
which exactly the same is done share one. Rows stand in three blocks. A trial without randomisation has the day that its
timeline counts from in the place of the allocation. Source: SPIRIT 2025 statement, item 18 (participant timeline).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.environment import render
from protocol_dsl.render.footnotes import Footnote
from protocol_dsl.render.page import page
from protocol_dsl.render.registry_words import in_sentence
from protocol_dsl.render.soa_columns import Column
from protocol_dsl.render.soa_rows import DONE, Cell, Row, Run
from protocol_dsl.render.soa_sections import ELIGIBILITY, INTERVENTIONS
from protocol_dsl.render.soa_view import View, legend, view
from protocol_dsl.render.text import counted

TITLE = "Schedule of enrolment, interventions and assessments"
A3_FROM = 25
"""From so many columns on, the figure is printed on A3."""
ENROLMENT, CLOSE_OUT, WHEN_NEEDED = "Enrolment", "Close-out", "When needed"
BESIDE = "Beside the main schedule"


class Point(NamedTuple):
    """A column: one visit, or neighbouring ones with the same marks. `symbol` is `−t1`, `0`, `t1`."""

    symbol: str
    label: str
    day: str
    window: str
    visits: tuple[str, ...]
    notes: tuple[str, ...]


class Period(NamedTuple):
    """A period of the study above `width` columns."""

    title: str
    width: int


class Line(NamedTuple):
    """A row of the figure."""

    label: str
    detail: str
    who: str
    notes: tuple[str, ...]
    runs: list[Run]
    cells: list[Cell]


class Block(NamedTuple):
    """The rows of enrolment, interventions or assessments."""

    title: str
    lines: list[Line]


class Figure(NamedTuple):
    """The whole figure."""

    periods: list[Period]
    points: list[Point]
    blocks: list[Block]
    footnotes: list[Footnote]
    legend: str


def outputs(rendering: Rendering) -> list[Output]:
    """`spirit.html` and `spirit.md`."""
    found = figure(rendering.protocol, view(rendering.protocol, rendering.schedule))
    data = {
        "page": page(rendering, TITLE),
        "figure": found,
        "paper": "A3" if len(found.points) >= A3_FROM else "A4",
        "is_narrow": len(found.points) > 14,
    }
    return [
        Output(f"spirit.{ending}", render(f"spirit.{ending}.j2", data, rendering.templates).encode())
        for ending in ("html", "md")
    ]


def figure(protocol: Protocol, found: View) -> Figure:
    """The figure of a protocol, from its schedule of assessments."""
    columns = found.table.columns
    periods = _periods(protocol, columns)
    rows = [row for section in found.table.sections for row in section.rows]
    groups = list(_merged(protocol, columns, periods, rows))
    blocks = _blocks(protocol, found, groups)
    return Figure(
        [Period(title, sum(1 for _ in of)) for title, of in groupby(groups, key=lambda group: periods[group[0]])],
        _points(columns, periods, groups),
        [block for block in blocks if block.lines],
        found.footnotes,
        legend(found),
    )


def _periods(protocol: Protocol, columns: list[Column]) -> list[str]:
    """The period of each column."""
    turn = _turn(protocol, columns)
    allocation, after = _titles(protocol, columns, turn)
    main = [at for at, column in enumerate(columns) if _is_main(protocol, column)]
    last = main[-1] if main and main[-1] > turn else None
    return [
        (WHEN_NEEDED if column.is_off_schedule else BESIDE)
        if at not in main
        else ENROLMENT
        if at < turn
        else allocation
        if at == turn
        else CLOSE_OUT
        if at == last
        else after
        for at, column in enumerate(columns)
    ]


def _turn(protocol: Protocol, columns: list[Column]) -> int:
    """The column of the allocation, or of the day that is counted from; -1 where there is none."""
    drawn = protocol.randomization.at if protocol.randomization is not None else None
    anchor = protocol.timeline.anchor if protocol.timeline is not None else None
    for name in (drawn, anchor):
        found = next((at for at, column in enumerate(columns) if column.visit == name), None)
        if found is not None:
            return found
    return -1


def _titles(protocol: Protocol, columns: list[Column], turn: int) -> tuple[str, str]:
    """What the period of allocation and the one after it are called."""
    if protocol.randomization is not None or turn < 0:
        return "Allocation", "Post-allocation"
    label = columns[turn].label
    return label, f"After {in_sentence(label)}"


def _is_main(protocol: Protocol, column: Column) -> bool:
    visit = protocol.visit(column.visit)
    stage = protocol.stage(visit.stage) if visit is not None and visit.stage else None
    return not column.is_off_schedule and not (stage is not None and stage.parallel)


def _merged(protocol: Protocol, columns: list[Column], periods: list[str], rows: list[Row]) -> Iterator[list[int]]:
    """Neighbouring columns of one period and one series of visits at which exactly the same is done."""
    series = {visit.name: visit.series for visit in protocol.visits}

    def same(at: int) -> tuple[object, ...]:
        column = columns[at]
        marks = tuple((row.cells[at].kind, row.cells[at].mark, row.cells[at].notes) for row in rows)
        of = series.get(column.visit) or column.visit
        return (periods[at], of, column.contact, column.window, column.arms, column.populations, marks)

    for _, group in groupby(range(len(columns)), key=same):
        yield list(group)


def _points(columns: list[Column], periods: list[str], groups: list[list[int]]) -> list[Point]:
    before = sum(periods[group[0]] == ENROLMENT for group in groups)
    has_turn = any(periods[group[0]] not in (ENROLMENT, CLOSE_OUT, WHEN_NEEDED) for group in groups)
    made: list[Point] = []
    for place, group in enumerate(groups):
        first, last = columns[group[0]], columns[group[-1]]
        number = place - before if has_turn else place + 1 - before
        is_timed = periods[group[0]] not in (WHEN_NEEDED, BESIDE)
        symbol = "0" if number == 0 else f"−t{-number}" if number < 0 else f"t{number}"
        label, day = first.label, first.day
        if len(group) > 1:
            label = f"{first.label} to {_end(first.label, last.label)}"
            day = f"{first.day} to {_end(first.day, last.day)}" if first.day and last.day else first.day
            day = "" if day == label else day
            label += f" ({counted(len(group), 'visit')})" if len(group) > 2 else ""
        notes = tuple(dict.fromkeys(note for at in group for note in columns[at].notes))
        names = tuple(columns[at].visit for at in group)
        made.append(Point(symbol if is_timed else "", label, "" if day == label else day, first.window, names, notes))
    return made


def _end(first: str, last: str) -> str:
    """`3` behind `Day 1`: the end of a range without the words that its beginning has already said."""
    words, others = first.split(" "), last.split(" ")
    return others[-1] if len(words) > 1 and words[:-1] == others[:-1] else last


def _blocks(protocol: Protocol, found: View, groups: list[list[int]]) -> list[Block]:
    columns = found.table.columns
    enrolment: list[Line] = []
    given: list[Line] = []
    assessed: list[Line] = []
    for section in found.table.sections:
        keep = {ELIGIBILITY: enrolment, INTERVENTIONS: given}.get(section.key, assessed)
        keep += [_line(row, groups) for row in section.rows]
    for gate in protocol.gates:
        at = [gate.before == column.visit for column in columns]
        if any(at):
            enrolment.append(_marks(f"{gate.title} (gate)", at, groups))
    if protocol.randomization is not None:
        at = [column.visit == protocol.randomization.at for column in columns]
        if any(at):
            enrolment.append(_marks("Allocation", at, groups))
    return [Block("Enrolment", enrolment), Block("Interventions", given), Block("Assessments", assessed)]


def _line(row: Row, groups: list[list[int]]) -> Line:
    cells = [row.cells[group[0]] for group in groups]
    return Line(row.label, row.detail, row.who, row.notes, row._replace(cells=cells).runs, cells)


def _marks(label: str, at: list[bool], groups: list[list[int]]) -> Line:
    """A row with a mark where `at` is true for a visit of the column."""
    cells = [Cell("mark", DONE) if any(at[each] for each in group) else Cell() for group in groups]
    return Line(label, "", "", (), [Run(cell, 1) for cell in cells], cells)
