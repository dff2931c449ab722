"""Expressions in the XPath of XLSForm (ODK, Kobo, OpenClinica 4), with fields as `${name}`.

XPath knows two truth values and no missing one: a comparison with a blank is false, and so is its negation's inside.
Therefore a condition is written twice where it has to be, once for "it holds" and once for "it does not hold"; what is
neither is missing. Yes and no are stored as 1 and 0, several codes as `select_multiple` stores them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

Tree = dict[str, Any]
Spelling = Callable[[str], str]
"""What a field is called in the workbook, by its name in the protocol."""

_TRUTHS = frozenset(("and", "or", "not", "known", "compare", "one_of", "has"))
_DAYS = {"days": "", "weeks": " div 7", "months": " div 30.4375", "years": " div 365.25"}
_PLAIN = {"sqrt": "sqrt", "ln": "log", "exp": "exp", "log10": "log10", "abs": "abs", "max": "max", "min": "min"}


class NotExpressible(Exception):
    """What has no counterpart within one form: another visit, a limit of normal, a count of people."""


def relevant(tree: Tree, spelling: Spelling = str) -> str:
    """A condition that is true where it holds, and false where it does not or is missing. Raises `NotExpressible`."""
    return _Printer(spelling).true(tree)


def constraint(tree: Tree, spelling: Spelling = str) -> str:
    """A condition that is false only where it does not hold: what is missing is no fault. Raises `NotExpressible`."""
    return f"not({_Printer(spelling).false(tree)})"


def calculation(tree: Tree, spelling: Spelling = str) -> str:
    """A value, blank where it is missing. Raises `NotExpressible`."""
    printer = _Printer(spelling)
    known, value = printer.known(tree), printer.value(tree)
    return f"if({_joined('and', known)}, {value}, '')" if known else value


class _Printer:
    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling

    # ---- truth ----

    def true(self, tree: Tree) -> str:
        """Where it holds."""
        return self.truth(tree, True)

    def false(self, tree: Tree) -> str:
        """Where it does not hold, which is known."""
        return self.truth(tree, False)

    def truth(self, tree: Tree, wanted: bool) -> str:
        op = tree["op"]
        if op in ("and", "or"):
            parts = [self.truth(part, wanted) for part in tree["arguments"]]
            return _joined("and" if (op == "and") == wanted else "or", parts)
        if op == "not":
            return self.truth(tree["argument"], not wanted)
        if op == "known":
            blank = _joined("and", self.known(tree["argument"])) or "true()"
            return blank if tree["known"] == wanted else f"not({blank})"
        if op == "call" and tree["function"] == "any":
            return self.truth({"op": "or", "arguments": tree["arguments"]}, wanted)
        if op == "name" and tree.get("type") == "boolean":
            return f"{self.field(tree)} = '{1 if wanted else 0}'"
        if op in ("compare", "one_of", "has"):
            known = self.known_parts(tree)
            holds = getattr(self, f"_{op}")(tree)
            return _joined("and", [*known, holds if wanted else f"not({holds})"])
        raise NotExpressible("something that is true or false is due")

    def _compare(self, tree: Tree) -> str:
        left, right = tree["left"], tree["right"]
        one, other = self.compared(left, right), self.compared(right, left)
        if tree.get("numeric") and left["op"] == right["op"] == "name":
            # Two strings of digits would be compared as texts.
            one, other = f"number({one})", f"number({other})"
        return f"{one} {tree['operator']} {other}"

    def compared(self, tree: Tree, other: Tree) -> str:
        if tree["op"] == "code" and (other.get("type") == "boolean" or _is_truth(other)):
            return "'1'" if tree["value"] == "yes" else "'0'"
        return self.value(tree)

    def _one_of(self, tree: Tree) -> str:
        left = tree["argument"]
        return _joined("or", [f"{self.value(left)} = {self.compared(each, left)}" for each in tree["values"]])

    def _has(self, tree: Tree) -> str:
        return f"selected({self.value(tree['argument'])}, {self.value(tree['value'])})"

    # ---- what is known ----

    def known_parts(self, tree: Tree) -> list[str]:
        parts = [tree[key] for key in ("left", "right", "argument") if key in tree]
        return list(dict.fromkeys(each for part in parts for each in self.known(part)))

    def known(self, tree: Tree) -> list[str]:
        """The conditions under which a value is not missing."""
        op = tree["op"]
        if op == "name":
            return [f"{self.field(tree)} != ''"]
        if op in ("number", "quantity", "code", "text", "date", "known"):
            return []
        if _is_truth(tree):
            return [_joined("or", [self.true(tree), self.false(tree)])]
        if op == "call" and tree["function"] == "when":
            return [self.known_case(tree["arguments"])]
        if op == "call":
            found = [each for part in tree["arguments"] for each in self.known(part)]
            return list(dict.fromkeys(found))
        return self.known_parts(tree)

    def known_case(self, arguments: list[Tree]) -> str:
        if len(arguments) < 2:
            return _joined("and", self.known(arguments[0])) or "true()" if arguments else "false()"
        here = _joined("and", [self.true(arguments[0]), *self.known(arguments[1])])
        return _joined("or", [here, _joined("and", [self.false(arguments[0]), self.known_case(arguments[2:])])])

    # ---- values ----

    def field(self, tree: Tree) -> str:
        if tree.get("visit"):
            raise NotExpressible(f"`{tree['name']}` of another visit")
        return f"${{{self.spelling(tree['name'])}}}"

    def value(self, tree: Tree) -> str:
        """A value, in brackets where it is calculated, whatever is missing."""
        op = tree["op"]
        if op == "name":
            text = self.field(tree)
            return f"decimal-date-time({text})" if tree.get("type") == "date" else text
        if op == "number":
            return _number(tree["value"])
        if op == "quantity":
            if "limit" in tree or tree["unit"] in ("xULN", "xLLN"):
                raise NotExpressible("a multiple of the laboratory's limit of normal")
            return _number(tree.get("converted", tree)["value"])
        if op in ("code", "text"):
            return _text(str(tree["value"]))
        if op == "date":
            return f"decimal-date-time(date('{tree['value']}'))"
        if op == "negative":
            return f"(-{self.value(tree['argument'])})"
        if op == "convert":
            return self.converted(tree)
        if op == "call":
            return self.call(tree["function"], tree["arguments"])
        if op in ("+", "-", "*", "/"):
            return f"({self.value(tree['left'])} {'div' if op == '/' else op} {self.value(tree['right'])})"
        if op == "^":
            return f"pow({self.value(tree['left'])}, {self.value(tree['right'])})"
        if _is_truth(tree):
            return f"if({self.true(tree)}, 1, 0)"
        raise NotExpressible(f"`{op}` has no value")

    def converted(self, tree: Tree) -> str:
        (times, over), (offset, part) = tree["factor"], tree["offset"]
        text = self.value(tree["argument"])
        text += f" * {times}" if times != 1 else ""
        text += f" div {over}" if over != 1 else ""
        text += f" + {offset} div {part}" if offset else ""
        return f"({text})"

    def call(self, function: str, arguments: list[Tree]) -> str:
        if function == "when":
            return self.case(arguments)
        if function == "count":
            return "(" + " + ".join(f"if({self.true(each)}, 1, 0)" for each in arguments) + ")"
        if function == "any":
            return f"if({self.true({'op': 'or', 'arguments': arguments})}, 1, 0)"
        values = [self.value(each) for each in arguments]
        if function in _DAYS and len(values) == 2:
            # A change to summer time makes a day of 23 hours.
            return f"(round({values[1]} - {values[0]}){_DAYS[function]})"
        if function == "value":
            return values[0]
        if function in ("sum", "mean"):
            total = "(" + " + ".join(values) + ")"
            return total if function == "sum" else f"({total} div {len(values)})"
        if function == "round":
            size = _number(10 ** int(arguments[1]["value"]) if len(arguments) > 1 else 1)
            # `round` of XPath takes halves upwards, also below zero.
            return f"(if({values[0]} < 0, -1, 1) * int(abs({values[0]}) * {size} + 0.5) div {size})"
        if function in _PLAIN:
            return f"{_PLAIN[function]}({', '.join(values)})"
        raise NotExpressible(f"`{function}` does not follow from one form")

    def case(self, arguments: list[Tree]) -> str:
        if len(arguments) < 2:
            return self.value(arguments[0]) if arguments else "''"
        return f"if({self.true(arguments[0])}, {self.value(arguments[1])}, {self.case(arguments[2:])})"


def _is_truth(tree: Tree) -> bool:
    return (
        tree["op"] in _TRUTHS
        or (tree["op"] == "call" and tree["function"] == "any")
        or (tree["op"] == "name" and tree.get("type") == "boolean")
    )


def _joined(word: str, parts: list[str]) -> str:
    """Conditions with `and` or `or` between them; each stands in brackets unless it is alone."""
    once = list(dict.fromkeys(parts))
    return once[0] if len(once) == 1 else f" {word} ".join(f"({each})" for each in once)


def _number(value: int | float) -> str:
    # XPath 1.0 has no exponents.
    text = format(Decimal(repr(value)), "f")
    return f"({text})" if text.startswith("-") else text


def _text(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return "concat(" + ', "\'", '.join(f"'{part}'" for part in text.split("'")) + ")"
