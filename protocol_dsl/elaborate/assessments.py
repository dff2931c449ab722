"""Stages, gates, products given, assessments, collections: what happens at the visits."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

from protocol_dsl.diagnostics.codes import nam
from protocol_dsl.elaborate.builder import Builder
from protocol_dsl.elaborate.context import Context, Statement
from protocol_dsl.elaborate.samples import SampleBuilder
from protocol_dsl.elaborate.values import ENUMERATIONS, SHIFTS
from protocol_dsl.expressions.types import Meaning
from protocol_dsl.model import schedule as model
from protocol_dsl.model.base import Gap
from protocol_dsl.quantities import UnitError, parse_unit
from protocol_dsl.syntax.nodes import Node, Token
from protocol_dsl.syntax.texts import string_value

NUMERIC = ("integer", "decimal", "slider")
"""Types of a value that have a unit and a range."""


class AssessmentBuilder(SampleBuilder):
    """Builds what happens at the visits."""

    def stage(self, statement: Statement) -> model.Stage:
        """`stage`; its visits were built before."""
        node = statement.node
        element = self.element(statement)
        populations, arms = self.people(node.node("for_clause"))
        return model.Stage.model_construct(
            **element,
            visits=tuple(self.sets.by_stage.get(element["name"], ())) if self.sets is not None else (),
            parallel=node.node("parallel_clause") is not None,
            condition=self.conditions.condition(node.node("if_clause")),
            populations=populations,
            arms=arms,
        )

    def gate(self, statement: Statement) -> model.Gate:
        """`gate before LD1 { require … otherwise … }`."""
        node = statement.node
        place = node.node("place")
        before = self.context.place(place, "visit", "event", "moment", "stage") or ""
        requirements: list[model.Requirement] = []
        actions: list[model.GateAction] = []
        for item, notes in self.context.statements(node.children):
            if item.kind == "require":
                element = self.element(Statement(item, notes))
                element["label"] = None
                requirements.append(
                    model.Requirement.model_construct(
                        **element,
                        text=self.context.filled(item.token("STRING", "TEXT")),
                        where=self.conditions.condition(item.node("where_clause")),
                        condition=self.conditions.condition(item.node("if_clause")),
                    )
                )
            elif item.kind == "otherwise":
                actions.extend(self.gate_action(action) for action in item.nodes())
        token = node.token("NAME")
        label = self.context.label(node)
        return model.Gate.model_construct(
            name=token.value if token else f"before_{before}",
            label=self.context.fill(label) if label else None,
            origin=self.context.origin(node),
            notes=statement.notes,
            before=before,
            requirements=tuple(requirements),
            otherwise=tuple(actions),
        )

    def gate_action(self, node: Node) -> model.GateAction:
        """What happens when the gate stays closed."""
        kind = "exclude" if node.kind == "exclude_participant" else node.kind
        place = node.node("place")
        names = node.node("names")
        token = node.token("QTY")
        return model.GateAction.model_construct(
            kind=kind,
            of=self.context.place(place) if place else None,
            duration=self.context.quantity(token, "time") if token else None,
            whom=tuple(t.value for t in names.tokens()) if names else (),
            text=self.context.filled(node.token("STRING", "TEXT")) if node.token("STRING", "TEXT") else None,
        )

    def order(self, statement: Statement) -> model.Order | None:
        """`order D4 at least 2 days before D28`."""
        node = statement.node
        places = [self.context.place(place) for place in node.nodes("place")]
        if len(places) < 2 or places[0] is None or places[1] is None:
            return None
        bound = node.node("at_least", "at_most")
        gap = self.context.gap(node.token("QTY")) if node.token("QTY") else None
        first, second = (places[0], places[1]) if node.node("before_word") else (places[1], places[0])
        return model.Order.model_construct(
            first=first,
            second=second,
            bound=bound.kind if bound else ("exactly" if gap else "any"),
            gap=gap,
            origin=self.context.origin(node),
            notes=statement.notes,
        )

    def orders_of_each(self, statement: Statement) -> list[model.Order]:
        """`order each of M2..M6 at least 14 days apart`: one order for each visit and the one before it."""
        node = statement.node
        bound = node.node("at_least", "at_most")
        token = node.token("QTY")
        gap = self.context.gap(token) if token is not None else None
        visits = self.visits(node.node("visit_set"))
        if len(visits) == 1:
            self.context.tell(
                nam.NO_EFFECT,
                node,
                f"this order has no effect: {visits[0]} is the only visit that it names",
                help="name the other visits too, or write `order … before …`",
            )
        return [
            model.Order.model_construct(
                first=first,
                second=second,
                bound=bound.kind if bound else "exactly",
                gap=gap,
                origin=self.context.origin(node),
                notes=statement.notes,
            )
            for first, second in pairwise(visits)
            if gap is not None
        ]

    def span(self, clause: Node | None) -> tuple[Any, Any]:
        """The two points of a `from … to …`."""
        if clause is None:
            return None, None
        points = [self.context.point(node) for node in clause.nodes()]
        return points[0] if points else None, points[1] if len(points) > 1 else None

    def every(self, clause: Node | None) -> Gap | None:
        """The rhythm of an `every`."""
        return self.context.gap(clause.children[0]) if clause is not None else None

    def administration(self, statement: Statement) -> model.Administration | None:
        """`give FLU 30 mg/m2 at LD1..LD3`."""
        node = statement.node
        element, clauses, repeated = self.leaf(statement, repeatable=("at_clause", "note_clause"))
        token = node.token("NAME")
        symbol = self.context.scope.use(token, "product") if token is not None else None
        amount = node.token("QTY")
        start, end = self.span(clauses.get("from_clause"))
        populations, arms = self.people(clauses.get("for_clause"))
        over = clauses.get("over_clause")
        visits = self.all_visits(repeated.get("at_clause", []))
        if symbol is None:
            return None
        return model.Administration.model_construct(
            product=symbol.name,
            amount=self.context.quantity(amount, "amount") if amount is not None else None,
            visits=visits,
            every=self.every(clauses.get("every_clause")),
            start=start,
            end=end,
            populations=populations,
            arms=arms,
            condition=self.conditions.condition(clauses.get("if_clause")),
            route=self.name_of(clauses.get("route_clause")),
            over=self.context.quantity(over.token("QTY"), "time") if over is not None else None,
            remarks=self.remarks(repeated.get("note_clause", [])),
            origin=element["origin"],
            notes=element["notes"],
        )

    def all_visits(self, clauses: list[Node]) -> tuple[str, ...]:
        """The visits of all `at` clauses, which add up."""
        sets = [node for clause in clauses if (node := clause.node("visit_set")) is not None]
        return self.sets.resolve_all(sets) if self.sets is not None else ()

    def assessment(self, statement: Statement) -> model.Assessment:
        """`assess`."""
        repeatable = ("at_clause", "optional_at_clause", "note_clause", "times_clause", "code_clause", "result")
        element, clauses, repeated = self.leaf(statement, repeatable)
        context = self.context
        populations, arms = self.people(clauses.get("for_clause"))
        unit, ucum = self.unit(clauses.get("unit_clause"))
        blood, valid, takes = (clauses.get(f"{word}_clause") for word in ("blood", "valid", "takes"))
        category = clauses.get("category_clause")
        results = tuple(
            self.result(Statement(node, notes))
            for node, notes in context.statements(statement.node.children)
            if node.kind == "result"
        )
        visits = self.all_visits(repeated.get("at_clause", []))
        remarks = tuple(
            model.Remark.model_construct(text=self.words(c) or "", visits=self.visits(c.node("visit_set")))
            for c in repeated.get("note_clause", [])
        )
        uses = clauses.get("uses_clause")
        earlier = clauses.get("earlier_than_clause")
        return model.Assessment.model_construct(
            **element,
            category=context.word(category.token("NAME"), ENUMERATIONS["category"], "a category of assessments")
            if category
            else None,
            method=self.words(clauses.get("method_clause")),
            specimen=self.words(clauses.get("specimen_clause")),
            unit=unit,
            ucum=ucum,
            instrument=self.name_of(uses),
            visits=visits,
            optional_at=self.all_visits(repeated.get("optional_at_clause", [])),
            condition=self.conditions.condition(clauses.get("if_clause")),
            populations=populations,
            arms=arms,
            blood=context.quantity(blood.token("QTY"), "mL") if blood else None,
            valid=context.quantity(valid.token("QTY"), "time") if valid else None,
            valid_before=self.all_visits([valid]) if valid else (),
            takes=context.quantity(takes.token("QTY"), "time") if takes else None,
            invasive="invasive_clause" in clauses,
            sampling=tuple(filter(None, (self.sampling(c) for c in repeated.get("times_clause", [])))),
            earlier_than=self.names(earlier.node("names"), "assessment") if earlier is not None else (),
            results=results,
            remarks=remarks,
            codes=tuple(self.code(c) for c in repeated.get("code_clause", [])),
            description=self.words(clauses.get("description_clause")),
        )

    def code(self, clause: Node) -> tuple[str, str]:
        """`code loinc "6690-2"`."""
        name = clause.token("NAME")
        return (name.value if name else "", self.context.filled(clause.token("STRING")))

    def unit(self, clause: Node | None) -> tuple[str | None, str | None]:
        """A unit and its UCUM code; told when it is none."""
        token = clause.token("UNIT") if clause is not None else None
        if token is None or token.missing:
            return None, None
        unit = self.context.unit(token.value, token)
        return (unit.symbol, unit.ucum) if unit is not None else (None, None)

    def result(self, statement: Statement) -> model.Result:
        """`result anc "Neutrophils" (10*9/L)`."""
        element = self.element(statement)
        values = result_parts(self, statement.node)
        return model.Result.model_construct(**element, **values)

    # ---- times within a visit ----

    def collection(self, statement: Statement) -> model.Collection:
        """`collect`."""
        element, clauses, repeated = self.leaf(statement, repeatable=("note_clause",))
        start, end = self.span(clauses.get("from_clause"))
        populations, arms = self.people(clauses.get("for_clause"))
        category = clauses.get("category_clause")
        return model.Collection.model_construct(
            **element,
            category=self.context.word(category.token("NAME"), ENUMERATIONS["category"], "a category")
            if category
            else None,
            instrument=self.name_of(clauses.get("uses_clause")),
            start=start,
            end=end,
            condition=self.conditions.condition(clauses.get("if_clause")),
            populations=populations,
            arms=arms,
            remarks=self.remarks(repeated.get("note_clause", [])),
        )

    def timeline(self, statement: Statement, anchor: str | None, first_day: int) -> model.Timeline:
        """`timeline`; the anchor was read before the visits."""
        month: str | None = None
        month_days: int | float | None = None
        durations: list[model.ContingentDuration] = []
        found: dict[str, Node] = {}
        shift: str | None = None
        for item, notes in self.context.statements(statement.node.children):
            if item.kind == "month_convention":
                token = item.token("QTY")
                if token is not None:
                    month_days = self.context.month_days(token)
                    month = "days" if month_days is not None else None
                else:
                    month = self.context.word(item.token("NAME"), ("calendar",), "a month convention")
            elif item.kind == "shift_clause":
                if self.context.once(found, item, "shift", "where visits are moved"):
                    shift = self.context.word(item.token("NAME"), SHIFTS, "a way to move a visit")
            elif item.kind == "contingent_duration":
                places = [self.context.place(place) for place in item.nodes("place")]
                gap = self.context.gap(item.children[-1])
                if len(places) == 2 and places[0] and places[1] and gap is not None:
                    durations.append(
                        model.ContingentDuration.model_construct(
                            **self.element(Statement(item, notes)), start=places[0], end=places[1], gap=gap
                        )
                    )
        return model.Timeline.model_construct(
            anchor=anchor,
            first_day=first_day,
            month=month,
            month_days=month_days,
            durations=tuple(durations),
            shift=shift or "none",
            origin=self.context.origin(statement.node),
            notes=statement.notes,
        )


def result_parts(builder: AssessmentBuilder, node: Node) -> dict[str, Any]:
    """Type, unit, choices and limits of a result."""
    values: dict[str, Any] = {"type": "number"}
    clauses: dict[str, Node] = {}
    for clause in node.nodes():
        what = clause.kind.removesuffix("_clause").replace("_", " ")
        builder.context.once(clauses, clause, clause.kind, f"the {what} of this result")
    check_type(builder, clauses)
    unit_clause = node.node("unit_clause")
    values["unit"], values["ucum"] = builder.unit(unit_clause)
    choice = node.node("choice_clause")
    if choice is not None:
        values.update(type="choice", choices=builder.context.choices(choice))
    kind = node.node("value_type")
    if kind is not None:
        values["type"] = declared_type(kind)
    limits = node.node("range_clause")
    if limits is not None:
        values["low"], values["high"] = read_range(builder, limits)
    return values


def declared_type(value_type: Node) -> str:
    """The model's word for a declared type; `number` is a decimal one."""
    word = cast(Token, value_type.children[0]).value
    return {"yes_no": "boolean", "decimal": "number"}.get(word, word)


