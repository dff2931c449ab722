"""What the data themselves say about eligibility: a computed answer beside a criterion, wherever its condition allows.

A condition allows it if all that it speaks of is recorded by then: a result, a fact, a total, age or sex. Facts and
populations that follow from others are followed. Otherwise the criterion keeps its row for the investigator alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from protocol_dsl.forms import formulas
from protocol_dsl.forms.parts import choices, distinct, field
from protocol_dsl.model.forms import Check

if TYPE_CHECKING:
    from protocol_dsl.model.base import Expression
    from protocol_dsl.model.forms import Field, Form
    from protocol_dsl.model.outcomes import Criterion
    from protocol_dsl.model.protocol import Protocol

Tree = dict[str, Any]
DEEPEST = 8
BUILT_IN = {"age": "dm_age", "sex": "dm_sex"}
"""Fields of the demographics that hold what every protocol can speak of."""
FUNCTIONS = frozenset(
    (
        *("when", "max", "min", "sum", "mean", "median", "abs", "round", "sqrt", "ln", "exp", "log10"),
        *("count", "any", "value", "days", "weeks", "months", "years"),
    )
)
"""Functions whose value follows from one record."""
BY_THE_DATA = "By the data: "
TYPES = {
    "integer": "number",
    "decimal": "number",
    "slider": "number",
    "derived": "number",
    "yes_no": "boolean",
    "datetime": "date",
}


class _Held(NamedTuple):
    form: Form
    field: Field


class _NotRecorded(Exception):
    """Something that no field holds by then."""


def with_computed_answers(forms: list[Form], protocol: Protocol, criteria: list[Criterion]) -> list[Form]:
    """The forms, the rows of criteria in that of eligibility with a computed answer behind them."""
    place = next((place for place, form in enumerate(forms) if form.source == "eligibility"), None)
    if place is None:
        return forms
    resolver = _Resolver(forms, forms[place], protocol)
    conditions = {each.name: each.where for each in criteria if each.where is not None}
    taken = {each.name for form in forms for each in form.fields}
    fields: list[Field] = []
    checks: list[Check] = []
    for row in forms[place].fields:
        where = conditions.get(row.holds or "") if row.type == "yes_no" else None
        tree = resolver.tree(where) if where is not None else None
        if where is None or tree is None:
            fields.append(row)
            continue
        answer = _answer(row, where, tree, taken)
        remarks = tuple(remark for remark in row.remarks if not remark.startswith(BY_THE_DATA))
        fields += [row.model_copy(update={"remarks": remarks}), answer]
        checks.append(_agreement(row, answer))
    made = forms[place].model_copy(update={"fields": tuple(fields), "checks": (*checks, *forms[place].checks)})
    return [*forms[:place], made, *forms[place + 1 :]]


def _answer(row: Field, where: Expression, tree: Tree, taken: set[str]) -> Field:
    number = row.title.partition(".")[0]
    return field(
        distinct(f"{row.name}_data", taken),
        f"{number} by the data",
        "derived",
        row.origin,
        choices=choices((("1", "Yes"), ("0", "No"))),
        condition=row.condition,
        formula=formulas.expression(
            formulas.call("when", [tree, formulas.number(1), formulas.number(0)]),
            where.origin,
            english=f"yes if {where.english}; otherwise no",
            text=f"when({where.text}, 1, 0)",
        ),
    )


def _agreement(row: Field, answer: Field) -> Check:
    def both(code: str, value: int) -> Tree:
        said = formulas.is_code(formulas.name(row.name, row.title, "boolean"), code, code)
        computed = formulas.compare("=", formulas.name(answer.name, answer.title), formulas.number(value))
        return formulas.joined("and", [said, computed])

    number = row.title.partition(".")[0]
    return Check(
        name=f"{row.name}_agrees",
        text=f"{number} is answered as the data say",
        where=formulas.expression(
            formulas.joined("or", [both("yes", 1), both("no", 0)]),
            row.origin,
            english=f"{number} and {answer.title} are both yes or both no",
        ),
        origin=row.origin,
    )


class _Resolver:
    """Puts fields in the place of names."""

    def __init__(self, forms: list[Form], eligibility: Form, protocol: Protocol) -> None:
        self.order = {visit.name: visit.order for visit in protocol.visits}
        self.last = max((self.order[visit] for visit in eligibility.visits), default=-1)
        self.visits = eligibility.visits
        self.asked = {each.name for each in eligibility.fields}
        self.held: dict[str, list[_Held]] = {}
        for form in forms:
            for each in form.fields:
                for name in {each.name, each.holds}:
                    if name:
                        self.held.setdefault(name, []).append(_Held(form, each))
        self.defined: dict[str, Tree] = {
            each.name: each.where.tree for each in (*protocol.facts, *protocol.populations) if each.where is not None
        }

    def tree(self, where: Expression) -> Tree | None:
        """The condition with fields for names; None where it cannot be computed, or the form asks just that."""
        try:
            found = self.resolved(where.tree, 0)
        except _NotRecorded:
            return None
        return None if found["op"] == "name" and found["name"] in self.asked else found

    def resolved(self, tree: Tree, depth: int) -> Tree:
        if depth > DEEPEST or "limit" in tree or (tree["op"] == "call" and tree["function"] not in FUNCTIONS):
            raise _NotRecorded
        if tree["op"] == "unknown" or (tree["op"] == "quantity" and tree["unit"] in ("xULN", "xLLN")):
            raise _NotRecorded
        if tree["op"] == "name":
            return self.name(tree, depth)
        return {key: self.part(value, depth) for key, value in tree.items()}

    def part(self, value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            inner = cast("Tree", value)
            return self.resolved(inner, depth) if "op" in inner else inner
        return [self.part(each, depth) for each in cast("list[Any]", value)] if isinstance(value, list) else value

    def name(self, tree: Tree, depth: int) -> Tree:
        name = BUILT_IN.get(str(tree["name"]), str(tree["name"]))
        if name in self.defined and name not in self.held:
            return self.resolved(self.defined[name], depth + 1)
        found = [each for each in self.held.get(name, ()) if not each.form.repeating]
        if len(found) != 1:
            raise _NotRecorded
        form, own = found[0]
        made = formulas.name(own.name, tree["label"], TYPES.get(own.type, own.type))
        made["type"] = "choice" if own.choices else made["type"]
        visit = tree.get("visit") or self.visit(form, own)
        return {**made, "visit": visit} if visit else made

    def visit(self, form: Form, own: Field) -> str | None:
        """The visit whose value counts: none for that at hand, else the last one up to the decision."""
        asked = [visit for visit in form.visits if own.is_asked_at(visit)]
        if form.source == "eligibility" or not asked or set(self.visits) <= set(asked):
            return None
        before = [visit for visit in asked if self.order[visit] <= self.last]
        if not before:
            raise _NotRecorded
        return max(before, key=lambda visit: self.order[visit])
