"""Where findings are told: with their place and their rule."""

from __future__ import annotations

from collections.abc import Iterable

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.diagnostics.model import Diagnostic, Fix, Label, Rule
from protocol_dsl.elaborate.scope import Scope
from protocol_dsl.model.base import Origin
from protocol_dsl.source import SourceMap, Span
from protocol_dsl.syntax.nodes import Node, Token


class Findings:
    """The texts that are read, the names in them, and what is found wrong."""

    def __init__(self, sources: SourceMap, scope: Scope) -> None:
        self.sources = sources
        self.scope = scope

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All findings so far."""
        return self.scope.diagnostics

    def tell(
        self,
        rule: Rule,
        at: Node | Token | Span | None,
        message: str,
        *,
        help: str | None = None,
        label: str = "",
        also: Iterable[Label] = (),
        fixes: Iterable[Fix] = (),
    ) -> None:
        """Report a finding."""
        span = at if at is None or isinstance(at, Span) else at.span
        self.diagnostics.append(rule.at(span, message, help=help, label=label, also=tuple(also), fixes=tuple(fixes)))

    def tell_no_visits(self, visits: Node) -> None:
        """Report a `note at …` in a statement whose notes hold for all of it."""
        self.tell(
            nam.NO_EFFECT,
            visits,
            "these visits have no effect here: only a note of `assess` can be for some visits",
            help="write `note` and the text; it is printed wherever the statement is",
        )

    def origin(self, at: Node | Token) -> Origin:
        """Where a part comes from."""
        path, start, end = self.sources.place(at.span)
        return Origin.model_construct(
            file=path, line=start.line, column=start.column, end_line=end.line, end_column=end.column
        )
