"""The parse tables in memory, loaded once; their rows are split when the parser first meets them."""

from __future__ import annotations

import json
import os
from typing import Any

from protocol_dsl.syntax import grammar


class Tables:
    """The automaton that `grammar.build` wrote down; states, terminals and nonterminals are numbers."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.terminals: list[str] = data["terminals"]
        self.number = {name: i for i, name in enumerate(self.terminals)}
        self.keywords: dict[str, int] = {}
        self.punctuation: dict[str, int] = {}
        self.patterns: dict[str, str] = data["patterns"]
        self.start: int = data["start"]
        self.defaults: list[int] = data["defaults"]
        for text, name in data["keywords"].items():
            (self.keywords if text[0].isalpha() else self.punctuation)[text] = self.number[name]
        self._rows: list[int] = data["rows"]
        self._goto_rows: list[int] = data["goto_rows"]
        self._actions: list[str | dict[int, int]] = data["actions"]
        self._gotos: list[str | dict[int, int]] = data["gotos"]
        self._rules: list[str | tuple[int, int, str, tuple[int, ...], bool]] = data["rules"]

    def actions(self, state: int) -> dict[int, int]:
        """Terminal to shift, reduce or accept."""
        return _row(self._actions, self._rows[state])

    def gotos(self, state: int) -> dict[int, int]:
        """Nonterminal to next state."""
        return _row(self._gotos, self._goto_rows[state])

    def rule(self, number: int) -> tuple[int, int, str, tuple[int, ...], bool]:
        """Nonterminal, length, kind (empty for an inlined list), kept positions, expand when single."""
        rule = self._rules[number]
        if isinstance(rule, str):
            nonterminal, length, kind, expand, *kept = rule.split(" ")
            rule = (int(nonterminal), int(length), "" if kind == "-" else kind, tuple(map(int, kept)), expand == "1")
            self._rules[number] = rule
        return rule


def _row(rows: list[str | dict[int, int]], index: int) -> dict[int, int]:
    row = rows[index]
    if isinstance(row, str):
        numbers = list(map(int, row.split()))
        row = dict(zip(numbers[::2], numbers[1::2], strict=True))
        rows[index] = row
    return row


_loaded: Tables | None = None


def load() -> Tables:
    """The tables of the grammar in `grammars/`; built by Lark when the shipped ones are of another grammar."""
    global _loaded
    if _loaded is None:
        data: dict[str, Any] = {}
        if os.path.exists(grammar.SHIPPED):
            with open(grammar.SHIPPED, encoding="utf-8") as handle:
                data = json.load(handle)
        text = grammar.grammar_text()
        if data.get("fingerprint") != grammar.fingerprint(text):
            data = grammar.build(text)
        _loaded = Tables(data)
    return _loaded
