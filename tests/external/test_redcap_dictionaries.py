"""Data dictionaries of live projects: no rule cries wolf."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl.diagnostics.model import ERROR
from protocol_dsl.exchange.redcap.lint import lint
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
