"""Time to check protocols of 100 kB and 1 MB: it grows with the text, not with its square.

python benchmarks/size.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from protocol_dsl import pipeline
from tests.unit.elaborate.test_elaborate_size import large

MOST = 2.5
"""How much longer a character of the large text may take than one of the small text."""


def seconds(text: str, times: int) -> float:
    """The shortest of some runs."""
    runs: list[float] = []
    for _ in range(times):
        start = perf_counter()
        pipeline.check_text(text)
        runs.append(perf_counter() - start)
    return min(runs)


def main() -> int:
    """Measure, print, compare."""
    small, big = large(100_000), large(1_000_000)
    first, second = seconds(small, 5), seconds(big, 2)
    ratio = (second / len(big)) / (first / len(small))
    print(f"{len(small):>9} characters  {first:6.2f} s")
    print(f"{len(big):>9} characters  {second:6.2f} s")
    print(f"a character of the large text takes {ratio:.2f} times as long (at most {MOST})")
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    raise SystemExit(main())
