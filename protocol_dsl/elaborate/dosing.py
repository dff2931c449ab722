"""Dose levels, DLTs, escalation, cohorts, rules that change treatment."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.diagnostics.model import Label
from protocol_dsl.elaborate.builder import Builder
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.expressions.types import Meaning
from protocol_dsl.model import dosing as model
from protocol_dsl.model.base import Quantity
from protocol_dsl.quantities import Unit, compatible, parse_unit
from protocol_dsl.syntax.nodes import Node, Token

STATE = {
    "n": Meaning("state", "n", "participants treated at the level", "number"),
    "dlt": Meaning("state", "dlt", "DLTs at the level", "number"),
    "rate": Meaning("state", "rate", "DLT rate at the level", "number", parse_unit("%"), bare=True),
}
DESIGNS = (
    "three_plus_three",
    "a_plus_b",
    "boin",
    "keyboard",
    "mtpi",
    "mtpi_2",
    "i3_plus_3",
    "crm",
    "accelerated",
    "tite_crm",
    "rolling_six",
    "table",
)
MTD_RULES = ("highest", "previous", "isotonic", "model")


def _per(unit: Unit, basis: Unit) -> tuple[int, ...]:
    """The dimension of a unit for each unit of the basis."""
    return tuple(a - b for a, b in zip(unit.dimension, basis.dimension, strict=True))


class DosingBuilder(Builder):
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

    def level_name(self, token: Token | None) -> str | None:
        """The name of a dose level."""
        symbol = self.context.scope.use(token, "level") if token is not None else None
        return symbol.name if symbol else None

    def escalation(self, statement: Statement) -> model.Escalation:
        """`escalation`."""
        node = statement.node
        context = self.context
        single: dict[str, Node] = {}
        values: dict[str, Any] = {}
        tables: list[model.DltTable] = []
        stagger: list[model.Stagger] = []
        parameters: list[model.DesignParameter] = []
        additions: list[model.Addition] = []
        scenarios: list[model.DltScenario] = []
        of, design = node.node("of_clause"), node.node("design_clause")
        populations, _ = self.people(node.node("for_clause"))
        if of is not None and of.token("NAME") is not None:
            symbol = context.scope.use(cast(Token, of.token("NAME")), "product")
            values["product"] = symbol.name if symbol else None
        if design is not None:
            values["design"] = context.word(design.token("NAME"), DESIGNS, "a published design")
            file = design.token("STRING")
            values["design_file"] = context.filled(file) if file is not None else None
        for item, notes in context.statements(node.children):
            kind = item.kind
            if kind == "after_rule":
                table = self.table(Statement(item, notes))
                if table is not None:
                    same = next((t for t in tables if t.after == table.after), None)
                    if same is not None:
                        context.tell(
                            nam.SAID_TWICE,
                            item,
                            f"the rules after {table.after} participants are said twice",
                            help="put their rows into one table",
                        )
                    tables.append(table)
            elif kind in ("stagger_first", "stagger_each"):
                gap = context.gap(item.token("QTY"))
                of_token = item.token("NAME")
                if gap is not None:
                    stagger.append(
                        model.Stagger.model_construct(
                            gap=gap,
                            after="first" if kind == "stagger_first" else "each",
                            of=context.word(of_token, ("level", "cohort"), "something that has a first participant")
                            if of_token
                            else None,
                            origin=context.origin(item),
                        )
                    )
            elif kind == "parameter":
                word = cast(Token, item.children[0]).value
                if context.once(single, item, word, f"`{word}`"):
                    parameters.append(self.parameter(item))
            elif kind == "addition":
                addition = self.addition(item)
                if addition is not None:
                    additions.append(addition)
            elif kind == "scenario":
                scenario = self.scenario(Statement(item, notes))
                if context.once(single, item, f"scenario {scenario.name}", f"the scenario {scenario.name}"):
                    scenarios.append(scenario)
            elif kind in ("of_clause", "design_clause", "for_clause", "within_participant", "todo", "discretion"):
                continue
            elif context.once(single, item, kind, f"`{kind.replace('_', ' ')}`"):
                self.setting(item, values)
        element = self.element(statement)
        return model.Escalation.model_construct(
            **element,
            populations=populations,
            within_participant=node.node("within_participant") is not None,
            stagger=tuple(stagger),
            tables=tuple(tables),
            parameters=tuple(parameters),
            additions=tuple(additions),
            scenarios=tuple(scenarios),
            **values,
        )

    def setting(self, item: Node, values: dict[str, Any]) -> None:
        """The settings of an escalation that are said once."""
        context = self.context
        number = item.token("NUMBER")
        if item.kind == "start_level":
            values["start"] = self.level_name(item.token("NAME"))
        elif item.kind == "fallback_level":
            values["fallback"] = self.level_name(item.token("NAME"))
        elif item.kind == "cohort_size":
            values["cohort_size"] = context.whole(number, least=1)
        elif item.kind == "maximum":
            per = item.token("NAME")
            key = "max_per_level" if per is not None else "max_total"
            if per is not None:
                context.word(per, ("level",), "something with a maximum")
            values[key] = context.whole(number, least=1)
        elif item.kind == "next_level":
            gap = context.gap(item.token("QTY"))
            of = context.word(item.token("NAME"), ("cohort", "level"), "something that has a last participant")
            if gap is not None and of is not None:
                values["next_level"] = model.LevelGate.model_construct(
                    gap=gap, after_last_of=of, origin=context.origin(item)
                )
        elif item.kind == "accrual":
            values["accrual"] = context.gap(item.token("QTY"))
        elif item.kind in ("above_top", "above_closed", "below_bottom"):
            values[item.kind] = tuple(a for n in item.nodes() if (a := self.action(n)) is not None)
        elif item.kind == "closed":
            values["closed"] = self.state_condition(next(item.nodes()))
        elif item.kind == "mtd":
            where = next((n for n in item.nodes()), None)
            which = context.word(item.token("NAME"), MTD_RULES, "a way to declare the MTD")
            if which is not None:
                values["mtd"] = model.MtdRule.model_construct(
                    which=which,
                    where=self.state_condition(where) if where is not None else None,
                    origin=context.origin(item),
                )

    def state_condition(self, node: Node) -> Any:
        """A condition on the state of the escalation: `n`, `dlt`, `rate`."""
        result = self.conditions.expression(node, STATE)
        if result is not None and result.type not in ("boolean", "unknown"):
            self.context.tell(
                qty.WRONG_TYPE,
                node,
                f"`{result.text}` is not something that is true or false",
                help="compare it, such as `dlt >= 2`",
            )
            return None
        return result

    def parameter(self, item: Node) -> model.DesignParameter:
        """A setting of a published design."""
        word = cast(Token, item.children[0])
        values: list[int | float | str] = []
        unit = None
        for token in item.tokens():
            if token is word:
                continue
            if token.type == "QTY":
                quantity = self.context.percentage(token)
                if quantity is not None:
                    values.append(quantity.value)
                    unit = quantity.unit
            elif word.type == "PRIOR_MTD":
                values.append(self.level_name(token) or "")
            elif token.type == "NUMBER":
                number = self.context.number(token)
                if number is not None:
                    values.append(number)
            else:
                values.append(token.value)
        return model.DesignParameter.model_construct(
            name=word.value, values=tuple(values), unit=unit, origin=self.context.origin(item)
        )

    def addition(self, item: Node) -> model.Addition | None:
        """`add 3 escalate up to 0 expand up to 1`."""
        count, *limits = item.tokens("NUMBER")
        participants = self.context.whole(count, least=1)
        numbers = [self.context.whole(token) for token in limits]
        if participants is None or not numbers or None in numbers:
            return None
        return model.Addition.model_construct(
            participants=participants,
            escalate=cast(int, numbers[0]),
            expand=numbers[1] if len(numbers) > 1 else None,
            origin=self.context.origin(item),
        )

    def scenario(self, statement: Statement) -> model.DltScenario:
        """`scenario likely "As expected" 0.05, 0.10, 20 %`; a rate that is none is told and left out."""
        rates: list[float] = []
        for token in statement.node.tokens("NUMBER", "QTY"):
            if token.type == "QTY":
                share = self.context.percentage(token)
                # Ten digits, so that `7 %` is the 0.07 that it says.
                rate = round(share.value / 100, 10) if share is not None else None
            else:
                rate = self.context.number(token)
                if rate is not None and rate > 1:
                    self.context.tell(
                        qty.BAD_NUMBER,
                        token,
                        f"`{token.value}` is no probability: a DLT rate lies between 0 and 1",
                        help=f"write `{token.value} %` if percent are meant",
                    )
                    rate = None
            if rate is not None:
                rates.append(float(rate))
        return model.DltScenario.model_construct(**self.element(statement), rates=tuple(rates))

    def table(self, statement: Statement) -> model.DltTable | None:
        """`after 3 { 0 dlt: escalate … }`."""
        node = statement.node
        after = self.context.whole(node.token("NUMBER"), least=1)
        rows: list[model.DltRow] = []
        for item, notes in self.context.statements(node.children):
            if item.kind != "dlt_rule":
                continue
            count = item.node("dlt_count")
            numbers = [self.context.whole(t) for t in count.tokens("NUMBER")] if count is not None else []
            actions = tuple(a for n in item.nodes() if n.kind != "dlt_count" and (a := self.action(n)) is not None)
            if not numbers or None in numbers:
                continue
            low, high = cast(int, numbers[0]), cast(int, numbers[-1])
            if high < low and count is not None:
                self.context.tell(
                    nam.RANGE_ORDER, count, f"the range {low}..{high} is empty", help=f"write `{high}..{low}`"
                )
                continue
            rows.append(
                model.DltRow.model_construct(
                    low=low, high=high, actions=actions, origin=self.context.origin(item), notes=notes
                )
            )
        if after is None:
            return None
        return model.DltTable.model_construct(
            after=after, rows=tuple(rows), origin=self.context.origin(node), notes=statement.notes
        )

    def action(self, node: Node) -> model.Action | None:
        """One action of a rule."""
        kind = node.kind
        count = self.context.whole(node.token("NUMBER"), least=1) if node.token("NUMBER") else None
        level = None
        if kind == "treat_more":
            token = node.token("NAME")
            level = "below" if node.node("level_below") is not None else self.level_name(token)
        names = node.node("names")
        if kind not in (
            "escalate",
            "stay",
            "expand",
            "de_escalate",
            "stop",
            "stop_without_mtd",
            "treat_more",
            "decide",
        ):
            return None
        return model.Action.model_construct(
            kind=kind, count=count, level=level, by=tuple(t.value for t in names.tokens()) if names else ()
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
