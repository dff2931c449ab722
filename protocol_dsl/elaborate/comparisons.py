"""Comparisons within expressions: values and codes, and whether two sides can be compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from protocol_dsl.diagnostics.codes import qty
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.elaborate import scaling
from protocol_dsl.elaborate.scaling import UNKNOWN, Typed
from protocol_dsl.expressions import types
from protocol_dsl.expressions.english import english
from protocol_dsl.quantities import (
    canonical_number,
    compatible,
    parse_unit,
    split_quantity,
    why_incompatible,
)
from protocol_dsl.syntax.nodes import Node, Token

if TYPE_CHECKING:
    from protocol_dsl.elaborate.context import Context
    from protocol_dsl.expressions.types import Meaning
    from protocol_dsl.quantities.known_units import Unit

Names = Callable[[str], "Meaning | None"]
_COMPARE = {"≤": "<=", "≥": ">=", "≠": "!="}


class Comparisons:
    """Reads comparisons. `look_up` knows what the names of the whole trial mean, `local` those of a form or instrument.

    The reading of everything else is the business of the class that is built on it.
    """

    def __init__(
        self,
        context: Context,
        look_up: Names,
        known: Callable[[], list[str]],
        parts_of: Callable[[str], list[str] | None],
        local: dict[str, Meaning],
    ) -> None:
        self.context = context
        self.look_up = look_up
        self.known = known
        self.parts_of = parts_of
        self.local = local
        self.names: list[str] = []
        self.failed = False

    def read(self, node: Node | Token) -> Typed:
        """Any part of an expression."""
        raise NotImplementedError

    def meaning(self, name: str) -> Meaning | None:
        """What a name means here."""
        return self.local.get(name) or self.look_up(name)

    def fail(self, node: Node | Token, message: str, help: str | None, rule: Any = qty.WRONG_TYPE) -> None:
        """Tell a fault; the expression is dropped."""
        self.failed = True
        self.context.tell(rule, node, message, help=help)

    def comparison(self, node: Node) -> Typed:
        """`a < b`; both sides must be comparable."""
        left_node, sign, right_node = node.children[0], node.children[1], node.children[2]
        assert isinstance(sign, Token)
        if sign.missing:
            self.failed = True
            return UNKNOWN
        operator = _COMPARE.get(sign.value, sign.value)
        left = self.side(left_node, right_node)
        right = self.side(right_node, left_node, left)
        right = self.numbered_code(right_node, left, operator) or right
        self.comparable(node, left, right, operator)
        left, right = scaling.same_scale(left, right)
        numeric = types.NUMBER in (left.type, right.type)
        tree = {"op": "compare", "operator": operator, "left": left.tree, "right": right.tree}
        return Typed({**tree, "numeric": True} if numeric else tree, types.BOOLEAN)

    def one_of(self, node: Node) -> Typed:
        """`a is one_of (x, y)`; each value must be comparable with `a`."""
        left = self.read(node.children[0])
        values: list[dict[str, Any]] = []
        for child in node.children[1:]:
            value = self.value(child, left)
            if not self.failed:
                self.comparable(child, left, value, "=")
                value = scaling.same_scale(left, value)[1]
            values.append(value.tree)
        return Typed({"op": "one_of", "argument": left.tree, "values": values}, types.BOOLEAN)

    def side(self, node: Node | Token, other: Node | Token, opposite: Typed | None = None) -> Typed:
        """One side of a comparison; a single word can be a code of the other side."""
        word = single_name(node)
        if word is not None and opposite is not None and (opposite.choices or opposite.type == types.CHOICE):
            is_code = any(word.value == code for code, _ in opposite.choices)
            return self.value(word, opposite) if is_code or self.meaning(word.value) is None else self.read(node)
        if word is not None and opposite is UNKNOWN:
            # Nothing is known about the other side; the word may be one of its codes.
            return UNKNOWN
        if word is not None and opposite is None and self.meaning(word.value) is None:
            right = self.meaning(_full_name(other)) if isinstance(other, Node) and other.kind == "reference" else None
            if right is not None and right.choices:
                return self.value(word, Typed({}, right.type, right.unit, right.choices))
        if (
            word is not None
            and opposite is not None
            and word.value in ("yes", "no")
            and opposite.type in (types.BOOLEAN, types.UNKNOWN)
        ):
            return Typed({"op": "code", "value": word.value, "label": word.value}, types.BOOLEAN)
        return self.read(node)

    def numbered_code(self, node: Node | Token, of: Typed, operator: str) -> Typed | None:
        """A number as the code of a choice; codes that are all numbers, such as grades, have an order besides."""
        token = node.token("NUMBER") if isinstance(node, Node) and node.kind == "number" else None
        if token is None or of.type != types.CHOICE or not of.choices:
            return None
        if operator not in ("=", "!=") and all(code.isdecimal() for code, _ in of.choices):
            return None
        return self.code(token, of)

    def value(self, node: Node | Token, of: Typed | None) -> Typed:
        """A literal, or a code of the thing `of` that it is compared with."""
        if isinstance(node, Node):
            return self.read(node)
        if node.type == "NAME":
            return self.code(node, of)
        if node.type in ("NUMBER", "SIGNED"):
            if of is not None and of.type == types.CHOICE and of.choices:
                return self.code(node, of)
            number = self.context.number(node)
            self.failed |= number is None
            return Typed(
                {
                    "op": "number",
                    "value": number,
                    "written": canonical_number(node.value) if number is not None else node.value,
                },
                types.NUMBER,
            )
        if node.type == "QTY":
            quantity = self.context.quantity(node)
            if quantity is None:
                self.failed = True
                return UNKNOWN
            _, unit_text = split_quantity(node.value)
            unit = parse_unit(unit_text, self.context.units)
            tree = {
                "op": "quantity",
                "value": quantity.value,
                "unit": quantity.unit,
                "ucum": quantity.ucum,
                "written": quantity.written,
            }
            return Typed(tree, types.NUMBER, unit)
        if node.type == "DATE":
            self.failed |= self.context.date(node) is None
            return Typed({"op": "date", "value": node.value}, types.DATE)
        return Typed({"op": "text", "value": self.context.text(node)}, types.TEXT)

    def code(self, token: Token, of: Typed | None) -> Typed:
        """A code of a choice."""
        choices = dict(of.choices) if of is not None else {}
        if choices and token.value not in choices:
            self.fail(
                token,
                f"`{token.value}` is not one of the codes",
                did_you_mean(token.value, list(choices)) or "the codes are " + ", ".join(f"`{c}`" for c in choices),
            )
            return UNKNOWN
        label = self.context.fill(choices.get(token.value, token.value))
        return Typed({"op": "code", "value": token.value, "label": label}, types.CHOICE)

    def comparable(self, node: Node | Token, left: Typed, right: Typed, operator: str) -> None:
        """Tell what makes two sides not comparable."""
        if types.UNKNOWN in (left.type, right.type):
            return
        if left.type != right.type and not (left.choices and right.type == types.NUMBER):
            hint = "write the code without quotes" if {left.type, right.type} == {types.CHOICE, types.TEXT} else None
            self.fail(node, f"a {left.type} cannot be compared with a {right.type}", hint)
            return
        if left.type == types.NUMBER:
            self.same_dimension(node, left, right)
        if left.type == right.type == types.CHOICE and operator not in ("=", "!="):
            self.fail(node, f"codes have no order; `{operator}` cannot compare them", "use `=` or `is one_of (…)`")

    def same_dimension(self, node: Node | Token, left: Typed, right: Typed) -> None:
        """Tell two numbers whose units do not go together."""
        for one, other in ((left, right), (right, left)):
            if one.unit is not None and other.unit is None:
                if one.bare or other.bare:
                    return
                if other.tree["op"] == "number":
                    self.context.tell(
                        qty.UNIT_DUE,
                        node,
                        f"{other.tree['written']} needs its unit: {english(one.tree)} is in {one.unit.symbol}",
                        help=f"write `{_with_unit(other.tree['written'], one.unit)}`, or the unit that is meant",
                    )
                    self.failed = True
                elif (
                    one.tree["op"] == "quantity"
                    and other.tree["op"] == "name"
                    and not scaling.is_multiple_of_normal(one.unit)
                    and not _is_ratio(one.unit)
                ):
                    self.fail(
                        node,
                        f"{english(other.tree)} is declared without a unit; it does not compare with {one.unit.symbol}",
                        'declare its unit, such as `result x "X" (10*9/L)`',
                        rule=qty.INCOMPARABLE,
                    )
                return
        if left.unit is None or right.unit is None or compatible(left.unit, right.unit):
            return
        if scaling.is_multiple_of_normal(left.unit) or scaling.is_multiple_of_normal(right.unit):
            return
        self.fail(
            node,
            f"{_measured(left)} does not go with {_measured(right)}: " + why_incompatible(left.unit, right.unit),
            f"give both in units that convert into each other, such as {left.unit.symbol}",
            rule=qty.INCOMPARABLE,
        )


def public_type(typed: Typed) -> str:
    """The type for people and for the model: a number with a unit is a quantity."""
    if typed.type == types.NUMBER and typed.unit is not None:
        return "quantity"
    return typed.type


def single_name(node: Node | Token) -> Token | None:
    """The name that a part consists of, if it is nothing else."""
    if isinstance(node, Token):
        return node if node.type == "NAME" else None
    if node.kind == "reference" and len(node.children) == 1:
        return node.token("NAME")
    return None


def _full_name(node: Node) -> str:
    return ".".join(token.value for token in node.tokens("NAME"))


def _measured(typed: Typed) -> str:
    """A value for a message, with the unit that it is declared in."""
    text = english(typed.tree)
    return text if typed.tree["op"] == "quantity" or typed.unit is None else f"{text} ({typed.unit.symbol})"


def _with_unit(number: str, unit: Unit) -> str:
    """A number with its unit as people write it: `1.5e9/L` rather than `1.5 10*9/L`."""
    power = re.match(r"10\*(\d+)(/.*)\Z", unit.symbol)
    if power is not None and number.replace(".", "", 1).isdecimal():
        return f"{number}e{power[1]}{power[2]}"
    return f"{number} {unit.symbol}"


def _is_ratio(unit: Unit) -> bool:
    return unit.symbol == "%"
