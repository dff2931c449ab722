"""The first pass: all names of a trial are declared before anything speaks of them."""

from __future__ import annotations

from typing import Any

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.elaborate.assessments import declared_meaning
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.elaborate.scope import Symbol
from protocol_dsl.elaborate.trees import Trees
from protocol_dsl.elaborate.values import BUILT_IN_EVENTS
from protocol_dsl.quantities import UnitError, define, parse_unit
from protocol_dsl.syntax.nodes import Node


class Declarations(Trees):
    """Declares units, things, results and visits."""

    def declare_units(self) -> None:
        """`define patch = 54 mg`."""
        for statement in self.all("define"):
            token = statement.node.token("NAME")
            quantity = self.context.quantity(statement.node.token("QTY"))
            if token is None or self.scope.declare("unit", token) is None or quantity is None:
                continue
            try:
                unit = define(token.value, quantity.value, parse_unit(quantity.unit, self.context.units))
            except UnitError as fault:
                exists = quantity.value > 0
                self.context.tell(
                    nam.DUPLICATE_NAME if exists else qty.BAD_NUMBER,
                    token,
                    fault.reason,
                    help="give your unit another name" if exists else "say how much one of it is, such as `54 mg`",
                )
                continue
            self.context.units[token.value] = unit

    def declare_names(self, trees: list[Node]) -> None:
        """Everything but the visits."""
        for name, label in BUILT_IN_EVENTS.items():
            self.scope.declare("event", None, label, name=name)
        for statement in self.all("codelist"):
            # Before anything that may take its codes.
            node = statement.node
            self.scope.declare("codelist", node.token("NAME"), self.raw_label(node), node)
        plain = (
            "product",
            "population",
            "arm",
            "event",
            "stage",
            "group",
            "collect",
            "timepoints",
            "escalation",
            "cohort",
            "objective",
            "endpoint",
            "analysis_set",
            "estimand",
            "interim",
            "instrument",
            "form",
            "section",
        )
        kinds = {"collect": "collection", "timepoints": "time_points"}
        for statement in self.statements:
            node = statement.node
            kind = kinds.get(node.kind, node.kind)
            if node.kind == "fact":
                self.declare_fact(node)
            elif node.kind == "assess":
                self.declare_assessment(node)
            elif node.kind == "dose":
                for level in (s.node for s in self.context_free(node)):
                    if level.kind == "level":
                        self.scope.declare("level", level.token("NAME"), self.raw_label(level), level.token("QTY"))
            elif node.kind in plain:
                about: Any = node.node("time_list") if node.kind == "timepoints" else None
                label = self.raw_label(node)
                if self.scope.declare(kind, node.token("NAME"), label, about) is not None and node.kind == "group":
                    visit_set = node.node("visit_set")
                    token = node.token("NAME")
                    if visit_set is not None and token is not None:
                        self.groups[token.value] = visit_set
                if node.kind == "instrument":
                    token = node.token("NAME")
                    if token is not None:
                        self.instruments.setdefault(token.value, statement)
            elif node.kind == "eligibility":
                self.declare_criteria(node)
            elif node.kind == "dlt":
                for part in self.context_free(node):
                    if part.node.kind == "criterion":
                        self.scope.declare("dlt_criterion", part.node.token("NAME"))

    def declare_fact(self, node: Node) -> None:
        """`fact`."""
        token = node.token("NAME")
        if token is None:
            return
        label = self.raw_label(node)
        flat = Node(node.kind, [s.node for s in self.context_free(node)], node.file, node.start, node.end)
        self.scope.declare(
            "fact", token, label, declared_meaning(self.forms, "fact", flat, token.value, label or token.value)
        )

    def declare_assessment(self, node: Node) -> None:
        """`assess` and its results."""
        token = node.token("NAME")
        if token is None:
            return
        label = self.raw_label(node)
        own: dict[str, Any] = {"node": node, "label": label or token.value}
        self.scope.declare("assessment", token, label, own)
        for part in self.context_free(node):
            if part.node.kind != "result":
                continue
            name = part.node.token("NAME")
            if name is None or name.missing:
                continue
            result_label = self.raw_label(part.node) or name.value
            meaning = declared_meaning(self.forms, "result", part.node, name.value, result_label)
            if name.value == token.value:
                own["meaning"] = meaning
            else:
                self.scope.declare("result", name, result_label, meaning)

    def declare_criteria(self, node: Node) -> None:
        """The criteria of the eligibility block."""
        for part in self.context_free(node):
            if part.node.kind in ("include", "exclude", "washout", "restriction"):
                self.scope.declare("criterion", part.node.token("NAME"))

    def declare_visits(self) -> None:
        """The timeline's conventions, then all visits."""
        for statement in self.all("timeline"):
            for item in self.context_free(statement.node):
                self.timeline_item(item.node)
        for statement in self.statements:
            node = statement.node
            if node.kind in ("visit", "visits"):
                self.builder.add(statement, None)
            elif node.kind == "cycles":
                self.add_cycles(statement, None)
            elif node.kind == "stage":
                token = node.token("NAME")
                stage = token.value if token is not None else None
                for item in self.context.statements(node.children):
                    if item.node.kind in ("visit", "visits"):
                        self.builder.add(item, stage)
                    elif item.node.kind == "cycles":
                        self.add_cycles(item, stage)
                    elif item.node.kind in ("gate", "order", "order_each"):
                        self.by_kind.setdefault(item.node.kind, []).append(item)

    def add_cycles(self, statement: Statement, stage: str | None) -> None:
        """The visits of cycles, and the gates and orders among them, whose names are those of the whole trial."""
        self.builder.add_cycles(statement, stage)
        for item in self.context.statements(statement.node.children):
            if item.node.kind in ("gate", "order", "order_each"):
                self.by_kind.setdefault(item.node.kind, []).append(item)

    def timeline_item(self, node: Node) -> None:
        """`day 0 = infusion`, `month = calendar`, `duration …`: what the visits' days need."""
        if node.kind == "day_convention":
            number = self.context.number(node.token("NUMBER"))
            place = node.node("place")
            if number not in (0, 1):
                self.context.tell(
                    qty.BAD_NUMBER,
                    node.token("NUMBER"),
                    f"counting begins at day 0 or at day 1, not at day {number}",
                    help="write `day 0 = infusion` or `day 1 = infusion`",
                )
                number = 0
            self.builder.counting.first_day = int(number or 0)
            self.builder.counting.anchor = self.context.place_name(place) if place is not None else None
        elif node.kind == "month_convention":
            token = node.token("QTY")
            if token is not None:
                # Its faults are told when the timeline is built.
                before = len(self.context.diagnostics)
                days = self.context.month_days(token)
                del self.context.diagnostics[before:]
                self.builder.counting.calendar_months = days is None
                self.builder.counting.month_days = days or self.builder.counting.month_days
        elif node.kind == "contingent_duration":
            before = len(self.context.diagnostics)
            gap = self.context.gap(node.children[-1])
            del self.context.diagnostics[before:]
            places = [self.context.place_name(place) for place in node.nodes("place")]
            if gap is not None and len(places) == 2:
                end = self.scope.find(places[1], "event", "visit")
                if end is not None and end.kind == "event":
                    self.scope.spaces["schedule"][places[1]] = Symbol(
                        "moment", places[1], end.label, end.span, (places[0], gap)
                    )
