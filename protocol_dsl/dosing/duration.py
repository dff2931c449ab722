"""How long an escalation takes, exactly: a mixture of shifted gamma distributions.

Participants arrive as a Poisson process; those who arrive while the trial is closed are lost. The trial is closed
during the DLT window after the last participant of each group, during a stagger after participants who are alone,
and until the next level opens. Arrivals have no memory, so the time to treat N participants is the N-fold sum of the
mean gap between arrivals, plus the closed time, which the sequence of groups determines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, lgamma, log, sqrt
from typing import Literal, NamedTuple

from protocol_dsl.dosing.exact import STATE_LIMIT, Structure, explore, probabilities, structure
from protocol_dsl.dosing.machine import Clock, Design, Timed
from protocol_dsl.dosing.merged import Merged, reached
from protocol_dsl.dosing.replacement import UNLIMITED, Replaceable, replaced

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


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
    """The duration in days: components (number of participants who arrive, closed days) with their probabilities.

    `p_short`: the probability that more participants have to be replaced than may be. What the trial does then is not
    said; the components are of the trials in which it does not come to that.
    """

    parts: dict[tuple[int, float], float]
    accrual: float
    p_short: float = 0.0

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


def timed(design: Design, limit: int = STATE_LIMIT, replaceable: Replaceable = UNLIMITED) -> Structure | Merged:
    """The merged ends of a design with their clocks; raises `Closed` above `limit` states.

    With a limit of replacements the ends also tell how the participants are spread over levels or groups.
    """
    if replaceable.up_to is not None and replaceable.per == "level":
        return explore(Timed(design), limit)
    return structure(Timed(design, by_size=replaceable.per == "cohort"), limit)


class _End(NamedTuple):
    """An end: its probability, the clock, and the participants of each level where they are known."""

    p: float
    clock: Clock | None
    total: int
    treated: tuple[int, ...] | None


def _ends(made: Structure | Merged, rates: Sequence[float]) -> Iterator[_End]:
    if isinstance(made, Structure):
        for end, p in zip(made.ends, probabilities(made, rates), strict=True):
            yield _End(p, end.ending.clock, sum(end.ending.treated), end.ending.treated)
        return
    for outcome, p in zip(made.outcomes, reached(made, rates)[len(made.groups) :], strict=True):
        yield _End(p, outcome.clock, outcome.total, None)


def duration(
    made: Structure | Merged,
    rates: Sequence[float],
    timing: Timing,
    not_evaluable: float = 0.0,
    replaceable: Replaceable = UNLIMITED,
) -> Duration:
    """The duration in a scenario; `made` comes from `timed`, with the same `replaceable`.

    `not_evaluable`: the probability that a participant cannot be evaluated for DLTs and is replaced. A replacement
    is known to be needed before the group's window begins, and is found like everybody else.
    """
    parts: dict[tuple[int, float], float] = {}
    laws: dict[tuple[int, ...], dict[int, float]] = {}
    for p, clock, total, treated in _ends(made, rates):
        if clock is None:
            raise ValueError("the structure has no clock; make it by `timed`")
        groups, several, first, opened = clock[:4]
        waits = {"level": first, "cohort": several, "each": total - groups}[timing.stagger_after]
        closed = timing.window * groups + timing.stagger * waits
        closed += max(0.0, timing.next_level - timing.window) * opened
        apart = _apart(total, treated, clock, replaceable)
        law = laws.get(apart)
        if law is None:
            law = laws[apart] = replaced(apart, not_evaluable, replaceable.up_to)
        for more, chance in law.items():
            key = total + more, closed
            parts[key] = parts.get(key, 0.0) + p * chance
    enough = sum(parts.values())
    if replaceable.up_to is None or not not_evaluable:
        return Duration({key: parts[key] for key in sorted(parts) if parts[key] > 0}, timing.accrual)
    given = {key: parts[key] / enough for key in sorted(parts) if parts[key] > 0} if enough > 0 else {}
    return Duration(given, timing.accrual, max(0.0, 1 - enough))


def _apart(total: int, treated: tuple[int, ...] | None, clock: Clock, replaceable: Replaceable) -> tuple[int, ...]:
    """The participants among whom a limit of replacements holds: of each level, of each group, or all."""
    if replaceable.up_to is not None and replaceable.per == "cohort":
        return clock[4:]
    if replaceable.up_to is not None and replaceable.per == "level" and treated is not None:
        return tuple(sorted(n for n in treated if n))
    return (total,)


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
