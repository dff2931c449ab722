"""From the Lark grammar in `grammars/` to the parse tables that the parser runs on.

Lark reads the grammar and computes the LALR(1) automaton; this module only writes it down. The tables are shipped as
`tables.json`, so that a check of a protocol does not import Lark. When a grammar file was edited, the tables are built
anew in memory at the next run; `python -m protocol_dsl.syntax.grammar` writes them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from typing import Any, cast

from protocol_dsl.paths import GRAMMARS, PACKAGE

FILES = ("protocol.lark", "expressions.lark", "terminals.lark")
SHIPPED = os.path.join(PACKAGE, "syntax", "tables.json")
CALENDAR_WORDS = ("day", "week", "month", "year")


def grammar_text() -> str:
    """The three grammar files as one text."""
    parts: list[str] = []
    for name in FILES:
        with open(os.path.join(GRAMMARS, name), encoding="utf-8") as handle:
            parts.append(handle.read())
    return "\n".join(parts)


def fingerprint(text: str) -> str:
    """Identifies a grammar text and the layout of the tables."""
    return hashlib.sha256(f"tables-4\n{text}".encode()).hexdigest()[:16]


def keywords(text: str) -> list[str]:
    """All words that the grammar writes in quotes, sorted."""
    bare = re.sub(r"(?m)//.*$", "", text)
    return sorted(set(re.findall(r'"([a-z][a-z_]*)"', bare)))


def complete(text: str) -> str:
    """The grammar with the list of keywords filled in where terminals exclude them as units."""
    words = [word for word in keywords(text) if word not in CALENDAR_WORDS]
    return text.replace("(?:KEYWORD)", f"(?:{'|'.join(words)})")


class KeepWords:
    """Lets Lark's contextual lexer always read a word whole, in every state."""

    always_accept = ("NAME",)

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        """No change to the stream."""
        return stream


def lark_parser(text: str | None = None, *, lexer: Any = "contextual", strict: bool = False) -> Any:
    """The grammar as an ordinary Lark parser: the reference that the tests compare our parser with."""
    import lark

    return lark.Lark(
        complete(text if text is not None else grammar_text()),
        parser="lalr",
        lexer=lexer,
        postlex=KeepWords() if lexer == "contextual" else None,
        maybe_placeholders=False,
        strict=strict,
    )


