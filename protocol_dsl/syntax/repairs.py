"""The smallest change of a text after which it reads on: the way out of a syntax fault, and the key to its message.

Candidates are tried on the automaton; the one after which most of the next words fit is taken, the cheaper of equals.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.diagnostics.suggest import closest
from protocol_dsl.source import Span
from protocol_dsl.syntax.lexer import RESERVED, UNCLOSED, UNKNOWN
from protocol_dsl.syntax.nodes import Token
from protocol_dsl.syntax.stack import Stack

if TYPE_CHECKING:
    from protocol_dsl.syntax.parser import Parser

AHEAD = 6  # words that are tried after a candidate
ENOUGH = 2  # words that have to fit after it
_FEW = 4  # words that may stand at the beginning of a line where a missing one is guessed
_MOST_WORDS = 40  # of a text that is not closed, at which its end is sought
LOOKALIKES = {
    "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "＂": '"', "″": '"',
    "‘": '"', "’": '"', "'": '"', "`": '"',
    "，": ",", "、": ",", "：": ":", "（": "(", "）": ")", "＝": "=", "。": ".", "．": ".", "｛": "{", "｝": "}",
    "［": "[", "］": "]", "－": "-", "＋": "+", "／": "/", "＜": "<", "＞": ">", "；": "", ";": "",
    "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ", "\u200b": "", "\ufeff": "", "\u00ad": "",
}  # fmt: skip
QUOTES = frozenset(sign for sign, plain in LOOKALIKES.items() if plain == '"')
TIME_WORDS = {"days": "day", "weeks": "week", "months": "month", "years": "year"}
WINDOW_NUMBER = re.compile(r"(?:±|\+/[-−]|\+[-−])[ \t]*[\d.]+|[-−–][ \t]*[\d.]+[ \t]*/[ \t]*\+[ \t]*[\d.]+")
WINDOW_HALF = re.compile(r"[+−–-][ \t]*[\d.]+[ \t]*[A-Za-z]*")
ODD_BLANK_QUANTITY = re.compile(r"[\d.]+[\u00a0\u2007\u2009\u202f\u3000]+[A-Za-z%][\w/]*")
FOREIGN_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.S)
DATE_LIKE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[ \t]+[A-Z][a-z]+[ \t]+\d{4}")
GLUED = re.compile(r"[\w+\-/.'’&]+")
_NAME_LIKE = re.compile(r"[^\W\d][\w]*\Z")
_OTHER_KINDS = {"STRING": ("NAME",), "QTY": ("NUMBER",), "DATE": ("STRING",), "NUMBER": ("STRING",)}
_COSTS = {"COMMA": 1, "NAME": 1, "STRING": 1, "QTY": 2, "NUMBER": 2, "EQUAL": 2, "COLON": 2, "LBRACE": 2, "RPAR": 2}
_NEVER_INSERTED = frozenset(
    ["$END", "RBRACE", "LPAR", "LSQB", "MINUS", "STAR", "SLASH", "CARET", "NOT", "TEXT", "SIGNED"]
)


class Situation:
    """A token that does not fit, and what would."""

    def __init__(self, parser: Parser, terminal: int, start: int, end: int) -> None:
        self.parser = parser
        self.terminal = terminal
        self.start = start
        self.end = end
        self.word = parser.text[start:end]
        self.at_end = terminal == parser.tables.number["$END"]
        self.begins_line = parser.begins_line(start)
        self.stack = Stack(parser.tables, parser.states)

    @cached_property
    def expected(self) -> list[int]:
        """All terminals that could stand here."""
        return self.stack.expected()

    def name(self, terminal: int) -> str:
        """A terminal's name."""
        return self.parser.tables.terminals[terminal] if terminal >= 0 else "?"

    def expects(self, name: str) -> bool:
        """Whether a terminal could stand here."""
        return self.parser.tables.number[name] in self.expected

    @cached_property
    def window(self) -> list[int]:
        """Where the next words end: what is counted to compare repairs."""
        lexer = self.parser.lexer
        at = self.end
        ends: list[int] = []
        while len(ends) < AHEAD and at < len(self.parser.text):
            start = lexer.skip(at)
            at = max(lexer.token(start, {})[1], start + 1)
            ends.append(at)
        return ends or [self.end]

    def reach(self, stack: Stack, at: int) -> int:
        """How many of the words behind this one fit when the text goes on at `at`; -1 if this one itself does not."""
        stop = stack.stop(self.parser.lexer, at, self.window[-1], self.parser.mends)
        if stop >= self.window[-1]:
            return AHEAD
        return bisect_right(self.window, stop) if stop >= self.end else -1

    def previous(self, back: int = 1) -> Token | None:
        """The token on top of the stack, or further down; None where something larger was put together."""
        values = self.parser.values
        value = values[-back] if len(values) >= back else None
        return value if isinstance(value, Token) else None

    def span(self) -> Span:
        """The place of the token; the last character at the end of the text."""
        if self.at_end:
            end = self.parser.at
            return self.parser.span(max(0, end - 1), end)
        return self.parser.span(self.start, self.end)


