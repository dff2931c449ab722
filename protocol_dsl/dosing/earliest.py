"""The earliest possible calendar of a whole escalation: who can be treated when at the soonest, and what binds it.

Participants stand ready at any time and nobody has a DLT, so that the escalation climbs through its levels. What is
left are the protocol's own waiting times: stagger, DLT window, opening of the next level. They are a temporal network
of participants; the longest chain through it is the critical path, and the statements on it are those that cost time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from protocol_dsl.dosing.build import Built
from protocol_dsl.dosing.machine import Ending, Step
from protocol_dsl.model import wording
from protocol_dsl.model.base import Origin
from protocol_dsl.model.dosing import Dlt, Escalation
from protocol_dsl.schedule import network
from protocol_dsl.schedule.network import DERIVED, Constraint
from protocol_dsl.schedule.spans import Spans

MOST_PARTICIPANTS = 2_000


class Rule(NamedTuple):
    """A waiting time of the protocol as it is said, and where; without a place it follows from the others."""

    text: str
    origin: Origin | None


class Event(NamedTuple):
    """A point of the calendar: a participant's dose, the decision about a group, or the end. `day` counts from 0."""

    name: str
    kind: str
    day: int
    level: str
    participant: int | None


class Wait(NamedTuple):
    """A step of the critical path: from one event to another, so many days, by a rule; `day` is reached by it."""

    source: str
    target: str
    days: int
    day: int
    rule: Rule


class Earliest(NamedTuple):
    """The calendar by day, the critical path from the first dose to the end, and how long all of it takes at least."""

    events: list[Event]
    path: list[Wait]
    days: int
    participants: int
    groups: list[tuple[str, int]]


class _Group(NamedTuple):
    level: int
    size: int
    is_first: bool
    """Whether nobody was treated at this level before."""


def earliest(built: Built, dlt: Dlt | None, spans: Spans) -> Earliest | None:
    """The calendar of an escalation; None if nothing is known that could be followed."""
    groups = list(_climb(built))
    if not groups:
        return None
    return _Network(built, groups, dlt, spans).solve()


def _climb(built: Built) -> Iterator[_Group]:
    """The groups of an escalation in which nobody has a DLT."""
    if built.design is None or built.is_within:
        return
    step: Step | Ending = built.design.first()
    total = 0
    while isinstance(step, Step) and total <= MOST_PARTICIPANTS:
        total += step.size
        yield _Group(step.level, step.size, step.treated[step.level] == 0)
        step = built.design.after(step, 0)


class _Network:
    def __init__(self, built: Built, groups: list[_Group], dlt: Dlt | None, spans: Spans) -> None:
        self.built = built
        self.groups = groups
        self.escalation: Escalation = built.escalation
        self.spans = spans
        self.events: list[Event] = []
        self.constraints: list[Constraint] = []
        self.rules: list[Rule] = []
        window = None if dlt is None or dlt.window is None else spans.of_gap(dlt.window).least
        self.window = window or 0
        self.observed = DERIVED
        if dlt is not None and dlt.window is not None:
            text = f"DLT window: {wording.gap(dlt.window)} after {dlt.after or 'the dose'}"
            self.observed = self.rule(text, dlt.window_origin or dlt.origin)
        self.gate = DERIVED
        self.opening = 0
        gate = self.escalation.next_level
        if gate is not None:
            self.opening = spans.of_gap(gate.gap).least or 0
            text = f"next level {wording.gap(gate.gap)} after last of {gate.after_last_of}"
            self.gate = self.rule(text, gate.origin)
        self.staggers = [
            (
                "each" if each.after == "each" else each.of or "level",
                spans.of_gap(each.gap).least or 0,
                self.rule(
                    f"stagger {wording.gap(each.gap)} after "
                    + ("each" if each.after == "each" else f"first of {each.of}"),
                    each.origin,
                ),
            )
            for each in self.escalation.stagger
        ]

    def rule(self, text: str, origin: Origin) -> int:
        self.rules.append(Rule(text, origin))
        return len(self.rules) - 1

    def event(self, name: str, kind: str, level: str, participant: int | None = None) -> int:
        self.events.append(Event(name, kind, 0, level, participant))
        return len(self.events) - 1

    def after(self, source: int, target: int, days: int, rule: int) -> None:
        """`target` is at least so many days after `source`."""
        self.constraints.append(Constraint(target, source, -days, rule))

    def solve(self) -> Earliest:
        number = 0
        decided: int | None = None
        last: int | None = None
        for index, group in enumerate(self.groups):
            level = self.built.names[group.level]
            first: int | None = None
            for place in range(group.size):
                number += 1
                dose = self.event(f"participant {number} at {level}", "dose", level, number)
                if first is None:
                    first = dose
                    if decided is not None and last is not None:
                        self.after(decided, dose, 0, DERIVED)
                        if group.is_first and self.opening:
                            self.after(last, dose, self.opening, self.gate)
                elif last is not None:
                    self.after(last, dose, 0, DERIVED)
                    for after, days, rule in self.staggers:
                        if after == "each":
                            self.after(last, dose, days, rule)
                        elif place == 1 and (after == "cohort" or group.is_first):
                            self.after(first, dose, days, rule)
                last = dose
            final = index == len(self.groups) - 1
            name = "end of the escalation" if final else f"decision after participant {number}"
            assert last is not None, "a group has at least one participant"
            decided = self.event(name, "end" if final else "decision", level)
            self.after(last, decided, self.window, self.observed)
        assert decided is not None, "there is at least one group"
        size = len(self.events)
        windows = network.bounds(size, self.constraints, 0)
        dated = [event._replace(day=windows[at][0] or 0) for at, event in enumerate(self.events)]
        path = self.path(dated, network.binding_path(size, self.constraints, decided, 0))
        groups = [(self.built.names[group.level], group.size) for group in self.groups]
        order = sorted(range(size), key=lambda at: (dated[at].day, at))
        return Earliest([dated[at] for at in order], path, dated[decided].day, number, groups)

    def path(self, events: list[Event], constraints: tuple[Constraint, ...]) -> list[Wait]:
        found: list[Wait] = []
        day = 0
        for target, source, weight, origin in reversed(constraints):
            day -= weight
            rule = self.rules[origin] if origin != DERIVED else Rule("one after the other", None)
            found.append(Wait(events[source].name, events[target].name, -weight, day, rule))
        return found
