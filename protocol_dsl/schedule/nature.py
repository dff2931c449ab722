"""What nature decides in a protocol's schedule: durations that nobody chooses, and results that expire meanwhile.

`duration manufacturing from LEU to release 14 to 35 days` is a link of `controllability.py`. `valid 28 days` on an
assessment asks that the result be no older at the visit that relies on it; it binds only what is looked at here, not
the windows of the visits, because a result that has expired is taken again rather than the participant lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.schedule import network
from protocol_dsl.schedule.controllability import Link, Trap, dynamic, links_of, strong
from protocol_dsl.schedule.network import Constraint, InconsistentNetworkError

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Assessment, Visit
    from protocol_dsl.schedule.build import Schedule
    from protocol_dsl.schedule.spans import Spans


class Need(NamedTuple):
    """Results of visit `taken` may be at most `days` old at visit `needed`; `later` are the visits between them.

    `retaken` when the protocol itself says that they are taken again where they have expired.
    """

    assessments: tuple[Assessment, ...]
    taken: str
    needed: str
    days: int
    later: tuple[str, ...]
    retaken: bool


class Reaction(NamedTuple):
    """The days of a node after the start of a link, if that takes its least and if it takes its most."""

    node: int
    if_least: tuple[int | None, int | None]
    if_most: tuple[int | None, int | None]

    @property
    def common(self) -> tuple[int | None, int | None] | None:
        """Days that fit however long it takes; None if there are none, so that the visit must wait for nature."""
        low = max((each[0] for each in (self.if_least, self.if_most) if each[0] is not None), default=None)
        high = min((each[1] for each in (self.if_least, self.if_most) if each[1] is not None), default=None)
        return None if low is not None and high is not None and low > high else (low, high)


class Nature:
    """The links of a schedule without conflicts, and its other constraints."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.size = len(schedule.nodes)
        edges = [edge for edge in schedule.edges if edge.kind == "contingent"]
        self.links = links_of(
            Link(edge.source, edge.target, edge.earliest, edge.latest, edge.statement)
            for edge in edges
            if edge.earliest is not None and edge.latest is not None
        )
        decided = {link.origin for link in self.links}
        self.constraints = [each for each in schedule.constraints if each.origin not in decided]

    def trap(
        self,
        more: tuple[Constraint, ...] = (),
        links: list[Link] | None = None,
        constraints: list[Constraint] | None = None,
    ) -> Trap | None:
        """What keeps every reaction from succeeding, with constraints added or others, or with links narrowed.

        Raises `TooLarge` (see `controllability`).
        """
        links = self.links if links is None else links
        constraints = [*(self.constraints if constraints is None else constraints), *more]
        if strong(self.size, constraints, links) is None:
            return None  # a fixed calendar is the simplest reaction
        return dynamic(self.size, constraints, links, self.schedule.anchor)

    def is_fixed(self) -> bool:
        """Whether a calendar fixed in advance holds."""
        return strong(self.size, self.constraints, self.links) is None

    def fails(self, link: Link, more: tuple[Constraint, ...] = ()) -> bool:
        """Whether the schedule fails with one link narrowed."""
        return self.trap(more, [link if each.end == link.end else each for each in self.links]) is not None

    def reactions(self, link: Link) -> list[Reaction]:
        """The visits that can still be chosen after the link began; empty if a length is impossible by itself."""
        windows = [self._windows(link, days) for days in (link.least, link.most)]
        if windows[0] is None or windows[1] is None:
            return []
        return [
            Reaction(number, windows[0][number], windows[1][number])
            for number, node in enumerate(self.schedule.nodes)
            if node.kind == "visit" and number not in (link.start, link.end)
            if windows[0][number] != windows[1][number]
        ]

    def _windows(self, link: Link, days: int) -> list[tuple[int | None, int | None]] | None:
        length = (
            Constraint(link.start, link.end, days, link.origin),
            Constraint(link.end, link.start, -days, link.origin),
        )
        try:
            return network.bounds(self.size, [*self.schedule.constraints, *length], link.start)
        except InconsistentNetworkError:
            return None

    def age(self, need: Need) -> tuple[int | None, int | None]:
        """The least and the most days that a result can be old where it is needed, by the schedule alone."""
        index = self.schedule.index
        taken, needed = index[need.taken], index[need.needed]
        return network.bounds(self.size, self.schedule.constraints, taken)[needed]


