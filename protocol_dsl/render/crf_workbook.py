"""The build workbook: everything that who builds the database copies from, a sheet a subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from protocol_dsl.model.forms import Field, Form
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.model.wording import listing
from protocol_dsl.render import crf_forms
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.crf_codelists import Codelists
from protocol_dsl.render.crf_view import FormPage, Line, View, unit_text
from protocol_dsl.render.days import day_number
from protocol_dsl.render.page import Group, page
from protocol_dsl.render.sheets import ACCENT, LINE, PALE, SHADE, ZEBRA, Book, Cells, Sheet, plain_list, print_setup
from protocol_dsl.render.soa_columns import CONTACTS
from protocol_dsl.render.text import clause
from protocol_dsl.schedule.build import Schedule

TITLE = "Build workbook of the case report forms"
SHEETS = {
    "Visits": "each visit with its day, window and condition",
    "Forms": "each form: when it is completed, by whom it is needed, where it comes from",
    "Fields": "each field once: type, unit, limits, codes, annotations",
    "Codelists": "each list of codes once; fields with the same codes share one",
    "Units": "each unit with its UCUM code and the fields that use it",
    "Checks": "ranges of single fields, and checks across fields",
    "Derivations": "computed fields with their formulas",
    "Matrix": "which form is completed at which visit",
}
_SYSTEMS = ("cdash", "sdtm", "loinc", "ncit")


def outputs(rendering: Rendering) -> list[Output]:
    """`crf_build.xlsx`."""
    found = workbook(
        rendering.protocol,
        rendering.schedule,
        crf_forms.forms(rendering),
        crf_forms.crf(rendering),
        page(rendering, TITLE),
    )
    return [Output("crf_build.xlsx", found)]


def workbook(protocol: Protocol, schedule: Schedule, forms: tuple[Form, ...], crf: View, head: dict[str, Any]) -> bytes:
    """The bytes of an .xlsx file; `crf` is the view of `forms`, `head` the page of the document."""
    book = Book(head["line"])
    _about(book.sheet("About"), head)
    codelists = Codelists(forms)
    _sheet(book, "Visits", _VISITS, list(_visits(protocol, schedule)), head)
    _sheet(book, "Forms", _FORMS, [_form(form, shown) for form, shown in zip(forms, crf.forms, strict=True)], head)
    _sheet(book, "Fields", _FIELDS, list(_fields(forms, crf, codelists)), head)
    _sheet(book, "Codelists", ["Codelist", "No.", "Code", "Label", "NCIT", "Fields"], list(codelists.rows()), head)
    _sheet(book, "Units", ["Unit", "UCUM code", "Number of fields", "Fields"], list(_units(forms)), head)
    _sheet(book, "Checks", _CHECKS, [*_ranges(forms, crf), *_checks(forms)], head)
    _sheet(book, "Derivations", _DERIVATIONS, list(_derivations(forms)), head)
    _matrix(book.sheet("Matrix"), crf, head)
    return book.bytes()


def _sheet(book: Book, name: str, titles: list[str], rows: list[Cells], head: dict[str, Any]) -> None:
    plain_list(book.sheet(name), titles, rows, head)


def _about(out: Sheet, head: dict[str, Any]) -> None:
    trial = head["trial"]
    out.write(0, 0, trial["title"], bold=True, font_size=13)
    out.write(1, 0, head["line"], font_color="#51626E")
    at = 3
    for name, what in SHEETS.items():
        out.write(at, 0, name, bold=True, font_color=ACCENT)
        out.write(at, 1, what)
        at += 1
    groups: list[Group] = head["banner"]["groups"] if head["banner"] else []
    for group in groups:
        at += 1
        out.write(at, 0, group.title, bold=True, font_color="#7A4B00")
        for finding in group.findings:
            out.write(at, 1, " ".join(part for part in (finding.code, finding.text, finding.place) if part))
            at += 1
    out.sheet.set_column(0, 0, 22)
    out.sheet.set_column(1, 1, 110)
    print_setup(out, head, rows=(0, 1), area=(at, 1), wide=False)


_VISITS = [
    "No.", "Name", "Visit", "Stage", "Day", "Nominal day", "Window", "Earliest day", "Latest day", "Contact",
    "Condition", "For",
]  # fmt: skip


def _visits(protocol: Protocol, schedule: Schedule) -> Iterator[Cells]:
    stages = {stage.name: _flat(stage.title) for stage in protocol.stages}
    people = {each.name: _flat(each.title) for each in (*protocol.arms, *protocol.populations)}
    for number, visit in enumerate(sorted(protocol.visits, key=lambda each: each.order), 1):
        low, high = schedule.bounds.get(visit.name, (visit.earliest, visit.latest))
        yield [
            number, visit.name, _flat(visit.title), stages.get(visit.stage or "", visit.cycle or ""),
            visit.timing.text, day_number(visit.offset, protocol.timeline), visit.window.text if visit.window else "",
            day_number(low, protocol.timeline), day_number(high, protocol.timeline),
            CONTACTS.get(visit.contact, visit.contact),
            _flat(visit.condition.english) if visit.condition else ("optional" if visit.optional else ""),
            listing(people.get(name, name) for name in (*visit.arms, *visit.populations)),
        ]  # fmt: skip


_FORMS = [
    "No.", "Name", "Form", "Fields", "Visits", "Number of visits", "Records", "Repeating", "Only if", "Only for",
    "Source", "Instrument", "Reference", "Licence", "Instructions",
]  # fmt: skip


def _form(form: Form, shown: FormPage) -> Cells:
    return [
        shown.number, shown.name, shown.title, shown.fields, ", ".join(form.visits) or shown.when, len(form.visits),
        ", ".join(shown.records), "yes" if form.repeating else "no", shown.condition, shown.populations, shown.source,
        shown.instrument, shown.citation, shown.licence, " ".join(shown.instructions),
    ]  # fmt: skip


_FIELDS = [
    "Form", "Field", "No.", "Question", "Section", "Type", "Decimals", "Unit", "UCUM code", "Lowest", "Highest",
    "Range is", "Refused below", "Refused above", "Codelist", "Required", "Personal data", "Asked if", "Condition",
    "Formula", "Matrix", "Notes",
    *(system.upper() for system in _SYSTEMS), "Other codes",
]  # fmt: skip


def _fields(forms: tuple[Form, ...], crf: View, codelists: Codelists) -> Iterator[Cells]:
    for form, shown in zip(forms, crf.forms, strict=True):
        lines = {line.number: line for line in shown.lines if line.kind == "field"}
        section = ""
        for number, each in enumerate(form.fields, 1):
            section = _flat(each.heading) if each.heading else section
            yield _field(form, each, lines[number], section, codelists)


def _field(form: Form, each: Field, line: Line, section: str, codelists: Codelists) -> Cells:
    codes = [", ".join(value for system, value in each.codes if system == wanted) for wanted in _SYSTEMS]
    others = ", ".join(f"{system} {value}" for system, value in each.codes if system not in _SYSTEMS)
    return [
        form.name, each.name, line.number or 0, line.label, section, each.type,
        "" if each.decimals is None else each.decimals, line.unit, each.ucum or "",
        "" if each.low is None else each.low, "" if each.high is None else each.high, line.strictness,
        "" if each.hard_low is None else each.hard_low, "" if each.hard_high is None else each.hard_high,
        codelists.name_of(each), _yes(each.required), _yes(each.identifier), line.condition,
        each.condition.text if each.condition else "", each.formula.text if each.formula else "", each.matrix or "",
        " ".join((*line.remarks, *line.notes)), *codes, others,
    ]  # fmt: skip


def _units(forms: tuple[Form, ...]) -> Iterator[Cells]:
    used: dict[tuple[str, str], list[str]] = {}
    for form in forms:
        for each in form.fields:
            if each.unit:
                used.setdefault((unit_text(each.unit), each.ucum or each.unit), []).append(each.name)
    for (unit, ucum), names in sorted(used.items()):
        yield [unit, ucum, len(names), ", ".join(names)]


_CHECKS = ["Form", "Check", "Kind", "Fires", "Message", "Must hold", "Expression"]


def _ranges(forms: tuple[Form, ...], crf: View) -> Iterator[Cells]:
    """Ranges of fields that are entered; a computed value cannot be refused."""
    for form, shown in zip(forms, crf.forms, strict=True):
        for line in shown.lines:
            for limits, kind in ((line.limits, line.strictness), (line.hard, "hard")):
                if limits and kind:
                    text = f"{limits} {line.unit}".strip()
                    said = f"{line.label}: {text}"
                    yield [form.name, line.name, "range", kind, said, f"{line.label} is {text}", line.name]


def _checks(forms: tuple[Form, ...]) -> Iterator[Cells]:
    for form in forms:
        for each in form.checks:
            yield [
                form.name, each.name, "check", each.kind, _flat(each.text), clause(each.where.english), each.where.text
            ]  # fmt: skip


_DERIVATIONS = ["Form", "Field", "Question", "Unit", "Formula", "Expression"]


def _derivations(forms: tuple[Form, ...]) -> Iterator[Cells]:
    for form in forms:
        for each in form.fields:
            if each.formula is not None:
                yield [
                    form.name, each.name, _flat(each.title), unit_text(each.unit), _flat(each.formula.english),
                    each.formula.text,
                ]  # fmt: skip


def _matrix(out: Sheet, crf: View, head: dict[str, Any]) -> None:
    edge = {"border": 1, "border_color": LINE}
    upright = {"rotation": 90, "align": "center", "valign": "bottom", "bg_color": PALE}
    column = 2
    for span in crf.stages:
        out.merge(0, column, column + span.width - 1, span.title, bold=True, align="center", text_wrap=True, **edge)
        column += span.width
    for at, title in enumerate(("Name", "Form")):
        out.write(0, at, "", **edge)
        out.write(1, at, "", **edge)
        out.write(2, at, title, bold=True, bg_color=PALE, **edge)
    longest = max((len(each.title) for each in crf.columns), default=1)
    out.sheet.set_row(1, min(max(longest * 5.6 + 8, 40), 170))
    for at, each in enumerate(crf.columns, 2):
        out.write(1, at, each.title, **upright, **edge)
        out.write(2, at, each.name, align="center", font_size=8, bg_color=PALE, **edge)
    for at, row in enumerate(crf.rows, 3):
        ground = ZEBRA if at % 2 else "#FFFFFF"
        out.write(at, 0, row.page.name, bg_color=ground, **edge)
        out.write(at, 1, row.page.title, bg_color=ground, **edge)
        if row.page.when and crf.columns:
            last = len(crf.columns) + 1
            out.merge(at, 2, last, row.page.when, italic=True, font_color="#51626E", bg_color=ground, **edge)
            continue
        for place, mark in enumerate(row.cells, 2):
            out.write(at, place, mark, align="center", bg_color=SHADE if "(" in mark else ground, **edge)
    end = len(crf.rows) + 3
    said = "X = one record; X+ = several records; in brackets: not for every participant"
    out.write(end + 1, 0, said, font_color="#51626E")
    out.sheet.set_column(0, 0, 24)
    out.sheet.set_column(1, 1, 40)
    out.sheet.set_column(2, max(len(crf.columns) + 1, 2), 6)
    out.sheet.freeze_panes(3, 2)
    print_setup(out, head, rows=(0, 2), area=(end + 1, len(crf.columns) + 1), wide=len(crf.columns) > 30)


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _flat(text: str) -> str:
    return " ".join(text.split())
