"""What the constraints of a schedule say, in sentences, with days in the protocol's own numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.model import wording
from protocol_dsl.schedule.network import DERIVED, Conflict, Constraint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from protocol_dsl.model.schedule import Timeline
    from protocol_dsl.schedule.build import Node, Schedule

MINUS = "−"


class Step(NamedTuple):
    """One constraint of a chain: what it says, and where it leaves the node it leads to, counted from the first one.

    `sum` is the days so far; `place` says it in words and is empty where it repeats the sentence.
    """

    constraint: Constraint
    sentence: str
    sum: int
    place: str


def day_text(timeline: Timeline | None, offset: int) -> str:
    """`Day 28`, `Day −5`: the protocol's own number of the day at `offset` from the anchor."""
    number = offset + 1 if timeline is not None and timeline.first_day == 1 and offset >= 0 else offset
    return f"Day {str(number).replace('-', MINUS)}"


def days(count: int) -> str:
    """`1 day`, `3 days`."""
    return f"{count} day" if count == 1 else f"{count} days"


def apart(low: int | None, high: int | None, base: str) -> str:
    """`3 to 10 days after SCR`, `at least 14 days before D1`, `5 days before to 2 days after LEU`."""
    if low is None and high is None:
        return f"any day, nothing ties it to {base}"
    if low is not None and high is not None:
        if low == high:
            return f"the day of {base}" if low == 0 else f"{days(abs(low))} {'after' if low > 0 else 'before'} {base}"
        if low >= 0:
            return f"{low} to {days(high)} after {base}"
        if high <= 0:
            return f"{-high} to {days(-low)} before {base}"
        return f"{days(-low)} before to {days(high)} after {base}"
    bound, least = (low, True) if low is not None else (high, False)
    assert bound is not None
    if bound == 0:
        return f"not {'before' if least else 'after'} {base}"
    after = bound > 0
    return f"at {'least' if least == after else 'most'} {days(abs(bound))} {'after' if after else 'before'} {base}"


class Explainer:
    """Tells the constraints of one schedule."""

    def __init__(self, schedule: Schedule, timeline: Timeline | None) -> None:
        self.schedule = schedule
        self.timeline = timeline

    def name(self, node: int) -> str:
        """What a node is called in a sentence."""
        found = self.schedule.nodes[node]
        return found.name if found.kind in ("visit", "event", "anchor") else found.label

    def sentence(self, constraint: Constraint, *, relative: bool = False) -> str:
        """`D28 is on Day 30 at the latest`, `LEU is at least 3 days after SCR`; `relative` also to the anchor."""
        source, target, weight, origin = constraint
        anchor = self.schedule.anchor
        if origin == DERIVED:
            return self._derived(constraint)
        if source == anchor and not relative:
            return f"{self.name(target)} is on {day_text(self.timeline, weight)} at the latest"
        if target == anchor and not relative:
            return f"{self.name(source)} is on {day_text(self.timeline, -weight)} at the earliest"
        statement = self.schedule.statement_of(constraint)
        if statement.element == self.schedule.nodes[source].name:
            return self._of(source, target, weight, later=False)
        return self._of(target, source, weight, later=True)

    def _derived(self, constraint: Constraint) -> str:
        """What the stages say: that one comes after the other, and which visits belong to one."""
        source, target = (self.schedule.nodes[node] for node in constraint[:2])
        if source.kind == "visit":
            return f"{source.name} belongs to {_stage(target)}"
        if target.kind == "visit":
            return f"{target.name} belongs to {_stage(source)}"
        return self.schedule.statement_of(constraint).text

    def _of(self, subject: int, other: int, weight: int, *, later: bool) -> str:
        """The subject is at most `weight` days after (`later`) or before the other; at least, if it is negative."""
        of, to = self.name(subject), self.name(other)
        side, opposite = ("after", "before") if later else ("before", "after")
        if weight == 0:
            return f"{of} is not {side} {to}"
        if weight > 0:
            return f"{of} is at most {days(weight)} {side} {to}"
        return f"{of} is at least {days(-weight)} {opposite} {to}"

    def chain(self, constraints: Sequence[Constraint]) -> list[Step]:
        """The steps of a path or a cycle, in its order: how late each node can be after the first."""
        steps: list[Step] = []
        total = 0
        first = constraints[0].source if constraints else None
        for number, constraint in enumerate(constraints):
            total += constraint.weight
            place = "" if number == 0 or constraint.target == first else self._place(first, constraint.target, total)
            steps.append(Step(constraint, self.sentence(constraint), total, place))
        return steps

    def chain_back(self, constraints: Sequence[Constraint]) -> list[Step]:
        """The steps of a path from its last node to its first: how early each node can be after the last."""
        steps: list[Step] = []
        total = 0
        last = constraints[-1].target if constraints else None
        for number, constraint in enumerate(reversed(constraints)):
            total -= constraint.weight
            place = "" if number == 0 else self._place(last, constraint.source, total, latest=False)
            steps.append(Step(constraint, self.sentence(constraint), total, place))
        return steps

    def _place(self, first: int | None, node: int, total: int, *, latest: bool = True) -> str:
        at = self.schedule.nodes[node]
        end = "latest" if latest else "earliest"
        if first is not None and first == self.schedule.anchor and at.kind in ("stage_start", "stage_end"):
            verb = "starts" if at.kind == "stage_start" else "ends"
            return f"so {_stage(at)} {verb} on {day_text(self.timeline, total)} at the {end}"
        if first is not None and first == self.schedule.anchor:
            return f"so {self.name(node)} is on {day_text(self.timeline, total)} at the {end}"
        base = self.name(first) if first is not None else ""
        side, bound = ("after", latest) if total >= 0 else ("before", not latest)
        return f"so {self.name(node)} is at {'most' if bound else 'least'} {days(abs(total))} {side} {base}"

    def headline(self, conflict: Conflict) -> str:
        """One sentence that tells what does not fit."""
        anchor = self.schedule.anchor
        last = conflict.cycle[-1]
        missing = f"{days(conflict.deficit)} {'does' if conflict.deficit == 1 else 'do'} not fit"
        if last.target == anchor and len(conflict.cycle) > 1:
            latest = day_text(self.timeline, -conflict.deficit - last.weight)
            earliest = day_text(self.timeline, -last.weight)
            name = self.name(last.source)
            return f"{name} has no possible day: not before {earliest}, yet not after {latest}"
        names = list(dict.fromkeys(self.name(step.source) for step in conflict.cycle))
        if len(names) == 2:
            return f"{names[0]} and {names[1]} cannot keep their distance: {missing}"
        return f"{wording.listing(names)} cannot all keep their distances: {missing}"


def _stage(node: Node) -> str:
    """The stage whose start or end a node is."""
    return node.label.partition(" of ")[2]
