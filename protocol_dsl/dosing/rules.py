"""An escalation by a rule table: after so many participants at a level, so many DLTs mean such an action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from protocol_dsl.dosing.machine import (
    BOTTOM,
    EXHAUSTED,
    MAXIMUM,
    NO_RULE,
    PEOPLE,
    RULE,
    TOP,
    Ending,
    Step,
)

NORMAL, LAST, LAST_WITHOUT_MTD, TITRATION = range(4)
BELOW = -1
"""As the level of `treat_more`: the one below."""

Condition = Callable[[int, int], bool]
"""Of the participants and the DLTs at one level."""


class Act(NamedTuple):
    """One action; `number` is the total for `expand`, the additional participants for `treat_more`."""

    kind: str
    number: int = 0
    level: int = BELOW


Acts = tuple[Act, ...]
ESCALATE, STAY, DE_ESCALATE = (Act("escalate"),), (Act("stay"),), (Act("de_escalate"),)
STOP, STOP_WITHOUT_MTD = (Act("stop"),), (Act("stop_without_mtd"),)


class MtdSelection(Protocol):
    """How the MTD is chosen from the final data."""

    def select(self, treated: tuple[int, ...], dlts: tuple[int, ...]) -> int | None:
        """The level from 0, or None."""
        ...


class Mtd(NamedTuple):
    """How the MTD is declared among the treated levels that meet the condition.

    `highest`: the highest of them. `previous`: the level below the one at which the escalation stopped, or that level
    itself if it was left upwards without an open level above. `condition` None means that every treated level meets
    it. `isotonic`: by `selection`, if that level meets it.
    """

    which: str
    condition: Condition | None = None
    selection: MtdSelection | None = None


class RuleTable(NamedTuple):
    """The machine of a rule table.

    `tables`: participants at the level, then DLTs at the level, to actions. Its counts are cumulative. A level is
    filled to the next count for which there is a table, at most by one cohort. `above_closed` holds where the level
    above is closed or has all its participants; if it is empty, `above_top` does. `lowest` is the level below which
    nothing is given.
    """

    levels: int
    cohort: int
    tables: Mapping[int, Mapping[int, Acts]]
    mtd: Mtd | None
    above_top: Acts = ()
    below_bottom: Acts = ()
    start: int = 0
    lowest: int = 0
    max_per_level: int | None = None
    max_total: int | None = None
    closed: Condition | None = None
    titration: bool = False
    above_closed: Acts = ()

    def first(self) -> Step:
        """The first group at the level of the start."""
        nobody = (0,) * self.levels
        if self.titration:
            return Step(self.start, 1, TITRATION, nobody, nobody)
        return Step(self.start, self._fill(0), NORMAL, nobody, nobody)

    def after(self, step: Step, dlts: int) -> Step | Ending:
        """What the rules say."""
        treated, seen = step.seen(dlts)
        level = step.level
        if step.phase == LAST:
            return self._end(level, RULE, treated, seen)
        if step.phase == LAST_WITHOUT_MTD:
            return Ending(None, RULE, treated, seen)
        if step.phase == TITRATION:
            if dlts == 0 and level + 1 < self.levels:
                return self._treat(level + 1, 1, TITRATION, level, treated, seen)
            rest = self._fill(treated[level])
            if treated[level] not in self.tables and rest > 0:
                return self._treat(level, rest, NORMAL, level, treated, seen)
        actions = self.tables.get(treated[level], {}).get(seen[level])
        if actions is None:
            full = self.max_total is not None and sum(treated) >= self.max_total
            return self._end(level, MAXIMUM, treated, seen) if full else Ending(None, NO_RULE, treated, seen)
        return self._perform(actions, level, treated, seen, "")

    def _perform(
        self, actions: Acts, level: int, treated: tuple[int, ...], seen: tuple[int, ...], boundary: str
    ) -> Step | Ending:
        """Carry out a row's actions; `boundary` is the reason if the row is one for the top or the bottom."""
        kinds = [action.kind for action in actions]
        phase = LAST_WITHOUT_MTD if "stop_without_mtd" in kinds else LAST if "stop" in kinds else NORMAL
        for action in actions:
            kind = action.kind
            if kind == "decide":
                return Ending(None, PEOPLE, treated, seen)
            if kind in ("stop", "stop_without_mtd"):
                continue
            if kind == "stay":
                return self._further(level, phase, level, treated, seen)
            if kind == "expand":
                if action.number > treated[level]:
                    return self._treat(level, action.number - treated[level], phase, level, treated, seen)
                if boundary:
                    continue
                return Ending(None, NO_RULE, treated, seen)
            if kind == "escalate":
                if boundary:
                    return Ending(None, NO_RULE, treated, seen)
                above = level + 1
                if above == self.levels:
                    return self._boundary(self.above_top, level, treated, seen, TOP)
                if self.is_shut(above, treated, seen):
                    return self._boundary(self.above_closed or self.above_top, level, treated, seen, TOP)
                return self._further(above, phase, level, treated, seen)
            below = level - 1 if action.level == BELOW else action.level
            if below < self.lowest:
                if boundary:
                    return Ending(None, NO_RULE, treated, seen)
                return self._boundary(self.below_bottom, level, treated, seen, BOTTOM)
            if kind == "treat_more":
                return self._treat(below, action.number, phase, level, treated, seen)
            if self.is_shut(below, treated, seen):
                return self._end(level, EXHAUSTED, treated, seen)
            return self._further(below, phase, level, treated, seen)
        if phase == LAST_WITHOUT_MTD:
            return Ending(None, boundary or RULE, treated, seen)
        return self._end(level, boundary or RULE, treated, seen)

    def _boundary(
        self, actions: Acts, level: int, treated: tuple[int, ...], seen: tuple[int, ...], reason: str
    ) -> Step | Ending:
        if not actions:
            return Ending(None, NO_RULE, treated, seen)
        return self._perform(actions, level, treated, seen, reason)

    def is_shut(self, level: int, treated: tuple[int, ...], seen: tuple[int, ...]) -> bool:
        """Whether nobody can be treated at a level any more: closed by its rule, or full."""
        n = treated[level]
        if self.max_per_level is not None and n >= self.max_per_level:
            return True
        return n > 0 and self.closed is not None and self.closed(n, seen[level])

    def _fill(self, n: int) -> int:
        """How many are treated next at a level with `n`: one cohort, or fewer if a table comes before its end."""
        end = n + self.cohort
        if self.max_per_level is not None:
            end = min(end, max(self.max_per_level, n))
        return min((count for count in self.tables if n < count < end), default=end) - n

    def _further(
        self, level: int, phase: int, current: int, treated: tuple[int, ...], seen: tuple[int, ...]
    ) -> Step | Ending:
        """One more cohort at a level."""
        size = self._fill(treated[level])
        if size == 0:
            return self._end(current, EXHAUSTED, treated, seen)
        return self._treat(level, size, phase, current, treated, seen)

    def _treat(
        self, level: int, size: int, phase: int, current: int, treated: tuple[int, ...], seen: tuple[int, ...]
    ) -> Step | Ending:
        if self.max_total is not None:
            size = min(size, self.max_total - sum(treated))
            if size <= 0:
                return self._end(current, MAXIMUM, treated, seen)
        return Step(level, size, phase, treated, seen)

    def _end(self, level: int, reason: str, treated: tuple[int, ...], seen: tuple[int, ...]) -> Ending:
        return Ending(self._declared(level, reason, treated, seen), reason, treated, seen)

    def _declared(self, level: int, reason: str, treated: tuple[int, ...], seen: tuple[int, ...]) -> int | None:
        if self.mtd is None:
            return None
        condition = self.mtd.condition
        if self.mtd.which != "highest":
            candidate = level if reason == TOP else level - 1
            if self.mtd.selection is not None:
                candidate = self.mtd.selection.select(treated, seen)
            if candidate is None or candidate < 0 or treated[candidate] == 0:
                return None
            return candidate if condition is None or condition(treated[candidate], seen[candidate]) else None
        for candidate in range(self.levels - 1, -1, -1):
            n = treated[candidate]
            if n and (condition is None or condition(n, seen[candidate])):
                return candidate
        return None
