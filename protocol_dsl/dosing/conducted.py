"""Designs run against the calendar, simulated; their results in the form of the exact ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from protocol_dsl.dosing.arrivals import Conduct
from protocol_dsl.dosing.courses import Simulated
from protocol_dsl.dosing.duration import Timing
from protocol_dsl.dosing.events import AS_PLANNED, Runner, simulate
from protocol_dsl.dosing.exact import Characteristics
from protocol_dsl.dosing.machine import Design
from protocol_dsl.dosing.replacement import UNLIMITED, Replaceable
from protocol_dsl.dosing.simulate import SEED

TRIALS = 2_000
"""Trials of a simulation day by day: a share has a standard error of 1.1 % at most."""


class Setup(NamedTuple):
    """Time, conduct, and how a simulation is done."""

    timing: Timing
    conduct: Conduct = AS_PLANNED
    trials: int = TRIALS
    seed: int = SEED
    within: float | None = None
    """Days for which the probability to end within them is asked."""
    replaceable: Replaceable = UNLIMITED
    """How many may be replaced; only exact durations know a limit."""

    @property
    def is_exact(self) -> bool:
        """Whether the duration of a design by cohorts is exact with it."""
        conduct = self.conduct
        as_known = conduct.known == "before" or not conduct.not_evaluable
        return as_known and conduct._replace(not_evaluable=0.0, known="before") == AS_PLANNED


def run(machine: Design | Runner, rates: Sequence[float], setup: Setup) -> Simulated:
    """The simulated trials of one scenario."""
    return simulate(machine, rates, setup.timing, setup.conduct, setup.trials, setup.seed)


def characteristics(found: Simulated, rates: Sequence[float]) -> Characteristics:
    """What was simulated as operating characteristics; backfilled participants are not counted."""
    return Characteristics(
        tuple(rates),
        tuple(each.mean for each in found.select),
        tuple(each.mean for each in found.participants),
        tuple(each.mean for each in found.dlts),
        found.sizes,
        found.reasons,
        found.trials,
        tuple(each.error for each in found.select),
    )
