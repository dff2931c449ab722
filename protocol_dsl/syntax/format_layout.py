"""Where the formatter breaks lines: one statement a line, one clause a line in an open block."""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from protocol_dsl.syntax.format_tokens import Piece, pieces
from protocol_dsl.syntax.format_writer import INDENT, WIDTH, Writer
from protocol_dsl.syntax.nodes import Node, Token
from protocol_dsl.syntax.parser import Parsed

CONTINUED = 2 * INDENT

# Statements that take their clauses in the header or in a block.
# fmt: off
LEAVES = frozenset([
    "product", "population", "arm", "fact", "event", "visit", "visits", "give", "assess", "collect", "cohort",
    "include", "exclude", "option", "endpoint", "analysis_set", "sample_size", "interim", "field",
])
# Blocks of short entries: any number of them may share a line.
_LISTS = frozenset(["choice_clause", "choices_clause", "translate", "example"])
_CHOICES = frozenset(["choice_clause", "choices_clause"])
_CLAUSES = frozenset(["value_type", "at_levels", "within_participant", "item_range"])
# Words inside a statement that begin a new line when it is too long.
_TURNS = ("where", "then", "from", "at", "in", "on", "for", "with")
# How loosely tokens hang together where a line may be broken, the loosest first; `_PAIR` is one case of a `when`.
_WHOLE, _PAIR, _COMMA, _OR, _AND, _SUM = range(1, 7)
# Clauses that do not stay in the header once a block is opened for the others.
_IN_BLOCK = frozenset([
    "where_clause", "if_clause", "measure_clause", "timeframe_clause", "description_clause", "choice_clause",
    "choices_clause", "times_clause", "note_clause",
])
# fmt: on


def layout(text: str, parsed: Parsed) -> str:
    """The canonical layout of a text that parses without faults."""
    return _Layout(text, parsed).run()


class _Item(NamedTuple):
    """A statement, clause or entry that stands on lines of its own: pieces `first` to `last`, exclusive."""

    node: Node | Token
    first: int
    last: int
    indent: int


class _Close(NamedTuple):
    """The end of a block; `brace` is None where the formatter opened the block."""

    brace: int | None
    indent: int


class _Rest(NamedTuple):
    """What follows a block on the line of its closing brace."""

    item: _Item
    first: int


