"""Exact operating characteristics beside their bars and beside two other ways to come to them, in the same run.

    python benchmarks/dose.py [--strict]

Every time starts from nothing and ends with the operating characteristics of one scenario. The other ways are the
tree of all single paths, as programs for 3+3 follow it (only up to 100,000 paths), and a simulation of 10,000 trials,
which remembers its decisions, so that it does not pay for them twice; `error` is the largest standard error that it is
left with (the exact values have none). `next` is a further scenario on the same states, `1000` a thousand of them.

A star marks a time above its bar; with `--strict` the exit status is then 1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from math import comb
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from protocol_dsl.dosing import vector  # noqa: E402
from protocol_dsl.dosing.designs import grids  # noqa: E402
from protocol_dsl.dosing.designs.crm import Crm, indifference_skeleton  # noqa: E402
from protocol_dsl.dosing.designs.interval import IntervalDesign  # noqa: E402
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd  # noqa: E402
from protocol_dsl.dosing.exact import evaluate, evaluate_all, structure  # noqa: E402
from protocol_dsl.dosing.machine import Design, Ending, Step  # noqa: E402
from protocol_dsl.dosing.presets import three_plus_three  # noqa: E402
from protocol_dsl.dosing.simulate import simulate  # noqa: E402

TRIALS = 10_000
REPEATS = 3
FIVE = (0.05, 0.10, 0.20, 0.30, 0.50)
EIGHT = (0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40, 0.50)


class Bar(NamedTuple):
    """The most milliseconds: exact from nothing, a further scenario, a thousand scenarios, a simulation."""

    exact: float
    following: float = 1.0
    thousand: float = 1000.0
    simulated: float = 1000.0


class Measurement(NamedTuple):
    """One line of the table, times in milliseconds; NaN where nothing was measured."""

    design: str
    bar: Bar
    states: int
    exact: float
    following: float
    thousand: float
    tree: float
    simulated: float
    error: float

    @property
    def ratio(self) -> float:
        """How many times as long the simulation takes."""
        return self.simulated / self.exact

    @property
    def misses(self) -> bool:
        """Whether a time is above its bar."""
        times = (self.exact, self.following, self.thousand, self.simulated)
        return any(time > bar for time, bar in zip(times, self.bar, strict=True))


def boin(levels: int, maximum: int) -> IntervalDesign:
    """BOIN with the target 30 % in cohorts of three."""
    return IntervalDesign(levels, grids.boin(0.3, maximum), 3, maximum, IsotonicMtd(0.3), target=0.3)


def crm() -> Crm:
    """CRM with the target 30 % in ten cohorts of three; a new one each time, since it remembers its fits."""
    return Crm(tuple(indifference_skeleton(0.05, 0.3, 3, 5)), 0.3, 3, 30)


CASES: list[tuple[str, Callable[[], Design], Sequence[float], Bar]] = [
    ("3+3 V1, 5 levels", lambda: three_plus_three(5, "V1"), FIVE, Bar(5)),
    ("3+3 V2, 5 levels", lambda: three_plus_three(5, "V2"), FIVE, Bar(5)),
    ("3+3 V3, 5 levels", lambda: three_plus_three(5, "V3"), FIVE, Bar(5)),
    ("3+3 V2, 8 levels", lambda: three_plus_three(8, "V2"), EIGHT, Bar(60)),
    ("BOIN, 5 levels, 30", lambda: boin(5, 30), FIVE, Bar(50)),
    ("BOIN, 8 levels, 30", lambda: boin(8, 30), EIGHT, Bar(50)),
    ("CRM, 5 levels, 30", crm, FIVE, Bar(1000)),
]
MOST_PATHS = 100_000


def tree(design: Design, rates: Sequence[float]) -> list[float]:
    """The selection by following every single path: the probability of none, then of each level."""
    select = [0.0] * (len(rates) + 1)
    waiting: list[tuple[Step, float]] = [(design.first(), 1.0)]
    while waiting:
        step, before = waiting.pop()
        rate = rates[step.level]
        for dlts in range(step.size + 1):
            p = before * comb(step.size, dlts) * rate**dlts * (1 - rate) ** (step.size - dlts)
            following = design.after(step, dlts)
            if isinstance(following, Ending):
                select[0 if following.mtd is None else following.mtd + 1] += p
            else:
                waiting.append((following, p))
    return select


def milliseconds(task: Callable[[], object], repeats: int) -> float:
    """The best of several runs."""
    best = float("inf")
    for _ in range(repeats):
        begin = time.perf_counter()
        task()
        best = min(best, time.perf_counter() - begin)
    return best * 1000


def measure(repeats: int = REPEATS, trials: int = TRIALS) -> list[Measurement]:
    """All cases. Raises `RuntimeError` where the three ways do not agree."""
    return [_measured(*case, repeats=repeats, trials=trials) for case in CASES]


def _measured(
    name: str, make: Callable[[], Design], rates: Sequence[float], bar: Bar, *, repeats: int, trials: int
) -> Measurement:
    made = structure(make())
    exact = evaluate(made, rates)
    drawn = simulate(make(), rates, trials)
    for p, s, error in zip(exact.select, drawn.select, drawn.errors, strict=True):
        if abs(p - s) > 5 * max(error, 1 / trials):
            raise RuntimeError(f"{name}: the simulation gives {s}, the exact computation {p}")
    has_tree = made.paths <= MOST_PATHS
    if has_tree and any(abs(p - q) > 1e-12 for p, q in zip(exact.select, tree(make(), rates), strict=True)):
        raise RuntimeError(f"{name}: single paths give other probabilities than merged states")
    many = [tuple(rate * (0.5 + number / 1000) for rate in rates) for number in range(1000)]
    return Measurement(
        name,
        bar,
        made.states,
        milliseconds(lambda: evaluate(structure(make()), rates), repeats),
        milliseconds(lambda: evaluate(made, rates), repeats),
        milliseconds(lambda: evaluate_all(made, many), repeats) if vector.numpy is not None else float("nan"),
        milliseconds(lambda: tree(make(), rates), 1) if has_tree else float("nan"),
        milliseconds(lambda: simulate(make(), rates, trials), 1),
        max(drawn.errors),
    )


def table(measurements: Sequence[Measurement]) -> str:
    """The measurements for people to read, each with its bar after it."""
    heads = ["exact ms", "next ms", "1000 ms", "simulated ms"]
    lines = [
        f"{'design':<20} {'states':>7} " + " ".join(f"{head:>16}" for head in heads) + f" {'error':>7} {'ratio':>6}"
        f" {'all paths ms':>12}"
    ]
    for row in measurements:
        times = (row.exact, row.following, row.thousand, row.simulated)
        cells = " ".join(f"{_cell(time, bar):>16}" for time, bar in zip(times, row.bar, strict=True))
        lines.append(
            f"{row.design:<20} {row.states:>7} {cells} {row.error:>7.4f} {row.ratio:>6.1f} {_number(row.tree):>12}"
        )
    return "\n".join(lines)


def _cell(time: float, bar: float) -> str:
    return f"{_number(time)} / {bar:g}{'*' if time > bar else ' '}"


def _number(time: float) -> str:
    return "-" if time != time else f"{time:.2f}" if time < 10 else f"{time:.0f}"


def main() -> int:
    """Measure and print; the exit status."""
    numpy = f"numpy {vector.numpy.__version__}" if vector.numpy is not None else "without numpy"
    print(f"Python {sys.version.split()[0]}, {numpy}, {TRIALS} trials, best of {REPEATS}; time / bar")
    found = measure()
    print(table(found))
    return 1 if "--strict" in sys.argv[1:] and any(row.misses for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
