"""`protoc check --registry`: what a registry would refuse, at the limit and one character beyond, with its place."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from protocol_dsl import pipeline
from protocol_dsl.__main__ import main
from protocol_dsl.diagnostics.model import ERROR, Diagnostic
from protocol_dsl.registration.check import check
from protocol_dsl.registries.cross import check_together
from protocol_dsl.registries.limits import limits
from protocol_dsl.registries.review import check_review
from protocol_dsl.registries.rules import Finding, check_fields, rule_table

CLEAN = """
protocol P_1 {
  title "CAR-T cells in systemic lupus erythematosus, a trial of phase 1"
  brief_title "CAR-T cells in lupus"
  sponsor "Hospital" class other
  responsible_party sponsor
  study_type interventional
  phase phase_1
  purpose treatment
  allocation not_applicable
  model single_group
  masking none
  status recruiting
  date start 2026-01-10 actual
  date primary_completion 2027-01 estimated
  date completion 2027-06 estimated
  enrollment 12 participants estimated
  condition "Systemic lupus erythematosus"
  site "Clinic" in "Mobile", "Alabama", "United States" recruiting
  contact "Office of the trial"
  id registry "X-1" of "A registry"
  summary "The study describes the safety of the cells."
}
registry_record {
  verified 2026-02
  fda_regulated_drug no
  fda_regulated_device no
}
product CAR "CAR-T cells" type biological
arm treated "CAR-T cells" role experimental gives CAR
eligibility {
  age at least 18 years
  sex all
  healthy_volunteers no
  include lupus "Lupus by the criteria"
  exclude infection "Active infection"
}
endpoint dlt1 primary "Number of participants with a dose-limiting toxicity" timeframe up to 28 days after enrolment
"""


def record() -> dict[str, Any]:
    from protocol_dsl.render.ctgov import section

    compiled = pipeline.check_text(CLEAN)
    assert compiled.is_sound, compiled.diagnostics
    assert compiled.protocol is not None
    return section(compiled.protocol)


def findings(found: dict[str, Any]) -> list[Finding]:
    return [*check_fields(found), *check_together(found), *check_review(found)]


def told(text: str, registry: str = "ctgov") -> list[Diagnostic]:
    compiled = pipeline.check_text(text)
    assert compiled.is_sound, compiled.diagnostics
    assert compiled.protocol is not None
    assert compiled.schedule is not None
    return check(compiled.protocol, compiled.schedule, compiled.sources, registry)


def put(found: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of a record with a value at a path; `[]` is the first entry of a list, made where there is none."""
    made = copy.deepcopy(found)
    at: Any = made
    names = path.split(".")
    for number, name in enumerate(names):
        is_last = number == len(names) - 1
        if name.endswith("[]"):
            entries = at.setdefault(name[:-2], [])
            entries.extend([] if entries else [value if is_last else {}])
            entries[0] = value if is_last else entries[0]
            at = entries[0]
        elif is_last:
            at[name] = value
        else:
            at = at.setdefault(name, {})
    return made


def test_a_clean_record_has_no_finding() -> None:
    assert findings(record()) == []
    assert told(CLEAN) == []


@pytest.mark.parametrize("rule", [rule for rule in rule_table().fields if rule.limit], ids=lambda rule: rule.path)
def test_a_limit_is_kept_at_n_and_broken_at_n_plus_1(rule: Any) -> None:
    kinds = {}
    for size in (int(rule.limit * 0.94), rule.limit, rule.limit + 1):
        found = check_fields(put(record(), rule.path, "é" * size))
        kinds[size - rule.limit] = [each.kind for each in found if each.message.startswith(rule.title)]
    assert list(kinds.values()) == [[], ["nearly_full"], ["too_long"]]


def test_every_limit_and_every_set_of_values_is_asked_for() -> None:
    used = {rule.limit for rule in rule_table().fields}
    assert set(limits().values()) <= used
    known = [rule for rule in rule_table().fields if rule.values]
    assert len(known) >= 25


@pytest.mark.parametrize("rule", [rule for rule in rule_table().fields if rule.values], ids=lambda rule: rule.path)
def test_a_value_that_the_registry_has_not_is_seen(rule: Any) -> None:
    is_list = rule.path.endswith(("phases", "infoTypes"))
    for code in sorted(rule.values):
        made = put(record(), rule.path, [code] if is_list else code)
        assert [each for each in check_fields(made) if each.kind == "unknown_value"] == []
    made = put(record(), rule.path, ["banana"] if is_list else "banana")
    assert ["banana" in each.message for each in check_fields(made) if each.kind == "unknown_value"] == [True]


