"""Numbers as trialists write them: `720_000`, `0.25e8`, `3.0×10^8`, `3×10⁸`, `10⁹`, `−28`.

A number is read exactly and keeps the digits of its author: `3.0e8` is shown as `3.0×10⁸`, `3e8` as `3×10⁸`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple

NumberStyle = Literal["dsl", "text", "registry", "ascii"]
"""`dsl` 3.0e8 (canonical source), `text` 3.0×10⁸ (people), `registry` 3.0×10^8, `ascii` 3.0x10^8."""

SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
SUPERSCRIPT_NUMBER = "[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+"
"""Pattern of a whole number in superscript."""
_FROM_SUPERSCRIPT = str.maketrans(SUPERSCRIPTS, "0123456789+-")
_TO_SUPERSCRIPT = str.maketrans("0123456789+-", SUPERSCRIPTS)

_MAX_EXPONENT = 300
_MAX_DIGITS = 100
# People read up to five digits at a glance; beyond that, and below a thousandth, a power of ten is clearer.
_SCIENTIFIC_FROM = 100_000
_SCIENTIFIC_BELOW = 0.001

_SIGN = r"[+\-−–]?"
_MANTISSA = r"\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?"
_TIMES = r"[ \t]*[×xX*·⋅][ \t]*"
_TEN_TO = rf"10[ \t]*(?:(?:\\?\^|\*\*?)[ \t]*(?:[+\-−]?\d+|{SUPERSCRIPT_NUMBER})|{SUPERSCRIPT_NUMBER})"
_LOST = r"10(?:[+\-−]?\d+|[ \t]+\d{1,2})"


class NumberError(ValueError):
    """`text` is not a number of the language; `reason` says why and what to write, in words."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"`{text}` is not a number: {reason}")
        self.text = text
        self.reason = reason


class LostExponent(NumberError):
    """`3.0 × 108`: the superscript was lost in copying. `mantissa_text` is "3.0" ("" for `×109`), `digits` "8"."""

    def __init__(self, mantissa_text: str, digits: str, text: str = "") -> None:
        self.mantissa_text = mantissa_text
        self.digits = digits
        super().__init__(
            text or f"{mantissa_text}×10{digits}", f"the exponent was lost in copying; write {self.reading}"
        )

    @property
    def reading(self) -> str:
        """The most probable meaning, as the language writes it: `3.0e8`."""
        return f"{self.mantissa_text or '1'}e{int(self.digits)}"

    @property
    def value(self) -> float | int:
        """The value of `reading`."""
        return parse_number(self.reading)


class Written(NamedTuple):
    """A number by its writing: `sign` "", "-" or "+"; `mantissa` with its digits; `exponent` None if not written."""

    sign: str
    mantissa: str
    exponent: int | None


@cache
def _number_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<sign>{_SIGN})(?:"
        rf"(?P<m1>{_MANTISSA}){_TIMES}(?P<p1>{_TEN_TO})"
        rf"|(?P<lost>(?P<m2>(?:{_MANTISSA})?){_TIMES}(?P<p2>{_LOST}))(?!\d*\.\d)"
        rf"|(?P<p3>{_TEN_TO})"
        rf"|(?P<m4>{_MANTISSA})(?:[eE](?P<e4>[+\-−]?\d+))?"
        r")",
        re.ASCII,
    )


def parse_number(text: str) -> float | int:
    """The value of `text`: an `int` where it is whole (`3.0e8` is 300000000), else the nearest `float`.

    Raises `LostExponent` for `3.0 × 108`, `×109`, `2x105`, and `NumberError` for anything else that is no number.
    """
    written = read_number(text)
    digits, exponent = _decimal(written)
    if exponent >= 0:
        return digits * 10**exponent
    whole, rest = divmod(digits, 10**-exponent)
    if rest == 0:
        return whole
    value = float(f"{digits}e{exponent}")
    if value == 0.0:
        raise NumberError(text, "it is too close to zero to be represented")
    return value


def canonical_number(text: str) -> str:
    """`text` as the formatter writes it: digits and sign kept, powers of ten as `e`: `3.0×10^8` is `3.0e8`."""
    return _plain_or_e(read_number(text))


def format_number(value: float, style: NumberStyle = "text", written: str | None = None) -> str:
    """`value` for `style`; `written`, the author's own text for it, keeps the digits and the power of ten chosen there.

    Without an exponent of the author's, a power of ten is used from 1e5 upwards and below 1e-3.
    Except in `dsl`, a computed `float` is shown with 12 significant digits at most.
    """
    number = read_number(written) if written is not None else _shortest(value, 17 if style == "dsl" else 12)
    if written is not None and style == "dsl":
        return _plain_or_e(number)
    number = number._replace(mantissa=number.mantissa.replace("_", ""))
    size = abs(value)
    if number.exponent is None and value and not _SCIENTIFIC_BELOW <= size < _SCIENTIFIC_FROM:
        number = _normalised(number)
    if style == "dsl":
        return _plain_or_e(number)
    sign = "−" if number.sign == "-" and style == "text" else number.sign
    return sign + number.mantissa + _power_of_ten(number.exponent, style)


