"""The dates of a participant's visits, from the date of the timeline's anchor.

Rules of counting:

- Offset 0 is the anchor's own day, whatever number the protocol gives it. A week is 7 days.
- Under `month = calendar` months and years are counted on the calendar, and a day that the month does not have becomes
  its last one: 31 January and one month is 28 or 29 February. All of them are counted from the anchor or the reference
  at once, never from one month to the next, so that a short month does not shift the later ones.
- Under `month = 30 days` (or 28, or 30.4375) a number of months is so many days, rounded to the nearest day, half a day
  away from the anchor; a year is twelve months.
- A window in parts of a day shrinks to whole days, so that no day outside of it is ever offered.
- A relative visit is counted from the planned day of its reference. Where that is a range, the ranges add up.
- No date leaves the days that the schedule as a whole permits (`Schedule.bounds`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Literal, NamedTuple
from typing import Protocol as Structure

from protocol_dsl.model.base import Gap
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Assessment, Timeline, Visit
from protocol_dsl.quantities import Unit, UnitError, is_duration, parse_unit
from protocol_dsl.quantities.unit_table import BASES
from protocol_dsl.schedule.months import add_months

_SECONDS_PER_DAY = 86400
_MINUTES_PER_DAY = 1440
_NOON = 720
_SATURDAY = 5
_TIME, _MONTH = BASES.index("time"), BASES.index("calendar month")

Rounding = Literal["nearest", "up", "down"]


class Bounded(Structure):
    """What is needed of a `Schedule`: the offsets that it leaves to each visit."""

    @property
    def bounds(self) -> Mapping[str, tuple[int | None, int | None]]:
        """First and last offset of each visit; None where nothing limits it. Empty when the schedule contradicts
        itself."""
        ...


class OtherDay(NamedTuple):
    """A time point of a visit that falls on another day than the visit itself.

    `days` later (negative: earlier) than the dose. `dose_from` is the minute of the day from which a dose makes it so;
    a dose before that makes it one day less. None when the hour of the dose does not matter.
    """

    assessment: str
    text: str
    days: int
    dose_from: int | None


class DatedVisit(NamedTuple):
    """A visit with its dates; `earliest` and `latest` are both permitted, and `earliest <= proposed <= latest`.

    `target` is None for a visit that may be on any day of a range; `proposed` is then a weekday near its middle, and
    equal to `target` otherwise. `offset` is the distance of `proposed` from the anchor in days. `counted_from` names
    the visit whose actual date the dates will follow. `remark` says where a planned day had to give way.
    """

    name: str
    target: date | None
    proposed: date
    earliest: date
    latest: date
    offset: int
    counted_from: str | None = None
    other_days: tuple[OtherDay, ...] = ()
    remark: str | None = None

    @property
    def on_weekend(self) -> bool:
        """Whether the day to plan for is a Saturday or a Sunday."""
        return self.proposed.weekday() >= _SATURDAY


class UndatedVisit(NamedTuple):
    """A visit without a foreseeable date. `what` is its name, or a series or cycle as declared."""

    what: str
    reason: str


class VisitDates(NamedTuple):
    """All visits of a participant whose anchor is on `day0`: dated ones by date, the others in schedule order."""

    day0: date
    dated: tuple[DatedVisit, ...]
    undated: tuple[UndatedVisit, ...]


class _NoDateError(Exception):
    """A date that cannot be given; the message is the reason, one clause for people."""


class _Plan(NamedTuple):
    """A visit before the rest of the schedule is looked at.

    `first` to `last` is its target or its range, without the window; `low` to `high` with it. `near` is where a day
    would be proposed, which must stay between `from_day` and `to_day` to fit the day proposed for its reference.
    """

    first: date
    last: date
    low: date
    high: date
    near: date
    from_day: date
    to_day: date
    counted_from: str | None = None


class _Outcome(NamedTuple):
    plan: _Plan
    dated: DatedVisit


def visit_dates(protocol: Protocol, schedule: Bounded, day0: date) -> VisitDates:
    """The dates of every visit when the timeline's anchor is on `day0`. Never raises for a fault of the protocol."""
    found = _Resolver(protocol, schedule, day0).resolve_all()
    order = {visit.name: visit.order for visit in protocol.visits}
    dated = [outcome.dated for outcome in found.values() if isinstance(outcome, _Outcome)]
    dated.sort(key=lambda visit: (visit.proposed, order[visit.name]))
    undated = [
        UndatedVisit(visit.name, str(outcome))
        for visit in protocol.visits
        if isinstance(outcome := found[visit.name], _NoDateError)
    ]
    return VisitDates(day0, tuple(dated), (*undated, *_beyond_those_drawn(protocol)))


