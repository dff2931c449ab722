"""The full set of forms: nothing declared is lost, nothing foreign is asked, visits are those of the schedule."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from protocol_dsl import pipeline
from protocol_dsl.elaborate.library import load_form
from protocol_dsl.expressions.evaluate import Look, evaluate
from protocol_dsl.forms.complete import complete
from protocol_dsl.forms.matrix import crf_matrix
from protocol_dsl.model.forms import Field, Form
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.render.crf_view import view

TRIALS = sorted(Path(__file__).parents[3].glob("protocols/*.proto"))

TRIAL = """
protocol TOY {
  title "A toy trial"
}
product CELLS "CAR-T cells" type biological
product FLU "Fludarabine" type drug
product PILL "A pill" type drug
population RA "Rheumatoid arthritis"
fact fertile "Of childbearing potential" if sex = female
fact smoker "Smokes"
fact seen_by_panel "Seen by the panel"
timeline { day 0 = infusion }
stage screening "Screening" { visit SCR "Screening" day -14 to -7 }
stage depletion "Depletion" { visit LD1 "Depletion 1" day -3 }
stage treatment "Treatment" { visit infusion "Infusion" day 0 }
stage follow_up "Follow-up" {
  visit D7 "Day 7" day 7 ±1 day
  visit D28 "Day 28" day 28 ±2 days
  visit D56 "Day 56" day 56 ±2 days
}
stage off "Off schedule" parallel {
  visit ET "Early termination" on withdrawal
}
give FLU 30 mg/m2 at LD1
give CELLS at infusion
give PILL 10 mg at D7
assess history "Medical history" at SCR { result steroid "Prednisone" (mg/d) }
assess cbc "Blood count" category laboratory at SCR, D7, D28 {
  result anc "Neutrophils" (10*9/L)
  result hb "Haemoglobin" (g/dL)
  result blastoids "Blastoid cells" (10*9/L)
}
assess vitals "Vital signs" at SCR, infusion, D7 {
  result sbp "Systolic" (mm[Hg])
  result dbp "Diastolic" (mm[Hg])
  times for infusion pre_dose -60/+0 min, +4 h ±15 min
}
assess ecg "Electrocardiogram" at SCR
assess bcells "B cells" at SCR, D28 unit 10*6/L
assess immunoglobulins "Immunoglobulins" at SCR, D28 { result igg "IgG" (g/L) }
assess markers "Inflammation" category laboratory at D7 { result esr "Sedimentation" (mm/h) }
assess skin "Skin score" uses mrss at SCR, D28 for RA
assess function "HAQ-DI" uses haq_di at SCR, D28
assess hcg "Pregnancy test" at SCR if sex = female and fertile
assess photo "Photograph of the hands" at D28
collect ae "Adverse events" from consent to end of follow_up
collect sleep "Sleep diary" from infusion to D28
dose CELLS {
  level DL1 "Low" 1.0e6 cells/kg
  level DL2 2.0e6 cells/kg
  tolerance -10/+20 %
}
dlt {
  window 28 days after infusion
  criterion panel "Panel says so" where seen_by_panel
}
eligibility {
  age from 18 years to 70 years
  include count "Enough neutrophils" where anc >= 1.0e9/L
  include one_of disease "A disease" {
    option joints "Arthritis" for RA
    option smoke "Smoker's disease" where smoker
  }
  exclude vaccine "Live vaccine" within 6 weeks before LD1
  washout steroids "Glucocorticoids" 2 weeks before LD1
}
endpoint os secondary "Overall survival" measure time_to(death) timeframe up to month 24 after infusion
form photo_form "Hands" records photo { field photo_file "Photograph" file identifier }
"""


def forms_of(text: str) -> tuple[Protocol, tuple[Form, ...]]:
    compiled = pipeline.check_text(text)
    assert compiled.protocol is not None, compiled.diagnostics
    return compiled.protocol, complete(compiled.protocol, cache(lambda name: load_form(name, compiled.sources)))


@cache
def toy() -> tuple[Protocol, tuple[Form, ...]]:
    return forms_of(TRIAL)


def form(name: str) -> Form:
    return next(each for each in toy()[1] if each.name == name)


def field_holding(form: Form, what: str) -> Field:
    found = [each for each in form.fields if each.holds == what]
    assert len(found) == 1, (form.name, what)
    return found[0]


@cache
def real(path: Path) -> tuple[Protocol, tuple[Form, ...]]:
    compiled = pipeline.check(str(path))
    assert compiled.protocol is not None
    return compiled.protocol, complete(compiled.protocol, cache(lambda name: load_form(name, compiled.sources)))


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_each_assessment_and_collection_has_one_form_at_its_visits(path: Path) -> None:
    protocol, forms = real(path)
    for assessment in protocol.assessments:
        recording = [each for each in forms if assessment.name in each.records]
        assert [each.visits for each in recording] == [assessment.visits], assessment.name
    for collection in protocol.collections:
        assert len([each for each in forms if collection.name in each.records]) == 1


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_each_declared_result_criterion_and_fact_is_a_field(path: Path) -> None:
    protocol, forms = real(path)
    held = [each.holds for made in forms for each in made.fields]
    results = [result.name for assessment in protocol.assessments for result in assessment.results]
    facts = [fact.name for fact in protocol.facts if fact.where is None]
    criteria = [criterion.name for criterion in protocol.eligibility.criteria] if protocol.eligibility else []
    for name in (*results, *facts, *criteria):
        assert held.count(name) >= 1, name


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_names_are_unique_and_no_expression_speaks_of_a_missing_field(path: Path) -> None:
    _, forms = real(path)
    assert len({each.name for each in forms}) == len(forms)
    names = [each.name for made in forms for each in made.fields]
    assert len(set(names)) == len(names)
    for made in forms:
        # What the data say about a criterion is computed from the fields of other forms.
        have = set(names) if made.source == "eligibility" else {each.name for each in made.fields}
        local = [each.formula for each in made.fields] + [check.where for check in made.checks]
        for expression in local:
            if expression is not None:
                assert set(expression.names) <= have, (made.name, expression.text)


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_every_row_of_the_schedule_has_a_form_at_exactly_its_visits_and_each_field_stands_once(path: Path) -> None:
    protocol, forms = real(path)
    grid = crf_matrix(forms, protocol)
    done = {(each.name, visit) for each in protocol.assessments for visit in each.visits}
    mapped = [
        (name, visit.name)
        for row in grid.rows
        for visit, is_at in zip(grid.visits, row.at, strict=True)
        if is_at
        for name in row.form.records
    ]
    assert sorted(mapped) == sorted(done)
    rows = view(protocol, forms)
    printed = [line.name for page in rows.forms for line in page.lines if line.kind == "field"]
    assert sorted(printed) == sorted(each.name for made in forms for each in made.fields)


def _look(record: dict[str, Any]) -> Look:
    return lambda name, _visit: record.get(name)


def test_answer_to_a_criterion_is_computed_from_the_data_where_they_allow_it() -> None:
    made = form("eligibility")
    fields = {each.name: each for each in made.fields}
    computed = fields["ie_count_data"]
    assert computed.type == "derived"
    assert computed.formula is not None
    assert computed.formula.names == ("hm_anc",)
    assert [check.name for check in made.checks if check.name.startswith("ie_")] == ["ie_count_agrees"]
    agrees = next(check.where.tree for check in made.checks if check.name == "ie_count_agrees")
    for count, said, expected in ((2, True, True), (0.5, True, False), (0.5, False, True), (None, True, None)):
        record: dict[str, Any] = {"hm_anc": count, "ie_count": said}
        look = _look(record)
        record["ie_count_data"] = evaluate(computed.formula.tree, look)
        assert evaluate(agrees, look) is expected
    assert "ie_disease_smoke_data" not in fields, "the form asks just that already"


def test_value_of_an_earlier_visit_counts_for_a_criterion() -> None:
    text = TRIAL.replace('include count "Enough neutrophils"', 'include count "Enough neutrophils" at LD1')
    made = next(each for each in forms_of(text)[1] if each.source == "eligibility")
    computed = next(each for each in made.fields if each.name == "ie_count_data")
    assert computed.formula is not None
    assert computed.formula.tree["arguments"][0]["left"]["visit"] == "SCR"


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_order_is_by_first_visit_and_forms_without_visit_come_last(path: Path) -> None:
    protocol, forms = real(path)
    order = {visit.name: visit.order for visit in protocol.visits}
    firsts = [min((order[visit] for visit in made.visits), default=len(order)) for made in forms]
    assert firsts == sorted(firsts)


def test_same_text_gives_same_forms() -> None:
    assert forms_of(TRIAL)[1] == forms_of(TRIAL)[1]


def test_form_of_protocol_stays_as_written() -> None:
    written = form("photo_form")
    assert [each.name for each in written.fields] == ["photo_file"]
    assert written.visits == ("D28",)
    assert not [each for each in toy()[1] if "photo" in each.records and each.name != "photo_form"]


def test_declared_results_decide_what_is_asked() -> None:
    cbc = form("cbc")
    measured = [each.holds for each in cbc.fields if each.type in ("decimal", "integer")]
    assert measured == ["anc", "hb", "blastoids"]
    assert not [each for each in cbc.fields if "plt" in each.name]
    assert {"hm_done", "hm_reason", "hm_date"} <= {each.name for each in cbc.fields}


def test_library_lends_limits_only_in_the_same_unit() -> None:
    anc, hb = field_holding(form("cbc"), "anc"), field_holding(form("cbc"), "hb")
    assert (anc.low, anc.high, anc.range_kind) == (0, 40, "soft")
    assert dict(anc.codes)["cdash"] == "NEUT_LBORRES"
    assert hb.unit == "g/dL"
    assert (hb.low, hb.high) == (None, None)


def test_value_that_follows_from_declared_ones_is_kept() -> None:
    names = {each.name for each in form("vitals").fields}
    assert "vs_map" in names
    assert "vs_bmi" not in names


def test_check_that_nothing_is_entered_when_not_done_covers_all_results() -> None:
    check = next(each for each in form("cbc").checks if each.name.endswith("_sampled"))
    held = {field_holding(form("cbc"), name).name for name in ("anc", "hb", "blastoids")}
    assert set(check.where.names) == {"hm_done", *held}


def test_nominal_times_become_choices() -> None:
    vitals = form("vitals")
    assert vitals.repeating
    assert [choice.code for choice in vitals.fields[0].choices] == ["pre", "m240", "untimed"]


def test_assessment_with_unit_is_its_own_result() -> None:
    bcells = form("bcells")
    assert [each.holds for each in bcells.fields if each.holds] == ["bcells"]
    assert field_holding(bcells, "bcells").unit == "10*6/L"


def test_result_is_looked_up_in_other_library_forms() -> None:
    esr = field_holding(form("markers"), "esr")
    assert dict(esr.codes)["cdash"] == "ESR_LBORRES"
    assert "LBPERF" in [dict(each.codes).get("cdash") for each in form("markers").fields]


def test_log_does_not_swallow_results_of_a_visit() -> None:
    history = form("history")
    assert field_holding(history, "steroid").ucum == "mg/d"
    assert not history.repeating
    assert form("medical_history").repeating


def test_instrument_form_has_items_total_and_citation() -> None:
    skin = form("skin")
    total = field_holding(skin, "skin.total")
    assert total.type == "derived"
    assert total.formula is not None
    assert len(total.formula.names) == 17
    assert (total.low, total.high) == (0, 51)
    assert skin.populations == ("RA",)
    assert skin.citation


def test_licensed_instrument_says_so() -> None:
    function = form("function")
    assert any("licensed" in line for line in function.instructions)
    assert field_holding(function, "function.total").high == 3


def test_eligibility_has_a_row_for_each_criterion_option_and_age() -> None:
    rows = {each.name: each for each in form("eligibility").fields}
    assert rows["ie_count"].label == "I1. Enough neutrophils"
    said = rows["ie_count_data"].formula
    assert said is not None
    assert "Neutrophils ≥ 1" in said.english
    assert rows["ie_disease_joints"].label == "I2a. Arthritis"
    assert any("6 weeks before Depletion 1" in remark for remark in rows["ie_vaccine"].remarks)
    assert any("2 weeks before Depletion 1" in remark for remark in rows["ie_steroids"].remarks)
    assert rows["ie_age"].label == "Age from 18 years to 70 years"
    assert "el_decision" in rows


def test_facts_are_asked_where_they_are_needed() -> None:
    assert field_holding(form("eligibility"), "smoker")
    assert field_holding(form("eligibility"), "fertile").condition is not None
    assert field_holding(form("dlt_assessment"), "seen_by_panel")


def test_cell_infusion_computes_plan_and_limits_from_level_and_weight() -> None:
    infusion = form("cell_infusion")
    fields = {each.name: each for each in infusion.fields}
    planned = fields["ci_planned"].formula
    assert planned is not None
    assert planned.text == "when(ci_level = DL1, 1 * ci_weight, ci_level = DL2, 2 * ci_weight)"
    lowest, highest = fields["ci_lowest"].formula, fields["ci_highest"].formula
    assert lowest is not None
    assert highest is not None
    assert (lowest.text, highest.text) == ("ci_planned * 0.9", "ci_planned * 1.2")
    assert [choice.label for choice in fields["ci_level"].choices] == ["Low, 1.0×10⁶ cells/kg", "2.0×10⁶ cells/kg"]
    assert any("9.0×10⁵ cells/kg to 1.2×10⁶ cells/kg" in line for line in infusion.instructions)
    assert not [check for check in infusion.checks if "20 %" in check.text]


@pytest.mark.parametrize(
    ("cap", "formula", "line"),
    [
        (
            "120 kg",
            "when(ci_level = DL1, 1 * min(ci_weight, 120), ci_level = DL2, 2 * min(ci_weight, 120))",
            "Body weight counts up to 120 kg.",
        ),
        (
            "3.0e8 cells",
            "when(ci_level = DL1, min(1 * ci_weight, 300), ci_level = DL2, min(2 * ci_weight, 300))",
            "At most 3.0×10⁸ cells in all.",
        ),
    ],
)
def test_cell_infusion_keeps_to_the_cap(cap: str, formula: str, line: str) -> None:
    _, found = forms_of(TRIAL.replace("  tolerance -10/+20 %", f"  tolerance -10/+20 %\n  cap {cap}"))
    infusion = next(each for each in found if each.name == "cell_infusion")
    planned = next(each for each in infusion.fields if each.name == "ci_planned")
    assert planned.formula is not None
    assert planned.formula.text == formula
    assert line in infusion.instructions
    assert line in planned.remarks


def test_other_products_have_a_record_too() -> None:
    assert form("lymphodepletion").visits == ("LD1",)
    assert [choice.code for choice in form("lymphodepletion").fields[0].choices] == ["fludarabine"]
    pill = form("dose_pill")
    assert pill.visits == ("D7",)
    assert next(each for each in pill.fields if each.name == "dose_pill_dose").unit == "mg"


def test_dlt_assessment_stands_at_the_end_of_the_window() -> None:
    assert form("dlt_assessment").visits == ("D28",)
    assert any(each.label == "D1. Panel says so" for each in form("dlt_assessment").fields)


def test_end_of_study_at_last_visit_and_on_leaving() -> None:
    assert form("disposition").visits == ("D56", "ET")


def test_death_form_only_where_death_is_measured() -> None:
    assert form("death").visits == ()
    without = forms_of(TRIAL.replace("endpoint os", "# endpoint os"))[1]
    assert "death" not in {each.name for each in without}


def test_logs() -> None:
    assert form("ae").repeating
    assert form("ae").visits == ()
    assert any("Infusion to Day 28" in line for line in form("sleep").instructions)
    assert "sleep_start" in {each.name for each in form("sleep").fields}


def test_works_without_a_library() -> None:
    protocol, _ = toy()
    bare = complete(protocol, lambda _: None)
    assert {name for made in bare for name in made.records} >= {each.name for each in protocol.assessments}
    held = {each.holds for made in bare for each in made.fields}
    assert {"anc", "sbp", "skin.total", "bcells"} <= held


def test_matrix_marks_exactly_the_visits_of_each_form() -> None:
    protocol, forms = toy()
    matrix = crf_matrix(forms, protocol)
    names = [visit.name for visit in matrix.visits]
    for row in matrix.rows:
        assert tuple(name for name, is_at in zip(names, row.at, strict=True) if is_at) == row.form.visits


def test_sixty_forms_at_forty_visits_are_completed_quickly() -> None:
    visits = "\n".join(f'visit V{n} "Visit {n}" day {n * 7}' for n in range(40))
    results = " ".join(f'result r{{0}}_{n} "Result {n} of {{0}}" (g/L)' for n in range(12))
    assessments = "\n".join(
        f'assess a{n} "Assessment {n}" at all {{ {results.format(n)} }}'
        if n % 2
        else f"assess a{n} uses sledai_2k at all"
        for n in range(60)
    )
    text = f'protocol BIG {{ title "Big" }}\ntimeline {{ day 0 = V0 }}\n{visits}\n{assessments}'
    compiled = pipeline.check_text(text)
    assert compiled.protocol is not None
    load = cache(lambda name: load_form(name, compiled.sources))
    start = process_time()
    forms = complete(compiled.protocol, load)
    grid = crf_matrix(forms, compiled.protocol)
    assert process_time() - start < 2
    assert sum(sum(row.at) for row in grid.rows) >= 60 * 40
