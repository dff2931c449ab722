"""How long an escalation takes, exactly: a mixture of shifted gamma distributions.

Participants arrive as a Poisson process; those who arrive while the trial is closed are lost. The trial is closed
during the DLT window after the last participant of each group, during a stagger after participants who are alone,
and until the next level opens. Arrivals have no memory, so the time to treat N participants is the N-fold sum of the
mean gap between arrivals, plus the closed time, which the sequence of groups determines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb, exp, lgamma, log, sqrt
from typing import Literal, NamedTuple

from protocol_dsl.dosing.exact import STATE_LIMIT, Structure, Timed, probabilities, structure
from protocol_dsl.dosing.machine import Clock, Design
from protocol_dsl.dosing.merged import Merged, reached

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_TAIL = 1e-12


class Timing(NamedTuple):
    """Days: the mean gap between arrivals, the DLT window, the stagger, the wait before a new level opens.

    `stagger_after`: the first participant of each `level` or `cohort`, or `each` participant; the last of a group
    waits for the window anyway. `next_level`: counted like the window from the last participant; the longer one
    counts.
    """

    accrual: float
    window: float
    stagger: float = 0.0
    stagger_after: Literal["level", "cohort", "each"] = "level"
    next_level: float = 0.0


class Duration(NamedTuple):
    """The duration in days: components (number of participants who arrive, closed days) with their probabilities."""

    parts: dict[tuple[int, float], float]
    accrual: float

    @property
    def mean(self) -> float:
        """Expected duration."""
        return sum(p * (n * self.accrual + closed) for (n, closed), p in self.parts.items())

    @property
    def sd(self) -> float:
        """Standard deviation of the duration."""
        mean = self.mean
        square = sum(
            p * ((n * self.accrual + closed - mean) ** 2 + n * self.accrual**2) for (n, closed), p in self.parts.items()
        )
        return sqrt(square)

    @property
    def closed(self) -> float:
        """Expected days during which nobody can be enrolled."""
        return sum(p * closed for (_, closed), p in self.parts.items())

    def within(self, days: float) -> float:
        """Probability that the escalation ends within so many days."""
        return sum(p * _erlang(days - closed, n, self.accrual) for (n, closed), p in self.parts.items())

    def quantile(self, q: float) -> float:
        """The days within which the escalation ends with probability `q`, to a thousandth of a day."""
        low, high = 0.0, self.mean + 10 * self.sd + 1
        while self.within(high) < q:
            high *= 2
        while high - low > 5e-4:
            middle = (low + high) / 2
            low, high = (middle, high) if self.within(middle) < q else (low, middle)
        return (low + high) / 2


def timed(design: Design, limit: int = STATE_LIMIT) -> Structure | Merged:
    """The merged ends of a design with their clocks; raises `Closed` above `limit` states."""
    return structure(Timed(design), limit)


def _ended(made: Structure | Merged, rates: Sequence[float]) -> Iterator[tuple[int, Clock | None, float]]:
    """Of each end the participants in all, the clock and the probability."""
    if isinstance(made, Structure):
        for end, p in zip(made.ends, probabilities(made, rates), strict=True):
            yield sum(end.ending.treated), end.ending.clock, p
        return
    for outcome, p in zip(made.outcomes, reached(made, rates)[len(made.groups) :], strict=True):
        yield outcome.total, outcome.clock, p


def duration(made: Structure | Merged, rates: Sequence[float], timing: Timing, not_evaluable: float = 0.0) -> Duration:
    """The duration in a scenario; `made` comes from `timed`.

    `not_evaluable`: the probability that a participant cannot be evaluated for DLTs and is replaced. A replacement
    is known to be needed before the group's window begins, and is found like everybody else.
    """
    parts: dict[tuple[int, float], float] = {}
    for total, clock, p in _ended(made, rates):
        if clock is None:
            raise ValueError("the structure has no clock; make it by `timed`")
        groups, several, first, opened = clock
        waits = {"level": first, "cohort": several, "each": total - groups}[timing.stagger_after]
        closed = timing.window * groups + timing.stagger * waits
        closed += max(0.0, timing.next_level - timing.window) * opened
        parts[total, closed] = parts.get((total, closed), 0.0) + p
    if not_evaluable:
        wider: dict[tuple[int, float], float] = {}
        for (total, closed), p in parts.items():
            for enrolled, chance in enrolled_for(total, not_evaluable).items():
                wider[enrolled, closed] = wider.get((enrolled, closed), 0.0) + p * chance
        parts = wider
    return Duration({key: parts[key] for key in sorted(parts) if parts[key] > 0}, timing.accrual)


def enrolled_for(evaluable: int, not_evaluable: float) -> dict[int, float]:
    """How many are enrolled until so many are evaluable, each not with probability `not_evaluable`.

    A negative binomial distribution, cut where less than 1e-12 is left, which goes to the last number.
    """
    if not 0 <= not_evaluable < 1:
        raise ValueError(f"the probability of not being evaluable is from 0 to below 1, not {not_evaluable}")
    found: dict[int, float] = {}
    left, extra = 1.0, 0
    p = (1 - not_evaluable) ** evaluable
    while left > _TAIL:
        found[evaluable + extra] = p
        left -= p
        extra += 1
        p *= not_evaluable * (evaluable + extra - 1) / extra
        if p < 1e-18:
            break
    found[max(found)] += max(0.0, left)
    return found


def enrolled(sizes: dict[int, float], not_evaluable: float) -> dict[int, float]:
    """The distribution of the number enrolled, from that of the number evaluable."""
    found: dict[int, float] = {}
    for evaluable, p in sizes.items():
        for number, chance in enrolled_for(evaluable, not_evaluable).items():
            found[number] = found.get(number, 0.0) + p * chance
    return {n: found[n] for n in sorted(found)}


def needs_more_than(replacements: int, participants: int, not_evaluable: float) -> float:
    """Probability that more than so many of the participants at a level have to be replaced.

    Counted over the participants of the level and their replacements, until the allowed number is used up.
    """
    allowed = participants + replacements
    return 1 - sum(
        comb(allowed, k) * not_evaluable**k * (1 - not_evaluable) ** (allowed - k) for k in range(replacements + 1)
    )


def _erlang(days: float, n: int, mean_gap: float) -> float:
    """Probability that `n` arrivals take at most so many days."""
    if days <= 0:
        return 0.0
    if n == 0:
        return 1.0
    x = days / mean_gap
    # Fewer than n arrivals: Poisson terms from the largest count downwards, which neither over- nor underflow.
    term = exp(-x + (n - 1) * log(x) - lgamma(n))
    total = 0.0
    for k in range(n - 1, -1, -1):
        total += term
        term *= k / x
    return max(0.0, 1 - total)
