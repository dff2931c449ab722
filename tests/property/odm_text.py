"""An interpreter of the expression texts in ODM files, as `docs/odm.md` describes them: two truth values, no more.

A blank may stand in `known(…)` and on the left of `==`, which is then false. Anywhere else it is a fault of what was
printed, and so is a character or function that the page does not name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<name>[A-Za-z_][\w.]*)|(?P<sign>==|!=|<=|>=|[-+*/^(),<>]))'
)
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "max": max,
    "min": min,
    "sum": lambda *values: sum(values, Fraction(0)),
    "mean": lambda *values: sum(values, Fraction(0)) / len(values),
    "abs": abs,
    "round": lambda value: Fraction(int(abs(value) + Fraction(1, 2)) * (1 if value >= 0 else -1)),
    "days": lambda start, end: Fraction((end - start).days),
    "date": date.fromisoformat,
}


class Blank(Exception):
    """A blank was used where it has no meaning."""


def run(text: str, items: dict[str, Any]) -> Any:
    """The value of a text; `items` by path, absent ones are blank."""
    return _Reader(text, items).whole()


class _Reader:
    # Every method parses; `live` tells whether its value counts, or stands behind a decided `and`, `or` or `if`.
    def __init__(self, text: str, items: dict[str, Any]) -> None:
        self.items = items
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text.rstrip()):
            match = TOKEN.match(text, place)
            assert match is not None, f"no token at {text[place:]!r}"
            assert match.lastgroup is not None
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()
        self.place = 0

    def whole(self) -> Any:
        value = self.either(True)
        assert self.place == len(self.tokens), f"something stands behind the end: {self.tokens[self.place :]}"
        return value

    def next_is(self, *words: str) -> str | None:
        if self.place < len(self.tokens) and self.tokens[self.place][1] in words:
            self.place += 1
            return self.tokens[self.place - 1][1]
        return None

    def due(self, word: str) -> None:
        assert self.next_is(word), f"{word} is due at {self.tokens[self.place :][:3]}"

    def either(self, live: bool) -> Any:
        value = self.both(live)
        while self.next_is("or"):
            other = self.both(live and value is not True)
            if live:
                assert isinstance(value, bool)
                value = value or other
        return value

    def both(self, live: bool) -> Any:
        value = self.negated(live)
        while self.next_is("and"):
            other = self.negated(live and value is not False)
            if live:
                assert isinstance(value, bool)
                value = value and other
        return value

    def negated(self, live: bool) -> Any:
        if self.next_is("not"):
            value = self.negated(live)
            assert not live or isinstance(value, bool)
            return not value
        return self.compared(live)

    def compared(self, live: bool) -> Any:
        left = self.added(live)
        sign = self.next_is("==", "!=", "<", "<=", ">", ">=")
        if sign is None:
            return left
        right = self.added(live)
        if not live:
            return None
        if sign == "==" and left is None and right is not None:
            return False
        if left is None or right is None:
            raise Blank
        assert isinstance(left, str) == isinstance(right, str), f"{left!r} {sign} {right!r}"
        return {
            "==": lambda: left == right,
            "!=": lambda: left != right,
            "<": lambda: left < right,
            "<=": lambda: left <= right,
            ">": lambda: left > right,
            ">=": lambda: left >= right,
        }[sign]()

    def added(self, live: bool) -> Any:
        value = self.multiplied(live)
        while sign := self.next_is("+", "-"):
            other = self.multiplied(live)
            if live:
                self.full(value, other)
                value = value + other if sign == "+" else value - other
        return value

    def multiplied(self, live: bool) -> Any:
        value = self.signed(live)
        while sign := self.next_is("*", "/"):
            other = self.signed(live)
            if live:
                self.full(value, other)
                value = value * other if sign == "*" else value / other
        return value

    def signed(self, live: bool) -> Any:
        if self.next_is("-"):
            value = self.signed(live)
            if live:
                self.full(value)
            return -value if live else None
        value = self.single(live)
        if self.next_is("^"):
            other = self.single(live)
            if live:
                self.full(value, other)
                value = value ** int(other)
        return value

    def full(self, *values: Any) -> None:
        if None in values:
            raise Blank

    def single(self, live: bool) -> Any:
        if self.next_is("("):
            value = self.either(live)
            self.due(")")
            return value
        kind, word = self.tokens[self.place]
        self.place += 1
        if kind == "number":
            return Fraction(word)
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", word[1:-1])
        assert kind == "name", f"a value is due, not {word}"
        if self.next_is("("):
            return self.called(word, live)
        if word in ("true", "false"):
            return word == "true"
        if word == "blank":
            return None
        return self.items.get(word)

    def called(self, name: str, live: bool) -> Any:
        if name == "known":
            value = self.either(live)
            self.due(")")
            return value is not None
        if name == "at":
            (_, visit), (_, comma), (_, path), (_, bracket) = self.tokens[self.place : self.place + 4]
            self.place += 4
            assert comma + bracket == ",)"
            return self.items.get(f"at({visit}, {path})")
        if name == "if":
            condition = self.either(live)
            assert not live or isinstance(condition, bool)
            self.due(",")
            yes = self.either(live and condition)
            self.due(",")
            no = self.either(live and not condition)
            self.due(")")
            return yes if condition else no
        arguments = [self.either(live)]
        while self.next_is(","):
            arguments.append(self.either(live))
        self.due(")")
        if not live:
            return None
        self.full(*arguments)
        return FUNCTIONS[name](*arguments)
