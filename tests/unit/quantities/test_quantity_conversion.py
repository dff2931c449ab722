"""Conversion: against pint as an independent oracle, and the refusals that keep a protocol safe."""

from __future__ import annotations

import math

import pint
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocol_dsl.quantities import (
    DimensionError,
    compatible,
    convert,
    describe_dimension,
    duration_days,
    format_quantity,
    is_duration,
    parse_unit,
)

# Ours, ours, the same two in pint's words.
PAIRS = [
    ("g/dL", "g/L", "g/dL", "g/L"),
    ("mg/dL", "g/L", "mg/dL", "g/L"),
    ("mg/dL", "mg/L", "mg/dL", "mg/L"),
    ("ng/mL", "ug/L", "ng/mL", "ug/L"),
    ("pg/mL", "ng/L", "pg/mL", "ng/L"),
    ("ng/mL", "g/dL", "ng/mL", "g/dL"),
    ("umol/L", "mmol/L", "umol/L", "mmol/L"),
    ("nM", "umol/L", "nmol/L", "umol/L"),
    ("mmol/L", "mol/m3", "mmol/L", "mol/m**3"),
    ("mmHg", "kPa", "mmHg", "kPa"),
    ("kPa", "mmHg", "kPa", "mmHg"),
    ("cmH2O", "Pa", "cmH2O", "Pa"),
    ("10*9/L", "/uL", "1e9/L", "1/uL"),
    ("10*9/L", "/mm3", "1e9/L", "1/mm**3"),
    ("10*12/L", "10*6/uL", "1e12/L", "1e6/uL"),
    ("/mm3", "/L", "1/mm**3", "1/L"),
    ("cells/uL", "cells/L", "cell/uL", "cell/L"),
    ("cells/kg", "10*6 cells/kg", "cell/kg", "1e6*cell/kg"),
    ("cells/kg", "cells/g", "cell/kg", "cell/g"),
    ("copies/ug", "copies/mg", "copy/ug", "copy/mg"),
    ("copies/mL", "copies/uL", "copy/mL", "copy/uL"),
    ("mIU/mL", "IU/L", "mIU/mL", "IU/L"),
    ("uIU/mL", "mIU/L", "uIU/mL", "mIU/L"),
    ("U/L", "nkat/L", "umol/min/L", "nmol/s/L"),
    ("kU/L", "U/mL", "mmol/min/L", "umol/min/mL"),
    ("mg/kg/day", "ug/kg/h", "mg/kg/day", "ug/kg/hour"),
    ("mg/day", "mg/week", "mg/day", "mg/week"),
    ("mg/m2/day", "g/m2/week", "mg/m**2/day", "g/m**2/week"),
    ("ug.h/mL", "mg.min/L", "ug*hour/mL", "mg*min/L"),
    ("mL/min", "L/h", "mL/min", "L/hour"),
    ("mL/min/1.73m2", "mL/min/m2", "mL/min/(1.73*m**2)", "mL/min/m**2"),
    ("mL/kg", "L/kg", "mL/kg", "L/kg"),
    ("kg/m2", "g/cm2", "kg/m**2", "g/cm**2"),
    ("cm", "mm", "cm", "mm"),
    ("inch", "cm", "inch", "cm"),
    ("lb", "kg", "lb", "kg"),
    ("mm/h", "cm/day", "mm/hour", "cm/day"),
    ("g/24h", "mg/day", "g/day", "mg/day"),
    ("bpm", "/s", "1/min", "1/s"),
    ("weeks", "days", "week", "day"),
    ("h", "min", "hour", "min"),
    ("days", "h", "day", "hour"),
    ("min", "s", "min", "s"),
    ("Cel", "degF", "degC", "degF"),
    ("degF", "Cel", "degF", "degC"),
    ("Cel", "K", "degC", "kelvin"),
    ("kcal", "kJ", "kcal", "kJ"),
    ("mCi", "MBq", "mCi", "MBq"),
    ("cGy", "Gy", "cGy", "Gy"),
    ("mV", "uV", "mV", "uV"),
    ("%", "1", "percent", "dimensionless"),
    ("fL", "mm3", "fL", "mm**3"),
]


@pytest.fixture(scope="module")
def registry() -> pint.UnitRegistry[float]:
    units: pint.UnitRegistry[float] = pint.UnitRegistry()
    for line in ("cell = [cell_count]", "copy = [copy_count]", "IU = [biological_activity]"):
        units.define(line)
    return units


def by_pint(registry: pint.UnitRegistry[float], value: float, a: str, b: str) -> float:
    if "1e" in a + b or "1.73" in a:
        ratio = registry.parse_expression(a) / registry.parse_expression(b)
        return float((value * ratio).to("").magnitude)
    return float(registry.Quantity(value, a).to(b).magnitude)


