"""The bundle for REDCap: what a data manager would miss after the upload, or find wrong."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path

import pytest

from protocol_dsl import pipeline
from protocol_dsl.exchange.redcap.labels import choice_label, label, shown
from protocol_dsl.exchange.redcap.lint import lint
from protocol_dsl.exchange.redcap.project import mapping
from protocol_dsl.render import redcap
from protocol_dsl.render.context import Rendering
from protocol_dsl.source import SourceMap

PROTOCOLS = sorted((Path(__file__).parents[3] / "protocols").glob("*.proto"))
TRIAL = """
protocol T { title "试验 <T>" acronym "T" }
timeline { day 0 = infusion }
arm a "A"
arm b "B"
visit SCR "筛选期" day -28 to -15
visit a_rather_long_name_of_a_visit "Baseline | all" day -7 -1/+2 days
visit infusion "Infusion" day 0
visit M1 "Month 1" day 28 ±3 days
visit ONLY_B "Only B" day 40 for b
visit UNS "Unscheduled" unscheduled
assess vitals "Vital signs" at SCR, M1, UNS
assess blood "Blood" at SCR, infusion, M1 { result room "Room temperature" (Cel) }
collect ae "Adverse events"
form vitals_form "Vital signs" records vitals {
  instructions "=SUM(1;2) after <b>rest</b> [vs_temp]"
  field done "完成了吗?" yes_no required
  field temp "Temperature" decimal 1 unit Cel range 34.0..43.0 hard if done = yes
  field where "Where | site" choice { oral "Oral | sublingual, deep" ear "<b>Ear</b>" } if temp is known
  field signs "Signs" choices { chills "寒战" rash "Rash" } required
  field mood "Mood" slider range 0..100
  field who "Initials" text identifier
  field photo "Photo" file
  derive fever "Fever" = when(temp >= 38, 1, 0)
  derive warmer "Warmer than in the blood room" = temp - room
  check fever_signs "Chills mean fever" where not signs has chills or temp >= 38
  matrix pains "Pains" choice { n "No" y "Yes" } {
    row head "Head"
    row chest "-Chest"
  }
}
form blood_form "Blood" records blood {
  field room "Room temperature" decimal 1 unit Cel
  field a_field_with_a_name_of_more_than_twenty_six_signs "Long" integer
  field a_field_with_a_name_of_more_than_thirty "Longer" integer
  field Done "Done" yes_no
}
form log "Log" repeating records ae {
  field term "Term" text required
  field grade "Grade" choice { 1 "Mild" 2 "Moderate" } if term is known
}
"""
WHOLE = ("data_dictionary.csv", "arms.csv", "events.csv", "mapping.csv", "repeating.csv", "data_quality_rules.csv")


def bundle(text: str) -> dict[str, str]:
    """The files of the bundle by name."""
    return made(pipeline.check_text(text, "t.proto"))


def made(found: pipeline.Compiled) -> dict[str, str]:
    assert found.is_sound, [d.message for d in found.diagnostics]
    assert found.protocol is not None
    assert found.schedule is not None
    rendering = Rendering(found.protocol, found.schedule, found.diagnostics, found.sources)
    return {each.path.removeprefix("redcap/"): each.data.decode("utf-8") for each in redcap.outputs(rendering)}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return bundle(TRIAL)


@pytest.fixture(scope="module")
def fields(files: dict[str, str]) -> dict[str, dict[str, str]]:
    return {row["Variable / Field Name"]: row for row in table(files["data_dictionary.csv"])}


def findings(files: dict[str, str]) -> list[str]:
    """What the linter says of a bundle, its events and mapping included."""
    sources = SourceMap()
    events = [{**row, "unique_event_name": unique(row)} for row in table(files["events.csv"])]
    named = io.StringIO()
    writer = csv.DictWriter(named, list(events[0]))
    writer.writeheader()
    writer.writerows(events)
    file = sources.add_text("d.csv", files["data_dictionary.csv"])
    return [f"{d.code} {d.message}" for d in lint(sources, file, mapping(files["mapping.csv"], named.getvalue()))]


def unique(row: dict[str, str]) -> str:
    """REDCap's own making of a unique event name."""
    return re.sub(r" +", "_", row["event_name"].lower())[:18] + f"_arm_{row['arm_num']}"


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_the_trials_lint_clean_and_follow_their_schedule(path: Path) -> None:
    found = pipeline.check(str(path))
    files = made(found)
    assert findings(files) == []
    assert found.protocol is not None
    forms = {name for form in table(files["mapping.csv"]) for name in [form["form"]]}
    rows = table(files["data_dictionary.csv"])
    assert forms == {row["Form Name"] for row in rows}
    assert len({row["Variable / Field Name"] for row in rows}) == len(rows)
    assert max(len(row["Variable / Field Name"]) for row in rows) <= 26
    known = {unique(row) for row in table(files["events.csv"])}
    assert len(known) == len(found.protocol.visits) + 1
    assert {row["unique_event_name"] for row in table(files["mapping.csv"])} <= known
    assert {row["event_name"] for row in table(files["repeating.csv"])} <= known
    assert files == made(found)


