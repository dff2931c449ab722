"""Instruments, those of the protocol and those of the library alike, and what they share with forms."""

from __future__ import annotations

from typing import Any, cast

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.diagnostics.model import Label
from protocol_dsl.elaborate.assessments import AssessmentBuilder, codes_of, read_range
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.expressions.types import Meaning
from protocol_dsl.model import forms as model
from protocol_dsl.syntax.nodes import Node, Token
from protocol_dsl.syntax.texts import string_value


class InstrumentBuilder(AssessmentBuilder):
    """Builds instruments. Inside them, plain numbers stand for values in the declared unit."""

    def instrument(self, statement: Statement, from_library: bool = False) -> model.Instrument:
        """`instrument`."""
        node = statement.node
        context = self.context
        values: dict[str, Any] = {}
        single: dict[str, Node] = {}
        items: list[model.Item] = []
        totals: list[model.Total] = []
        examples: list[model.Example] = []
        citations: list[str] = []
        local = self.instrument_names(node)
        heading: str | None = None
        seen: dict[str, Node] = {}
        for item, notes in context.statements(node.children):
            kind = item.kind
            if kind == "heading":
                heading = context.filled(item.token("STRING"))
            elif kind == "item":
                if self.new_name(item, seen, "item"):
                    items.append(self.item(Statement(item, notes), heading, local))
            elif kind == "total_sum":
                if self.new_name(item, seen, "total", "total"):
                    totals.append(
                        model.Total.model_construct(name="total", label=None, origin=context.origin(item), notes=notes)
                    )
            elif kind == "total_value":
                if self.new_name(item, seen, "total"):
                    totals.append(self.total(Statement(item, notes), local))
            elif kind == "example":
                examples.append(self.example(item, local))
            elif kind == "cite":
                citations.append(context.filled(item.token("STRING", "TEXT")))
            elif kind != "todo":
                word = cast(Token, item.children[0]).value if kind == "instrument_text" else kind
                if context.once(single, item, word, f"the {word.replace('_', ' ')}"):
                    self.instrument_setting(item, values)
        return model.Instrument.model_construct(
            **self.element(statement),
            items=tuple(items),
            totals=tuple(totals),
            examples=tuple(examples),
            from_library=from_library,
            citation="; ".join(citations) or None,
            **values,
        )

    def new_name(self, item: Node, seen: dict[str, Node], what: str, name: str | None = None) -> bool:
        """Whether a name comes for the first time in its form or instrument; a second one is told."""
        token = item.token("NAME")
        name = name or (token.value if token is not None and not token.missing else "")
        if name and name in seen:
            self.context.tell(
                nam.DUPLICATE_NAME,
                token or item,
                f"there are two of the name `{name}` here",
                also=[Label((seen[name].token("NAME") or seen[name]).span, "first here")],
                help=f"name the second {what} otherwise",
            )
            return False
        seen[name] = item
        return bool(name)

    def instrument_setting(self, item: Node, values: dict[str, Any]) -> None:
        """The settings of an instrument that are said once."""
        context = self.context
        if item.kind == "instrument_range":
            values["low"], values["high"] = read_range(self, item)
        elif item.kind == "higher":
            values["higher"] = context.word(item.token("NAME"), ("worse", "better"), "a direction")
        elif item.kind == "licence":
            values["licence"] = context.word(item.token("NAME"), ("open", "reference_only"), "a licence status")
            note = item.token("STRING", "TEXT")
            values["licence_note"] = context.filled(note) if note is not None else None
        elif item.kind == "instrument_text":
            values[cast(Token, item.children[0]).value] = context.filled(item.token("STRING", "TEXT"))
        elif item.kind == "recall":
            values["recall"] = context.quantity(item.token("QTY"), "time")
        elif item.kind == "missing":
            values["missing"] = context.word(
                item.token("NAME"), ("block", "skip", "prorate"), "a rule for missing items"
            )
        elif item.kind == "unit_clause":
            values["unit"], _ = self.unit(item)

    def instrument_names(self, node: Node) -> dict[str, Meaning]:
        """What the names of items and totals mean inside an instrument."""
        names: dict[str, Meaning] = {"sum": Meaning("item", "sum", "sum of the items", "number", bare=True)}
        for part in node.walk():
            token = part.token("NAME") if part.kind in ("item", "total_value") else None
            if token is None:
                continue
            label = self.plain_label(part) or token.value
            codes = self.codes(part)
            numeric = codes and all(code.lstrip("-").replace(".", "", 1).isdigit() for code, _ in codes)
            type_ = "number" if not codes or numeric else "choice"
            names[token.value] = Meaning(
                "total" if part.kind == "total_value" else "item", token.value, label, type_, None, codes, bare=True
            )
            names[f"total.{token.value}"] = names[token.value]
        return names

    def plain_label(self, node: Node) -> str | None:
        """A label without looking at its references."""
        token = node.token("STRING")
        return string_value(token) if token is not None else None

    def codes(self, node: Node) -> tuple[tuple[str, str], ...]:
        """The codes of a choice below a node."""
        return codes_of(self.context, node.node("choice_clause", "choices_clause"))

    def item(self, statement: Statement, heading: str | None, local: dict[str, Meaning]) -> model.Item:
        """`item`."""
        node = statement.node
        clauses = {clause.kind: clause for clause in node.nodes()}
        values: dict[str, Any] = {}
        limits = clauses.get("item_range")
        if limits is not None:
            values["low"], values["high"] = read_range(self, limits)
            written = [t.value for t in limits.tokens("NUMBER", "SIGNED")]
            values["decimals"] = max((len(w.split(".")[1]) for w in written if "." in w), default=0)
        if "choice_clause" in clauses:
            values["choices"] = self.context.choices(clauses["choice_clause"])
        if "weight_clause" in clauses:
            values["weight"] = self.context.number(clauses["weight_clause"].token("NUMBER"))
        return model.Item.model_construct(
            **self.element(statement),
            heading=heading,
            condition=self.local_condition(clauses.get("if_clause"), local),
            **values,
        )

    def total(self, statement: Statement, local: dict[str, Meaning]) -> model.Total:
        """`total grade "Grade" = max(a, b)`."""
        node = statement.node
        formula = next((n for n in node.nodes() if n.kind not in ("choice_clause",)), None)
        choice = node.node("choice_clause")
        return model.Total.model_construct(
            **self.element(statement),
            formula=self.conditions.expression(formula, local) if formula is not None else None,
            choices=self.context.choices(choice) if choice is not None else (),
        )

    def example(self, node: Node, local: dict[str, Meaning]) -> model.Example:
        """A worked example."""
        values: list[tuple[str, int | float | str]] = []
        for part in node.nodes("example_value"):
            name, value = part.children[0], part.children[1]
            assert isinstance(name, Token)
            assert isinstance(value, Token)
            if name.value not in local:
                self.context.scope.diagnostics.append(
                    nam.UNKNOWN_NAME.at(name.span, f"the instrument has no item `{name.value}`")
                )
            number = value.value if value.type == "NAME" else self.context.number(value)
            if number is not None:
                values.append((name.value, number))
        gives: list[tuple[str | None, int | float]] = []
        for part in node.nodes("example_result"):
            name_token = part.token("NAME")
            number = self.context.number(part.token("NUMBER", "SIGNED"))
            if number is not None:
                gives.append((name_token.value if name_token else None, number))
        return model.Example.model_construct(
            label=self.context.filled(node.token("STRING")),
            values=tuple(values),
            gives=tuple(gives),
            origin=self.context.origin(node),
        )

    def local_condition(self, clause: Node | None, local: dict[str, Meaning]) -> Any:
        """A condition on fields of the same form or items of the same instrument."""
        return self.conditions.condition(clause, local) if clause is not None else None
