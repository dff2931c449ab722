"""What the indentation of a text tells about a brace or a closing quote that was lost.

A missing `}` shows itself to the grammar only where something does not fit any more, often many lines later. The
layout shows where the author meant the block to end. It is asked only after a first fault, and believed only if the
text is read with fewer faults that way.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

CLOSE, DROP, OPEN = "close", "drop", "open"

_PIECES = re.compile(
    r'(?P<long>""")|(?P<text>"(?:[^"\\\n]|\\.)*"?)|(?P<comment>#[^\n]*)|(?P<brace>[{}])|'
    r"(?P<bracket>[()])|\n(?P<indent>[ \t]*)(?=[^\s#])"
)
_LONG_END = re.compile(r'(?:[^"\\]|\\.|"(?!""))*"""', re.S)
_LINE = re.compile(r"(?m)^([ \t]*)(?=[^\s])")
_STATEMENT_START = re.compile(r"[a-z_]+[ \t]|[}@#]")

_COMMENT_LINE = re.compile(r"(?m)^[ \t]*#.*$")
_LONE_BRACE = re.compile(r"\{[ \t]*$", re.M)


class Mend(NamedTuple):
    """At offset `at`: `close` blocks (opened at `openers`, innermost first), `drop` a `}` or `open` a block."""

    kind: str
    at: int
    openers: tuple[int, ...] = ()


class Layout(NamedTuple):
    """`mends` by their offset; `unclosed` has where a long text without its closing quotes really ends."""

    mends: dict[int, Mend]
    unclosed: dict[int, int]
    balanced: bool


class _Opener(NamedTuple):
    indent: int
    offset: int
    line: int


class Braces:
    """The braces of a text outside of texts and comments."""

    def __init__(self, text: str) -> None:
        self.offsets: list[int] = []
        self.depths: list[int] = [0]
        depth = 0
        for found in pieces(text, {}):
            if found.group("brace"):
                depth += 1 if found.group() == "{" else -1
                self.offsets.append(found.start())
                self.depths.append(depth)

    def closes_ahead(self, at: int) -> int:
        """How many blocks the text from `at` on closes more than it opens."""
        return self.depths[bisect_left(self.offsets, at)] - self.depths[-1]


def pieces(text: str, unclosed: dict[int, int]) -> list[re.Match[str]]:
    """Quotes, comments, braces and line beginnings of a text, those within texts left out.

    Long texts without an end are put into `unclosed`, as far as the layout tells.
    """
    found: list[re.Match[str]] = []
    at = 0
    odd = _COMMENT_LINE.sub("", text).count('"""') % 2 == 1
    while True:
        piece = _PIECES.search(text, at)
        if piece is None:
            return found
        at = piece.end()
        if piece.group("long"):
            end = _LONG_END.match(text, at)
            if end is None or odd:
                stop = long_text_end(text, piece.start())
                if end is None or stop < end.end() - 3:
                    unclosed[piece.start()] = stop
                    at = stop
                    continue
            at = end.end()
        elif piece.group("text") and not _is_closed(piece.group()):
            at = text_end(text, piece.start(), piece.end())
        found.append(piece)


def _is_closed(quoted: str) -> bool:
    return len(quoted) > 1 and quoted.endswith('"') and not quoted.endswith('\\"')


def text_end(text: str, start: int, line_end: int) -> int:
    """Where a text without its closing quote ends on its line: before a brace that the line needs."""
    end = line_end
    for _ in range(4):
        tail = text[start + 1 : end].rstrip()
        end = start + 1 + len(tail)
        if not (tail.endswith("{") or (tail.endswith("}") and tail.count("}") > tail.count("{"))):
            break
        end -= 1
    return end


def long_text_end(text: str, start: int) -> int:
    """Where a long text without its closing quotes ends: before the next line that is not indented under it."""
    line_start = text.rfind("\n", 0, start) + 1
    indent = _width(text[line_start : len(text) if line_start == start else start])
    first_line_end = text.find("\n", start)
    if first_line_end < 0:
        return len(text)
    for line in _LINE.finditer(text, first_line_end + 1):
        if _LONE_BRACE.match(text, line.end()):
            return line.start() - 1
        if _width(line.group(1)) <= indent and _STATEMENT_START.match(text, line.end()):
            return line.start() - 1
    return len(text)


def _width(blanks: str) -> int:
    bare = blanks[: len(blanks) - len(blanks.lstrip(" \t"))]
    return len(bare.expandtabs(8))


