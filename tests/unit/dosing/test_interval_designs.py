"""Designs that decide by a grid: the trial around the grid, the MTD, arrays against single states."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_dsl.dosing.designs import grids
from protocol_dsl.dosing.designs.interval import IntervalDesign
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd, isotonic
from protocol_dsl.dosing.exact import evaluate, explore
from protocol_dsl.dosing.machine import ENOUGH, MAXIMUM, NO_RULE, TOXIC, Ending, path_text, walk


def design(levels: int = 3, cohort: int = 3, maximum: int = 12, **more: object) -> IntervalDesign:
    fields: dict[str, object] = {"mtd": IsotonicMtd(0.3), "target": 0.3, **more}
    return IntervalDesign(levels, grids.boin(0.3, maximum), cohort, maximum, **fields)  # type: ignore[arg-type]


def test_a_uniform_prior_is_updated_exactly() -> None:
    # After 0 of 3 the density is 4 (1 - p)^3, so that P(p > 0.3) is 0.7^4.
    assert grids.excess(3, 0, 0.3) == pytest.approx(0.7**4, abs=1e-15)
    assert grids.excess(3, 3, 0.3) == pytest.approx(1 - 0.3**4, abs=1e-15)
    assert grids.within(4, 1, 0.0, 1.0) == 1.0


def test_nobody_is_treated_at_an_eliminated_level() -> None:
    for step, _, following, path in walk(design(), 100_000):
        if isinstance(following, Ending):
            continue
        before = following
        for level in range(before.level + 1):
            n, y = before.treated[level], before.dlts[level]
            assert not grids.is_unacceptable(n, y, 0.3, 0.95), path_text(path, ("1", "2", "3"))
        assert before.level <= step.level + 1


def test_the_last_cohort_is_cut_to_the_maximum() -> None:
    assert explore(design(maximum=10)).sizes[1] == 10


def test_elimination_of_the_lowest_level_ends_without_mtd() -> None:
    found = evaluate(explore(design()), [1.0, 1.0, 1.0])
    assert found.sizes == {3: 1.0}
    assert found.reasons == {TOXIC: 1.0}
    assert found.select[0] == 1.0


def test_early_stop_keeps_treating_where_the_level_changes() -> None:
    ends = [end.ending for end in explore(design(maximum=18, early_stop=6)).ends]
    early = [ending for ending in ends if ending.reason == ENOUGH]
    assert early
    assert all(max(ending.treated) >= 6 and sum(ending.treated) < 18 for ending in early)
    # With 6 at the highest level and no DLT the next group would be treated there again.
    assert (3, 3, 6) in {ending.treated for ending in early}


def test_the_extra_rule_stops_earlier_at_the_lowest_level() -> None:
    rates = [0.45, 0.6, 0.7]
    plain, safe = evaluate(explore(design()), rates), evaluate(explore(design(extra_safe=0.9)), rates)
    assert safe.reasons[TOXIC] > plain.reasons[TOXIC] + 0.05
    assert safe.mean < plain.mean


def test_a_count_that_the_table_leaves_out_is_no_rule() -> None:
    grid = ("", " ", "  ", "ES D")
    found = evaluate(explore(IntervalDesign(1, grid, 3, 6, IsotonicMtd(0.3))), [0.5])
    assert found.reasons == {MAXIMUM: pytest.approx(0.625), NO_RULE: pytest.approx(0.375)}


def test_isotonic_rates_are_pooled_by_precision() -> None:
    rates = isotonic([(3, 1), (6, 1), (3, 0)])
    assert rates == sorted(rates)
    assert rates[0] == rates[1] == rates[2]
    unpooled = isotonic([(3, 0), (6, 1), (3, 2)])
    assert unpooled == pytest.approx([0.05 / 3.1, 1.05 / 6.1, 2.05 / 3.1])


@pytest.mark.parametrize(
    ("treated", "dlts", "mtd"),
    [
        ((3, 6, 3), (0, 2, 2), 1),
        ((3, 3, 3), (0, 0, 0), 2),
        ((6, 0, 0), (1, 0, 0), 0),
        # Equal rates below the target give the highest level, above it the lowest.
        ((6, 6, 0), (1, 1, 0), 1),
        ((6, 6, 0), (3, 3, 0), 0),
        ((3, 3, 0), (3, 0, 0), None),
        ((0, 0, 0), (0, 0, 0), None),
    ],
)
def test_the_mtd(treated: tuple[int, ...], dlts: tuple[int, ...], mtd: int | None) -> None:
    assert IsotonicMtd(0.3).select(treated, dlts) == mtd


def test_no_level_above_the_bound_is_declared() -> None:
    assert IsotonicMtd(0.3, bound=0.36).select((6, 0), (3, 0)) is None
    assert IsotonicMtd(0.3, bound=0.36).select((3, 6), (0, 3)) == 0


@settings(max_examples=40, deadline=None)
@given(
    levels=st.integers(1, 4),
    cohort=st.integers(1, 4),
    maximum=st.integers(1, 13),
    early=st.sampled_from([None, 3, 6]),
    safe=st.sampled_from([None, 0.85]),
    titration=st.booleans(),
    bound=st.sampled_from([None, 0.36]),
    start=st.integers(0, 3),
    rule=st.sampled_from([grids.boin, grids.keyboard, grids.mtpi, grids.i3_plus_3]),
)
def test_arrays_find_the_same_ends(
    levels: int,
    cohort: int,
    maximum: int,
    early: int | None,
    safe: float | None,
    titration: bool,
    bound: float | None,
    start: int,
    rule: object,
) -> None:
    pytest.importorskip("numpy")
    from protocol_dsl.dosing.designs import interval_arrays

    mtd = IsotonicMtd(0.3, bound=bound, extra_safe=safe)
    made = IntervalDesign(
        levels, rule(0.3, maximum), cohort, maximum, mtd, min(start, levels - 1), early, 0.3, safe, titration,
    )  # type: ignore[operator]  # fmt: skip
    slow, fast = explore(made), interval_arrays.explore(made)
    assert {end.ending: (end.weight, end.paths) for end in fast.ends} == {
        end.ending: (end.weight, end.paths) for end in slow.ends
    }
    assert fast.paths == slow.paths
    assert fast.sizes == slow.sizes


def test_many_levels_need_more_than_one_word_for_a_key() -> None:
    numpy = pytest.importorskip("numpy")
    from protocol_dsl.dosing.designs.interval_arrays import grouped

    # 16 counts up to 30 in one 64-bit word would wrap: these two rows differ only in the first, most significant one.
    columns = [numpy.array([value, other]) for value, other in [(0, 16), *[(1, 1)] * 15]]
    first, group = grouped(columns, [32] * 16)
    assert len(first) == 2
    assert group[0] != group[1]
    made = design(levels=8, cohort=3, maximum=15)
    from protocol_dsl.dosing.designs import interval_arrays

    assert len(interval_arrays.explore(made).ends) == len(explore(made).ends)
