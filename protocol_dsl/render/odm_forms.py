"""A form for ODM: its sections as item groups, its fields as items with limits, codes, conditions and computations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from protocol_dsl.exchange.odm.content import CONTEXT, LANGUAGE, Alias, Check, Group, Item, ItemRef, Method, Texts
from protocol_dsl.exchange.odm.content import Form as OdmForm
from protocol_dsl.expressions.odm import NotPrintable, computed, number, passes
from protocol_dsl.model import wording
from protocol_dsl.model.forms import Limits
from protocol_dsl.render.crf_view import limits as limits_text
from protocol_dsl.render.crf_view import unit_text
from protocol_dsl.render.odm_references import item_oid, kind, options
from protocol_dsl.render.odm_shared import SYSTEMS, Shared, flat, one_each

if TYPE_CHECKING:
    from protocol_dsl.model.forms import Check as FormCheck
    from protocol_dsl.model.forms import Field, Form

TYPES = {
    "integer": "integer",
    "slider": "integer",
    "decimal": "float",
    "date": "date",
    "time": "time",
    "datetime": "datetime",
    "text": "text",
    "file": "URI",
}
BY_KIND = {"number": "float", "number_code": "integer", "date": "date"}
"""Types of computed values; texts and codes are text."""
TEXT_LENGTH = 1000
NUMBER_LENGTH = 10
"""Characters of a text, and digits before the point of a number without limits, where the protocol sets none."""
SLIDER = (0, 100)
MARKED = ("slider", "file", "choices")
"""Types of fields that ODM has no word for; an alias says them."""


class FormMaker:
    """Makes forms, and keeps what they share."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.groups: list[Group] = []
        self.items: list[Item] = []
        self.methods: list[Method] = []

    def form(self, form: Form) -> OdmForm:
        """The form; its groups, items and methods are added to the lists."""
        title = self.shared.labels.form(form)
        checks, left = self._checks(form)
        groups: list[str] = []
        refs: list[ItemRef] = []
        about: tuple[str, str, Texts] = (f"IG.{form.name}", form.name, title)
        for field in form.fields:
            if field.heading and refs:
                self._close(about, refs, groups)
                refs = []
            if field.heading:
                about = (f"IG.{form.name}.{field.name}", field.name, self.shared.labels.of(field.heading))
            refs += self._field(form, field, checks.get(field.name, ()))
        self._close(about, refs, groups)
        lines = [Alias(f"{CONTEXT} instruction", flat(line)) for line in form.instructions if flat(line)]
        lines += [Alias(f"{CONTEXT} check", flat(f"{check.text}: {check.where.english}")) for check in left]
        return OdmForm(f"F.{form.name}", form.name, title, form.repeating, tuple(groups), one_each(lines))

    def _close(self, about: tuple[str, str, Texts], refs: list[ItemRef], groups: list[str]) -> None:
        if refs:
            self.groups.append(Group(*about, tuple(refs)))
            groups.append(about[0])

    def _field(self, form: Form, field: Field, checks: tuple[Check, ...]) -> list[ItemRef]:
        only_if = self._only_if(form, field)
        if field.type == "choices":
            made = self._options(form, field, checks)
        else:
            made = [self._item(form, field, checks)]
        self.items += made
        method = self._method(form, field) if field.formula is not None else None
        required = field.required and field.type != "choices"
        return [ItemRef(item.oid, required, only_if, method) for item in made]

    def _only_if(self, form: Form, field: Field) -> str | None:
        """The condition not to collect a field: its `if`, and the visits at which it is not asked."""
        parts = [flat(field.condition.english)] if field.condition is not None else []
        if field.visits:
            titles = {visit.name: flat(visit.title) for visit in self.shared.protocol.visits}
            parts.append(f"at {wording.listing((titles.get(name, name) for name in field.visits), 'or')}")
        if not parts:
            return None
        tree = field.condition.tree if field.condition is not None else None
        resolve = self.shared.references.within(form)
        owner = f"I.{form.name}"
        return self.shared.exception(owner, field.name, ", ".join(parts), tree, resolve, field.visits)

    def _item(self, form: Form, field: Field, checks: tuple[Check, ...]) -> Item:
        what = kind(field)
        type = BY_KIND.get(what, "text") if field.type == "derived" else TYPES.get(field.type, "text")
        codes: str | None = None
        if what == "truth":
            codes = self.shared.yes_no()
        elif field.choices:
            type = "integer" if what == "number_code" else "text"
            codes = self.shared.codes(form, field, type)
        length, digits = _size(field, type, is_coded=codes is not None)
        return Item(
            oid=item_oid(form, field),
            name=field.name,
            type=type,
            question=self.shared.labels.field(form, field),
            length=length,
            digits=digits,
            unit=self.shared.unit(field.unit, field.ucum),
            code_list=codes,
            checks=(*_limits(field), *checks),
            notes=_notes(field),
            derived=field.formula is not None,
            aliases=_aliases(field),
        )

    def _options(self, form: Form, field: Field, checks: tuple[Check, ...]) -> list[Item]:
        """ODM has no field with several answers: each answer is a question of its own."""
        labels = {choice.code: self.shared.labels.choice(form, field, choice) for choice in field.choices}
        question = self.shared.labels.field(form, field)
        return [
            Item(
                oid=oid,
                name=f"{field.name}.{code}",
                type="text",
                question=_asked(question, labels[code]),
                length=1,
                code_list=self.shared.yes_no(),
                checks=checks if place == 0 else (),
                notes=_notes(field),
                aliases=(*_aliases(field), Alias(f"{CONTEXT} option", flat(f"{field.name}={code}"))),
            )
            for place, (code, oid) in enumerate(options(form, field))
        ]

    def _method(self, form: Form, field: Field) -> str | None:
        formula = field.formula
        if formula is None:
            return None
        oid = f"M.{form.name}.{field.name}"
        try:
            resolve = self.shared.references.within(form)
            formal = computed(formula.tree, resolve, truth=kind(field) == "truth")
        except NotPrintable:
            formal = None
        name = flat(f"Computation of {field.title}")
        self.methods.append(Method(oid, name, ((LANGUAGE, flat(formula.english) or "-"),), formal))
        return oid

    def _checks(self, form: Form) -> tuple[dict[str, tuple[Check, ...]], list[FormCheck]]:
        """The checks by the field that they are put to, the last that they speak of; and those that none can hold."""
        found: dict[str, tuple[Check, ...]] = {}
        left: list[FormCheck] = []
        resolve = self.shared.references.within(form)
        for check in form.checks:
            own = [self.shared.references.own(form, name) for name in names_in(check.where.tree)]
            fields = [field for field in own if field is not None]
            try:
                formal = passes(check.where.tree, resolve)
            except NotPrintable:
                formal = ""
            if not fields or not formal:
                left.append(check)
                continue
            last = max(fields, key=form.fields.index)
            made = Check(check.kind == "hard", self.shared.labels.check(form, check), formal=formal)
            found[last.name] = (*found.get(last.name, ()), made)
        return found, left


