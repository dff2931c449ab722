"""Scoring of instruments: what the totals of given answers are, and which totals are possible at all."""

from __future__ import annotations

import math
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from protocol_dsl.expressions.evaluate import NotComputable, Value, as_number, evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protocol_dsl.model.forms import Instrument, Item, Total

Tree = dict[str, Any]
DEEPEST = 200


class Unscorable(Exception):
    """A formula that cannot be computed here: an unknown function, text where a number is due, a missing value."""


class Interval(NamedTuple):
    """Values from `low` to `high`; `exact` tells that both ends are reached."""

    low: float
    high: float
    exact: bool = True


def totals(instrument: Instrument, answers: Mapping[str, int | float | str]) -> dict[str, Value]:
    """Every total for the answers; an item without an answer has its lowest value.

    Raises `Unscorable`.
    """
    values: dict[str, Value] = {item.name: lowest(item) for item in instrument.items}
    values.update(answers)
    formulas = {total.name: total for total in instrument.totals}
    return {name: _total(instrument, total, values, formulas, 0) for name, total in formulas.items()}


def lowest(item: Item) -> Value:
    """The value of an item where nothing was found."""
    if item.low is not None:
        return item.low
    numbers = _numeric_codes(item)
    return min(numbers) if numbers else item.choices[0].code if item.choices else 0


def possible(instrument: Instrument) -> Interval | None:
    """The range of the first total over all answers; None where it cannot be told."""
    if not instrument.totals or not instrument.items:
        return None
    total = instrument.totals[0]
    domains = {item.name: _domain(item) for item in instrument.items}
    if any(domain is None for domain in domains.values()):
        return None
    known = cast("dict[str, Interval]", domains)
    if total.formula is None:
        parts = [_weighted(known[item.name], item.weight) for item in instrument.items]
        return Interval(math.fsum(part.low for part in parts), math.fsum(part.high for part in parts))
    try:
        found = _bounds(total.formula.tree, known, 0)
    except Unscorable:
        return None
    names = _names(total.formula.tree)
    return found._replace(exact=found.exact and len(names) == len(set(names)))


def _domain(item: Item) -> Interval | None:
    if item.choices:
        numbers = _numeric_codes(item)
        return Interval(min(numbers), max(numbers)) if len(numbers) == len(item.choices) else None
    if item.low is not None and item.high is not None:
        return Interval(item.low, item.high)
    return Interval(0, 1) if item.low is None and item.high is None else None


def _numeric_codes(item: Item) -> list[int | float]:
    numbers: list[int | float] = []
    for choice in item.choices:
        value = as_number(choice.code)
        if value is not None:
            numbers.append(value)
    return numbers


def _weighted(domain: Interval, weight: int | float | None) -> Interval:
    ends = (domain.low, domain.high) if weight is None else (domain.low * weight, domain.high * weight)
    return Interval(min(ends), max(ends))


def _names(tree: Any) -> list[str]:
    if isinstance(tree, dict):
        node = cast(Tree, tree)
        own = [node["name"]] if node.get("op") == "name" else []
        return own + [name for value in node.values() for name in _names(value)]
    return [name for value in cast("list[Any]", tree) for name in _names(value)] if isinstance(tree, list) else []


# ---- values ----


def _total(
    instrument: Instrument, total: Total, values: dict[str, Value], formulas: dict[str, Total], depth: int
) -> Value:
    if depth > len(formulas):
        raise Unscorable("its totals are computed from one another in a circle")
    if total.formula is None:
        return sum(
            _number(values[item.name]) * (1 if item.weight is None else item.weight) for item in instrument.items
        )

    def value_of(name: str) -> Value:
        name = name.removeprefix("total.")
        if name in formulas and name not in values:
            return _total(instrument, formulas[name], values, formulas, depth + 1)
        if name not in values:
            raise Unscorable(f"nothing is known of `{name}`")
        return values[name]

    try:
        return _plain(evaluate(total.formula.tree, lambda name, _visit: value_of(name)))
    except NotComputable as reason:
        raise Unscorable(str(reason)) from None


def _plain(value: Value) -> Value:
    """A fraction as the number that people write."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value


def _number(value: Value) -> int | float:
    if value is None or isinstance(value, (str, date, frozenset)):
        raise Unscorable("a value is missing" if value is None else "a number is due")
    return float(value) if isinstance(value, Fraction) else value


def _computed(tree: Tree) -> int | float:
    """The value of a formula of plain numbers."""
    try:
        return _number(_plain(evaluate(tree, lambda _name, _visit: None)))
    except NotComputable as reason:
        raise Unscorable(str(reason)) from None


def _literal(value: int | float) -> Tree:
    return {"op": "number", "value": value}


# ---- ranges ----


def _bounds(tree: Tree, domains: dict[str, Interval], depth: int) -> Interval:
    """The range of a formula when every item ranges over its domain."""
    if depth > DEEPEST:
        raise Unscorable("it is nested too deeply")
    op = tree["op"]
    if op == "number":
        return Interval(tree["value"], tree["value"])
    if op == "name":
        name = str(tree["name"])
        if name not in domains:
            raise Unscorable(f"the range of `{name}` is not known")
        return domains[name]
    if op == "negative":
        inner = _bounds(tree["argument"], domains, depth + 1)
        return Interval(-inner.high, -inner.low, inner.exact)
    if op == "call":
        return _bounds_of_call(tree["function"], tree["arguments"], domains, depth)
    if op in ("+", "-", "*", "/", "^"):
        left, right = _bounds(tree["left"], domains, depth + 1), _bounds(tree["right"], domains, depth + 1)
        if op == "/" and right.low <= 0 <= right.high:
            raise Unscorable("it may divide by zero")
        corners = [
            _computed({"op": op, "left": _literal(one), "right": _literal(other)})
            for one in left[:2]
            for other in right[:2]
        ]
        exact = left.exact and right.exact and (op != "^" or left.low >= 0)
        return Interval(min(corners), max(corners), exact)
    raise Unscorable(f"`{op}` has no range")


def _bounds_of_call(function: str, arguments: list[Tree], domains: dict[str, Interval], depth: int) -> Interval:
    if function == "count":
        return Interval(0, len(arguments), False)
    if function == "when":
        results = [*arguments[1::2], *(arguments[-1:] if len(arguments) % 2 else [])]
        parts = [_bounds(each, domains, depth + 1) for each in results]
        return Interval(min(part.low for part in parts), max(part.high for part in parts), False)
    parts = [_bounds(each, domains, depth + 1) for each in arguments]
    exact = all(part.exact for part in parts)
    if function == "abs":
        ends = [abs(parts[0].low), abs(parts[0].high)]
        crosses = parts[0].low <= 0 <= parts[0].high
        return Interval(0 if crosses else min(ends), max(ends), exact)
    # All other functions of scores rise with each of their arguments.
    low, high = (
        _computed({"op": "call", "function": function, "arguments": [_literal(part[end]) for part in parts]})
        for end in (0, 1)
    )
    return Interval(low, high, exact)
