"""Going on after a syntax fault.

First the smallest repair is sought that lets the text go on (`repairs`). Else the statement is given up, and reading
resumes at the next line that begins with a statement of the open block, or at the end of that block. Every step
either consumes text or shortens the stack, and the number of repairs at one place is limited.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.codes import syn
from protocol_dsl.syntax import faults, repairs
from protocol_dsl.syntax.layout import CLOSE, DROP, Mend
from protocol_dsl.syntax.nodes import Node, Token
from protocol_dsl.syntax.repairs import QUOTES, Repair, Situation, name_made_of
from protocol_dsl.syntax.stack import Stack

if TYPE_CHECKING:
    from protocol_dsl.syntax.parser import Parser

MOST_FAULTS = 100
_WORDS = re.compile(r"[A-Za-z]\w*")
_BRACKETS = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|[(){}]', re.S)
_SIGNS = re.compile(r"\s*(?:(?:not\b|[-−])\s*)*")


def recover(parser: Parser, terminal: int, start: int, end: int) -> Node | None:
    """Tell the fault at this token, repair or give up a statement, and go on; the tree at the end of the text."""
    place, tries = parser.stuck
    parser.stuck = (start, tries + 1 if place == start else 0)
    if _is_follow_up(parser, start):
        # The repair before was none.
        parser.last_fault = (start, parser.shifted)
        return panic(parser, start, move_on=parser.stuck[1] >= 2)
    situation = Situation(parser, terminal, start, end)
    repair = repairs.search(situation)
    report(parser, faults.diagnose(situation, repair))
    if parser.done is not None:
        return parser.done
    # What is missing before a line is missing in the line before.
    before = repair is not None and repair.kind == "insert" and situation.begins_line
    parser.last_fault = (parser.at if before else start, parser.shifted)
    if repair is not None:
        return apply(situation, repair)
    return panic(parser, start)


def report(parser: Parser, diagnostic: faults.Diagnostic) -> None:
    """Keep a finding; after very many of them the rest of the text is given up."""
    parser.diagnostics.append(diagnostic)
    if len(parser.diagnostics) >= MOST_FAULTS and parser.done is None:
        last = diagnostic.span
        place = last if last is not None else parser.span(parser.at, parser.at)
        parser.diagnostics.append(
            syn.TOO_MANY.at(
                place._replace(start=place.end),
                f"more than {MOST_FAULTS} syntax faults; the rest of the file was not read",
                help="mend the first ones and check again",
            )
        )
        parser.skipped.update(_WORDS.findall(parser.text, parser.at))
        parser.done = close_all(parser, len(parser.text))


def _is_follow_up(parser: Parser, start: int) -> bool:
    """Whether a fault comes from the one before: in text given up, or within two words on the same line."""
    if start < parser.settled:
        return True
    before, shifted = parser.last_fault
    if before < 0 or parser.shifted - shifted >= 3:
        return False
    return before == start or parser.text.find("\n", before, start) < 0


# ---- repairs ----


def apply(s: Situation, repair: Repair) -> Node | None:
    """Do a repair; the tree if the repaired token ended the text."""
    parser = s.parser
    if repair.kind == "delete":
        parser.skipped.update(_WORDS.findall(parser.text, s.start, repair.end or s.end))
        parser.at = repair.end or s.end
    elif repair.kind == "replace":
        force(parser, repair.terminal, s.start, repair.end or s.end, read_instead(s, repair))
    elif repair.kind == "swap":
        at = parser.lexer.skip(s.end)
        force(parser, repair.terminal, at, repair.end, parser.text[at : repair.end])
        force(parser, repair.second, s.start, s.end, s.word)
        parser.at = repair.end
    elif repair.kind == "restate":
        del parser.values[-2:]
        del parser.states[-2:]
        force(parser, repair.terminal, repair.start, repair.end, repair.word)
    elif repair.kind == "insert":
        for inserted in repair.inserted:
            force(parser, inserted, s.start, s.start)
        parser.at = s.start
    return parser.done


def read_instead(s: Situation, repair: Repair) -> str:
    """What a token is read as: later stages see a sound value, or none where it would be a guess."""
    name = s.name(repair.terminal)
    written = s.parser.text[s.start : repair.end or s.end]
    if repair.word:
        return repair.word
    if name == "STRING":
        return '"' + written.strip("".join(QUOTES)).replace("\\", "").replace('"', "") + '"'
    if name == "TEXT":
        return ""
    if name == "NAME":
        return name_made_of(written) if written.startswith('"') else written
    return "" if name in ("QTY", "SQTY", "WINDOW", "DATE", "NUMBER") else written


def force(parser: Parser, terminal: int, start: int, end: int, instead: str = "") -> None:
    """Shift a token that is not in the text, or not so."""
    parser.settle()
    while True:
        action = parser.tables.actions(parser.states[-1])[terminal]
        if action > 0:
            parser.shift(action - 1, terminal, start, end, instead)
            parser.settle()
            return
        parser.reduce(-action - 1)
        parser.settle()


def mend(parser: Parser, mended: Mend, end: int) -> None:
    """Put in or leave out the brace that the layout asks for at this place, if the parse agrees."""
    at = mended.at
    brace = parser.tables.punctuation["}"]
    opened = open_block(parser)
    if mended.kind == CLOSE:
        for opener in mended.openers:
            opened = open_block(parser)
            if opened is None or opened.start != opener or not unwind(parser, brace, at):
                continue
            report(parser, faults.block_not_closed(parser, opener, at, end))
            if parser.done is not None:
                return
            force(parser, brace, at, at)
            parser.at = at
    elif mended.kind == DROP:
        if opened is None or not opened.missing:
            report(parser, faults.brace_too_many(parser, at))
            parser.at = at + 1
    else:
        brace = parser.tables.punctuation["{"]
        if Stack(parser.tables, parser.states).takes(brace):
            report(parser, faults.block_not_opened(parser, at, end))
            if parser.done is None:
                force(parser, brace, at, at)
                parser.at = at
    parser.last_fault = (at, parser.shifted)


def open_block(parser: Parser) -> Token | None:
    """The brace of the innermost open block."""
    for value in reversed(parser.values):
        if isinstance(value, Token) and value.type == "LBRACE":
            return value
    return None


# ---- giving up a statement ----


def panic(parser: Parser, start: int, move_on: bool = False) -> Node | None:
    """Give up the statement: go to where the open block goes on or ends."""
    text = parser.text
    tables = parser.tables
    at, depth, first = start, 0, not move_on
    while True:
        at = parser.lexer.skip(at)
        if at >= len(text):
            parser.settled = at + 1
            return close_all(parser, at)
        mended = parser.mends.get(at)
        if mended is not None and not (first and mended.kind != CLOSE):
            depth = _pass_mend(parser, mended, depth, start)
            if depth < 0:
                parser.settled = at
                parser.at = at
                return None
        terminal, end = parser.lexer.token(at, {})
        word = text[at:end]
        if mended is not None and mended.kind == DROP:
            pass
        elif word == "{":
            depth += 1
        elif word == "}":
            if depth == 0 and _resume(parser, tables.punctuation["}"], at, at + 1 if not first else start):
                return None
            depth = max(0, depth - 1)
        elif depth == 0 and parser.begins_line(at):
            terminal = tables.keywords.get(word, tables.punctuation.get(word, -1) if word.startswith("@") else -1)
            if terminal >= 0 and _resume(parser, terminal, at, at if not first else start, sure=first):
                return None
        if word[:1].isalpha():
            parser.skipped.add(word)
        first = False
        at = max(end, at + 1)


def _pass_mend(parser: Parser, mended: Mend, depth: int, start: int) -> int:
    """The depth of blocks behind a mend within skipped text; -1 if it is where the open block ends."""
    if mended.kind == CLOSE:
        inner = sum(opener >= start for opener in mended.openers)
        if inner < len(mended.openers):
            return -1
        del parser.mends[mended.at]
        return max(0, depth - inner)
    del parser.mends[mended.at]
    return depth + 1 if mended.kind != DROP else depth


def _resume(parser: Parser, terminal: int, at: int, settled: int, sure: bool = False) -> bool:
    """Go on with the token at `at` in the innermost place that takes it; False if there is none."""
    depth = resumption(parser, terminal, at)
    if not depth:
        return False
    stack = Stack(parser.tables, parser.states, depth)
    doubtful = not sure and parser.text[at] != "}" and _is_prose(parser, at)
    if doubtful and stack.run(parser.lexer, at, 3, parser.mends) < 3:
        return False
    cut(parser, depth, at)
    parser.settled = max(parser.settled, settled)
    parser.at = at
    return True


def _is_prose(parser: Parser, at: int) -> bool:
    """Whether a line looks like one of a long text whose quotes were lost: words, and no text in quotes."""
    line_end = parser.text.find("\n", at)
    line = parser.text[at : min(line_end if line_end >= 0 else len(parser.text), at + 200)]
    return line.count(" ") > 3 and '"' not in line


def resumption(parser: Parser, terminal: int, at: int) -> int:
    """How much of the stack is left when reading resumes with `terminal` between two items; 0 if it cannot.

    An open block is left only when the text lacks a closing brace.
    """
    may_leave = parser.layout is None
    for depth in range(len(parser.states), 0, -1):
        if depth < len(parser.states):
            value = parser.values[depth - 1]
            if isinstance(value, Token) and value.type == "LBRACE":
                if not may_leave or parser.open_blocks <= parser.closes_ahead(at):
                    return 0
                may_leave = True
            if not _between_items(parser, depth):
                continue
        if Stack(parser.tables, parser.states, depth).take(terminal):
            return depth
    return 0


def _between_items(parser: Parser, depth: int) -> bool:
    """Whether the state at this depth stands between the items of a block, of a list or of the file."""
    if depth == 1:
        return True
    value = parser.values[depth - 2]
    return isinstance(value, list) or (isinstance(value, Token) and value.type == "LBRACE")


def cut(parser: Parser, depth: int, at: int) -> None:
    """Drop what stands on the stack above a depth; the words in it are given up."""
    dropped = parser.values[depth - 1 :]
    if not dropped:
        return
    first = dropped[0][0] if isinstance(dropped[0], list) and dropped[0] else dropped[0]
    if not isinstance(first, list):
        parser.skipped.update(_WORDS.findall(parser.text, first.start, max(at, parser.at)))
    del parser.states[depth:]
    del parser.values[depth - 1 :]
    parser.recount_nesting()


def unwind(parser: Parser, terminal: int, at: int) -> bool:
    """Drop what cannot be completed until `terminal` fits, without leaving the open block."""
    for depth in range(len(parser.states), 0, -1):
        if depth < len(parser.states):
            value = parser.values[depth - 1]
            if isinstance(value, Token) and value.type == "LBRACE":
                return False
        if Stack(parser.tables, parser.states, depth).take(terminal):
            cut(parser, depth, at)
            return True
    return False


def close_all(parser: Parser, at: int) -> Node:
    """At the end of the text: close what is open, drop what cannot be completed."""
    end = parser.tables.number["$END"]
    brace = parser.tables.punctuation["}"]
    parser.at = at
    closed: set[int] = set()  # blocks whose statement needs more than its end
    while True:
        stack = Stack(parser.tables, parser.states)
        if stack.takes(end):
            tree = parser.feed(end, at, at)
            assert tree is not None
            return tree
        opened = open_block(parser)
        if opened is not None and id(opened) not in closed and stack.takes(brace):
            closed.add(id(opened))
            force(parser, brace, at, at)
        elif len(parser.states) == 1:
            return Node("start", [], parser.file, 0, at)
        else:
            parser.states.pop()
            value = parser.values.pop()
            if isinstance(value, Token | Node):
                parser.skipped.update(_WORDS.findall(parser.text, value.start, value.end))


# ---- limits ----


def too_deep(parser: Parser, opened: str, start: int, end: int) -> None:
    """A bracket, block or sign inside too many others was shifted: tell so once, and skip what is in it."""
    report(parser, faults.too_deep(parser, opened, start, end))
    if parser.done is not None:
        return
    if opened == "sign":
        signs = _SIGNS.match(parser.text, end)
        parser.at = signs.end() if signs else end
        return
    closing = _matching(parser.text, end, *(("{", "}") if opened == "LBRACE" else ("(", ")")))
    if opened == "LPAR":
        force(parser, parser.tables.number["NAME"], start, start)
    parser.at = closing
    parser.settled = closing + 1


def too_long(parser: Parser, node: Node) -> None:
    """An expression with too many parts: tell so once for a statement."""
    if node.start >= parser.settled:
        report(parser, faults.too_long(parser, node.start))
        line_end = parser.text.find("\n", node.end)
        parser.settled = len(parser.text) if line_end < 0 else line_end


def _matching(text: str, at: int, opening: str, closing: str) -> int:
    """Offset of the bracket that closes the one before `at`; the end of the text or block if there is none."""
    depth = 0
    for found in _BRACKETS.finditer(text, at):
        sign = found.group()
        if sign == closing:
            if depth == 0:
                return found.start()
            depth -= 1
        elif sign == opening:
            depth += 1
        elif sign in ("{", "}"):
            return found.start()
    return len(text)
