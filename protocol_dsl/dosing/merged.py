"""Exact operating characteristics of a rule table over states merged by what the future depends on (`memory`).

A merged state no longer says how many were treated at each level, so that the probability of an end is no product any
more; a scenario is one pass forward through the states instead. What is lost at the ends is gained on the way: each
group adds its participants to its level, and on average its size times the rate of the level to the DLTs there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Any, NamedTuple

from protocol_dsl.dosing.exact import Characteristics
from protocol_dsl.dosing.machine import Clock, Closed, Design, Ending, Step
from protocol_dsl.dosing.memory import Memory, Window

_MANY = 8
"""So many scenarios are worth arrays."""


class Outcome(NamedTuple):
    """An end, as far as it matters: MTD or None, why, participants in all, and the clock of a timed design."""

    mtd: int | None
    reason: str
    total: int
    clock: Clock | None


class Group(NamedTuple):
    """A merged step: `size` participants at `level`; `to` leads for each number of DLTs to a group or an end."""

    level: int
    size: int
    to: tuple[int, ...]


@dataclass(frozen=True)
class Merged:
    """The merged states of a design: each group comes after those that lead to it, and ends after all groups."""

    levels: int
    groups: list[Group]
    outcomes: list[Outcome]
    paths: int
    """Complete sequences of DLT counts."""

    @property
    def states(self) -> int:
        """Groups and ends."""
        return len(self.groups) + len(self.outcomes)

    @property
    def sizes(self) -> tuple[int, int]:
        """The fewest and the most participants that can be treated."""
        totals = [outcome.total for outcome in self.outcomes]
        return min(totals), max(totals)


def merge(design: Design, remembered: Memory, limit: int) -> Merged:
    """All states of a design. Raises `Closed` above `limit` of them."""
    first = design.first()
    after = design.after
    numbers: dict[tuple[int, Window], int] = {(0, remembered(first)): 0}
    steps: list[Step] = [first]
    targets: list[list[int]] = [[]]
    paths: list[int] = [1]
    outcomes: dict[Outcome, int] = {}
    endings = 0
    layers: dict[int, list[int]] = {0: [0]}
    order: list[int] = []
    while layers:
        treated = min(layers)
        for number in layers.pop(treated):
            order.append(number)
            step, count, leaving = steps[number], paths[number], targets[number]
            total = treated + step.size
            for dlts in range(step.size + 1):
                following = after(step, dlts)
                if isinstance(following, Ending):
                    endings += count
                    outcome = Outcome(following.mtd, following.reason, total, following.clock)
                    leaving.append(-1 - outcomes.setdefault(outcome, len(outcomes)))
                    continue
                at = numbers.setdefault((total, remembered(following)), len(steps))
                if at == len(steps):
                    if at + len(outcomes) >= limit:
                        raise Closed
                    steps.append(following)
                    targets.append([])
                    paths.append(0)
                    layers.setdefault(total, []).append(at)
                paths[at] += count
                leaving.append(at)
    place = [0] * len(steps)
    for position, number in enumerate(order):
        place[number] = position
    groups = [
        Group(
            steps[number].level,
            steps[number].size,
            tuple(place[to] if to >= 0 else len(order) - 1 - to for to in targets[number]),
        )
        for number in order
    ]
    return Merged(design.levels, groups, list(outcomes), endings)


def reached(merged: Merged, rates: Sequence[float]) -> list[float]:
    """The probability of each group, then of each end."""
    return _forward(merged, rates, [1.0] + [0.0] * (merged.states - 1))


def _forward(merged: Merged, rates: Sequence[Any], found: list[Any]) -> list[Any]:
    """Pass the probability of each state on. `rates` and `found` hold numbers, or arrays over scenarios."""
    laws: dict[tuple[int, int], list[Any]] = {}
    for number, (level, size, to) in enumerate(merged.groups):
        law = laws.get((level, size))
        if law is None:
            rate = rates[level]
            law = laws[level, size] = [comb(size, y) * rate**y * (1 - rate) ** (size - y) for y in range(size + 1)]
        before = found[number]
        for at, chance in zip(to, law, strict=True):
            found[at] = found[at] + before * chance
    return found


def evaluate(merged: Merged, scenarios: Sequence[Sequence[float]]) -> list[Characteristics]:
    """Operating characteristics in each scenario, with numpy where it is there and worth it."""
    numpy = _numpy() if len(scenarios) >= _MANY else None
    if numpy is None:
        return [_sums(merged, rates, reached(merged, rates)) for rates in scenarios]
    columns = numpy.array(scenarios, dtype=float).T
    nothing = numpy.zeros(len(scenarios))
    found = numpy.array(_forward(merged, columns, [nothing + 1.0] + [nothing] * (merged.states - 1)))
    treated = numpy.zeros((merged.levels, len(merged.groups)))
    for number, (level, size, _) in enumerate(merged.groups):
        treated[level, number] = size
    participants = (treated @ found[: len(merged.groups)]).T.tolist()
    ends = found[len(merged.groups) :].T
    laws = [_Laws.of(merged, index).shares(ends) for index in range(3)]
    return [
        _characteristics(merged, rates, n, *law) for rates, n, *law in zip(scenarios, participants, *laws, strict=True)
    ]


class _Laws(NamedTuple):
    """One quality of the ends, such as the MTD: its values, and which of them each end has."""

    values: list[Any]
    which: list[int]

    @classmethod
    def of(cls, merged: Merged, index: int) -> _Laws:
        """The quality with this index in `Outcome`."""
        values = list(dict.fromkeys(outcome[index] for outcome in merged.outcomes))
        return cls(values, [values.index(outcome[index]) for outcome in merged.outcomes])

    def shares(self, ends: Any) -> list[dict[Any, float]]:
        """The probability of each value, for each row of an array of probabilities of ends."""
        numpy = _numpy()
        has = numpy.array(self.which)[:, None] == numpy.arange(len(self.values))[None, :]
        return [dict(zip(self.values, row, strict=True)) for row in (ends @ has.astype(float)).tolist()]

    def share(self, ends: list[float]) -> dict[Any, float]:
        """The same for one scenario."""
        found = [0.0] * len(self.values)
        for which, p in zip(self.which, ends, strict=True):
            found[which] += p
        return dict(zip(self.values, found, strict=True))


def _numpy() -> Any:
    from protocol_dsl.dosing.vector import numpy

    return numpy


def _sums(merged: Merged, rates: Sequence[float], found: list[float]) -> Characteristics:
    participants = [0.0] * merged.levels
    for (level, size, _), p in zip(merged.groups, found, strict=False):
        participants[level] += size * p
    ends = found[len(merged.groups) :]
    laws = [_Laws.of(merged, index).share(ends) for index in range(3)]
    return _characteristics(merged, rates, participants, *laws)


def _characteristics(
    merged: Merged,
    rates: Sequence[float],
    participants: list[float],
    select: dict[int | None, float],
    reasons: dict[str, float],
    sizes: dict[int, float],
) -> Characteristics:
    return Characteristics(
        tuple(rates),
        tuple(select.get(mtd, 0.0) for mtd in (None, *range(merged.levels))),
        tuple(participants),
        tuple(rate * n for rate, n in zip(rates, participants, strict=True)),
        {n: sizes[n] for n in sorted(sizes) if sizes[n] > 0},
        {reason: reasons[reason] for reason in sorted(reasons) if reasons[reason] > 0},
    )
