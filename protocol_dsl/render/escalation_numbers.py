"""What a design makes possible: how many participants, which first groups, and what to expect at given rates.

Every number is exact. Designs with many states are left to `protoc dose`, so that a compile stays quick.
"""

from __future__ import annotations

from math import comb
from typing import NamedTuple

from protocol_dsl.dosing.exact import Structure, explore, structure
from protocol_dsl.dosing.machine import OPEN, Closed, Design, Ending, Path, Step, walk
from protocol_dsl.dosing.merged import Merged

STATES = 1500
"""Up to so many states a design is followed to its ends while documents are made: some 20 ms."""
ASKED = 30_000
"""The same for the scenarios that a protocol declares, where arrays make it quick."""
LEAVES = 30
"""The tree of the first groups has at most so many ways, and at least those of the first group."""


class Numbers(NamedTuple):
    """Participants: fewest and most in all with a way to each; the same per level. Exact if `structure` is there.

    Ends at which no rule holds or people decide are no ends of the trial and do not count; `is_open` if there are any.
    """

    least: tuple[int, Path] | None
    most: tuple[int, Path] | None
    levels: list[tuple[int, int]]
    structure: Structure | None
    is_open: bool


def numbers(design: Design) -> Numbers:
    """Follow a design to all its ends, if these are not too many."""
    least: tuple[int, Path] | None = None
    most: tuple[int, Path] | None = None
    low = [10**9] * design.levels
    high = [0] * design.levels
    is_open = False
    try:
        for _, _, following, path in walk(design, STATES):
            if isinstance(following, Step):
                continue
            if following.reason in OPEN:
                is_open = True
                continue
            total = sum(following.treated)
            if least is None or total < least[0]:
                least = total, path
            if most is None or total > most[0]:
                most = total, path
            low = [*map(min, low, following.treated)]
            high = [*map(max, high, following.treated)]
        return Numbers(least, most, [*zip(low, high, strict=True)] if least else [], explore(design, STATES), is_open)
    except Closed:
        # Ways come in the order of their length, so that the first end is one of the fewest participants.
        return Numbers(least, None, [], None, is_open)


def illustrative(levels: int) -> tuple[float, ...]:
    """Rates of 10 %, 20 %, 30 % …; with more than six levels they rise evenly to 60 %."""
    step = min(0.1, 0.6 / levels)
    return tuple(round(step * (level + 1), 4) for level in range(levels))


class Node(NamedTuple):
    """A result of a group in the tree: DLTs and participants of the group, and the probability of coming here.

    `dlts` and `treated` are all of the level; `rows` is the number of leaves below.
    """

    level: int
    group: tuple[int, int]
    dlts: int
    treated: int
    probability: float
    rows: int


class Way(NamedTuple):
    """A leaf of the tree: the nodes that no leaf before it has shown, how many groups are missing, and what follows."""

    nodes: list[Node]
    missing: int
    following: Step | Ending


def tree(design: Design, rates: tuple[float, ...], depth: int = 2) -> list[Way]:
    """All results of the first groups, fewer DLTs first; one group fewer where the tree would not be readable."""
    leaves = _leaves(design, rates, depth)
    while depth > 1 and len(leaves) > LEAVES:
        depth -= 1
        leaves = _leaves(design, rates, depth)
    ways: list[Way] = []
    for number, (nodes, following) in enumerate(leaves):
        before = leaves[number - 1][0] if number else []
        new = [
            node._replace(rows=sum(other[: at + 1] == nodes[: at + 1] for other, _ in leaves))
            for at, node in enumerate(nodes)
            if before[: at + 1] != nodes[: at + 1]
        ]
        ways.append(Way(new, depth - len(nodes), following))
    return ways


def _leaves(design: Design, rates: tuple[float, ...], depth: int) -> list[tuple[list[Node], Step | Ending]]:
    found: list[tuple[list[Node], Step | Ending]] = []
    waiting: list[tuple[list[Node], Step | Ending, float]] = [([], design.first(), 1.0)]
    while waiting:
        nodes, following, before = waiting.pop()
        if isinstance(following, Ending) or len(nodes) == depth:
            found.append((nodes, following))
            continue
        at, size, rate = following.level, following.size, rates[following.level]
        for dlts in range(size, -1, -1):
            p = before * comb(size, dlts) * rate**dlts * (1 - rate) ** (size - dlts)
            node = Node(at, (dlts, size), following.dlts[at] + dlts, following.treated[at] + size, p, 0)
            waiting.append(([*nodes, node], design.after(following, dlts), p))
    return found


def structured(design: Design, possible: Numbers | None, asked: bool) -> Structure | Merged | None:
    """What scenarios are evaluated with; for a larger design only if the author `asked` and it takes no long time."""
    if possible is not None and possible.structure is not None:
        return possible.structure
    if not asked:
        return None
    try:
        return structure(design, ASKED if is_quick(design) else STATES)
    except Closed:
        return None


def is_quick(design: Design) -> bool:
    """Whether many states of a design take no long time: those of an interval design where there is numpy."""
    from protocol_dsl.dosing import vector

    if vector.numpy is None:
        return False
    from protocol_dsl.dosing.designs import interval_arrays

    return interval_arrays.can_explore(design)
