"""Reading texts, and filling in the names that stand in them in braces."""

from __future__ import annotations

import re

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.diagnostics.model import Label
from protocol_dsl.elaborate.scope import Scope, Symbol
from protocol_dsl.elaborate.times import Times
from protocol_dsl.model import wording
from protocol_dsl.model.base import Quantity
from protocol_dsl.source import SourceMap, Span
from protocol_dsl.syntax.nodes import Node, Token
from protocol_dsl.syntax.texts import string_value

LABELS_IN_LABELS = 10
LONGEST_LABEL = 1000
_REFERENCE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}")


class Texts(Times):
    """Texts with their references."""

    def __init__(self, sources: SourceMap, scope: Scope) -> None:
        super().__init__(sources, scope)
        self._pending: dict[Span, str] = {}
        self._labels: dict[str, str] = {}
        self._filling = 0
        self.numbered: set[Span] = set()
        """Places of the labels in which `{n}` is the number of a visit or cycle."""

    def text(self, token: Token | None) -> str:
        """The value of a text; its `{references}` are filled in by `fill` when all names are known."""
        if token is None or token.missing:
            return ""
        value = string_value(token)
        if "{" in value or "}" in value:
            self._pending[token.span] = value
        return value

    def filled(self, token: Token | None) -> str:
        """The value of a text with its references filled in."""
        return self.fill(self.text(token))

    def label(self, node: Node) -> str | None:
        """The label of a statement: the text directly behind its name."""
        token = node.token("STRING", "TEXT")
        if token is not None:
            self.tell_empty(token)
        return self.text(token) if token is not None else None

    def tell_empty(self, token: Token) -> None:
        """Report a label in which nothing stands."""
        if not token.missing and not string_value(token).strip():
            self.tell(nam.NOT_SAID, token, "this text is empty", help="write what people call it, or take it out")

    def fill(self, value: str) -> str:
        """A text with its references filled in, those in the labels that they stand for too."""
        if "{" not in value and "}" not in value:
            return value

        def replace(found: re.Match[str]) -> str:
            if found.group() in ("{{", "}}"):
                return found.group()[0]
            name = found.group(1).strip()
            symbols = self.scope.everywhere(name)
            if not symbols:
                return found.group()
            return self.filled_label(name, self.shown(symbols[0]))

        return _REFERENCE.sub(replace, value)

    def filled_label(self, name: str, label: str) -> str:
        """The label of a thing; its name, where labels refer to each other in a circle or swell to no use."""
        if "{" not in label and "}" not in label:
            return label
        if name not in self._labels:
            if self._filling == LABELS_IN_LABELS:
                return name
            self._labels[name] = name
            self._filling += 1
            filled = self.fill(label)
            self._filling -= 1
            if len(filled) <= LONGEST_LABEL:
                self._labels[name] = filled
        return self._labels[name]

    def shown(self, symbol: Symbol) -> str:
        """What stands in a text for a reference.

        A product by its name where that is a code (CT1192), by its label where it is not (CD7_CART); a dose level by
        its amount; all else by its label.
        """
        if symbol.kind == "level" and isinstance(symbol.about, Token):
            amount = self.quietly(symbol.about)
            return wording.quantity(amount) if amount is not None else symbol.name
        is_code = symbol.kind == "product" and "_" not in symbol.name
        return symbol.name if is_code or not symbol.label else symbol.label

    def quietly(self, token: Token) -> Quantity | None:
        """A quantity whose faults were told, or will be, where it is declared."""
        before = len(self.diagnostics)
        amount = self.quantity(token)
        del self.diagnostics[before:]
        return amount

    def check_references(self) -> None:
        """Report the references in texts that name nothing, or more than one thing."""
        for span in sorted(self._pending):
            raw = self.sources.text(span)
            for found in _REFERENCE.finditer(raw):
                name = found.group(1)
                if name is not None and not (name == "n" and span in self.numbered):
                    self.check_reference(name, Span(span.file, span.start + found.start(), span.start + found.end()))

    def check_reference(self, name: str, place: Span) -> None:
        """Report a reference that names nothing, or more than one thing, once for each name."""
        symbols = self.scope.everywhere(name.strip())
        if not symbols:
            if self.scope.is_told(name.strip(), place):
                return
            if name.strip() == "n":
                self.tell(
                    nam.UNKNOWN_REFERENCE,
                    place,
                    "`{n}` has no number here: only a series, `visits D4, D7 …`, and cycles count",
                    help="write the number itself, or make it a series",
                )
                return
            known = sorted({s for space in self.scope.spaces.values() for s in space})
            self.scope.tell_first(
                name.strip(),
                nam.UNKNOWN_REFERENCE.at(
                    place,
                    f"`{{{name}}}` names nothing that is declared",
                    help=self.scope.nearest(name.strip(), known) or "for a brace as such write `{{`",
                ),
            )
            return
        key = ("{}", name.strip())
        if key in self.scope.told or len({self.shown(symbol) for symbol in symbols}) == 1:
            return
        self.scope.told.add(key)
        kinds = wording.listing([s.kind.replace("_", " ") for s in symbols])
        self.tell(
            nam.AMBIGUOUS,
            place,
            f"`{{{name}}}` is the name of several things: {kinds}",
            also=[Label(s.span, f"declared as {s.kind.replace('_', ' ')}") for s in symbols if s.span is not None],
            help="rename one of them",
        )