def test_what_the_schema_of_an_upload_does_not_see() -> None:
    made = put(record(), "identificationModule.briefTitle", "lupus " * 834)
    made = put(made, "statusModule.overallStatus", "banana")
    assert [each.kind for each in check_fields(made)] == ["too_long", "unknown_value"]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("statusModule.overallStatus", "TERMINATED", "the reason for stopping"),
        ("designModule.phases", [], "the phase"),
        ("designModule.designInfo.allocation", None, "the allocation"),
        ("sponsorCollaboratorsModule.responsibleParty.type", "PRINCIPAL_INVESTIGATOR", "responsible investigator"),
        ("ipdSharingStatementModule.ipdSharing", "YES", "the time frame of data sharing"),
        ("eligibilityModule.genderBased", True, "the description of the gender"),
        ("outcomesModule.primaryOutcomes[].timeFrame", None, "the time frame of the primary outcome"),
        ("oversightModule.isFdaRegulatedDrug", None, "`fda_regulated_drug`"),
        ("designModule.studyType", "OBSERVATIONAL", "the time perspective"),
    ],
)
def test_what_is_required_by_something_else(path: str, value: Any, words: str) -> None:
    missing = [each.message for each in check_fields(put(record(), path, value)) if each.kind == "missing"]
    assert any(words in each for each in missing)


def test_old_records_are_not_asked_for_what_came_later() -> None:
    made = put(record(), "statusModule.startDateStruct", {"date": "2010-05"})
    made["oversightModule"] = {}
    assert list(check_fields(made)) == []


BOTH = ["PARTICIPANT", "INVESTIGATOR"]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("designModule.designInfo.interventionModel", "PARALLEL", "there is one arm"),
        ("designModule.designInfo.allocation", "RANDOMIZED", "there is one arm"),
        ("designModule.designInfo.observationalModel", "COHORT", "an observational one"),
        ("designModule.designInfo.maskingInfo", {"masking": "SINGLE", "whoMasked": BOTH}, "2 of"),
        ("designModule.designInfo.maskingInfo", {"masking": "NONE", "whoMasked": ["PARTICIPANT"]}, "1 of"),
        ("armsInterventionsModule.interventions[].armGroupLabels", ["C"], "which is no arm"),
        ("armsInterventionsModule.interventions[].armGroupLabels", [], "is given in no arm"),
        ("contactsLocationsModule.locations[].status", "COMPLETED", "no site recruits"),
        ("contactsLocationsModule.centralContacts", [], "nobody to ask"),
        ("contactsLocationsModule.locations[].state", None, "its state is not named"),
        ("statusModule.overallStatus", "COMPLETED", "1 of the sites recruit"),
        ("statusModule.overallStatus", "WITHDRAWN", "the enrollment is 12"),
        ("statusModule.startDateStruct", {"date": "2026-03-01", "type": "ACTUAL"}, "after the verification date"),
        ("statusModule.startDateStruct", {"date": "2026-01-01", "type": "ESTIMATED"}, "before the verification date"),
        ("statusModule.completionDateStruct", {"date": "2026-12-31", "type": "ESTIMATED"}, "lies before"),
        ("identificationModule.secondaryIdInfos[].domain", None, "who gave it out"),
    ],
)  # fmt: skip
def test_fields_that_contradict_each_other(path: str, value: Any, words: str) -> None:
    found = list(check_together(put(record(), path, value)))
    assert any(words in each.message for each in found), found


@pytest.mark.parametrize(
    ("frame", "is_found"),
    [
        ("up to 396 days after infusion", False),
        ("up to 397 days after infusion", True),
        ("Baseline, Weeks 4, 24 and 104", True),
        ("Year 1", False),
        ("up to 2 years", True),
        ("relapses in the 2 years before infusion, and to week 24", False),
    ],
)
def test_a_primary_outcome_is_measured_before_the_primary_completion_date(frame: str, is_found: bool) -> None:
    made = put(record(), "statusModule.startDateStruct", {"date": "2026-01", "type": "ACTUAL"})
    made = put(made, "outcomesModule.primaryOutcomes[].timeFrame", frame)
    found = [each.message for each in check_together(made)]
    assert [("does not fit between" in each) for each in found] == ([True] if is_found else [])