def needs(protocol: Protocol, schedule: Schedule, spans: Spans) -> list[Need]:
    """Results that are relied on at a later visit than the one at which they were last taken.

    A result with `valid … before VISIT` is needed at that visit. Without it, it is needed where treatment begins, at
    the timeline's anchor if something is given there, and at the visit of a gate that asks for the result.
    """
    visits = {visit.name: visit for visit in protocol.visits}
    found: dict[tuple[str, str, int, bool], list[Assessment]] = {}
    for assessment in protocol.assessments:
        if assessment.valid is None:
            continue
        days = spans.of(assessment.valid.value, assessment.valid.unit).most
        if days is None:
            continue
        taken = [visit for name in assessment.visits if _is_sure(visit := visits[name], assessment, schedule)]
        for name in assessment.valid_before or _relied_on_at(protocol, assessment):
            needed = visits.get(name)
            if needed is None or name in assessment.visits or name not in schedule.index:
                continue
            before = [visit for visit in taken if visit.order < needed.order]
            if before:
                key = (before[-1].name, name, days, _is_retaken(protocol, assessment, before[-1], needed))
                found.setdefault(key, []).append(assessment)
    return [
        Need(tuple(assessments), taken, needed, days, _between(protocol, schedule, taken, needed), retaken)
        for (taken, needed, days, retaken), assessments in found.items()
    ]


def _is_sure(visit: Visit, assessment: Assessment, schedule: Schedule) -> bool:
    """Whether everybody has the assessment at this visit."""
    return (
        visit.name in schedule.index
        and (visit.is_scheduled or schedule.index[visit.name] == schedule.anchor)
        and visit.name not in assessment.optional_at
        and not (visit.optional or visit.condition or visit.arms or visit.populations)
    )


def _relied_on_at(protocol: Protocol, assessment: Assessment) -> list[str]:
    results = {assessment.name, *(result.name for result in assessment.results)}
    order = {visit.name: visit.order for visit in protocol.visits}
    given = {name for each in protocol.administrations for name in each.visits if name in order}
    found = [min(given, key=lambda name: order[name])] if given else []
    anchor = protocol.timeline.anchor if protocol.timeline is not None else None
    if anchor in given:
        found.append(anchor)
    for gate in protocol.gates:
        asked = {name for each in gate.requirements if each.where is not None for name in each.where.names}
        if results & asked:
            found.append(gate.before)
    return list(dict.fromkeys(found))


def _is_retaken(protocol: Protocol, assessment: Assessment, taken: Visit, needed: Visit) -> bool:
    """Whether a gate repeats the visit, or the assessment has a place between that not everybody goes through."""
    order = {visit.name: visit.order for visit in protocol.visits}
    for gate in protocol.gates:
        if taken.order < order.get(gate.before, -1) <= needed.order and any(
            action.kind == "repeat" and action.of in assessment.visits for action in gate.otherwise
        ):
            return True
    return any(taken.order < order[name] < needed.order for name in assessment.visits)


def _between(protocol: Protocol, schedule: Schedule, taken: str, needed: str) -> tuple[str, ...]:
    """The visits after one and up to another, at which a result could be taken again."""
    order = {visit.name: visit.order for visit in protocol.visits}
    return tuple(
        visit.name
        for visit in protocol.visits
        if order[taken] < visit.order <= order[needed] and visit.name in schedule.index
    )
