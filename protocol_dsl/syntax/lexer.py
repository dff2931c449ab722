"""Words, numbers, texts: the tokens of a protocol.

A word is read whole and is a keyword only where the grammar accepts that keyword. What a number is (with its
unit, with its sign, a window, a date) is likewise decided by what the grammar accepts at that place.
"""

from __future__ import annotations

import re

from protocol_dsl.syntax.nodes import Comment
from protocol_dsl.syntax.tables import Tables

RESERVED = frozenset({"day", "week", "month", "year", "all", "each", "except", "about", "at", "not", "and", "or"})
UNKNOWN = -1
UNCLOSED = -2

_BLANK = re.compile(r"[ \t\n]*")
_WORD = re.compile(r"[^\W\d]\w*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_BLANKS = re.compile(r"[ \t]*")
_UNIT_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WINDOW_SIGN = re.compile(r"(?:±|\+/[-−]|\+[-−])[ \t]*")
_WINDOW_SLASH = re.compile(r"[ \t]*/[ \t]*\+[ \t]*")
CALENDAR_WORDS = ("day", "week", "month", "year")
# In the order in which they are tried at a digit or a sign.
_NUMERIC = ("UNIT", "DATE", "YEAR_MONTH", "WINDOW", "SQTY", "QTY", "SIGNED", "NUMBER")


class Lexer:
    """Reads one token at a time, as the parser asks for it."""

    def __init__(self, text: str, tables: Tables, unclosed: dict[int, int] | None = None) -> None:
        self.text = text
        self.tables = tables
        self.unclosed = dict(unclosed or {})  # where the long texts end that have no closing quotes
        self.comments: list[Comment] = []
        number = tables.number
        self._name = number["NAME"]
        self._end = number["$END"]
        self._string = number["STRING"]
        self._long = number["TEXT"]
        self._unit = number["UNIT"]
        self._numeric = [(number[name], name) for name in _NUMERIC]
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._comments_seen = -1

    def pattern(self, name: str) -> re.Pattern[str]:
        """A terminal's regular expression, compiled when it is first needed."""
        pattern = self._patterns.get(name)
        if pattern is None:
            pattern = _compiled.get(self.tables.patterns[name])
            if pattern is None:
                pattern = re.compile(self.tables.patterns[name])
                _compiled[self.tables.patterns[name]] = pattern
            self._patterns[name] = pattern
        return pattern

    def skip(self, at: int) -> int:
        """The offset of the next token, behind blanks and comments; comments are kept."""
        text = self.text
        size = len(text)
        while True:
            found = _BLANK.match(text, at)
            at = found.end() if found else at
            if at < size and text[at] == "#":
                end = text.find("\n", at)
                end = size if end < 0 else end
                if at > self._comments_seen:
                    own_line = not text[text.rfind("\n", 0, at) + 1 : at].strip()
                    self.comments.append(Comment(text[at:end].rstrip(), at, end, own_line))
                    self._comments_seen = at
                at = end
            else:
                return at

    def token(self, at: int, accepted: dict[int, int]) -> tuple[int, int]:
        """The terminal and the end of the token at `at`, where the grammar accepts `accepted`.

        `UNKNOWN` for a character that begins nothing, `UNCLOSED` for a text without its closing quote.
        """
        text = self.text
        if at >= len(text):
            return self._end, at
        first = text[at]
        if first.isalpha() or first == "_":
            if self._unit in accepted:
                found = self.pattern("UNIT").match(text, at)
                if found:
                    return self._unit, found.end()
            found = _WORD.match(text, at)
            end = found.end() if found else at + 1
            return self._word(text[at:end], accepted), end
        if first == '"':
            return self._quoted(at)
        if first.isdigit() or first in "+-−–±×%°[/":
            found_number = self._number(at, accepted)
            if found_number:
                return found_number
        return self._sign(at)

    def _word(self, word: str, accepted: dict[int, int]) -> int:
        keyword = self.tables.keywords.get(word)
        if keyword is not None and (keyword in accepted or word in RESERVED):
            return keyword
        return self._name if _NAME.match(word) else UNKNOWN

    def _quoted(self, at: int) -> tuple[int, int]:
        text = self.text
        if text.startswith('"""', at):
            found = self.pattern("TEXT").match(text, at) if at not in self.unclosed else None
            if found:
                return self._long, found.end()
            if at not in self.unclosed:
                from protocol_dsl.syntax.layout import long_text_end

                self.unclosed[at] = long_text_end(text, at)
            return UNCLOSED, self.unclosed[at]
        found = self.pattern("STRING").match(text, at)
        if found:
            return self._string, found.end()
        from protocol_dsl.syntax.layout import text_end

        line_end = text.find("\n", at)
        return UNCLOSED, text_end(text, at, len(text) if line_end < 0 else line_end)

    def _number(self, at: int, accepted: dict[int, int]) -> tuple[int, int] | None:
        for terminal, name in self._numeric:
            if terminal in accepted:
                found = self._match(name, at)
                if found:
                    return terminal, found
        # Nothing numeric is accepted here: read it as it stands, so that the message can name it.
        for terminal, name in self._numeric[1:]:
            if name not in ("SIGNED", "SQTY") or self.text[at] in "+-−–":
                found = self._match(name, at)
                if found:
                    return (terminal, found) if self.text[at] not in "+-−–/%°[" else None
        return None

    def _match(self, name: str, at: int) -> int | None:
        """The end of the terminal `name` at `at`; a keyword of the language is not a unit.

        Numbers with signs and units are put together from the patterns of the number and of the unit, as the grammar
        does it: compiling the grammar's four joined patterns would take longer than reading a protocol.
        """
        if name in ("UNIT", "DATE", "YEAR_MONTH"):
            found = self.pattern(name).match(self.text, at)
            return found.end() if found else None
        if name == "WINDOW":
            return self._window(at)
        if name in ("SIGNED", "SQTY"):
            if self.text[at] not in "+-−–":
                return None
            at += 1
        number = self.pattern("NUMBER").match(self.text, at)
        if number is None:
            return None
        if name in ("QTY", "SQTY"):
            return self._unit_end(number.end(), touching=name == "QTY")
        return number.end()

    def _unit_end(self, at: int, touching: bool) -> int | None:
        """The end of the unit behind a number that ends at `at`; `/L` only where it touches the number."""
        text = self.text
        if text.startswith("/", at):
            found = self.pattern("UNIT").match(text, at) if touching else None
            return found.end() if found else None
        blanks = _BLANKS.match(text, at)
        start = blanks.end() if blanks else at
        if text.startswith("/", start):
            return None
        word = _UNIT_WORD.match(text, start)
        if word is not None and word.group() in self.tables.keywords and word.group() not in CALENDAR_WORDS:
            return None
        found = self.pattern("UNIT").match(text, start)
        return found.end() if found else None

    def _window(self, at: int) -> int | None:
        """The end of `±3 days` or `-2/+5 days`."""
        sign = _WINDOW_SIGN.match(self.text, at)
        if sign is not None:
            number = self.pattern("NUMBER").match(self.text, sign.end())
            return self._unit_end(number.end(), touching=False) if number else None
        if self.text[at] not in "-−–":
            return None
        blanks = _BLANKS.match(self.text, at + 1)
        before = self.pattern("NUMBER").match(self.text, blanks.end() if blanks else at + 1)
        slash = _WINDOW_SLASH.match(self.text, before.end()) if before else None
        after = self.pattern("NUMBER").match(self.text, slash.end()) if slash else None
        return self._unit_end(after.end(), touching=False) if after else None

    def _sign(self, at: int) -> tuple[int, int]:
        punctuation = self.tables.punctuation
        text = self.text
        if text[at] == "@":
            found = _WORD.match(text, at + 1)
            end = found.end() if found else at + 1
            return punctuation.get(text[at:end], UNKNOWN), end
        for length in (2, 1):
            sign = text[at : at + length]
            if sign in punctuation:
                return punctuation[sign], at + len(sign)
        for name in ("COMPARE", "MINUS"):
            found = self.pattern(name).match(text, at)
            if found:
                return self.tables.number[name], found.end()
        return UNKNOWN, at + 1


_compiled: dict[str, re.Pattern[str]] = {}
