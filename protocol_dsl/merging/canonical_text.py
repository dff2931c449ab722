"""A protocol as text in which each clause has its own line and no comment is left: what `git diff` compares.

Equal for every layout of the same statements. It is for reading and comparing, not for compiling.
"""

from __future__ import annotations

from bisect import bisect_left

from protocol_dsl.merging.parts import Part, Side
from protocol_dsl.syntax.format_tokens import Piece
from protocol_dsl.syntax.protobuf import is_protobuf_schema
from protocol_dsl.syntax.texts import dedent_text

_INDENT = "  "


def canonical_text(text: str) -> str:
    """The canonical form of a protocol; a text that is none, or has faults of syntax, as it is."""
    if is_protobuf_schema(text):
        return text
    normalised = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    side = Side(normalised)
    return _Printer(side).run() if side.is_sound else normalised


class _Printer:
    def __init__(self, side: Side) -> None:
        self.side = side
        self.pieces, self.starts = side.pieces, side.starts
        self.lines: list[str] = []

    def run(self) -> str:
        """All statements, those of the file set apart by blank lines."""
        for part in self.side.whole()[0]:
            if self.lines:
                self.lines.append("")
            self.part(part, 0)
        return "".join(f"{line}\n" for line in self.lines)

    def part(self, part: Part, depth: int) -> None:
        """A statement or clause and what is in it."""
        shape = self.side.shape(part)
        start, end = part.node.start, part.node.start + len(part.body)
        if shape is None:
            self.words(start, end, depth)
            return
        for note in shape.notes:
            self.words(note.node.start, note.node.start + len(note.body), depth)
        head = start + sum(len(note.lead) + len(note.body) for note in shape.notes) + len(shape.head_lead)
        self.words(head, head + len(shape.head), depth)
        for clause in (*shape.clauses, *shape.block):
            self.part(clause, depth + 1)

    def words(self, start: int, end: int, depth: int) -> None:
        """The tokens of a range on one line; a long text on lines of its own."""
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
        line = ""
        for at in range(first, last):
            piece = self.pieces[at]
            line += (" " if at > first and piece.space else "") + _written(piece)
        indent = _INDENT * depth
        head, *more = line.split("\n")
        self.lines.append(indent + head)
        self.lines += [f"{indent}{_INDENT}{each}".rstrip() for each in more]


def _written(piece: Piece) -> str:
    """A token; a text in three quotes that has one line looks like one in plain quotes."""
    if piece.type != "TEXT":
        return piece.text
    said = dedent_text(piece.text[3:-3])
    if "\n" not in said:
        return '"' + said.replace('\\"', '"').replace('"', '\\"') + '"'
    return f'"""\n{said}\n"""'
