"""What has to hold of the grammar, its tables, and the parser that runs on them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from protocol_dsl.syntax import grammar
from protocol_dsl.syntax.lexer import RESERVED
from protocol_dsl.syntax.nodes import Node, Token, same
from protocol_dsl.syntax.parser import parse
from protocol_dsl.syntax.tables import load
from tests.unit.syntax import mutations

ROOT = Path(__file__).parents[3]
VALID = sorted((ROOT / "tests/corpus/valid").glob("*.proto"))
LIBRARY = sorted((ROOT / "protocol_dsl/library").rglob("*.proto"))
TRIALS = sorted((ROOT / "protocols").glob("*.proto"))
TABLES = load()


@pytest.fixture(scope="module")
def lark() -> Any:
    """Lark, kept from comparing regular expressions by a package that takes minutes for it."""
    import lark
    import lark.lexer

    lark.lexer.has_interegular = False
    return lark


def test_no_conflicts(lark: Any) -> None:
    class NoLexer(lark.lexer.Lexer):
        def __init__(self, conf: Any) -> None: ...

        def lex(self, lexer_state: Any, parser_state: Any) -> Any: ...

    # Lark raises on the first shift/reduce or reduce/reduce conflict.
    grammar.lark_parser(lexer=NoLexer, strict=True)


def test_shipped_tables(tmp_path: Path) -> None:
    shipped = Path(grammar.SHIPPED).read_bytes()
    assert f'"{grammar.fingerprint(grammar.grammar_text())}"'.encode() in shipped
    assert Path(grammar.write(str(tmp_path / "tables.json"))).read_bytes() == shipped


@pytest.mark.parametrize("path", TRIALS + LIBRARY + VALID, ids=lambda path: path.stem)
def test_same_tree_as_lark(path: Path, reference: Any) -> None:
    text = path.read_text(encoding="utf-8")
    parsed = parse(text)
    assert parsed.diagnostics == []
    assert _difference(parsed.tree, reference.parse(text)) is None


@pytest.fixture(scope="module")
def reference(lark: Any) -> Any:
    """The grammar on Lark's own contextual lexer and parser."""
    return grammar.lark_parser()


def _difference(ours: Node, theirs: Any) -> tuple[Any, Any] | None:
    pairs: list[tuple[Any, Any]] = [(ours, theirs)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, Node):
            kind = str(getattr(b, "data", "")).split("{")[0]
            if a.kind != kind or len(a.children) != len(b.children):
                return a, b
            pairs.extend(zip(a.children, b.children, strict=True))
        elif (a.type, a.value) != (getattr(b, "type", None), str(b)):
            return a, b
    return None


def test_corpus_uses_every_rule() -> None:
    rules = [TABLES.rule(number) for number in range(len(TABLES._rules))]  # pyright: ignore[reportPrivateUsage]
    # A rule that always gives way to its single child is never a node.
    kinds = {kind for _, _, kind, kept, expand in rules if kind and not (expand and len(kept) == 1)}
    seen = {node.kind for path in VALID for node in parse(path.read_text(encoding="utf-8")).tree.walk()}
    assert kinds - seen == set()
    assert len(VALID) >= 15


def test_clauses_and_statements_begin_with_different_words() -> None:
    """In a header, a word that begins a clause must not be able to begin the statement that follows it."""
    shared: dict[str, set[str]] = {}
    for text, clauses in re.findall(r"(?m)^\?(\w+_clause): ((?:.|\n [ ])*)", grammar.grammar_text()):
        shared[text] = set(re.findall(r'"([a-z_]+)"', clauses))
    top = _first_words("")
    for kind, words in shared.items():
        assert not words & top, f"{kind}: {words & top}"
    for opening, header in (
        ('protocol p "x" { ', "stage a"),
        ('stage s "x" { ', "visit v"),
        ('cycles C1.. "x" of 1 day { ', "visit v"),
        ("eligibility { ", 'include a "x"'),
        ('form f "x" { ', "field a"),
        ('instrument f "x" { ', "item a"),
        ("escalation e of x { ", "start a"),
    ):
        begins = _first_words(opening) - {"{"}
        if opening.startswith("protocol"):
            continue
        # What may follow a finished statement is either its clause or the next statement, never both.
        follows = _first_words(opening + header + " ")
        own = follows - begins
        assert begins <= follows, (header, begins - follows)
        assert own.isdisjoint(begins)


def _first_words(before: str) -> set[str]:
    """The keywords that the parser takes behind a text."""
    return {word for word in TABLES.keywords if _takes(before, word)}


