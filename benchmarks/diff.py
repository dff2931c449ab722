"""The speed of a comparison.

    python benchmarks/diff.py

1. Two models of 200 visits and 60 assessments that differ in some thirty things: the comparison by name, after parsing,
   and with everything that follows from it.
2. `protoc diff --git HEAD~1 lupus.proto` as a process, in a repository of two commits made for it, in ratios to
   `python -c pass`: once where only windows changed, once where the forms change too, so that the library is read.
A value above its bar is marked; the exit status is then 1.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "benchmarks"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

REPEATS = 9
EDITS = {
    "windows": (("day 28 -0/+2 days", "day 28 -0/+4 days"), ("window 28 days after", "window 30 days after")),
    "forms too": (("result igg", 'result iga "IgA" (g/L)\n  result igg'),),
}


def trial(visits: int, assessments: int, edited: bool) -> str:
    """A large trial; the edited one has other windows, amounts of blood and visits here and there."""
    lines = ['protocol t "T" { }', "timeline { day 0 = V0 }", 'visit V0 "Day 0" day 0']
    for number in range(1, visits):
        window = 2 if edited and number % 20 == 0 else 1
        lines.append(f'visit V{number} "Visit {number}" day {7 * number} ±{window} days')
    for number in range(assessments):
        last = visits - (2 if edited and number % 6 == 0 else 1)
        blood = 3 if edited and number % 6 == 1 else 2
        lines.append(f'assess a{number} "Assessment {number}" category safety blood {blood} mL at V{number}..V{last}')
    return "\n".join(lines)


def models() -> list[tuple[str, float, float]]:
    """Name, milliseconds, bar."""
    from protocol_dsl import pipeline
    from protocol_dsl.amendments.comparison import changes, compared

    sides = []
    for edited in (False, True):
        sources = pipeline.SourceMap(None)
        sources.add_text("t.proto", trial(200, 60, edited))
        sides.append(pipeline.compile_sources(sources, prove=False))
    old, new = sides
    assert old.protocol is not None
    assert new.protocol is not None
    by_name, whole = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        found = changes(old.protocol, new.protocol)
        by_name.append(time.perf_counter() - start)
        start = time.perf_counter()
        compared(old, new)
        whole.append(time.perf_counter() - start)
    return [
        (f"changes of 200 x 60, {len(found)} records", min(by_name) * 1000, 50.0),
        ("with classes and all that follows", min(whole) * 1000, 400.0),
    ]


def commands() -> list[tuple[str, float, float]]:
    """Name, ratio by processor time, bar."""
    from run import run

    made: list[tuple[str, float, float]] = []
    text = (ROOT / "protocols" / "lupus.proto").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        settings = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]

        def git(*arguments: str) -> None:
            subprocess.run(["git", *identity, *arguments], cwd=folder, env=settings, check=True, capture_output=True)

        git("init", "-q")
        at = os.getcwd()
        os.chdir(folder)
        try:
            for name, edits in EDITS.items():
                for version in (text, _edited(text, edits)):
                    Path("lupus.proto").write_text(version, encoding="utf-8")
                    git("add", "-A")
                    git("commit", "-q", "--allow-empty", "-m", name)
                arguments = ["-m", "protocol_dsl", "diff", "--git", "HEAD~1", "lupus.proto"]
                run(arguments)
                bare, times = [], []
                for _ in range(REPEATS):
                    bare.append(run(["-c", "pass"]).cpu)
                    times.append(run(arguments).cpu)
                made.append((f"diff --git HEAD~1 lupus.proto, {name}", min(times) / min(bare), 30.0))
        finally:
            os.chdir(at)
    return made


def _edited(text: str, edits: tuple[tuple[str, str], ...]) -> str:
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def main() -> int:
    """Measure and print all of it."""
    missed = 0
    for rows, unit in ((models(), "ms"), (commands(), "x")):
        for name, value, bar in rows:
            late = value > bar
            missed += late
            print(f"{name:50} {value:7.1f} {unit:2} {bar:5.0f} {unit}{'   above the bar' if late else ''}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
