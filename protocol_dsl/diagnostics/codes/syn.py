"""SYN: the text does not read as a protocol."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import ERROR, NOTE, rule


@rule("SYN001", "unexpected-word", ERROR)
class UNEXPECTED:
    """Something stands where the language expects something else.

    What it means:
        The word, number or sign at the marked place does not fit what stands before it.
        The message names what could stand there.

    Why it matters:
        A statement that cannot be read is left out of everything that is checked and rendered.

    Example:
        visit D4 "Day 4" "Fourth day" day 4

    Instead:
        visit D4 "Day 4, the fourth day" day 4
    """


@rule("SYN002", "block-not-closed", ERROR)
class UNCLOSED_BLOCK:
    """A block was opened with `{` and not closed with `}`.

    What it means:
        The next statement, or the end of the file, came before the closing brace. The message names the
        statement that opened the block and its line.

    Why it matters:
        Without the brace the statements that follow would belong to the wrong stage, form or rule.

    Example:
        stage screening "Screening" {
          visit SCR "Screening" day -42 to -15
        stage treatment "Infusion" { visit infusion "Infusion" day 0 }

    Instead:
        stage screening "Screening" {
          visit SCR "Screening" day -42 to -15
        }
        stage treatment "Infusion" { visit infusion "Infusion" day 0 }
    """


@rule("SYN003", "text-not-closed", ERROR)
class UNCLOSED_TEXT:
    """A text has no closing quote.

    What it means:
        A text in `"` ends on its own line. A longer text stands between three quotes, and may contain quotes.

    Why it matters:
        All that follows would be read as text.

    Example:
        condition "Systemic lupus erythematosus

    Instead:
        condition "Systemic lupus erythematosus"
    """


@rule("SYN004", "unit-missing", ERROR)
class UNIT_MISSING:
    """A number stands where a quantity with its unit is due.

    What it means:
        Every quantity says its unit, on the same line: `3 mL`, `28 days`, `±3 days`, `30 %`.

    Why it matters:
        A bare number can be read as days or weeks, mg or g; the compiler never guesses which.

    Example:
        assess cbc "Complete blood count" at SCR { blood 3 }

    Instead:
        assess cbc "Complete blood count" at SCR { blood 3 mL }
    """


@rule("SYN005", "reserved-word", ERROR)
class RESERVED_WORD:
    """A reserved word is used as a name.

    What it means:
        The words day, week, month, year, all, each, except, about, at, not, and, or have a meaning in every list
        and condition. All other words can be names.

    Why it matters:
        A visit named `all` could not be told from all visits.

    Example:
        group all "All visits" = SCR, D28

    Instead:
        group every_visit "All visits" = SCR, D28
    """


@rule("SYN006", "misspelt-word", ERROR)
class MISSPELT:
    """A word of the language seems to be misspelt.

    What it means:
        The word is none that can stand here, and is very close to one that can.

    Why it matters:
        The statement is read as if the word were right, so that the rest of it is still checked.

    Example:
        assess cbc "Complete blood count" catgory laboratory at SCR

    Instead:
        assess cbc "Complete blood count" category laboratory at SCR
    """


@rule("SYN007", "note-about-nothing", ERROR)
class DANGLING_NOTE:
    """An `@` note stands before nothing.

    What it means:
        `@source`, `@assumed`, `@todo`, `@renamed_from` and `@allow` stand before the statement that they mean, or
        inside an open block before the clause that they mean. At the end of a block there is nothing they could mean.

    Why it matters:
        A note under its statement would silently belong to the next one.

    Example:
        stage screening "Screening" {
          visit SCR "Screening" day -42 to -15
          @todo "more visits"
        }

    Instead:
        stage screening "Screening" {
          visit SCR "Screening" day -42 to -15
          todo "more visits"
        }
    """


@rule("SYN008", "part-missing", ERROR)
class PART_MISSING:
    """A part of a statement is missing: its name, its text, a number, a sign.

    What it means:
        The statement goes on, but something that it needs before that is not there.

    Why it matters:
        Without its name a thing can be neither referred to nor recognised in the next version of the protocol.

    Example:
        eligibility { include "Age of at least 18 years" }

    Instead:
        eligibility { include adult "Age of at least 18 years" }
    """


@rule("SYN009", "strange-character", ERROR)
class STRANGE_CHARACTER:
    """A character that the language does not know.

    What it means:
        Most often it was typed or pasted by a word processor: curly quotes, a full-width comma or colon, a Chinese
        name. Any character may stand inside a text in quotes.

    Why it matters:
        Two characters that look alike would make two different names.

    Example:
        condition “Systemic lupus erythematosus”

    Instead:
        condition "Systemic lupus erythematosus"
    """


@rule("SYN010", "comma-at-end", ERROR)
class TRAILING_COMMA:
    """A list ends with a comma.

    What it means:
        After a comma the list goes on: a further name is due.

    Why it matters:
        Every word can be a name, so after a comma the next clause would be read as one more member of the list.

    Example:
        group safety "Safety visits" = SCR, D28,

    Instead:
        group safety "Safety visits" = SCR, D28
    """


@rule("SYN011", "comma-missing", ERROR)
class COMMA_MISSING:
    """Two members of a list stand side by side without a comma.

    What it means:
        Names in a list are separated by commas.

    Why it matters:
        It is the commonest slip in a schedule, and easy to mend.

    Example:
        group safety "Safety visits" = SCR D28

    Instead:
        group safety "Safety visits" = SCR, D28
    """


@rule("SYN012", "unknown-note", ERROR)
class UNKNOWN_NOTE:
    """An `@` note of an unknown kind.

    What it means:
        There are five: `@source`, `@assumed`, `@todo` and `@allow CODE` with a text, and `@renamed_from NAME`.

    Why it matters:
        Assumptions and sources are collected from the notes; one that is misspelt would be lost.

    Example:
        @assume "the record gives no visit days"
        event last_contact "Last contact"

    Instead:
        @assumed "the record gives no visit days"
        event last_contact "Last contact"
    """


@rule("SYN013", "too-deeply-nested", ERROR)
class TOO_DEEP:
    """Blocks or brackets are nested too deeply.

    What it means:
        A condition may be nested in up to 100 brackets, criteria in up to 100 blocks.

    Why it matters:
        Nobody can read such a rule, and it was most likely made by a fault in a program.

    Example:
        a condition inside 101 pairs of brackets

    Instead:
        name the parts of the condition as facts and combine those
    """


@rule("SYN014", "misplaced-statement", ERROR)
class MISPLACED:
    """A statement stands in a block where it does not belong.

    What it means:
        Each block holds its own kinds of statements; the message names them.

    Why it matters:
        An assessment inside an eligibility block would be neither.

    Example:
        eligibility {
          visit SCR "Screening" day -14
        }

    Instead:
        visit SCR "Screening" day -14
    """


@rule("SYN015", "too-many-faults", NOTE)
class TOO_MANY:
    """A file has so many syntax faults that the rest of it was not read.

    What it means:
        After a hundred faults the rest of the file is left unread. Very likely it is no protocol, or one
        fault near its beginning spoilt all that follows.

    Why it matters:
        What was not read was not checked.

    Example:
        a photograph with the name of a protocol

    Instead:
        the protocol
    """
