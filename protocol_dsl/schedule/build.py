"""The schedule graph of a protocol: points in time, and what its statements say about their distances."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.model.base import Origin
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.schedule.network import Conflict, Constraint


class Statement(NamedTuple):
    """What the author said, in the words of a schedule, where, and of which element."""

    text: str
    origin: Origin
    element: str


class Schedule(NamedTuple):
    """The temporal network of a protocol.

    `bounds` gives the implied earliest and latest day of each visit from the timeline's anchor, None where it is open;
    it is empty when the network is inconsistent.
    """

    statements: tuple[Statement, ...]
    constraints: tuple[Constraint, ...]
    conflicts: tuple[Conflict, ...]
    bounds: dict[str, tuple[int | None, int | None]]


def build(protocol: Protocol) -> Schedule:
    """The schedule of a protocol."""
    return Schedule((), (), (), {visit.name: (visit.earliest, visit.latest) for visit in protocol.visits})
