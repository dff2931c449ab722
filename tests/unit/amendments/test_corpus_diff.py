"""Realistic amendments of the five trials, and what `protoc diff` prints of each.

Every `tests/corpus/diff/NAME.edit` holds behind a line `#---` the comparison as text, then the findings about the
amendment block. A name that begins with a code shows this code. `pytest --update` writes the outputs anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.amendments.comparison import compared
from protocol_dsl.amendments.text import text
from protocol_dsl.source import SourceMap
from tests.unit.amendments.edits import EDITS, MARK, versions


@pytest.mark.parametrize("path", EDITS, ids=lambda path: path.stem)
def test_amendment(path: Path, update: bool) -> None:
    name, old, new = versions(path)
    made = compared(_compiled(f"{name}.proto", old), _compiled(f"{name}.proto", new))
    # Without places: the trials are edited, and lines move.
    findings = [f"{each.severity}[{each.code}]: {each.message}\n  = help: {each.help}" for each in made.diagnostics]
    printed = "\n".join([text(made), *findings])
    commented = "".join(f"# {line}".rstrip() + "\n" for line in printed.splitlines())
    script, _, expected = path.read_text(encoding="utf-8").partition(MARK)
    if update:
        path.write_text(script + MARK + commented, encoding="utf-8")
        expected = commented
    if path.stem[:3] == "AMD":
        assert path.stem[:6] in {finding.code for finding in made.diagnostics}
    assert commented == expected


def _compiled(path: str, source: str) -> pipeline.Compiled:
    sources = SourceMap(None)
    sources.add_text(path, source)
    compiled = pipeline.compile_sources(sources, prove=False)
    assert compiled.is_sound, [finding.message for finding in compiled.diagnostics]
    return compiled


def test_there_are_thirty() -> None:
    assert sum(not path.stem.startswith("AMD") for path in EDITS) >= 30
    assert len({path.stem.partition("-")[0] for path in EDITS if path.stem[0].islower()} - {"amended"}) == 5
