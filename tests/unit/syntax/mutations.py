"""Single syntax faults put into a sound protocol, for tests of what the parser says about them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from protocol_dsl.syntax.nodes import Token
from protocol_dsl.syntax.parser import Parser

WRONG_CHARACTERS = (";", "$", "?", "|", "\\", "§", "&", "。")


class Mutation(NamedTuple):
    """A text with one fault; `line` (from 1) is where the fault is, `at` its offset."""

    text: str
    kind: str
    line: int
    at: int


class _Recorder(Parser):
    def __init__(self, text: str) -> None:
        super().__init__(text, 0)
        self.tokens: list[Token] = []

    def shift(self, state: int, terminal: int, start: int, end: int, instead: str | None = None) -> None:
        self.tokens.append(Token(self.tables.terminals[terminal], self.text[start:end], 0, start, end))
        super().shift(state, terminal, start, end, instead)


def tokens(text: str) -> list[Token]:
    """The tokens of a sound text, as the parser reads them."""
    recorder = _Recorder(text)
    assert not recorder.run().diagnostics
    return recorder.tokens


def is_keyword(token: Token) -> bool:
    """Whether the word was read as a keyword, and not as a name."""
    return token.value[0].isalpha() and token.type not in ("NAME", "UNIT")


Change = tuple[int, int, str]
"""Start, end and replacement."""


def delete_token(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change:
    return all_tokens[i].start, all_tokens[i].end, ""


def duplicate_token(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change:
    token = all_tokens[i]
    return token.end, token.end, " " + token.value


def delete_brace(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.start, token.end, "") if token.value in "{}" else None


def extra_brace(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.end, token.end, "\n" + _indent(text, token.start) + "}") if token.value == "}" else None


def misspell_keyword(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    word = token.value
    if not is_keyword(token) or len(word) < 4:
        return None
    at = pick.randrange(1, len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    wrong = pick.choice((word[:at] + word[at + 1 :], word[:at] + "x" + word[at:], swapped))
    return (token.start, token.end, wrong) if wrong != word and wrong not in KEYWORDS else None


def capital_keyword(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.start, token.end, token.value.capitalize()) if is_keyword(token) else None


def equals_after_keyword(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.end, token.end, pick.choice((" =", ":"))) if is_keyword(token) else None


def delete_unit(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    if token.type not in ("QTY", "SQTY", "WINDOW"):
        return None
    number = re.match(r"[±+\-−–/\d._]+(?:e\d+)?([ \t]*/[ \t]*\+?\d+)?", token.value)
    return (token.start, token.end, number.group()) if number else None


def delete_comma(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.start, token.end, "") if token.value == "," else None


def trailing_comma(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    in_list = i > 1 and all_tokens[i - 1].value == "," and token.type == "NAME"
    goes_on = i + 1 < len(all_tokens) and all_tokens[i + 1].value in (",", "..", ".", ")", "[", "(")
    return (token.end, token.end, ",") if in_list and not goes_on else None


def unclosed_text(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.end - 1, token.end, "") if token.type == "STRING" else None


def unclosed_long_text(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.end - 3, token.end, "") if token.type == "TEXT" else None


def unopened_text(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.start, token.start + 1, "") if token.type == "STRING" else None


def curly_quotes(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.start, token.end, f"“{token.value[1:-1]}”") if token.type == "STRING" else None


def wide_comma(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.start, token.end, "，") if token.value == "," else None


def stray_character(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return token.end, token.end, pick.choice((" ", "")) + pick.choice(WRONG_CHARACTERS)


def swap_tokens(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    if i + 1 >= len(all_tokens):
        return None
    other = all_tokens[i + 1]
    between = text[token.end : other.start]
    if "\n" in between or token.value == other.value or "\n" in other.value or "\n" in token.value:
        return None
    return token.start, other.end, other.value + (between or " ") + token.value


def reserved_name(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    declares = i > 0 and is_keyword(all_tokens[i - 1]) and all_tokens[i - 1].value in DECLARING
    if not declares or token.type != "NAME":
        return None
    return token.start, token.end, pick.choice(("week", "each", "except"))


def foreign_name(text: str, all_tokens: list[Token], i: int, pick: random.Random) -> Change | None:
    token = all_tokens[i]
    return (token.start, token.end, "访视" + token.value) if token.type == "NAME" else None


DECLARING = frozenset(["visit", "group", "assess", "product", "arm", "fact", "event", "level", "field", "item"])
KEYWORDS = frozenset(Parser("", 0).tables.keywords)
KINDS: tuple[Callable[[str, list[Token], int, random.Random], Change | None], ...] = (
    delete_token, duplicate_token, delete_brace, extra_brace, misspell_keyword, capital_keyword, equals_after_keyword,
    delete_unit, delete_comma, trailing_comma, unclosed_text, unclosed_long_text, unopened_text, curly_quotes,
    wide_comma, stray_character, swap_tokens, reserved_name, foreign_name,
)  # fmt: skip


def _indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 :]
    return line[: len(line) - len(line.lstrip(" "))]


def mutations(text: str, seed: int, each: int = 3) -> Iterator[Mutation]:
    """At most `each` faults of every kind, at places drawn by `seed`."""
    pick = random.Random(seed)
    all_tokens = tokens(text)
    for kind in KINDS:
        places = list(range(len(all_tokens)))
        pick.shuffle(places)
        made = 0
        for i in places:
            change = kind(text, all_tokens, i, pick)
            if change is None:
                continue
            start, end, new = change
            mutated = text[:start] + new + text[end:]
            at = all_tokens[i].start if kind is unclosed_long_text else start
            yield Mutation(mutated, kind.__name__, mutated.count("\n", 0, at) + 1 + (kind is extra_brace), at)
            made += 1
            if made == each:
                break


def at_distance(text: str, count: int, seed: int) -> tuple[str, list[int]] | None:
    """A text with `count` faults far from each other, each of which is one to the parser alone, and their lines."""
    from protocol_dsl.syntax.parser import parse

    pick = random.Random(seed)
    all_tokens = tokens(text)
    step = len(all_tokens) // count
    changes: list[tuple[Change, int]] = []
    for part in range(count):
        for _ in range(60):
            kind = pick.choice(KINDS)
            i = pick.randrange(part * step, part * step + step * 2 // 3)
            change = kind(text, all_tokens, i, pick)
            if change is None:
                continue
            start, end, new = change
            if len(parse(text[:start] + new + text[end:]).diagnostics) == 1:
                changes.append((change, i))
                break
        else:
            return None
    lines: list[int] = []
    added = 0
    for (start, end, new), _ in changes:
        lines.append(text.count("\n", 0, start) + 1 + added)
        added += new.count("\n") - text.count("\n", start, end)
    for (start, end, new), _ in reversed(changes):
        text = text[:start] + new + text[end:]
    return text, lines


def lines_meant(mutation: Mutation) -> set[int]:
    """The faulty line and the next one that says something."""
    lines = mutation.text.split("\n")
    meant = {mutation.line}
    for number in range(mutation.line + 1, len(lines) + 1):
        if lines[number - 1].strip() and not lines[number - 1].lstrip().startswith("#"):
            meant.add(number)
            break
    else:
        # A fault at the end of the file is shown in its last line that says something.
        meant.update(range(len(mutation.text.rstrip().split("\n")), len(lines) + 1))
    return meant
