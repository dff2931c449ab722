"""Moving dates by months and days, for one date and, with numpy, for many at once.

A date is its ordinal, days from 1 January of the year 1 (`date.toordinal`). Before the first and behind the last year
that is accepted lie the marks for "nothing limits it", `EARLY` and `LATE`; a mark that is moved stays a mark.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from protocol_dsl.schedule.months import add_months

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years of dates in files. Spreadsheets count from 1900; a date before that is a slip or a mark for "unknown"."""

EARLY, LATE = -(1 << 29), 1 << 29
"""Marks for an open end. Moving one by whole schedules keeps it far outside of all dates, and 32 bits hold it."""

_LOWEST, _HIGHEST = date(2, 1, 1).toordinal(), date(9998, 12, 31).toordinal()
_MARGIN = 10_000_000
"""Days; a mark is not moved farther than this, so that it is still recognised."""


class Shift(NamedTuple):
    """Calendar months, then days, then calendar months again (of a window in months), each possibly negative."""

    months: int
    days: int
    then_months: int = 0

    @property
    def is_days(self) -> bool:
        """Whether the calendar does not matter."""
        return not (self.months or self.then_months)


def is_date(ordinal: int) -> bool:
    """Whether it is a date rather than a mark for an open end."""
    return EARLY + _MARGIN < ordinal < LATE - _MARGIN


def moved(ordinal: int, shift: Shift) -> int:
    """A date, or a mark, moved."""
    if shift.is_days:
        return ordinal + shift.days
    if not is_date(ordinal):
        return ordinal
    return _by_months(_by_months(ordinal, shift.months) + shift.days, shift.then_months)


def _by_months(ordinal: int, months: int) -> int:
    if not months:
        return ordinal
    ordinal = min(max(ordinal, _LOWEST), _HIGHEST)
    try:
        return add_months(date.fromordinal(ordinal), months).toordinal()
    except ValueError:
        return _HIGHEST if months > 0 else _LOWEST


class Months:
    """Months added to whole arrays of ordinals; needs numpy. `known` keeps what was added to one array already."""

    def __init__(self, numpy: Any) -> None:
        self._np = numpy
        starts = [date(year, month, 1).toordinal() for year in range(1, 10_000) for month in range(1, 13)]
        starts.append(date.max.toordinal() + 1)
        self._starts = numpy.array(starts, numpy.int32)
        self._lengths = numpy.diff(self._starts).astype(numpy.int32)

    def moved(self, ordinals: Any, shift: Shift, known: dict[int, Any] | None = None) -> Any:
        """The same as `moved`, for an array; `known` is a dictionary that belongs to this array."""
        if shift.is_days:
            return ordinals + self._np.int32(shift.days) if shift.days else ordinals
        known = {} if known is None else known
        found = known.get(shift.months)
        if found is None:
            found = known[shift.months] = self._by_months(ordinals, shift.months)
        if shift.days:
            found = found + self._np.int32(shift.days)
        found = self._by_months(found, shift.then_months)
        low, high = ordinals.min(initial=0), ordinals.max(initial=0)
        if low > EARLY + _MARGIN and high < LATE - _MARGIN:
            return found
        inside = (ordinals > EARLY + _MARGIN) & (ordinals < LATE - _MARGIN)
        return self._np.where(inside, found, ordinals)

    def _by_months(self, ordinals: Any, months: int) -> Any:
        if not months:
            return ordinals
        np = self._np
        clipped = np.clip(ordinals, _LOWEST, _HIGHEST)
        # A month has 30.44 days on average, so that this is the month, or one of its neighbours.
        index = ((clipped.astype(np.int64) * 4800) // 146_097).astype(np.int32)
        index -= self._starts[index] > clipped
        index += self._starts[index + 1] <= clipped
        day = clipped - self._starts[index]
        target = index + np.int32(months)
        outside = (target < 0) | (target >= len(self._lengths))
        target = np.clip(target, 0, len(self._lengths) - 1)
        found = self._starts[target] + np.minimum(day, self._lengths[target] - 1)
        if outside.any():
            found = np.where(outside, np.int32(_HIGHEST if months > 0 else _LOWEST), found)
        return found.astype(np.int32)
