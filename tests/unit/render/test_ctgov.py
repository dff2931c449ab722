"""`ctgov.json`: the record in the form of the registry's API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from protocol_dsl import pipeline
from protocol_dsl.render.context import Rendering
from protocol_dsl.render.ctgov import outputs, section
from protocol_dsl.render.registry_view import full_view

TRIALS = sorted((Path(__file__).parents[3] / "protocols").glob("*.proto"))


def made(text: str) -> dict[str, Any]:
    compiled = pipeline.check_text(text)
    assert compiled.is_sound, compiled.diagnostics
    assert compiled.protocol is not None
    return section(compiled.protocol)


STUDY = """
protocol P_1 {
  title "A study"
  sponsor "Hospital" class other
  responsible_party sponsor
  registry clinicaltrials_gov "NCT00000001"
  registry eudract "2020-000001-11"
  id registry "X-1" of "A registry" link "https://example.org"
  id secondary "Y-2"
  phase phase_1_2
  enrollment 20 participants estimated
  site "Clinic" in "Mobile", "Alabama", "United States" postcode "36604" recruiting { contact "A. Nurse" }
  site in "Paris", "France"
  summary "Cells of 10^5 are given.
  "
}
""".replace("given.\n  ", "given.")


def test_identification_and_sites() -> None:
    found = made(STUDY)
    identification = found["identificationModule"]
    assert identification["organization"] == {"fullName": "Hospital", "class": "OTHER"}
    assert identification["secondaryIdInfos"] == [
        {"id": "2020-000001-11", "type": "EUDRACT_NUMBER"},
        {"id": "X-1", "type": "REGISTRY", "domain": "A registry", "link": "https://example.org"},
        {"id": "Y-2"},
    ]
    assert found["sponsorCollaboratorsModule"]["responsibleParty"] == {"type": "SPONSOR"}
    assert found["designModule"]["phases"] == ["PHASE1", "PHASE2"]
    assert found["designModule"]["enrollmentInfo"] == {"count": 20, "type": "ESTIMATED"}
    first, second = found["contactsLocationsModule"]["locations"]
    assert first == {
        "facility": "Clinic",
        "status": "RECRUITING",
        "city": "Mobile",
        "state": "Alabama",
        "zip": "36604",
        "country": "United States",
        "contacts": [{"name": "A. Nurse", "role": "CONTACT"}],
    }
    assert second == {"city": "Paris", "country": "France"}
    assert found["descriptionModule"]["briefSummary"] == r"Cells of 10\^5 are given."


def test_arms_and_interventions_name_each_other() -> None:
    found = made(
        STUDY + 'product A "Cells" type biological alias "C-1"\nproduct B "Wash-out" \n'
        'arm one "Arm one" role experimental gives A, B\narm two "Arm two" role no_intervention'
    )["armsInterventionsModule"]
    assert [each["interventionNames"] for each in found["armGroups"][:1]] == [["Biological: Cells", "Wash-out"]]
    assert "interventionNames" not in found["armGroups"][1]
    assert found["interventions"][0] == {
        "type": "BIOLOGICAL",
        "name": "Cells",
        "armGroupLabels": ["Arm one"],
        "otherNames": ["C-1"],
    }


@pytest.mark.parametrize(
    ("clause", "text"),
    [
        ("timeframe up to 6 months", "Up to 6 months after infusion"),
        ("timeframe about 1 year after infusion", "1 year after infusion"),
        ("timeframe at least 104 weeks", "Minimum 104 weeks after infusion"),
        ("timeframe from infusion to week 104", "From infusion to Week 104"),
        ("timeframe week 4, week 12", "Weeks 4 and 12"),
        ("timeframe 12 weeks after randomization", "12 weeks after randomisation"),
        ('timeframe week 4 reported as "4 weeks"', "4 weeks"),
    ],
)
def test_time_frames_have_number_unit_and_anchor(clause: str, text: str) -> None:
    schedule = 'timeline { day 0 = infusion month = calendar }\nvisit infusion "Infusion" day 0\n'
    found = made(f'{STUDY}{schedule}endpoint e primary "E" {clause}\n')
    assert found["outcomesModule"]["primaryOutcomes"] == [{"measure": "E", "timeFrame": text}]


def test_criteria_with_headings_stand_as_they_are_and_others_in_the_usual_sections() -> None:
    ages = "eligibility { sex all age from 12 years to 70 years healthy_volunteers no "
    plain = made(STUDY + ages + 'include a "First > 1" exclude b "Second" }')["eligibilityModule"]
    assert plain["eligibilityCriteria"] == "Inclusion Criteria:\n\n1. First \\> 1\n\nExclusion Criteria:\n\n1. Second"
    assert plain["stdAges"] == ["CHILD", "ADULT", "OLDER_ADULT"]
    assert plain["minimumAge"] == "12 Years"
    own = made(STUDY + ages + 'heading "Key criteria:" include a "first." remark "More." exclude b "second" }')
    assert own["eligibilityModule"]["eligibilityCriteria"] == "Key criteria:\n\n* first.\n\nMore.\n\n* second"


def test_the_record_for_people_has_the_headings_and_what_only_a_registry_asks() -> None:
    compiled = pipeline.check_text(
        """protocol O {
  title "T"
  responsible_party principal_investigator "A. Person" as "Professor" at "Hospital"
  id nih "R01" id other "X" of "Office"
  why_stopped "Too slow"
  observational_model cohort
  biospecimen samples_with_dna "blood"
  target_duration 12 months
}
eligibility { heading "For adults:" include a "First" remark "Said once." heading "For others:" exclude b "Second" }
"""
    )
    assert compiled.protocol is not None
    view = full_view(compiled.protocol)
    rows = {(row.name, row.value) for part in ("identification", "recruitment", "design") for row in view[part]}
    assert rows >= {
        ("Responsible Party", "A. Person, Professor, Hospital"),
        ("Other Number", "U.S. NIH Grant/Contract R01"),
        ("Other Number", "Office X"),
        ("Why Stopped", "Too slow"),
        ("Observational Model", "Cohort"),
        ("Biospecimens", "Samples With DNA (blood)"),
        ("Follow-Up of Each Participant", "12 months"),
    }
    assert [(each.title, [line.text for line in each.lines]) for each in view["criteria"]] == [
        ("For adults", ["First", "Note: Said once."]),
        ("For others", ["Second"]),
    ]


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_a_trial_gives_a_record_without_empty_fields(path: Path) -> None:
    compiled = pipeline.check(str(path))
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    [output] = outputs(Rendering(compiled.protocol, compiled.schedule, compiled.diagnostics, compiled.sources))
    record = json.loads(output.data)["protocolSection"]
    assert record["outcomesModule"]["primaryOutcomes"][0]["timeFrame"]
    assert record["eligibilityModule"]["eligibilityCriteria"].startswith("Inclusion Criteria:")
    assert '""' not in output.data.decode()
    assert "null" not in output.data.decode()
