"""Trials simulated day by day: against exact values where both apply, and the literature where it gives numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import pytest

from protocol_dsl.dosing.arrivals import Conduct, Door, people
from protocol_dsl.dosing.courses import Estimate, Simulated
from protocol_dsl.dosing.designs import grids
from protocol_dsl.dosing.designs.crm import Crm, indifference_skeleton
from protocol_dsl.dosing.designs.interval import IntervalDesign
from protocol_dsl.dosing.designs.isotonic import IsotonicMtd
from protocol_dsl.dosing.duration import Timing, duration, timed
from protocol_dsl.dosing.events import simulate
from protocol_dsl.dosing.exact import Characteristics, evaluate, explore
from protocol_dsl.dosing.machine import Design
from protocol_dsl.dosing.presets import VARIANTS, three_plus_three
from protocol_dsl.dosing.rolling_six import ADD, DE_ESCALATE, ESCALATE, HOLD, RollingSix, decision
from protocol_dsl.dosing.tite_crm import Model, Observed, TiteCrm

RATES = (0.1, 0.25, 0.4)
TRIALS = 1500
PLAIN = Timing(14, 28, 14)


def boin() -> IntervalDesign:
    return IntervalDesign(3, grids.boin(0.3, 12), 3, 12, IsotonicMtd(0.3), target=0.3)


def agree(found: Sequence[Estimate], exact: Sequence[float], trials: int = TRIALS) -> None:
    """Each within four standard errors; a share that never occurred has the error of one trial."""
    for each, value in zip(found, exact, strict=True):
        assert abs(each.mean - value) <= 4 * max(each.error, 1 / trials)


def laws_agree(found: Simulated, exact: Characteristics) -> None:
    agree(found.select, exact.select)
    agree(found.participants, exact.participants)
    agree(found.dlts, exact.dlts)
    agree([found.total], [exact.mean])


@pytest.mark.parametrize("variant", [*VARIANTS, "boin"])
def test_cohorts_have_the_exact_laws(variant: str) -> None:
    design: Design = boin() if variant == "boin" else three_plus_three(3, variant)
    found = simulate(design, RATES, PLAIN, trials=TRIALS)
    laws_agree(found, evaluate(explore(design), RATES))
    days = duration(timed(design), RATES, PLAIN)
    agree([found.duration], [days.mean])
    assert found.sd == pytest.approx(days.sd, rel=0.1)
    agree([found.within(300)], [days.within(300)])
    assert days.within(found.quantile(0.5)) == pytest.approx(0.5, abs=4 * 0.5 / TRIALS**0.5)
    # Who arrives while the trial is closed turns away: so many as arrive in the closed days.
    agree([found.turned_away], [days.closed / PLAIN.accrual])
    assert found.enrolled == found.total


@pytest.mark.parametrize(
    "timing", [Timing(14, 28, 5, "cohort"), Timing(14, 28, 3, "each"), Timing(14, 28, 0, "level", 60)]
)
def test_waits_are_those_of_the_exact_duration(timing: Timing) -> None:
    design = three_plus_three(3, "V2")
    found = simulate(design, RATES, timing, trials=TRIALS)
    agree([found.duration], [duration(timed(design), RATES, timing).mean])


def test_known_before_treatment_not_evaluable_is_the_exact_replacement() -> None:
    design = three_plus_three(3, "V3")
    found = simulate(design, RATES, PLAIN, Conduct(not_evaluable=0.2), TRIALS)
    exact = evaluate(explore(design), RATES)
    laws_agree(found, exact)
    agree([found.enrolled], [exact.mean / 0.8])
    agree([found.duration], [duration(timed(design), RATES, PLAIN, 0.2).mean])


def test_lost_during_the_window_makes_dlts_more_frequent_among_the_evaluable() -> None:
    # Half of those who would be lost have their DLT before; nobody without a DLT is kept in this way.
    q = 0.3
    seen = [p * (1 - q / 2) / (p * (1 - q / 2) + (1 - p) * (1 - q)) for p in RATES]
    design = three_plus_three(3, "V3")
    found = simulate(design, RATES, PLAIN, Conduct(not_evaluable=q, known="during"), TRIALS)
    laws_agree(found, evaluate(explore(design), seen))
    assert found.enrolled.mean > found.total.mean + 1


def test_an_early_decision_changes_the_duration_alone() -> None:
    design = three_plus_three(3, "V3")
    late = simulate(design, RATES, PLAIN, trials=TRIALS)
    early = simulate(design, RATES, PLAIN, Conduct(early_decision=True), TRIALS)
    laws_agree(early, evaluate(explore(design), RATES))
    assert early.duration.mean < late.duration.mean - 5
    # Two DLTs end V1 at its first level; the days between the second and the end of the window are saved.
    sure = simulate(three_plus_three(1, "V1"), (1.0,), Timing(1, 100), Conduct(early_decision=True, waiting=None), 2000)
    # Of three uniform times the second is on average in the middle.
    assert sure.duration.mean == pytest.approx(3 + 50, abs=4)
    assert simulate(three_plus_three(1, "V1"), (1.0,), Timing(1, 100), trials=500).duration.mean > 102


def test_a_waiting_list_fills_the_next_group_at_once() -> None:
    design = three_plus_three(3, "V1")
    # Without toxicity three groups of three; while one is observed, five arrive on fixed days.
    timing, lost, kept = Timing(10, 55), Conduct(fixed_accrual=True), Conduct(fixed_accrual=True, waiting=None)
    alone = simulate(design, (0.0, 0.0, 0.0), timing, lost, 2)
    assert alone.days == (30 + 55 + 25 + 55 + 25 + 55,) * 2
    assert alone.turned_away.mean == 5 + 5 + 5
    waiting = simulate(design, (0.0, 0.0, 0.0), timing, kept, 2)
    assert waiting.days == (30 + 3 * 55,) * 2
    assert waiting.turned_away.mean == 0
    two = simulate(design, (0.0, 0.0, 0.0), timing, kept._replace(waiting=2), 2)
    assert alone.days[0] > two.days[0] > waiting.days[0]


def test_backfill_takes_those_who_find_the_trial_closed_and_decides_nothing() -> None:
    design = three_plus_three(3, "V1")
    plain = simulate(design, RATES, PLAIN, trials=TRIALS)
    found = simulate(design, RATES, PLAIN, Conduct(backfill=2), TRIALS)
    assert (found.select, found.days, found.dlts) == (plain.select, plain.days, plain.dlts)
    assert all(each.mean <= 2 for each in found.backfilled)
    assert found.backfilled[0].mean > 1
    # The highest level cannot be left upwards, so that it is never cleared.
    assert found.backfilled[2].mean == 0
    for level in range(2):
        agree([found.backfilled_dlts[level]], [found.backfilled[level].mean * RATES[level]])
    taken = sum(each.mean for each in found.backfilled)
    assert found.turned_away.mean + taken == pytest.approx(plain.turned_away.mean)


def test_the_same_participants_come_to_every_design() -> None:
    first, again, fixed = (people(3, 5, 10, fixed) for fixed in (False, False, True))
    for _ in range(20):
        one, same, regular = next(first), next(again), next(fixed)
        assert one == same
        assert one[1:] == regular[1:]
    assert simulate(boin(), RATES, PLAIN, trials=20, seed=1) == simulate(boin(), RATES, PLAIN, trials=20, seed=1)
    assert simulate(boin(), RATES, PLAIN, trials=20, seed=1) != simulate(boin(), RATES, PLAIN, trials=20, seed=2)
    # A common level: without DLTs both designs end on the day when the ninth participant was observed.
    a = simulate(three_plus_three(3, "V1"), (0.0,) * 3, Timing(14, 28), trials=50)
    b = simulate(three_plus_three(3, "V5"), (0.0,) * 3, Timing(14, 28), trials=50)
    assert a.days == b.days


def test_a_door_lets_wait_as_many_as_there_is_room_for() -> None:
    door = Door(people(1, 1, 10, True), 1)
    assert door.take(0.0)[0] == 10
    day, person = door.take(45.0)
    assert (day, person.day, door.turned_away) == (45.0, 20, 2)
    assert door.take(45.0)[0] == 50


def test_the_grid_of_rolling_six() -> None:
    said = {(n, m, y): decision(n, m, y) for n in range(7) for m in range(n + 1) for y in range(m + 1)}
    assert {key for key, what in said.items() if what == ESCALATE} == {
        (3, 3, 0), (4, 4, 0), (5, 5, 0), (6, 5, 0), (6, 6, 0), (6, 6, 1),
    }  # fmt: skip
    assert {key[0] for key, what in said.items() if what == HOLD} == {6}
    assert all((what == DE_ESCALATE) == (y >= 2) for (_, _, y), what in said.items())
    assert said[5, 5, 1] == said[3, 2, 0] == said[0, 0, 0] == ADD


@pytest.mark.parametrize(("variant", "six"), [("V2", False), ("V3", True)])
def test_with_slow_accrual_rolling_six_finds_what_three_plus_three_finds(variant: str, six: bool) -> None:
    found = simulate(RollingSix(3, six_at_top=six), RATES, Timing(10_000, 0.01), trials=TRIALS)
    agree(found.select, evaluate(explore(three_plus_three(3, variant)), RATES).select)


def test_with_fast_accrual_rolling_six_always_has_six() -> None:
    passed = [(1 - p) ** 6 + 6 * p * (1 - p) ** 5 for p in RATES]
    exact = [1 - passed[0], passed[0] * (1 - passed[1]), passed[0] * passed[1] * (1 - passed[2]), prod(passed)]
    found = simulate(RollingSix(3), RATES, Timing(1, 200), Conduct(waiting=None), TRIALS)
    agree(found.select, exact)
    reached = [1.0, passed[0], passed[0] * passed[1]]
    for level, p in enumerate(reached):
        assert found.participants[level].mean == pytest.approx(6 * p, abs=0.25)


def test_rolling_six_is_as_much_faster_as_published() -> None:
    # Skolnik and others 2008: 1000 trials, a participant every 10 days: 294 ± 75 days against 350 ± 84 by 3+3, 3.3
    # against 3.2 DLTs. The rates behind it are not printed; these give the numbers of 3+3, those of rolling six
    # follow. Within 3 % of the means, 10 % of the standard deviations.
    rates, timing = (0.02, 0.05, 0.10, 0.30, 0.60), Timing(10, 28)
    six = simulate(RollingSix(5), rates, timing, trials=2000)
    three = simulate(three_plus_three(5, "V3"), rates, timing, trials=2000)
    assert three.duration.mean == pytest.approx(350, rel=0.03)
    assert three.sd == pytest.approx(84, rel=0.1)
    assert three.total_dlts.mean == pytest.approx(3.2, abs=0.1)
    assert six.duration.mean == pytest.approx(294, rel=0.03)
    assert six.sd == pytest.approx(75, rel=0.1)
    assert six.total_dlts.mean == pytest.approx(3.3, abs=0.1)


def test_rolling_six_replaces_and_waits() -> None:
    timing = Timing(10, 28)
    plain = simulate(RollingSix(3), RATES, timing, trials=TRIALS)
    for known in ("before", "during"):
        lost = simulate(RollingSix(3), RATES, timing, Conduct(not_evaluable=0.25, known=known), TRIALS)
        assert lost.enrolled.mean > lost.total.mean * 1.1
        assert lost.duration.mean > plain.duration.mean
        assert all(each.mean <= 6 for each in lost.participants)
    waiting = simulate(RollingSix(3), RATES, timing, Conduct(waiting=None), TRIALS)
    assert waiting.turned_away.mean == 0 < plain.turned_away.mean
    assert waiting.duration.mean < plain.duration.mean


def test_tite_crm_weighs_by_time() -> None:
    # dfcrm: levels 1 1 1 2 2 2, the fifth with a DLT, weights 1 1 1 .75 1 .25: estimate -.40077665.
    model = Model(TiteCrm((0.05, 0.12, 0.25, 0.40, 0.55), 0.25, 30))
    seen = [
        Observed(0, 0.0, None, 100.0), Observed(0, 0.0, None, 100.0), Observed(0, 0.0, None, 100.0),
        Observed(1, 25.0, None, 125.0), Observed(1, 30.0, 40.0, 130.0), Observed(1, 75.0, None, 175.0),
    ]  # fmt: skip
    assert model.mean(seen, 100.0, 100.0) == pytest.approx(-0.40077665, abs=1e-6)
    # Kept factors change nothing: later all weights are 1.
    assert model.mean(seen, 500.0, 100.0) == Model(model.design).mean(seen, 500.0, 100.0)


def test_tite_crm_with_slow_accrual_is_the_crm() -> None:
    skeleton = tuple(indifference_skeleton(0.05, 0.30, 2, 3))
    found = simulate(TiteCrm(skeleton, 0.3, 12), RATES, Timing(1000, 0.001), trials=600)
    exact = evaluate(explore(Crm(skeleton, 0.3, 1, 12)), RATES)
    agree(found.select, exact.select, 600)
    agree(found.participants, exact.participants, 600)
    assert found.total.mean == 12


def test_tite_crm_does_not_close() -> None:
    skeleton = tuple(indifference_skeleton(0.05, 0.30, 2, 3))
    found = simulate(TiteCrm(skeleton, 0.3, 12), RATES, Timing(10, 28), Conduct(fixed_accrual=True), 20)
    assert set(found.days) == {12 * 10 + 28}


@pytest.mark.parametrize(
    ("rates", "timing", "conduct", "trials", "message"),
    [
        ((0.1, 0.2), PLAIN, Conduct(), 10, "3 DLT rates"),
        ((0.1, 0.2, 1.2), PLAIN, Conduct(), 10, "from 0 to 1"),
        (RATES, Timing(0, 28), Conduct(), 10, "above 0"),
        (RATES, Timing(1e-6, 28), Conduct(), 10, "more than 10000 participants would arrive in 28 days"),
        (RATES, PLAIN, Conduct(not_evaluable=1.0), 10, "below 1"),
        (RATES, PLAIN, Conduct(), 0, "at least one trial"),
        (RATES, PLAIN, Conduct(backfill=2), 10, "by cohorts"),
    ],
)
def test_what_is_no_trial_is_refused(
    rates: tuple[float, ...], timing: Timing, conduct: Conduct, trials: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        simulate(RollingSix(3), rates, timing, conduct, trials)
