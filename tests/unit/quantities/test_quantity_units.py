"""Units: the spellings of protocols, laboratories and UCUM, and what is refused."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol_dsl.quantities import Unit, UnitError, define, parse_unit, unit_names
from protocol_dsl.quantities.known_units import spellings
from protocol_dsl.quantities.unit_table import COMMON

# What is written: our spelling, UCUM code, what people see.
SPELLINGS: dict[str, tuple[str, str, str]] = {
    "mg": ("mg", "mg", "mg"),
    "milligrams": ("mg", "mg", "mg"),
    "ug": ("ug", "ug", "µg"),
    "mcg": ("ug", "ug", "µg"),
    "µg": ("ug", "ug", "µg"),
    "μg": ("ug", "ug", "µg"),
    "kg": ("kg", "kg", "kg"),
    "ml": ("mL", "mL", "mL"),
    "mL": ("mL", "mL", "mL"),
    "cc": ("mL", "mL", "mL"),
    "dl": ("dL", "dL", "dL"),
    "fL": ("fL", "fL", "fL"),
    "mm": ("mm", "mm", "mm"),
    "cm": ("cm", "cm", "cm"),
    "m2": ("m2", "m2", "m²"),
    "m^2": ("m2", "m2", "m²"),
    "m²": ("m2", "m2", "m²"),
    "mm3": ("mm3", "mm3", "mm³"),
    "%": ("%", "%", "%"),
    "1": ("1", "1", ""),
    "mg/kg": ("mg/kg", "mg/kg", "mg/kg"),
    "mg / kg": ("mg/kg", "mg/kg", "mg/kg"),
    "mg.kg-1": ("mg/kg", "mg/kg", "mg/kg"),
    "mg·kg⁻¹": ("mg/kg", "mg/kg", "mg/kg"),
    "mg/kg/day": ("mg/kg/day", "mg/kg/d", "mg/kg/day"),
    "mg/kg/d": ("mg/kg/day", "mg/kg/d", "mg/kg/day"),
    "mg/day": ("mg/day", "mg/d", "mg/day"),
    "mg/week": ("mg/week", "mg/wk", "mg/week"),
    "mg/m2": ("mg/m2", "mg/m2", "mg/m²"),
    "mg/m²": ("mg/m2", "mg/m2", "mg/m²"),
    "mg/m2/day": ("mg/m2/day", "mg/m2/d", "mg/m²/day"),
    "kg/m2": ("kg/m2", "kg/m2", "kg/m²"),
    "mL/kg": ("mL/kg", "mL/kg", "mL/kg"),
    "10*9/L": ("10*9/L", "10*9/L", "×10⁹/L"),
    "10^9/L": ("10*9/L", "10*9/L", "×10⁹/L"),
    "10**9/L": ("10*9/L", "10*9/L", "×10⁹/L"),
    "10⁹/L": ("10*9/L", "10*9/L", "×10⁹/L"),
    "x10^9/L": ("10*9/L", "10*9/L", "×10⁹/L"),
    "×10^9/L": ("10*9/L", "10*9/L", "×10⁹/L"),
    "× 10⁹/L": ("10*9/L", "10*9/L", "×10⁹/L"),
    "x 10\\^9/L": ("10*9/L", "10*9/L", "×10⁹/L"),
    "e9/L": ("10*9/L", "10*9/L", "×10⁹/L"),
    "10*3/uL": ("10*3/uL", "10*3/uL", "×10³/µL"),
    "10*6 cells": ("10*6 cells", "10*6.{cells}", "×10⁶ cells"),
    "10*6.{cells}": ("10*6 cells", "10*6.{cells}", "×10⁶ cells"),
    "10^6 cells/kg": ("10*6 cells/kg", "10*6.{cells}/kg", "×10⁶ cells/kg"),
    "copies/10^6 cells": ("copies/10*6 cells", "{copies}/10*6/{cells}", "copies/10⁶ cells"),
    "/L": ("/L", "/L", "/L"),
    "/mm3": ("/mm3", "/mm3", "/mm³"),
    "/min": ("/min", "/min", "/min"),
    "/uL": ("/uL", "/uL", "/µL"),
    "bpm": ("bpm", "{beats}/min", "bpm"),
    "beats/min": ("beats/min", "{beats}/min", "beats/min"),
    "breaths/min": ("breaths/min", "{breaths}/min", "breaths/min"),
    "cells/kg": ("cells/kg", "{cells}/kg", "cells/kg"),
    "cells/uL": ("cells/uL", "{cells}/uL", "cells/µL"),
    "{cells}/uL": ("cells/uL", "{cells}/uL", "cells/µL"),
    "copies/ug": ("copies/ug", "{copies}/ug", "copies/µg"),
    "copies/µg": ("copies/ug", "{copies}/ug", "copies/µg"),
    "copies/mL": ("copies/mL", "{copies}/mL", "copies/mL"),
    "10*9 cells-1": ("10*9/cell", "10*9/{cells}", "×10⁹/cell"),
    "copies/cell": ("copies/cell", "{copies}/{cells}", "copies/cell"),
    "{copies}/uL": ("copies/uL", "{copies}/uL", "copies/µL"),
    "vg/kg": ("vg/kg", "{vg}/kg", "vg/kg"),
    "CFU/mL": ("CFU/mL", "[CFU]/mL", "CFU/mL"),
    "[IU]/mL": ("IU/mL", "[IU]/mL", "IU/mL"),
    "IU/mL": ("IU/mL", "[IU]/mL", "IU/mL"),
    "mIU/mL": ("mIU/mL", "m[IU]/mL", "mIU/mL"),
    "u[IU]/mL": ("uIU/mL", "u[IU]/mL", "µIU/mL"),
    "EU/kg": ("EU/kg", "[EU]/kg", "EU/kg"),
    "AU": ("AU", "[arb'U]", "AU"),
    "[arb'U]/mL": ("AU/mL", "[arb'U]/mL", "AU/mL"),
    "U/L": ("U/L", "U/L", "U/L"),
    "U/l": ("U/L", "U/L", "U/L"),
    "kU/L": ("kU/L", "kU/L", "kU/L"),
    "nkat/L": ("nkat/L", "nkat/L", "nkat/L"),
    "g/dL": ("g/dL", "g/dL", "g/dL"),
    "g/L": ("g/L", "g/L", "g/L"),
    "mg/dL": ("mg/dL", "mg/dL", "mg/dL"),
    "ng/mL": ("ng/mL", "ng/mL", "ng/mL"),
    "pg/mL": ("pg/mL", "pg/mL", "pg/mL"),
    "ug.h/mL": ("ug.h/mL", "ug.h/mL", "µg·h/mL"),
    "ng*h/mL": ("ng.h/mL", "ng.h/mL", "ng·h/mL"),
    "umol/L": ("umol/L", "umol/L", "µmol/L"),
    "µmol/L": ("umol/L", "umol/L", "µmol/L"),
    "nM": ("nM", "nmol/L", "nM"),
    "mEq/L": ("mEq/L", "meq/L", "mEq/L"),
    "mOsm/kg": ("mOsm/kg", "mosm/kg", "mOsm/kg"),
    "mL/min": ("mL/min", "mL/min", "mL/min"),
    "mL/min/1.73m2": ("mL/min/1.73m2", "mL/min/{1.73_m2}", "mL/min/1.73 m²"),
    "mL/min/1.73 m²": ("mL/min/1.73m2", "mL/min/{1.73_m2}", "mL/min/1.73 m²"),
    "mL/min/{1.73_m2}": ("mL/min/1.73m2", "mL/min/{1.73_m2}", "mL/min/1.73 m²"),
    "g/24h": ("g/24h", "g/(24.h)", "g/24 h"),
    "mg/24 hours": ("mg/24h", "mg/(24.h)", "mg/24 h"),
    "mg/mmol": ("mg/mmol", "mg/mmol", "mg/mmol"),
    "mm/h": ("mm/h", "mm/h", "mm/h"),
    "mm/hr": ("mm/h", "mm/h", "mm/h"),
    "mmHg": ("mmHg", "mm[Hg]", "mmHg"),
    "mm Hg": ("mmHg", "mm[Hg]", "mmHg"),
    "mm[Hg]": ("mmHg", "mm[Hg]", "mmHg"),
    "cmH2O": ("cmH2O", "cm[H2O]", "cmH₂O"),
    "kPa": ("kPa", "kPa", "kPa"),
    "Cel": ("Cel", "Cel", "°C"),
    "°C": ("Cel", "Cel", "°C"),
    "° C": ("Cel", "Cel", "°C"),
    "°F": ("degF", "[degF]", "°F"),
    "kcal": ("kcal", "kcal", "kcal"),
    "mSv": ("mSv", "mSv", "mSv"),
    "Gy": ("Gy", "Gy", "Gy"),
    "MBq": ("MBq", "MBq", "MBq"),
    "xULN": ("xULN", "{ULN}", "× ULN"),
    "×ULN": ("xULN", "{ULN}", "× ULN"),
    "x ULN": ("xULN", "{ULN}", "× ULN"),
    "ULN": ("xULN", "{ULN}", "× ULN"),
    "points": ("points", "{points}", "points"),
    "doses": ("doses", "{doses}", "doses"),
    "participants": ("participants", "{participants}", "participants"),
    "participant": ("participants", "{participants}", "participants"),
    "events": ("events", "{events}", "events"),
    "half_lives": ("half_lives", "{half_lives}", "half-lives"),
    "s": ("s", "s", "s"),
    "min": ("min", "min", "min"),
    "minutes": ("min", "min", "min"),
    "h": ("h", "h", "h"),
    "hours": ("h", "h", "h"),
    "day": ("days", "d", "days"),
    "days": ("days", "d", "days"),
    "weeks": ("weeks", "wk", "weeks"),
    "month": ("months", "mo", "months"),
    "years": ("years", "a", "years"),
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_each_spelling_is_its_unit(text: str) -> None:
    unit = parse_unit(text)
    assert (unit.symbol, unit.ucum, unit.text) == SPELLINGS[text]


@pytest.mark.parametrize("text", SPELLINGS)
def test_our_spelling_and_the_ucum_code_read_back_as_the_same_unit(text: str) -> None:
    unit = parse_unit(text)
    assert parse_unit(unit.symbol) == unit
    # UCUM's `a` (year) is too short a word to be read in a protocol.
    if unit.symbol != "years":
        by_code = parse_unit(unit.ucum)
        assert (by_code.dimension, by_code.factor) == (unit.dimension, unit.factor)


def test_no_spelling_stands_for_two_units() -> None:
    counts = Counter(spelling for spelling, _ in spellings())
    assert [spelling for spelling, n in counts.items() if n > 1] == []


def test_every_offered_name_is_a_unit_in_its_canonical_spelling() -> None:
    names = unit_names()
    assert set(COMMON) <= set(names)
    assert [name for name in names if parse_unit(name).symbol != name] == []


@pytest.mark.parametrize(
    ("text", "part", "suggestions"),
    [
        ("MG", "MG", ("mg",)),
        ("Umol/L", "Umol", ("umol/L",)),
        ("mg/Day", "Day", ("mg/day",)),
        ("Days", "Days", ("days",)),
        ("daays", "daays", ("days",)),
        ("copeis/uL", "copeis", ("copies/uL",)),
        ("half_lifes", "half_lifes", ("half_lives",)),
        ("mg/KG2", "KG2", ("mg/kg2",)),
        ("K/uL", "K", ("10*3/uL",)),
        ("k/uL", "k", ("10*3/uL",)),
        ("M/uL", "M", ("10*6/uL",)),
        ("109/L", "109", ("10*9/L",)),
        ("×109/L", "×109", ("10*9/L",)),
        ("x 109/L", "x 109", ("10*9/L",)),
        ("mg/kg.day", ".day", ("mg/kg/day", "mg.day/kg")),
        ("mg/kg*day", "*day", ("mg/kg/day", "mg.day/kg")),
        ("mg/100 mL", "100", ()),
        ("mL blood", "blood", ()),
        ("furlong", "furlong", ()),
        ("{CAR cells}/uL", "{CAR cells}", ()),
        ("(mg)", "(mg)", ()),
        ("mg/", "/", ()),
        ("mg//kg", "/kg", ()),
        (".mg", ".mg", ()),
        ("", "", ()),
        ("m0", "m0", ()),
        ("m⁻", "⁻", ()),
        ("m99", "m99", ()),
        ("10*99/L", "10*99", ()),
        ("°C/h", "°C", ()),
        ("L/nM", "nM", ()),
    ],
)
def test_what_is_no_unit_names_the_part_and_what_to_write(text: str, part: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(UnitError) as caught:
        parse_unit(text)
    error = caught.value
    assert (error.text, error.part, error.suggestions) == (text, part, suggestions)
    assert error.reason
    for suggestion in suggestions:
        assert suggestion in str(error)
        if suggestion != "mg.day/kg":
            parse_unit(suggestion)


def test_a_slip_of_the_pen_offers_the_nearest_first() -> None:
    with pytest.raises(UnitError) as caught:
        parse_unit("mgg/kg")
    assert caught.value.suggestions[0] == "mg/kg"


@given(st.text(alphabet="mgkLuµ/.*^10x×9 days{}[]IU%ULN-²⁹⁻°C_", max_size=12))
def test_any_text_is_a_unit_that_reads_back_or_a_unit_error(text: str) -> None:
    refused: UnitError | None = None
    try:
        unit = parse_unit(text)
    except UnitError as error:
        refused = error
    else:
        again = parse_unit(unit.symbol)
        assert (again.symbol, again.dimension, again.factor) == (unit.symbol, unit.dimension, unit.factor)
    assert refused is None or refused.part in refused.text


def test_a_defined_unit_is_a_multiple_of_its_quantity() -> None:
    patch = define("patch", 54, parse_unit("mg"))
    defined = {"patch": patch}
    assert patch.dimension == parse_unit("mg").dimension
    assert parse_unit("patch", defined) == patch
    assert parse_unit("patches", defined) == patch
    assert parse_unit("patch/day", defined).dimension == parse_unit("mg/day").dimension
    assert parse_unit("mg", defined) == parse_unit("mg")


def test_a_defined_name_may_end_in_a_digit() -> None:
    vial = define("vial2", 1.5e8, parse_unit("cells"))
    assert parse_unit("vial2", {"vial2": vial}) == vial


def test_a_defined_unit_is_suggested() -> None:
    defined = {"patch": define("patch", 54, parse_unit("mg"))}
    with pytest.raises(UnitError) as caught:
        parse_unit("pacth/day", defined)
    assert caught.value.suggestions == ("patch/day",)


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("mg", 54, "g"),
        ("ULN", 40, "U/L"),
        ("day", 24, "h"),
        ("patch", 0, "mg"),
        ("patch", -1, "mg"),
        ("hot", 40, "Cel"),
    ],
)
def test_a_definition_that_cannot_be_is_refused(name: str, value: float, unit: str) -> None:
    with pytest.raises(UnitError) as caught:
        define(name, value, parse_unit(unit))
    assert f"`{name}`" in caught.value.reason


def test_units_are_values() -> None:
    first, second = parse_unit("mg/kg"), parse_unit("mg.kg-1")
    assert isinstance(first, Unit)
    assert len({first, second}) == 1