def study_day(timeline: Timeline, offset: int) -> int:
    """The protocol's own number of the day at `offset` from the anchor; there is no day 0 if the anchor is day 1."""
    return offset + 1 if timeline.first_day == 1 and offset >= 0 else offset


def offset_of_day(timeline: Timeline, day: int) -> int:
    """The offset from the anchor of the protocol's day `day`."""
    return day - 1 if timeline.first_day == 1 and day > 0 else day


def shifted(start: date, amount: float | Fraction, unit: str, timeline: Timeline, rounding: Rounding) -> date:
    """`start` moved by `amount` of a unit of time, `rounding` parts of a day.

    Raises `_NoDateError`, with the reason, where that is no number of days.
    """
    months = _months(amount, unit)
    try:
        if months is None:
            return start + timedelta(days=_whole(_days(amount, unit), rounding))
        if timeline.month == "days" and timeline.month_days is not None:
            return start + timedelta(days=_whole(months * Fraction(str(timeline.month_days)), "nearest"))
        if timeline.month == "days" or (timeline.month is None and months % 12):
            raise _NoDateError("the timeline does not say how long a month is")
        if months.denominator != 1:
            raise _NoDateError("a part of a calendar month is no number of days")
        return add_months(start, int(months))
    except (OverflowError, ValueError):
        raise _NoDateError("the date would lie outside the years 1 to 9999") from None


