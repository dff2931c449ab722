"""English says one thing: what is printed can be read back in one way only."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from protocol_dsl.expressions.english import english

Tree = dict[str, Any]
NAMES, TRUTHS = ("a", "b", "c"), ("p", "q", "r")
SIGNS = {"×": "*", "−": "-", "/": "/", "+": "+", "^": "^"}
COMPARISONS = {"<": "<", "≤": "<=", ">": ">", "≥": ">=", "=": "=", "≠": "!="}
_TOKEN = re.compile(
    r"number of|number with|change in|at baseline|is known|is missing|includes|otherwise|[a-z]+|\d+|[^\sa-z\d]"
)


def name(word: str, type: str = "number") -> Tree:
    return {"op": "name", "kind": "fact", "name": word, "label": word, "type": type}


def number(random: Random, depth: int) -> Tree:
    if depth == 0 or random.random() < 0.2:
        plain: Tree = {"op": "number", "value": 7, "written": "7"}
        return random.choice([name(random.choice(NAMES)), plain])
    shape = random.choice(["+", "-", "*", "/", "^", "negative", "max", "abs", "baseline", "change", "when", "count"])
    if shape == "negative":
        return {"op": "negative", "argument": number(random, depth - 1)}
    if shape == "count":
        return {"op": "call", "function": "count", "arguments": [truth(random, depth - 1)]}
    if shape == "when":
        parts = [truth(random, depth - 1), number(random, depth - 1), number(random, depth - 1)]
        return {"op": "call", "function": "when", "arguments": parts}
    if shape in ("max", "abs", "baseline", "change"):
        parts = [number(random, depth - 1) for _ in range(2 if shape == "max" else 1)]
        return {"op": "call", "function": shape, "arguments": parts}
    return {"op": shape, "left": number(random, depth - 1), "right": number(random, depth - 1)}


def truth(random: Random, depth: int) -> Tree:
    if depth == 0 or random.random() < 0.2:
        return name(random.choice(TRUTHS), "boolean")
    shape = random.choice(["and", "or", "not", "compare", "known", "one_of", "has"])
    if shape in ("and", "or"):
        return {"op": shape, "arguments": [truth(random, depth - 1) for _ in range(random.choice((2, 3)))]}
    if shape == "not":
        return {"op": "not", "argument": truth(random, depth - 1)}
    argument = number(random, depth - 1)
    if shape == "known":
        return {"op": "known", "known": random.random() < 0.5, "argument": argument}
    if shape == "one_of":
        values = [{"op": "code", "value": word, "label": word} for word in random.sample(["x", "y", "z"], 2)]
        return {"op": "one_of", "argument": name("d", "choice"), "values": values}
    if shape == "has":
        return {"op": "has", "argument": name("d", "choice"), "value": {"op": "code", "value": "x", "label": "x"}}
    sign = random.choice(list(COMPARISONS.values()))
    right = number(random, depth - 1)
    return {"op": "compare", "operator": sign, "left": argument, "right": right, "numeric": True}


def shape(tree: Tree) -> Any:
    """What a tree says: `a and (b and c)` is `a and b and c`."""
    op = tree["op"]
    if op in ("and", "or"):
        parts = [shape(part) for part in tree["arguments"]]
        flat = [inner for part in parts for inner in (part[1:] if part[0] == op else [part])]
        return (op, *flat)
    if op in ("name", "number", "code"):
        return str(tree.get("written") or tree.get("name") or tree["value"])
    if op == "call":
        return (tree["function"], *map(shape, tree["arguments"]))
    if op == "one_of":
        return (op, shape(tree["argument"]), *map(shape, tree["values"]))
    if op == "compare":
        return (tree["operator"], shape(tree["left"]), shape(tree["right"]))
    inner = [shape(tree[key]) for key in ("argument", "left", "right", "value") if isinstance(tree.get(key), dict)]
    return (f"{op} {tree.get('known', '')}".strip(), *inner)


class Reader:
    """Reads English by the precedence that people know: ^, sign, × /, + −, comparison, not, and, or, if."""

    def __init__(self, text: str) -> None:
        self.tokens, self.at = _TOKEN.findall(text), 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *due: str) -> str:
        word = self.peek()
        assert not due or word in due, (due, self.tokens[self.at :])
        self.at += 1
        return word

    def whole(self) -> Any:
        left = self.any_of()
        if self.peek() != "if":
            return left
        self.take("if")
        condition = self.any_of()
        self.take(";")
        self.take("otherwise")
        return ("when", condition, left, self.any_of())

    def joined(self, word: str, part: Any) -> Any:
        found = [part()]
        while self.peek() == word:
            self.take()
            found.append(part())
        flat = [inner for each in found for inner in (each[1:] if each[0] == word else [each])]
        return (word, *flat) if len(found) > 1 else found[0]

    def any_of(self) -> Any:
        return self.joined("or", lambda: self.joined("and", self.negated))

    def negated(self) -> Any:
        if self.peek() == "not":
            self.take()
            return ("not", self.negated())
        return self.comparison()

    def comparison(self) -> Any:
        left = self.sum()
        word = self.peek()
        if word in COMPARISONS:
            self.take()
            return (COMPARISONS[word], left, self.sum())
        if word in ("is known", "is missing"):
            self.take()
            return (f"known {word == 'is known'}", left)
        if word == "includes":
            self.take()
            return ("has", left, self.take())
        if word == "is":
            self.take()
            codes = [self.take()]
            while self.peek() in (",", "or") and self.tokens[self.at + 1 : self.at + 2] != ["("]:
                self.take()
                codes.append(self.take())
            return ("one_of", left, *codes)
        return left

    def sum(self) -> Any:
        left = self.product()
        while self.peek() in ("+", "−"):
            left = (SIGNS[self.take()], left, self.product())
        return left

    def product(self) -> Any:
        left = self.signed()
        while self.peek() in ("×", "/"):
            left = (SIGNS[self.take()], left, self.signed())
        return left

    def signed(self) -> Any:
        if self.peek() == "−":
            self.take()
            return ("negative", self.signed())
        left = self.atom()
        if self.peek() != "^":
            return left
        self.take()
        return ("^", left, self.atom())

    def atom(self) -> Any:
        word = self.take()
        if word == "number with":
            return ("count", self.any_of())
        if word in ("number of", "change in"):
            return ("count" if word == "number of" else "change", self.atom())
        if word == "(":
            found = self.whole()
            self.take(")")
        elif word == "|":
            found = ("abs", self.whole())
            self.take("|")
        elif word == "max":
            self.take("(")
            first = self.whole()
            self.take(",")
            found = ("max", first, self.whole())
            self.take(")")
        else:
            found = word
        while self.peek() == "at baseline":
            self.take()
            found = ("baseline", found)
        return found


def test_english_is_read_back_as_what_it_says() -> None:
    random = Random(11)
    wrong: list[str] = []
    for _ in range(3000):
        tree = truth(random, 4)
        text = english(tree)
        reader = Reader(text)
        try:
            found = reader.whole()
        except (AssertionError, IndexError) as reason:
            wrong.append(f"{text}: {reason}")
            continue
        if found != shape(tree) or reader.peek():
            wrong.append(f"{text}\n  read as {found}\n  it says {shape(tree)}")
    assert not wrong, "\n".join(wrong[:5])
