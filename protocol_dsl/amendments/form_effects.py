"""What an amendment does to the case report forms, and to the data that were entered in them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from protocol_dsl.amendments.records import Effect
from protocol_dsl.forms.complete import complete

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.amendments.pair import Pair
    from protocol_dsl.checks.trial import Trial
    from protocol_dsl.model.forms import Field, Form

LOSES = "loses data"
"""How an effect ends that needs a decision about the data entered so far."""


def form_effects(pair: Pair) -> list[Effect]:
    """Forms and fields that come, go or change."""
    loaded: dict[str, Form | None] = {}
    was, now = forms(pair.old, loaded), forms(pair.new, loaded)
    before = {name: pair.before("forms", name) for name in now}
    found: list[Effect] = []
    for name, form in was.items():
        if name not in before.values():
            text = f"form {form.title} goes out, with {_counted(form)}: {LOSES}"
            found.append(Effect("form", name, _counted(form), None, text))
    for name, form in now.items():
        if before[name] not in was:
            found.append(
                Effect("form", name, None, _counted(form), f"form {form.title} comes in, with {_counted(form)}")
            )
        else:
            found += _of_fields(was[before[name]], form)
    return found


def forms(trial: Trial, loaded: dict[str, Form | None]) -> dict[str, Form]:
    """All forms of a version by name; `loaded` keeps those of the library for the other one."""
    from protocol_dsl.elaborate.library import load_form

    @cache
    def load(name: str) -> Form | None:
        if name not in loaded:
            loaded[name] = load_form(name, trial.sources)
        return loaded[name]

    return {form.name: form for form in complete(trial.protocol, load)}


def _counted(form: Form) -> str:
    count = len(form.fields)
    return f"{count} field{'' if count == 1 else 's'}"


def _of_fields(old: Form, new: Form) -> Iterator[Effect]:
    was = {field.name: field for field in old.fields}
    now = {field.name: field for field in new.fields}
    for name, field in was.items():
        if name not in now:
            text = f"{new.title}: field {name} “{field.title}” goes out: {LOSES}"
            yield Effect("form", f"{new.name}.{name}", _said(field), None, text)
    for name, field in now.items():
        if name not in was:
            text = f"{new.title}: field {name} “{field.title}” comes in"
            yield Effect("form", f"{new.name}.{name}", None, _said(field), text)
        else:
            yield from _of_field(new, was[name], field)
    if old.repeating != new.repeating:
        text = f"{new.title}: {'becomes a log with any number of records' if new.repeating else 'has one record now'}"
        yield Effect("form", new.name, old.repeating, new.repeating, text if new.repeating else f"{text}: {LOSES}")


def _of_field(form: Form, old: Field, new: Field) -> Iterator[Effect]:
    subject, head = f"{form.name}.{new.name}", f"{form.title}: field {new.name}"
    if old.type != new.type:
        yield Effect("form", subject, old.type, new.type, f"{head}: {old.type} → {new.type}: {LOSES}")
    if old.unit != new.unit and old.type == new.type:
        text = f"{head}: unit {old.unit or 'none'} → {new.unit or 'none'}; values entered so far have to be converted"
        yield Effect("form", subject, old.unit, new.unit, text)
    was, now = (
        {choice.code: choice.label for choice in old.choices},
        {choice.code: choice.label for choice in new.choices},
    )
    for code in was:
        if code not in now:
            yield Effect("form", subject, code, None, f"{head}: code {code} “{was[code]}” goes out: {LOSES}")
        elif was[code] != now[code]:
            text = f"{head}: code {code} means “{now[code]}”, before “{was[code]}”"
            yield Effect("form", subject, was[code], now[code], text)
    for code in now:
        if code not in was:
            yield Effect("form", subject, None, code, f"{head}: code {code} “{now[code]}” comes in")
    if (old.low, old.high, old.range_kind) != (new.low, new.high, new.range_kind):
        yield Effect("form", subject, _range(old), _range(new), f"{head}: range {_range(old)} → {_range(new)}")
    if new.required and not old.required:
        yield Effect("form", subject, False, True, f"{head}: cannot be left empty any more")


def _range(field: Field) -> str:
    if field.low is None and field.high is None:
        return "any"
    low, high = ("" if each is None else f"{each:g}" for each in (field.low, field.high))
    return f"{low}..{high} {field.range_kind or 'soft'}"


def _said(field: Field) -> str:
    return f"{field.type} ({field.unit})" if field.unit else field.type
