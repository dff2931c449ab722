"""A trial as a project of REDCap: the forms as rows, the visits as events, checks as rules, all named once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from protocol_dsl.exchange.redcap.dictionary import Row
from protocol_dsl.exchange.redcap.forms_text import OWN
from protocol_dsl.exchange.redcap.labels import label
from protocol_dsl.exchange.redcap.names import field_name, form_name
from protocol_dsl.exchange.redcap.setup import Bundle, Mapped, QualityRule, Repeating
from protocol_dsl.expressions.redcap import Unsayable, condition, number, violation
from protocol_dsl.render import redcap_fields
from protocol_dsl.render.redcap_events import Calendar, calendar
from protocol_dsl.render.redcap_logic import Names
from protocol_dsl.render.redcap_report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.model.forms import Field, Form
    from protocol_dsl.model.protocol import Protocol

RECORD_FORM, RECORD_ID = "participant", "record_id"
MARK = f"{OWN}record_id"
"""The annotation of a field of the author's that is the record id."""
SOME = "form for some participants"
LABELLED = ("text", "date", "datetime", "time", "choice")
"""Types of fields that tell the records of a log apart."""


class Project(NamedTuple):
    """The bundle, what became of each construct, and the events it rests on."""

    bundle: Bundle
    report: Report
    calendar: Calendar
    by_hand: list[tuple[str, str]]
    """Forms that not every participant needs, and the logic of their display; empty where REDCap cannot say it."""


def project(protocol: Protocol, forms: tuple[Form, ...]) -> Project:
    """The project of a trial with these forms."""
    report = Report()
    days = calendar(protocol, report, any_time=any(not form.visits for form in forms))
    own = _with_record_id(forms)
    named = _form_names(forms, own is None)
    names = Names(protocol, forms, _field_names(forms, named), days)
    first = named[own.name] if own is not None else RECORD_FORM
    row = Row(field_name=RECORD_ID, form_name=RECORD_FORM, field_type="text", field_label="Record ID")
    rows = [row] if own is None else []
    forms = forms if own is None else (own, *(form for form in forms if form is not own))
    rules: list[QualityRule] = []
    by_hand: list[tuple[str, str]] = []
    for form in forms:
        rows.extend(_instructions(form, named[form.name], names))
        rows.extend(redcap_fields.rows(form, named[form.name], names, report))
        rules.extend(_rules(form, names, report))
        if form.condition is not None or form.populations:
            by_hand.append(_display(form, names, report))
    for translation in protocol.translations:
        report.dropped(
            "labels in other languages",
            translation.language,
            "enter them under Multi-Language Management, which takes no file of labels by name",
        )
    mapping, repeating = _mapped(forms, named, names, days, report)
    if not any(
        mapped.form == first and mapped.event == event.unique for event in days.events[:1] for mapped in mapping
    ):
        mapping = [*(Mapped(arm.number, _first_event(days, arm.number), first) for arm in days.arms), *mapping]
    titles = {named[form.name]: " ".join(form.title.split()) for form in forms}
    title = " ".join((protocol.study.acronym or protocol.study.title).split())
    bundle = Bundle(
        title,
        rows,
        days.arms,
        days.events,
        mapping,
        repeating,
        _distinct(rules),
        {RECORD_FORM: "Participant", **titles} if own is None else titles,
    )
    return Project(bundle, report, days, by_hand)


def _with_record_id(forms: tuple[Form, ...]) -> Form | None:
    """The form of the field that the author has marked as the record id."""
    return next((form for form in forms for field in form.fields if (MARK, "y") in field.codes), None)


def _first_event(days: Calendar, arm: int) -> str:
    return next(event.unique for event in days.events if event.arm == arm)


def _form_names(forms: tuple[Form, ...], extra: bool) -> dict[str, str]:
    taken = {RECORD_FORM} if extra else set[str]()
    return {form.name: form_name(form.name, taken) for form in forms}


def _field_names(forms: tuple[Form, ...], named: dict[str, str]) -> dict[tuple[str, str], str]:
    """A name that one form only uses stays as it is; those that several use carry their form's name."""
    every = frozenset((RECORD_FORM, *named.values()))
    marked = any((MARK, "y") in field.codes for form in forms for field in form.fields)
    taken = set[str]() if marked else {RECORD_ID}
    uses: dict[str, int] = {}
    for form in forms:
        for field in form.fields:
            uses[field.name.lower()] = uses.get(field.name.lower(), 0) + 1
    found: dict[tuple[str, str], str] = {}
    for form in forms:
        for field in form.fields:
            own = dict(field.codes).get(f"{OWN}field_name")
            if own is not None:
                found[form.name, field.name] = own
                taken.add(own)
    for form in forms:
        for field in form.fields:
            if (form.name, field.name) in found:
                continue
            name = field.name if uses[field.name.lower()] == 1 else f"{named[form.name]}_{field.name}"
            found[form.name, field.name] = field_name(name, every, taken)
        found[form.name, ""] = field_name(f"{named[form.name]}_guide", every, taken)
    return found