@pytest.mark.parametrize(
    ("change", "is_found"),
    [
        ({"measure": "To assess the safety of the cells"}, "states-purpose"),
        ({"measure": "Improvement of the score"}, "states-purpose"),
        ({"measure": "ACR50 improvement (50 %)"}, None),
        ({"measure": "Incidence, severity and duration of adverse events"}, "several-measures"),
        ({"measure": "Systolic and diastolic pressure"}, None),
        ({"measure": "Safety and tolerability"}, "several-measures"),
        ({"timeFrame": "28"}, "time-frame"),
        ({"timeFrame": "about 1 year"}, "time-frame"),
        ({"timeFrame": "to be defined"}, "time-frame"),
        ({"timeFrame": "through study completion, an average of 1 year"}, None),
        ({"measure": "Change in pain"}, "change-of-one-point"),
        ({"measure": "Change in pain", "timeFrame": "baseline and week 4"}, None),
        (
            {"measure": "Number of participants in remission", "description": "The percentage of participants with …"},
            "unit",
        ),
        ({"measure": "Percentage of participants in remission", "description": "Number of patients who …"}, "unit"),
        ({"measure": "Percentage of patients cured", "description": "Number of patients cured divided by all"}, None),
        ({"measure": "Number of participants in remission", "description": "Number of participants with …"}, None),
        ({"measure": "DLQI"}, "abbreviated-title"),
        ({"measure": "DLQI", "description": "The Dermatology Life Quality Index, 0 to 30, higher is worse"}, None),
        ({"measure": "SLEDAI-2K (0 to 105, higher is worse)"}, None),
    ],
)
def test_points_of_reviewers_about_outcomes(change: dict[str, str], is_found: str | None) -> None:
    outcome = {**record()["outcomesModule"]["primaryOutcomes"][0], **change}
    found = [each.rule for each in check_review(put(record(), "outcomesModule.primaryOutcomes[]", outcome))]
    assert found == ([is_found] if is_found else [])


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("descriptionModule.briefSummary", "We infuse the cells once.", "first-person"),
        ("descriptionModule.briefSummary", "Sites in the US and the U.S. take part; US Oncology too.", None),
        ("descriptionModule.briefSummary", "Participants will be reimbursed for travel.", "payment"),
        ("descriptionModule.detailedDescription", "The study showed that the cells are safe.", "results"),
        ("eligibilityModule.eligibilityCriteria", "Adults with lupus", "criteria-headings"),
        ("identificationModule.briefTitle", "A trial of something new", "title"),
        ("descriptionModule.briefSummary", "An ES of 0.4 is sought; the effect size (ES) is adjusted.", "abbreviation"),
        ("descriptionModule.briefSummary", "The effect size (ES) is adjusted. An ES of 0.4; effect size (ES).", None),
        ("descriptionModule.briefSummary", "MTX is kept, as is prednisone (PDN) and the dose of sponsors (IIT).", None),
    ],
)
def test_points_of_reviewers_about_texts(path: str, value: str, rule: str | None) -> None:
    found = [each.rule for each in check_review(put(record(), path, value))]
    assert found == ([rule] if rule else [])


def test_findings_stand_at_their_statements() -> None:
    text = CLEAN.replace("Number of participants with a dose-limiting toxicity", "To evaluate efficacy")
    text = text.replace("date completion 2027-06", "date completion 2026-06").replace(
        '  contact "Office of the trial"\n', ""
    )
    lines = text.split("\n")
    found = told(text)
    places = {each.code: lines[text[: each.span.start].count("\n")].split()[:2] for each in found if each.span}
    assert places["REG025"] == ["endpoint", "dlt1"]
    assert sorted(each.code for each in found) == ["REG024", "REG024", "REG025"]
    assert {each.severity for each in found if "lies before" in each.message} == {ERROR}


def test_a_review_point_can_be_acknowledged() -> None:
    text = CLEAN.replace("Number of participants with a dose-limiting toxicity", "To evaluate efficacy")
    text = text.replace("endpoint dlt1", '@allow REG025 "the reviewers know it"\nendpoint dlt1')
    assert told(text) == []
    assert [each for each in pipeline.check_text(text).diagnostics if each.code == "TXT009"] == []


def test_fields_of_ctis() -> None:
    found = {each.code: each.message for each in told(CLEAN.replace("P_1", "P" * 21), "ctis")}
    assert found["REG020"] == "Protocol code has 21 characters, and EU CTIS takes 20"
    assert "Main objective" in found["REG023"]
    assert "Therapeutic area" in found["REG026"]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "t.proto"
    file.write_text(CLEAN.replace("fda_regulated_drug no", ""), encoding="utf-8")
    assert main(["check", str(file)]) == 0
    assert main(["check", str(file), "--registry", "ctgov", "--format", "concise"]) == 1
    assert "error[REG023] 1 field that ClinicalTrials.gov requires is not stated" in capsys.readouterr().err