class _Resolver:
    """Finds each visit's dates once; a relative visit after its reference."""

    def __init__(self, protocol: Protocol, schedule: Bounded, day0: date) -> None:
        self.protocol = protocol
        self.timeline = protocol.timeline
        self.bounds = schedule.bounds
        self.day0 = day0
        self.visits = {visit.name: visit for visit in protocol.visits}
        self.found: dict[str, _Outcome | _NoDateError] = {}

    def resolve_all(self) -> dict[str, _Outcome | _NoDateError]:
        for visit in self.protocol.visits:
            # From the visit to the first of its references that is known: a chain of any length, so no recursion.
            chain: dict[str, Visit] = {}
            at: Visit | None = visit
            while at is not None and at.name not in self.found:
                if at.name in chain:
                    self.found[at.name] = _NoDateError("it is counted from itself")
                    break
                chain[at.name] = at
                at = self.visits.get(at.timing.reference or "") if at.timing.kind == "relative" else None
            for name, each in reversed(chain.items()):
                if name not in self.found:
                    self.found[name] = self.resolve(each)
        return self.found

    def resolve(self, visit: Visit) -> _Outcome | _NoDateError:
        if self.timeline is None or self.timeline.anchor is None:
            return _NoDateError("the protocol has no timeline with a day 0 or day 1")
        try:
            plan = self.plan(visit, self.timeline)
            return _Outcome(plan, self.dated(visit, plan))
        except _NoDateError as reason:
            return reason

    def plan(self, visit: Visit, timeline: Timeline) -> _Plan:
        timing = visit.timing
        if visit.name == timeline.anchor or (timing.kind == "event" and timing.reference == timeline.anchor):
            return self.with_window(visit, timeline, _single(self.day0))
        if visit.cycle is not None and timing.kind == "timeline":
            return self.with_window(visit, timeline, self.in_cycle(visit))
        if timing.kind == "timeline" and timing.number is not None and timing.unit is not None:
            first = self.point(timeline, timing.unit, timing.number)
            last = first if timing.end_number is None else self.point(timeline, timing.unit, timing.end_number)
            return self.with_window(visit, timeline, _range(min(first, last), max(first, last)))
        if timing.kind == "relative" and timing.reference is not None and timing.gap is not None:
            return self.relative(visit, timeline, timing.reference, timing.gap)
        if timing.kind == "unscheduled":
            raise _NoDateError("it is held when it is needed")
        if timing.kind == "event":
            raise _NoDateError(f"it is held {timing.text[:1].lower()}{timing.text[1:]}")
        raise _NoDateError("the protocol does not say when it is due")

    def point(self, timeline: Timeline, unit: Literal["day", "week", "month", "year"], number: int) -> date:
        """The date of `day 28`, `week 4`, `month 3`, `year 1` of the trial."""
        if unit == "day":
            return shifted(self.day0, offset_of_day(timeline, number), "days", timeline, "nearest")
        return shifted(self.day0, number, f"{unit}s", timeline, "nearest")

    def in_cycle(self, visit: Visit) -> _Plan:
        """A day of a cycle: its number says how far into the cycle it is, its offset how far from the anchor."""
        timing = visit.timing
        if visit.offset is None:
            raise _NoDateError(f"the start of {visit.cycle} has no foreseeable date")
        unit_days = 7 if timing.unit == "week" else 1
        longer = (timing.end_number - timing.number) * unit_days if timing.end_number and timing.number else 0
        first = _days_after(self.day0, visit.offset)
        return _range(first, _days_after(first, longer))

    def relative(self, visit: Visit, timeline: Timeline, reference: str, gap: Gap) -> _Plan:
        if reference == timeline.anchor:
            base = _single(self.day0)
        else:
            known = self.found.get(reference)
            if not isinstance(known, _Outcome):
                return self.from_bounds(visit, reference)
            # What was proposed for the reference, rather than what was planned: the two proposals must fit together.
            base = known.plan._replace(near=known.dated.proposed)
        sign = -1 if visit.timing.direction == "before" else 1
        soonest, farthest = sorted((sign * gap.lower, sign * gap.upper))
        single = soonest == farthest

        def span(start: date, end: date) -> tuple[date, date]:
            return (
                shifted(start, soonest, gap.unit, timeline, "nearest" if single else "up"),
                shifted(end, farthest, gap.unit, timeline, "nearest" if single else "down"),
            )

        (first, last), (from_day, to_day) = span(base.first, base.last), span(base.near, base.near)
        if from_day > to_day:
            raise _NoDateError(f"there is no whole day {visit.timing.text}")
        near = from_day + (to_day - from_day) // 2
        counted_from = None if reference == timeline.anchor else reference
        return self.with_window(visit, timeline, _Plan(first, last, first, last, near, from_day, to_day, counted_from))

    def from_bounds(self, visit: Visit, reference: str) -> _Plan:
        """A visit whose reference has no date can still be hemmed in by the rest of the schedule."""
        low, high = self.bounds.get(visit.name, (None, None))
        if low is None or high is None:
            raise _NoDateError(f"it is counted from {reference}, which has no foreseeable date")
        return _range(_days_after(self.day0, low), _days_after(self.day0, high))._replace(counted_from=reference)

    def with_window(self, visit: Visit, timeline: Timeline, plan: _Plan) -> _Plan:
        window = visit.window
        if window is None:
            return plan
        return plan._replace(
            low=shifted(plan.first, -window.before, window.unit, timeline, "up"),
            high=shifted(plan.last, window.after, window.unit, timeline, "down"),
        )

    def dated(self, visit: Visit, plan: _Plan) -> DatedVisit:
        earliest, latest, remark = self.within_bounds(visit.name, plan)
        target = plan.first if plan.first == plan.last else None
        if target is None:
            proposed = nearest_weekday(
                _between(plan.near, earliest, latest),
                _between(plan.from_day, earliest, latest),
                _between(plan.to_day, earliest, latest),
            )
        else:
            proposed = _between(target, earliest, latest)
            if proposed != target:
                remark = f"planned for {target.isoformat()}, which the rest of the schedule does not permit"
                target = proposed
        return DatedVisit(
            visit.name,
            target,
            proposed,
            earliest,
            latest,
            (proposed - self.day0).days,
            plan.counted_from,
            tuple(_other_days(visit, self.protocol.assessments)),
            remark,
        )

    def within_bounds(self, name: str, plan: _Plan) -> tuple[date, date, str | None]:
        """The plan's days that the rest of the schedule leaves, and what to say if it leaves none."""
        low, high = self.bounds.get(name, (None, None))
        earliest = plan.low if low is None else max(plan.low, _days_after(self.day0, low))
        latest = plan.high if high is None else min(plan.high, _days_after(self.day0, high))
        if earliest > latest:
            return plan.low, plan.high, "the rest of the schedule leaves no day of these"
        return earliest, latest, None