def test_every_assessment_is_mapped_to_exactly_its_visits() -> None:
    found = pipeline.check(str(next(path for path in PROTOCOLS if path.stem == "lupus")))
    assert found.protocol is not None
    rows = table(made(found)["mapping.csv"])
    sledai = [row["unique_event_name"] for row in rows if row["form"] == "sledai"]
    assessment = found.protocol.assessment("sledai")
    assert assessment is not None
    assert sledai == [f"{visit.lower()}_arm_1" for visit in assessment.visits]


def test_days_are_shifted_windows_relative_and_arms_apart(files: dict[str, str]) -> None:
    events = {(row["event_name"], row["arm_num"]): row for row in table(files["events.csv"])}
    assert [events["SCR", "1"][key] for key in ("day_offset", "offset_min", "offset_max")] == ["0", "0", "13"]
    assert [events["M1", "1"][key] for key in ("day_offset", "offset_min", "offset_max")] == ["56", "3", "3"]
    assert ("ONLY B", "1") not in events
    assert events["ONLY B", "2"]["custom_event_label"] == "Only B"
    assert [row["name"] for row in table(files["arms.csv"])] == ["A", "B"]
    assert "moved by 28" in files["README.md"]
    long = [name for name, _ in events if name.startswith("a rather")]
    assert len(long) == 2
    assert all(len(name) <= 18 for name in long)
    repeating = table(files["repeating.csv"])
    assert {(row["event_name"], row["form_name"]) for row in repeating} >= {
        ("uns_arm_1", ""),
        ("any_time_arm_1", "log"),
        ("any_time_arm_2", "log"),
    }


def test_fields_keep_their_type_limits_and_logic(fields: dict[str, dict[str, str]], files: dict[str, str]) -> None:
    temp = fields["temp"]
    assert temp["Text Validation Type OR Show Slider Number"] == "number_1dp"
    assert (temp["Text Validation Min"], temp["Text Validation Max"]) == ("34", "43")
    assert temp["Branching Logic (Show field only if...)"] == "[vitals_form_done] = '1'"
    assert fields["who"]["Identifier?"] == "y"
    assert fields["mood"]["Field Type"] == "slider"
    assert fields["signs"]["Required Field?"] == ""
    assert fields["fever"]["Choices, Calculations, OR Slider Labels"] == (
        "if([temp] >= 38 or [temp] < 38, if([temp] >= 38, 1, 0), '')"
    )
    assert {fields[name]["Matrix Group Name"] for name in ("head", "chest")} == {"pains"}
    rules = {row["rule_name"]: row for row in table(files["data_quality_rules.csv"])}
    assert rules["Vital signs: Temperature is out of range"]["real_time_execution"] == "y"
    assert rules["Vital signs: Chills mean fever"]["rule_logic"] == "[signs(chills)] = '1' and [temp] < 38"
    assert "Vital signs: Signs is not answered" in rules


def test_what_redcap_cannot_say_is_told(files: dict[str, str]) -> None:
    assert "Blood is collected at several visits" not in files["fidelity.md"]
    assert "where Blood is not collected at the same visit, the answer is blank" in files["fidelity.md"]
    assert "REDCap's limits warn and never refuse" in files["fidelity.md"]
    assert "the whole event repeats" not in files["fidelity.md"]


def test_hostile_and_chinese_texts_stay_what_they_are(fields: dict[str, dict[str, str]], files: dict[str, str]) -> None:
    assert fields["vitals_form_done"]["Field Label"] == "完成了吗?"
    assert fields["signs"]["Choices, Calculations, OR Slider Labels"].startswith("chills, 寒战 | ")
    assert fields["where"]["Choices, Calculations, OR Slider Labels"] == (
        "oral, Oral &#124; sublingual, deep | ear, &lt;b>Ear&lt;/b>"
    )
    guide = fields["vitals_form_guide"]["Field Label"]
    assert guide == "&#61;SUM(1;2) after &lt;b>rest&lt;/b> &#91;vs_temp]"
    assert shown(guide) == "=SUM(1;2) after <b>rest</b> [vs_temp]"
    assert fields["chest"]["Field Label"].startswith("&#45;")
    for name in WHOLE:
        cells = [cell for row in csv.reader(io.StringIO(files[name])) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))], name
    assert findings(files) == []


