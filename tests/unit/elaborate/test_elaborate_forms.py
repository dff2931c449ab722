"""What the clauses of forms become in the model."""

from __future__ import annotations

from functools import cache

import pytest

from protocol_dsl import pipeline
from protocol_dsl.checks.form_fields import check_digit, malformed
from protocol_dsl.elaborate.library import form_names, load_form
from protocol_dsl.model.forms import Field, Form, Limits
from protocol_dsl.source import SourceMap

TEXT = """
protocol P { title "P" }
timeline { day 0 = V }
visit SCR "Screening" day -7
visit V "Visit" day 0
assess vitals "Vital signs" at SCR, V { result grade "Grade" choice grades }
codelist grades "Grades" code ncit "C66769" { 1 "Mild" ncit "C70666" 2 "Severe" }
form f "F" records vitals {
  field temp "Temperature" decimal 1 unit Cel range 35.0..42.0 soft range 30.0..45.0 hard code loinc "8310-5"
  field pulse "Pulse" integer range 30..220 hard
  field pain "Pain" slider range 0..10 ends "None" "Worst"
  field worst "Worst" choice grades at SCR
  matrix m "Parts" choice grades at V { row arm "Arm" row leg "Leg" }
  derive double "Double" = 2 * pulse if pulse is known at V
  field all_of_them "All" choices grades
  check c "C" where worst >= 2 or SCR.temp > 37
}
form g "G" at V { field pulse "Pulse" integer check d "D" where f.pulse > pulse and V.f.worst = 2 }
"""


@cache
def form(name: str) -> Form:
    compiled = pipeline.check_text(TEXT)
    assert compiled.protocol is not None
    assert not [each for each in compiled.diagnostics if each.severity == "error"], compiled.diagnostics
    return next(each for each in compiled.protocol.forms if each.name == name)


def field(name: str) -> Field:
    return next(each for each in form("f").fields if each.name == name)


def test_soft_and_hard_limits_of_one_field_are_both_kept() -> None:
    assert field("temp").ranges == (Limits(35.0, 42.0, "soft"), Limits(30.0, 45.0, "hard"))
    assert field("pulse").ranges == (Limits(30, 220, "hard"),)
    assert field("worst").ranges == ()


def test_shared_codes_are_those_of_the_list_and_say_whose_they_are() -> None:
    for name in ("worst", "arm", "leg", "all_of_them"):
        assert field(name).codelist == "grades"
        assert [(choice.code, choice.label, choice.ncit) for choice in field(name).choices] == [
            ("1", "Mild", "C70666"),
            ("2", "Severe", None),
        ]


def test_fields_of_some_visits_and_conditions_of_derived_ones() -> None:
    assert [field(name).visits for name in ("temp", "worst", "arm", "double")] == [(), ("SCR",), ("V",), ("V",)]
    assert field("worst").is_asked_at("SCR")
    assert not field("worst").is_asked_at("V")
    condition = field("double").condition
    assert condition is not None
    assert condition.english == "Pulse is known"
    assert form("g").visits == ("V",)
    assert field("pain").ends == ("None", "Worst")


def test_values_of_other_visits_and_forms_are_named_in_the_tree() -> None:
    first = form("f").checks[0].where.tree["arguments"][1]["left"]
    assert (first["name"], first["visit"]) == ("temp", "SCR")
    left, right = form("g").checks[0].where.tree["arguments"]
    assert (left["left"]["kind"], left["left"]["name"], left["right"]["name"]) == ("form_field", "f.pulse", "pulse")
    assert (right["left"]["name"], right["left"]["visit"]) == ("f.worst", "V")


@pytest.mark.parametrize("code", ["718-7", "2160-0", "6690-2", "751-8", "777-3", "8310-5", "1742-6", "58410-2"])
def test_check_digits_of_published_loinc_codes(code: str) -> None:
    digits, _, digit = code.partition("-")
    assert check_digit(digits) == int(digit)
    for other in range(10):
        assert (malformed("loinc", f"{digits}-{other}") is None) == (other == int(digit))


@pytest.mark.parametrize("name", form_names())
def test_annotations_of_the_library_are_well_formed(name: str) -> None:
    found = load_form(name, SourceMap())
    assert found is not None
    assert [code for each in found.fields for code in each.codes if malformed(*code)] == []
