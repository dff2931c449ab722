"""The specification of the case report forms as a Word document: list, matrix, a form a page."""

from __future__ import annotations

from collections.abc import Iterator

from protocol_dsl.render import crf_forms, crf_guide, crf_guide_word
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.crf import TITLE
from protocol_dsl.render.crf_view import FormPage, Line, View
from protocol_dsl.render.crf_words import about, form_bookmark, intro, marks
from protocol_dsl.render.page import page, words
from protocol_dsl.render.word import (
    PALE,
    SHADE,
    Block,
    Cell,
    Paragraph,
    Row,
    Run,
    Table,
    Turn,
    cell,
    document,
    text,
)

MOST_VISITS = 34
"""More visits than this are shown in several tables: on A4 a column would be narrower than its mark."""
UPRIGHT = 1700
"""Height of the names of visits, in twentieths of a point."""


def outputs(rendering: Rendering) -> list[Output]:
    """`crf.docx` and `crf_guide.docx`."""
    found = crf_forms.crf(rendering)
    parts = (
        ("crf.docx", TITLE, blocks(found)),
        ("crf_guide.docx", crf_guide.TITLE, crf_guide_word.blocks(crf_guide.guides(found))),
    )
    return [
        Output(name, document(name, content, words(page(rendering, title)), rendering.templates))
        for name, title, content in parts
    ]


def blocks(crf: View) -> Iterator[Block]:
    """What stands in the document."""
    yield text(intro(crf), "Trial Text")
    yield text("List of forms", "Heading 2")
    yield _list(crf)
    if crf.columns:
        yield Turn(landscape=True)
        yield text("Forms and visits", "Heading 2")
        yield from matrix(crf)
        yield Turn(landscape=False)
    for form in crf.forms:
        yield from _form(form)


def _list(crf: View) -> Table:
    rows = [_head("No.", "Form", "Name", "Source", "Visits", "Fields")]
    for form in crf.forms:
        link = Paragraph((Run(form.title, target=form_bookmark(form)),))
        rows.append(
            Row((cell(str(form.number)), Cell((link,)), _code(form.name), cell(form.source),
                 cell(str(len(form.visits)) if form.visits else form.when), cell(str(form.fields))))
        )  # fmt: skip
    return Table((5, 32, 21, 22, 12, 8), tuple(rows))


def matrix(crf: View) -> Iterator[Block]:
    """The forms by visits, in parts that fit on a page turned sideways, and what the marks mean."""
    for start in range(0, len(crf.columns), MOST_VISITS):
        yield _matrix(crf, start, min(start + MOST_VISITS, len(crf.columns)))
    yield text(marks(crf), "Trial Note")


def _matrix(crf: View, start: int, end: int) -> Table:
    columns = crf.columns[start:end]
    stages: list[Cell] = [cell("", "Trial Head")]
    at = 0
    for span in crf.stages:
        inside = min(end, at + span.width) - max(start, at)
        if inside > 0:
            # A name over one narrow column would be cut into letters; the visit below it says enough.
            stages.append(cell(span.title if inside > 2 else "", "Trial Mark", inside, PALE))
        at += span.width
    visits = [cell("Form", "Trial Head"), *(cell(each.title, "Trial Upright", upright=True) for each in columns)]
    rows = [Row(tuple(stages), head=True), Row(tuple(visits), head=True, height=UPRIGHT)]
    for row in crf.rows:
        title = Cell((Paragraph((Run(f"{row.page.number}. {row.page.title}", target=form_bookmark(row.page)),)),))
        if row.page.when:
            rows.append(Row((title, cell(row.page.when, "Trial Note", len(columns)))))
        else:
            marks = (cell(mark, "Trial Mark", fill=SHADE if "(" in mark else "") for mark in row.cells[start:end])
            rows.append(Row((title, *marks)))
    name = max(100 - 4 * len(columns), 24)
    return Table((name, *((100 - name) / len(columns) for _ in columns)), tuple(rows))


def _head(*titles: str) -> Row:
    return Row(tuple(cell(title, "Trial Head") for title in titles), head=True)


def _code(name: str) -> Cell:
    return Cell((text(name, run="Trial Code"),))


def _form(form: FormPage) -> Iterator[Block]:
    yield Paragraph((Run(f"{form.number}. {form.title}"),), "Heading 1", form_bookmark(form))
    for title, said in about(form):
        yield Paragraph((Run(f"{title}: ", "Trial Soft"), Run(said)), "Trial Text")
    rows = [_head("No.", "Question", "Answer", "Rules", "Field")]
    rows += [_line(line) for line in form.lines]
    yield Table((5, 35, 23, 19, 18), tuple(rows))
    if form.checks:
        yield text("Checks", "Heading 2")
        checks = [_head("Check", "Must hold", "Kind", "Name")]
        checks += [
            Row((cell(each.text), cell(each.condition), cell(each.strictness), _code(each.name)))
            for each in form.checks
        ]
        yield Table((38, 36, 8, 18), tuple(checks))


def _line(line: Line) -> Row:
    if line.kind != "field":
        runs = [Run(line.label)]
        if line.kind == "matrix":
            choices = f": {' · '.join(line.choices)}" if line.choices else ""
            runs.append(Run(f"    {line.type}{choices}", "Trial Soft"))
        return Row((Cell((Paragraph(tuple(runs), "Trial Section"),), 5, PALE),), keep=True)
    question = [Paragraph((Run(line.label, "Trial Question"),))]
    question += [text(said, run="Trial Soft") for said in (*line.remarks, *line.notes)]
    answer = [text(f"{line.type}, {line.unit}" if line.unit else line.type)]
    answer += [text(choice, "Trial Item") for choice in line.choices]
    return Row(
        (cell(str(line.number)), Cell(tuple(question)), Cell(tuple(answer)), Cell(tuple(_rules(line))),
         Cell(tuple(_names(line))))
    )  # fmt: skip


def _rules(line: Line) -> Iterator[Paragraph]:
    if line.required:
        yield text("required", run="Trial Word")
    if line.identifier:
        yield text("personal data", run="Trial Word")
    if line.limits:
        kind = (Run(f" {line.strictness}", "Trial Word"),) if line.strictness else ()
        yield Paragraph((Run(f"{line.limits} {line.unit}".strip()), *kind))
    if line.hard:
        yield Paragraph((Run(f"{line.hard} {line.unit}".strip()), Run(" hard", "Trial Word")))
    if line.condition:
        yield Paragraph((Run("Asked if ", "Trial Soft"), Run(line.condition)))
    if line.derivation:
        yield text(f"= {line.derivation}")


def _names(line: Line) -> Iterator[Paragraph]:
    yield text(line.name, run="Trial Code")
    for said in (*line.codes, *([f"UCUM {line.ucum}"] if line.ucum else [])):
        yield text(said, run="Trial Soft")
    if line.holds:
        yield text(f"protocol: {line.holds}", run="Trial Soft")
