"""The heaviest window of a schedule: the most that can fall into so many consecutive days, over all legal calendars.

Every item has a weight and belongs to a visit, whose day the schedule leaves open within limits. Sought is the set of
items that can be brought together into `days` consecutive days and weighs most.

- Items can share such a window if and only if each two of them can: a window adds one point in time to the temporal
  network, and a contradiction that passes this point once speaks of two items only (Dechter, Meiri, Pearl 1991).
- "b is at least `days` after a" is a strict partial order, so the sought set is its heaviest antichain: total weight
  less a maximum flow (Dilworth's theorem with weights).
- The windows of visits alone give an upper bound by a sweep over time. It is exact where visits depend on nothing but
  the anchor; the network is asked only about the sets of the sweep, the heaviest first.

Days are whole numbers, weights too; the result is exact for the network as it is.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.schedule import network
from protocol_dsl.schedule.network import DERIVED, Constraint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protocol_dsl.schedule.build import Schedule

_FAR = 10**9


class Item(NamedTuple):
    """Something at a visit, `shift` days after the day of the visit, between `earliest` and `latest` from the anchor.

    `visit` is a node of the schedule, or a name unknown to it: then the item is tied to the anchor alone.
    """

    visit: str
    weight: int
    earliest: int | None
    latest: int | None
    shift: int = 0


class Window(NamedTuple):
    """`items` fall into the days from `first` to `last` when each visit lies on its day of `days` (from the anchor)."""

    weight: int
    items: tuple[Item, ...]
    first: int
    last: int
    days: dict[str, int]


class Placement:
    """Answers for one schedule; what the network says about pairs of visits is computed once."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self._from: dict[int, list[int | None]] = {}

    def heaviest(self, items: Iterable[Item], days: int) -> Window | None:
        """The heaviest window of `days` consecutive days; None without items."""
        items = [item for item in items if item.weight > 0]
        best: tuple[int, list[Item]] = (0, [])
        for weight, chosen in sorted(_crowds(items, days), key=lambda crowd: -crowd[0]):
            if weight <= best[0]:
                break
            found = chosen if self._can_meet(chosen, days) else self._antichain(chosen, days)
            best = max(best, (_total(found), found), key=lambda crowd: crowd[0])
        return self._told(best[1], days) if best[1] else None

    def apart(self, one: Item, other: Item) -> int:
        """The fewest days from `one` to `other`; negative if `other` can come first."""
        index = self.schedule.index
        if one.visit == other.visit:
            return other.shift - one.shift
        own = -_FAR if one.latest is None or other.earliest is None else other.earliest - one.latest
        source, target = index.get(other.visit), index.get(one.visit)
        if source is None or target is None or self.schedule.conflicts:
            return own + other.shift - one.shift
        if source not in self._from:
            self._from[source] = network.distances(len(self.schedule.nodes), self.schedule.constraints, source)
        most = self._from[source][target]
        return max(own, -_FAR if most is None else -most) + other.shift - one.shift

    def most_apart(self, one: str, other: str) -> int | None:
        """The most days from one visit to another; None where nothing limits them, or the schedule is impossible."""
        source, target = self.schedule.index.get(one), self.schedule.index.get(other)
        if source is None or target is None or self.schedule.conflicts:
            return None
        if source not in self._from:
            self._from[source] = network.distances(len(self.schedule.nodes), self.schedule.constraints, source)
        return self._from[source][target]

    def _can_meet(self, items: list[Item], days: int) -> bool:
        return all(self.apart(one, other) < days for one in items for other in items if one is not other)

    def _antichain(self, items: list[Item], days: int) -> list[Item]:
        before = [[at for at, other in enumerate(items) if self.apart(one, other) >= days] for one in items]
        return [items[at] for at in _heaviest_antichain([item.weight for item in items], before)]

    def _told(self, items: list[Item], days: int) -> Window:
        """A calendar that brings the items together: the earliest one."""
        schedule = self.schedule
        placed = self._calendar(items, days)
        on = [placed[item.visit] + item.shift for item in items]
        ordered = sorted(
            items, key=lambda item: (placed[item.visit] + item.shift, schedule.index.get(item.visit, _FAR))
        )
        return Window(_total(items), tuple(ordered), min(on), max(on), placed)

    def _calendar(self, items: list[Item], days: int) -> dict[str, int]:
        schedule = self.schedule
        anchor = schedule.anchor if schedule.anchor is not None else len(schedule.nodes)
        size = max(len(schedule.nodes), anchor + 1) + 1
        window = size - 1
        index = dict(schedule.index)
        rows = [] if schedule.conflicts else list(schedule.constraints)
        for item in items:
            if item.visit not in index:
                index[item.visit] = size
                size += 1
            node = index[item.visit]
            rows.append(Constraint(node, window, item.shift, DERIVED))
            rows.append(Constraint(window, node, days - 1 - item.shift, DERIVED))
            if item.latest is not None:
                rows.append(Constraint(anchor, node, item.latest, DERIVED))
            if item.earliest is not None:
                rows.append(Constraint(node, anchor, -item.earliest, DERIVED))
        found = network.bounds(size, rows, anchor)
        names = {item.visit for item in items}
        earliest = {name: found[index[name]][0] for name in names}
        if None not in earliest.values():
            return {name: day or 0 for name, day in earliest.items()}
        # Nothing holds the visits back: any day will do, the same for all.
        latest = {name: found[index[name]][1] for name in names}
        return {name: day if day is not None else 0 for name, day in latest.items()}


