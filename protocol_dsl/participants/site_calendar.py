"""Working days of a site: its weekend, its holidays, and the days on which it works all the same."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, NamedTuple

Policy = Literal["none", "previous", "next", "nearest"]
POLICIES: tuple[Policy, ...] = ("none", "previous", "next", "nearest")

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SATURDAY_AND_SUNDAY = frozenset((5, 6))


class SiteCalendar(NamedTuple):
    """`weekend` as numbers of weekdays, Monday 0; `holidays` and extra `working` days as ordinals.

    A day that is both a holiday and a working day is a working day: that is what extra working days are for.
    """

    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    holidays: frozenset[int] = frozenset()
    working: frozenset[int] = frozenset()
    time_zone: str | None = None
    names: tuple[tuple[int, str], ...] = ()
    """What the holidays are called, if the file says so."""

    def is_working(self, ordinal: int) -> bool:
        """Whether the site works on this day."""
        if ordinal in self.working:
            return True
        # Day 1 of the calendar was a Monday.
        return (ordinal - 1) % 7 not in self.weekend and ordinal not in self.holidays

    def moved(self, ordinal: int, earliest: int, latest: int, policy: Policy) -> int:
        """The working day to plan for instead of a day without work; never outside of the window.

        `nearest` takes the earlier of two. The day itself where the policy is `none`, or the window has no working
        day on the side that the policy asks for.
        """
        if policy == "none" or self.is_working(ordinal):
            return ordinal
        back, ahead = ordinal - 1, ordinal + 1
        go_back, go_ahead = policy != "next", policy != "previous"
        while (go_back and back >= earliest) or (go_ahead and ahead <= latest):
            if go_back and back >= earliest and self.is_working(back):
                return back
            if go_ahead and ahead <= latest and self.is_working(ahead):
                return ahead
            back, ahead = back - 1, ahead + 1
            if ahead - ordinal > _FARTHEST:
                break
        return ordinal

    def why_not(self, ordinal: int) -> str | None:
        """`a Saturday`, `a holiday (Labour Day)`; None on a working day."""
        if self.is_working(ordinal):
            return None
        if ordinal in self.holidays:
            name = dict(self.names).get(ordinal)
            return f"a holiday ({name})" if name else "a holiday"
        return f"a {WEEKDAYS[(ordinal - 1) % 7].capitalize()}"


_FARTHEST = 366
"""No site is closed for a year; a calendar that says so is not searched without end."""


def to_date(ordinal: int) -> date:
    """An ordinal as a date."""
    return date.min + timedelta(days=ordinal - 1)


def first_ordinal(year: int) -> int:
    """The first day of a year."""
    return date(year, 1, 1).toordinal()


def last_ordinal(year: int) -> int:
    """The last day of a year."""
    return date(year, 12, 31).toordinal()
