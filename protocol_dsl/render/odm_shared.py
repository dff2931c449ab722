"""What the parts of a trial share in ODM: texts in several languages, units, code lists, conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from protocol_dsl.exchange.odm.content import LANGUAGE, Alias, CodeItem, CodeList, Condition, Texts, Unit
from protocol_dsl.expressions.odm import NotPrintable, Resolve, Tree, exception
from protocol_dsl.forms import languages
from protocol_dsl.model import wording
from protocol_dsl.quantities import UnitError, parse_unit
from protocol_dsl.render.odm_references import References
from protocol_dsl.render.text import writable

if TYPE_CHECKING:
    from protocol_dsl.model.base import Choice, Expression
    from protocol_dsl.model.forms import Check, Field, Form
    from protocol_dsl.model.protocol import Protocol

YES_NO = "CL.yes_no"
SYSTEMS = {"cdash": "CDASH", "sdtm": "SDTM", "loinc": "LOINC", "ncit": "nci:ExtCodeID"}
"""Contexts of aliases by the terminology of a `code`."""


def flat(text: str) -> str:
    """A text on one line, without characters that XML cannot hold."""
    return " ".join(writable(text).split())


def one_each(aliases: Iterable[Alias]) -> tuple[Alias, ...]:
    """The schema permits one alias of each context: several names of one stand in one, with a bar between them."""
    found: dict[str, list[str]] = {}
    for alias in aliases:
        found.setdefault(alias.context, []).append(alias.name)
    return tuple(Alias(context, " | ".join(dict.fromkeys(names))) for context, names in found.items())


class Labels:
    """Texts in the languages of the protocol, each with the study's own language first."""

    def __init__(self, protocol: Protocol) -> None:
        self._languages = [languages.Labels(protocol, name) for name in languages.languages(protocol)]

    def of(self, label: str, *paths: str | None) -> Texts:
        """A label and its translations, by the first of the paths that has one, or by the label itself."""
        return self._with(
            label,
            lambda each: (
                next((each.paths[path] for path in paths if path and path in each.paths), None) or each.text(label)
            ),
        )

    def form(self, form: Form) -> Texts:
        """The title of a form."""
        return self._with(form.title, lambda each: each.form(form))

    def field(self, form: Form, field: Field) -> Texts:
        """The label of a field."""
        return self._with(field.title, lambda each: each.field(form, field))

    def choice(self, form: Form, field: Field, choice: Choice) -> Texts:
        """The label of a choice."""
        return self._with(choice.label, lambda each: each.choice(form, field, choice))

    def check(self, form: Form, check: Check) -> Texts:
        """The text of a check."""
        return self._with(check.text, lambda each: each.check(form, check))

    def _with(self, label: str, translated: Callable[[languages.Labels], str | None]) -> Texts:
        found: dict[str, str] = {LANGUAGE: flat(label) or "-"}
        for each in self._languages:
            text = flat(translated(each) or "")
            if text:
                found.setdefault(each.language, text)
        return tuple(found.items())


