"""The decisions of an escalation after each count of participants and DLTs at a level, as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from protocol_dsl.dosing.built import Built
from protocol_dsl.dosing.designs.grids import Grid
from protocol_dsl.model.dosing import Action, Escalation
from protocol_dsl.render.registry_designs import is_titrating
from protocol_dsl.render.registry_words import listed
from protocol_dsl.render.text import counted

ESCALATE, STAY, DOWN, CLOSE, STOP, PEOPLE, NONE, NEVER = "E", "S", "D", "U", "stop", "decide", "none", "never"
"""Codes of decisions; `none` is a hole in the rules, `never` a count that no way through the trial comes to."""

LETTERS = {ESCALATE: "E", STAY: "S", DOWN: "D", CLOSE: "U", STOP: "Stop", PEOPLE: "P", NONE: "?", NEVER: "–"}
_MEANINGS = {
    ESCALATE: "escalate: the next participants at the next higher level",
    STAY: "stay: more participants at the same level",
    DOWN: "de-escalate: more participants at the next lower level",
    CLOSE: "de-escalate, and close the level and those above it for good",
    STOP: "the escalation stops",
    PEOPLE: "people decide",
    NONE: "no rule",
    NEVER: "does not occur under the rules",
}
_MEANINGS_WITHIN = {
    ESCALATE: "escalate: the participant's next dose is one level higher",
    STAY: "stay: the next dose is at the same level",
    DOWN: "de-escalate: the next dose is one level lower",
    STOP: "the participant's dose is not increased further",
}
_GRID_WORDS = {"E": "escalate", "S": "stay", "D": "de-escalate", "U": "de-escalate and eliminate"}
FULL_COLUMNS = 18
"""Up to so many participants at a level all counts are shown, above it only those at the end of a cohort."""


class Decision(NamedTuple):
    """What follows: a code, words, and for treating more at the level how many it has then."""

    code: str
    words: str
    up_to: int | None = None

    @property
    def letter(self) -> str:
        """The code as a table shows it."""
        return LETTERS[self.code]


class Decisions(NamedTuple):
    """`at`: decisions by participants and DLTs; `cohorts`: counts at which the rule is asked in an ordinary course.

    `is_grid`: the counts are those of a design for any number of participants, so that letters alone are shown.
    """

    at: dict[tuple[int, int], Decision]
    cohorts: tuple[int, ...]
    is_grid: bool

    @property
    def counts(self) -> list[int]:
        """Numbers of participants, rising."""
        return sorted({n for n, _ in self.at})


class Row(NamedTuple):
    """A row of the table: the number of DLTs, and a decision or None (more DLTs than participants) per column."""

    label: str
    cells: list[Decision | None]


class Table(NamedTuple):
    """The table as it is shown; `heads` are (participants, whether a cohort ends there)."""

    heads: list[tuple[int, bool]]
    rows: list[Row]
    legend: list[tuple[str, str, str]]
    """Code, letter and meaning of each decision that occurs."""


def decisions(built: Built, rules: Escalation, reached: set[tuple[int, int]] | None) -> Decisions | None:
    """The decisions of an author's table, a preset (`rules` has its rows) or a grid; None for a design without any.

    `reached` are the counts that some way through the trial comes to; None where that is not known.
    """
    if built.grid is not None and len(built.grid) > 1:
        return _of_grid(built.grid, rules)
    return _of_rows(rules, reached) if rules.tables else None


def _of_grid(grid: Grid, rules: Escalation) -> Decisions:
    at = {
        (n, y): Decision(code, _GRID_WORDS[code]) if code != " " else Decision(NONE, "no rule")
        for n, row in enumerate(grid)
        for y, code in enumerate(row)
    }
    size = rules.cohort_size or 1
    # A level that titration left with one participant has 1, 4, 7 … when it is come back to.
    ends = (0, 1) if is_titrating(rules) else (0,)
    cohorts = [n for n in range(1, len(grid)) if n % size in ends or n == rules.max_total]
    return Decisions(at, tuple(cohorts), True)


def _of_rows(rules: Escalation, reached: set[tuple[int, int]] | None) -> Decisions:
    at: dict[tuple[int, int], Decision] = {}
    for table in rules.tables:
        for row in table.rows:
            decision = _decided(row.actions, table.after, rules.cohort_size)
            for y in range(row.low, min(row.high, table.after) + 1):
                at.setdefault((table.after, y), decision)
    for table in rules.tables:
        for y in range(table.after + 1):
            open_there = reached is None or (table.after, y) in reached
            at.setdefault((table.after, y), Decision(*((NONE, "no rule") if open_there else (NEVER, "–"))))
    return Decisions(at, tuple(sorted({n for n, _ in at})), False)


def _decided(actions: Sequence[Action], n: int, cohort: int | None) -> Decision:
    kinds = {action.kind for action in actions}
    words = " then ".join(_words(action) for action in actions)
    up_to = next((action.count for action in actions if action.kind == "expand"), None)
    if "decide" in kinds:
        return Decision(PEOPLE, words)
    if kinds & {"stop", "stop_without_mtd"}:
        return Decision(STOP, words)
    if "escalate" in kinds:
        return Decision(ESCALATE, words)
    if "stay" in kinds:
        return Decision(STAY, words, n + (cohort or 0))
    return Decision(STAY, words, up_to) if "expand" in kinds else Decision(DOWN, words)


def _words(action: Action) -> str:
    """`treat 3 more at level below`."""
    if action.kind == "expand":
        return f"expand to {action.count}"
    if action.kind == "treat_more":
        where = "the level below" if action.level in (None, "below") else action.level
        return f"treat {action.count} more at {where}"
    if action.kind == "decide":
        return f"{listed([name.replace('_', ' ') for name in action.by]) or 'people'} decide"
    return {"de_escalate": "de-escalate", "stop_without_mtd": "stop without MTD"}.get(action.kind, action.kind)


def shown(found: Decisions, within: bool) -> Table:
    """The table: rows are DLTs, columns participants. Equal last rows of a grid are one: `7 or more`."""
    counts = found.counts
    if found.is_grid and len(counts) > FULL_COLUMNS:
        counts = [n for n in counts if n in found.cohorts]
    rows = [Row(str(y), [found.at.get((n, y)) for n in counts]) for y in range(max(counts) + 1)]
    cut = len(rows)
    while found.is_grid and cut > 1 and all(cell is None or cell.code == CLOSE for cell in rows[cut - 1].cells):
        cut -= 1
    if cut < len(rows) - 1:
        # Above the cut everything is U: the first of these rows stands for all, for the counts that have so many DLTs.
        merged = [next((row.cells[at] for row in rows[cut:] if row.cells[at]), None) for at in range(len(counts))]
        rows = [*rows[:cut], Row(f"{cut} or more", merged)]
    codes = {cell.code for row in rows for cell in row.cells if cell is not None}
    meanings = {**_MEANINGS, **(_MEANINGS_WITHIN if within else {})}
    legend = [(code, LETTERS[code], meanings[code]) for code in _MEANINGS if code in codes]
    return Table([(n, n in found.cohorts) for n in counts], rows, legend)


def csv_rows(name: str | None, found: Decisions) -> Iterator[list[object]]:
    """`n, y, decision, action`, with the escalation's name in front where there are several."""
    front = [name] if name is not None else []
    for (n, y), decision in sorted(found.at.items()):
        code = {NONE: "no rule", NEVER: "never"}.get(decision.code, decision.code)
        yield [*front, n, y, code, decision.words if decision.code != NEVER else "does not occur under the rules"]


class Group(NamedTuple):
    """Neighbouring numbers of DLTs with one decision: from `low` to `high` among `n`."""

    n: int
    low: int
    high: int
    decision: Decision

    @property
    def text(self) -> str:
        """`0/3`, `≤ 1/6`, `≥ 2/3`, `3/6 to 4/6`."""
        if self.low == 0 and self.high == self.n:
            return f"any of {counted(self.n, 'participant')}"
        if self.low == self.high:
            return f"{self.low}/{self.n}"
        if self.low == 0:
            return f"≤ {self.high}/{self.n}"
        if self.high == self.n:
            return f"≥ {self.low}/{self.n}"
        return f"{self.low}/{self.n} to {self.high}/{self.n}"


def groups(found: Decisions, n: int) -> list[Group]:
    """The numbers of DLTs among `n` participants, grouped; those that do not occur are left out."""
    made: list[Group] = []
    for y in range(n + 1):
        decision = found.at[n, y]
        if made and made[-1].decision == decision:
            made[-1] = made[-1]._replace(high=y)
        else:
            made.append(Group(n, y, y, decision))
    return [group for group in made if group.decision.code != NEVER]