@pytest.mark.parametrize(
    "text", ["=1+1", "+a", "-a", "@a", "a | b", "<i>a</i>", "a < b", "&lt;", "R&D", "[a]", '"a", b']
)
def test_a_label_shows_exactly_its_text(text: str) -> None:
    assert shown(label(text)) == text
    assert shown(choice_label(text)) == text
    assert "|" not in choice_label(text)


def test_long_names_are_cut_the_same_whatever_stands_beside_them(fields: dict[str, dict[str, str]]) -> None:
    long = [name for name in fields if name.startswith("a_field")]
    assert len(long) == 2
    alone = bundle(TRIAL.replace('  field a_field_with_a_name_of_more_than_thirty "Longer" integer\n', ""))
    kept = [row["Variable / Field Name"] for row in table(alone["data_dictionary.csv"])]
    assert long[0] in kept


def test_sixty_forms_at_forty_visits_are_quick() -> None:
    visits = "\n".join(f'visit V{n} "Visit {n}" day {n * 7}' for n in range(40))
    names = ", ".join(f"V{n}" for n in range(40))
    forms = "\n".join(
        f'assess a{n} "A {n}" at {names}\nform f{n} "Form {n}" records a{n} {{\n'
        + "\n".join(f'  field f{n}_x{i} "Field {i}" decimal 1 range 0.0..9.0 hard' for i in range(10))
        + f"\n  derive f{n}_t = f{n}_x0 + f{n}_x1\n}}"
        for n in range(60)
    )
    found = pipeline.check_text(f"protocol P {{}}\ntimeline {{ day 0 = V0 }}\n{visits}\n{forms}", "p.proto")
    start = time.perf_counter()
    files = made(found)
    taken = time.perf_counter() - start
    assert len(table(files["mapping.csv"])) > 60 * 40
    assert taken < 4, taken


def test_fields_of_some_visits_and_two_ranges() -> None:
    files = bundle("""
protocol T { title "T" }
timeline { day 0 = V0 }
visit V0 "Zero" day 0
visit V1 "One" day 1
form f "F" at V0, V1 {
  field a "A" integer range 1..5 soft range 0..9 hard at V1
  field b "B" slider range 0..10 ends "none" "worst" if a is known at V0
}
""")
    rows = {row["Variable / Field Name"]: row for row in table(files["data_dictionary.csv"])}
    logic = "Branching Logic (Show field only if...)"
    assert rows["a"][logic] == "[event-name] = 'v1_arm_1'"
    assert rows["b"][logic] == "([a] <> '') and ([event-name] = 'v0_arm_1')"
    assert rows["b"]["Choices, Calculations, OR Slider Labels"] == "none |  | worst"
    assert (rows["a"]["Text Validation Min"], rows["a"]["Text Validation Max"]) == ("1", "5")
    rules = [row["rule_logic"] for row in table(files["data_quality_rules.csv"])]
    assert "[a] <> '' and ([a] < 0 or [a] > 9)" in rules
    assert findings(files) == []


def test_values_of_other_visits_are_named_by_event_and_arm() -> None:
    files = bundle("""
protocol T { title "T" }
timeline { day 0 = V1 }
arm a "A"
arm b "B"
visit V0 "Zero" day -3
visit V1 "One" day 0
visit V2 "Two" day 5 for b
assess x "X" at V0, V1, V2 { result temp "Temp" (Cel) }
form f "F" records x {
  field temp "Temp" decimal 1 unit Cel
  derive rise "Rise" = temp - temp[V0]
  derive ch "Change" = change(temp)
}
""")
    rows = {row["Variable / Field Name"]: row for row in table(files["data_dictionary.csv"])}
    before = "if([arm-number] = '1', [v0_arm_1][temp], [v0_arm_2][temp])"
    assert rows["rise"]["Choices, Calculations, OR Slider Labels"] == (
        f"if([temp] <> '' and {before} <> '', [temp] - {before}, '')"
    )
    assert "the baseline is V1" in files["fidelity.md"]
    assert findings(files) == []


def test_a_visit_without_a_day_is_no_baseline() -> None:
    files = bundle("""
protocol T { title "T" }
timeline { day 0 = V1 }
visit V0 "Zero" day -3
visit V1 "One" day 0
visit V2 "Two" day 5
visit ET "Early termination" on withdrawal
visit UNS "Unscheduled" unscheduled
assess x "X" at V0, V2, ET, UNS { result temp "Temp" (Cel) }
form f "F" records x {
  field temp "Temp" decimal 1 unit Cel
  derive rise "Rise" = temp - baseline(temp)
}
""")
    rows = {row["Variable / Field Name"]: row for row in table(files["data_dictionary.csv"])}
    assert "[v0_arm_1][temp]" in rows["rise"]["Choices, Calculations, OR Slider Labels"]
    assert "the baseline is V0" in files["fidelity.md"]
