"""What to say about a syntax fault, and how to go on after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.diagnostics.codes import syn
from protocol_dsl.diagnostics.model import Diagnostic, Edit, Fix, Label
from protocol_dsl.diagnostics.suggest import closest
from protocol_dsl.source import Span
from protocol_dsl.syntax.lexer import RESERVED, UNCLOSED, UNKNOWN
from protocol_dsl.syntax.nodes import Token

if TYPE_CHECKING:
    from protocol_dsl.syntax.parser import Parser

KINDS = {
    "NAME": "a name",
    "STRING": "a text in quotes",
    "NUMBER": "a number",
    "QTY": "a quantity with its unit, such as `3 mL`",
    "SQTY": "a time such as `+4 h`",
    "WINDOW": "a window such as `±3 days`",
    "UNIT": "a unit",
    "DATE": "a date such as `2026-03-01`",
    "YEAR_MONTH": "a month such as `2026-03`",
    "COMPARE": "a comparison",
    "$END": "the end of the file",
}
IMPLIED = {"TEXT": "STRING", "SIGNED": "NUMBER", "MINUS": "NUMBER", "SQTY": "SIGNED", "YEAR_MONTH": "DATE"}
LOOKALIKES = {"“": '"', "”": '"', "„": '"', "，": ",", "：": ":", "；": "", "（": "(", "）": ")", "＝": "=", "。": "."}
_WINDOW_NUMBER = re.compile(r"(?:±|\+/[-−]|\+[-−])[ \t]*[\d.]+|[-−–][ \t]*[\d.]+[ \t]*/[ \t]*\+[ \t]*[\d.]+")


class Situation(NamedTuple):
    """A token that does not fit, and what would."""

    parser: Parser
    terminal: int
    start: int
    end: int
    expected: list[int]

    @property
    def word(self) -> str:
        """The token as written."""
        return self.parser.text[self.start : self.end]

    def name(self, terminal: int) -> str:
        """A terminal's name."""
        return self.parser.tables.terminals[terminal]

    def expects(self, name: str) -> bool:
        """Whether a terminal could stand here."""
        return self.parser.tables.number[name] in self.expected

    def span(self) -> Span:
        """The place of the token; one character at the end of the text."""
        return self.parser.span(self.start, self.end)


class Repair(NamedTuple):
    """A way to go on: `insert` tokens before this one, `replace` its kind, or `delete` it."""

    kind: str
    terminal: int = UNKNOWN
    inserted: tuple[int, ...] = ()
    reread: bool = False
    word: str = ""
    consume: int = 0


# ---- repairs ----


def repair(s: Situation) -> Repair | None:
    """The smallest repair after which the next token fits too; None when the statement has to be given up."""
    parser = s.parser
    number = parser.tables.number
    if s.terminal == UNCLOSED:
        for name in ("STRING", "TEXT"):
            if s.expects(name):
                return Repair("replace", number[name])
        return None
    if s.word == "}":
        return _before_brace(s)
    if s.terminal == number["$END"]:
        return _closing(s)
    if s.expects("WINDOW") and _WINDOW_NUMBER.match(parser.text, s.start):
        found = _WINDOW_NUMBER.match(parser.text, s.start)
        return Repair("replace", number["WINDOW"], consume=found.end() if found else s.end)
    if s.word[0] in LOOKALIKES:
        return _lookalike(s)
    return _misspelt(s) or _closing(s) or _unit(s) or _inserted(s) or _deleted(s)


def _before_brace(s: Situation) -> Repair | None:
    parser = s.parser
    brace = parser.tables.punctuation["}"]
    if not any(isinstance(value, Token) and value.type == "LBRACE" for value in parser.values):
        return Repair("delete")
    for name in ("NAME", "STRING", "QTY", "NUMBER", "UNIT"):
        terminal = parser.tables.number[name]
        if terminal in s.expected and parser.accepts(parser.states, terminal, brace):
            return Repair("insert", inserted=(terminal,))
    return None


def _lookalike(s: Situation) -> Repair | None:
    """A quote of a word processor: take the text up to its partner."""
    if s.word[0] in "“”„":
        line_end = s.parser.text.find("\n", s.start)
        close = max(s.parser.text.find(quote, s.start + 1, line_end if line_end > 0 else None) for quote in "”“\"")
        if close > 0 and s.expects("STRING"):
            return Repair("replace", s.parser.tables.number["STRING"], consume=close + 1)
        return None
    terminal = s.parser.tables.punctuation.get(LOOKALIKES[s.word[0]])
    if terminal is not None and terminal in s.expected:
        return Repair("replace", terminal)
    return _deleted(s)


