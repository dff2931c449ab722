"""What the temporal network says about small schedules whose answer can be worked out by hand."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from protocol_dsl.schedule.network import (
    DERIVED,
    Conflict,
    Constraint,
    InconsistentNetworkError,
    binding_path,
    bounds,
    check,
    conflicts,
    distances,
    shorten,
)


def window(anchor: int, visit: int, early: int, late: int, origin: int) -> list[Constraint]:
    """The visit lies early..late days after the anchor."""
    return [Constraint(anchor, visit, late, origin), Constraint(visit, anchor, -early, origin)]


def chain(size: int, least: int, most: int) -> list[Constraint]:
    """Each visit least..most days after the one before."""
    return [constraint for i in range(1, size) for constraint in window(i - 1, i, least, most, i)]


def test_windows_that_fit_are_consistent() -> None:
    assert check(3, [*window(0, 1, 23, 33, 0), *window(0, 2, 80, 100, 1), Constraint(2, 1, 0, DERIVED)]) is None


def test_a_visit_that_cannot_come_before_another_is_explained_with_both_windows_and_the_missing_days() -> None:
    # D28 on days 23..33, M1 on days 14..21, but M1 at least a day after D28: two days short of day 24.
    d28, m1 = window(0, 1, 23, 33, 0), window(0, 2, 14, 21, 1)
    after = Constraint(2, 1, -1, 2)
    assert check(3, [*d28, *m1, after]) == Conflict((m1[0], after, d28[1]), 3)


def test_a_cycle_of_weight_zero_is_no_conflict() -> None:
    # Exactly 28 days, said twice and by way of a third visit.
    assert check(3, [*window(0, 1, 28, 28, 0), *window(1, 2, 7, 7, 1), *window(0, 2, 35, 35, 2)]) is None


def test_one_day_off_an_exact_schedule_is_a_conflict_of_one_day() -> None:
    found = check(3, [*window(0, 1, 28, 28, 0), *window(1, 2, 7, 7, 1), *window(0, 2, 36, 36, 2)])
    assert found is not None
    assert found.deficit == 1


def test_a_visit_before_itself_is_a_conflict_and_after_itself_by_at_most_a_day_is_not() -> None:
    strict = Constraint(1, 1, -1, 4)
    assert check(2, [strict]) == Conflict((strict,), 1)
    assert check(2, [Constraint(1, 1, 0, 4), Constraint(0, 0, 1, 5)]) is None


def test_a_conflict_that_no_node_0_leads_to_is_found() -> None:
    # 0 -> 1 is reached first and settled; 3 <-> 4 leads into it, and nothing leads there.
    constraints = [Constraint(0, 1, 5, 0), Constraint(3, 1, 5, 1), *window(3, 4, 10, 9, 2)]
    found = check(5, constraints)
    assert found is not None
    assert {step.source for step in found.cycle} == {3, 4}


def test_parallel_constraints_the_tightest_speaks_whatever_the_order() -> None:
    loose, tight, late = Constraint(0, 1, 9, 0), Constraint(0, 1, 4, 1), Constraint(1, 0, -6, 2)
    for constraints in ([loose, tight, late], [tight, loose, late], [late, tight, loose]):
        assert check(2, constraints) == Conflict((tight, late), 2)
        assert distances(2, [loose, tight], 0) == [0, 4]


def test_equal_parallel_constraints_the_first_statement_speaks() -> None:
    constraints = [Constraint(0, 1, 4, 7), Constraint(0, 1, 4, 3), Constraint(1, 0, -6, 9)]
    found = check(2, constraints)
    assert found is not None
    assert [step.origin for step in found.cycle] == [3, 9]


def test_a_node_outside_the_network_is_refused_with_its_constraint() -> None:
    with pytest.raises(ValueError, match=r"source=0, target=-1.* 2 nodes"):
        check(2, [Constraint(0, -1, 3, 0)])
    with pytest.raises(ValueError, match="no node 2"):
        bounds(2, [], 2)


def test_an_empty_network_is_consistent() -> None:
    assert check(0, []) is None
    assert conflicts(0, []) == []


def test_bounds_take_the_tighter_of_window_and_gap() -> None:
    # Day 28 +-5 from the anchor and at most 10 days after a visit that is on day 14 +-2, at least 12 days after it.
    constraints = [*window(0, 1, 12, 16, 0), *window(0, 2, 23, 33, 1), *window(1, 2, 12, 14, 2)]
    assert bounds(3, constraints, 0) == [(0, 0), (12, 16), (24, 30)]


def test_bounds_are_open_where_nothing_limits() -> None:
    constraints = [Constraint(1, 0, -7, 0), Constraint(0, 2, 7, 1)]
    assert bounds(4, constraints, 0) == [(0, 0), (7, None), (None, 7), (None, None)]


def test_bounds_of_visits_before_the_anchor_are_negative() -> None:
    assert bounds(2, window(1, 0, -28, -1, 0), 1) == [(-28, -1), (0, 0)]


@pytest.mark.parametrize("towards", [False, True])
def test_bounds_of_an_inconsistent_network_raise_with_the_conflict_in_walking_order(towards: bool) -> None:
    loop = [Constraint(1, 2, 4, 0), Constraint(2, 3, 1, 1), Constraint(3, 1, -6, 2)]
    link = Constraint(1, 0, 9, 3) if towards else Constraint(0, 1, 9, 3)
    with pytest.raises(InconsistentNetworkError) as caught:
        bounds(4, [*loop, link], 0)
    assert caught.value.conflict == Conflict(tuple(loop), 1)


def test_the_binding_path_names_the_statements_behind_a_bound() -> None:
    visit, gap = window(0, 1, 12, 16, 0), window(1, 2, 12, 14, 1)
    wide = window(0, 2, 0, 90, 2)
    constraints = [*wide, *visit, *gap]
    assert binding_path(3, constraints, 0, 2) == (visit[0], gap[0])  # the latest day, 30
    assert binding_path(3, constraints, 2, 0) == (gap[1], visit[1])  # the earliest day, 24


def test_among_equally_tight_chains_the_binding_path_has_the_fewest_declared_constraints() -> None:
    direct = Constraint(0, 3, 10, 9)
    by_declared = [Constraint(0, 1, 5, 0), Constraint(1, 3, 5, 1)]
    by_derived = [Constraint(0, 2, 5, DERIVED), Constraint(2, 3, 5, DERIVED)]
    assert binding_path(4, [*by_declared, direct], 0, 3) == (direct,)
    assert binding_path(4, [*by_declared, direct, *by_derived], 0, 3) == tuple(by_derived)


def test_the_binding_path_is_empty_where_nothing_binds() -> None:
    constraints = [Constraint(0, 1, 5, 0)]
    assert binding_path(2, constraints, 1, 0) == ()
    assert binding_path(2, constraints, 0, 0) == ()


def test_the_binding_path_stays_finite_among_cycles_of_weight_zero() -> None:
    constraints = [*window(0, 1, 7, 7, 0), *window(1, 2, 0, 0, 1), *window(2, 3, 7, 7, 2)]
    assert [step.origin for step in binding_path(4, constraints, 0, 3)] == [0, 1, 2]


def test_a_long_conflict_is_shortened_to_the_statement_that_says_it_directly() -> None:
    # The last visit at least 100 days after the first; at most 4 x 20 days by the chain, at most 70 by one statement.
    last = Constraint(4, 0, -100, 10)
    steps = [Constraint(i, i + 1, 20, i) for i in range(4)]
    direct = Constraint(0, 4, 90, 11)
    long = Conflict((*steps, last), 20)
    assert shorten(5, [*steps, direct, last], long) == Conflict((direct, last), 10)


def test_shortening_prefers_derived_constraints_to_declared_ones() -> None:
    last = Constraint(2, 0, -10, 9)
    declared, derived = (
        [Constraint(0, 1, 1, 0), Constraint(1, 2, 1, 1)],
        [Constraint(0, 3, 1, -1), Constraint(3, 2, 1, -1)],
    )
    found = shorten(4, [*declared, *derived, last], Conflict((*declared, last), 8))
    assert found == Conflict((*derived, last), 8)


def test_shortening_takes_a_looser_derived_constraint_beside_a_tighter_declared_one() -> None:
    tight, derived, back = Constraint(0, 1, 1, 5), Constraint(0, 1, 3, DERIVED), Constraint(1, 0, -4, 6)
    assert shorten(2, [tight, derived, back], Conflict((tight, back), 3)) == Conflict((derived, back), 1)


def test_shortening_leaves_a_conflict_that_has_no_short_way_out() -> None:
    steps = [Constraint(i, (i + 1) % 20, 1 if i else -20, i) for i in range(20)]
    found = check(20, steps)
    assert found == Conflict(tuple(steps), 1)
    assert shorten(20, steps, found) == found


def test_max_edges_counts_declared_constraints_and_a_derived_one_as_a_third() -> None:
    steps = [Constraint(i, i + 1, 1, i) for i in range(8)]
    last = Constraint(8, 0, -100, 8)
    detour = [Constraint(0, 9, 1, 20), Constraint(9, 8, 1, DERIVED)]
    long = Conflict((*steps, last), 92)
    constraints = [*steps, last, *detour]
    assert shorten(10, constraints, long, max_edges=2) == long
    assert shorten(10, constraints, long, max_edges=3) == Conflict((*detour, last), 98)


def test_conflicts_that_share_no_statement_are_all_told() -> None:
    constraints = [
        *window(0, 1, 10, 9, 0),  # wrong in itself
        *window(0, 2, 20, 25, 1),
        *window(0, 3, 30, 35, 2),
        Constraint(3, 2, -16, 3),  # 3 is at most 15 days after 2
        *window(0, 4, 50, 60, 4),  # nothing wrong
    ]
    found = conflicts(5, constraints)
    assert [sorted({step.origin for step in conflict.cycle}) for conflict in found] == [[0], [1, 2, 3]]
    assert conflicts(5, constraints, most=1) == found[:1]


def test_conflicts_of_derived_constraints_alone_come_to_an_end() -> None:
    constraints = [Constraint(0, 1, -1, DERIVED), Constraint(1, 0, 0, DERIVED), Constraint(1, 1, -2, DERIVED)]
    found = conflicts(2, constraints)
    assert [conflict.deficit for conflict in found] == [2, 1]


def milliseconds(task: object, *arguments: object) -> float:
    assert callable(task)
    best = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        task(*arguments)
        best = min(best, 1000 * (time.perf_counter() - begin))
    return best


def test_ten_thousand_visits_in_a_chain_take_no_quadratic_time() -> None:
    # Usually about 10 ms; a queue started at every node takes half a minute.
    assert milliseconds(check, 10_000, chain(10_000, 6, 8)) < 500


def test_a_conflict_through_ten_thousand_visits_is_found_whole_and_quickly() -> None:
    size = 10_000
    constraints = [*chain(size, 6, 8), Constraint(size - 1, 0, -8 * (size - 1) - 3, size)]
    found = check(size, constraints)
    assert found is not None
    assert (len(found.cycle), found.deficit) == (size, 3)
    assert milliseconds(check, size, constraints) < 500
    assert milliseconds(shorten, size, constraints, found) < 2_000


def test_an_order_that_tightens_every_window_before_it_takes_no_quadratic_time() -> None:
    # Each visit may come latest where the next one may, so every distance is corrected along the whole order.
    size = 10_000
    constraints = [Constraint(0, i, 9 * (size - i), i) for i in range(1, size)]
    constraints += [Constraint(i, i - 1, 0, DERIVED) for i in range(2, size)]
    assert milliseconds(check, size, constraints) < 1_000
    assert bounds(size, constraints, 0)[1] == (None, 9)


def test_visits_in_order_without_any_window_take_no_quadratic_time() -> None:
    # No node leads to all others; each visit leads to those before it only.
    size = 10_000
    assert milliseconds(check, size, [Constraint(i, i - 1, -1, DERIVED) for i in range(1, size)]) < 500


def test_the_network_needs_no_numeric_or_graph_library() -> None:
    program = (
        "import sys; import protocol_dsl.schedule.network; "
        "print(sorted({'networkx', 'numpy', 'scipy', 'dataclasses'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
