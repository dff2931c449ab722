"""ODM files: valid by CDISC's schemas, every reference leads somewhere, and read again they say the same."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.exchange.odm.read import read
from protocol_dsl.exchange.odm.xml import XmlFault
from tests.property.odm_text import run
from tests.unit.exchange.odm.files import NEW, OLD, made, of_text, reference_faults, schema_faults

TRIALS = sorted(Path(__file__).parents[4].glob("protocols/*.proto"))
HOSTILE = "<b>bold</b> & \"quoted\" 'one' | a, b ]]> <!-- c --> =1+1 访视 🧪"

TRIAL = """
protocol TOY { title "A toy trial" version "2" on 2026-02-03 }
timeline { day 0 = D0 month = calendar }
population women "Women" where sex = female
stage s "Treatment" {
  visit SCR "Screening" day -28 to -7
  visit D0 "Day 0" day 0
  visit D7 "Day 7" day 7 ±2 days
  visit M3 "Month 3" month 3 ±1 week
}
visit V9 "Unscheduled" unscheduled
visit EX "Extra" 3 to 5 days after D7
assess vitals "Vital signs" at SCR, D0, D7 { result temp "Temperature" (Cel) }
assess hcg "Pregnancy test" at D0 for women
collect ae "Adverse events" from D0 to D7
gate ready before D0 { require warm "Warm enough" where temp >= 36 Cel }
form vitals_form "Vital signs" records vitals {
  instructions "After rest."
  field done "Taken" yes_no required
  field temp "Temperature" decimal 1 unit Cel range 34..43 soft required if done = yes {
    code cdash "VSTEMP"
    code loinc "8310-5"
  }
  field sbp "Systolic" integer unit mm[Hg] range 60..250 hard
  field dbp "Diastolic" integer unit mm[Hg]
  heading "More"
  field signs "Seen" choices { chills "Chills" rash "Rash" } note "Tick all"
  field place "Site" choice { oral "Oral" ear "Ear" } if signs has rash
  field grade "Grade" choice { 1 "Mild" 2 "Moderate" }
  field pain "Pain" slider ends "None" "Worst"
  field weight "Weight" decimal 1 unit kg at SCR, D0 if done = yes {
    range 30..150 soft
    range 20..300 hard
  }
  field smoker "Smokes" choice smoking
  field photo "Photo" file
  field began "Began" time
  field ended "Ended" time
  derive map "Mean pressure" = (sbp + 2 * dbp) / 3 unit mm[Hg]
  derive ill "Ill" = temp > 38 or grade = 2
  check order "Diastolic is below systolic" where dbp < sbp hard
  check lasted "It ends after it began" where ended > began
}
codelist smoking "Smoking" code ncit "C12345" { yes "Yes" ncit "C49488" never "Never" }
translate zh { vitals_form "生命体征" D7 "第7天" vitals_form.sbp "收缩压" smoking.never "从不" }
"""


@pytest.fixture(scope="module")
def toy() -> dict[str, bytes]:
    return of_text(TRIAL)


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_trials_are_valid_and_both_versions_say_the_same(path: Path, tmp_path: Path) -> None:
    files = made(pipeline.check(str(path)))
    for name, data in files.items():
        assert schema_faults(name, data) == []
        assert reference_faults(name, data, tmp_path) == []
    content = read(files[OLD])
    assert content == read(files[NEW])
    # Each expression is one of the language of the page, and asks for a value before it uses it.
    checks = [check.formal for item in content.items for check in item.checks]
    for formal in (*checks, *(each.formal for each in (*content.conditions, *content.methods))):
        if formal:
            run(formal, {})
    assert files == made(pipeline.check(str(path)))


def test_files_of_the_toy_are_valid(toy: dict[str, bytes], tmp_path: Path) -> None:
    for name, data in toy.items():
        assert schema_faults(name, data) == []
        assert reference_faults(name, data, tmp_path) == []
    assert read(toy[OLD]) == read(toy[NEW])


def test_forms_stand_at_the_visits_of_the_schedule(toy: dict[str, bytes]) -> None:
    events = {event.name: event for event in read(toy[OLD]).events}
    at = {name: [ref.form for ref in event.forms] for name, event in events.items()}
    assert [name for name, forms in at.items() if "F.vitals_form" in forms] == ["SCR", "D0", "D7"]
    assert [name for name, forms in at.items() if "F.ae" in forms] == ["log"]
    assert (events["V9"].kind, events["V9"].repeating, events["log"].kind) == ("Unscheduled", True, "Common")
    assert events["D7"].timing == (("en", "Day 7, ±2 days"),)
    assert events["D7"].title == (("en", "Day 7"), ("zh", "第7天"))


def test_form_for_some_people_has_their_condition(toy: dict[str, bytes]) -> None:
    content = read(toy[OLD])
    (ref,) = [ref for event in content.events for ref in event.forms if ref.form == "F.hcg"]
    conditions = {condition.oid: condition.formal for condition in content.conditions}
    assert not ref.mandatory
    assert conditions[ref.exception or ""] == 'not (I.demographics.dm_sex == "female")'


def test_fields_keep_type_unit_limits_codes_and_notes(toy: dict[str, bytes]) -> None:
    content = read(toy[NEW])
    items = {item.name: item for item in content.items}
    temp, sbp = items["temp"], items["sbp"]
    assert (temp.type, temp.digits, temp.unit) == ("float", 1, "MU.Cel")
    assert [(check.comparator, check.value, check.hard) for check in temp.checks] == [
        ("GE", "34", False),
        ("LE", "43", False),
    ]
    assert [(check.value, check.hard) for check in sbp.checks] == [("60", True), ("250", True)]
    assert {(alias.context, alias.name) for alias in temp.aliases} >= {("CDASH", "VSTEMP"), ("LOINC", "8310-5")}
    assert b'<Coding Code="8310-5" System="http://loinc.org"' in toy[NEW]
    lists = {each.oid: each for each in content.code_lists}
    assert lists[items["grade"].code_list or ""].type == "integer"
    assert [item.value for item in lists[items["place"].code_list or ""].items] == ["oral", "ear"]
    assert (items["signs.chills"].question[0][1], items["signs.chills"].notes) == (
        "Seen: Chills",
        (("en", "Tick all"),),
    )
    assert [unit.symbol for unit in content.units if unit.oid == "MU.Cel"] == ["°C"]
    assert (items["photo"].type, [check.value for check in items["pain"].checks]) == ("URI", ["0", "100"])


def test_shared_list_soft_and_hard_limits_ends_and_visits(toy: dict[str, bytes]) -> None:
    for name in (OLD, NEW):
        content = read(toy[name])
        items = {item.name: item for item in content.items}
        limits = [(check.comparator, check.value, check.hard) for check in items["weight"].checks]
        assert limits == [("GE", "30", False), ("LE", "150", False), ("GE", "20", True), ("LE", "300", True)]
        (codes,) = [each for each in content.code_lists if each.oid == "CL.smoking"]
        assert items["smoker"].code_list == "CL.smoking"
        assert [alias.name for alias in codes.aliases] == ["C12345"]
        assert [[alias.name for alias in item.aliases] for item in codes.items] == [["C49488"], []]
        assert codes.items[1].decode == (("en", "Never"), ("zh", "从不"))
        assert items["sbp"].question == (("en", "Systolic"), ("zh", "收缩压"))
        assert "None | Worst" in [alias.name for alias in items["pain"].aliases]
        (only_if,) = [each.formal for each in content.conditions if each.oid == "C.I.vitals_form.weight"]
        assert only_if == 'not (event == "SE.SCR" or event == "SE.D0") or not (I.vitals_form.done == "Y")'


def test_sections_hold_each_field_once(toy: dict[str, bytes]) -> None:
    content = read(toy[OLD])
    groups = {group.oid: group for group in content.groups}
    (form,) = [form for form in content.forms if form.name == "vitals_form"]
    assert [groups[oid].title[0][1] for oid in form.groups] == ["Vital signs", "More"]
    refs = [ref.item for group in content.groups for ref in group.items]
    assert sorted(refs) == sorted({item.oid for item in content.items})


def test_conditions_computations_and_checks_are_expressions(toy: dict[str, bytes]) -> None:
    content = read(toy[OLD])
    formal = {each.oid: each.formal for each in (*content.conditions, *content.methods)}
    assert formal["C.I.vitals_form.temp"] == 'not (I.vitals_form.done == "Y")'
    assert formal["C.I.vitals_form.place"] == 'not (I.vitals_form.signs.rash == "Y")'
    assert (formal["M.vitals_form.map"] or "").endswith("(I.vitals_form.sbp + 2 * I.vitals_form.dbp) / 3, blank)")
    assert (formal["M.vitals_form.ill"] or "").startswith("if((known(I.vitals_form.temp) and I.vitals_form.temp > 38)")
    (ended,) = [item for item in content.items if item.name == "ended"]
    assert (ended.checks[0].formal or "").endswith("or I.vitals_form.ended > I.vitals_form.began")
    (dbp,) = [item for item in content.items if item.name == "dbp"]
    assert [(check.formal, check.hard) for check in dbp.checks] == [
        (
            "not known(I.vitals_form.dbp) or not known(I.vitals_form.sbp) or I.vitals_form.dbp < I.vitals_form.sbp",
            True,
        )
    ]


def test_new_version_has_times_with_windows(toy: dict[str, bytes]) -> None:
    text = toy[NEW].decode()

    def constraint(visit: str) -> dict[str, str]:
        found = re.search(rf'<RelativeTimingConstraint OID="TIM.{visit}"([^>]*)>', text)
        assert found is not None
        return dict(re.findall(r'(\w+)="([^"]*)"', found[1]))

    assert constraint("D7").items() >= {
        ("PredecessorOID", "SE.D0"),
        ("TimepointRelativeTarget", "P7D"),
        ("TimepointPreWindow", "P2D"),
        ("TimepointPostWindow", "P2D"),
    }
    # Day −28 to −7: Day 0 follows it by 28 days, or up to 21 earlier.
    assert constraint("SCR").items() >= {
        ("PredecessorOID", "SE.SCR"),
        ("SuccessorOID", "SE.D0"),
        ("TimepointRelativeTarget", "P28D"),
        ("TimepointPreWindow", "P21D"),
        ("TimepointPostWindow", "P0D"),
    }
    assert constraint("M3").items() >= {("TimepointRelativeTarget", "P3M"), ("TimepointPreWindow", "P7D")}
    assert constraint("EX").items() >= {
        ("PredecessorOID", "SE.D7"),
        ("TimepointRelativeTarget", "P3D"),
        ("TimepointPostWindow", "P2D"),
    }


def test_gate_is_the_condition_of_the_step_to_its_visit(toy: dict[str, bytes]) -> None:
    text = toy[NEW].decode()
    assert 'SourceOID="SE.SCR" TargetOID="SE.D0" StartConditionOID="C.GATE.' in text
    assert "known(I.vitals_form.temp) and I.vitals_form.temp &gt;= 36" in text


def test_dangling_reference_is_caught_by_odmlib_alone(toy: dict[str, bytes], tmp_path: Path) -> None:
    for name in (OLD, NEW):
        for attribute in ("ItemOID", "CodeListOID", "CollectionExceptionConditionOID", "MethodOID"):
            wrong = re.sub(rf' {attribute}="[^"]*"', f' {attribute}="NOWHERE"', toy[name].decode(), count=1).encode()
            assert wrong != toy[name]
            assert reference_faults(name, wrong, tmp_path) != [], (name, attribute)


def test_wrong_order_is_caught_by_the_schema(toy: dict[str, bytes]) -> None:
    for name in (OLD, NEW):
        pattern = r"(<Question>(?:(?!</Question>).)*</Question>)(\s*<CodeListRef [^>]*>)"
        wrong, count = re.subn(pattern, r"\2\1", toy[name].decode(), count=1, flags=re.DOTALL)
        assert count == 1
        assert schema_faults(name, wrong.encode()) != []


def test_hostile_labels_survive(tmp_path: Path) -> None:
    label = HOSTILE.replace('"', '\\"')
    files = of_text(TRIAL.replace('"Temperature" decimal', f'"{label}" decimal').replace('"Oral"', f'"{label}"'))
    for name, data in files.items():
        assert schema_faults(name, data) == []
        content = read(data)
        (temp,) = [item for item in content.items if item.name == "temp"]
        assert temp.question == (("en", HOSTILE),)
        assert ("en", HOSTILE) in [text for each in content.code_lists for i in each.items for text in i.decode]


def test_characters_that_xml_cannot_hold_become_replacement_characters() -> None:
    files = of_text(TRIAL.replace('"Systolic"', '"Sys\x01to\x0blic"'))
    for data in files.values():
        (sbp,) = [item for item in read(data).items if item.name == "sbp"]
        assert "\x01" not in sbp.question[0][1]
        assert sbp.question[0][1].startswith("Sys")


def test_reader_refuses_entities_and_other_files() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "y">]><ODM>&x;</ODM>'
    for data, said in ((bomb, "DOCTYPE"), (b"<a/>", "not `ODM`"), (b"<a>", "no element"), (b"", "no element")):
        with pytest.raises(XmlFault, match=said):
            read(data)


def test_large_trial_is_written_in_time() -> None:
    visits = "\n".join(f'visit V{n} "Day {n}" day {n}' for n in range(1, 41))
    names = ", ".join(f"V{n}" for n in range(1, 41))
    fields = "\n".join(f'  field f{n} "Field {n}" decimal 1 unit kg range 1..100 soft if done = yes' for n in range(20))
    forms = "\n".join(
        f'assess a{n} "Assessment {n}" at {names}\n'
        f'form form{n} "Form {n}" records a{n} {{\n  field done "Done" yes_no required\n{fields}\n}}'
        for n in range(60)
    )
    compiled = pipeline.check_text(f"protocol BIG {{}}\ntimeline {{ day 0 = V0 }}\nvisit V0 day 0\n{visits}\n{forms}")
    start = time.process_time()
    files = made(compiled)
    assert time.process_time() - start < 5
    assert files[OLD].count(b"<FormRef ") >= 60 * 40
