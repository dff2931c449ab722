"""What simulated trials found: means with their standard errors."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil, sqrt
from typing import NamedTuple


class Course(NamedTuple):
    """One simulated trial: the MTD (None for none), why it ended, evaluable participants and DLTs per level.

    `days` run from the opening to the last decision. `enrolled` counts those who were replaced too, but nobody of the
    backfill. `turned_away` are arrivals that found the trial closed and did not wait.
    """

    mtd: int | None
    reason: str
    treated: tuple[int, ...]
    dlts: tuple[int, ...]
    days: float
    enrolled: int
    turned_away: int
    backfilled: tuple[int, ...]
    backfilled_dlts: tuple[int, ...]


class Estimate(NamedTuple):
    """A simulated mean and its standard error."""

    mean: float
    error: float


def estimate(values: Iterable[float]) -> Estimate:
    """The mean of at least one value with its standard error."""
    count, total, squares = 0, 0.0, 0.0
    for value in values:
        count += 1
        total += value
        squares += value * value
    mean = total / count
    variance = max(0.0, squares / count - mean * mean)
    return Estimate(mean, sqrt(variance / max(1, count - 1)))


class Simulated(NamedTuple):
    """Simulated operating characteristics: nothing in them is exact. `days` are the durations in ascending order."""

    trials: int
    seed: int
    select: tuple[Estimate, ...]
    participants: tuple[Estimate, ...]
    dlts: tuple[Estimate, ...]
    total: Estimate
    total_dlts: Estimate
    enrolled: Estimate
    turned_away: Estimate
    backfilled: tuple[Estimate, ...]
    backfilled_dlts: tuple[Estimate, ...]
    duration: Estimate
    days: tuple[float, ...]
    reasons: dict[str, float]
    sizes: dict[int, float]
    """The share of each total number of evaluable participants."""

    @property
    def sd(self) -> float:
        """Standard deviation of the duration."""
        return self.duration.error * sqrt(max(1, self.trials - 1))

    def quantile(self, q: float) -> float:
        """The duration in days that the share `q` of the trials does not exceed."""
        return self.days[min(self.trials, max(1, ceil(q * self.trials - 1e-9))) - 1]

    def within(self, days: float) -> Estimate:
        """The share of trials that end within so many days."""
        share = bisect_right(self.days, days) / self.trials
        return Estimate(share, sqrt(share * (1 - share) / self.trials))


def summarize(courses: Sequence[Course], seed: int) -> Simulated:
    """Means over at least one trial."""
    levels = range(len(courses[0].treated))
    reasons = Counter(course.reason for course in courses)
    sizes = Counter(sum(course.treated) for course in courses)
    return Simulated(
        trials=len(courses),
        seed=seed,
        select=tuple(estimate(float(course.mtd == level) for course in courses) for level in (None, *levels)),
        participants=tuple(estimate(course.treated[level] for course in courses) for level in levels),
        dlts=tuple(estimate(course.dlts[level] for course in courses) for level in levels),
        total=estimate(sum(course.treated) for course in courses),
        total_dlts=estimate(sum(course.dlts) for course in courses),
        enrolled=estimate(course.enrolled for course in courses),
        turned_away=estimate(course.turned_away for course in courses),
        backfilled=tuple(estimate(course.backfilled[level] for course in courses) for level in levels),
        backfilled_dlts=tuple(estimate(course.backfilled_dlts[level] for course in courses) for level in levels),
        duration=estimate(course.days for course in courses),
        days=tuple(sorted(course.days for course in courses)),
        reasons={reason: reasons[reason] / len(courses) for reason in sorted(reasons)},
        sizes={n: sizes[n] / len(courses) for n in sorted(sizes)},
    )
