"""What to say about a syntax fault, in the words of the language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.codes import syn
from protocol_dsl.diagnostics.model import Diagnostic, Edit, Fix, Label
from protocol_dsl.diagnostics.suggest import closest
from protocol_dsl.source import Span
from protocol_dsl.syntax.fault_words import (
    describe,
    expected_help,
    heading_before,
    in_statement,
    listed,
    own_words,
    shown,
    title,
)
from protocol_dsl.syntax.lexer import RESERVED, UNCLOSED, UNKNOWN
from protocol_dsl.syntax.nodes import Token
from protocol_dsl.syntax.repairs import LOOKALIKES, QUOTES, Repair, Situation, name_made_of

if TYPE_CHECKING:
    from protocol_dsl.syntax.parser import Parser

_BLANKS = {
    "\u00a0": "a no-break space", "\u2007": "a figure space", "\u2009": "a thin space",
    "\u202f": "a narrow no-break space",
    "\u3000": "a wide space", "\u200b": "a space of no width", "\ufeff": "a byte order mark", "\u00ad": "a soft hyphen",
}  # fmt: skip


def diagnose(s: Situation, repair: Repair | None) -> Diagnostic:
    """The diagnostic for a fault and its repair."""
    for told in (_text, _note, _brace, _look, _comma, _unit, _repaired, _reserved, _missing, _misplaced):
        diagnostic = told(s, repair)
        if diagnostic is not None:
            return diagnostic
    return _unexpected(s)


# ---- texts, notes, braces ----


def _text(s: Situation, repair: Repair | None) -> Diagnostic | None:
    if repair is not None and repair.reason == "quote":
        what = "a text has no opening quote" if repair.kind == "replace" else "the quotes of this line do not pair"
        return syn.UNCLOSED_TEXT.at(
            s.parser.span(s.start, repair.end), what, help='a text stands in quotes, on one line: `"…"`'
        )
    if s.terminal != UNCLOSED:
        return None
    long = s.parser.text.startswith('"""', s.start)
    quote = '"""' if long else '"'
    return syn.UNCLOSED_TEXT.at(
        s.parser.span(s.start, s.start + 3 if long else s.end),
        f"this text has no closing `{quote}`",
        help=f"put `{quote}` at its end"
        if long
        else 'close it on its line; a text of several lines or with quotes in it stands in """ … """',
    )


def _note(s: Situation, repair: Repair | None) -> Diagnostic | None:
    parser = s.parser
    if s.terminal == UNKNOWN and s.word.startswith("@") and len(s.word) > 1:
        known = [mark for mark in parser.tables.punctuation if mark.startswith("@")]
        near = closest(s.word, known, 1)
        return syn.UNKNOWN_NOTE.at(
            s.span(),
            f"there is no note `{s.word}`",
            help="the notes are " + listed([f"`{mark}`" for mark in known]),
            fixes=[Fix(f"write `{near[0]}`", (Edit(s.span(), near[0]),))] if near else [],
        )
    last = parser.values[-1] if parser.values else None
    last = last[-1] if isinstance(last, list) and last else last
    if (s.word == "}" or s.at_end) and not isinstance(last, list) and getattr(last, "kind", "").endswith("_note"):
        assert last is not None
        text = parser.text[last.start : last.end]
        as_statement = Edit(last.span, re.sub(r"^@\w+", "todo", text))
        return syn.DANGLING_NOTE.at(
            last.span,
            f"this note stands before nothing{'' if s.at_end else ' in its block'}",
            label="it means the statement or clause that follows it",
            help='put it before its statement; to say that the block is incomplete, write `todo "…"`',
            fixes=[Fix("write it as a statement", (as_statement,))] if text.startswith(("@todo", "@assumed")) else [],
        )
    return None


def _brace(s: Situation, repair: Repair | None) -> Diagnostic | None:
    parser = s.parser
    if repair is not None and repair.inserted and set(repair.inserted) == {parser.tables.punctuation["}"]}:
        opened = next(v for v in reversed(parser.values) if isinstance(v, Token) and v.type == "LBRACE")
        return block_not_closed(parser, opened.start, s.start, s.end)
    if repair is not None and repair.reason == "brace":
        return brace_too_many(parser, s.start)
    if repair is not None and repair.inserted and s.name(repair.inserted[0]) == "LBRACE":
        return block_not_opened(parser, s.start, s.end)
    return None


