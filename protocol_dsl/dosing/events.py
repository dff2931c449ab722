"""Trials simulated day by day, for what is not exact by nature: queues, early decisions, backfill, rolling designs.

`simulate` gives means with standard errors. The same seed brings the same participants to every design.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, cast

from protocol_dsl.dosing.arrivals import Conduct, Door, Participant, people
from protocol_dsl.dosing.courses import Course, Simulated, summarize
from protocol_dsl.dosing.duration import Timing
from protocol_dsl.dosing.machine import Design, Ending, Step
from protocol_dsl.dosing.simulate import SEED, TRIALS

AS_PLANNED = Conduct()
"""Poisson arrivals, nobody waits, full windows, everybody evaluable: what the exact duration assumes."""

_MOST_ARRIVALS = 10_000
"""Arrivals within one wait of a trial; each is drawn, so that more would take a long time."""

_MEMORY = 200_000
"""Decisions that are remembered between trials."""


class Runner(Protocol):
    """A design that runs a whole trial by itself because it does not decide by cohorts."""

    @property
    def levels(self) -> int:
        """How many dose levels there are."""
        ...

    def run(self, arriving: Iterator[Participant], rates: Sequence[float], timing: Timing, conduct: Conduct) -> Course:
        """One trial with these arrivals."""
        ...


def simulate(
    design: Design | Runner,
    rates: Sequence[float],
    timing: Timing,
    conduct: Conduct = AS_PLANNED,
    trials: int = TRIALS,
    seed: int = SEED,
) -> Simulated:
    """Operating characteristics and duration of a design from `trials` trials.

    `rates` are the true DLT rates from 0 to 1, one for each level; `timing` is in days. A DLT comes at a uniform time
    in the window. Raises `ValueError` for numbers that make no trial.
    """
    _demand(design.levels, rates, timing, conduct, trials)
    runner = _runner(design)
    if not isinstance(runner, Cohorts) and (conduct.backfill or conduct.early_decision):
        raise ValueError("backfill and early decision belong to designs by cohorts")
    courses = [
        runner.run(people(seed, trial, timing.accrual, conduct.fixed_accrual), rates, timing, conduct)
        for trial in range(trials)
    ]
    return summarize(courses, seed)


def _runner(design: Design | Runner) -> Runner:
    if hasattr(design, "run"):
        return cast(Runner, design)
    return Cohorts(cast(Design, design))


def _demand(levels: int, rates: Sequence[float], timing: Timing, conduct: Conduct, trials: int) -> None:
    if len(rates) != levels or not all(0 <= rate <= 1 for rate in rates):
        raise ValueError(f"{levels} DLT rates from 0 to 1 are needed, not {list(rates)}")
    if timing.accrual <= 0 or timing.window < 0 or timing.stagger < 0 or timing.next_level < 0:
        raise ValueError(f"the mean gap between arrivals is above 0, no other time is below 0: {timing}")
    longest = max(timing.window, timing.stagger, timing.next_level)
    if longest > _MOST_ARRIVALS * timing.accrual:
        raise ValueError(f"more than {_MOST_ARRIVALS} participants would arrive in {longest:g} days; raise the gap")
    if not 0 <= conduct.not_evaluable < 1:
        raise ValueError(f"the probability of not being evaluable is from 0 to below 1, not {conduct.not_evaluable}")
    if trials < 1:
        raise ValueError(f"at least one trial is needed, not {trials}")


class Cohorts:
    """Trials of a design that decides when a whole group has been observed."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self._known: dict[tuple[Step, int], Step | Ending] = {}

    @property
    def levels(self) -> int:
        """How many dose levels there are."""
        return self.design.levels

    def run(self, arriving: Iterator[Participant], rates: Sequence[float], timing: Timing, conduct: Conduct) -> Course:
        """One trial."""
        return _Trial(self, arriving, rates, timing, conduct).run()

    def after(self, step: Step, dlts: int) -> Step | Ending:
        """What the design says, remembered."""
        key = step, dlts
        found = self._known.get(key)
        if found is None:
            found = self.design.after(step, dlts)
            if len(self._known) < _MEMORY:
                self._known[key] = found
        return found


