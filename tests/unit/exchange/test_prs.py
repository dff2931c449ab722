"""Uploads to the registration system, and the XML that is read."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest

from protocol_dsl.exchange.prs import open_fields, study, upload
from protocol_dsl.exchange.prs_partial import partial
from protocol_dsl.exchange.xml import DEEPEST, XmlFault, parse
from protocol_dsl.registries.enumerations import upload_label, value_sets

RECORD: dict[str, Any] = {
    "identificationModule": {
        "orgStudyIdInfo": {"id": "T-1"},
        "briefTitle": "Cells < 10 & more",
        "acronym": "T",
        "secondaryIdInfos": [{"id": "2020-1", "type": "EUDRACT_NUMBER"}],
    },
    "statusModule": {
        "overallStatus": "NOT_YET_RECRUITING",
        "startDateStruct": {"date": "2026-03", "type": "ESTIMATED"},
    },
    "sponsorCollaboratorsModule": {
        "leadSponsor": {"name": "Hospital"},
        "responsibleParty": {"type": "PRINCIPAL_INVESTIGATOR", "investigatorTitle": "Professor"},
    },
    "descriptionModule": {"briefSummary": r"1\.0 × 10\^5 cells\/kg"},
    "designModule": {
        "studyType": "INTERVENTIONAL",
        "phases": ["PHASE2", "PHASE1"],
        "designInfo": {
            "allocation": "NON_RANDOMIZED",
            "interventionModel": "SEQUENTIAL",
            "primaryPurpose": "TREATMENT",
            "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "OUTCOMES_ASSESSOR"]},
        },
        "enrollmentInfo": {"count": 0, "type": "ESTIMATED"},
    },
    "armsInterventionsModule": {
        "armGroups": [{"label": "A", "type": "EXPERIMENTAL"}, {"label": "B", "type": "NO_INTERVENTION"}],
        "interventions": [{"type": "BIOLOGICAL", "name": "Cells", "armGroupLabels": ["A"]}],
    },
    "outcomesModule": {"primaryOutcomes": [{"measure": "Toxicity", "timeFrame": "28 days"}]},
    "eligibilityModule": {"eligibilityCriteria": r"Age \> 18", "sex": "ALL", "minimumAge": "18 Years"},
    "contactsLocationsModule": {"centralContacts": [{"name": "A. Nurse"}, {"name": "B"}, {"name": "C"}]},
}


def value(made: Element, path: str) -> str | None:
    found = made.find(path)
    return found.text if found is not None else None


def test_values_stand_in_the_spelling_of_the_upload() -> None:
    made = study(RECORD)
    expected = {
        "id_info/secondary_id/id_type": "EudraCT Number",
        "overall_status": "Not yet recruiting",
        "start_date_type": "Anticipated",
        "study_design/interventional_design/phase": "Phase 1/2",
        "study_design/interventional_design/allocation": "Non-randomized",
        "study_design/interventional_design/assignment": "Sequential Assignment",
        "study_design/interventional_design/no_masking": "No",
        "study_design/interventional_design/masked_subject": "Yes",
        "study_design/interventional_design/masked_caregiver": "No",
        "study_design/interventional_design/masked_assessor": "Yes",
        "study_design/interventional_design/number_of_arms": "2",
        "enrollment": "0",
        "intervention/intervention_type": "Biological/Vaccine",
        "brief_summary/textblock": "1.0 × 10^5 cells/kg",
        "eligibility/criteria/textblock": "Age > 18",
        "eligibility/minimum_age": "18 Years",
        "eligibility/maximum_age": "N/A",
    }
    assert {path: value(made, path) for path in expected} == expected


def test_the_root_is_prefixed_and_its_children_are_not() -> None:
    text = upload([study(RECORD)]).decode()
    assert '<prs:study_collection xmlns:prs="http://clinicaltrials.gov/prs">' in text
    assert "<clinical_study>" in text
    root = parse(text.encode())
    assert not isinstance(root, XmlFault)
    assert root.tag == "{http://clinicaltrials.gov/prs}study_collection"
    assert value(root, "clinical_study/brief_title") == "Cells < 10 & more"


def test_nothing_is_invented_and_what_is_open_is_named() -> None:
    made = study(RECORD)
    assert value(made, "id_info/org_name") is None
    assert made.find("oversight_info") is None
    assert made.find("is_ind_study") is None
    names = [name for name, _ in open_fields(RECORD)]
    assert "id_info/org_name" in names
    assert "sponsors/resp_party/investigator_username" in names
    assert "overall_contact" in names  # the third contact has no place


def test_every_value_has_a_spelling_of_its_own() -> None:
    for field, values in value_sets().items():
        spellings = [upload_label(field, *each.codes) for each in values.values()]
        assert spellings == [each.prs for each in values.values()]
        assert len(set(spellings)) == len(spellings), field


def test_a_partial_upload_has_what_changed_and_deletes_what_is_gone() -> None:
    after = {
        **RECORD,
        "identificationModule": {**RECORD["identificationModule"], "acronym": "U"},
        "outcomesModule": {},
        "designModule": {**RECORD["designModule"], "enrollmentInfo": {"count": 9, "type": "ESTIMATED"}},
    }
    found = partial(RECORD, after)
    assert found.changed == ("enrollment",)
    assert found.deleted == ("primary_outcome",)
    assert found.impossible == ("acronym",)
    assert [each.tag for each in found.study] == ["id_info", "primary_outcome", "enrollment"]
    gone = found.study.find("primary_outcome")
    assert gone is not None
    assert gone.get("delete") == "true"
    assert partial(RECORD, RECORD).changed == ()


def test_a_changed_design_keeps_its_type() -> None:
    design = {**RECORD["designModule"], "phases": ["PHASE3"]}
    found = partial(RECORD, {**RECORD, "designModule": design})
    assert found.changed == ("interventional_design",)
    assert value(found.study, "study_design/study_type") == "Interventional"
    assert value(found.study, "study_design/interventional_design/phase") == "Phase 3"


def test_texts_at_the_limits_and_characters_that_xml_forbids() -> None:
    long = {
        **RECORD,
        "descriptionModule": {"detailedDescription": "é" * 32_000},
        "eligibilityModule": {"eligibilityCriteria": "x\x0b\ud800" * 20_000, "sex": "ALL"},
    }
    root = parse(upload([study(long)]))
    assert not isinstance(root, XmlFault)
    assert value(root, "clinical_study/detailed_description/textblock") == "é" * 32_000
    assert value(root, "clinical_study/eligibility/criteria/textblock") == "x" * 20_000


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>', "document type"),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>', "document type"),
        ('<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>', "document type"),
        ('<!DOCTYPE a [<!ENTITY % b SYSTEM "http://example.org/b"> %b;]><a/>', "document type"),
        ("<a>" * (DEEPEST + 1), "nested deeper"),
        ("<a>&b;</a>", "undefined entity"),
        ("<a><b></a>", "mismatched tag"),
        ("<a>", "no element found"),
        ("", "no element found"),
    ],
)
def test_hostile_and_broken_xml_is_refused(document: str, reason: str) -> None:
    found = parse(document.encode())
    assert isinstance(found, XmlFault)
    assert reason in found.reason
