"""Exact operating characteristics beside a simulation of 10,000 trials of the same design, in the same run.

    python benchmarks/dose.py

Both sides start from nothing and end with the operating characteristics of one scenario; the simulation remembers its
decisions, so that it does not pay for them twice. `ratio` is the time of the simulation over that of the exact
computation, `error` the largest standard error that the simulation is left with (the exact values have none).
`next` is a further scenario on the same states, `1000` a thousand of them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
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
from protocol_dsl.dosing.machine import Design  # noqa: E402
from protocol_dsl.dosing.presets import three_plus_three  # noqa: E402
from protocol_dsl.dosing.simulate import simulate  # noqa: E402

TRIALS = 10_000
REPEATS = 3
FIVE = (0.05, 0.10, 0.20, 0.30, 0.50)
EIGHT = (0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40, 0.50)


class Measurement(NamedTuple):
    """One line of the table, times in milliseconds."""

    design: str
    states: int
    exact: float
    following: float
    thousand: float
    simulated: float
    error: float

    @property
    def ratio(self) -> float:
        """How many times as long the simulation takes."""
        return self.simulated / self.exact


def boin(levels: int, maximum: int) -> IntervalDesign:
    """BOIN with the target 30 % in cohorts of three."""
    return IntervalDesign(levels, grids.boin(0.3, maximum), 3, maximum, IsotonicMtd(0.3), target=0.3)


def crm() -> Crm:
    """CRM with the target 30 % in ten cohorts of three; a new one each time, since it remembers its fits."""
    return Crm(tuple(indifference_skeleton(0.05, 0.3, 3, 5)), 0.3, 3, 30)


CASES: list[tuple[str, Callable[[], Design], Sequence[float]]] = [
    ("3+3 V1, 5 levels", lambda: three_plus_three(5, "V1"), FIVE),
    ("3+3 V2, 5 levels", lambda: three_plus_three(5, "V2"), FIVE),
    ("3+3 V3, 5 levels", lambda: three_plus_three(5, "V3"), FIVE),
    ("3+3 V2, 8 levels", lambda: three_plus_three(8, "V2"), EIGHT),
    ("BOIN, 5 levels, 30", lambda: boin(5, 30), FIVE),
    ("BOIN, 8 levels, 30", lambda: boin(8, 30), EIGHT),
    ("CRM, 5 levels, 30", crm, FIVE),
]


def milliseconds(task: Callable[[], object], repeats: int) -> float:
    """The best of several runs."""
    best = float("inf")
    for _ in range(repeats):
        begin = time.perf_counter()
        task()
        best = min(best, time.perf_counter() - begin)
    return best * 1000


def measure(repeats: int = REPEATS, trials: int = TRIALS) -> list[Measurement]:
    """All cases."""
    found: list[Measurement] = []
    for name, make, rates in CASES:
        made = structure(make())
        exact = evaluate(made, rates)
        drawn = simulate(make(), rates, trials)
        for p, s, error in zip(exact.select, drawn.select, drawn.errors, strict=True):
            if abs(p - s) > 5 * max(error, 1 / trials):
                raise RuntimeError(f"{name}: the simulation gives {s}, the exact computation {p}")
        many = [tuple(rate * (0.5 + number / 1000) for rate in rates) for number in range(1000)]
        found.append(
            Measurement(
                name,
                made.states,
                milliseconds(lambda make=make, rates=rates: evaluate(structure(make()), rates), repeats),
                milliseconds(lambda made=made, rates=rates: evaluate(made, rates), repeats),
                milliseconds(lambda made=made, many=many: evaluate_all(made, many), 1)
                if vector.numpy is not None
                else float("nan"),
                milliseconds(lambda make=make, rates=rates: simulate(make(), rates, trials), 1),
                max(drawn.errors),
            )
        )
    return found


def table(measurements: Sequence[Measurement]) -> str:
    """The measurements for people to read."""
    lines = [
        f"{'design':<20} {'states':>7} {'exact ms':>9} {'next ms':>8} {'1000 ms':>8} | "
        f"{'simulated ms':>12} {'error':>7} {'ratio':>7}"
    ]
    for row in measurements:
        lines.append(
            f"{row.design:<20} {row.states:>7} {row.exact:>9.2f} {row.following:>8.2f} {row.thousand:>8.0f} | "
            f"{row.simulated:>12.0f} {row.error:>7.4f} {row.ratio:>7.0f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    numpy = f"numpy {vector.numpy.__version__}" if vector.numpy is not None else "without numpy"
    print(f"Python {sys.version.split()[0]}, {numpy}, {TRIALS} trials, best of {REPEATS}")
    print(table(measure()))


if __name__ == "__main__":
    main()