def check_type(builder: Builder, clauses: dict[str, Node]) -> None:
    """Tell clauses about the type of a value that do not go together: a code has no unit, a text no range."""
    choice = clauses.get("choice_clause") or clauses.get("choices_clause")
    kind = clauses.get("value_type")
    word = cast(Token, kind.children[0]).value if kind is not None else ""
    if choice is None and (not word or word in NUMERIC):
        return
    what = "a choice" if choice is not None else f"a value of the type `{word}`"
    for name, has in (("unit_clause", "no unit"), ("range_clause", "no range"), ("value_type", "no other type")):
        if name in clauses and (choice is not None or name != "value_type"):
            builder.context.tell(
                nam.NO_EFFECT, clauses[name], f"this clause has no effect here: {what} has {has}", help="take it out"
            )


def read_range(builder: Builder, node: Node) -> tuple[int | float | None, int | float | None]:
    """The bounds of a range; a falling one is told."""
    tokens = list(node.tokens("NUMBER", "SIGNED"))
    if len(tokens) < 2:
        return None, None
    low, high = builder.context.number(tokens[0]), builder.context.number(tokens[1])
    if low is not None and high is not None and low > high:
        builder.context.tell(
            nam.RANGE_ORDER,
            node,
            f"the range {tokens[0].value}..{tokens[1].value} is empty",
            help="write the smaller number first",
        )
        return None, None
    return low, high


