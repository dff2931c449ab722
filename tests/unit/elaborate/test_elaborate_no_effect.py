"""Clauses that mean nothing where they stand, numbers that cannot be, names that nothing else would check."""

from __future__ import annotations

import pytest

from tests.unit.elaborate.trial import DAY_0, findings, model, told

TRIAL = (
    DAY_0
    + """
visits D4, D7 "Day {n}" day n
product FLU "fludarabine"
population SLE "Lupus"
arm one "One" arm two "Two"
assess labs "Labs" at D4 { result anc "Neutrophils" (10*9/L) }
fact prior "Prior lines" integer
"""
)


@pytest.mark.parametrize(
    "said",
    [
        'visit D9 day 9 { note at D4 "x" }',
        'visits E1..E3 day n { note at D4 "x" }',
        'give FLU 30 mg/m2 at D4 note at D4 "x"',
        'collect ae "AE" from D4 to D7 note at D4 "x"',
        'eligibility { include a "A" note at D4 "x" }',
        'form f "F" { field a "A" text note at D4 "x" }',
    ],
)
def test_only_a_note_of_an_assessment_can_be_for_some_visits(said: str) -> None:
    assert told(TRIAL + said) == [("NAM012", "D4")]


@pytest.mark.parametrize("said", ['visit D9 day 9 { note at FOO "x" }', 'give FLU 30 mg/m2 at D4 note at FOO "x"'])
def test_the_visits_of_such_a_note_are_checked_all_the_same(said: str) -> None:
    assert sorted(told(TRIAL + said)) == [("NAM001", "FOO"), ("NAM012", "FOO")]


def test_a_note_of_an_assessment_stays() -> None:
    assert told(TRIAL + 'assess x "X" at D4, D7 note at D4 "x" note "y"') == []


@pytest.mark.parametrize(
    ("said", "marked"),
    [
        ("sample_size 300 participants { power 120 % }", "120 %"),
        ("sample_size 300 participants { alpha 500 % }", "500 %"),
        ("sample_size 300 participants { dropout 101 % }", "101 %"),
        ("dose FLU { level L1 30 mg/m2 tolerance -120/+20 % }", "-120/+20 %"),
        ('escalation e "E" of FLU uses boin { target 130 % }', "130 %"),
        ('modifications FLU { rule r "R" where anc < 1.0e9/L then reduce FLU by 150 % }', "150 %"),
    ],
)
def test_a_percentage_lies_between_0_and_100(said: str, marked: str) -> None:
    assert told(TRIAL + said) == [("QTY006", marked)]


def test_a_tolerance_may_reach_above_100() -> None:
    assert told(TRIAL + "dose FLU { level L1 30 mg/m2 tolerance -20/+120 % }") == []
    assert told(TRIAL + "sample_size 300 participants { power 100 % alpha 0 % }") == []


@pytest.mark.parametrize(
    ("result", "marked"),
    [
        ('(mg) choice { a "A" b "B" }', ["(mg)"]),
        ('choice { 0 "A" 1 "B" } range 0..3', ["range 0..3"]),
        ('choice { 0 "A" 1 "B" } integer', ["integer"]),
        ("date range 0..3", ["range 0..3"]),
        ("(mg) text", ["(mg)"]),
    ],
)
def test_a_code_has_no_unit_and_no_range(result: str, marked: list[str]) -> None:
    assert told(TRIAL + f'assess x "X" at D4 {{ result y "Y" {result} }}') == [("NAM012", each) for each in marked]


def test_a_fact_of_codes_has_no_unit() -> None:
    assert told(TRIAL + 'fact y "Y" unit mg choice { a "A" b "B" }') == [("NAM012", "unit mg")]
    assert told(TRIAL + 'form f "F" { field y "Y" text unit mg }') == [("NAM012", "unit mg")]


def test_the_parts_of_a_result_are_said_once() -> None:
    assert told(TRIAL + 'assess x "X" at D4 { result y "Y" (mg) (kg) }') == [("NAM005", "(kg)")]


@pytest.mark.parametrize(
    "said",
    ['visit D9 "" day 9', 'assess x "X" at D4 { result y "Y" choice { a "" b "B" } }', 'fact y ""', 'arm three " "'],
)
def test_an_empty_label_is_told(said: str) -> None:
    assert [code for code, _ in told(TRIAL + said)] == ["NAM009"]


def test_a_single_visit_has_no_number() -> None:
    [found] = findings(TRIAL + 'visit D9 "Day {n}" day 9')
    assert found.code == "NAM006"
    assert found.message == "`{n}` has no number here: only a series, `visits D4, D7 …`, and cycles count"


def test_an_integer_stays_one() -> None:
    protocol = model(
        TRIAL
        + 'fact part "Part" decimal assess x "X" at D4 { result y "Y" integer result z "Z" result d "D" decimal 1 }'
    )
    assert {fact.name: fact.type for fact in protocol.facts} == {"prior": "integer", "part": "number"}
    x = protocol.assessment("x")
    assert x is not None
    assert [result.type for result in x.results] == ["integer", "number", "number"]


CHANGE = 'amendment "2" on 2026-01-01 from "1" {{ change {} "why" }}'


@pytest.mark.parametrize(
    "name",
    ["D4", "labs", "labs.anc", "anc", "FLU", "SLE", "prior", "eligibility", "M", "M2", "cleared", "fever", "OLD"],
)
def test_an_amendment_changes_what_is_declared(name: str) -> None:
    more = (
        'visits M2..M4 "Month {n}" month n gate cleared before D4 { require r "R" } @renamed_from OLD visit NEW day 30'
        ' modifications FLU { rule fever "Fever" where anc < 1.0e9/L then discontinue FLU }'
    )
    assert told(TRIAL + more + CHANGE.format(name)) == []


def test_an_amendment_of_nothing_is_told() -> None:
    [found] = findings(TRIAL + CHANGE.format("D44"))
    assert (found.code, found.help) == ("NAM001", "did you mean `D4`?")
    assert told(TRIAL + CHANGE.format("D44.window")) == [("NAM001", "D44")]


def test_allocation_is_stratified_by_what_is_known() -> None:
    good = "randomize 1:1 to one, two { stratify by site, sex, age, prior, anc, labs, SLE }"
    assert told(TRIAL + good) == []
    assert told(TRIAL + "randomize 1:1 to one, two { stratify by centre, D4 }") == [
        ("NAM001", "centre"),
        ("NAM003", "D4"),
    ]
