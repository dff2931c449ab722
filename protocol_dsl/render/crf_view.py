"""What the specification of the case report forms shows, as plain data; how it looks is the template's business."""

from __future__ import annotations

import re
from typing import NamedTuple

from protocol_dsl.model import wording
from protocol_dsl.model.base import Choice
from protocol_dsl.model.forms import Field, Form, Instrument
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.quantities import UnitError, parse_unit
from protocol_dsl.render.crf_grid import Column, StageSpan, grid, spans
from protocol_dsl.render.text import clause

TYPES = {
    "integer": "Whole number",
    "decimal": "Decimal number",
    "text": "Text",
    "date": "Date",
    "time": "Time",
    "datetime": "Date and time",
    "yes_no": "Yes / no",
    "choice": "One of",
    "choices": "Any of",
    "file": "File",
    "slider": "Mark on a line",
    "derived": "Computed",
}
SOURCES = {
    "protocol": "Written in the protocol",
    "library": "Library form",
    "instrument": "Instrument",
    "assessment": "Made from the assessment",
    "eligibility": "Made from the eligibility criteria",
    "dosing": "Made from the dosing statements",
    "randomisation": "Made from the randomisation",
    "facts": "Made from the facts",
    "events": "Made from the facts that rules and endpoints count",
}
# Words whose choices need no list on every question.
_PLAIN = ("yes_no",)
YES_NO = (("1", "Yes"), ("0", "No"))


class Line(NamedTuple):
    """One line of a form's table: a heading, the head of a matrix (with its common choices), or a field.

    A heading has only `label`; the head of a matrix `label` and `choices`. `number` counts the fields of the form.
    `limits` reads `34.0 to 43.0`, `strictness` `soft` or `hard` or nothing; `hard` are the limits beyond which a value
    is refused, of a field that has soft ones besides. `answer` is the type as the model has it; `options` are (code,
    label), also in a row of a matrix. `holds` is what the protocol calls the value, where the field's name does not
    say it.
    """

    kind: str
    label: str
    number: int | None = None
    name: str = ""
    type: str = ""
    unit: str = ""
    ucum: str = ""
    limits: str = ""
    strictness: str = ""
    hard: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    identifier: bool = False
    condition: str = ""
    derivation: str = ""
    remarks: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    holds: str = ""
    answer: str = ""
    options: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


class CheckLine(NamedTuple):
    """A check across fields: what it says, and the condition that must hold."""

    name: str
    text: str
    condition: str
    strictness: str


class FormPage(NamedTuple):
    """One form. `anchor` is its id in the document, `when` a sentence for a form without visits."""

    number: int
    anchor: str
    name: str
    title: str
    source: str
    records: tuple[str, ...]
    visits: tuple[str, ...]
    when: str
    repeating: bool
    timed: bool
    condition: str
    populations: str
    instructions: tuple[str, ...]
    instrument: str
    citation: str
    licence: str
    lines: tuple[Line, ...]
    checks: tuple[CheckLine, ...]
    fields: int


class GridRow(NamedTuple):
    """A form as a row of the matrix; `cells` are marks of `crf_grid`, empty where it is not completed."""

    page: FormPage
    cells: tuple[str, ...]


class View(NamedTuple):
    """The whole document."""

    forms: tuple[FormPage, ...]
    columns: tuple[Column, ...]
    stages: tuple[StageSpan, ...]
    rows: tuple[GridRow, ...]
    fields: int
    uses_soft: bool
    uses_hard: bool
    uses_conditions: bool


def view(protocol: Protocol, forms: tuple[Form, ...]) -> View:
    """Everything that the templates show of `forms`."""
    pages = tuple(_page(form, number, protocol) for number, form in enumerate(forms, 1))
    columns, rows = grid(protocol, forms)
    strictness = {line.strictness for page in pages for line in page.lines}
    strictness |= {check.strictness for page in pages for check in page.checks}
    return View(
        forms=pages,
        columns=columns,
        stages=spans(columns),
        rows=tuple(GridRow(page, cells) for page, cells in zip(pages, rows, strict=True)),
        fields=sum(page.fields for page in pages),
        uses_soft="soft" in strictness,
        uses_hard="hard" in strictness,
        uses_conditions=any("(" in cell for cells in rows for cell in cells),
    )


def _page(form: Form, number: int, protocol: Protocol) -> FormPage:
    titles = {visit.name: visit.title for visit in protocol.visits}
    recorded = {each.name: each.title for each in (*protocol.assessments, *protocol.collections)}
    people = {each.name: each.title for each in protocol.populations}
    instrument = protocol.instrument(form.instrument) if form.instrument else None
    lines = tuple(_lines(form, protocol))
    return FormPage(
        number=number,
        anchor=f"form-{number}-{_anchor(form.name)}",
        name=form.name,
        title=_flat(form.title),
        source=SOURCES[form.source],
        records=tuple(_flat(recorded.get(name, name)) for name in form.records),
        visits=tuple(_flat(titles.get(name, name)) for name in form.visits),
        when="" if form.visits else _when(form),
        repeating=form.repeating,
        timed=any(each.name in form.records and each.sampling for each in protocol.assessments),
        condition=clause(form.condition.english) if form.condition else "",
        populations=wording.listing(people.get(name, name) for name in form.populations),
        instructions=tuple(_flat(line) for line in form.instructions),
        instrument=_instrument_line(instrument),
        citation=_flat(form.citation or ""),
        licence=_licence(instrument),
        lines=lines,
        checks=tuple(
            CheckLine(check.name, _flat(check.text), _flat(check.where.english), check.kind) for check in form.checks
        ),
        fields=sum(line.kind == "field" for line in lines),
    )


