"""The tokens of a text as the formatter sees them: all of them, in their canonical spelling, with their comments."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from protocol_dsl.quantities.numbers import NumberError, canonical_number, number_prefix, parse_number
from protocol_dsl.syntax.nodes import Node, Token, same
from protocol_dsl.syntax.parser import Parsed
from protocol_dsl.syntax.texts import dedent_text

_COMPARISONS = {"≤": "<=", "≥": ">=", "≠": "!="}
_TIGHT_BEFORE = frozenset([",", ")", "]", "[", ":", ".", ".."])
_WINDOW = re.compile(
    r"(?:±|\+/[\-−]|\+[\-−])[ \t]*(?P<both>[^+].*)"
    r"|[\-−–][ \t]*(?P<before>[^/]+?)[ \t]*/[ \t]*\+[ \t]*(?P<after>.*)"
)
# Between two tokens of the tree: blanks, comments, and the words and signs that the tree does not keep.
_BETWEEN = re.compile(r"(?P<blank>[ \t\n]+)|(?P<comment>#[^\n]*)|(?P<token>@?[A-Za-z_]\w*|\.\.|[^\s\w])")


class FormatterFault(Exception):
    """The formatter would have changed more than the layout. Nothing was written; the fault is ours."""


class Remark(NamedTuple):
    """A comment; `blank_before` tells whether the author left a blank line before it."""

    text: str
    blank_before: bool


class Piece:
    """One token. `text` is its canonical spelling (for a `TEXT` the raw one), `owner` the innermost node around it.

    `above` are the comments on the lines before it, `beside` the comment at the end of its line.
    """

    __slots__ = ("above", "beside", "blank_before", "last_line", "line", "owner", "space", "start", "text", "type")

    def __init__(self, type: str, text: str, start: int, line: int, last_line: int) -> None:
        self.type = type
        self.text = text
        self.start = start
        self.line = line
        self.last_line = last_line
        self.owner: Node
        self.space = True
        self.blank_before = False
        self.above: list[Remark] = []
        self.beside: str | None = None

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, not a name."""
        return not self.type and self.text in words


def pieces(text: str, parsed: Parsed) -> list[Piece]:
    """All tokens of a text without faults, and one empty piece at its end that holds the last comments."""
    found = _split(text, _kept_tokens(parsed.tree))
    _find_owners(found, parsed.tree)
    _find_spaces(found)
    _move_comments_off_tight_places(found)
    return found


def _kept_tokens(tree: Node) -> list[Token]:
    """The tokens of the tree in the order of the text."""
    result: list[Token] = []
    stack: list[Node | Token] = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, Token):
            result.append(item)
        else:
            stack.extend(reversed(item.children))
    return result


def _split(text: str, kept: list[Token]) -> list[Piece]:
    result: list[Piece] = []
    above: list[Remark] = []
    line = 1  # the line of `at`
    thing_line = 0  # the last line of the token or comment before

    def blank_before() -> bool:
        begins_block = not above and bool(result) and result[-1].text == "{" and not result[-1].type
        return line - thing_line > 1 and thing_line > 0 and not begins_block

    def add(type: str, written: str, start: int) -> None:
        nonlocal line, thing_line
        lines = written.count("\n") if type == "TEXT" else 0
        piece = Piece(type, canonical(type, written), start, line, line + lines)
        piece.blank_before = blank_before()
        piece.above.extend(above)
        above.clear()
        result.append(piece)
        line += lines
        thing_line = line

    at = 0
    for token in [*kept, None]:
        stop = token.start if token else len(text)
        while at < stop:
            match = _BETWEEN.match(text, at, stop)
            if match is None:
                raise FormatterFault(f"there is a character outside all tokens at offset {at}")
            if match["blank"]:
                line += match["blank"].count("\n")
            elif match["comment"]:
                if result and not above and result[-1].last_line == line and result[-1].beside is None:
                    result[-1].beside = match["comment"].rstrip()
                else:
                    above.append(Remark(match["comment"].rstrip(), blank_before()))
                thing_line = line
            else:
                add("", match["token"], at)
            at = match.end()
        if token:
            add(token.type, token.value, token.start)
            at = token.end
        else:
            add("", "", stop)
    return result