class _Trial:
    """One trial of a design by cohorts."""

    def __init__(
        self,
        cohorts: Cohorts,
        arriving: Iterator[Participant],
        rates: Sequence[float],
        timing: Timing,
        conduct: Conduct,
    ) -> None:
        self.cohorts = cohorts
        self.rates = rates
        self.timing = timing
        self.conduct = conduct
        self.step = cohorts.design.first()
        self.backfilled = [0] * cohorts.levels
        self.backfilled_dlts = [0] * cohorts.levels
        self.enrolled = 0
        self.door = (
            Door(arriving, conduct.waiting, self.backfill) if conduct.backfill else Door(arriving, conduct.waiting)
        )

    def run(self) -> Course:
        opens, observed = 0.0, 0.0
        while True:
            step = self.step
            group = self.group(opens)
            last = group[-1][0]
            dlts, decided = self.decision(step, group, observed)
            observed = max(observed, last + self.timing.window)
            following = self.cohorts.after(step, dlts)
            # The level of the group counts until the decision, for those who come meanwhile.
            self.door.shut(decided)
            if isinstance(following, Ending):
                return Course(
                    following.mtd,
                    following.reason,
                    following.treated,
                    following.dlts,
                    decided,
                    self.enrolled,
                    self.door.turned_away,
                    tuple(self.backfilled),
                    tuple(self.backfilled_dlts),
                )
            self.step = following
            opens = decided
            if following.treated[following.level] == 0:
                opens = max(opens, last + self.timing.next_level)

    def group(self, opens: float) -> list[tuple[float, Participant]]:
        """The evaluable participants of a group with their days of enrolment, in that order; `opens` is the first."""
        step, conduct, timing = self.step, self.conduct, self.timing
        found: list[tuple[float, Participant]] = []
        lost: list[float] = []
        is_new = step.treated[step.level] == 0
        day = opens
        while len(found) < step.size:
            taken = len(found) + len(lost)
            if taken >= step.size:
                # All places are taken until somebody is found not to be evaluable.
                day = max(day, sorted(lost)[taken - step.size])
            day, person = self.door.take(day)
            self.enrolled += 1
            gone = conduct.not_evaluable > 0 and person.loss < conduct.not_evaluable
            if gone and conduct.known == "before":
                continue
            dlt = person.tolerance < self.rates[step.level] and person.onset < person.loss_onset
            if gone and not dlt:
                lost.append(day + person.loss_onset * timing.window)
            else:
                found.append((day, person))
            first = taken == 0 and (is_new or timing.stagger_after == "cohort")
            if step.size > 1 and (timing.stagger_after == "each" or first):
                day += timing.stagger
        return found

    def decision(self, step: Step, group: list[tuple[float, Participant]], observed: float) -> tuple[int, float]:
        """The DLTs of a group, and the day on which what follows is decided; `observed`: that of earlier outcomes."""
        window, rate = self.timing.window, self.rates[step.level]
        dlts = [day + person.onset * window for day, person in group if person.tolerance < rate]
        last = group[-1][0]
        if not self.conduct.early_decision:
            return len(dlts), last + window
        free = [day + window for day, person in group if person.tolerance >= rate]
        for day in sorted({last, *(each for each in (*dlts, *free) if each > last)}):
            low = sum(each <= day for each in dlts)
            high = step.size - sum(each <= day for each in free)
            if len({_course(self.cohorts.after(step, count)) for count in range(low, high + 1)}) == 1:
                return len(dlts), max(day, observed)
        return len(dlts), max(last + window, observed)

    def backfill(self, person: Participant) -> bool:
        """Treat a participant at the highest level that was left upwards and has room for the backfill."""
        for level in range(self.step.level - 1, -1, -1):
            if self.step.treated[level] and self.backfilled[level] < self.conduct.backfill:
                self.backfilled[level] += 1
                self.backfilled_dlts[level] += person.tolerance < self.rates[level]
                return True
        return False


def _course(following: Step | Ending) -> tuple[object, ...]:
    """What an outcome changes for those who come next."""
    if isinstance(following, Ending):
        return "end", following.mtd
    return following.level, following.size, following.phase