def _anchor(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def _when(form: Form) -> str:
    return "Kept throughout, one record an event" if form.repeating else "Once, when it happens"


def _instrument_line(instrument: Instrument | None) -> str:
    if instrument is None:
        return ""
    parts = [instrument.title, instrument.abbreviation or ""]
    edition = f"edition {instrument.edition}" if instrument.edition else ""
    return ", ".join(_flat(part) for part in (*dict.fromkeys(parts), edition) if part)


def _licence(instrument: Instrument | None) -> str:
    if instrument is None or instrument.licence is None:
        return ""
    words = {"open": "open", "reference_only": "reference only, the text stays with its owner"}
    note = f" ({_flat(instrument.licence_note)})" if instrument.licence_note else ""
    return words.get(instrument.licence, instrument.licence) + note


def _lines(form: Form, protocol: Protocol) -> list[Line]:
    """Headings, heads of matrices and fields, in the order of the form."""
    lines: list[Line] = []
    matrix: str | None = None
    for number, each in enumerate(form.fields, 1):
        starts_matrix = each.matrix is not None and each.matrix != matrix
        if each.heading and not starts_matrix:
            lines.append(Line("heading", _flat(each.heading)))
        if starts_matrix:
            label = _flat(each.heading) if each.heading else "For each"
            lines.append(Line("matrix", label, type=TYPES.get(each.type, each.type), choices=_choices(each)))
        matrix = each.matrix
        lines.append(_field_line(each, number, protocol))
    return lines


def _field_line(each: Field, number: int, protocol: Protocol) -> Line:
    unit, ucum = unit_text(each.unit), each.ucum or ""
    formula = each.formula
    has_limits = each.low is not None or each.high is not None
    # A computed value cannot be refused; its limits say what it can be.
    strictness = each.range_kind or "" if has_limits and each.type != "derived" else ""
    return Line(
        kind="field",
        label=_flat(each.title),
        number=number,
        name=each.name,
        type=_type(each),
        unit=unit,
        ucum=ucum if ucum != unit else "",
        limits=limits(each),
        strictness=strictness,
        hard=_span(each.hard_low, each.hard_high, each.decimals) if strictness else "",
        choices=() if each.matrix else _choices(each),
        required=each.required,
        identifier=each.identifier,
        condition=clause(each.condition.english) if each.condition else "",
        derivation=_flat(formula.english) if formula else "",
        remarks=(*(_flat(remark) for remark in each.remarks), *_only_at(each, protocol)),
        codes=tuple(f"{system.upper()} {value}" for system, value in each.codes),
        holds="" if each.holds is None or each.name.endswith(each.holds.replace(".", "_")) else each.holds,
        answer=each.type,
        options=options(each),
        notes=tuple(f"{_NOTES[note.kind]}: {_flat(note.text)}" for note in each.notes if note.kind in _NOTES),
    )


def _only_at(each: Field, protocol: Protocol) -> tuple[str, ...]:
    titles = {visit.name: _flat(visit.title) for visit in protocol.visits}
    return (f"Only at {wording.listing(titles.get(name, name) for name in each.visits)}",) if each.visits else ()


_NOTES = {"assumed": "Assumed", "todo": "To do"}


def _type(each: Field) -> str:
    if each.matrix:
        return "as above"
    text = TYPES.get(each.type, each.type)
    if each.type == "decimal" and each.decimals:
        text += f", {each.decimals} {'place' if each.decimals == 1 else 'places'}"
    return f"{text}: {' – '.join(_flat(end) for end in each.ends)}" if each.ends else text


def unit_text(unit: str | None) -> str:
    """The unit as people write it; a unit that the protocol defines itself as it stands there."""
    if not unit:
        return ""
    try:
        return parse_unit(unit).text
    except UnitError:
        return unit


def limits(each: Field) -> str:
    """`34.0 to 43.0`, with the decimals of the field; one limit alone as `at least 0`."""
    return _span(each.low, each.high, each.decimals)


def _span(low: int | float | None, high: int | float | None, decimals: int | None) -> str:
    def shown(value: int | float) -> str:
        if decimals and abs(value) < 1e15:
            return f"{value:.{decimals}f}".replace("-", wording.MINUS)
        return wording.number(value)

    if low is not None and high is not None:
        return f"{shown(low)} to {shown(high)}"
    if low is not None:
        return f"at least {shown(low)}"
    return f"at most {shown(high)}" if high is not None else ""


def _choices(each: Field) -> tuple[str, ...]:
    if each.type in _PLAIN:
        return ()
    return tuple(_choice(choice) for choice in each.choices)


def options(each: Field) -> tuple[tuple[str, str], ...]:
    """The codes and labels that a coded field can have."""
    if each.type == "yes_no" and not each.choices:
        return YES_NO
    return tuple((choice.code, _flat(choice.label)) for choice in each.choices)


def _choice(choice: Choice) -> str:
    return f"{choice.code} = {_flat(choice.label)}"


def _flat(text: str) -> str:
    return " ".join(text.split())
