"""Escalation: its rules, its design with settings, the scenarios it is looked at in."""

from __future__ import annotations

from typing import Any, cast

from protocol_dsl.diagnostics.codes import nam, qty
from protocol_dsl.elaborate.builder import Builder
from protocol_dsl.elaborate.context import Statement
from protocol_dsl.expressions.types import Meaning
from protocol_dsl.model import dosing as model
from protocol_dsl.quantities import parse_unit
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


class EscalationBuilder(Builder):
    """Builds escalations."""

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