def _misspelt(s: Situation) -> Repair | None:
    """A keyword that was meant, when what follows fits it."""
    if not s.word[0].isalpha():
        return None
    words = {word: t for word, t in s.parser.tables.keywords.items() if t in s.expected}
    for word in closest(s.word, list(words)):
        stack = list(s.parser.states)
        if s.parser.advance(stack, words[word]) and _fits_next(s, stack, s.end):
            return Repair("replace", words[word], word=word)
    return None


def _closing(s: Situation) -> Repair | None:
    """Close the blocks that the next statement, or the end of the file, shows to be open."""
    parser = s.parser
    at_end = s.terminal == parser.tables.number["$END"]
    terminal = s.terminal if at_end else parser.tables.keywords.get(s.word, UNKNOWN)
    note = parser.tables.punctuation.get(s.word, UNKNOWN) if s.word.startswith("@") else UNKNOWN
    terminal = note if note != UNKNOWN else terminal
    if terminal == UNKNOWN or not (at_end or parser.begins_line(s.start)):
        return None
    missing = open_blocks(parser) - _closers_ahead(parser.text, s.start)
    if missing <= 0:
        return None
    stack = list(parser.states)
    brace = parser.tables.punctuation["}"]
    for count in range(1, missing + 1):
        if not parser.advance(stack, brace):
            return None
        if parser.accepts(stack, terminal):
            return Repair("insert", inserted=(brace,) * count, reread=not at_end)
    return None


def _unit(s: Situation) -> Repair | None:
    """A number where a quantity is due."""
    number = s.parser.tables.number
    if s.name(s.terminal) == "NUMBER" and s.terminal >= 0:
        for name in ("QTY", "SQTY"):
            if s.expects(name):
                return Repair("replace", number[name])
    return None


def _inserted(s: Situation) -> Repair | None:
    """One token that is missing before this one."""
    parser = s.parser
    number = parser.tables.number
    order = ["COMMA", "NAME", "STRING", "EQUAL", "COLON", "NUMBER", "QTY", "LBRACE", "DLT", "TO", "OF"]
    for name in order:
        terminal = number[name]
        if terminal not in s.expected:
            continue
        stack = list(parser.states)
        if not parser.advance(stack, terminal):
            continue
        here, end = parser.lexer.token(s.start, _actions(parser, stack))
        if here == UNKNOWN or not parser.advance(stack, here):
            continue
        if name in ("NAME", "STRING") and here == number["NAME"]:
            continue
        if _fits_next(s, stack, end):
            return Repair("insert", inserted=(terminal,), reread=True)
    return None


def _deleted(s: Situation) -> Repair | None:
    """The token is one too many, when the next one on its line fits."""
    at = s.parser.lexer.skip(s.end)
    if "\n" in s.parser.text[s.end : at] and s.word[0].isalpha():
        return None
    stack = list(s.parser.states)
    return Repair("delete") if s.word not in "{(" and _fits_next(s, stack, s.end) else None


def _actions(parser: Parser, stack: list[int]) -> dict[int, int]:
    """What the automaton reads in after the reductions that need no look ahead."""
    while parser.tables.defaults[stack[-1]]:
        nonterminal, length, _, _, _ = parser.tables.rule(parser.tables.defaults[stack[-1]] - 1)
        if length:
            del stack[-length:]
        stack.append(parser.tables.gotos(stack[-1])[nonterminal])
    return parser.tables.actions(stack[-1])


def _fits_next(s: Situation, stack: list[int], end: int) -> bool:
    """Whether the token behind `end` can be taken from this stack."""
    parser = s.parser
    terminal, _ = parser.lexer.token(parser.lexer.skip(end), _actions(parser, stack))
    return terminal >= 0 and parser.advance(stack, terminal)


def open_blocks(parser: Parser) -> int:
    """How many braces are open at this point."""
    return sum(1 for value in parser.values if isinstance(value, Token) and value.type == "LBRACE")


_LITERALS = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*', re.S)