def _find_owners(found: list[Piece], tree: Node) -> None:
    """Give each token the innermost node around it; a node does not reach as far as the brace that closes it."""
    nodes = tree.walk()
    ahead = next(nodes, None)
    around: list[Node] = []
    for piece in found:
        while ahead is not None and ahead.start <= piece.start:
            around.append(ahead)
            ahead = next(nodes, None)
        while len(around) > 1 and around[-1].end <= piece.start:
            around.pop()
        piece.owner = around[-1] if around else tree


def _find_spaces(found: list[Piece]) -> None:
    for before, piece in pairwise(found):
        piece.space = not _touches(before, piece)


def _touches(before: Piece, piece: Piece) -> bool:
    """Whether no blank stands between two tokens."""
    if not piece.type and piece.text in _TIGHT_BEFORE:
        return True
    if before.type == "MINUS" and before.owner.kind == "negative":
        return True
    if piece.is_word("("):
        return before.is_word("(") or (piece.owner.kind == "call" and before.start == piece.owner.start)
    if before.type:
        return False
    if before.text == "..":
        return piece.start < before.owner.end
    if before.text == ":":
        return before.owner.kind == "ratio"
    return before.text in ("(", "[", ".")


def _move_comments_off_tight_places(found: list[Piece]) -> None:
    """A comment between two tokens that touch, or before a `{`, goes behind the second of them."""
    for before, piece, after in zip(found, found[1:], found[2:], strict=False):
        if (before.beside is None and not piece.above) or (piece.space and not piece.is_word("{")):
            continue
        moved = list(piece.above)
        if piece.beside is not None:
            moved.append(Remark(piece.beside, False))
        piece.beside, before.beside = before.beside, None
        piece.above = []
        after.above = moved + after.above


def canonical(type: str, written: str) -> str:
    """A token as the formatter writes it. What is no number is left as it is, for the checks to tell."""
    if type in ("NUMBER", "SIGNED"):
        return _number(written)
    if type in ("QTY", "SQTY"):
        return _quantity(written)
    if type == "WINDOW":
        parts = _WINDOW.fullmatch(written)
        if parts is None:
            return written
        if parts["both"] is not None:
            return f"±{_quantity(parts['both'].strip())}"
        return f"-{_number(parts['before'])}/+{_quantity(parts['after'].strip())}"
    if type == "COMPARE":
        return _COMPARISONS.get(written, written)
    return "-" if type == "MINUS" else written


def _number(written: str) -> str:
    try:
        return canonical_number(written)
    except NumberError:
        return written


def _quantity(written: str) -> str:
    number = number_prefix(written)
    unit = written[len(number) :].strip()
    return f"{_number(number)}{'' if unit.startswith('/') else ' '}{unit}"


# ---- whether two trees say the same ----


def equivalent(left: Node | Token, right: Node | Token) -> bool:
    """Whether two trees say the same, whatever the spelling of numbers and the indentation of texts."""
    return same(left, right, meaning)


def meaning(token: Token) -> object:
    """What a token says, whatever its spelling; it can be hashed."""
    written = token.value
    if token.type in ("NUMBER", "SIGNED"):
        return _value(written)
    if token.type in ("QTY", "SQTY"):
        return _measured(written)
    if token.type == "WINDOW":
        parts = _WINDOW.fullmatch(written)
        if parts is None:
            return written
        if parts["both"] is not None:
            return _measured(parts["both"].strip())
        return (_value(parts["before"]), _measured(parts["after"].strip()))
    if token.type == "TEXT":
        return dedent_text(written[3:-3])
    if token.type == "COMPARE":
        return _COMPARISONS.get(written, written)
    return "-" if token.type == "MINUS" else written


def _value(written: str) -> object:
    try:
        return parse_number(written)
    except NumberError:
        return written


def _measured(written: str) -> tuple[object, str]:
    number = number_prefix(written)
    return _value(number), written[len(number) :].strip()
