"""Calendars of participants: one of them, and a million.

    python benchmarks/participants.py

A protocol of 60 visits, of which half are counted in calendar months. Times are processor time of this process. Each
is also given as a ratio to a baseline of the same run: for one participant the time to add up a million numbers in
Python, for a million participants that of one sum of two arrays with as many numbers as there are dates in the result,
made in chunks of the same size. Bars: 1 ms for one participant; 5 s and 2 GB for a million.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from protocol_dsl import pipeline  # noqa: E402
from protocol_dsl.participants import vector  # noqa: E402
from protocol_dsl.participants.calendar import Plans, calendar  # noqa: E402
from protocol_dsl.participants.plan import Plan  # noqa: E402
from protocol_dsl.participants.records import Participant, Record  # noqa: E402
from protocol_dsl.participants.site_calendar import SiteCalendar, first_ordinal  # noqa: E402

PEOPLE = 1_000_000
SECONDS, GIGABYTES, MILLISECONDS = 5.0, 2.0, 1.0
REPEATS = 20

TRIAL = """\
protocol T { title "A trial" }
timeline { day 0 = infusion  month = calendar  shift nearest }
stage screening "Screening" { visit SCR "Screening" day -28 to -7 }
stage treatment "Treatment" { visit infusion "Infusion" day 0 }
stage early "Early" { visits W1..W28 "Week {n}" week n ±2 days }
stage late "Late" { visits M7..M36 "Month {n}" month n ±7 days }
"""
START = first_ordinal(2026)


def best(task: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest run."""
    found = float("inf")
    for _ in range(repeats):
        begin = time.process_time()
        task()
        found = min(found, time.process_time() - begin)
    return found


def one(plan: Plan) -> float:
    """Milliseconds for a participant with ten visits behind."""
    done = [Record("infusion", START, "done", 2), *(Record(f"W{n}", START + 7 * n, "done", 2) for n in range(1, 10))]
    participant = Participant("P1", records=done)
    return 1000 * best(lambda: calendar(plan, participant, START + 70, SiteCalendar()), REPEATS)


def many(plan: Plan) -> tuple[float, float]:
    """Seconds for a million participants, and for one sum over as many numbers."""
    np = vector.numpy
    days = np.random.default_rng(1).integers(START, START + 700, PEOPLE).astype(np.int32)
    late = days + np.random.default_rng(2).integers(19, 24, PEOPLE).astype(np.int32)
    infusion, week = plan.schedule.index["infusion"], plan.schedule.index["W3"]

    def compute() -> None:
        for start in range(0, PEOPLE, vector.CHUNK):
            part = slice(start, start + vector.CHUNK)
            facts = vector.CohortFacts(len(days[part]), {infusion: days[part], week: late[part]})
            vector.compute(plan, facts, START + 400, SiteCalendar())

    def add() -> None:
        for start in range(0, PEOPLE, vector.CHUNK):
            part = days[start : start + vector.CHUNK]
            for _ in range(3 * len(plan.visits)):
                np.add(part, 1)

    return best(compute, 2), best(add, 3)


def main() -> int:
    """Measure and print; the exit status is 1 if a bar is missed."""
    made = pipeline.check_text(TRIAL)
    if made.protocol is None or made.schedule is None:
        raise RuntimeError("the trial does not compile")
    plan = Plans(made.protocol, made.schedule).of(Participant("P1"))
    print(f"Python {sys.version.split()[0]}, {len(plan.visits)} visits")
    single, summed = one(plan), 1000 * best(lambda: sum(range(1_000_000)), 5)
    print(f"one participant: {single:.2f} ms, {single / summed:.3f} of the time of a million additions")
    missed = single > MILLISECONDS
    if vector.numpy is None:
        print("numpy is not installed: a million participants are not measured")
        return int(missed)
    seconds, baseline = many(plan)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{PEOPLE:,} participants: {seconds:.2f} s, {seconds / baseline:.1f} times one sum over their dates")
    print(f"memory at its highest: {peak:.2f} GB")
    missed = missed or seconds > SECONDS or peak > GIGABYTES
    if missed:
        print("a bar is missed")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
