"""Forms and code lists, those of the protocol and those of the library alike."""

from __future__ import annotations

from typing import Any, cast

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.elaborate.assessments import NUMERIC, check_type, read_range
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.elaborate.instruments import InstrumentBuilder
from protocol_dsl.expressions.types import Meaning
from protocol_dsl.model import forms as model
from protocol_dsl.model.base import Note
from protocol_dsl.quantities import UnitError, parse_unit
from protocol_dsl.syntax.nodes import Node, Token


class FormBuilder(InstrumentBuilder):
    """Builds forms and code lists. Inside forms, plain numbers stand for values in the declared unit."""

    def codelist(self, statement: Statement) -> model.Codelist:
        """`codelist`."""
        node = statement.node
        return model.Codelist.model_construct(
            **self.element(statement),
            choices=self.context.choices(node),
            codes=tuple(self.code(c) for c in node.nodes("code_clause")),
        )

    def form(self, statement: Statement, source: str = "protocol") -> model.Form:
        """`form`."""
        node = statement.node
        context = self.context
        fields: list[model.Field] = []
        checks: list[model.Check] = []
        instructions: list[str] = []
        local = self.field_names(node)
        heading: str | None = None
        seen: dict[str, Node] = {}
        for item, notes in context.statements(node.children):
            if item.kind == "heading":
                heading = context.filled(item.token("STRING"))
                continue
            if item.kind == "instructions":
                instructions.append(context.filled(item.token("STRING", "TEXT")))
            elif item.kind == "field":
                if self.new_name(item, seen, "field"):
                    fields.append(self.field(Statement(item, notes), heading, local))
                    heading = None
            elif item.kind == "derive":
                if self.new_name(item, seen, "field"):
                    fields.append(self.derived(Statement(item, notes), heading, local))
                    heading = None
            elif item.kind == "matrix":
                fields.extend(self.matrix(Statement(item, notes), heading, local, seen))
                heading = None
            elif item.kind == "check":
                check = self.check(Statement(item, notes), local)
                if check is not None:
                    checks.append(check)
        records = node.node("records_clause")
        uses = node.node("uses_clause")
        names: tuple[str, ...] = ()
        if records is not None:
            listed = records.node("names")
            if source == "library":
                names = tuple(t.value for t in listed.tokens("NAME")) if listed is not None else ()
            else:
                names = self.names(listed, "assessment", "collection")
        return model.Form.model_construct(
            **self.element(statement),
            fields=tuple(fields),
            checks=tuple(checks),
            records=names,
            repeating=node.node("repeating_clause") is not None,
            instructions=tuple(instructions),
            instrument=self.name_of(uses),
            visits=self.clause_visits(node.node("at_clause")),
            source=source,
        )

    def field_names(self, node: Node) -> dict[str, Meaning]:
        """What the names of fields mean inside their form."""
        names: dict[str, Meaning] = {}
        for part in node.walk():
            if part.kind not in ("field", "derive", "row"):
                continue
            token = part.token("NAME")
            if token is None:
                continue
            label = self.plain_label(part) or token.value
            kind_node = part.node("value_type") or _inside(part, "value_type")
            word = cast(Token, kind_node.children[0]).value if kind_node is not None else ""
            codes = self.codes(part) or self.codes(_block_of(part))
            unit_node = part.node("unit_clause") or _inside(part, "unit_clause")
            unit_token = unit_node.token("UNIT") if unit_node is not None else None
            unit = None
            if unit_token is not None:
                try:
                    unit = parse_unit(unit_token.value, self.context.units)
                except UnitError:
                    unit = None
            type_ = {
                "integer": "number",
                "decimal": "number",
                "slider": "number",
                "yes_no": "boolean",
                "date": "date",
                "datetime": "date",
                "text": "text",
                "": "number",
            }.get(word, "unknown")
            names[token.value] = Meaning(
                "field", token.value, label, "choice" if codes else type_, unit, codes, bare=True
            )
        for part in node.walk():
            if part.kind == "matrix":
                codes = self.codes(part)
                for row in part.nodes("row"):
                    token = row.token("NAME")
                    if token is not None:
                        names[token.value] = Meaning(
                            "field", token.value, self.plain_label(row) or token.value, "choice", None, codes, bare=True
                        )
        return names

    def field(self, statement: Statement, heading: str | None, local: dict[str, Meaning]) -> model.Field:
        """`field`."""
        element, clauses, repeated = self.leaf(statement, repeatable=("note_clause", "code_clause", "range_clause"))
        context = self.context
        values: dict[str, Any] = {}
        kind = clauses.get("value_type")
        choice = clauses.get("choice_clause") or clauses.get("choices_clause")
        if kind is not None:
            values["type"] = cast(Token, kind.children[0]).value
            if kind.token("NUMBER") is not None:
                values["decimals"] = context.whole(kind.token("NUMBER"))
        elif choice is not None:
            values["type"] = "choices" if choice.kind == "choices_clause" else "choice"
        else:
            values["type"] = "text"
            context.tell(
                nam.NOT_SAID,
                statement.node.children[0],
                f"the field `{element['name']}` has no type",
                help="say integer, decimal 1, text, date, yes_no or choice { … }",
            )
        check_type(self, clauses)
        if choice is not None:
            values["choices"] = context.choices(choice)
            values["codelist"] = self.name_of(choice)
        values["unit"], values["ucum"] = self.unit(clauses.get("unit_clause"))
        values |= self.ranges(repeated.get("range_clause", []), values["type"])
        values |= self.ends(clauses.get("ends_clause"), values["type"])
        return model.Field.model_construct(
            **element,
            heading=heading,
            required="required_clause" in clauses,
            identifier="identifier_clause" in clauses,
            condition=self.local_condition(clauses.get("if_clause"), local),
            remarks=self.remarks(repeated.get("note_clause", [])),
            codes=tuple(self.code(c) for c in repeated.get("code_clause", [])),
            visits=self.clause_visits(clauses.get("at_clause")),
            **values,
        )

    def clause_visits(self, clause: Node | None) -> tuple[str, ...]:
        """The visits of an `at`."""
        return self.visits(clause.node("visit_set")) if clause is not None else ()

    def ranges(self, clauses: list[Node], type_: str) -> dict[str, Any]:
        """The plausible and the permitted range of a field; where it has both, the permitted one stands apart."""
        found: dict[str, Node] = {}
        for clause in clauses:
            if type_ not in NUMERIC:
                self.context.tell(
                    qty.WRONG_TYPE,
                    clause,
                    f"a {type_.replace('_', ' ')} field has no range",
                    help="take the range out, or make the field a number",
                )
            hardness = clause.token("SOFT", "HARD")
            kind = hardness.value if hardness is not None else "soft"
            self.context.once(found, clause, kind, f"the {kind} range")
        first = found.get("soft") or found.get("hard")
        if first is None:
            return {}
        low, high = read_range(self, first)
        values: dict[str, Any] = {"low": low, "high": high, "range_kind": "soft" if "soft" in found else "hard"}
        if len(found) > 1:
            values["hard_low"], values["hard_high"] = read_range(self, found["hard"])
        return values

    def ends(self, clause: Node | None, type_: str) -> dict[str, Any]:
        """The words at the ends of a slider, with those of its middle if there are any."""
        if clause is None:
            return {}
        if type_ != "slider":
            self.context.tell(
                nam.NO_EFFECT,
                clause,
                f"this clause has no effect here: a field of the type `{type_}` is no line with two ends",
                help="take it out, or make the field a slider",
            )
            return {}
        return {"ends": tuple(self.context.filled(token) for token in clause.tokens("STRING"))}

    def derived(self, statement: Statement, heading: str | None, local: dict[str, Meaning]) -> model.Field:
        """`derive`."""
        node = statement.node
        formula = next((n for n in node.nodes() if not n.kind.endswith("_clause")), None)
        clauses = {clause.kind: clause for clause in node.nodes()}
        unit, ucum = self.unit(clauses.get("unit_clause"))
        return model.Field.model_construct(
            **self.element(statement),
            type="derived",
            heading=heading,
            unit=unit,
            ucum=ucum,
            formula=self.conditions.expression(formula, local) if formula is not None else None,
            condition=self.local_condition(clauses.get("if_clause"), local),
            visits=self.clause_visits(clauses.get("at_clause")),
            remarks=self.remarks(node.nodes("note_clause")),
            codes=tuple(self.code(c) for c in node.nodes("code_clause")),
        )

    def matrix(
        self, statement: Statement, heading: str | None, local: dict[str, Meaning], seen: dict[str, Node]
    ) -> list[model.Field]:
        """`matrix`: one field a row."""
        node = statement.node
        clauses = {clause.kind: clause for clause in node.nodes()}
        choice = clauses.get("choice_clause")
        choices = self.context.choices(choice) if choice is not None else ()
        visits = self.clause_visits(clauses.get("at_clause"))
        condition = self.local_condition(clauses.get("if_clause"), local)
        element = self.element(statement)
        result: list[model.Field] = []
        for row in node.nodes("row"):
            if self.new_name(row, seen, "row"):
                first: str | None = element["label"] if not result else None
                result.append(
                    model.Field.model_construct(
                        **self.element(Statement(row, _NO_NOTES)),
                        type="choice",
                        choices=choices,
                        codelist=self.name_of(choice),
                        visits=visits,
                        matrix=element["name"],
                        condition=condition,
                        required="required_clause" in clauses,
                        heading=heading if heading and not result else first,
                    )
                )
        return result

    def check(self, statement: Statement, local: dict[str, Meaning]) -> model.Check | None:
        """`check`."""
        node = statement.node
        where = next(iter(node.nodes()), None)
        condition = self.conditions.condition(where, local) if where is not None else None
        hardness = node.token("SOFT", "HARD")
        element = self.element(statement)
        text = element["label"] or ""
        element["label"] = None
        if condition is None:
            return None
        return model.Check.model_construct(
            **element, text=text, where=condition, kind=hardness.value if hardness is not None else "soft"
        )


_NO_NOTES: tuple[Note, ...] = ()


def _inside(node: Node, kind: str) -> Node | None:
    """A clause behind a note."""
    return next((inner for part in node.nodes("annotated") for inner in part.nodes(kind)), None)


def _block_of(node: Node) -> Node:
    """A node whose annotated clauses stand unwrapped."""
    children: list[Node | Token] = [part.children[-1] for part in node.nodes("annotated")]
    return Node(node.kind, children, node.file, node.start, node.end)
