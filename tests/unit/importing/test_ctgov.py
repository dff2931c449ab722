"""A record of ClinicalTrials.gov becomes a protocol, and comes back as the same record."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_dsl import pipeline
from protocol_dsl.importing.check import check
from protocol_dsl.importing.ctgov import Imported, convert
from protocol_dsl.importing.private import NO_EMAIL, NO_PHONE, clean, person
from protocol_dsl.render.ctgov import section
from protocol_dsl.syntax.formatter import format_text

FOLDER = Path(__file__).parent
RECORDS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))["protocolSection"] for path in FOLDER.glob("NCT*.json")
}
FULL = RECORDS["NCT00000001"]


def imported(**modules: dict[str, Any]) -> Imported:
    """The protocol of a record of these modules."""
    made = convert(modules)
    assert check(made, modules) == []
    return made


def entries(made: Imported, *statuses: str) -> set[tuple[str, str]]:
    return {(path, reason) for status, path, reason in made.report.entries if status in statuses}


def test_the_protocol_reads_as_expected(update: bool) -> None:
    made = convert(FULL)
    golden = FOLDER / "NCT00000001.proto"
    if update:
        golden.write_text(made.text, encoding="utf-8")
    assert made.text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RECORDS)
def test_the_protocol_is_sound_and_in_the_standard_layout(name: str) -> None:
    made = convert(RECORDS[name])
    compiled = pipeline.check_text(made.text)
    assert [each for each in compiled.diagnostics if each.severity == "error"] == []
    assert format_text(made.text).text == made.text


def test_every_difference_of_the_record_that_comes_back_has_a_reason() -> None:
    made = convert(FULL)
    assert check(made, FULL) == []
    assert entries(made, "changed") == {
        ("contactsLocationsModule.centralContacts[].name", "telephone numbers left out"),
        ("descriptionModule.briefSummary", "e-mail addresses left out"),
        ("descriptionModule.briefSummary", "telephone numbers left out"),
    }


def test_an_old_record_says_what_it_lost() -> None:
    made = convert(RECORDS["NCT00000004"])
    assert check(made, RECORDS["NCT00000004"]) == []
    assert ("statusModule.startDateStruct.date", "only the year is said") in entries(made, "dropped")


def test_a_change_in_the_protocol_is_found_in_the_record() -> None:
    made = convert(FULL)
    edited = made._replace(text=made.text.replace('"Written consent"', '"Consent"'))
    assert check(edited, FULL) == []
    [(path, reason)] = [each for each in entries(edited, "changed") if "Criteria" in each[0]]
    assert path == "eligibilityModule.eligibilityCriteria"
    assert "became" in reason


def test_neither_telephone_numbers_nor_addresses_get_into_the_protocol() -> None:
    text = convert(FULL).text
    assert "@example.org" not in text
    assert "555-0100" not in text and "555 0100" not in text  # noqa: PT018
    assert text.count('@todo "contact details as in the registry record"') == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ask a.b+c@mail.example.org.", f"Ask {NO_EMAIL}."),
        ("call 1-877-555-0100 or (212) 555-0100", f"call {NO_PHONE} or {NO_PHONE}"),
        ("Tel.: 021-55501000, fax 5550100", f"Tel.: {NO_PHONE}, fax {NO_PHONE}"),
        ("+34 600 555 010", NO_PHONE),
        ("1-877-CTEXAMPLE", NO_PHONE),
        ("doses of 100-200 mg on days 1-28, NCT01234567, 2020-01-31, 10^5-10^6", None),
        ("J Ex. 2010;28(15):3516-3524. doi: 10.1200/JCO.22.01946", None),
        ("zero\u200bwidth \u202eturned\u202c \x00nul", "zerowidth turned nul"),
    ],
)
def test_contact_details_and_invisible_characters_are_found(text: str, left: str | None) -> None:
    assert clean(text).text == (left or text)


def test_a_contact_keeps_the_words_before_the_number() -> None:
    assert person(clean("Trial questions, please call 212-555-0100 or").text) == "Trial questions"


def test_criteria_without_headings_are_kept_and_marked() -> None:
    made = imported(eligibilityModule={"eligibilityCriteria": "1. First\n2. Second\n\nAnything else."})
    assert '@todo "no heading says which criteria include' in made.text
    assert 'include first "First"' in made.text
    assert 'remark "Anything else."' in made.text


def test_long_texts_survive() -> None:
    description = "A sentence of the description. " * 1050
    criteria = "Inclusion Criteria:\n\n" + "\n".join(f"* Criterion {n} with \\> {n} words in it" for n in range(520))
    made = imported(
        descriptionModule={"detailedDescription": description.strip()},
        eligibilityModule={"eligibilityCriteria": criteria},
    )
    assert len(description) > 32_000
    assert len(criteria) > 20_000
    changed = {path for path, _ in entries(made, "changed")}
    assert not changed & {"descriptionModule.detailedDescription", "eligibilityModule.eligibilityCriteria"}


@pytest.mark.parametrize(
    ("module", "path", "reason"),
    [
        ({"identificationModule": {"briefTitle": 7}}, "identificationModule.briefTitle", "it is a number, not a text"),
        ({"conditionsModule": {"conditions": "x"}}, "conditionsModule.conditions", "it is a text, not a list"),
        ({"conditionsModule": {"conditions": [[]]}}, "conditionsModule.conditions[]", "it is a list, not a text"),
        ({"statusModule": []}, "statusModule", "it is a list, not an object"),
        ({"statusModule": {"overallStatus": "BANANA"}}, "statusModule.overallStatus", "`BANANA` is no value"),
        ({"designModule": {"phases": ["PHASE1", "PHASE4"]}}, "designModule.phases", "is no phase"),
        ({"designModule": {"enrollmentInfo": {"count": -1}}}, "designModule.enrollmentInfo.count", "no number of"),
        ({"eligibilityModule": {"minimumAge": "young"}}, "eligibilityModule.minimumAge", "no length of time"),
        ({"statusModule": {"newField": 1}}, "statusModule.newField", "does not describe this field"),
    ],
)
def test_what_cannot_be_read_is_in_the_report(module: dict[str, Any], path: str, reason: str) -> None:
    made = imported(**module)
    assert any(where == path and reason in why for where, why in entries(made, "dropped"))


JUNK: list[Any] = [
    *(None, True, -1, 10**30, 1.5, "", " \x00", [], {}, [[]], [None], [{}], {"a": {"b": [1]}}),
    *(
        '"""\n}\nprotocol X {',
        '"',
        "\\",
        "{x} {{ }",
        "a\u202eb\ud800c",
        "* a\n * b\n     * c\n1. d\n (2) e\n",
        "日本語",
    ),
    *("Day 99999999999999999999", "0 Years", "2020-13-45", "from day 1 to day 1", "all", "day", "- - - x", "é" * 300),
]


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in pairs for found in places(inner, (*path, key)))]


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(JUNK)), min_size=1, max_size=5))
def test_whatever_stands_in_a_record_the_protocol_has_no_fault(edits: list[tuple[int, Any]]) -> None:
    record = copy.deepcopy(FULL)
    for number, junk in edits:
        found = places(record)[1:]
        *way, last = found[number % len(found)]
        part: Any = record
        for key in way:
            part = part[key]
        part[last] = junk
        if not places(record)[1:]:
            return
    made = convert(record)
    assert check(made, record) == []
    assert format_text(made.text).text == made.text


def test_the_record_of_an_imported_protocol_is_stable() -> None:
    first = pipeline.check_text(convert(FULL).text).protocol
    assert first is not None
    once = section(first)
    second = pipeline.check_text(convert(once).text).protocol
    assert second is not None
    assert section(second) == once
