"""Exact operating characteristics: forward through the merged states of a design, then one sum for each scenario.

The states that a trial can reach do not depend on the true DLT rates. Each way to an end has the probability
`prod p_j^y_j (1-p_j)^(n_j-y_j)` times binomial coefficients, so it is enough to keep, for each end, the sum `weight`
of the products of these coefficients over all ways that lead there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import comb, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from protocol_dsl.dosing.machine import Closed, Design, Ending, Step

if TYPE_CHECKING:
    from protocol_dsl.dosing.merged import Merged

STATE_LIMIT = 300_000
"""States that are followed exactly in plain Python: some ten seconds and 500 MB."""


class End(NamedTuple):
    """A merged end of the trial: its `weight`, and the number of `paths` (sequences of DLT counts) that lead there."""

    ending: Ending
    weight: int
    paths: int


class Edge(NamedTuple):
    """What follows a step: the number of the next step in `Structure.steps`, or -1 minus that of the end."""

    dlts: int
    to: int


@dataclass(frozen=True)
class Structure:
    """Everything about a design that the true DLT rates do not change.

    `steps` are in an order in which every step comes after those that lead to it; `edges` has one list for each step.
    """

    levels: int
    ends: Sequence[End]
    states: int
    steps: list[Step] = field(default_factory=list[Step], repr=False)
    edges: list[list[Edge]] = field(default_factory=list[list[Edge]], repr=False)

    @property
    def paths(self) -> int:
        """How many complete paths there are."""
        made = getattr(self.ends, "arrays", None)
        return sum(end.paths for end in self.ends) if made is None else made.paths

    @cached_property
    def sizes(self) -> tuple[int, int]:
        """The fewest and the most participants that can be treated."""
        made = getattr(self.ends, "arrays", None)
        if made is not None:
            return int(made.total.min()), int(made.total.max())
        totals = [sum(end.ending.treated) for end in self.ends]
        return min(totals), max(totals)

    @cached_property
    def arrays(self) -> Any:
        """The ends as arrays, or None without numpy."""
        from protocol_dsl.dosing import vector

        if vector.numpy is None:
            return None
        made = getattr(self.ends, "arrays", None)
        return vector.arrays(self) if made is None else made


def structure(design: Design, limit: int | None = None) -> Structure | Merged:
    """The merged states of a design in the fastest way at hand; they may not tell single ends, steps and edges.

    Raises `Closed` above `limit` states.
    """
    from protocol_dsl.dosing import merged
    from protocol_dsl.dosing.memory import memory

    remembered = memory(design)
    if remembered is not None:
        return merged.merge(design, remembered, limit or STATE_LIMIT)
    from protocol_dsl.dosing import vector

    if vector.numpy is not None:
        from protocol_dsl.dosing.designs import interval_arrays

        if interval_arrays.can_explore(design):
            return interval_arrays.explore(cast(Any, design), limit or interval_arrays.STATE_LIMIT)
    return explore(design, limit or STATE_LIMIT)


def explore(design: Design, limit: int = STATE_LIMIT) -> Structure:
    """All reachable states of a design, merged. Raises `Closed` above `limit` of them."""
    first = design.first()
    numbers: dict[Step, int] = {first: 0}
    found: list[Step] = [first]
    weights: list[int] = [1]
    counts: list[int] = [1]
    edges: list[list[Edge]] = [[]]
    ends: dict[Ending, int] = {}
    end_weights: list[int] = []
    end_counts: list[int] = []
    order: list[int] = []
    layers: dict[int, list[int]] = {0: [0]}
    after = design.after
    while layers:
        treated = min(layers)
        for number in layers.pop(treated):
            order.append(number)
            step, weight, paths, leaving = found[number], weights[number], counts[number], edges[number]
            size = step.size
            for dlts in range(size + 1):
                following = after(step, dlts)
                more = weight * comb(size, dlts)
                if isinstance(following, Ending):
                    at = ends.setdefault(following, len(end_weights))
                    if at == len(end_weights):
                        end_weights.append(0)
                        end_counts.append(0)
                    end_weights[at] += more
                    end_counts[at] += paths
                    leaving.append(Edge(dlts, -1 - at))
                    continue
                at = numbers.setdefault(following, len(found))
                if at == len(found):
                    if at + len(ends) >= limit:
                        raise Closed
                    found.append(following)
                    weights.append(0)
                    counts.append(0)
                    edges.append([])
                    layers.setdefault(treated + size, []).append(at)
                weights[at] += more
                counts[at] += paths
                leaving.append(Edge(dlts, at))
    place = {number: position for position, number in enumerate(order)}
    return Structure(
        levels=design.levels,
        ends=[End(*each) for each in zip(ends, end_weights, end_counts, strict=True)],
        states=len(found) + len(ends),
        steps=[found[number] for number in order],
        edges=[
            [edge if edge.to < 0 else Edge(edge.dlts, place[edge.to]) for edge in edges[number]] for number in order
        ],
    )


class Characteristics(NamedTuple):
    """Operating characteristics in one scenario.

    `select`: probability that no MTD is declared, then that each level is. `participants`, `dlts`: expected numbers
    per level. `sizes`: probability of each total number treated. `reasons`: probability of each reason for the end.
    `trials`: None for exact values, else how many trials were simulated; `errors` are then the standard errors of
    `select`.
    """

    rates: tuple[float, ...]
    select: tuple[float, ...]
    participants: tuple[float, ...]
    dlts: tuple[float, ...]
    sizes: dict[int, float]
    reasons: dict[str, float]
    trials: int | None = None
    errors: tuple[float, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the values were computed, not simulated."""
        return self.trials is None

    @property
    def mean(self) -> float:
        """Expected number of participants."""
        return sum(n * p for n, p in self.sizes.items())

    @property
    def sd(self) -> float:
        """Standard deviation of the number of participants."""
        mean = self.mean
        return sqrt(max(0.0, sum((n - mean) ** 2 * p for n, p in self.sizes.items())))

    def more_than(self, n: int) -> float:
        """Probability that more than `n` participants are treated."""
        return sum(p for size, p in self.sizes.items() if size > n)

    def quantile(self, q: float) -> int:
        """The smallest number of participants that is not exceeded with probability `q`."""
        total = 0.0
        for n, p in sorted(self.sizes.items()):
            total += p
            if total >= q - 1e-12:
                return n
        return max(self.sizes)


