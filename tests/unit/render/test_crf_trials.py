"""The forms of the five trials against their schedules of assessments."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.render import crf_forms
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.soa_view import view

TRIALS = sorted(Path(__file__).parents[3].glob("protocols/*.proto"))


@cache
def rendering(path: Path) -> Rendering:
    compiled = pipeline.check(str(path))
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    return Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources)


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_forms_are_at_the_visits_of_the_schedule(path: Path) -> None:
    given = rendering(path)
    table = view(given.protocol, given.schedule).table
    found = crf_forms.crf(given)
    columns = [column.visit for column in table.columns]
    assert [column.name for column in found.columns] == columns
    rows = {row.name: row for section in table.sections for row in section.rows}
    shown = {form.name: row for form, row in zip(crf_forms.forms(given), found.rows, strict=True)}
    for assessment in given.protocol.assessments:
        forms = [form for form in crf_forms.forms(given) if assessment.name in form.records]
        assert forms, assessment.name
        wanted = {visit for visit, cell in zip(columns, rows[assessment.name].cells, strict=True) if cell.mark}
        marked = {
            visit for form in forms for visit, mark in zip(columns, shown[form.name].cells, strict=True) if mark
        }  # fmt: skip
        assert marked == wanted, assessment.name


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_a_mark_that_is_not_for_all_in_the_schedule_is_not_for_all_here(path: Path) -> None:
    given = rendering(path)
    table = view(given.protocol, given.schedule).table
    rows = {row.name: row for section in table.sections for row in section.rows}
    found = crf_forms.crf(given)
    for form, row in zip(crf_forms.forms(given), found.rows, strict=True):
        if len(form.records) == 1 and form.records[0] in {each.name for each in given.protocol.assessments}:
            for cell, mark in zip(rows[form.records[0]].cells, row.cells, strict=True):
                assert mark.startswith("(") == bool(cell.is_shaded and mark), (form.name, mark)
