"""What the passes of the elaborator share: the trees, the names, the builders."""

from __future__ import annotations

from protocol_dsl.elaborate.context import Context, Statement
from protocol_dsl.elaborate.forms import FormBuilder
from protocol_dsl.elaborate.scope import Scope
from protocol_dsl.elaborate.visit_names import VisitBuilder, clauses_of
from protocol_dsl.source import SourceMap
from protocol_dsl.syntax.nodes import Node
from protocol_dsl.syntax.texts import string_value


class Trees:
    """The statements of a trial, and what its passes find out about them."""

    context: Context
    scope: Scope
    sources: SourceMap
    forms: FormBuilder
    builder: VisitBuilder
    statements: list[Statement]
    by_kind: dict[str, list[Statement]]
    groups: dict[str, Node]
    instruments: dict[str, Statement]
    from_library: set[str]

    def all(self, kind: str) -> list[Statement]:
        """All statements of a kind, in the order of the text."""
        return self.by_kind.get(kind, [])

    def context_free(self, node: Node) -> list[Statement]:
        """The statements in a block, without taking their notes (they are taken when the block is built)."""
        return [Statement(inner, ()) for inner in clauses_of(node)]

    def raw_label(self, node: Node) -> str | None:
        """A label without looking at its references, which are looked at when the statement is built."""
        token = node.token("STRING", "TEXT")
        return string_value(token) if token is not None and not token.missing else None