def _instructions(form: Form, name: str, names: Names) -> Iterator[Row]:
    if form.instructions:
        text = label(" ".join(form.instructions))
        yield Row(field_name=names.names[form.name, ""], form_name=name, field_type="descriptive", field_label=text)


def _rules(form: Form, names: Names, report: Report) -> Iterator[QualityRule]:
    names.from_form(form)
    for check in form.checks:
        item = f"{form.title}: {' '.join(check.text.split())}"
        names.begin()
        try:
            logic = violation(check.where.tree, names.refer)
        except Unsayable as trouble:
            report.dropped("check", item, f"REDCap cannot say it: {trouble}")
            continue
        if check.kind == "hard":
            report.approximated("check: hard", item, "a rule of data quality warns at once and does not refuse")
        elif noted := names.noted(logic):
            report.approximated("check: soft", item, noted)
        else:
            report.exact("check: soft", item)
        yield QualityRule(label(item), logic, check.kind == "hard")
    for field in form.fields:
        yield from _field_rules(form, field, names)


def _field_rules(form: Form, field: Field, names: Names) -> Iterator[QualityRule]:
    """What REDCap's own columns cannot hold: limits that are hard, and a box that must be ticked."""
    name = names.names[form.name, field.name]
    hard = next((limits for limits in field.ranges if limits.kind == "hard"), None)
    bounds = (("<", hard.low), (">", hard.high)) if hard is not None else ()
    limits = [(sign, value) for sign, value in bounds if value is not None]
    if limits and field.type != "derived":
        outside = " or ".join(f"[{name}] {sign} {number(value)}" for sign, value in limits)
        yield QualityRule(
            label(f"{form.title}: {field.title} is out of range"), f"[{name}] <> '' and ({outside})", True
        )
    if field.required and field.type == "choices":
        logic = " and ".join(f"[{name}({choice.code})] <> '1'" for choice in field.choices)
        if field.condition is not None:
            try:
                logic = f"({condition(field.condition.tree, names.refer)}) and {logic}"
            except Unsayable:
                return
        yield QualityRule(label(f"{form.title}: {field.title} is not answered"), logic, True)


def _distinct(rules: list[QualityRule]) -> list[QualityRule]:
    """The rules, each under a name of its own."""
    taken: dict[str, int] = {}
    result: list[QualityRule] = []
    for rule in rules:
        count = taken[rule.name] = taken.get(rule.name, 0) + 1
        result.append(rule if count == 1 else rule._replace(name=f"{rule.name} ({count})"))
    return result


def _display(form: Form, names: Names, report: Report) -> tuple[str, str]:
    """A form that some participants only need."""
    names.from_form(form)
    whom = f"only for {', '.join(form.populations)}" if form.populations else ""
    if form.condition is None:
        report.dropped(SOME, form.title, f"{whom}: no field holds it; sites leave the form empty")
        return form.title, ""
    whom = "; ".join(part for part in (whom, f"if {form.condition.english}") if part)
    try:
        logic = condition(form.condition.tree, names.refer)
    except Unsayable as trouble:
        report.dropped(SOME, form.title, f"{whom}: {trouble}; sites leave the form empty")
        return form.title, ""
    report.approximated(SOME, form.title, f"{whom}: to be entered by hand as Form Display Logic")
    return form.title, logic


def _mapped(
    forms: tuple[Form, ...], named: dict[str, str], names: Names, days: Calendar, report: Report
) -> tuple[list[Mapped], list[Repeating]]:
    """Which form at which event, and what repeats; the form with the record id at the first event of each arm."""
    pairs: dict[str, list[tuple[int, str]]] = {}
    for form in forms:
        found = [days.at[visit] for visit in form.visits if visit in days.at] if form.visits else [days.any_time]
        pairs[form.name] = [(arm, event.unique) for each in found for arm, event in each.items()]
        report.exact("form at visits", form.title)
    mapping: list[Mapped] = []
    repeating: list[Repeating] = []
    for event in days.events:
        if event.unique in days.repeating:
            repeating.append(Repeating(event.unique))
        for form in forms:
            if (event.arm, event.unique) not in pairs[form.name]:
                continue
            mapping.append(Mapped(event.arm, event.unique, named[form.name]))
            if form.repeating and event.unique in days.repeating:
                report.approximated(
                    "repeating form", f"{form.title} at {event.name}", "the whole event repeats; one record each time"
                )
            elif form.repeating:
                report.exact("repeating form", f"{form.title} at {event.name}")
                repeating.append(Repeating(event.unique, named[form.name], _record_label(form, names)))
    return mapping, repeating


def _record_label(form: Form, names: Names) -> str:
    """What tells the records of a repeating form apart, piped into its list."""
    open_fields = [field for field in form.fields if field.type in LABELLED and not field.identifier]
    always = [field for field in open_fields if field.condition is None]
    told = next(iter([field for field in always if field.required] or always or open_fields), None)
    return f"[{names.names[form.name, told.name]}]" if told else ""
