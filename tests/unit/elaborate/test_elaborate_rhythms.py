"""Rhythms: where they begin, in which unit they go on, and what has no length on the calendar."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from tests.unit.elaborate.trial import DAY_0, HEAD, days, findings, model, told


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("from day 5 every 1 month", {"A1": (5, 5, 5), "A2": (35, 33, 36), "A3": (66, 64, 67)}),
        ("from month 1 every 2 weeks", {"A1": (30, 28, 31), "A2": (44, 42, 45), "A3": (58, 56, 59)}),
        ("from year 1 every 6 months", {"A1": (365, 365, 366), "A2": (548, 546, 550), "A3": (730, 730, 731)}),
        ("from week 2 every 3 days", {"A1": (14, 14, 14), "A2": (17, 17, 17), "A3": (20, 20, 20)}),
        ("from 3 days after infusion every 1 week", {"A1": (3, 3, 3), "A2": (10, 10, 10), "A3": (17, 17, 17)}),
        ("from 1 month after infusion every 1 month", {"A1": (30, 28, 31), "A2": (61, 59, 62), "A3": (91, 89, 92)}),
        ("from 3 days after infusion every 1 month", {"A1": (3, 3, 3), "A2": (33, 31, 34), "A3": (64, 62, 65)}),
        ("from 1 day before infusion every 1 day", {"A1": (-1, -1, -1), "A2": (0, 0, 0), "A3": (1, 1, 1)}),
        ("from infusion every 1 week", {"A1": (0, 0, 0), "A2": (7, 7, 7), "A3": (14, 14, 14)}),
        ("every 2.0 weeks after infusion", {"A1": (14, 14, 14), "A2": (28, 28, 28), "A3": (42, 42, 42)}),
    ],
)
def test_a_rhythm_begins_at_any_point_and_goes_on_in_any_unit(said: str, found: dict[str, tuple[int, ...]]) -> None:
    text = f"visits A1..A3 {said}"
    assert days(text) == found
    assert bounds(text) == {name: ends[1:] for name, ends in found.items()}


def bounds(text: str) -> dict[str, tuple[int | None, int | None]]:
    """The days that the schedule leaves to each visit but the infusion."""
    schedule = pipeline.check_text(HEAD + DAY_0 + text).schedule
    assert schedule is not None
    return {name: ends for name, ends in schedule.bounds.items() if name != "infusion"}


def test_a_rhythm_from_a_point_that_is_named_counts_from_there() -> None:
    assert days("visit B day 10 visits A1..A2 from week 1 after B every 1 week") == {
        "B": (10, 10, 10),
        "A1": (17, 17, 17),
        "A2": (24, 24, 24),
    }


def test_a_rhythm_says_how_long_after_its_beginning_each_visit_is() -> None:
    protocol = model(DAY_0 + "visits A1..A3 from 3 days after infusion every 1 week")
    assert [v.timing.text for v in protocol.visits[1:]] == [
        "3 days after infusion",
        "10 days after infusion",
        "17 days after infusion",
    ]


def test_a_series_ends_with_its_last_name_and_not_with_a_day() -> None:
    assert told(DAY_0 + "visits A1..A3 from day 5 to day 10 every 1 week") == [("NAM012", "day 10")]
    assert told(DAY_0 + "cycles C1..C2 of 21 days from day 1 to day 30 { visit D1 day 1 }") == [("NAM012", "day 30")]


def test_a_series_begins_on_a_day() -> None:
    assert told(DAY_0 + "visits A1..A3 from 3 days every 1 week") == [("NAM009", "from 3 days")]


def test_a_fraction_of_a_day_is_an_error() -> None:
    [found] = findings(DAY_0 + "visits A1..A3 every 1.5 weeks after infusion")
    assert found.code == "QTY006"
    assert found.message == (
        "A1 would lie 1.5 weeks, that is 10.5 days, behind the beginning; a visit lies on a whole day"
    )
    assert told(DAY_0 + "visits A1..A2 from day 1 every 1.5 days") == [("QTY006", "every 1.5 days")]
    assert told(DAY_0 + "cycles C1..C2 of 1.5 weeks { visit D1 day 1 }") == [("QTY006", "1.5 weeks")]


def test_whole_multiples_are_written_as_whole_numbers() -> None:
    compiled = pipeline.check_text(HEAD + DAY_0 + "visits A1..A3 every 1.5 weeks after infusion")
    assert compiled.protocol is not None
    assert [v.timing.text for v in compiled.protocol.visits if v.name == "A2"] == ["3 weeks after infusion"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("visit A day 4 ±12 h", (4, 4, 4)),
        ("visit A day 4 ±36 h", (4, 3, 5)),
        ("visit A 36 h after infusion", (2, 1, 2)),
        ("visit A 1.5 months after infusion", (46, 28, 62)),
    ],
)
def test_the_days_of_a_visit_are_those_of_the_schedule(said: str, found: tuple[int, int, int]) -> None:
    assert days(said) == {"A": found}
    assert bounds(said) == {"A": found[1:]}


@pytest.mark.parametrize(
    ("said", "marked"),
    [
        ("visit A 5 half_lives after infusion", "5 half_lives"),
        ("visit A shorter of 2 weeks, 5 half_lives after infusion", "shorter of 2 weeks, 5 half_lives"),
        ("visit A day 4 ±2 half_lives", "±2 half_lives"),
        ("visits A1..A2 every 2 half_lives after infusion", "2 half_lives"),
        ("visits A1..A2 from 2 half_lives after infusion every 1 week", "from 2 half_lives after infusion"),
    ],
)
def test_no_visit_is_planned_by_half_lives(said: str, marked: str) -> None:
    found = findings(DAY_0 + said)
    assert told(DAY_0 + said) == [("QTY002", marked)]
    assert found[0].help is not None
    assert "in days" in found[0].help


def test_a_washout_may_be_counted_in_half_lives() -> None:
    assert told(DAY_0 + 'eligibility { washout w "W" 5 half_lives before infusion }') == []


def test_a_list_of_names_has_no_steps() -> None:
    assert told(DAY_0 + "visits A1, A5 day n step 2") == [("NAM012", "step 2")]
    assert told(DAY_0 + "visits A1..A5 day n step 2") == []


def test_an_order_without_at_least_or_at_most_is_an_exact_distance() -> None:
    protocol = model(DAY_0 + "visit C day 1 to 30 visit D day 4 order D 2 days before C")
    [order] = protocol.orders
    assert (order.first, order.second, order.bound) == ("D", "C", "exactly")
    assert bounds("visit C day 1 to 30 visit D day 4 order D 2 days before C")["C"] == (6, 6)
