"""The parser: runs the tables over a text and finds every syntax fault in one go.

Going on after a fault is in `recovery`, which is loaded when there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.source import Span
from protocol_dsl.syntax.lexer import Lexer
from protocol_dsl.syntax.nodes import Comment, Node, Token
from protocol_dsl.syntax.stack import Stack
from protocol_dsl.syntax.tables import Tables, load

if TYPE_CHECKING:
    from protocol_dsl.syntax.layout import Braces, Layout

Value = Node | Token | list["Node | Token"]

DEEPEST = 100  # brackets in brackets, blocks in blocks, signs before signs
HIGHEST = 250  # expressions in expressions; a sum of n terms is n - 1 high
_EXPRESSIONS = frozenset({"any_of", "all_of", "negation", "comparison", "arithmetic", "negative", "call", "has_code"})


class Parsed(NamedTuple):
    """The tree (of what could be read), the syntax faults, the comments in the order of the text.

    `skipped` holds the words of text that was given up: a name declared there is not unknown.
    """

    tree: Node
    diagnostics: list[Diagnostic]
    comments: list[Comment]
    skipped: frozenset[str]


def parse(text: str, file: int = 0) -> Parsed:
    """Parse a protocol; never raises for what is in the text."""
    parser = Parser(text, file)
    parsed = parser.run()
    if not parsed.diagnostics:
        return parsed
    from protocol_dsl.syntax import layout

    found = layout.read(text)
    if found is None:
        return parsed
    # The layout is believed if it explains the text better, or as well where a brace or quote is known to be missing.
    again = Parser(text, file, found, parser.braces_seen).run()
    known = bool(found.unclosed) or not found.balanced
    return again if len(again.diagnostics) < len(parsed.diagnostics) + known else parsed


class Parser:
    """One run over one text. `states` and `values` are the LALR stack."""

    def __init__(self, text: str, file: int, mended: Layout | None = None, braces: Braces | None = None) -> None:
        self.text = text
        self.file = file
        self.tables: Tables = load()
        self.layout = mended
        self.mends = dict(mended.mends) if mended else {}
        self.braces_seen = braces
        self.lexer = Lexer(text, self.tables, mended.unclosed if mended else None)
        self.states: list[int] = [self.tables.start]
        self.values: list[Value] = []
        self.diagnostics: list[Diagnostic] = []
        self.skipped: set[str] = set()
        self.at = 0
        self.settled = 0  # faults before this offset belong to one that was reported already
        self.shifted = 0  # tokens of the text that were taken
        self.last_fault: tuple[int, int] = (-1, -9)  # offset, and `shifted` at the time
        self.stuck: tuple[int, int] = (-1, 0)  # offset and number of the repairs tried there
        self.done: Node | None = None
        number = self.tables.number
        self._words = {number["NAME"], number["UNIT"]}
        self._signed = {number["SIGNED"], number["SQTY"]}
        self._signs = (number["MINUS"], number["PLUS"])
        self._nesting = {number[name]: name for name in ("LPAR", "RPAR", "LBRACE", "RBRACE", "NOT", "MINUS")}
        self._depths = {"LPAR": 0, "LBRACE": 0, "sign": 0}
        self._sign_end = -1
        self._heights: dict[int, int] = {}

    def run(self) -> Parsed:
        """Parse to the end of the text."""
        tree: Node | None = None
        while tree is None:
            terminal, start, end = self.next()
            if self.mends and start in self.mends:
                from protocol_dsl.syntax import recovery

                recovery.mend(self, self.mends.pop(start), end)
                continue
            tree = self.feed(terminal, start, end) or self.done
        tree.start, tree.end = 0, len(self.text)
        return Parsed(tree, self.diagnostics, self.lexer.comments, frozenset(self.skipped))

    def next(self) -> tuple[int, int, int]:
        """The next token as the present state reads it: terminal, start, end."""
        self.settle()
        start = self.lexer.skip(self.at)
        terminal, end = self.lexer.token(start, self.tables.actions(self.states[-1]))
        if terminal in self._words and self.text[start:end] in self.tables.keywords and self.begins_line(start):
            terminal = self.statement_or_name(terminal, start, end)
        elif terminal in self._signed and not Stack(self.tables, self.states).takes(terminal):
            # `n -1` is a difference where no signed number can follow.
            sign = self._signs[self.text[start] == "+"]
            if Stack(self.tables, self.states).takes(sign):
                return sign, start, start + 1
        return terminal, start, end

    def statement_or_name(self, terminal: int, start: int, end: int) -> int:
        """A keyword at the beginning of a line that fits as a name or unit alone.

        It is one if the text goes on well. Else something is missing before it, most often after a comma.
        """
        stack = Stack(self.tables, self.states)
        if not stack.take(terminal) or stack.run(self.lexer, end, 3, self.mends) >= 3:
            return terminal
        from protocol_dsl.syntax import recovery

        keyword = self.tables.keywords[self.text[start:end]]
        depth = recovery.resumption(self, keyword, start)
        if depth and Stack(self.tables, self.states, depth).run(self.lexer, start, 4, self.mends) >= 3:
            return keyword
        return terminal

    def settle(self) -> None:
        """Do the reductions that need no look at the next token."""
        defaults = self.tables.defaults
        while defaults[self.states[-1]]:
            self.reduce(defaults[self.states[-1]] - 1)

    def feed(self, terminal: int, start: int, end: int) -> Node | None:
        """Take one token; the whole tree when it was the last one."""
        while True:
            action = self.tables.actions(self.states[-1]).get(terminal)
            if action is None:
                from protocol_dsl.syntax import recovery

                return recovery.recover(self, terminal, start, end)
            if action > 0:
                self.shift(action - 1, terminal, start, end)
                return None
            if action == 0:
                value = self.values[-1]
                assert isinstance(value, Node)
                return value
            self.reduce(-action - 1)
            self.settle()

    def shift(self, state: int, terminal: int, start: int, end: int, instead: str | None = None) -> None:
        """Put a token on the stack; for one that is not so in the text, what is read `instead`."""
        missing = instead is not None
        value = instead if instead is not None else self.text[start:end]
        self.values.append(Token(self.tables.terminals[terminal], value, self.file, start, end, missing))
        self.states.append(state)
        self.at = end
        if not missing:
            self.shifted += 1
        if terminal in self._nesting:
            self.count_nesting(self._nesting[terminal], start, end)

    def count_nesting(self, name: str, start: int, end: int) -> None:
        """Keep count of open brackets, blocks and signs, and stop when there are too many."""
        depths = self._depths
        if name in ("NOT", "MINUS"):
            depths["sign"] = depths["sign"] + 1 if not self.text[max(self._sign_end, 0) : start].strip() else 1
            self._sign_end = end
            opened = "sign"
        elif name in depths:
            depths[name] += 1
            opened = name
        else:
            depths["LPAR" if name == "RPAR" else "LBRACE"] -= 1
            return
        if depths[opened] > DEEPEST:
            from protocol_dsl.syntax import recovery

            recovery.too_deep(self, opened, start, end)

    def recount_nesting(self) -> None:
        """Count anew after parts of the stack were dropped."""
        self._heights.clear()
        for name in ("LPAR", "LBRACE"):
            self._depths[name] = sum(isinstance(value, Token) and value.type == name for value in self.values)

    def reduce(self, number: int) -> None:
        """Put the parts of a rule together."""
        nonterminal, length, kind, kept, expand = self.tables.rule(number)
        values = self.values
        if length:
            parts = values[-length:]
            del values[-length:]
            del self.states[-length:]
        else:
            parts = []
        self.states.append(self.tables.gotos(self.states[-1])[nonterminal])
        if not kind:
            values.append(_joined(parts, kept))
            return
        children: list[Node | Token] = []
        for i in kept:
            part = parts[i]
            if isinstance(part, list):
                children.extend(part)
            else:
                children.append(part)
        if expand and len(children) == 1:
            values.append(children[0])
            return
        start, end = _extent(parts, self.at)
        node = Node(kind, children, self.file, start, end)
        if kind in _EXPRESSIONS:
            self.measure(node)
        values.append(node)

    def measure(self, node: Node) -> None:
        """Cut an expression whose tree is too deep; a sum of very many terms is one as well."""
        heights = self._heights
        height = 1 + max((heights.get(id(child), 0) for child in node.children), default=0)
        if height > HIGHEST:
            from protocol_dsl.syntax import recovery

            recovery.too_long(self, node)
            node.children = list[Node | Token]((Token("NUMBER", "", self.file, node.start, node.end, missing=True),))
            node.kind = "number"
            height = 1
        heights[id(node)] = height

    @property
    def open_blocks(self) -> int:
        """How many blocks are open."""
        return self._depths["LBRACE"]

    def closes_ahead(self, at: int) -> int:
        """How many blocks the text from `at` on closes more than it opens."""
        if self.braces_seen is None:
            from protocol_dsl.syntax.layout import Braces

            self.braces_seen = Braces(self.text)
        return self.braces_seen.closes_ahead(at)

    def begins_line(self, at: int) -> bool:
        """Whether only blanks stand before `at` on its line."""
        text = self.text
        while at > 0 and text[at - 1] in " \t":
            at -= 1
        return at == 0 or text[at - 1] == "\n"

    def span(self, start: int, end: int) -> Span:
        """A place in this text."""
        return Span(self.file, start, end)


def _joined(parts: list[Value], kept: tuple[int, ...]) -> list[Node | Token]:
    """The parts of an inlined rule as one list; the list of a repetition grows in place."""
    if not kept:
        return []
    first = parts[kept[0]]
    result: list[Node | Token] = first if isinstance(first, list) else [first]
    for i in kept[1:]:
        part = parts[i]
        if isinstance(part, list):
            result.extend(part)
        else:
            result.append(part)
    return result


def _extent(parts: list[Value], at: int) -> tuple[int, int]:
    """First and last offset of what a rule is made of."""
    start = end = -1
    for part in parts:
        if isinstance(part, list):
            if not part:
                continue
            first, last = part[0].start, part[-1].end
        else:
            first, last = part.start, part.end
        if start < 0:
            start = first
        end = max(end, last)
    return (start, end) if start >= 0 else (at, at)