def block_not_closed(parser: Parser, opener: int, at: int, end: int) -> Diagnostic:
    """A block was opened at `opener` and is not closed before the token at `at`."""
    heading = heading_before(parser, opener)
    line = parser.text.count("\n", 0, opener) + 1
    what = f"the block of `{title(parser, heading)}`" if heading is not None else "the block"
    text = parser.text
    if end <= at:
        before, span = "the end of the file", parser.span(max(0, parser.at - 1), parser.at)
    else:
        before, span = f"`{shown(text[at:end])}`", parser.span(at, end)
    indent = re.match(r"[ \t]*", text[text.rfind("\n", 0, opener) + 1 :])
    last = len(text[:at].rstrip())
    brace = "\n" + (indent.group() if indent else "") + "}"
    return syn.UNCLOSED_BLOCK.at(
        span,
        f"{what}, opened in line {line}, is not closed before {before}",
        also=[Label(parser.span(opener, opener + 1), "opened here")],
        help="put a `}` at the end of the block",
        fixes=[Fix("close it here", (Edit(parser.span(last, last), brace),))],
    )


def block_not_opened(parser: Parser, at: int, end: int) -> Diagnostic:
    """A block has no `{` before the token at `at`, where it begins."""
    heading = heading_before(parser, at)
    what = f" of `{title(parser, heading)}`" if heading is not None else ""
    place = len(parser.text[:at].rstrip())
    word = shown(parser.text[at:end])
    return syn.PART_MISSING.at(
        parser.span(max(0, place - 1), place),
        f"a `{{` is missing before the block{what}" if word else f"the block{what} is missing",
        also=[Label(parser.span(at, end), "the block begins here")] if word else (),
        help="what belongs to it stands between `{` and `}`",
        fixes=[Fix("open the block", (Edit(parser.span(place, place), " {"),))],
    )


def brace_too_many(parser: Parser, at: int) -> Diagnostic:
    """A `}` that closes nothing."""
    return syn.UNEXPECTED.at(
        parser.span(at, at + 1),
        "this `}` closes nothing",
        help="take it out, or look for a block that was closed too early",
    )


def too_deep(parser: Parser, opened: str, start: int, end: int) -> Diagnostic:
    """More than 100 brackets, blocks or signs within one another."""
    what = {"LPAR": "brackets within brackets", "LBRACE": "blocks within blocks"}.get(opened, "signs before signs")
    return syn.TOO_DEEP.at(
        parser.span(start, end),
        f"more than 100 {what}",
        help="what is in them was not read; say it in several statements",
    )


def too_long(parser: Parser, at: int) -> Diagnostic:
    """An expression of very many parts."""
    return syn.TOO_DEEP.at(
        parser.span(at, at + 1),
        "an expression of more than 250 parts within parts",
        help="name its parts and combine those",
    )


# ---- signs, commas, units ----


def _look(s: Situation, repair: Repair | None) -> Diagnostic | None:
    """Characters that the language does not know, and signs where a plain character is meant."""
    parser, word = s.parser, s.word
    if repair is not None and repair.reason == "comment":
        sign = "//" if word.startswith("/") and parser.text[s.start + 1] == "/" else "/*"
        return syn.STRANGE_CHARACTER.at(
            parser.span(s.start, s.start + 2),
            f"`{sign}` begins no comment here",
            help="a comment goes from `#` to the end of its line",
        )
    if repair is not None and repair.reason == "glued":
        whole = parser.text[repair.start : repair.end]
        made = re.sub(r"\W+", "_", whole).strip("_")
        return syn.STRANGE_CHARACTER.at(
            parser.span(repair.start, repair.end),
            f"`{shown(whole)}` cannot be a name",
            help=f"a name is made of letters, digits and `_`, such as `{made}`",
            fixes=[Fix(f"write `{made}`", (Edit(parser.span(repair.start, repair.end), made),))],
        )
    at = s.start
    if repair is not None and repair.reason == "blank":
        at = next(i for i in range(s.start, repair.end) if parser.text[i] in _BLANKS)
    elif s.terminal != UNKNOWN or (repair is not None and repair.reason == "window"):
        return None
    sign = parser.text[at]
    if sign in LOOKALIKES:
        return _lookalike(s, at, repair)
    if word[0].isalpha() and not word.isascii():
        return syn.STRANGE_CHARACTER.at(
            s.span(),
            f"`{shown(word)}` cannot be a name",
            help="a name is made of the letters a to z, digits and `_`; a text in quotes may hold any other",
        )
    if word[0] == "_":
        return syn.STRANGE_CHARACTER.at(
            s.span(), f"a name begins with a letter: `{shown(word)}`", help="name it otherwise"
        )
    if sign.isprintable():
        return syn.STRANGE_CHARACTER.at(
            s.span(), f"the language does not know the character `{sign}`", help=_leave_out(s)
        )
    return syn.STRANGE_CHARACTER.at(
        s.span(), f"a character that cannot be seen (U+{ord(sign):04X})", help="take it out"
    )


