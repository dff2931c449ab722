"""The project's speed, as ratios measured in one run.

    python benchmarks/run.py

Commands are run as processes, interleaved with `python -c pass`, and the least of several runs counts, once by the
clock and once by processor time. The temporal check is compared with networkx's own search for a negative cycle on the
same 10,000-visit network. A ratio above its bar is marked; the exit status is then 1.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "benchmarks"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

REPEATS = 15


class Run(NamedTuple):
    """Seconds of one process."""

    wall: float
    cpu: float


def run(arguments: list[str]) -> Run:
    """Start a process, wait for it, and take its times."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT)
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    start = time.perf_counter()
    process = os.posix_spawn(sys.executable, [sys.executable, *arguments], environment, file_actions=quiet)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise RuntimeError(f"{arguments} ended with {os.waitstatus_to_exitcode(status)}")
    return Run(wall, usage.ru_utime + usage.ru_stime)


def commands() -> list[tuple[str, float, float, float]]:
    """Name, bar, ratio by the clock, ratio by processor time."""
    lupus = str(ROOT / "protocols" / "lupus.proto")
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            ("check lupus.proto", 15.0, ["-m", "protocol_dsl", "check", lupus]),
            ("compile lupus.proto, all outputs", 80.0, ["-m", "protocol_dsl", "compile", lupus, "-o", folder]),
            ("explain SCH010", 4.0, ["-m", "protocol_dsl", "explain", "SCH010"]),
        ]
        for _, _, arguments in jobs:
            run(arguments)  # writes the byte code
        bare: list[Run] = []
        times: dict[str, list[Run]] = {name: [] for name, _, _ in jobs}
        for _ in range(REPEATS):
            for name, _, arguments in jobs:
                bare.append(run(["-c", "pass"]))
                times[name].append(run(arguments))
    least = Run(min(r.wall for r in bare), min(r.cpu for r in bare))
    print(f"python -c pass: {least.wall * 1000:.1f} ms, {least.cpu * 1000:.1f} ms of processor time")
    return [
        (
            name,
            bar,
            min(r.wall for r in times[name]) / least.wall,
            min(r.cpu for r in times[name]) / least.cpu,
        )
        for name, bar, _ in jobs
    ]


def main() -> int:
    """Measure and print all of it."""
    missed = 0
    print(f"{'command':36} {'clock':>7} {'cpu':>7} {'bar':>6}   (ratios to `python -c pass`)")
    for name, bar, clock, cpu in commands():
        late = cpu > bar
        missed += late
        print(f"{name:36} {clock:6.1f}x {cpu:6.1f}x {bar:5.0f}x{'   above the bar' if late else ''}")
    print("\nconsistency of temporal networks, beside networkx (`ready`: its graph made beforehand)")
    import network

    print(network.table(network.measure()))
    print("\nschedules of whole protocols: graph with its proof and windows (`build`), then all checks")
    import schedule

    schedule.main()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
