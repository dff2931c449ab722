"""The words of a message about a syntax fault: what could stand at a place, and in which statement it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.syntax.nodes import Token
from protocol_dsl.syntax.stack import Stack

if TYPE_CHECKING:
    from protocol_dsl.syntax.parser import Parser
    from protocol_dsl.syntax.repairs import Situation

KINDS = {
    "NAME": "a name",
    "STRING": "a text in quotes",
    "NUMBER": "a number",
    "QTY": "a quantity with its unit, such as `3 mL`",
    "SQTY": "a time such as `+4 h`",
    "WINDOW": "a window such as `±3 days`",
    "UNIT": "a unit",
    "DATE": "a date such as `2026-03-01`",
    "YEAR_MONTH": "a month such as `2026-03`",
    "COMPARE": "a comparison",
    "MINUS": "`-`",
    "PLUS": "`+`",
    "$END": "the end of the file",
}
_IMPLIED = {"TEXT": "STRING", "SIGNED": "NUMBER", "MINUS": "NUMBER", "SQTY": "SIGNED", "YEAR_MONTH": "DATE"}
_WHOLE_LIST = 14


def shown(word: str) -> str:
    word = word.split("\n")[0]
    return word if len(word) <= 40 else word[:38] + "…"


def listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1]


def describe(s: Situation, terminal: int) -> str:
    name = s.name(terminal)
    if name in KINDS:
        return KINDS[name]
    for text, number in (*s.parser.tables.keywords.items(), *s.parser.tables.punctuation.items()):
        if number == terminal:
            return f"`{text}`"
    return name.lower()


def expected_help(s: Situation) -> str | None:
    """What could stand here: the parts of the statement first, the next statement last."""
    words, goes_on = own_words(s)
    if len(words) > _WHOLE_LIST:
        words = [word for word in words if not word.startswith(("`@", "`{", "`}"))]
        more = len(words) - _WHOLE_LIST
        words = words[:_WHOLE_LIST] + ([f"{more} other words"] if more > 0 else [])
    parts = words + (["the next statement"] if goes_on else [])
    return f"here can stand {listed(parts)}" if parts else None


def own_words(s: Situation) -> tuple[list[str], bool]:
    """What could go on the statement, and whether the next one could begin."""
    outer = _before_statement(s.parser)
    values = {s.parser.tables.number[name] for name in ("NAME", "STRING", "NUMBER", "QTY", "TEXT")}
    own: list[int] = []
    goes_on = False
    for terminal in s.expected:
        if outer is not None and terminal not in values and outer.takes(terminal):
            goes_on = True
        else:
            own.append(terminal)
    names = {s.name(terminal) for terminal in own}
    own = [terminal for terminal in own if _IMPLIED.get(s.name(terminal)) not in names]
    return sorted({describe(s, terminal) for terminal in own}, key=lambda text: (text.startswith("`"), text)), goes_on


def _before_statement(parser: Parser) -> Stack | None:
    """The state in which the block or file was before the present statement began."""
    start = _statement_start(parser, len(parser.values))
    return Stack(parser.tables, parser.states, start + 1) if start >= 0 else None


def _statement_start(parser: Parser, below: int) -> int:
    """Index in the value stack of the keyword that began the statement that goes on below an index; or -1."""
    for i in range(below - 1, -1, -1):
        value = parser.values[i]
        if isinstance(value, Token) and value.value in parser.tables.keywords:
            before = parser.values[i - 1] if i else None
            opens = i == 0 or before == [] or (isinstance(before, Token) and before.type == "LBRACE")
            if opens or (isinstance(before, list) and parser.begins_line(value.start)):
                return i
        elif isinstance(value, Token) and value.type == "LBRACE":
            return -1
    return -1


def heading_before(parser: Parser, at: int) -> Token | None:
    """The keyword of the statement whose block begins at an offset."""
    below = len(parser.values)
    while below > 0:
        value = parser.values[below - 1]
        first = value[0] if isinstance(value, list) and value else value
        if not isinstance(first, list) and first.start < at:
            break
        below -= 1
    i = _statement_start(parser, below)
    value = parser.values[i] if i >= 0 else None
    return value if isinstance(value, Token) else None


def in_statement(s: Situation) -> str:
    """` in `visit D4``, for the end of a message."""
    start = _statement_start(s.parser, len(s.parser.values))
    token = s.parser.values[start] if start >= 0 else None
    return f" in `{title(s.parser, token)}`" if isinstance(token, Token) else ""


def title(parser: Parser, keyword: Token) -> str:
    """A statement's keyword and name."""
    found = re.compile(r"[ \t]+([A-Za-z]\w*)").match(parser.text, keyword.end)
    return f"{keyword.value} {found.group(1)}" if found else keyword.value
