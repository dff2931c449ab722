"""Expressions: from the syntax tree to a part of the model, with names and units checked."""

from __future__ import annotations

import re
from collections.abc import Callable

from protocol_dsl.diagnostics.codes import qty, syn
from protocol_dsl.elaborate.comparisons import Names, public_type
from protocol_dsl.elaborate.context import Context
from protocol_dsl.elaborate.reading import Reading
from protocol_dsl.expressions import types
from protocol_dsl.expressions.english import english
from protocol_dsl.expressions.types import Meaning
from protocol_dsl.model.base import Expression
from protocol_dsl.syntax.nodes import Node, Token

DEEPEST = 100
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[()]')


class Conditions:
    """Reads expressions. `look_up` knows what the names of the whole trial mean, `parts_of` those in an instrument."""

    def __init__(
        self,
        context: Context,
        look_up: Names,
        known: Callable[[], list[str]],
        parts_of: Callable[[str], list[str] | None] = lambda _: None,
    ) -> None:
        self.context = context
        self.look_up = look_up
        self.known = known
        self.parts_of = parts_of

    def condition(self, clause: Node | None, local: dict[str, Meaning] | None = None) -> Expression | None:
        """The expression of a `where` or `if`, which must be true or false."""
        if clause is None:
            return None
        node = clause.children[0] if clause.kind in ("where_clause", "if_clause", "closed") else clause
        result = self.expression(node, local)
        if result is not None and result.type not in (types.BOOLEAN, types.UNKNOWN):
            self.context.tell(
                qty.WRONG_TYPE,
                node,
                f"`{result.text}` is a {result.type}, not something that is true or false",
                help="compare it with something, such as `… >= 3`",
            )
            return None
        return result

    def expression(self, node: Node | Token, local: dict[str, Meaning] | None = None) -> Expression | None:
        """An expression of any type; None after a fault, which is told."""
        if self.too_deep(node):
            return None
        reading = Reading(self.context, self.look_up, self.known, self.parts_of, local or {})
        typed = reading.read(node)
        if reading.failed:
            return None
        return Expression.model_construct(
            text=self.written(node),
            english=english(typed.tree),
            type=public_type(typed),
            names=tuple(dict.fromkeys(reading.names)),
            tree=typed.tree,
            origin=self.context.origin(node),
        )

    def written(self, node: Node | Token) -> str:
        """An expression as written, with the brackets at its ends that its span leaves out."""
        text = self.context.sources.files[node.file].text
        start, end = node.start, node.end
        open_brackets = missing = 0
        for bracket in _BRACKETS.findall(text[start:end]):
            open_brackets += {"(": 1, ")": -1}.get(bracket, 0)
            missing = max(missing, -open_brackets)
        for _ in range(missing):
            start = text.rfind("(", 0, start)
        for _ in range(open_brackets + missing):
            end = text.find(")", end) + 1
        # A bracket that the parser put in is not in the text.
        return text[start:end] if 0 <= start < end else text[node.start : node.end]

    def too_deep(self, node: Node | Token) -> bool:
        """Whether an expression is nested too deeply to be read; told once."""
        level: list[Node | Token] = [node]
        for _ in range(DEEPEST * 4):
            level = [child for part in level if isinstance(part, Node) for child in part.children]
            if not level:
                return False
        self.context.tell(syn.TOO_DEEP, node, "this condition is nested too deeply", help="name parts of it as facts")
        return True