def _total(items: Iterable[Item]) -> int:
    return sum(item.weight for item in items)


def _crowds(items: list[Item], days: int) -> list[tuple[int, list[Item]]]:
    """The largest sets of items whose own windows let them share `days` days, with their weights."""
    ends = sorted({_FAR if item.latest is None else item.latest + item.shift for item in items})
    by_start = sorted(items, key=lambda item: -_FAR if item.earliest is None else item.earliest + item.shift)
    found: list[tuple[int, list[Item]]] = []
    at = 0
    inside: list[Item] = []
    for start in ends:
        # The window begins where an item ends: it could begin later without one of its items.
        added = at
        while at < len(by_start):
            earliest = by_start[at].earliest
            if earliest is not None and earliest + by_start[at].shift > start + days - 1:
                break
            inside.append(by_start[at])
            at += 1
        if at > added or not found:
            kept = [item for item in inside if item.latest is None or item.latest + item.shift >= start]
            found.append((_total(kept), kept))
        inside = [item for item in inside if item.latest is None or item.latest + item.shift > start]
    return found


def _heaviest_antichain(weights: list[int], before: list[list[int]]) -> list[int]:
    """The members of a heaviest antichain of a strict order: `before[a]` holds all that come after `a`.

    A maximum flow from every member to those behind it, each sending and taking at most its weight; the members that
    the residual network reaches as senders and not as takers are the antichain (König's theorem with weights).
    """
    size = len(weights)
    send, take = list(weights), list(weights)
    flow: list[dict[int, int]] = [{} for _ in range(size)]
    while True:
        came: dict[tuple[int, bool], tuple[int, bool] | None] = {(at, True): None for at in range(size) if send[at] > 0}
        queue = deque(came)
        end: tuple[int, bool] | None = None
        while queue:
            at = queue.popleft()
            node, is_sender = at
            if not is_sender and take[node] > 0:
                end = at
                break
            if is_sender:
                following = [(other, False) for other in before[node]]
            else:
                following = [(other, True) for other in range(size) if flow[other].get(node, 0) > 0]
            for step in following:
                if step not in came:
                    came[step] = at
                    queue.append(step)
        if end is None:
            return [at for at in range(size) if (at, True) in came and (at, False) not in came]
        _augment(end, came, send, take, flow)


def _augment(
    end: tuple[int, bool],
    came: dict[tuple[int, bool], tuple[int, bool] | None],
    send: list[int],
    take: list[int],
    flow: list[dict[int, int]],
) -> None:
    """Send as much as the way to `end` carries."""
    way = [end]
    while (last := came[way[-1]]) is not None:
        way.append(last)
    way.reverse()
    room = min(send[way[0][0]], take[end[0]])
    for (one, is_sender), (other, _) in pairwise(way):
        if not is_sender:
            room = min(room, flow[other][one])
    send[way[0][0]] -= room
    take[end[0]] -= room
    for (one, is_sender), (other, _) in pairwise(way):
        if is_sender:
            flow[one][other] = flow[one].get(other, 0) + room
        else:
            flow[other][one] -= room
