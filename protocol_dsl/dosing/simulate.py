"""Simulated trials, for designs with more states than can be followed exactly. Seeded: the same numbers each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from random import Random

from protocol_dsl.dosing.exact import Characteristics
from protocol_dsl.dosing.machine import Design, Ending, Step

TRIALS = 10_000
SEED = 20_250_101
_MEMORY = 200_000
"""Decisions that are remembered between trials."""


def simulate(design: Design, rates: Sequence[float], trials: int = TRIALS, seed: int = SEED) -> Characteristics:
    """Operating characteristics from `trials` trials, with the standard errors of the selection."""
    random = Random(seed).random
    known: dict[tuple[Step, int], Step | Ending] = {}
    ends: Counter[Ending] = Counter()
    first = design.first()
    for _ in range(trials):
        at: Step | Ending = first
        while isinstance(at, Step):
            rate = rates[at.level]
            key = at, sum(random() < rate for _ in range(at.size))
            following = known.get(key)
            if following is None:
                following = design.after(*key)
                if len(known) < _MEMORY:
                    known[key] = following
            at = following
        ends[at] += 1
    select = [0] * (design.levels + 1)
    participants = [0] * design.levels
    toxicities = [0] * design.levels
    sizes: Counter[int] = Counter()
    reasons: Counter[str] = Counter()
    for ending, count in ends.items():
        select[0 if ending.mtd is None else ending.mtd + 1] += count
        sizes[sum(ending.treated)] += count
        reasons[ending.reason] += count
        for level in range(design.levels):
            participants[level] += ending.treated[level] * count
            toxicities[level] += ending.dlts[level] * count
    # Whole numbers first: a sum of fractions can come to more than 1.
    shares = tuple(count / trials for count in select)
    return Characteristics(
        tuple(rates),
        shares,
        tuple(n / trials for n in participants),
        tuple(n / trials for n in toxicities),
        {n: sizes[n] / trials for n in sorted(sizes)},
        {reason: reasons[reason] / trials for reason in sorted(reasons)},
        trials,
        tuple(sqrt(p * (1 - p) / trials) for p in shares),
    )
