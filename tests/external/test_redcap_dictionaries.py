"""Data dictionaries of live projects: no rule cries wolf."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl.diagnostics.model import ERROR
from protocol_dsl.exchange.redcap.lint import lint
from protocol_dsl.exchange.redcap.project import read
from protocol_dsl.exchange.redcap.project_read import read as read_xml
from protocol_dsl.importing.redcap import convert, exported
from protocol_dsl.source import SourceMap
from tests.external.dose_reference import FOLDER

FILES = sorted((FOLDER / "redcap").glob("*/dictionary.csv"))


@pytest.mark.skipif(not FILES, reason="the data dictionaries are not present")
def test_there_are_dictionaries() -> None:
    assert len(FILES) > 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_dictionary_has_no_error(path: Path) -> None:
    sources = SourceMap()
    found = lint(sources, sources.read(str(path)))
    assert [d.message for d in found if d.severity == ERROR] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_dictionary_comes_back_from_forms_as_it_was(path: Path) -> None:
    sources = SourceMap()
    rows = [line.row for line in read(sources, sources.read(str(path)))[0]]
    project = read_xml((path.parent / "project.xml").read_text(encoding="utf-8"))
    made = convert(rows, project, exact=True)
    assert made.faults == []
    assert exported(made.text) == rows


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_dictionary_is_the_one_of_its_project(path: Path) -> None:
    sources = SourceMap()
    rows = {line.row.field_name: line.row for line in read(sources, sources.read(str(path)))[0]}
    project = read_xml((path.parent / "project.xml").read_text(encoding="utf-8"))
    theirs = {row.field_name: row for row in project.rows}
    assert set(rows) <= set(theirs)
    # Some projects were changed after the dictionary was taken: a field became calculated, or no longer is.
    same = [name for name, row in rows.items() if row.field_type == theirs[name].field_type]
    assert len(same) >= len(rows) - 1
    for name in same:
        own, other = rows[name], theirs[name]
        assert own.choices == other.choices
        assert own._replace(select_choices_or_calculations="") == other._replace(select_choices_or_calculations="")
