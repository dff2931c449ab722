"""One expression on its way from the syntax tree to a typed tree."""

from __future__ import annotations

from typing import Any

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.diagnostics.model import Diagnostic, Label
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.elaborate import scaling
from protocol_dsl.elaborate.comparisons import Comparisons, public_type, single_name
from protocol_dsl.elaborate.scaling import UNKNOWN, Typed
from protocol_dsl.expressions import types
from protocol_dsl.expressions.english import english
from protocol_dsl.expressions.types import FUNCTIONS
from protocol_dsl.quantities import UnitError, parse_unit
from protocol_dsl.syntax.nodes import Node, Token

BETWEEN = {unit: f"{unit}(from, to)" for unit in ("days", "weeks", "months", "years")}
"""Functions of two points in time, and how they are written."""


class Reading(Comparisons):
    """One expression on its way into the model."""

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
                    f"`has` looks for a code in a list of choices; {english(left.tree)} is a {public_type(left)}",
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
                node,
                f"this is a {public_type(typed)}, not something that is true or false",
                "compare it with something",
            )
        return typed

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
        word = single_name(right)
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

    def reference(self, node: Node) -> Typed:
        """A name, with the visit in brackets if one is given."""
        text = self.context.sources.text(node.span)
        name, _, visit = text.partition("[")
        name = "".join(name.split())
        meaning = self.meaning(name)
        if meaning is None and not visit:
            name, visit = self.behind_visit(name)
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

    def behind_visit(self, name: str) -> tuple[str, str]:
        """`D28.sledai.total` as the name and the visit before it; a name without a visit as it is."""
        parts = name.split(".")
        for place in range(1, len(parts)):
            visit, rest = ".".join(parts[:place]), ".".join(parts[place:])
            if self.context.scope.find(visit, "visit") is not None and self.meaning(rest) is not None:
                return rest, visit
        return name, ""

    def unknown(self, node: Node | Token, name: str, help: str | None = None) -> None:
        """Tell a name that means nothing in an expression, once."""
        scope = self.context.scope
        if scope.is_told(name, node.span):
            return
        parts = self.parts_of(name)
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
                or scope.nearest(name, [*self.local, *self.known()])
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
