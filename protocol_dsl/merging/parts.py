"""A text cut into statements and clauses, each with the blanks and comments that belong to it; nothing is lost.

The parts of a region, put together again, are the region character by character.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from protocol_dsl.diagnostics.model import ERROR
from protocol_dsl.merging.identity import Key, inner, is_clause, key_of
from protocol_dsl.syntax.format_tokens import Piece, meaning, pieces
from protocol_dsl.syntax.nodes import Node, Token
from protocol_dsl.syntax.parser import Parsed, parse

_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")


class Part(NamedTuple):
    """One statement or clause: `lead` are the blanks and comments before it, `body` is itself, `trail` the rest of its
    line, where nothing else stands there. `in_block` tells a part of a block from a clause of a header, `begins_line`
    one that nothing stands before on its line."""

    key: Key
    node: Node
    lead: str
    body: str
    trail: str
    in_block: bool
    begins_line: bool = False


class Shape(NamedTuple):
    """A statement taken apart: notes, its own words (`head`), clauses in the header, and the block, if it has one.

    `words` are the nodes and tokens of the head. `opening` is the brace with the blanks before it and the rest of its
    line, `closing` what stands before and at the closing brace.
    """

    notes: list[Part]
    head_lead: str
    head: str
    words: list[Node | Token]
    clauses: list[Part]
    opening: str | None
    block: list[Part]
    closing: str


class Side:
    """One version of the text. `is_sound` tells whether it could be read without faults of syntax."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parsed: Parsed = parse(text)
        self.is_sound = not any(each.severity == ERROR for each in self.parsed.diagnostics)
        self.was: dict[str, str] = {}
        """Former names by the present ones, where this version and another one renamed one thing differently."""
        self._said: dict[int, object] = {}
        self._ends: dict[int, int] = {}
        self._comments = [comment.start for comment in self.parsed.comments]
        self._opens: list[int] = []
        self._closes: list[int] = []
        self.pieces: list[Piece] = []
        """All tokens, with those that the tree does not keep."""
        self.starts: list[int] = []
        if self.is_sound:
            self._find_braces()

    def _find_braces(self) -> None:
        pairs: list[tuple[int, int]] = []
        opened: list[int] = []
        self.pieces = pieces(self.text, self.parsed)[:-1]
        self.starts = [piece.start for piece in self.pieces]
        for piece in self.pieces:
            if piece.is_word("{"):
                opened.append(piece.start)
            elif piece.is_word("}") and opened:
                pairs.append((opened.pop(), piece.start))
        pairs.sort()
        self._opens = [start for start, _ in pairs]
        self._closes = [end for _, end in pairs]

    def said(self, node: Node | Token) -> object:
        """What a part of the tree says, whatever its spelling; equal for equal trees."""
        if isinstance(node, Token):
            return (node.type, meaning(node))
        if id(node) not in self._said:
            self._said[id(node)] = (node.kind, tuple(map(self.said, node.children)))
        return self._said[id(node)]

    def told(self, part: Part) -> tuple[object, tuple[str, ...]]:
        """What a part says, and the comments inside it."""
        comments = self.parsed.comments
        first = bisect_left(self._comments, part.node.start)
        last = bisect_left(self._comments, part.node.start + len(part.body))
        return self.said(part.node), tuple(comment.text.strip() for comment in comments[first:last])

    def end(self, node: Node) -> int:
        """Where a statement ends, with the brace that closes its block."""
        if id(node) not in self._ends:
            end = node.end
            at = bisect_left(self._opens, node.start)
            while at < len(self._opens) and self._opens[at] < end:
                end = max(end, self._closes[at] + 1)
                at += 1
            self._ends[id(node)] = end
        return self._ends[id(node)]

    def end_before(self, end: int, limit: int) -> int:
        """The end of a part that ends at `end` for the tree, with the words behind it that the tree does not keep."""
        at = bisect_left(self.starts, limit) - 1
        if at >= 0 and self.starts[at] >= end and not self.pieces[at].type:
            return self.starts[at] + len(self.pieces[at].text)
        return end

    def parts(self, nodes: Sequence[Node], start: int, stop: int) -> tuple[list[Part], str]:
        """The statements of a region, and what stands after the last one."""
        found: list[Part] = []
        at = start
        for number, node in enumerate(nodes):
            end = self.end_before(self.end(node), nodes[number + 1].start if number + 1 < len(nodes) else stop)
            rest = _REST_OF_LINE.match(self.text, end)
            trail = rest[0] if rest is not None and rest.end() <= stop else ""
            lead = self.text[at : node.start]
            fresh = not self.text[self.text.rfind("\n", 0, node.start) + 1 : node.start].strip()
            body = self.text[node.start : end]
            found.append(Part(key_of(node, self.was), node, lead, body, trail, True, fresh))
            at = end + len(trail)
        return found, self.text[at:stop]

    def whole(self) -> tuple[list[Part], str]:
        """The statements of the file."""
        return self.parts(list(self.parsed.tree.nodes()), 0, len(self.text))

    def shape(self, part: Part) -> Shape | None:
        """A statement taken apart; None for one that is one piece."""
        text, start, end = self.text, part.node.start, part.node.start + len(part.body)
        here = inner(part.node)
        open_at, close_at = self._own_block(here, end)
        header = [child for child in here.children if child.start < open_at]
        block = [child for child in here.children if child.start >= open_at]
        first = next((at for at, child in enumerate(header) if isinstance(child, Node) and is_clause(child)), None)
        words, clauses = (header, []) if first is None else (header[:first], header[first:])
        nodes = [child for child in clauses if isinstance(child, Node) and is_clause(child)]
        lines = [child for child in block if isinstance(child, Node)]
        if len(nodes) != len(clauses) or len(lines) != len(block) or (not nodes and open_at == end):
            if part.node.kind != "annotated" and not (words and here.kind in _LEAVES):
                return None
            if len(nodes) != len(clauses) or len(lines) != len(block):
                words, nodes, lines, open_at = [*here.children], [], [], end
        notes: list[Part] = []
        at = start
        if part.node.kind == "annotated":
            for note in part.node.children[:-1]:
                assert isinstance(note, Node)
                notes.append(Part((note.kind,), note, text[at : note.start], text[note.start : note.end], "", False))
                at = note.end
        head_end = max([here.start, *(self.end(word) if isinstance(word, Node) else word.end for word in words)])
        head_end = self.end_before(head_end, nodes[0].start if nodes else open_at)
        head_lead, head = text[at : here.start], text[here.start : head_end]
        made: list[Part] = []
        at = head_end
        for number, node in enumerate(nodes):
            stop = self.end_before(self.end(node), nodes[number + 1].start if number + 1 < len(nodes) else open_at)
            made.append(Part(key_of(node, self.was), node, text[at : node.start], text[node.start : stop], "", False))
            at = stop
        if open_at == end:
            return Shape(notes, head_lead, head, words, made, None, [], "")
        rest = _REST_OF_LINE.match(text, open_at + 1)
        inside = rest.end() if rest is not None and rest.end() <= close_at else open_at + 1
        parts, tail = self.parts(lines, inside, close_at)
        return Shape(notes, head_lead, head, words, made, text[at:inside], parts, tail + text[close_at:end])

    def _own_block(self, here: Node, end: int) -> tuple[int, int]:
        """Where the block of a statement begins and ends; the statement's end, twice, if it has none."""
        if end - 1 in self._closes and self.text[end - 1] == "}":
            at = self._closes.index(end - 1)
            open_at = self._opens[at]
            nodes = (child for child in here.children if isinstance(child, Node))
            if not any(child.start <= open_at < self.end(child) for child in nodes):
                return open_at, end - 1
        return end, end


_LEAVES = frozenset(["visit", "visits", "assess", "fact", "arm", "product", "collect", "field", "endpoint", "give"])
"""Statements that may stand without any clause and get some by a merge."""
