"""The continual reassessment method (O'Quigley, Pepe and Fisher 1990) with one parameter.

The next level is the one whose rate, with the posterior mean put in for the parameter, is nearest to the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, inf, log, log1p, sqrt
from operator import mul
from typing import Any, NamedTuple

from protocol_dsl.dosing import vector
from protocol_dsl.dosing.machine import ENOUGH, MAXIMUM, Ending, Step

POWER, LOGISTIC = "power", "logistic"
INTERCEPT = 3.0
PRIOR_VARIANCE = 1.34

# Trapezoids of this width from -8 to 8, about seven prior standard deviations. The error falls so fast with the width
# that it stays below 1e-9 for as narrow a posterior as 100 participants give.
_WIDTH = 0.08
_REACH = 100


def nodes(variance: float = PRIOR_VARIANCE) -> tuple[list[float], list[float]]:
    """The nodes of the integrals over the parameter, and the prior's density there up to a factor.

    With a larger variance there are more of them, with a smaller one they are closer.
    """
    ratio = sqrt(variance / PRIOR_VARIANCE)
    half, width = round(_REACH * max(1.0, ratio)), _WIDTH * min(1.0, ratio)
    points = [step * width for step in range(-half, half + 1)]
    return points, [exp(-b * b / (2 * variance)) for b in points]


def indifference_skeleton(
    half_width: float, target: float, prior_mtd: int, levels: int, model: str = POWER
) -> list[float]:
    """Initial rates from an indifference interval `target ± half_width` (Lee and Cheung 2009).

    `prior_mtd` is a level from 1.
    """
    low, high = target - half_width, target + half_width
    if model == POWER:
        down, scale = log(low) / log(high), log(target)
    else:
        down, scale = (_logit(low) - INTERCEPT) / (_logit(high) - INTERCEPT), _logit(target) - INTERCEPT
    scaled = [scale * (1 / down) ** (level + 1 - prior_mtd) for level in range(levels)]
    return [exp(x) if model == POWER else 1 / (1 + exp(-INTERCEPT - x)) for x in scaled]


def _logit(p: float) -> float:
    return log(p / (1 - p))


def rate(prior: float, parameter: float, model: str) -> float:
    """The DLT rate of a level with the initial rate `prior`."""
    if model == POWER:
        return prior ** exp(parameter)
    logit = INTERCEPT + exp(parameter) * (_logit(prior) - INTERCEPT)
    return 1 / (1 + exp(-logit)) if logit > 0 else exp(logit) / (1 + exp(logit))


class Fit(NamedTuple):
    """The parameter's posterior mean and variance, the rates with the mean put in, the recommended level from 0."""

    mean: float
    variance: float
    rates: tuple[float, ...]
    level: int


def nearest(rates: Sequence[float], target: float) -> int:
    """The level whose rate is nearest to the target; the lower of two."""
    return min(range(len(rates)), key=lambda level: abs(rates[level] - target))


def fit(
    skeleton: Sequence[float],
    target: float,
    levels: Sequence[int],
    dlts: Sequence[int],
    model: str = POWER,
    weights: Sequence[float] | None = None,
) -> Fit:
    """The posterior from the `levels` (from 0) and DLTs (0 or 1) of participants, with `weights` for those who are
    still observed (TITE-CRM: Cheung and Chappell 2000)."""
    observed = list(zip(levels, dlts, weights or [1.0] * len(levels), strict=True))
    sums = [0.0, 0.0, 0.0]
    for step in range(-_REACH, _REACH + 1):
        parameter = step * _WIDTH
        rates = [rate(prior, parameter, model) for prior in skeleton]
        likelihood = exp(-parameter * parameter / (2 * PRIOR_VARIANCE))
        for level, dlt, weight in observed:
            p = weight * rates[level]
            likelihood *= p if dlt else 1 - p
        for power in range(3):
            sums[power] += likelihood * parameter**power
    mean = sums[1] / sums[0]
    fitted = tuple(rate(prior, mean, model) for prior in skeleton)
    return Fit(mean, sums[2] / sums[0] - mean * mean, fitted, nearest(fitted, target))


