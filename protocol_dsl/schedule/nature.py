"""What nature decides in a protocol's schedule: durations that nobody chooses.

`duration manufacturing from LEU to release 14 to 35 days` is a link of `controllability.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.schedule import network
from protocol_dsl.schedule.controllability import Link, Trap, dynamic, links_of, strong
from protocol_dsl.schedule.network import Constraint, InconsistentNetworkError

if TYPE_CHECKING:
    from protocol_dsl.schedule.build import Schedule


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
