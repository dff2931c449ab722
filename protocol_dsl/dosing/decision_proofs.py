"""What can be proved about an imported table of decisions: counts without one, and decisions that are too bold.

A published design answers every count by its formula. A table that comes as a file can have anything in it. It is
followed only where a look at the table alone finds something, since most tables are sound.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from protocol_dsl.dosing.designs.grids import Grid
from protocol_dsl.dosing.designs.interval import TITRATING, IntervalDesign
from protocol_dsl.dosing.machine import NO_RULE, Closed, Ending, Path, walk
from protocol_dsl.dosing.proofs import STATES, Bolder

_BOLDNESS = {"U": 0, "D": 1, "S": 2, "E": 3}

Count = tuple[int, int]
"""Participants and DLTs at a level."""


class DecisionProof(NamedTuple):
    """What was found in a table that can be reached, each with a shortest way.

    `gaps`: counts without a decision. `bolder`: for each number of participants a pair in which more DLTs lead to a
    bolder decision. `above`: for each number of participants the most DLTs with which the rate is above the target and
    it escalates. `ways`: a way to each count that decisions are asked about. `complete` is False if there were too many
    states to follow.
    """

    gaps: dict[Count, Path]
    bolder: list[Bolder]
    above: list[Count]
    ways: dict[Count, Path]
    complete: bool


SOUND = DecisionProof({}, [], [], {}, True)


def prove_decisions(design: IntervalDesign, target: float | None) -> DecisionProof:
    """Follow a table of decisions; `target` is the author's, None where none is said."""
    counts = _counts(design)
    bolder = _bolder(design.grid, counts)
    above = _above(design.grid, counts, target) if target is not None else []
    if not bolder and not above and not _has_holes(design.grid, counts):
        return SOUND
    gaps: dict[Count, Path] = {}
    ways: dict[Count, Path] = {}
    complete = True
    try:
        for step, dlts, following, path in walk(design, STATES):
            if step.phase == TITRATING:
                continue
            at = (step.treated[step.level] + step.size, step.dlts[step.level] + dlts)
            ways.setdefault(at, path)
            if isinstance(following, Ending) and following.reason == NO_RULE:
                gaps.setdefault(at, path)
    except Closed:
        complete = False
    return DecisionProof(
        dict(sorted(gaps.items())),
        [pair for pair in bolder if (pair.n, pair.more) in ways],
        [count for count in above if count in ways],
        ways,
        complete,
    )


def _counts(design: IntervalDesign) -> list[int]:
    """The numbers of participants at which a level can be asked about."""
    if design.titration:
        return list(range(1, design.maximum + 1))
    # Only the last cohort is cut, so that one level can have what is left of the maximum.
    rest = design.maximum % design.cohort
    return [n for n in range(1, design.maximum + 1) if n % design.cohort in (0, rest)]


def _has_holes(grid: Grid, counts: list[int]) -> bool:
    return any(n >= len(grid) or " " in grid[n] for n in counts)


def _bolder(grid: Grid, counts: list[int]) -> list[Bolder]:
    found: list[Bolder] = []
    for n in counts:
        said = [(y, _BOLDNESS[code]) for y, code in enumerate(grid[n] if n < len(grid) else "") if code != " "]
        for (fewer, careful), (more, bold) in pairwise(said):
            if bold > careful:
                found.append(Bolder(n, fewer, more))
                break
    return found


def _above(grid: Grid, counts: list[int], target: float) -> list[Count]:
    found: list[Count] = []
    for n in counts:
        escalating = [y for y, code in enumerate(grid[n] if n < len(grid) else "") if code == "E"]
        if escalating and escalating[-1] > target * n + 1e-9:
            found.append((n, escalating[-1]))
    return found
