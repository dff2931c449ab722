"""Duration: cases by hand, a simulated trial with arrivals one by one, replacement."""

from __future__ import annotations

from math import exp
from random import Random
from typing import Literal

import pytest

from protocol_dsl.dosing.duration import Timing, duration, timed
from protocol_dsl.dosing.machine import Design, Step
from protocol_dsl.dosing.presets import three_plus_three
from protocol_dsl.dosing.replacement import Replaceable, enrolled, enrolled_for, needs_more_than, replaced

RATES = (0.1, 0.25, 0.4)


def test_without_toxicity_the_closed_time_is_fixed() -> None:
    found = duration(timed(three_plus_three(3, "V1")), (0.0, 0.0, 0.0), Timing(10, 28, 14))
    assert found.parts == {(9, 3 * 28 + 3 * 14.0): 1.0}
    assert found.mean == pytest.approx(9 * 10 + 3 * 42)
    assert found.sd == pytest.approx(3 * 10)
    assert found.closed == 126
    assert found.within(126) == 0.0
    # One participant, one window: the time to an arrival is exponential.
    one = duration(timed(three_plus_three(1, "V1", titration=True)), (1.0,), Timing(10, 0))
    assert {n for n, _ in one.parts} == {3}
    assert one.within(10) == pytest.approx(1 - exp(-1) * (1 + 1 + 0.5))


@pytest.mark.parametrize(
    ("after", "next_level", "closed"),
    [("level", 0, 3 * 28 + 3 * 5), ("cohort", 0, 3 * 28 + 3 * 5), ("each", 0, 3 * 28 + 6 * 5), ("level", 40, 99 + 24)],
)
def test_waits(after: Literal["level", "cohort", "each"], next_level: float, closed: float) -> None:
    found = duration(timed(three_plus_three(3, "V1")), (0.0, 0.0, 0.0), Timing(10, 28, 5, after, next_level))
    assert found.closed == closed


def test_a_second_group_waits_only_if_every_cohort_does() -> None:
    rates = (0.33,)
    structure = timed(three_plus_three(1, "V3"))
    level = duration(structure, rates, Timing(10, 28, 5, "level")).closed
    cohort = duration(structure, rates, Timing(10, 28, 5, "cohort")).closed
    assert cohort - level == pytest.approx(5 * (1 - 3 * 0.33**2 * 0.67 - 0.33**3))


def simulated(design: Design, timing: Timing, trials: int, lost: float = 0.0) -> list[float]:
    """Trials with each arrival drawn by itself and a gate that says when the next participant may be taken."""
    random = Random(7)
    found: list[float] = []
    for _ in range(trials):
        now, at = 0.0, design.first()
        while True:
            first = at.treated[at.level] == 0
            for number in range(at.size):
                now += random.expovariate(1 / timing.accrual)
                while random.random() < lost:
                    now += random.expovariate(1 / timing.accrual)
                if number == 0 and first and at.size > 1:
                    now += timing.stagger
            now += timing.window
            following = design.after(at, sum(random.random() < RATES[at.level] for _ in range(at.size)))
            if not isinstance(following, Step):
                break
            at = following
        found.append(now)
    return found


@pytest.mark.parametrize("lost", [0.0, 0.15])
def test_trials_with_arrivals_one_by_one(lost: float) -> None:
    timing = Timing(14, 28, 14)
    times = simulated(three_plus_three(3, "V2"), timing, 4000, lost)
    found = duration(timed(three_plus_three(3, "V2")), RATES, timing, lost)
    assert sum(times) / len(times) == pytest.approx(found.mean, abs=4 * found.sd / len(times) ** 0.5)
    for days in (180, 300, 450):
        p = found.within(days)
        share = sum(time <= days for time in times) / len(times)
        assert share == pytest.approx(p, abs=4 * (p * (1 - p) / len(times)) ** 0.5)


def test_quantiles_invert_the_distribution() -> None:
    found = duration(timed(three_plus_three(3, "V5")), RATES, Timing(20, 28))
    for q in (0.05, 0.5, 0.99):
        assert found.within(found.quantile(q)) == pytest.approx(q, abs=1e-5)


