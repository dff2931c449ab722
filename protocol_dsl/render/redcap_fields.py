"""Fields of a form as rows of REDCap's dictionary, with what becomes of each told to the report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol_dsl.exchange.redcap.dictionary import COLUMNS, Row
from protocol_dsl.exchange.redcap.forms_text import LINE_BREAK, OWN
from protocol_dsl.exchange.redcap.labels import choice_label, choices, label
from protocol_dsl.expressions.redcap import Unsayable, calculation, condition, number
from protocol_dsl.render.redcap_logic import Names
from protocol_dsl.render.redcap_report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protocol_dsl.model.forms import Field, Form

MOST_BUTTONS = 7
"""With more choices than this, a list that drops down takes the place of buttons."""
MOST_DECIMALS = 4
YES_NO = "1, Yes | 0, No"
_COLUMNS = frozenset(name for name, _ in COLUMNS)
_TYPES = {
    "text": ("text", ""),
    "date": ("text", "date_ymd"),
    "time": ("text", "time"),
    "datetime": ("text", "datetime_ymd"),
    "integer": ("text", "integer"),
    "yes_no": ("yesno", ""),
    "file": ("file", ""),
    "slider": ("slider", "number"),
    "choices": ("checkbox", ""),
}
_WORDS = {
    "integer": "integer", "decimal": "decimal", "text": "text", "date": "date", "time": "time", "datetime": "datetime",
    "yes_no": "yes/no", "choice": "choice", "choices": "choices", "file": "file", "slider": "slider",
}  # fmt: skip


def rows(form: Form, form_name: str, names: Names, report: Report) -> Iterator[Row]:
    """The rows of a form, in order."""
    names.from_form(form)
    matrices = _matrices(form, form_name, names, report)
    for field in form.fields:
        row = _row(form, field, form_name, names, report)
        row = row._replace(matrix_group_name=matrices.get(field.name, ""))
        if row.matrix_group_name and row.field_type != "checkbox":
            given = row.select_choices_or_calculations if field.type != "yes_no" else YES_NO
            row = row._replace(field_type="radio", select_choices_or_calculations=given)
        yield with_own(row, field)


def with_own(row: Row, field: Field) -> Row:
    """The row with the columns that the field's own annotations fill."""
    own = {system.removeprefix(OWN): value for system, value in field.codes if system.startswith(OWN)}
    return row._replace(
        **{column: value.replace(LINE_BREAK, "\n") for column, value in own.items() if column in _COLUMNS}
    )


def _row(form: Form, field: Field, form_name: str, names: Names, report: Report) -> Row:
    item = f"{form.title}: {field.title}"
    row = Row(
        field_name=names.names[form.name, field.name],
        form_name=form_name,
        section_header=label(field.heading or ""),
        field_label=label(field.title),
        field_note=_note(field),
        identifier="y" if field.identifier else "",
        field_annotation=_annotation(field, names.names[form.name, field.name]),
    )
    if field.identifier:
        report.exact("identifier", item)
    if field.heading:
        report.exact("heading", item)
    row = _typed(field, row, names, item, report)
    if field.required and row.field_type != "calc":
        row = _required(field, row, item, report)
    shown = [_branching(field, names, item, report)] if field.condition is not None else []
    if field.visits and set(form.visits) - set(field.visits):
        shown.append(_only_at(field, names, item, report))
    shown = [each for each in shown if each]
    return row._replace(branching_logic=shown[0] if len(shown) == 1 else " and ".join(f"({each})" for each in shown))


def _typed(field: Field, row: Row, names: Names, item: str, report: Report) -> Row:
    if field.type == "derived":
        return _derived(field, row, names, item, report)
    construct = f"field: {_WORDS.get(field.type, field.type)}"
    if field.type == "choice":
        kind = "radio" if len(field.choices) <= MOST_BUTTONS else "dropdown"
        report.exact(construct, item)
        return row._replace(field_type=kind, select_choices_or_calculations=choices(_pairs(field)))
    if field.type == "decimal":
        digits = field.decimals
        row = row._replace(field_type="text", text_validation_type_or_show_slider_number="number")
        if digits and digits <= MOST_DECIMALS:
            row = row._replace(text_validation_type_or_show_slider_number=f"number_{digits}dp")
        elif digits:
            report.approximated(construct, item, f"REDCap counts {MOST_DECIMALS} decimals at most; any number is taken")
            return _limits(field, row, item, report)
        report.exact(construct, item)
        return _limits(field, row, item, report)
    kind, validation = _TYPES.get(field.type, ("text", ""))
    row = row._replace(field_type=kind, text_validation_type_or_show_slider_number=validation)
    if field.type == "choices":
        row = row._replace(select_choices_or_calculations=choices(_pairs(field)))
        report.approximated(
            construct, item, "nothing ticked and not answered are the same in REDCap; both count as blank"
        )
    else:
        report.exact(construct, item)
    if field.type == "slider":
        numbers = (number(field.low or 0), number(field.high if field.high is not None else 100))
        words = [choice_label(each) for each in field.ends or numbers]
        words = words if len(words) > 2 else [words[0], "", words[-1]]
        row = row._replace(select_choices_or_calculations=" | ".join(words))
    return _limits(field, row, item, report)