def _takes(before: str, word: str) -> bool:
    from protocol_dsl.syntax.parser import Parser
    from protocol_dsl.syntax.stack import Stack

    parser = Parser(before, 0)
    while parser.lexer.skip(parser.at) < len(before):
        assert parser.feed(*parser.next()) is None
    assert not parser.diagnostics
    return Stack(parser.tables, parser.states).takes(parser.tables.keywords[word])


# Every word of the language but the reserved ones is a name wherever a name stands. Where a name stands beside a
# phrase that begins with a word, that word needs something behind it (`end of follow_up`).
POSITIONS = {
    "declared": ('event {} "x"\n', set[str]()),
    "declared, with a clause": ("visit {} day 1\n", set[str]()),
    "after": ("visit x 3 days after {}\n", set[str]()),
    "for": ("visit x for {}\n", set[str]()),
    "gives": ("arm a gives {}\n", set[str]()),
    "group": ("group g = {}\n", {"all"}),
    "list": ("group g = A, {}\n", {"all"}),
    "point": ("visit x from {}\n", {"end", "start", "shorter", "longer"}),
    "condition": ("fact f if {} > 1\n", set[str]()),
    "choice": ('fact f choice {{ {} "x" }}\n', set[str]()),
}


@pytest.mark.parametrize("position", POSITIONS)
def test_words_as_names(position: str) -> None:
    template, special = POSITIONS[position]
    refused = {word for word in TABLES.keywords if parse(template.format(word)).diagnostics}
    assert refused == (RESERVED - special) | (special - RESERVED)


def test_reserved_words() -> None:
    words = {"day", "week", "month", "year", "all", "each", "except", "about", "at", "not", "and", "or"}
    assert words == RESERVED


def test_no_word_is_ever_split() -> None:
    """Whatever is deleted, doubled or misspelt: each token is a whole word of the text."""
    splits: list[str] = []
    for path in [*VALID, *TRIALS[:1]]:
        for mutation in mutations.mutations(path.read_text(encoding="utf-8"), seed=7, each=2):
            for node in parse(mutation.text).tree.walk():
                for token in node.tokens():
                    if token.value[:1].isalpha() and not token.missing and not _is_whole(mutation.text, token):
                        splits.append(f"{mutation.kind}: {token.value}")
    assert splits == []


def _is_whole(text: str, token: Token) -> bool:
    around = text[token.start - 1 : token.start] + text[token.end : token.end + 1]
    return not re.search(r"[A-Za-z_]", around) and not (around[-1:].isdigit() and token.type != "UNIT")


@pytest.mark.parametrize("word", ["infusion", "onset", "total_x", "offset", "order_1", "atlas", "forms"])
def test_keyword_as_prefix(word: str) -> None:
    assert parse(f'endpoint e primary "x" timeframe up to month 24 {word}\n').diagnostics
    assert not parse(f"visit x from {word} to {word}\n").diagnostics


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("assess x if sex = female at SCR, D1", "assess x at SCR, D1 if sex = female"),
        ("give A at SCR if a > 3 or b", "give A if a > 3 or b at SCR"),
        ("visit D4 day 4 ±1 day if a > 3 for b", "visit D4 for b if a > 3 ±1 day day 4"),
        ("assess x { at SCR if not a }", "assess x { if not a at SCR }"),
        ("visit D4 if a > 3 -2/+5 days day 4", "visit D4 -2/+5 days day 4 if a > 3"),
    ],
)
def test_order_of_clauses(left: str, right: str) -> None:
    first, second = parse(left + "\nvisit END day 1\n"), parse(right + "\nvisit END day 1\n")
    assert not first.diagnostics
    assert not second.diagnostics
    one, other = first.tree.children[0], second.tree.children[0]
    assert isinstance(one, Node)
    assert isinstance(other, Node)
    assert len(one.children) == len(other.children)
    for child in one.children:
        assert any(same(child, twin) for twin in other.children), child


def test_trees_do_not_depend_on_layout() -> None:
    """A text on one line, where no comment stands in the way, gives the same tree."""
    for path in LIBRARY[:12]:
        text = path.read_text(encoding="utf-8")
        tokens = mutations.tokens(text)
        values = [token.value for token in tokens if token.type != "$END"]
        assert same(parse(text).tree, parse(" ".join(values)).tree), path


def test_seeded_mutations_repeat() -> None:
    text = VALID[0].read_text(encoding="utf-8")
    assert list(mutations.mutations(text, 3)) == list(mutations.mutations(text, 3))
