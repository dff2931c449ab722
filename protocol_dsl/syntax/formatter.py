"""The canonical layout of a protocol. It changes how a text looks, never what it says, and proves that each time."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from protocol_dsl.diagnostics.model import ERROR, Diagnostic
from protocol_dsl.syntax.format_layout import layout
from protocol_dsl.syntax.format_tokens import FormatterFault, equivalent
from protocol_dsl.syntax.parser import Parsed, parse

__all__ = ["Formatted", "FormatterFault", "equivalent", "format_text"]


class Formatted(NamedTuple):
    """The text in its canonical layout; with syntax faults the text as it was, and their diagnostics."""

    text: str
    diagnostics: list[Diagnostic]


def format_text(text: str, file: int = 0) -> Formatted:
    """Format a protocol; the diagnostics have their places in the file with index `file`.

    Raises `FormatterFault` if the result would say something else, lose a comment, or be formatted once more.
    """
    normalised = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    before = parse(normalised, file)
    if any(diagnostic.severity == ERROR for diagnostic in before.diagnostics):
        return Formatted(text, before.diagnostics)
    result = layout(normalised, before)
    after = parse(result, file)
    _prove(before, after, result)
    return Formatted(result, before.diagnostics)


def _prove(before: Parsed, after: Parsed, result: str) -> None:
    if any(diagnostic.severity == ERROR for diagnostic in after.diagnostics):
        raise FormatterFault("the formatted text no longer parses")
    if not equivalent(before.tree, after.tree):
        raise FormatterFault("the formatted text says something else")
    if Counter(comment.text for comment in before.comments) != Counter(comment.text for comment in after.comments):
        raise FormatterFault("a comment was lost or changed")
    if layout(result, after) != result:
        raise FormatterFault("the formatted text is not stable")