def most_likely(skeleton: Sequence[float], levels: Sequence[int], dlts: Sequence[int], model: str = POWER) -> float:
    """The parameter of the highest likelihood; infinite if there is no DLT, or nothing but DLTs."""
    if not any(dlts):
        return inf
    if all(dlts):
        return -inf

    def loss(parameter: float) -> float:
        total = 0.0
        for level, dlt in zip(levels, dlts, strict=True):
            p = min(max(rate(skeleton[level], parameter, model), 1e-300), 1 - 1e-16)
            total -= log(p) if dlt else log1p(-p)
        return total

    low, high = -10.0, 10.0
    ratio = (sqrt(5) - 1) / 2
    while high - low > 1e-9:
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if loss(a) < loss(b) else (a, high)
    return (low + high) / 2


@dataclass(frozen=True)
class Crm:
    """A trial by the CRM in cohorts up to a maximum number of participants.

    `skipping`: untried levels may be skipped upwards. `coherent`: no escalation after a cohort whose observed DLT
    rate is at or above the target. `early_stop`: ends at so many participants at the level that would be treated
    again. `titration`: one participant per level until the first DLT; then the model decides. `prior_variance`: that of
    the parameter.
    """

    skeleton: tuple[float, ...]
    target: float
    cohort: int
    maximum: int
    start: int = 0
    model: str = POWER
    skipping: bool = False
    coherent: bool = False
    early_stop: int | None = None
    titration: bool = False
    prior_variance: float = PRIOR_VARIANCE
    _memory: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = field(
        default_factory=dict[tuple[tuple[int, ...], tuple[int, ...]], int], init=False, repr=False, compare=False
    )
    _powers: dict[tuple[int, int, int], Any] = field(
        default_factory=dict[tuple[int, int, int], Any], init=False, repr=False, compare=False
    )

    @property
    def levels(self) -> int:
        """How many dose levels there are."""
        return len(self.skeleton)

    def first(self) -> Step:
        """The first group at the level of the start."""
        nobody = (0,) * self.levels
        return Step(
            self.start, 1 if self.titration else min(self.cohort, self.maximum), int(self.titration), nobody, nobody
        )

    def after(self, step: Step, dlts: int) -> Step | Ending:
        """What the model says."""
        treated, seen = step.seen(dlts)
        total = sum(treated)
        if step.phase and dlts == 0 and step.level + 1 < self.levels and total < self.maximum:
            return Step(step.level + 1, 1, 1, treated, seen)
        level = self.recommended(treated, seen)
        if not self.skipping:
            level = min(level, step.level + 1)
        if self.coherent and dlts >= self.target * step.size - 1e-12:
            level = min(level, step.level)
        if total >= self.maximum:
            return Ending(level, MAXIMUM, treated, seen)
        if self.early_stop is not None and treated[level] >= self.early_stop:
            return Ending(level, ENOUGH, treated, seen)
        return Step(level, min(self.cohort, self.maximum - total), 0, treated, seen)

    def recommended(self, treated: tuple[int, ...], dlts: tuple[int, ...]) -> int:
        """The level nearest to the target given the counts, without any restriction."""
        key = treated, dlts
        found = self._memory.get(key)
        if found is None:
            mean = self._mean(treated, dlts)
            found = nearest([rate(prior, mean, self.model) for prior in self.skeleton], self.target)
            self._memory[key] = found
        return found

    def _mean(self, treated: tuple[int, ...], dlts: tuple[int, ...]) -> float:
        parts = self._power(-1, 0, 0)
        points: Any = parts[0]
        density: Any = parts[1]
        fast = vector.numpy is not None
        for level, n in enumerate(treated):
            if n:
                power = self._power(level, n, dlts[level])
                density = density * power if fast else [*map(mul, density, power)]
        if fast:
            return float(vector.numpy.dot(density, points) / vector.numpy.sum(density))
        return sum(map(mul, density, points)) / sum(density)

    def _power(self, level: int, n: int, y: int) -> Any:
        """The likelihood of `y` of `n` at each node; for level -1 the nodes themselves and the prior's density."""
        key = level, n, y
        found = self._powers.get(key)
        if found is None:
            points, prior = nodes(self.prior_variance)
            if level < 0:
                parts = [points, prior]
            else:
                rates = [rate(self.skeleton[level], b, self.model) for b in points]
                parts = [[p**y * (1 - p) ** (n - y) for p in rates]]
            made: list[Any] = parts if vector.numpy is None else [vector.numpy.array(part) for part in parts]
            found = made if level < 0 else made[0]
            self._powers[key] = found
        return found
