"""The calendar of one participant: every visit with its dates, its state and what to know about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.schedule import Visit
from protocol_dsl.participants import windows
from protocol_dsl.participants.plan import Plan, Planned
from protocol_dsl.participants.records import DONE, Participant, Record, facts
from protocol_dsl.participants.shifts import is_date
from protocol_dsl.participants.site_calendar import SiteCalendar, to_date
from protocol_dsl.participants.windows import STATES, UNREACHABLE, Facts, Window
from protocol_dsl.schedule.build import Schedule


class Entry(NamedTuple):
    """A visit of a participant. Dates are ordinals or None; `planned` is the day to plan for, or what was agreed upon
    with the participant; `minute` its time of day, if known. `days` is how far a visit that took place lay outside of
    its window, negative for too early. `remarks` are clauses without a full stop."""

    visit: Visit
    state: str
    target: int | None
    planned: int | None
    earliest: int | None
    latest: int | None
    done: int | None
    days: int
    minute: int | None
    remarks: tuple[str, ...]

    @property
    def day(self) -> int | None:
        """Where it stands in a list by date."""
        return self.done or self.planned or self.earliest


class Plans:
    """The plans of a protocol, one for each arm and population that is asked for."""

    def __init__(self, protocol: Protocol, schedule: Schedule) -> None:
        self.protocol = protocol
        self.schedule = schedule
        self._made: dict[tuple[str | None, tuple[str, ...] | None], Plan] = {}

    def of(self, participant: Participant) -> Plan:
        """The plan that serves a participant."""
        key = (participant.arm, participant.populations)
        if key not in self._made:
            self._made[key] = Plan(self.protocol, self.schedule, *key)
        return self._made[key]


def calendar(plan: Plan, participant: Participant, on: int, site: SiteCalendar | None = None) -> list[Entry]:
    """The calendar of a participant as of the day `on` (an ordinal), by date."""
    site = site or SiteCalendar()
    known = facts(plan, participant, on)
    found = windows.windows(plan, known, on, site)
    agreed = participant.appointments(on)
    done = {record.event: record for record in participant.dated(on)}
    entries = [
        _entry(plan, each, window, known, on, site, agreed.get(each.visit.name), done.get(each.visit.name))
        for each, window in zip(plan.visits, found, strict=True)
        if window.state < windows.HIDDEN
    ]
    entries += _beside(plan, participant, on)
    entries.sort(key=lambda entry: (entry.day or _LAST, entry.visit.order))
    return entries


_LAST = 1 << 40


def _entry(
    plan: Plan,
    planned: Planned,
    window: Window,
    known: Facts,
    on: int,
    site: SiteCalendar,
    agreed: Record | None,
    done: Record | None,
) -> Entry:
    day, record = window.planned, done
    state = STATES[window.state]
    remarks: list[str] = []
    if state == "done":
        if window.deviation:
            remarks.append(f"{_days(abs(window.deviation))} too {'late' if window.deviation > 0 else 'early'}")
    elif state != "missed":
        if agreed is not None and agreed.day is not None and state != "unreachable":
            day, record = agreed.day, agreed
            if not window.earliest <= day <= window.latest:
                remarks.append("the day agreed upon lies outside of the window")
        remarks += _reasons(plan, planned, window, known, on)
        if day is not None and state in ("due", "open"):
            remarks += _day_off(site, window, day, planned)
    return Entry(
        planned.visit,
        state,
        window.target,
        day if state != "unreachable" else None,
        _or_none(window.earliest),
        _or_none(window.latest),
        window.done,
        window.deviation,
        record.minute if record is not None else None,
        tuple(remarks),
    )


def _reasons(plan: Plan, planned: Planned, window: Window, known: Facts, on: int) -> Iterable[str]:
    if window.state == UNREACHABLE:
        ended = _ended(plan, planned, known.dates)
        if window.earliest > window.latest:
            yield f"no day is left: not before {_iso(window.earliest)}, yet not after {_iso(window.latest)}"
        elif ended is not None:
            yield f"{ended} on {_iso(known.dates[plan.schedule.index[ended]])}"
        return
    if window.state == windows.OVERDUE:
        yield f"{_days(on - window.latest)} overdue"
    own = plan.own_of.get(planned.node)
    while own is not None and plan.schedule.nodes[own.source].kind == "cycle":
        own = plan.own_of.get(own.source)  # nobody records the start of a cycle: it follows from what comes before
    if own is not None and own.source not in known.dates:
        node = plan.schedule.nodes[own.source]
        name = node.name
        agreed = known.agreed.get(own.source)
        yield f"counted from {name}, {f'planned for {_iso(agreed)}' if agreed else 'which has no date yet'}"


def _ended(plan: Plan, planned: Planned, dates: Mapping[int, int]) -> str | None:
    ends = [end for end in planned.ends if end in dates]
    return plan.schedule.nodes[min(ends, key=lambda end: (dates[end], end))].name if ends else None


def _day_off(site: SiteCalendar, window: Window, day: int, planned: Planned) -> Iterable[str]:
    why = site.why_not(day)
    if why is not None:
        yield f"{why}; the window has no working day to move it to" if planned.shift != "none" else why
    elif window.target is not None and day != window.target and day == window.planned:
        yield f"moved from {_iso(window.target)}, {site.why_not(window.target) or 'which has passed'}"


def _beside(plan: Plan, participant: Participant, on: int) -> Iterable[Entry]:
    """Further dates of visits that may come again, and visits that took place without being foreseen."""
    seen: dict[str, int] = {}
    visits = {visit.name: visit for visit in plan.protocol.visits}
    mine = {each.visit.name for each in plan.visits}
    for record in sorted(participant.dated(on), key=lambda each: each.day or 0):
        visit = visits.get(record.event)
        if visit is None:
            continue
        seen[record.event] = seen.get(record.event, 0) + 1
        if record.event in mine and seen[record.event] == 1:
            continue
        remarks = () if record.event in mine else (f"not foreseen for {participant.arm or 'this participant'}",)
        yield Entry(visit, DONE, None, record.day, None, None, record.day, 0, record.minute, remarks)


def _or_none(ordinal: int) -> int | None:
    return ordinal if is_date(ordinal) else None


def _iso(ordinal: int) -> str:
    return to_date(ordinal).isoformat()


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"
