"""Units within expressions: the unit of what is calculated, and conversions, which are written into the tree.

After this a program that reads the tree has nothing to convert: each name stands for a number in its declared unit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from protocol_dsl.expressions import types
from protocol_dsl.quantities import compatible, convert, power, product, quotient
from protocol_dsl.quantities.known_units import Unit, reduced


class Typed(NamedTuple):
    """A part of an expression: its tree, its type and unit; `bare` for what plain numbers may be compared with."""

    tree: dict[str, Any]
    type: str = types.UNKNOWN
    unit: Unit | None = None
    choices: tuple[tuple[str, str], ...] = ()
    bare: bool = False


UNKNOWN = Typed({"op": "unknown"})


def same_scale(left: Typed, right: Typed) -> tuple[Typed, Typed]:
    """Two sides of a comparison in one unit: a written quantity takes the unit of the other side."""
    if is_literal(left) and not is_literal(right):
        return in_unit_of(left, right, difference=_is_difference(right)), right
    return left, in_unit_of(right, left, difference=_is_difference(left))


def _is_difference(typed: Typed) -> bool:
    return typed.tree["op"] == "-" or typed.tree.get("function") == "change"


def in_unit_of(typed: Typed, other: Typed, *, difference: bool = False) -> Typed:
    """`typed` in the unit of `other`; as it is, where the two do not convert.

    With `difference`, what is added to `other` or taken from it: a rise of 1 Cel, not a temperature.
    """
    unit, wanted = typed.unit, other.unit
    if unit is None or wanted is None:
        return typed
    if is_literal(typed) and is_multiple_of_normal(unit) and other.tree["op"] == "name":
        limit = {"of": other.tree["name"], "name": "uln" if "ULN" in unit.symbol else "lln"}
        return typed._replace(tree={**typed.tree, "limit": limit})
    if not compatible(unit, wanted) or (unit.factor, unit.offset) == (wanted.factor, wanted.offset):
        return typed
    if is_literal(typed):
        value = convert(typed.tree["value"], unit, wanted, difference=difference)
        return typed._replace(tree={**typed.tree, "converted": {"value": value, "unit": wanted.symbol}}, unit=wanted)
    tree = {
        "op": "convert",
        "argument": typed.tree,
        "factor": reduced(unit.factor[0] * wanted.factor[1], unit.factor[1] * wanted.factor[0]),
        "offset": (0, 1) if difference else _offset(unit, wanted),
        "unit": wanted.symbol,
    }
    return typed._replace(tree=tree, unit=wanted)


def _offset(unit: Unit, wanted: Unit) -> tuple[int, int]:
    (a, b), (c, d) = unit.offset, wanted.offset
    numerator, denominator = (a * d - c * b) * wanted.factor[1], b * d * wanted.factor[0]
    return reduced(numerator, denominator)


def is_literal(typed: Typed) -> bool:
    """Whether it is a quantity as the author wrote it."""
    return typed.tree.get("op") == "quantity"


def calculated(op: str, left: Typed, right: Typed) -> Unit | None:
    """The unit of what is calculated; None for a plain number and where it is not known, which is not checked."""
    if op in "+-":
        return left.unit
    if op == "^":
        exponent = right.tree.get("value") if right.tree["op"] == "number" else None
        return power(left.unit, exponent) if left.unit and not left.bare and isinstance(exponent, int) else None
    if right.unit is None:
        return left.unit if _is_plain(right) or left.bare or right.bare else None
    if left.bare or right.bare:
        # Formulas of forms convert by plain numbers: `height / 100` is in metres.
        return None
    if left.unit is None:
        return right.unit if op == "*" and _is_plain(left) else None
    return product(left.unit, right.unit) if op == "*" else quotient(left.unit, right.unit)


def _is_plain(typed: Typed) -> bool:
    """Whether a value is known to be a number without a unit, and not one whose unit could not be calculated."""
    return typed.type == types.NUMBER and typed.unit is None and typed.tree["op"] not in ("*", "/", "^")


def is_multiple_of_normal(unit: Unit) -> bool:
    """`xULN` goes with every result: the laboratory's own limit is meant."""
    return "ULN" in unit.symbol or "LLN" in unit.symbol
