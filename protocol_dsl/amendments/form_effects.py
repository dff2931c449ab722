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
MOVES = "data entered so far have to be moved"
"""How an effect ends of what asks the same under another name."""


def form_effects(pair: Pair) -> list[Effect]:
    """Forms and fields that come, go or change."""
    loaded: dict[str, Form | None] = {}
    was, now = forms(pair.old, loaded), forms(pair.new, loaded)
    before = {name: pair.before("forms", name) for name in now}
    found: list[Effect] = []
    if any(change.action == "rename" for change in pair.changes):
        for name, called in _renamed(was, {name: now[name] for name in now if before[name] not in was}).items():
            before[name] = called
            text = f"form {now[name].title}: {called} is called {name} now, with {_counted(now[name])}: {MOVES}"
            found.append(Effect("form", name, called, name, text))
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
            found += _of_fields(was[before[name]], form, is_renamed=before[name] != name)
    return found


def _renamed(was: dict[str, Form], fresh: dict[str, Form]) -> dict[str, str]:
    """New names of forms with their old ones: those whose title and fields are the same, whatever these are called."""
    found: dict[str, str] = {}
    for name, form in fresh.items():
        same = [other for other, old in was.items() if other not in fresh and _content(old) == _content(form)]
        if len(same) == 1:
            found[name] = same[0]
    return found


def _content(form: Form) -> tuple[object, ...]:
    return (form.title, *map(_question, form.fields))


def _question(field: Field) -> tuple[object, ...]:
    """What a field asks, whatever it is called."""
    return (field.title, field.type, field.unit, tuple((choice.code, choice.label) for choice in field.choices))


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


def _of_fields(old: Form, new: Form, *, is_renamed: bool) -> Iterator[Effect]:
    """Fields by name; one that asks the same as one that is gone, and no other does, has another name now.

    Of a form that `is_renamed` the names of fields follow from its own, and need no line each.
    """
    was = {field.name: field for field in old.fields}
    now = {field.name: field for field in new.fields}
    gone = [field for name, field in was.items() if name not in now]
    fresh = [field for name, field in now.items() if name not in was]
    for field in fresh:
        same = [other for other in gone if _question(other) == _question(field)]
        if len(same) == 1 and sum(_question(other) == _question(field) for other in fresh) == 1:
            was[field.name] = was.pop(same[0].name)
            if not is_renamed:
                text = f"{new.title}: field {same[0].name} is called {field.name} now: {MOVES}"
                yield Effect("form", f"{new.name}.{field.name}", same[0].name, field.name, text)
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
        loss = "" if (old.type, new.type) in _WIDER else f": {LOSES}"
        yield Effect("form", subject, old.type, new.type, f"{head}: {old.type} → {new.type}{loss}")
    if old.unit != new.unit:
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


_WIDER = frozenset((("integer", "decimal"),))
"""Types of which the second one holds all values of the first one."""


def _range(field: Field) -> str:
    if field.low is None and field.high is None:
        return "any"
    low, high = ("" if each is None else f"{each:g}" for each in (field.low, field.high))
    return f"{low}..{high} {field.range_kind or 'soft'}"


def _said(field: Field) -> str:
    return f"{field.type} ({field.unit})" if field.unit else field.type
