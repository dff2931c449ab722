"""The dates that are left to one participant: from what took place to the window of everything else.

Facts stand where they are; everything between and after them is narrowed until nothing moves any more, as in the
network of the schedule, but with dates. `vector.py` does the same for many participants at once and gives equal
results; a test holds that.

The states of a visit on a day:

- `done`: it has a date. `missed`: it was recorded as missed, or it is optional and its window is over.
- `due`: the day lies in its window. `open`: its window has not begun, or is not known yet.
- `overdue`: its window is over and nothing was recorded.
- `unreachable`: what took place leaves no day for it, or participation ended first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from protocol_dsl.participants.plan import Plan, Planned
from protocol_dsl.participants.shifts import EARLY, LATE, is_date, moved
from protocol_dsl.participants.site_calendar import SiteCalendar

STATES = ("done", "due", "open", "overdue", "missed", "unreachable")
DONE, DUE, OPEN, OVERDUE, MISSED, UNREACHABLE = range(6)
HIDDEN = 6
"""Not foreseen (an event that did not happen), or recorded as not applicable: it is in no list."""


class Facts(NamedTuple):
    """What is known of a participant: dates by node, as ordinals; nodes recorded as missed or not applicable; days
    that were agreed upon, by node, from which visits are planned but which nothing is proved from."""

    dates: Mapping[int, int]
    missed: frozenset[int] = frozenset()
    not_applicable: frozenset[int] = frozenset()
    agreed: Mapping[int, int] = MappingProxyType({})


class Window(NamedTuple):
    """A visit of a participant, as ordinals; `EARLY` and `LATE` where nothing is known.

    `target` is None for a visit that may be on any day of a range; `planned` is the day to plan for, and None where no
    day is known. For a range it is a working day of the site, as far as there is one; else where the protocol says so.
    Of a visit that took place, `earliest` and `latest` are its own window, counted from the actual date of its
    reference, and `deviation` is how many days it was too early (negative) or too late.
    """

    state: int
    target: int | None
    planned: int | None
    earliest: int
    latest: int
    done: int | None
    deviation: int


class Dates(NamedTuple):
    """The dates of all nodes of a plan: what is left of each (`earliest`, `latest`), and what its own statement says
    (`first` to `last` without its window, `low` to `high` with it)."""

    earliest: list[int]
    latest: list[int]
    first: list[int]
    last: list[int]
    low: list[int]
    high: list[int]

    @property
    def contradicts(self) -> bool:
        """Whether what took place leaves no date for some node."""
        return any(early > late for early, late in zip(self.earliest, self.latest, strict=True))


def dates(plan: Plan, facts: Mapping[int, int], agreed: Mapping[int, int] = MappingProxyType({})) -> Dates:
    """What the facts leave to every node, and the days to plan for."""
    size = plan.size
    low, high = [EARLY] * size, [LATE] * size
    for node, source, _, _, at_low, at_high, _ in plan.own:
        fact = facts.get(source)
        if at_low is not None:
            low[node] = moved(low[source] if fact is None else fact, at_low)
        if at_high is not None:
            high[node] = moved(high[source] if fact is None else fact, at_high)
    earliest, latest = low[:], high[:]
    for node, fact in facts.items():
        earliest[node] = latest[node] = fact
    _narrow(plan, facts, earliest, latest)
    first, last = [EARLY] * size, [LATE] * size
    for node in plan.roots:
        # A point that can only be on one day is planned for that day.
        if earliest[node] == latest[node] and node not in facts:
            first[node] = last[node] = earliest[node]
    for node, source, at_first, at_last, _, _, _ in plan.own:
        day = facts.get(source, agreed.get(source))
        if at_first is not None:
            first[node] = moved(first[source] if day is None else day, at_first)
        if at_last is not None:
            last[node] = moved(last[source] if day is None else day, at_last)
    return Dates(earliest, latest, first, last, low, high)


def _narrow(plan: Plan, facts: Mapping[int, int], earliest: list[int], latest: list[int]) -> None:
    # Links between facts narrow nothing, and own links from a fact were followed already.
    own = [each.link for each in plan.own if not (each.node in facts or each.source in facts)]
    back = [each.link for each in plan.own if each.source not in facts]
    forward = [*own, *plan.others]
    backward = [*back, *plan.others]
    for _ in range(passes(plan)):
        settled = True
        for source, target, low, high, _, _, _ in forward:
            if target in facts:
                continue
            if low is not None:
                early = moved(earliest[source], low)
                if early > earliest[target]:
                    earliest[target] = early
                    settled = False
            if high is not None:
                late = moved(latest[source], high)
                if late < latest[target]:
                    latest[target] = late
                    settled = False
        for source, target, _, _, least, most, _ in reversed(backward):
            if source in facts:
                continue
            if most is not None and earliest[target] - most > earliest[source]:
                earliest[source] = earliest[target] - most
                settled = False
            if least is not None and latest[target] - least < latest[source]:
                latest[source] = latest[target] - least
                settled = False
        if settled:
            return


def passes(plan: Plan) -> int:
    """So many passes at most; a consistent schedule settles in a few."""
    return 2 * plan.size + 2


def windows(plan: Plan, facts: Facts, on: int, site: SiteCalendar) -> list[Window]:
    """The visits of a participant on the day `on`, in the order of `plan.visits`; hidden ones too."""
    found = dates(plan, facts.dates, facts.agreed)
    hidden = _hidden(plan, facts)
    return [_window(each, facts, found, hidden, on, site) for each in plan.visits]


def _hidden(plan: Plan, facts: Facts) -> set[int]:
    """Nodes that wait for something that is not foreseen and did not happen."""
    hidden = {node for node in plan.unforeseen if node not in facts.dates}
    for own in plan.own:
        if own.source in hidden and own.node not in facts.dates:
            hidden.add(own.node)
    return hidden


def _window(planned: Planned, facts: Facts, found: Dates, hidden: set[int], on: int, site: SiteCalendar) -> Window:
    node = planned.node
    first, last = found.first[node], found.last[node]
    middle = first + (last - first) // 2 if is_date(first) and is_date(last) else None
    fact = facts.dates.get(node)
    if fact is not None:
        low, high = found.low[node], found.high[node]
        deviation = fact - low if fact < low else fact - high if fact > high else 0
        return Window(DONE, middle if first == last else None, fact, low, high, fact, deviation)
    earliest, latest = found.earliest[node], found.latest[node]
    target = day = middle
    if target is not None and earliest <= latest:
        target = min(max(target, earliest), latest)
        # A day that has passed is none to plan for while others are left.
        from_day = on if earliest < on <= latest else earliest
        policy = "nearest" if planned.shift == "none" and first != last else planned.shift
        day = site.moved(max(target, from_day), from_day, latest, policy)
    if first != last:
        target = None
    ended = min((facts.dates[end] for end in planned.ends if end in facts.dates), default=None)
    if node in facts.not_applicable or node in hidden:
        state = HIDDEN
    elif node in facts.missed:
        state = MISSED
    elif earliest > latest or (ended is not None and latest >= ended):
        state = UNREACHABLE
    elif latest < on:
        state = MISSED if planned.visit.optional else OVERDUE
    elif EARLY // 2 < earliest <= on and latest < LATE // 2:
        state = DUE
    else:
        state = OPEN
    return Window(state, target, day, earliest, latest, None, 0)


def state_names(found: Sequence[Window]) -> list[str]:
    """The states in words; `hidden` for what is in no list."""
    return [STATES[each.state] if each.state < HIDDEN else "hidden" for each in found]