def _closers_ahead(text: str, start: int) -> int:
    """How many braces the rest of the text closes more than it opens."""
    rest = _LITERALS.sub("", text[start:])
    return rest.count("}") - rest.count("{")


# ---- messages ----


def diagnose(s: Situation, repair: Repair | None) -> Diagnostic:
    """The diagnostic for a fault, in the words of the language."""
    for rule in (_text_fault, _note_fault, _brace_fault, _character_fault, _unit_fault, _word_fault, _list_fault):
        diagnostic = rule(s, repair)
        if diagnostic is not None:
            return diagnostic
    return _part_fault(s, repair)


def _text_fault(s: Situation, repair: Repair | None) -> Diagnostic | None:
    if s.terminal != UNCLOSED:
        return None
    long = s.parser.text.startswith('"""', s.start)
    quote = '"""' if long else '"'
    end = s.start + 3 if long else s.end
    return syn.UNCLOSED_TEXT.at(
        s.parser.span(s.start, end),
        f"this text has no closing `{quote}`",
        help="close it on its line; use \"\"\" … \"\"\" for a text of several lines or with quotes in it",
    )


def _note_fault(s: Situation, repair: Repair | None) -> Diagnostic | None:
    parser = s.parser
    if s.terminal == UNKNOWN and s.word.startswith("@") and len(s.word) > 1:
        known = [mark for mark in parser.tables.punctuation if mark.startswith("@")]
        near = closest(s.word, known)
        return syn.UNKNOWN_NOTE.at(
            s.span(),
            f"there is no note `{s.word}`",
            help=f"did you mean `{near[0]}`?" if near else "the notes are " + ", ".join(f"`{m}`" for m in known),
        )
    last = parser.values[-1] if parser.values else None
    last = last[-1] if isinstance(last, list) and last else last
    if last is not None and not isinstance(last, list) and getattr(last, "kind", "").endswith("_note"):
        closes = s.word == "}" or s.terminal == parser.tables.number["$END"]
        if closes:
            text = parser.text[last.start : last.end]
            fix = Fix("say it of the whole block", (Edit(last.span, re.sub(r"^@\w+", "todo", text)),), False)
            return syn.DANGLING_NOTE.at(
                last.span,
                "this note stands before nothing",
                label="a note stands before the statement or clause that it means",
                help="put it before its statement; to say that the block is incomplete, write `todo \"…\"`",
                fixes=[fix] if text.startswith("@todo") or text.startswith("@assumed") else [],
            )
    return None


def _brace_fault(s: Situation, repair: Repair | None) -> Diagnostic | None:
    parser = s.parser
    braces = parser.tables.punctuation["}"]
    if repair is not None and repair.inserted and set(repair.inserted) == {braces}:
        opened = _open_statement(s)
        where = "the end of the file" if s.terminal == parser.tables.number["$END"] else f"`{s.word}`"
        also: list[Label] = []
        what = "a block"
        if opened is not None:
            line = _line(s, opened.start)
            what = f"the block of `{_heading(s, opened)}` (line {line})"
            also.append(Label(opened.span, "opened here"))
        span = s.span() if s.end > s.start else parser.span(max(0, len(parser.text.rstrip()) - 1), len(parser.text.rstrip()))
        return syn.UNCLOSED_BLOCK.at(
            span, f"{what} is not closed before {where}", also=also, help="put a `}` at the end of the block"
        )
    if s.word == "}" and repair is not None and repair.kind == "delete":
        return syn.UNEXPECTED.at(s.span(), "this `}` closes nothing", help="take it out, or look for a block that was closed too early")
    return None


def _character_fault(s: Situation, repair: Repair | None) -> Diagnostic | None:
    if s.terminal != UNKNOWN or _WINDOW_NUMBER.match(s.parser.text, s.start):
        return None
    word = s.word
    if word[0] in LOOKALIKES:
        plain = LOOKALIKES[word[0]]
        fixes = [Fix(f"write `{plain}`", (Edit(s.parser.span(s.start, s.start + 1), plain),), True)] if plain else []
        return syn.STRANGE_CHARACTER.at(
            s.span(), f"`{word[0]}` is not the plain `{plain}` of the language", help=f"write `{plain}`", fixes=fixes
        )
    if word[0].isalpha() and not word.isascii():
        return syn.STRANGE_CHARACTER.at(
            s.span(),
            f"`{word}` cannot be a name",
            help="a name is made of the letters a to z, digits and _; any other character may stand in a text in quotes",
        )
    if repair is not None and repair.word:
        return None
    if word == "_" or word.startswith("_"):
        return syn.STRANGE_CHARACTER.at(s.span(), f"a name begins with a letter, not with `_`: `{word}`", help="name it otherwise")
    return syn.STRANGE_CHARACTER.at(
        s.span(), f"the language does not know the character `{word[0]}`", help=_expected_help(s) or "take it out"
    )


