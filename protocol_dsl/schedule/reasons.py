"""Why a point of the schedule has the days that it has: the statements that bind its earliest and its latest day.

A window is that of the temporal network, relative to a base: the timeline's anchor, or any other point. Days are whole
days after the base, negative before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.schedule import network

if TYPE_CHECKING:
    from protocol_dsl.model.protocol import Protocol
    from protocol_dsl.schedule.build import Schedule, Statement
    from protocol_dsl.schedule.explain import Explainer, Step

_REFERRING = ("relative", "order", "contingent", "dlt", "cycle")
"""Kinds of edges whose source is a point that the author counts from."""
_POINTS = ("anchor", "visit", "event")


class Bound(NamedTuple):
    """One end of a window: its day, and the steps that lead from the base to it. Both empty where nothing binds."""

    day: int | None
    steps: list[Step]


class Reasons(NamedTuple):
    """The window of a node from a base node, with the reasons of both ends; `declared` is what it says of itself."""

    node: int
    base: int
    earliest: Bound
    latest: Bound
    declared: Statement | None


def reasons(schedule: Schedule, explain: Explainer, node: int, base: int) -> Reasons:
    """Why a node has its days from a base. Raises InconsistentNetworkError where the base is part of a conflict."""
    size, constraints = len(schedule.nodes), schedule.constraints
    earliest, latest = network.bounds(size, constraints, base)[node]
    before = network.binding_path(size, constraints, node, base)
    after = network.binding_path(size, constraints, base, node)
    return Reasons(
        node,
        base,
        Bound(earliest, explain.chain_back(before)),
        Bound(latest, explain.chain(after)),
        declared(schedule, node),
    )


def declared(schedule: Schedule, node: int) -> Statement | None:
    """The statement in which a visit says its own day and window."""
    own = schedule.nodes[node].name
    for edge in schedule.edges:
        statement = schedule.statements[edge.statement]
        if edge.target == node and edge.kind in ("timing", "relative", "event", "cycle") and statement.element == own:
            return statement
    return None


def bases(schedule: Schedule, protocol: Protocol) -> list[int]:
    """The points from which days are worth telling, in the order of the schedule.

    These are the timeline's anchor, the visit of the informed consent, and whatever a visit, an order, a duration or
    the DLT window is counted from.
    """
    found = {edge.source for edge in schedule.edges if edge.kind in _REFERRING}
    found |= {edge.target for edge in schedule.edges if edge.kind == "contingent"}
    consent = consent_visit(protocol)
    if consent is not None:
        found.add(schedule.index[consent])
    if schedule.anchor is not None:
        found.add(schedule.anchor)
    return sorted(node for node in found if schedule.nodes[node].kind in _POINTS)


def consent_visit(protocol: Protocol) -> str | None:
    """The first visit at which consent is taken, by the category of an assessment or else by its name."""
    named = [part for part in protocol.assessments if part.category == "consent"] or [
        part for part in protocol.assessments if part.name.rpartition("_")[2] == "consent"
    ]
    return next((visit for part in named for visit in part.visits), None)


def points(schedule: Schedule) -> dict[str, list[int]]:
    """The nodes behind each name that a reader can ask for; a stage has its start and its end."""
    found: dict[str, list[int]] = {}
    for number, node in enumerate(schedule.nodes):
        found.setdefault(node.id, []).append(number)
        if node.name != node.id:
            found.setdefault(node.name, []).append(number)
    return found