class Repair(NamedTuple):
    """A way to go on.

    `insert` the terminals `inserted` before the token, `replace` its kind by `terminal` (up to `end`), `delete` it (up
    to `end`), `swap` it with the next one, or `restate` the keyword that stands before it, at `start` to `end`.
    """

    kind: str
    terminal: int = UNKNOWN
    inserted: tuple[int, ...] = ()
    word: str = ""
    end: int = 0
    start: int = 0
    second: int = UNKNOWN
    reason: str = ""


def name_made_of(text: str, words: int = 9) -> str:
    """A name made of the first words of a text."""
    made = "_".join(re.findall(r"[A-Za-z0-9]+", text)[:words]) or "name_1"
    return made if made[0].isalpha() and made not in RESERVED else f"n_{made}"


def search(s: Situation) -> Repair | None:
    """The repair to go on with; None when the statement has to be given up."""
    if s.terminal == UNCLOSED:
        return _unclosed(s)
    if s.at_end:
        return _closing(s) or _one_missing(s)
    if s.word == "}":
        return _before_brace(s)
    for special in _SPECIAL:
        found = special(s)
        if found is not None:
            return found
    return _keyword_on_its_line(s) or _best(s)


# ---- faults known by their look ----


def _unclosed(s: Situation) -> Repair | None:
    """Take the text up to the end of its line, or up to where the statement seems to go on."""
    number = s.parser.tables.number
    name = next((name for name in ("STRING", "TEXT") if s.expects(name)), None)
    if name is None:
        return Repair("delete") if s.reach(s.stack.copy(), s.end) >= ENOUGH else None
    best, end = -2, s.end
    for at in [s.end, *_blanks_in(s)]:
        stack = s.stack.copy()
        reach = s.reach(stack, at) if stack.take(number[name]) else -1
        if reach > best:
            best, end = reach, at
        if best == AHEAD:
            break
    return Repair("replace", number[name], end=end)


def _blanks_in(s: Situation) -> list[int]:
    """The offsets of the first blanks in a text of one line."""
    if "\n" in s.word:
        return []
    return [s.start + blank.start() for blank in re.finditer(r" +", s.word)][:_MOST_WORDS]


def _unopened(s: Situation) -> Repair | None:
    """A text without its opening quote, or two texts of which the first is not closed."""
    text = s.parser.text
    if s.name(s.terminal) == "STRING" or not s.word[0].isalnum():
        return None
    line_end = text.find("\n", s.start)
    line = text[s.start : line_end if line_end >= 0 else len(text)]
    before = s.previous()
    if line.count('"') % 2 == 0 or '\\"' in line or '""' in line:
        return None
    end = s.start + line.index('"') + 1
    if s.expects("STRING"):
        return Repair("replace", s.parser.tables.number["STRING"], end=end, reason="quote")
    if before is None or before.type == "STRING":
        return Repair("delete", end=end, reason="quote")
    return None


def _window(s: Situation) -> Repair | None:
    if not s.expects("WINDOW"):
        return None
    found = WINDOW_NUMBER.match(s.parser.text, s.start) or WINDOW_HALF.match(s.parser.text, s.start)
    return _replaced(s, "WINDOW", found.end(), "window") if found else None


def _comment(s: Situation) -> Repair | None:
    found = FOREIGN_COMMENT.match(s.parser.text, s.start)
    return Repair("delete", end=found.end(), reason="comment") if found else None


def _odd_blank(s: Situation) -> Repair | None:
    found = ODD_BLANK_QUANTITY.match(s.parser.text, s.start)
    return _replaced(s, "QTY", found.end(), "blank") if found and s.expects("QTY") else None


def _lookalike(s: Situation) -> Repair | None:
    """A sign of a word processor: take the text up to the closing quote, or the plain sign."""
    plain = LOOKALIKES.get(s.word[0])
    if plain is None:
        return None
    text = s.parser.text
    if plain == '"':
        line_end = text.find("\n", s.start)
        line = text[s.start + 1 : line_end if line_end >= 0 else len(text)]
        close = next((i for i, sign in enumerate(line) if sign in QUOTES or sign == '"'), -1)
        if close >= 0 and s.expects("STRING"):
            return Repair("replace", s.parser.tables.number["STRING"], end=s.start + close + 2, reason="look")
        return Repair("delete", end=s.start + close + 2, reason="look") if close >= 0 else None
    terminal = s.parser.tables.punctuation.get(plain)
    if terminal is not None and s.stack.takes(terminal):
        return Repair("replace", terminal, end=s.start + 1, reason="look")
    return Repair("delete", end=s.start + 1, reason="look")


