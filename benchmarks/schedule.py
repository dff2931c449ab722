"""From a compiled protocol to a checked schedule: 60 to 10,000 visits.

    python benchmarks/schedule.py

Times are processor time of this process, the best of several runs: `build` makes the graph and its temporal network,
proves its consistency and computes the window of every visit; `checks` runs every rule on the result.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from protocol_dsl import checks, pipeline  # noqa: E402
from protocol_dsl.schedule.build import build  # noqa: E402

SIZES = (60, 500, 5_000, 10_000)
REPEATS = 5

HEAD = """\
protocol T { title "A trial" }
timeline { day 0 = infusion }
stage screening "Screening" { visit SCR "Screening" day -28 to -7 }
stage follow_up "Follow-up" {
  visit infusion "Infusion" day 0
"""
TAIL = """
}
stage off "Off schedule" parallel { visit ET "Early termination" on withdrawal }
assess vitals "Vital signs" at all, ET
"""
SERIES = {
    "anchored": '  visits W1..W{n} "Week {{n}}" week n ±2 days',
    "chain": "  visits W1..W{n} every 1 week after infusion ±1 day drift",
}


def milliseconds(task: Callable[[], object]) -> float:
    """The best of the repeats."""
    best = float("inf")
    for _ in range(REPEATS):
        begin = time.process_time()
        task()
        best = min(best, time.process_time() - begin)
    return 1000 * best


def main() -> None:
    """Measure and print."""
    print(f"Python {sys.version.split()[0]}, best of {REPEATS}")
    print(f"{'network':<10} {'visits':>6} {'build ms':>9} {'checks ms':>10}")
    for size in SIZES:
        for name, series in SERIES.items():
            compiled = pipeline.check_text(HEAD + series.format(n=size) + TAIL)
            protocol, schedule = compiled.protocol, compiled.schedule
            if protocol is None or schedule is None or schedule.conflicts:
                raise RuntimeError(f"{name}, {size} visits: should be consistent")
            built = milliseconds(lambda protocol=protocol: build(protocol))
            checked = milliseconds(
                lambda protocol=protocol, schedule=schedule, sources=compiled.sources: checks.run(
                    protocol, schedule, sources
                )
            )
            print(f"{name:<10} {size:>6} {built:>9.1f} {checked:>10.1f}")


if __name__ == "__main__":
    main()
