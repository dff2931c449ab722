"""Series and cycles that end on a day have just the members until then."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from protocol_dsl.model.protocol import Protocol


def protocol_of(text: str, timeline: str = "day 0 = infusion month = calendar") -> Protocol:
    head = f'protocol T {{ title "A trial" }}\ntimeline {{ {timeline} }}\nvisit infusion "Infusion" day 0\n'
    compiled = pipeline.check_text(head + text)
    assert compiled.is_sound, [each.message for each in compiled.diagnostics]
    assert compiled.protocol is not None
    return compiled.protocol


@pytest.mark.parametrize(
    ("text", "last", "count"),
    [
        ("visits A1.. every 4 weeks after infusion until month 6", "A6", 6),
        ("visits A1.. every 4 weeks after infusion until day 168", "A6", 6),
        ("visits A1.. every 4 weeks after infusion until day 167", "A5", 5),
        ("visits A1.. every 4 weeks after infusion drift until month 6", "A6", 6),
        ("visits A1.. every 4 weeks after infusion until progression or month 6", "A6", 6),
        ("visits A1.. every 4 weeks after infusion until 6 months after infusion", "A6", 6),
        ("visits W4.. week n step 4 until week 52", "W52", 13),
        ("visits M1.. month n until month 12", "M12", 12),
        ("visits S1.. from day 5 every 1 week until day 40", "S6", 6),
        ("visits S1.. from infusion every 1 month until year 1", "S13", 13),
        ("visit B 10 days after infusion visits S1.. every 10 days after B until day 40", "S3", 3),
        ("visits S1.. every 10 days after B until day 40 visit B day 10", "S3", 3),
    ],
)
def test_members_until_a_day(text: str, last: str, count: int) -> None:
    protocol = protocol_of(text)
    [series] = protocol.series
    assert (series.members[-1], len(series.members), series.open) == (last, count, False)


def test_a_second_rhythm_goes_on_where_the_first_one_ends() -> None:
    protocol = protocol_of(
        'visits A1.. "A {n}" every 4 weeks after infusion until month 6\n'
        'visits B1.. "B {n}" every 12 weeks after A6 until month 24\n'
    )
    first, second = protocol.series
    assert (len(first.members), second.members[-1]) == (6, "B6")
    assert protocol.visits[-1].offset == 168 + 6 * 84 <= 730


def test_cycles_that_would_begin_on_the_end_do_not() -> None:
    protocol = protocol_of('cycles C1.. "Cycle" of 21 days until week 24 { visit D1 "Day 1" day 1 }')
    [cycles] = protocol.cycles
    assert (len(cycles.members), cycles.open) == (8, False)


def test_without_a_day_a_series_goes_on() -> None:
    protocol = protocol_of("visits A1.. every 4 weeks after infusion until progression")
    assert protocol.series[0].open
    assert len(protocol.series[0].members) == 4


def test_an_end_counted_from_an_event_is_no_day() -> None:
    protocol = protocol_of("visits A1.. every 4 weeks after infusion until 6 months after progression")
    assert protocol.series[0].open


def test_an_end_before_the_first_visit_leaves_none() -> None:
    text = "visits A1.. every 4 weeks after infusion until day 20"
    compiled = pipeline.check_text(
        f'protocol T {{ title "A trial" }} timeline {{ day 0 = infusion }} visit infusion day 0 {text}'
    )
    assert "SCH022" in {each.code for each in compiled.diagnostics}


def test_the_common_beginning_of_a_series_names_all_its_visits() -> None:
    protocol = protocol_of(
        "visits A1.. every 4 weeks after infusion until month 6\nvisits Q1..Q3 every 9 weeks after infusion\n"
        "assess a at A except A2\nassess b at Q"
    )
    assert [part.visits for part in protocol.assessments] == [("A1", "A3", "A4", "A5", "A6"), ("Q1", "Q2", "Q3")]
