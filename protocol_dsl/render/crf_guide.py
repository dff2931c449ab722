"""The completion guide: for who fills in the forms, when each is due and how each question is answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from protocol_dsl.render import crf_forms
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.crf_view import FormPage, Line, View
from protocol_dsl.render.environment import render
from protocol_dsl.render.page import page

TITLE = "CRF completion guide"
HOW = {
    "text": "Write in words.",
    "date": "Enter the date: day, month and year.",
    "time": "Enter the time on the 24-hour clock.",
    "datetime": "Enter date and time, the time on the 24-hour clock.",
    "yes_no": "Answer yes or no.",
    "choice": "Choose one.",
    "choices": "Choose all that apply.",
    "file": "Attach the file.",
    "slider": "Mark the place on the line.",
}


class When(NamedTuple):
    """A visit at which a form is due: its day and window, and whether it is due for every participant."""

    visit: str
    day: str
    window: str
    mark: str


class Entry(NamedTuple):
    """A line of the guide: a heading (only `label`), or a question with how to answer it."""

    kind: str
    label: str
    number: int | None
    name: str
    how: tuple[str, ...]
    choices: tuple[str, ...]


class Guide(NamedTuple):
    """A form in the guide."""

    form: FormPage
    when: tuple[When, ...]
    entries: tuple[Entry, ...]
    checks: tuple[str, ...]


def outputs(rendering: Rendering) -> list[Output]:
    """`crf_guide.html` and `crf_guide.md`."""
    data = {
        "page": page(rendering, TITLE),
        "guides": guides(crf_forms.crf(rendering)),
        "general": GENERAL,
    }
    return [
        Output(name, render(f"{name}.j2", data, rendering.templates).encode())
        for name in ("crf_guide.html", "crf_guide.md")
    ]


GENERAL = (
    "Answer every question that is asked. A question with “only if” is asked only then; otherwise it stays empty.",
    "A value outside a soft range is questioned: correct it, or confirm it. Outside a hard range it is refused.",
    "Enter numbers in the unit that stands there; convert what the laboratory reports in another one.",
    "What is computed is not entered.",
)
"""What holds for all forms."""


def guides(crf: View) -> list[Guide]:
    """All forms, in their order."""
    made: list[Guide] = []
    for row in crf.rows:
        columns = zip(crf.columns, row.cells, strict=True)
        when = tuple(When(column.title, column.day, column.window, mark) for column, mark in columns if mark)
        checks = tuple(
            f"{check.text}. If not, the entry is {'refused' if check.strictness == 'hard' else 'questioned'}."
            for check in row.page.checks
        )
        made.append(Guide(row.page, when, tuple(_entry(line) for line in row.page.lines), checks))
    return made


def _entry(line: Line) -> Entry:
    if line.kind != "field":
        choices = tuple(label for _, _, label in (choice.partition(" = ") for choice in line.choices))
        return Entry(line.kind, line.label, None, "", (), choices)
    labels = tuple(label for _, label in line.options) if line.answer in ("choice", "choices") else ()
    # The choices of a matrix stand at its head.
    return Entry("field", line.label, line.number, line.name, tuple(how(line)), labels if line.choices else ())


def how(line: Line) -> Iterator[str]:
    """How to answer a question, sentence by sentence."""
    if line.answer == "derived":
        yield f"Computed: {line.derivation}." if line.derivation else "Computed."
        return
    if line.condition:
        yield f"Only if {line.condition}."
    yield _entered(line)
    if line.limits and line.strictness:
        limits = f"{line.limits} {line.unit}".rstrip()
        if line.strictness == "hard":
            yield f"Accepted: {limits}."
        else:
            yield f"Expected: {limits}; confirm another value."
        if line.hard:
            yield f"Accepted: {f'{line.hard} {line.unit}'.rstrip()}."
    if line.required:
        yield "Must be answered."
    if line.identifier:
        yield "Personal data."
    for remark in line.remarks:
        yield remark if remark.endswith((".", "!", "?")) else f"{remark}."


def _entered(line: Line) -> str:
    unit = f" in {line.unit}" if line.unit else ""
    if line.answer == "integer":
        return f"Enter a whole number{unit}."
    if line.answer == "decimal":
        places = line.type.partition(", ")[2]
        return f"Enter a number{unit}{f', with {places}' if places and places != 'as above' else ''}."
    return HOW.get(line.answer, f"{line.type}.")