def codes_of(context: Context, clause: Node | None) -> tuple[tuple[str, str], ...]:
    """The codes of a `choice`, its own or those of the code list that it names, without telling faults."""
    name = clause.token("NAME") if clause is not None else None
    if name is not None:
        symbol = context.scope.find(name.value, "codelist")
        clause = symbol.about if symbol is not None else None
    if clause is None:
        return ()
    return tuple(
        (t.value, string_value(s))
        for c in clause.nodes("choice")
        if (t := c.token("NAME", "NUMBER")) and (s := c.token("STRING"))
    )


def declared_meaning(builder: Builder, kind: str, node: Node, name: str, label: str) -> Meaning:
    """What a result or fact means in conditions, without telling its faults (they are told when it is built)."""
    choice = node.node("choice_clause")
    type_node = node.node("value_type")
    unit_clause = node.node("unit_clause")
    unit = None
    token = unit_clause.token("UNIT") if unit_clause is not None else None
    if token is not None and not token.missing:
        try:
            unit = parse_unit(token.value, builder.context.units)
        except UnitError:
            return Meaning(kind, name, label)
    if choice is not None:
        return Meaning(kind, name, label, "choice", None, codes_of(builder.context, choice))
    if type_node is not None:
        word = cast(Token, type_node.children[0]).value
        type_ = {
            "integer": "number",
            "decimal": "number",
            "yes_no": "boolean",
            "datetime": "date",
            "time": "unknown",
            "file": "unknown",
            "slider": "number",
        }.get(word, word)
        return Meaning(kind, name, label, type_, unit)
    return Meaning(kind, name, label, "boolean" if kind == "fact" and unit is None else "number", unit)
