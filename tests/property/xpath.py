"""A small interpreter of XPath 1.0 as XLSForm uses it, to hold the printer against.

Values are those of XPath: strings, numbers (exact here, None is NaN), booleans. A field is a string, blank if empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

Value = str | Fraction | bool | None
Fields = dict[str, str]
Code = Callable[[Fields], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<field>\$\{[^}]*\})|(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<word>[a-z][a-z0-9-]*)|(?P<sign>!=|<=|>=|[-+*=<>(),]))"
)
_LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div"))


def compiled(text: str) -> Code:
    """The expression as a function of the fields. Raises `ValueError` for what is no XPath."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"what is {text[at:]!r}")
        tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    parser = _Parser(tokens)
    code = parser.level(0)
    if parser.at != len(tokens):
        raise ValueError(f"something is left: {tokens[parser.at :]}")
    return code


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, due: str = "") -> tuple[str, str]:
        token = self.tokens[self.at]
        if due and token[1] != due:
            raise ValueError(f"{due} is due, not {token[1]}")
        self.at += 1
        return token

    def level(self, number: int) -> Code:
        if number == len(_LEVELS):
            return self.unary()
        left = self.level(number + 1)
        while self.peek() in _LEVELS[number] and self.tokens[self.at][0] in ("word", "sign"):
            sign = self.take()[1]
            left = _binary(sign, left, self.level(number + 1))
        return left

    def unary(self) -> Code:
        if self.peek() == "-":
            self.take()
            inner = self.unary()
            return lambda fields: _arithmetic("-", Fraction(0), number_of(inner(fields)))
        return self.primary()

    def primary(self) -> Code:
        kind, token = self.take()
        if kind == "field":
            return lambda fields: fields.get(token[2:-1], "")
        if kind == "number":
            value = Fraction(token)
            return lambda _: value
        if kind == "text":
            return lambda _: token[1:-1]
        if token == "(":
            inner = self.level(0)
            self.take(")")
            return inner
        if kind != "word":
            raise ValueError(f"a value is due, not {token}")
        self.take("(")
        arguments: list[Code] = []
        while self.peek() != ")":
            arguments.append(self.level(0))
            if self.peek() == ",":
                self.take()
        self.take(")")
        return _called(token, arguments)


def number_of(value: Value) -> Fraction | None:
    """`number()`."""
    if isinstance(value, bool):
        return Fraction(int(value))
    if isinstance(value, str):
        try:
            return Fraction(value)
        except ValueError:
            return None
    return value


def boolean_of(value: Value) -> bool:
    """`boolean()`."""
    return value if isinstance(value, bool) else bool(value)


def _binary(sign: str, left: Code, right: Code) -> Code:
    if sign in ("and", "or"):
        if sign == "and":
            return lambda fields: boolean_of(left(fields)) and boolean_of(right(fields))
        return lambda fields: boolean_of(left(fields)) or boolean_of(right(fields))
    if sign in ("+", "-", "*", "div"):
        return lambda fields: _arithmetic(sign, number_of(left(fields)), number_of(right(fields)))
    return lambda fields: _compared(sign, left(fields), right(fields))


def _arithmetic(sign: str, left: Fraction | None, right: Fraction | None) -> Fraction | None:
    if left is None or right is None:
        return None
    return (
        left + right if sign == "+" else left - right if sign == "-" else left * right if sign == "*" else left / right
    )


def _compared(sign: str, left: Value, right: Value) -> bool:
    if sign in ("=", "!="):
        if isinstance(left, str) and isinstance(right, str):
            return (left == right) == (sign == "=")
        one, other = number_of(left), number_of(right)
        # NaN differs from everything.
        return (one is not None and one == other) == (sign == "=")
    one, other = number_of(left), number_of(right)
    if one is None or other is None:
        return False
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign]


def _called(name: str, arguments: list[Code]) -> Code:
    if name == "if":
        test, yes, no = arguments
        return lambda fields: yes(fields) if boolean_of(test(fields)) else no(fields)
    function = _FUNCTIONS[name]
    return lambda fields: function(*(argument(fields) for argument in arguments))


def _days(value: Value) -> Fraction | None:
    if isinstance(value, str):
        return Fraction(date.fromisoformat(value).toordinal()) if value else None
    return number_of(value)


def _numbers(values: tuple[Value, ...], choose: Callable[[list[Fraction]], Fraction]) -> Fraction | None:
    numbers = [number_of(value) for value in values]
    return None if None in numbers else choose([n for n in numbers if n is not None])


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "not": lambda value: not boolean_of(value),
    "true": lambda: True,
    "number": number_of,
    "date": lambda value: value,
    "decimal-date-time": _days,
    "selected": lambda value, code: str(code) in str(value).split(),
    "abs": lambda *values: _numbers(values, lambda n: abs(n[0])),
    "int": lambda *values: _numbers(values, lambda n: Fraction(int(n[0]))),
    "round": lambda *values: _numbers(values, lambda n: Fraction((n[0] + Fraction(1, 2)).__floor__())),
    "max": lambda *values: _numbers(values, max),
    "min": lambda *values: _numbers(values, min),
    "pow": lambda *values: _numbers(values, lambda n: n[0] ** n[1]),
    "concat": lambda *values: "".join(map(str, values)),
}
