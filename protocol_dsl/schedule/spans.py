"""Lengths of time as whole days: the fewest and the most that they can be.

A length in months is as long as the calendar makes it, or as the timeline says (`month = 30 days`, rounded to the
nearest day). Where nothing was said the calendar holds, which is the widest reading. A year is twelve months. Parts of
a day reach into the day before and the day after; a window, which is a permission, shrinks to whole days instead.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.quantities import UnitError, parse_unit
from protocol_dsl.quantities.unit_table import BASES
from protocol_dsl.schedule.months import month_span

if TYPE_CHECKING:
    from protocol_dsl.model.base import Duration, Gap
    from protocol_dsl.model.schedule import Timeline, Window

_TIME, _MONTH = BASES.index("time"), BASES.index("calendar month")
_SECONDS_PER_DAY = 86400
_HALF = Fraction(1, 2)
_WHOLE_DAYS = {"day": 1, "days": 1, "week": 7, "weeks": 7}


class Span(NamedTuple):
    """The fewest and the most days; None where nothing is known, as of half-lives."""

    least: int | None
    most: int | None


class Spans:
    """Converts lengths of time under the conventions of one timeline; each only once."""

    def __init__(self, timeline: Timeline | None) -> None:
        self._days_in_month = (
            Fraction(str(timeline.month_days))
            if timeline is not None and timeline.month == "days" and timeline.month_days is not None
            else None
        )
        self._first_day = 0 if timeline is None else timeline.first_day
        self._known: dict[tuple[int | float, str], Span] = {}
        self._windows: dict[tuple[int | float, int | float, str], tuple[int, int]] = {}

    def of(self, amount: int | float, unit: str) -> Span:
        """`amount` of a unit of time; both None if the unit has no length in days."""
        key = (amount, unit)
        found = self._known.get(key)
        if found is None:
            # Days and weeks are by far the most frequent, and need no fractions.
            whole = _WHOLE_DAYS.get(unit)
            if whole is not None and isinstance(amount, int):
                found = Span(amount * whole, amount * whole)
            else:
                found = self._span(amount, unit)
            self._known[key] = found
        return found

    def of_gap(self, gap: Gap) -> Span:
        """From the fewest days of the lower to the most of the upper end."""
        if gap.duration.choose != "only":
            return self.of_duration(gap.duration)
        if gap.lower == gap.upper:
            return self.of(gap.lower, gap.unit)
        return Span(self.of(gap.lower, gap.unit).least, self.of(gap.upper, gap.unit).most)

    def of_duration(self, duration: Duration) -> Span:
        """A duration, or the shorter or longer of two of which one may be unknown."""
        parts = [self.of(part.value, part.unit) for part in duration.quantities]
        least = [part.least for part in parts if part.least is not None]
        most = [part.most for part in parts if part.most is not None]
        if duration.choose == "shorter":
            return Span(min(least) if len(least) == len(parts) else 0, min(most, default=None))
        return Span(max(least, default=None), max(most) if len(most) == len(parts) else None)

    def point(self, unit: str, number: int) -> tuple[int, int]:
        """The offsets from the anchor that `day 28`, `week 4`, `month 3` can mean."""
        if unit == "day":
            offset = number - 1 if self._first_day == 1 and number > 0 else number
            return offset, offset
        least, most = self.of(number, unit)
        assert least is not None, "weeks, months and years have a length"
        assert most is not None
        return least, most

    def of_window(self, window: Window) -> tuple[int, int]:
        """Whole days before and after the target that the window permits."""
        key = (window.before, window.after, window.unit)
        found = self._windows.get(key)
        if found is None:
            before, after, unit = key
            found = self._windows[key] = (self._permitted(before, unit), self._permitted(after, unit))
        return found

    def _permitted(self, amount: int | float, unit: str) -> int:
        least, most = self.of(amount, unit)
        if least is None or most is None:
            return 0
        return least if parse_unit(unit).dimension[_TIME] else most

    def _span(self, amount: int | float, unit: str) -> Span:
        try:
            measured = parse_unit(unit)
        except UnitError:
            return Span(None, None)
        exact = Fraction(str(amount)) * Fraction(*measured.factor)
        if measured.dimension[_TIME]:
            days = exact / _SECONDS_PER_DAY
            return Span(floor(days), ceil(days))
        if not measured.dimension[_MONTH]:
            return Span(None, None)
        if self._days_in_month is not None:
            days = exact * self._days_in_month
            nearest = floor(days + _HALF) if days >= 0 else ceil(days - _HALF)
            return Span(nearest, nearest)
        return Span(month_span(floor(exact))[0], month_span(ceil(exact))[1])
