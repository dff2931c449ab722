"""Labels in other languages, by the path of what they stand for or by the text itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.diagnostics.model import Label
from protocol_dsl.elaborate.visit_names import clauses_of
from protocol_dsl.model.protocol import Translation
from protocol_dsl.syntax.nodes import Token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.elaborate.context import Context, Statement
    from protocol_dsl.syntax.nodes import Node

INNER = ("result", "field", "derive", "check", "matrix", "row", "item", "total_value")
"""Parts of statements that have a label, called by the name of their statement and their own."""


def translations(context: Context, found: list[Statement], statements: list[Statement]) -> tuple[Translation, ...]:
    """All `translate` blocks of a trial; `statements` are all that it has."""
    paths = {path for statement in statements for path in _paths(statement.node)}
    return tuple(_translation(context, statement, paths) for statement in found)


def _translation(context: Context, statement: Statement, paths: set[str]) -> Translation:
    """`translate zh { … }`."""
    token = statement.node.token("NAME")
    labels: list[tuple[str, str]] = []
    texts: list[tuple[str, str]] = []
    seen: dict[str, Token] = {}
    for part in statement.node.nodes("translation", "text_translation"):
        strings = list(part.tokens("STRING"))
        if part.kind == "text_translation":
            path, place = context.text(strings[0]), strings[0]
            translated = context.filled(strings[1]) if len(strings) > 1 else ""
        else:
            names = [each for each in part.tokens("NAME", "NUMBER") if not each.missing]
            if not names or not strings:
                continue
            path = ".".join(each.value for each in names)
            place = Token("", path, part.file, names[0].start, names[-1].end)
            translated = context.filled(strings[0])
        if path in seen:
            context.tell(
                nam.SAID_TWICE,
                place,
                f"`{path}` is translated twice",
                also=[Label(seen[path].span, "first here")],
                help="keep one of the two",
            )
            continue
        seen[path] = place
        if part.kind == "translation":
            _tell_unknown(context, place, path, paths)
        (texts if part.kind == "text_translation" else labels).append((path, translated))
    return Translation.model_construct(
        language=token.value if token else "",
        labels=tuple(labels),
        texts=tuple(texts),
        origin=context.origin(statement.node),
    )


def _tell_unknown(context: Context, place: Token, path: str, paths: set[str]) -> None:
    """Tell a path to nothing, with what there is beside it."""
    head, _, rest = path.partition(".")
    scope = context.scope
    if head in scope.skipped:
        return
    if not rest:
        if not scope.everywhere(head):
            scope.tell_unknown(place.span, head, "visit", "assessment", "stage", "product")
        return
    # Visits in cycles and series are declared under their whole names.
    if path not in paths and not scope.everywhere(path):
        context.tell(
            nam.UNKNOWN_NAME,
            place,
            f"there is nothing with a label under `{path}`",
            help=scope.nearest(path, sorted(paths))
            or "write the name of the form or assessment, a dot, and the name in it",
        )


def _paths(node: Node) -> Iterator[str]:
    """The paths of everything in a statement that has a label."""
    token = node.token("NAME")
    if token is None or token.missing:
        return
    yield from _codes(node, token.value)
    for inner in clauses_of(node):
        name = inner.token("NAME")
        if inner.kind not in INNER or name is None or name.missing:
            continue
        path = f"{token.value}.{name.value}"
        yield path
        yield from _codes(inner, path)
        for row in inner.nodes("row"):
            if (name := row.token("NAME")) is not None:
                yield f"{token.value}.{name.value}"


def _codes(node: Node, path: str) -> Iterator[str]:
    """The paths of the choices that stand in a part itself."""
    lists = [node] if node.kind == "codelist" else [c for c in clauses_of(node) if c.kind.startswith("choice")]
    for listed in lists:
        for choice in listed.nodes("choice"):
            code = choice.token("NAME", "NUMBER")
            if code is not None:
                yield f"{path}.{code.value}"