@pytest.mark.parametrize(("a", "b", "pint_a", "pint_b"), PAIRS, ids=[f"{pair[0]} to {pair[1]}" for pair in PAIRS])
def test_conversion_agrees_with_pint(
    a: str, b: str, pint_a: str, pint_b: str, registry: pint.UnitRegistry[float]
) -> None:
    for value in (1, 37.4, 0.003):
        ours = convert(value, parse_unit(a), parse_unit(b))
        # pint derives mmHg from the density of mercury; the conventional value differs in the seventh digit.
        assert math.isclose(ours, by_pint(registry, value, pint_a, pint_b), rel_tol=1e-6 if "mmHg" in a + b else 1e-9)


# Units whose UCUM code pint reads as it stands.
SIZED = [
    "mg",
    "ug",
    "kg",
    "mL",
    "fL",
    "umol/L",
    "g/dL",
    "ng/mL",
    "pg/mL",
    "mg/kg",
    "mg/day",
    "mm/h",
    "/min",
    "kPa",
    "kcal",
    "Gy",
    "mV",
    "nM",
    "mg/m2",
    "kg/m2",
    "/mm3",
    "/uL",
    "mg/kg/day",
    "min",
    "h",
    "days",
]


@pytest.mark.parametrize("name", SIZED)
def test_the_ucum_code_has_the_size_of_the_unit(name: str, registry: pint.UnitRegistry[float]) -> None:
    unit = parse_unit(name)
    code = unit.ucum.replace("m2", "m**2").replace("m3", "m**3")
    theirs = registry.Quantity(1.0, f"1{code}" if code.startswith("/") else code).to_base_units()
    grams_per_kilogram = 1000.0 ** theirs.dimensionality.get("[mass]", 0)
    assert math.isclose(unit.factor[0] / unit.factor[1], theirs.magnitude * grams_per_kilogram, rel_tol=1e-12)


def test_results_are_exact_where_people_see_decimals() -> None:
    assert convert(0.07, parse_unit("g"), parse_unit("mg")) == 70
    assert convert(1.1, parse_unit("g/dL"), parse_unit("g/L")) == 11
    assert convert(0.1, parse_unit("h"), parse_unit("s")) == 360
    assert convert(98.6, parse_unit("degF"), parse_unit("Cel")) == 37
    whole = convert(1.5, parse_unit("10*9/L"), parse_unit("/mm3"))
    assert whole == 1500
    assert isinstance(whole, int)


def test_a_difference_of_temperature_has_no_offset() -> None:
    celsius, fahrenheit = parse_unit("Cel"), parse_unit("degF")
    assert convert(1, celsius, fahrenheit, difference=True) == 1.8
    assert convert(1, celsius, fahrenheit) == 33.8


values = st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9, allow_subnormal=False))


@given(value=values, pair=st.sampled_from(PAIRS))
def test_there_and_back(value: float, pair: tuple[str, str, str, str]) -> None:
    assume(value == 0 or abs(value) > 1e-9)
    a, b = parse_unit(pair[0]), parse_unit(pair[1])
    back = convert(convert(value, a, b), b, a)
    # A temperature loses digits against its offset.
    assert math.isclose(back, value, rel_tol=1e-14, abs_tol=1e-12 if any(a.offset) and a.offset[0] else 0)


NOT_CONVERTIBLE = [
    ("months", "days", "month"),
    ("years", "weeks", "month"),
    ("half_lives", "days", "half-life"),
    ("half_lives", "months", "half-life"),
    ("mg/dL", "mmol/L", "molar mass"),
    ("ng/mL", "nM", "molar mass"),
    ("mEq/L", "mmol/L", "valence"),
    ("mOsm/kg", "mmol/kg", "particles"),
    ("cells", "copies", "cells and copies"),
    ("vg/kg", "copies/kg", "copies and vector genomes"),
    ("events", "participants", "participants and events"),
    ("cells/uL", "10*9/L", "cells are counted"),
    ("copies/mL", "/mL", "copies are counted"),
    ("IU/mL", "/mL", "biological activity"),
    ("IU", "cells", "biological activity"),
    ("IU", "mg", "biological activity"),
    ("IU/L", "U/L", "write U"),
    ("xULN", "U/L", "laboratory"),
    ("xULN", "xLLN", "different limits"),
    ("xULN", "1", "laboratory"),
    ("AU/mL", "IU/mL", "activity"),
    ("mg", "mg/kg", "body weight"),
    ("mg/m2", "mg/kg", "body surface area"),
    ("mg/m2", "mg", "body surface area"),
    ("mL/min", "mL/min/1.73m2", "body surface area"),
    ("mg/kg/day", "mg/kg", "per time"),
    ("mL", "mL/min", "per time"),
    ("mg", "mL", "volume"),
    ("%", "points", "points"),
    ("Sv", "Gy", "radiation"),
    ("Bq", "bpm", "decays"),
    ("copies/ug", "copies/uL", "copies / mass"),
    ("mmHg", "mm", "pressure"),
    ("days", "Cel", "temperature"),
]


