"""Calendars of large cohorts as files: CSV by fixed-width cells that are squeezed, or Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, BinaryIO

from protocol_dsl.participants import vector, windows
from protocol_dsl.participants.cohort import NO_DATE, WEEK, Block
from protocol_dsl.participants.site_calendar import to_date
from protocol_dsl.render.text import BOM

HEADER = (
    "site", "code", "arm", "visit", "state", "target", "planned", "earliest", "latest", "done_on", "deviation_days",
)  # fmt: skip
_AT_ONCE = 1024
"""Participants whose rows are made at once: some 6 MB of cells."""
_DATES = ("target", "planned", "earliest", "latest", "done")


class CohortCsv:
    """Writes the rows of blocks into open files: all visits, and those that are overdue or due this week."""

    def __init__(self, calendar: BinaryIO, overdue: BinaryIO, week: BinaryIO, on: int) -> None:
        self.files = (calendar, overdue, week)
        self.on = on
        for handle in self.files:
            handle.write(f"{BOM}{','.join(HEADER)}\r\n".encode())

    def write(self, block: Block) -> None:
        """Write the rows of a block."""
        for parts in _arrays(block, self.on) if block.is_fast else _lists(block, self.on):
            for handle, rows in zip(self.files, parts, strict=True):
                handle.write(rows)


def _lists(block: Block, on: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    for place, person in enumerate(block.people):
        parts: tuple[list[str], list[str], list[str]] = ([], [], [])
        head = f"{person.site or ''},{person.code},{person.arm or ''}"
        for planned, columns in zip(block.plan.visits, block.visits, strict=True):
            state, *days, deviation = (column[place] for column in columns)
            if state >= windows.HIDDEN:
                continue
            dates = ",".join(to_date(day).isoformat() if day != NO_DATE else "" for day in days)
            said = str(deviation) if state == windows.DONE else ""
            row = f"{head},{planned.visit.name},{windows.STATES[state]},{dates},{said}\r\n"
            parts[0].append(row)
            if state == windows.OVERDUE:
                parts[1].append(row)
            if state in (windows.DUE, windows.OPEN) and _this_week(days[1], days[3], on):
                parts[2].append(row)
        yield tuple("".join(each).encode() for each in parts)  # type: ignore[misc]


def _this_week(planned: Any, latest: Any, on: int) -> Any:
    """Whether a day to plan for or the end of a window lies in the seven days from `on`; for numbers and arrays."""
    return ((planned >= on) & (planned < on + WEEK)) | ((latest >= on) & (latest < on + WEEK))


def _arrays(block: Block, on: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    np = vector.numpy
    names = _bytes([each.visit.name for each in block.plan.visits])
    states = _bytes([*windows.STATES, ""])
    kind = [
        ("site", _bytes([block.people[0].site or ""]).dtype),
        ("code", _bytes([p.code for p in block.people]).dtype),
    ]
    kind += [("arm", _bytes([block.people[0].arm or ""]).dtype), ("visit", names.dtype), ("state", states.dtype)]
    kind += [(name, "S10") for name in (*_DATES, "days")]
    # A cell, then its separator; the zero bytes that fill a cell up are squeezed out in the end.
    layout = [part for name, of in kind for part in ((name, of), (f"after_{name}", "S2" if name == "days" else "S1"))]
    dates, first = _date_table(block)
    for start in range(0, len(block.people), _AT_ONCE):
        people = block.people[start : start + _AT_ONCE]
        part = slice(start, start + len(people))
        cells = np.zeros((len(people), len(block.visits)), layout)
        for name, _ in kind:
            cells[f"after_{name}"] = b"\r\n" if name == "days" else b","
        cells["site"] = (people[0].site or "").encode()
        cells["code"] = _bytes([each.code for each in people])[:, None]
        cells["arm"] = (people[0].arm or "").encode()
        cells["visit"] = names
        state = np.stack([each.state[part] for each in block.visits], axis=1)
        cells["state"] = states[state]
        days = {name: np.stack([getattr(each, name)[part] for each in block.visits], axis=1) for name in _DATES}
        for name, ordinals in days.items():
            cells[name] = dates[np.where(ordinals == NO_DATE, 0, ordinals - first)]
        deviation = np.stack([each.deviation[part] for each in block.visits], axis=1)
        done = state == windows.DONE
        cells["days"][done] = b"0"
        outside = done & (deviation != 0)
        if outside.any():
            cells["days"][outside] = deviation[outside].astype("S10")
        shown = state < windows.HIDDEN
        week = ((state == windows.DUE) | (state == windows.OPEN)) & _this_week(days["planned"], days["latest"], on)
        yield _squeezed(cells[shown]), _squeezed(cells[state == windows.OVERDUE]), _squeezed(cells[week])


def _squeezed(cells: Any) -> bytes:
    flat = cells.view(vector.numpy.uint8)
    return flat[flat != 0].tobytes()


def _bytes(texts: Sequence[str]) -> Any:
    encoded = [text.encode() for text in texts]
    return vector.numpy.array(encoded, f"S{max(1, *map(len, encoded))}")


def _date_table(block: Block) -> tuple[Any, int]:
    """Dates as texts, by ordinal less the second value; the first of them is empty."""
    np = vector.numpy
    ends = [(int(row[row > 0].min(initial=1 << 30)), int(row.max(initial=0))) for row in _all_dates(block)]
    low, high = min((low for low, _ in ends), default=1), max((high for _, high in ends), default=1)
    if high < low:
        low = high = 1
    return np.array([b"", *(to_date(day).isoformat().encode() for day in range(low, high + 1))], "S10"), low - 1


def _all_dates(block: Block) -> Iterator[Any]:
    for each in block.visits:
        yield from (getattr(each, name) for name in _DATES)


class CohortParquet:
    """Writes blocks into a Parquet file, a row group a block; needs pyarrow (the extra `parquet`)."""

    def __init__(self, path: str) -> None:
        self._pa: Any = import_module("pyarrow")
        pq: Any = import_module("pyarrow.parquet")
        pa = self._pa
        word = pa.dictionary(pa.int32(), pa.string())
        self.schema = pa.schema(
            [
                *((name, word if name != "code" else pa.string()) for name in HEADER[:5]),
                *((name, pa.date32()) for name in HEADER[5:10]),
                (HEADER[10], pa.int32()),
            ]
        )
        self._writer = pq.ParquetWriter(path, self.schema, compression="zstd")

    def write(self, block: Block) -> None:
        """Write the rows of a block."""
        pa = self._pa
        for planned, columns in zip(block.plan.visits, block.visits, strict=True):
            state = _list(columns.state)
            kept = [place for place, each in enumerate(state) if each < windows.HIDDEN]
            if not kept:
                continue
            dates = [_list(getattr(columns, name)) for name in _DATES]
            deviation = _list(columns.deviation)
            done = windows.DONE
            arrays = [
                _word(pa, [block.people[place].site or "" for place in kept]),
                pa.array([block.people[place].code for place in kept]),
                _word(pa, [block.people[place].arm or "" for place in kept]),
                _word(pa, [planned.visit.name] * len(kept)),
                _word(pa, [windows.STATES[state[place]] for place in kept]),
                *(
                    pa.array([row[place] - _UNIX if row[place] else None for place in kept], pa.int32()).cast(
                        pa.date32()
                    )
                    for row in dates
                ),
                pa.array([deviation[place] if state[place] == done else None for place in kept], pa.int32()),
            ]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema))

    def close(self) -> None:
        """End the file."""
        self._writer.close()


_UNIX = 719_163
"""The ordinal of 1 January 1970."""


def _list(column: Any) -> list[int]:
    return list(column) if isinstance(column, list) else column.tolist()  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _word(pa: Any, texts: list[str]) -> Any:
    return pa.array(texts).dictionary_encode()


def has_parquet() -> bool:
    """Whether pyarrow is installed."""
    try:
        import_module("pyarrow.parquet")
    except ImportError:
        return False
    return True