def test_replacement() -> None:
    # Published: 18 evaluable, 10 % not: mean 20.0, P(> 20) .3231, P(> 24) .0075; 15 %: mean 21.18, P(> 24) .0572.
    for q, mean, more in [(0.10, 20.0, {20: 0.3231, 24: 0.0075}), (0.15, 21.176, {24: 0.0572})]:
        found = enrolled_for(18, q)
        assert sum(found.values()) == pytest.approx(1.0, abs=1e-12)
        assert sum(n * p for n, p in found.items()) == pytest.approx(mean, abs=1e-3)
        for limit, p in more.items():
            assert sum(chance for n, chance in found.items() if n > limit) == pytest.approx(p, abs=5e-5)
    assert enrolled_for(5, 0.0) == {5: 1.0}
    assert enrolled({3: 0.5, 6: 0.5}, 0.0) == {3: 0.5, 6: 0.5}
    with pytest.raises(ValueError, match="from 0 to below 1"):
        enrolled_for(5, 1.0)


def test_a_limit_on_replacements_is_used_up() -> None:
    # One may be replaced among 3: with four enrolled, more than one not evaluable.
    assert needs_more_than(1, 3, 0.1) == pytest.approx(1 - 0.9**4 - 4 * 0.1 * 0.9**3)
    assert needs_more_than(0, 3, 0.1) == pytest.approx(1 - 0.9**3)


def test_a_limit_of_replacements_per_level_is_kept() -> None:
    """One level that is filled to three or to six: each by itself as the two numbers say."""
    design, q, limit = three_plus_three(1, "V1"), 0.2, Replaceable(1, "level")
    found = duration(timed(design, replaceable=limit), (0.3,), Timing(10, 28), q, limit)
    three, six = 1 - 3 * 0.3 * 0.7**2, 3 * 0.3 * 0.7**2
    enough = {n: (1 - q) ** n * (1 + n * q) for n in (3, 6)}
    assert found.p_short == pytest.approx(1 - three * enough[3] - six * enough[6])
    assert sum(found.parts.values()) == pytest.approx(1.0)
    sizes: dict[int, float] = {}
    for (n, _), p in found.parts.items():
        sizes[n] = sizes.get(n, 0.0) + p * (1 - found.p_short)
    assert sizes[3] == pytest.approx(three * (1 - q) ** 3)
    assert sizes[4] == pytest.approx(three * 3 * q * (1 - q) ** 3)
    assert set(sizes) == {3, 4, 6, 7}


def test_limits_per_cohort_level_and_trial_are_ordered() -> None:
    """One more for each group leaves fewer short than one for each level, and that fewer than one in all."""
    design = three_plus_three(3, "V2")
    short: list[float] = []
    for per in ("cohort", "level", None):
        limit = Replaceable(1, per)
        short.append(duration(timed(design, replaceable=limit), RATES, Timing(10, 28), 0.1, limit).p_short)
    assert short == sorted(short)
    assert len(set(short)) == 3
    assert all(0 < p < 1 for p in short)


@pytest.mark.parametrize("per", ["cohort", "level", None])
def test_a_limit_that_is_never_met_changes_nothing(per: str | None) -> None:
    design, limit = three_plus_three(2, "V2"), Replaceable(40, per)
    one = duration(timed(design, replaceable=limit), RATES[:2], Timing(10, 28, 14), 0.15, limit)
    other = duration(timed(design), RATES[:2], Timing(10, 28, 14), 0.15)
    assert one.p_short == pytest.approx(0.0, abs=1e-12)
    assert (one.mean, one.sd) == pytest.approx((other.mean, other.sd), rel=1e-9)


def test_nobody_is_replaced_where_everybody_is_evaluable() -> None:
    assert replaced([3, 6], 0.0, 1) == {0: 1.0}
    with pytest.raises(ValueError, match="from 0 to below 1"):
        replaced([3], 1.0, 1)
