"""Units: their spellings read, and one canonical writing, UCUM code, dimension and factor for each.

The spellings of protocols, laboratories and UCUM are all read (`×10^9/L`, `10*9/L`, `µg`, `mcg`, `mm Hg`,
`{copies}/uL`); the data is in `unit_table`. What could mean two things (`mg/kg.day`, `K/uL`) is an error that says
what to write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from protocol_dsl.quantities.known_units import (
    NO_DIMENSION,
    Dimension,
    KnownUnit,
    Unit,
    closest_spellings,
    dimension_of,
    is_temperature,
    known_units,
    look_up,
    normal_spelling,
    reduced,
)
from protocol_dsl.quantities.numbers import (
    SUPERSCRIPT_NUMBER,
    NumberError,
    decimal_ratio,
    from_superscript,
    number_prefix,
    to_superscript,
)
from protocol_dsl.quantities.unit_table import BASES, LABORATORY_SHORTHAND

_MAX_EXPONENT = 9
_MAX_POWER_OF_TEN = 30


class UnitError(ValueError):
    """`part` of `text` is no unit, for `reason`. `suggestions` are whole texts to write in its place, best first."""

    def __init__(self, text: str, part: str, suggestions: tuple[str, ...] = (), reason: str = "") -> None:
        self.text = text
        self.part = part
        self.suggestions = suggestions
        self.reason = reason or f"`{part}` is not a unit"
        hint = f"; did you mean {' or '.join(f'`{s}`' for s in suggestions)}?" if suggestions else ""
        super().__init__(f"{self.reason}{hint}")


class _Factor(NamedTuple):
    """One factor of a compound unit, written `part`; `symbol`, `ucum`, `text` carry the exponent, `side` its sign."""

    part: str
    symbol: str
    ucum: str
    text: str
    dimension: Dimension
    num: int
    den: int
    exponent: int
    side: int

    @property
    def is_power(self) -> bool:
        return self.symbol.startswith("10*")


def parse_unit(text: str, defined: Mapping[str, Unit] | None = None) -> Unit:
    """The unit that `text` spells; `defined` are the units of the protocol's own `define` statements.

    Raises `UnitError`, with the offending part and what to write instead.
    """
    try:
        return _parse_built_in(text)
    except UnitError:
        if not defined:
            raise
    return _parse(text, defined)


def split_quantity(text: str) -> tuple[str, str]:
    """The number and the unit of one token: `1.0e9/L` is ("1.0e9", "/L"), `3xULN` is ("3", "xULN").

    Either is returned as written (the unit "" if there is none). Raises `NumberError` where no number begins `text`.
    """
    text = text.strip()
    number = number_prefix(text)
    if not number:
        raise NumberError(text, "a quantity begins with a number")
    return number, text[len(number) :].strip()


def define(name: str, quantity_value: float, unit: Unit) -> Unit:
    """The unit of `define patch = 54 mg`: one `name` is `quantity_value` of `unit`.

    Raises `UnitError` if the name is a unit already, or if there can be no multiples of the quantity.
    """
    if known_units().get(normal_spelling(name)) is not None:
        raise UnitError(name, name, (), f"`{name}` is a unit already")
    if quantity_value <= 0:
        raise UnitError(name, name, (), f"one `{name}` must be more than 0 {unit.text}")
    if is_temperature(unit.dimension):
        raise UnitError(name, name, (), f"a temperature cannot be counted out, so `{name}` cannot stand for one")
    num, den = decimal_ratio(quantity_value)
    code = "{" + name + "}"
    return Unit(name, code, unit.dimension, reduced(num * unit.factor[0], den * unit.factor[1]), (0, 1), name)


# Reading


@lru_cache(maxsize=1024)
def _parse_built_in(text: str) -> Unit:
    return _parse(text, {})


def _parse(text: str, defined: Mapping[str, Unit]) -> Unit:
    text = text.strip()
    if not text:
        raise UnitError(text, text, (), "a unit is missing")
    if text == "1":
        return Unit("1", "1", NO_DIMENSION, (1, 1), (0, 1), "")
    factors = _factors(text, defined)
    if len(factors) == 1 and factors[0].exponent == 1:
        alone = look_up(text, defined)
        if alone is not None:
            return alone.unit
    for factor in factors:
        if "/" in factor.ucum and (factor.side < 0 or factor.exponent > 1):
            raise UnitError(text, factor.part, (), f"write `{factor.ucum}` for `{factor.symbol}` in another unit")
        if is_temperature(factor.dimension):
            raise UnitError(text, factor.part, (), f"a temperature ({factor.text}) cannot be part of another unit")
    return _compound(factors)


@cache
def _token_pattern() -> re.Pattern[str]:
    sup = SUPERSCRIPT_NUMBER
    return re.compile(
        rf"(?P<blank>[ \t]+)|(?P<op>[/.·⋅]|\*(?!\s*10))"
        rf"|(?:[x×X*]\s*)?10\s*(?:(?:\\?\^|\*\*?)\s*(?P<caret>[-+−]?\d+)|(?P<sup>{sup}))|(?P<e>^[eE]\d+)"
        r"|(?P<day>24\s*h(?:r|rs|ours?)?\b|\(24\.h\))"
        r"|(?P<area>1\.73\s*m(?:\^?2|²)|\{1\.73_?m2\})"
        r"|(?P<limit>[x×X*]?\s*[UL]LN\b)"
        r"|(?P<lost>(?:[x×X*]\s*)?10\d+)"
        r"|(?P<name>mm\s?Hg|cm\s?H2O|[%‰℃℉]|°\s?[CF]|°|[A-Za-zµμ_]*(?:\[[^\]\s]+\]|\{[^}]+\})|[A-Za-zµμ_]+)"
        rf"(?P<exp>\^?[-−]?\d+(?![A-Za-z_])|{sup})?(?P<more>[A-Za-z0-9_]*)",
        re.ASCII,
    )


def _factors(text: str, defined: Mapping[str, Unit]) -> list[_Factor]:
    """The factors of `text`. An operator or a power of ten may stand between two, nothing else."""
    factors: list[_Factor] = []
    pattern = _token_pattern()
    at, side, due, open_power = 0, 1, True, False
    while at < len(text):
        match = pattern.match(text, at)
        if match is None:
            raise UnitError(text, text[at:])
        at = match.end()
        if match["blank"]:
            continue
        operator = match["op"]
        if operator:
            if due and (factors or operator != "/"):
                raise UnitError(text, text[match.start() :], (), f"nothing stands before `{operator}`")
            if operator != "/" and side < 0:
                raise _ambiguous(text, match.start())
            side = -1 if operator == "/" else 1
            due, open_power = True, False
            continue
        if not due and not open_power:
            raise UnitError(text, text[match.start() :], (), f"`{text[match.start() :]}` does not belong to the unit")
        factor = _factor(text, match, side, after_power=open_power, defined=defined)
        factors.append(factor)
        due, open_power = False, factor.is_power
    if due:
        raise UnitError(text, text[-1:], (), f"a unit is missing after `{text[-1:]}`")
    return factors


def _factor(text: str, match: re.Match[str], side: int, *, after_power: bool, defined: Mapping[str, Unit]) -> _Factor:
    part = match[0]
    if match["lost"]:
        raise _number_in_unit(text, part)
    power = match["caret"] or match["sup"] or (match["e"] or "")[1:]
    if power:
        return _power_of_ten(text, part, int(from_superscript(power).replace("−", "-")), side)
    if match["day"]:
        # What is collected over a day: urinary protein in g/24h.
        return _Factor(part, "24h", "(24.h)", "24 h", dimension_of((("time", 1),)), 86400, 1, 1, side)
    if match["area"]:
        area = dimension_of((("length", 2),))
        return _Factor(part, "1.73m2", "{1.73_m2}", "1.73 m²", area, 173, 100, 1, side)
    name, written_exponent = match["name"] or part, match["exp"]
    if name in LABORATORY_SHORTHAND and text.startswith(f"{name}/"):
        count = LABORATORY_SHORTHAND[name]
        raise UnitError(text, name, (count + text[len(name) :],), f"`{name}` in front of `/` may mean {count}")
    known = look_up(part, defined)
    if known is not None:
        written_exponent = None
    elif not match["more"]:
        known = look_up(name, defined)
    if known is None:
        slip = name if part == name + (written_exponent or "") else part
        near = tuple(text.replace(slip, found, 1) for found in closest_spellings(normal_spelling(slip), defined))
        raise UnitError(text, part, near)
    exponent = int(from_superscript(written_exponent or "1").lstrip("^").replace("−", "-"))
    if exponent == 0 or abs(exponent) > _MAX_EXPONENT:
        raise UnitError(text, part, (), f"the exponent in `{part}` is not between 1 and {_MAX_EXPONENT}")
    return _raised(part, known, exponent, side, after_power=after_power)


def _raised(part: str, known: KnownUnit, exponent: int, side: int, *, after_power: bool) -> _Factor:
    """`known` to the power `exponent`; a negative one puts it on the other side of the fraction."""
    unit = known.unit
    plural = side * exponent > 0 or (after_power and exponent > 0)
    if exponent < 0:
        exponent, side = -exponent, -side
    symbol = unit.symbol if plural else known.singular_symbol
    text = unit.text if plural else known.singular_text
    ucum = unit.ucum
    if exponent > 1:
        symbol, ucum, text = f"{symbol}{exponent}", f"{ucum}{exponent}", text + to_superscript(exponent)
    num, den = unit.factor
    dimension = tuple(d * exponent for d in unit.dimension)
    return _Factor(part, symbol, ucum, text, dimension, num**exponent, den**exponent, exponent, side)


def _power_of_ten(text: str, part: str, power: int, side: int) -> _Factor:
    if abs(power) > _MAX_POWER_OF_TEN:
        raise UnitError(text, part, (), f"`{part}` is beyond 10^{_MAX_POWER_OF_TEN}")
    symbol = f"10*{power}"
    shown = ("×10" if side > 0 else "10") + to_superscript(power)
    ratio = (10**power, 1) if power >= 0 else (1, 10**-power)
    return _Factor(part, symbol, symbol, shown, NO_DIMENSION, *ratio, 1, side)


def _compound(factors: list[_Factor]) -> Unit:
    dimension = [0] * len(BASES)
    num, den = 1, 1
    for factor in factors:
        for base, exponent in enumerate(factor.dimension):
            dimension[base] += factor.side * exponent
        up, down = (factor.num, factor.den) if factor.side > 0 else (factor.den, factor.num)
        num, den = num * up, den * down
    symbol, ucum, text = _written(factors)
    return Unit(symbol, ucum, tuple(dimension), reduced(num, den), (0, 1), text)


def _written(factors: list[_Factor]) -> tuple[str, str, str]:
    """Symbol, UCUM code and text: what is multiplied first, then a `/` before each divisor."""
    symbol = ucum = text = ""
    previous: _Factor | None = None
    for factor in sorted(factors, key=lambda f: -f.side):
        # A power of ten and its noun read as one: `10*6 cells`, `copies/10*6 cells`.
        together = previous is not None and previous.is_power and previous.side == factor.side
        if factor.side > 0:
            symbol += (" " if together else "." if symbol else "") + factor.symbol
            ucum += ("." if ucum else "") + factor.ucum
            text += (" " if together else "·" if text else "") + factor.text
        else:
            symbol += (" " if together else "/") + factor.symbol
            ucum += "/" + factor.ucum
            text += (" " if together else "/") + factor.text
        previous = factor
    return symbol, ucum, text


def _ambiguous(text: str, at: int) -> UnitError:
    head, tail = text[:at], text[at + 1 :].strip()
    numerator, _, divisors = head.partition("/")
    suggestions = (f"{head}/{tail}", f"{numerator}.{tail}/{divisors}") if tail and numerator else ()
    return UnitError(text, text[at:], suggestions, f"after a `/`, `{text[at]}` could multiply or divide")


def _number_in_unit(text: str, part: str) -> UnitError:
    """`109/L`: the exponent was lost; `100 mL` in a unit: there is no such unit."""
    digits = part.partition("10")[2]
    if digits.startswith("0") or len(digits) > 2:
        return UnitError(text, part, (), f"a number such as `{part}` cannot stand in a unit")
    fixed = text.replace(part, f"10*{digits}", 1)
    return UnitError(text, part, (fixed,), f"`{part}`: the exponent was lost in copying")
