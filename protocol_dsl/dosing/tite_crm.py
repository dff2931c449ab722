"""TITE-CRM (Cheung and Chappell 2000): the continual reassessment method while participants are still observed.

A participant without a DLT counts with the weight `t / T`, the share of the window `T` that was observed: the
likelihood of a level with rate `p` is `w p` with a DLT and `1 - w p` without one; with a DLT the weight is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from typing import Any, NamedTuple

from protocol_dsl.dosing import vector
from protocol_dsl.dosing.arrivals import Conduct, Door, Participant
from protocol_dsl.dosing.courses import Course
from protocol_dsl.dosing.designs.crm import POWER, PRIOR_VARIANCE, nearest, nodes, rate
from protocol_dsl.dosing.duration import Timing
from protocol_dsl.dosing.machine import MAXIMUM


class Observed(NamedTuple):
    """A participant at `level`: the DLT's day or None, and the day from which nothing more is observed."""

    level: int
    enrolled: float
    dlt: float | None
    until: float

    def weight(self, day: float, window: float) -> float:
        """The share of the window that was observed by a day."""
        return 1.0 if window <= 0 else max(0.0, min(1.0, (min(day, self.until) - self.enrolled) / window))


@dataclass(frozen=True)
class TiteCrm:
    """A trial by the TITE-CRM up to `maximum` participants, enrolled as they come.

    The model decides before each group of `cohort`. `skipping`: untried levels may be skipped upwards. Participants
    who cannot be evaluated during the window count as far as they were observed, and nobody replaces them.
    """

    skeleton: tuple[float, ...]
    target: float
    maximum: int
    start: int = 0
    cohort: int = 1
    model: str = POWER
    skipping: bool = False
    prior_variance: float = PRIOR_VARIANCE

    @property
    def levels(self) -> int:
        """How many dose levels there are."""
        return len(self.skeleton)

    def run(self, arriving: Iterator[Participant], rates: Sequence[float], timing: Timing, conduct: Conduct) -> Course:
        """One trial with these arrivals; of the timing, the stagger counts, and no level waits for another."""
        door = Door(arriving, conduct.waiting)
        model = Model(self)
        people: list[Observed] = []
        treated, enrolled = [0] * self.levels, 0
        level, opens = self.start, 0.0
        while len(people) < self.maximum:
            day, person = door.take(opens)
            enrolled += 1
            lost = person.loss < conduct.not_evaluable
            if lost and conduct.known == "before":
                continue
            if people and len(people) % self.cohort == 0:
                level = self._next(model.recommended(people, day, timing.window), treated)
            people.append(_observed(person, level, day, rates[level], timing.window, lost))
            first = treated[level] == 0 or (timing.stagger_after == "cohort" and len(people) % self.cohort == 1)
            treated[level] += 1
            opens = day + (timing.stagger if timing.stagger_after == "each" or first else 0.0)
        end = max(each.enrolled for each in people) + timing.window
        door.shut(end)
        dlts = [sum(each.level == at and each.dlt is not None for each in people) for at in range(self.levels)]
        mtd = self._next(model.recommended(people, end, timing.window), treated)
        nobody = (0,) * self.levels
        return Course(mtd, MAXIMUM, tuple(treated), tuple(dlts), end, enrolled, door.turned_away, nobody, nobody)

    def _next(self, level: int, treated: Sequence[int]) -> int:
        """Without skipping at most one above the highest level that was treated."""
        highest = max(at for at, n in enumerate(treated) if n)
        return level if self.skipping else min(level, highest + 1)


def _observed(person: Participant, level: int, day: float, p: float, window: float, lost: bool) -> Observed:
    has_dlt = person.tolerance < p and not (lost and person.loss_onset <= person.onset)
    until = day + window * (person.loss_onset if lost and not has_dlt else 1.0)
    return Observed(level, day, day + window * person.onset if has_dlt else None, until)


@lru_cache(maxsize=8)
def _over_nodes(design: TiteCrm) -> tuple[Any, Any, list[Any]]:
    """The nodes, the prior's density and the rates of each level there; arrays where there is numpy."""
    points, prior = nodes(design.prior_variance)
    rates = [[rate(initial, point, design.model) for point in points] for initial in design.skeleton]
    if vector.numpy is None:
        return points, prior, rates
    return vector.numpy.array(points), vector.numpy.array(prior), [vector.numpy.array(each) for each in rates]


class Model:
    """The posterior over the nodes; factors of those observed to the end are kept between decisions."""

    def __init__(self, design: TiteCrm) -> None:
        self.design = design
        self.nodes, self.density, self.rates = _over_nodes(design)
        self.final = 0
        """How many of the participants, from the first one, are in the density for good."""

    def recommended(self, people: Sequence[Observed], day: float, window: float) -> int:
        """The level whose rate, with the posterior mean put in, is nearest to the target."""
        mean = self.mean(people, day, window)
        return nearest([rate(prior, mean, self.design.model) for prior in self.design.skeleton], self.design.target)

    def mean(self, people: Sequence[Observed], day: float, window: float) -> float:
        """The posterior mean of the parameter; days never fall from one call to the next."""
        while self.final < len(people) and self._is_final(people[self.final], day):
            self.density = self._times(self.density, people[self.final], day, window)
            self.final += 1
        density = self.density
        for each in people[self.final :]:
            density = self._times(density, each, day, window)
        if vector.numpy is not None:
            return float(density @ self.nodes / density.sum())
        return sum(map(mul, density, self.nodes)) / sum(density)

    @staticmethod
    def _is_final(each: Observed, day: float) -> bool:
        return day >= each.until if each.dlt is None else day >= each.dlt

    def _times(self, density: Any, each: Observed, day: float, window: float) -> Any:
        """The density times the likelihood of one participant."""
        rates = self.rates[each.level]
        has_dlt = each.dlt is not None and each.dlt <= day
        weight = 1.0 if has_dlt else each.weight(day, window)
        if vector.numpy is not None:
            return density * (rates if has_dlt else 1 - weight * rates)
        if has_dlt:
            return [*map(mul, density, rates)]
        return [a * (1 - weight * p) for a, p in zip(density, rates, strict=True)]
