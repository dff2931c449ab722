"""What the makers of forms share: fields by hand, renamed fields, headings, names that occur once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from protocol_dsl.forms import formulas
from protocol_dsl.model.base import Choice, Expression, Origin
from protocol_dsl.model.forms import Field, Form

LoadForm = Callable[[str], Form | None]
"""Gives the library form with a name, or None."""

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]+")


def field(name: str, label: str, type: str, origin: Origin, **rest: Any) -> Field:
    """A field that the compiler adds."""
    return Field(name=name, label=label, type=type, origin=origin, **rest)


def choices(pairs: Iterable[tuple[str, str]]) -> tuple[Choice, ...]:
    """Coded choices from (code, label) pairs."""
    return tuple(Choice(code=code, label=label) for code, label in pairs)


def identifier(text: str) -> str:
    """The text as part of a field's name: `C2.D1` becomes `C2_D1`."""
    return _NOT_IN_A_NAME.sub("_", text).strip("_") or "x"


def joined(prefix: str, name: str) -> str:
    """`vs` and `pulse` become `vs_pulse`; a name that carries the prefix already stays as it is."""
    return name if name == prefix or name.startswith(f"{prefix}_") else f"{prefix}_{identifier(name)}"


def suffix(name: str) -> str:
    """The name of a library field without its form's prefix: `sbp` of `vs_sbp`."""
    return name.partition("_")[2] or name


def prefix(form: Form) -> str:
    """The prefix of a library form's fields: `vs` of `vs_sbp`."""
    return form.fields[0].name.partition("_")[0] if form.fields else form.name


def titled_sections(form: Form) -> dict[str, str | None]:
    """The heading under which each field stands, by the field's name."""
    result: dict[str, str | None] = {}
    heading: str | None = None
    for each in form.fields:
        heading = each.heading or heading
        result[each.name] = heading
    return result


def under_headings(fields: Iterable[tuple[str | None, Field]]) -> tuple[Field, ...]:
    """The fields, the first of each run under one heading carrying it."""
    result: list[Field] = []
    current: str | None = None
    for heading, each in fields:
        result.append(each.model_copy(update={"heading": heading if heading != current else None}))
        current = heading
    return tuple(result)


def names_in(expression: Expression | None, known: Iterable[str]) -> list[str]:
    """Those of the `known` names that the expression speaks of."""
    if expression is None:
        return []
    spoken = set(expression.names) | set(re.findall(r"\w+", expression.text))
    return [name for name in known if name in spoken]


def without_strays(form: Form, kept: set[str], changed: frozenset[str] = frozenset()) -> Form:
    """The form with the fields `kept`; checks, conditions and formulas that speak of a lost field go too.

    The same holds for fields `changed`, whose unit or codes the library's expressions do not count with. A derived
    field without its formula would be nothing, so it goes itself; a field that was asked on a condition that cannot
    be told any more is open to all, and never due.
    """
    lost = {each.name for each in form.fields} - kept
    while True:
        gone = lost | changed
        more = {each.name for each in form.fields if each.name not in lost and names_in(each.formula, gone)}
        if not more:
            break
        lost |= more
    fields = [
        each.model_copy(update={"condition": None, "required": False}) if names_in(each.condition, gone) else each
        for each in form.fields
        if each.name not in lost
    ]
    checks = tuple(check for check in form.checks if not names_in(check.where, gone))
    return form.model_copy(update={"fields": tuple(fields), "checks": checks})


def prefixed(form: Form, old: str, new: str) -> Form:
    """The form with the prefix `new` for `old` before the names of its fields, in all its expressions too."""
    names: dict[str, str] = {}
    for name in [*(each.name for each in form.fields), *(each.matrix for each in form.fields if each.matrix)]:
        if name.startswith(f"{old}_") and name not in names:
            # `hbv_pcr`, not `hbv_pcr_hbv_pcr`, where the rest begins with the new prefix already.
            short = joined(new, name[len(old) + 1 :])
            names[name] = short if short not in names.values() else new + name[len(old) :]
    return form.model_copy(
        update={
            "fields": tuple(renamed_field(each, names) for each in form.fields),
            "checks": tuple(
                check.model_copy(
                    update={
                        "name": new + check.name[len(old) :] if check.name.startswith(f"{old}_") else check.name,
                        "where": formulas.renamed(check.where, names),
                    }
                )
                for check in form.checks
            ),
        }
    )


def renamed_field(each: Field, names: dict[str, str]) -> Field:
    """The field under its new name, what it speaks of under theirs."""
    return each.model_copy(
        update={
            "name": names.get(each.name, each.name),
            "matrix": names.get(each.matrix, each.matrix) if each.matrix else None,
            "condition": formulas.renamed(each.condition, names) if each.condition else None,
            "formula": formulas.renamed(each.formula, names) if each.formula else None,
        }
    )


def distinct(name: str, taken: set[str]) -> str:
    """The name, with a number behind it if it is taken; it is then taken."""
    result, number = name, 2
    while result in taken:
        result, number = f"{name}_{number}", number + 1
    taken.add(result)
    return result


def with_distinct_fields(form: Form) -> Form:
    """The form with every field's name once; a field under a name that is taken gets a number."""
    taken: set[str] = set()
    fields = [each.model_copy(update={"name": distinct(each.name, taken)}) for each in form.fields]
    return form.model_copy(update={"fields": tuple(fields)})
