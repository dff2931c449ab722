"""What REDCap makes of a logic: an interpreter of its rules, blanks included, to hold the printer against.

The rules: arithmetic passes a blank on; `sum`, `mean`, `median`, `min`, `max` skip blanks; `<`, `>`, `<=`, `>=` with a
blank are not true; `=` and `<>` compare a blank as the empty text; numbers within texts compare as numbers; what cannot
be computed is blank. Conditions are true or false, never unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

from protocol_dsl.exchange.redcap.logic import Part

Look = Callable[[Part], Any]
"""The stored value of a field: a text or a number, `''` where nothing is stored."""
BLANK = ""


def run(part: Part, look: Look) -> Any:
    """The value of a logic; conditions give a truth value."""
    if part.kind == "number":
        return Fraction(part.name)
    if part.kind == "text":
        return part.name
    if part.kind == "flag":
        return part.name == "true"
    if part.kind == "field":
        return look(part)
    if part.kind == "unary":
        value = run(part.parts[0], look)
        if part.name == "not":
            return not _true(value)
        return BLANK if as_number(value) is None else -as_number(value)
    if part.kind == "call":
        return _call(part, look)
    left, right = (run(each, look) for each in part.parts)
    if part.name in ("and", "or"):
        return _true(left) and _true(right) if part.name == "and" else _true(left) or _true(right)
    if part.name in ("=", "<>", "!="):
        return _same(left, right) == (part.name == "=")
    one, other = as_number(left), as_number(right)
    if part.name in ("<", ">", "<=", ">="):
        if one is None or other is None:
            return False
        return {"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}[part.name]
    if one is None or other is None:
        return BLANK
    try:
        if part.name == "^":
            return one ** int(other) if other.denominator == 1 else Fraction(repr(float(one) ** float(other)))
        return {"+": one + other, "-": one - other, "*": one * other}[part.name] if part.name != "/" else one / other
    except (ZeroDivisionError, OverflowError):
        return BLANK


def _call(part: Part, look: Look) -> Any:
    if part.name == "if":
        return run(part.parts[1 if _true(run(part.parts[0], look)) else 2], look)
    values = [run(each, look) for each in part.parts]
    if part.name == "datediff":
        assert values[2:] == ["d", True]
        if BLANK in values[:2]:
            return BLANK
        return Fraction((date.fromisoformat(values[1]) - date.fromisoformat(values[0])).days)
    numbers = [as_number(value) for value in values]
    if part.name in ("sum", "mean", "median", "min", "max"):
        found = sorted(number for number in numbers if number is not None)
        if not found:
            return BLANK
        middle = len(found) // 2
        return {
            "sum": sum(found),
            "mean": sum(found) / len(found),
            "median": found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2,
            "min": found[0],
            "max": found[-1],
        }[part.name]
    first = numbers[0]
    if first is None:
        return BLANK
    if part.name == "round":
        size = 10 ** int(numbers[1] or 0) if len(numbers) > 1 else 1
        whole = math.floor(abs(first) * size + Fraction(1, 2))
        return Fraction(whole if first >= 0 else -whole, size)
    if part.name == "abs":
        return abs(first)
    try:
        one = {"sqrt": math.sqrt, "exponential": math.exp, "log": math.log}[part.name](float(first))
        return Fraction(repr(one / math.log(10) if len(numbers) > 1 else one))
    except ValueError:
        return BLANK


def _true(value: Any) -> bool:
    return value if isinstance(value, bool) else as_number(value) not in (None, 0)


def as_number(value: Any) -> Fraction | None:
    """The number that a value is or spells; None for a blank and for other texts."""
    if isinstance(value, str):
        try:
            return Fraction(value) if value.strip() else None
        except ValueError:
            return None
    return Fraction(value)


def _same(left: Any, right: Any) -> bool:
    if BLANK in (left, right):
        return left == right
    one, other = as_number(left), as_number(right)
    return one == other if one is not None and other is not None else left == right
