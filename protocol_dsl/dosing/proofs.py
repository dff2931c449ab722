"""What can be proved about a rule table by following every way that a trial can take; each failure with a path."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import NamedTuple

from protocol_dsl.dosing.kinds import ABOVE, BELOW, COUNT, OTHER, ROW
from protocol_dsl.dosing.machine import NO_RULE, PEOPLE, RULE, TOP, Closed, Ending, Path, Step, walk
from protocol_dsl.dosing.memory import memory
from protocol_dsl.dosing.replacement import UNLIMITED, Replaceable
from protocol_dsl.dosing.rules import TITRATION, Acts, RuleTable

STATES = 20_000
"""Beyond so many states a rule table is not followed to its end: about a second."""


class Gap(NamedTuple):
    """A result that no rule covers: what is missing, participants and DLTs at the level, and a way there."""

    kind: str
    n: int
    dlts: int
    path: Path


class Declared(NamedTuple):
    """A declaration of an MTD that deserves a look: the level, and a way there."""

    level: int
    path: Path


class Bolder(NamedTuple):
    """More DLTs with a bolder action: participants, the fewer and the more DLTs."""

    n: int
    fewer: int
    more: int


class Enrolled(NamedTuple):
    """The most that are enrolled: those treated as the rules say, those who are replaced, and a way."""

    treated: int
    replaced: int
    path: Path


class Proof:
    """What was found. Paths are the shortest of their kind, with the fewest DLTs.

    `gaps`: one for each kind, participants and DLTs. `ways`: (participants, DLTs) that rules are asked about, with a
    way to each. `smallest`, `largest`: participants in all, with a way; `enrolled`: the most with those who are
    replaced. `over`: a way that puts more than the maximum of a level into it. `few`: an MTD with fewer participants
    than the last table; `few_below`: one below the level of the start. `above_toxic`: an MTD above a level where fewer
    DLTs already ended it. `undeclared`: an end for which no rule says how the MTD is declared. `left`: a way to a
    decision by people. `bolder`: tables in which more DLTs lead to a bolder action. `escalating`: the most DLTs
    (second) with which so many participants (first) escalate. `complete` is False if there were too many states to
    follow.
    """

    def __init__(self, table: RuleTable) -> None:
        self.complete = True
        self.gaps: dict[tuple[str, int, int], Gap] = {}
        self.ways: dict[tuple[int, int], Path] = {}
        self.smallest: tuple[int, Path] | None = None
        self.largest: tuple[int, Path] | None = None
        self.enrolled: Enrolled | None = None
        self.over: Path | None = None
        self.few: Declared | None = None
        self.few_below: Declared | None = None
        self.above_toxic: Declared | None = None
        self.undeclared: Path | None = None
        self.left: Path | None = None
        self.bolder = not_monotone(table)
        self.escalating = escalating_rates(table)

    @property
    def reached(self) -> set[tuple[int, int]]:
        """(Participants, DLTs) that rules are asked about."""
        return set(self.ways)


def prove(table: RuleTable, replaceable: Replaceable = UNLIMITED) -> Proof:
    """Follow a rule table; `replaceable` are participants who come in the place of those who cannot be evaluated."""
    proof = Proof(table)
    try:
        for step, dlts, following, path in walk(table, STATES, _alike(table, replaceable)):
            at = step.level
            n, y = step.treated[at] + step.size, step.dlts[at] + dlts
            # A titration that goes on asks no rule; where it ends, its level may have one already.
            asked = step.phase == 0 or (
                step.phase == TITRATION
                and (isinstance(following, Ending) or (n in table.tables and following.phase != TITRATION))
            )
            if asked:
                proof.ways.setdefault((n, y), path)
            if table.max_per_level is not None and n > table.max_per_level and proof.over is None:
                proof.over = path
            if isinstance(following, Ending):
                _end(proof, table, following, path, n, y)
                _enrolled(proof, following, path, replaceable)
    except Closed:
        proof.complete = False
    return proof


def _alike(table: RuleTable, replaceable: Replaceable) -> Callable[[Step], Hashable] | None:
    """Which steps lead to the same findings, as far as that is known: those with the same future, and the same past.

    Of the past there matter the number treated and the levels treated, how many are at a level that may be declared,
    and the lowest level that was found too toxic.
    """
    remembered = memory(table)
    if remembered is None or (replaceable.up_to is not None and replaceable.per == "cohort"):
        return None

    def alike(step: Step) -> Hashable:
        window = remembered(step)
        treated, dlts = step.treated, step.dlts
        toxic = -1
        for level in (*range(window.low), *range(window.high + 1, len(treated))):
            if treated[level] and _ended_there(table, treated[level], dlts[level]):
                toxic = level
                break
        declared = treated[window.rest] if window.rest >= 0 else 0
        return window, sum(treated), len(treated) - treated.count(0), declared, toxic

    return alike


def _enrolled(proof: Proof, ending: Ending, path: Path, replaceable: Replaceable) -> None:
    found = Enrolled(sum(ending.treated), replaceable.most(ending.treated, len(path)), path)
    before = proof.enrolled
    if ending.reason != NO_RULE and (before is None or sum(found[:2]) > sum(before[:2])):
        proof.enrolled = found


def _end(proof: Proof, table: RuleTable, ending: Ending, path: Path, n: int, y: int) -> None:
    total = sum(ending.treated)
    if ending.reason == NO_RULE:
        kind = _kind(table, n, y)
        # At the boundaries the count does not matter, and one example is enough.
        key = (kind, n, y) if kind in (ROW, OTHER) else (kind, n, 0) if kind == COUNT else (kind, 0, 0)
        proof.gaps.setdefault(key, Gap(kind, n, y, path))
        return
    if proof.smallest is None or total < proof.smallest[0]:
        proof.smallest = total, path
    if proof.largest is None or total > proof.largest[0]:
        proof.largest = total, path
    if ending.reason == PEOPLE:
        proof.left = proof.left or path
    elif table.mtd is None and ending.reason in (RULE, TOP):
        proof.undeclared = proof.undeclared or path
    if ending.mtd is None:
        return
    if ending.treated[ending.mtd] < max(table.tables):
        proof.few = proof.few or Declared(ending.mtd, path)
        if ending.mtd < table.start:
            proof.few_below = proof.few_below or Declared(ending.mtd, path)
    if proof.above_toxic is None and any(
        _ended_there(table, ending.treated[level], ending.dlts[level]) for level in range(ending.mtd)
    ):
        proof.above_toxic = Declared(ending.mtd, path)


def _ended_there(table: RuleTable, n: int, y: int) -> bool:
    """Whether a level with these counts is one that the rules leave downwards or stop at."""
    if n and table.closed is not None and table.closed(n, y):
        return True
    return aggression(table.tables.get(n, {}).get(y, ())) == 0


def _kind(table: RuleTable, n: int, y: int) -> str:
    rows = table.tables.get(n)
    if rows is None:
        return COUNT
    actions = rows.get(y)
    if actions is None:
        return ROW
    kinds = [action.kind for action in actions]
    if "escalate" in kinds:
        return ABOVE
    return BELOW if "de_escalate" in kinds or "treat_more" in kinds else OTHER


def aggression(actions: Acts) -> int | None:
    """How bold a row is: 2 escalates, 1 treats more at the level, 0 goes down or stops, None is left to people."""
    kinds = {action.kind for action in actions}
    if "decide" in kinds or not kinds:
        return None
    if "escalate" in kinds:
        return 2
    return 1 if kinds & {"stay", "expand"} else 0


def not_monotone(table: RuleTable) -> list[Bolder]:
    """One pair for each table in which more DLTs lead to a bolder action."""
    found: list[Bolder] = []
    for n, rows in sorted(table.tables.items()):
        before: tuple[int, int] | None = None
        for y, actions in sorted(rows.items()):
            bold = aggression(actions)
            if bold is None:
                continue
            if before is not None and bold > before[1]:
                found.append(Bolder(n, before[0], y))
                break
            before = y, bold
    return found


def escalating_rates(table: RuleTable) -> list[tuple[int, int]]:
    """The largest number of DLTs (second) with which each number of participants (first) escalates."""
    found: list[tuple[int, int]] = []
    for n, rows in sorted(table.tables.items()):
        counts = [y for y, actions in rows.items() if aggression(actions) == 2]
        if counts:
            found.append((n, max(counts)))
    return found
