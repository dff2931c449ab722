"""Cycles: their condition, and ranges between their visits."""

from __future__ import annotations

from tests.unit.elaborate.trial import DAY_0, model, told, visits_of

CYCLES = 'cycles C1..C3 "C" of 21 days from day 1 { visits D1, D8 "D" day n }\n'


def test_the_condition_of_cycles_is_read_and_holds_for_their_visits() -> None:
    protocol = model(
        DAY_0
        + "fact fertile "
        + "cycles C1..C2 of 21 days from day 1 if sex = female { visit D1 day 1 visit D8 day 8 if fertile }"
    )
    assert protocol.cycles[0].condition is not None
    assert protocol.cycles[0].condition.text == "sex = female"
    shown = {v.name: v.condition.text for v in protocol.visits if v.condition is not None}
    assert shown == {"C1.D1": "sex = female", "C1.D8": "fertile", "C2.D1": "sex = female", "C2.D8": "fertile"}


def test_an_unknown_name_in_the_condition_of_cycles_is_told_once() -> None:
    text = DAY_0 + "cycles C1..C2 of 21 days from day 1 if nonsense > 3 { visit D1 day 1 visit D8 day 8 }"
    assert told(text) == [("NAM001", "nonsense")]


def test_a_range_lies_between_visits_of_cycles() -> None:
    assert visits_of("C1.D8..C3.D1", CYCLES) == ("C1.D8", "C2.D1", "C2.D8", "C3.D1")
    assert visits_of("C2.D8..", CYCLES) == ("C2.D8", "C3.D1", "C3.D8")
    assert visits_of("infusion..C1.D8", CYCLES) == ("infusion", "C1.D1", "C1.D8")


def test_a_range_of_cycles_stays() -> None:
    assert visits_of("C2..C3", CYCLES) == ("C2.D1", "C2.D8", "C3.D1", "C3.D8")


def test_a_range_between_visits_of_cycles_runs_forwards() -> None:
    assert told(DAY_0 + CYCLES + 'assess x "X" at C3.D1..C1.D8') == [("NAM007", "C3.D1..C1.D8")]
