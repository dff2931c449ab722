"""The five real trials: what the compiler says of each, and the documents that it makes of each.

The golden texts under `tests/golden/` were read before they were kept; `pytest --update` writes them anew.
"""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.diagnostics.model import ERROR
from protocol_dsl.render.context import Output, Rendering
from protocol_dsl.render.documents import files, make

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"
TRIALS = sorted((ROOT / "protocols").glob("*.proto"))
KEPT = ("soa.md", "calendar.csv", "registry.txt")
DAY0 = datetime.date(2026, 3, 2)

# The faults that the records themselves have; each file's head comment lists its own.
DESERVED = {"cd7_autoimmune": ["DOS001"]}
FOUND = {
    "cd7_autoimmune": {"DOS024", "REG012"},  # 21 participants where 18 are planned; "adverse events"
    "cd7_leukaemia": {"TXT002", "END006"},  # AT19; survival over 24 months and over 1 to 5 years
    "ecar01": {"TXT001", "CRF007", "REG006"},  # SCAR02; PGA of 0 to 3 mm; cells as a drug
    "lcar_aio": {"CRF007"},  # BVAS of 0 to 64
    "lupus": set[str](),
}


@cache
def compiled(path: Path) -> pipeline.Compiled:
    """A trial, compiled once."""
    return pipeline.check(path.relative_to(ROOT).as_posix())


@pytest.fixture(autouse=True)
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Places in the documents are shown as they are from the project's folder."""
    monkeypatch.chdir(ROOT)


def rendered(path: Path) -> list[Output]:
    """All documents of a trial."""
    trial = compiled(path)
    assert trial.protocol is not None
    assert trial.schedule is not None
    rendering = Rendering(trial.protocol, trial.schedule, trial.diagnostics, trial.sources, None, DAY0)
    return list(make(rendering, []))


def test_there_are_five() -> None:
    assert {path.stem for path in TRIALS} == set(FOUND)


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_errors_are_those_that_the_record_deserves(path: Path) -> None:
    errors = [finding.code for finding in compiled(path).diagnostics if finding.severity == ERROR]
    assert errors == DESERVED.get(path.stem, [])


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_contradictions_of_the_record_are_found(path: Path) -> None:
    codes = {finding.code for finding in compiled(path).diagnostics}
    assert codes >= FOUND[path.stem]
    assert not codes & {"SCH001", "SCH010", "SCH011", "END001"}, "the schedule that we assumed fits together"


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_every_document_is_made_and_is_the_same_again(path: Path) -> None:
    first = {output.path: output.data for output in rendered(path)}
    assert first == {output.path: output.data for output in rendered(path)}
    optional = {"escalation.html", "decision_table.csv"}
    assert set(files(on_request=False)) - optional <= set(first)
    assert all(first.values())


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_golden(path: Path, name: str, update: bool) -> None:
    text = next(output.data for output in rendered(path) if output.path == name).decode("utf-8-sig")
    golden = GOLDEN / path.stem / name
    if update:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="")
    assert text == golden.read_bytes().decode("utf-8")


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_marks_agree_between_schedule_calendar_and_forms(path: Path) -> None:
    from protocol_dsl.elaborate.library import load_form
    from protocol_dsl.forms.complete import complete

    trial = compiled(path)
    assert trial.protocol is not None
    forms = complete(trial.protocol, lambda name: load_form(name, trial.sources))
    by_record = {record: form for form in forms for record in form.records}
    for assessment in trial.protocol.assessments:
        form = by_record[assessment.name]
        assert set(assessment.visits) <= set(form.visits), assessment.name


@pytest.mark.parametrize(
    "path", [*TRIALS, *sorted((ROOT / "protocol_dsl" / "library").rglob("*.proto"))], ids=lambda path: path.stem
)
def test_every_shipped_file_is_formatted(path: Path) -> None:
    from protocol_dsl.syntax.formatter import format_text

    text = path.read_text(encoding="utf-8")
    assert format_text(text).text == text
