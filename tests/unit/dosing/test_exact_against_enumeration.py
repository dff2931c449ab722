"""All states against the plain tree of all paths, on random rule tables."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_dsl.dosing.exact import evaluate, explore, probabilities
from protocol_dsl.dosing.machine import Design, Ending, Step, Timed
from protocol_dsl.dosing.rules import (
    DE_ESCALATE,
    ESCALATE,
    STAY,
    STOP,
    STOP_WITHOUT_MTD,
    Act,
    Mtd,
    RuleTable,
)

ACTIONS = st.sampled_from(
    [
        ESCALATE,
        ESCALATE,
        STAY,
        DE_ESCALATE,
        STOP,
        STOP_WITHOUT_MTD,
        (Act("expand", 4),),
        (Act("stop"), Act("treat_more", 1)),
        (Act("stop_without_mtd"), Act("de_escalate")),
        (Act("treat_more", 2),),
        (Act("decide"),),
    ]
)


@st.composite
def tables(draw: st.DrawFn, most: int = 4) -> RuleTable:
    size = draw(st.sampled_from([1, 2]))
    counts = [n for n in (1, 2, 3, 4) if n % size == 0]
    levels = draw(st.integers(1, most))
    lowest = draw(st.integers(0, levels - 1))
    # A few kinds of action for a table: with all of them in each, hardly any would escalate and return.
    actions = st.sampled_from(draw(st.lists(ACTIONS, min_size=2, max_size=4)))
    return RuleTable(
        levels=levels,
        cohort=size,
        tables={n: {y: draw(actions) for y in range(n + 1)} for n in counts},
        mtd=draw(st.sampled_from([None, Mtd("previous"), Mtd("highest"), Mtd("highest", lambda n, y: 3 * y <= n)])),
        above_top=draw(st.sampled_from([STOP, (Act("expand", 4),), STAY, DE_ESCALATE])),
        above_closed=draw(st.sampled_from([(), STOP, STAY, STOP_WITHOUT_MTD])),
        below_bottom=STOP_WITHOUT_MTD,
        start=draw(st.integers(lowest, levels - 1)),
        lowest=lowest,
        max_per_level=draw(st.sampled_from([None, 4])),
        max_total=draw(st.sampled_from([5, 7])),
        closed=draw(st.sampled_from([None, lambda n, y: y >= 2])),
        titration=draw(st.booleans()),
    )


def enumerated(design: Design, rates: list[float]) -> tuple[dict[Ending, float], int]:
    """Every path by itself: the probability of each end and the number of paths."""
    found: dict[Ending, float] = {}
    count = 0
    waiting: list[tuple[Step, float]] = [(design.first(), 1.0)]
    while waiting:
        step, before = waiting.pop()
        for dlts in range(step.size + 1):
            p = rates[step.level]
            after = before * comb(step.size, dlts) * p**dlts * (1 - p) ** (step.size - dlts)
            following = design.after(step, dlts)
            if isinstance(following, Step):
                waiting.append((following, after))
            else:
                count += 1
                found[following] = found.get(following, 0.0) + after
    return found, count


@settings(max_examples=60, deadline=None)
@given(tables(), st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4))
def test_every_end_has_the_probability_of_its_paths(design: RuleTable, four: list[float]) -> None:
    rates = four[: design.levels]
    structure = explore(design)
    expected, paths = enumerated(design, rates)

    assert structure.paths == paths
    found = dict(zip((end.ending for end in structure.ends), probabilities(structure, rates), strict=True))
    assert found == pytest.approx(expected, abs=1e-12)
    assert sum(evaluate(structure, rates).select) == pytest.approx(1.0, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(tables())
def test_a_clock_changes_nothing_but_itself(design: RuleTable) -> None:
    rates = [0.1, 0.25, 0.4, 0.5][: design.levels]
    plain, timed = evaluate(explore(design), rates), evaluate(explore(Timed(design)), rates)
    assert timed.select == pytest.approx(plain.select, abs=1e-12)
    assert timed.sizes == pytest.approx(plain.sizes, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(tables())
def test_arrays_give_the_same_numbers(design: RuleTable) -> None:
    pytest.importorskip("numpy")
    from protocol_dsl.dosing import vector

    structure = explore(design)
    scenarios = [[0.1, 0.25, 0.4, 0.5][: design.levels], [0.0, 0.5, 1.0, 0.2][: design.levels]]
    for rates, fast in zip(scenarios, vector.evaluate(vector.arrays(structure), scenarios), strict=True):
        slow = evaluate(structure, rates)
        assert fast.select == pytest.approx(slow.select, abs=1e-12)
        assert fast.participants == pytest.approx(slow.participants, abs=1e-12)
        assert fast.dlts == pytest.approx(slow.dlts, abs=1e-12)
        assert fast.sizes == pytest.approx(slow.sizes, abs=1e-12)
        assert fast.reasons == pytest.approx(slow.reasons, abs=1e-12)
