"""Designs that decide by the counts at the current level alone: BOIN, Keyboard, mTPI, i3+3, any table of decisions."""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.dosing.designs.grids import Grid, excess
from protocol_dsl.dosing.machine import ENOUGH, MAXIMUM, NO_RULE, TOXIC, Ending, Step
from protocol_dsl.dosing.rules import MtdSelection

TITRATING = -1
"""As the phase of a step: one participant per level, no DLT so far."""


class IntervalDesign(NamedTuple):
    """Cohorts of `cohort` up to `maximum` participants in all, the next level by `grid`.

    `early_stop`: ends at so many participants at a level that would be treated again. `extra_safe` (probability, with
    the `target`): ends when P(rate of the lowest level > target) is above it. `titration`: one participant per level
    up to the first DLT, whose level is filled to a cohort. The last cohort is cut to the maximum, and what it brings
    needs no decision. The phase of a step is the lowest eliminated level.
    """

    levels: int
    grid: Grid
    cohort: int
    maximum: int
    mtd: MtdSelection
    start: int = 0
    early_stop: int | None = None
    target: float | None = None
    extra_safe: float | None = None
    titration: bool = False

    def first(self) -> Step:
        """The first group at the level of the start."""
        nobody = (0,) * self.levels
        if self.titration and self.cohort > 1:
            return Step(self.start, 1, TITRATING, nobody, nobody)
        return Step(self.start, min(self.cohort, self.maximum), self.levels, nobody, nobody)

    def after(self, step: Step, dlts: int) -> Step | Ending:
        """What the grid says."""
        treated, seen = step.seen(dlts)
        level, total = step.level, sum(treated)
        if step.phase == TITRATING:
            if total >= self.maximum:
                return Ending(self.mtd.select(treated, seen), MAXIMUM, treated, seen)
            if dlts == 0 and level + 1 < self.levels:
                return Step(level + 1, 1, TITRATING, treated, seen)
            return Step(level, min(self.cohort - 1, self.maximum - total), self.levels, treated, seen)
        n, y = treated[level], seen[level]
        decision = self.grid[n][y] if n < len(self.grid) and y < len(self.grid[n]) else " "
        if decision == " " and total < self.maximum:
            return Ending(None, NO_RULE, treated, seen)
        eliminated = min(step.phase, level) if decision == "U" else step.phase
        if level == 0 and (decision == "U" or self.is_unsafe(n, y)):
            return Ending(None, TOXIC, treated, seen)
        if total >= self.maximum:
            return Ending(self.mtd.select(treated, seen), MAXIMUM, treated, seen)
        up = decision == "E" and level + 1 < self.levels and level + 1 < eliminated
        down = decision in "DU" and level > 0
        if self.early_stop is not None and n >= self.early_stop and not up and not down:
            return Ending(self.mtd.select(treated, seen), ENOUGH, treated, seen)
        return Step(level + up - down, min(self.cohort, self.maximum - total), eliminated, treated, seen)

    def is_unsafe(self, n: int, y: int) -> bool:
        """Whether the lowest level is too toxic by the extra rule."""
        if self.extra_safe is None or self.target is None or n < 3:
            return False
        return excess(n, y, self.target) > self.extra_safe
