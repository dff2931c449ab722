"""Quick answers about a temporal network from a few passes over its list of constraints.

A real schedule lists its constraints much in the order in which they depend on each other, so that a pass or two
settles all of it without any other structure. What does not settle is left to the exact method in `network.py`, which
also finds the conflict. A function here says None when it has no answer; an answer is always right.
"""

from __future__ import annotations

from collections.abc import Sequence

_MOST_PASSES = 4
_FAR = 1 << 60
"""Above every distance; small enough that sums of two stay in machine words."""

Rows = Sequence[tuple[int, int, int, int]]
"""Constraints: source, target, weight, origin."""


def demand_nodes(size: int, rows: Rows) -> None:
    """Raise ValueError for a constraint on a node outside 0..size-1."""
    for row in rows:
        if not (0 <= row[0] < size and 0 <= row[1] < size):
            raise ValueError(f"{row} is not within a network of {size} nodes")


def is_consistent(size: int, rows: Rows) -> bool | None:
    """True if days were found that meet every constraint, which proves that there is no conflict; else None.

    Raises ValueError for a constraint on a node outside the network.
    """
    day: list[int | None] = [None] * size
    settled = True
    try:
        for source, target, weight, _ in rows:
            if source < 0 or target < 0:
                raise IndexError
            here, there = day[source], day[target]
            if here is None or there is None:
                # The first constraint on a node puts it where that constraint just holds, and there it mostly stays.
                if here is not None:
                    day[target] = here + weight
                elif there is not None:
                    day[source] = there - weight
                elif source != target:
                    day[source], day[target] = 0, weight
                else:
                    day[source] = 0
                    settled = settled and weight >= 0
            elif there - here > weight:
                day[target] = here + weight
                settled = False
    except IndexError:
        demand_nodes(size, rows)
        raise
    if settled:
        return True
    days = [0 if at is None else at for at in day]
    for again in range(1, _MOST_PASSES):
        # Every other pass goes backwards: what depends on later constraints settles in those.
        settled = True
        for source, target, weight, _ in reversed(rows) if again % 2 else rows:
            there = days[source] + weight
            if days[target] > there:
                days[target] = there
                settled = False
        if settled:
            return True
    return None


def windows(size: int, rows: Rows, anchor: int) -> list[tuple[int | None, int | None]] | None:
    """The earliest and latest time of every node relative to `anchor`, as `network.bounds` gives them, or None.

    The nodes of the constraints must lie within the network.
    """
    after = [_FAR] * size  # the most that a node can come after the anchor
    before = [_FAR] * size  # the most that it can come before it
    after[anchor] = before[anchor] = 0
    for again in range(_MOST_PASSES):
        settled = True
        for source, target, weight, _ in reversed(rows) if again % 2 else rows:
            latest = after[source]
            if latest != _FAR and latest + weight < after[target]:
                after[target] = latest + weight
                settled = False
            earliest = before[target]
            if earliest != _FAR and earliest + weight < before[source]:
                before[source] = earliest + weight
                settled = False
        if settled:
            # Nothing can be shortened any more, and every length is that of a real chain: they are the distances.
            return [
                (None if early == _FAR else -early, None if late == _FAR else late)
                for early, late in zip(before, after, strict=True)
            ]
    return None
