"""Formulas in conditions: the units of what is calculated, the arguments of functions, dates."""

from __future__ import annotations

import pytest

from protocol_dsl.quantities import parse_unit, power, product, quotient
from tests.unit.elaborate.trial import DAY_0, findings, told

DATA = (
    DAY_0
    + """
visit SCR day -14
assess labs "Labs" at SCR {
  result anc "Neutrophils" (10*9/L)
  result crea "Creatinine" (mg/dL)
  result temp "Temperature" (Cel)
  result score "Score"
}
fact met "Date" date
fact seen "Seen" date
"""
)


def fault(condition: str) -> list[tuple[str, str]]:
    return told(DATA + f'fact f "F" where {condition}')


@pytest.mark.parametrize(
    "condition",
    [
        "weight / (height ^ 2) >= 18.5 kg/m2",
        "weight / height ^ 2 >= 18.5 kg/m2",
        "height * height > 1 m2",
        "2 * weight > 150 kg",
        "weight * score > 150 kg",
        "anc / anc[SCR] >= 0.5",
        "anc / anc[SCR] >= 50 %",
        "anc * 50 % < 1.0e9/L",
        "(140 - score) * weight / (72 * crea) > 60",
        "temp / temp[SCR] > 1.1",
        "height ^ 0.5 > 3",
        "1 / height < 2",
    ],
)
def test_what_measures_the_same_is_compared(condition: str) -> None:
    assert not [each for each in fault(condition) if each[0] != "QTY007"]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("weight / height >= 3 kg", "QTY004"),
        ("weight / (height ^ 2) >= 18.5 kg", "QTY004"),
        ("height * height > 1 m", "QTY004"),
        ("height ^ 3 + height ^ 2 > 1 m3", "QTY004"),
        ("weight / (height ^ 2) >= 18.5", "QTY007"),
    ],
)
def test_what_measures_something_else_is_told(condition: str, code: str) -> None:
    assert [found for found, _ in fault(condition)] == [code]


def test_units_of_what_is_calculated() -> None:
    kg, cm, percent, cel = (parse_unit(unit) for unit in ("kg", "cm", "%", "Cel"))
    squared = power(cm, 2)
    assert squared is not None
    index = quotient(kg, squared)
    assert index is not None
    assert (index.symbol, index.dimension) == ("kg/cm2", parse_unit("kg/m2").dimension)
    assert index.factor == (10_000 * parse_unit("kg/m2").factor[0], 1)
    assert product(kg, percent) == kg
    assert quotient(kg, kg) is None
    assert product(cel, kg) is None
    inverse = power(cm, -1)
    assert inverse is not None
    assert inverse.factor == (100, 1)


@pytest.mark.parametrize("written", ["1.0e9 / L", "3 mg / L"])
def test_a_unit_stands_directly_behind_its_number(written: str) -> None:
    [found] = findings(DATA + f'fact f "F" where anc >= {written}')
    assert found.code == "NAM001"
    assert found.help == f"a unit stands directly behind the number: `{written.replace(' /', '/').replace('/ ', '/')}`"


def test_a_date_that_does_not_exist_is_told_in_a_condition() -> None:
    assert fault("met > 2024-02-31") == [("QTY008", "2024-02-31")]
    assert fault("met > 2024-02-29") == []


@pytest.mark.parametrize(
    ("condition", "marked"),
    [
        ("change() > 3", "change()"),
        ("max() > 3", "max()"),
        ("days() > 3", "days()"),
        ("days(met) > 3", "days(met)"),
        ("years(met, seen, met) > 3", "years(met, seen, met)"),
    ],
)
def test_a_function_needs_its_arguments(condition: str, marked: str) -> None:
    assert fault(condition) == [("QTY005", marked)]


def test_a_function_of_two_points_says_its_form() -> None:
    [found] = findings(DATA + 'fact f "F" where days(met) > 3')
    assert found.message == "one thing stands in the brackets of `days`, which counts from one point in time to another"
    assert found.help == "write `days(from, to)`"
    assert fault("days(met, seen) > 3") == []
