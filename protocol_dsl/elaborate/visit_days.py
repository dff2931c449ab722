"""The days of visits, in whole days from the anchor of the timeline."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from protocol_dsl.elaborate.context import Context
from protocol_dsl.elaborate.times import CALENDAR_UNITS
from protocol_dsl.model.base import Gap
from protocol_dsl.model.schedule import Timeline, Timing, Window
from protocol_dsl.quantities import parse_unit
from protocol_dsl.schedule.spans import Spans
from protocol_dsl.syntax.nodes import Node

if TYPE_CHECKING:
    from protocol_dsl.elaborate.visit_names import Member, VisitBuilder

_SECONDS_PER_DAY = 86400
_MEAN_MONTH = Fraction("30.4375")


class Days(NamedTuple):
    """Where a visit lies, in days from the anchor: nominal day, first and last day of its own timing."""

    offset: int | None
    earliest: int | None
    latest: int | None


NOWHERE = Days(None, None, None)


class Counting:
    """How the trial counts days and months: the number of the anchor's day, and what a month is."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.first_day = 0
        self.anchor: str | None = None
        self.calendar_months = True
        self.month_days: float = 30.4375

    @cached_property
    def spans(self) -> Spans:
        """Lengths of time under the conventions of the timeline, which are read before the first visit."""
        return Spans(
            Timeline.model_construct(
                anchor=self.anchor,
                first_day=self.first_day,
                month="calendar" if self.calendar_months else "days",
                month_days=None if self.calendar_months else self.month_days,
            )
        )

    def timeline_days(self, unit: str, number: int) -> Days:
        """The day that `day 28`, `week 4` or `month 3` means."""
        if unit == "day":
            offset = number - self.first_day if number > 0 and self.first_day == 1 else number
            return Days(offset, offset, offset)
        if unit == "week":
            return Days(number * 7, number * 7, number * 7)
        return self.gap_days(number, f"{unit}s")

    def gap_days(self, value: int | float, unit: str) -> Days:
        """The days that a length of time spans; its nominal day is the nearest one."""
        least, most = self.spans.of(value, unit)
        if least is None or most is None:
            return NOWHERE
        if least == most:
            return Days(least, least, most)
        exact = Fraction(str(value)) * Fraction(*parse_unit(unit).factor)
        if CALENDAR_UNITS.get(unit) in ("month", "year"):
            return Days(round(exact * _MEAN_MONTH), least, most)
        days = exact / _SECONDS_PER_DAY
        return Days(floor(abs(days) + Fraction(1, 2)) * (1 if days >= 0 else -1), least, most)

    def window_days(self, window: Window | None) -> tuple[int, int]:
        """Whole days that a window permits before and after."""
        return (0, 0) if window is None else self.spans.of_window(window)


