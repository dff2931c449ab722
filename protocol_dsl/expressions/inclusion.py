"""Whether one condition holds only where another one does, decided by the ranges that they permit.

A condition becomes a list of boxes, of which one has to hold: for each value that it speaks of, the numbers of an
interval or the codes of a set. Quantities are compared exactly, in the base units of what they measure. A value is
taken to be independent of all others, and arithmetic of values is a value of its own. Where that does not decide it,
the answer is None, never a guess.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from protocol_dsl.quantities import UnitError, parse_unit

if TYPE_CHECKING:
    from protocol_dsl.model.base import Expression

MOST_BOXES = 64
"""Conditions with more cases are not looked at."""

Tree = dict[str, Any]


class Interval(NamedTuple):
    """Numbers from `low` to `high`, None where there is no limit; an open end does not belong to it."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False

    def inside(self, other: Interval) -> bool:
        """Whether all its numbers are numbers of the other."""
        if other.low is not None and (
            self.low is None or self.low < other.low or (self.low == other.low and other.low_open > self.low_open)
        ):
            return False
        return other.high is None or not (
            self.high is None
            or self.high > other.high
            or (self.high == other.high and other.high_open > self.high_open)
        )

    def both(self, other: Interval) -> Interval:
        """The numbers of both."""
        low, low_open = self.low, self.low_open
        if other.low is not None and (low is None or (other.low, other.low_open) > (low, low_open)):
            low, low_open = other.low, other.low_open
        high, high_open = self.high, self.high_open
        if other.high is not None and (high is None or (-other.high, other.high_open) > (-high, high_open)):
            high, high_open = other.high, other.high_open
        return Interval(low, high, low_open, high_open)

    @property
    def is_empty(self) -> bool:
        """Whether no number lies in it."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))


class Codes(NamedTuple):
    """The codes of a set, or with `but` all others."""

    codes: frozenset[str]
    but: bool = False

    def inside(self, other: Codes) -> bool:
        """Whether all its codes are codes of the other."""
        if self.but:
            return other.but and other.codes <= self.codes
        return not self.codes & other.codes if other.but else self.codes <= other.codes

    def both(self, other: Codes) -> Codes:
        """The codes of both."""
        if self.but and other.but:
            return Codes(self.codes | other.codes, True)
        if self.but or other.but:
            named, without = (other, self) if self.but else (self, other)
            return Codes(named.codes - without.codes)
        return Codes(self.codes & other.codes)

    @property
    def is_empty(self) -> bool:
        """Whether no code is left."""
        return not self.but and not self.codes


Box = dict[str, Interval | Codes]


class _Undecided(Exception):
    """The condition has something that is no range."""


def implies(one: Expression, other: Expression) -> bool | None:
    """Whether `other` holds wherever `one` does: False if the ranges do not show it, None if there are none."""
    return trees_imply(one.tree, other.tree)


def trees_imply(one: Tree, other: Tree) -> bool | None:
    """The same of the trees of two conditions."""
    try:
        inner, outer = _boxes(one, True), _boxes(other, True)
    except _Undecided:
        return None
    return all(any(_inside(box, around) for around in outer) for box in inner)


def _inside(box: Box, around: Box) -> bool:
    for key, permitted in around.items():
        mine = box.get(key)
        if mine is None or type(mine) is not type(permitted) or not mine.inside(cast(Any, permitted)):
            return False
    return True


def _boxes(tree: Tree, holds: bool) -> list[Box]:
    op = tree["op"]
    if op == "not":
        return _boxes(tree["argument"], not holds)
    if op in ("and", "or"):
        parts = [_boxes(each, holds) for each in cast("list[Tree]", tree["arguments"])]
        if (op == "and") == holds:
            return _all_of(parts)
        found = [box for part in parts for box in part]
        if len(found) > MOST_BOXES:
            raise _Undecided
        return found
    if op == "compare":
        return [_compared(tree, holds)] if holds or tree["operator"] != "=" or not _number(tree["right"]) else (
            _apart(tree)
        )  # fmt: skip
    if op == "one_of":
        codes = frozenset(_code(value) for value in cast("list[Tree]", tree["values"]))
        return [{_key(tree["argument"]): Codes(codes, not holds)}]
    if op == "known":
        return [{"known " + _key(tree["argument"]): Codes(frozenset((str(tree["known"] == holds),)))}]
    return [{_key(tree): Codes(frozenset((str(holds),)))}]


def _all_of(parts: list[list[Box]]) -> list[Box]:
    size = 1
    for part in parts:
        size *= len(part)
    if size > MOST_BOXES:
        raise _Undecided
    return [box for boxes in product(*parts) if (box := _met(boxes)) is not None]


def _met(boxes: tuple[Box, ...]) -> Box | None:
    """All boxes at once; None if nothing lies in all of them."""
    made: Box = {}
    for box in boxes:
        for key, permitted in box.items():
            mine = made.get(key)
            if mine is None:
                made[key] = permitted
            elif type(mine) is not type(permitted):
                raise _Undecided
            else:
                made[key] = cast(Any, mine).both(permitted)
    return None if any(each.is_empty for each in made.values()) else made


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def _compared(tree: Tree, holds: bool) -> Box:
    left, right, operator = tree["left"], tree["right"], tree["operator"]
    if _is_value(left) and not _is_value(right):
        left, right, operator = right, left, _TURNED[operator]
    if not holds:
        operator = _OPPOSITE[operator]
    if not _is_value(right):
        raise _Undecided
    found = _number(right)
    if found is None:
        if operator not in ("=", "!="):
            raise _Undecided
        return {_key(left): Codes(frozenset((_code(right),)), operator == "!=")}
    value, dimension = found
    key = f"{_key(left)} {dimension}"
    if operator == "=":
        return {key: Interval(value, value)}
    if operator == "!=":
        raise _Undecided
    is_open = operator in ("<", ">")
    return {key: Interval(value, None, is_open) if operator in (">", ">=") else Interval(None, value, False, is_open)}


def _apart(tree: Tree) -> list[Box]:
    """A number that is not equal to another lies below or above it."""
    return [_compared({**tree, "operator": operator}, True) for operator in ("<", ">")]


def _is_value(tree: Tree) -> bool:
    return tree["op"] in ("quantity", "number", "code", "text", "date", "negative") and (
        tree["op"] != "negative" or _is_value(tree["argument"])
    )


def _number(tree: Tree) -> tuple[Fraction, str] | None:
    """A number in base units, and what it measures; None for a code."""
    if tree["op"] == "negative":
        found = _number(tree["argument"])
        return None if found is None else (-found[0], found[1])
    if tree["op"] == "number":
        return Fraction(str(tree["value"])), ""
    if tree["op"] != "quantity":
        return None
    try:
        unit = parse_unit(tree["unit"])
    except UnitError:
        return Fraction(str(tree["value"])), tree["unit"]
    value = Fraction(str(tree["value"])) * Fraction(*unit.factor) + Fraction(*unit.offset)
    return value, ".".join(map(str, unit.dimension))


def _code(tree: Tree) -> str:
    if "value" not in tree:
        raise _Undecided
    return str(tree["value"])


_SAYS_NOTHING = frozenset(("label", "kind", "written", "numeric"))


def _key(tree: Tree) -> str:
    """A value by what it is made of, without what people call it."""
    said = [(name, value) for name, value in sorted(tree.items()) if name not in _SAYS_NOTHING]
    parts = [f"{name}={_key(cast('Tree', value)) if isinstance(value, dict) else _keys(value)}" for name, value in said]
    return f"({', '.join(parts)})"


def _keys(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_key(each) for each in cast("list[Tree]", value)) + "]"
    return str(value)
