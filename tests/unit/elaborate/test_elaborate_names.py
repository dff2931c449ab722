"""Names: one error each, of the right kind, with a way out."""

from __future__ import annotations

import pytest

from protocol_dsl import pipeline
from tests.unit.elaborate.trial import DAY_0, findings, model, told


def test_one_unknown_name_used_five_times_is_one_error() -> None:
    text = (
        DAY_0
        + """
    give CT at infusion  assess x "X" at CT  group g = CT
    fact f "F" if CT > 3
    objective o primary "The safety of {CT}"
    """
    )
    assert told(text) == [("NAM001", "CT")]


def test_two_unknown_names_are_two_errors() -> None:
    assert told(DAY_0 + "group g = AA, BB") == [("NAM001", "AA"), ("NAM001", "BB")]


def test_a_name_of_another_kind_names_both_kinds_and_both_places() -> None:
    (found,) = findings(DAY_0 + 'product CT "cells" type biological assess x "X" at CT')
    assert found.code == "NAM003"
    assert "a product" in found.message
    assert "a visit" in found.message
    assert len(found.labels) == 2


def test_suggestions_are_of_the_right_kind_alone() -> None:
    text = DAY_0 + 'visit FLV day 3 product FLU "fludarabine" type drug give FLW 3 mg at infusion'
    (found,) = findings(text)
    assert found.help == "did you mean `FLU`?"


@pytest.mark.parametrize(
    "text",
    [
        'give NOPE at infusion',
        'arm a "A" gives NOPE',
        'assess x "X" at infusion for NOPE',
        'assess x "X" uses nope at infusion',
        'assess x "X" at infusion times nope',
        'assess x "X" at infusion times for NOPE +1 h',
        'assess x "X" at infusion { note at NOPE "n" }',
        'assess x "X" at infusion { optional at NOPE }',
        'collect ae "AE" from consent to end of nope',
        'collect ae "AE" from nope to infusion',
        'dose NOPE { level L1 3 mg }',
        'escalation e of NOPE { cohort 3 }',
        'escalation e { start NOPE }',
        'cohort c "C" at NOPE',
        'dlt { window 28 days after NOPE }',
        'modifications NOPE { rule r "R" where age > 3 years then hold NOPE }',
        'eligibility { include a "A" at NOPE }',
        'eligibility { exclude a "A" within 6 weeks before NOPE }',
        'eligibility { exclude a "A" requires NOPE }',
        'eligibility { restriction a "A" from consent to 6 months after NOPE }',
        'endpoint e primary "E" timeframe at NOPE',
        'endpoint e primary "E" timeframe from NOPE to infusion',
        'endpoint e primary "E" supports NOPE',
        'endpoint e primary "E" from NOPE timeframe at infusion',
        'estimand e { estimates NOPE }',
        'estimand e { among NOPE }',
        'sample_size 30 { estimates NOPE }',
        'interim i "I" at NOPE',
        'randomize 1 to NOPE',
        'form f "F" records nope { field a "A" integer }',
        'order NOPE before infusion',
        'gate before NOPE { require a "A" }',
        'visit V 3 days after NOPE',
        'visit V on nope',
        'visits V1..V2 every 3 days after NOPE',
        'visit V day 3 for NOPE',
        'translate zh { NOPE "x" }',
        'section s "S" "{NOPE}"',
        'fact f "F" if NOPE = 3',
        'fact f "F" where age[NOPE] > 3 years',
        'analysis_set s "S" where NOPE',
    ],
)  # fmt: skip
def test_an_unknown_name_in_each_kind_of_reference(text: str) -> None:
    found = told(DAY_0 + text)
    assert len(found) == 1, found
    assert found[0][0] in ("NAM001", "NAM006")
    assert "nope" in found[0][1].casefold()


@pytest.mark.parametrize(
    "text",
    [
        'product A "a" product A "b"',
        'visit A day 3 stage A "S" { }',
        'event A "a" visit A day 3',
        'visit death day 3',
        'population A "a" arm A "b"',
        'assess a "A" at infusion fact a "F"',
        'assess a "A" at infusion { result b "B" } assess c "C" at infusion { result b "B" }',
        'dose X1 { } product X1 "x" dose X1 { level A 3 mg level A 4 mg }',
        'endpoint a primary "A" endpoint a primary "B"',
        'eligibility { include a "A" exclude a "B" }',
        'form f "F" { field a "A" integer field a "B" integer }',
        'instrument i "I" { item a "A" 0..3 item a "B" 0..3 total sum }',
        'dlt { criterion a "A" criterion a "B" }',
        'define patch = 54 mg define patch = 20 mg',
    ],
)  # fmt: skip
def test_a_name_twice_is_one_error(text: str) -> None:
    assert [c for c, _ in told(DAY_0 + text)] == ["NAM002"]


def test_things_of_different_kinds_can_share_a_name() -> None:
    text = 'objective safety primary "S" group safety "Safety visits" = infusion section safety "S" "text"'
    assert told(DAY_0 + text) == []


def test_the_name_of_an_assessment_can_be_that_of_its_only_result() -> None:
    protocol = model(DAY_0 + 'assess hcg "HCG" at infusion { result hcg "HCG" (IU/L) } fact p "P" where hcg > 5 IU/L')
    assert protocol.facts[0].where is not None


@pytest.mark.parametrize(
    "kind", ["timeline { day 0 = infusion }", "dlt { }", "eligibility { }", 'protocol Y { title "T" }']
)
def test_a_block_twice_is_one_error_with_both_places(kind: str) -> None:
    first = "" if kind.startswith(("protocol", "timeline")) else kind
    found = findings(DAY_0 + first + " " + kind)
    assert [d.code for d in found] == ["NAM005"]
    assert len(found[0].labels) == 2


def test_names_in_text_that_was_given_up_are_not_unknown() -> None:
    codes = [c for c, _ in told(DAY_0 + 'visit D4 "Day 4" day 4 $$ visit D7 day 7\nassess x "X" at D4, D7')]
    assert not [c for c in codes if c.startswith("NAM")]
    assert codes


def test_a_file_without_a_protocol_block_is_one_error() -> None:
    assert [
        d.code
        for d in pipeline.check_text("visit V day 3\ntimeline { day 0 = V }").diagnostics
        if d.severity == "error"
    ] == ["NAM009"]
    assert [d.code for d in pipeline.check_text("").diagnostics if d.severity == "error"] == ["NAM009"]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("phase early", "early"),
        ("masking double of everyone", "everyone"),
        ("status open", "open"),
        ("date begin 2026-03-01", "begin"),
        ('registry nct "NCT00000000"', "nct"),
        ("model single", "single"),
    ],
)
def test_an_unknown_value_lists_the_known_ones(text: str, marked: str) -> None:
    compiled = pipeline.check_text(f'protocol X {{ title "T" {text} }}')
    found = [d for d in compiled.diagnostics if d.code == "NAM004"]
    assert [compiled.sources.text(d.span) for d in found if d.span] == [marked]
    assert found[0].help
