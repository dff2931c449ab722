"""The same windows as in `windows.py` for many participants at once, for those who have numpy (the extra `fast`).

A row of an array is a point in time, a column a participant; the links of a plan become sums and maxima of rows. The
results are those of `windows.windows`, number by number.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple

from protocol_dsl.participants import windows
from protocol_dsl.participants.plan import Plan, Planned
from protocol_dsl.participants.shifts import EARLY, FIRST_YEAR, LAST_YEAR, LATE, Months, Shift
from protocol_dsl.participants.site_calendar import Policy, SiteCalendar, first_ordinal, last_ordinal

CHUNK = 16_384
"""Participants at once: a row of dates then fits in the cache of a processor core."""

NO_DATE = 0
"""What stands for no date in an array; the first ordinal is 1."""

_FARTHEST = 366


def _numpy() -> Any:
    try:
        return import_module("numpy")
    except ImportError:
        return None


numpy: Any = _numpy()
"""The module, or None."""


@cache
def _months() -> Months:
    return Months(numpy)


class CohortFacts(NamedTuple):
    """Dates of `size` participants: an array of ordinals a node, `NO_DATE` where nothing is known; nodes recorded as
    missed or not applicable, as arrays of booleans; dates that were agreed upon. Nodes that nothing is known of are
    left out."""

    size: int
    dates: Mapping[int, Any]
    missed: Mapping[int, Any] = MappingProxyType({})
    not_applicable: Mapping[int, Any] = MappingProxyType({})
    agreed: Mapping[int, Any] = MappingProxyType({})


class VisitColumns(NamedTuple):
    """One visit for all participants of a chunk, as `windows.Window` has it for one; `NO_DATE` for no date."""

    state: Any
    target: Any
    planned: Any
    earliest: Any
    latest: Any
    done: Any
    deviation: Any


class Columns(NamedTuple):
    """All visits, in the order of `plan.visits`; `contradicts` marks participants whose dates leave some node no
    date, `breaks` those of whom two dates break a rule about their distance."""

    visits: list[VisitColumns]
    contradicts: Any
    breaks: Any


def compute(plan: Plan, facts: CohortFacts, on: int, site: SiteCalendar) -> Columns:
    """The windows of the participants on the day `on`; give it at most `CHUNK` of them for best speed."""
    return _Chunk(plan, facts, site).compute(on)


class _Chunk:
    def __init__(self, plan: Plan, facts: CohortFacts, site: SiteCalendar) -> None:
        np = numpy
        self.plan = plan
        self.site = site
        self.size = facts.size
        self.facts = facts
        self.dates = {node: np.asarray(dates, np.int32) for node, dates in facts.dates.items()}
        self.known = {node: dates != NO_DATE for node, dates in self.dates.items()}
        self.all_known = {node for node, known in self.known.items() if known.all()}
        self.some_known = {node for node, known in self.known.items() if node not in self.all_known and known.any()}
        self.sums: dict[int, tuple[Any, dict[Shift, Any], dict[int, Any]]] = {}
        self.early = np.full(self.size, EARLY, np.int32)
        self.late = np.full(self.size, LATE, np.int32)
        self.first: list[Any] = [self.early] * plan.size
        self.last: list[Any] = [self.late] * plan.size
        self.low: list[Any] = [self.early] * plan.size
        self.high: list[Any] = [self.late] * plan.size

    def compute(self, on: int) -> Columns:
        self.follow((self.low, self.high), planning=False)
        earliest, latest = self.narrowed()
        self.pin(earliest, latest)
        self.follow((self.first, self.last), planning=True)
        contradicts = (earliest > latest).any(axis=0)
        hidden = self.hidden()
        visits = [self.visit(each, earliest, latest, hidden, on) for each in self.plan.visits]
        return Columns(visits, contradicts, self.breaks())

    def breaks(self) -> Any:
        """Where two facts do not keep the distance that a link between them demands."""
        found = numpy.zeros(self.size, bool)
        for source, target, low, high, _, _, _ in self.plan.others:
            if source not in self.dates or target not in self.dates:
                continue
            one, other = self.dates[source], self.dates[target]
            wrong = numpy.zeros(self.size, bool)
            if low is not None:
                wrong |= other < _months().moved(one, low)
            if high is not None:
                wrong |= other > _months().moved(one, high)
            found |= wrong & self.known[source] & self.known[target]
        return found

    def base(self, rows: list[Any], node: int) -> Any:
        """A row, with the actual dates where they are known."""
        if node in self.all_known:
            return self.dates[node]
        if node in self.some_known:
            return numpy.where(self.known[node], self.dates[node], rows[node])
        return rows[node]

    def plan_base(self, rows: list[Any], node: int) -> Any:
        """A row with the actual dates, else with those that were agreed upon."""
        agreed = self.facts.agreed.get(node)
        if agreed is None or node in self.all_known:
            return self.base(rows, node)
        row = numpy.where(agreed != NO_DATE, agreed, rows[node])
        return numpy.where(self.known[node], self.dates[node], row) if node in self.some_known else row

    def follow(self, rows: tuple[list[Any], list[Any]], planning: bool) -> None:
        """What each own statement says, from its source on: without windows for planning, else with them."""
        bases: dict[int, tuple[Any, Any]] = {}
        base = self.plan_base if planning else self.base
        for own in self.plan.own:
            source = own.source
            if source not in bases:
                one = base(rows[0], source)
                other = one if source in self.all_known or rows[0][source] is rows[1][source] else None
                bases[source] = one, base(rows[1], source) if other is None else other
            shifts = (own.first, own.last) if planning else (own.low, own.high)
            for row, from_row, shift in zip(rows, bases[source], shifts, strict=True):
                if shift is None:
                    continue
                # The same sum need not be made twice: most visits have one day, and windows begin from it.
                kept = self.sums.setdefault(id(from_row), (from_row, {}, {}))
                if shift not in kept[1]:
                    kept[1][shift] = _months().moved(from_row, shift, kept[2])
                row[own.node] = kept[1][shift]

    def pin(self, earliest: Any, latest: Any) -> None:
        """Points that can only be on one day are planned for that day."""
        for node in self.plan.roots:
            if node not in self.all_known:
                only = earliest[node] == latest[node]
                if node in self.some_known:
                    only &= ~self.known[node]
                if only.any():
                    self.first[node] = numpy.where(only, earliest[node], self.early)
                    self.last[node] = numpy.where(only, earliest[node], self.late)

    def narrowed(self) -> tuple[Any, Any]:
        np, plan = numpy, self.plan
        earliest = np.array(self.low, np.int32)
        latest = np.array(self.high, np.int32)
        for node in self.all_known:
            earliest[node] = latest[node] = self.dates[node]
        for node in self.some_known:
            np.copyto(earliest[node], self.dates[node], where=self.known[node])
            np.copyto(latest[node], self.dates[node], where=self.known[node])
        own = [each.link for each in plan.own if each.node not in self.all_known and each.source not in self.all_known]
        back = [each.link for each in plan.own if each.source not in self.all_known]
        forward = [link for link in (*own, *plan.others) if link.target not in self.all_known]
        backward = [link for link in reversed((*back, *plan.others)) if link.source not in self.all_known]
        touched = sorted({link.target for link in forward} | {link.source for link in backward})
        for _ in range(windows.passes(plan) if touched else 0):
            before = earliest[touched], latest[touched]
            for source, target, low, high, _, _, _ in forward:
                if low is not None:
                    row = earliest[target]
                    np.maximum(row, _months().moved(earliest[source], low), out=row)
                    self.restore(row, target)
                if high is not None:
                    row = latest[target]
                    np.minimum(row, _months().moved(latest[source], high), out=row)
                    self.restore(row, target)
            for source, target, _, _, least, most, _ in backward:
                if most is not None:
                    row = earliest[source]
                    np.maximum(row, earliest[target] - np.int32(most) if most else earliest[target], out=row)
                    self.restore(row, source)
                if least is not None:
                    row = latest[source]
                    np.minimum(row, latest[target] - np.int32(least) if least else latest[target], out=row)
                    self.restore(row, source)
            if np.array_equal(before[0], earliest[touched]) and np.array_equal(before[1], latest[touched]):
                break
        return earliest, latest

    def restore(self, row: Any, node: int) -> None:
        """Facts stand where they are."""
        if node in self.some_known:
            numpy.copyto(row, self.dates[node], where=self.known[node])

    def hidden(self) -> dict[int, Any]:
        """Where a node waits for something that is not foreseen and did not happen."""
        nobody = numpy.zeros(self.size, bool)
        found: dict[int, Any] = {
            node: ~self.known.get(node, nobody) for node in self.plan.unforeseen if node not in self.all_known
        }
        for own in self.plan.own:
            if own.source in found and own.node not in self.all_known:
                also = found[own.source] & ~self.known.get(own.node, nobody)
                found[own.node] = found[own.node] | also if own.node in found else also
        return found

    def visit(self, planned: Planned, earliest: Any, latest: Any, hidden: dict[int, Any], on: int) -> VisitColumns:
        np, node = numpy, planned.node
        none = np.int32(NO_DATE)
        first, last = self.first[node], self.last[node]
        known = self.known.get(node)
        early, late = earliest[node], latest[node]
        if first is last:
            middle, is_single = first, None
        else:
            middle = first + (last - first) // 2
            is_single = first == last
        has_day = (first > EARLY // 2) & (last < LATE // 2)
        possible = early <= late
        target = np.where(possible, np.minimum(np.maximum(middle, early), late), middle)
        from_day = np.where((early < on) & (late >= on), np.int32(on), early)
        day = np.where(possible, np.maximum(target, from_day), target)
        moved = _shifted(self.site, planned.shift, day, from_day, late, possible)
        if planned.shift == "none" and is_single is not None:
            free = _shifted(self.site, "nearest", day, from_day, late, possible)
            moved = np.where(is_single, moved, free)
        day = moved
        day = np.where(has_day, day, none)
        if known is not None:
            target = np.where(known, middle, target)
            day = np.where(known, self.dates[node], day)
        target = np.where(has_day if is_single is None else has_day & is_single, target, none)
        state = np.full(self.size, windows.OPEN, np.int8)
        state[(early > EARLY // 2) & (early <= on) & (late < LATE // 2)] = windows.DUE
        state[late < on] = windows.MISSED if planned.visit.optional else windows.OVERDUE
        gone = ~possible
        for end in planned.ends:
            if end in self.dates:
                gone |= self.known[end] & (late >= self.dates[end])
        state[gone] = windows.UNREACHABLE
        if node in self.facts.missed:
            state[self.facts.missed[node]] = windows.MISSED
        if node in hidden:
            state[hidden[node]] = windows.HIDDEN
        if node in self.facts.not_applicable:
            state[self.facts.not_applicable[node]] = windows.HIDDEN
        if known is None:
            zero = np.zeros(self.size, np.int32)
            return VisitColumns(state, target, day, _dates(early), _dates(late), zero, zero)
        done = self.dates[node]
        state[known] = windows.DONE
        low, high = self.low[node], self.high[node]
        deviation = np.where(done < low, done - low, np.where(done > high, done - high, 0))
        deviation = np.where(known, deviation, 0)
        shown_early, shown_late = np.where(known, low, early), np.where(known, high, late)
        return VisitColumns(state, target, day, _dates(shown_early), _dates(shown_late), done, deviation)


def _dates(ordinals: Any) -> Any:
    """Marks for an open end become `NO_DATE`."""
    return numpy.where((ordinals > EARLY // 2) & (ordinals < LATE // 2), ordinals, numpy.int32(NO_DATE))


class _WorkingDays(NamedTuple):
    """For each day from `start` on: whether it is a working day's, and the nearest working day before and after it."""

    start: int
    before: Any
    after: Any


