"""The one form in which anything is said about a protocol, and the rules that say it.

A diagnostic is data. Stages return diagnostics beside their result; only `cli/` prints them, through
one of the renderers in `diagnostics/render/`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from protocol_dsl.source import Span

ERROR = "error"
WARNING = "warning"
NOTE = "note"
SEVERITIES = (ERROR, WARNING, NOTE)


class Label(NamedTuple):
    """A marked place; the primary one carries the fault, the others what it collides with."""

    span: Span
    text: str = ""
    primary: bool = False


class Edit(NamedTuple):
    """Replace the characters of `span` by `text`."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A way out that a program can apply. `safe` means that no meaning of the protocol changes."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


class Diagnostic(NamedTuple):
    """One finding. `labels[0]` is the primary place; a diagnostic without labels is about no place."""

    code: str
    severity: str
    message: str
    labels: tuple[Label, ...] = ()
    help: str | None = None
    notes: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()

    @property
    def span(self) -> Span | None:
        """The primary place."""
        return self.labels[0].span if self.labels else None


class Rule:
    """A kind of finding: its code, its kebab-case name, its default severity, its documentation.

    `doc` is the docstring of the decorated class or function. It is what `protoc explain` prints, and
    the generated code list in the documentation.
    """

    __slots__ = ("check", "code", "doc", "name", "severity")

    def __init__(self, code: str, name: str, severity: str, doc: str, check: Callable[..., Any] | None) -> None:
        self.code = code
        self.name = name
        self.severity = severity
        self.doc = doc
        self.check = check

    def at(
        self,
        span: Span | None,
        message: str,
        *,
        label: str = "",
        also: tuple[Label, ...] | list[Label] = (),
        help: str | None = None,
        notes: tuple[str, ...] | list[str] = (),
        fixes: tuple[Fix, ...] | list[Fix] = (),
        severity: str | None = None,
    ) -> Diagnostic:
        """A finding of this rule at `span`, with the secondary labels `also`."""
        labels = (() if span is None else (Label(span, label, True),)) + tuple(also)
        return Diagnostic(self.code, severity or self.severity, message, labels, help, tuple(notes), tuple(fixes))

    def __repr__(self) -> str:
        return f"Rule({self.code} {self.name})"


def rule(code: str, name: str, severity: str) -> Callable[[Any], Rule]:
    """Make a rule of a documented class (a code that a compiler stage emits) or check function."""

    def decorate(item: Any) -> Rule:
        doc = item.__doc__
        if not doc:
            raise TypeError(f"{code} has no docstring")
        return Rule(code, name, severity, doc, item if not isinstance(item, type) else None)

    return decorate


def sort_key(diagnostic: Diagnostic) -> tuple[int, int, str, str]:
    """Order in which findings are shown: by place, then code, then text."""
    span = diagnostic.span
    if span is None:
        return (-1, 0, diagnostic.code, diagnostic.message)
    return (span.file, span.start, diagnostic.code, diagnostic.message)


def ordered(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """The findings in the order of their places, each once."""
    seen: set[tuple[str, str, Span | None]] = set()
    result: list[Diagnostic] = []
    for diagnostic in sorted(diagnostics, key=sort_key):
        key = (diagnostic.code, diagnostic.message, diagnostic.span)
        if key not in seen:
            seen.add(key)
            result.append(diagnostic)
    return result
