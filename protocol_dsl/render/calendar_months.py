"""The months of a calendar: which days belong to which week, and how windows lie on them as bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from protocol_dsl.schedule.dates import DatedVisit
from protocol_dsl.schedule.months import month_length

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Entry(NamedTuple):
    """A visit as the month view shows it: `label` where there is room, `short` on a single day. `colour` is the number
    of its stage's colour."""

    visit: DatedVisit
    label: str
    short: str
    hint: str
    colour: int


class Bar(NamedTuple):
    """A piece of a visit's dates in one week: columns `first` to `end` (1 is Monday, the end exclusive); row 1 has the
    day numbers.

    `day` for the planned day, `window` for the days that are permitted too; `range` for days of which any will do, and
    `proposed` for the one of them that is proposed.
    `starts` and `ends` say whether the first and the last day of the whole window are in it.
    """

    kind: str
    first: int
    end: int
    row: int
    text: str
    hint: str
    colour: int
    starts: bool
    ends: bool


class Day(NamedTuple):
    """A day of the month, or an empty place beside the month's ends."""

    number: int | None
    weekend: bool
    planned: bool


class Week(NamedTuple):
    """Seven days from Monday, and the bars on them in `rows` rows."""

    days: list[Day]
    bars: list[Bar]
    rows: int


class Month(NamedTuple):
    """A month with at least one permitted day; `pause` names the months before it that have none."""

    title: str
    weeks: list[Week]
    pause: str | None


def months(entries: Sequence[Entry]) -> list[Month]:
    """The months from the first permitted day to the last; months without any are left out and named instead."""
    if not entries:
        return []
    busy = sorted({month for entry in entries for month in _months_of(entry.visit)})
    found: list[Month] = []
    previous = busy[0]
    for month in busy:
        found.append(Month(_title(month), _weeks(month, entries), _pause(previous, month)))
        previous = month
    return found


def _months_of(visit: DatedVisit) -> Iterable[int]:
    return range(_index(visit.earliest), _index(visit.latest) + 1)


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _title(index: int) -> str:
    return f"{MONTHS[index % 12]} {index // 12}"


def _pause(previous: int, month: int) -> str | None:
    """What to say of the months between two, both excluded."""
    missing = month - previous - 1
    if missing <= 0:
        return None
    if missing == 1:
        return f"No visit in {_title(previous + 1)}"
    return f"No visit from {_title(previous + 1)} to {_title(month - 1)}"


def _weeks(index: int, entries: Sequence[Entry]) -> list[Week]:
    year, month = index // 12, index % 12 + 1
    length = month_length(year, month)
    start = date(year, month, 1)
    here = [
        entry for entry in entries if entry.visit.latest >= start and entry.visit.earliest <= date(year, month, length)
    ]
    planned = {entry.visit.target for entry in here}
    weeks: list[Week] = []
    number = 1 - start.weekday()
    while number <= length:
        days = [
            Day(each, column >= 5, date(year, month, each) in planned)
            if 1 <= each <= length
            else Day(None, column >= 5, False)
            for column, each in enumerate(range(number, number + 7))
        ]
        first, last = max(number, 1), min(number + 6, length)
        bars = _bars(date(year, month, first), date(year, month, last), here)
        weeks.append(Week(days, bars, max((bar.row - 1 for bar in bars), default=1)))
        number += 7
    return weeks


def _bars(first: date, last: date, entries: Sequence[Entry]) -> list[Bar]:
    """The bars from `first` to `last`, days of one week, each in the topmost lane that is free."""
    bars: list[Bar] = []
    free_from: list[date] = []
    here = [entry for entry in entries if entry.visit.latest >= first and entry.visit.earliest <= last]
    for entry in sorted(here, key=lambda each: (max(each.visit.earliest, first), each.visit.proposed)):
        start, end = max(entry.visit.earliest, first), min(entry.visit.latest, last)
        lane = next((lane for lane, free in enumerate(free_from) if free <= start), len(free_from))
        free_from[lane : lane + 1] = [end + timedelta(days=1)] if end < date.max else [end]
        bars.extend(_pieces(entry, start, end, lane + 2))
    return bars


def _pieces(entry: Entry, start: date, end: date, row: int) -> list[Bar]:
    """The bar from `start` to `end`, with its planned or proposed day as a second one on top of it."""
    visit = entry.visit
    planned = visit.target is not None

    def bar(kind: str, first: date, last: date, text: str) -> Bar:
        starts, ends = first == visit.earliest, last == visit.latest
        return Bar(kind, first.weekday() + 1, last.weekday() + 2, row, text, entry.hint, entry.colour, starts, ends)

    has_day = start <= visit.proposed <= end
    day = [bar("day" if planned else "proposed", visit.proposed, visit.proposed, entry.short)] if has_day else []
    if has_day and start == end:
        return day
    text = "" if has_day else entry.label if start < end else entry.short
    return [bar("window" if planned else "range", start, end, text), *day]
