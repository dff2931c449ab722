"""The value of an expression for one participant: the meaning that every printer has to keep.

Numbers are exact fractions wherever the operation permits. A missing value is `None` and makes what is computed from it
missing too; truth follows Kleene's three values, so `no and missing` is no and `yes or missing` is yes. The elaborator
has put every unit conversion into the tree, so a name's value is a number in its declared unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any, cast

Tree = dict[str, Any]
Number = int | float | Fraction
Value = Number | bool | str | date | frozenset[str] | None
Look = Callable[[str, "str | None"], Value]
"""The recorded value of a name, at a visit if one is given; None where nothing is recorded.

Codes are strings, several codes a frozenset, dates `datetime.date`, yes and no are truth values.
"""

DAYS_PER = {"days": Fraction(1), "weeks": Fraction(7), "months": Fraction(487, 16), "years": Fraction(1461, 4)}
"""Days in the results of `days`, `weeks`, `months` and `years`: a month is 30.4375 days, a year 365.25."""
LARGEST_POWER = 1000
_SIMPLE: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "ln": math.log,
    "exp": math.exp,
    "log10": math.log10,
}


class NotComputable(Exception):
    """No value follows from one participant's record, or none exists: a count of people, a division by zero."""


def evaluate(tree: Tree, look: Look) -> Value:
    """The value of an expression's tree; None where it is missing. Raises `NotComputable`."""
    op = tree["op"]
    one = _OPERATIONS.get(op)
    if one is None:
        raise NotComputable(f"`{op}` has no value")
    return one(tree, look)


def holds(tree: Tree, look: Look) -> bool | None:
    """Whether a condition holds; None where that is not known. Raises `NotComputable`."""
    value = evaluate(tree, look)
    if value is None or isinstance(value, bool):
        return value
    raise NotComputable("something that is true or false is due")


def as_number(text: str) -> int | float | None:
    """The number that a code such as `3` or `-1` is; None for other codes."""
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() else value


def rounded(value: Number, digits: int = 0) -> Number:
    """Half away from zero, as people and data capture systems round; a decimal is taken as it is written."""
    scaled = _exact(value) * 10**digits
    whole = math.floor(abs(scaled) + Fraction(1, 2))
    return Fraction(whole if scaled >= 0 else -whole, 1) / 10**digits


# ---- parts ----


def _quantity(tree: Tree, look: Look) -> Value:
    if "limit" in tree:
        normal = look(f"{tree['limit']['of']}.{tree['limit']['name']}", None)
        return None if normal is None else _exact(tree["value"]) * _exact(_numeric(normal))
    if tree["unit"] in ("xULN", "xLLN"):
        raise NotComputable("a multiple of the limit of normal, and nothing says of which value")
    converted = tree.get("converted")
    return _exact(converted["value"] if converted is not None else tree["value"])


def _name(tree: Tree, look: Look) -> Value:
    return look(tree["name"], tree.get("visit"))


def _literal(tree: Tree, look: Look) -> Value:
    value = tree["value"]
    return date.fromisoformat(value) if tree["op"] == "date" else value


def _joined(tree: Tree, look: Look) -> Value:
    return _kleene(tree["op"], [holds(part, look) for part in tree["arguments"]])


def _kleene(op: str, truths: list[bool | None]) -> bool | None:
    decisive = op == "or"
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _negated(tree: Tree, look: Look) -> Value:
    truth = holds(tree["argument"], look)
    return None if truth is None else not truth


def _known(tree: Tree, look: Look) -> Value:
    return (evaluate(tree["argument"], look) is not None) == tree["known"]


def _compare(tree: Tree, look: Look) -> Value:
    left, right = evaluate(tree["left"], look), evaluate(tree["right"], look)
    if left is None or right is None:
        return None
    operator = tree["operator"]
    if operator in ("=", "!="):
        return _same(left, right) == (operator == "=")
    one, other = _ordered(left, right)
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[operator]


def _one_of(tree: Tree, look: Look) -> Value:
    value = evaluate(tree["argument"], look)
    if value is None:
        return None
    return any(_same(value, cast("Any", evaluate(each, look))) for each in tree["values"])


def _has(tree: Tree, look: Look) -> Value:
    codes, code = evaluate(tree["argument"], look), evaluate(tree["value"], look)
    if codes is None:
        return None
    if not isinstance(codes, frozenset):
        codes = frozenset((str(codes),))
    return str(code) in codes


def _negative(tree: Tree, look: Look) -> Value:
    value = evaluate(tree["argument"], look)
    return None if value is None else -_exact(_numeric(value))


def _convert(tree: Tree, look: Look) -> Value:
    value = evaluate(tree["argument"], look)
    if value is None:
        return None
    return _exact(_numeric(value)) * Fraction(*tree["factor"]) + Fraction(*tree["offset"])


