"""Expressions: from the syntax tree to a typed tree, with names and units checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from protocol_dsl.diagnostics.codes import nam, qty, syn
from protocol_dsl.diagnostics.model import Diagnostic, Label
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.elaborate import scaling
from protocol_dsl.elaborate.context import Context
from protocol_dsl.elaborate.scaling import UNKNOWN, Typed
from protocol_dsl.expressions import types
from protocol_dsl.expressions.english import english
from protocol_dsl.expressions.types import FUNCTIONS, Meaning
from protocol_dsl.model.base import Expression
from protocol_dsl.quantities import (
    UnitError,
    canonical_number,
    compatible,
    parse_unit,
    split_quantity,
    why_incompatible,
)
from protocol_dsl.quantities.known_units import Unit
from protocol_dsl.syntax.nodes import Node, Token

DEEPEST = 100
BETWEEN = {unit: f"{unit}(from, to)" for unit in ("days", "weeks", "months", "years")}
"""Functions of two points in time, and how they are written."""
Names = Callable[[str], "Meaning | None"]
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[()]')
_COMPARE = {"≤": "<=", "≥": ">=", "≠": "!="}


class Conditions:
    """Reads expressions. `look_up` knows what the names of the whole trial mean, `parts_of` those in an instrument."""

    def __init__(
        self,
        context: Context,
        look_up: Names,
        known: Callable[[], list[str]],
        parts_of: Callable[[str], list[str] | None] = lambda _: None,
    ) -> None:
        self.context = context
        self.look_up = look_up
        self.known = known
        self.parts_of = parts_of

    def condition(self, clause: Node | None, local: dict[str, Meaning] | None = None) -> Expression | None:
        """The expression of a `where` or `if`, which must be true or false."""
        if clause is None:
            return None
        node = clause.children[0] if clause.kind in ("where_clause", "if_clause", "closed") else clause
        result = self.expression(node, local)
        if result is not None and result.type not in (types.BOOLEAN, types.UNKNOWN):
            self.context.tell(
                qty.WRONG_TYPE,
                node,
                f"`{result.text}` is a {result.type}, not something that is true or false",
                help="compare it with something, such as `… >= 3`",
            )
            return None
        return result

    def expression(self, node: Node | Token, local: dict[str, Meaning] | None = None) -> Expression | None:
        """An expression of any type; None after a fault, which is told."""
        if self.too_deep(node):
            return None
        reading = Reading(self, local or {})
        typed = reading.read(node)
        if reading.failed:
            return None
        return Expression.model_construct(
            text=self.written(node),
            english=english(typed.tree),
            type=_public(typed),
            names=tuple(dict.fromkeys(reading.names)),
            tree=typed.tree,
            origin=self.context.origin(node),
        )

    def written(self, node: Node | Token) -> str:
        """An expression as written, with the brackets at its ends that its span leaves out."""
        text = self.context.sources.files[node.file].text
        start, end = node.start, node.end
        open_brackets = missing = 0
        for bracket in _BRACKETS.findall(text[start:end]):
            open_brackets += {"(": 1, ")": -1}.get(bracket, 0)
            missing = max(missing, -open_brackets)
        for _ in range(missing):
            start = text.rfind("(", 0, start)
        for _ in range(open_brackets + missing):
            end = text.find(")", end) + 1
        # A bracket that the parser put in is not in the text.
        return text[start:end] if 0 <= start < end else text[node.start : node.end]

    def too_deep(self, node: Node | Token) -> bool:
        """Whether an expression is nested too deeply to be read; told once."""
        level: list[Node | Token] = [node]
        for _ in range(DEEPEST * 4):
            level = [child for part in level if isinstance(part, Node) for child in part.children]
            if not level:
                return False
        self.context.tell(syn.TOO_DEEP, node, "this condition is nested too deeply", help="name parts of it as facts")
        return True


def _public(typed: Typed) -> str:
    if typed.type == types.NUMBER and typed.unit is not None:
        return "quantity"
    return typed.type


class Reading:
    """One expression on its way into the model."""

    def __init__(self, conditions: Conditions, local: dict[str, Meaning]) -> None:
        self.conditions = conditions
        self.context = conditions.context
        self.local = local
        self.names: list[str] = []
        self.failed = False

    def read(self, node: Node | Token) -> Typed:
        """Any part of an expression."""
        if isinstance(node, Token):
            return self.value(node, None)
        children = node.children
        kind = node.kind
        if kind in ("any_of", "all_of"):
            return self.joined("or" if kind == "any_of" else "and", children)
        if kind == "negation":
            return Typed({"op": "not", "argument": self.truth(children[0]).tree}, types.BOOLEAN)
        if kind == "comparison":
            return self.comparison(node)
        if kind in ("is_known", "is_missing"):
            return Typed(
                {"op": "known", "known": kind == "is_known", "argument": self.read(children[0]).tree}, types.BOOLEAN
            )
        if kind == "is_one_of":
            return self.one_of(node)
        if kind == "has_code":
            left = self.read(children[0])
            if left.type not in (types.CHOICE, types.UNKNOWN):
                self.fail(
                    node,
                    f"`has` looks for a code in a list of choices; {english(left.tree)} is a {_public(left)}",
                    "compare it with `=`",
                )
            return Typed(
                {"op": "has", "argument": left.tree, "value": self.value(children[1], left).tree}, types.BOOLEAN
            )
        if kind == "arithmetic":
            return self.arithmetic(node)
        if kind == "negative":
            inner = self.read(children[-1])
            return inner._replace(tree={"op": "negative", "argument": inner.tree})
        if kind in ("number", "quantity", "literal"):
            return self.value(children[0], None)
        if kind == "reference":
            return self.reference(node)
        if kind == "call":
            return self.call(node)
        self.failed = True
        return UNKNOWN

    def joined(self, op: str, children: list[Node | Token]) -> Typed:
        """`a and b and c`."""
        if len(children) == 1:
            return self.read(children[0])
        return Typed({"op": op, "arguments": [self.truth(child).tree for child in children]}, types.BOOLEAN)

    def truth(self, node: Node | Token) -> Typed:
        """A part that must be true or false."""
        typed = self.read(node)
        if typed.type not in (types.BOOLEAN, types.UNKNOWN):
            self.fail(
                node, f"this is a {_public(typed)}, not something that is true or false", "compare it with something"
            )
        return typed

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
        word = _single_name(node)
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

    def arithmetic(self, node: Node) -> Typed:
        """`a + b`, `a * b`, `a ^ 2`."""
        left_node, sign, right_node = node.children
        assert isinstance(sign, Token)
        if sign.missing:
            self.failed = True
            return UNKNOWN
        left, right = self.read(left_node), self.divisor(left_node, sign, right_node)
        op = "-" if sign.value in "-−" else sign.value
        for typed, part in ((left, left_node), (right, right_node)):
            if (
                typed.type not in (types.NUMBER, types.UNKNOWN, types.DATE)
                and not typed.choices
                and not (typed.bare and typed.type == types.BOOLEAN)
            ):
                self.fail(part, f"a {typed.type} cannot be calculated with", None)
        if op in "+-" and types.UNKNOWN not in (left.type, right.type):
            self.same_dimension(node, left, right)
        if self.failed:
            return UNKNOWN
        if op in "+-":
            right = scaling.in_unit_of(right, left, difference=True)
        tree = {"op": op, "left": left.tree, "right": right.tree}
        return Typed(tree, types.NUMBER, scaling.calculated(op, left, right), bare=left.bare or right.bare)

    def divisor(self, left: Node | Token, sign: Token, right: Node | Token) -> Typed:
        """The right side of a calculation; in `1.0e9 / L` a unit that was meant to stand directly behind its number."""
        word = _single_name(right)
        is_amount = isinstance(left, Node) and left.kind in ("number", "quantity")
        if word is None or sign.value != "/" or not is_amount or word.missing or self.meaning(word.value) is not None:
            return self.read(right)
        try:
            parse_unit(word.value, self.context.units)
        except UnitError:
            return self.read(right)
        self.failed = True
        meant = f"{self.context.sources.text(left.span)}/{word.value}"
        self.unknown(right, word.value, f"a unit stands directly behind the number: `{meant}`")
        return UNKNOWN

    def meaning(self, name: str) -> Meaning | None:
        """What a name means here."""
        return self.local.get(name) or self.conditions.look_up(name)

    def reference(self, node: Node) -> Typed:
        """A name, with the visit in brackets if one is given."""
        text = self.context.sources.text(node.span)
        name, _, visit = text.partition("[")
        name = "".join(name.split())
        meaning = self.meaning(name)
        first = node.token("NAME")
        if first is not None and first.missing:
            self.failed = True
            return UNKNOWN
        visit = visit.rstrip("] \t\n") or None
        if visit and self.context.scope.find(visit, "visit", "event", "cycle") is None:
            self.failed = True
            self.context.scope.tell_unknown(node.span, visit, "visit", "event")
        if meaning is None:
            self.failed = True
            self.unknown(node, name)
            return UNKNOWN
        self.names.append(meaning.name)
        label = self.context.fill(meaning.label)
        tree: dict[str, Any] = {"op": "name", "kind": meaning.kind, "name": meaning.name, "label": label}
        tree["type"] = meaning.type
        if meaning.unit is not None:
            tree["unit"] = meaning.unit.symbol
        if visit:
            tree["visit"] = visit
        return Typed(tree, meaning.type, meaning.unit, meaning.choices, meaning.bare)

    def unknown(self, node: Node | Token, name: str, help: str | None = None) -> None:
        """Tell a name that means nothing in an expression, once."""
        scope = self.context.scope
        if scope.is_told(name, node.span):
            return
        parts = self.conditions.parts_of(name)
        if parts:
            scope.tell_first(name, self.no_such_part(node, name, parts))
            return
        others = scope.everywhere(name)
        also = [Label(o.span, f"declared here as {o.kind.replace('_', ' ')}") for o in others[:1] if o.span]
        rule = nam.UNKNOWN_NAME if not others else nam.WRONG_KIND
        scope.tell_first(
            name,
            rule.at(
                node.span,
                f"nothing that has a value is declared under the name `{name}`",
                also=also,
                help=help
                or scope.nearest(name, [*self.local, *self.conditions.known()])
                or "declare it as the result of an assessment, or as a fact",
            ),
        )

    def no_such_part(self, node: Node | Token, name: str, parts: list[str]) -> Diagnostic:
        """An instrument's total that there is none of, or a part that it does not have."""
        head, _, part = name.partition(".")
        listed = ", ".join(f"`{each}`" for each in parts)
        if part in ("", "total"):
            message = f"`{head}` has no total; its parts are {listed}"
            return nam.UNKNOWN_NAME.at(
                node.span, message, help=f"say which part is meant, such as `{head}.{parts[-1]}`"
            )
        near = self.context.scope.nearest(name, [f"{head}.{each}" for each in parts])
        help = f"{near} The parts of `{head}` are {listed}" if near else f"the parts of `{head}` are {listed}"
        return nam.UNKNOWN_NAME.at(node.span, f"`{head}` has no part `{part}`", help=help)

    def call(self, node: Node) -> Typed:
        """A function of arguments."""
        token = node.token("NAME")
        assert token is not None
        if token.value not in FUNCTIONS:
            self.fail(
                token,
                f"there is no function `{token.value}`",
                did_you_mean(token.value, list(FUNCTIONS)) or "known are " + ", ".join(sorted(FUNCTIONS)),
                rule=nam.UNKNOWN_NAME,
            )
        arguments = [self.read(child) for child in node.children[1:]]
        form = BETWEEN.get(token.value)
        if token.value in FUNCTIONS and (len(arguments) != 2 if form else not arguments):
            here = {0: "nothing stands", 1: "one thing stands"}.get(len(arguments), f"{len(arguments)} things stand")
            self.fail(
                node,
                f"{here} in the brackets of `{token.value}`"
                + (", which counts from one point in time to another" if form else ""),
                f"write `{form}`" if form else f"say in the brackets what is meant: `{token.value}(…)`",
            )
        given = FUNCTIONS.get(token.value, types.UNKNOWN)
        if given == "same" and token.value != "round":
            arguments = [scaling.in_unit_of(argument, arguments[0]) for argument in arguments]
        tree = {"op": "call", "function": token.value, "arguments": [argument.tree for argument in arguments]}
        if given == "same":
            if not arguments:
                return Typed(tree)
            first = arguments[0]
            kind = first.type if first.type != types.BOOLEAN else types.NUMBER
            return Typed(tree, kind, first.unit, first.choices, first.bare)
        return Typed(tree, given, bare=any(argument.bare for argument in arguments))

    def fail(self, node: Node | Token, message: str, help: str | None, rule: Any = qty.WRONG_TYPE) -> None:
        """Tell a fault; the expression is dropped."""
        self.failed = True
        self.context.tell(rule, node, message, help=help)


def _single_name(node: Node | Token) -> Token | None:
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