@pytest.mark.parametrize(("a", "b", "reason"), NOT_CONVERTIBLE)
def test_what_must_be_kept_apart_is_refused_with_the_reason(a: str, b: str, reason: str) -> None:
    one, other = parse_unit(a), parse_unit(b)
    for x, y in ((one, other), (other, one)):
        assert not compatible(x, y)
        with pytest.raises(DimensionError) as caught:
            convert(1, x, y)
        assert (caught.value.a, caught.value.b) == (x, y)
        assert reason in caught.value.reason


def test_months_and_years_convert_to_each_other() -> None:
    assert convert(2, parse_unit("years"), parse_unit("months")) == 24


def test_dimensions_in_words() -> None:
    assert describe_dimension(parse_unit("mg").dimension) == "mass"
    assert describe_dimension(parse_unit("mg/dL").dimension) == "mass / volume"
    assert describe_dimension(parse_unit("%").dimension) == "a plain number"
    assert describe_dimension(parse_unit("10*9/L").dimension) == "number per volume"


@pytest.mark.parametrize("name", ["s", "min", "h", "days", "weeks", "months", "years", "half_lives"])
def test_durations(name: str) -> None:
    assert is_duration(parse_unit(name))


@pytest.mark.parametrize("name", ["mg", "/min", "%", "mg/day", "1", "doses"])
def test_no_durations(name: str) -> None:
    assert not is_duration(parse_unit(name))
    assert duration_days(7, parse_unit(name)) is None


@pytest.mark.parametrize(
    ("value", "name", "days"),
    [
        (28, "days", 28),
        (4, "weeks", 28),
        (-2, "weeks", -14),
        (0.5, "weeks", None),
        (1.5, "days", None),
        (48, "h", 2),
        (36, "h", None),
        (1440, "min", 1),
        (3, "months", None),
        (1, "years", None),
        (5, "half_lives", None),
    ],
)
def test_whole_days(value: float, name: str, days: int | None) -> None:
    assert duration_days(value, parse_unit(name)) == days


@pytest.mark.parametrize(
    ("value", "name", "written", "text", "registry", "dsl"),
    [
        (3, "mL", None, "3 mL", "3 mL", "3 mL"),
        (30, "mg/m2", None, "30 mg/m²", "30 mg/m^2", "30 mg/m2"),
        (1, "day", None, "1 day", "1 day", "1 day"),
        (28, "day", None, "28 days", "28 days", "28 days"),
        (1, "half_lives", None, "1 half-life", "1 half-life", "1 half_life"),
        (5, "half_lives", None, "5 half-lives", "5 half-lives", "5 half_lives"),
        (10**9, "/L", "1.0e9", "1.0×10⁹/L", "1.0×10^9/L", "1.0e9/L"),
        (1.2, "10*9/L", None, "1.2×10⁹/L", "1.2×10^9/L", "1.2e9/L"),
        (0.5, "10*9/L", "0.50", "0.50×10⁹/L", "0.50×10^9/L", "0.50e9/L"),
        (4, "10*6 cells/kg", None, "4×10⁶ cells/kg", "4×10^6 cells/kg", "4e6 cells/kg"),
        (3 * 10**8, "cells", "3.0 × 10^8", "3.0×10⁸ cells", "3.0×10^8 cells", "3.0e8 cells"),
        (10**5, "cells/kg", "1e5", "1×10⁵ cells/kg", "1×10^5 cells/kg", "1e5 cells/kg"),
        (1500, "/mm3", None, "1500/mm³", "1500/mm^3", "1500/mm3"),
        (30, "%", None, "30%", "30%", "30 %"),
        (3, "xULN", None, "3 × ULN", "3 × ULN", "3 xULN"),
        (37.5, "Cel", None, "37.5 °C", "37.5 °C", "37.5 Cel"),
        (7, "1", None, "7", "7", "7"),
        (60, "mL/min/1.73m2", None, "60 mL/min/1.73 m²", "60 mL/min/1.73 m^2", "60 mL/min/1.73m2"),
        (1, "participants", None, "1 participant", "1 participant", "1 participant"),
    ],
)
def test_a_quantity_for_its_readers(
    value: float, name: str, written: str | None, text: str, registry: str, dsl: str
) -> None:
    unit = parse_unit(name)
    assert format_quantity(value, unit, "text", written) == text
    assert format_quantity(value, unit, "registry", written) == registry
    assert format_quantity(value, unit, "dsl", written) == dsl
