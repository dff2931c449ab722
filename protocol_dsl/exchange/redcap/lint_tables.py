"""Names, forms and matrices: what holds between the rows of a dictionary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from protocol_dsl.diagnostics.codes import red
from protocol_dsl.diagnostics.model import Diagnostic, Label
from protocol_dsl.exchange.redcap.dictionary import Line
from protocol_dsl.exchange.redcap.project import Project

NAME = re.compile(r"[a-z][a-z0-9_]*")
FORM_NAME = re.compile(r"[a-z0-9_]+")
LONGEST_NAME = 100
ADVISED_NAME = 26


def names(project: Project) -> Iterator[Diagnostic]:
    """Each name is one that REDCap takes."""
    forms = set(project.forms)
    for line in project.lines:
        name, span = line.row.field_name, line.span("field_name")
        if not NAME.fullmatch(name):
            made = re.sub(r"[^a-z0-9_]+", "_", name.strip().lower()).lstrip("_0123456789")
            what = f"`{name}` is no name for REDCap" if name else "this row has no variable name"
            yield red.NAME.at(
                span, what, help=f"write `{made}`" if made else "a name is made of lower-case letters, digits and `_`"
            )
            continue
        of_form = next((f for f in forms if name in (f"{f}_complete", f"{f}_timestamp")), None)
        if name.startswith("redcap_") or "___" in name or of_form:
            what = f"a column of its own for the form {of_form}" if of_form else "names of this kind"
            yield red.RESERVED.at(span, f"`{name}` is taken: REDCap makes {what}", help="choose another name")
        if len(name) > LONGEST_NAME:
            yield red.TOO_LONG.at(span, f"this name has {len(name)} characters; REDCap keeps {LONGEST_NAME}")
        elif len(name) > ADVISED_NAME:
            yield red.LONG.at(span, f"this name has {len(name)} characters; REDCap advises {ADVISED_NAME} at most")


def duplicates(project: Project) -> Iterator[Diagnostic]:
    """Each name stands once."""
    first: dict[str, Line] = {}
    for line in project.lines:
        name = line.row.field_name
        if name in first:
            yield red.DUPLICATE.at(
                line.span("field_name"),
                f"`{name}` stands twice",
                also=[Label(first[name].span("field_name"), f"first in line {first[name].number}")],
                help="names are unique in the whole project",
            )
        elif name:
            first[name] = line


def forms(project: Project) -> Iterator[Diagnostic]:
    """Each form has a name, and its rows stand together."""
    left: set[str] = set()
    previous: Line | None = None
    for line in project.lines:
        form = line.row.form_name
        if not FORM_NAME.fullmatch(form):
            what = f"`{form}` is no name of a form" if form else f"`{line.row.field_name}` has no form"
            yield red.FORM.at(
                line.span("form_name"), what, help="a form is named in lower-case letters, digits and `_`"
            )
        if previous is not None and previous.row.form_name != form:
            left.add(previous.row.form_name)
            if form in left:
                yield red.FORM_SPLIT.at(
                    line.span("form_name"),
                    f"`{form}` goes on here, after rows of `{previous.row.form_name}`",
                    also=[Label(previous.span("form_name"), "another form")],
                    help="put all rows of a form together",
                )
        previous = line


def record_id(project: Project) -> Iterator[Diagnostic]:
    """The first row can be the identifier of the records."""
    if not project.lines:
        return
    line = project.lines[0]
    if line.row.field_type.strip().lower() != "text" or line.row.branching_logic.strip():
        yield red.RECORD_ID.at(
            line.span("field_type"),
            f"`{line.row.field_name}` stands first, so it is the record id, and is no plain text field",
            help="begin with a row such as `record_id,FORM,,text,Record ID`",
        )


def matrices(project: Project) -> Iterator[Diagnostic]:
    """The rows of a matrix are of one kind and stand together."""
    first: dict[str, Line] = {}
    last: dict[str, int] = {}
    for place, line in enumerate(project.lines):
        group, row = line.row.matrix_group_name.strip(), line.row
        if not group:
            if row.matrix_ranking.strip():
                yield red.MATRIX.at(line.span("matrix_ranking"), "a ranking, and the field is in no matrix")
            continue
        head = first.setdefault(group, line)
        if row.field_type not in ("radio", "checkbox"):
            yield red.MATRIX.at(
                line.span("field_type"),
                f"`{row.field_name}` is of type {row.field_type}, and stands in the matrix {group}",
                help="a matrix is made of radio or of checkbox fields",
            )
        elif row.field_type != head.row.field_type:
            yield red.MATRIX.at(
                line.span("field_type"),
                f"the matrix {group} mixes {head.row.field_type} and {row.field_type}",
                also=[Label(head.span("field_type"), "begins here")],
            )
        if row.choices != head.row.choices:
            yield red.MATRIX.at(
                line.span("select_choices_or_calculations"),
                f"`{row.field_name}` has other choices than the matrix {group}",
                also=[Label(head.span("select_choices_or_calculations"), "the choices of the matrix")],
                help="give all its rows the same choices",
            )
        if group in last and last[group] != place - 1:
            yield red.MATRIX.at(
                line.span("matrix_group_name"),
                f"the matrix {group} goes on here, after other fields",
                help="put its rows together, or name the second part otherwise",
            )
        if row.matrix_ranking.strip() and row.field_type == "checkbox":
            yield red.MATRIX.at(line.span("matrix_ranking"), "a ranking goes with radio fields, not with checkboxes")
        last[group] = place


CHECKS: tuple[Callable[[Project], Iterator[Diagnostic]], ...] = (names, duplicates, forms, record_id, matrices)
