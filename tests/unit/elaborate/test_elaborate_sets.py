"""Sets of visits: ranges, stages, groups, cycles, exceptions."""

from __future__ import annotations

import pytest

from tests.unit.elaborate.trial import DAY_0, findings, model, told, visits_of

VISITS = """
visit SCR day -14
stage follow_up "Follow-up" { visit D4 day 4 visit D28 day 28 visits M2..M4 "Month {n}" month n }
stage calls "Calls" parallel { visits T1..T2 every 10 days after infusion by phone }
visit UNS unscheduled
group early "Early" = infusion, D4
group late "Late" = early, M4
"""
CYCLES = """timeline { day 1 = C1.D1 } cycles C1..C3 of 21 days { visit D1 day 1 visit D8 day 8 }
visit EOT 30 days after C3.D1
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M3, SCR, D4", "SCR D4 M3"),
        ("D4, D4", "D4"),
        ("follow_up", "D4 D28 M2 M3 M4"),
        ("late", "infusion D4 M4"),
        ("D28..M3", "D28 M2 M3"),
        ("M3..", "M3 M4"),
        ("D28..D28", "D28"),
        ("follow_up except M2..M3", "D4 D28 M4"),
        ("follow_up except early, M4", "D28 M2 M3"),
        ("SCR at D4 at M2..M3", "SCR D4 M2 M3"),
        ("all", "SCR infusion D4 T1 T2 D28 M2 M3 M4"),
        ("UNS, SCR", "SCR UNS"),
        # A range holds the visits of other stages, those of parallel ones only where an end lies in them.
        ("infusion..D28", "infusion D4 D28"),
        ("T1..D28", "T1 T2 D28"),
    ],
)
def test_a_set(text: str, expected: str) -> None:
    assert visits_of(text, VISITS) == tuple(expected.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("D1 of C2..", "C2.D1 C3.D1"),
        ("D1 of C1..C2", "C1.D1 C2.D1"),
        ("D8 of C2", "C2.D8"),
        ("D8 of C", "C1.D8 C2.D8 C3.D8"),
        ("C2", "C2.D1 C2.D8"),
        ("D8", "C1.D8 C2.D8 C3.D8"),
        ("C1.D8, EOT", "C1.D8 EOT"),
        ("C1..C2", "C1.D1 C1.D8 C2.D1 C2.D8"),
    ],
)
def test_a_set_of_visits_in_cycles(text: str, expected: str) -> None:
    assessment = model(CYCLES + f'assess x "X" at {text}').assessment("x")
    assert assessment is not None
    assert assessment.visits == tuple(expected.split())


def test_a_range_out_of_order_holds_nothing_and_says_so() -> None:
    found = findings(DAY_0 + VISITS + 'assess x "X" at M4..D4')
    assert [(d.code, d.help) for d in found] == [("NAM007", "write `D4..M4`")]


def test_a_range_that_takes_in_another_series_is_a_note() -> None:
    text = DAY_0 + "visits W2..W6 week n step 2 visit T day 30"
    found = findings(text + '\nassess x "X" at W2..W6\nassess y "Y" at W2..W6')
    assert [(d.code, d.severity) for d in found] == [("NAM011", "note")]
    assert "T" in found[0].message
    assert findings(text + '\nassess x "X" at W2..W6 except T') == []


def test_a_group_that_holds_itself_is_one_error() -> None:
    assert [c for c, _ in told(DAY_0 + 'group a = b group b = a assess x "X" at a')] == ["NAM005"]


def test_an_empty_stage_is_a_set_without_visits() -> None:
    assert told(DAY_0 + 'stage s "S" { } assess x "X" at s') == []


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("D82", "D82"),
        ("D4..D82", "D82"),
        ("SCR except D82", "D82"),
        ("folow_up", "folow_up"),
        ("C9.D1", "C9.D1"),
        ("D1 of C9", "D1"),
    ],
)
def test_an_unknown_visit_is_marked_where_it_stands(text: str, marked: str) -> None:
    assert told(DAY_0 + VISITS + f'assess x "X" at {text}') == [("NAM001", marked)]


def test_the_nearest_visit_is_proposed() -> None:
    (found,) = findings(DAY_0 + VISITS + 'assess x "X" at D82')
    assert found.help == "did you mean `D28`?"


def test_an_unknown_cycle_is_marked() -> None:
    assert told(CYCLES + 'assess x "X" at D1 of K2..') == [("NAM001", "K2")]
    assert told(CYCLES + 'assess x "X" at D1 of C7') == [("NAM001", "C7")]
