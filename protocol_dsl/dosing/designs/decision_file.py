"""A table of decisions as CSV: the columns `n`, `y` and `decision`, one row for each count that can occur."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from protocol_dsl.dosing.designs.grids import Grid

WORDS = {
    "E": "E",
    "ESCALATE": "E",
    "S": "S",
    "STAY": "S",
    "D": "D",
    "DE_ESCALATE": "D",
    "DE-ESCALATE": "D",
    "U": "U",
    "DU": "U",
    "ELIMINATE": "U",
}
MOST = 200
"""Participants at one level that a table may speak of."""


class Decisions(NamedTuple):
    """The grid of a file, with a space where it says nothing; `faults` as sentences with line numbers."""

    grid: Grid
    faults: tuple[str, ...]


def read(text: str) -> Decisions:
    """The decisions in the text of a CSV file with comma, semicolon or tab."""
    lines = text.removeprefix("\ufeff").splitlines()
    head = lines[0] if lines else ""
    mark = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO("\n".join(lines)), delimiter=mark)
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    missing = [name for name in ("n", "y", "decision") if name not in names]
    if missing:
        columns = ", ".join(f"`{name}`" for name in missing)
        return Decisions(("",), (f"line 1: there is no column {columns}; the columns are n, y, decision",))
    faults: list[str] = []
    found: dict[tuple[int, int], tuple[str, int]] = {}
    for row in reader:
        line = reader.line_num
        cells = [(row.get(names[name]) or "").strip() for name in ("n", "y", "decision")]
        if not any(cells):
            continue
        n, y = _whole(cells[0]), _whole(cells[1])
        decision = WORDS.get(cells[2].upper())
        if n is None or not 1 <= n <= MOST:
            faults.append(f"line {line}: n is `{cells[0]}`, not a whole number from 1 to {MOST}")
        elif y is None or y > n:
            faults.append(f"line {line}: y is `{cells[1]}`, not a number of DLTs among {n} participants")
        elif decision is None:
            faults.append(f"line {line}: the decision `{cells[2]}` is none of E, S, D, U")
        elif (n, y) in found and found[n, y][0] != decision:
            faults.append(f"line {line}: {y} of {n} is {decision} here, and {found[n, y][0]} in line {found[n, y][1]}")
        else:
            found.setdefault((n, y), (decision, line))
    if not found and not faults:
        faults.append("the table has no rows")
    most = max((n for n, _ in found), default=0)
    grid = tuple("".join(found.get((n, y), (" ", 0))[0] for y in range(n + 1)) for n in range(1, most + 1))
    return Decisions(("", *grid), tuple(faults))


def write(grid: Grid, counts: list[int]) -> str:
    """The decisions for these numbers of participants as CSV."""
    rows = [f"{n},{y},{decision}" for n in counts for y, decision in enumerate(grid[n])]
    return "\n".join(["n,y,decision", *rows]) + "\n"


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None
