"""Visits as events of REDCap: arms where schedules differ, days shifted to begin at 0, names that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.exchange.redcap.labels import label
from protocol_dsl.exchange.redcap.names import event_name
from protocol_dsl.exchange.redcap.setup import Arm, Event
from protocol_dsl.render.redcap_report import Report

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Visit

ALL_THE_TIME = "Any time"
"""The event of forms that are kept all the time, such as adverse events."""
EVENTS, ARMS = "visit → event", "arm → arm of REDCap"


class Calendar(NamedTuple):
    """Arms and events. `at` gives the events of a visit, `any_time` those of the logs, both by the number of the arm.

    `shift` are the days by which all days are moved; `anchor` is the new number of the day on which counting begins.
    """

    arms: list[Arm]
    events: list[Event]
    at: dict[str, dict[int, Event]]
    any_time: dict[int, Event]
    repeating: frozenset[str]
    shift: int

    @property
    def several(self) -> bool:
        """Whether there is more than one arm."""
        return len(self.arms) > 1


def calendar(protocol: Protocol, report: Report, any_time: bool) -> Calendar:
    """The arms and events of a trial; `any_time` asks for an event for logs."""
    visits = sorted(protocol.visits, key=lambda visit: visit.order)
    days = [visit.offset for visit in visits if visit.offset is not None]
    shift = max(0, -min(days, default=0))
    last = max(days, default=0) + shift
    taken: set[str] = set()
    names: dict[str, str] = {visit.name: _name(visit, taken, report) for visit in visits}
    extra = event_name(ALL_THE_TIME, taken)
    arms = _arms(protocol, visits, report)
    events: list[Event] = []
    at: dict[str, dict[int, Event]] = {}
    logs: dict[int, Event] = {}
    repeating: set[str] = set()
    for number, (_, members) in enumerate(arms, 1):
        later = last
        for visit in visits:
            if visit.name not in members:
                continue
            if visit.offset is None:
                later += 1
            event = _event(visit, names[visit.name], number, shift, later)
            events.append(event)
            at.setdefault(visit.name, {})[number] = event
            if visit.timing.kind == "unscheduled":
                repeating.add(event.unique)
        if any_time:
            logs[number] = Event(extra, number, later + 1, 0, 0, label("Kept all the time, at no visit"))
            events.append(logs[number])
    _tell_visits(visits, names, report)
    numbered = [Arm(number, name) for number, (name, _) in enumerate(arms, 1)]
    return Calendar(numbered, events, at, logs, frozenset(repeating), shift)


def _name(visit: Visit, taken: set[str], report: Report) -> str:
    plain = " ".join(visit.name.replace("_", " ").replace(".", " ").split())
    name = event_name(visit.name, taken)
    if name != plain:
        report.approximated(EVENTS, visit.name, f"REDCap keeps 18 characters of a name; the event is called “{name}”")
    return name


def _event(visit: Visit, name: str, arm: int, shift: int, later: int) -> Event:
    """The event of a visit; one without a day of its own stands behind all others."""
    title = visit.title if visit.title != name else ""
    if visit.offset is None:
        return Event(name, arm, later, 0, 0, label(title))
    before = max(0, visit.offset - visit.earliest) if visit.earliest is not None else 0
    after = max(0, visit.latest - visit.offset) if visit.latest is not None else 0
    return Event(name, arm, visit.offset + shift, before, after, label(title))


def _arms(protocol: Protocol, visits: list[Visit], report: Report) -> list[tuple[str, frozenset[str]]]:
    """Arms with the same visits are one arm of REDCap: each more would double events, and logic that names them."""
    everywhere = frozenset(visit.name for visit in visits)
    if not protocol.arms:
        return [("All participants", everywhere)]
    groups: dict[frozenset[str], list[str]] = {}
    of_stage = {stage.name: stage.arms for stage in protocol.stages}
    for arm in protocol.arms:
        own = frozenset(
            visit.name
            for visit in visits
            for limited in [visit.arms or of_stage.get(visit.stage or "", ())]
            if not limited or arm.name in limited
        )
        groups.setdefault(own, []).append(" ".join(arm.title.split()))
    for titles in groups.values():
        for title in titles:
            if len(titles) == 1:
                report.exact(ARMS, title)
            else:
                report.approximated(ARMS, title, "arms with the same visits share one arm; the group is a field")
    return [(label(" / ".join(titles)), own) for own, titles in groups.items()]


def _tell_visits(visits: list[Visit], names: dict[str, str], report: Report) -> None:
    days: dict[int, list[str]] = {}
    for visit in visits:
        if visit.timing.kind == "unscheduled":
            report.exact(EVENTS, visit.name)
        elif visit.offset is None:
            report.approximated(
                EVENTS, visit.name, "no day follows from the protocol; the event stands behind all others"
            )
        else:
            report.exact(EVENTS, visit.name)
            days.setdefault(visit.offset, []).append(visit.name)
        if visit.condition is not None or visit.populations or visit.optional:
            report.approximated(
                "visit for some participants", visit.name, "REDCap shows an event for every participant of its arm"
            )
    for same in days.values():
        ordered = sorted(same, key=lambda name: names[name].lower())
        if ordered != same:
            report.approximated(
                "order of visits on one day",
                ", ".join(same),
                f"events of the same day stand in the order of the alphabet: {', '.join(ordered)}",
            )