@cache
def _working_days(site: SiteCalendar) -> _WorkingDays:
    np = numpy
    start, end = first_ordinal(FIRST_YEAR - 1), last_ordinal(LAST_YEAR + 200)
    days = np.arange(start, end + 1, dtype=np.int32)
    works = ~np.isin((days - 1) % 7, sorted(site.weekend))
    for others, value in ((site.holidays, False), (site.working, True)):
        inside = [day - start for day in sorted(others) if start <= day <= end]
        works[inside] = value
    before = np.maximum.accumulate(np.where(works, days, np.int32(EARLY)))
    after = np.minimum.accumulate(np.where(works, days, np.int32(LATE))[::-1])[::-1]
    return _WorkingDays(start, before, after)


def _shifted(site: SiteCalendar, policy: Policy, day: Any, early: Any, late: Any, possible: Any) -> Any:
    """As `SiteCalendar.moved`."""
    if policy == "none":
        return day
    np = numpy
    table = _working_days(site)
    place = np.clip(day - table.start, 0, len(table.before) - 1)
    before, after = table.before[place], table.after[place]
    back = (before >= early) & (day - before <= _FARTHEST)
    ahead = (after <= late) & (after - day <= _FARTHEST)
    if policy == "next":
        chosen = np.where(ahead, after, day)
    elif policy == "previous":
        chosen = np.where(back, before, day)
    else:
        nearer_back = back & (~ahead | (day - before <= after - day))
        chosen = np.where(nearer_back, before, np.where(ahead, after, day))
    return np.where(possible, chosen, day)
