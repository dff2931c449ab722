"""What all builders share: the header of a statement, its clauses, its lists of names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.elaborate.conditions import Conditions
from protocol_dsl.elaborate.context import Context, Statement
from protocol_dsl.elaborate.values import SOFT
from protocol_dsl.elaborate.visit_sets import VisitSets
from protocol_dsl.model.base import Note
from protocol_dsl.model.study import Size
from protocol_dsl.syntax.nodes import Node, Token

Leaf = tuple[dict[str, Any], dict[str, Node], dict[str, list[Node]]]


class Builder:
    """Builds parts of the model out of statements; the names are declared already."""

    def __init__(self, context: Context, conditions: Conditions) -> None:
        self.context = context
        self.conditions = conditions
        self.sets: VisitSets | None = None

    def element(self, statement: Statement, notes: tuple[Note, ...] = ()) -> dict[str, Any]:
        """Name, label, origin and notes of a statement."""
        token = statement.node.token("NAME")
        label = self.context.label(statement.node)
        inner = tuple(self.context.note(node) for node in statement.node.nodes("todo", "discretion"))
        return {
            "name": token.value if token is not None else "",
            "label": self.context.fill(label) if label is not None else None,
            "origin": self.context.origin(statement.node),
            "notes": statement.notes + notes + inner,
        }

    def leaf(self, statement: Statement, repeatable: tuple[str, ...] = ()) -> Leaf:
        """A leaf's header, its clauses by kind, and the clauses that may come several times."""
        found: dict[str, Node] = {}
        repeated: dict[str, list[Node]] = {}
        extra: list[Note] = []
        for clause, notes in self.context.statements(statement.node.children):
            extra.extend(notes)
            if clause.kind in repeatable:
                repeated.setdefault(clause.kind, []).append(clause)
            elif clause.kind != "todo" and self.context.once(
                found, clause, clause.kind, f"`{clause.kind.removesuffix('_clause').replace('_', ' ')}`"
            ):
                found[clause.kind] = clause
        return self.element(statement, tuple(extra)), found, repeated

    def names(self, node: Node | None, *kinds: str, once: bool = True) -> tuple[str, ...]:
        """Names of things of the kinds; unknown ones are told and left out, one named twice is told."""
        if node is None:
            return ()
        result: list[str] = []
        for token in node.tokens("NAME"):
            symbol = self.context.scope.use(token, *kinds)
            if symbol is None:
                continue
            if symbol.name in result and once:
                self.context.tell(
                    nam.SAID_TWICE, token, f"`{symbol.name}` stands twice in this list", help="take one out"
                )
                continue
            result.append(symbol.name)
        return tuple(result)

    def people(self, clause: Node | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The populations and the arms of a `for`; a cohort counts as a population."""
        if clause is None:
            return (), ()
        populations: list[str] = []
        arms: list[str] = []
        names = clause.node("names")
        for token in names.tokens("NAME") if names is not None else ():
            symbol = self.context.scope.use(token, "population", "arm", "cohort")
            if symbol is not None:
                (arms if symbol.kind == "arm" else populations).append(symbol.name)
        return tuple(populations), tuple(arms)

    def words(self, clause: Node | None) -> str | None:
        """The text of a clause."""
        return self.context.filled(clause.token("STRING", "TEXT")) if clause is not None else None

    def remarks(self, clauses: Iterable[Node]) -> tuple[str, ...]:
        """The texts of `note` clauses that hold wherever their statement does."""
        texts: list[str] = []
        for clause in clauses:
            visits = clause.node("visit_set")
            if visits is not None:
                self.visits(visits)
                self.context.tell_no_visits(visits)
            texts.append(self.words(clause) or "")
        return tuple(filter(None, texts))

    def name_of(self, clause: Node | None) -> str | None:
        """The one name in a clause."""
        token = clause.token("NAME") if clause is not None else None
        return token.value if token is not None and not token.missing else None

    def visits(self, node: Node | None) -> tuple[str, ...]:
        """The visits of a set."""
        return self.sets.resolve(node) if self.sets is not None else ()

    def token(self, node: Node, *types: str) -> Token | None:
        """A token of a node."""
        return node.token(*types)

    def soft(self, node: Node) -> str:
        """`about`, `at least`, `up to`, `at most`, or exactly."""
        bound = node.node(*SOFT)
        return bound.kind if bound is not None else "exactly"

    def size(self, clause: Node | None) -> Size | None:
        """`size up to 9 per level`."""
        count = self.context.whole(clause.token("NUMBER")) if clause is not None else None
        if clause is None or count is None:
            return None
        per = clause.token("NAME")
        return Size.model_construct(count=count, bound=self.soft(clause), per=per.value if per else None)