def _glued(s: Situation) -> Repair | None:
    """A name with a sign in it, such as `D+28` or `anti-CD19`."""
    last = s.previous()
    text = s.parser.text
    if last is None or last.end != s.start or last.type != "NAME" or s.word == ".." or not GLUED.match(s.word[0]):
        return None
    found = GLUED.match(text, s.start)
    end = found.end() if found else s.end
    return Repair("delete", end=end, start=last.start, reason="glued") if s.reach(s.stack.copy(), end) >= 1 else None


def _date(s: Situation) -> Repair | None:
    found = DATE_LIKE.match(s.parser.text, s.start)
    return _replaced(s, "DATE", found.end(), "date") if found and s.expects("DATE") else None


def _series(s: Situation) -> Repair | None:
    """`visit M2, M3` or `visit D1..D3`, where `visits` is meant."""
    name, keyword = s.previous(1), s.previous(2)
    if s.word not in (",", "..") or keyword is None or name is None or keyword.value != "visit":
        return None
    terminal = s.parser.tables.keywords["visits"]
    stack = Stack(s.parser.tables, s.parser.states, len(s.parser.states) - 2)
    if stack.take(terminal) and s.reach(stack, name.start) >= ENOUGH:
        return Repair("restate", terminal, word="visits", start=keyword.start, end=keyword.end)
    return None


def _time_word(s: Situation) -> Repair | None:
    """`days 4`, where `day 4` is meant."""
    word = TIME_WORDS.get(s.word.lower())
    if word is None or not s.stack.takes(s.parser.tables.keywords[word]):
        return None
    return Repair("replace", s.parser.tables.keywords[word], word=word, end=s.end, reason="time")


def _quantity(s: Situation) -> Repair | None:
    """A number where a quantity with its unit is due."""
    if s.name(s.terminal) not in ("NUMBER", "SIGNED"):
        return None
    for name in ("QTY", "SQTY"):
        if s.expects(name):
            found = _replaced(s, name, s.end, "unit")
            if found:
                return found
    return None


def _replaced(s: Situation, name: str, end: int, reason: str) -> Repair | None:
    """The token, up to `end`, read as a terminal, if anything goes on after it."""
    terminal = s.parser.tables.number[name]
    stack = s.stack.copy()
    if stack.take(terminal) and s.reach(stack, end) >= 1:
        return Repair("replace", terminal, end=end, reason=reason)
    return None


_SPECIAL = (_series, _glued, _window, _comment, _odd_blank, _lookalike, _unopened, _date, _time_word, _quantity)


# ---- braces and the end ----


def _before_brace(s: Situation) -> Repair | None:
    brace = s.parser.tables.punctuation["}"]
    if not s.parser.open_blocks:
        return Repair("delete", reason="brace")
    return _one_missing(s, brace)


def _one_missing(s: Situation, *after: int) -> Repair | None:
    """One part without which the block or file cannot end."""
    end = s.parser.tables.number["$END"]
    for name in ("NAME", "STRING", "QTY", "NUMBER", "UNIT", "RPAR"):
        terminal = s.parser.tables.number[name]
        if s.stack.takes(terminal, *(after or (end,))):
            return Repair("insert", inserted=(terminal,))
    return None


def _closing(s: Situation) -> Repair | None:
    """Close the blocks that the next statement, or the end of the file, shows to be open."""
    parser = s.parser
    terminal = s.terminal if s.at_end else _line_keyword(s)
    if terminal == UNKNOWN or (parser.layout is not None and not s.at_end):
        return None
    missing = parser.open_blocks - parser.closes_ahead(s.start)
    stack = s.stack.copy()
    brace = parser.tables.punctuation["}"]
    for count in range(1, missing + 1):
        if not stack.take(brace):
            return None
        if stack.takes(terminal):
            return Repair("insert", inserted=(brace,) * count)
    return None


def _line_keyword(s: Situation) -> int:
    """The keyword or note that begins the line with this token."""
    if not s.begins_line:
        return UNKNOWN
    tables = s.parser.tables
    return tables.punctuation.get(s.word, UNKNOWN) if s.word.startswith("@") else tables.keywords.get(s.word, UNKNOWN)


def _keyword_on_its_line(s: Situation) -> Repair | None:
    """A keyword at the beginning of a line: the block before it is open, or the statement before it not finished."""
    return _closing(s) if _line_keyword(s) != UNKNOWN else None


