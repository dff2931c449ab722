"""The schedule of assessments of each arm, or of each population, where they differ; and in what they differ."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.render.soa_columns import Column, Span, one_line
from protocol_dsl.render.soa_rows import Row, Section
from protocol_dsl.render.soa_table import Table

NONE, SAME = "–", "as all"


class Group(NamedTuple):
    """The table of one arm or population; `name` is its name in the protocol."""

    name: str
    title: str
    table: Table


class Difference(NamedTuple):
    """A row of the comparison: for each group what only some of them have, `–` for nothing, `as all` for no more."""

    section: str
    label: str
    cells: list[str]


class Groups(NamedTuple):
    """`what` is `arms` or `populations`. Arms have a table each; populations only where they differ in visits.

    Most populations differ in a scale or two, for which the comparison is enough.
    """

    what: str
    members: list[Group]
    differences: list[Difference]
    has_tables: bool

    @property
    def tables(self) -> list[Table]:
        """Those that are shown."""
        return [member.table for member in self.members] if self.has_tables else []


def groups(protocol: Protocol, table: Table) -> Groups | None:
    """By arm where arms differ, else by population; None where all participants have one schedule."""
    rows = [row for section in table.sections for row in section.rows]
    for what, named in (("arms", protocol.arms), ("populations", protocol.populations)):
        if len(named) < 2:
            continue
        used = {name for part in (*table.columns, *rows) for name in _of(part, what)}
        if not used & {each.name for each in named}:
            continue
        members = [
            Group(
                each.name,
                one_line(each.title),
                _table(table, each.name, one_line(each.title), what)._replace(id=f"group-{number}"),
            )
            for number, each in enumerate(named, 1)
        ]
        found = _differences([member.table for member in members])
        if found:
            has_tables = what == "arms" or any(_of(column, what) for column in table.columns)
            return Groups(what, members, found, has_tables)
    return None


def _of(part: Column | Row, what: str) -> tuple[str, ...]:
    return part.arms if what == "arms" else part.populations


def _applies(part: Column | Row, name: str, what: str) -> bool:
    return not _of(part, what) or name in _of(part, what)


def _table(table: Table, name: str, title: str, what: str) -> Table:
    kept = [at for at, column in enumerate(table.columns) if _applies(column, name, what)]
    columns = [table.columns[at] for at in kept]
    body = [
        Section(
            section.key,
            section.title,
            [_row(row, kept, columns, what) for row in section.rows if _applies(row, name, what)],
        )
        for section in table.sections
    ]
    body = [section._replace(rows=[row for row in section.rows if _has_marks(row)]) for section in body]
    return table._replace(
        title=title,
        columns=columns,
        stages=[table.stages[at] for at in kept],
        spans=_spans(table.spans, kept),
        sections=[section for section in body if section.rows],
        has_windows=any(column.window for column in columns),
        has_contacts=any(column.contact for column in columns),
    )


def _row(row: Row, kept: list[int], columns: list[Column], what: str) -> Row:
    """The cells of the kept columns; what is shaded only as others do not have it loses its shade."""
    cells = [
        cell._replace(is_shaded=False) if cell.is_for_some and not _is_still_partial(row, column, what) else cell
        for cell, column in zip((row.cells[at] for at in kept), columns, strict=True)
    ]
    others = row.populations if what == "arms" else row.arms
    return row._replace(cells=cells, who=row.who if others else "")


def _is_still_partial(row: Row, column: Column, what: str) -> bool:
    if what == "arms":
        return bool(row.populations or column.populations)
    return bool(row.arms or column.arms)


def _has_marks(row: Row) -> bool:
    return any(cell.kind != "empty" for cell in row.cells)


def _spans(spans: list[Span], kept: list[int]) -> list[Span]:
    inside = set(kept)
    made: list[Span] = []
    first = at = 0
    for span in spans:
        width = sum(column in inside for column in range(at, at + span.width))
        at += span.width
        if width:
            made.append(span._replace(first=first, width=width))
            first += width
    return made


class _Done(NamedTuple):
    """What a row does at one visit."""

    visit: str
    detail: str


def _differences(tables: list[Table]) -> list[Difference]:
    """What differs, beginning with the visits; what follows from a visit that some do not have is not told again."""
    visits = [{_Done(column.visit, ""): column.label for column in table.columns} for table in tables]
    found = _compared("", "Visits", visits)
    shared = {done.visit for done in set(visits[0]).intersection(*visits[1:])}
    rows: dict[tuple[str, str], list[dict[_Done, str]]] = {}
    for number, table in enumerate(tables):
        for section in table.sections:
            for row in section.rows:
                done = rows.setdefault((section.title, row.label), [{} for _ in tables])
                done[number] |= _done(row, table.columns)
    for (section, label), done in rows.items():
        if all(done):
            done = [{key: text for key, text in each.items() if key.visit in shared} for each in done]
        found += _compared(section, label, done)
    return found


def _done(row: Row, columns: list[Column]) -> dict[_Done, str]:
    return {
        _Done(column.visit, row.detail): (row.bar or column.label) if cell.kind == "bar" else column.label
        for cell, column in zip(row.cells, columns, strict=True)
        if cell.kind != "empty"
    }


def _compared(section: str, label: str, done: list[dict[_Done, str]]) -> list[Difference]:
    shared = set(done[0]).intersection(*done[1:])
    if all(set(each) == shared for each in done):
        return []
    has_details = len({key.detail for each in done for key in each}) > 1
    cells: list[str] = []
    for each in done:
        only = {key: text for key, text in each.items() if key not in shared}
        more = "also " if shared and only else ""
        cells.append(more + _listed(only, has_details) if only else SAME if shared else NONE)
    return [Difference(section, label, cells)]


def _listed(done: dict[_Done, str], has_details: bool) -> str:
    """`Week 4, Week 8`, with amounts where they differ: `30 mg, intravenous: Week 4, Week 8`."""
    if not has_details:
        return ", ".join(dict.fromkeys(done.values()))
    details = dict.fromkeys(key.detail for key in done)
    parts = [
        (detail, ", ".join(dict.fromkeys(text for key, text in done.items() if key.detail == detail)))
        for detail in details
    ]
    return "; ".join(f"{detail}: {text}" if detail else text for detail, text in parts)
