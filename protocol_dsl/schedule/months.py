"""How many days months can have, and dates that lie whole months apart."""

from __future__ import annotations

from datetime import date
from functools import cache

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    """Whether a year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Days of a month, `month` from 1 to 12."""
    return 29 if month == 2 and is_leap(year) else _LENGTHS[month - 1]


def add_months(start: date, months: int) -> date:
    """The same day `months` later (or earlier); in a shorter month its last day (31 January → 28 February)."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, month_length(year, month + 1)))


@cache
def month_span(months: int) -> tuple[int, int]:
    """Fewest and most days from any date to the date `months` calendar months later (negative: earlier).

    Every month of a four-year cycle with one leap year is tried; days up to the 28th behave like the first, so the
    first and the last three are enough: 1 → (28, 31), 3 → (89, 92), 12 → (365, 366).
    """
    first = 1999 if months >= 0 else 2003
    starts = (
        date(first + year, month, day)
        for year in range(4)
        for month in range(1, 13)
        for day in (1, 29, 30, 31)
        if day <= month_length(first + year, month)
    )
    days = [(add_months(start, months) - start).days for start in starts]
    return (min(days), max(days))