def _arithmetic(tree: Tree, look: Look) -> Value:
    left, right = evaluate(tree["left"], look), evaluate(tree["right"], look)
    if left is None or right is None:
        return None
    op = tree["op"]
    if op == "-" and isinstance(left, date) and isinstance(right, date):
        return Fraction((left - right).days)
    one, other = _exact(_numeric(left)), _exact(_numeric(right))
    try:
        if op == "^":
            return _power(one, other)
        return one + other if op == "+" else one - other if op == "-" else one * other if op == "*" else one / other
    except (ZeroDivisionError, OverflowError):
        raise NotComputable("it divides by zero or grows beyond all numbers") from None


def _power(base: Fraction, exponent: Fraction) -> Number:
    if exponent.denominator == 1 and abs(exponent.numerator) <= LARGEST_POWER:
        return base ** int(exponent)
    if base < 0:
        raise NotComputable("a root of a negative number")
    return float(base) ** float(exponent)


# ---- functions ----


def _call(tree: Tree, look: Look) -> Value:
    function, arguments = tree["function"], tree["arguments"]
    if function == "when":
        return _when(arguments, look)
    if function == "baseline" and arguments[0]["op"] == "name":
        return look(arguments[0]["name"], "baseline")
    if function in ("change", "percent_change") and arguments[0]["op"] == "name":
        return _change(function, arguments[0], look)
    if function == "value":
        return evaluate(arguments[0], look)
    if function == "any":
        return _kleene("or", [holds(each, look) for each in arguments])
    if function == "count":
        truths = [holds(each, look) for each in arguments]
        return None if None in truths else sum(map(bool, truths))
    values = [evaluate(each, look) for each in arguments]
    if None in values:
        return None
    if function in DAYS_PER:
        return _between(function, values)
    return _called(function, [_numeric(value) for value in values])


def _when(arguments: list[Tree], look: Look) -> Value:
    for place in range(0, len(arguments) - 1, 2):
        truth = holds(arguments[place], look)
        if truth is None:
            return None
        if truth:
            return evaluate(arguments[place + 1], look)
    return evaluate(arguments[-1], look) if len(arguments) % 2 else None


def _change(function: str, name: Tree, look: Look) -> Value:
    now, before = look(name["name"], name.get("visit")), look(name["name"], "baseline")
    if now is None or before is None:
        return None
    difference, start = _exact(_numeric(now)) - _exact(_numeric(before)), _exact(_numeric(before))
    if function == "change":
        return difference
    if start == 0:
        raise NotComputable("a percent change from zero")
    return difference * 100 / start


def _between(unit: str, values: list[Value]) -> Value:
    start, end = values[0], values[1]
    if not isinstance(start, date) or not isinstance(end, date):
        raise NotComputable(f"`{unit}` counts from one date to another")
    return (end - start).days / DAYS_PER[unit]


def _called(function: str, numbers: list[Number]) -> Value:
    exact = [_exact(number) for number in numbers]
    if function in ("max", "min"):
        return max(exact) if function == "max" else min(exact)
    if function in ("sum", "mean"):
        total = sum(exact, Fraction(0))
        return total if function == "sum" else total / len(exact)
    if function == "median":
        ordered, middle = sorted(exact), len(exact) // 2
        return ordered[middle] if len(exact) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    if function == "round":
        return rounded(exact[0], int(exact[1]) if len(exact) > 1 else 0)
    if function == "abs":
        return abs(exact[0])
    simple = _SIMPLE.get(function)
    if simple is None:
        raise NotComputable(f"`{function}` does not follow from one record")
    try:
        return simple(float(exact[0]))
    except (ValueError, OverflowError):
        raise NotComputable(f"`{function}` of this number does not exist") from None


# ---- values ----


def _numeric(value: Value) -> Number:
    if isinstance(value, str):
        number = as_number(value)
        if number is not None:
            return number
    if value is None or isinstance(value, (str, date, frozenset)):
        raise NotComputable("a number is due")
    return int(value) if isinstance(value, bool) else value


def _exact(value: Number) -> Fraction:
    # A float is the decimal that people wrote: 0.1 is a tenth.
    if not isinstance(value, float):
        return Fraction(value)
    if not math.isfinite(value):
        raise NotComputable("it grows beyond all numbers")
    return Fraction(repr(value))


def _same(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return _truth(left) == _truth(right)
    if (isinstance(left, str) and isinstance(right, str)) or isinstance(left, (date, frozenset)):
        return left == right
    try:
        return _exact(_numeric(left)) == _exact(_numeric(right))
    except NotComputable:
        return False


def _truth(value: Value) -> Value:
    """Yes and no, as codes and as truth values."""
    return {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value


def _ordered(left: Value, right: Value) -> tuple[Any, Any]:
    if isinstance(left, date) and isinstance(right, date):
        return left, right
    return _exact(_numeric(left)), _exact(_numeric(right))


_OPERATIONS: dict[str, Callable[[Tree, Look], Value]] = {
    "number": lambda tree, _: _exact(tree["value"]),
    "quantity": _quantity,
    "name": _name,
    "code": _literal,
    "text": _literal,
    "date": _literal,
    "and": _joined,
    "or": _joined,
    "not": _negated,
    "known": _known,
    "compare": _compare,
    "one_of": _one_of,
    "has": _has,
    "negative": _negative,
    "convert": _convert,
    "call": _call,
    **dict.fromkeys("+-*/^", _arithmetic),
}
