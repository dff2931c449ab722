"""Single fields: their type, choices, validation, limits, marks and labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from protocol_dsl.diagnostics.codes import red
from protocol_dsl.diagnostics.model import Diagnostic
from protocol_dsl.diagnostics.suggest import did_you_mean
from protocol_dsl.exchange.redcap import vocabulary
from protocol_dsl.exchange.redcap.dictionary import COLUMNS, Line
from protocol_dsl.exchange.redcap.project import Project

LIMIT_COLUMNS = ("text_validation_min", "text_validation_max")
SLIDER_LABELS = 3
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*?(/?)>")
_ALONE = ("br", "hr", "img", "input", "wbr", "col", "source", "meta", "link")
_BOX_TAGS = ("@NONEOFTHEABOVE",)
_FILLED = ("@DEFAULT", "@NOW", "@TODAY", "@CALC", "@SETVALUE", "@USERNAME")


def kind_of(line: Line) -> str:
    """The type of a field, in lower case."""
    return line.row.field_type.strip().lower()


def types(project: Project) -> Iterator[Diagnostic]:
    """Each type exists."""
    for line in project.lines:
        kind = kind_of(line)
        if kind not in vocabulary.FIELD_TYPES:
            yield red.TYPE.at(
                line.span("field_type"),
                f"there is no type `{line.row.field_type}`" if kind else f"`{line.row.field_name}` has no type",
                help=did_you_mean(kind, vocabulary.FIELD_TYPES) or "the types are " + ", ".join(vocabulary.FIELD_TYPES),
            )


def choices(project: Project) -> Iterator[Diagnostic]:
    """Choices, slider labels and calculations stand where they are due."""
    for line in project.lines:
        kind, written = kind_of(line), line.row.select_choices_or_calculations
        span = line.span("select_choices_or_calculations")
        if kind == "calc" and not written.strip():
            yield red.CALCULATION.at(span, f"`{line.row.field_name}` is calculated, and no calculation stands here")
        elif kind == "slider" and written.count("|") >= SLIDER_LABELS:
            yield red.CHOICES.at(
                span, f"a slider has {SLIDER_LABELS} labels at most", help="write `left | middle | right`"
            )
        elif kind in vocabulary.CHOICE_TYPES:
            yield from _choices(line, written)


def _choices(line: Line, written: str) -> Iterator[Diagnostic]:
    span = line.span("select_choices_or_calculations")
    if not written.strip():
        yield red.CHOICES.at(
            span, f"`{line.row.field_name}` has no choices", help="write them as `1, First | 2, Second`"
        )
        return
    seen: set[str] = set()
    for part in written.split("|"):
        code, comma, label = (piece.strip() for piece in part.partition(","))
        if not comma or not code:
            yield red.CHOICES.at(
                span, f"`{part.strip()}` is no choice: {'the code' if comma else 'a comma'} is missing",
                help="write `code, label`, with ` | ` between two choices",
            )  # fmt: skip
        elif not re.fullmatch(r"[\w.\-]+", code):
            yield red.CHOICES.at(span, f"`{code}` is no code", help="a code is made of letters, digits and `_`")
        elif code in seen:
            yield red.CODE_TWICE.at(span, f"the code `{code}` stands twice", help="give each choice its own code")
        if comma and not label:
            yield red.LABEL.at(span, f"the choice `{code}` has no label")
        seen.add(code)


def validations(project: Project) -> Iterator[Diagnostic]:
    """Each validation exists, and goes with the type of its field."""
    for line in project.lines:
        kind, written = kind_of(line), line.row.validation
        if not written or kind not in vocabulary.FIELD_TYPES or written in project.validations:
            continue
        span = line.span("text_validation_type_or_show_slider_number")
        known = vocabulary.VALIDATIONS.get(kind, ())
        if not known:
            yield red.VALIDATION.at(span, f"a field of type {kind} takes no validation; `{written}` stands here")
        elif written not in known:
            yield red.VALIDATION.at(
                span,
                f"there is no validation `{written}` for a field of type {kind}",
                help=did_you_mean(written, known)
                or "if the site has added it, say `--validation "
                + written
                + "`; REDCap's own are "
                + ", ".join(known[:14]),
            )


def limits(project: Project) -> Iterator[Diagnostic]:
    """Limits are readable, go with the validation, and stand in order."""
    for line in project.lines:
        values = {column: getattr(line.row, column).strip() for column in LIMIT_COLUMNS}
        if not any(values.values()) or kind_of(line) == "slider":
            continue
        validation = line.row.validation
        given = next(column for column in LIMIT_COLUMNS if values[column])
        if validation in project.validations:
            continue
        if validation not in vocabulary.LIMITED:
            what = f"the validation `{validation}` takes none" if validation else "the field has no validation"
            yield red.LIMITS.at(
                line.span(given), f"a limit, and {what}", help="say what is entered: integer, number, date_ymd …"
            )
            continue
        pattern = vocabulary.LIMIT_PATTERNS[validation]
        bad = False
        for column, value in values.items():
            if value and not pattern.fullmatch(value) and not _moves(value):
                bad = True
                due = "year-month-day" if validation in vocabulary.DATE_VALIDATIONS else f"of the kind {validation}"
                yield red.LIMITS.at(line.span(column), f"`{value}` is no limit {due}")
        low, high = (values[column] for column in LIMIT_COLUMNS)
        if not bad and low and high and not _moves(low) and not _moves(high) and _above(validation, low, high):
            yield red.LIMITS.at(
                line.span(LIMIT_COLUMNS[0]), f"the smallest value {low} is above the largest, {high}", help="swap them"
            )


def _moves(value: str) -> bool:
    return value.lower() in vocabulary.MOVING_LIMITS or value.startswith("[")


def _above(validation: str, low: str, high: str) -> bool:
    if validation in vocabulary.NUMBER_VALIDATIONS:
        return float(low.replace(",", ".")) > float(high.replace(",", "."))
    return low.rjust(len(high), "0") > high.rjust(len(low), "0")


def flags(project: Project) -> Iterator[Diagnostic]:
    """The columns that are `y` or empty, and the alignment."""
    for line in project.lines:
        for column in ("identifier", "required_field", "matrix_ranking"):
            value = getattr(line.row, column).strip()
            if value.lower() not in ("", "y"):
                what = f"`{value}` in the column `{dict(COLUMNS)[column]}`"
                yield red.FLAG.at(line.span(column), what, help="write `y`, or nothing")
        alignment = line.row.custom_alignment.strip()
        if alignment.upper() not in ("", *vocabulary.ALIGNMENTS):
            yield red.FLAG.at(
                line.span("custom_alignment"),
                f"`{alignment}` is no alignment",
                help="write " + ", ".join(vocabulary.ALIGNMENTS) + " or nothing",
            )


def required(project: Project) -> Iterator[Diagnostic]:
    """What is required can be filled in."""
    for line in project.lines:
        row = line.row
        if row.required_field.strip().lower() != "y":
            continue
        tags = re.findall(r"@[A-Z-]+", row.field_annotation)
        closed = next((tag for tag in tags if tag in ("@HIDDEN", "@READONLY")), None)
        filled = kind_of(line) == "calc" or any(tag.startswith(_FILLED) for tag in tags)
        if closed and not filled:
            what = f"`{row.field_name}` is required, and {closed} keeps people from filling it in"
            yield red.HIDDEN_REQUIRED.at(line.span("required_field"), what)
        if kind_of(line) == "checkbox" and len(row.choices) > 1 and not any(tag in _BOX_TAGS for tag in tags):
            yield red.REQUIRED_BOX.at(
                line.span("required_field"), f"one box of `{row.field_name}` has to be ticked, even if none applies"
            )


def labels(project: Project) -> Iterator[Diagnostic]:
    """Labels are there, and their markup is closed."""
    for line in project.lines:
        row = line.row
        if not row.field_label.strip() and kind_of(line) != "descriptive":
            yield red.LABEL.at(line.span("field_label"), f"`{row.field_name}` has no label")
        for column in ("section_header", "field_label", "field_note"):
            tag = open_tag(getattr(row, column))
            if tag:
                yield red.MARKUP.at(line.span(column), f"`<{tag}>` is not closed", help=f"close it with `</{tag}>`")


def open_tag(text: str) -> str | None:
    """The first tag of a text that is opened and not closed."""
    stack: list[str] = []
    for close, name, alone in _TAG.findall(text):
        name = name.lower()
        if alone or name in _ALONE:
            continue
        if not close:
            stack.append(name)
        elif name in stack:
            while stack.pop() != name:
                pass
    # Browsers close these by themselves.
    left = [name for name in stack if name not in ("p", "li", "td", "tr", "th")]
    return left[0] if left else None


def formulas(project: Project) -> Iterator[Diagnostic]:
    """No cell begins as a formula of a spreadsheet."""
    skipped = ("field_annotation", "text_validation_min", "text_validation_max", "select_choices_or_calculations")
    for line in project.lines:
        for column, _ in COLUMNS:
            value = getattr(line.row, column)
            if value[:1] in ("=", "+", "-", "@") and column not in skipped:
                yield red.FORMULA.at(
                    line.span(column), f"spreadsheet programs take `{value[:20]}` for a formula",
                    help="begin with a letter",
                )  # fmt: skip


CHECKS: tuple[Callable[[Project], Iterator[Diagnostic]], ...] = (
    types,
    choices,
    validations,
    limits,
    flags,
    required,
    labels,
    formulas,
)