def _lookalike(s: Situation, at: int, repair: Repair | None) -> Diagnostic:
    sign, plain = s.parser.text[at], LOOKALIKES[s.parser.text[at]]
    span = s.parser.span(at, at + 1)
    if sign in _BLANKS:
        fix = Fix("write a plain space" if plain else "take it out", (Edit(span, plain),), True)
        return syn.STRANGE_CHARACTER.at(span, f"{_BLANKS[sign]} stands here, which cannot be seen", fixes=[fix])
    if not plain:
        fix = Fix("take it out", (Edit(span, ""),), True)
        return syn.STRANGE_CHARACTER.at(
            span, f"no `{sign}` stands in the language; statements and clauses just follow", fixes=[fix]
        )
    edits = [Edit(span, plain)]
    what = f"`{sign}` is not the plain `{plain}` of the language"
    if sign in QUOTES:
        what = f'a text stands in plain quotes `"`, not in `{sign}`'
        end = repair.end - 1 if repair is not None else at
        if end > at and s.parser.text[end] != plain:
            edits.append(Edit(s.parser.span(end, end + 1), plain))
            span = s.parser.span(at, end + 1)
    return syn.STRANGE_CHARACTER.at(span, what, fixes=[Fix(f"write `{plain}`", tuple(edits), True)])


def _leave_out(s: Situation) -> str:
    return expected_help(s) or "take it out"


def _comma(s: Situation, repair: Repair | None) -> Diagnostic | None:
    parser = s.parser
    last = s.previous()
    if last is not None and last.type == "COMMA" and (repair is None or repair.kind == "insert"):
        return syn.TRAILING_COMMA.at(
            last.span,
            f"something is missing after this comma{in_statement(s)}",
            help="take the comma out, or go on with the list",
            fixes=[Fix("take the comma out", (Edit(last.span, ""),))],
        )
    if repair is not None and repair.inserted == (parser.tables.number["COMMA"],):
        place = parser.span(parser.at, parser.at)
        return syn.COMMA_MISSING.at(
            s.span(), f"a comma is missing before `{shown(s.word)}`", fixes=[Fix("put a comma", (Edit(place, ","),))]
        )
    return None


def _unit(s: Situation, repair: Repair | None) -> Diagnostic | None:
    if repair is None or repair.reason not in ("window", "unit", "date"):
        return None
    span = s.parser.span(s.start, repair.end)
    written = s.parser.text[s.start : repair.end].strip()
    if repair.reason == "date":
        return syn.UNEXPECTED.at(span, f"a date is written year-month-day: `2026-03-01`, not `{written}`")
    if repair.reason == "unit":
        example = f"{written} {_example_unit(s)}"
        return syn.UNIT_MISSING.at(
            span, f"`{written}` needs a unit{in_statement(s)}", help=f"write it on the same line, such as `{example}`"
        )
    if written[0] in "+-−–" and not re.search(r"/|[+\-−–±]\s*[-−]", written):
        return syn.UNEXPECTED.at(
            span, f"a window has two sides: `{written}` says one", help="write `-0/+3 days`, `-2/+5 days` or `±3 days`"
        )
    return syn.UNIT_MISSING.at(
        span,
        f"the window `{written}` needs a unit",
        help=f"write it on the same line, such as `{written} {_window_unit(s, written)}`",
    )


