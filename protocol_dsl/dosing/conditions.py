"""Conditions on the state of a level (`n`, `dlt`, `rate`) as functions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from protocol_dsl.dosing.rules import Condition
from protocol_dsl.model.base import Expression

Value = Callable[[int, int], float]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "≤": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "≥": operator.ge,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "≠": operator.ne,
}
_STATE: dict[str, Value] = {
    "n": lambda n, y: n,
    "dlt": lambda n, y: y,
    # In percent, as a rate is compared in the language.
    "rate": lambda n, y: 100 * y / n if n else 0.0,
}
_EQUAL = 1e-9


class CannotTell(Exception):
    """Raised for a part of a condition that says nothing about a level."""


def condition(expression: Expression) -> Condition:
    """The condition as a function of the participants and the DLTs at a level; raises `CannotTell`."""
    return _truth(expression.tree)


def _truth(tree: dict[str, Any]) -> Condition:
    op = tree.get("op")
    if op in ("and", "or"):
        parts = [_truth(each) for each in tree["arguments"]]
        join = all if op == "and" else any
        return lambda n, y: join(part(n, y) for part in parts)
    if op == "not":
        inner = _truth(tree["argument"])
        return lambda n, y: not inner(n, y)
    if op == "compare" and tree.get("operator") in _COMPARE:
        compare = _COMPARE[tree["operator"]]
        left, right = _value(tree["left"]), _value(tree["right"])

        def holds(n: int, y: int) -> bool:
            a, b = left(n, y), right(n, y)
            return compare(b if abs(a - b) < _EQUAL else a, b)

        return holds
    raise CannotTell(str(op))


def _value(tree: dict[str, Any]) -> Value:
    op = tree.get("op")
    if op == "name" and tree.get("kind") == "state" and tree["name"] in _STATE:
        return _STATE[tree["name"]]
    if op == "number" or (op == "quantity" and tree.get("unit") == "%"):
        constant = float(tree["value"])
        return lambda n, y: constant
    if op in ("+", "-", "*"):
        left, right = _value(tree["left"]), _value(tree["right"])
        join = {"+": operator.add, "-": operator.sub, "*": operator.mul}[op]
        return lambda n, y: join(left(n, y), right(n, y))
    raise CannotTell(str(op))
