"""The specification of the case report forms and the annotated CRF as PDF."""

from __future__ import annotations

import re
from typing import Any

from protocol_dsl.render import crf, crf_forms
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.crf_annotated import TITLE as ANNOTATED
from protocol_dsl.render.crf_annotated import beside, domains
from protocol_dsl.render.crf_view import FormPage, Line, View
from protocol_dsl.render.crf_words import about, intro, marks
from protocol_dsl.render.page import page, words
from protocol_dsl.render.typeset import typeset

MOST_VISITS = 36
"""More visits than this are shown in several tables: on A4 a column would be narrower than its mark."""
DATE = (2000, 1, 1)
"""The date of a document whose protocol has none: a PDF for the archive needs one."""


def outputs(rendering: Rendering) -> list[Output]:
    """`crf.pdf` and `acrf.pdf`."""
    found = crf_forms.crf(rendering)
    return [
        Output(
            f"{name}.pdf", typeset(f"{name}.typ", data(rendering, found, title), rendering.templates, rendering.fonts)
        )
        for name, title in (("crf", crf.TITLE), ("acrf", ANNOTATED))
    ]


def data(rendering: Rendering, found: View, title: str) -> dict[str, Any]:
    """What the templates show; all of it text, numbers, lists and tables of these."""
    return {
        "page": words(page(rendering, title)),
        "date": _date(rendering.protocol.study.version_date),
        "intro": intro(found),
        "marks": marks(found),
        "matrix": [_part(found, start) for start in range(0, len(found.columns), MOST_VISITS)],
        "forms": [_form(form) for form in found.forms],
    }


def _date(written: str | None) -> list[int]:
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", written or "")
    return [int(part) for part in match.groups()] if match else list(DATE)


def _part(found: View, start: int) -> dict[str, Any]:
    """Columns from `start` on; `height` of their names in mm."""
    end = min(start + MOST_VISITS, len(found.columns))
    stages: list[dict[str, Any]] = []
    at = 0
    for span in found.stages:
        inside = min(end, at + span.width) - max(start, at)
        if inside > 0:
            # A name over one narrow column would be cut into letters; the visit below it says enough.
            stages.append({"title": span.title if inside > 2 or len(found.columns) < 12 else "", "width": inside})
        at += span.width
    visits = [column.title for column in found.columns[start:end]]
    return {
        "visits": visits,
        "stages": stages,
        "height": min(max(len(title) for title in visits) * 1.35 + 2, 36),
        "rows": [
            {"number": row.page.number, "title": row.page.title, "when": row.page.when,
             "cells": list(row.cells[start:end])}
            for row in found.rows
        ],
    }  # fmt: skip


def _form(form: FormPage) -> dict[str, Any]:
    return {
        "number": form.number,
        "name": form.name,
        "title": form.title,
        "source": form.source,
        "many": str(len(form.visits)) if form.visits else form.when,
        "fields": form.fields,
        "about": [list(each) for each in about(form)],
        "domains": domains(form),
        "lines": [_line(line) for line in form.lines],
        "checks": [each._asdict() for each in form.checks],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        **line._asdict(),
        "notes": [*line.remarks, *line.notes],
        "annotations": beside(line),
        "mapped": bool(line.codes),
    }