def _window_unit(s: Situation, written: str) -> str:
    last = s.previous()
    if last is not None and last.value == "tolerance":
        return "%"
    return "day" if re.fullmatch(r"\D*1", written) else "days"


def _example_unit(s: Situation) -> str:
    text = s.parser.text
    before = text[max(text.rfind("\n", 0, s.start), s.start - 24, 0) : s.start]
    for word, unit in (
        ("blood", "mL"), ("power", "%"), ("alpha", "%"), ("target", "%"), ("dropout", "%"), ("age", "years"),
        ("years to", "years"), ("+", "h"), ("level", "mg"), ("give", "mg"),
    ):  # fmt: skip
        if word in before.lower():
            return unit
    return "h" if s.word[0] in "+-" else "days"


# ---- words ----


def _repaired(s: Situation, repair: Repair | None) -> Diagnostic | None:
    """Faults that their repair explains."""
    if repair is None:
        return None
    parser, word = s.parser, shown(s.word)
    if repair.kind == "restate":
        span = parser.span(repair.start, repair.end)
        fix = Fix("write `visits`", (Edit(span, "visits"),))
        return syn.MISSPELT.at(span, "`visit` declares one visit; several are declared by `visits`", fixes=[fix])
    if repair.reason == "time":
        after = re.match(r"[ \t]+([\d.]+)", parser.text[s.end : s.end + 20])
        number = after.group(1) if after else "4"
        fix = Fix(f"write `{repair.word}`", (Edit(s.span(), repair.word),))
        help_text = f"`{repair.word} {number}` is a point of the timeline, `{number} {s.word.lower()}` a duration"
        return syn.MISSPELT.at(s.span(), f"`{word}` does not fit here", help=help_text, fixes=[fix])
    if repair.word:
        fix = Fix(f"write `{repair.word}`", (Edit(s.span(), repair.word),))
        if s.word.lower() == repair.word:
            return syn.MISSPELT.at(
                s.span(), f"words of the language are written small: `{repair.word}`, not `{word}`", fixes=[fix]
            )
        return syn.MISSPELT.at(s.span(), f"`{word}` does not fit here; did you mean `{repair.word}`?", fixes=[fix])
    if repair.kind == "swap":
        other = parser.text[repair.start : repair.end]
        fix = Fix("swap them", (Edit(parser.span(s.start, repair.end), f"{other} {s.word}"),))
        return syn.UNEXPECTED.at(
            s.span(), f"`{shown(other)}` stands before `{word}`{in_statement(s)}, not behind it", fixes=[fix]
        )
    if repair.reason == "twice":
        return syn.UNEXPECTED.at(
            s.span(), f"`{word}` stands here twice", fixes=[Fix("take one out", (Edit(s.span(), ""),))]
        )
    if repair.kind == "replace" and repair.reason == "kind":
        name = s.name(repair.terminal)
        if name == "STRING":
            fix = Fix(f'write `"{word}"`', (Edit(s.span(), f'"{s.word}"'),))
            what = f'a text stands in quotes: `"{word}"`{in_statement(s)}'
            return syn.UNEXPECTED.at(s.span(), what, fixes=[fix], notes=_read_as_name(s))
        if name == "NAME" and s.word.startswith('"'):
            made = name_made_of(s.word)
            fix = Fix(f"write `{made}`", (Edit(s.span(), made),))
            return syn.UNEXPECTED.at(s.span(), f"a name stands here, without quotes{in_statement(s)}", fixes=[fix])
    if repair.kind == "delete" and s.word in (":", "="):
        last = s.previous()
        behind = f" behind `{last.value}`" if last is not None and last.value else ""
        fix = Fix(f"take the `{s.word}` out", (Edit(s.span(), ""),))
        return syn.UNEXPECTED.at(s.span(), f"no `{s.word}` stands here{behind}: what it says just follows", fixes=[fix])
    return None


