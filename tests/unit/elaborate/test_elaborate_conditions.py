"""Conditions: types, units, codes, names."""

from __future__ import annotations

import pytest

from protocol_dsl.model.base import Expression
from tests.unit.elaborate.trial import DAY_0, findings, model, told

DATA = (
    DAY_0
    + """
visit SCR day -14
define patch = 54 mg
population SLE "Lupus"
assess labs "Labs" at SCR {
  result anc "Neutrophils" (10*9/L)
  result alt "ALT" (U/L)
  result spo2 "SpO2" (%)
  result inr "INR"
  result hbsag "HBsAg" choice { positive "Positive" negative "Negative" }
  result grade "Grade" choice { 1 "Mild" 2 "Severe" }
  result seen "Seen" yes_no
  result when_seen "When" date
  result words "Words" text
}
assess car "CAR copies" unit copies/ug at SCR
assess sledai "SLEDAI-2K" uses sledai_2k at SCR
assess other "Other" at SCR
collect ae "Adverse events" from consent to SCR
fact fertile "Fertile" if sex = female
fact prior "Prior lines" integer
"""
)


def condition(text: str) -> Expression:
    """The condition of an inclusion criterion."""
    eligibility = model(DATA + f'eligibility {{ include c "C" where {text} }}').eligibility
    assert eligibility is not None
    where = eligibility.criteria[0].where
    assert where is not None
    return where


def fault(text: str) -> list[tuple[str, str]]:
    return told(DATA + f'eligibility {{ include c "C" where {text} }}')


@pytest.mark.parametrize(
    ("text", "english", "names"),
    [
        ("anc >= 1.0e9/L", "Neutrophils ≥ 1.0×10⁹/L", ("anc",)),
        ("anc >= 1000/mm3", "Neutrophils ≥ 1000/mm³", ("anc",)),
        ("alt > 3 xULN", "ALT > 3 × ULN", ("alt",)),
        ("spo2 > 92 %", "SpO2 > 92%", ("spo2",)),
        ("inr < 1.5", "INR < 1.5", ("inr",)),
        ("age >= 18 years", "Age ≥ 18 years", ("age",)),
        ("hbsag = positive", "HBsAg is Positive", ("hbsag",)),
        ("positive = hbsag", "Positive is HBsAg", ("hbsag",)),
        ("hbsag is one_of (positive, negative)", "HBsAg is Positive or Negative", ("hbsag",)),
        ("grade = 2", "Grade is Severe", ("grade",)),
        ("grade >= 2", "Grade ≥ 2", ("grade",)),
        ("seen = yes", "Seen: yes", ("seen",)),
        ("seen and not fertile", "Seen and not fertile", ("seen", "fertile")),
        ("(seen or fertile) and SLE", "(Seen or Fertile) and Lupus", ("seen", "fertile", "SLE")),
        ("anc is known", "Neutrophils is known", ("anc",)),
        ("anc is missing", "Neutrophils is missing", ("anc",)),
        ("sledai.total >= 7", "SLEDAI-2K ≥ 7", ("sledai.total",)),
        ("sledai >= 7", "SLEDAI-2K ≥ 7", ("sledai",)),
        ("sledai.total[SCR] >= 7", "SLEDAI-2K at SCR ≥ 7", ("sledai.total",)),
        ("labs.anc > 1.0e9/L", "Neutrophils > 1.0×10⁹/L", ("anc",)),
        ("car > 100 copies/ug", "CAR copies > 100 copies/µg", ("car",)),
        ("count(ae) >= 1", "number of adverse events ≥ 1", ("ae",)),
        ("percent_change(anc) <= -50 %", "percent change in neutrophils ≤ −50%", ("anc",)),
        ("prior >= 2", "Prior lines ≥ 2", ("prior",)),
        ("when_seen > 2026-01-01", "When > 2026-01-01", ("when_seen",)),
    ],
)
def test_a_condition(text: str, english: str, names: tuple[str, ...]) -> None:
    found = condition(text)
    assert found.english == english
    assert found.names == names
    assert found.type == "boolean"
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("anc >= 1", "QTY007", "anc >= 1"),
        ("1 <= anc", "QTY007", "1 <= anc"),
        ("spo2 > 92", "QTY007", "spo2 > 92"),
        ("age >= 18", "QTY007", "age >= 18"),
        ("anc >= 1.0 mg", "QTY004", "anc >= 1.0 mg"),
        ("inr > 3 mg", "QTY004", "inr > 3 mg"),
        ("anc + age > 3 years", "QTY004", "anc + age"),
        ("anc is one_of (1, 2)", "QTY007", "1"),
        ("anc is one_of (1.0e9/L, 2 mL)", "QTY004", "2 mL"),
        ("hbsag = positiv", "QTY005", "positiv"),
        ("hbsag = \"positive\"", "QTY005", "hbsag = \"positive\""),
        ("hbsag > positive", "QTY005", "hbsag > positive"),
        ("hbsag = 3", "QTY005", "3"),
        ("hbsag > 3", "QTY005", "3"),
        ("grade = 3", "QTY005", "3"),
        ("seen = 3", "QTY005", "seen = 3"),
        ("seen > 3 mg", "QTY005", "seen > 3 mg"),
        ("words + 3 > 4", "QTY005", "words"),
        ("when_seen > 3", "QTY005", "when_seen > 3"),
        ("anc", "QTY005", "anc"),
        ("not anc", "QTY005", "anc"),
        ("anc and seen", "QTY005", "anc"),
        ("anc has positive", "QTY005", "anc has positive"),
        ("hbsg = positive", "NAM001", "hbsg"),
        ("sledai.totl >= 7", "NAM001", "sledai.totl"),
        ("labs.car >= 7", "NAM001", "labs.car"),
        ("sledai.total[D9] >= 7", "NAM001", "sledai.total[D9]"),
        ("coun(ae) >= 1", "NAM001", "coun"),
        ("anc >= 1.0×109/L", "QTY003", "1.0×109/L"),
        ("anc >= 3 zqz", "QTY001", "zqz"),
    ],
)  # fmt: skip
def test_a_fault_in_a_condition_is_one_error(text: str, code: str, marked: str) -> None:
    assert fault(text) == [(code, marked)]