class DayFinder:
    """Finds the days of visits, through the visits that they count from."""

    def __init__(self, builder: VisitBuilder, timings: dict[str, tuple[Timing, Window | None]]) -> None:
        self.builder = builder
        self.context = builder.context
        self.counting = builder.counting
        self.timings = timings
        self.days: dict[str, Days] = {}
        self.busy: set[str] = set()

    def find_days(self, name: str) -> Days:
        """The days of a visit from the anchor, through the visits that it counts from."""
        for one in reversed(self.chain(name)):
            self.find_own(one)
        return self.find_own(name)

    def chain(self, name: str) -> list[str]:
        """The visits that a visit counts from, nearest first, as far as their days are not known."""
        found: list[str] = []
        seen = {name, *self.busy}
        at: str | None = self.counted_from(name)
        while at is not None and at not in seen and at not in self.days:
            found.append(at)
            seen.add(at)
            at = self.counted_from(at)
        return found

    def counted_from(self, name: str) -> str | None:
        """The visit that a visit counts from."""
        timing = self.timings[name][0] if name in self.timings else None
        return timing.reference if timing is not None and timing.kind == "relative" else None

    def since_event(self, name: str) -> tuple[str | None, int]:
        """The event that a visit without a day counts from, also by way of others, and the nominal days since then."""
        days = 0
        at = name
        for _ in self.timings:
            timing = self.timings[at][0]
            if timing.kind == "event":
                return timing.reference, days
            if timing.kind != "relative" or timing.gap is None or timing.reference is None:
                break
            gap = timing.gap
            low, high = (self.counting.gap_days(value, gap.unit).offset or 0 for value in (gap.lower, gap.upper))
            days += low if timing.direction == "after" else -high
            at = timing.reference
            if at not in self.timings:
                return (at if self.context.scope.find(at, "event") is not None else None), days
        return None, 0

    def find_own(self, name: str) -> Days:
        """The days of a visit when those of the visits before it are known."""
        if name in self.days:
            return self.days[name]
        if name == self.counting.anchor:
            found = Days(0, 0, 0)
            if name not in self.timings:
                return found
        if name in self.busy or name not in self.timings:
            return NOWHERE
        self.busy.add(name)
        timing, window = self.timings[name]
        days = self.own_days(name, timing)
        self.busy.discard(name)
        before, after = self.counting.window_days(window)
        if days.offset is not None and days.earliest is not None and days.latest is not None:
            days = Days(days.offset, days.earliest - before, days.latest + after)
        self.days[name] = days
        return days

    def own_days(self, name: str, timing: Timing) -> Days:
        """The days of a visit without its window."""
        member = self.builder.by_name[name]
        if timing.kind == "timeline" and timing.unit is not None and timing.number is not None:
            if member.cycle is not None:
                return self.cycle_days(member, timing)
            start = self.counting.timeline_days(timing.unit, timing.number)
            if timing.end_number is None:
                return start
            end = self.counting.timeline_days(timing.unit, timing.end_number)
            return Days(start.offset, start.earliest, end.latest)
        if timing.kind == "relative" and timing.gap is not None and timing.reference is not None:
            reference = self.reference_days(timing.reference)
            low = self.counting.gap_days(timing.gap.lower, timing.gap.unit)
            high = self.counting.gap_days(timing.gap.upper, timing.gap.unit)
            if reference.offset is None or low.offset is None or high.offset is None:
                return NOWHERE
            assert reference.earliest is not None
            assert reference.latest is not None
            assert low.earliest is not None
            assert high.latest is not None
            if timing.direction == "after":
                return Days(
                    reference.offset + low.offset, reference.earliest + low.earliest, reference.latest + high.latest
                )
            return Days(
                reference.offset - high.offset, reference.earliest - high.latest, reference.latest - low.earliest
            )
        return NOWHERE

    def cycle_days(self, member: Member, timing: Timing) -> Days:
        """The day of a visit in a cycle; days of a cycle count from 1."""
        assert member.cycle is not None
        assert timing.number is not None
        node, shift = self.builder.cycle_starts[member.cycle.name]
        base = 0
        if node.kind == "from_clause":
            point = self.context.point(cast(Node, node.children[0]))
            if point is not None and point.kind == "timeline" and point.unit and point.number is not None:
                base = self.counting.timeline_days(point.unit, point.number).offset or 0
            elif point is not None and point.of and point.kind in ("place", "after"):
                base = self.reference_days(point.of).offset or 0
                if point.duration is not None:
                    base += (
                        self.counting.gap_days(
                            point.duration.quantities[0].value, point.duration.quantities[0].unit
                        ).offset
                        or 0
                    )
        step = 7 if timing.unit == "week" else 1
        start = base + shift + (timing.number - 1) * step
        end = base + shift + ((timing.end_number or timing.number) - 1) * step
        return Days(start, start, end)

    def reference_days(self, name: str) -> Days:
        """The days of what a visit counts from: a visit, the anchor, the end of a duration."""
        if name == self.counting.anchor:
            return Days(0, 0, 0)  # whatever its window: all days are counted from the day on which it takes place
        if name in self.builder.by_name:
            return self.find_days(name)
        moment = self.context.scope.find(name, "moment", "event")
        about: Any = moment.about if moment is not None else None
        if isinstance(about, tuple):
            start, gap = cast("tuple[str, Gap]", about)
            first = self.reference_days(start)
            low, high = self.counting.gap_days(gap.lower, gap.unit), self.counting.gap_days(gap.upper, gap.unit)
            if (
                first.offset is not None
                and low.offset is not None
                and first.earliest is not None
                and first.latest is not None
            ):
                return Days(
                    first.offset + low.offset, first.earliest + (low.earliest or 0), first.latest + (high.latest or 0)
                )
        return NOWHERE
