"""What the names in conditions and computations stand for in ODM: which item of which form, coded how."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol_dsl.expressions.odm import Reference, Resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.model.base import Choice
    from protocol_dsl.model.forms import Field, Form
    from protocol_dsl.model.protocol import Protocol

Tree = dict[str, Any]
KINDS = {"integer": "number", "decimal": "number", "slider": "number", "date": "date", "yes_no": "truth"}
"""Kinds of `Reference` by the type of the field; what is not here cannot be compared."""
BUILT_IN = {"sex": "SEX", "age": "AGE"}
"""What every participant has, by the CDASH name of the field that holds it."""


class Holder(NamedTuple):
    """A field and its form."""

    form: Form
    field: Field


class References:
    """Finds the item of a name: in the form itself, else wherever the trial records it, else by its definition."""

    def __init__(self, protocol: Protocol, forms: tuple[Form, ...]) -> None:
        everything = [Holder(form, field) for form in forms for field in form.fields]
        self._of_form = {(each.form.name, each.field.name): each for each in everything}
        self._held_in_form = {(each.form.name, each.field.holds): each for each in everything if each.field.holds}
        self._held: dict[str, Holder] = {}
        named: dict[str, list[Holder]] = {}
        self._cdash: dict[str, Holder] = {}
        for each in everything:
            self._held.setdefault(each.field.holds or "", each)
            named.setdefault(each.field.name, []).append(each)
            for system, value in each.field.codes:
                if system == "cdash":
                    self._cdash.setdefault(value, each)
        of = {result.name: each.name for each in protocol.assessments for result in each.results}
        self._named = {name: found for name, holders in named.items() if (found := _the_one(holders, of.get(name)))}
        self._defined: dict[str, Tree] = {
            each.name: each.where.tree
            for each in (*protocol.populations, *protocol.facts, *protocol.analysis_sets)
            if each.where is not None
        }

    def within(self, form: Form | None) -> Resolve:
        """How names are resolved inside a form, or in a statement of the protocol."""
        own = form.name if form is not None else ""

        def resolve(name: str, visit: str | None) -> Reference | Tree | None:
            form_name, _, field_name = name.partition(".")
            found = self._of_form.get((own, name)) or self._of_form.get((form_name, field_name))
            found = found or self._held_in_form.get((own, name))
            found = found or self._held.get(name) or self._cdash.get(BUILT_IN.get(name, ""))
            if found is None and name in self._defined:
                return self._defined[name] if visit is None else None
            found = found or self._named.get(name)
            return None if found is None else reference(found, visit)

        return resolve

    def own(self, form: Form, name: str) -> Field | None:
        """The field of the form that a name in it stands for."""
        found = self._of_form.get((form.name, name)) or self._held_in_form.get((form.name, name))
        return found.field if found else None


def _the_one(holders: list[Holder], assessment: str | None) -> Holder | None:
    """Of fields with one name, the one whose form records the assessment; None where it is not clear which is meant."""
    recorded = [each for each in holders if assessment in each.form.records]
    found = recorded or holders
    return found[0] if len(found) == 1 else None


def reference(holder: Holder, visit: str | None) -> Reference:
    """An item as expressions write it; of a visit as `at(SE.D28, …)`, of the baseline as `at(baseline, …)`."""
    form, field = holder

    def path(oid: str) -> str:
        if visit is None:
            return oid
        return f"at({'baseline' if visit == 'baseline' else f'SE.{visit}'}, {oid})"

    if field.type == "choices":
        return Reference("", "choices", {code: path(oid) for code, oid in options(form, field)})
    return Reference(path(item_oid(form, field)), kind(field))


def kind(field: Field) -> str:
    """The kind of a field's values, as in `Reference`."""
    if field.type == "derived":
        return _kind_of_derived(field)
    if field.type == "choice":
        return "number_code" if are_numbers(field.choices) else "code"
    return KINDS.get(field.type, field.type)


def _kind_of_derived(field: Field) -> str:
    if field.choices:
        return "number_code" if are_numbers(field.choices) else "code"
    formula = field.formula
    if formula is None:
        return "number"
    if formula.type == "unknown":
        tree = formula.tree
        branch = tree["arguments"][1] if tree["op"] == "call" and tree["function"] == "when" else tree
        return "code" if branch["op"] in ("code", "text") else "number"
    return {"boolean": "truth", "choice": "code", "text": "text", "date": "date"}.get(formula.type, "number")


def are_numbers(choices: tuple[Choice, ...]) -> bool:
    """Whether all codes are whole numbers, written as such."""
    return all(re.fullmatch(r"0|-?[1-9][0-9]{0,8}", choice.code) for choice in choices)


def item_oid(form: Form, field: Field) -> str:
    """The OID of a field's item."""
    return f"I.{form.name}.{field.name}"


def options(form: Form, field: Field) -> Iterator[tuple[str, str]]:
    """The codes of a field with several answers, each with the OID of its own item."""
    for number, choice in enumerate(field.choices, 1):
        plain = choice.code if re.fullmatch(r"\w+", choice.code) else f"option.{number}"
        yield choice.code, f"{item_oid(form, field)}.{plain}"
