"""Puts tokens and their comments on lines."""

from __future__ import annotations

from protocol_dsl.syntax.format_tokens import Piece
from protocol_dsl.syntax.texts import dedent_text

INDENT = 2
WIDTH = 110


class Writer:
    """The lines so far, and the line that is being written with the comment that will end it.

    `tall` counts what makes a statement stand over several lines: opened blocks and long texts.
    """

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces
        self.lines: list[str] = []
        self.tall = 0
        self._line = ""
        self._empty = True  # nothing but the indentation is on the line
        self._comment: str | None = None
        self._fresh = True  # a block was just opened, or nothing is written yet
        self._base = 0  # indentation of the statement
        self._begun = -1
        self._blanks: set[int] = set()

    @property
    def column(self) -> int:
        """Columns taken on the present line."""
        return len(self._line)

    def text(self) -> str:
        """All that was written."""
        self.finish()
        lines: list[str] = []
        for number, line in enumerate(self.lines):
            if number in self._blanks:
                lines.append("")
            lines.append(line)
        return "".join(f"{line}\n" for line in lines)

    def insert_blank(self, number: int) -> None:
        """Set a blank line before this line."""
        self._blanks.add(number)

    def finish(self) -> None:
        """End the present line."""
        if not self._empty or self._comment is not None:
            line = self._line if not self._empty else self._line.rstrip()
            self.lines.append(line if self._comment is None else f"{line}  {self._comment}")
            self._fresh = False
        self._line, self._empty, self._comment = "", True, None

    def begin(self, i: int, indent: int, spaced: bool = True) -> None:
        """Begin the line of an item at its first token, after the comments that stand above it."""
        self.finish()
        piece = self.pieces[i]
        for remark in piece.above:
            if remark.blank_before and spaced:
                self._blank()
            self._write_line(indent, remark.text)
        if piece.blank_before and spaced and i + 1 < len(self.pieces):
            self._blank()
        self._line = " " * indent
        self._base = indent
        self._begun = i

    def put(self, first: int, last: int, indent: int) -> None:
        """Put tokens on the present line; where a comment ends it, go on at `indent`."""
        for i in range(first, last):
            piece = self.pieces[i]
            if self._begun != i and (piece.above or self._comment is not None):
                self.turn(i, indent)
            if not self._empty and piece.space:
                self._line += " "
            if piece.type == "TEXT":
                self._long_text(piece.text)
            else:
                self._line += piece.text
            self._empty = False
            self._comment = piece.beside

    def turn(self, i: int, indent: int) -> None:
        """Go on with token `i` on a new line, after the comments that stand above it."""
        self.finish()
        for remark in self.pieces[i].above:
            self._write_line(indent, remark.text)
        self._line = " " * indent
        self._begun = i

    def open(self, brace: int | None) -> None:
        """Open a block on the present line; `brace` is None where the author has none."""
        beside = self.pieces[brace].beside if brace is not None else None
        self._line += " {"
        if self._comment is None:
            self._comment = beside
            beside = None
        self.finish()
        self._fresh = True
        self.tall += 1
        if beside is not None:
            self._write_line(self._base + INDENT, beside)

    def close(self, brace: int | None, indent: int) -> None:
        """Close a block, after the comments that nothing follows in it."""
        self.finish()
        piece = self.pieces[brace] if brace is not None else None
        for remark in piece.above if piece else ():
            if remark.blank_before:
                self._blank()
            self._write_line(indent + INDENT, remark.text)
        self._line = " " * indent + "}"
        self._empty = False
        self._base = indent
        self._comment = piece.beside if piece else None

    def _long_text(self, written: str) -> None:
        value = dedent_text(written[3:-3])
        if not value:
            self._line += '""""""'
            return
        self._line += '"""'
        self._empty = False
        self.finish()
        indent = " " * (self._base + INDENT)
        self.lines += [f"{indent}{line}" if line else "" for line in value.split("\n")]
        self._line = f'{indent}"""'
        self.tall += 1

    def _blank(self) -> None:
        if not self._fresh and self.lines and self.lines[-1]:
            self.lines.append("")

    def _write_line(self, indent: int, text: str) -> None:
        self.lines.append(" " * indent + text)
        self._fresh = False
