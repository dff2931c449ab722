"""Rule tables: the closed form of A+B, small tables done by hand, limits and boundaries."""

from __future__ import annotations

from math import comb

import pytest

from protocol_dsl.dosing.exact import evaluate, explore
from protocol_dsl.dosing.machine import BOTTOM, EXHAUSTED, MAXIMUM, NO_RULE, PEOPLE, Closed, Ending, path_text, walk
from protocol_dsl.dosing.presets import three_plus_three, traditional
from protocol_dsl.dosing.rules import (
    DE_ESCALATE,
    ESCALATE,
    STAY,
    STOP,
    STOP_WITHOUT_MTD,
    Act,
    Acts,
    Mtd,
    RuleTable,
)


def binomial(k: int, n: int, p: float) -> float:
    return comb(n, k) * p**k * (1 - p) ** (n - k)


def passes(a: int, b: int, escalate: int, expand: int, final: int, p: float) -> float:
    """Probability that a level of an A+B design is left upwards."""
    return sum(binomial(k, a, p) for k in range(escalate + 1)) + sum(
        binomial(k, a, p) * sum(binomial(more, b, p) for more in range(max(0, final - k) + 1) if k + more <= final)
        for k in range(escalate + 1, expand + 1)
    )


@pytest.mark.parametrize(
    ("a", "b", "escalate", "expand", "final"), [(3, 3, 0, 1, 1), (2, 4, 0, 1, 1), (4, 4, 0, 2, 2), (1, 5, 0, 0, 1)]
)
def test_a_plus_b_has_its_closed_form(a: int, b: int, escalate: int, expand: int, final: int) -> None:
    rates = (0.05, 0.1, 0.25, 0.45)
    passing = [passes(a, b, escalate, expand, final, p) for p in rates]
    found = evaluate(explore(traditional(4, [(a, escalate, expand), (b, final, final)])), rates)

    reached = 1.0
    for level, p in enumerate(rates):
        leaves = 1 - passing[level]
        assert found.select[level] == pytest.approx(reached * leaves, abs=1e-12)
        expanded = sum(binomial(k, a, p) for k in range(escalate + 1, expand + 1))
        assert found.participants[level] == pytest.approx(reached * (a + b * expanded), abs=1e-12)
        assert found.dlts[level] == pytest.approx(found.participants[level] * p, abs=1e-12)
        reached *= passing[level]
    assert found.select[4] == pytest.approx(reached, abs=1e-12)


def test_a_third_stage_is_asked_only_after_the_second() -> None:
    rate = 0.2
    found = evaluate(explore(traditional(1, [(2, 0, 1), (2, 1, 2), (2, 2, 2)])), [rate])
    third = sum(binomial(1, 2, rate) * binomial(k, 2, rate) for k in (1,))
    assert found.sizes[6] == pytest.approx(third)
    assert found.select[1] == pytest.approx(
        binomial(0, 2, rate) + binomial(1, 2, rate) * binomial(0, 2, rate) + third * binomial(0, 2, rate)
    )


def test_rates_of_0_and_1_are_possible() -> None:
    found = evaluate(explore(three_plus_three(3, "V1")), [0.0, 0.0, 1.0])
    assert found.select == (0.0, 0.0, 1.0, 0.0)
    assert found.sizes[9] == 1.0


def test_rates_that_do_not_fit_are_refused() -> None:
    structure = explore(three_plus_three(3, "V1"))
    for rates in ([0.1, 0.2], [0.1, 0.2, 1.2], [0.1, float("nan"), 0.2]):
        with pytest.raises(ValueError, match="3 DLT rates from 0 to 1"):
            evaluate(structure, rates)


def table(
    after3: dict[int, Acts],
    after6: dict[int, Acts] | None = None,
    levels: int = 2,
    **more: object,
) -> RuleTable:
    fields: dict[str, object] = {
        "cohort": 3,
        "mtd": Mtd("highest", lambda n, y: y <= 1),
        "above_top": STOP,
        "below_bottom": STOP_WITHOUT_MTD,
        **more,
    }
    return RuleTable(levels=levels, tables={3: after3, **({6: after6} if after6 else {})}, **fields)  # type: ignore[arg-type]


