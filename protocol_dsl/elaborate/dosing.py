"""Dose levels, DLTs, cohorts, rules that change treatment."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.diagnostics.model import Label
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.elaborate.escalations import EscalationBuilder
from protocol_dsl.model import dosing as model
from protocol_dsl.model.base import Quantity
from protocol_dsl.quantities import Unit, compatible, parse_unit
from protocol_dsl.syntax.nodes import Node, Token


def _per(unit: Unit, basis: Unit) -> tuple[int, ...]:
    """The dimension of a unit for each unit of the basis."""
    return tuple(a - b for a, b in zip(unit.dimension, basis.dimension, strict=True))


class DosingBuilder(EscalationBuilder):
    """Builds everything about dose."""

    def dose(self, statement: Statement) -> model.DoseScheme:
        """`dose CT1192 { level … tolerance … }`."""
        node = statement.node
        token = node.token("NAME")
        if token is not None:
            self.context.scope.use(token, "product")
        levels: list[model.DoseLevel] = []
        below = above = None
        caps: dict[str, Node] = {}
        for item, notes in self.context.statements(node.children):
            if item.kind == "level":
                amount = self.context.quantity(item.token("QTY"), "amount")
                if amount is not None:
                    levels.append(
                        model.DoseLevel.model_construct(**self.element(Statement(item, notes)), amount=amount)
                    )
            elif item.kind == "tolerance":
                window = self.context.window(cast(Token, item.token("WINDOW")), "%")
                if window is not None and self.context.is_percentage(cast(Token, item.token("WINDOW")), window.before):
                    below, above = window.before, window.after
            elif item.kind == "cap":
                self.context.once(caps, item, "cap", "the cap")
        self.rising(levels, node)
        element = self.element(statement)
        scheme = model.DoseScheme.model_construct(
            **element, levels=tuple(levels), tolerance_below=below, tolerance_above=above
        )
        cap = self.cap(scheme, caps["cap"].token("QTY")) if "cap" in caps else None
        return scheme if cap is None else scheme.model_copy(update={"cap": cap})

    def cap(self, scheme: model.DoseScheme, token: Token | None) -> Quantity | None:
        """`cap 100 kg` or `cap 6.0e8 cells` of levels for body weight; None after a fault, which is told."""
        cap = self.context.quantity(token)
        basis = scheme.basis
        if cap is None or not scheme.levels:
            return None
        if basis is None:
            self.context.tell(
                nam.NO_EFFECT,
                token,
                "a cap has no effect here: no level is for body weight or body surface",
                help="take it out",
            )
            return None
        level = parse_unit(scheme.levels[0].amount.unit, self.context.units)
        unit = parse_unit(cap.unit, self.context.units)
        if cap.unit == basis or level.dimension == _per(unit, parse_unit(basis)):
            return cap
        whole = level.symbol.removesuffix(f"/{basis}")
        self.context.tell(
            qty.INCOMPARABLE,
            token,
            f"the cap is in {unit.symbol}, the levels are in {level.symbol}",
            help=f"cap the dose in {whole}, or the body in {basis}",
        )
        return None

    def rising(self, levels: list[model.DoseLevel], node: Node) -> None:
        """Tell levels whose amounts cannot be compared with each other."""
        amounts = {
            name.value: item.token("QTY")
            for item in node.walk()
            if item.kind == "level" and (name := item.token("NAME"))
        }
        for first, second in pairwise(levels):
            a, b = (parse_unit(level.amount.unit, self.context.units) for level in (first, second))
            if not compatible(a, b):
                self.context.tell(
                    qty.INCOMPARABLE,
                    amounts.get(second.name),
                    f"the level {second.name} is in {b.symbol}, the level {first.name} in {a.symbol}",
                    help="give all levels of a product in one kind of unit",
                )

    def dlt(self, statement: Statement) -> model.Dlt:
        """`dlt`."""
        node = statement.node
        single: dict[str, Node] = {}
        values: dict[str, Any] = {}
        criteria: list[model.DltCriterion] = []
        early: list[model.EarlyCompletion] = []
        for item, notes in self.context.statements(node.children):
            if item.kind == "criterion":
                element = self.element(Statement(item, notes))
                element["label"] = None
                criteria.append(
                    model.DltCriterion.model_construct(
                        **element,
                        text=self.context.filled(item.token("STRING", "TEXT")),
                        where=self.conditions.condition(item.node("where_clause")),
                    )
                )
            elif item.kind == "complete_early":
                name = item.token("NAME")
                early.append(
                    model.EarlyCompletion.model_construct(
                        name=name.value if name else None,
                        text=self.context.filled(item.token("STRING", "TEXT")),
                    )
                )
            elif item.kind == "dlt_window" and self.context.once(single, item, "window", "the DLT window"):
                values["window"] = self.context.gap(item.token("QTY"))
                values["window_origin"] = self.context.origin(item)
                values["after"] = self.context.place(item.node("place"))
            elif item.kind == "dlt_spacing" and self.context.once(single, item, "spacing", "the time between visits"):
                values["spacing"] = self.context.gap(item.token("QTY"))
            elif item.kind == "evaluable" and self.context.once(single, item, "evaluable", "who is evaluable"):
                values["evaluable"] = self.context.filled(item.token("STRING", "TEXT"))
            elif item.kind == "replacement" and self.context.once(single, item, "replace", "who is replaced"):
                names = list(item.tokens("NAME"))
                values["replacement"] = model.Replacement.model_construct(
                    who=names[0].value if names else "",
                    up_to=self.context.whole(item.token("NUMBER")) if item.token("NUMBER") else None,
                    per=names[1].value if len(names) > 1 else None,
                )
        return model.Dlt.model_construct(
            criteria=tuple(criteria),
            complete_early=tuple(early),
            origin=self.context.origin(node),
            notes=statement.notes,
            **values,
        )

    def cohort(self, statement: Statement) -> model.Cohort:
        """`cohort`."""
        element, clauses, _ = self.leaf(statement)
        populations, _ = self.people(clauses.get("for_clause"))
        levels: list[str] = []
        at = clauses.get("at_levels")
        names = at.node("names") if at is not None else None
        for token in names.tokens("NAME") if names is not None else ():
            if token.value in ("recommended_dose", "mtd"):
                levels.append(token.value)
            else:
                symbol = self.context.scope.find(token.value, "level")
                if symbol is None:
                    self.context.scope.tell_unknown(token.span, token.value, "level", extra=("recommended_dose", "mtd"))
                else:
                    levels.append(symbol.name)
        return model.Cohort.model_construct(
            **element,
            populations=populations,
            levels=tuple(levels),
            size=self.size(clauses.get("size_clause")),
            description=self.words(clauses.get("description_clause")),
        )

    def rules(self, statement: Statement) -> model.RuleSet:
        """`modifications` and `stopping`."""
        node = statement.node
        kind = node.kind
        token = node.token("NAME")
        of = None
        if token is not None and kind == "modifications":
            symbol = self.context.scope.use(token, "product")
            of = symbol.name if symbol else None
        elif token is not None:
            of = token.value
        rules: list[model.DecisionRule] = []
        seen: dict[str, Node] = {}
        for item, notes in self.context.statements(node.children):
            if item.kind != "decision_rule":
                continue
            element = self.element(Statement(item, notes))
            element["label"] = None
            if element["name"] in seen:
                self.context.tell(
                    nam.DUPLICATE_NAME,
                    item,
                    f"there are two rules `{element['name']}` here",
                    also=[Label(seen[element["name"]].span, "first here")],
                    help="name one of them otherwise",
                )
            seen[element["name"]] = item
            nodes = list(item.nodes())
            condition = self.conditions.condition(nodes[0])
            measures = tuple(m for n in nodes[1:] if (m := self.measure(n)) is not None)
            if condition is not None:
                rules.append(
                    model.DecisionRule.model_construct(
                        **element,
                        text=self.context.filled(item.token("STRING", "TEXT")),
                        where=condition,
                        then=measures,
                    )
                )
        label = self.context.label(node)
        return model.RuleSet.model_construct(
            kind=kind, of=of, label=label, rules=tuple(rules), origin=self.context.origin(node), notes=statement.notes
        )

    def measure(self, node: Node) -> model.Measure | None:
        """`hold FLU until …`, `reduce FLU to 20 mg/m2`."""
        token = node.token("NAME")
        if token is None or token.missing:
            return None
        kind = "stop" if node.kind == "stop_item" else node.kind
        until = next(iter(node.nodes()), None)
        amount = node.token("QTY")
        if kind == "reduce_by" and amount is not None and amount.value.endswith("%"):
            self.context.percentage(amount)
        if kind not in ("pause", "resume", "stop"):
            self.context.scope.use(token, "product", "visit", "cohort", "arm", "population", "stage")
        return model.Measure.model_construct(
            kind=kind,
            of=token.value,
            amount=self.context.quantity(amount) if amount is not None else None,
            until=self.conditions.condition(until) if until is not None else None,
        )