# ---- the best candidate ----


def _best(s: Situation) -> Repair | None:
    best: tuple[int, int] = (0, 0)
    found: Repair | None = None
    rivals = 0
    for cost, repair, stack, at in _candidates(s):
        reach = s.reach(stack, at)
        known = s.word in s.parser.tables.keywords
        bonus = 1 if repair.word and s.begins_line and not known else 0
        score = (min(reach + bonus, AHEAD), -cost)
        enough = AHEAD if known and repair.word else 1 if repair.word or repair.kind == "insert" else ENOUGH
        if score[0] < enough:
            continue
        if found is None or score > best:
            best, found, rivals = score, repair, 0
        elif score == best:
            rivals += 1
    if found is not None and found.reason == "keyword" and s.begins_line and (rivals or len(s.expected) > _FEW):
        # Any of several statements could have begun here.
        return None
    return found


def _candidates(s: Situation) -> Iterator[tuple[int, Repair, Stack, int]]:
    """Cost, repair, the state behind it, and where the text goes on."""
    yield from _spelling(s)
    yield from _insertions(s)
    yield from _other_kinds(s)
    yield from _swap(s)
    deletable = not (s.begins_line and s.word[0].isalpha()) and s.word not in "([" and _may_drop_brace(s)
    if deletable:
        last = s.previous()
        twice = last is not None and last.value == s.word
        yield (0 if twice else 3), Repair("delete", reason="twice" if twice else ""), s.stack.copy(), s.end


def _spelling(s: Situation) -> Iterator[tuple[int, Repair, Stack, int]]:
    if not _NAME_LIKE.match(s.word) or s.word in RESERVED:
        return
    tables = s.parser.tables
    words = [word for word, terminal in tables.keywords.items() if terminal in s.expected]
    for rank, word in enumerate(closest(s.word, words)):
        stack = s.stack.copy()
        if stack.take(tables.keywords[word]):
            cost = 1 if s.word not in tables.keywords else 3
            yield cost + (rank > 0), Repair("replace", tables.keywords[word], word=word, end=s.end), stack, s.end


def _insertions(s: Situation) -> Iterator[tuple[int, Repair, Stack, int]]:
    tables = s.parser.tables
    is_name = s.terminal == tables.number["NAME"]
    for terminal in s.expected:
        name = s.name(terminal)
        if name in _NEVER_INSERTED or name.startswith("_") or (is_name and name in ("NAME", "UNIT")):
            continue
        stack = s.stack.copy()
        if not stack.take(terminal):
            continue
        if name == "LBRACE" and s.parser.closes_ahead(s.start) <= s.parser.open_blocks:
            empty = stack.copy()
            close = tables.punctuation["}"]
            if empty.take(close):
                yield 3, Repair("insert", inserted=(terminal, close)), empty, s.start
            continue
        keyword = name not in _COSTS
        cost = 3 if keyword else _COSTS[name]
        yield cost, Repair("insert", inserted=(terminal,), reason="keyword" if keyword else ""), stack, s.start


def _other_kinds(s: Situation) -> Iterator[tuple[int, Repair, Stack, int]]:
    """The token read as one of another kind."""
    number = s.parser.tables.number
    kinds = _OTHER_KINDS.get(s.name(s.terminal), ())
    if _NAME_LIKE.match(s.word):
        kinds = ("NAME",) if s.begins_line else ("NAME", "STRING")
    for name in kinds:
        stack = s.stack.copy()
        if stack.take(number[name]):
            cost = 1 if s.word in RESERVED or not s.word.isascii() else 2
            yield cost, Repair("replace", number[name], end=s.end, reason="kind"), stack, s.end


def _swap(s: Situation) -> Iterator[tuple[int, Repair, Stack, int]]:
    """The token and the next one on its line, the other way round."""
    lexer = s.parser.lexer
    at = lexer.skip(s.end)
    if "\n" in s.parser.text[s.end : at]:
        return
    stack = s.stack.copy()
    terminal, end = lexer.token(at, stack.settle())
    read_as_name = terminal == s.parser.tables.number["NAME"] and s.parser.text[at:end] in s.parser.tables.keywords
    if terminal < 0 or read_as_name or not stack.take(terminal):
        return
    second, second_end = lexer.token(s.start, stack.settle())
    if second_end == s.end and second >= 0 and stack.take(second):
        yield 2, Repair("swap", terminal, second=second, end=end, start=at), stack, end


def _may_drop_brace(s: Situation) -> bool:
    """Whether leaving out a `{` leaves the braces of the rest in balance."""
    if s.word != "{":
        return True
    return s.parser.closes_ahead(s.end) == s.parser.open_blocks
