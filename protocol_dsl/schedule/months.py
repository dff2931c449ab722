"""How many days months can have, and dates that lie whole months apart."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    """Whether a year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Days of a month, `month` from 1 to 12."""
    return 29 if month == 2 and is_leap(year) else _LENGTHS[month - 1]


def add_months(start: date, months: int) -> date:
    """The same day of the month `months` later (or earlier); the last day of a shorter month (31 January → 28 February)."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, month_length(year, month + 1)))


@cache
def month_span(months: int) -> tuple[int, int]:
    """Fewest and most days from any date to the date `months` calendar months later (negative: earlier).

    Every start in a four-year cycle with one leap year is tried: 1 → (28, 31), 3 → (89, 92), 12 → (365, 366).
    """
    if months == 0:
        return (0, 0)
    first = date(1999, 1, 1) if months > 0 else date(2003, 1, 1)
    days = [
        (add_months(day, months) - day).days for day in (first + timedelta(days=offset) for offset in range(4 * 365 + 1))
    ]
    return (min(days), max(days))
