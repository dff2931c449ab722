"""Rolling six (Skolnik and others 2008): two to six participants at a level at the same time, decided at each arrival.

With `n` participants at the level, `m` of them observed to the end or with a DLT, and `y` DLTs:

- `y >= 2`: the level is closed, one goes down;
- `y = 0`: escalate when at least three are there and all are observed, or when six are there and five observed;
- `y = 1`: escalate when six are there and all are observed;
- otherwise the next participant comes to the same level while there are fewer than six, and waits when there are six.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from protocol_dsl.dosing.arrivals import Conduct, Door, Participant
from protocol_dsl.dosing.courses import Course
from protocol_dsl.dosing.duration import Timing
from protocol_dsl.dosing.machine import BOTTOM, TOP

ADD, HOLD, ESCALATE, DE_ESCALATE = "add", "hold", "escalate", "de_escalate"
FULL = 6


def decision(n: int, m: int, y: int) -> str:
    """What the grid says for `n` enrolled, `m` observed and `y` DLTs at a level; `y <= m <= n <= 6`."""
    if y >= 2:
        return DE_ESCALATE
    enough = m == FULL if y else (m == n and n >= 3) or (n == FULL and m >= FULL - 1)
    if enough:
        return ESCALATE
    return HOLD if n == FULL else ADD


@dataclass(frozen=True)
class RollingSix:
    """Rolling six on a number of levels.

    After de-escalation the level below is filled to six, and it is the MTD unless it has two DLTs by then.
    `six_at_top`: the highest level is filled to six as well before it can be the MTD; otherwise it may have three.
    """

    levels: int
    start: int = 0
    six_at_top: bool = True

    @property
    def maximum(self) -> int:
        """The most participants: six at each level upwards, or six at the first and six below it."""
        return max(6 * (self.levels - self.start), 12 if self.start else 6)

    def run(self, arriving: Iterator[Participant], rates: Sequence[float], timing: Timing, conduct: Conduct) -> Course:
        """One trial with these arrivals; of the timing, the wait after the first of a level counts."""
        return _Trial(self, arriving, rates, timing, conduct).run()


class _Outcome(NamedTuple):
    """On `day` a participant at `level` is observed: with a DLT, without one, or not evaluable."""

    day: float
    level: int
    kind: str


class _Trial:
    def __init__(
        self,
        design: RollingSix,
        arriving: Iterator[Participant],
        rates: Sequence[float],
        timing: Timing,
        conduct: Conduct,
    ) -> None:
        self.design = design
        self.rates = rates
        self.timing = timing
        self.conduct = conduct
        self.door = Door(arriving, conduct.waiting)
        self.level = design.start
        self.ceiling = design.levels
        """The lowest level closed by two DLTs."""
        self.here = [0] * design.levels
        self.observed = [0] * design.levels
        self.seen = [0] * design.levels
        self.pending: list[_Outcome] = []
        self.enrolled = 0
        self.now = self.opens = self.last = 0.0

    def run(self) -> Course:
        """Outcomes and arrivals in the order of their days; an outcome comes first on the same day."""
        while True:
            ended = self.settle()
            if ended is not None:
                return ended
            if decision(*self.counts(self.level)) == ADD or self.is_to_be_filled():
                self.enrol_or_observe()
            else:
                self.observe()

    def counts(self, level: int) -> tuple[int, int, int]:
        return self.here[level], self.observed[level], self.seen[level]

    def settle(self) -> Course | None:
        """Change the level as often as the counts ask for; the course if the trial is over."""
        while True:
            for level in range(self.level + 1):
                if self.seen[level] >= 2:
                    self.ceiling = level
                    if level == 0:
                        return self.over(None, BOTTOM)
                    self.level = level - 1
                    break
            n, m, y = self.counts(self.level)
            if decision(n, m, y) != ESCALATE:
                return None
            above = self.level + 1
            if above < self.ceiling:
                self.level = above
                self.opens = max(self.opens, self.last + self.timing.next_level)
                continue
            if self.is_to_be_filled():
                return None
            return self.over(self.level, TOP)

    def is_to_be_filled(self) -> bool:
        """Whether more participants are needed here because no level above is open."""
        if self.level + 1 < self.ceiling or self.here[self.level] >= FULL:
            return False
        return self.ceiling < self.design.levels or self.design.six_at_top

    def enrol_or_observe(self) -> None:
        """The next participant, unless an outcome is known before."""
        day = self.opens if self.door.is_somebody_waiting else max(self.opens, self.door.next_day)
        if self.pending and self.pending[0].day <= day:
            self.observe()
            return
        day, person = self.door.take(self.opens)
        self.enrolled += 1
        self.now = self.opens = self.last = day
        lost = person.loss < self.conduct.not_evaluable
        if lost and self.conduct.known == "before":
            return
        level, window = self.level, self.timing.window
        if self.here[level] == 0 or self.timing.stagger_after == "each":
            self.opens = day + self.timing.stagger
        self.here[level] += 1
        dlt = person.tolerance < self.rates[level]
        if dlt and not (lost and person.loss_onset <= person.onset):
            heappush(self.pending, _Outcome(day + person.onset * window, level, "dlt"))
        elif lost:
            heappush(self.pending, _Outcome(day + person.loss_onset * window, level, "lost"))
        else:
            heappush(self.pending, _Outcome(day + window, level, "free"))

    def observe(self) -> None:
        """The next outcome; whoever arrives before it finds no place, or a place that opens later."""
        outcome = heappop(self.pending)
        self.now = outcome.day
        self.opens = max(self.opens, outcome.day)
        self.door.shut(outcome.day)
        if outcome.kind == "lost":
            self.here[outcome.level] -= 1
            return
        self.observed[outcome.level] += 1
        self.seen[outcome.level] += outcome.kind == "dlt"

    def over(self, mtd: int | None, reason: str) -> Course:
        """The course; those who are still observed count with what will be known of them."""
        for outcome in self.pending:
            if outcome.kind == "lost":
                self.here[outcome.level] -= 1
            self.seen[outcome.level] += outcome.kind == "dlt"
        none = (0,) * self.design.levels
        return Course(
            mtd,
            reason,
            tuple(self.here),
            tuple(self.seen),
            self.now,
            self.enrolled,
            self.door.turned_away,
            none,
            none,
        )
