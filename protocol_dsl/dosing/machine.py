"""What an escalation is to a computation: who is treated next at which level, given all that was seen so far.

Levels are numbered from 0 in the order of rising dose. A `Step` is a group about to be treated; when its DLTs are
known, the design answers with the next step or with the end. Each group has at least one participant, so that the
number treated rises with every step and the graph of steps has no cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import NamedTuple, Protocol

# Why an escalation ended: the keys of the stop reasons in the operating characteristics.
RULE = "a rule says stop"
TOP = "no open level above"
BOTTOM = "no level below"
EXHAUSTED = "level below has all its participants"
MAXIMUM = "all participants treated"
TOXIC = "lowest level too toxic"
ENOUGH = "enough participants at one level"
NO_RULE = "no rule"
PEOPLE = "left to people"
OPEN = (NO_RULE, PEOPLE)
"""Endings in which the protocol itself decides nothing."""

Clock = tuple[int, ...]
"""Groups so far; of them those with more than one participant; first groups of a level with more than one; levels
opened after the first. Behind them, where it is asked for, the sizes of all groups in ascending order.
Of `Above` the number treated above a level, and nothing else."""


class Step(NamedTuple):
    """A group of `size` participants about to be treated at `level`, after `treated` and `dlts` per level.

    `phase` is what else the design has to remember: the first eliminated level, or that this group is the last one.
    """

    level: int
    size: int
    phase: int
    treated: tuple[int, ...]
    dlts: tuple[int, ...]
    clock: Clock | None = None

    def seen(self, dlts: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Participants and DLTs per level once this group had `dlts`."""
        at = self.level
        treated, before = self.treated, self.dlts
        return (
            (*treated[:at], treated[at] + self.size, *treated[at + 1 :]),
            (*before[:at], before[at] + dlts, *before[at + 1 :]),
        )


class Ending(NamedTuple):
    """The end: the MTD (None where none is declared), why, and what was seen."""

    mtd: int | None
    reason: str
    treated: tuple[int, ...]
    dlts: tuple[int, ...]
    clock: Clock | None = None


class Design(Protocol):
    """A dose-escalation design for a number of dose levels."""

    @property
    def levels(self) -> int:
        """How many dose levels there are."""
        ...

    def first(self) -> Step:
        """The first group."""
        ...

    def after(self, step: Step, dlts: int) -> Step | Ending:
        """What follows when `dlts` of the group had a DLT."""
        ...


class Timed:
    """A design whose endings also tell how many groups and newly opened levels the trial had, perhaps their sizes."""

    def __init__(self, design: Design, by_size: bool = False) -> None:
        self.design = design
        self.by_size = by_size

    @property
    def levels(self) -> int:
        """How many dose levels there are."""
        return self.design.levels

    def first(self) -> Step:
        """The first group."""
        return self._clocked(self.design.first(), (0, 0, 0, 0))

    def after(self, step: Step, dlts: int) -> Step | Ending:
        """What follows, with the clock moved on."""
        clock = step.clock
        assert clock is not None
        following = self.design.after(step, dlts)
        if isinstance(following, Ending):
            return following._replace(clock=clock)
        return self._clocked(following, clock)

    def _clocked(self, step: Step, before: Clock) -> Step:
        groups, several, first, opened = before[:4]
        sizes = sorted((*before[4:], step.size)) if self.by_size else ()
        new = step.treated[step.level] == 0
        more = step.size > 1
        return step._replace(
            clock=(groups + 1, several + more, first + (new and more), opened + (new and any(step.treated)), *sizes)
        )


class Above:
    """A design whose endings also tell how many participants were treated above a level, as their whole clock."""

    def __init__(self, design: Design, level: int) -> None:
        self.design = design
        self.level = level

    @property
    def levels(self) -> int:
        """How many dose levels there are."""
        return self.design.levels

    def first(self) -> Step:
        """The first group."""
        return self.design.first()._replace(clock=(0,))

    def after(self, step: Step, dlts: int) -> Step | Ending:
        """What follows, with those of this group counted."""
        before = step.clock[0] if step.clock else 0
        following = self.design.after(step, dlts)
        return following._replace(clock=(before + (step.size if step.level > self.level else 0),))


class Group(NamedTuple):
    """A group of a path with the number of DLTs in it."""

    step: Step
    dlts: int


Path = tuple[Group, ...]


def path_text(path: Path, names: tuple[str, ...]) -> str:
    """`DL1 0/3 → DL2 1/3 → DL2 3/6`: cumulative DLTs and participants at the level of each group.

    A level that was treated before is shown with all its participants, which is what the rules look at.
    """
    parts: list[str] = []
    for step, dlts in path:
        at = step.level
        parts.append(f"{names[at]} {step.dlts[at] + dlts}/{step.treated[at] + step.size}")
    return " → ".join(parts)


class Closed(Exception):
    """Raised by a search that has met its limit of states."""


def walk(
    design: Design, limit: int, alike: Callable[[Step], Hashable] | None = None
) -> Iterator[tuple[Step, int, Step | Ending, Path]]:
    """Every reachable step, number of DLTs and what follows, each with a shortest path that leads there.

    Shortest first, fewer DLTs first: the paths make short counterexamples. Of steps for which `alike` is the same only
    the first is followed. Raises `Closed` above `limit` steps.
    """
    first = design.first()
    seen = {first if alike is None else alike(first)}
    waiting = [first]
    ways: list[Path] = [()]
    for number, step in enumerate(waiting):
        for dlts in range(step.size + 1):
            following = design.after(step, dlts)
            path = (*ways[number], Group(step, dlts))
            yield step, dlts, following, path
            if not isinstance(following, Step):
                continue
            key = following if alike is None else alike(following)
            if key not in seen:
                if len(seen) >= limit:
                    raise Closed
                seen.add(key)
                waiting.append(following)
                ways.append(path)