def _unit_fault(s: Situation, repair: Repair | None) -> Diagnostic | None:
    found = _WINDOW_NUMBER.match(s.parser.text, s.start)
    if s.expects("WINDOW") and found:
        span = s.parser.span(s.start, found.end())
        return syn.UNIT_MISSING.at(
            span, f"the window `{found.group()}` needs a unit", help=f"write it on the same line: `{found.group()} days`"
        )
    if s.terminal >= 0 and s.name(s.terminal) == "NUMBER" and (s.expects("QTY") or s.expects("SQTY")):
        heading = _heading_of_statement(s)
        return syn.UNIT_MISSING.at(
            s.span(), f"`{s.word}` needs a unit{heading}", help=f"write it on the same line, such as `{s.word} {_example_unit(s)}`"
        )
    return None


def _example_unit(s: Situation) -> str:
    before = s.parser.text[max(0, s.start - 14) : s.start]
    for word, unit in (("blood", "mL"), ("power", "%"), ("alpha", "%"), ("target", "%"), ("age", "years")):
        if word in before:
            return unit
    return "days"


def _word_fault(s: Situation, repair: Repair | None) -> Diagnostic | None:
    word = s.word
    if repair is not None and repair.word:
        fix = Fix(f"write `{repair.word}`", (Edit(s.span(), repair.word),), False)
        if word.lower() == repair.word:
            message = f"words of the language are written small: `{repair.word}`, not `{word}`"
        else:
            message = f"`{word}` does not fit here; did you mean `{repair.word}`?"
        return syn.MISSPELT.at(s.span(), message, fixes=[fix])
    if word in RESERVED and s.expects("NAME"):
        return syn.RESERVED_WORD.at(
            s.span(),
            f"`{word}` is a word of the language and cannot be a name",
            help=f"name it otherwise, such as `{word}_1`",
        )
    if word == ":" or (word == "=" and not s.expects("EQUAL")):
        return syn.UNEXPECTED.at(
            s.span(), f"no `{word}` stands here", help=f"leave it out: {_expected_help(s) or 'the value follows its word directly'}"
        )
    return None


def _list_fault(s: Situation, repair: Repair | None) -> Diagnostic | None:
    parser = s.parser
    if repair is not None and repair.inserted == (parser.tables.number["COMMA"],):
        return syn.COMMA_MISSING.at(
            s.span(),
            f"a comma is missing before `{s.word}`",
            fixes=[Fix("put a comma", (Edit(parser.span(parser.at, parser.at), ","),), False)],
        )
    last = parser.values[-1] if parser.values else None
    if isinstance(last, Token) and last.type == "COMMA":
        return syn.TRAILING_COMMA.at(
            last.span,
            f"something is missing after this comma{_heading_of_statement(s)}",
            help="take the comma out, or go on with the list",
        )
    return None


def _part_fault(s: Situation, repair: Repair | None) -> Diagnostic:
    parser = s.parser
    at_end = s.terminal == parser.tables.number["$END"]
    found = "the end of the file" if at_end else f"`{_shown(s.word)}`"
    heading = _heading_of_statement(s)
    if repair is not None and repair.kind == "insert":
        part = _describe(s, repair.inserted[0])
        help_text = _missing_help(s, repair.inserted[0])
        return syn.PART_MISSING.at(s.span(), f"{part} is missing before {found}{heading}", help=help_text)
    keyword = parser.tables.keywords.get(s.word)
    container = _open_statement(s)
    if keyword is not None and parser.begins_line(s.start) and container is not None and _complete(s):
        return syn.MISPLACED.at(
            s.span(),
            f"`{s.word}` does not belong in the block of `{_heading(s, container)}`",
            also=[Label(container.span, "the block was opened here")],
            help=_expected_help(s),
        )
    return syn.UNEXPECTED.at(s.span(), f"{found} does not fit here{heading}", help=_expected_help(s))