def _single(day: date) -> _Plan:
    return _Plan(day, day, day, day, day, day, day)


def _range(first: date, last: date) -> _Plan:
    return _Plan(first, last, first, last, first + (last - first) // 2, first, last)


def _between(day: date, low: date, high: date) -> date:
    return min(max(day, low), high)


def _days_after(start: date, days: int) -> date:
    try:
        return start + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def nearest_weekday(day: date, low: date, high: date) -> date:
    """The weekday nearest to `day` from `low` to `high`, the earlier of two; `day` itself if there is none."""
    for distance in (0, -1, 1, -2, 2):
        candidate = _days_after(day, distance)
        if low <= candidate <= high and candidate.weekday() < _SATURDAY:
            return candidate
    return day


def _months(amount: float | Fraction, unit: str) -> Fraction | None:
    """`amount` as months if its unit is months or years, else None. Raises `_NoDateError` for what is no time."""
    measured = _unit(unit)
    return Fraction(str(amount)) * Fraction(*measured.factor) if measured.dimension[_MONTH] else None


def _days(amount: float | Fraction, unit: str) -> Fraction:
    measured = _unit(unit)
    if not measured.dimension[_TIME]:
        raise _NoDateError(f"{measured.text} have no length in days here")
    return Fraction(str(amount)) * Fraction(*measured.factor) / _SECONDS_PER_DAY


def _unit(name: str) -> Unit:
    try:
        measured = parse_unit(name)
    except UnitError:
        raise _NoDateError(f"{name} is no unit of time") from None
    if not is_duration(measured):
        raise _NoDateError(f"{name} is no unit of time")
    return measured


def _whole(days: Fraction, rounding: Rounding) -> int:
    if rounding == "up":
        return ceil(days)
    if rounding == "down":
        return floor(days)
    nearest = floor(abs(days) + Fraction(1, 2))
    return nearest if days >= 0 else -nearest


def _other_days(visit: Visit, assessments: tuple[Assessment, ...]) -> list[OtherDay]:
    """The visit's time points that fall on another day than its dose.

    After the dose, a part of a day counts from half a day on: +14 h is the next day if the dose is given at 10:00 or
    later, while +8 h is taken to be on the day of the dose. Before it, only whole days count.
    """
    found: list[OtherDay] = []
    for assessment in assessments:
        for sampling in assessment.sampling:
            if visit.name not in (sampling.visits or assessment.visits):
                continue
            for point in sampling.points:
                days, rest = divmod(abs(point.minute), _MINUTES_PER_DAY)
                if point.minute < 0:
                    days = -days
                elif rest >= _NOON:
                    found.append(OtherDay(assessment.title, point.text, days + 1, _MINUTES_PER_DAY - rest))
                    continue
                if days:
                    found.append(OtherDay(assessment.title, point.text, days, None))
    return list(dict.fromkeys(found))


def _beyond_those_drawn(protocol: Protocol) -> list[UndatedVisit]:
    """Series and cycles that go on after the last one drawn."""
    series = [(each.text, each.members) for each in protocol.series if each.open]
    cycles = [(each.title, each.members) for each in protocol.cycles if each.open]
    return [
        UndatedVisit(what, f"it goes on after {members[-1]}, the last one drawn" if members else "none is drawn")
        for what, members in (*series, *cycles)
    ]
