"""What a text of the source says: without its quotes, its escapes and the indentation of its place."""

from __future__ import annotations

import re

from protocol_dsl.syntax.nodes import Token

_ESCAPE = re.compile(r'\\(["\\])')


def string_value(token: Token) -> str:
    r"""The text of a `STRING` or `TEXT` token: quotes off, `\"` and `\\` undone; `{ref}` and `{{` stay as they are.

    A long text is dedented first, so its value does not depend on where the statement stands.
    """
    written = token.value
    if token.type == "TEXT":
        written = dedent_text(written[3:-3])
    elif len(written) >= 2:
        written = written[1:-1]
    return _ESCAPE.sub(r"\1", written)


def dedent_text(inner: str) -> str:
    """What stands between the quotes of a long text, without its indentation.

    The line break behind the opening quotes and the one before the closing quotes do not count, nor do blanks at
    the ends of lines. What the other lines have in common at their beginnings is taken off; a first line that
    stands behind the opening quotes has no say in that.
    """
    first, *rest = [line.rstrip() for line in inner.split("\n")]
    if rest and not rest[-1]:
        rest.pop()
    indent = _common_indent(rest)
    lines = [line[len(indent) :] for line in rest]
    if first:
        lines.insert(0, first.lstrip())
    return "\n".join(lines)


def _common_indent(lines: list[str]) -> str:
    common: str | None = None
    for line in lines:
        if not line:
            continue
        indent = line[: len(line) - len(line.lstrip())]
        if common is None:
            common = indent
        while not indent.startswith(common):
            common = common[:-1]
    return common or ""
