"""Trying tokens on the automaton without touching the parse: the questions that recovery and messages ask."""

from __future__ import annotations

from collections.abc import Container

from protocol_dsl.syntax.lexer import Lexer
from protocol_dsl.syntax.tables import Tables


class Stack:
    """A stack of states on top of the parser's own, which it shares and never changes; copies are cheap."""

    __slots__ = ("base", "depth", "tables", "tail")

    def __init__(
        self, tables: Tables, base: list[int], depth: int | None = None, tail: list[int] | None = None
    ) -> None:
        self.tables = tables
        self.base = base
        self.depth = len(base) if depth is None else depth
        self.tail: list[int] = [] if tail is None else tail

    def copy(self) -> Stack:
        """Another one in the same state."""
        return Stack(self.tables, self.base, self.depth, self.tail.copy())

    @property
    def top(self) -> int:
        """The present state."""
        return self.tail[-1] if self.tail else self.base[self.depth - 1]

    def reduce(self, number: int) -> None:
        """Put a rule together."""
        nonterminal, length, _, _, _ = self.tables.rule(number)
        inner = min(length, len(self.tail))
        if inner:
            del self.tail[-inner:]
        self.depth -= length - inner
        self.tail.append(self.tables.gotos(self.top)[nonterminal])

    def settle(self) -> dict[int, int]:
        """Do the reductions that need no look at the next token; what the state then reads."""
        defaults = self.tables.defaults
        while defaults[self.top]:
            self.reduce(defaults[self.top] - 1)
        return self.tables.actions(self.top)

    def take(self, terminal: int) -> bool:
        """Take one token; False, in an undefined state, if it does not fit."""
        while True:
            action = self.settle().get(terminal)
            if action is None:
                return False
            if action == 0:
                return True
            if action > 0:
                self.tail.append(action - 1)
                return True
            self.reduce(-action - 1)

    def takes(self, *terminals: int) -> bool:
        """Whether the tokens fit one after the other."""
        trial = self.copy()
        return all(trial.take(terminal) for terminal in terminals)

    def expected(self) -> list[int]:
        """All terminals that can come next."""
        actions = self.copy().settle()
        return [terminal for terminal in actions if self.takes(terminal)]

    def run(self, lexer: Lexer, at: int, limit: int, stops: Container[int] = ()) -> int:
        """How many of the next `limit` tokens of the text from `at` fit; `limit` if the sound text ends before."""
        end = self.tables.number["$END"]
        for count in range(limit):
            at = lexer.skip(at)
            if at in stops:
                return limit
            terminal, after = lexer.token(at, self.settle())
            if not self.take(terminal):
                return count
            if terminal == end:
                return limit
            at = after
        return limit

    def stop(self, lexer: Lexer, at: int, until: int, stops: Container[int] = ()) -> int:
        """The offset of the first token from `at` on that does not fit; at least `until` if all before that do."""
        end = self.tables.number["$END"]
        while at <= until:
            at = lexer.skip(at)
            if at in stops:
                return until
            terminal, after = lexer.token(at, self.settle())
            if not self.take(terminal):
                return at
            if terminal == end:
                return until
            at = after
        return until