def read_number(text: str) -> Written:
    """The parts of `text`. Raises `LostExponent` or `NumberError`, as `parse_number`."""
    text = text.strip()
    match = _number_pattern().fullmatch(text)
    if match is None:
        raise NumberError(text, _why_not(text))
    sign = {"": "", "+": "+"}.get(match["sign"], "-")
    if match["lost"] is not None:
        raise _lost_exponent(text, sign, match["m2"], match["p2"][2:].strip())
    mantissa = match["m1"] or match["m4"] or "1"
    power = match["p1"] or match["p3"]
    exponent = match["e4"]
    if power is not None:
        exponent = power[2:].translate(_FROM_SUPERSCRIPT).lstrip(" \t\\^*")
    number = Written(sign, mantissa, None if exponent is None else int(exponent.replace("−", "-")[:9]))
    if len(mantissa) > _MAX_DIGITS or abs(number.exponent or 0) + len(mantissa.partition(".")[0]) > _MAX_EXPONENT:
        raise NumberError(text, f"it is written with more than {_MAX_DIGITS} digits, or beyond 1e±{_MAX_EXPONENT}")
    return number


def number_prefix(text: str) -> str:
    """The longest number that `text` begins with, a lost exponent (`3.0 × 108`) included; "" if there is none."""
    match = _number_pattern().match(text)
    return match[0] if match else ""


def decimal_ratio(value: float) -> tuple[int, int]:
    """`value` as a fraction of whole numbers, read as the decimal that people see: 0.1 is (1, 10)."""
    if isinstance(value, int):
        return value, 1
    digits, exponent = _decimal(read_number(repr(value)))
    return (digits * 10**exponent, 1) if exponent >= 0 else (digits, 10**-exponent)


def to_superscript(exponent: int) -> str:
    """-8 as `⁻⁸`."""
    return str(exponent).translate(_TO_SUPERSCRIPT)


def from_superscript(text: str) -> str:
    """`⁻⁸` as `-8`; other characters stay as they are."""
    return text.translate(_FROM_SUPERSCRIPT)


def _decimal(number: Written) -> tuple[int, int]:
    """`(digits, exponent)` with the value `digits * 10**exponent`."""
    whole, _, fraction = number.mantissa.replace("_", "").partition(".")
    digits = int(whole + fraction)
    return (-digits if number.sign == "-" else digits), (number.exponent or 0) - len(fraction)


def _shortest(value: float, significant: int) -> Written:
    """The shortest decimal for `value`, without exponent."""
    text = str(value) if isinstance(value, int) or significant >= 17 else f"{value:.{significant}g}"
    sign = "-" if text.startswith("-") else ""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    digits, power = _decimal(Written("", mantissa, int(exponent or 0)))
    if power >= 0:
        return Written(sign, str(digits * 10**power), None)
    padded = str(digits).rjust(1 - power, "0")
    plain = f"{padded[:power]}.{padded[power:]}"
    return Written(sign, plain.rstrip("0").rstrip("."), None)


def _normalised(number: Written) -> Written:
    """A plain number with one digit before the point: 25000000 is 2.5e7, 0.00050 is 5.0e-4."""
    whole, _, fraction = number.mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = len(digits) - len(fraction) - 1
    if not fraction:
        digits = digits.rstrip("0")
    mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return Written(number.sign, mantissa, exponent)


def _plain_or_e(number: Written) -> str:
    exponent = "" if number.exponent is None else f"e{number.exponent}"
    return f"{number.sign}{number.mantissa}{exponent}"


def _power_of_ten(exponent: int | None, style: NumberStyle) -> str:
    if exponent is None:
        return ""
    if style == "text":
        return f"×10{to_superscript(exponent)}"
    return f"{'x' if style == 'ascii' else '×'}10^{exponent}"


def _lost_exponent(text: str, sign: str, mantissa: str, digits: str) -> NumberError:
    digits = digits.replace("−", "-").replace("+", "")
    exponent = digits.lstrip("-")
    if exponent.startswith("0") or len(exponent) > 2:
        return NumberError(text, "a product is not a number; write the result, or a power of ten as 3e8")
    return LostExponent(sign + mantissa if mantissa else "", digits, text)


def _why_not(text: str) -> str:
    if not text:
        return "nothing is written"
    if re.fullmatch(rf"{_SIGN}\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?", text, re.ASCII):
        return f"a comma does not group digits; write {text.replace(',', '_')}"
    if re.fullmatch(rf"{_SIGN}\d+,\d+", text):
        return f"the decimal sign is a point; write {text.replace(',', '.')}"
    if re.fullmatch(rf"{_SIGN}\.\d+", text):
        return f"a digit stands before the point; write {text.replace('.', '0.')}"
    if re.fullmatch(rf"{_SIGN}\d+\.", text):
        return f"a digit stands after the point; write {text[:-1]}"
    return "numbers are written as 3, 0.5, 720_000, 3.0e8 or 3.0×10^8"