def evaluate(structure: Structure | Merged, rates: Sequence[float]) -> Characteristics:
    """Operating characteristics for true DLT rates, one for each level, each from 0 to 1."""
    return evaluate_all(structure, [rates])[0]


def evaluate_all(structure: Structure | Merged, scenarios: Sequence[Sequence[float]]) -> list[Characteristics]:
    """Operating characteristics in several scenarios, with numpy where it is there and worth it."""
    for rates in scenarios:
        if len(rates) != structure.levels or not all(0 <= rate <= 1 for rate in rates):
            raise ValueError(f"{structure.levels} DLT rates from 0 to 1 are needed, not {list(rates)}")
    if not isinstance(structure, Structure):
        from protocol_dsl.dosing import merged

        return merged.evaluate(structure, scenarios)
    if len(structure.ends) * len(scenarios) > 2000 and structure.arrays is not None:
        from protocol_dsl.dosing import vector

        return vector.evaluate(structure.arrays, scenarios)
    return [_evaluate(structure, tuple(rates)) for rates in scenarios]


def probabilities(structure: Structure, rates: Sequence[float]) -> list[float]:
    """The probability of each end."""
    most = [max(end.ending.treated[level] for end in structure.ends) for level in range(structure.levels)]
    powers = [[rate**k for k in range(top + 1)] for rate, top in zip(rates, most, strict=True)]
    others = [[(1 - rate) ** k for k in range(top + 1)] for rate, top in zip(rates, most, strict=True)]
    found: list[float] = []
    for (_, _, treated, dlts, _), weight, _ in structure.ends:
        p = float(weight)
        for level, n in enumerate(treated):
            if n:
                y = dlts[level]
                p *= powers[level][y] * others[level][n - y]
        found.append(p)
    return found


def _evaluate(structure: Structure, rates: tuple[float, ...]) -> Characteristics:
    levels = range(structure.levels)
    select = [0.0] * (structure.levels + 1)
    participants = [0.0] * structure.levels
    toxicities = [0.0] * structure.levels
    sizes: dict[int, float] = {}
    reasons: dict[str, float] = {}
    for (ending, _, _), p in zip(structure.ends, probabilities(structure, rates), strict=True):
        mtd, reason, treated, dlts, _ = ending
        select[0 if mtd is None else mtd + 1] += p
        reasons[reason] = reasons.get(reason, 0.0) + p
        total = sum(treated)
        sizes[total] = sizes.get(total, 0.0) + p
        for level in levels:
            participants[level] += p * treated[level]
            toxicities[level] += p * dlts[level]
    return Characteristics(
        rates,
        tuple(select),
        tuple(participants),
        tuple(toxicities),
        {n: sizes[n] for n in sorted(sizes) if sizes[n] > 0},
        {reason: reasons[reason] for reason in sorted(reasons) if reasons[reason] > 0},
    )
