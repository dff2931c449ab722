"""Single paths through a design: the most probable ones, and all of the first few groups."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from math import comb
from typing import NamedTuple

from protocol_dsl.dosing.exact import Structure
from protocol_dsl.dosing.machine import Ending, Group, Path


class Likely(NamedTuple):
    """A path to an end, or to the last group looked at (`ending` None), with its probability."""

    probability: float
    path: Path
    ending: Ending | None


def most_probable(structure: Structure, rates: Sequence[float], many: int) -> list[Likely]:
    """The `many` most probable complete paths, in order.

    A search that always follows the way whose best end is the most probable, which a sum backwards from the ends
    gives exactly; so it looks at hardly more than the paths that it returns.
    """
    best = [0.0] * len(structure.steps)
    for number in range(len(structure.steps) - 1, -1, -1):
        step = structure.steps[number]
        best[number] = max(
            _chance(step.size, edge.dlts, rates[step.level]) * (best[edge.to] if edge.to >= 0 else 1.0)
            for edge in structure.edges[number]
        )
    found: list[Likely] = []
    # The serial number keeps equal probabilities in the order of fewer DLTs first.
    waiting: list[tuple[float, int, float, int, Path]] = [(-best[0], 0, 1.0, 0, ())]
    serial = 1
    while waiting and len(found) < many:
        bound, _, before, number, path = heapq.heappop(waiting)
        if number < 0:
            found.append(Likely(-bound, path, structure.ends[-1 - number].ending))
            continue
        step = structure.steps[number]
        for edge in structure.edges[number]:
            p = before * _chance(step.size, edge.dlts, rates[step.level])
            if p > 0:
                reach = p * best[edge.to] if edge.to >= 0 else p
                heapq.heappush(waiting, (-reach, serial, p, edge.to, (*path, Group(step, edge.dlts))))
                serial += 1
    return found


def transitions(structure: Structure, rates: Sequence[float], groups: int) -> list[Likely]:
    """All paths of the first `groups` groups with their probabilities, fewer DLTs first (dose transition pathways)."""
    found: list[Likely] = []
    waiting: list[tuple[int, float, Path]] = [(0, 1.0, ())]
    while waiting:
        number, before, path = waiting.pop()
        if number < 0:
            found.append(Likely(before, path, structure.ends[-1 - number].ending))
            continue
        if len(path) == groups:
            found.append(Likely(before, path, None))
            continue
        step = structure.steps[number]
        for edge in reversed(structure.edges[number]):
            p = before * _chance(step.size, edge.dlts, rates[step.level])
            waiting.append((edge.to, p, (*path, Group(step, edge.dlts))))
    return found


def _chance(size: int, dlts: int, rate: float) -> float:
    return comb(size, dlts) * rate**dlts * (1 - rate) ** (size - dlts)
