"""The language of REDCap's branching logic, calculations and data-quality rules: read into a tree.

The tree uses the operators of REDCap. Comments (`#`, `//`), `||` and `&&`, which live projects hold, are read too.
"""

from __future__ import annotations

import re
from typing import NamedTuple

DEEPEST = 200
FLAGS = ("true", "false")
"""Words that stand without quotes, such as the last value of `datediff`."""


class Part(NamedTuple):
    """A part of a logic.

    `kind`: `number`, `text`, `flag` (true or false), `field` (`name`, `event`, `code` of a checkbox), `call`
    (`name` is the function), `unary` and `binary` (`name` is the operator). `start` and `end` are offsets in the logic.
    """

    kind: str
    name: str
    parts: tuple[Part, ...] = ()
    event: str | None = None
    code: str | None = None
    start: int = 0
    end: int = 0


class LogicFault(Exception):
    """A logic that REDCap cannot read; `at` is the offset of the fault in it."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"(?P<blank>\s+)|(?P<comment>(?:\#|//)[^\n]*)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"""|(?P<text>'[^']*'|"[^"]*")"""
    r"|(?P<field>\[[^\[\]]*\])"
    r"|(?P<sign><>|!=|>=|<=|\|\||&&|[=<>+\-*/^(),])"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
)
_FIELD = re.compile(r"\[\s*([A-Za-z0-9_-]+)\s*(?:\(\s*([^()]*?)\s*\))?\s*((?::[A-Za-z0-9_-]+)*)\s*\]")
_BINARY = {
    "or": 1, "and": 2, "=": 3, "<>": 3, "!=": 3, "<": 3, ">": 3, "<=": 3, ">=": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "^": 7,
}  # fmt: skip
_SAME = {"||": "or", "&&": "and"}


def parse(text: str) -> Part:
    """The tree of a logic. Raises `LogicFault`."""
    reader = _Reader(_tokens(text), len(text))
    tree = reader.expression(0, 0)
    left = reader.peek()
    if left is not None:
        raise LogicFault(_unexpected(left), left.at)
    return tree


def fields(tree: Part) -> list[Part]:
    """Every reference to a field in a tree, in order."""
    own = [tree] if tree.kind == "field" else []
    return own + [found for part in tree.parts for found in fields(part)]


def calls(tree: Part) -> list[Part]:
    """Every call of a function, in order."""
    own = [tree] if tree.kind == "call" else []
    return own + [found for part in tree.parts for found in calls(part)]


def comparisons(tree: Part) -> list[Part]:
    """Every `=`, `<>`, `!=`, in order."""
    own = [tree] if tree.kind == "binary" and tree.name in ("=", "<>", "!=") else []
    return own + [found for part in tree.parts for found in comparisons(part)]


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise LogicFault(_strange(text, at), at)
        kind = found.lastgroup or ""
        if kind not in ("blank", "comment"):
            tokens.append(_Token(kind, found.group(), at))
        at = found.end()
    return tokens


def _strange(text: str, at: int) -> str:
    sign = text[at]
    if sign in "“”„‘’":
        return f"`{sign}` is not a plain quote; texts stand in ' or \""
    if sign in "'\"":
        return f"the quote {sign} is not closed"
    if sign in "[]":
        return f"the bracket `{sign}` has no partner"
    return f"`{sign}` does not belong to the language of REDCap"


def _unexpected(token: _Token) -> str:
    return "a `)` too many" if token.text == ")" else f"`{token.text}` does not fit here"


class _Reader:
    """Reads tokens by the strength of their operators."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self.tokens = tokens
        self.place = 0
        self.end = end

    def peek(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> _Token:
        token = self.peek()
        if token is None:
            raise LogicFault("something is missing at its end", self.end)
        self.place += 1
        return token

    def expression(self, strength: int, depth: int) -> Part:
        if depth > DEEPEST:
            raise LogicFault("it is nested too deeply to be read", self.tokens[self.place - 1].at)
        left = self.single(depth)
        while (token := self.peek()) is not None:
            operator = _SAME.get(token.text, token.text.lower() if token.kind == "word" else token.text)
            binds = _BINARY.get(operator)
            if binds is None or binds <= strength:
                break
            self.place += 1
            right = self.expression(binds, depth + 1)
            left = Part("binary", operator, (left, right), start=left.start, end=right.end)
        return left

    def single(self, depth: int) -> Part:
        token = self.take()
        if token.kind == "number":
            return Part("number", token.text, start=token.at, end=token.at + len(token.text))
        if token.kind == "text":
            return Part("text", token.text[1:-1], start=token.at, end=token.at + len(token.text))
        if token.kind == "field":
            return self.field(token)
        if token.text in ("-", "+") or token.text.lower() == "not":
            inner = self.expression(6 if token.text in "-+" else 2, depth + 1)
            return Part("unary", token.text.lower(), (inner,), start=token.at, end=inner.end)
        if token.text == "(":
            inner = self.expression(0, depth + 1)
            close = self.close(token)
            return inner._replace(start=token.at, end=close.at + 1)
        if token.kind == "word" and token.text.lower() in FLAGS:
            return Part("flag", token.text.lower(), start=token.at, end=token.at + len(token.text))
        if token.kind == "word":
            return self.call(token, depth)
        raise LogicFault(_unexpected(token), token.at)

    def close(self, opened: _Token) -> _Token:
        token = self.peek()
        if token is None:
            raise LogicFault("a bracket is not closed", opened.at)
        if token.text != ")":
            raise LogicFault(_unexpected(token), token.at)
        self.place += 1
        return token

    def field(self, token: _Token) -> Part:
        """`[field]`, `[field(code)]`, `[event][field]`."""
        found = _reference(token)
        end = token.at + len(token.text)
        following = self.peek()
        if following is not None and following.kind == "field" and following.at == end and not found[1]:
            self.place += 1
            name, code = _reference(following)
            end = following.at + len(following.text)
            # A second bracket behind `[field]` can also be an instance: `[field][3]` or `[field][last-instance]`.
            if name.isdigit() or name.endswith("-instance"):
                return Part("field", found[0], code=None, start=token.at, end=end)
            part = Part("field", name, event=found[0], code=code, start=token.at, end=end)
        else:
            part = Part("field", found[0], code=found[1], start=token.at, end=end)
        instance = self.peek()
        if instance is not None and instance.kind == "field" and instance.at == end:
            name, _ = _reference(instance)
            if name.isdigit() or name.endswith("-instance"):
                self.place += 1
                part = part._replace(end=instance.at + len(instance.text))
        return part

    def call(self, name: _Token, depth: int) -> Part:
        opened = self.peek()
        if opened is None or opened.text != "(":
            raise LogicFault(f"`{name.text}` stands without quotes or brackets", name.at)
        self.place += 1
        arguments: list[Part] = []
        while True:
            token = self.peek()
            if token is not None and token.text == ")" and not arguments:
                break
            arguments.append(self.expression(0, depth + 1))
            token = self.peek()
            if token is None or token.text != ",":
                break
            self.place += 1
        close = self.close(opened)
        return Part("call", name.text.lower(), tuple(arguments), start=name.at, end=close.at + 1)


def _reference(token: _Token) -> tuple[str, str | None]:
    found = _FIELD.fullmatch(token.text)
    if found is None:
        raise LogicFault(f"`{token.text}` names no field", token.at)
    return found[1], found[2]
