"""Who arrives at a simulated trial, when, and whether there is room for them.

Everything that chance decides about a participant is drawn at the arrival: so the same participants, in the same
order, come to every design that is simulated with the same seed (common random numbers), and a difference between two
designs is hardly one of luck.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from math import log
from random import Random
from typing import Literal, NamedTuple

_STRIDE = 1_000_003
"""Distance between the seeds of trials of different simulations."""


class Participant(NamedTuple):
    """The `day` of arrival, and what was drawn, each from 0 to below 1.

    `tolerance`: there is a DLT at a level whose rate is above it. `onset`: when in the DLT window, as a share of it.
    `loss`: not evaluable if it is below that probability. `loss_onset`: when in the window, as a share of it.
    """

    day: float
    tolerance: float
    onset: float
    loss: float
    loss_onset: float


class Conduct(NamedTuple):
    """How a trial is run, beside its `Timing`.

    `fixed_accrual`: one participant exactly every mean gap, in place of Poisson arrivals. `waiting`: how many may wait
    while the trial is closed; None for any number, 0 for those who turn away. `early_decision`: the trial goes on when
    the outcomes that are still open can no longer change what follows. `not_evaluable`: the probability that a
    participant cannot be evaluated and is replaced; `known` says whether that shows `before` the treatment, or
    `during` the window, at a uniform time, unless a DLT comes first. `backfill`: how many participants who find the
    escalation closed may be treated at each level that was left upwards; they inform no decision.
    """

    fixed_accrual: bool = False
    waiting: int | None = 0
    early_decision: bool = False
    not_evaluable: float = 0.0
    known: Literal["before", "during"] = "before"
    backfill: int = 0


def people(seed: int, trial: int, mean_gap: float, fixed: bool) -> Iterator[Participant]:
    """The participants of one trial in the order of their arrival; they never end."""
    random = Random(seed * _STRIDE + trial).random
    day = 0.0
    while True:
        # Drawn for a fixed accrual too, so that the participants are the same.
        gap = -log(1 - random())
        day += mean_gap * (1.0 if fixed else gap)
        yield Participant(day, random(), random(), random(), random())


Aside = Callable[[Participant], bool]
"""Takes a participant for whom the escalation is closed elsewhere, or answers False."""


def _nowhere(person: Participant) -> bool:
    return False


class Door:
    """Where participants are taken from: the arrivals and the waiting list. `turned_away` counts those who leave."""

    def __init__(self, arriving: Iterator[Participant], waiting: int | None, aside: Aside = _nowhere) -> None:
        self._arriving = arriving
        self._waiting = waiting
        self._aside = aside
        self._next = next(arriving)
        self._queue: deque[Participant] = deque()
        self.turned_away = 0

    def take(self, opens: float) -> tuple[float, Participant]:
        """The next participant when nobody is taken before the day `opens`, with the day of enrolment."""
        self.shut(opens)
        if self._queue:
            return opens, self._queue.popleft()
        person = self._next
        self._next = next(self._arriving)
        return person.day, person

    def shut(self, until: float) -> None:
        """Let those who arrive before a day wait or leave."""
        while self._next.day < until:
            person = self._next
            self._next = next(self._arriving)
            if self._aside(person):
                continue
            if self._waiting is None or len(self._queue) < self._waiting:
                self._queue.append(person)
            else:
                self.turned_away += 1

    @property
    def next_day(self) -> float:
        """The day of the next arrival."""
        return self._next.day

    @property
    def is_somebody_waiting(self) -> bool:
        """Whether the waiting list has anybody on it."""
        return bool(self._queue)
