"""What each statement of a protocol means in days."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from protocol_dsl.schedule.build import Schedule

HEAD = 'protocol T {{ title "A trial" }}\ntimeline {{ {} }}\n'


def schedule(body: str, timeline: str = "day 0 = infusion") -> Schedule:
    compiled = pipeline.check_text(HEAD.format(timeline) + body)
    assert compiled.schedule is not None
    assert compiled.is_sound, compiled.diagnostics
    return compiled.schedule


def follow_up(*lines: str, timeline: str = "day 0 = infusion", anchor: str = "day 0") -> Schedule:
    body = "\n".join(f"  {line}" for line in lines)
    return schedule(f'stage s "S" {{\n  visit infusion "Infusion" {anchor}\n{body}\n}}\n', timeline)


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        ("day 28 ±2 days", (26, 30)),
        ("day 28 -0/+2 days", (28, 30)),
        ("day -42 to -15", (-42, -15)),
        ("week 4 ±1 week", (21, 35)),
        ("month 1 ±7 days", (21, 38)),
        ("month 3", (89, 92)),
        ("year 1", (365, 366)),
        ("3 to 14 days after infusion", (3, 14)),
        ("2 months after infusion ±7 days", (52, 69)),
        ("7 days before infusion ±1 day", (-8, -6)),
        ("on withdrawal", (None, None)),
        ("unscheduled", (None, None)),
    ],
)
def test_when_a_visit_can_be(timing: str, expected: tuple[int | None, int | None]) -> None:
    found = follow_up(f'visit V "V" {timing}', timeline="day 0 = infusion  month = calendar")
    assert found.bounds["V"] == expected


def test_months_of_a_declared_length() -> None:
    assert follow_up('visit V "V" month 3', timeline="day 0 = infusion  month = 4 weeks").bounds["V"] == (84, 84)
    assert follow_up('visit V "V" month 3', timeline="day 0 = infusion  month = 30 days").bounds["V"] == (90, 90)


def test_there_is_no_day_zero_where_the_anchor_is_day_one() -> None:
    found = follow_up(
        'visit B "B" day -1', 'visit A "A" day 2', 'visit W "W" week 1', timeline="day 1 = infusion", anchor="day 1"
    )
    assert found.bounds == {"infusion": (0, 0), "B": (-1, -1), "A": (1, 1), "W": (7, 7)}


def test_windows_add_up_along_a_chain_but_not_along_a_series() -> None:
    found = follow_up('visit A "A" day 10 ±2 days', 'visit B "B" 7 days after A ±1 day')
    assert found.bounds["B"] == (14, 20)
    found = follow_up("visits Q1..Q4 every 4 weeks after infusion ±3 days")
    assert found.bounds["Q4"] == (109, 115)


def test_a_drifting_series_counts_from_the_visit_before() -> None:
    found = follow_up("visits Q1..Q3 every 4 weeks after infusion ±3 days drift")
    assert found.bounds["Q3"] == (84 - 9, 84 + 9)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("order A before B", (23, 40)),
        ("order A at least 10 days before B", (33, 40)),
        ("order A at most 3 days before B", (23, 36)),
        ("order B at most 3 days after A", (23, 36)),
    ],
)
def test_order(order: str, expected: tuple[int, int]) -> None:
    found = follow_up('visit A "A" day 28 ±5 days', 'visit B "B" day 30 ±10 days', order)
    assert found.bounds["B"] == expected


def test_manufacturing_lies_between_two_visits() -> None:
    body = """\
stage a "A" { visit LEU "L" day -60 to -10 }
stage b "B" {
  visit infusion "I" day 0
  order release before infusion
}
"""
    found = schedule(body, 'day 0 = infusion\n  duration making "Making" from LEU to release 14 to 35 days')
    assert found.bounds["LEU"] == (-60, -14)
    assert [edge.kind for edge in found.edges if edge.target == found.index["release"]] == ["contingent"]


def test_stages_follow_one_another_unless_parallel() -> None:
    body = """\
stage a "A" {
  visit infusion "I" day 0
  visit X "X" day 20 ±5 days
}
stage b "B" KIND { visit Y "Y" day 22 ±6 days }
"""
    assert schedule(body.replace("KIND", "")).bounds["Y"] == (16, 28)
    assert schedule(body.replace("KIND", "").replace("day 22", "day 18")).bounds["Y"] == (15, 24)
    assert schedule(body.replace("KIND", "parallel").replace("day 22", "day 18")).bounds["Y"] == (12, 24)
    late = body.replace("KIND", "").replace("day 22", "day 2")
    assert schedule(late).conflicts
    assert not schedule(late.replace('"B"', '"B" parallel')).conflicts


def test_members_drawn_of_an_open_series_hold_no_stage_open() -> None:
    body = """\
stage a "A" { visit infusion "I" day 0
  visits W2.. "Week {n}" week n ±3 days until progression }
stage b "B" { visit Y "Y" day 9 }
"""
    assert not schedule(body).conflicts


def test_cycles_count_from_one_and_do_not_add_up_windows() -> None:
    body = """\
stage t "Treatment" {
  cycles C1..C3 "Cycle" of 21 days {
    visit D1 "Day 1" day 1 ±2 days
    visit D8 "Day 8" day 8 ±1 day
  }
}
"""
    found = schedule(body, "day 1 = C1.D1")
    assert found.bounds["C1.D1"] == (0, 0)
    assert found.bounds["C1.D8"] == (6, 8)
    assert found.bounds["C3.D1"] == (40, 44)
    assert found.bounds["C3.D8"] == (48, 50)


def test_the_anchor_can_be_counted_from_another_visit() -> None:
    found = schedule('stage a "A" {\n  visit LD3 "L" day -3\n  visit infusion "I" 3 days after LD3\n}\n')
    assert not found.conflicts
    assert schedule('stage a "A" {\n  visit LD3 "L" day -3\n  visit infusion "I" 4 days after LD3\n}\n').conflicts


def test_dlt_window_is_a_milestone() -> None:
    found = follow_up('visit D28 "D" day 28', "}\ndlt { window 28 days after infusion")
    node = found.index["milestone:dlt"]
    assert found.windows[node] == (28, 28)


def test_up_to_five_conflicts_each_with_its_own_statements() -> None:
    lines = [
        line
        for n in range(7)
        for line in (f'visit A{n} "A" day {10 + n}', f"order infusion at least 30 days before A{n}")
    ]
    found = follow_up(*lines)
    assert len(found.conflicts) == 5
    assert found.bounds == {}
    assert all(conflict.deficit == 20 - number for number, conflict in enumerate(found.conflicts))
