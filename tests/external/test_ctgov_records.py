"""Real records of ClinicalTrials.gov: imported, compiled, and given back as the same records."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from protocol_dsl import pipeline
from protocol_dsl.exchange.ctgov_compare import differences
from protocol_dsl.exchange.timeframes import parse, render
from protocol_dsl.importing.check import check
from protocol_dsl.importing.ctgov import convert
from protocol_dsl.render.ctgov import section
from protocol_dsl.syntax.formatter import format_text
from tests.external.dose_reference import FOLDER as DATA
from tests.external.openapi import schema

FOLDER = DATA / "ctgov"
RECORDS = sorted(FOLDER.glob("NCT*.json"))
TRIALS = sorted((Path(__file__).parents[2] / "protocols").glob("*.proto"))
WHY_SKIPPED = "the records (shared/data/ctgov) are not there; PROTOCOL_DSL_SHARED_DATA names another folder"
pytestmark = pytest.mark.skipif(not RECORDS, reason=WHY_SKIPPED)

# What the records themselves contradict or leave out; everything else comes back as it was.
EXPECTED = {
    ("NCT02513394", "contactsLocationsModule.locations_nested"),
    ("NCT04956640", "contactsLocationsModule.centralContacts[].name"),
    ("NCT04956640", "contactsLocationsModule.overallOfficials[].name"),
}


@pytest.fixture(scope="module")
def study_schema() -> dict[str, Any]:
    return schema(FOLDER / "ctg-oas-v2.yaml", "Study")


def record(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))["protocolSection"]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_comes_back_as_it_was(path: Path, study_schema: dict[str, Any]) -> None:
    original = record(path)
    imported = convert(original)
    assert check(imported, original) == []
    assert not [each for each in imported.report.entries if each[0] == "changed" and "left out" not in each[2]]
    compiled = pipeline.check_text(imported.text)
    assert compiled.protocol is not None
    assert [each for each in compiled.diagnostics if each.severity == "error"] == []
    back = section(compiled.protocol)
    found = {(path.stem, each.path) for each in differences(original, back)}
    assert found == {each for each in EXPECTED if each[0] == path.stem}
    jsonschema.validate({"protocolSection": back}, study_schema)


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_the_protocol_is_in_the_standard_layout_and_without_contact_details(path: Path) -> None:
    text = convert(record(path)).text
    assert not re.search(r"\w@\w+\.\w", text)
    known = re.findall(r'"(?:phone|email)": "([^"]+)"', path.read_text(encoding="utf-8").split('"resultsSection"')[0])
    assert not [detail for detail in known if detail in text]
    if text.count("\n") < 400:  # formatting the longest ones takes seconds
        assert format_text(text).text == text


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_the_records_of_the_trials_are_valid(path: Path, study_schema: dict[str, Any]) -> None:
    protocol = pipeline.check(str(path)).protocol
    assert protocol is not None
    jsonschema.validate({"protocolSection": section(protocol)}, study_schema)


def test_the_schema_sees_an_unknown_field_and_a_wrong_code(study_schema: dict[str, Any]) -> None:
    for wrong in ({"statusModule": {"overallStatus": "banana"}}, {"statusModule": {"banana": 1}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"protocolSection": wrong}, study_schema)


def test_nine_of_ten_time_frames_are_read() -> None:
    phrases = [
        each["timeFrame"]
        for path in RECORDS
        for outcomes in record(path)["outcomesModule"].values()
        for each in outcomes
    ]
    frames = [parse(phrase) for phrase in phrases]
    read = [frame for frame in frames if frame is not None]
    assert len(read) / len(phrases) >= 0.89
    # Only "about" is not written: the registry takes none.
    assert all(parse(render(frame)) == frame for frame in read if frame.kind != "about")
