"""A data dictionary of REDCap becomes forms: written, compiled, exported again, and compared with what it was.

A logic that the compiler refuses is kept as it stands. What comes back otherwise is kept in annotations of the field:
all of it with `exact`, else only what the language has no words for.
"""

from __future__ import annotations

from typing import NamedTuple

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.model import ERROR, Diagnostic
from protocol_dsl.exchange.redcap.dictionary import Row
from protocol_dsl.exchange.redcap.forms_text import Extras, Written, write
from protocol_dsl.exchange.redcap.labels import same_text
from protocol_dsl.exchange.redcap.project_read import Read
from protocol_dsl.importing.report import Report
from protocol_dsl.render.redcap_bundle import project

_HEAD = "protocol imported {}\n"
_MOST_TRIES = 5
_TEXTS = ("field_label", "field_note", "section_header")
_SPELLING = ("branching_logic", "select_choices_or_calculations", "field_note", "required_field", "section_header")
"""Columns that statements hold; only `exact` keeps how they were spelled."""


class Imported(NamedTuple):
    """The text of the forms, a report, and faults of the text, of which there should be none."""

    text: str
    report: Report
    faults: list[Diagnostic]


def convert(rows: list[Row], read: Read | None, exact: bool) -> Imported:
    """The forms of a dictionary, with what its project adds."""
    titles = dict(read.titles) if read is not None else {}
    repeating = frozenset(each.form for each in read.repeating if each.form) if read is not None else frozenset[str]()
    extras = Extras(titles, repeating, {})
    for _ in range(_MOST_TRIES):
        written = write(rows, extras)
        refused = _refused(written)
        if not refused:
            break
        extras = extras._replace(verbatim=extras.verbatim | refused)
    # One comparison finds what is lost; what is put back can change what stands beside it, such as a type.
    for _ in range(3):
        written = write(rows, extras)
        own = _own(rows, exported(written.text), written, exact, extras)
        if own == extras.own:
            break
        extras = extras._replace(own=own)
    written = write(rows, extras)
    compiled = pipeline.check_text(_HEAD + written.text, "forms.proto")
    faults = [] if compiled.is_sound else [each for each in compiled.diagnostics if each.severity == ERROR]
    report = _report(rows, written, extras)
    if exact:
        for row, other in zip(rows, exported(written.text), strict=False):
            changed = [column for column, value in row._asdict().items() if value != getattr(other, column)]
            for column in changed:
                report.add("changed", f"{row.field_name}.{column}", "it does not come back as it was")
    return Imported(written.text, report, faults)


def exported(text: str) -> list[Row]:
    """The dictionary that forms give when they are exported as they stand."""
    compiled = pipeline.check_text(_HEAD + text, "forms.proto")
    return [] if compiled.protocol is None else project(compiled.protocol, compiled.protocol.forms).bundle.rows


def _refused(written: Written) -> frozenset[str]:
    """Fields whose statement has an error."""
    compiled = pipeline.check_text(_HEAD + written.text, "forms.proto")
    if compiled.is_sound:
        return frozenset()
    found: set[str] = set()
    for each in compiled.diagnostics:
        if each.severity == ERROR and each.span is not None:
            line = compiled.sources.files[each.span.file].position(each.span.start).line - 1
            found |= {written.lines[line]} if line in written.lines else set()
    return frozenset(found)


def _own(rows: list[Row], back: list[Row], written: Written, exact: bool, extras: Extras) -> dict[str, dict[str, str]]:
    """The columns of each field that an export would lose."""
    by_name = {row.field_name: row for row in back}
    kept = {(each.field, each.column) for each in written.kept}
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        other = by_name.get(row.field_name)
        own = dict(extras.own.get(row.field_name, {}))
        for column, value in row._asdict().items():
            if column in ("field_name", "form_name") or other is None or value == getattr(other, column):
                continue
            said = column in _SPELLING and (row.field_name, column) not in kept
            said = said or (column in _TEXTS and same_text(value, getattr(other, column)))
            if exact or not said or row.field_name in extras.verbatim or not getattr(other, column):
                own[column] = value
        if own:
            found[row.field_name] = own
    return found


def _report(rows: list[Row], written: Written, extras: Extras) -> Report:
    report = Report()
    own = {(field, column) for field, columns in extras.own.items() for column in columns}
    why = {(each.field, each.column): each.why for each in written.kept}
    for row in rows:
        for column, value in row._asdict().items():
            if not value:
                continue
            if (row.field_name, column) not in own:
                report.add("structured", column)
            elif (row.field_name, column) in why:
                report.add("text", f"{row.field_name}.{column}", why[row.field_name, column])
            else:
                report.add("text", column, "kept as it stands")
    return report