def _asked(question: Texts, answer: Texts) -> Texts:
    """`What was seen: Chills` in every language that has both."""
    answers = dict(answer)
    return tuple((language, f"{text}: {answers[language]}") for language, text in question if language in answers)


def names_in(tree: Any) -> list[str]:
    """The names in an expression's tree, in order."""
    if isinstance(tree, dict):
        node: dict[str, Any] = tree  # pyright: ignore[reportUnknownVariableType]
        own = [node["name"]] if node.get("op") == "name" else []
        return own + [name for value in node.values() for name in names_in(value)]
    if isinstance(tree, (list, tuple)):
        return [name for value in tree for name in names_in(value)]  # pyright: ignore[reportUnknownVariableType]
    return []


def _limits(field: Field) -> tuple[Check, ...]:
    ranges = field.ranges or ((Limits(*SLIDER, "hard"),) if field.type == "slider" else ())
    found: list[Check] = []
    for limits in ranges:
        text = limits_text(field.model_copy(update={"low": limits.low, "high": limits.high}))
        message: Texts = ((LANGUAGE, f"Expected: {text} {unit_text(field.unit)}".strip()),)
        # A computed value cannot be refused; its limits say what it can be.
        hard = limits.kind == "hard" and field.type != "derived"
        found += [
            Check(hard, message, comparator, number(value))
            for comparator, value in (("GE", limits.low), ("LE", limits.high))
            if value is not None
        ]
    return tuple(found)


def _size(field: Field, type: str, *, is_coded: bool) -> tuple[int | None, int | None]:
    """Length and digits behind the point."""
    if type == "text":
        if kind(field) == "truth":
            return 1, None
        return (max(len(choice.code) for choice in field.choices) if field.choices else TEXT_LENGTH), None
    if type not in ("integer", "float"):
        return None, None
    if is_coded:
        return max(len(choice.code) for choice in field.choices), None
    bounds = [value for limits in field.ranges for value in (limits.low, limits.high)] or [None]
    whole = max(NUMBER_LENGTH if value is None else len(str(int(value))) for value in bounds)
    if type == "integer":
        return whole, None
    return (whole + 1 + field.decimals, field.decimals) if field.decimals is not None else (NUMBER_LENGTH + 5, None)


def _notes(field: Field) -> Texts:
    text = flat(" ".join(field.remarks))
    return ((LANGUAGE, text),) if text else ()


def _aliases(field: Field) -> tuple[Alias, ...]:
    named = [Alias(SYSTEMS.get(system, system.upper()), flat(value)) for system, value in field.codes]
    if field.holds:
        named.append(Alias(f"{CONTEXT} value", field.holds))
    if field.identifier:
        named.append(Alias(f"{CONTEXT} identifier", "yes"))
    if field.type in MARKED:
        named.append(Alias(f"{CONTEXT} type", field.type))
    if field.ends:
        named.append(Alias(f"{CONTEXT} ends", flat(" | ".join(field.ends))))
    if field.matrix:
        named.append(Alias(f"{CONTEXT} matrix", field.matrix))
    return one_each(named)