class _Layout:
    """One run over one text. The work still to do is a stack, so that deep nesting needs no deep calls."""

    def __init__(self, text: str, parsed: Parsed) -> None:
        self.tree = parsed.tree
        self.pieces = pieces(text, parsed)
        self.at = {piece.start: i for i, piece in enumerate(self.pieces[:-1])}
        self.closing = self._braces()
        self.width = list(accumulate(map(_width, self.pieces), initial=0))
        self.rank = self._ranks()
        self.tall = list(accumulate(map(self._is_tall, range(len(self.pieces))), initial=0))
        self.remarked = list(accumulate(map(self._is_remarked, range(len(self.pieces))), initial=0))
        self.writer = Writer(self.pieces)
        self.work: list[_Item | _Close | _Rest] = []

    def run(self) -> str:
        """Lay out statement by statement; those with an open block are set apart by a blank line."""
        writer = self.writer
        end = len(self.pieces) - 1
        was_tall = False
        for item in reversed(self._items(self.tree.children, end, 0)):
            first = self.pieces[item.first]
            apart = first.blank_before or any(remark.blank_before for remark in first.above)
            writer.finish()
            begin, tall = len(writer.lines), writer.tall
            self.work.append(item)
            while self.work:
                self._step(self.work.pop())
            is_tall = writer.tall > tall
            if item.first and not apart and (was_tall or is_tall):
                writer.insert_blank(begin)
            was_tall = is_tall
        writer.begin(end, 0)
        return writer.text()

    # ---- what is where ----

    def _braces(self) -> dict[int, int]:
        """The closing brace of each opening one."""
        closing: dict[int, int] = {}
        opened: list[int] = []
        for i, piece in enumerate(self.pieces):
            if piece.is_word("{"):
                opened.append(i)
            elif piece.is_word("}"):
                closing[opened.pop()] = i
        return closing

    def _is_tall(self, i: int) -> bool:
        """Whether a token needs more than one line: a long text, or the brace of a block that has to be open."""
        piece = self.pieces[i]
        if i not in self.closing:
            return piece.type == "TEXT"
        if piece.line != self.pieces[self.closing[i]].line:
            return True
        entries = self._entries(i)
        if piece.owner.kind == "after_rule" or any(_is_annotated(entry) for entry in entries):
            return bool(entries)
        return len(entries) > 1 and piece.owner.kind not in _LISTS

    def _is_remarked(self, i: int) -> bool:
        """Whether a comment stands between this token and the one before it."""
        return bool(self.pieces[i].above) or (i > 0 and self.pieces[i - 1].beside is not None)

    def _entries(self, brace: int) -> list[Node | Token]:
        """What stands directly in the block that this brace opens."""
        if self.closing[brace] == brace + 1:
            return []
        piece = self.pieces[brace]
        start, end = piece.start, self.pieces[self.closing[brace]].start
        return [child for child in piece.owner.children if start < child.start < end]

    def _items(self, entries: list[Node | Token], last: int, indent: int) -> list[_Item]:
        """The entries of a block as items, the last one first, as the stack takes them."""
        items: list[_Item] = []
        for entry in reversed(entries):
            first = self.at[entry.start]
            items.append(_Item(entry, first, last, indent))
            last = first
        return items

    def _flat(self, first: int, last: int) -> bool:
        """Whether nothing but its length keeps a range from standing on one line."""
        if first >= last:
            return True
        return self.tall[first] == self.tall[last] and self.remarked[first + 1] == self.remarked[last]

    def _length(self, first: int, last: int) -> int:
        """Columns of a range on one line, without the blank before it."""
        return self.width[last] - self.width[first] - self.pieces[first].space if first < last else 0

    def _fits(self, first: int, last: int, column: int, tail: int = 0) -> bool:
        """Whether a range can stand on one line from `column` on, with `tail` columns behind it."""
        return self._flat(first, last) and column + self._length(first, last) + tail <= WIDTH

    # ---- laying out ----

    def _step(self, work: _Item | _Close | _Rest) -> None:
        if isinstance(work, _Close):
            self.writer.close(work.brace, work.indent)
        elif isinstance(work, _Rest):
            self._run(work.item, work.first)
        else:
            self._item(work)

    def _item(self, item: _Item) -> None:
        node = item.node
        self.writer.begin(item.first, item.indent)
        if isinstance(node, Node) and node.kind == "annotated":
            starts = [self.at[child.start] for child in node.children]
            for note, first, after in zip(node.children, starts, starts[1:], strict=False):
                self._run(_Item(note, first, after, item.indent), first)
                self.writer.begin(after, item.indent, spaced=False)
            node = node.children[-1]
            item = _Item(node, starts[-1], item.last, item.indent)
        if self._fits(item.first, item.last, item.indent):
            self.writer.put(item.first, item.last, item.indent)
        elif not (isinstance(node, Node) and node.kind in LEAVES and self._leaf(item, node)):
            self._run(item, item.first)

    def _leaf(self, item: _Item, node: Node) -> bool:
        """Open the block of a statement that may have one; False if it is better broken without."""
        brace = next((i for i in range(item.first, item.last) if self._is_own_block(i, node)), None)
        end = item.last if brace is None else brace
        clauses = [child for child in node.nodes() if _is_clause(child) and self.at[child.start] < end]
        starts = [self.at[clause.start] for clause in clauses]
        if brace is None and not self._wants_block(item, clauses, starts):
            return False
        ends = [*starts, end][1:]
        kept = self._kept(item, clauses, starts, end, brace is not None)
        header_end = end if kept == len(clauses) else starts[kept]
        self._line(item, item.first, header_end, tail=2)
        self.writer.open(brace)
        indent = item.indent + INDENT
        self.work.append(_Close(None if brace is None else self.closing[brace], item.indent))
        if brace is not None:
            self.work.extend(self._items(self._entries(brace), self.closing[brace], indent))
        moved = list(zip(clauses, starts, ends, strict=True))[kept:]
        self.work.extend(_Item(clause, start, stop, indent) for clause, start, stop in reversed(moved))
        return True

    def _is_own_block(self, i: int, node: Node) -> bool:
        if i not in self.closing:
            return False
        return self.pieces[i].owner.kind not in _CHOICES or self.pieces[i].owner is node

    def _wants_block(self, item: _Item, clauses: list[Node], starts: list[int]) -> bool:
        """Whether a statement that is too long for its line is better off with its clauses in a block."""
        if not clauses:
            return False
        if clauses[-1].kind in _CHOICES and self._fits(item.first, starts[-1] + 1, item.indent, 2):
            return False  # the list of choices opens instead
        return not self._stands(item, starts[0], item.last)

    def _kept(self, item: _Item, clauses: list[Node], starts: list[int], end: int, has_block: bool) -> int:
        """How many clauses stay in the header of an open block."""
        if not clauses or (has_block and self._stands(item, starts[0], end, 2)):
            return len(clauses)
        kinds = [clause.kind for clause in clauses]
        if "at_clause" in kinds[:2]:
            kept = kinds.index("at_clause") + 1
        else:
            kept = int(kinds[0] not in _IN_BLOCK)
        stops = [*starts, end]
        while kept and not self._fits(item.first, stops[kept], item.indent, 2):
            kept -= 1
        return kept

    def _stands(self, item: _Item, clauses: int, stop: int, tail: int = 0) -> bool:
        """Whether a header needs no break but that of a long text before its first clause."""
        if self._fits(item.first, stop, item.indent, tail):
            return True
        text = clauses - 1
        if self.pieces[text].type != "TEXT" or self.remarked[clauses + 1] != self.remarked[clauses]:
            return False
        return self._flat(item.first, text) and self._fits(clauses, stop, item.indent + INDENT + 4, tail)

    def _run(self, item: _Item, first: int) -> None:
        """An item that may not be turned into a block, from piece `first` on: broken at clauses, its blocks opened."""
        brace = next((i for i in range(first, item.last) if i in self.closing), None)
        if brace is None:
            self._line(item, first, item.last)
            return
        self._line(item, first, brace, tail=2)
        close = self.closing[brace]
        if self._fits(brace, close + 1, self.writer.column + 1, 2 if close + 1 < item.last else 0):
            self.writer.put(brace, close + 1, item.indent + CONTINUED)
            self.work.append(_Rest(item, close + 1))
            return
        self.writer.open(brace)
        self.work.append(_Rest(item, close + 1))
        self.work.append(_Close(close, item.indent))
        self.work.extend(self._items(self._entries(brace), close, item.indent + INDENT))

    def _line(self, item: _Item, first: int, last: int, tail: int = 0) -> None:
        """Tokens without a block: on the present line if they fit, else one clause a line."""
        if first >= last:
            return
        indent = item.indent + CONTINUED
        space = int(self.pieces[first].space and first != item.first)
        if self._fits(first, last, self.writer.column + space, tail):
            self.writer.put(first, last, indent)
            return
        starts = [first, *(i for i in range(first + 1, last) if self._turns(item.node, i))]
        for start, stop in zip(starts, [*starts[1:], last], strict=True):
            room = tail if stop == last else 0
            after_text = start > first and self.pieces[start - 1].type == "TEXT"
            if after_text and self._fits(start, last, self.writer.column + 1, tail):
                self.writer.put(start, last, indent)
                return
            if start > first or (first > item.first and self._turns(item.node, first)):
                self.writer.turn(start, indent)
            self._fill(start, stop, indent if start == item.first else indent + CONTINUED, room)

    def _turns(self, node: Node | Token, i: int) -> bool:
        """Whether a clause begins at this token, so that a long statement may go on there on a new line."""
        piece = self.pieces[i]
        if isinstance(node, Node) and node.kind == "washout" and self.pieces[i - 1].type in ("STRING", "TEXT"):
            return True
        if piece.owner is node:
            return piece.is_word(*_TURNS)
        return _is_clause(piece.owner) and piece.owner.start == piece.start

    def _fill(self, first: int, last: int, indent: int, tail: int) -> None:
        """One clause: as much on each line as fits, broken at the loosest place that the line holds."""
        writer = self.writer
        text = next((i + 1 for i in range(first, last) if self.pieces[i].type == "TEXT"), last)
        cases = [i for i in range(text - 1, first, -1) if self.rank[i] % 8 == _PAIR]
        broken = 0  # the rank of the `when` whose cases go on lines of their own
        start = first
        while True:
            column = writer.column + 1
            stop = None
            while cases and cases[-1] <= start:
                cases.pop()
            if cases and self.rank[cases[-1]] == broken:
                stop = self._best_break(start, cases[-1] + 1, column)
            elif column + self._length(start, text) + (tail if text == last else 0) > WIDTH:
                stop = self._best_break(start, text, column)
            if stop is not None and self.rank[stop] % 8 == _PAIR:
                broken = self.rank[stop]
            writer.put(start, text if stop is None else stop, indent)
            if stop is None:
                break
            writer.turn(stop, indent)
            start = stop
        writer.put(text, last, indent)

    def _best_break(self, start: int, last: int, column: int) -> int | None:
        """Where the line that begins with piece `start` ends: before the piece that is returned."""
        best: int | None = None
        for i in range(start + 1, last):
            rank = self.rank[i]
            if column + self._length(start, i) > WIDTH and best is not None:
                break
            if rank and (best is None or rank < self.rank[best] or (rank == self.rank[best] and rank % 8 != _PAIR)):
                best = i
        return best

    def _ranks(self) -> list[int]:
        """How loosely each token hangs on the one before it; 0 where a line cannot be broken, 1 is the loosest."""
        ranks: list[int] = []
        commas = [0]  # of each open parenthesis
        for i, piece in enumerate(self.pieces):
            looseness = self._looseness(i)
            if looseness == _COMMA:
                commas[-1] += 1
                if commas[-1] % 2 == 0 and self._in_when(self.pieces[i - 1]):
                    looseness = _PAIR
            ranks.append(looseness if looseness <= _WHOLE else (len(commas) - 1) * 8 + looseness)
            if piece.is_word("("):
                commas.append(0)
            elif piece.is_word(")"):
                commas.pop()
        return ranks

    def _in_when(self, comma: Piece) -> bool:
        """Whether a comma stands between the conditions and values of a `when`."""
        return comma.owner.kind == "call" and self.pieces[self.at[comma.owner.start]].text == "when"

    def _looseness(self, i: int) -> int:
        piece = self.pieces[i]
        before = self.pieces[i - 1]
        whole = ("derive", "total_value")
        if before.type == "EQUAL" and before.owner.kind in whole:
            return _WHOLE if piece.owner.kind != "call" or piece.start != piece.owner.start else 0
        if i > 2 and before.is_word("(") and self.pieces[i - 3].type == "EQUAL":
            return _WHOLE if self.pieces[i - 3].owner.kind in whole else 0
        if piece.type == "STRING" and piece.owner.kind in ("discretion", "discuss"):
            return _WHOLE
        if before.is_word(","):
            return 0 if before.owner.kind in ("shorter_of", "longer_of") else _COMMA
        if piece.is_word("or"):
            return _OR
        if piece.is_word("and"):
            return _AND
        return _SUM if piece.type in ("PLUS", "MINUS") and piece.owner.kind == "arithmetic" else 0


def _is_clause(node: Node) -> bool:
    return node.kind.endswith("_clause") or node.kind in _CLAUSES


def _is_annotated(entry: Node | Token) -> bool:
    return isinstance(entry, Node) and entry.kind == "annotated"


def _width(piece: Piece) -> int:
    return piece.space + (3 if piece.type == "TEXT" else len(piece.text))
