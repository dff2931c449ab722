"""The parser: runs the tables over a text and finds every syntax fault in one go.

After a fault it first tries the smallest repair that lets the text go on (a misspelt keyword, a missing brace or
name, a word too many); else it gives up the statement and goes on at the next line that begins with a statement.
"""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.source import Span
from protocol_dsl.syntax import faults
from protocol_dsl.syntax.lexer import Lexer
from protocol_dsl.syntax.nodes import Comment, Node, Token
from protocol_dsl.syntax.tables import Tables, load

Value = Node | Token | list["Node | Token"]


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
    return Parser(text, file).run()


class Parser:
    """One run over one text. `states` and `values` are the LALR stack."""

    def __init__(self, text: str, file: int) -> None:
        self.text = text
        self.file = file
        self.tables: Tables = load()
        self.lexer = Lexer(text, self.tables)
        self.states: list[int] = [self.tables.start]
        self.values: list[Value] = []
        self.diagnostics: list[Diagnostic] = []
        self.skipped: set[str] = set()
        self.at = 0
        self.settled = 0  # faults before this offset belong to one that was reported already

    def run(self) -> Parsed:
        """Parse to the end of the text."""
        tree: Node | None = None
        while tree is None:
            terminal, start, end = self.next()
            tree = self.feed(terminal, start, end)
        tree.start, tree.end = 0, len(self.text)
        return Parsed(tree, self.diagnostics, self.lexer.comments, frozenset(self.skipped))

    def next(self) -> tuple[int, int, int]:
        """The next token as the present state reads it: terminal, start, end."""
        self.settle()
        start = self.lexer.skip(self.at)
        terminal, end = self.lexer.token(start, self.tables.actions(self.states[-1]))
        return terminal, start, end

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
                return self.recover(terminal, start, end)
            if action > 0:
                self.shift(action - 1, terminal, start, end)
                return None
            if action == 0:
                value = self.values[-1]
                assert isinstance(value, Node)
                return value
            self.reduce(-action - 1)
            self.settle()

    def shift(self, state: int, terminal: int, start: int, end: int, missing: bool = False) -> None:
        """Put a token on the stack."""
        name = self.tables.terminals[terminal] if terminal >= 0 else "?"
        value = "" if missing else self.text[start:end]
        self.values.append(Token(name, value, self.file, start, end, missing))
        self.states.append(state)
        self.at = end

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
        values.append(Node(kind, children, self.file, start, end))

    # ---- after a fault ----

    def recover(self, terminal: int, start: int, end: int) -> Node | None:
        """Tell the fault at this token, repair or give up a statement, and go on."""
        expected = self.expected(self.states)
        situation = faults.Situation(self, terminal, start, end, expected)
        report = start >= self.settled
        repair = faults.repair(situation)
        if report:
            self.diagnostics.append(faults.diagnose(situation, repair))
        if repair is not None:
            self.settled = max(self.settled, start)
            return self.apply(repair, terminal, start, end)
        return self.panic(terminal, start, end)

    def apply(self, repair: faults.Repair, terminal: int, start: int, end: int) -> Node | None:
        """Do a repair; the tree if the repaired token ended the text."""
        if repair.kind == "delete":
            self.skipped.add(self.text[start:end])
            self.at = end
            return None
        if repair.kind == "replace":
            tree = self.feed(repair.terminal, start, max(end, repair.consume))
            value = self.values[-1]
            if isinstance(value, Token):
                value.missing = True
            return tree
        for inserted in repair.inserted:
            self.force(inserted, start)
        self.at = start
        if repair.reread:
            return None
        return self.feed(terminal, start, end)

    def force(self, terminal: int, start: int) -> None:
        """Shift a token that is not in the text."""
        self.settle()
        while True:
            action = self.tables.actions(self.states[-1])[terminal]
            if action > 0:
                self.shift(action - 1, terminal, start, start, missing=True)
                self.settle()
                return
            self.reduce(-action - 1)
            self.settle()

    def panic(self, terminal: int, start: int, end: int) -> Node | None:
        """Give up the statement: go to the next line that begins with a word accepted further out."""
        at, depth, first = start, 0, True
        while True:
            at = self.lexer.skip(at)
            word_terminal, word_end = self.lexer.token(at, {})
            text = self.text[at:word_end]
            if at >= len(self.text):
                return self.close_all(at)
            if text == "{":
                depth += 1
            elif text == "}":
                if depth == 0 and not first:
                    brace = self.tables.punctuation["}"]
                    if self.unwind(brace):
                        self.settled = word_end
                        self.at = at
                        return None
                depth = max(0, depth - 1)
            elif depth == 0 and not first and self.begins_line(at) and text in self.tables.keywords:
                keyword = self.tables.keywords[text]
                if self.unwind(keyword):
                    self.settled = at
                    self.at = at
                    return None
            elif depth == 0 and not first and text.startswith("@") and self.begins_line(at):
                note = self.tables.punctuation.get(text)
                if note is not None and self.unwind(note):
                    self.settled = at
                    self.at = at
                    return None
            if text[:1].isalpha():
                self.skipped.add(text)
            first = False
            at = max(word_end, at + 1)

    def unwind(self, terminal: int) -> bool:
        """Pop the stack to the nearest state in which `terminal` begins or ends an item of a block."""
        for depth in range(len(self.states), 0, -1):
            states = self.states[:depth]
            if self.tables.defaults[states[-1]]:
                continue
            if depth < len(self.states) and not self.at_item(depth):
                continue
            if self.accepts(states, terminal):
                del self.states[depth:]
                del self.values[depth - 1 :]
                return True
        return False

    def at_item(self, depth: int) -> bool:
        """Whether the state at this depth stands between the items of a block or of the file."""
        if depth == 1:
            return True
        value = self.values[depth - 2]
        return isinstance(value, list) or (isinstance(value, Token) and value.type == "LBRACE")

    def close_all(self, at: int) -> Node:
        """At the end of the text: close what is open, drop what cannot be completed."""
        end = self.tables.number["$END"]
        brace = self.tables.punctuation["}"]
        self.at = at
        while True:
            if self.accepts(self.states, end):
                tree = self.feed(end, at, at)
                assert tree is not None
                return tree
            if self.accepts(self.states, brace):
                self.force(brace, at)
                continue
            if len(self.states) == 1:
                return Node("start", [], self.file, 0, at)
            self.states.pop()
            self.values.pop()

    def begins_line(self, at: int) -> bool:
        """Whether only blanks stand before `at` on its line."""
        return not self.text[self.text.rfind("\n", 0, at) + 1 : at].strip()

    # ---- questions to the automaton ----

    def accepts(self, states: list[int], *terminals: int) -> bool:
        """Whether the terminals can be taken one after the other from this stack of states."""
        stack = list(states)
        for terminal in terminals:
            if not self.advance(stack, terminal):
                return False
        return True

    def advance(self, stack: list[int], terminal: int) -> bool:
        """Take one terminal on a stack of states alone; False when it does not fit."""
        while True:
            default = self.tables.defaults[stack[-1]]
            action = -default if default else self.tables.actions(stack[-1]).get(terminal)
            if action is None:
                return False
            if action == 0:
                return True
            if action > 0:
                stack.append(action - 1)
                return True
            nonterminal, length, _, _, _ = self.tables.rule(-action - 1)
            if length:
                del stack[-length:]
            stack.append(self.tables.gotos(stack[-1])[nonterminal])

    def expected(self, states: list[int]) -> list[int]:
        """All terminals that could really come next."""
        top = states[-1]
        return [terminal for terminal in self.tables.actions(top) if self.accepts(states, terminal)]

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