def _complete(s: Situation) -> bool:
    """Whether the statement before is finished, so that it is the new one that does not fit."""
    brace = s.parser.tables.punctuation["}"]
    return brace in s.expected


def _missing_help(s: Situation, terminal: int) -> str | None:
    name = s.name(terminal)
    if name == "NAME" and s.word.startswith('"'):
        made = "_".join(re.findall(r"[a-z0-9]+", s.word.lower())[:2]) or "name"
        made = made if made[0].isalpha() else f"n_{made}"
        return f"give it a name before its text, such as `{made} {_shown(s.word)}`"
    if name == "STRING":
        return "write the text in quotes"
    return _expected_help(s)


def _shown(word: str) -> str:
    word = word.split("\n")[0]
    return word if len(word) <= 40 else word[:38] + "…"


def _describe(s: Situation, terminal: int) -> str:
    name = s.name(terminal)
    if name in KINDS:
        return KINDS[name]
    for text, number in (*s.parser.tables.keywords.items(), *s.parser.tables.punctuation.items()):
        if number == terminal:
            return f"`{text}`"
    return name.lower()


def _expected_help(s: Situation) -> str | None:
    """What could stand here: the parts of the statement first, the next statement last."""
    parser = s.parser
    outer = _outer_states(parser)
    own: list[int] = []
    goes_on = False
    for terminal in s.expected:
        if outer is not None and parser.accepts(outer, terminal) and terminal not in _VALUES(parser):
            goes_on = True
        else:
            own.append(terminal)
    names = {s.name(terminal) for terminal in own}
    own = [terminal for terminal in own if IMPLIED.get(s.name(terminal)) not in names]
    words = sorted({_describe(s, terminal) for terminal in own}, key=lambda text: (text.startswith("`"), text))
    if not words and not goes_on:
        return None
    if len(words) > 14:
        words = [*words[:13], "…"]
    tail = ["the next statement"] if goes_on else []
    parts = words + tail
    text = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1]
    return f"here can stand {text}"


def _VALUES(parser: Parser) -> set[int]:
    return {parser.tables.number[name] for name in ("NAME", "STRING", "NUMBER", "QTY", "TEXT")}


def _outer_states(parser: Parser) -> list[int] | None:
    """The states in which the block or file stood before the present statement began."""
    start = _statement_start(parser)
    return parser.states[: start + 1] if start is not None else None


def _statement_start(parser: Parser) -> int | None:
    """Index in the value stack of the keyword that began the present statement."""
    for i in range(len(parser.values) - 1, -1, -1):
        value = parser.values[i]
        if isinstance(value, Token) and value.value in parser.tables.keywords and not value.missing:
            before = parser.values[i - 1] if i else None
            if i == 0 or isinstance(before, list) or (isinstance(before, Token) and before.type == "LBRACE"):
                if parser.begins_line(value.start) or not isinstance(before, list) or not before:
                    return i
    return None


def _heading_of_statement(s: Situation) -> str:
    """` in `visit D4``, for the end of a message."""
    start = _statement_start(s.parser)
    if start is None:
        return ""
    token = s.parser.values[start]
    return f" in `{_heading(s, token)}`" if isinstance(token, Token) else ""


def _open_statement(s: Situation) -> Token | None:
    """The keyword of the innermost statement whose block is open."""
    values = s.parser.values
    for i in range(len(values) - 1, -1, -1):
        value = values[i]
        if isinstance(value, Token) and value.type == "LBRACE":
            for j in range(i - 1, -1, -1):
                token = values[j]
                if isinstance(token, Token) and token.value in s.parser.tables.keywords:
                    before = values[j - 1] if j else None
                    if j == 0 or isinstance(before, list) or (isinstance(before, Token) and before.type == "LBRACE"):
                        return token
            return None
    return None


def _heading(s: Situation, keyword: Token) -> str:
    """A statement's keyword and name."""
    rest = s.parser.text[keyword.end :]
    found = re.match(r"[ \t]+([A-Za-z]\w*)", rest)
    return f"{keyword.value} {found.group(1)}" if found else keyword.value


def _line(s: Situation, offset: int) -> int:
    return s.parser.text.count("\n", 0, offset) + 1