class Shared:
    """Units, code lists and conditions, each once."""

    def __init__(self, protocol: Protocol, references: References, labels: Labels) -> None:
        self.protocol, self.references, self.labels = protocol, references, labels
        self.units: dict[str, Unit] = {}
        self.code_lists: dict[tuple[str, tuple[Choice, ...]], CodeList] = {}
        self.yes_no_used = False
        self._conditions: dict[tuple[str, str], Condition] = {}

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions so far."""
        return tuple(self._conditions.values())

    def unit(self, unit: str | None, ucum: str | None) -> str | None:
        """The OID of a unit."""
        if not unit:
            return None
        if unit not in self.units:
            taken = {each.oid for each in self.units.values()}
            base = "MU." + (re.sub(r"\W+", "_", unit.replace("%", "percent")).strip("_") or "unit")
            oid = next(name for name in (base, *(f"{base}_{n}" for n in range(2, 99))) if name not in taken)
            self.units[unit] = Unit(oid, unit, *_symbols(unit, ucum))
        return self.units[unit].oid

    def yes_no(self) -> str:
        """The OID of the list of yes and no."""
        self.yes_no_used = True
        return YES_NO

    def codes(self, form: Form, field: Field, type: str) -> str:
        """The OID of a field's list: a shared list by its own name, else one for equal lists of the form."""
        shared = next((each for each in self.protocol.codelists if each.name == field.codelist), None)
        if shared is not None and shared.choices == field.choices:
            owner, oid, name, codes = "", f"CL.{shared.name}", shared.title, shared.codes
        else:
            owner, codes = form.name, ()
            name = f"{form.name}.{field.matrix or field.name}"
            oid = f"CL.{name}"
        key = owner, field.choices
        if key not in self.code_lists:
            items = tuple(
                CodeItem(choice.code, self.labels.choice(form, field, choice), _ncit(choice.ncit))
                for choice in field.choices
            )
            aliases = one_each(Alias(SYSTEMS.get(system, system.upper()), value) for system, value in codes)
            self.code_lists[key] = CodeList(oid, flat(name), type, items, aliases)
        return self.code_lists[key].oid

    def exception(
        self, owner: str, name: str, text: str, tree: Tree | None, resolve: Resolve, visits: tuple[str, ...] = ()
    ) -> str:
        """The OID of the condition not to collect unless `text` holds, at these visits if any are given.

        Within an owner equal conditions are one. Without a `tree` the visits alone are the condition.
        """
        key = owner, text
        if key not in self._conditions:
            formal: str | None = None
            if visits:
                here = " or ".join(f'event == "SE.{visit}"' for visit in visits)
                formal = f"not ({here})"
            if tree is not None:
                try:
                    unless = exception(tree, resolve)
                    formal = f"{formal} or {unless}" if formal else unless
                except NotPrintable:
                    formal = None
            self._conditions[key] = Condition(
                f"C.{owner}.{name}",
                f"Unless {text}",
                ((LANGUAGE, f"Do not collect unless this holds: {text}"),),
                formal,
            )
        return self._conditions[key].oid

    def all_code_lists(self) -> tuple[CodeList, ...]:
        """All lists so far."""
        yes, no = CodeItem("Y", ((LANGUAGE, "Yes"),)), CodeItem("N", ((LANGUAGE, "No"),))
        coded = tuple(
            item._replace(aliases=(Alias("nci:ExtCodeID", code),)) for item, code in ((yes, "C49488"), (no, "C49487"))
        )
        fixed = CodeList(YES_NO, "Yes or no", "text", coded, (Alias("nci:ExtCodeID", "C66742"),))
        return (*((fixed,) if self.yes_no_used else ()), *self.code_lists.values())


def restricted(condition: Expression | None, populations: Iterable[str], protocol: Protocol) -> tuple[str, Tree] | None:
    """A condition, and the populations it is for: in English and as one tree; None where there is neither."""
    people = {each.name: each for each in protocol.populations}
    parts: list[tuple[str, Tree]] = []
    if condition is not None:
        parts.append((flat(condition.english), condition.tree))
    named = [people[name] for name in populations if name in people]
    if named:
        trees: list[Tree] = [{"op": "name", "name": each.name, "label": each.title} for each in named]
        tree = trees[0] if len(trees) == 1 else {"op": "or", "arguments": trees}
        parts.append((f"the participant belongs to {wording.listing((flat(p.title) for p in named), 'or')}", tree))
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    return " and ".join(text for text, _ in parts), {"op": "and", "arguments": [tree for _, tree in parts]}


def _symbols(unit: str, ucum: str | None) -> tuple[str, str | None]:
    """What people write for the unit, and its UCUM code; a unit of the protocol's own has none."""
    try:
        known = parse_unit(unit)
    except UnitError:
        return flat(unit), ucum
    return known.text, ucum or known.ucum


def _ncit(code: str | None) -> tuple[Alias, ...]:
    return (Alias(SYSTEMS["ncit"], code),) if code else ()
