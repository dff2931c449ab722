"""TXT: what a protocol leaves open, when the author asked that nothing be left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.model import ERROR, Diagnostic, rule

if TYPE_CHECKING:
    from protocol_dsl.checks.trial import Trial

WORDS = {"assumed": "an assumption", "todo": "a to-do", "discretion": "a decision left to people"}


@rule("TXT090", "left-open", ERROR)
class LEFT_OPEN:
    """Something is assumed, still to do, or left to people, and `--no-assumptions` was asked for.

    What it means:
        `@assumed`, `@todo`, `todo` and `discretion` mark what the source document does not say. A draft has many of
        them. The option makes each an error, so that a protocol can be required to have none.

    Why it matters:
        An assumption that nobody looks at becomes a fact of the trial.

    Example:
        @assumed "the record gives no visit days"
        visit D4 "Day 4" day 4

    Instead:
        @source "Protocol 1.0, section 8.2"
        visit D4 "Day 4" day 4
    """


def open_notes(trial: Trial) -> list[Diagnostic]:
    """One error for each assumption, to-do and discretion."""
    return [
        LEFT_OPEN.at(trial.span(note.origin), f"{WORDS[note.kind]}: {' '.join(note.text.split())}")
        for note in trial.protocol.noted("assumed", "todo", "discretion")
    ]