def test_help_for_a_bare_number_writes_the_unit() -> None:
    (found,) = findings(DATA + 'eligibility { include c "C" where anc >= 1 }')
    assert found.help is not None
    assert "`1e9/L`" in found.help


def test_help_for_a_part_of_an_instrument_is_its_nearest_part_and_all_others() -> None:
    (found,) = findings(DATA + 'eligibility { include c "C" where sledai.totl >= 7 }')
    assert (found.help or "").startswith("did you mean `sledai.total`? The parts of `sledai` are `total`, `seizure`, ")


def test_a_unit_of_the_protocol_converts() -> None:
    protocol = model(DATA + 'assess d "D" at SCR { result used "Used" (patch) } fact f "F" where used > 100 mg')
    assert protocol.facts[-1].where is not None
    assert protocol.units[0].name == "patch"


@pytest.mark.parametrize("unit", ["mg", "day", "cells"])
def test_a_unit_that_exists_cannot_be_defined(unit: str) -> None:
    assert told(DAY_0 + f"define {unit} = 3 kg")[0][0] in ("NAM002", "SYN005")


def test_an_unknown_name_does_not_spoil_the_code_that_it_is_compared_with() -> None:
    assert fault("hbsg = positive and hbsg = negative") == [("NAM001", "hbsg")]


@pytest.mark.parametrize("deep", ["(" * 95 + "seen" + ")" * 95, "not " * 90 + "seen", " and ".join(["seen"] * 3000)])
def test_a_deep_condition_is_read(deep: str) -> None:
    assert condition(deep).type == "boolean"


@pytest.mark.parametrize(
    "deep", ["(seen or (seen and " * 60 + "seen" + "))" * 60, " + ".join(["prior"] * 2000) + " > 3"]
)
def test_a_condition_that_is_too_deep_says_so(deep: str) -> None:
    assert all(code.startswith("SYN") for code, _ in fault(deep))


def test_a_condition_as_deep_as_the_grammar_permits_is_read() -> None:
    assert condition("(seen or (seen and " * 45 + "seen" + "))" * 45).type == "boolean"
    assert condition(" + ".join(["prior"] * 200) + " > 3").type == "boolean"


@pytest.mark.parametrize(
    ("definition", "code"), [("mg = 3 kg", "NAM002"), ("patch = 0 mg", "QTY006"), ("patch = 3 zqz", "QTY001")]
)
def test_a_unit_that_cannot_be_defined_is_one_error(definition: str, code: str) -> None:
    name = definition.split()[0]
    found = told(DAY_0 + f'product P "P" type drug define {definition} give P 3 {name} at infusion')
    assert [c for c, _ in found] == [code]


@pytest.mark.parametrize("text", ["(seen or fertile) and SLE", "seen and (fertile or SLE)", "not (seen or fertile)"])
def test_the_text_of_a_condition_keeps_its_brackets(text: str) -> None:
    assert condition(text).text == text