def read(text: str) -> Layout | None:
    """The mends that the layout asks for; None if it asks for none or is too irregular to be believed."""
    unclosed: dict[int, int] = {}
    reader = _Reader(text)
    for piece in pieces("\n" + text, unclosed):
        reader.take(piece)
    reader.finish()
    shifted = {start - 1: end - 1 for start, end in unclosed.items()}
    mends = reader.mends
    if (not mends and not shifted) or len(mends) > 1 + reader.regular:
        return None
    return Layout(mends, shifted, reader.balance == 0)


class _Reader:
    """Goes through the pieces of a text (with a newline put before it) and compares braces with indentation."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[_Opener] = []
        self.mends: dict[int, Mend] = {}
        self.regular = 0
        self.balance = 0
        self.line = 0
        self.indent = 0
        self.leading = -1
        self.brackets = 0
        self.bracket_indent = 0
        self.next_line: tuple[int, re.Match[str] | None] = (-1, None)

    def take(self, piece: re.Match[str]) -> None:
        """The next piece; offsets are one too large because of the newline in front."""
        if piece.group("indent") is not None:
            self.begin_line(_width(piece.group("indent")), piece.end() - 1)
        elif piece.group() == "(":
            if not self.brackets:
                self.bracket_indent = self.indent
            self.brackets += 1
        elif piece.group() == ")":
            self.brackets = max(0, self.brackets - 1)
        elif piece.group("brace") == "{":
            self.balance += 1
            self.open.append(_Opener(self.indent, piece.start() - 1, self.line))
        elif piece.group("brace") == "}":
            self.balance -= 1
            self.close(piece.start() - 1)

    def begin_line(self, indent: int, at: int) -> None:
        self.line += 1
        if self.brackets and indent > self.bracket_indent:
            return
        self.brackets = 0
        self.indent = indent
        self.leading = at
        over: list[_Opener] = []
        if self.text[at] == "}":
            if any(opener.indent == indent for opener in self.open):
                while self.open[-1].indent > indent:
                    over.append(self.open.pop())
        else:
            while self.open and self.open[-1].indent >= indent:
                over.append(self.open.pop())
        if over:
            self.mends[at] = Mend(CLOSE, at, tuple(opener.offset for opener in over))

    def close(self, at: int) -> None:
        """A `}`: it closes the innermost block, or is one too many, or the `{` of its block was lost."""
        if self.open and (self.open[-1].line == self.line or self.fits(self.open[-1], at)):
            opener = self.open.pop()
            self.regular += opener.line != self.line
            return
        heading_end = self.lost_opening(at)
        if heading_end >= 0:
            self.mends[heading_end] = Mend(OPEN, heading_end)
        else:
            self.mends[at] = Mend(DROP, at)

    def fits(self, opener: _Opener, at: int) -> bool:
        """Whether a `}` closes a block opened on an earlier line, by its own indentation or that of the next line."""
        if opener.indent >= self.indent:
            return True
        if self.next_line[0] != self.line:
            self.next_line = (self.line, _NEXT_LINE.match(self.text, at + 1))
        ahead = self.next_line[1]
        if ahead is None:
            return True
        indent = _width(ahead.group(1))
        return indent < opener.indent or (indent == opener.indent and ahead.group(2) != "}")

    def lost_opening(self, at: int) -> int:
        """Offset of the first line that stands indented under the heading which a leading `}` belongs to; or -1."""
        if at != self.leading:
            return -1
        inner = [offset for indent, offset in self.lines_before(at) if indent > self.indent]
        return inner[0] if inner else -1

    def lines_before(self, at: int) -> list[tuple[int, int]]:
        """The lines between the last one of the same indentation and this one."""
        result: list[tuple[int, int]] = []
        end = at
        while True:
            end = self.text.rfind("\n", 0, end)
            if end < 0:
                return []
            start = self.text.rfind("\n", 0, end) + 1
            line = self.text[start:end]
            bare = line.lstrip(" \t")
            if not bare or bare.startswith("#"):
                continue
            indent = _width(line)
            if indent <= self.indent:
                return result[::-1] if indent == self.indent and not bare.startswith("}") else []
            result.append((indent, end - len(bare)))

    def finish(self) -> None:
        """Blocks that are open at the end of the text."""
        if self.open:
            at = len(self.text)
            self.mends[at] = Mend(CLOSE, at, tuple(opener.offset for opener in reversed(self.open)))


_NEXT_LINE = re.compile(r"[^\n]*(?:\n[ \t]*(?:#[^\n]*)?(?=\n))*\n([ \t]*)([^\s])")