def _reserved(s: Situation, repair: Repair | None) -> Diagnostic | None:
    if s.word not in RESERVED or not s.expects("NAME") or (repair is not None and repair.kind != "replace"):
        return None
    return syn.RESERVED_WORD.at(
        s.span(),
        f"`{s.word}` is a word of the language and cannot be a name",
        help=f"name it otherwise, such as `{s.word}_1`",
    )


def _missing(s: Situation, repair: Repair | None) -> Diagnostic | None:
    if repair is None or repair.kind != "insert":
        return None
    terminal = repair.inserted[0]
    name = s.name(terminal)
    own, _ = own_words(s)
    if repair.reason == "keyword" and len(own) > 2:
        return None
    what = describe(s, terminal) if len(own) < 3 or not s.begins_line else "something"
    help_text = {"STRING": "write the text in quotes"}.get(name)
    if repair.reason == "keyword" or what == "something":
        help_text = expected_help(s)
    elif name == "NAME" and s.word.startswith('"'):
        help_text = f"give it a name before its text, such as `{name_made_of(s.word.lower(), 2)} {shown(s.word)}`"
    elif name == "NAME" and s.previous() is not None:
        help_text = expected_help(s)
    if s.begins_line and (s.word in s.parser.tables.keywords or s.word.startswith("@")):
        place = _before_this_line(s)
        if place is not None:
            word = shown(s.parser.text[place.start : place.end])
            return syn.PART_MISSING.at(place, f"{what} is missing after `{word}`{in_statement(s)}", help=help_text)
    found = "the end of the file" if s.at_end else f"`{shown(s.word)}`"
    return syn.PART_MISSING.at(s.span(), f"{what} is missing before {found}{in_statement(s)}", help=help_text)


def _before_this_line(s: Situation) -> Span | None:
    """The last word that was read, if it is on an earlier line."""
    text, end = s.parser.text, s.parser.at
    found = re.search(r"\S+\Z", text[max(0, end - 60) : end])
    return s.parser.span(end - len(found.group()), end) if found else None


def _misplaced(s: Situation, repair: Repair | None) -> Diagnostic | None:
    """A statement of the language that stands in a block of another kind."""
    parser = s.parser
    if repair is not None or s.word not in parser.tables.keywords or not s.begins_line:
        return None
    opened = next((v for v in reversed(parser.values) if isinstance(v, Token) and v.type == "LBRACE"), None)
    closing = parser.tables.punctuation["}"] if opened is not None else parser.tables.number["$END"]
    if closing not in s.expected:
        place = _before_this_line(s)
        word = shown(parser.text[place.start : place.end]) if place is not None else ""
        where = f"after `{word}`" if word else f"before `{s.word}`"
        return syn.PART_MISSING.at(
            place or s.span(), f"something is missing {where}{in_statement(s)}", help=expected_help(s)
        )
    if opened is None:
        return syn.MISPLACED.at(
            s.span(),
            f"`{s.word}` does not stand by itself; it belongs in a block",
            help="look at the block above: was it closed too early?",
        )
    heading = heading_before(parser, opened.start)
    what = f"the block of `{title(parser, heading)}`" if heading is not None else "this block"
    return syn.MISPLACED.at(
        s.span(),
        f"`{s.word}` does not belong in {what}",
        also=[Label(heading.span, "the block was opened here")] if heading is not None else (),
        help=expected_help(s),
    )


def _unexpected(s: Situation) -> Diagnostic:
    word = shown(s.word)
    if s.at_end:
        span, found = s.span(), "the file ends here"
        return syn.PART_MISSING.at(span, f"{found}, but something is missing{in_statement(s)}", help=expected_help(s))
    if s.begins_line and s.word[0].isalpha() and s.word not in s.parser.tables.keywords:
        return syn.UNEXPECTED.at(s.span(), f"nothing in the language begins with `{word}` here", help=expected_help(s))
    what = f"`{word}` does not fit here{in_statement(s)}"
    return syn.UNEXPECTED.at(s.span(), what, help=expected_help(s), notes=_read_as_name(s))


def _read_as_name(s: Situation) -> list[str]:
    """A note if the word before is a keyword where it fits."""
    last = s.previous()
    if last is None or last.type != "NAME" or last.value not in s.parser.tables.keywords:
        return []
    return [f"`{last.value}` is read as a name here; perhaps a name is missing before it"]
