"""What a protocol asks of one kind of participant: visits, points in time, and links between them, ready for dates.

A `Plan` is made once for an arm and a population and then serves all participants of that kind. It holds the schedule's
edges with months as the calendar has them, not as a range of days: `month 3` after a known date is one date.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from fractions import Fraction
from typing import NamedTuple

from protocol_dsl.model.base import Gap
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Timeline, Visit, Window
from protocol_dsl.participants.shifts import Shift
from protocol_dsl.participants.site_calendar import Policy
from protocol_dsl.quantities import UnitError, parse_unit
from protocol_dsl.quantities.unit_table import BASES
from protocol_dsl.schedule.build import Edge, Node, Schedule
from protocol_dsl.schedule.spans import Spans

_MONTH = BASES.index("calendar month")
_OWN = ("timing", "relative", "event", "cycle", "dlt", "contingent")
"""Kinds of edges that say when a point in time is due, rather than in which order it comes."""

EXPECTED = frozenset(("consent", "enrolment", "randomization", "release"))
"""Built-in events that every participant is meant to reach; a visit that waits for another event is not foreseen."""
ENDING = ("death", "withdrawal", "end_of_study")
"""Built-in events after which no visit is expected, but for those that are counted from them."""


class Link(NamedTuple):
    """What one edge of the schedule says: `target` is from `low` to `high` after `source` (nodes by index).

    `least` and `most` are the same in days, widest reading, for counting back from the target. None where it says
    nothing. `edge` is the index of the edge in the schedule.
    """

    source: int
    target: int
    low: Shift | None
    high: Shift | None
    least: int | None
    most: int | None
    edge: int


class Own(NamedTuple):
    """When a node is due: `first` to `last` after its source, without its window, and `low` to `high` with it."""

    node: int
    source: int
    first: Shift | None
    last: Shift | None
    low: Shift | None
    high: Shift | None
    link: Link


class Planned(NamedTuple):
    """A visit of the plan. `ends` are nodes after which it is not held, `shift` is where it gives way to days off."""

    visit: Visit
    node: int
    ends: tuple[int, ...]
    shift: Policy


class Plan:
    """Visits and links for one kind of participant.

    `own` is in an order in which sources come before what is counted from them; `own_of` finds it by node; `roots` are
    the points that others are counted from and that are counted from none.
    `unforeseen` are nodes that may never take place: events that nobody expects, and unscheduled visits.
    """

    def __init__(
        self, protocol: Protocol, schedule: Schedule, arm: str | None = None, populations: Iterable[str] | None = None
    ) -> None:
        self.protocol = protocol
        self.schedule = schedule = _with_ends(schedule, protocol)
        self.timeline = protocol.timeline
        self.arm = arm
        self.populations = None if populations is None else frozenset(populations)
        self.size = len(schedule.nodes)
        self.anchor = schedule.anchor
        self._visits = {visit.name: visit for visit in protocol.visits}
        mine = [visit for visit in protocol.visits if self.is_for(visit)]
        left_out = {schedule.index[name] for name in self._visits} - {schedule.index[visit.name] for visit in mine}
        shifts = _Shifts(protocol, schedule)
        self.links = [
            shifts.link(number, edge)
            for number, edge in enumerate(schedule.edges)
            if edge.source != edge.target and edge.source not in left_out and edge.target not in left_out
        ]
        self.own = self._ordered(shifts)
        self.roots = tuple(sorted({own.source for own in self.own} - {own.node for own in self.own}))
        self.own_of = {each.node: each for each in self.own}
        owned = {each.link.edge for each in self.own}
        self.others = [link for link in self.links if link.edge not in owned]
        self.unforeseen = frozenset(
            number
            for number, node in enumerate(schedule.nodes)
            if number != self.anchor
            and (
                (node.kind == "event" and node.name not in EXPECTED and number not in self.own_of)
                or (node.kind == "visit" and self._visits[node.name].timing.kind == "unscheduled")
            )
        )
        self.visits = tuple(self._planned(visit) for visit in sorted(mine, key=lambda visit: visit.order))

    def is_for(self, visit: Visit) -> bool:
        """Whether a visit may be held with these participants; what is not known of them excludes nothing."""
        stage = self.protocol.stage(visit.stage) if visit.stage is not None else None
        cycle = next((each for each in self.protocol.cycles if visit.cycle in each.members), None)
        return all(self.admits(each.arms, each.populations) for each in (visit, stage, cycle) if each is not None)

    def admits(self, arms: tuple[str, ...], populations: tuple[str, ...]) -> bool:
        """Whether something for these arms and populations may be for the participant; for nobody named, for all."""
        if not arms and not populations:
            return True
        if self.arm is None and arms:
            return True
        if self.populations is None and populations:
            return True
        return self.arm in arms or bool(self.populations and self.populations & set(populations))

    def _planned(self, visit: Visit) -> Planned:
        node = self.schedule.index[visit.name]
        ends = [self.schedule.index[name] for name in ENDING if name in self.schedule.index]
        series = next((each for each in self.protocol.series if each.text == visit.series), None)
        cycle = next((each for each in self.protocol.cycles if visit.cycle in each.members), None)
        for point in (*visit.until, *(series.until if series else ()), *(cycle.until if cycle else ())):
            if point.kind == "place" and point.of in self.schedule.index:
                ends.append(self.schedule.index[point.of])
        # A visit that is counted from an event is not ended by it.
        chain: set[int] = set()
        at: int | None = node
        while at is not None and at not in chain:
            chain.add(at)
            at = self.own_of[at].source if at in self.own_of else None
        shift = visit.shift or (self.timeline.shift if self.timeline is not None else "none")
        return Planned(visit, node, tuple(end for end in dict.fromkeys(ends) if end not in chain), shift)

    def _ordered(self, shifts: _Shifts) -> list[Own]:
        found: dict[int, Own] = {}
        for link in self.links:
            edge = self.schedule.edges[link.edge]
            node = self.schedule.nodes[link.target]
            element = self.schedule.statements[edge.statement].element
            if edge.kind not in _OWN or (node.kind == "visit" and element != node.name) or link.target in found:
                continue
            if node.kind not in ("visit", "cycle", "milestone", "event"):
                continue
            first, last = shifts.without_window(self._visits.get(element) if node.kind == "visit" else None, link)
            found[link.target] = Own(link.target, link.source, first, last, link.low, link.high, link)
        ordered: dict[int, Own] = {}
        for own in found.values():
            chain: list[Own] = []
            at: Own | None = own
            while at is not None and at.node not in ordered and at not in chain:
                chain.append(at)
                at = found.get(at.source)
            if at is None or at.node in ordered:
                ordered.update((each.node, each) for each in reversed(chain))
        return list(ordered.values())


def _with_ends(schedule: Schedule, protocol: Protocol) -> Schedule:
    """The schedule with a point for each event that ends participation, also where no statement of times names it."""
    parts = (*protocol.visits, *protocol.series, *protocol.cycles)
    named = [point.of for part in parts for point in part.until if point.kind == "place" and point.of is not None]
    missing = [name for name in dict.fromkeys((*ENDING, *named)) if name not in schedule.index]
    if not missing:
        return schedule
    found = copy(schedule)
    found.nodes = [*schedule.nodes, *(Node(name, "event", name, name) for name in missing)]
    found.index = {**schedule.index, **{name: len(schedule.nodes) + at for at, name in enumerate(missing)}}
    found.windows = [*schedule.windows, *((None, None) for _ in missing)]
    return found


class _Shifts:
    """Turns edges into links, with months where the protocol counts in calendar months."""

    def __init__(self, protocol: Protocol, schedule: Schedule) -> None:
        self.timeline: Timeline | None = protocol.timeline
        self.spans = Spans(protocol.timeline)
        self.schedule = schedule
        self.visits = {visit.name: visit for visit in protocol.visits}
        self.gaps: dict[tuple[int, int], Gap] = {}
        for order in protocol.orders:
            if order.gap is not None:
                self.gaps[order.origin.line, order.origin.column] = order.gap
        for duration in protocol.timeline.durations if protocol.timeline is not None else ():
            self.gaps[duration.origin.line, duration.origin.column] = duration.gap

    def link(self, number: int, edge: Edge) -> Link:
        """An edge of the schedule as a link."""
        low, high = self._by_calendar(edge)
        if low is None and edge.earliest is not None:
            low = Shift(0, edge.earliest)
        if high is None and edge.latest is not None:
            high = Shift(0, edge.latest)
        return Link(edge.source, edge.target, low, high, edge.earliest, edge.latest, number)

    def without_window(self, visit: Visit | None, link: Link) -> tuple[Shift | None, Shift | None]:
        """The first and last day of a link without the visit's window."""
        if visit is None or visit.window is None:
            return link.low, link.high
        found = self._due(visit)
        if found is not None:
            return found
        before, after = self.spans.of_window(visit.window)
        first = None if link.least is None else Shift(0, link.least + before)
        last = None if link.most is None else Shift(0, link.most - after)
        return first, last

    def _by_calendar(self, edge: Edge) -> tuple[Shift | None, Shift | None]:
        statement = self.schedule.statements[edge.statement]
        if edge.kind in ("timing", "relative"):
            visit = self.visits.get(statement.element)
            if visit is None or self.schedule.nodes[edge.target].name != visit.name:
                return None, None
            return self._with_window(visit, edge)
        gap = self.gaps.get((statement.origin.line, statement.origin.column))
        if edge.kind in ("order", "contingent") and gap is not None:
            low, high = self._months(gap.lower, gap.unit), self._months(gap.upper, gap.unit)
            if low is not None and high is not None:
                return (
                    Shift(low, 0) if edge.earliest else None,
                    Shift(high, 0) if edge.latest is not None else None,
                )
        return None, None

    def _with_window(self, visit: Visit, edge: Edge) -> tuple[Shift | None, Shift | None]:
        due = self._due(visit)
        window = visit.window
        in_months = window is not None and self._months(window.after, window.unit) is not None
        if due is None and not in_months:
            return None, None
        if due is None:
            if edge.earliest is None or edge.latest is None or window is None:
                return None, None
            before, after = self.spans.of_window(window)
            due = Shift(0, edge.earliest + before), Shift(0, edge.latest - after)
        return self._widened(due, window)

    def _widened(self, due: tuple[Shift, Shift], window: Window | None) -> tuple[Shift, Shift]:
        if window is None:
            return due
        before, after = self._months(window.before, window.unit), self._months(window.after, window.unit)
        if before is not None and after is not None:
            return due[0]._replace(then_months=-before), due[1]._replace(then_months=after)
        days_before, days_after = self.spans.of_window(window)
        first, last = due
        return first._replace(days=first.days - days_before), last._replace(days=last.days + days_after)

    def _due(self, visit: Visit) -> tuple[Shift, Shift] | None:
        """First and last day of a visit that is counted in calendar months; None if it is counted otherwise."""
        timing = visit.timing
        if timing.kind == "timeline" and timing.number is not None and timing.unit in ("month", "year"):
            months = self._months(timing.number, f"{timing.unit}s")
            end = months if timing.end_number is None else self._months(timing.end_number, f"{timing.unit}s")
            if months is None or end is None:
                return None
            return Shift(min(months, end), 0), Shift(max(months, end), 0)
        if timing.kind == "relative" and timing.gap is not None:
            lower, upper = (self._months(each, timing.gap.unit) for each in (timing.gap.lower, timing.gap.upper))
            if lower is None or upper is None or timing.gap.duration.choose != "only":
                return None
            if timing.direction == "before":
                return Shift(-upper, 0), Shift(-lower, 0)
            return Shift(lower, 0), Shift(upper, 0)
        return None

    def _months(self, amount: float, unit: str) -> int | None:
        """Whole calendar months; None if the unit is another one, or the timeline says how many days a month has."""
        if self.timeline is not None and self.timeline.month == "days":
            return None
        try:
            measured = parse_unit(unit)
        except UnitError:
            return None
        if not measured.dimension[_MONTH]:
            return None
        months = Fraction(str(amount)) * Fraction(*measured.factor)
        return int(months) if months.denominator == 1 else None
