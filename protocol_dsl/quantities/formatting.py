"""Writing a quantity: for the source (`3.0e8 cells`), for people (`3.0×10⁸ cells`), for a registry."""

from __future__ import annotations

from protocol_dsl.quantities.known_units import Unit, singular
from protocol_dsl.quantities.numbers import (
    SUPERSCRIPTS,
    NumberStyle,
    canonical_number,
    format_number,
    from_superscript,
    parse_number,
)

_SUPERSCRIPT_SET = frozenset(SUPERSCRIPTS + "²³¹")


def format_quantity(value: float, unit: Unit, style: NumberStyle = "text", written: str | None = None) -> str:
    """`value` and `unit` for `style`; `written` is the author's own text for the number.

    A power of ten in front of the unit becomes part of the number: 1.2 `10*9/L` is `1.2e9/L`, `1.2×10⁹/L`.
    """
    name = format_unit(unit, style)
    if unit.symbol.startswith("10*"):
        power, name = _without_power(unit, name)
        number = canonical_number(written or format_number(value, "dsl"))
        mantissa, _, exponent = number.partition("e")
        written = f"{mantissa}e{int(exponent or 0) + power}"
        value = parse_number(written)
    number = format_number(value, style, written)
    if value == 1:
        name = singular(name)
    if not name:
        return number
    touches = name.startswith("/") or (name in ("%", "°") and style != "dsl")
    return f"{number}{name}" if touches else f"{number} {name}"


def format_unit(unit: Unit, style: NumberStyle = "text") -> str:
    """The unit for `style`: `mg/m2` (dsl, ascii), `mg/m²` (text), `mg/m^2` (registry)."""
    if style == "text":
        return unit.text
    if style == "registry":
        return _carets(unit.text)
    return "" if unit.symbol == "1" else unit.symbol


def _without_power(unit: Unit, name: str) -> tuple[int, str]:
    """`10*9` of `10*9/L` as 9, and what is left of its written `name`: `/L`, `cells`."""
    head = unit.symbol.partition("/")[0].partition(" ")[0].partition(".")[0]
    power = int(head.removeprefix("10*"))
    return power, name[_end_of_power(name) :].lstrip(" ·.")


def _end_of_power(name: str) -> int:
    """Where `×10⁹`, `×10^9` or `10*9` ends in front of a unit."""
    at = name.index("10") + 2
    while at < len(name) and (name[at] in "^*-" or name[at].isdigit() or name[at] in _SUPERSCRIPT_SET):
        at += 1
    return at


def _carets(text: str) -> str:
    """Superscripts as `^`: `m²` is `m^2`, `×10⁹/L` is `×10^9/L`."""
    out: list[str] = []
    raised = False
    for character in text:
        is_raised = character in _SUPERSCRIPT_SET
        out.append(("^" if is_raised and not raised else "") + from_superscript(character))
        raised = is_raised
    return "".join(out)
