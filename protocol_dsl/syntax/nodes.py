"""The syntax tree: nodes named after the grammar's rules, tokens, and the comments beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from protocol_dsl.source import Span


class Token:
    """A word, number or text of the source. `type` is the terminal of the grammar, `value` the text as written.

    `missing` marks a token that the parser put in to go on after a fault; nothing is said about it again.
    """

    __slots__ = ("end", "file", "missing", "start", "type", "value")

    def __init__(self, type: str, value: str, file: int, start: int, end: int, missing: bool = False) -> None:
        self.type = type
        self.value = value
        self.file = file
        self.start = start
        self.end = end
        self.missing = missing

    @property
    def span(self) -> Span:
        """Its place."""
        return Span(self.file, self.start, self.end)

    def __repr__(self) -> str:
        return f"{self.type}:{self.value}"


class Node:
    """A statement, clause or part of one. `kind` is the rule's name or alias in the grammar."""

    __slots__ = ("children", "end", "file", "kind", "start")

    def __init__(self, kind: str, children: list[Node | Token], file: int, start: int, end: int) -> None:
        self.kind = kind
        self.children = children
        self.file = file
        self.start = start
        self.end = end

    @property
    def span(self) -> Span:
        """Its place, from its first to its last token."""
        return Span(self.file, self.start, self.end)

    def nodes(self, *kinds: str) -> Iterator[Node]:
        """Its child nodes, or those of the given kinds."""
        for child in self.children:
            if isinstance(child, Node) and (not kinds or child.kind in kinds):
                yield child

    def node(self, *kinds: str) -> Node | None:
        """The first child node of one of the kinds."""
        return next(self.nodes(*kinds), None)

    def tokens(self, *types: str) -> Iterator[Token]:
        """Its own tokens, or those of the given types."""
        for child in self.children:
            if isinstance(child, Token) and (not types or child.type in types):
                yield child

    def token(self, *types: str) -> Token | None:
        """The first own token of one of the types."""
        return next(self.tokens(*types), None)

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the order of the text."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(child for child in reversed(node.children) if isinstance(child, Node))

    def __repr__(self) -> str:
        return f"({self.kind} {' '.join(map(repr, self.children))})"


class Comment:
    """A `# comment`; `own_line` tells whether it stands alone on its line."""

    __slots__ = ("end", "own_line", "start", "text")

    def __init__(self, text: str, start: int, end: int, own_line: bool) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.own_line = own_line


def same(left: Node | Token, right: Node | Token, meaning: Callable[[Token], object] | None = None) -> bool:
    """Whether two trees say the same, places aside; `meaning` is what counts of a token, its text unless given."""
    pairs: list[tuple[Node | Token, Node | Token]] = [(left, right)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, Token) or isinstance(b, Token):
            if not (isinstance(a, Token) and isinstance(b, Token)) or a.type != b.type:
                return False
            if a.value != b.value and (meaning is None or meaning(a) != meaning(b)):
                return False
        elif a.kind != b.kind or len(a.children) != len(b.children):
            return False
        else:
            pairs.extend(zip(a.children, b.children, strict=True))
    return True
