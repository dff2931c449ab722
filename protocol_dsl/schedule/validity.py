"""Results that are relied on at a later visit than the one at which they were taken, and how old they are by then.

`valid 28 days` on an assessment asks that the result be no older at the visit that relies on it. It does not bind the
windows of the visits, because a result that has expired is taken again rather than the participant lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.schedule import network

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.model.schedule import Assessment, Visit
    from protocol_dsl.schedule.build import Schedule
    from protocol_dsl.schedule.spans import Spans


class Need(NamedTuple):
    """Results of visit `taken` may be at most `days` old at visit `needed`; `later` are the visits between them.

    `age` is the least and the most days that they can be old by then, by the schedule alone. `retaken` when the
    protocol itself says that they are taken again where they have expired.
    """

    assessments: tuple[Assessment, ...]
    taken: str
    needed: str
    days: int
    age: tuple[int | None, int | None]
    later: tuple[str, ...]
    retaken: bool


def age(schedule: Schedule, taken: str, needed: str) -> tuple[int | None, int | None]:
    """The least and the most days that a result of one visit can be old at another, by the schedule alone."""
    index = schedule.index
    return network.bounds(len(schedule.nodes), schedule.constraints, index[taken])[index[needed]]


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
        Need(
            tuple(assessments),
            taken,
            needed,
            days,
            age(schedule, taken, needed),
            _between(protocol, schedule, taken, needed),
            retaken,
        )
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