ALL_STAY: dict[int, Acts] = dict.fromkeys(range(4), STAY)


def reasons(design: RuleTable) -> set[str]:
    return {end.ending.reason for end in explore(design).ends}


def test_a_count_without_a_rule_ends_without_mtd_and_says_so() -> None:
    design = table({0: ESCALATE, 1: (Act("expand", 6),), 2: STOP})
    gaps = {
        path_text(path, ("DL1", "DL2"))
        for _, _, following, path in walk(design, 1000)
        if isinstance(following, Ending) and following.reason == NO_RULE
    }
    assert {"DL1 3/3", "DL1 1/3 → DL1 1/6", "DL1 0/3 → DL2 3/3"} <= gaps
    assert "DL1 0/6" not in {gap.split(" → ")[-1] for gap in gaps}
    assert all(end.ending.mtd is None for end in explore(design).ends if end.ending.reason == NO_RULE)


def test_staying_goes_on_until_no_rule_is_left() -> None:
    assert reasons(table(ALL_STAY)) == {NO_RULE}
    assert reasons(table(ALL_STAY, max_per_level=3)) == {EXHAUSTED}
    assert reasons(table(ALL_STAY, max_total=5)) == {MAXIMUM}
    assert explore(table(ALL_STAY, max_total=5)).sizes == (5, 5)


def test_a_decision_left_to_people_is_an_end_of_its_own() -> None:
    assert reasons(table({**ALL_STAY, 0: STOP, 1: (Act("decide"),)}, max_per_level=3)) >= {PEOPLE}


def test_de_escalation_below_the_lowest_level_ends_without_mtd() -> None:
    design = table({0: STOP, 1: STOP, 2: DE_ESCALATE, 3: DE_ESCALATE}, levels=1)
    found = evaluate(explore(design), [0.5])
    assert found.select[0] == pytest.approx(0.5)
    assert found.reasons[BOTTOM] == pytest.approx(0.5)


def test_a_fallback_level_below_the_start_is_used_only_when_going_down() -> None:
    upwards = {0: ESCALATE, 1: STOP, 2: DE_ESCALATE, 3: DE_ESCALATE}
    design = table(upwards, dict.fromkeys(range(7), STOP), levels=3, start=1)
    assert {end.ending.treated[0] for end in explore(design).ends} == {0, 3}
    kept = table(upwards, dict.fromkeys(range(7), STOP), levels=3, start=1, lowest=1)
    assert {end.ending.treated[0] for end in explore(kept).ends} == {0}


def test_nobody_is_treated_at_a_closed_level() -> None:
    design = three_plus_three(3, "V2")
    for step, _, _, _ in walk(design, 10_000):
        assert not (step.treated[step.level] and step.dlts[step.level] >= 2)
        assert step.treated[step.level] + step.size <= 6


def test_the_mtd_of_v3_always_has_six_participants() -> None:
    for start in (0, 1):
        for end in explore(three_plus_three(3, "V3", start=start)).ends:
            if end.ending.mtd is not None:
                assert end.ending.treated[end.ending.mtd] == 6


def test_stop_then_treat_more_asks_no_further_rule() -> None:
    structure = explore(three_plus_three(3, "V5"))
    assert structure.sizes == (3, 21)
    nine = [end.ending for end in structure.ends if max(end.ending.treated) == 9]
    assert nine
    assert all(ending.mtd == (ending.treated.index(9) if ending.dlts[ending.treated.index(9)] <= 1 else
               ending.treated.index(9) - 1 if ending.treated.index(9) else None) for ending in nine)  # fmt: skip


def test_too_many_states_are_not_followed() -> None:
    with pytest.raises(Closed):
        explore(three_plus_three(5, "V2"), limit=100)


def test_titration_fills_the_level_of_the_first_dlt() -> None:
    names = ("DL1", "DL2", "DL3")
    paths = {path_text(path, names) for _, _, _, path in walk(three_plus_three(3, "V1", titration=True), 10_000)}
    assert {"DL1 0/1 → DL2 1/1 → DL2 1/3", "DL1 0/1 → DL2 0/1 → DL3 0/1 → DL3 0/3"} <= paths
    assert not any(path.startswith("DL1 0/3") for path in paths)