def build(text: str) -> dict[str, Any]:
    """The tables: plain lists, dictionaries and strings.

    Rows are strings, which load in a fraction of the time of lists; the parser splits those it meets.
    `actions[i]` has pairs: a terminal's number, then `n > 0` (shift, go to state `n - 1`), `n < 0` (reduce by rule
    `-n - 1`) or 0 (accept); `rows[state]` is its index; `defaults[state]` is a rule that the state reduces by
    whatever comes next, plus one, or 0. `gotos` and `goto_rows` do the same for the nonterminals.
    `rules[i]` is nonterminal, length, kind or `-` for a list, 1 to expand a single child, kept positions.
    """
    from lark.lexer import Lexer

    class NoLexer(Lexer):
        def __init__(self, conf: Any) -> None: ...

        def lex(self, lexer_state: Any, parser_state: Any) -> Any: ...

    parser = lark_parser(text, lexer=NoLexer)
    table = parser.parser.parser._parse_table
    terminals = sorted({str(t.name) for t in parser.terminals} | {"$END"})
    number = {name: i for i, name in enumerate(terminals)}
    rules = sorted(parser.rules, key=lambda rule: (rule.origin.name, rule.order, len(rule.expansion)))
    rule_number = {rule: i for i, rule in enumerate(rules)}
    nonterminals = sorted({str(rule.origin.name) for rule in rules})
    nonterminal_number = {name: i for i, name in enumerate(nonterminals)}

    order = _state_order(table)
    renumbered = {state: i for i, state in enumerate(order)}
    actions: list[str] = []
    gotos: list[str] = []
    action_index: dict[tuple[tuple[int, int], ...], int] = {}
    goto_index: dict[tuple[tuple[int, int], ...], int] = {}
    rows: list[int] = []
    goto_rows: list[int] = []
    defaults: list[int] = []
    for state in order:
        row: dict[int, int] = {}
        goto: dict[int, int] = {}
        for symbol, (action, arg) in table.states[state].items():
            if action.name == "Shift":
                if symbol in number:
                    row[number[symbol]] = renumbered[arg] + 1
                else:
                    goto[nonterminal_number[symbol]] = renumbered[arg]
            else:
                row[number[symbol]] = -rule_number[arg] - 1
        if state == table.end_states["start"]:
            row[number["$END"]] = 0
        values = set(row.values())
        only = values.pop() if len(values) == 1 else 0
        defaults.append(-only if only < 0 else 0)
        if only < 0:
            row = {}
        rows.append(_intern(row, actions, action_index))
        goto_rows.append(_intern(goto, gotos, goto_index))

    return {
        "fingerprint": fingerprint(text),
        "terminals": terminals,
        "nonterminals": nonterminals,
        "keywords": {t.pattern.value: str(t.name) for t in parser.terminals if t.pattern.type == "str"},
        "patterns": {
            str(t.name): _without_keyword_guard(t.pattern.to_regexp())
            for t in parser.terminals
            if t.pattern.type == "re"
        },
        "rules": [_rule(rule, nonterminal_number) for rule in rules],
        "start": renumbered[table.start_states["start"]],
        "actions": actions,
        "rows": rows,
        "defaults": defaults,
        "gotos": gotos,
        "goto_rows": goto_rows,
    }


def _state_order(table: Any) -> list[Any]:
    """The states in the order in which a walk from the start meets them: the same on every run."""
    start = table.start_states["start"]
    order = [start]
    seen = {start}
    for state in order:
        for _, (action, arg) in sorted(table.states[state].items(), key=lambda entry: entry[0]):
            if action.name == "Shift" and arg not in seen:
                seen.add(arg)
                order.append(arg)
    return order


def _intern(row: dict[int, int], rows: list[str], index: dict[tuple[tuple[int, int], ...], int]) -> int:
    key = tuple(sorted(row.items()))
    if key not in index:
        index[key] = len(rows)
        rows.append(" ".join(f"{symbol} {action}" for symbol, action in key))
    return index[key]


def _rule(rule: Any, numbers: dict[str, int]) -> str:
    name = rule.options.template_source or rule.origin.name
    inline = rule.origin.name.startswith("_") and not rule.alias
    kind = "-" if inline else str(rule.alias or name)
    kept = [i for i, symbol in enumerate(rule.expansion) if not (symbol.is_term and symbol.filter_out)]
    expand = bool(rule.options.expand1) and not rule.alias
    return " ".join(map(str, [numbers[rule.origin.name], len(rule.expansion), kind, int(expand), *kept]))


def _without_keyword_guard(pattern: str) -> str:
    """The lexer looks keywords up in a set, which spares compiling them into four expressions."""
    return re.sub(r"\(\?!\(\?:[a-z_|]{60,}\)\(\?!\[A-Za-z0-9_\]\)\)", "", pattern)


def write(path: str = SHIPPED) -> str:
    """Write the shipped tables; the path of the file."""
    tables = build(grammar_text())
    with open(path, "w", encoding="utf-8") as handle:
        handle.write("{\n")
        handle.write(",\n".join(f"{json.dumps(key)}: {_lines(value)}" for key, value in tables.items()))
        handle.write("\n}\n")
    return path


def _lines(value: Any) -> str:
    """JSON with one row a line, so that a change of the grammar can be read as a diff."""
    if isinstance(value, list) and value and isinstance(cast("list[Any]", value)[0], str):
        return "[\n" + ",\n".join(map(json.dumps, cast("list[str]", value))) + "\n]"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    print(write())
