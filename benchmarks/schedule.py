"""From a compiled protocol to a checked schedule: 60 to 10,000 visits; and a wide one of 200 visits by 60 assessments.

    python benchmarks/schedule.py

Times are processor time of this process, the best of several runs: `build` makes the graph and its temporal network,
proves its consistency and computes the window of every visit; `checks` runs every rule on the result. The wide protocol
has limits of burden too; all that comes after parsing it (names, schedule, checks) has a bar of 500 ms; its schedule of
assessments is drawn in all forms.
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
from protocol_dsl.render import soa  # noqa: E402
from protocol_dsl.render.context import Rendering  # noqa: E402
from protocol_dsl.schedule.build import build  # noqa: E402
from protocol_dsl.syntax.parser import parse  # noqa: E402

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


WIDE_VISITS, WIDE_ASSESSMENTS = 200, 60
BAR = 500
"""Milliseconds for everything between parsing and the findings of the wide protocol."""


def wide() -> str:
    """A protocol of 200 visits by 60 assessments, every fourth visit with blood from each of them."""
    lines = [
        'protocol T { title "A trial" }',
        "timeline { day 0 = infusion }",
        'stage screening "Screening" { visit SCR "Screening" day -28 to -7 }',
        'stage follow_up "Follow-up" {',
        '  visit infusion "Infusion" day 0',
        f'  visits W1..W{WIDE_VISITS - 3} "Week {{n}}" week n ±2 days',
        "}",
        'stage off "Off schedule" parallel { visit ET "Early termination" on withdrawal }',
        "limits healthy_adult { procedures 30 per visit }",
    ]
    for number in range(WIDE_ASSESSMENTS):
        visits = ", ".join(f"W{week}" for week in range(1 + number % 3, WIDE_VISITS - 2, number % 7 + 1))
        lines.append(
            f'assess a{number} "Assessment {number}" category laboratory at SCR, infusion, {visits}, ET '
            f'{{ blood 2 mL result r{number} "Result {number}" (mg/L) }}'
        )
    return "\n".join(lines)


def measure_wide() -> None:
    """Print the times of the wide protocol."""
    text = wide()
    compiled = pipeline.check_text(text)
    protocol, schedule, sources = compiled.protocol, compiled.schedule, compiled.sources
    if protocol is None or schedule is None or len(protocol.visits) != WIDE_VISITS:
        raise RuntimeError(f"the wide protocol should have {WIDE_VISITS} visits")
    everything = milliseconds(lambda: pipeline.check_text(text))
    parsing = milliseconds(lambda: parse(text, 0))
    checked = milliseconds(lambda: checks.run(protocol, schedule, sources))
    drawn = milliseconds(lambda: soa.outputs(Rendering(protocol, schedule, compiled.diagnostics, sources)))
    after = everything - parsing
    verdict = "within" if after <= BAR else "ABOVE"
    print(f"{WIDE_VISITS} visits by {WIDE_ASSESSMENTS} assessments: parsing {parsing:.0f} ms")
    print(f"  after parsing {after:.0f} ms, {verdict} the bar of {BAR} ms; of these all checks {checked:.0f} ms")
    print(f"  schedule of assessments in all forms {drawn:.0f} ms")


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
    measure_wide()


if __name__ == "__main__":
    main()
