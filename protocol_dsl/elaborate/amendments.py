"""Amendments: what changed from one version to the next, why, and what follows for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.elaborate.builder import Builder
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.elaborate.values import ENUMERATIONS
from protocol_dsl.model import study as model
from protocol_dsl.model.base import Quantity
from protocol_dsl.quantities import parse_unit
from protocol_dsl.syntax.nodes import Node, Token


class AmendmentBuilder(Builder):
    """Builds `Amendment`."""

    inner_names: frozenset[str] = frozenset()
    """Names that an amendment may speak of, and that nothing else does: of gates, rules, items, fields, blocks."""

    def check_changed(self, reference: Node) -> None:
        """Tell a change of something that is declared nowhere, in this version or, by `@renamed_from`, in the last."""
        token = reference.token("NAME")
        scope = self.context.scope
        if token is None or token.missing or scope.everywhere(token.value) or token.value in self.inner_names:
            return
        if scope.is_told(token.value, token.span):
            return
        known = sorted({*(name for space in scope.spaces.values() for name in space), *self.inner_names})
        scope.tell_first(
            token.value,
            nam.UNKNOWN_NAME.at(
                token.span,
                f"nothing is declared under the name `{token.value}`, so nothing of it can have changed",
                help=scope.nearest(token.value, known)
                or "name what changed; what was taken out altogether is told by `removed`",
            ),
        )

    def yes_or_no(self, token: Token | None) -> bool:
        """`yes` or `no`."""
        return self.context.word(token, ("yes", "no"), "an answer") == "yes"

    def references(self, nodes: Iterator[Node], removed: frozenset[str]) -> tuple[str, ...]:
        """What an amendment speaks of, each as it is written; what it says was `removed` is declared nowhere."""
        found: list[str] = []
        for reference in nodes:
            name = reference.token("NAME")
            if name is None or name.value not in removed:
                self.check_changed(reference)
            found.append(self.context.sources.text(reference.span))
        return tuple(found)

    def change(self, item: Statement) -> model.Change:
        """`change`, or `removed` for what stands in the version before only, so that nobody here knows its name."""
        reference = item.node.node("reference")
        is_removed = item.node.kind == "removed"
        if reference is not None and not is_removed:
            self.check_changed(reference)
        return model.Change.model_construct(
            of=self.context.sources.text(reference.span) if reference is not None else "",
            removed=is_removed,
            rationale=self.context.filled(item.node.token("STRING", "TEXT")),
            origin=self.context.origin(item.node),
            notes=item.notes,
        )

    def flag(self, node: Node, removed: frozenset[str]) -> model.FlagDecision:
        """`flag`; it can be about what was `removed` as well."""
        words = list(node.tokens("NAME"))
        reason = node.token("STRING", "TEXT")
        return model.FlagDecision.model_construct(
            flag=self.context.word(words[0] if words else None, ENUMERATIONS["amendment_flag"], "a flag of a change"),
            value=self.yes_or_no(words[1] if len(words) > 1 else None),
            of=self.references(node.nodes("reference"), removed),
            reason=self.context.filled(reason) if reason is not None else None,
            origin=self.context.origin(node),
        )

    def impact(self, node: Node) -> model.Impact:
        """`impact`."""
        words = list(node.tokens("NAME"))
        comment = node.token("STRING", "TEXT")
        return model.Impact.model_construct(
            kind=self.context.word(
                words[0] if words else None, ENUMERATIONS["amendment_impact"], "what an amendment has an impact on"
            ),
            substantial=self.yes_or_no(words[1] if len(words) > 1 else None),
            comment=self.context.filled(comment) if comment is not None else None,
        )

    def participants(self, node: Node) -> Quantity | None:
        """A number of participants, or a percentage of those planned."""
        share = node.token("QTY")
        if share is not None:
            return self.context.percentage(share)
        count = self.context.whole(node.token("NUMBER"), least=0)
        if count is None:
            return None
        unit = parse_unit("participants")
        return Quantity.model_construct(value=count, unit=unit.symbol, ucum=unit.ucum, written=str(count))

    def reason(self, token: Token | None) -> str | None:
        """One of the reasons of ICH M11."""
        return self.context.word(token, ENUMERATIONS["amendment_reason"], "a reason for an amendment (ICH M11)")

    def amendment(self, statement: Statement) -> model.Amendment:
        """`amendment`."""
        node = statement.node
        context = self.context
        strings = list(node.tokens("STRING"))
        values: dict[str, Any] = {}
        single: dict[str, Node] = {}
        several: dict[str, list[Any]] = {"changes": [], "impacts": [], "decisions": [], "secondary_reasons": []}
        items = list(context.statements(node.children))
        removed = frozenset(
            name.value
            for item, _ in items
            if item.kind == "removed" and (reference := item.node("reference")) is not None
            if (name := reference.token("NAME")) is not None
        )
        for item, notes in items:
            word = item.token("NAME")
            if item.kind in ("change", "removed"):
                several["changes"].append(self.change(Statement(item, notes)))
            elif item.kind == "impact":
                if context.once(single, item, f"impact {word.value if word else ''}", "this impact"):
                    several["impacts"].append(self.impact(item))
            elif item.kind == "flag":
                several["decisions"].append(self.flag(item, removed))
            elif item.kind == "secondary_reason":
                several["secondary_reasons"] += [each for token in item.tokens("NAME") if (each := self.reason(token))]
            elif item.kind == "reason" and context.once(single, item, "reason", "the reason"):
                values["reason"] = self.reason(word)
            elif item.kind == "amendment_scope" and context.once(single, item, "scope", "the scope"):
                values["scope"] = context.word(word, ENUMERATIONS["amendment_scope"], "a scope of an amendment")
                values["regions"] = tuple(context.filled(token) for token in item.tokens("STRING"))
            elif item.kind == "enrolled" and context.once(single, item, "enrolled", "the number enrolled"):
                values["enrolled"] = self.participants(item)
            elif item.kind == "applies" and context.once(single, item, "applies", "to whom it applies"):
                whom = item.token("NAME", "ALL")
                values["applies"] = context.word(whom, ENUMERATIONS["applies"], "a rule for participants under way")
            elif item.kind == "amendment_summary" and context.once(single, item, "summary", "the summary"):
                values["summary"] = context.filled(item.token("STRING", "TEXT"))
        return model.Amendment.model_construct(
            version=context.filled(strings[0] if strings else None),
            date=context.date(node.token("DATE")) or "",
            from_version=context.filled(strings[1] if len(strings) > 1 else None),
            origin=context.origin(node),
            notes=statement.notes,
            **{name: tuple(parts) for name, parts in several.items()},
            **values,
        )