def _limits(field: Field, row: Row, item: str, report: Report) -> Row:
    if not field.ranges:
        return row
    soft = field.ranges[0]
    low, high = (number(value) if value is not None else "" for value in (soft.low, soft.high))
    row = row._replace(text_validation_min=low, text_validation_max=high)
    if field.type == "slider":
        report.exact("range: slider", item)
    elif field.ranges[-1].kind == "hard":
        report.approximated(
            "range: hard", item, "REDCap's limits warn and never refuse; a rule of data quality looks at once besides"
        )
    else:
        report.exact("range: soft", item)
    return row


def _derived(field: Field, row: Row, names: Names, item: str, report: Report) -> Row:
    formula = field.formula
    if formula is None:
        report.dropped("derived field", item, "the protocol gives no formula; it is a field to fill in")
        return row._replace(field_type="text")
    names.begin()
    try:
        logic = calculation(formula.tree, names.refer)
    except Unsayable as trouble:
        report.dropped("derived field", item, f"REDCap cannot say it: {trouble}; it is a field to fill in")
        return row._replace(field_type="text")
    _tell("derived field", item, names.noted(logic), report)
    textual = formula.type in ("text", "date") or any(not _is_number(choice.code) for choice in field.choices)
    if not textual and formula.type != "choice":
        return row._replace(field_type="calc", select_choices_or_calculations=logic)
    tag = f"@CALCTEXT({logic})"
    return row._replace(
        field_type="text", field_annotation=f"{tag} {row.field_annotation}".strip(),
    )  # fmt: skip


def _required(field: Field, row: Row, item: str, report: Report) -> Row:
    if field.type == "choices":
        report.approximated("required", item, "REDCap cannot demand a box; a rule of data quality asks for one")
        return row
    report.approximated("required", item, "REDCap reminds of an empty field and lets the form be saved")
    return row._replace(required_field="y")


def _branching(field: Field, names: Names, item: str, report: Report) -> str:
    assert field.condition is not None
    names.begin()
    try:
        logic = condition(field.condition.tree, names.refer)
    except Unsayable as trouble:
        report.dropped("show if", item, f"REDCap cannot say it: {trouble}; the field is always shown")
        return ""
    _tell("show if", item, names.noted(logic), report)
    return logic


def _only_at(field: Field, names: Names, item: str, report: Report) -> str:
    """Logic for a field that only some visits of its form ask."""
    events = [event.unique for visit in field.visits for event in names.calendar.at.get(visit, {}).values()]
    report.exact("field at some visits", item)
    return " or ".join(f"[event-name] = '{event}'" for event in events)


def _tell(construct: str, item: str, noted: str, report: Report) -> None:
    if noted:
        report.approximated(construct, item, noted)
    else:
        report.exact(construct, item)


def _pairs(field: Field) -> list[tuple[str, str]]:
    return [(choice.code, choice.label) for choice in field.choices]


def _note(field: Field) -> str:
    """Unit, remarks, and what the values of a calculated field mean."""
    parts = [field.unit] if field.unit else []
    if field.type == "derived" and field.choices:
        parts.append(", ".join(f"{choice.code} = {choice.label}" for choice in field.choices))
    return label(". ".join(part.rstrip(".") for part in (*parts, *field.remarks)))


def _annotation(field: Field, name: str) -> str:
    """Codes of terminologies, and the name in the protocol where REDCap's is another."""
    parts = [f"{system}: {value}" for system, value in field.codes if not system.startswith(OWN)]
    if field.name.lower() != name:
        parts.append(f"protocol: {field.name}")
    return "; ".join(parts)


def _matrices(form: Form, form_name: str, names: Names, report: Report) -> dict[str, str]:
    """The matrix of each field that can be in one: neighbours with one list of choices."""
    runs: list[tuple[str, list[Field]]] = []
    for field in form.fields:
        if runs and field.matrix and runs[-1][0] == field.matrix:
            runs[-1][1].append(field)
        elif field.matrix:
            runs.append((field.matrix, [field]))
    found: dict[str, str] = {}
    seen: set[str] = set()
    for matrix, fields in runs:
        kinds = {(field.type, tuple(_pairs(field))) for field in fields}
        kind = fields[0].type
        if matrix in seen or len(kinds) > 1 or kind not in ("choice", "choices", "yes_no"):
            report.dropped(
                "matrix", f"{form.title}: {matrix}", "its rows differ or stand apart; they are fields one by one"
            )
            continue
        seen.add(matrix)
        report.exact("matrix", f"{form.title}: {matrix}")
        several = len(names.matrices[matrix]) > 1
        group = re.sub(r"[^a-z0-9_]+", "_", (f"{form_name}_{matrix}" if several else matrix).lower())[:60]
        found |= {field.name: group for field in fields}
    return found


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(?:\.\d+)?", text) is not None
