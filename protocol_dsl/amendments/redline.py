"""The schedule of assessments of two versions as one table: what came in, went out, moved."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.render.soa_view import view

if TYPE_CHECKING:
    from protocol_dsl.amendments.pair import Pair
    from protocol_dsl.render.soa_columns import Column
    from protocol_dsl.render.soa_rows import Cell, Row
    from protocol_dsl.render.soa_view import Table


class Text(NamedTuple):
    """A text before and after; `old` is None where it is the same."""

    new: str
    old: str | None = None


class RedColumn(NamedTuple):
    """A visit: `state` is `same`, `added`, `removed` or `changed` (its day, window or label)."""

    visit: str
    state: str
    label: Text
    day: Text
    window: Text
    stage: str


class RedCell(NamedTuple):
    """What a row has at a visit; `state` is `same`, `added`, `removed`, `changed` or `moved`."""

    state: str
    mark: str
    old: str = ""
    title: str = ""


class RedRow(NamedTuple):
    """A row: `state` is `same`, `added`, `removed` or `changed`."""

    name: str
    state: str
    label: Text
    detail: Text
    cells: list[RedCell]


class RedSection(NamedTuple):
    """Rows under a heading."""

    title: str
    rows: list[RedRow]


class Redline(NamedTuple):
    """The table; `spans` are stages with their widths, `counts` the cells that came in, went out, moved, changed."""

    columns: list[RedColumn]
    spans: list[tuple[str, int]]
    sections: list[RedSection]
    counts: dict[str, int]

    def listed(self) -> list[tuple[str, str, list[str], list[str]]]:
        """The rows that changed: label, state, the visits that went out and those that came in."""
        return [
            (row.label.new, row.state, _gone(row, self.columns), _come(row, self.columns))
            for section in self.sections
            for row in section.rows
            if row.state != "same"
        ]

    @property
    def visits(self) -> dict[str, int]:
        """How many visits came in, went out, and have another day, window or name."""
        states = [column.state for column in self.columns]
        return {state: states.count(state) for state in ("added", "removed", "changed")}

    @property
    def is_changed(self) -> bool:
        """Whether anything of the table is another."""
        rows = [row for section in self.sections for row in section.rows]
        return any(each.state != "same" for each in (*self.columns, *rows))


def _gone(row: RedRow, columns: list[RedColumn]) -> list[str]:
    return [column.label.new for column, cell in zip(columns, row.cells, strict=True) if cell.old and not cell.mark]


def _come(row: RedRow, columns: list[RedColumn]) -> list[str]:
    return [
        column.label.new
        for column, cell in zip(columns, row.cells, strict=True)
        if cell.mark and not cell.old and cell.state != "same"
    ]


def redline(pair: Pair) -> Redline:
    """Both schedules as one. Visits and rows that went out stand where they stood."""
    old = view(pair.old.protocol, pair.old.schedule).table
    new = view(pair.new.protocol, pair.new.schedule).table
    columns, places = _columns(pair, old, new)
    sections = _sections(pair, old, new, columns, places)
    spans = [(title, len(list(group))) for title, group in groupby(columns, key=lambda column: column.stage)]
    counts: dict[str, int] = {"added": 0, "removed": 0, "moved": 0, "changed": 0}
    for cell in (cell for section in sections for row in section.rows for cell in row.cells):
        if cell.state != "same":
            counts[cell.state] += 1
    # A cell that moved has left one place for another.
    counts["moved"] //= 2
    return Redline(columns, spans, sections, counts)


def _columns(pair: Pair, old: Table, new: Table) -> tuple[list[RedColumn], list[tuple[int | None, int | None]]]:
    """The columns of both, and for each its place in the older and the newer table."""
    before = {pair.before("visits", column.visit): at for at, column in enumerate(new.columns)}
    order: list[tuple[int | None, int | None]] = [(None, at) for at in range(len(new.columns))]
    for at, column in enumerate(old.columns):
        if column.visit in before:
            place = before[column.visit]
            order = [(at, place) if each == (None, place) else each for each in order]
    for at, column in enumerate(old.columns):
        if column.visit not in before:
            order.insert(_place(pair, old, new, order, at), (at, None))
    made = [
        _column(
            old.columns[was] if was is not None else None,
            new.columns[now] if now is not None else None,
            new.stages[now] if now is not None else old.stages[was or 0],
        )
        for was, now in order
    ]
    return made, order


def _place(pair: Pair, old: Table, new: Table, order: list[tuple[int | None, int | None]], at: int) -> int:
    """Where a visit that went out stands: behind the last one that is not later, else behind its old neighbour."""
    day = pair.old.visits[old.columns[at].visit].offset
    place = max((number for number, each in enumerate(order) if each[0] is not None and each[0] < at), default=-1) + 1
    while day is not None and place < len(order) and order[place][0] is None:
        now = order[place][1]
        other = None if now is None else pair.new.visits[new.columns[now].visit].offset
        if other is None or other > day:
            break
        place += 1
    return place


def _column(old: Column | None, new: Column | None, stage: str) -> RedColumn:
    one = new or old
    assert one is not None
    if old is None or new is None:
        return RedColumn(
            one.visit, "removed" if new is None else "added", Text(one.label), Text(one.day), Text(one.window), stage
        )
    texts = [_text(before, after) for before, after in
             ((old.label, new.label), (old.day, new.day), (old.window, new.window))]  # fmt: skip
    state = "changed" if any(text.old is not None for text in texts) else "same"
    return RedColumn(new.visit, state, texts[0], texts[1], texts[2], stage)


def _text(old: str, new: str) -> Text:
    return Text(new) if old == new else Text(new, old)


def _sections(
    pair: Pair, old: Table, new: Table, columns: list[RedColumn], places: list[tuple[int | None, int | None]]
) -> list[RedSection]:
    before = _rows(old)
    used: set[tuple[str, int]] = set()
    made: dict[str, list[RedRow]] = {}
    for section in new.sections:
        for key, row in _numbered(section.rows):
            was = (pair.before("assessments", key[0]), key[1])
            if was not in before:
                was = (pair.before("collections", key[0]), key[1])
            used.add(was)
            made.setdefault(section.title, []).append(_row(before.get(was), row, columns, places))
    for section in old.sections:
        for key, row in _numbered(section.rows):
            if key not in used:
                made.setdefault(section.title, []).append(_row(row, None, columns, places))
    return [RedSection(title, rows) for title, rows in made.items()]


def _rows(table: Table) -> dict[tuple[str, int], Row]:
    return {key: row for section in table.sections for key, row in _numbered(section.rows)}


def _numbered(rows: list[Row]) -> list[tuple[tuple[str, int], Row]]:
    """Rows by name; a product that is given in two ways has two."""
    seen: dict[str, int] = {}
    found: list[tuple[tuple[str, int], Row]] = []
    for row in rows:
        seen[row.name] = seen.get(row.name, 0) + 1
        found.append(((row.name, seen[row.name]), row))
    return found


def _row(
    old: Row | None, new: Row | None, columns: list[RedColumn], places: list[tuple[int | None, int | None]]
) -> RedRow:
    one = new or old
    assert one is not None
    cells = [
        _cell(
            old.cells[was] if old is not None and was is not None else None,
            new.cells[now] if new is not None and now is not None else None,
        )
        for was, now in places
    ]
    label = _text(old.label, new.label) if old is not None and new is not None else Text(one.label)
    detail = _text(old.detail, new.detail) if old is not None and new is not None else Text(one.detail)
    if old is None or new is None:
        return RedRow(one.name, "removed" if new is None else "added", label, detail, cells)
    cells = _moved(cells, columns)
    is_changed = label.old is not None or detail.old is not None or any(cell.state != "same" for cell in cells)
    return RedRow(new.name, "changed" if is_changed else "same", label, detail, cells)


def _mark(cell: Cell | None) -> str:
    if cell is None or cell.kind == "empty":
        return ""
    return "―" if cell.kind == "bar" else cell.mark


def _cell(old: Cell | None, new: Cell | None) -> RedCell:
    was, now = _mark(old), _mark(new)
    if was == now:
        return RedCell("same", now)
    if not was:
        return RedCell("added", now)
    return RedCell("removed", "", was) if not now else RedCell("changed", now, was)


def _moved(cells: list[RedCell], columns: list[RedColumn]) -> list[RedCell]:
    """What left one visit and came to another, as many times, has moved."""
    gone = [at for at, cell in enumerate(cells) if cell.state == "removed"]
    came = [at for at, cell in enumerate(cells) if cell.state == "added"]
    if not gone or len(gone) != len(came):
        return cells
    made = list(cells)
    for was, now in zip(gone, came, strict=True):
        made[was] = cells[was]._replace(state="moved", title=f"moved to {columns[now].label.new}")
        made[now] = cells[now]._replace(state="moved", title=f"moved from {columns[was].label.new}")
    return made
