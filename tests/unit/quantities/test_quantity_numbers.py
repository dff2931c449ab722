"""Numbers: every form of writing, the value exact, the digits of the author kept."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol_dsl.quantities import (
    LostExponent,
    NumberError,
    canonical_number,
    format_number,
    parse_number,
    split_quantity,
)

FORMS = [
    # written, value, canonical, for people
    ("3", 3, "3", "3"),
    ("0", 0, "0", "0"),
    ("720_000", 720_000, "720_000", "7.2×10⁵"),
    ("1_500", 1500, "1_500", "1500"),
    ("34.0", 34, "34.0", "34.0"),
    ("7.5", 7.5, "7.5", "7.5"),
    ("0.25e8", 25_000_000, "0.25e8", "0.25×10⁸"),
    ("1.0E9", 10**9, "1.0e9", "1.0×10⁹"),
    ("1e5", 10**5, "1e5", "1×10⁵"),
    ("1e+05", 10**5, "1e5", "1×10⁵"),
    ("1.0e3", 1000, "1.0e3", "1.0×10³"),
    ("3.0×10^8", 3 * 10**8, "3.0e8", "3.0×10⁸"),
    ("3.0 × 10^8", 3 * 10**8, "3.0e8", "3.0×10⁸"),
    ("3.0 x 10 ^ 8", 3 * 10**8, "3.0e8", "3.0×10⁸"),
    ("3x10^8", 3 * 10**8, "3e8", "3×10⁸"),
    ("3*10*8", 3 * 10**8, "3e8", "3×10⁸"),
    ("3·10**8", 3 * 10**8, "3e8", "3×10⁸"),
    ("1.0x 10\\^9", 10**9, "1.0e9", "1.0×10⁹"),
    ("3×10⁸", 3 * 10**8, "3e8", "3×10⁸"),
    ("3×10⁻⁸", 3e-8, "3e-8", "3×10⁻⁸"),
    ("3×10^−8", 3e-8, "3e-8", "3×10⁻⁸"),
    ("10^9", 10**9, "1e9", "1×10⁹"),
    ("10⁹", 10**9, "1e9", "1×10⁹"),
    ("10⁻³", 0.001, "1e-3", "1×10⁻³"),
    ("0.00050", 0.0005, "0.00050", "5.0×10⁻⁴"),
    ("-28", -28, "-28", "−28"),
    ("−28", -28, "-28", "−28"),
    ("–28", -28, "-28", "−28"),
    ("−3.0×10^8", -3 * 10**8, "-3.0e8", "−3.0×10⁸"),
    ("+15", 15, "+15", "+15"),
]


@pytest.mark.parametrize(("text", "value", "canonical", "shown"), FORMS, ids=[form[0] for form in FORMS])
def test_each_form_has_its_value_and_its_writings(text: str, value: float, canonical: str, shown: str) -> None:
    assert parse_number(text) == value
    assert canonical_number(text) == canonical
    assert format_number(value, "text", text) == shown
    assert format_number(value, "dsl", text) == canonical


def test_a_whole_value_is_an_int_whatever_its_writing() -> None:
    assert isinstance(parse_number("3.0e8"), int)
    assert isinstance(parse_number("0.25e8"), int)
    assert isinstance(parse_number("34.0"), int)
    assert isinstance(parse_number("0.5"), float)


def test_large_whole_numbers_are_exact() -> None:
    assert parse_number("9007199254740993") == 9007199254740993
    assert parse_number("1.000000000000000001e18") == 10**18 + 1


@pytest.mark.parametrize(
    ("text", "mantissa", "digits", "reading", "value"),
    [
        ("3.0 × 108", "3.0", "8", "3.0e8", 3 * 10**8),
        ("0.25×108", "0.25", "8", "0.25e8", 25_000_000),
        ("×109", "", "9", "1e9", 10**9),
        ("2x105", "2", "5", "2e5", 200_000),
        ("3×1012", "3", "12", "3e12", 3 * 10**12),
        ("3 × 10-8", "3", "-8", "3e-8", 3e-8),
        ("3 × 10−8", "3", "-8", "3e-8", 3e-8),
        ("−3 × 108", "-3", "8", "-3e8", -3 * 10**8),
    ],
)
def test_a_lost_exponent_is_refused_with_its_probable_reading(
    text: str, mantissa: str, digits: str, reading: str, value: float
) -> None:
    with pytest.raises(LostExponent) as caught:
        parse_number(text)
    error = caught.value
    assert (error.mantissa_text, error.digits, error.text) == (mantissa, digits, text)
    assert error.reading == reading
    assert error.value == value
    assert reading in str(error)


@pytest.mark.parametrize(
    ("text", "way_out"),
    [
        ("1,500", "1_500"),
        ("1,500,000.5", "1_500_000.5"),
        ("1,5", "1.5"),
        (".5", "0.5"),
        ("5.", "write 5"),
        ("2x100", "product"),
        ("2x10", "3.0e8"),
        ("", "nothing"),
        ("abc", "3.0e8"),
        ("1__0", "720_000"),
        ("_1", "720_000"),
        ("1e", "3.0e8"),
        ("2e3×10^5", "3.0e8"),
        ("٣", "3.0e8"),
        ("1e999", "1e±300"),
        ("1e99999999999999999999", "1e±300"),
        ("9" * 101, "100 digits"),
        ("10⁻", "3.0e8"),
        ("3×10⁸⁻", "3.0e8"),
        ("nan", "3.0e8"),
        ("inf", "3.0e8"),
    ],
)
def test_what_is_no_number_says_what_to_write(text: str, way_out: str) -> None:
    with pytest.raises(NumberError) as caught:
        parse_number(text)
    assert not isinstance(caught.value, LostExponent)
    assert way_out in caught.value.reason


@pytest.mark.parametrize(
    ("value", "text", "registry", "ascii_text", "dsl"),
    [
        (300_000_000, "3×10⁸", "3×10^8", "3x10^8", "3e8"),
        (99_999, "99999", "99999", "99999", "99999"),
        (100_000, "1×10⁵", "1×10^5", "1x10^5", "1e5"),
        (0.001, "0.001", "0.001", "0.001", "0.001"),
        (0.0005, "5×10⁻⁴", "5×10^-4", "5x10^-4", "5e-4"),
        (-28, "−28", "-28", "-28", "-28"),
        (0.1 + 0.2, "0.3", "0.3", "0.3", "0.30000000000000004"),
        (1500.0, "1500", "1500", "1500", "1500"),
        (0, "0", "0", "0", "0"),
        (0.0, "0", "0", "0", "0"),
    ],
)
def test_computed_numbers(value: float, text: str, registry: str, ascii_text: str, dsl: str) -> None:
    assert format_number(value) == text
    assert format_number(value, "registry") == registry
    assert format_number(value, "ascii") == ascii_text
    assert format_number(value, "dsl") == dsl


def test_a_registry_text_keeps_the_written_digits() -> None:
    assert format_number(300_000_000, "registry", "3.0e8") == "3.0×10^8"
    assert format_number(300_000_000, "ascii", "3.0 × 10⁸") == "3.0x10^8"


plain = st.from_regex(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?", fullmatch=True)
exponents = st.integers(-30, 30)


@given(mantissa=plain, exponent=exponents, sign=st.sampled_from(["", "-", "−", "–", "+"]), style=st.integers(0, 4))
def test_canonical_writing_keeps_the_value_and_is_stable(mantissa: str, exponent: int, sign: str, style: int) -> None:
    power = [f"e{exponent}", f"×10^{exponent}", f" x 10^{exponent}", f"E{exponent:+}", ""][style]
    text = sign + mantissa + power
    canonical = canonical_number(text)
    assert parse_number(canonical) == parse_number(text)
    assert canonical_number(canonical) == canonical
    assert canonical.isascii()
    expected = float((mantissa if sign in ("", "+") else f"-{mantissa}") + (f"e{exponent}" if power else ""))
    assert math.isclose(parse_number(text), expected, rel_tol=1e-15)


@given(st.one_of(st.integers(-(10**30), 10**30), st.floats(1e-250, 1e250), st.floats(-1e250, -1e-250)))
def test_source_and_registry_writings_read_back(value: float) -> None:
    # A whole float is read back as the whole number that its decimal writing says.
    assert type(value)(parse_number(format_number(value, "dsl"))) == value
    for style in ("text", "registry", "ascii"):
        assert math.isclose(parse_number(format_number(value, style)), value, rel_tol=1e-11)


@given(st.one_of(st.text(max_size=12), st.text(alphabet="0123456789.eEx×^*-−+_ ⁻⁸", max_size=12)))
def test_any_text_is_a_number_or_a_number_error(text: str) -> None:
    try:
        value = parse_number(text)
    except NumberError:
        return
    assert math.isfinite(value)
    assert parse_number(canonical_number(text)) == value


@pytest.mark.parametrize(
    ("token", "number", "unit"),
    [
        ("1.0e9/L", "1.0e9", "/L"),
        ("3 mL", "3", "mL"),
        ("3mL", "3", "mL"),
        ("1500/mm3", "1500", "/mm3"),
        ("30 %", "30", "%"),
        ("3xULN", "3", "xULN"),
        ("3 × ULN", "3", "× ULN"),
        ("3.0 × 10^8 cells", "3.0 × 10^8", "cells"),
        ("3×10⁸ cells", "3×10⁸", "cells"),
        ("3.0 × 108 cells", "3.0 × 108", "cells"),
        ("2x105/kg", "2x105", "/kg"),
        ("1.0x 10\\^9/L", "1.0x 10\\^9", "/L"),
        ("5 eq/L", "5", "eq/L"),
        ("5e/L", "5", "e/L"),
        ("-28 days", "-28", "days"),
        ("0.5 10*9/L", "0.5", "10*9/L"),
        ("7", "7", ""),
    ],
)
def test_a_token_splits_into_number_and_unit(token: str, number: str, unit: str) -> None:
    assert split_quantity(token) == (number, unit)


@pytest.mark.parametrize("token", ["mL", "", "/L", "xULN", "×10^9/L"])
def test_a_unit_alone_is_no_quantity(token: str) -> None:
    with pytest.raises(NumberError):
        split_quantity(token)
