"""What of the past the future of a trial depends on: states that agree in it can be merged.

A rule table looks at the level it stands at, and at the levels that it can still come to. A level that a closed or
full one separates from it is never treated again; of such levels only one thing can matter, which of them may be
declared the MTD. So the 17,000 states of a 3+3 with eight levels and de-escalation become 600.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from protocol_dsl.dosing.machine import Above, Clock, Design, Step, Timed
from protocol_dsl.dosing.rules import BELOW, LAST, LAST_WITHOUT_MTD, TITRATION, Acts, RuleTable

_BY_LEVEL = ("highest", "previous")


class Window(NamedTuple):
    """What is remembered of a step: the levels from `low` to `high` are within reach, with their counts.

    `rest` is the level outside of them that can be declared, or -1.
    """

    level: int
    size: int
    phase: int
    low: int
    high: int
    treated: tuple[int, ...]
    dlts: tuple[int, ...]
    rest: int
    clock: Clock | None


Memory = Callable[[Step], Window]
"""Of two steps with the same value and the same number treated in all, the same follows with the same probability."""


def memory(design: Design) -> Memory | None:
    """What has to be remembered of a design's steps; None where every count can matter to the end."""
    if isinstance(design, (Timed, Above)):
        return memory(design.design)
    if not isinstance(design, RuleTable):
        return None
    by_all = design.mtd is not None and (design.mtd.selection is not None or design.mtd.which not in _BY_LEVEL)
    rows = _rows(design)
    elsewhere = any(act.kind == "treat_more" and act.level != BELOW for acts in rows for act in acts)
    return None if by_all or elsewhere else _Rules(design, rows).of


def _rows(table: RuleTable) -> list[Acts]:
    """All that can be done by a table, at its boundaries too."""
    boundaries: list[Any] = [value for value in table if type(value) is tuple]
    return [*(acts for row in table.tables.values() for acts in row.values()), *boundaries]


def _has(rows: list[Acts], kind: str, ending: bool | None = None) -> bool:
    """Whether a row has an action; with `ending`, one whose group is the last, or is not."""
    for acts in rows:
        kinds = {act.kind for act in acts}
        if kind in kinds and (ending is None or ending == bool(kinds & {"stop", "stop_without_mtd"})):
            return True
    return False


class _Rules:
    """The levels around the current one that the trial can still come to, and what is declared outside of them."""

    def __init__(self, table: RuleTable, rows: list[Acts]) -> None:
        self.table = table
        self.goes_up = _has(rows, "escalate")
        self.goes_down = _has(rows, "de_escalate", ending=False)
        self.ends_down = _has(rows, "de_escalate", ending=True)
        # `treat … more` takes no notice of what is closed or full.
        self.fills_down = _has(rows, "treat_more", ending=False)
        self.fills_last = _has(rows, "treat_more", ending=True)

    def of(self, step: Step) -> Window:
        """The window with its counts, and what may be declared of the rest."""
        level, size, phase, treated, dlts, clock = step
        low, high = self._reach(step) if phase not in (LAST, LAST_WITHOUT_MTD) else (level, level)
        rest = -1 if phase == LAST_WITHOUT_MTD else self._outside(low, high, treated, dlts)
        return Window(level, size, phase, low, high, treated[low : high + 1], dlts[low : high + 1], rest, clock)

    def _reach(self, step: Step) -> tuple[int, int]:
        table, level, treated, dlts = self.table, step.level, step.treated, step.dlts
        is_shut = table.is_shut
        low = high = level
        if step.phase == TITRATION:
            high = table.levels - 1
        elif self.goes_up:
            while high + 1 < table.levels and not is_shut(high + 1, treated, dlts):
                high += 1
        lowest = table.lowest
        if self.fills_down:
            return min(lowest, level), high
        if self.goes_down:
            while low > lowest and not is_shut(low - 1, treated, dlts):
                low -= 1
        elif self.ends_down and low > lowest and not is_shut(low - 1, treated, dlts):
            return low - 1, high
        if self.fills_last and low > lowest:
            low -= 1
        return low, high

    def _outside(self, low: int, high: int, treated: tuple[int, ...], dlts: tuple[int, ...]) -> int:
        """The level outside of the window that can be declared, or -1."""
        mtd = self.table.mtd
        if mtd is None:
            return -1
        condition = mtd.condition
        candidates = (low - 1,)
        if mtd.which == "highest":
            candidates = (*range(len(treated) - 1, high, -1), *range(low - 1, -1, -1))
        for level in candidates:
            if level >= 0 and treated[level] and (condition is None or condition(treated[level], dlts[level])):
                return level
        return -1
