"""The worst window against all calendars of a small schedule, one by one."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_dsl.schedule.build import Edge, Node, Schedule, Statement
from protocol_dsl.schedule.placement import Item, Placement

ANCHOR = 0
NO_STATEMENT: list[Statement] = []


class Small(NamedTuple):
    """Windows of the visits, distances (from, to, least, most), loads (visit, weight, days after it)."""

    windows: list[tuple[int, int]]
    distances: list[tuple[int, int, int, int]]
    loads: list[tuple[int, int, int]]
    days: int


@st.composite
def smalls(draw: st.DrawFn) -> Small:
    count = draw(st.integers(1, 5))
    starts = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    windows = [(start, start + draw(st.integers(0, 4))) for start in starts]
    distances: list[tuple[int, int, int, int]] = []
    for _ in range(draw(st.integers(0, 3)) if count > 1 else 0):
        one, other = draw(st.permutations(range(count)).map(lambda order: order[:2]))
        least = draw(st.integers(0, 6))
        distances.append((one, other, least, least + draw(st.integers(0, 6))))
    loads = [
        (draw(st.integers(0, count - 1)), draw(st.integers(1, 9)), draw(st.sampled_from([0, 0, 1])))
        for _ in range(draw(st.integers(1, 6)))
    ]
    return Small(windows, distances, loads, draw(st.integers(1, 6)))


def schedule_of(small: Small) -> Schedule:
    nodes = [Node("anchor", "anchor", "anchor", "anchor")]
    nodes += [Node(f"V{at}", "visit", f"V{at}", f"V{at}") for at in range(len(small.windows))]
    edges = [Edge(ANCHOR, at + 1, low, high, "timing", 0) for at, (low, high) in enumerate(small.windows)]
    edges += [Edge(one + 1, other + 1, least, most, "order", 0) for one, other, least, most in small.distances]
    return Schedule(nodes, edges, [Statement("", None, "")], ANCHOR)  # pyright: ignore[reportArgumentType]


def worst_of_all(small: Small) -> int | None:
    """The heaviest window over every calendar; None if there is no calendar."""
    worst = None
    for days in product(*(range(low, high + 1) for low, high in small.windows)):
        if any(not least <= days[other] - days[one] <= most for one, other, least, most in small.distances):
            continue
        fixed = [(days[visit] + shift, weight) for visit, weight, shift in small.loads]
        heaviest = max(sum(w for day, w in fixed if first <= day < first + small.days) for first, _ in fixed)
        worst = max(worst or 0, heaviest)
    return worst


@settings(max_examples=250, derandomize=True, deadline=None)
@given(smalls())
def test_worst_window_is_that_of_the_worst_calendar(small: Small) -> None:
    schedule = schedule_of(small)
    expected = worst_of_all(small)
    if expected is None:
        assert schedule.conflicts
        return
    bounds = schedule.bounds
    items = [Item(f"V{visit}", weight, *bounds[f"V{visit}"], shift) for visit, weight, shift in small.loads]
    found = Placement(schedule).heaviest(items, small.days)
    assert found is not None
    assert found.weight == expected
    assert found.last - found.first < small.days
    # The days that are told can be kept: nothing outside of a window, nothing too close or too far apart.
    for name, day in found.days.items():
        low, high = small.windows[int(name[1:])]
        assert low <= day <= high
    for one, other, least, most in small.distances:
        if f"V{one}" in found.days and f"V{other}" in found.days:
            assert least <= found.days[f"V{other}"] - found.days[f"V{one}"] <= most
    on = [found.days[item.visit] + item.shift for item in found.items]
    assert (min(on), max(on)) == (found.first, found.last)
